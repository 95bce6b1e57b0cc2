"""Who is compared by what: levels, rare ones, quartiles, and which outcome is positive."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.metrics.case import Case, case
from understudy.metrics.groups import Groups, Outcome, compared, cut, groups_of, outcome_of

Make = Callable[..., Table]


def asked(table: Make, real: Any, synthetic: Any = None, target: str | None = "y", protected: str = "a") -> Case:
    return case(table(real), table(real if synthetic is None else synthetic), target=target, protected=protected)


def known(found: Groups | str) -> Groups:
    assert isinstance(found, Groups), found
    return found


def outcome(found: Outcome | str) -> Outcome:
    assert isinstance(found, Outcome), found
    return found


def test_rare_levels_are_gathered_and_missing_ones_stand_aside(table: Make) -> None:
    real = {"a": ["p"] * 40 + ["q"] * 30 + ["r"] * 15 + ["s"] * 8 + [None] * 7, "y": [0, 1] * 50}
    given = asked(table, real)
    found = known(groups_of(given))
    assert (found.labels, found.others, found.lost) == (("p", "q", "all others"), 2, ())
    assert np.bincount(found.of(given.real) + 1).tolist() == [7, 40, 30, 23]
    assert found.shares(given.real) == pytest.approx([40 / 93, 30 / 93, 23 / 93])


def test_a_level_the_stand_in_lost_is_said(table: Make) -> None:
    real = {"a": ["p"] * 40 + ["q"] * 40 + ["r"] * 20, "y": [0, 1] * 50}
    synthetic = {"a": ["p"] * 50 + ["q"] * 48 + ["r"] * 2, "y": [0, 1] * 50}
    found = known(groups_of(asked(table, real, synthetic)))
    assert (found.labels, found.others, found.lost) == (("p", "q"), 1, ("r",))


def test_a_level_only_the_stand_in_has_is_no_group(table: Make) -> None:
    real = {"a": ["p"] * 40 + ["q"] * 40, "y": [0, 1] * 40}
    given = asked(table, real, {"a": ["p"] * 40 + ["q"] * 20 + ["new"] * 20, "y": [0, 1] * 40})
    found = known(groups_of(given))
    assert found.labels == ("p", "q")
    assert (found.of(given.synthetic) == -1).sum() == 20


def test_no_more_than_twenty_groups(table: Make) -> None:
    levels = [f"v{each:02}" for each in range(50) for _ in range(20 + each)]
    found = known(groups_of(asked(table, {"a": levels, "y": np.arange(len(levels)) % 2})))
    assert found.labels == (*(f"v{each}" for each in range(31, 50)), "all others")
    assert found.others == 31


@pytest.mark.parametrize(
    ("values", "labels", "counts"),
    [
        (range(100), ("up to quartile 1", "quartile 1 to 2", "quartile 2 to 3", "above quartile 3"), [25] * 4),
        ([*[0] * 52, *range(1, 49)], ("up to quartile 2", "quartile 2 to 3", "above quartile 3"), [52, 23, 25]),
        ([*range(48), *[99] * 52], ("up to quartile 1", "quartile 1 to 3", "above quartile 3"), [25, 23, 52]),
        ([*[3] * 70, *[1] * 30], ("1", "3"), [30, 70]),
        ([date(2020, 1, 1) + timedelta(days=each) for each in range(100)], None, [25] * 4),
    ],
)
def test_numbers_are_cut_at_their_quartiles_unless_they_are_few(
    values: Any, labels: tuple[str, ...] | None, counts: list[int], table: Make
) -> None:
    given = asked(table, {"a": list(values), "y": [0, 1] * 50})
    found = known(groups_of(given))
    assert labels is None or found.labels == labels
    assert np.bincount(found.of(given.real)).tolist() == counts


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=40), st.floats(0.01, 0.99))
def test_a_cut_leaves_values_on_both_sides(values: list[int], share: float) -> None:
    column = np.array(values, dtype=float)
    if len(set(values)) < 2:
        return
    edge = cut(column, share)
    assert 0 < (column <= edge).sum() < len(column)
    # no more lie at or below than asked for, up to the ties at the edge
    assert (column < edge).mean() < share


def test_flipped_rows_differ_in_the_group_alone(table: Make) -> None:
    real = {"a": [*range(50), *[7] * 50], "b": ["x", "y"] * 50, "y": [0, 1] * 50}
    for protected in ("a", "b"):
        given = asked(table, real, protected=protected)
        found, before = known(groups_of(given)), given.real.codes.copy()
        for each in range(len(found)):
            flipped = found.flipped(given.real, each)
            assert (found.of(flipped) == each).all()
            other = "codes" if protected == "a" else "numbers"
            assert np.array_equal(getattr(flipped, other)[:, 0], getattr(given.real, other)[:, 0])
        assert np.array_equal(before, given.real.codes)


@pytest.mark.parametrize(
    ("values", "positive", "share"),
    [
        (["no"] * 20 + ["yes"] * 80, "'yes'", 0.8),
        ([True] * 80 + [False] * 20, "'true'", 0.8),
        ([1] * 80 + [0] * 20, "'1'", 0.8),
        (["1"] * 80 + ["2"] * 20, "'2'", 0.2),
        (["b"] * 30 + ["c"] * 70, "'b'", 0.3),
        (["b"] * 50 + ["c"] * 50, "'c'", 0.5),
        (["b"] * 30 + ["c"] * 55 + ["yes"] * 15, "'c'", 0.55),
        (list(range(100)), "above the real median", 0.5),
        ([0] * 10 + [1] * 10 + [5] * 80, "above the real median", 0.8),
        ([0] * 80 + [1] * 10 + [5] * 10, "above the real median", 0.2),
    ],
)
def test_which_outcome_is_positive(values: list[Any], positive: str, share: float, table: Make) -> None:
    given = asked(table, {"y": values, "a": ["p", "q"] * 50})
    found = outcome(outcome_of(given))
    assert found.positive == positive
    assert found.of(given.real).mean() == pytest.approx(share)


def test_rows_without_an_outcome_have_none(table: Make) -> None:
    given = asked(table, {"y": ["b"] * 40 + ["c"] * 50 + [None] * 8 + ["d"] * 2, "a": ["p", "q"] * 50})
    found = outcome(outcome_of(given)).of(given.real)
    assert (np.nansum(found), np.isnan(found).sum()) == (40, 10)


MANY = {"a": ["p", "q"] * 40, "y": [0, 1] * 40, "x": range(80)}


@pytest.mark.parametrize(
    ("real", "protected", "target", "why"),
    [
        (MANY, None, "y", "no protected column was named"),
        (MANY | {"a": ["p"] * 80}, "a", "y", "one value"),
        (MANY | {"a": [3.5] * 80}, "a", "y", "one value"),
        (MANY | {"a": pl.Series([None] * 80, dtype=pl.String)}, "a", "y", "no value"),
        (MANY | {"a": pl.Series([None] * 80, dtype=pl.Float64)}, "a", "y", "no value"),
        (MANY | {"a": ["p"] * 78 + ["q"] * 2}, "a", "y", "fewer than two groups of 'a' have 20"),
        (MANY, "y", "y", "both the protected column and the target"),
        ({"y": ["p", "q"] * 40, "x": [1.5] * 80}, "y", None, "guessed: name another"),
        ({"a": ["p", "q"], "y": [0, 1]}, "a", "y", "fewer than two groups"),
        (MANY | {"y": [1] * 80}, "a", "y", "no judged column can be predicted"),
    ],
)
def test_why_nobody_can_be_compared(
    real: dict[str, Any], protected: str | None, target: str | None, why: str, table: Make
) -> None:
    both = table(real)
    found = compared(case(both, both, both, target=target, protected=protected))
    assert isinstance(found, str)
    assert why in found
