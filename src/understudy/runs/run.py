"""One run: read, split, learn, draw, judge, write; the folder it leaves is all the state there is."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl

from understudy.data.files import read
from understudy.data.sinks import sink
from understudy.data.split import default_share, split_rows
from understudy.data.table import Source, Table
from understudy.errors import ArgumentError, SourceDenied, TooFewRows, WriteError
from understudy.models.fitting import fit
from understudy.models.model import Model
from understudy.plan.plan import Plan
from understudy.plan.yaml import read_plan, to_yaml
from understudy.reports.summary import Report, evaluate

OnProgress = Callable[[str, int, int], None]
FEWEST_JUDGED = 50
MOST_JUDGED = 200_000
TEXT_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt")
PLAN_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Run:
    """What happened.

    Attributes:
        folder: where the files are.
        plan: what was asked, with every column's treatment.
        model: what was learned.
        report: how close and how private the stand-in is.
        files: path of each output by role: data, model, report, figures, plan.
        seconds: wall time of each stage.
    """

    folder: Path
    plan: Plan
    model: Model
    report: Report
    files: dict[str, Path]
    seconds: dict[str, float]

    def _repr_html_(self) -> str:
        return self.report._repr_html_()


def run(
    asked: Any,
    out: str | Path = "out",
    *,
    on_progress: OnProgress | None = None,
    workers: int | None = None,
    **changes: Any,
) -> Run:
    """Go the whole way: from a file to a judged stand-in.

    Args:
        asked: a plan, a plan file (`.yaml`), or data: a path or a frame.
        out: folder for the outputs; made if need be. Files of an earlier run are replaced once all new ones are written.
        on_progress: called with (stage, done, total).
        workers: threads to draw with; one a core where None.
        changes: fields of the plan that are set over it: rows, engine, seed, target, holdout, k, ….

    Raises:
        UnderstudyError: as reading, fitting, sampling, judging and writing raise; then nothing half-written stays.
    """
    plan, data = _asked(asked, changes)
    tell = on_progress if on_progress is not None else _silent
    seconds: dict[str, float] = {}
    with _clock(seconds, "read"):
        tell("read", 0, 1)
        table = read(data)
        train, holdout = _parts(table, plan)
        tell("read", 1, 1)
    with _clock(seconds, "fit"):
        model = fit(train, plan, on_progress=tell)
    rows = len(table) if plan.rows is None else plan.rows
    name = plan.output if plan.output is not None else f"synthetic.{table.source.file or 'csv'}"
    with _folder(Path(out)) as beside:
        with _clock(seconds, "sample"):
            drawn = _draw(model, rows, plan.seed, workers, beside / name, tell)
        with _clock(seconds, "judge"):
            report = evaluate(
                train,
                drawn,
                holdout=holdout,
                target=plan.target,
                schema=model.schema,
                k=plan.k,
                seed=plan.seed,
                ledger=model.ledger,
                provenance=_provenance(model, rows, seconds),
                on_progress=tell,
            )
        model.save(beside / "model.understudy")
        report.save(beside / "report.html")
        report.save(beside / "report.json")
        written = replace(model.plan, data=_relative(data, Path(out)))
        (beside / "plan.yaml").write_text(to_yaml(written), encoding="utf-8")
    roles = {"data": name, "model": "model.understudy", "report": "report.html", "figures": "report.json", "plan": "plan.yaml"}
    files = {role: Path(out) / file for role, file in roles.items()}
    return Run(Path(out), written, model, report, files, {stage: round(spent, 3) for stage, spent in seconds.items()})


def _asked(asked: Any, changes: dict[str, Any]) -> tuple[Plan, Any]:
    """The plan, and the data it is about."""
    known = {name: value for name, value in changes.items() if value is not None}
    for name in known:
        if name not in Plan.__dataclass_fields__:
            raise ArgumentError(f"a plan has no field '{name}'", hint=", ".join(Plan.__dataclass_fields__), field=name)
    if isinstance(asked, str | os.PathLike) and str(asked).endswith(PLAN_ENDINGS):
        asked = read_plan(str(asked))
    if not isinstance(asked, Plan):
        return Plan(**{"data": str(asked) if isinstance(asked, str | os.PathLike) else None, **known}), asked
    if known.get("engine", asked.engine) != asked.engine:
        known = {"options": {}, **known}
    plan = replace(asked, **known)
    if plan.data is None:
        raise ArgumentError("the plan names no data", hint="set 'data:' to a path", field="data")
    return plan, plan.data


def _silent(stage: str, done: int, total: int) -> None:
    """No one is told."""


@contextmanager
def _clock(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begun = perf_counter()
    yield
    seconds[stage] = perf_counter() - begun


def _parts(table: Table, plan: Plan) -> tuple[Table, Table | None]:
    """Training part and the judge's holdout; no holdout where there are too few rows to share."""
    if len(table) < FEWEST_JUDGED and plan.holdout is None:
        return table, None
    share = default_share(len(table)) if plan.holdout is None else plan.holdout
    ours, judges = split_rows(table, share, plan.entity, plan.time, plan.seed)
    return table.take(ours), table.take(judges)


@contextmanager
def _folder(out: Path) -> Iterator[Path]:
    """A folder beside the outputs; its files move into `out` when all are written, else nothing stays."""
    made = not out.exists()
    beside = out / f".run-{os.getpid()}"
    try:
        beside.mkdir(parents=True)
        yield beside
        for file in sorted(beside.iterdir()):
            file.replace(out / file.name)
    except PermissionError as error:
        raise SourceDenied("the folder may not be written", where=str(out), hint="choose another --out") from error
    except OSError as error:
        if isinstance(error, WriteError):
            raise
        raise WriteError("the outputs cannot be written", where=str(out), hint=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if made and out.is_dir() and not any(out.iterdir()):
            out.rmdir()


def _draw(model: Model, rows: int, seed: int, workers: int | None, path: Path, tell: OnProgress) -> Table:
    """Rows streamed into the file; the first ones, as many as the judge can use, are given back."""
    held: list[pl.DataFrame] = []
    done = 0
    text = as_text(path, model.source)
    with sink(path, model.source) as into:
        for frame in model.stream(rows, seed=seed, workers=workers, text=text):
            into.write(frame)
            if done < MOST_JUDGED:
                held.append(frame)
            done += frame.height
            tell("sample", done, rows)
    if rows == 0:
        raise TooFewRows("0 rows asked for", where="rows", hint="a stand-in without rows cannot be judged; use understudy sample")
    source = model.source if text is None else replace(model.source, text=False)
    return Table(pl.concat(held).head(MOST_JUDGED), source)


def as_text(path: Path, source: Source) -> bool | None:
    """Whether cells go into a file as text: not where a source of text goes into a typed format; None for its own way."""
    return False if source.text and not path.name.endswith(TEXT_ENDINGS) else None


def _provenance(model: Model, rows: int, seconds: dict[str, float]) -> dict[str, Any]:
    from understudy import __version__

    return {
        "understudy": __version__,
        "engine": model.plan.engine,
        "options": dict(model.plan.options),
        "seed": model.plan.seed,
        "rows drawn": rows,
        "seconds": {stage: round(spent, 2) for stage, spent in seconds.items()},
    }


def _relative(data: Any, out: Path) -> str | None:
    """The data's place as seen from the output folder."""
    if not isinstance(data, str | os.PathLike):
        return None
    return os.path.relpath(data, out) if not os.path.isabs(data) else str(data)
