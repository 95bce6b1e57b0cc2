"""Commands that look and propose: inspect, init, and the catalogues."""

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from understudy.cli import screen
from understudy.cli.options import AsJson, Data, Quiet
from understudy.cli.places import refuse_replacing, refuse_unwritable

if TYPE_CHECKING:
    from understudy.plan.applying import Applied


def inspect(data: Data, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Show what the columns of a table are, and how sure that is.

    Kinds, keys, personal data and missing codes of each column, with the reason. Nothing is learned or written.
    """
    from understudy.data.files import read
    from understudy.data.infer import infer

    table = read(data)
    schema = infer(table)
    if as_json:
        columns = [asdict(column) for column in schema.columns]
        found = {"table": schema.name, "rows": len(table), **schema.roles, "columns": columns}
        screen.emit({**found, "notes": list(table.source.notes)})
        return
    screen.table(
        f"{schema.name}: {len(table)} rows, {len(schema)} columns, primary key: {schema.primary_key or 'none'}",
        ("column", "kind", "meaning", "missing", "sure", "why"),
        [_described(column) for column in schema.columns],
    )
    for note in table.source.notes:
        screen.talk(f"Note: {note}", quiet)


def _described(column: Any) -> tuple[str, ...]:
    missing = " ".join("(empty)" if code == "" else code for code in column.missing)
    why = "; ".join((column.reason, *column.notes))
    return (column.name, column.kind, column.semantic or "", missing, f"{column.confidence:.0%}", why)


def init(
    data: Data,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="File for the plan; stdout if not given.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a plan that is there already.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Look for no rules; the columns alone.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a plan to edit: what to do with each column, and rules.

    Keys, free text and personal data are to be invented afresh, columns that others give are to be computed, all else
    is to be learned. Rules that hold in every row are constraints of the plan; those that nearly do, and advice, stand
    as comments at its end. The reason stands beside each. Edit the file, then hand it to understudy run.
    """
    from understudy.plan.applying import told
    from understudy.plan.drafting import draft
    from understudy.plan.yaml import to_yaml
    from understudy.reports.writing import put

    if out is not None:
        _refuse_plan_there(out, data, force)
    drafted = draft(data, rules=not plain)
    found = _drafted(drafted)
    aside = [told(each) for each in drafted.aside]
    if aside:
        aside = ["", "proposed, and not applied:", *(f"- {each}" for each in aside)]
    seen = data
    if out is not None and not (place := Path(data).expanduser()).is_absolute():
        seen = os.path.relpath(place, out.parent)
    text = to_yaml(replace(drafted.plan, data=seen), drafted.reasons, aside)
    if out is not None:
        put(out, text)
        found = {"plan": str(out), **found}
    if as_json:
        screen.emit(found)
    elif out is None:
        screen.say(text.rstrip())
    else:
        screen.talk(f"{out} written; edit it, then: understudy run {out}", quiet)


def _drafted(drafted: "Applied") -> dict[str, Any]:
    """A drafted plan as JSON."""
    columns = {name: asdict(column) for name, column in drafted.plan.columns.items()}
    constraints = [each.to_plain() for each in drafted.plan.constraints]
    return {"columns": columns, "constraints": constraints, "aside": [asdict(each) for each in drafted.aside]}


def _refuse_plan_there(out: Path, data: str, force: bool) -> None:
    from understudy.errors import ArgumentError, WriteError

    if out.suffix.lower() not in (".yaml", ".yml"):
        raise ArgumentError("a plan is a .yaml file", where=str(out), hint="name it plan.yaml, say", field="out")
    refuse_unwritable(out)
    refuse_replacing(out, data)
    if out.exists() and not force:
        raise WriteError("a plan is there already", where=str(out), hint="use --force to replace it")


def engines(as_json: AsJson = False, quiet: Quiet = False) -> None:
    """List the engines: the ways to learn a table.

    The second column says how each meets conditions: exactly, or by weighting candidates.
    """
    from understudy.engines import registry

    entries = [registry.entry(name) for name in registry.names()]
    if as_json:
        screen.emit([asdict(entry) for entry in entries])
    else:
        rows = [(entry.name, entry.meets, entry.summary) for entry in entries]
        screen.table("", ("engine", "conditions", "what it is"), rows)


def metrics(as_json: AsJson = False, quiet: Quiet = False) -> None:
    """List the metrics of the judge."""
    from understudy.metrics import catalogue

    screen.catalogue({name: catalogue.summary(name) for name in catalogue.names()}, as_json)


def providers(as_json: AsJson = False, quiet: Quiet = False) -> None:
    """List the providers of invented values.

    A plan names one where it says "action: generate".
    """
    from understudy.providers import catalogue

    screen.catalogue({name: catalogue.summary(name) for name in catalogue.names()}, as_json)
