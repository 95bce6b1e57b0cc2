"""Singling out: predicates by brute force, equal chances by counting every division, doses."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.metrics import singling
from understudy.metrics.singling import (
    TOP,
    Lookup,
    _isolating,
    _joint,
    _shares,
    _single,
    _trials,
    _variance,
    singling_out,
)

NUMERIC = np.array([True, True, False, False])


def drawn(seed: int, rows: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1, 7, (4, rows)).astype(np.int32)


def fits(states: np.ndarray, predicate: tuple[tuple[int, int, int], ...]) -> list[int]:
    return [
        row
        for row in range(states.shape[1])
        if all(low <= states[column, row] <= high for column, low, high in predicate)
    ]


INTERVALS = st.tuples(st.integers(0, 3), st.integers(-1, 6), st.integers(-1, 8)).map(
    lambda each: (each[0], each[1], TOP if each[2] == 8 else each[2])
)


@given(st.integers(0, 99), st.integers(1, 60), st.lists(INTERVALS, min_size=1, max_size=4))
def test_rows_are_found_by_intervals(seed: int, rows: int, intervals: list[tuple[int, int, int]]) -> None:
    states, predicate = drawn(seed, rows), tuple(intervals)
    assert sorted(Lookup.of(states).fitting(predicate)) == fits(states, predicate)


@pytest.mark.parametrize("said", [_single, _joint])
def test_predicates_fit_one_row_and_none_is_there_twice(said: Callable) -> None:
    for seed in range(20):
        states = drawn(seed, 25)
        found = _isolating(Lookup.of(states), said(Lookup.of(states), np.random.default_rng(seed), NUMERIC), 40)
        assert len(set(found)) == len(found) <= 40
        assert all(len(fits(states, predicate)) == 1 for predicate in found)


def test_what_is_said_of_one_column() -> None:
    states = np.array([[-1, 0, 2, 2, 5], [3, 3, 4, 4, 4]], dtype=np.int32)
    found = _isolating(Lookup.of(states), _single(Lookup.of(states), np.random.default_rng(0), NUMERIC[1:3]), 40)
    assert set(found) == {((0, 0, 0),), ((0, 5, TOP),), ((0, 5, 5),), ((0, -1, -1),)}


def test_what_is_said_of_several_columns() -> None:
    states = np.array([[0, 1, 2, 3, -1], [9, 8, 7, 6, 5], [1, 1, 0, 0, -1]], dtype=np.int32)
    stream = _joint(Lookup.of(states), np.random.default_rng(0), NUMERIC[:3])
    assert {next(stream) for _ in range(200)} == {
        ((0, 0, 0), (1, 9, TOP), (2, 1, 1)),
        ((0, 0, 1), (1, 8, TOP), (2, 1, 1)),
        ((0, 2, TOP), (1, 7, TOP), (2, 0, 0)),
        ((0, 3, TOP), (1, 0, 6), (2, 0, 0)),
        ((0, -1, -1), (1, 0, 5), (2, -1, -1)),
    }


@pytest.mark.parametrize(("training", "unseen"), [(6, 2), (4, 4), (2, 6), (7, 1)])
@pytest.mark.parametrize("common", range(1, 9))
def test_over_all_divisions_unseen_rows_are_singled_out_as_often(training: int, unseen: int, common: int) -> None:
    """The control has no bias, whatever the sizes and however common the predicate is."""
    found = []
    for chosen in combinations(range(training + unseen), training):
        inside = np.zeros(100, dtype=int)
        inside[0] = sum(row < common for row in chosen)
        found.append(_shares(inside, np.where(np.arange(100) == 0, common - inside, 0), (training, unseen)))
    won, expected = np.mean(found, axis=0)
    assert won == pytest.approx(expected)


def test_the_variance_is_that_of_random_divisions() -> None:
    """Predicates that fit one row each: hits are hypergeometric; those that fit the same row move together."""
    sizes, rows = (300, 100), [np.array([row]) for row in range(100)]
    apart, together = (_variance(each, sizes, np.random.default_rng(0)) for each in (rows, [rows[0]] * 100))
    exact = 100 * 0.75 * 0.25 * (300 / 399) * 4**2
    assert apart == pytest.approx(exact, rel=0.25)
    assert together / apart == pytest.approx(100 / (300 / 399), rel=0.3)
    assert _variance([], sizes, np.random.default_rng(0)) == 0
    assert _trials(100, (300, 100), 0.5, together) == pytest.approx(2 * 0.25 * 100**2 / together)
    assert _trials(100, (300, 100), 0.5, 0.0) == 50


@pytest.mark.parametrize("training", [500, 1_600])
def test_the_risk_rises_with_the_dose(
    training: int, table: Callable[..., Table], people: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(singling, "PREDICATES", 400)
    monkeypatch.setattr(singling, "NAIVE", 10)
    frame = people(2 * training + 400, 5)
    train, fresh, holdout = frame[:training], frame[training:-400], frame[-400:]
    found = []
    for dose in (0.0, 0.25, 0.5, 1.0):
        copied = int(dose * training)
        found.append(singling_out(table(train), table(pl.concat([train[:copied], fresh[copied:]])), table(holdout)))
    values, ps = zip(*((each.value, each.parts["p"]) for each in found), strict=True)
    assert ps[0] > 0.01
    assert max(ps[1:]) < 0.002
    assert values == pytest.approx((0, 0.25, 0.5, 1), abs=0.12)


def test_guesses_that_count_are_guesses_that_were_made(table: Callable[..., Table]) -> None:
    few = table({"a": [1, 2, 2, 2], "b": ["x", "y", "y", "y"]})
    measure = singling_out(few, few, few)
    assert measure.parts["by"]["one column"]["trials"] == 2
    assert measure.parts["by"]["several columns"]["trials"] == 1
    none = singling_out(few, table({"a": [2, 2], "b": ["y", "y"]}), few)
    assert none.value is None
    assert "no predicate" in none.note


def test_a_value_that_one_training_row_has_is_not_to_be_repeated(table: Callable[..., Table]) -> None:
    """Independent columns that repeat real values give these away; drawn from others they do not."""
    rng = np.random.default_rng(0)
    first, second, third = (pl.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)}) for _ in range(3))
    for source, unsafe in ((first, True), (second, False)):
        mixed = source.select(pl.col("a").shuffle(seed=1), pl.col("b").shuffle(seed=2))
        by = singling_out(table(first), table(mixed), table(third)).parts["by"]
        assert (by["one column"]["p"] < 0.001) == unsafe
        assert by["several columns"]["p"] > 0.01
