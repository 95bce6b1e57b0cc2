"""What the panel's learners read, and how they are scored."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.ranking import auc, resamples, weighted_auc
from understudy.metrics.target import target_of
from understudy.metrics.trials import TREES, Coding, components, scores, standard, untrained


@given(st.lists(st.integers(0, 4), min_size=3, max_size=12), st.integers(0, 1_000))
def test_the_area_is_the_share_of_pairs_in_order(values: list[int], seed: int) -> None:
    truth = np.random.default_rng(seed).random(len(values)) < 0.5
    truth[:2] = True, False
    ranked = np.array(values, dtype=float)
    pairs = [(p > n) + (p == n) / 2 for p in ranked[truth] for n in ranked[~truth]]
    area, parts = components(truth, ranked)
    assert area == pytest.approx(np.mean(pairs))
    assert parts.sum() == pytest.approx(0, abs=1e-12)


def test_components_spread_as_the_exact_bootstrap_and_as_delong() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(2_000) < 0.25
    values = np.round(rng.normal(size=2_000) + truth, 1)
    weights = resamples(2_000, 400, rng)
    area, parts = components(truth, values)
    linear, exact = area + weights @ parts, weighted_auc(truth, values, weights)
    assert area == pytest.approx(auc(truth, values)[0])
    assert np.corrcoef(linear, exact)[0, 1] > 0.99
    assert linear.std() == pytest.approx(exact.std(), rel=0.03)
    assert linear.std() == pytest.approx(np.sqrt(auc(truth, values)[1]), rel=0.1)


def test_scores_of_numbers_and_classes(table: Callable[..., Table]) -> None:
    real = table({"n": [1.0, 2.0, 3.0, 4.0] * 10, "c": ["a", "b", "c", "c"] * 10})
    number, classes = (target_of(case(real, real, target=name)) for name in ("n", "c"))
    assert number is not None
    assert classes is not None
    truth, ones = np.array([1.0, 2, 3, 4]), np.array([[1.0, 1, 1, 1], [2, 0, 0, 2], [4, 0, 0, 0]])
    found = scores(number, truth, np.array([1.0, 2, 3, 3]), ones)
    # errors 0 0 0 1 over 5; then 0 0 1 1 over 9; where all drawn are alike, the exact one
    np.testing.assert_allclose(found, [1 - 1 / 5, 1 - 2 / 9, 1 - 1 / 5])
    guess = np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.3, 0.3, 0], [0.1, 0.1, 0]])
    # a: above all three; b: 0.8 above all three; c: nothing said, a coin flip
    np.testing.assert_allclose(scores(classes, np.array([0.0, 1, 2, 2]), guess, np.ones((1, 4))), (1 + 1 + 0.5) / 3)


def test_the_coding_by_hand(table: Callable[..., Table]) -> None:
    real = table(
        {
            "job": ["a"] * 10 + ["b"] * 6 + ["c"] * 4 + [None] * 8,
            "pay": [1.0, 3.0] * 10 + [None] * 8,
            "age": [1.0] * 28,
            "y": [True, False] * 14,
        }
    )
    stand_in = table(
        {"job": ["z", "c", None], "pay": [1e9, None, 4.0], "age": [2.0, None, 1.0], "y": [True, False, True]}
    )
    known = case(real, stand_in, target="y")
    coding = Coding.learned(known, "y", known.real)
    x = coding.of(known.real)
    # age, pay, whether pay is missing, then missing, a, b and the rest
    assert x.shape == (28, 7)
    assert sorted(x.sum(axis=0)[2:].tolist()) == [4, 6, 8, 8, 10]
    assert set(x[:, 1].tolist()) == {-1, 0, 1}
    other = coding.of(known.synthetic)
    assert sorted(other[:, 1].tolist()) == [0, 2, 10]
    assert other[:, -1].sum() == 2
    assert np.isfinite(other).all()


def test_wide_tables_get_fewer_levels(table: Callable[..., Table]) -> None:
    levels = [f"v{each % 30}" for each in range(600)]
    real = table({f"c{each}": levels for each in range(99)} | {"y": [True, False] * 300})
    known = case(real, real, target="y")
    assert Coding.learned(known, "y", known.real).of(known.real).shape == (600, 99 * 5)


def test_standard_survives_huge_and_absent_numbers() -> None:
    assert standard(np.array([np.nan, np.nan])) == (0.0, 1.0)
    assert standard(np.array([5.0, 5.0])) == (5.0, 1.0)
    middle, spread = standard(np.array([1e300, -1e300, 1e300, -1e300]))
    assert (middle, spread) == (0.0, 1e300)


@pytest.mark.parametrize("classes", [0, 2, 7])
def test_there_are_ten_unlike_learners(classes: int) -> None:
    learners = untrained(classes, 100)
    assert len(learners) == 10
    assert TREES in learners
