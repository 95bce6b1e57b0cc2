"""The kernel that names the nearest rows against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.kernels.neighbours import neighbours, neighbours_without
from understudy.kernels.points import Points


def points(rng: np.random.Generator, rows: int, lines: int, levels: int) -> Points:
    places = rng.choice([0, 0.25, 0.5, 0.9, 1, np.nan], size=(lines, rows))
    return Points.of(places, rng.integers(0, 4, (levels, rows)))


def gaps(rows: Points, others: Points) -> np.ndarray:
    """Steps apart along each column, (rows, others, columns)."""
    first, second = (each.place.T.astype(int) for each in (rows, others))
    steps = np.minimum(np.abs(first[:, None] - second[None]), rows.unit)
    return np.where(rows.levels, (first[:, None] != second[None]) * rows.unit, steps)


@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 2_100), st.integers(1, 6), st.integers(1, 3), st.integers())
def test_they_are_the_first_of_a_stable_sort(
    lines: int, levels: int, many: int, count: int, workers: int, seed: int
) -> None:
    rng = np.random.default_rng(abs(seed))
    rows, others = points(rng, 4, lines, levels), points(rng, many, lines, levels)
    expected = np.argsort(gaps(rows, others).sum(axis=2), axis=1, kind="stable")[:, :count]
    assert np.array_equal(neighbours(rows, others, count, workers), expected)


@given(st.integers(1, 3), st.integers(0, 3), st.integers(1, 2_100), st.integers(1, 3), st.integers())
def test_a_column_left_out_does_not_count(lines: int, levels: int, many: int, workers: int, seed: int) -> None:
    rng = np.random.default_rng(abs(seed))
    rows, others = points(rng, 4, lines, levels), points(rng, many, lines, levels)
    apart, columns = gaps(rows, others), rng.permutation(lines + levels)
    expected = [np.delete(apart, column, axis=2).sum(axis=2).argmin(axis=1) for column in columns]
    assert np.array_equal(neighbours_without(rows, others, columns.tolist(), workers), np.array(expected).T)


@pytest.mark.parametrize("width", [3_000, 65_535])
def test_the_farthest_row_of_a_wide_table_is_still_found(width: int) -> None:
    none = np.zeros((0, 1), dtype=np.int64)
    row, other = Points.of(np.zeros((width, 1)), none), Points.of(np.ones((width, 1)), none)
    assert neighbours(row, other, 3).tolist() == [[0]]
    assert neighbours_without(row, other, [0, width - 1]).tolist() == [[0, 0]]
