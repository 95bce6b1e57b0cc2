"""Distances against brute force."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.kernels.points import Points
from understudy.metrics.case import case
from understudy.metrics.distances import coordinates, distances


def apart(rows: Points, others: Points) -> np.ndarray:
    """Distance along each column, (rows, other rows, columns)."""
    first, second = (each.place.T.astype(float) for each in (rows, others))
    steps = np.minimum(np.abs(first[:, None] - second[None]) / rows.unit, 1)
    return np.where(rows.levels, first[:, None] != second[None], steps)


def test_missing_is_a_state_and_levels_are_apart(table: Callable[..., Table]) -> None:
    real = table({"n": [0.0, 5.0, 10.0, None], "c": ["a", "b", None, "a"]})
    given = case(real, real)
    points = coordinates(given, given.real)
    gaps = apart(points, points)
    rows = list(zip(given.real.numbers[:, 0], given.real.codes[:, 0], strict=True))
    for i, (number, code) in enumerate(rows):
        for j, (other, level) in enumerate(rows):
            assert gaps[i, j, 1] == (code != level)
            if np.isnan(number) != np.isnan(other):
                assert gaps[i, j, 0] == 1
            elif np.isnan(number) or number == other:
                assert gaps[i, j, 0] == 0
            else:
                assert 0 < gaps[i, j, 0] < 1


def test_units_and_skew_do_not_matter(table: Callable[..., Table]) -> None:
    values = np.random.default_rng(0).normal(size=1_010)
    plain, skewed = (case(table({"a": side}), table({"a": side})) for side in (values, np.exp(3 * values) * 1e6))
    first, second = coordinates(plain, plain.real), coordinates(skewed, skewed.real)
    assert np.allclose(first.place / first.unit, second.place / second.unit, atol=0.011)


def test_distances_are_brute_force(table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]) -> None:
    frame = people(700, 3)
    given = case(table(frame[:400]), table(frame[400:600]), table(frame[600:]))
    found = distances(given)
    real, synthetic, holdout = (
        coordinates(given, side) for side in (given.real, given.synthetic, given.holdout) if side
    )

    def brute(rows: Points, others: Points) -> np.ndarray:
        return apart(rows, others).mean(axis=2).min(axis=1)

    assert np.allclose(np.sort(found.holdout), np.sort(brute(holdout, real)), atol=1e-6)
    everyone = np.abs(found.synthetic[:, None] - brute(synthetic, real)[None])
    assert everyone.min(axis=1).max() < 1e-6
    assert found.train_blocks is not None
    assert found.holdout_blocks is not None
    assert found.train_blocks.shape == (100, 4)
    assert found.holdout_blocks.shape == (100, 1)
    assert np.allclose(found.train_blocks.min(axis=1), found.synthetic)


@pytest.mark.parametrize(("train", "holdout", "blocks"), [(1_000, 100, (10, 1)), (400, 400, (4, 4)), (50, 400, (4, 4))])
def test_blocks_are_of_one_size(train: int, holdout: int, blocks: tuple[int, int], table: Callable[..., Table]) -> None:
    values = np.random.default_rng(0).normal(size=train + holdout)
    found = distances(case(table({"a": values[:train]}), table({"a": values}), table({"a": values[train:]})))
    assert found.train_blocks is not None
    assert found.holdout_blocks is not None
    assert (found.train_blocks.shape[1], found.holdout_blocks.shape[1]) == blocks
