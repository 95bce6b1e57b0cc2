"""Commands that learn and draw: demo, fit, sample, run."""

from contextlib import closing
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from understudy.cli import screen
from understudy.cli.options import (
    AsJson,
    Calibrate,
    Data,
    EngineName,
    Gates,
    PlanFile,
    Privacy,
    Protected,
    Quiet,
    Seed,
    Target,
    Workers,
    conditions,
)
from understudy.cli.options import shares as shares_of
from understudy.cli.places import refuse_replacing, refuse_unwritable

if TYPE_CHECKING:
    from understudy.models.model import Model
    from understudy.runs.estimate import Estimate

WHILE = 10.0

Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="DIR", help="Folder for the outputs; those of an earlier run are replaced."),
]


def demo(out: Out = Path("demo"), seed: Seed = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Go the whole way on the embedded hotel guests.

    Learns 2 000 fictitious hotel guests, writes as many synthetic ones, and judges them. Takes some seconds; the report
    is report.html in the output folder.
    """
    from understudy.data.embedded import hotels_path

    screen.talk("2 000 fictitious hotel guests: learned, stood in for, and judged.", quiet)
    _run(str(hotels_path()), out, as_json, quiet, seed=seed, target="room_rate")


def run(
    asked: Annotated[
        str,
        typer.Argument(metavar="DATA|PLAN", help="Data as for understudy fit, or a plan file (.yaml) that names it."),
    ],
    out: Out = Path("out"),
    rows: Annotated[
        int | None,
        typer.Option("-n", "--rows", metavar="N", help="Rows to draw; as many as the real table has if not given."),
    ] = None,
    engine: EngineName = None,
    target: Target = None,
    protected: Protected = None,
    gate: Gates = None,
    holdout: Annotated[
        float | None,
        typer.Option(
            "--holdout",
            metavar="SHARE",
            help="Share of rows kept for the judge, not learned; 0.1 if not given, 0.2 below 10 000 rows, 0 below 50.",
        ),
    ] = None,
    k: Annotated[
        int | None,
        typer.Option(
            "-k", metavar="K", help="Real rows that must carry whatever value is written out; 8 if not given."
        ),
    ] = None,
    privacy: Privacy = None,
    calibrate: Calibrate = None,
    seed: Seed = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Go the whole way: from a file to a judged stand-in.

    Reads the data, keeps some rows for the judge, learns the others, draws, judges, and writes five files into the
    output folder: the synthetic table in the format of the data, model.understudy, report.html, report.json and
    plan.yaml. Options win over what a plan file says.
    """
    _run(
        asked,
        out,
        as_json,
        quiet,
        workers=workers,
        rows=rows,
        engine=engine,
        target=target,
        protected=protected,
        gates=tuple(gate) if gate else None,
        holdout=holdout,
        k=k,
        privacy=privacy,
        calibrate=calibrate,
        seed=seed,
    )


def _run(asked: str, out: Path, as_json: bool, quiet: bool, **changes: Any) -> None:
    from understudy.runs.run import run as go

    said: list[Estimate] = []

    def say(taken: "Estimate") -> None:
        said.append(taken)
        _forewarn(taken, quiet or as_json)

    with screen.progress(quiet or as_json) as tell:
        done = go(asked, out, on_progress=tell, on_estimate=say, **changes)
    files = {role: str(path) for role, path in done.files.items()}
    if as_json:
        found = {
            "verdict": asdict(done.report.verdict),
            "files": files,
            "estimate": asdict(said[0]),
            "seconds": done.seconds,
            "measures": {measure.name: measure.to_dict() for measure in done.report.measures},
            "ledger": [dict(entry) for entry in done.report.ledger],
            "gates": [asdict(each) for each in done.gates],
        }
        screen.emit(found)
        screen.gates(done.gates, quiet)
        return
    if not quiet:
        screen.report(done.report)
        screen.say("")
    for role, path in files.items():
        screen.say(f"{role + ':':<8} {path}")
    screen.gates(done.gates, quiet)


def _forewarn(taken: "Estimate", quiet: bool) -> None:
    """What takes a while is said to; nobody needs to be told that the rest does not."""
    if taken.seconds >= WHILE:
        screen.talk(f"This will take {taken}.", quiet)


def fit(
    data: Data,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="File for the model; one that is there is replaced.")
    ] = Path("model.understudy"),
    plan: PlanFile = None,
    engine: EngineName = None,
    privacy: Privacy = None,
    calibrate: Calibrate = None,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Learn a table and keep the model.

    All rows are learned; to have the result judged on rows that were not, use understudy run.
    """
    from understudy.data.scans import open_rows
    from understudy.models.fitting import fit as learn
    from understudy.plan.plan import Plan
    from understudy.plan.yaml import read_plan
    from understudy.runs.estimate import estimate

    refuse_unwritable(out)
    refuse_replacing(out, data, plan)
    asked, table = Plan() if plan is None else read_plan(plan), open_rows(data)
    asked.check(table.columns)
    taken = estimate(table, asked.engine if engine is None else engine)
    _forewarn(taken, quiet or as_json)
    asking = {"privacy": privacy, "calibrate": calibrate}
    said: dict[str, Any] = {name: value for name, value in asking.items() if value is not None}
    with screen.progress(quiet or as_json) as tell:
        model = learn(table, asked, engine=engine, seed=seed, on_progress=tell, **said)
    model.save(out)
    if as_json:
        ledger = [dict(entry) for entry in model.ledger]
        memory = None if model.memory is None else model.memory.state()
        told = {"model": str(out), "engine": model.plan.engine, "rows": model.rows, "ledger": ledger}
        screen.emit({**told, "memory": memory, "estimate": asdict(taken)})
    else:
        screen.talk(f"{out}: {model!r}", quiet)
        screen.talk(f"memory of training rows: {model.memory or 'not measured'}", quiet)


def sample(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file, as understudy fit and run write it.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="File for the rows; its ending names the format.")
    ],
    rows: Annotated[
        int | None,
        typer.Option("-n", "--rows", metavar="N", help="Rows to draw; as many as were learned if not given."),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--given",
            "-g",
            metavar="COLUMN=VALUE",
            help="What every row has in this column: a value, LOW..HIGH or A,B,C; COLUMN= for missing cells, COLUMN!= "
            "for present ones. May be repeated.",
        ),
    ] = None,
    given_file: Annotated[
        Path | None,
        typer.Option("--given-file", metavar="FILE", help="A table with a row of conditions for each row to draw."),
    ] = None,
    rebalance: Annotated[
        list[str] | None,
        typer.Option(
            "--rebalance",
            metavar="COLUMN:VALUE=SHARE",
            help="Share of the rows that have this value; may be repeated for values of the same column.",
        ),
    ] = None,
    temperature: Annotated[
        float,
        typer.Option("--temperature", metavar="T", help="Below 1 what is likely comes more often, above 1 less often."),
    ] = 1.0,
    seed: Seed = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw rows from a model into a file.

    Rows go to the file as they are drawn, so that there may be more of them than memory holds. With conditions, the
    other columns follow them as in the real data.
    """
    from understudy.data.sinks import sink
    from understudy.models.model import Model
    from understudy.runs.run import as_text

    refuse_unwritable(out)
    refuse_replacing(out, model)
    learned, number = Model.load(model), 0 if seed is None else seed
    asked, shares = _asked(learned, given or [], given_file, rebalance or [])
    wanted = rows if rows is not None or given_file is not None else learned.rows
    met = learned.meet(asked, number, rebalance=shares, temperature=temperature)
    done = 0
    drawing = learned.stream(
        wanted, asked, number, workers, as_text(out, learned.source), rebalance=shares, temperature=temperature
    )
    with closing(drawing) as frames:
        first = next(frames)  # what is wrong with the asking is told before a file is begun
        with screen.progress(quiet or as_json) as tell, sink(out, learned.source) as into:
            for frame in chain([first], frames):
                into.write(frame)
                done += frame.height
                tell("sample", done, done if wanted is None else wanted)
    if as_json:
        told = {} if met is None else {"candidates": met.candidates, "effective": met.effective}
        screen.emit({"data": str(out), "rows": done, "seed": number, **told})
        return
    screen.talk(f"{out}: {done} rows, seed {number}", quiet)
    if met is not None:
        counted = "each row exact" if met.effective is None else f"effective sample size {met.effective:.1f}"
        screen.talk(f"conditions: {met.candidates:.1f} candidates a row, {counted}", quiet)
    if learned.calibration is not None and (met is not None or temperature != 1):
        screen.talk("not calibrated: the counts to match are those of the whole table", quiet)


def _asked(
    learned: "Model", given: list[str], file: Path | None, rebalance: list[str]
) -> tuple[Any, dict[str, dict[Any, float]] | None]:
    """Conditions and shares as the model takes them."""
    from understudy.data.files import read
    from understudy.errors import ArgumentError
    from understudy.models.wanted import spoken, word

    form, names = learned.form, learned.schema.names
    shares = {
        name: {word(name, words, form): share for words, share in held.items()}
        for name, held in shares_of(rebalance, names).items()
    }
    if file is not None and given:
        raise ArgumentError("conditions stand in a file and beside it", hint="use one of them", field="given")
    asked = spoken(conditions(given, names), form) if file is None else read(file)
    return asked, shares or None
