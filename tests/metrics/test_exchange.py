"""Exchange: p-values by counting every division, and not too small under chance, far out in the tail too."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.metrics.attack import advantage, shares
from understudy.metrics.exchange import fisher, often, permuted
from understudy.metrics.guessing import compared

TAIL = 0.0045
"""Where the correction for eleven attacks looks."""


def divisions(values: list[float], inside: int) -> float:
    """The share of divisions whose sum inside is at least that of the first values."""
    sums = [sum(chosen) for chosen in combinations(values, inside)]
    return float(np.mean([each >= sum(values[:inside]) - 1e-9 for each in sums]))


@given(st.lists(st.integers(0, 1), min_size=2, max_size=10), st.data())
def test_of_two_values_every_division_is_counted(values: list[int], data: st.DataObject) -> None:
    inside = data.draw(st.integers(1, len(values) - 1))
    known = np.array(values, dtype=bool)
    assert permuted(known[:inside], known[inside:]) == pytest.approx(
        divisions([float(each) for each in values], inside)
    )


@settings(max_examples=30)
@given(st.lists(st.integers(0, 5), min_size=4, max_size=9), st.data())
def test_of_few_values_divisions_are_drawn(values: list[int], data: st.DataObject) -> None:
    """Ten draws as high end it: their number is known to a third, or to four errors of 2 000 draws."""
    inside = data.draw(st.integers(1, len(values) - 1))
    found = permuted(np.array(values[:inside]) / 5, np.array(values[inside:]) / 5)
    exact = divisions([each / 5 for each in values], inside)
    assert exact / 4 - 0.002 < found < 4 * exact + 0.002


def test_of_many_values_the_rank_sum_is_normal() -> None:
    """Mann and Whitney's statistic of 30 and 40 values without ties, by its textbook mean and variance."""
    values = np.random.default_rng(0).permutation(70) + 1.0
    z = (values[:30].sum() - 30 * 71 / 2) / np.sqrt(30 * 40 * 71 / 12)
    from scipy.stats import norm

    assert permuted(values[:30], values[30:]) == pytest.approx(norm.sf(z))


def test_draws_end_where_ten_are_as_high() -> None:
    looked = iter([0.0, 1.0] * 100)
    assert often(looked, 1.0) == 10 / 20
    assert len(list(looked)) == 180
    assert often([0.0] * 99, 1.0, 99) == 1 / 100
    assert often([1.0] * 9 + [0.0] * 90, 1.0, 99) == 10 / 100
    assert often([1.0 - 1e-12] * 10, 1.0) == 1


def test_drawn_p_values_are_valid_at_every_level() -> None:
    """A value among others of its law: P(p <= level) <= level within four standard errors of 4 000."""
    rng = np.random.default_rng(0)
    found = np.array([often(iter(rng.random(400)), rng.random(), 399) for _ in range(4_000)])
    for level in (0.1, 0.05, 0.01, 0.0045):
        assert np.mean(found <= level) < level + 4 * np.sqrt(level / 4_000)


def honest_shares(rng: np.random.Generator, rate: float) -> float:
    hits = rng.binomial(2_000, rate), rng.binomial(1_000, rate)
    return shares("privacy.x", hits[0], 2_000, hits[1], 1_000, "", {}).parts["p"]


def honest_guesses(rng: np.random.Generator, rate: float) -> float:
    """Five guesses about each target, of which some are easy for all five."""
    easy = rng.random(900) < rate
    found = (rng.random((900, 5)) < np.where(easy, 0.9, rate)[:, None]).mean(axis=1)
    return compared("privacy.x", found[:600], found[600:]).parts["p"]


def honest_scores(rng: np.random.Generator, rate: float) -> float:
    """Scores of which most are tied, the others skewed."""
    scores = np.where(rng.random(600) < rate, rng.exponential(size=600), 0.0)
    return advantage("privacy.x", scores[:500], scores[500:], "", {}).parts["p"]


@pytest.mark.parametrize("honest", [honest_shares, honest_guesses, honest_scores])
@pytest.mark.parametrize("rate", [0.003, 0.1])
def test_where_nothing_is_won_p_is_not_too_small(
    honest: Callable[[np.random.Generator, float], float], rate: float
) -> None:
    """At 5 % and far out, rare hits or not: at most four standard errors of 1 000 tables above the level."""
    rng = np.random.default_rng(1)
    found = np.array([honest(rng, rate) for _ in range(1_000)])
    for level in (0.05, TAIL):
        assert np.mean(found <= level) < level + 4 * np.sqrt(level / 1_000)


@pytest.mark.parametrize("honest", [honest_shares, honest_guesses, honest_scores])
def test_nor_is_it_too_large(honest: Callable[[np.random.Generator, float], float]) -> None:
    rng = np.random.default_rng(2)
    assert np.mean([honest(rng, 0.3) <= 0.05 for _ in range(400)]) > 0.02


def test_what_nobody_or_everybody_wins_says_nothing() -> None:
    assert fisher(0, 5, 0, 7) == fisher(5, 5, 7, 7) == 1
    assert permuted(np.ones(3), np.ones(1)) == 1
    assert fisher(2, 2, 0, 8) == pytest.approx(1 / 45)
