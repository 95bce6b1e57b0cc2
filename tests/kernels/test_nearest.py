"""The nearest-distance kernel against brute force."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from understudy.kernels.nearest import nearest


@given(
    st.integers(1, 5), st.integers(1, 4), st.lists(st.integers(0, 1_100), min_size=1, max_size=3), st.integers(0, 99)
)
def test_it_is_the_smallest_distance_to_each_block(columns: int, rows: int, blocks: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    starts = np.cumsum([0, *blocks])
    ours = rng.choice([0, 0.25, 0.5, 2, 9], size=(rows, columns)).astype(np.float32)
    others = rng.choice([0, 0.125, 0.5, 4, 9], size=(starts[-1], columns)).astype(np.float32)
    found = nearest(ours, np.ascontiguousarray(others.T), starts)
    for block, (begin, end) in enumerate(pairwise(starts)):
        gaps = np.minimum(np.abs(ours[:, None] - others[None, begin:end]), 1).sum(axis=2)
        expected = gaps.min(axis=1) if end > begin else np.full(rows, np.float32(3e38))
        assert np.array_equal(found[:, block], expected.astype(np.float32))
