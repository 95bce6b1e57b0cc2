"""A plan for a table that nobody has planned yet."""

from typing import Any

from understudy.data.files import read
from understudy.data.infer import infer
from understudy.data.scans import LARGE_ROWS
from understudy.data.schema import Schema
from understudy.data.values import parse
from understudy.plan.applying import Applied, apply
from understudy.plan.proposals import discover, propose


def draft(data: Any, schema: Schema | None = None, rules: bool = True) -> Applied:
    """What is proposed for every column, with the rules that all rows obey applied.

    Args:
        data: the real rows: a path, a frame or a table.
        schema: of them; inferred where None.
        rules: whether to look for rules; of a table of more than two million rows in as many of them.

    Raises:
        SchemaError: a cell does not fit the schema.
    """
    table = read(data)
    known = infer(table) if schema is None else schema
    plan = propose(known)
    if not rules:
        return Applied(plan, {}, ())
    seen = table.sample(min(len(table), LARGE_ROWS), 0)
    return apply(plan, discover(parse(seen, known).frame, known), known)
