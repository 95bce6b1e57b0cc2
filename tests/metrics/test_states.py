"""Cells as few states."""

from collections.abc import Callable

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.states import cuts, states


def coded(real: list, other: list, bins: int, table: Callable[..., Table]) -> tuple[list[int], list[int]]:
    given = states(case(table({"a": real}), table({"a": other})), bins)
    return given.real.codes[:, 0].tolist(), given.synthetic.codes[:, 0].tolist()


def test_numbers_are_cut_at_real_quantiles(table: Callable[..., Table]) -> None:
    real, other = coded(list(range(100)), [-5, 0, 24, 25, 50, 75, 999, None], 4, table)
    assert np.bincount(real).tolist() == [0, 25, 25, 25, 25]
    assert sorted(other) == [0, 1, 1, 1, 2, 3, 4, 4]


def test_a_frequent_value_is_a_state_of_its_own(table: Callable[..., Table]) -> None:
    real, other = coded([0.0] * 80 + [float(each) for each in range(1, 21)], [-1.0, 0.0, 0.5, 1.0, 40.0], 10, table)
    assert np.bincount(real).tolist() == [0, 0, 80, 10, 10]
    assert other == [1, 2, 3, 3, 4]


def test_a_constant_is_told_from_all_else(table: Callable[..., Table]) -> None:
    assert coded([7.0] * 5, [6.0, 7.0, 7.001], 10, table) == ([2] * 5, [1, 2, 3])


def test_levels_by_frequency_and_the_others(table: Callable[..., Table]) -> None:
    real, other = coded([*"cccbba", None], ["a", "b", "c", "new", None], 3, table)
    assert sorted(real) == [0, 1, 1, 1, 2, 2, 3]
    assert sorted(other) == [0, 1, 2, 3, 3]


def test_an_unseen_level_never_passes_for_a_real_one(table: Callable[..., Table]) -> None:
    real, other = coded([*"ab"], ["z", "y"], 10, table)
    assert not set(real) & set(other)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60), st.integers(2, 12))
def test_never_more_states_than_bins_and_none_swallows_two_shares(values: list[float], bins: int) -> None:
    column = np.array(values) + 0.0
    edges = cuts(column, bins)
    assert len(edges) < bins
    assert (np.diff(edges) > 0).all()
    place = np.searchsorted(edges, column, side="left")
    for state in set(place.tolist()):
        inside = column[place == state]
        assert len(inside) <= 2 * len(column) / bins + 1 or len(set(inside.tolist())) <= np.ceil(len(column) / bins) + 1


def test_order_is_kept_and_nothing_is_shared(table: Callable[..., Table], people: Callable[..., pl.DataFrame]) -> None:
    given = case(table(people(200, 0)), table(people(90, 1)), table(people(50, 2)))
    given.once(len_of)
    found = states(given, 10)
    assert (len(found.real), len(found.synthetic), len(found.holdout or ())) == (200, 90, 50)
    assert found.real.codes.shape == (200, len(given.columns))
    assert found.real.codes.max() <= 10
    assert (found.real.codes == 0).sum() == given.real.nulls().sum()
    assert not found._done
    kept = states(given, 10, keep_numbers=True)
    assert kept.real.numbers is given.real.numbers
    assert kept.real.codes.shape == (200, len(given.discrete))


def len_of(given: object) -> int:
    return 1
