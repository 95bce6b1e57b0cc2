"""One run: read, split, learn, draw, judge, write; the folder it leaves is all the state there is."""

import glob
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl

from understudy.data.counting import counts_of, regrouped, shared_out, unrolled
from understudy.data.endings import known_ending
from understudy.data.scans import Rows, Scan, open_rows
from understudy.data.sinks import sink
from understudy.data.split import default_share, split_rows
from understudy.data.table import Source, Table
from understudy.errors import ArgumentError, PlanError, nearest
from understudy.execution.executors import counted
from understudy.models.fitting import fit, silent
from understudy.models.model import Model, copied
from understudy.plan.plan import Plan
from understudy.plan.yaml import read_plan, to_yaml
from understudy.reports.gating import Passage, passages
from understudy.reports.gating import read as read_gates
from understudy.reports.summary import Report, evaluate
from understudy.reports.writing import put
from understudy.runs.drawing import Drawing, drawing
from understudy.runs.estimate import MOST_JUDGED, Estimate, estimate
from understudy.runs.folder import together

OnProgress = Callable[[str, int, int], None]
OnEstimate = Callable[[Estimate], None]
FEWEST_JUDGED = 50
TEXT_FAMILY = "delimited"
PLAN_ENDINGS = (".yaml", ".yml")
OUTPUTS = {"model": "model.understudy", "report": "report.html", "figures": "report.json", "plan": "plan.yaml"}


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """What happened.

    Attributes:
        folder: where the files are.
        plan: what was asked, with every column's treatment.
        model: what was learned.
        report: how close and how private the stand-in is.
        files: path of each output by role: data, model, report, figures, plan.
        seconds: wall time of each stage: read, fit, sample, judge.
        gates: the plan's gates, each held against the report.
    """

    folder: Path
    plan: Plan
    model: Model
    report: Report
    files: Mapping[str, Path]
    seconds: Mapping[str, float]
    gates: tuple[Passage, ...] = ()

    def __repr__(self) -> str:
        return f"Run('{self.folder}'): {self.report.verdict.headline}"

    def _repr_html_(self) -> str:
        return self.report._repr_html_()


def run(
    asked: Any,
    out: str | os.PathLike[str] = "out",
    *,
    on_progress: OnProgress | None = None,
    on_estimate: OnEstimate | None = None,
    workers: int | None = None,
    **changes: Any,
) -> Run:
    """Go the whole way: from a file to a judged stand-in.

    Args:
        asked: a plan, a plan file (`.yaml`), or data: a path or a frame.
        out: folder for the outputs, made if need be; an earlier run's are replaced once all new ones are written.
        on_progress: called with (stage, done, total).
        on_estimate: called once, before learning, with what the run will take.
        workers: threads to draw with; one a core where None.
        changes: fields of the plan that are set over it: data, rows, engine, seed, target, holdout, k, ….

    Raises:
        UnderstudyError: as reading, fitting, sampling, judging and writing raise; then nothing half-written stays.
    """
    plan, data = _asked(asked, changes)
    if plan.rows == 0:
        hint = "a stand-in without rows cannot be judged; use understudy fit and understudy sample"
        raise ArgumentError("0 rows asked for", hint=hint, field="rows")
    with together(Path(out)) as beside:
        tell, say = (silent if on_progress is None else on_progress), (_unheard if on_estimate is None else on_estimate)
        return _run(plan, data, Path(out), beside, workers, tell, say)


def _unheard(taken: Estimate) -> None:
    """No one asked."""


def _run(plan: Plan, data: Any, out: Path, beside: Path, workers: int | None, tell: OnProgress, say: OnEstimate) -> Run:
    seconds: dict[str, float] = {}
    with _clock(seconds, "read"):
        tell("read", 0, 1)
        table = open_rows(data)
        data_files = {"data": _output(plan, table.source)}
        data_files |= {f"data {number}": numbered(data_files["data"], number) for number in range(2, plan.copies + 1)}
        files = {**data_files, **OUTPUTS}
        _refuse_overwriting(data, out, files)
        counted(workers)
        plan.check(table.columns)
        gates = read_gates(plan.gates)
        say(estimate(table, plan.engine, judged=True))
        train, holdout = _parts(table, plan)
        tell("read", 1, 1)
    with _clock(seconds, "fit"):
        model = fit(train, plan, on_progress=tell)
    rows = len(train) if plan.replace else _rows(table, plan)
    with _clock(seconds, "sample"):
        asking = drawing(model, train)
        drawn = _drawn(asking, train, rows, workers, [beside / name for name in data_files.values()], tell)
    with _clock(seconds, "judge"):
        real, unseen = _shown(train, plan), None if holdout is None else _shown(holdout, plan)
        report = _judge(model, real, drawn, unseen, _provenance(model, rows, seconds), asking.ledger(), tell)
    written = replace(model.plan, data=_seen_from(out, data))
    model.save(beside / files["model"])
    report.save(beside / files["report"])
    report.save(beside / files["figures"])
    put(beside / files["plan"], to_yaml(written))
    places = {role: out / name for role, name in files.items()}
    spent = {stage: round(each, 3) for stage, each in seconds.items()}
    return Run(out, written, model, report, places, spent, passages(report, gates))


def _asked(asked: Any, changes: Mapping[str, Any]) -> tuple[Plan, Any]:
    """The plan, and the data it is about."""
    known = {name: value for name, value in changes.items() if value is not None}
    for name in known:
        if name not in Plan.__dataclass_fields__:
            raise ArgumentError(
                f"a plan has no field '{name}'", hint=nearest(name, Plan.__dataclass_fields__), field=name
            )
    data = known.pop("data", None)
    if isinstance(asked, str | os.PathLike) and str(asked).lower().endswith(PLAN_ENDINGS):
        asked = read_plan(str(asked))
    if not isinstance(asked, Plan):
        return Plan(**known), asked
    if known.get("engine", asked.engine) != asked.engine:
        known = {"options": {}, **known}
    data = asked.data if data is None else data
    if data is None:
        raise PlanError("the plan names no data", where="plan", hint="set 'data:' to a path", field="data")
    return replace(asked, **known), data


@contextmanager
def _clock(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begun = perf_counter()
    yield
    seconds[stage] = perf_counter() - begun


def _output(plan: Plan, source: Source) -> str:
    """The file name of the synthetic table."""
    name = f"synthetic.{source.file or 'csv'}" if plan.output is None else plan.output
    if Path(name).name != name:
        raise PlanError(f"output is '{name}'", hint="use a bare file name; --out names the folder", field="output")
    if name in OUTPUTS.values():
        raise PlanError(f"output is '{name}', as is another output", hint="choose another name", field="output")
    known_ending(Path(name))
    return name


def _refuse_overwriting(data: Any, out: Path, files: Mapping[str, str]) -> None:
    """Outputs neither replace the real data nor land where they would be read as real data the next time."""
    for given in data if isinstance(data, list | tuple) else [data]:
        if not isinstance(given, str | os.PathLike):
            continue
        source = Path(given).expanduser().resolve()
        for name in files.values():
            place = out.resolve() / name
            among = place.parent == source or (glob.has_magic(str(given)) and place.match(str(source)))
            if place.resolve() == source or among:
                raise ArgumentError(
                    f"'{name}' would be written over the real data or among them",
                    where=str(out),
                    hint="choose another folder with --out",
                    field="out",
                )


def _parts(table: Rows, plan: Plan) -> tuple[Rows, Rows | None]:
    """Training part and the judge's holdout; no holdout where there are too few rows to share."""
    rows = _stood_for(table, plan)
    if rows < FEWEST_JUDGED and plan.holdout is None:
        return table, None
    share = default_share(rows) if plan.holdout is None else plan.holdout
    if plan.unroll is not None and plan.entity is None and isinstance(table, Table):
        return shared_out(table, plan.unroll, share, plan.seed)
    ours, judges = split_rows(table, share, plan.entity, plan.time, plan.seed)
    return table.take(ours), table.take(judges)


def _rows(table: Rows, plan: Plan) -> int:
    """Rows to draw."""
    return _stood_for(table, plan) if plan.rows is None else plan.rows


def _stood_for(table: Rows, plan: Plan) -> int:
    """Rows of the table; where a row stands for several, these."""
    if plan.unroll is None or not isinstance(table, Table):
        return len(table)
    return int(counts_of(table, plan.unroll).sum())


def _shown(rows: Rows, plan: Plan) -> Table:
    """What the judge sees: all rows held in memory, of those on disk as many as the judge can use."""
    if isinstance(rows, Scan):
        return rows.sample(MOST_JUDGED, plan.seed)
    return rows if plan.unroll is None else unrolled(rows, plan.unroll)


def numbered(name: str, number: int) -> str:
    """The file name of a further copy.

    >>> numbered("synthetic.csv.gz", 2)
    'synthetic-2.csv.gz'
    """
    stem, dot, ending = name.partition(".")
    return f"{stem}-{number}{dot}{ending}"


def _drawn(
    asking: Drawing, train: Rows, rows: int, workers: int | None, paths: Sequence[Path], tell: OnProgress
) -> Table:
    """Every copy in its file; of the first one, what the judge can use."""
    model = asking.model
    seeds = [model.plan.seed, *copied(model.plan.seed, len(paths))[1:]]
    shown = []
    for seed, path in zip(seeds, paths, strict=True):
        if model.plan.replace:
            shown.append(_redrawn(model, train, workers, path, seed))
        else:
            shown.append(_draw(asking, rows, workers, path, seed, tell))
    return shown[0]


def _redrawn(model: Model, train: Rows, workers: int | None, path: Path, seed: int) -> Table:
    """The training rows with some columns drawn anew, in the file; some of them for the judge."""
    if not isinstance(train, Table):
        hint = "give fewer rows, or draw whole rows"
        raise PlanError("too many rows to keep and replace", where="replace", hint=hint, field="replace")
    made = model.replace(Table(train.frame.select(model.schema.names), train.source), model.plan.replace, seed, workers)
    with sink(path, model.source) as into:
        into.write(made.frame)
    return made


def _draw(asking: Drawing, rows: int, workers: int | None, path: Path, seed: int, tell: OnProgress) -> Table:
    """Rows streamed into the file; the first ones, as many as the judge can use, are given back."""
    model, held, done = asking.model, list[pl.DataFrame](), 0
    text, alone = as_text(path, model.source), model.plan.unroll is None
    with sink(path, model.source) as into:
        for frame in model.stream(rows, seed=seed, workers=workers, text=text, rebalance=asking.rebalance):
            if alone:
                into.write(frame)
            if done < MOST_JUDGED or not alone:
                held.append(frame)
            done += frame.height
            tell("sample", done, rows)
        if model.plan.unroll is not None:
            into.write(regrouped(pl.concat(held), model.plan.unroll))
    source = model.source if text is None else replace(model.source, text=False)
    return Table(pl.concat(held).head(MOST_JUDGED), source)


def as_text(path: Path, source: Source) -> bool | None:
    """False where text cells go into a file of typed cells, None for the source's own way."""
    return False if source.text and known_ending(path).family != TEXT_FAMILY else None


def _judge(
    model: Model,
    train: Table,
    drawn: Table,
    holdout: Table | None,
    provenance: Mapping[str, Any],
    ledger: Sequence[Mapping[str, Any]],
    tell: OnProgress,
) -> Report:
    return evaluate(
        train,
        drawn,
        holdout=holdout,
        target=model.plan.target,
        protected=model.plan.protected,
        thresholds=model.plan.thresholds,
        schema=model.schema,
        rules=[*model.held, *model.rewriting.formulas],
        k=model.plan.k,
        seed=model.plan.seed,
        paired=bool(model.plan.replace),
        ledger=ledger,
        provenance=provenance,
        on_progress=tell,
    )


def _provenance(model: Model, rows: int, seconds: Mapping[str, float]) -> dict[str, Any]:
    from understudy import __version__

    return {
        "understudy": __version__,
        "engine": model.plan.engine,
        "options": dict(model.plan.options),
        "privacy": model.plan.privacy,
        "memory": "not measured" if model.memory is None else str(model.memory),
        "seed": model.plan.seed,
        "rows drawn": rows,
        "seconds": {stage: round(spent, 2) for stage, spent in seconds.items()},
    }


def _seen_from(out: Path, data: Any) -> str | None:
    """The data's place as seen from the output folder; None for frames."""
    if not isinstance(data, str | os.PathLike):
        return None
    place = Path(data).expanduser()
    return str(place) if place.is_absolute() else os.path.relpath(place, out)
