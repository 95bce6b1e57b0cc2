"""Linkability: chance where nothing varies together, doses, two columns."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.guessing import targets
from understudy.metrics.linking import _halves, _linked, linkability


def test_no_split_is_there_twice() -> None:
    rng = np.random.default_rng(0)
    assert _halves([3, 5], rng) in ([([3], [5])], [([5], [3])])
    splits = _halves(list(range(7)), rng)
    assert len(splits) == 5
    assert all(sorted(one + other) == list(range(7)) and len(one) == 3 for one, other in splits)


def test_among_equals_parties_meet_by_chance_alone(table: Callable[..., Table]) -> None:
    """Each level stands on 50 of 200 synthetic rows, so that two guesses meet with a chance of 1 in 50."""
    states = [str(place % 4) for place in range(200)]
    twins = table({"a": states * 4, "b": states * 4})
    given = case(twins, table({"a": states, "b": states}), twins)
    once, often = _linked(given, given.once(targets), ([0], [1]))
    means = [
        _linked(case(twins, given.tables[1], twins, seed=seed), given.once(targets), ([0], [1]))[0].mean()
        for seed in range(60)
    ]
    assert np.mean(means) == pytest.approx(1 / 50, abs=0.03)
    assert (often >= once).all()


def test_a_link_is_right_when_both_find_the_copy(table: Callable[..., Table]) -> None:
    values = np.random.default_rng(0).permutation(np.arange(0, 1, 0.02))
    real = table({"a": values, "b": values})
    given = case(real, real, real)
    assert _linked(given, given.once(targets), ([0], [1]))[0].all()
    turned = case(real, table({"a": values, "b": 0.98 - values}), real)
    assert not _linked(turned, turned.once(targets), ([0], [1]))[0].any()


def test_the_risk_rises_with_the_dose(table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]) -> None:
    frame = people(3_500, 2)
    train, fresh, holdout = frame[:1_500], frame[1_500:3_000], frame[3_000:]
    found = []
    for dose in (0.0, 0.25, 0.5, 1.0):
        copied = int(dose * 1_500)
        found.append(linkability(table(train), table(pl.concat([train[:copied], fresh[copied:]])), table(holdout)))
    values = np.array([each.value for each in found])
    assert found[0].parts["p"] > 0.01
    assert max(each.parts["p"] for each in found[1:]) < 1e-3
    assert values / values[-1] == pytest.approx([0, 0.25, 0.5, 1], abs=0.15)
    assert found[-1].parts["five"]["value"] > found[-1].value
    assert found[-1].parts["splits"]["p"] < 1e-6
    assert found[-1].parts["naive"] == 1 / 1_500


def test_what_cannot_be_linked_says_why(table: Callable[..., Table]) -> None:
    lone = table({"a": [1, 2, 3], "b": ["x", "x", "x"]})
    assert "fewer than two columns" in linkability(lone, lone, lone).note
    assert "no holdout" in linkability(lone, lone).note
