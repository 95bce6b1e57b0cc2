"""What the command says: data on stdout, talk on stderr."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

GATE_FAILED = 3
OnProgress = Callable[[str, int, int], None]
STAGES = {
    "read": "Reading",
    "infer": "Finding out what the columns are",
    "encode": "Encoding",
    "fit": "Learning",
    "sample": "Drawing",
    "bench": "Measuring",
}


def say(text: str) -> None:
    """One line on stdout."""
    sys.stdout.write(f"{text}\n")


def talk(text: str, quiet: bool = False) -> None:
    """One line on stderr, unless quiet."""
    if not quiet:
        sys.stderr.write(f"{text}\n")


def emit(found: Any) -> None:
    """JSON on stdout, in plain ASCII where the stream is not UTF-8."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    sys.stdout.write(json.dumps(found, ensure_ascii=plain, indent=1, default=str) + "\n")


@contextmanager
def progress(quiet: bool) -> Iterator[OnProgress]:
    """Stages shown as bars on a terminal, as nothing elsewhere; what is no stage of our own is one of the judge's."""
    if quiet or not sys.stderr.isatty():
        yield _nobody
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        known: dict[str, Any] = {}

        def tell(stage: str, done: int, total: int) -> None:
            kind, words = (stage, STAGES[stage]) if stage in STAGES else ("judge", f"Judging: {stage}")
            if kind not in known:
                known[kind] = bars.add_task(words, total=total)
            bars.update(known[kind], description=words, completed=done, total=total)

        yield tell


def _nobody(stage: str, done: int, total: int) -> None:
    """No one looks."""


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout, as wide as the terminal."""
    from rich.markup import escape
    from rich.table import Table

    drawn = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for place, head in enumerate(heads):
        drawn.add_column(head, overflow="fold", no_wrap=place == 0)
    for row in rows:
        drawn.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    _print(drawn)


def report(found: Any) -> None:
    """The verdict and the scores of a report on stdout."""
    from understudy.reports.text import rendering

    _print(rendering(found))


def gates(passages: Iterable[Any], quiet: bool = False) -> None:
    """Each gate with what was found, on stderr; those that do not hold are said even where quiet.

    Raises:
        Exit: with code 3, where one does not hold.
    """
    import typer

    held = list(passages)
    for each in held:
        talk(f"{'gate passed' if each.passed else 'gate failed'}: {each.text}", quiet and each.passed)
    if not all(each.passed for each in held):
        raise typer.Exit(GATE_FAILED)


def _print(drawn: Any) -> None:
    from rich.console import Console

    console = Console(file=sys.stdout)
    console.width = max(console.width, 100)
    console.print(drawn)


def catalogue(entries: Mapping[str, str], as_json: bool) -> None:
    """Names with one line each."""
    if as_json:
        emit(dict(entries))
    else:
        table("", ("name", "what it is"), entries.items())
