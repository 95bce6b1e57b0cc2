"""Dates, datetimes and times: arithmetic with days, differences, and parts."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import polars as pl

from understudy.errors import ExpressionError
from understudy.rules.expressions.tree import Call, Node
from understudy.rules.expressions.values import Kind, Scope, Value, local, number, read_constant, taken

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000  # in microseconds
_FIRST, _LAST = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, in days since 1970
_TIMED = ("date", "datetime", "time")


def beside(value: Value, other: Value) -> Value:
    """A text literal beside a moment is read as one: `end - '2020-01-31'`."""
    return read_constant(value, other.kind) if other.kind in _TIMED else value


def shifted(scope: Scope, operator: str, left: Value, right: Value, node: Node) -> Value:
    """A moment and days: `date + 3`, `3 + date`, `date - 3`; or two moments: `date - date` in days."""
    timed = ("date", "datetime")
    if operator == "-" and left.kind in timed and right.kind in timed:
        return difference(scope, left, right, node, DAY)
    if left.kind in timed and right.kind not in timed:
        return _moved(scope, left, taken(right, "number"), -1 if operator == "-" else 1, node)
    if operator == "+" and right.kind in timed and left.kind not in timed:
        return _moved(scope, right, taken(left, "number"), 1, node)
    raise ExpressionError(
        f"a {left.kind} {operator} a {right.kind} means nothing", where=left.part(), hint="a date takes days: date + 7"
    )


def _moved(scope: Scope, moment: Value, days: Value, sign: int, node: Node) -> Value:
    """A moment so many days on, missing outside the years 1 to 9999; a date drops parts of days."""
    steps = scope.tamed(days).floats * sign
    if moment.kind == "date":
        there = scope.held(number(_day(moment) + steps.floor(), node)).expr
        return _dated(there, node)
    there = scope.held(number(_stamp(moment) + (steps * DAY).round(), node)).expr
    inside = pl.when(there.is_between(_FIRST * DAY, (_LAST + 1) * DAY, closed="left")).then(there)
    expr = inside.cast(pl.Int64).cast(pl.Datetime("us"))
    if moment.zone:
        expr = expr.dt.replace_time_zone("UTC").dt.convert_time_zone(moment.zone)
    return Value(expr, "datetime", node, zone=moment.zone)


def _day(value: Value) -> pl.Expr:
    """A date in days since 1970, as floats."""
    return value.expr.cast(pl.Int32).cast(pl.Float64)


def _stamp(value: Value) -> pl.Expr:
    """An instant in microseconds since 1970, as floats."""
    return value.expr.dt.timestamp("us").cast(pl.Float64)


def _dated(days: pl.Expr, node: Node) -> Value:
    """Days since 1970 as dates, missing outside the years 1 to 9999."""
    inside = pl.when(days.is_between(_FIRST, _LAST)).then(days)
    return Value(inside.cast(pl.Int32).cast(pl.Date), "date", node)


def difference(scope: Scope, left: Value, right: Value, node: Node, unit: int) -> Value:
    """The first moment minus the second, in a unit of so many microseconds."""
    if left.kind == right.kind == "date":
        return number((_day(left) - _day(right)) * (DAY // unit), node, whole=True, wild=False)
    if left.kind == right.kind == "time":
        apart = left.expr.cast(pl.Int64) - right.expr.cast(pl.Int64)
        return number(scope.divided(apart.cast(pl.Float64), 1000.0 * unit), node, wild=False)
    zones = bool(left.zone and right.zone)
    first, second = (local(value, zones).dt.timestamp("us") for value in (left, right))
    return number(scope.divided((first - second).cast(pl.Float64), unit), node, wild=False)


def apart(unit: int) -> Callable[[Scope, Call, list[Value]], Value]:
    """The function `days`, `hours`, `minutes` or `seconds`: its first moment minus its second."""

    def apply(scope: Scope, node: Call, values: list[Value]) -> Value:
        left, right = beside(values[0], values[1]), beside(values[1], values[0])
        kinds = {left.kind, right.kind} - {"missing"}
        kind: Kind = "time" if kinds == {"time"} else "date" if kinds <= {"date"} else "datetime"
        first, second = (value if value.kind == "date" else taken(value, kind) for value in (left, right))
        return difference(scope, first, second, node, unit)

    return apply


def dated(scope: Scope, node: Call, values: list[Value]) -> Value:
    """`date('2020-01-31')`, `date(moment)`, `date(year, month, day)`."""
    if len(values) == 3:
        return _composed(scope, node, [scope.firm(taken(value, "number")) for value in values])
    value = read_constant(values[0], "date")
    if value.kind == "date":
        return value
    if value.kind == "text":
        days = scope.held(Value(value.expr.str.to_date("%Y-%m-%d", strict=False), "date", node))
        return _dated(_day(days), node)
    moment = taken(value, "datetime")
    return replace(moment, expr=local(moment).dt.date(), kind="date", zone=None, simple=False, node=node)


def _composed(scope: Scope, node: Call, values: list[Value]) -> Value:
    """A date of its year, month and day; missing where the calendar has none."""
    year, month, day = (value.floats for value in values)
    sound = (year.is_between(1, 9999) & month.is_between(1, 12) & day.is_between(1, 31) & (month.floor() == month)) & (
        (year.floor() == year) & (day.floor() == day)
    )
    years, months = (pl.when(sound).then(each).cast(pl.Int32) for each in (year, month))
    first = pl.date(years, months, 1)
    there = scope.held(Value(first.cast(pl.Int32) + day.cast(pl.Int32, strict=False) - 1, "number", node)).expr
    found = scope.held(Value(there.cast(pl.Date), "date", node)).expr
    return Value(pl.when(found.dt.month() == month).then(found), "date", node)


PARTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("year", "quarter", "month", "day", "weekday"), ("date", "datetime")),
    **dict.fromkeys(("hour", "minute", "second"), ("datetime", "time")),
}


def part(name: str) -> Callable[[Scope, Call, list[Value]], Value]:
    """The function `year`, `month`, … `second`: a part of a moment, in its own zone; `weekday` from Monday, 1."""

    def apply(_: Scope, node: Call, values: list[Value]) -> Value:
        value, kinds = values[0], PARTS[name]
        if value.kind not in (*kinds, "missing"):
            raise ExpressionError(
                f"'{name}' is given a {value.kind}", where=value.part(), hint=f"it takes a {' or a '.join(kinds)}"
            )
        moment = taken(value, "datetime") if value.kind == "missing" else value
        return number(getattr(moment.expr.dt, name)().cast(pl.Float64), node, whole=True, wild=False)

    return apply
