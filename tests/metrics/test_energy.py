"""The energy distance against brute force, its p-value under both hypotheses."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.kernels.points import Points
from understudy.metrics.energy import energy, permuted


def some(rows: int, seed: int, tied: bool = False) -> Points:
    rng = np.random.default_rng(seed)
    lines = rng.random((2, rows))
    return Points.of(lines[[0, 0]] if tied else lines, np.empty((0, rows), dtype=np.int64))


def test_by_hand(table: Callable[..., Table]) -> None:
    apart = energy(table({"a": ["x"] * 8}), table({"a": ["y"] * 8}))
    assert apart.value == 1
    one = table({"a": ["x"] * 8})
    assert energy(one, one).value == 0
    # x x y y against x x x y: within 2/3 and 1/2 of the pairs differ, across 1/2
    given = energy(table({"a": [*"xxyy"]}), table({"a": [*"xxxy"]}), table({"a": [*"xxyy"]}))
    assert given.value == pytest.approx((2 * 0.5 - 2 / 3 - 0.5) / (2 * 0.5))


def test_the_p_value_is_even_where_nothing_differs() -> None:
    """60 seeds: at most 8 below 5 % (chance of more: 1 in 1 000) and a mean near a half."""
    found = [
        permuted(some(40, 2 * seed), some(30, 2 * seed + 1), np.random.default_rng(seed), 99) for seed in range(60)
    ]
    assert sum(p <= 0.05 for p in found) <= 8
    assert np.mean(found) == pytest.approx(0.5, abs=0.13)


def test_it_sees_what_columns_alone_do_not_show() -> None:
    assert permuted(some(200, 0, True), some(200, 1), np.random.default_rng(0)) == pytest.approx(1 / 201)


def test_ties_are_no_evidence() -> None:
    same = Points.of(np.zeros((1, 20)), np.ones((1, 20), dtype=np.int64))
    assert permuted(same, same, np.random.default_rng(0)) == 1


def test_dose_and_response(trio: tuple[Table, Table], shuffle: Callable[..., pl.DataFrame]) -> None:
    train, holdout = trio[0].take(range(1_500)), trio[1].take(range(500))
    fake = shuffle(train.frame)
    found = [
        energy(train, Table(pl.concat([fake[:rows], train.frame[rows:]]), schema=train.schema), holdout)
        for rows in (0, 500, 1_500)
    ]
    values = [each.value or 0 for each in found]
    assert np.all(np.diff(values) > 0)
    assert found[0].parts["p"] > 0.05
    assert found[0].parts["p_holdout"] > 0.01
    assert found[-1].parts["p"] == pytest.approx(1 / 201)
    assert found[-1].value == pytest.approx(found[-1].floor, rel=0.15)
    assert (found[-1].low or 0) > (found[-1].ceiling or 1)
