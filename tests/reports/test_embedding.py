"""The map of rows."""

from dataclasses import asdict

import numpy as np
import polars as pl
import pytest

from understudy.data.schema import Column, Schema
from understudy.data.table import Source, Table
from understudy.metrics.case import case
from understudy.reports.embedding import Embedding, embedding

SCHEMA = Schema((Column("a", "decimal"), Column("b", "decimal"), Column("c", "categorical")))


def sample(rows: int, seed: int, apart: float = 0.0) -> Table:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=rows) + apart
    c = np.where(a + 0.3 * rng.normal(size=rows) > 0, "up", "down")
    frame = pl.DataFrame({"a": a, "b": a + 0.2 * rng.normal(size=rows), "c": c})
    return Table(frame, Source(), SCHEMA)


def filled(grid: tuple) -> np.ndarray:
    return np.array([[0.0 if each is None else each for each in line] for line in grid])


def test_alike_rows_lie_alike_and_others_elsewhere() -> None:
    same = embedding(case(sample(4_000, 0), sample(4_000, 1)), 8)
    other = embedding(case(sample(4_000, 0), sample(4_000, 1, apart=3.0)), 8)
    gaps = [np.abs(filled(each.real) - filled(each.synthetic)).sum() / 2 for each in (same, other)]
    assert gaps[0] < 0.15
    assert gaps[1] > 0.8
    assert same.explained[0] > 0.6


@pytest.mark.parametrize("k", [8, 50])
def test_no_square_shows_fewer_than_k_rows(k: int) -> None:
    drawn = embedding(case(sample(3_000, 0), sample(3_000, 1)), k)
    shown = [each for line in (*drawn.real, *drawn.synthetic) for each in line if each is not None]
    assert shown
    assert min(shown) >= k / 3_000 - 1e-4


def test_few_rows_and_columns_without_spread_have_no_map() -> None:
    assert embedding(case(sample(50, 0), sample(50, 1)), 8) == Embedding()
    one = Schema((Column("a", "decimal"),))
    flat = Table(pl.DataFrame({"a": [1.0] * 500}), Source(), one)
    assert embedding(case(flat, flat), 8) == Embedding()
    gone = Table(pl.DataFrame({"a": [None] * 500}, schema={"a": pl.Float64}), Source(), one)
    assert embedding(case(gone, gone), 8) == Embedding()


def test_it_comes_back_from_plain_data() -> None:
    drawn = embedding(case(sample(2_000, 0), sample(2_000, 1)), 8)
    assert Embedding.from_dict(asdict(drawn)) == drawn
