"""Single values of cells as plain ones (numbers, text, ISO dates) that a file can hold, and back to typed ones."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl

from understudy.data import moments
from understudy.data.schema import Column

Plain = int | float | str | bool | None
"""A cell as a file holds it; moments are ISO text, missing is None."""
DIGITS = 10
"""Significant digits in which two decimals must agree to be the same."""
_WRITTEN = {
    "integer": "a number",
    "decimal": "a number",
    "date": "a date such as 2020-12-31",
    "datetime": "a moment such as 2020-12-31T18:30:00",
    "time": "a time such as 18:30:00",
}


def plain(value: Any) -> Plain:
    """A typed value as a plain one.

    >>> plain(date(2020, 12, 31))
    '2020-12-31'
    """
    return value.isoformat() if isinstance(value, date | time) else value


def dtype_of(column: Column) -> pl.DataType:
    """The dtype that the typed cells of a column have."""
    known: dict[str, pl.DataType] = {
        "integer": pl.Int64(),
        "decimal": pl.Float64(),
        "boolean": pl.Boolean(),
        "date": pl.Date(),
        "datetime": pl.Datetime("us", moments.kept_zone(column.zone)),
        "time": pl.Time(),
    }
    return known.get(column.kind, pl.String())


def typed(values: Sequence[Plain], dtype: pl.DataType) -> pl.Series:
    """Plain values as typed cells.

    Raises:
        ValueError: a value is none of the dtype.
    """
    if isinstance(dtype, pl.Datetime):
        return _moments(values, dtype)
    if dtype in (pl.Date, pl.Time):
        reader = date.fromisoformat if dtype == pl.Date else time.fromisoformat
        return pl.Series([None if each is None else reader(_text(each)) for each in values], dtype=dtype)
    return pl.Series([None if each is None else _fitting(each, dtype) for each in values], dtype=dtype, strict=False)


def one(value: Plain, column: Column) -> pl.Series:
    """An end that was said of a column, as a series of this value alone.

    Raises:
        ValueError: the value is none of the column's kind; the text says what is wanted.
    """
    dtype = dtype_of(column)
    try:
        found = typed([value], dtype)
    except ValueError:
        found = pl.Series([None], dtype=dtype)
    if found.null_count():
        raise ValueError(f"write {_WRITTEN.get(column.kind, 'text')}")
    if isinstance(dtype, pl.Datetime) and _drifts(column) and datetime.fromisoformat(str(value)).tzinfo is None:
        raise ValueError(f"say the zone: {value}{column.zone}")
    return found


def _drifts(column: Column) -> bool:
    """Whether the cells are held in another zone than the column's, so that a local time could be read wrongly."""
    return moments.kept_zone(column.zone) == "UTC" and bool(moments.offset(column.zone))


def _text(value: Plain) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _fitting(value: Plain, dtype: pl.DataType) -> Plain:
    wanted = (str,) if dtype == pl.String else (bool,) if dtype == pl.Boolean else (int, float)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise ValueError(f"{value!r} is no {dtype}")
    return value


def _moments(values: Sequence[Plain], dtype: pl.Datetime) -> pl.Series:
    read = [None if each is None else datetime.fromisoformat(_text(each)) for each in values]
    zone = dtype.time_zone
    if zone is None:
        if any(each is not None and each.tzinfo is not None for each in read):
            raise ValueError("the column has no time zone")
        return pl.Series(read, dtype=dtype)
    parts = [_zoned(each, zone) for each in read]
    return pl.concat(parts) if parts else pl.Series([], dtype=dtype)


def _zoned(moment: datetime | None, zone: str) -> pl.Series:
    """One moment in a zone; without an offset it is a local time there."""
    if moment is None or moment.tzinfo is None:
        return moments.in_zone(pl.Series([moment], dtype=pl.Datetime("us")), zone)
    instant = pl.Series([moment.astimezone(UTC).replace(tzinfo=None)], dtype=pl.Datetime("us"))
    return instant.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)


def alike(cells: pl.Series) -> pl.Series:
    """Cells in the form in which equal ones are found: decimals to so many significant digits."""
    return cells.round_sig_figs(DIGITS) if cells.dtype.is_float() else cells


def numbers(cells: pl.Series) -> pl.Series:
    """Cells as decimals: true is 1, text that is no number is missing."""
    return cells.cast(pl.Float64, strict=False).fill_nan(None)


def is_end(value: Any) -> bool:
    """Whether a value can be the end of a range: a finite number or some text."""
    if isinstance(value, bool):
        return False
    return bool(value) if isinstance(value, str) else isinstance(value, int | float) and math.isfinite(value)


def bare(value: Any) -> Any:
    """The value without the memory that a reader of files adds of how it was spelt; others as they are."""
    if isinstance(value, bool):
        return value
    return next((kind(value) for kind in (int, float, str) if isinstance(value, kind)), value)
