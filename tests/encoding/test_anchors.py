"""Which column numbers are counted from, and the laws of counting them so."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.schema import Column, Schema
from understudy.encoding import codebook
from understudy.encoding.codebook import Codebook
from understudy.encoding.codes import Codes
from understudy.encoding.numeric import Numeric
from understudy.encoding.relative import Relative

UP, STRICT, DOWN = {("a", "b"): False}, {("a", "b"): True}, {("b", "a"): False}


def table(seed: int, rows: int = 600, digits: int | None = 2, way: int = 1, wrong: float = 0.0) -> pl.DataFrame:
    """A number, and another a little above (or below) it, equal in a tenth of the rows; some the wrong way round."""
    rng = np.random.default_rng(seed)
    a = rng.gamma(4, 50, rows)
    gap = np.where(rng.random(rows) < 0.1, 0, rng.exponential(4, rows)) * np.where(rng.random(rows) < wrong, -1, 1)
    a, gap = (a, gap) if digits is None else (np.round(a, digits), np.round(gap, digits))
    b = a + way * gap if digits is None else np.round(a + way * gap, digits)
    return pl.DataFrame({"a": a, "b": b}).cast(pl.Int64 if digits == 0 else pl.Float64)


def book_of(frame: pl.DataFrame, ordered: dict, digits: int | None = 2, k: int = 8) -> Codebook:
    kind = "integer" if digits == 0 else "decimal"
    schema = Schema(tuple(Column(name, kind, decimals=None if digits == 0 else digits) for name in frame.columns))  # type: ignore[arg-type]
    return codebook.fit(frame, schema, k=k, ordered=ordered)


def any_codes(book: Codebook, rows: int, rng: np.random.Generator) -> Codes:
    """Whatever an engine may draw."""
    pairs = [domain.split(rng.integers(0, domain.cells, rows)) for domain in book.domains]
    coarse, fine = (np.array(each) for each in zip(*pairs, strict=True))
    return Codes(coarse, fine, book.domains)


@given(
    st.integers(0, 10**6),
    st.sampled_from([0, 1, 2, None]),
    st.sampled_from([UP, STRICT, DOWN]),
    st.sampled_from([0.0, 0.2]),
    st.sampled_from([0.0, 0.3]),
)
@settings(deadline=None, max_examples=40)
def test_order_holds_whatever_is_drawn(seed: int, digits: int | None, ordered: dict, wrong: float, gone: float) -> None:
    frame = table(seed, digits=digits, way=-1 if ordered is DOWN else 1, wrong=wrong)
    rng = np.random.default_rng(seed)
    frame = frame.with_columns(frame["b"].set(pl.Series(rng.random(600) < gone), None))
    book = book_of(frame, ordered, digits)
    code = book.columns["b"]
    assert isinstance(code, Relative)
    drawn = book.decode(any_codes(book, 2000, rng), rng)
    assert drawn.schema == frame.schema
    apart = (drawn["b"] - drawn["a"]).drop_nulls() * (-1 if ordered is DOWN else 1)
    assert (apart > 0).all() if ordered is STRICT else (apart >= 0).all()
    known = frame["b"].drop_nulls().sort()
    beyond = drawn.filter((pl.col("b") < known[7]) | (pl.col("b") > known[-8]))  # no farther than its anchor takes it
    least, most = (each / 10 ** (digits or 0) for each in code.reach)
    edge = (beyond["b"] - beyond["a"]).to_numpy()
    assert (np.minimum(np.abs(edge - least), np.abs(edge - most)) < 1e-6).all()
    if digits is not None:
        values = drawn["b"].drop_nulls().to_numpy().astype(float)
        assert (values == np.round(values, digits)).all()


@given(st.integers(0, 10**6), st.sampled_from([0, 2, None]))
@settings(deadline=None, max_examples=25)
def test_values_come_back_to_their_cell(seed: int, digits: int | None) -> None:
    frame = table(seed, digits=digits)
    book = book_of(frame, UP, digits)
    codes = book.encode(frame)
    drawn = book.decode(codes, np.random.default_rng(seed))
    known = frame["b"].sort()
    inner = drawn["b"].is_between(known[7], known[-8], closed="none").to_numpy()
    again = book.encode(drawn).cells(1)
    # without a grid the last bit of a sum may fall beside the end of a cell
    assert (np.abs(again - codes.cells(1))[inner] <= (digits is None)).all()


def test_it_comes_back_from_its_state_and_old_files_are_read() -> None:
    for digits in (0, 2, None):
        frame = table(3, digits=digits)
        book = book_of(frame, UP, digits)
        plain, arrays = book.state()
        first, second = (
            each.decode(each.encode(frame), np.random.default_rng(0))
            for each in (book, Codebook.restore(plain, arrays))
        )
        assert first.equals(second)
        assert "digits" in plain["columns"][1]
    days = pl.DataFrame({"a": np.arange(400) * 30, "b": np.arange(400) * 30 + np.arange(400) % 7})
    book = codebook.fit(days.cast(pl.Int32).cast(pl.Date), Schema((Column("a", "date"), Column("b", "date"))))
    assert isinstance(book.columns["b"], Relative)
    assert "digits" not in book.state()[0]["columns"][1]


def kept(frame: pl.DataFrame, ordered: dict, digits: int | None = 2) -> bool:
    return isinstance(book_of(frame, ordered, digits).columns["b"], Relative)


def test_when_it_pays() -> None:
    rng = np.random.default_rng(0)
    tight = table(0, 3000)
    assert kept(tight, UP)
    assert not kept(tight, {})
    holed = tight.with_columns(tight["a"].set(pl.Series([True] + [False] * 2999), None))
    assert not kept(holed, UP)
    a = np.round(rng.gamma(4, 50, 3000), 2)
    loose = pl.DataFrame({"a": a, "b": np.round(a + rng.exponential(300, 3000), 2)})
    assert not kept(loose, UP)
    ties = loose.with_columns(b=pl.when(pl.Series(rng.random(3000) < 0.4)).then("a").otherwise("b"))
    assert kept(ties, UP)
    sale = rng.choice([9.99, 99.99, 199.99, 299.99], 3000)
    prices = tight.with_columns(b=pl.Series(np.where(sale >= a, sale, a)))
    assert not kept(prices.with_columns(a=pl.Series(a)), UP)
    tens = pl.DataFrame({"a": np.round(a), "b": np.ceil((a + rng.exponential(8, 3000)) / 10) * 10}).cast(pl.Int64)
    few = pl.DataFrame({"a": rng.integers(0, 9, 3000)}).with_columns(b=pl.col("a") + rng.integers(0, 3, 3000))
    assert not kept(tens.with_columns(b=pl.col("b") + (rng.random(3000) < 0.2)), UP, 0)
    assert not kept(few, UP, 0)


def test_an_anchor_on_a_finer_grid_is_none() -> None:
    frame = table(1, 2000)
    coarse = frame.with_columns(b=(pl.col("b") + 1).ceil())
    schema = Schema((Column("a", "decimal", decimals=2), Column("b", "decimal", decimals=0)))
    assert isinstance(codebook.fit(coarse, schema, ordered=UP).columns["b"], Numeric)


def test_dates_that_a_rule_orders_never_come_the_wrong_way_round() -> None:
    rng = np.random.default_rng(2)
    begun = rng.integers(15_000, 18_000, 2000)
    ended = begun + np.where(rng.random(2000) < 0.05, -3, rng.integers(0, 9, 2000))
    frame = pl.DataFrame({"a": begun, "b": ended}).cast(pl.Int32).cast(pl.Date)
    schema = Schema((Column("a", "date"), Column("b", "date")))
    for ordered, least in (({}, -3), (UP, 0), (STRICT, 1)):
        book = codebook.fit(frame, schema, ordered=ordered)
        drawn = book.decode(any_codes(book, 5000, rng), rng)
        assert (drawn["b"] - drawn["a"]).dt.total_days().min() == least


@pytest.mark.parametrize("k", [1, 8])
def test_few_rows(k: int) -> None:
    for rows in (2, 9, 15, 40):
        frame = table(5, rows)
        book = book_of(frame, UP, k=k)
        drawn = book.decode(book.encode(frame), np.random.default_rng(0))
        assert drawn.height == rows
