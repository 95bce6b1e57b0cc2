"""Some cells of a caller's frame replaced, all others left as they are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.frames import give_back, is_pandas, to_arrow
from understudy.data.table import Table


def patched(data: Any, table: Table, made: pl.DataFrame, gaps: Mapping[str, NDArray[np.bool_]]) -> Any:
    """The caller's frame with the cells in `gaps` taken from `made`; the frame given is not changed.

    Args:
        data: the frame as it was given.
        table: the same as a table.
        made: columns in the form of the table's source, as many rows as the frame.
        gaps: which cells of a column to take, shape (rows,); other columns are left alone.

    Returns:
        A frame of the same kind and dtypes; a `Table` for a table or a file.

    Raises:
        SchemaError: a value does not fit the frame's dtype.
    """
    names = [name for name in made.columns if name in gaps and gaps[name].any()]
    if is_pandas(data):
        return _pandas(data, give_back(made, table.source), names, table, gaps)
    if isinstance(data, Table):
        return replace(table, frame=_polars(table.frame, made, names, gaps))
    if table.source.kind == "arrow":
        return _arrow(to_arrow(data), give_back(made, table.source), names, gaps)
    if table.source.kind == "table":
        return replace(table, frame=_polars(table.frame, give_back(made, table.source).frame, names, gaps))
    own = data.collect() if isinstance(data, pl.LazyFrame) else data
    return _polars(own, give_back(made, table.source), names, gaps)


def _polars(
    own: pl.DataFrame, back: pl.DataFrame, names: list[str], gaps: Mapping[str, NDArray[np.bool_]]
) -> pl.DataFrame:
    return own.with_columns(
        back[name].cast(own[name].dtype).zip_with(pl.Series(gaps[name]), own[name]).alias(name) for name in names
    )


def _pandas(data: Any, back: Any, names: list[str], table: Table, gaps: Mapping[str, NDArray[np.bool_]]) -> Any:
    out = data.copy()
    places = {name: place for place, name in enumerate(table.frame.columns)}
    for name in names:
        own, new = data.iloc[:, places[name]], back[table.source.labels.get(name, name)]
        new = new.set_axis(data.index)
        if str(own.dtype) == "category":
            kinds = own.cat.categories
            own = own.cat.add_categories([each for each in new.cat.categories if each not in kinds])
            new = new.astype(own.dtype)
        elif own.dtype != new.dtype:
            new = new.astype(own.dtype)
        out.isetitem(places[name], own.mask(gaps[name], new))
    return out


def _arrow(own: Any, back: Any, names: list[str], gaps: Mapping[str, NDArray[np.bool_]]) -> Any:
    import pyarrow as pa

    for name in names:
        place = own.schema.names.index(name)
        kind = own.schema.field(place).type
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        new, old = (each.column(name).cast(plain) for each in (back, own))
        mixed = pa.concat_arrays([*new.chunks, *old.chunks]).take(pa.array(_either(gaps[name])))
        own = own.set_column(place, own.schema.field(place), mixed.cast(kind))
    return own


def _either(gaps: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Places in the new cells followed by the old ones."""
    rows = np.arange(len(gaps))
    return np.where(gaps, rows, len(gaps) + rows)
