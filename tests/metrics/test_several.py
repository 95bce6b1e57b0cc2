"""Several figures at once are what one alone is."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.case import Grid, case
from understudy.metrics.sizes import expected, interval, referenced, several


def test_a_figure_is_as_if_it_were_alone(table: Callable[..., Table], people: Callable[..., pl.DataFrame]) -> None:
    given = case(table(people(900, 0)[:500]), table(people(400, 1)), table(people(900, 0)[500:700]))

    def gap(real: Grid, other: Grid) -> float:
        return float(1 - abs(np.nanmean(real.numbers[:, 0]) - np.nanmean(other.numbers[:, 0])) / 100)

    found = several(given, lambda real: lambda other: {"a": gap(real, other), "none": None})
    alone = referenced(given, gap)
    assert found["a"].to_dict() == pytest.approx({name: alone[name] for name in found["a"].to_dict()})
    assert found["none"].value is None
    assert found["a"].measure("x.y", {"k": 1}, "note").parts == {"k": 1}


def test_no_holdout_no_ceiling(table: Callable[..., Table], people: Callable[..., pl.DataFrame]) -> None:
    given = case(table(people(50, 0)), table(people(50, 1)))
    assert several(given, lambda real: lambda other: {"a": 0.5})["a"].ceiling is None


def test_intervals_stop_at_the_ends_of_their_scale() -> None:
    assert interval([0.2, 0.9, 0.4], 1.0, (0.0, 1.0)) == pytest.approx(interval([0.2, 0.9, 0.4]))
    low, high = interval([0.2, 0.9, 0.4], 1.0, (-9.0, 9.0))
    assert low is not None
    assert high is not None
    assert low < 0
    assert high > 1
    assert interval([0.2], 1.0, (0, 1)) == (None, None)


def test_draws_that_are_the_whole_of_both_tables_have_no_interval(
    table: Callable[..., Table], people: Callable[..., pl.DataFrame]
) -> None:
    given = case(table(people(50, 0)), table(people(50, 1)), table(people(80, 2)))
    assert expected(given, [0.2, 0.3]) == (None, None)
