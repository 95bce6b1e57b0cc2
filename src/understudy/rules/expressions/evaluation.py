"""A tree to one polars expression, with the steps it leans on."""

from collections.abc import Mapping
from functools import reduce
from operator import and_, or_

import polars as pl

from understudy.data.schema import Schema
from understudy.errors import ExpressionError
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
    walk,
)
from understudy.rules.expressions.values import DTYPES, Kind, Scope, Value, boolean, taken

_KINDS: Mapping[str, Kind] = {
    "integer": "number",
    "decimal": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
}


def value_of(scope: Scope, node: Node) -> Value:
    """What a node evaluates to.

    Raises:
        UnknownColumn: it names a column that is not at hand.
        ExpressionError: its operands do not fit.
    """
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


def kind_of(tree: Node, schema: Schema) -> Kind:
    """The kind of an expression over a schema's columns.

    Raises:
        UnknownColumn: it names a column that the schema lacks.
        ExpressionError: its operands do not fit.
    """
    columns = {}
    for column in schema.columns:
        kind, whole = _KINDS.get(column.kind, "text"), column.kind == "integer"
        zone = column.zone if kind == "datetime" else None
        columns[column.name] = Value(
            pl.col(column.name), kind, Column(column.name), whole=whole, integral=whole, simple=True, zone=zone
        )
    return _known(value_of(Scope(columns), tree)).kind


def _known(value: Value) -> Value:
    if value.kind == "missing":
        raise ExpressionError("the expression is always missing", hint="name a column or a value in it")
    return value


def over(tree: Node, frame: pl.DataFrame) -> pl.Series:
    """The values of a tree over a typed frame, one a row.

    Raises:
        UnknownColumn: it names a column that the frame lacks.
        ExpressionError: its operands do not fit.
    """
    scope = Scope({name: _column(name, dtype, f"column {at}") for at, (name, dtype) in enumerate(frame.schema.items())})
    value = finished(scope.tamed(_known(value_of(scope, tree))))
    table = frame.select(pl.repeat(0, pl.len()).alias("zero"), *_read(frame, tree))
    for steps in scope.steps:
        table = table.with_columns(steps)
    found = table.select(value.alias("")).to_series()
    return found if len(found) == frame.height else found.new_from_index(0, frame.height)


def finished(value: Value) -> pl.Expr:
    """The last expression: whole numbers as 64-bit integers, others as they are."""
    if value.kind == "number" and value.whole and not value.integral:
        return value.expr.cast(pl.Int64, strict=False)
    return value.expr


def _column(name: str, dtype: pl.DataType, held: str) -> Value:
    """How a column of a typed frame is named, and of what kind it is."""
    kind = _kind_of_dtype(name, dtype)
    whole = dtype.is_integer()
    return Value(
        pl.col(held),
        kind,
        Column(name),
        whole=whole,
        integral=whole and dtype != pl.UInt64,
        simple=True,
        zone=getattr(dtype, "time_zone", None),
    )


def _kind_of_dtype(name: str, dtype: pl.DataType) -> Kind:
    if dtype.is_numeric():
        return "number"
    for kind in ("boolean", "date", "datetime", "time"):
        if dtype.base_type() == DTYPES[kind].base_type():
            return kind
    return "text"


def _read(frame: pl.DataFrame, tree: Node) -> list[pl.Expr]:
    """The columns that a tree names, as values stand: floats without infinities and NaN, integers in 64 bits."""
    found, needed = [], {node.name for node in walk(tree) if isinstance(node, Column)}
    for at, (name, dtype) in enumerate(frame.schema.items()):
        if name not in needed:
            continue
        expr = pl.col(name)
        if dtype.is_float() or dtype.is_decimal() or dtype == pl.UInt64:
            floats = expr.cast(pl.Float64)
            expr = pl.when(floats.is_finite()).then(floats)
        elif dtype.is_integer():
            expr = expr.cast(pl.Int64)
        elif dtype in (pl.Categorical, pl.Enum):
            expr = expr.cast(pl.String)
        elif isinstance(dtype, pl.Datetime):
            expr = expr.cast(pl.Datetime("us", dtype.time_zone))
        found.append(expr.alias(f"column {at}"))
    return found
