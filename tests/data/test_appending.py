"""Rows below a caller's, and cells among them: the kinds and dtypes of theirs, and nothing of theirs changed."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from understudy.data.appending import appended
from understudy.data.frames import as_table
from understudy.data.patching import patched
from understudy.data.table import Table


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


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow"])
def test_a_table_that_was_a_frame_stays_a_table(kind: str) -> None:
    frame = pl.DataFrame({"a": pl.Series([1, None], dtype=pl.Int8), "b": ["x", "z"]})
    given = {"polars": frame, "pandas": frame.to_pandas(), "arrow": frame.to_arrow()}[kind]
    table = as_table(given)
    out = appended(table, table, pl.DataFrame({"a": [3], "b": ["y"]}), "new")
    assert isinstance(out, Table)
    assert out.source == table.source
    assert out.frame["a"].to_list() == [1, None, 3]
    assert out.frame["b"].to_list() == ["x", "z", "y"]
    assert out.frame["new"].to_list() == [False, False, True]
    made = pl.DataFrame({"a": [7, 8], "b": ["u", "v"]})
    out = patched(table, table, made, {"a": np.array([False, True]), "b": np.array([True, False])})
    assert isinstance(out, Table)
    assert out.frame["a"].to_list() == [1, 8]
    assert out.frame["b"].to_list() == ["u", "z"]
    assert out.frame.schema == table.frame.schema
