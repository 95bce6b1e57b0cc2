"""Names of dtypes and the way back from them.

Names hold no value of the data: of an Enum or a categorical only the kind is kept, and what comes back has the
categories that occur in it.
"""

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from understudy.errors import SchemaError, SourceError

_PARTS = re.compile(r"(\w+)=('[^']*'|\w+)")
_OFFSET = re.compile(r"[+-]\d\d:?\d\d")
_NESTED = (pl.List, pl.Array, pl.Struct)


def dtype_name(dtype: pl.DataType) -> str:
    """The name of a polars dtype.

    >>> dtype_name(pl.Datetime("us", "UTC"))
    "Datetime(time_unit='us', time_zone='UTC')"
    >>> dtype_name(pl.Enum(["secret"]))
    'Enum'
    """
    return "Enum" if isinstance(dtype, pl.Enum) else str(dtype)


def dtype_named(name: str, values: pl.Series | None = None) -> pl.DataType | None:
    """The polars dtype of a name, None where the name is none of polars'.

    Args:
        name: as `dtype_name` gave it.
        values: what an Enum's categories are taken from.

    >>> dtype_named("Decimal(precision=10, scale=2)")
    Decimal(precision=10, scale=2)
    """
    base, _, rest = name.partition("(")
    made = getattr(pl, base, None)
    if not (isinstance(made, type) and issubclass(made, pl.DataType)):
        return None
    if made is pl.Enum:
        return pl.Enum([] if values is None else values.cast(pl.String).drop_nulls().unique().sort())
    return made(**{key: _value(text) for key, text in _PARTS.findall(rest)})


def _value(text: str) -> str | int | None:
    if text.startswith("'"):
        return text[1:-1]
    return None if text == "None" else int(text)


def from_arrow(table: Any) -> pl.DataFrame:
    """A pyarrow Table as a polars frame; times at a fixed offset become the same instants in UTC.

    Polars knows no zones like +05:30, and may end the process's output in a stack trace over them.
    """
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and _OFFSET.fullmatch(field.type.tz or ""):
            instants = table.column(place).cast(pa.timestamp(field.type.unit, tz="UTC"))
            table = table.set_column(place, field.name, instants)
    return pl.DataFrame(pl.from_arrow(table))


def take_in(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """A frame in the dtypes the package works with: categoricals as text, durations as counts, NaN as null.

    Raises:
        SourceError: a column holds lists, structs, bytes or Python objects.
    """
    for name, dtype in frame.schema.items():
        _refuse_nested(name, dtype, where)
    return frame.with_columns(pl.nth(place).pipe(_taken, dtype) for place, dtype in enumerate(frame.dtypes))


def _refuse_nested(name: str, dtype: pl.DataType, where: str) -> None:
    place = f"{where}, column '{name}'"
    if isinstance(dtype, _NESTED):
        words = "objects" if isinstance(dtype, pl.Struct) else "lists"
        hint = "flatten it first, one column a field (polars: unnest) or one row an item (explode), or leave it out"
        raise SourceError(f"the column holds nested values ({words})", where=place, hint=hint)
    if dtype in (pl.Binary, pl.Object) or not isinstance(dtype, pl.DataType):
        raise SourceError(f"the column holds {dtype} values", where=place, hint="turn them into text or leave it out")


def _taken(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype in (pl.Categorical, pl.Enum, pl.Null):
        return column.cast(pl.String)
    if dtype == pl.Duration:
        return column.cast(pl.Int64)
    return column.fill_nan(None) if dtype.is_float() else column


def restore(frame: pl.DataFrame, dtypes: Mapping[str, str]) -> pl.DataFrame:
    """The frame in the polars dtypes named; columns without a known name stay as they are.

    Raises:
        SchemaError: a value does not fit its column's dtype.
    """
    return frame.with_columns(_restored(frame[name], dtypes.get(name, "")) for name in frame.columns)


def _restored(values: pl.Series, name: str) -> pl.Series:
    dtype = dtype_named(name, values)
    if dtype is None or values.dtype == dtype:
        return values
    if dtype == pl.Null:
        return values if values.null_count() < len(values) else values.cast(pl.Null)
    try:
        if dtype == pl.Duration:
            return values.cast(pl.Int64).cast(dtype)
        if isinstance(dtype, pl.Datetime) and isinstance(values.dtype, pl.Datetime):
            return _zoned(values, dtype)
        if dtype.is_integer() and values.dtype.is_float():
            return values.round().cast(dtype)
        return values.cast(dtype)
    except pl.exceptions.PolarsError as error:
        said = str(error).splitlines()[0]
        raise SchemaError(f"values do not fit dtype {name}: {said}", where=f"column '{values.name}'") from None


def _zoned(values: pl.Series, dtype: pl.Datetime) -> pl.Series:
    """Local times become times in the zone; times in another zone become the same instants in this one."""
    assert isinstance(values.dtype, pl.Datetime)
    if dtype.time_zone and not values.dtype.time_zone:
        values = values.dt.replace_time_zone(dtype.time_zone, ambiguous="earliest", non_existent="null")
    elif dtype.time_zone:
        values = values.dt.convert_time_zone(dtype.time_zone)
    elif values.dtype.time_zone:
        values = values.dt.replace_time_zone(None)
    return values.cast(dtype)
