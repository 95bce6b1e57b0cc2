"""Distances of all to all, against the nearest of all and by definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.kernels.between import BLOCK, between
from understudy.kernels.nearest import nearest
from understudy.kernels.points import Points


def some(rows: int, lines: int, levels: int, seed: int) -> Points:
    rng = np.random.default_rng(seed)
    places = rng.random((lines, rows))
    places[rng.random(places.shape) < 0.1] = np.nan
    return Points.of(places, rng.integers(0, 4, (levels, rows)))


def whole(rows: Points, others: Points) -> np.ndarray:
    return np.vstack([gaps for _, gaps in between(rows, others)])


@settings(max_examples=20)
@given(st.integers(0, 4), st.integers(1, 4), st.integers(0, 999))
def test_the_smallest_is_that_of_the_nearest(lines: int, levels: int, seed: int) -> None:
    rows, others = some(BLOCK + 3, lines, levels, seed), some(57, lines, levels, seed + 1)
    found = whole(rows, others)
    assert np.array_equal(found.min(axis=1) / rows.unit, nearest(rows, others, [0, len(others)])[:, 0])


def test_symmetric_and_by_definition() -> None:
    rows = Points.of(np.array([[0.0, 0.25, np.nan, np.nan]]), np.array([[1, 2, 1, 1]]))
    found = whole(rows, rows) / rows.unit
    assert found.tolist() == [[0, 1.25, 1, 1], [1.25, 0, 2, 2], [1, 2, 0, 0], [1, 2, 0, 0]]


@pytest.mark.parametrize("rows", [1, BLOCK, BLOCK + 1])
def test_blocks_hold_every_row_once(rows: int) -> None:
    points = some(rows, 2, 1, 0)
    places = np.concatenate([np.arange(rows)[block] for block, _ in between(points, points)])
    assert places.tolist() == list(range(rows))
