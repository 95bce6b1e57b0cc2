"""Associations of columns with known answers."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm, rankdata

from understudy.data.table import Table
from understudy.metrics.structure import cramer, normal_scores, ratio, spectra, structure


def test_normal_scores_are_those_of_scipy_and_keep_gaps() -> None:
    values = np.array([3.0, np.nan, 1.0, 1.0, 9.0])
    expected = norm.ppf((rankdata([3, 1, 1, 9]) - 0.5) / 4)
    found = normal_scores(values)
    assert found[[0, 2, 3, 4]] == pytest.approx(expected)
    assert np.isnan(found[1])
    assert normal_scores(np.exp(values)) == pytest.approx(found, nan_ok=True)


def test_the_correlation_ratio_by_hand() -> None:
    """Groups (1, 3), (5, 7): between 16 of 20, corrected 1 - (4 / 20) (3 / 2) = 0.7."""
    assert ratio(np.array([1.0, 3, 5, 7, np.nan]), np.array([1, 1, 2, 2, 2])) == pytest.approx(np.sqrt(0.7))
    assert ratio(np.array([1.0, 1, 5, 5]), np.array([0, 0, 3, 3])) == 1
    assert ratio(np.array([1.0, 3, 5]), np.array([1, 1, 1])) == 0
    assert ratio(np.array([2.0, 2, 2, 2]), np.array([0, 0, 1, 1])) == 0


def test_cramers_v_by_hand() -> None:
    """φ² = 1 on two by two of 4 rows: less 1/3, over 2 - 1/3 - 1 = 2/3."""
    assert cramer(np.array([0, 0, 1, 1]), np.array([5, 5, 2, 2])) == pytest.approx(1)
    assert cramer(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])) == 0
    assert cramer(np.array([0, 0, 0, 0]), np.array([0, 1, 0, 1])) == 0
    rng = np.random.default_rng(0)
    chance = [cramer(*rng.integers(0, 8, (2, 200))) for _ in range(100)]
    assert np.mean(np.square(chance)) < 0.005


def test_spectra_by_hand() -> None:
    """Eigenvalues 0.2, 1.8 and 0.7, 1.3: shares differ by 0.25 twice, of which a half counts."""
    first, second = (np.array([[1, r], [r, 1]]) for r in (0.8, 0.3))
    assert spectra(first, second) == pytest.approx((0.75, 0), abs=1e-4)
    turned = spectra(first, np.array([[1, -0.8], [-0.8, 1]]))
    assert turned == pytest.approx((1, 90), abs=1e-4)


def test_three_kinds_of_pairs(table: Callable[..., Table]) -> None:
    """A stand-in without relations loses the strength of each pair: 1 - its mean."""
    rng = np.random.default_rng(0)
    level = rng.integers(0, 2, 4_000)
    number = level * 10 + rng.normal(size=4_000)
    real = pl.DataFrame({"c": level.astype(str), "d": level.astype(str), "n": number, "m": -number})
    alone = real.select(pl.col(name).shuffle(seed=place) for place, name in enumerate(real.columns))
    found = structure(table(real), table(alone))
    strength = ratio(normal_scores(number), level)
    assert strength == pytest.approx(0.8, abs=0.01)
    assert found.parts["full"] == pytest.approx(1 - (1 + 1 + 4 * strength) / 6, abs=0.02)
    turned = structure(table(real), table(real.with_columns(-pl.col("m"))))
    assert turned.parts["worst"][0] == {"columns": ["m", "n"], "real": pytest.approx(-1), "synthetic": pytest.approx(1)}


def test_real_rows_reach_the_ceiling_and_a_shuffle_the_floor(
    trio: tuple[Table, Table], shuffle: Callable[..., pl.DataFrame], table: Callable, people: Callable
) -> None:
    train, holdout = trio
    fresh = structure(train, table(people(4_000, 9)), holdout)
    assert fresh.value == pytest.approx(fresh.ceiling, abs=0.015)
    loose = structure(train, Table(shuffle(train.frame), schema=train.schema), holdout)
    assert (loose.high or 1) < (loose.ceiling or 0)
    assert loose.value == pytest.approx(loose.floor, abs=0.03)
    assert loose.parts["angle"]["value"] > 20 > 8 > loose.parts["angle"]["ceiling"]


def test_a_single_column_has_no_structure(table: Callable[..., Table]) -> None:
    assert "two columns" in structure(table({"a": [1, 2, 3]}), table({"a": [1, 2, 3]})).note
