"""The slope and the logits that a level begins with: beside a logistic regression by other means, and hard cases."""

import numpy as np
import pytest
from scipy.optimize import minimize

from understudy.kernels.starting import slope_and_base


def loss(held: np.ndarray, begin: np.ndarray, place: np.ndarray, answer: np.ndarray) -> float:
    """Of the slope and the logits of nodes, half a row on either side of each node added."""
    logit = held[0] * begin + held[1 + place]
    rows = np.logaddexp(0, logit) - answer * logit
    return float(rows.sum() + (np.logaddexp(0, held[1:]) - held[1:] / 2).sum())


def rows(seed: int, slope: float, count: int = 2000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    begin, place = rng.normal(0, 3, count).astype(np.float32), rng.integers(0, 4, count).astype(np.uint8)
    chance = 1 / (1 + np.exp(-(slope * begin + np.array([-2, 0, 1, 0.3])[place])))
    return begin, place, (rng.random(count) < chance).astype(np.uint8)


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0, -0.5])
def test_it_is_the_logistic_regression(slope: float) -> None:
    begin, place, answer = rows(0, slope)
    found, base = slope_and_base(begin, place, answer, 4)
    best = minimize(loss, np.zeros(5), args=(begin, place, answer), tol=1e-9)
    assert np.array([found, *base]) == pytest.approx(best.x, abs=0.01)


def test_nothing_to_begin_with_leaves_the_log_odds() -> None:
    _, place, answer = rows(1, 0)
    slope, base = slope_and_base(np.zeros(2000, np.float32), place, answer, 4)
    high = np.bincount(place, answer)
    assert slope == 0
    assert base == pytest.approx(np.log((high + 0.5) / (np.bincount(place) - high + 0.5)), abs=1e-3)


@pytest.mark.parametrize("begin", [-9.0, 12.0])
def test_what_is_far_off_is_put_right(begin: float) -> None:
    """A guide all but certain of the wrong side, as where nine in ten rows share a value: no worse than none."""
    rng = np.random.default_rng(2)
    told = (begin + rng.normal(0, 1, 5000)).astype(np.float32)
    answer, place = (rng.random(5000) < 0.08).astype(np.uint8), np.zeros(5000, np.uint8)
    slope, base = slope_and_base(told, place, answer, 1)
    none = np.array([0, np.log(0.08 / 0.92)])
    assert loss(np.array([slope, *base]), told, place, answer) <= loss(none, told, place, answer) + 1e-3
    assert np.isfinite([slope, *base]).all()


def test_sides_that_are_told_for_certain_stay_finite() -> None:
    begin = np.linspace(-12, 12, 1000).astype(np.float32)
    answer, place = (begin > 0).astype(np.uint8), np.zeros(1000, np.uint8)
    slope, base = slope_and_base(begin, place, answer, 1)
    assert np.isfinite([slope, *base]).all()
    assert ((slope * begin + base[0] > 0) == answer).mean() > 0.99


def test_a_node_that_no_row_passes_begins_at_nothing() -> None:
    begin, place, answer = rows(3, 1.0)
    assert slope_and_base(begin, place, answer, 6)[1][4:] == pytest.approx([0, 0])
