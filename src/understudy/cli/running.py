"""Commands that learn and draw: demo, fit, sample, run."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from understudy.cli import screen
from understudy.cli.options import AsJson, Data, EngineName, PlanFile, Quiet, Rows, Seed, Workers, conditions

Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the outputs.")]


def demo(out: Out = Path("demo"), seed: Seed = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Go the whole way on the embedded hotel guests."""
    from understudy.data.embedded import hotels_path

    screen.talk("2 000 fictitious hotel guests: learned, stood in for, and judged.", quiet)
    _run(str(hotels_path()), out, as_json, quiet, seed=seed, target="room_rate")


def run(
    asked: Annotated[str, typer.Argument(metavar="DATA|PLAN", help="Data, or a plan file (.yaml) that names it.")],
    out: Out = Path("out"),
    rows: Rows = None,
    engine: EngineName = None,
    target: Annotated[str | None, typer.Option("--target", "-t", help="Column the judge predicts; guessed if not given.")] = None,
    holdout: Annotated[float | None, typer.Option("--holdout", help="Share of rows kept for the judge.")] = None,
    k: Annotated[int | None, typer.Option("-k", help="Rows that must carry whatever is written out.")] = None,
    seed: Seed = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Go the whole way: from a file to a judged stand-in."""
    _run(
        asked, out, as_json, quiet, workers=workers, rows=rows, engine=engine, target=target, holdout=holdout, k=k, seed=seed
    )


def _run(asked: str, out: Path, as_json: bool, quiet: bool, **changes: Any) -> None:
    from understudy.runs.run import run as go

    with screen.progress(quiet or as_json) as tell:
        done = go(asked, out, on_progress=tell, **changes)
    if as_json:
        screen.emit(
            {
                "verdict": asdict(done.report.verdict),
                "files": {role: str(path) for role, path in done.files.items()},
                "seconds": done.seconds,
                "measures": {measure.name: measure.to_dict() for measure in done.report.measures},
                "ledger": [dict(entry) for entry in done.report.ledger],
            }
        )
        return
    if not quiet:
        screen.say(done.report.to_text())
    for role, path in done.files.items():
        screen.say(f"{role:>8}: {path}")


def fit(
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the model.")] = Path("model.understudy"),
    plan: PlanFile = None,
    engine: EngineName = None,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Learn a table and keep the model."""
    from understudy.models.fitting import fit as learn
    from understudy.plan.yaml import read_plan

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
    model: Annotated[Path, typer.Argument(help="A model file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the rows; its ending says the format.")],
    rows: Rows = None,
    given: Annotated[list[str] | None, typer.Option("--given", "-g", help="column=value; may be repeated.")] = None,
    seed: Seed = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw rows from a model into a file."""
    from understudy.data.sinks import sink
    from understudy.models.model import Model
    from understudy.runs.run import as_text

    learned = Model.load(model)
    wanted = learned.rows if rows is None else rows
    asked, number, done = conditions(given or []), 0 if seed is None else seed, 0
    text = as_text(out, learned.source)
    frames = learned.stream(wanted, asked, number, workers, text)
    first = next(frames)
    with screen.progress(quiet or as_json) as tell, sink(out, learned.source) as into:
        for frame in (each for part in ([first], frames) for each in part):
            into.write(frame)
            done += frame.height
            tell("sample", done, wanted)
    met = learned.meet(asked, number)
    effective = None if met is None else met.effective
    if as_json:
        screen.emit({"data": str(out), "rows": done, "seed": number, "effective_share": effective})
        return
    screen.talk(f"{out}: {done} rows, seed {number}", quiet)
    if met is not None:
        screen.talk(f"conditions: {met.candidates} candidates a row, effective share {met.effective:.0%}", quiet)

