"""The functions there are: how they are written, and what they compute."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from types import MappingProxyType

import polars as pl

from understudy.errors import ExpressionError
from understudy.rules.expressions.tree import Call, Negative, Number
from understudy.rules.expressions.values import Scope, Value, alike, boolean, number, taken

_MANY = 500
_WHOLE_FROM = 2.0**52  # floats from here on are whole


@dataclass(frozen=True)
class Function:
    """A function: how many values it takes, how it is written, and what gives its value."""

    least: int
    most: int
    usage: str
    apply: Callable[[Scope, Call, list[Value]], Value]


def _choose(scope: Scope, node: Call, values: list[Value]) -> Value:
    condition = taken(values[0], "boolean")
    then, otherwise = map(scope.tamed, alike(values[1:], condition.part()))
    if then.kind == "number":
        expr = pl.when(condition.expr).then(then.floats).otherwise(otherwise.floats)
        return number(expr, node, then.whole and otherwise.whole, wild=False)
    return Value(pl.when(condition.expr).then(then.expr).otherwise(otherwise.expr), then.kind, node, zone=then.zone)


def _absolute(_: Scope, node: Call, values: list[Value]) -> Value:
    value = taken(values[0], "number")
    return number(value.floats.abs(), node, value.whole)


def _rounded(scope: Scope, node: Call, values: list[Value]) -> Value:
    """Halves away from zero, as at school: what is a half but for the last bits of a float counts as one."""
    digits, value = _digits(node), scope.held(taken(values[0], "number"))
    scale = 10.0 ** abs(digits)
    scaled = scope.held(number(value.floats * scale if digits >= 0 else value.floats / scale, node)).expr
    magnitude = (scaled.abs() * (1 + 4e-15) + 0.5).floor() * scaled.sign()
    near = magnitude / scale if digits >= 0 else magnitude * scale
    return number(pl.when(scaled.abs() < _WHOLE_FROM / 16).then(near).otherwise(value.floats), node, digits <= 0)


def _digits(node: Call) -> int:
    """The digits that `round` is given, 0 where it is given none."""
    given = node.arguments[1] if len(node.arguments) > 1 else Number(0)
    sign, plain = (-1, given.operand) if isinstance(given, Negative) else (1, given)
    if not isinstance(plain, Number) or plain.value not in range(16):
        raise ExpressionError("'round' is not given its digits as a number", hint="a whole number from -15 to 15")
    return sign * int(plain.value)


def _total(_: Scope, node: Call, values: list[Value]) -> Value:
    numbers = [taken(value, "number") for value in values]
    return number(reduce(add, (each.floats for each in numbers)), node, all(each.whole for each in numbers))


def _matches(_: Scope, node: Call, values: list[Value]) -> Value:
    subject, pattern = taken(values[0], "text"), values[1].constant
    if not isinstance(pattern, str):
        raise ExpressionError(
            "'matches' needs its regex in quotes", where=values[1].part(), hint="matches(x, '[a-z]+')"
        )
    return boolean(subject.expr.str.contains(checked_regex(pattern)), node)


def checked_regex(pattern: str) -> str:
    """A regex that matches whole texts, known to be one that polars can run in linear time.

    Raises:
        ExpressionError: it is no regex, or one that looks around or back, or too large.
    """
    whole = rf"\A(?:{pattern})\z"
    for each in (pattern, whole):
        try:
            pl.Series([""]).str.contains(each)
        except pl.exceptions.PolarsError as error:
            hint = "no look-around, no back-references, no more than 1000 characters"
            raise ExpressionError(f"'{pattern}' is no regex that can be run safely", hint=hint) from error
    return whole


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "if": Function(3, 3, "if(condition, value, otherwise)", _choose),
        "abs": Function(1, 1, "abs(x)", _absolute),
        "round": Function(1, 2, "round(x) or round(x, digits)", _rounded),
        "sum": Function(1, _MANY, "sum(a, b, …)", _total),
        "matches": Function(2, 2, "matches(x, 'regex')", _matches),
    }
)
