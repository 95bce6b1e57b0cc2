"""The classes of a column, and how many rows each is to have."""

from collections.abc import Mapping
from math import ceil
from typing import Any

import polars as pl

from understudy.data.schema import Column
from understudy.data.values import write_column
from understudy.errors import ArgumentError, ConditionError, nearest
from understudy.models import wanted
from understudy.models.form import Form

MOST, MOST_ROWS = 1000, 100_000_000
KINDS = ("categorical", "boolean", "integer", "constant")


def classes_of(values: pl.Series, column: Column) -> dict[Any, int]:
    """The rows of each class, the largest first; rows whose class is missing make none.

    Raises:
        ArgumentError: the column has no classes, or one alone.
    """
    where = f"column '{column.name}'"
    if len(values) and values.null_count() == len(values):
        raise ArgumentError("every cell is missing", where=where, hint="name a column with classes", field="column")
    if column.kind not in KINDS:
        hint = f"name a column of kind {', '.join(KINDS[:-2])} or {KINDS[-2]}, or set the column's kind in the plan"
        raise ArgumentError(f"a column of kind {column.kind} has no classes", where=where, hint=hint, field="column")
    counted = values.drop_nulls().value_counts(name="rows").sort(["rows", values.name], descending=[True, False])
    if counted.height < 2:
        hint = "there is nothing to balance"
        said = spelt(counted[0, 0], column)
        raise ArgumentError(f"all rows are of one class, '{said}'", where=where, hint=hint, field="column")
    if counted.height > MOST:
        hint = f"{MOST} at most"
        raise ArgumentError(f"there are {counted.height} classes", where=where, hint=hint, field="column")
    return dict(counted.iter_rows())


def spelt(each: Any, column: Column) -> str:
    """A class as it is written in a file."""
    return str(write_column(pl.Series([each]), column)[0])


def lacking(classes: Mapping[Any, int], total: int, to: Any, column: str, form: Form) -> dict[Any, int]:
    """The rows that each class lacks.

    Args:
        classes: rows of each.
        total: rows of the table.
        to: "balanced" for as many rows as the largest class has, or rows (whole numbers) or shares of the table that
            comes out (below 1) by class; what is not named stays as it is.
        column: its name.
        form: of the rows.

    Raises:
        ArgumentError: a class is unknown, would have to lose rows, or would have more than 100 million.
    """
    if isinstance(to, str) and to == "balanced":
        most = max(classes.values())
        return {each: most - rows for each, rows in classes.items() if rows < most}
    if not isinstance(to, Mapping) or not to:
        hint = 'use "balanced", or {class: rows} or {class: share}'
        raise ArgumentError(f"to is {to!r}", hint=hint, field="to")
    asked: dict[Any, int | float] = {}
    for value, size in to.items():
        each = _known(value, classes, column, form)
        if each in asked:
            raise ArgumentError(f"class '{value}' is named twice", hint="name each once", field="to")
        asked[each] = _size(value, size)
    goal = _goal(classes, total, asked)
    if (most := max(goal.values(), default=0)) > MOST_ROWS:
        raise ArgumentError(f"{most} rows are asked for", hint=f"ask for {MOST_ROWS} at most", field="to")
    for each, rows in goal.items():
        if rows < classes[each]:
            hint = "rows are only added; ask for more, or take some away first"
            what = f"class '{spelt(each, form.schema[column])}' has {classes[each]} rows, and {rows} are asked for"
            raise ArgumentError(what, where=f"column '{column}'", hint=hint, field="to")
    return {each: goal[each] - classes[each] for each in classes if each in goal and goal[each] > classes[each]}


def _known(value: Any, classes: Mapping[Any, int], column: str, form: Form) -> Any:
    """The class that a value names."""
    typed = value
    if isinstance(value, str):
        try:
            typed = wanted.read(column, value, form).ranges[0][0]
        except (ConditionError, IndexError):
            typed = value
    for each in classes:
        if (type(each) is type(typed) and each == typed) or str(each) == str(value):
            return each
    names = [spelt(each, form.schema[column]) for each in classes]
    raise ArgumentError(f"no class '{value}'", where=f"column '{column}'", hint=nearest(str(value), names), field="to")


def _size(value: Any, size: Any) -> int | float:
    number = isinstance(size, int | float) and not isinstance(size, bool)
    if not number or size < 0 or (isinstance(size, float) and not 0 < size < 1):
        hint = "use a whole number of rows, or a share between 0 and 1"
        raise ArgumentError(f"class '{value}' is to have {size!r}", hint=hint, field="to")
    return size


def _goal(classes: Mapping[Any, int], total: int, asked: Mapping[Any, int | float]) -> dict[Any, int]:
    """The rows of each class named: shares are of a table in which all else is as it is, or as it is asked to be."""
    rows = {each: size for each, size in asked.items() if isinstance(size, int)}
    shares = {each: size for each, size in asked.items() if isinstance(size, float)}
    if not shares:
        return rows
    summed = sum(shares.values())
    still = total - sum(classes[each] for each in asked) + sum(rows.values())
    if summed > 1 + 1e-9 or (summed > 1 - 1e-9 and still) or (summed < 1 - 1e-9 and not still):
        hint = "let shares of all rows sum to 1, of a part of them to less"
        raise ArgumentError(f"the shares sum to {summed:g}", hint=hint, field="to")
    whole = still / (1 - summed) if still else max(ceil(classes[each] / share) for each, share in shares.items())
    return rows | {each: max(round(whole * share), 0) for each, share in shares.items()}
