"""Tables to and from programs that know pandas and nothing of ours: csv, and the kind of each column as JSON."""

import json
from pathlib import Path

import polars as pl

from understudy.data.infer import infer
from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.metrics.case import judged

KINDS = {"integer": "integer", "decimal": "decimal", "date": "moment", "datetime": "moment"}
"""As `fit_sample` calls them; all others are categories."""
MOMENT = "%Y-%m-%d %H:%M:%S%.f"


def known(train: Table, target: str | None = None) -> Schema:
    """The judged columns of a table, and the target."""
    return learned(infer(train), target)


def learned(schema: Schema, target: str | None = None) -> Schema:
    """The judged columns of a schema, and the target."""
    wanted = {*judged(schema), target}
    return schema.keep([name for name in schema.names if name in wanted])


def put(table: Table, schema: Schema, path: Path) -> None:
    """Write the typed cells of a table as csv."""
    parse(table, schema, strict=False).frame.write_csv(path)


def put_kinds(schema: Schema, path: Path) -> None:
    """Write what the columns are."""
    path.write_text(json.dumps({column.name: KINDS.get(column.kind, "category") for column in schema.columns}))


def taken(path: Path, like: pl.DataFrame) -> pl.DataFrame:
    """A csv file as cells of the dtypes of a typed frame; what cannot be read is missing."""
    cells = pl.read_csv(path, infer_schema=False)
    return cells.select(_as(name, dtype) for name, dtype in zip(like.columns, like.dtypes, strict=True))


def _as(name: str, dtype: pl.DataType) -> pl.Expr:
    cells = pl.col(name)
    if dtype.is_integer():
        return cells.cast(pl.Float64, strict=False).round().cast(dtype, strict=False)
    if dtype.is_float():
        return cells.cast(dtype, strict=False)
    if dtype == pl.Boolean:
        return cells.str.to_lowercase() == "true"
    if isinstance(dtype, pl.Date):
        return cells.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if isinstance(dtype, pl.Datetime):
        whole = pl.when(cells.str.len_chars() == 10).then(cells + " 00:00:00").otherwise(cells)
        return whole.str.replace("T", " ").str.to_datetime(MOMENT, time_unit=dtype.time_unit, strict=False)
    return cells
