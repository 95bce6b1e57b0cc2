"""Frames of polars, arrow and pandas as tables, and back again in the caller's kind."""

import sys
from dataclasses import replace
from typing import Any

import polars as pl

from understudy.data.dtypes import dtype_name, from_arrow, restore, take_in
from understudy.data.table import Source, Table
from understudy.errors import ArgumentError, SchemaError, SourceError


def as_table(data: Any, *, name: str | None = None) -> Table:
    """A table of a frame; the frame itself is never changed.

    Categoricals become text, durations counts of their unit, NaN null, whatever the library; `give_back` undoes it.

    Args:
        data: a polars DataFrame or LazyFrame (which is collected), a pandas DataFrame, an arrow Table or RecordBatch,
            anything with `__arrow_c_stream__`, or a Table, which is returned as it is.
        name: the table's name.

    Raises:
        ArgumentError: the object is no frame.
        SourceError: the frame has no columns, nested values, or two columns of the same name.
    """
    if isinstance(data, Table):
        return data if name is None else replace(data, source=replace(data.source, name=name))
    table = _taken(data, name if name is not None else "table")
    if not table.frame.width:
        raise SourceError("the frame has no columns", where=table.source.name, hint="a table needs at least one")
    return table


def _taken(data: Any, name: str) -> Table:
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.DataFrame):
        dtypes = {column: dtype_name(dtype) for column, dtype in data.schema.items()}
        return Table(take_in(data, name), Source(name=name, kind="polars", dtypes=dtypes))
    if is_pandas(data):
        from understudy.data.pandas_frames import from_pandas

        return from_pandas(data, name)
    if hasattr(data, "__arrow_c_stream__"):
        return _from_arrow(data, name)
    kinds = "a polars, pandas or arrow frame, or a path"
    raise ArgumentError(f"a {type(data).__name__} is no table", where=name, hint=f"give {kinds}")


def is_pandas(data: Any) -> bool:
    """Whether it is a pandas DataFrame, without importing pandas to know."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame)


def to_arrow(data: Any) -> Any:
    """Anything with `__arrow_c_stream__` as a pyarrow Table.

    Raises:
        SourceError: it does not stream a table.
    """
    import pyarrow as pa

    try:
        return data if isinstance(data, pa.Table) else pa.table(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        said = next(iter(str(error).splitlines()), "")
        raise SourceError(f"the object does not stream an arrow table: {said}", where=type(data).__name__) from None


def _from_arrow(data: Any, name: str) -> Table:
    table = to_arrow(data)
    twice = next((each for each in table.schema.names if table.schema.names.count(each) > 1), None)
    if twice is not None:
        raise SourceError(f"the column name '{twice}' stands twice", where=name, hint="rename one")
    frame = from_arrow(table)
    dtypes = {field.name: str(field.type) for field in table.schema}
    return Table(take_in(frame, name), Source(name=name, kind="arrow", dtypes=dtypes))


def give_back(frame: pl.DataFrame, source: Source) -> Any:
    """The frame in the caller's kind, with the caller's dtypes and column labels.

    Categoricals come back with the categories that occur in `frame`: the real table's own list is not kept, since it
    would name categories too rare to be shown.

    Returns:
        A `Table` where the source was a file, else a polars, pandas or arrow frame.

    Raises:
        SchemaError: a value does not fit the caller's dtype.
    """
    if source.kind == "pandas":
        from understudy.data.pandas_frames import to_pandas

        return to_pandas(frame, source)
    if source.kind == "arrow":
        return _give_arrow(frame, source)
    if source.kind == "table":
        return Table(frame if source.text else restore(frame, source.dtypes), source)
    return restore(frame, source.dtypes)


def _give_arrow(frame: pl.DataFrame, source: Source) -> Any:
    import pyarrow as pa

    table = frame.to_arrow()
    columns = [_arrow_column(table[name], source.dtypes.get(name, ""), name) for name in table.schema.names]
    return pa.table(columns, names=table.schema.names)


def _arrow_column(values: Any, name: str, column: str) -> Any:
    import pyarrow as pa

    if not name or str(values.type) == name:
        return values
    try:
        if name.startswith("dictionary<"):
            return _encoded(values, name)
        kind = arrow_type(name)
        if kind is None:
            return values
        if pa.types.is_duration(kind):
            counted_in = "ms" if kind.unit == "s" else kind.unit  # polars has no seconds
            return values.cast(pa.int64()).cast(pa.duration(counted_in)).cast(kind)
        if pa.types.is_null(kind):
            return values if values.null_count < len(values) else pa.nulls(len(values))
        return values.cast(kind, safe=not pa.types.is_floating(values.type))
    except pa.ArrowException as error:
        said = str(error).splitlines()[0]
        raise SchemaError(f"values do not fit dtype {name}: {said}", where=f"column '{column}'") from None


def _encoded(values: Any, name: str) -> Any:
    import pyarrow as pa

    inner = dict(part.split("=", 1) for part in name[len("dictionary<") : -1].split(", ") if "=" in part)
    value, index = arrow_type(inner.get("values", "")), arrow_type(inner.get("indices", ""))
    return (
        values.cast(value or pa.string())
        .dictionary_encode()
        .cast(pa.dictionary(index or pa.int32(), value or pa.string()))
    )


def arrow_type(name: str) -> Any:
    """The arrow type of a name as arrow prints it, None where it cannot be made from the name alone.

    >>> str(arrow_type("timestamp[us, tz=Europe/Berlin]"))
    'timestamp[us, tz=Europe/Berlin]'
    """
    import pyarrow as pa

    base, _, rest = name.partition("(" if "(" in name else "[")
    parts = [part.strip() for part in rest[:-1].split(",")]
    if base == "timestamp" and len(parts) == 2:
        return pa.timestamp(parts[0], tz=parts[1].removeprefix("tz="))
    made = getattr(pa, base, None) if base.startswith("decimal") else None
    if made is not None:
        return made(*map(int, parts))
    try:
        return pa.type_for_alias(name)
    except ValueError:
        return None
