"""Columns learned as one: only combinations that enough rows carry, as often as these do, given back cell by cell."""

from collections import Counter
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from understudy.rules.fusion import Fusion, fuse, hidden

TEXTS = st.one_of(st.none(), st.sampled_from(["", "a", "b", "\x1f", "\\", "\\u", "\x00", "a\x1f", "\\0", "^a.*$"]))
NUMBERS = st.one_of(st.none(), st.integers(-2, 2))
FRAMES = st.lists(st.tuples(TEXTS, NUMBERS, st.one_of(st.none(), st.booleans())), min_size=1, max_size=40)


def framed(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"t": pl.String, "n": pl.Int64, "b": pl.Boolean}, orient="row")


@given(FRAMES, st.integers(1, 4))
def test_combinations_are_those_that_k_rows_carry(rows: list[tuple[Any, ...]], k: int) -> None:
    frame = framed(rows)
    often = {each: count for each, count in Counter(rows).items() if count >= k}
    found = fuse(frame, ["t", "n", "b"], k)
    if not often:
        assert found is None
        return
    assert found is not None
    assert dict(zip(found.table.iter_rows(), found.rows.tolist(), strict=True)) == often
    assert found.rows.tolist() == sorted(found.rows.tolist(), reverse=True)
    assert found.table.schema == frame.schema


@given(FRAMES)
def test_a_level_stands_for_its_combination_and_for_no_other(rows: list[tuple[Any, ...]]) -> None:
    frame = framed(rows)
    found = fuse(frame, ["t", "n", "b"], 1)
    assert found is not None
    levels = found.fused(frame)
    assert levels.null_count() == 0
    assert len(set(levels.to_list())) == len(set(rows))
    assert_frame_equal(found.parted(levels), frame)
    assert set(levels.to_list()) == set(found.levels)


@given(FRAMES, st.integers(1, 3))
def test_a_stored_fusion_is_the_same(rows: list[tuple[Any, ...]], k: int) -> None:
    found = fuse(framed(rows), ["n", "t"], k)
    if found is None:
        return
    again = Fusion.restore(found.state())
    assert_frame_equal(again.table, found.table)
    assert (again.rows == found.rows).all()
    assert (again.name, again.levels) == (found.name, found.levels)


def test_every_kind_of_cell_is_stored() -> None:
    frame = pl.DataFrame(
        {
            "day": [date(1999, 12, 31), None],
            "at": [datetime(2020, 1, 1, 5, 0, 0, 7), datetime(2020, 1, 2)],
            "zoned": pl.Series([datetime(2020, 7, 1, 12, tzinfo=UTC)] * 2).dt.convert_time_zone("Europe/Berlin"),
            "hour": [time(23, 59, 59), time(0)],
            "price": [0.1, -0.0],
            "flag": [True, False],
        }
    )
    found = fuse(frame, frame.columns, 1)
    assert found is not None
    again = Fusion.restore(found.state())
    assert_frame_equal(again.parted(again.fused(frame)), frame)
    assert again.table.schema == frame.schema


def test_zero_is_zero_whatever_its_sign() -> None:
    found = fuse(pl.DataFrame({"a": [0.0, -0.0, 0.0], "b": ["x", "x", "x"]}), ["a", "b"], 3)
    assert found is not None
    assert set(found.fused(pl.DataFrame({"a": [-0.0, 0.0], "b": ["x", "x"]})).to_list()) == set(found.levels)


def test_no_rows_are_parted_into_none() -> None:
    found = fuse(pl.DataFrame({"a": [1], "b": ["x"]}), ["a", "b"], 1)
    assert found is not None
    empty = found.parted(pl.Series([], dtype=pl.String))
    assert (empty.height, empty.schema) == (0, found.table.schema)


@pytest.mark.parametrize("columns", [[], [{"name": "a", "dtype": ["Int64"], "values": [1, 2]}]])
def test_parts_that_do_not_belong_together_are_refused(columns: list[dict]) -> None:
    with pytest.raises(ValueError, match="lengths"):
        Fusion.restore({"name": "h", "columns": columns, "rows": [3]})


def test_the_hidden_name_is_nobodys() -> None:
    assert hidden(["a", "b"], ["a", "b", "a & b", "a & b &"]) == "a & b & &"
    frame = pl.DataFrame({"a": [1, 1], "b": [2, 2], "a & b": [3, 3]})
    found = fuse(frame, ["a", "b"], 1)
    assert found is not None
    assert found.name not in frame.columns


def test_rows_are_counted_whatever_the_order() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.integers(0, 5, 500), "b": rng.integers(0, 5, 500)})
    one, other = (fuse(each, ["a", "b"], 8) for each in (frame, frame.sample(500, shuffle=True, seed=1)))
    assert one is not None
    assert other is not None
    assert_frame_equal(one.table, other.table)
