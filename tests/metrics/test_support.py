"""Precision, recall and their kin against brute force, and on clouds with known answers."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.kernels.points import Points
from understudy.metrics.support import Cloud, agreement, compared, precision, recall


def some(rows: int, seed: int, shift: float = 0.0) -> Points:
    rng = np.random.default_rng(seed)
    return Points.of(np.clip(rng.random((3, rows)) * 0.7 + shift, 0, 1), rng.integers(0, 3, (2, rows)))


def gaps(rows: Points, others: Points) -> np.ndarray:
    first, second = (each.place.T.astype(int) for each in (rows, others))
    steps = np.minimum(np.abs(first[:, None] - second[None]), rows.unit)
    return np.where(rows.levels, (first[:, None] != second[None]) * rows.unit, steps).sum(axis=2)


def brute(real: Points, fake: Points, k: int = 5) -> dict[str, float]:
    within, across, inside = gaps(real, real), gaps(fake, real), gaps(fake, fake)
    radius = np.array([np.sort(np.delete(row, i))[k - 1] for i, row in enumerate(within)])
    nearest = np.array([np.delete(row, i).min() for i, row in enumerate(within)])
    reach = np.array([np.sort(np.delete(row, i))[k - 1] for i, row in enumerate(inside)])
    home = across.argmin(axis=1)
    far, own = across.min(axis=1), nearest[home]
    depth = within.sum(axis=1) / (len(real) - 1)
    levels = np.linspace(0, 1, 31)
    shares = [(across.mean(axis=1) <= np.quantile(depth, each, method="inverted_cdf")).mean() for each in levels]
    core, guest = inside.sum(axis=1) / (len(fake) - 1), across.argmin(axis=0)
    close = across.min(axis=0) <= radius
    held = [(close & (core[guest] <= np.quantile(core, each, method="inverted_cdf"))).mean() for each in levels]
    return {
        "precision": (across <= radius).any(axis=1).mean(),
        "density": (across <= radius).sum() / k / len(fake),
        "recall": (across <= reach[:, None]).any(axis=0).mean(),
        "coverage": close.mean(),
        "authenticity": (far > own).mean() + (far == own).mean() / 2,
        "alpha_precision": 1 - np.abs(np.array(shares) - levels).sum() / levels.sum(),
        "beta_recall": 1 - np.abs(np.array(held) - levels).sum() / levels.sum(),
    }


@pytest.mark.parametrize(("rows", "others"), [(40, 40), (150, 30), (9, 300)])
def test_brute_force_with_unequal_sides(rows: int, others: int) -> None:
    real, fake = some(rows, 0), some(others, 1, 0.15)
    assert compared(Cloud.of(real), Cloud.of(fake)) == pytest.approx(brute(real, fake), abs=1e-12)


def test_agreement_by_hand() -> None:
    levels = np.linspace(0, 1, 31)
    assert agreement(np.arange(3_000.0), np.arange(3_000.0)) == pytest.approx(1, abs=1e-3)
    assert agreement(np.arange(9.0), np.full(4, 99.0)) == 0
    assert agreement(np.arange(9.0), np.zeros(4)) == pytest.approx(1 - (1 - levels).sum() / levels.sum())


def test_two_samples_of_one_population_cover_as_many_as_theory_says() -> None:
    """Naeem et al. 2020: 1 - the chance that the five nearest of all are real = 1 - 1/2⁵ for equal sides."""
    found = [compared(Cloud.of(some(600, 2 * seed)), Cloud.of(some(600, 2 * seed + 1))) for seed in range(6)]
    assert np.mean([each["coverage"] for each in found]) == pytest.approx(1 - 0.5**5, abs=0.012)
    assert np.mean([each["density"] for each in found]) == pytest.approx(1, abs=0.03)


def test_fresh_rows_on_a_line_are_as_authentic_as_theory_says() -> None:
    """A point is the nearest of its nearest with chance 2/3 on a line, and only then is it not authentic."""
    rng = np.random.default_rng(0)
    sides = [Points.of(rng.random((1, 1_500)), np.empty((0, 1_500), dtype=np.int64)) for _ in range(2)]
    assert compared(*(Cloud.of(side) for side in sides))["authenticity"] == pytest.approx(1 / 3, abs=0.04)


def test_a_copy_is_not_authentic_and_a_collapse_not_diverse() -> None:
    real = some(400, 0)
    copy = compared(Cloud.of(real), Cloud.of(real))
    assert copy["precision"] == copy["recall"] == copy["coverage"] == 1
    assert copy["authenticity"] < 0.01
    few = compared(Cloud.of(real), Cloud.of(Points(np.repeat(real.place[:, :4], 100, axis=1), real.levels, real.unit)))
    assert few["precision"] == 1
    assert few["recall"] < 0.05
    assert few["coverage"] < 0.1


def test_a_rescaled_column_is_seen(trio: tuple[Table, Table]) -> None:
    train, holdout = trio
    moved = Table(train.frame.with_columns(pl.col("pay") * 50 + 1000), schema=train.schema)
    found = precision(train, moved, holdout)
    assert (found.high or 1) < (found.ceiling or 0) - 0.1
    assert recall(train, moved, holdout).parts["coverage"]["high"] < 0.9


def test_a_shuffle_is_off_and_real_rows_are_at_the_ceiling(
    trio: tuple[Table, Table], table: Callable[..., Table], people: Callable[..., pl.DataFrame]
) -> None:
    train, holdout = trio
    found = precision(train, table(people(4_000, 9)), holdout)
    assert (found.low or 1) - 0.01 <= (found.ceiling or 0) <= (found.high or 0) + 0.01
    assert found.floor is not None
    assert found.floor < 0.4
    for name in ("density", "alpha_precision", "authenticity"):
        assert found.parts[name]["value"] == pytest.approx(found.parts[name]["ceiling"], abs=0.04)


def test_too_few_rows(table: Callable[..., Table]) -> None:
    assert "too few" in recall(table({"a": range(9)}), table({"a": range(9)})).note
