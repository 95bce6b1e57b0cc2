"""Arithmetic on numbers, and on dates and days."""

from collections.abc import Callable, Mapping

from understudy.errors import ExpressionError
from understudy.rules.expressions import moments
from understudy.rules.expressions.tree import Chain, Negative, Node, Number, Power
from understudy.rules.expressions.values import Scope, Value, number, taken


def chained(scope: Scope, node: Chain, values: list[Value]) -> Value:
    """`a + b - c`, `a * b / c`: from the left."""
    left = values[0]
    for at, (operator, right) in enumerate(zip(node.operators, values[1:], strict=True)):
        so_far = Chain(node.operators[: at + 1], node.operands[: at + 2])
        left = joined(scope, operator, left, right, so_far)
    return left


def joined(scope: Scope, operator: str, left: Value, right: Value, node: Node) -> Value:
    """Two values joined by one operator: numbers, or a moment and days."""
    if operator == "-":
        left, right = moments.beside(left, right), moments.beside(right, left)
    if operator in "+-" and {left.kind, right.kind} & {"date", "datetime"}:
        return moments.shifted(scope, operator, left, right, node)
    for value in (left, right):
        if value.kind == "text" and operator == "+":
            raise ExpressionError("a text stands beside '+'", where=value.part(), hint="concat(a, b) joins texts")
    return _OPERATIONS[operator](scope, taken(left, "number"), taken(right, "number"), node)


def _add(_: Scope, left: Value, right: Value, node: Node) -> Value:
    return number(left.floats + right.floats, node, left.whole and right.whole)


def _subtract(_: Scope, left: Value, right: Value, node: Node) -> Value:
    return number(left.floats - right.floats, node, left.whole and right.whole)


def _multiply(_: Scope, left: Value, right: Value, node: Node) -> Value:
    return number(left.floats * right.floats, node, left.whole and right.whole)


def _divide(scope: Scope, left: Value, right: Value, node: Node) -> Value:
    return number(scope.divided(left.floats, scope.tamed(right).floats), node)


def _floor_divide(scope: Scope, left: Value, right: Value, node: Node) -> Value:
    return number(scope.divided(left.floats, scope.tamed(right).floats).floor(), node, whole=True)


def _remainder(scope: Scope, left: Value, right: Value, node: Node) -> Value:
    """What is left of whole multiples: of the sign of the divisor, as in `a - b * (a // b)`."""
    left, right = scope.held(left), scope.firm(right)
    multiple = scope.divided(left.floats, right.floats).floor()
    return number(left.floats - right.floats * multiple, node, left.whole and right.whole)


_OPERATIONS: Mapping[str, Callable[[Scope, Value, Value, Node], Value]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "//": _floor_divide,
    "%": _remainder,
}


def negated(_: Scope, node: Negative, operand: Value) -> Value:
    """`-x`."""
    operand = taken(operand, "number")
    return number(-operand.floats, node, operand.whole, operand.wild)


def raised(scope: Scope, node: Power, base: Value, exponent: Value) -> Value:
    """`x ** y`."""
    base, exponent = taken(base, "number"), taken(exponent, "number")
    whole = base.whole and isinstance(node.exponent, Number) and exponent.whole
    return number(scope.tamed(base).floats.pow(scope.tamed(exponent).floats), node, whole)
