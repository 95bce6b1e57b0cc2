"""The command that adds rows to real ones: augment."""

from pathlib import Path
from typing import Annotated, Any

import typer

from understudy.cli import screen
from understudy.cli.options import AsJson, Data, PlanFile, Quiet, Seed
from understudy.cli.places import refuse_replacing, refuse_unwritable

BALANCED = "balanced"


def augment(
    data: Data,
    column: Annotated[str, typer.Option("--column", "-c", metavar="COLUMN", help="Column whose classes are filled.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FILE", help="File for all rows, real and new; its ending names the format."
        ),
    ],
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="SIZES",
            help="Size of the classes: balanced (if not given), as many rows of each as of the largest; or CLASS=ROWS, "
            "or CLASS=SHARE (below 1) of all rows; may be repeated for other classes.",
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method", "-m", metavar="NAME", help="Way to make rows: engine, or smote, smotenc, adasyn (an extra)."
        ),
    ] = "engine",
    plan: PlanFile = None,
    marked: Annotated[
        str | None,
        typer.Option("--marked", metavar="COLUMN", help="Name of a column to add that says which rows are new."),
    ] = None,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Add rows so that classes are of one size.

    The real rows come out as they are, and new ones below them: drawn from a model given their class, or placed between
    real rows of it. New rows keep the plan's rules. The file holds real rows: it is no stand-in.
    """
    from understudy.data.files import read, write
    from understudy.models.augmenting import augmented
    from understudy.plan.yaml import read_plan

    refuse_unwritable(out)
    refuse_replacing(out, data, plan)
    number, asked = 0 if seed is None else seed, None if plan is None else read_plan(plan)
    known: dict[str, Any] = {"method": method, "plan": asked, "seed": number, "marked": marked}
    with screen.progress(quiet or as_json) as tell:
        done = augmented(read(data), column, _sizes(to or [BALANCED]), on_progress=tell, **known)
    write(done.data, out)
    counts = {"real": _named(done.real), "added": _named(done.added), "dropped": dict(done.dropped)}
    if as_json:
        screen.emit({"data": str(out), "rows": len(done.data), "method": method, "seed": number, **counts})
        return
    new = ", ".join(f"{name} {rows}" for name, rows in counts["added"].items()) or "none"
    screen.talk(f"{out}: {len(done.data)} rows, {sum(done.added.values())} of them new: {new}", quiet)
    for rule, rows in done.dropped.items():
        screen.talk(f"dropped and replaced: {rows} that broke '{rule}'", quiet)


def _named(counts: Any) -> dict[str, int]:
    return {str(name): rows for name, rows in counts.items()}


def _sizes(said: list[str]) -> Any:
    """Sizes in words: "balanced", or rows and shares by class.

    Raises:
        ArgumentError: neither.

    >>> _sizes(["yes=500", "a=b=0.25"]), _sizes(["balanced"])
    ({'yes': 500, 'a=b': 0.25}, 'balanced')
    """
    from understudy.errors import ArgumentError

    if said == [BALANCED]:
        return BALANCED
    found: dict[str, int | float] = {}
    for each in said:
        name, sign, size = each.rpartition("=")
        try:
            number = int(size) if size.strip().isdecimal() else float(size)
        except ValueError:
            number = None
        if not sign or number is None:
            hint = "write --to balanced, --to class=500 or --to class=0.3"
            raise ArgumentError(f"'{each}' is no size", hint=hint, field="to")
        if name in found:
            raise ArgumentError(f"class '{name}' is named twice", hint="name each once", field="to")
        found[name] = number
    return found
