from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.schema import Column, Schema
from understudy.encoding import codebook, numeric
from understudy.encoding.anchors import Earlier, anchor_of
from understudy.encoding.codebook import Codebook
from understudy.encoding.numeric import Numeric
from understudy.encoding.relative import Relative

K = 8
STAY = Schema((Column("arrival", "date"), Column("departure", "date"), Column("born", "date")))


def stays(rows: int, seed: int, missing: float = 0.0) -> pl.DataFrame:
    """Departures one to ten days after arrivals, and a date that has nothing to do with either."""
    rng = np.random.default_rng(seed)
    arrival = rng.integers(18_000, 19_000, rows)
    departure = arrival + rng.integers(1, 11, rows)
    columns = {"arrival": arrival, "departure": departure, "born": rng.integers(0, 10_000, rows)}
    frame = pl.DataFrame(columns).select(pl.all().cast(pl.Int32).cast(pl.Date))
    gone = pl.Series(rng.random(rows) < missing)
    return frame.with_columns(frame["departure"].set(gone, None))


@given(st.integers(100, 800), st.integers(0, 10**6), st.sampled_from([0.0, 0.2]))
@settings(deadline=None, max_examples=25)
def test_order_and_distance_hold_in_every_row(rows: int, seed: int, missing: float) -> None:
    frame = stays(rows, seed, missing)
    book = codebook.fit(frame, STAY, k=K)
    assert isinstance(book.columns["departure"], Relative)
    assert isinstance(book.columns["born"], Numeric)
    drawn = book.decode(book.encode(frame), np.random.default_rng(seed))
    nights = (drawn["departure"] - drawn["arrival"]).dt.total_days()
    assert nights.drop_nulls().is_between(1, 10).all()
    assert drawn["departure"].is_null().equals(frame["departure"].is_null())
    known = frame["departure"].drop_nulls().sort()
    gaps = book.columns["departure"].gap.cells
    assert gaps is not None
    assert (nights.filter(drawn["departure"] > known[-K]) == gaps.low[0]).all()
    assert (nights.filter(drawn["departure"] < known[K - 1]) == gaps.high[-1]).all()


def test_it_comes_back_from_its_state() -> None:
    frame = stays(500, 1, 0.1)
    book = codebook.fit(frame, STAY, k=K)
    again = Codebook.restore(*book.state())
    first, second = (each.decode(each.encode(frame), np.random.default_rng(0)) for each in (book, again))
    assert first.equals(second)


def test_values_that_are_fixed_take_the_others_with_them() -> None:
    frame = stays(500, 2)
    book = codebook.fit(frame, STAY, k=K)
    day = pl.Series("arrival", [date(2020, 2, 2)] * 500)
    drawn = book.decode(book.encode(frame), np.random.default_rng(0), {"arrival": day})
    assert (drawn["departure"] - day).dt.total_days().is_between(1, 10).all()


def test_zoned_moments_keep_their_zone() -> None:
    start = datetime(2024, 3, 30, 12)
    begun = pl.Series("begun", [start + timedelta(hours=7 * hour) for hour in range(400)]).dt.replace_time_zone("UTC")
    ended = (begun + pl.Series([timedelta(minutes=15 * (each % 9)) for each in range(400)])).alias("ended")
    frame = pl.DataFrame([begun, ended]).select(pl.all().dt.convert_time_zone("Europe/Berlin"))
    schema = Schema((Column("begun", "datetime"), Column("ended", "datetime")))
    book = codebook.fit(frame, schema, k=K)
    assert isinstance(book.columns["ended"], Relative)
    drawn = book.decode(book.encode(frame), np.random.default_rng(0))
    assert drawn.schema == frame.schema
    minutes = (drawn["ended"] - drawn["begun"]).dt.total_minutes()
    assert set(minutes) <= {15 * each for each in range(9)}


def found(values: pl.Series, *earlier: pl.Series, way: int = 0) -> pl.Series | None:
    anchor = anchor_of(values, [Earlier(each, 0, way) for each in earlier], numeric.fit(values, 0, K))
    return None if anchor is None else anchor.values


def test_what_is_no_anchor() -> None:
    frame = stays(300, 3)
    arrival, departure, born = frame["arrival"], frame["departure"], frame["born"]
    assert found(departure, born, arrival) is arrival
    assert found(born, arrival, departure) is None
    assert found(departure) is None
    holed = arrival.set(pl.Series([True] + [False] * 299), None)
    assert found(departure, holed) is None
    assert found(departure.cast(pl.Datetime("us")), arrival) is None
    numbers, same = pl.Series("n", range(300)), pl.Series("m", range(300))
    assert found(numbers, same) is None
    assert found(numbers, same, way=1) is same


@pytest.mark.parametrize("rows", [3, 10, 15])
def test_too_few_rows_are_coded_alone(rows: int) -> None:
    assert not isinstance(codebook.fit(stays(rows, 4), STAY, k=K).columns["departure"], Relative)
