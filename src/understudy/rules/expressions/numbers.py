"""Functions of numbers, and those that choose among values."""

from collections.abc import Callable
from functools import reduce
from operator import add

import polars as pl

from understudy.rules.expressions.tree import Call, Negative, Node, Number
from understudy.rules.expressions.values import Scope, Value, alike, number, taken

MOST_DIGITS = 15
_SLIP = 2.0**-50  # relative: what a few roundings of floats may take from a half
_MOST_SLIP = 1e-6
_WHOLE_FROM = 2.0**52  # floats from here on are whole


def chosen(scope: Scope, node: Call, values: list[Value]) -> Value:
    """`if(condition, value, otherwise)`; a missing condition is not met."""
    condition = taken(values[0], "boolean")
    first, second = map(scope.tamed, alike(values[1:], _where(node)))
    return _like([first, second], lambda then, other: pl.when(condition.expr).then(then).otherwise(other), node)


def present(scope: Scope, node: Call, values: list[Value]) -> Value:
    """`coalesce(a, b, …)`: the first that is not missing."""
    return _like([scope.tamed(value) for value in alike(values, _where(node))], pl.coalesce, node)


def extreme(pick: Callable[..., pl.Expr]) -> Callable[[Scope, Call, list[Value]], Value]:
    """`min(a, b, …)` and `max(a, b, …)` of values of one kind, row by row."""

    def apply(scope: Scope, node: Call, values: list[Value]) -> Value:
        firm = [scope.firm(value) for value in alike(values, _where(node))]
        if len(firm) == 1 or firm[0].kind == "missing":
            return firm[0]
        gap = pl.any_horizontal(*(value.expr.is_null() for value in firm))
        return _like(firm, lambda *exprs: pl.when(~gap).then(pick(*exprs)), node)

    return apply


def _where(node: Node) -> str:
    return Value(pl.lit(None), "missing", node).part()


def _like(values: list[Value], join: Callable[..., pl.Expr], node: Node) -> Value:
    """Values of one kind joined into one of that kind."""
    kind, zone = values[0].kind, values[0].zone
    if kind != "number":
        return Value(join(*(value.expr for value in values)), kind, node, zone=zone)
    whole, integral = (all(getattr(value, each) for value in values) for each in ("whole", "integral"))
    exprs = [value.expr if integral else value.floats for value in values]
    return Value(join(*exprs), kind, node, whole=whole, integral=integral)


def single(change: Callable[[pl.Expr], pl.Expr], whole: bool = False) -> Callable[[Scope, Call, list[Value]], Value]:
    """A function of one number; `whole` where it gives whole numbers."""
    return lambda _, node, values: number(change(taken(values[0], "number").floats), node, whole)


def absolute(_: Scope, node: Call, values: list[Value]) -> Value:
    """`abs(x)`."""
    value = taken(values[0], "number")
    return number(value.floats.abs(), node, value.whole, value.wild)


def exponential(scope: Scope, node: Call, values: list[Value]) -> Value:
    """`exp(x)`."""
    return number(scope.tamed(taken(values[0], "number")).floats.exp(), node)


def rounded(scope: Scope, node: Call, values: list[Value]) -> Value:
    """`round(x, digits)`: halves away from zero, as at school and in databases.

    What is a half but for the last bits of a float counts as one: round(1.005, 2) is 1.01.
    """
    digits, value = digits_of(node), scope.held(taken(values[0], "number"))
    scale = 10.0 ** abs(digits)
    scaled = value.floats * scale if digits >= 0 else scope.divided(value.floats, scale)
    scaled = scope.held(number(scaled, node)).expr
    size = (scaled.abs() + (scaled.abs() * _SLIP).clip(upper_bound=_MOST_SLIP) + 0.5).floor()
    near = scope.divided(size * scaled.sign(), scale) if digits >= 0 else size * scaled.sign() * scale
    expr = pl.when(scaled.abs() < _WHOLE_FROM).then(near + 0.0).otherwise(value.floats)
    return number(expr, node, digits <= 0 or value.whole)


def digits_of(node: Call) -> int:
    """The digits that `round` is given, 0 where it is given none."""
    given = node.arguments[1] if len(node.arguments) > 1 else Number(0)
    sign, plain = (-1, given.operand) if isinstance(given, Negative) else (1, given)
    assert isinstance(plain, Number)
    return sign * int(plain.value)


def check_round(node: Call) -> str:
    """What is wrong with a call of `round`, "" if nothing is."""
    given = node.arguments[1] if len(node.arguments) > 1 else Number(0)
    plain = given.operand if isinstance(given, Negative) else given
    sound = isinstance(plain, Number) and plain.value in range(MOST_DIGITS + 1)
    return "" if sound else f"'round' needs its digits as a whole number from -{MOST_DIGITS} to {MOST_DIGITS}"


def total(_: Scope, node: Call, values: list[Value]) -> Value:
    """`sum(a, b, …)`."""
    numbers = [taken(value, "number") for value in values]
    return number(reduce(add, (each.floats for each in numbers)), node, all(each.whole for each in numbers))


def average(scope: Scope, node: Call, values: list[Value]) -> Value:
    """`mean(a, b, …)`."""
    return number(scope.divided(total(scope, node, values).expr, len(values)), node)


def running(scope: Scope, node: Call, values: list[Value]) -> Value:
    """`cumsum(x, by, …)`: the total of the rows so far, in the order of the rows, within groups.

    A row where x is missing has no total and adds nothing to those after it; nor has one whose group is missing.
    """
    addend = scope.tamed(taken(values[0], "number"))
    held = scope.held(number(addend.floats + scope.zeros, node, addend.whole, wild=False))
    by = [scope.firm(value) for value in values[1:]]
    groups = [value.expr for value in by if not value.lone]
    expr = held.expr.cum_sum().over(groups) if groups else held.expr.cum_sum()
    known = pl.all_horizontal(value.expr.is_not_null() for value in by) if by else None
    found = number(expr if known is None else pl.when(known).then(expr), node, addend.whole)
    return scope.held(found)
