"""pandas frames as tables and back; pandas is imported only where the caller has it already."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from understudy.data.dtypes import take_in
from understudy.data.table import Source, Table
from understudy.errors import MissingExtra, SchemaError, SourceError

NESTED = (list, tuple, dict, set, frozenset)
PLAIN: tuple[tuple[set[type], Any], ...] = (
    ({str}, pl.String),
    ({bool}, pl.Boolean),
    ({int}, pl.Int64),
    ({int, float}, pl.Float64),
    ({Decimal}, None),
    ({date}, pl.Date),
    ({datetime}, None),
    ({time}, pl.Time),
    ({timedelta}, pl.Duration("us")),
)


def from_pandas(frame: Any, name: str) -> Table:
    """A table of a pandas DataFrame.

    The index is no column of the table; where it is more than row numbers, a note says so. An object column of mixed
    types is read as text.

    Raises:
        SourceError: labels that are neither text nor numbers or clash as text, or nested or binary values.
    """
    names, labels = _labels(frame.columns, name)
    columns, dtypes, notes = [], {}, []
    for place, column in enumerate(names):
        series = frame.iloc[:, place]
        values, dtypes[column], note = _column(series, f"{name}, column '{column}'")
        columns.append(values.alias(column))
        notes += [f"column '{column}': {note}"] if note else []
    if frame.index.name is not None or frame.index.nlevels > 1 or frame.index.dtype == object:
        notes.append("the index is no column of the table: call reset_index() first if it should be")
    taken = take_in(pl.DataFrame(columns), name)
    return Table(taken, Source(name=name, kind="pandas", dtypes=dtypes, labels=labels, notes=tuple(notes)))


def _labels(labels: Any, where: str) -> tuple[list[str], dict[str, int | float | str]]:
    names: list[str] = []
    kept: dict[str, int | float | str] = {}
    for label in labels.tolist():
        if not isinstance(label, str | int | float) or label != label:
            hint = "flatten or rename the columns: frame.columns = [...]"
            raise SourceError(f"the column label {label!r} is neither text nor a number", where=where, hint=hint)
        text = str(label)
        if text in names:
            raise SourceError(f"the column name '{text}' stands twice", where=where, hint="rename one")
        names.append(text)
        if not isinstance(label, str):
            kept[text] = label
    return names, kept


def _column(series: Any, where: str) -> tuple[pl.Series, str, str]:
    """A column's values, its dtype's name and a note."""
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        inner = dtype.categories.dtype
        plain = pd.api.types.is_string_dtype(inner)
        values, _, note = _column(series.astype(object if plain else _roomy(inner)), where)
        return values, "category" if plain else f"category[{inner}]", note
    if isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype):
        back = str(dtype) if isinstance(dtype, pd.PeriodDtype) else "object"
        return pl.Series(_texts(series, str), dtype=pl.String), back, "read as text"
    if isinstance(dtype, pd.SparseDtype):
        values, _, note = _column(series.sparse.to_dense(), where)
        return values, str(dtype), note
    if dtype.kind == "c":
        raise SourceError("the column holds complex numbers", where=where, hint="split it into two columns")
    if str(dtype) == "object":
        return _objects(series, where)
    if isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith("dictionary<"):
        values, _, note = _column(series.astype(object), where)
        return values, "category", note
    if isinstance(dtype, pd.DatetimeTZDtype) and str(dtype.tz).startswith("UTC"):
        series = series.dt.tz_convert("UTC")  # polars knows no zones like UTC+05:30
    try:
        return pl.Series(pl.from_pandas(series, nan_to_null=True)), str(dtype), ""
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        said = next(iter(str(error).splitlines()), "")
        raise SourceError(f"the dtype {dtype} cannot be read: {said}", where=where, hint="turn it into text") from None


def _roomy(dtype: Any) -> Any:
    """Integer categories beside missing cells need the dtype that can hold both."""
    return "Int64" if dtype.kind in "iu" else ("boolean" if dtype.kind == "b" else dtype)


def _texts(series: Any, write: Callable[[Any], str]) -> list[str | None]:
    return [None if gone else write(value) for value, gone in zip(series.tolist(), series.isna(), strict=True)]


def _objects(series: Any, where: str) -> tuple[pl.Series, str, str]:
    import pandas as pd

    gone = [bool(flag) if isinstance(flag, bool) or flag in (True, False) else False for flag in pd.isna(series)]
    cells = [None if lost else _native(cell) for cell, lost in zip(series.tolist(), gone, strict=True)]
    kinds = {type(cell) for cell in cells if cell is not None}
    if any(issubclass(kind, NESTED) or hasattr(kind, "__array__") for kind in kinds):
        raise SourceError("the column holds nested values", where=where, hint="flatten it first or leave it out")
    if any(issubclass(kind, bytes | bytearray | memoryview) for kind in kinds):
        raise SourceError("the column holds bytes", where=where, hint="turn them into text or leave it out")
    if not kinds:
        return pl.Series([None] * len(cells), dtype=pl.String), "object", ""
    dtype = next((dtype for plain, dtype in PLAIN if kinds <= plain), pl.Object)
    if dtype is not pl.Object:
        try:
            return pl.Series(cells, dtype=dtype, strict=True), "object", ""
        except (pl.exceptions.PolarsError, OverflowError, TypeError, ValueError):
            pass  # integers too large, times in several zones: served as text below, and said so
    named = ", ".join(sorted(kind.__name__ for kind in kinds)[:4])
    return pl.Series(_texts(pd.Series(cells, dtype=object), str), dtype=pl.String), "object", f"{named} read as text"


def _native(cell: Any) -> Any:
    """A numpy or pandas scalar as Python's own."""
    if hasattr(cell, "to_pydatetime"):
        return cell.to_pydatetime()
    if hasattr(cell, "to_pytimedelta"):
        return cell.to_pytimedelta()
    if getattr(cell, "ndim", None) == 0 and hasattr(cell, "item"):
        return cell.item()
    return str(cell) if isinstance(cell, str) else cell


def to_pandas(frame: pl.DataFrame, source: Source) -> Any:
    """The frame as pandas, with the dtypes and labels the source had.

    Raises:
        SchemaError: a value does not fit its column's dtype.
        MissingExtra: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise MissingExtra("pandas is not installed", hint="pip install 'understudy[pandas]'") from None
    columns = {name: _series(frame[name], source.dtypes.get(name, "")) for name in frame.columns}
    made = pd.DataFrame(columns, index=pd.RangeIndex(frame.height))
    made.columns = pd.Index([source.labels.get(name, name) for name in frame.columns])
    return made


def _series(values: pl.Series, dtype: str) -> Any:
    import pandas as pd

    try:
        if dtype.startswith("category"):
            inner = dtype.removeprefix("category")[1:-1]
            return _series(values, inner if inner and not values.null_count() else "").astype("category")
        if dtype in ("", "object"):
            return pd.Series(values.to_list(), dtype=object) if dtype else _natural(values)
        if dtype.startswith("timedelta64"):
            return _durations(values, dtype)
        if dtype.startswith("datetime64"):
            return _instants(values, dtype)
        return _cast(values, dtype)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        said = next(iter(str(error).splitlines()), "")
        raise SchemaError(f"values do not fit dtype {dtype}: {said}", where=f"column '{values.name}'") from None


def _natural(values: pl.Series) -> Any:
    """The nearest pandas dtype that keeps integers beside gaps."""
    import pandas as pd

    if values.null_count() and (values.dtype.is_integer() or values.dtype == pl.Boolean):
        return pd.Series(values.to_list(), dtype="Int64" if values.dtype.is_integer() else "boolean")
    return values.to_pandas()


def _cast(values: pl.Series, dtype: str) -> Any:
    """Integers and booleans that have gained gaps come back in the nullable dtype of the same name."""
    import pandas as pd

    if values.null_count() and dtype.startswith(("int", "uint", "bool")) and "[" not in dtype:
        dtype = "boolean" if dtype == "bool" else dtype.replace("i", "I", 1).replace("u", "U", 1)
    if values.dtype.is_float() and dtype.lower().startswith(("int", "uint")):
        values = values.round().cast(pl.Int64)
    cells = values.to_list() if values.null_count() or values.dtype == pl.String else values.to_numpy()
    if dtype.startswith("float"):
        return pd.Series(values.cast(pl.Float64).to_numpy(), dtype=dtype)
    return pd.Series(cells, dtype=dtype)


def _durations(values: pl.Series, dtype: str) -> Any:
    unit = dtype[len("timedelta64[") : -1]
    counts = values.cast(pl.Int64)
    return counts.cast(pl.Duration(_unit(unit))).to_pandas().astype(dtype)


def _unit(unit: str) -> Any:
    return unit if unit in ("ns", "us", "ms") else "ms"


def _instants(values: pl.Series, dtype: str) -> Any:
    unit, _, zone = dtype[len("datetime64[") : -1].partition(", ")
    made = values.cast(pl.Datetime(_unit(unit), getattr(values.dtype, "time_zone", None)))
    had = made.dtype.time_zone if isinstance(made.dtype, pl.Datetime) else None
    if not zone:
        return made.dt.replace_time_zone(None).to_pandas().astype(dtype)
    if had is None:
        local = made.to_pandas().dt.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
        return local.astype(dtype)
    return made.dt.convert_time_zone("UTC").to_pandas().dt.tz_convert(zone).astype(dtype)
