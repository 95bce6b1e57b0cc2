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
    twins = Twins.of(blocks, 1, 4.0, 0.5)
    assert twins.nearest.tolist() == [0, 0, 2, 7]
    assert twins(np.array([0.0, 1.9, 2.0, 8.0])).tolist() == [0.5, 0.5, 0.75, 1.0]
    assert Twins.of(blocks, 1, 4.0, 1.5)(np.array([0.0])).tolist() == [0.75]
    assert twins.most(0.0) == pytest.approx((2 + 2 / np.e) / 4)
    alone = Twins.of(blocks, 1, 10.0, 1.0)
    assert alone(np.array([0.0])).tolist() == [0]
    assert alone.most(0.0) > 0.5


def test_the_chance_that_real_rows_hide_a_twin() -> None:
    """Pairs are Poisson; whatever the rate, a row's twin while no pair is seen is no likelier than said."""
    rows = 500
    rates = np.linspace(0, 0.1, 10_001)
    said = Twins(np.ones(rows), 1.0).most(0.0)
    assert said >= (rates * np.exp(-rates * rows / 2)).max() * (1 - 1e-9)
    assert said == pytest.approx((rates * np.exp(-rates * rows / 2)).max(), rel=1e-4)


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
    assert sum(p < 0.001 for p in found) >= 8
