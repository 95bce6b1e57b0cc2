"""Twins: real rows that agree though nobody copied them."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.outliers import membership_outliers
from understudy.metrics.twins import Twins

MakeTable = Callable[..., Table]
ROWS, HELD = 1_000, 500


def test_rows_alone_but_for_one_are_counted() -> None:
    """Of five rows four are alone but for one, whose distance counts; the last has two that are near."""
    blocks = np.array([[9.0, 0.0, 5.0], [9.0, 6.0, 2.0], [4.0, 7.0, 7.0], [9.0, 8.0, 0.0], [1.0, 0.0, 9.0]])
    twins = Twins.of(blocks, 1, 4.0, np.array([3.0, 1.0]), 1.0)
    assert twins.nearest.tolist() == [0, 0, 2, 7]
    assert twins.rows == 4 / 2 + 2
    assert twins.count(np.array([0.0, 1.0, 2.0, 8.0])).tolist() == [1, 2, 3, 4]
    assert twins.rate == pytest.approx((1 + 1) / 4)
    assert Twins.of(blocks, 1, 4.0, np.ones(2), 0.5).rows == 4 / 2 / 0.5 + 2
    alone = Twins.of(blocks, 1, 10.0, np.zeros(0), 1.0)
    assert (alone.rows, alone.rate) == (0, 1)


def test_the_chance_of_a_twin_by_hand() -> None:
    """Eighteen honest rows beside two targets: a twin is a target's with a chance of 2/20, or one of two is."""
    twins = Twins(np.repeat([1.0, 9.0], [2, 14]), np.full(10, 5.0), 1.0)
    places = np.array([2, 2, 1])
    assert twins.first(places, np.array([0.0, 1.0, 0.0])) == pytest.approx([0.1, (1 - 0.9**2) * 1.5, 1 / 19])
    assert twins.many(1, 2, 0.0) == pytest.approx(0.1)
    assert twins.many(2, 2, 1.0) == pytest.approx(3 * 0.1**2 * 0.9 + 0.1**3)


@pytest.mark.parametrize("mean", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("level", [0.05, 0.005])
def test_twins_at_any_rate_are_seldom_unlikely(mean: float, level: float) -> None:
    """Pairs among 2 000 rows and twins of 200 targets at one rate, at distances of one law: p is a p-value.

    Of 20 000 tables, with a tolerance of four standard errors, and where pairs are several of a third more: the
    distance that is looked at is the best of some.
    """
    rng, rows, found = np.random.default_rng(0), 2_000, []
    for pairs, few in zip(rng.poisson(mean, 20_000), rng.poisson(mean * 200 / (rows / 2), 20_000), strict=True):
        if few:
            nearest = np.full(rows, np.inf)
            nearest[: 2 * pairs] = np.sort(np.repeat(rng.random(pairs), 2))
            twins = Twins(nearest, np.zeros(0), 1.0)
            found.append(twins.first(rng.integers(1, 201, few), rng.random(few)).min())
    share = np.sum(np.array(found) <= level) / 20_000
    assert share < level * (1 if mean <= 1 else 4 / 3) + 4 * np.sqrt(level / 20_000)


def twinned(seed: int, share: float) -> list[pl.DataFrame]:
    """Training rows, unseen rows and a holdout, of a population in which a share of the rows is there twice."""
    rng, rows = np.random.default_rng(seed), 2 * ROWS + HELD
    values = rng.standard_t(4, (rows, 6)) @ np.random.default_rng(9).normal(size=(6, 6))
    pairs = round(share * rows / 2)
    values[:pairs] = values[pairs : 2 * pairs]
    frame = pl.DataFrame(rng.permutation(values), schema=[f"n{i}" for i in range(6)])
    return [frame[:ROWS], frame[ROWS : 2 * ROWS], frame[2 * ROWS :]]


@pytest.mark.parametrize("share", [0.004, 0.016])
def test_twins_are_not_taken_for_copies(share: float, table: MakeTable) -> None:
    """Of 60 honest stand-ins more than six would be flagged in 3 % of runs if one in twenty were."""
    found = [membership_outliers(*map(table, twinned(seed, share)), seed=seed) for seed in range(60)]
    assert sum(each.parts["p"] < 0.05 for each in found) <= 6


def test_copies_among_twins_are_found(table: MakeTable) -> None:
    """Ten of the twenty rows that stand most alone, where one row in 250 has a twin."""
    found = []
    for seed in range(10):
        train, fresh, holdout = twinned(seed, 0.004)
        values = train.to_numpy() / train.to_numpy().std(axis=0)
        alone = np.sort(np.abs(values[:, None] - values).sum(axis=2), axis=1)[:, 1]
        fake = pl.concat([train[np.argsort(-alone)[:20:2].tolist()], fresh[10:]])
        found.append(membership_outliers(*map(table, (train, fake, holdout)), seed=seed).parts["p"])
    assert max(found) < 0.05
    assert sum(p < 0.0045 for p in found) >= 8
