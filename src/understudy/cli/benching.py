"""The command that measures engines side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from understudy.cli import screen
from understudy.cli.options import AsJson, Quiet

if TYPE_CHECKING:
    from understudy.reports.standings import Standing

SHOWN = ("fit", "sample", "cpu", "peak", "pairs", "c2st_holdout", "tstr", "trtr", "copies", "distance_p5")


def bench(
    data: Annotated[
        list[str],
        typer.Argument(metavar="DATA", help="Files, folders or globs of like files; a data set each."),
    ],
    engines: Annotated[
        str | None,
        typer.Option("--engines", "-e", metavar="NAMES", help="Separated by commas; all that there are if not given."),
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", metavar="N", help="How often: each with a split, a model and a sample of its own.")
    ] = 3,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="DIR", help="Folder for the outputs; what it holds is not measured again."),
    ] = Path("bench"),
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            "-t",
            metavar="COLUMN",
            help="Column that the judge predicts in the data sets that have it; may be repeated; guessed elsewhere.",
        ),
    ] = None,
    holdout: Annotated[
        float, typer.Option("--holdout", metavar="SHARE", help="Share of rows kept for the judge.")
    ] = 0.2,
    long: Annotated[
        int, typer.Option("--long", metavar="N", help="Rows of the long draw that is timed; 0 for none.")
    ] = 1_000_000,
    cap: Annotated[
        float, typer.Option("--cap", metavar="SECONDS", help="Time that one engine may take with one seed; 0 for any.")
    ] = 0,
    again: Annotated[
        bool, typer.Option("--again", help="Measure anew what the folder holds already for these data and engines.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure engines side by side on data sets.

    Each engine runs in a process of its own, alone; one judge compares its rows with the training rows and with rows
    that it never saw. Means over seeds go to the terminal and, with the picture of time against fidelity, into
    bench.html, bench.csv and bench.json. Can be stopped and taken up again.
    """
    from understudy.reports.standings import told
    from understudy.runs.bench.bench import bench as measure

    named = None if engines is None else [name.strip() for name in engines.split(",") if name.strip()]
    with screen.progress(quiet or as_json) as tell:
        done = measure(
            data,
            out,
            engines=named,
            seeds=seeds,
            targets=target or (),
            holdout=holdout,
            long=long,
            cap=cap,
            again=again,
            on_progress=tell,
            on_line=lambda line: screen.talk(told(line), quiet or as_json),
        )
    files = {role: str(path) for role, path in done.files.items()}
    if as_json:
        screen.emit({"standings": [each.to_dict() for each in done.standings], "files": files})
        return
    if not quiet:
        _show(done.standings)
    for role, path in files.items():
        screen.say(f"{role + ':':<8} {path}")


def _show(found: "Sequence[Standing]") -> None:
    """A table for each data set."""
    from understudy.reports.standings import FIGURES, written

    heads = ("engine", *(FIGURES[name].title for name in SHOWN))
    for data in dict.fromkeys(each.data for each in found):
        rivals = [each for each in found if each.data == data]
        rows = [
            (f"{each.engine}{' *' if each.front else ''}", *(written(name, each.figures.get(name)) for name in SHOWN))
            for each in rivals
        ]
        screen.table(f"{data}: {rivals[0].rows} rows, predicting {rivals[0].target}", heads, rows)
        for each in rivals:
            for why in each.failed:
                screen.say(f"{each.engine}: {why}")
        screen.say("")
    screen.say("* on the front: no other engine is both quicker and closer")
