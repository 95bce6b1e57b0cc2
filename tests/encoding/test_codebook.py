"""Codebooks: a table as codes and back; the ledger of what protection took; nothing rare comes out."""

import json
from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from understudy.data.schema import Column, Schema
from understudy.encoding import codebook
from understudy.encoding.codebook import Codebook


def table(rows: int = 3000, seed: int = 0) -> tuple[pl.DataFrame, Schema]:
    rng = np.random.default_rng(seed)
    gap = rng.random(rows) < 0.1
    frame = pl.DataFrame(
        {
            "whole": rng.integers(0, 50, rows),
            "price": pl.Series(np.where(gap, np.nan, rng.lognormal(3, 1, rows).round(2))).fill_nan(None),
            "word": rng.choice(["a", "b", "c"], rows),
            "flag": rng.random(rows) < 0.5,
            "day": pl.Series(rng.integers(0, 20_000, rows)).cast(pl.Int32).cast(pl.Date),
            "stamp": pl.Series(rng.integers(0, 10**15, rows)).cast(pl.Datetime("us", "Europe/Berlin")),
            "clock": pl.Series(rng.integers(0, 86_400, rows) * 10**9).cast(pl.Time),
            "one": ["same"] * rows,
            "none": pl.Series([None] * rows, dtype=pl.Float64),
            "name": [f"person {n}" for n in range(rows)],
            "🙂 self.x": rng.normal(size=rows),
        }
    )
    kinds = [
        "integer",
        "decimal",
        "categorical",
        "boolean",
        "date",
        "datetime",
        "time",
        "constant",
        "decimal",
        "text",
        "decimal",
    ]
    columns = [
        Column(name, kind, decimals=2 if name == "price" else None)  # type: ignore[arg-type]
        for name, kind in zip(frame.columns, kinds, strict=True)
    ]
    return frame, Schema(tuple(columns))


def test_a_table_comes_back_typed_and_in_order() -> None:
    frame, schema = table()
    before = frame.clone()
    book = codebook.fit(frame, schema, invented=["name"])
    codes = book.encode(frame)
    out = book.decode(codes, np.random.default_rng(0))
    assert frame.equals(before)
    assert out.columns == frame.columns
    for name in frame.columns:
        if name not in ("none", "name"):
            assert out[name].dtype == frame[name].dtype
        assert (out[name].is_null() == frame[name].is_null()).all()
    for name in ("whole", "word", "flag", "one"):
        assert out[name].equals(frame[name])
    again = book.encode(out.with_columns(frame["name"]))
    assert np.array_equal(again.coarse, codes.coarse)
    assert np.array_equal(again.fine, codes.fine)


def test_the_same_generator_gives_the_same_table() -> None:
    frame, schema = table()
    book = codebook.fit(frame, schema)
    codes = book.encode(frame)
    first, second, other = (book.decode(codes, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.equals(second)
    assert not first.equals(other)


def test_the_codes_of_a_column_do_not_depend_on_its_neighbours() -> None:
    frame, schema = table()
    names = frame.columns[::-1]
    book, turned = codebook.fit(frame, schema), codebook.fit(frame.select(names), schema.keep(names))
    codes, others = book.encode(frame), turned.encode(frame)
    for place, name in enumerate(frame.columns):
        assert np.array_equal(codes.cells(place), others.cells(turned.place(name)))


def test_state_holds_everything() -> None:
    frame, schema = table()
    book = codebook.fit(frame, schema, invented=["name"])
    plain, arrays = book.state()
    again = Codebook.restore(json.loads(json.dumps(plain)), arrays)
    codes = book.encode(frame)
    assert np.array_equal(again.encode(frame).coarse, codes.coarse)
    assert again.decode(codes, np.random.default_rng(0)).equals(book.decode(codes, np.random.default_rng(0)))
    assert again.lost() == book.lost()


def test_more_than_ten_columns_keep_their_arrays_apart() -> None:
    frame = pl.DataFrame({f"c{n}": [n] * 20 + [n + 1] * 20 for n in range(25)})
    book = codebook.fit(frame, Schema(tuple(Column(name, "integer") for name in frame.columns)))
    again = Codebook.restore(*book.state())
    assert again.decode(again.encode(frame), np.random.default_rng(0)).equals(frame)


def test_the_ledger_counts_what_was_taken() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "rare": ["a"] * 90 + [f"odd {n}" for n in range(5)] * 2,
            "tail": rng.normal(size=100),
            "gap": [0.0] * 50 + [1.0] * 47 + [0.4] * 3,
            "few": [1.5] * 3 + [None] * 97,
            "fine": [1] * 100,
        }
    )
    kinds = {"rare": "categorical", "tail": "decimal", "gap": "decimal", "few": "decimal", "fine": "integer"}
    book = codebook.fit(frame, Schema(tuple(Column(name, kind) for name, kind in kinds.items())))  # type: ignore[arg-type]
    lost = {(entry["column"], entry["what"]): (entry["rows"], entry["values"]) for entry in book.lost()}
    assert lost.pop(("rare", "merged")) == (10, 5)
    assert lost.pop(("tail", "clipped")) == (14, None)
    assert lost.pop(("gap", "snapped")) == (3, None)
    assert lost.pop(("few", "dropped"))[0] is None
    assert lost == {}
    assert all(set(entry) == {"column", "what", "rows", "values", "text"} for entry in book.lost())


def test_exempt_columns_lose_nothing() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": np.r_[rng.normal(size=20_000), 1e6], "c": ["a"] * 20_000 + ["unique"]})
    schema = Schema((Column("x", "decimal"), Column("c", "categorical")))
    book = codebook.fit(frame, schema, exempt=["x", "c"])
    assert book.lost() == []
    out = book.decode(book.encode(frame), rng)
    assert out.equals(frame)


def test_extents_are_words_for_every_kind() -> None:
    frame = pl.DataFrame(
        {"n": [1, 5] * 20, "d": [date(1000, 1, 1), date(9999, 12, 31)] * 20, "t": [datetime(2020, 1, 1)] * 40}
    )
    schema = Schema((Column("n", "integer"), Column("d", "date"), Column("t", "datetime")))
    book = codebook.fit(frame, schema)
    assert book.columns["n"].extent == "1 to 5"
    assert book.columns["d"].extent == "1000-01-01 to 9999-12-31"
    assert book.columns["t"].extent.startswith("2020-01-01 00:00:00")


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_tables_of_next_to_nothing(rows: int) -> None:
    frame, schema = table(rows=max(rows, 1))
    frame = frame.head(rows)
    book = codebook.fit(frame, schema)
    out = book.decode(book.encode(frame), np.random.default_rng(0))
    assert out.height == rows
    assert out.drop("none").null_count().sum_horizontal().item() >= 0
    real = {str(value) for name in ("word", "name", "price") for value in frame[name].drop_nulls()}
    made = {str(value) for name in ("word", "name", "price") for value in out[name].drop_nulls() if value is not True}
    assert not real & made
