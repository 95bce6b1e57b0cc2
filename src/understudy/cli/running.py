"""Commands that learn and draw: demo, fit, sample, run."""

from contextlib import closing
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from understudy.cli import screen
from understudy.cli.options import AsJson, Data, EngineName, PlanFile, Quiet, Seed, Target, Workers, conditions
from understudy.cli.places import refuse_replacing, refuse_unwritable

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
        holdout=holdout,
        k=k,
        seed=seed,
    )


def _run(asked: str, out: Path, as_json: bool, quiet: bool, **changes: Any) -> None:
    from understudy.runs.run import run as go

    with screen.progress(quiet or as_json) as tell:
        done = go(asked, out, on_progress=tell, **changes)
    files = {role: str(path) for role, path in done.files.items()}
    if as_json:
        found = {
            "verdict": asdict(done.report.verdict),
            "files": files,
            "seconds": done.seconds,
            "measures": {measure.name: measure.to_dict() for measure in done.report.measures},
            "ledger": [dict(entry) for entry in done.report.ledger],
        }
        screen.emit(found)
        return
    if not quiet:
        screen.report(done.report)
        screen.say("")
    for role, path in files.items():
        screen.say(f"{role + ':':<8} {path}")


def fit(
    data: Data,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="File for the model; one that is there is replaced.")
    ] = Path("model.understudy"),
    plan: PlanFile = None,
    engine: EngineName = None,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Learn a table and keep the model.

    All rows are learned; to have the result judged on rows that were not, use understudy run.
    """
    from understudy.models.fitting import fit as learn
    from understudy.plan.yaml import read_plan

    refuse_unwritable(out)
    refuse_replacing(out, data, plan)
    asked = None if plan is None else read_plan(plan)
    with screen.progress(quiet or as_json) as tell:
        model = learn(data, asked, engine=engine, seed=seed, on_progress=tell)
    model.save(out)
    if as_json:
        ledger = [dict(entry) for entry in model.ledger]
        screen.emit({"model": str(out), "engine": model.plan.engine, "rows": model.rows, "ledger": ledger})
    else:
        screen.talk(f"{out}: {model!r}", quiet)


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
            help="Value that every row has in this column; may be repeated. COLUMN= asks for missing cells.",
        ),
    ] = None,
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
    learned = Model.load(model)
    wanted, number = learned.rows if rows is None else rows, 0 if seed is None else seed
    asked = conditions(given or [], learned.schema.names)
    met = learned.meet(asked, number)
    done = 0
    with closing(learned.stream(wanted, asked, number, workers, as_text(out, learned.source))) as frames:
        first = next(frames)  # what is wrong with the asking is told before a file is begun
        with screen.progress(quiet or as_json) as tell, sink(out, learned.source) as into:
            for frame in chain([first], frames):
                into.write(frame)
                done += frame.height
                tell("sample", done, wanted)
    if as_json:
        effective = None if met is None else met.effective
        screen.emit({"data": str(out), "rows": done, "seed": number, "effective_share": effective})
        return
    screen.talk(f"{out}: {done} rows, seed {number}", quiet)
    if met is not None:
        screen.talk(f"conditions: {met.candidates} candidates a row, effective share {met.effective:.0%}", quiet)
