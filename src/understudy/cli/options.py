"""Options that several commands share."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

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
Privacy = Annotated[
    str | None,
    typer.Option(
        "--privacy",
        metavar="LEVEL",
        help="What is done against remembering training rows: relaxed, standard (if not given) or tight.",
    ),
]
Calibrate = Annotated[
    float | None,
    typer.Option(
        "--calibrate", metavar="POOL", help="Rows drawn for each one kept to match real counts, 2 for example."
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", help="Threads to draw with; one a processor core if not given.")
]
Target = Annotated[
    str | None,
    typer.Option("--target", "-t", metavar="COLUMN", help="Column that the judge predicts; guessed if not given."),
]
Protected = Annotated[
    str | None,
    typer.Option(
        "--protected", metavar="COLUMN", help="Column by which people may be treated unlike; without it, no fairness."
    ),
]
Quick = Annotated[
    bool, typer.Option("--quick", help="Leave out slow scores and most attacks, and learn from fewer rows.")
]
Gates = Annotated[
    list[str] | None,
    typer.Option(
        "--gate",
        metavar="GATE",
        help="What the report must reach, fidelity.pairs>=0.95 or privacy=safe; again for more. Exit code 3 if not.",
    ),
]


def conditions(said: Sequence[str], columns: Iterable[str] = ()) -> dict[str, str]:
    """`column=words` and `column!=words` as words by column; with "!" behind the column where it must not be so.

    Args:
        said: the conditions; in one with several signs the column is the longest one known, else what stands before the
            first sign.
        columns: the columns known.

    Raises:
        ArgumentError: a condition without an equals sign, or a column twice.

    >>> conditions(["income=>50K", "age=", "a=b=c", "job!=cook"], ["a=b", "a", "job"])
    {'income': '>50K', 'age': '', 'a=b': 'c', 'job!': 'cook'}
    """
    known, asked = set(columns), {}
    for word in said:
        name, value = _halves(word, known)
        if name in asked or f"{name}!" in asked or name.removesuffix("!") in asked:
            raise ArgumentError(f"column '{name}' has two conditions", hint="give one a column", field="given")
        asked[name] = value
    return asked


def shares(said: Sequence[str], columns: Iterable[str] = ()) -> dict[str, dict[str, float]]:
    """`column:words=share` as shares by column and words.

    Args:
        said: the shares; the column is the longest one known that stands before a colon.
        columns: the columns known.

    Raises:
        ArgumentError: one without a column, a colon and a share.

    >>> shares(["income:>50K=0.5", "income:<=50K=0.25"], ["income"])
    {'income': {'>50K': 0.5, '<=50K': 0.25}}
    """
    known: dict[str, dict[str, float]] = {}
    names = sorted(columns, key=len, reverse=True)
    for each in said:
        words, sign, share = each.rpartition("=")
        name = next((name for name in names if words.startswith(f"{name}:")), words.partition(":")[0])
        try:
            number = float(share)
        except ValueError:
            number = None
        if not sign or not words.startswith(f"{name}:") or number is None:
            raise ArgumentError(f"'{each}' is no share", hint="write --rebalance column:value=0.5", field="rebalance")
        known.setdefault(name, {})[words[len(name) + 1 :]] = number
    return known


def _halves(word: str, known: set[str]) -> tuple[str, str]:
    """Column and words of a condition."""
    cuts = [(word[:at], word[at + 1 :]) for at, sign in enumerate(word) if sign == "=" and at]
    if not cuts:
        raise ArgumentError(f"'{word}' is no condition", hint="write --given column=value", field="given")
    return next((cut for cut in reversed(cuts) if cut[0] in known or cut[0].removesuffix("!") in known), cuts[0])
