"""Histograms in the nodes of a tree: counted, shrunk, drawn from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.kernels import histograms

PARENT = np.array([-1, 0, 0, 1, 1], dtype=np.int32)
SHRINKS = pytest.mark.parametrize("shrink", [histograms.shrink, histograms.shrink_ordered])


def counted(rows: int, classes: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    leaf = rng.choice([2, 3, 4], rows).astype(np.int32)
    target = (rng.integers(0, classes, rows) * rng.random(rows)).astype(np.uint8)
    return histograms.count(leaf, target, PARENT, classes)


def test_counts_include_every_row_below() -> None:
    leaf, target = np.array([3, 3, 4, 2], dtype=np.int32), np.array([0, 1, 1, 2], dtype=np.uint8)
    assert histograms.count(leaf, target, PARENT, 3).tolist() == [
        [1, 2, 1],
        [1, 2, 0],
        [0, 0, 1],
        [1, 1, 0],
        [0, 1, 0],
    ]


def test_shrinkage_by_hand() -> None:
    counts = np.array([[3, 1], [3, 0], [0, 1]], dtype=np.float32)
    parent = np.array([-1, 0, 0], dtype=np.int32)
    share = histograms.shrink(counts, parent, 1.0)
    root = np.array([(3 + 2 * 0.5) / 6, (1 + 2 * 0.5) / 6])
    assert share[0] == pytest.approx(root)
    assert share[1] == pytest.approx((np.array([3, 0]) + root) / 4)
    assert share[2] == pytest.approx((np.array([0, 1]) + root) / 2)


@SHRINKS
@given(rows=st.integers(1, 200), classes=st.integers(1, 20), seed=st.integers(0, 1000), escape=st.floats(0, 10))
@settings(deadline=None, max_examples=60)
def test_shares_add_up_and_cover_what_the_root_has_seen(
    shrink: object, rows: int, classes: int, seed: int, escape: float
) -> None:
    counts = counted(rows, classes, seed)
    share = shrink(counts, PARENT, escape)  # type: ignore[operator]
    assert share.shape == counts.shape
    assert share.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert (share >= 0).all()
    assert (share[:, counts[0] == 0] == 0).all(), "a code that no row has is never drawn"
    if escape > 1e-3:
        assert (share[:, counts[0] > 0] > 0).all()


@SHRINKS
def test_no_escape_is_the_histogram_and_a_great_one_the_parent(shrink: object) -> None:
    counts = counted(500, 6, 0)
    own = shrink(counts, PARENT, 0.0)  # type: ignore[operator]
    for node in range(5):
        assert own[node] == pytest.approx(counts[node] / counts[node].sum(), abs=1e-6)
    far = shrink(counts, PARENT, 1e7)  # type: ignore[operator]
    for node in range(1, 5):
        assert far[node] == pytest.approx(far[PARENT[node]], abs=1e-3)


@SHRINKS
def test_an_empty_node_is_its_parent(shrink: object) -> None:
    counts = counted(300, 5, 1)
    counts[1] = counts[1] + counts[3]
    counts[3] = 0
    share = shrink(counts, PARENT, 1.0)  # type: ignore[operator]
    assert share[3] == pytest.approx(share[1], abs=1e-6)


def test_the_likelihood_is_of_the_rows() -> None:
    share = np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7]], dtype=np.float32)
    leaf, target = np.array([0, 1, 1, 0], dtype=np.int32), np.array([0, 2, 1, 2], dtype=np.uint8)
    found = histograms.log_likelihood(share, leaf, target)
    assert found == pytest.approx(np.log(0.5) + np.log(0.7) + np.log(0.2) - 20, abs=1e-5)


def test_codes_are_drawn_by_their_share() -> None:
    share = np.array([[0.0, 0.25, 0.0, 0.75, 0.0], [1.0, 0, 0, 0, 0], [0.2, 0.2, 0.2, 0.2, 0.2]], dtype=np.float32)
    rng = np.random.default_rng(0)
    leaf = rng.integers(0, 3, 90_000).astype(np.int32)
    out = np.empty(90_000, dtype=np.uint8)
    histograms.draw(np.cumsum(share, axis=1, dtype=np.float32), leaf, rng.random(90_000), out)
    for node in range(3):
        found = np.bincount(out[leaf == node], minlength=5) / (leaf == node).sum()
        assert found == pytest.approx(share[node], abs=0.01)
        assert (found[share[node] == 0] == 0).all()
    ends = np.array([0.0, 1 - 2.0**-53])
    both = np.empty(2, dtype=np.uint8)
    histograms.draw(np.cumsum(share[:1], axis=1, dtype=np.float32), np.zeros(2, dtype=np.int32), ends, both)
    assert both.tolist() == [1, 3]
