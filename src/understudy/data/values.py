"""Cells to typed values and back: the one place that knows, for each kind, how a column is read and written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from understudy.data import dtypes, formats, moments
from understudy.data.schema import Column, Schema
from understudy.data.table import Source, Table
from understudy.errors import SchemaError, UnknownColumn, nearest

TEXTUAL = (pl.String, pl.Categorical, pl.Enum)


@dataclass(frozen=True)
class Codec:
    """How one kind is read from text, taken from typed cells, and written as text."""

    read: Callable[[pl.Series, Column], pl.Series]
    take: Callable[[pl.Series, Column], pl.Series]
    write: Callable[[pl.Series, Column], pl.Series]
    blanks: bool = True  # whether blanks around a cell mean nothing


def is_text(dtype: pl.DataType) -> bool:
    """Whether cells of a dtype are text."""
    return isinstance(dtype, TEXTUAL)


def _take_integers(cells: pl.Series, column: Column) -> pl.Series:
    if cells.dtype == pl.UInt64:
        small = cells.cast(pl.Int64, strict=False)
        return small if small.null_count() == cells.null_count() else cells
    if cells.dtype.is_integer() or cells.dtype in (pl.Boolean, pl.Duration):
        return cells.cast(pl.Int64)
    return formats.read_integers(as_text(cells), column.format)


def _take_decimals(cells: pl.Series, column: Column) -> pl.Series:
    if cells.dtype.is_numeric() or cells.dtype == pl.Boolean:
        return cells.cast(pl.Float64).fill_nan(None)
    return pl.Series(cells.name, [None] * len(cells), dtype=pl.Float64)


def _take_booleans(cells: pl.Series, column: Column) -> pl.Series:
    return cells if cells.dtype == pl.Boolean else formats.read_booleans(as_text(cells), column.format)


def _take_moments(cells: pl.Series, column: Column) -> pl.Series:
    if not cells.dtype.is_temporal() or cells.dtype == pl.Duration:
        return _read_moments(as_text(cells), column)
    if column.kind == "date" and cells.dtype != pl.Time:
        return cells.cast(pl.Date)
    if column.kind == "time" and cells.dtype != pl.Date:
        return cells.cast(pl.Time)
    if column.kind == "datetime" and cells.dtype != pl.Time:
        return moments.in_zone(cells.cast(pl.Datetime("us", getattr(cells.dtype, "time_zone", None))), column.zone)
    return pl.Series(cells.name, [None] * len(cells), dtype=pl.Time if column.kind == "time" else pl.Date)


def _read_moments(cells: pl.Series, column: Column) -> pl.Series:
    return moments.read_temporals(cells, column.kind, column.format, column.zone)


_WORDS = Codec(lambda cells, _: cells, lambda cells, _: as_text(cells), lambda values, _: values.cast(pl.String), False)
_MOMENTS = Codec(
    _read_moments,
    _take_moments,
    lambda values, column: moments.write_temporals(values, column.kind, column.format, column.zone),
)
CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        "integer": Codec(
            lambda cells, column: formats.read_integers(cells, column.format),
            _take_integers,
            lambda values, column: formats.write_integers(values, column.format),
        ),
        "decimal": Codec(
            lambda cells, column: formats.read_numbers(cells, column.format),
            _take_decimals,
            lambda values, column: formats.write_decimals(values, column.decimals, column.fixed, column.format),
        ),
        "boolean": Codec(
            lambda cells, column: formats.read_booleans(cells, column.format),
            _take_booleans,
            lambda values, column: formats.write_booleans(values, column.format),
        ),
        "date": _MOMENTS,
        "datetime": _MOMENTS,
        "time": _MOMENTS,
        "categorical": _WORDS,
        "id": _WORDS,
        "text": _WORDS,
        "constant": _WORDS,
    }
)


def as_text(cells: pl.Series) -> pl.Series:
    """Cells of any dtype as text: whole floats without a point, booleans in words, nested values as JSON."""
    dtype = cells.dtype
    if dtype == pl.String:
        return cells
    if is_text(dtype) or dtype.is_integer() or dtype.is_decimal():
        return cells.cast(pl.String)
    if dtype.is_float():
        return formats.write_decimals(cells.cast(pl.Float64).fill_nan(None), None, False, None)
    if dtype == pl.Boolean:
        return formats.write_booleans(cells, None)
    if dtype in (pl.Date, pl.Datetime, pl.Time):
        return moments.write_temporals(cells, str(dtype.base_type()).lower(), None, None)
    if dtype == pl.Duration:
        return cells.to_physical().cast(pl.String)
    return pl.Series(cells.name, [None if cell is None else _nested(cell) for cell in cells], dtype=pl.String)


def _nested(cell: object) -> str:
    import json

    plain = cell.to_list() if isinstance(cell, pl.Series) else cell
    return json.dumps(plain, default=str, ensure_ascii=False)


def is_missing(cells: pl.Series, column: Column) -> pl.Series:
    """Which cells are missing: null, NaN, an infinity, or one of the column's codes."""
    gone = cells.is_null()
    if cells.dtype.is_float():
        return gone | ~cells.is_finite().fill_null(True)
    if not is_text(cells.dtype) and column.missing:
        return gone | as_text(cells).is_in(column.missing).fill_null(False)
    if not is_text(cells.dtype):
        return gone
    text = formats.stripped(cells.cast(pl.String)) if CODECS[column.kind].blanks else cells.cast(pl.String)
    codes = [code for code in column.missing if code]
    if "" in column.missing:
        gone |= (text == "").fill_null(False)
    if codes:
        gone |= text.is_in(codes).fill_null(False)
    return gone


def read_column(cells: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    """Typed values of one column, and which of its cells could not be read (null, missing and infinite ones can)."""
    codec, gone = CODECS[column.kind], is_missing(cells, column)
    values = codec.read(cells.cast(pl.String), column) if is_text(cells.dtype) else codec.take(cells, column)
    if values.dtype.is_float():
        infinite = values.is_infinite().fill_null(False)
        values, gone = values.set(infinite, None), gone | infinite
    elif column.kind == "integer" and is_text(cells.dtype) and values.null_count() > gone.sum():
        gone |= _infinite(cells)
    return values.set(gone, None) if gone.any() else values, values.is_null() & ~gone


def _infinite(cells: pl.Series) -> pl.Series:
    return cells.cast(pl.String).str.strip_chars().str.to_lowercase().is_in(formats.INFINITE).fill_null(False)


def parse(table: Table, schema: Schema, *, strict: bool = True, start: int = 0) -> Table:
    """The typed table: cells read as the kinds of a schema, missing codes and infinities as nulls.

    Args:
        table: as read, or already typed.
        schema: its columns are read, in its order; other columns are left out.
        strict: refuse a cell that cannot be read; otherwise it becomes null (`unreadable` counts them).
        start: rows before the first one, where these are a batch.

    Raises:
        UnknownColumn: the table lacks a column of the schema.
        SchemaError: a cell cannot be read as its column's kind (strict).
    """
    typed: dict[str, pl.Series] = {}
    for column in schema.columns:
        cells = _cells(table, column.name)
        values, bad = read_column(cells, column)
        if strict and bad.any():
            raise _misread(table, column, cells, bad, start)
        typed[column.name] = values
    return replace(table, frame=pl.DataFrame(typed), schema=schema)


def unreadable(table: Table, schema: Schema) -> dict[str, int]:
    """How many cells of each column cannot be read as its kind; columns that the table lacks are not named."""
    present = [column for column in schema.columns if column.name in table.frame.columns]
    return {column.name: int(read_column(table.frame[column.name], column)[1].sum()) for column in present}


def _cells(table: Table, name: str) -> pl.Series:
    if name not in table.frame.columns:
        raise UnknownColumn(
            f"no column '{name}'", where=f"table '{table.source.name}'", hint=nearest(name, table.frame.columns)
        )
    return table.frame[name]


def _misread(table: Table, column: Column, cells: pl.Series, bad: pl.Series, start: int) -> SchemaError:
    row = bad.arg_true()[0]
    written = f" written {column.format}" if column.format else ""
    more = f" and {int(bad.sum()) - 1} more" if bad.sum() > 1 else ""
    return SchemaError(
        f"'{str(cells[row])[:40]}'{more} cannot be read as {column.kind}{written}",
        where=f"table '{table.source.name}', column '{column.name}', row {start + row + 1}",
        hint="correct the cell, name it in the column's missing codes, or set another kind",
        field=column.name,
    )


def render(frame: pl.DataFrame, schema: Schema, source: Source, *, text: bool | None = None) -> pl.DataFrame:
    """A typed frame in the form of its source.

    Args:
        frame: typed values; columns that the schema lacks pass unchanged.
        schema: how each column is written.
        source: what the real table came from.
        text: True for text as in a file, False for typed values, None for what the source was.

    Raises:
        SchemaError: a value does not fit the dtype that the source had.
    """
    if text if text is not None else source.text:
        return frame.with_columns(write_column(frame[name], schema[name]) for name in frame.columns if name in schema)
    kept = {} if source.text else source.dtypes
    return frame.with_columns(
        restored(frame[name], schema[name], kept[name]) for name in frame.columns if name in schema and name in kept
    )


def write_column(values: pl.Series, column: Column) -> pl.Series:
    """One typed column as text; nulls as its first missing code, or null for an empty cell."""
    text = CODECS[column.kind].write(values, column) if values.dtype != pl.Null else values.cast(pl.String)
    code = column.missing[0] if column.missing else ""
    return (text.fill_null(code) if code else text).alias(column.name)


def restored(values: pl.Series, column: Column, dtype: str) -> pl.Series:
    """One typed column in the dtype that its source had, named by polars, pandas or arrow.

    Names that only the caller's library knows decide between text and values; its exact dtype is `give_back`'s.

    Raises:
        SchemaError: a value does not fit that dtype.
    """
    name = dtype.lower()
    try:
        if _was_text(name, column):
            values = write_column(values, column)
        elif values.dtype == pl.String:
            values = _reread(values, name, column.zone)
        return dtypes.restore(pl.DataFrame({column.name: values}), {column.name: dtype}).to_series()
    except pl.exceptions.PolarsError as error:
        raise SchemaError(
            f"its values do not fit the source's type {dtype}",
            where=f"column '{column.name}'",
            hint="write to a text format, or set the column's kind",
            field=column.name,
        ) from error


def _was_text(name: str, column: Column) -> bool:
    """Whether a source's cells were text: pandas calls text, dates and mixtures "object", where the format tells."""
    if name == "object":
        return column.format is not None or bool(column.missing)
    return name in ("category", "categorical", "null") or any(word in name for word in ("str", "utf8", "enum"))


def _reread(values: pl.Series, name: str, zone: str | None) -> pl.Series:
    """Words held as text for a typed source (codes, keys, constants) back to values of its type."""
    if "bool" in name:
        return formats.read_booleans(values, None)
    if name.startswith(("datetime", "timestamp")):
        return moments.read_temporals(values, "datetime", None, zone)
    if name.startswith(("date", "time")) and "delta" not in name:
        return moments.read_temporals(values, "date" if name.startswith("date") else "time", None, None)
    if any(word in name for word in ("int", "duration", "timedelta")):
        return values.cast(pl.Int64)
    return values.cast(pl.Float64) if any(word in name for word in ("float", "double", "decimal")) else values
