"""What ranges leave of a column's cells: the values written lie in them, and the shares count the grid."""

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.encoding import categorical, numeric
from understudy.encoding.pieces import disjoint, outside

K = 8
ROWS = 600
START = datetime(2020, 1, 1)


def column(kind: str, seed: int, missing: bool) -> tuple[pl.Series, int | None]:
    """A column of 600 values and its decimals."""
    rng = np.random.default_rng(seed)
    number = rng.integers(0, 3000, ROWS)
    values = {
        "integer": pl.Series(number),
        "rounded": pl.Series(np.where(rng.random(ROWS) < 0.6, number // 100 * 100, number)),
        "by five": pl.Series(number * 5),
        "large": pl.Series(number + 2**62),
        "unsigned": pl.Series(number.astype(np.uint64) + np.uint64(2**63)),
        "price": pl.Series(np.round(rng.gamma(2.0, 40.0, ROWS), 2)),
        "float": pl.Series(rng.normal(size=ROWS)),
        "zeros": pl.Series(np.where(rng.random(ROWS) < 0.5, 0.0, np.round(rng.normal(0, 30, ROWS), 1))),
        "date": pl.Series([START.date() + timedelta(days=int(each)) for each in number]),
        "datetime": pl.Series([START + timedelta(minutes=17 * int(each)) for each in number]),
        "time": pl.Series([time(int(each) % 24, int(each) % 60) for each in number]),
    }[kind]
    decimals = {"price": 2, "zeros": 1}.get(kind)
    return (values.set(pl.Series(rng.random(ROWS) < 0.2), None) if missing else values), decimals


KINDS = ("integer", "rounded", "by five", "large", "unsigned", "price", "float", "zeros", "date", "datetime", "time")


def inside(values: pl.Series, low: Any, high: Any) -> pl.Series:
    above = values.is_not_null() if low is None else values >= low
    return above & (values.is_not_null() if high is None else values <= high)


@given(st.sampled_from(KINDS), st.integers(0, 50), st.booleans(), st.data())
@settings(deadline=None, max_examples=250)
def test_values_of_a_part_lie_in_its_ranges_and_no_others_do(kind: str, seed: int, missing: bool, data: Any) -> None:
    values, decimals = column(kind, seed, missing)
    code = numeric.fit(values, decimals, K)
    known = values.drop_nulls().sort()
    ends = [known[data.draw(st.integers(0, len(known) - 1))] for _ in range(2)]
    low, high = data.draw(st.sampled_from([(min(ends), max(ends)), (min(ends), None), (None, max(ends))]))
    gone, besides = data.draw(st.booleans()), data.draw(st.booleans())
    part = code.part([(low, high)], gone, besides)
    assert ((part.share >= 0) & (part.share <= 1)).all()
    cell = np.repeat(np.flatnonzero(part.share), 40)
    rng = np.random.default_rng(seed)
    made = code.decode(cell, rng.random(len(cell)), part)
    assert made.dtype == values.dtype
    there = made.drop_nulls()
    assert (inside(there, low, high) != besides).all()
    assert made.null_count() == 40 * (gone and missing)
    left = np.setdiff1d(np.arange(code.domain.cells), cell)
    others = code.decode(np.repeat(left, 40), rng.random(40 * len(left)))
    assert (inside(others.drop_nulls(), low, high) == besides).all()


@pytest.mark.parametrize("kind", ["integer", "rounded", "price", "large", "datetime"])
def test_shares_and_values_are_those_of_the_cells_values_that_lie_there(kind: str) -> None:
    """By drawing from whole cells and keeping what lies in the range: 20 000 a cell, 4.5 errors are 0.016 at most."""
    values, decimals = column(kind, 3, False)
    code = numeric.fit(values, decimals, K)
    known = values.sort()
    low, high = known[70], known[430]
    part, n = code.part([(low, high)], False), 20_000
    rng = np.random.default_rng(0)
    for cell in np.flatnonzero((part.share > 0) & (part.share < 1)):
        free = code.decode(np.full(n, cell), rng.random(n))
        kept = free.filter(inside(free, low, high))
        assert len(kept) / n == pytest.approx(part.share[cell], abs=0.016)
        made = code.decode(np.full(n, cell), rng.random(n), part).to_physical().cast(pl.Float64)
        wanted = kept.to_physical().cast(pl.Float64)
        grid = np.union1d(made.unique(), wanted.unique())
        both = [np.searchsorted(np.sort(each), grid, side="right") / len(each) for each in (made, wanted)]
        assert np.abs(both[0] - both[1]).max() < 2.2 * np.sqrt(1 / n + 1 / max(len(kept), 1))
    assert 0 < ((part.share > 0) & (part.share < 1)).sum() <= 2


def test_several_ranges_in_one_cell_are_drawn_by_their_widths() -> None:
    code = numeric.fit(pl.Series(np.arange(10_000)), None, K)
    assert code.cells is not None
    low = int(code.cells.low[5])
    part = code.part([(low, low), (low + 2, low + 4), (low + 3, low + 5)], False)
    width = int(code.cells.high[5]) - low + 1
    assert part.share[5] == pytest.approx(5 / width)
    made = code.decode(np.full(50_000, 5), np.random.default_rng(0).random(50_000), part).to_numpy() - low
    assert np.bincount(made, minlength=6) / 50_000 == pytest.approx([0.2, 0, 0.2, 0.2, 0.2, 0.2], abs=0.01)


def test_bounds_between_two_values_of_the_grid_take_no_more_than_lies_between() -> None:
    code = numeric.fit(pl.Series(np.arange(3000) / 10), 1, K)
    rng = np.random.default_rng(0)
    for low, high in ((0.70000000001, 0.9), (0.7, 0.89999999999), (0.1 + 0.2, 0.6), (17, 17.05), (-1e300, 0.1)):
        part = code.part([(low, high)], False)
        cell = np.repeat(np.flatnonzero(part.share), 200)
        made = code.decode(cell, rng.random(len(cell)), part)
        assert made.is_between(low, high).all()
        wanted = {each / 10 for each in range(3000) if low <= each / 10 <= high}
        assert len(set(made) - wanted) == 0
    assert code.part([(-np.inf, np.inf)], False).share.min() == 1
    assert not code.part([(0.71, 0.79)], False).share.any()
    assert not code.part([(5, 4)], False).share.any()


@pytest.mark.parametrize("end", ["x", True, float("nan"), None, date(2020, 1, 1)])
def test_ends_of_another_kind_are_refused(end: Any) -> None:
    code = numeric.fit(pl.Series(np.arange(300)), None, K)
    if end is None:
        assert code.part([(None, None)], False).share.min() == 1
        return
    with pytest.raises(TypeError):
        code.part([(end, 40)], False)


def test_dates_take_whole_days_and_their_columns_own_kind() -> None:
    code = numeric.fit(column("date", 0, False)[0], None, K)
    with pytest.raises((TypeError, pl.exceptions.PolarsError)):
        code.part([(datetime(2020, 5, 1, 12), None)], False)
    with pytest.raises((TypeError, pl.exceptions.PolarsError)):
        code.part([(5, None)], False)
    assert code.part([(datetime(2020, 5, 1), None)], False).share.any()


def test_a_column_that_writes_nothing_has_no_part() -> None:
    code = numeric.fit(pl.Series([1, None, 2]), None, K)
    assert code.part([(0, 5)], True).share.tolist() == [1.0]
    assert code.part([(0, 5)], False).share.tolist() == [0.0]


def test_parts_of_categories() -> None:
    values = pl.Series(["a"] * 30 + ["b"] * 20 + ["c"] * 10 + ["rare"] + [None] * 5)
    code = categorical.fit(values, K)
    cells = {name: code.locate(name) for name in ("a", "b", "c", None)}
    for ranges, missing, besides, left in [
        ([("a", "a")], False, False, {"a"}),
        ([("a", "a"), ("c", "c")], True, False, {"a", "c", None}),
        ([("a", "a")], False, True, {"b", "c"}),
        ([], True, False, {None}),
    ]:
        share = code.part(ranges, missing, besides).share
        assert set(np.flatnonzero(share)) == {cells[name] for name in left}
    there = code.part([], False, True).share
    assert there.tolist() == [0.0] + [1.0] * (code.domain.cells - 1), "the bucket of rare levels is present too"
    with pytest.raises(TypeError, match="order"):
        code.part([("a", "b")], False)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6))
def test_ranges_and_what_they_leave_are_all_there_is(ranges: list) -> None:
    joined = disjoint(ranges)
    left = outside(joined, 0, 30)
    covered = [tick for low, high in joined + left for tick in range(low, high + 1)]
    assert sorted(covered) == list(range(31))
    assert {tick for low, high in joined for tick in range(low, high + 1)} == {
        tick for low, high in ranges for tick in range(low, high + 1)
    }
