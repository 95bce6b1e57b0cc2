"""Pictures: every bar stands on at least k real rows, no value of few rows is named, and bars add up."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.schema import Column, Schema
from understudy.data.table import Table
from understudy.reports.pictures import Picture, levels, picture, pictures

NUMBERS = st.lists(st.one_of(st.none(), st.integers(-(10**12), 10**12), st.integers(0, 5)), min_size=1, max_size=120)
INSTANTS = st.lists(
    st.one_of(st.none(), st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31))), min_size=1, max_size=120
)
LEVELS = st.lists(st.one_of(st.none(), st.sampled_from("abcdefghijklmnopqrstuvwxyz")), min_size=1, max_size=200)


def drawn(kind: str, real: pl.Series, synthetic: pl.Series | None = None, k: int = 8) -> Picture:
    return picture(Column("x", kind), real, real if synthetic is None else synthetic, k)


def stands(shown: Picture, real: pl.Series, k: int) -> None:
    there = real.drop_nulls().len()
    assert (shown.axis == "hidden") == (there < k)
    for bar in shown.bars:
        # shares are rounded to four digits
        assert bar.real * there >= k - 1e-4 * there
    if shown.bars:
        assert sum(bar.real for bar in shown.bars) == pytest.approx(1, abs=1e-3)
        assert sum(bar.synthetic for bar in shown.bars) == pytest.approx(1, abs=1e-3)
    absent = len(real) - there
    hidden = 0 < absent < k or 0 < there < k
    assert shown.missing_real == (None if hidden else round(absent / len(real), 4))


@settings(max_examples=60, deadline=None)
@given(NUMBERS, st.sampled_from(["integer", "decimal"]), st.sampled_from([1, 3, 8]))
def test_no_bar_of_numbers_stands_on_few_rows(cells: list[int | None], kind: str, k: int) -> None:
    real = pl.Series("x", cells, dtype=pl.Int64 if kind == "integer" else pl.Float64)
    stands(drawn(kind, real, k=k), real, k)


@settings(max_examples=60, deadline=None)
@given(INSTANTS, st.sampled_from(["date", "datetime", "time"]), st.sampled_from([1, 3, 8]))
def test_no_bar_of_times_stands_on_few_rows(cells: list[dt.datetime | None], kind: str, k: int) -> None:
    dtype = {"date": pl.Date, "datetime": pl.Datetime("us"), "time": pl.Time}[kind]
    real = pl.Series("x", cells, dtype=pl.Datetime("us"))
    real = real.dt.time() if kind == "time" else real.cast(dtype)
    stands(drawn(kind, real, k=k), real, k)


@settings(max_examples=60, deadline=None)
@given(LEVELS, st.sampled_from([1, 3, 8]))
def test_no_category_of_few_rows_is_named(cells: list[str | None], k: int) -> None:
    real = pl.Series("x", cells, dtype=pl.String)
    shown = drawn("categorical", real, k=k)
    stands(shown, real, k)
    counts = dict(real.drop_nulls().value_counts().iter_rows())
    for bar in shown.bars:
        assert bar.label.startswith("other (") or counts[bar.label] >= k


def test_bars_hold_what_they_say() -> None:
    rng = np.random.Generator(np.random.Philox(0))
    real = pl.Series("x", rng.integers(0, 100, 5000))
    for bar in drawn("integer", real).bars:
        low, _, high = bar.label.partition(" to ")
        if high:
            assert bar.real == pytest.approx(real.is_between(int(low), int(high), closed="left").mean(), abs=1e-4)


def test_a_rare_extreme_is_not_shown() -> None:
    real = pl.Series("x", [*range(1000), 987654321])
    assert not any("987" in bar.label + bar.tick for bar in drawn("integer", real).bars)
    assert drawn("integer", real).bars[-1].label.endswith("and more")


def test_a_frequent_zero_stands_apart() -> None:
    shown = drawn("decimal", pl.Series("x", [0.0] * 500 + [float(each) for each in range(1, 501)]))
    assert shown.bars[0].label == "exactly 0"
    assert shown.bars[0].real == 0.5
    assert sum(bar.real for bar in shown.bars) == pytest.approx(1)


def test_a_heavy_tail_is_cut_by_1_2_5() -> None:
    rng = np.random.Generator(np.random.Philox(1))
    shown = drawn("decimal", pl.Series("x", rng.lognormal(5, 2.5, 4000)))
    assert {"100", "200", "500", "1000"} <= {bar.tick for bar in shown.bars}


def test_months_are_cut_at_their_first_day() -> None:
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=each) for each in range(366)]
    shown = drawn("date", pl.Series("x", days * 3))
    assert [bar.tick for bar in shown.bars][1:4] == ["2020-02", "2020-03", "2020-04"]
    assert shown.bars[1].label == "2020-02"
    assert shown.bars[1].real == pytest.approx(29 / 366, abs=1e-4)


def test_strange_synthetic_levels_are_pooled_unnamed() -> None:
    bars = levels(pl.Series(["a"] * 90 + ["b"] * 10), pl.Series(["a"] * 50 + ["secret"] * 50), 8)
    assert [bar.label for bar in bars] == ["a", "b", "not in the real data"]
    assert bars[-1].synthetic == 0.5


def test_a_rare_rest_takes_a_frequent_level_with_it() -> None:
    bars = levels(pl.Series(["a"] * 90 + ["b"] * 10 + ["c"]), pl.Series(["a"]), 8)
    assert [(bar.label, bar.real) for bar in bars] == [
        ("a", round(90 / 101, 4)),
        ("other (2 levels)", round(11 / 101, 4)),
    ]


def test_a_few_missing_rows_are_not_counted() -> None:
    assert drawn("integer", pl.Series("x", [1] * 50 + [None] * 3)).missing_real is None
    assert drawn("integer", pl.Series("x", [1] * 50 + [None] * 30)).missing_real == 0.375
    assert drawn("integer", pl.Series("x", [1] * 50)).missing_real == 0


def test_keys_texts_personal_and_generated_columns_show_nothing() -> None:
    schema = Schema(
        (
            Column("key", "integer"),
            Column("note", "text"),
            Column("code", "id"),
            Column("mail", "categorical", semantic="email"),
            Column("owner", "categorical"),
            Column("made", "integer"),
            Column("open", "integer"),
        ),
        primary_key="key",
        entity="owner",
    )
    frame = pl.DataFrame({name: [1] * 20 if name in ("key", "made", "open") else ["v"] * 20 for name in schema.names})
    table = Table(frame, schema=schema)
    shown = {each.name: each for each in pictures(table, table, hidden={"made"})}
    assert [name for name, each in shown.items() if each.bars] == ["open"]
    assert shown["made"].note == "generated afresh"
    assert shown["mail"].note == "personal: email"


def test_no_synthetic_cells_and_no_real_cells() -> None:
    empty = pl.Series("x", [None, None], dtype=pl.Int64)
    assert drawn("integer", pl.Series("x", [1] * 9), empty).bars[0].synthetic == 0
    assert drawn("integer", empty, pl.Series("x", [1] * 9)).axis == "hidden"


@pytest.mark.parametrize("value", [0, 7, -3.5e9, 1e-7, 2**63])
def test_a_constant_is_one_bar(value: float) -> None:
    shown = drawn("decimal", pl.Series("x", [float(value)] * 30))
    assert len(shown.bars) == 1
    assert shown.bars[0].real == 1
