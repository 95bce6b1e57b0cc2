"""One common size for every score."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.sizes import common, draws, interval, mean, plain, referenced, student


def numbers(count: int, start: int = 0) -> dict[str, range]:
    return {"a": range(start, start + count)}


@pytest.mark.parametrize(
    ("real", "synthetic", "holdout", "size"),
    [(90, 90, 10, 10), (90, 5, 10, 5), (90, 60, None, 30), (2, 2, 1, 1), (1, 1, None, 1), (5, 90, 10, 5)],
)
def test_the_common_size(
    real: int, synthetic: int, holdout: int | None, size: int, table: Callable[..., Table]
) -> None:
    last = None if holdout is None else table(numbers(holdout))
    assert common(case(table(numbers(real)), table(numbers(synthetic)), last)) == size


def test_draws_are_of_the_common_size_and_disjoint(table: Callable[..., Table]) -> None:
    given = case(table(numbers(100)), table(numbers(80, 100)), table(numbers(20, 200)), seed=3)
    for draw in draws(given):
        assert draw.holdout is not None
        assert {len(side) for side in (draw.real, draw.synthetic, draw.holdout, draw.independent)} == {20}
        assert not set(draw.real.numbers[:, 0]) & set(draw.independent.numbers[:, 0])
        assert set(draw.synthetic.numbers[:, 0]) <= set(range(100, 180))


def test_draws_depend_on_the_seed_alone(table: Callable[..., Table]) -> None:
    def first(seed: int) -> list[float]:
        given = case(table(numbers(100)), table(numbers(80)), seed=seed)
        return next(draws(given)).real.numbers[:, 0].tolist()

    assert first(1) == first(1) != first(2)


def test_intervals() -> None:
    assert mean([None, 1.0, 2.0]) == 1.5
    assert mean([None]) is None
    assert interval([0.5]) == (None, None)
    assert interval([0.5, 0.5]) == (0.5, 0.5)
    assert interval([0.0, 1.0]) == (0.0, 1.0)
    assert plain(np.nan) is None
    assert student(8) == pytest.approx(2.306, abs=0.005)


def test_the_interval_covers_another_real_half(
    people: Callable[[int, int], pl.DataFrame], table: Callable[..., Table]
) -> None:
    """95 % of the ceilings of stand-ins that are real data lie in the interval: at most 6 of 40 miss."""
    missed = 0
    for seed in range(40):
        frame = people(900, seed)
        given = case(table(frame[:400]), table(frame[400:800]), table(frame[800:]), seed=seed)
        known = referenced(given, lambda real, other: 0.5 + np.nanmean(real.numbers[:, 0] - other.numbers[:, 0]) / 100)
        missed += not known["low"] <= known["ceiling"] <= known["high"]
    assert missed <= 6


def test_no_interval_where_every_draw_is_the_same(table: Callable[..., Table]) -> None:
    given = case(table(numbers(10)), table(numbers(10)), table(numbers(10)))
    known = referenced(given, lambda real, other: 0.5)
    assert known["low"] is None
    assert known["value"] == 0.5
