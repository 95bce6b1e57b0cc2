"""Comparisons: of numbers within a tolerance, of texts, of moments, and of a category with a number."""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, ne, or_

import polars as pl

from understudy.errors import ExpressionError
from understudy.rules.expressions.tokens import shortened
from understudy.rules.expressions.tree import Among, Chain, Node, Presence, spelled
from understudy.rules.expressions.values import Scope, Value, boolean, local, number, read_constant, taken

TOLERANCE = 1e-9  # relative to the larger of two numbers; whole numbers are compared exactly
_EXACTLY: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


def compared(scope: Scope, node: Chain, values: list[Value]) -> Value:
    """`a <= b < c`: each with the next, and all of them together."""
    firm = [scope.firm(value) for value in values]
    pairs = zip(node.operators, firm, firm[1:], strict=False)
    return boolean(reduce(and_, (pair(scope, sign, left, right, node) for sign, left, right in pairs)), node)


def among(scope: Scope, node: Among, operand: Value, members: list[Value]) -> Value:
    """`x in (1, 2)`: equal to one of them."""
    operand = scope.firm(operand)
    found = _listed(operand, members)
    if found is None:
        once = {member.node: member for member in members}.values()
        firm = [scope.firm(member) for member in once]
        found = reduce(or_, (pair(scope, "==", operand, member, node) for member in firm))
    return boolean(~found if node.absent else found, node)


def _listed(operand: Value, members: list[Value]) -> pl.Expr | None:
    """The short way for a text among texts and a whole number among whole ones."""
    constants = [member.constant for member in members]
    if operand.kind == "text" and all(isinstance(each, str) for each in constants):
        return operand.expr.is_in(pl.Series(constants, dtype=pl.String).implode())
    if operand.integral and operand.kind == "number" and all(isinstance(each, int) for each in constants):
        return operand.expr.is_in(pl.Series(constants, dtype=pl.Int64).implode())
    return None


def presence(scope: Scope, node: Presence, operand: Value) -> Value:
    """`x is missing`, `x is present`."""
    expr = scope.tamed(operand).expr
    return boolean(expr.is_null() if node.missing else expr.is_not_null(), node)


def pair(scope: Scope, sign: str, left: Value, right: Value, node: Node) -> pl.Expr:
    """Whether `sign` holds between two firm values; null where one is missing.

    Raises:
        ExpressionError: their kinds do not compare.
    """
    left, right = read_constant(left, right.kind), read_constant(right, left.kind)
    kinds = {left.kind, right.kind}
    if "missing" in kinds:
        hint = "write 'x is missing' or 'x is present'"
        raise ExpressionError("nothing compares with missing", where=_part(node), hint=hint)
    if kinds == {"boolean"}:
        return _EXACTLY[sign](left.expr, right.expr)
    if kinds <= {"number", "boolean"}:
        return near(sign, *(scope.held(taken(value, "number")) for value in (left, right)))
    if kinds == {"text", "number"}:
        return _spelled(scope, sign, left, right)
    if kinds <= {"date", "datetime"}:
        return _EXACTLY[sign](*_moments(left, right))
    if len(kinds) > 1:
        first, second = (f"a {value.kind} ('{shortened(spelled(value.node))}')" for value in (left, right))
        raise ExpressionError(
            f"{first} does not compare with {second}", where=_part(node), hint="compare like with like"
        )
    return _EXACTLY[sign](left.expr, right.expr)


def _part(node: Node) -> str:
    return f"in '{shortened(spelled(node), 60)}'"


def _moments(left: Value, right: Value) -> tuple[pl.Expr, pl.Expr]:
    """Dates as dates, otherwise as datetimes: instants where both have a zone, local times where one has none."""
    if left.kind == right.kind == "date":
        return left.expr, right.expr
    return local(left, bool(right.zone)), local(right, bool(left.zone))


def near(sign: str, left: Value, right: Value) -> pl.Expr:
    """Two numbers compared: whole ones exactly, others within the tolerance."""
    if left.integral and right.integral:
        return _EXACTLY[sign](left.expr, right.expr)
    a, b = left.floats, right.floats
    if left.whole and right.whole:
        return _EXACTLY[sign](a, b)
    room = pl.max_horizontal(a.abs(), b.abs()) * TOLERANCE
    match sign:
        case "==":
            return (a - b).abs() <= room
        case "!=":
            return (a - b).abs() > room
        case "<":
            return b - a > room
        case "<=":
            return a - b <= room
        case ">":
            return a - b > room
        case _:
            return b - a <= room


def _spelled(scope: Scope, sign: str, left: Value, right: Value) -> pl.Expr:
    """A text with a number: the text read as a number; one that is none equals no number, and is not ordered."""
    read = [scope.firm(as_number(value) if value.kind == "text" else value) for value in (left, right)]
    found = near(sign, *read)
    if sign not in ("==", "!="):
        return found
    both = left.expr.is_not_null() & right.expr.is_not_null()
    return pl.when(both).then(found.fill_null(sign == "!="))


def as_number(value: Value) -> Value:
    """A text read as a number; missing where it is none."""
    return number(value.expr.cast(pl.Float64, strict=False), value.node)
