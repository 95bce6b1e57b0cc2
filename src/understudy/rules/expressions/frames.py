"""Trees over the columns of a schema, and over the rows of a typed frame."""

from collections.abc import Mapping

import polars as pl

from understudy.data.schema import Schema
from understudy.errors import ExpressionError
from understudy.rules.expressions.evaluation import value_of
from understudy.rules.expressions.tree import Column, Node, walk
from understudy.rules.expressions.values import DTYPES, ZERO, Kind, Scope, Value

_ZEROS = (pl.int_range(pl.len()).cast(pl.Float64) * 0.0).alias(ZERO)
_KINDS: Mapping[str, Kind] = {
    "integer": "number",
    "decimal": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
}


def kind_of(tree: Node, schema: Schema) -> Kind:
    """The kind of an expression over a schema's columns.

    Raises:
        UnknownColumn: it names a column that the schema lacks.
        ExpressionError: its operands do not fit.
    """
    columns = {name: _declared(schema, name) for name in _needed(tree) if name in schema}
    return _known(value_of(Scope(columns, schema.names), tree)).kind


def over(tree: Node, frame: pl.DataFrame) -> pl.Series:
    """The values of a tree over a typed frame, one a row.

    Raises:
        UnknownColumn: it names a column that the frame lacks.
        ExpressionError: its operands do not fit.
    """
    needed = {name: frame.schema[name] for name in _needed(tree) if name in frame.schema}
    columns = {name: _held(name, dtype, f"column {at}") for at, (name, dtype) in enumerate(needed.items())}
    scope = Scope(columns, frame.columns)
    value = _whole(scope.tamed(_known(value_of(scope, tree)))).alias("")
    # by number, as polars takes some names ("*") for patterns
    held = pl.DataFrame({f"column {at}": frame[name] for at, name in enumerate(needed)}) if needed else frame
    sources = [_read(f"column {at}", dtype).alias(f"column {at}") for at, dtype in enumerate(needed.values())]
    table = held.select(*sources, *([_ZEROS] if scope.spread or not needed else []))
    for steps in scope.steps:
        table = table.with_columns(steps)
    found = table.select(value).to_series()
    return found if len(found) == frame.height else found.new_from_index(0, frame.height)


def _needed(tree: Node) -> list[str]:
    """The columns that a tree names, in order of first mention."""
    return list(dict.fromkeys(node.name for node in walk(tree) if isinstance(node, Column)))


def _known(value: Value) -> Value:
    if value.kind == "missing":
        raise ExpressionError("the expression is always missing", hint="name a column or a value in it")
    return value


def _whole(value: Value) -> pl.Expr:
    """Whole numbers as 64-bit integers, all else as it is."""
    if value.kind == "number" and value.whole and not value.integral:
        return value.expr.cast(pl.Int64, strict=False)
    return value.expr


def _declared(schema: Schema, name: str) -> Value:
    """A column as its schema declares it."""
    column, kind = schema[name], _KINDS.get(schema[name].kind, "text")
    whole, zone = column.kind == "integer", column.zone if kind == "datetime" else None
    return Value(pl.col(name), kind, Column(name), whole=whole, integral=whole, simple=True, zone=zone)


def _held(name: str, dtype: pl.DataType, held: str) -> Value:
    """A column of a typed frame under the name it is held by."""
    whole, zone = dtype.is_integer(), getattr(dtype, "time_zone", None)
    integral = whole and dtype != pl.UInt64
    return Value(pl.col(held), _kind(name, dtype), Column(name), whole=whole, integral=integral, simple=True, zone=zone)


def _kind(name: str, dtype: pl.DataType) -> Kind:
    if dtype.is_numeric():
        return "number"
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return "text"
    for kind in ("boolean", "date", "datetime", "time"):
        if dtype.base_type() == DTYPES[kind].base_type():
            return kind
    raise ExpressionError(f"column '{name}' holds {dtype}", hint="read it as a table first: us.read(frame)")


def _read(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column as values stand: floats without infinities and NaN, integers in 64 bits."""
    cells = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return cells.cast(pl.Datetime("us", dtype.time_zone))
    if dtype.is_integer() and dtype != pl.UInt64:
        return cells.cast(pl.Int64)
    if dtype.is_numeric():
        floats = cells.cast(pl.Float64)
        return pl.when(floats.is_finite()).then(floats)
    return cells.cast(pl.String) if dtype in (pl.Categorical, pl.Enum, pl.Null) else cells
