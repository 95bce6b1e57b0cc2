"""The nearest-distance kernel against brute force."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.kernels.nearest import nearest
from understudy.kernels.points import Points

SIDES = st.integers(0, 3)


def points(lines: np.ndarray, levels: np.ndarray) -> Points:
    return Points.of(lines.T, levels.T)


@given(
    SIDES,
    SIDES,
    st.integers(1, 4),
    st.lists(st.integers(0, 1_100), min_size=1, max_size=3),
    st.integers(1, 3),
    st.integers(0, 99),
)
def test_it_is_the_smallest_distance_to_each_block(
    lines: int, levels: int, rows: int, blocks: list[int], workers: int, seed: int
) -> None:
    rng, starts = np.random.default_rng(seed), np.cumsum([0, *blocks])
    places = [rng.choice([0, 0.25, 0.5, 0.9, 1, np.nan], size=(count, lines)) for count in (rows, starts[-1])]
    states = [rng.integers(0, 4, (count, levels)) for count in (rows, starts[-1])]
    ours, others = (points(*each) for each in zip(places, states, strict=True))
    found = nearest(ours, others, starts.tolist(), workers)
    gone = [np.isnan(each) for each in places]
    for block, (begin, end) in enumerate(pairwise(starts)):
        apart = np.abs(places[0][:, None] - places[1][None, begin:end])
        apart = np.where(gone[0][:, None] & gone[1][None, begin:end], 0, np.nan_to_num(apart, nan=1.0))
        total = apart.sum(axis=2) + (states[0][:, None] != states[1][None, begin:end]).sum(axis=2)
        expected = total.min(axis=1) if end > begin else np.full(rows, np.inf)
        assert np.allclose(found[:, block], expected, atol=1 / ours.unit * lines, rtol=0)


def test_sums_of_many_columns_do_not_overflow() -> None:
    far, near = np.zeros((1, 3_000)), np.ones((2, 3_000))
    near[1, 0] = 0
    levels = np.zeros((1, 0), dtype=np.int64)
    found = nearest(points(far, levels), points(near, np.zeros((2, 0), dtype=np.int64)), [0, 1, 2])
    assert found.tolist() == [[3_000, 2_999]]


def test_too_many_columns_are_an_error() -> None:
    with pytest.raises(ValueError, match="65536 columns"):
        Points.of(np.zeros((65_536, 1)), np.zeros((0, 1), dtype=np.int64))
