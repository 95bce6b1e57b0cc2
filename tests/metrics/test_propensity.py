"""The propensity model against another, and its two nulls."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.propensity import independent, propensity, spmse


def design(rows: int, terms: int, seed: int) -> np.ndarray:
    found = (np.random.default_rng(seed).random((rows, terms)) < 0.3).astype(np.float32)
    found[:, 0] = 1
    return found


@pytest.mark.parametrize("strength", [0.0, 0.5, 3.0])
def test_the_fit_is_that_of_another_library(strength: float) -> None:
    rows, rng = design(3_000, 12, 0), np.random.default_rng(1)
    truth = rng.random(3_000) < 1 / (1 + np.exp(-strength * (rows[:, 1:] @ rng.normal(size=11) - 0.5)))
    known = LogisticRegression(C=1e3, tol=1e-10, max_iter=10_000).fit(rows[:, 1:], truth)
    chance = known.predict_proba(rows[:, 1:])[:, 1]
    found = propensity(rows, truth)
    assert found.pmse == pytest.approx(np.mean((chance - truth.mean()) ** 2), rel=1e-3)
    assert found.freedom == 11


def test_sides_that_never_meet_and_terms_that_say_the_same() -> None:
    rows = design(400, 6, 2)
    rows[:, 4], rows[:, 5] = rows[:, 3], 0
    truth = rows[:, 1] > 0
    found = propensity(rows, truth)
    assert found.freedom == 3
    assert found.pmse == pytest.approx(truth.mean() * (1 - truth.mean()), rel=5e-3)


def test_a_bootstrap_gives_one_and_a_holdout_two(
    table: Callable[..., Table], people: Callable[..., pl.DataFrame]
) -> None:
    """20 seeds of about 40 terms: the error of the mean is about 0.06 and 0.11, three of which are allowed."""
    found = []
    for seed in range(20):
        frame = people(2_000, seed)
        train, rng = frame[:1_000], np.random.default_rng(seed)
        given = case(table(train), table(train[rng.integers(0, 1_000, 1_000)]), table(frame[1_000:]), seed=seed)
        measure = spmse.on(given)
        found.append((measure.value, measure.ceiling))
    bootstrap, holdout = np.mean(found, axis=0)
    assert bootstrap == pytest.approx(1, abs=0.18)
    assert holdout == pytest.approx(2, abs=0.33)


def test_the_null_of_an_independent_sample() -> None:
    """1 / n + 1 / r - 1 / N against 1 / n + 1 / r."""
    assert independent(1_000, 1_000) == 2
    assert independent(10_000, 5_000, 0.25) == pytest.approx((1 / 5_000 + 1 / 10_000) / (1 / 5_000 + 0.75 / 10_000))
    assert independent(10_000, 5_000, 0.0) == 1


def test_relations_are_seen_where_columns_are_right(
    trio: tuple[Table, Table], shuffle: Callable[..., pl.DataFrame]
) -> None:
    train, holdout = trio
    found = spmse(train, Table(shuffle(train.frame), schema=train.schema), holdout)
    assert (found.low or 0) > 10 > 3 > (found.ceiling or 9)
    assert found.value == pytest.approx(found.floor, rel=0.15)
    assert found.parts["main"]["value"] < 4
    assert found.parts["columns"] == 6


def test_few_rows_and_nothing_to_tell(table: Callable[..., Table]) -> None:
    assert "too few" in spmse(table({"a": range(9)}), table({"a": range(9)})).note
    same = table({"a": ["x"] * 200})
    assert spmse(same, same).value is None
    assert "varies" in spmse(same, same).note
