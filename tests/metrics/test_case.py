"""A case: one encoding, an order nobody chose, nothing of the caller's touched."""

from collections.abc import Callable
from datetime import date, datetime, time

import numpy as np
import polars as pl
import pytest

from understudy.data.schema import Column, Schema
from understudy.data.table import Table
from understudy.errors import SchemaError, UnknownColumn
from understudy.metrics.case import as_numbers, case, judged


def test_keys_text_and_personal_data_are_not_judged() -> None:
    columns = (
        Column("key", "integer"),
        Column("id", "id"),
        Column("comment", "text"),
        Column("mail", "categorical", semantic="email"),
        Column("age", "integer"),
        Column("same", "constant"),
    )
    assert judged(Schema(columns, primary_key="key")) == ["age", "same"]


def test_numbers_dates_and_gaps() -> None:
    assert np.array_equal(as_numbers(pl.Series([1, None, 3])), [1, np.nan, 3], equal_nan=True)
    assert np.isnan(as_numbers(pl.Series([float("inf"), float("nan")]))).all()
    assert as_numbers(pl.Series([date(1970, 1, 2)])) == as_numbers(pl.Series([datetime(1970, 1, 2)])) == 86_400_000_000
    assert as_numbers(pl.Series([time(0, 0, 1)])) == 1_000_000
    assert not np.signbit(as_numbers(pl.Series([-0.0]))).any()


def test_order_of_rows_and_columns_is_forgotten(
    table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]
) -> None:
    frame = people(300, 0)
    turned = frame.select(reversed(frame.columns)).sample(fraction=1, shuffle=True, seed=1)
    first, second = case(table(frame), table(frame)), case(table(turned), table(turned))
    assert first.columns == second.columns
    assert np.array_equal(first.real.numbers, second.real.numbers, equal_nan=True)
    assert np.array_equal(first.real.codes, second.real.codes)


def test_levels_are_shared(table: Callable[..., Table]) -> None:
    given = case(table({"a": ["x", "y", None]}), table({"a": ["z", "x", "x"]}), table({"a": ["w"]}))
    assert given.levels == (("w", "x", "y", "z"),)
    assert sorted(given.real.codes[:, 0]) == [-1, 1, 2]
    assert sorted(given.synthetic.codes[:, 0]) == [1, 1, 3]


def test_a_holdout_without_rows_is_none(table: Callable[..., Table]) -> None:
    one = table({"a": [1, 2]})
    assert case(one, one, table({"a": pl.Series([], dtype=pl.Int64)})).holdout is None


def test_what_cannot_be_judged_is_refused(table: Callable[..., Table]) -> None:
    one, other = table({"age": [1, 2]}), table({"b": [1, 2]})
    with pytest.raises(SchemaError, match="column 'age', synthetic table"):
        case(one, other)
    with pytest.raises(UnknownColumn, match="did you mean 'age'"):
        case(one, one, columns=["agee"])
    with pytest.raises(UnknownColumn):
        case(one, one, target="q")


def test_shuffling_keeps_each_column(trio: tuple[Table, Table]) -> None:
    grid = case(*trio).real
    turned = grid.shuffled(np.random.default_rng(0))
    assert np.array_equal(np.sort(grid.numbers, axis=0), np.sort(turned.numbers, axis=0), equal_nan=True)
    assert np.array_equal(np.sort(grid.codes, axis=0), np.sort(turned.codes, axis=0))
    assert abs(np.corrcoef(turned.numbers[:, [0, 2]].T)[0, 1]) < 0.1
