"""A tree to a value over columns: each node by the module that knows it."""

from functools import reduce
from operator import and_, or_

import polars as pl

from understudy.rules.expressions import arithmetic, comparisons
from understudy.rules.expressions.functions import FUNCTIONS
from understudy.rules.expressions.tree import (
    ADDS,
    AND,
    COMPARES,
    MULTIPLIES,
    OR,
    Among,
    Call,
    Chain,
    Column,
    Implies,
    Missing,
    Negative,
    Node,
    Not,
    Number,
    Power,
    Presence,
    Text,
    Truth,
)
from understudy.rules.expressions.values import Scope, Value, boolean, taken


def value_of(scope: Scope, node: Node) -> Value:
    """What a node evaluates to.

    Raises:
        UnknownColumn: it names a column that is not at hand.
        ExpressionError: its operands do not fit.
    """
    match node:
        case Number() | Text() | Truth() | Missing():
            return _literal(node)
        case Column(name):
            return scope.column(name)
        case Negative(operand):
            return arithmetic.negated(scope, node, value_of(scope, operand))
        case Power(base, exponent):
            return arithmetic.raised(scope, node, value_of(scope, base), value_of(scope, exponent))
        case Not(operand):
            return boolean(~_truth(scope, operand), node)
        case Implies(when, then):
            return boolean(~_truth(scope, when) | _truth(scope, then), node)
        case Presence(operand):
            return comparisons.presence(scope, node, value_of(scope, operand))
        case Among(operand, members):
            return comparisons.among(scope, node, value_of(scope, operand), _values(scope, members))
        case Call(function, arguments):
            return FUNCTIONS[function].apply(scope, node, _values(scope, arguments))
        case Chain():
            return _chained(scope, node)


def _literal(node: Number | Text | Truth | Missing) -> Value:
    match node:
        case Number(value):
            whole = isinstance(value, int)
            expr = pl.lit(value, pl.Int64 if whole else pl.Float64)
            return Value(expr, "number", node, whole=whole, integral=whole, simple=True)
        case Text(value):
            return Value(pl.lit(value, pl.String), "text", node, simple=True)
        case Truth(value):
            return Value(pl.lit(value, pl.Boolean), "boolean", node, simple=True)
        case Missing():
            return Value(pl.lit(None), "missing", node, simple=True)


def _chained(scope: Scope, node: Chain) -> Value:
    match node.level:
        case level if level in (ADDS, MULTIPLIES):
            return arithmetic.chained(scope, node, _values(scope, node.operands))
        case level if level == COMPARES:
            return comparisons.compared(scope, node, _values(scope, node.operands))
        case level:
            assert level in (AND, OR)
            join = and_ if level == AND else or_
            return boolean(reduce(join, (_truth(scope, each) for each in node.operands)), node)


def _values(scope: Scope, nodes: tuple[Node, ...]) -> list[Value]:
    return [value_of(scope, each) for each in nodes]


def _truth(scope: Scope, node: Node) -> pl.Expr:
    return taken(value_of(scope, node), "boolean").expr
