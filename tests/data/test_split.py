"""A split is a partition; entities never straddle it, time orders it, and the seed decides it."""

import datetime as dt
from collections import Counter

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.files import read
from understudy.data.split import split, split_rows
from understudy.data.table import Table
from understudy.errors import ArgumentError, TooFewRows, UnderstudyError, UnknownColumn

shares = st.floats(0.01, 0.99)
keys = st.lists(st.none() | st.integers(0, 8), min_size=2, max_size=60)
laws = settings(max_examples=100, deadline=None)


def table(**columns: list) -> Table:
    return Table(pl.DataFrame(columns, strict=False))


def checked(train: np.ndarray, aside: np.ndarray, rows: int) -> None:
    """Both parts hold rows, in order, and every row is in one of them."""
    assert len(train)
    assert len(aside)
    assert sorted([*train, *aside]) == list(range(rows))
    assert (np.diff(train) > 0).all()
    assert (np.diff(aside) > 0).all()


@laws
@given(st.integers(2, 300), shares, st.integers(0, 2**64))
def test_by_row(rows: int, share: float, seed: int) -> None:
    one = table(a=list(range(rows)))
    train, aside = split_rows(one, share, seed=seed)
    checked(train, aside, rows)
    assert abs(len(aside) - share * rows) <= 1
    again = split_rows(one, share, seed=seed)
    assert (again[1] == aside).all()


@laws
@given(keys, shares, st.integers(0, 99))
def test_by_entity(names: list, share: float, seed: int) -> None:
    rows = len(names)
    units = Counter(names[row] if names[row] is not None else f"lone {row}" for row in range(rows))
    one = table(who=names)
    if len(units) < 2:
        with pytest.raises(TooFewRows, match="one entity only"):
            split_rows(one, share, "who", seed=seed)
        return
    train, aside = split_rows(one, share, "who", seed=seed)
    checked(train, aside, rows)
    assert not {names[row] for row in train} & {names[row] for row in aside} - {None}
    fitting = [many for many in units.values() if many < 2 * share * rows]
    room = max(fitting, default=min(units.values()))
    if sum(fitting) >= share * rows:
        assert abs(len(aside) - share * rows) <= room
    else:
        assert len(aside) <= share * rows + room


@laws
@given(keys, shares)
def test_by_time(times: list, share: float) -> None:
    rows = len(times)
    one = table(when=times)
    if len(set(times)) < 2:
        with pytest.raises(TooFewRows, match="one time only"):
            split_rows(one, share, time="when")
        return
    train, aside = split_rows(one, share, time="when")
    checked(train, aside, rows)
    first = min(times[row] for row in aside)
    assert all(times[row] is None or times[row] < first for row in train)
    cuts = [sum(each is not None and each >= cut for each in times) for cut in set(times) - {None}]
    nearest = min(abs(cut - share * rows) for cut in cuts if cut < rows)
    assert abs(len(aside) - share * rows) == pytest.approx(nearest)


@laws
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=60), shares)
def test_by_entity_and_time(rows: list, share: float) -> None:
    who, when = [row[0] for row in rows], [row[1] for row in rows]
    begins = {name: min(time for each, time in rows if each == name) for name in who}
    one = table(who=who, when=when)
    if len(set(begins.values())) < 2:
        with pytest.raises(TooFewRows):
            split_rows(one, share, "who", "when")
        return
    train, aside = split_rows(one, share, "who", "when")
    checked(train, aside, len(rows))
    assert max(begins[who[row]] for row in train) < min(begins[who[row]] for row in aside)


def test_rows_are_chosen_evenly() -> None:
    """Each of 20 rows is set aside in a tenth of 4 000 splits: 400, sd 19; five sd allowed."""
    one = table(a=list(range(20)))
    counts = np.zeros(20)
    for seed in range(4000):
        counts[split_rows(one, 0.1, seed=seed)[1]] += 1
    assert abs(counts - 400).max() < 95


def test_a_giant_entity_is_not_set_aside() -> None:
    one = table(who=[0] * 80 + list(range(1, 21)))
    for seed in range(20):
        aside = split_rows(one, 0.1, "who", seed=seed)[1]
        assert len(aside) == 10
        assert aside.min() >= 80


def test_default_shares() -> None:
    assert [len(part) for part in split(table(a=list(range(1000))))] == [800, 200]
    assert [len(part) for part in split(table(a=list(range(10_000))))] == [9000, 1000]


@pytest.mark.parametrize(
    "as_frame", [pl.DataFrame, pd.DataFrame, pa.table, lambda columns: Table(pl.DataFrame(columns))]
)
def test_the_callers_kind_comes_back(as_frame) -> None:
    frame = as_frame({"a": list(range(50)), "b": ["x", "y"] * 25})
    train, aside = split(frame, 0.2, seed=3)
    assert type(train) is type(aside) is type(frame)
    assert (len(train), len(aside)) == (40, 10)
    expected = split_rows(table(a=list(range(50))), 0.2, seed=3)[1]
    found = aside.frame["a"] if isinstance(aside, Table) else aside["a"]
    assert list(np.asarray(found)) == list(expected)


def test_text_times_are_read_before_they_are_ordered(tmp_path) -> None:
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=17 * step) for step in range(60)]
    order = np.random.default_rng(0).permutation(60)
    path = tmp_path / "t.csv"
    path.write_text("when,n\n" + "".join(f"{days[place]:%d %b %Y},{place}\n" for place in order))
    train, aside = split(str(path), 0.25, time="when")
    assert isinstance(train, Table)
    assert sorted(map(int, aside.frame["n"])) == list(range(45, 60))
    assert train.frame["when"][0] == f"{days[int(train.frame['n'][0])]:%d %b %Y}"
    numbers = read(path)
    assert sorted(map(int, split(numbers, 0.25, time="n")[1].frame["n"])) == list(range(45, 60))


def test_a_column_without_times_is_refused() -> None:
    names = ["north", "south", "east", "west"] * 10
    with pytest.raises(ArgumentError, match="holds no times"):
        split(table(side=names), time="side")


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan"), True, "half", 100])
def test_shares_outside_are_refused(share) -> None:
    with pytest.raises(ArgumentError, match="between 0 and 1") as caught:
        split(table(a=[1, 2]), share)
    assert caught.value.field == "holdout"


@pytest.mark.parametrize("seed", [-1, 1.5, None, True])
def test_seeds_that_are_none(seed) -> None:
    with pytest.raises(ArgumentError, match="seed"):
        split(table(a=[1, 2]), seed=seed)


@pytest.mark.parametrize("rows", [[], [1]])
def test_too_few_rows(rows: list) -> None:
    with pytest.raises(TooFewRows, match="at least two"):
        split(Table(pl.DataFrame({"a": rows})))


@pytest.mark.parametrize("role", ["entity", "time"])
def test_unknown_columns_are_met_with_the_nearest(role: str) -> None:
    with pytest.raises(UnknownColumn, match="did you mean 'customer'") as caught:
        split(table(customer=[1, 2]), **{role: "custmer"})
    assert caught.value.field == role
    assert isinstance(caught.value, UnderstudyError)
