"""Rows below a caller's: the kinds and dtypes of theirs, and nothing of theirs changed."""

import pandas as pd
import polars as pl
import pytest

from understudy.data.appending import appended
from understudy.data.frames import as_table


def test_columns_that_are_left_out_go_and_labels_stay() -> None:
    frame = pd.DataFrame({0: [1, 2], "b": ["x", "y"], "c": pd.Categorical(["u", "v"])}, index=["p", "q"])
    held, table = frame.copy(deep=True), as_table(frame)
    made = pl.DataFrame({"0": [3], "c": ["w"]})
    out = appended(frame, table, made, "new")
    assert list(out.columns) == [0, "c", "new"]
    assert out[0].tolist() == [1, 2, 3]
    assert out["c"].tolist() == ["u", "v", "w"]
    assert out["c"].dtype == "category"
    assert out["new"].tolist() == [False, False, True]
    assert list(out.index) == [0, 1, 2]
    pd.testing.assert_frame_equal(frame, held)


@pytest.mark.parametrize("rows", [0, 2])
def test_dtypes_are_those_of_the_frame(rows: int) -> None:
    frame = pl.DataFrame({"a": pl.Series([1, 2], dtype=pl.Int8), "b": pl.Series(["x", None], dtype=pl.Categorical)})
    made = pl.DataFrame({"a": [7] * rows, "b": ["y"] * rows}, schema={"a": pl.Int64, "b": pl.String})
    for given in (frame, frame.lazy()):
        out = appended(given, as_table(given), made)
        assert out.schema == frame.schema
        assert out.head(2).equals(frame)
        assert out["b"].to_list() == ["x", None, *["y"] * rows]


def test_a_dictionary_of_arrow_takes_new_levels() -> None:
    frame = pl.DataFrame({"b": pl.Series(["x", "z"], dtype=pl.Categorical)}).to_arrow()
    out = appended(frame, as_table(frame), pl.DataFrame({"b": ["y"]}), "new")
    assert out.schema.field("b").type == frame.schema.field("b").type
    assert out.column("b").to_pylist() == ["x", "z", "y"]
    assert out.column("new").to_pylist() == [False, False, True]
