"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from understudy.errors import ArgumentError

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors and results.")]
Seed = Annotated[int | None, typer.Option("--seed", help="The same seed gives the same bytes.")]
Data = Annotated[str, typer.Argument(help="A file, a folder or a glob of like files.")]
EngineName = Annotated[str | None, typer.Option("--engine", "-e", help="See: understudy engines.")]
PlanFile = Annotated[Path | None, typer.Option("--plan", "-p", help="A plan file, see: understudy init.")]
Rows = Annotated[int | None, typer.Option("-n", "--rows", help="Rows to draw; as many as the real table has if not given.")]
Workers = Annotated[int | None, typer.Option("--workers", help="Threads to draw with; one a core if not given.")]


def conditions(said: list[str]) -> dict[str, Any]:
    """`column=value` words as conditions; nothing behind the sign asks for missing cells.

    Raises:
        ArgumentError: a word without an equals sign.

    >>> conditions(["income=>50K", "age="])
    {'income': '>50K', 'age': None}
    """
    pairs = [word.partition("=") for word in said]
    for (name, sign, _), word in zip(pairs, said, strict=True):
        if not sign or not name:
            raise ArgumentError(f"'{word}' is no condition", hint="write --given column=value", field="given")
    return {name: value if value else None for name, _, value in pairs}
