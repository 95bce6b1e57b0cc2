"""Dates, datetimes and times: arithmetic with days, differences, and parts."""

from dataclasses import replace

import polars as pl

from understudy.errors import ExpressionError
from understudy.rules.expressions.comparisons import local
from understudy.rules.expressions.tree import Node
from understudy.rules.expressions.values import Scope, Value, number, taken

_DAY = 86_400_000_000  # microseconds
_FIRST, _LAST = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, in days since 1970


def shifted(scope: Scope, operator: str, left: Value, right: Value, node: Node) -> Value:
    """A moment and days: `date + 3`, `3 + date`, `date - 3`; or two moments: `date - date` in days."""
    timed = ("date", "datetime")
    if operator == "-" and left.kind in timed and right.kind in timed:
        return difference(scope, left, right, node, _DAY)
    if left.kind in timed and right.kind not in timed:
        return _moved(scope, left, taken(right, "number"), -1 if operator == "-" else 1, node)
    if operator == "+" and right.kind in timed and left.kind not in timed:
        return _moved(scope, right, taken(left, "number"), 1, node)
    raise ExpressionError(
        f"a {left.kind} {operator} a {right.kind} has no meaning", where=left.part(), hint="a date takes days: date + 7"
    )


def _moved(scope: Scope, moment: Value, days: Value, sign: int, node: Node) -> Value:
    """A moment so many days on, missing outside the years 1 to 9999; a date drops parts of days."""
    moment, unit = scope.held(moment), 1 if moment.kind == "date" else _DAY
    steps = (scope.tamed(days).floats * sign * unit).round() if unit > 1 else (scope.tamed(days).floats * sign).floor()
    origin = (
        moment.expr.cast(pl.Int32).cast(pl.Float64) if unit == 1 else moment.expr.dt.timestamp("us").cast(pl.Float64)
    )
    there = scope.held(number(origin + steps, node)).expr
    inside = there.is_between(_FIRST * unit, (_LAST + 1) * unit, closed="left")
    stamp = pl.when(inside).then(there)
    if unit == 1:
        return Value(stamp.cast(pl.Int32).cast(pl.Date), "date", node)
    expr = stamp.cast(pl.Int64).cast(pl.Datetime("us"))
    if moment.zone:
        expr = expr.dt.replace_time_zone("UTC").dt.convert_time_zone(moment.zone)
    return Value(expr, "datetime", node, zone=moment.zone)


def difference(scope: Scope, left: Value, right: Value, node: Node, unit: int) -> Value:
    """The first moment minus the second, in a unit of so many microseconds."""
    if left.kind == right.kind == "date":
        days = left.expr.cast(pl.Int32).cast(pl.Float64) - right.expr.cast(pl.Int32).cast(pl.Float64)
        return number(days * (_DAY // unit), node, whole=True, wild=False)
    if left.kind == right.kind == "time":
        stamps = [value.expr.cast(pl.Int64).cast(pl.Float64) / 1000 for value in (left, right)]
    else:
        zones = bool(left.zone and right.zone)
        stamps = [local(value, zones).dt.timestamp("us").cast(pl.Float64) for value in (left, right)]
    return number((stamps[0] - stamps[1]) / unit, node, wild=False)


def midnight(value: Value) -> Value:
    """The date of a moment."""
    return replace(value, expr=local(value).dt.date(), kind="date", zone=None, simple=False)
