"""Typed tables by hand."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest

from understudy.data.schema import Column, Schema
from understudy.data.table import Source, Table

KINDS = {
    pl.Int64: "integer",
    pl.Float64: "decimal",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Time: "time",
    pl.Null: "constant",
}


def kind_of(dtype: pl.DataType) -> str:
    return "datetime" if isinstance(dtype, pl.Datetime) else KINDS.get(dtype.base_type(), "categorical")


def make_table(data: pl.DataFrame | Mapping[str, Any], kinds: Mapping[str, str] | None = None, **roles: Any) -> Table:
    frame = pl.DataFrame(data)
    given = kinds or {}
    columns = tuple(Column(name, given.get(name, kind_of(frame[name].dtype))) for name in frame.columns)
    return Table(frame, Source(), Schema(columns, **roles))


def make_people(rows: int, seed: int) -> pl.DataFrame:
    """Related columns of every kind, with nulls that depend on others."""
    rng = np.random.default_rng(seed)
    age = rng.integers(17, 90, rows)
    job = np.array(["clerk", "smith", "cook", "guard"])[np.clip(age // 20 - 1 + rng.integers(0, 2, rows), 0, 3)]
    pay = np.exp(rng.normal(size=rows)) * 10 + age
    gain = np.where(rng.random(rows) < 0.8, 0, rng.integers(1, 9, rows) * 100)
    rich = pay + gain / 50 + rng.normal(size=rows) * 5 > 60
    lost = (age < 30) & (rng.random(rows) < 0.5)
    frame = pl.DataFrame({"age": age, "job": job, "pay": pay, "gain": gain, "rich": rich})
    born = pl.Series("born", (100 - age) * 365 + rng.integers(0, 365, rows)) * 86_400_000_000
    return frame.with_columns(
        born.cast(pl.Datetime("us")).alias("born"),
        pl.when(pl.lit(pl.Series(lost))).then(None).otherwise(pl.col("job")).alias("job"),
        pl.when(pl.lit(pl.Series(lost))).then(None).otherwise(pl.col("pay")).alias("pay"),
    )


def make_shuffle(frame: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    return frame.select(pl.col(name).shuffle(seed=seed + place) for place, name in enumerate(frame.columns))


@pytest.fixture(scope="session")
def table() -> Callable[..., Table]:
    return make_table


@pytest.fixture(scope="session")
def people() -> Callable[[int, int], pl.DataFrame]:
    return make_people


@pytest.fixture(scope="session")
def shuffle() -> Callable[..., pl.DataFrame]:
    return make_shuffle


@pytest.fixture(scope="session")
def trio() -> tuple[Table, Table]:
    """4 000 training rows and 1 000 holdout rows."""
    frame = make_people(5_000, 0)
    return make_table(frame[:4_000]), make_table(frame[4_000:])
