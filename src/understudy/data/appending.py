"""Rows put below those of a caller's frame, in the caller's kind and dtypes."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from understudy.data.frames import give_back, is_pandas, to_arrow
from understudy.data.table import Table


def appended(data: Any, table: Table, made: pl.DataFrame, marked: str | None = None) -> Any:
    """The caller's rows as they came, and new ones below; the frame given is not changed.

    Args:
        data: the frame as it was given.
        table: the same as a table.
        made: the new rows in the form of the table's source; columns that they lack are left out of the result.
        marked: name of a column to add that says which rows are new; none where None.

    Returns:
        A frame of the same kind and dtypes, of pandas with rows numbered afresh; a `Table` for a table or a file.

    Raises:
        SchemaError: a value does not fit the frame's dtype.
    """
    new = np.arange(len(table) + made.height) >= len(table)
    if is_pandas(data):
        return _pandas(data, table, made, marked, new)
    given = isinstance(data, Table)
    if table.source.kind == "arrow" and not given:
        return _arrow(data, table, made, marked, new)
    back: Any = made if given else give_back(made, table.source)
    if given or table.source.kind == "table":
        frame = _stacked(table.frame[made.columns], back if given else back.frame)
        said = pl.Series(np.where(new, "true", "false")) if table.source.text else pl.Series(new)
        return replace(table, frame=frame if marked is None else frame.with_columns(said.alias(marked)))
    frame = _stacked((data.collect() if isinstance(data, pl.LazyFrame) else data)[made.columns], back)
    return frame if marked is None else frame.with_columns(pl.Series(marked, new))


def _stacked(own: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([own, new.cast(own.schema)])


def _pandas(data: Any, table: Table, made: pl.DataFrame, marked: str | None, new: Any) -> Any:
    import pandas as pd

    back, places = give_back(made, table.source), {name: at for at, name in enumerate(table.frame.columns)}
    columns = []
    for at, name in enumerate(made.columns):
        own, below = data.iloc[:, places[name]], back.iloc[:, at]
        if str(own.dtype) == "category":
            known = own.cat.categories
            own = own.cat.add_categories([each for each in below.cat.categories if each not in known])
        fits = own.dtype == below.dtype or below.isna().any()
        columns.append(pd.concat([own, below if fits else below.astype(own.dtype)], ignore_index=True))
    out = pd.concat(columns, axis=1)
    out.columns = pd.Index([table.source.labels.get(name, name) for name in made.columns], name=data.columns.name)
    return out if marked is None else out.assign(**{marked: new})


def _arrow(data: Any, table: Table, made: pl.DataFrame, marked: str | None, new: Any) -> Any:
    import pyarrow as pa

    own = to_arrow(data).select(made.columns)
    out = pa.concat_tables([own, give_back(made, table.source).cast(own.schema.remove_metadata())])
    return out if marked is None else out.append_column(marked, pa.array(new))
