"""Commands that look and propose: inspect, init, and the catalogues."""

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from understudy.cli import screen
from understudy.cli.options import AsJson, Data, Quiet


def inspect(data: Data, as_json: AsJson = False) -> None:
    """Show what the columns of a table are: kinds, keys, personal data, missing codes, and how sure that is."""
    from understudy.data.files import read
    from understudy.data.infer import infer

    table = read(data)
    schema = infer(table)
    if as_json:
        columns = [asdict(column) for column in schema.columns]
        screen.emit({"table": schema.name, "rows": len(table), **schema.roles, "columns": columns})
        return
    rows = [
        (each.name, each.kind, each.semantic or "", _codes(each.missing), f"{each.confidence:.0%}", "; ".join((each.reason, *each.notes)))
        for each in schema.columns
    ]
    screen.table(
        f"{schema.name}: {len(table)} rows, {len(schema)} columns, primary key: {schema.primary_key or 'none'}",
        ("column", "kind", "meaning", "missing", "sure", "why"),
        rows,
    )
    for note in table.source.notes:
        screen.say(f"Note: {note}")


def _codes(missing: tuple[str, ...]) -> str:
    return " ".join("(empty)" if code == "" else code for code in missing)


def init(
    data: Data,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File for the plan; stdout if not given.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a plan that is there already.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write a plan to edit: what is proposed for every column, and why."""
    from understudy.data.files import read
    from understudy.data.infer import infer
    from understudy.errors import WriteError
    from understudy.plan.proposals import propose
    from understudy.plan.yaml import to_yaml

    plan = propose(infer(read(data)))
    if out is None:
        screen.say(to_yaml(replace(plan, data=data)).rstrip())
        return
    if out.exists() and not force:
        raise WriteError("a plan is there already", where=str(out), hint="use --force to replace it")
    place = data if os.path.isabs(data) else os.path.relpath(data, out.parent)
    try:
        out.write_text(to_yaml(replace(plan, data=place)), encoding="utf-8")
    except OSError as error:
        raise WriteError("the plan cannot be written", where=str(out), hint=error.strerror or str(error)) from error
    screen.talk(f"{out} written; edit it, then: understudy run {out}", quiet)


def engines(as_json: AsJson = False) -> None:
    """List the engines."""
    from understudy.engines import registry

    entries = [registry.entry(name) for name in registry.names()]
    if as_json:
        screen.emit([asdict(entry) for entry in entries])
    else:
        rows = [(entry.name, entry.meets, entry.summary) for entry in entries]
        screen.table("", ("engine", "conditions", "what it is"), rows)


def metrics(as_json: AsJson = False) -> None:
    """List the metrics of the judge."""
    from understudy.metrics import catalogue

    screen.catalogue({name: catalogue.summary(name) for name in catalogue.names()}, as_json)


def providers(as_json: AsJson = False) -> None:
    """List the providers of invented values."""
    from understudy.providers import catalogue

    screen.catalogue({name: catalogue.summary(name) for name in catalogue.names()}, as_json)
