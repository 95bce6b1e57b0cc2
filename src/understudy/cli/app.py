"""The commands, their order and their examples."""

import sys
from typing import Annotated

import typer

from understudy import __version__
from understudy.cli import augmenting, benching, judging, looking, running

app = typer.Typer(
    name="understudy",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
COMMANDS = {
    running.demo: ("demo", "demo --out my-demo --seed 7"),
    looking.inspect: ("inspect guests.csv", "inspect 'sales/*.parquet' --json"),
    looking.init: ("init guests.csv -o plan.yaml",),
    running.fit: ("fit guests.csv -o guests.understudy", "fit guests.csv --plan plan.yaml --engine independent"),
    running.sample: (
        "sample guests.understudy -n 10000 -o stand-in.csv",
        "sample guests.understudy -n 500 --given room_type=SUITE -o suites.parquet",
    ),
    running.run: ("run guests.csv --out out", "run plan.yaml --out out --seed 7"),
    augmenting.augment: (
        "augment guests.csv --column room_type -o more.csv",
        "augment guests.csv -c room_type --to SUITE=500 --method smote --marked new -o more.parquet",
    ),
    judging.evaluate: (
        "evaluate --real train.csv --synthetic stand-in.csv --holdout rest.csv",
        "evaluate -r train.csv -s stand-in.csv -t income -o report.html",
    ),
    judging.compare: (
        "compare --real train.csv --synthetic ours.csv --synthetic theirs.csv --holdout rest.csv",
        "compare -r train.csv -s ours=out/synthetic.csv -s theirs=theirs.parquet -o compared.html",
    ),
    benching.bench: (
        "bench adult.csv housing.csv --engines trees,independent --seeds 3 --out bench",
        "bench adult.csv -t income --again",
    ),
    looking.engines: (),
    looking.metrics: (),
    looking.providers: (),
}
for command, examples in COMMANDS.items():
    lines = "\n".join(f"  understudy {example}" for example in examples)
    app.command(epilog=f"\b\nExamples:\n{lines}" if examples else None)(command)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"understudy {__version__}\n")
        raise typer.Exit


@app.callback(epilog="Start with: understudy demo. Every command explains itself with --help.")
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """A stand-in for data that may not be shared, with the proof beside it.

    Understudy learns a table and writes synthetic rows like it, in the same format, with a report on how close they
    are and how private.
    """
