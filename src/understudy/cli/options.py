"""Options that several commands share."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from understudy.errors import ArgumentError

AsJson = Annotated[bool, typer.Option("--json", help="Write the result as JSON on stdout, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors and results.")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="SEED", help="Whole number behind every draw; the same one gives the same bytes."),
]
Data = Annotated[
    str,
    typer.Argument(metavar="DATA", help="A file (csv, json, parquet, xlsx, …), or a folder or glob of like files."),
]
EngineName = Annotated[
    str | None,
    typer.Option("--engine", "-e", metavar="NAME", help="How to learn; understudy engines lists the names."),
]
PlanFile = Annotated[
    Path | None,
    typer.Option("--plan", "-p", metavar="FILE", help="What to do with each column; understudy init writes one."),
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", help="Threads to draw with; one a processor core if not given.")
]
Target = Annotated[
    str | None,
    typer.Option("--target", "-t", metavar="COLUMN", help="Column that the judge predicts; guessed if not given."),
]


def conditions(said: Sequence[str], columns: Iterable[str] = ()) -> dict[str, Any]:
    """`column=value` words as conditions; nothing behind the sign asks for missing cells.

    Args:
        said: the words; in a word with several signs the column is the longest one known, else what stands before the
            first sign.
        columns: the columns known.

    Raises:
        ArgumentError: a word without an equals sign, or a column twice.

    >>> conditions(["income=>50K", "age=", "a=b=c"], ["a=b", "a"])
    {'income': '>50K', 'age': None, 'a=b': 'c'}
    """
    known, asked = set(columns), {}
    for word in said:
        name, value = _halves(word, known)
        if name in asked:
            raise ArgumentError(f"column '{name}' has two conditions", hint="give one value a column", field="given")
        asked[name] = value if value else None
    return asked


def _halves(word: str, known: set[str]) -> tuple[str, str]:
    """Column and value of a condition."""
    cuts = [(word[:at], word[at + 1 :]) for at, sign in enumerate(word) if sign == "=" and at]
    if not cuts:
        raise ArgumentError(f"'{word}' is no condition", hint="write --given column=value", field="given")
    return next((cut for cut in reversed(cuts) if cut[0] in known), cuts[0])
