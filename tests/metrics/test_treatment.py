"""Learners of both sides: use of the group alone, and intervals that hold the chance of training."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.metrics.treatment import PARTS, contrast, shared_use, uses

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(2, 5))
def test_use_is_the_mean_over_ordered_pairs(seed: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    scores, shares = rng.random((groups, 7)), rng.dirichlet(np.ones(groups))
    total = weight = 0.0
    for a, b in permutations(range(groups), 2):
        total += shares[a] * shares[b] * np.abs(scores[a] - scores[b]).mean()
        weight += shares[a] * shares[b]
    assert uses([scores], shares).mean() == pytest.approx(total / weight)


def test_use_of_two_groups_is_the_plain_difference_whatever_their_shares() -> None:
    scores = np.array([[0.1, 0.9], [0.4, 0.1]])
    assert uses([scores, scores[::-1]], np.array([0.9, 0.1])) == pytest.approx(np.array([[0.3, 0.8]] * 2))


def test_use_that_learners_do_not_share_is_chance() -> None:
    rng, shares = np.random.default_rng(0), np.array([0.5, 0.5])
    noise = [np.stack([np.full(20_000, 0.5), 0.5 + rng.normal(0, 0.1, 20_000)]) for _ in range(4)]
    assert uses(noise, shares).mean() == pytest.approx(0.0798, abs=0.002)
    found = shared_use(noise, shares)
    assert found is not None
    assert found < 0.02
    shifted = [each + np.array([[0.0], [0.3]]) for each in noise]
    assert shared_use(shifted, shares) == pytest.approx(0.3, abs=0.01)
    assert shared_use(noise[:1], shares) is None


def test_a_contrast_by_hand() -> None:
    found = contrast(np.array([0.5, 0.7, 0.1, 0.3, 0.0, 0.1]), 2, 0.1)
    assert (found.synthetic, found.real) == pytest.approx((0.6, 0.2))
    assert found.difference == pytest.approx(0.4)
    assert found.ceiling == pytest.approx(-0.2)
    assert found.floor == pytest.approx(-0.15)
    # two sides with variance 0.02 over two learners each: 0.1414; t of two degrees of freedom 4.303
    assert found.half == pytest.approx(np.hypot(0.196, 4.303 * 0.1414), abs=0.001)


def test_a_contrast_of_one_learner_a_side_has_no_ceiling() -> None:
    found = contrast(np.array([0.5, 0.2, 0.0]), 1, 0.1)
    assert (found.difference, found.ceiling, found.floor) == (pytest.approx(0.3), None, pytest.approx(-0.2))
    assert found.half == pytest.approx(0.196, abs=0.001)


@pytest.mark.parametrize(("trained", "tested"), [(0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (1.0, 0.3)])
def test_the_interval_covers_the_truth(trained: float, tested: float) -> None:
    rng, covered = np.random.default_rng(1), 0
    for _ in range(4_000):
        figures = rng.normal(0, trained, 2 * PARTS + 2)
        figures[:PARTS] += rng.normal(0, tested)
        found = contrast(figures, PARTS, tested)
        covered += abs(found.difference) <= found.half
    assert 0.94 < covered / 4_000 < 0.985
