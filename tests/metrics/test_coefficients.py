"""Regressions against known answers, and the overlap of their intervals on tables of known likeness."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.coefficients import Fit, Terms, coefficients, independent, linear, logistic, overlaps


def test_one_binary_column_gives_the_log_odds_ratio() -> None:
    cells = {(1, 1): 40, (1, 0): 25, (0, 1): 30, (0, 0): 55}
    x = np.repeat([each for each, _ in cells], list(cells.values()))
    y = np.repeat([each for _, each in cells], list(cells.values())).astype(float)
    found = logistic(np.column_stack([np.ones(150), x]), y)
    assert found.values[1] == pytest.approx(np.log(40 * 55 / (25 * 30)), abs=1e-6)
    assert found.errors[1] == pytest.approx(np.sqrt(1 / 40 + 1 / 25 + 1 / 30 + 1 / 55), abs=1e-6)
    assert found.values[0] == pytest.approx(np.log(30 / 55), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_newton_finds_what_a_general_optimiser_finds(seed: int) -> None:
    from scipy.optimize import minimize
    from scipy.special import expit

    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(400), rng.normal(size=(400, 3)), rng.integers(0, 2, (400, 2))])
    y = (rng.random(400) < expit(x @ np.array([-0.5, 2.0, -1.0, 0.3, 1.5, -3.0]))).astype(float)

    def loss(b: np.ndarray) -> float:
        return float((np.logaddexp(0, x @ b) - y * (x @ b)).sum() + 0.5e-6 * b @ b)

    best = minimize(loss, np.zeros(6), method="Nelder-Mead", options={"maxiter": 20_000, "xatol": 1e-8, "fatol": 1e-12})
    best = minimize(loss, best.x, method="BFGS", options={"gtol": 1e-6})
    found = logistic(x, y)
    assert loss(found.values) <= best.fun + 1e-9
    np.testing.assert_allclose(found.values, best.x, atol=1e-4)
    chance = expit(x @ best.x)
    curvature = sum(p * (1 - p) * np.outer(row, row) for p, row in zip(chance, x, strict=True))
    np.testing.assert_allclose(found.errors, np.sqrt(np.diag(np.linalg.inv(curvature))), rtol=1e-3)


def test_a_straight_line_by_hand() -> None:
    x, y = np.array([0.0, 1, 2, 3]), np.array([1.0, 3, 2, 6])
    found = linear(np.column_stack([np.ones(4), x]), y)
    # slope 7 / 5, intercept 3 - 1.4 * 1.5, residual sum of squares 14 - 7² / 5 = 4.2 over 2 degrees of freedom
    np.testing.assert_allclose(found.values, [0.9, 1.4], atol=1e-5)
    np.testing.assert_allclose(found.errors, np.sqrt([2.1 * (1 / 4 + 2.25 / 5), 2.1 / 5]), atol=1e-5)


def test_separation_stays_finite_and_is_called_undetermined() -> None:
    x = np.column_stack([np.ones(200), np.arange(200) >= 100, np.arange(200) % 2])
    y = np.where(np.arange(200) >= 100, 1.0, np.arange(200) % 3 == 0)
    found = logistic(x, y)
    assert found.determined.tolist() == [True, False, True]
    assert np.isfinite(found.values).all()
    assert found.values[1] > 5


def fit(values: list[float], errors: list[float], determined: list[bool] | None = None) -> Fit:
    return Fit(np.array(values), np.array(errors), np.array(determined or [True] * len(values)))


@given(st.floats(-5, 5), st.floats(0.01, 5), st.floats(-5, 5), st.floats(0.01, 5))
def test_overlap_is_symmetric_at_most_one_and_one_for_equals(a: float, s: float, b: float, t: float) -> None:
    one, two = fit([a], [s]), fit([b], [t])
    assert overlaps(one, two)[0] == pytest.approx(overlaps(two, one)[0])
    assert overlaps(one, one)[0] == pytest.approx(1)
    assert overlaps(one, two)[0] <= (1 + max(s, t) / min(s, t)) / 2 + 1e-9
    assert overlaps(one, fit([b], [s]))[0] == pytest.approx(1 - abs(a - b) / s / 3.919928)


def test_undetermined_coefficients_do_not_gain_by_width() -> None:
    one, two = fit([0.0, 0.0, 0.0], [1.0] * 3, [True, True, False]), fit([0.0] * 3, [1.0] * 3, [True, False, True])
    np.testing.assert_array_equal(overlaps(one, two), [1.0, 0.0, np.nan])


@pytest.mark.parametrize(("fresh", "expected"), [(False, 0.7965), (True, 0.7122)])
def test_overlap_of_right_models_is_the_published_one(fresh: bool, expected: float) -> None:
    """synthpop's null for one synthesis is 0.7965 = 1 - √(2/π) / 3.92; two real samples have √2 the spread."""
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(400), rng.normal(size=(400, 3))])
    truth, found = np.array([1.0, 0.5, 0.0, -2.0]), []
    for _ in range(600):
        real = linear(x, x @ truth + rng.normal(size=400))
        learned = truth if fresh else real.values
        found.append(overlaps(real, linear(x, x @ learned + rng.normal(size=400))).mean())
    assert np.mean(found) == pytest.approx(expected, abs=0.012)


def test_columns_that_others_tell_are_left_out() -> None:
    rng = np.random.default_rng(0)
    a, b, noise = rng.normal(size=(3, 1_000))
    x = np.column_stack([np.ones(1_000), a, a * 2 + 1, b, a - b + noise / 100, np.zeros(1_000)])
    assert independent(x.T @ x).tolist() == [0, 1, 3]
    apart = np.column_stack([np.ones(1_000), a, a + noise / 2])
    assert independent(apart.T @ apart).tolist() == [0, 1, 2]


def test_terms_by_hand(table: Callable[..., Table]) -> None:
    job = ["a"] * 50 + ["b"] * 40 + ["c"] * 20 + ["d"] * 15 + [None] * 35
    pay = [1.0, 3.0] * 60 + [None] * 40
    real = table({"job": job, "pay": pay, "y": [True, False] * 80})
    given_case = case(real, real, target="y")
    terms = Terms.learned(given_case, "y", given_case.real, 160)
    # d and c are gathered; missing pay is told by no other column
    assert terms.names == ("(intercept)", "pay", "pay (missing)", "job = b", "job = (missing)", "job = (other)")
    design = terms.of(given_case.real)
    assert design.sum(axis=0)[[0, 2, 3, 4, 5]].tolist() == [160, 40, 40, 35, 35]
    assert sorted(set(design[:, 1].tolist())) == [-1, 0, 1]


def test_levels_too_rare_even_together_join_the_most_frequent(table: Callable[..., Table]) -> None:
    real = table({"job": ["a"] * 60 + ["b"] * 40 + ["c"] * 10, "y": [True, False] * 55})
    given_case = case(real, real, target="y")
    assert Terms.learned(given_case, "y", given_case.real, 110).names == ("(intercept)", "job = b")


@pytest.mark.parametrize("target", ["rich", "pay"])
def test_a_real_sample_reaches_the_ceiling_and_a_shuffle_the_floor(
    target: str, people: Callable, table: Callable, shuffle: Callable
) -> None:
    good, bad = [], []
    for seed in range(8):
        train, holdout, fresh = (table(people(2_000, 3 * seed + each)) for each in range(3))
        good.append(coefficients(train, fresh, holdout, target=target))
        bad.append(coefficients(train, table(shuffle(train.frame)), holdout, target=target))
    value, ceiling = (np.mean([getattr(each, what) for each in good]) for what in ("value", "ceiling"))
    low, floor = (np.mean([getattr(each, what) for each in bad]) for what in ("value", "floor"))
    assert value == pytest.approx(ceiling, abs=0.1)
    if target == "pay":  # 'rich' follows so sharply that its intervals are wider than they need be
        assert value == pytest.approx(0.712, abs=0.1)
    assert low == pytest.approx(floor, abs=0.1)
    assert low < value - 0.2
    assert np.mean([each.parts["within_2"] for each in good]) > 0.75 > np.mean([each.parts["within_2"] for each in bad])


def test_the_more_is_shuffled_the_less_overlaps(people: Callable, table: Callable, shuffle: Callable) -> None:
    frame = people(4_000, 1)
    mixed, found = shuffle(frame), []
    for cut in (0, 20, 40, 400):
        both = pl.concat([mixed[:cut], frame[cut:]])
        found.append(coefficients(table(frame), table(both), target="rich").parts["full"])
    assert found[0] == pytest.approx(1)
    assert all(less < more - 0.05 for more, less in pairwise(found))


def test_a_level_the_stand_in_lacks_overlaps_in_nothing(people: Callable, table: Callable) -> None:
    frame = people(2_000, 1)
    lacking = frame.with_columns(pl.col("job").replace("cook", "smith"))
    found = coefficients(table(frame), table(lacking), target="rich")
    assert found.parts["by"]["job = cook"]["overlap"] == 0
    assert found.parts["by"]["job = cook"]["synthetic"] is None
    assert found.parts["undetermined"] == {"real": 0, "synthetic": 1}


def test_an_exact_law_is_the_same_law(table: Callable[..., Table]) -> None:
    x = np.random.default_rng(0).normal(size=(200, 2))
    real = table({"a": x[:, 0], "b": x[:, 1], "y": 3 * x[:, 0] - x[:, 1] + 7})
    found = coefficients(real, real, target="y")
    assert found.value == pytest.approx(1, abs=1e-3)


def test_more_classes_are_the_most_frequent_against_the_rest(people: Callable, table: Callable) -> None:
    real = table(people(2_000, 1))
    found = coefficients(real, table(people(2_000, 2)), target="job")
    assert found.value is not None
    assert 0.4 < found.value < 0.95


def test_the_order_of_rows_and_columns_does_not_matter(people: Callable, table: Callable) -> None:
    frame, other = people(1_000, 1), people(1_000, 2)
    once = coefficients(table(frame), table(other), target="rich")
    turned = other.reverse().select(sorted(other.columns))
    assert coefficients(table(frame), table(turned), target="rich") == once


NUMBERS = np.random.default_rng(1).normal(size=(40, 300))


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ({"y": ["a"] * 40, "x": [1] * 40}, "no judged column can be predicted"),
        ({"y": ["a", "b"] * 20}, "only judged column"),
        ({"y": ["a", "b"] * 20} | {f"x{i}": NUMBERS[:, i] for i in range(300)}, "too few for"),
        ({"y": ["a", "b"], "x": [1, 2]}, "no judged column can be predicted"),
        ({"y": [1.0, 2.0, 3.0], "x": [1, 2, 3]}, "too few for"),
        ({"y": pl.Series([None] * 40, dtype=pl.Float64), "x": [1] * 40}, "no judged column can be predicted"),
    ],
)
def test_what_cannot_be_regressed_says_why(frame: Any, why: str, table: Callable[..., Table]) -> None:
    found = coefficients(table(frame), table(frame), table(frame), target="y")
    assert found.value is None
    assert why in found.note


def test_a_stand_in_with_one_value_says_why(table: Callable[..., Table]) -> None:
    real = table({"y": ["a", "b"] * 50, "x": range(100)})
    found = coefficients(real, table({"y": ["a"] * 100, "x": range(100)}), target="y")
    assert found.value is None
    assert "one value of 'y'" in found.note


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_numbers_at_the_ends_of_what_can_be_written(scale: float, people: Callable, table: Callable) -> None:
    frame = people(400, 1).with_columns(pl.col("pay") * scale)
    for target in ("pay", "rich"):
        found = coefficients(table(frame), table(frame), target=target)
        assert found.parts["full"] == pytest.approx(1)
