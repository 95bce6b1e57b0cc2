"""The caller's kind comes back, and the caller's frame is never touched."""

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from polars.testing import assert_frame_equal as assert_polars_equal

from understudy.data.dtypes import dtype_name, dtype_named
from understudy.data.frames import as_table, give_back
from understudy.data.split import split
from understudy.data.table import Source, Table
from understudy.errors import ArgumentError, SchemaError, SourceError

SRC = Path(__file__).parents[2] / "src"
WHEN = pd.DatetimeIndex(["2020-01-01 10:00:00.000000", None, "2021-06-01 12:30:15.123456"])


def pandas_frame() -> pd.DataFrame:
    columns = {
        "text": pd.Series(["a", None, "ü\n"], dtype=object),
        "string": pd.array(["a", None, "b"], dtype="string"),
        "category": pd.Categorical(["u", None, "v"]),
        "ints": np.array([1, 2, 3]),
        "small": np.array([1, 2, 3], dtype="int8"),
        "unsigned": np.array([1, 2, 2**63], dtype="uint64"),
        "gaps": [1.0, np.nan, 3.0],
        "single": np.array([1.5, np.nan, 2.5], dtype="float32"),
        "Int64": pd.array([1, None, 1234567890123456789], dtype="Int64"),
        "Float64": pd.array([1.5, None, 2.0], dtype="Float64"),
        "bool": [True, False, True],
        "boolean": pd.array([True, None, False], dtype="boolean"),
        "naive": WHEN.as_unit("ns"),
        "micros": WHEN.as_unit("us"),
        "zoned": WHEN.tz_localize("Europe/Berlin").as_unit("ns"),
        "utc": WHEN.tz_localize("UTC").as_unit("us"),
        "offset": WHEN.tz_localize(dt.timezone(dt.timedelta(hours=2))).as_unit("ns"),
        "half": WHEN.tz_localize(dt.timezone(dt.timedelta(hours=-3, minutes=-30))).as_unit("us"),
        "arrow": pd.array([1, None, 3], dtype="int64[pyarrow]"),
        "sparse": pd.arrays.SparseArray([0, 0, 1]),
        "span": pd.to_timedelta([1, None, 3], unit="s").as_unit("ns"),
        "month": pd.PeriodIndex(["2020-01", None, "2020-03"], freq="M"),
        "levels": pd.Categorical([3, 1, 3]),
        "objects": pd.Series([True, None, False], dtype=object),
        "dates": pd.Series([dt.date(2020, 1, 1), None, dt.date(9999, 1, 1)], dtype=object),
        "empty": pd.Series([None] * 3, dtype=object),
        7: [1, 2, 3],
        2.5: ["x", "y", "z"],
    }
    return pd.DataFrame(columns)


def polars_frame() -> pl.DataFrame:
    when = pl.Series([dt.datetime(2020, 1, 1, 10), None, dt.datetime(9999, 6, 1)])
    return pl.DataFrame(
        {
            "i8": pl.Series([1, None, 3], dtype=pl.Int8),
            "u64": pl.Series([1, None, 2**64 - 1], dtype=pl.UInt64),
            "f32": pl.Series([1.5, None, 3], dtype=pl.Float32),
            "dec": pl.Series([Decimal("1.50"), None, Decimal("2.25")], dtype=pl.Decimal(10, 2)),
            "cat": pl.Series(["u", None, "v"], dtype=pl.Categorical),
            "enum": pl.Series(["u", None, "v"], dtype=pl.Enum(["u", "v"])),
            "date": when.cast(pl.Date),
            "us": when,
            "ms": when.cast(pl.Datetime("ms")),
            "zone": when.dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo"),
            "time": pl.Series([dt.time(1, 2, 3), None, dt.time(4)]),
            "span": pl.Series([dt.timedelta(seconds=1), None, dt.timedelta(1)], dtype=pl.Duration("ms")),
            "null": [None] * 3,
            "bool": [True, None, False],
        }
    )


def arrow_table() -> pa.Table:
    return pa.table(
        {
            "d": pa.array(["u", None, "v"]).dictionary_encode(),
            "i": pa.array([1, None, 3], pa.int32()),
            "z": pa.array([0, None, 10**15], pa.timestamp("us", tz="UTC")),
            "o": pa.array([0, None, 10**15], pa.timestamp("us", tz="+05:30")),
            "n": pa.array([0, None, 10**15], pa.timestamp("ns")),
            "dec": pa.array([Decimal("1.50"), None, Decimal("2.25")], pa.decimal128(10, 2)),
            "s": pa.array(["a", None, "b"], pa.string()),
            "t": pa.array([1, None, 3], pa.time32("s")),
            "span": pa.array([1, None, 3], pa.duration("s")),
            "date": pa.array([1, None, 3], pa.date32()),
            "null": pa.nulls(3),
        }
    )


def test_pandas_comes_back_as_it_was() -> None:
    given = pandas_frame()
    kept = given.copy(deep=True)
    table = as_table(given)
    back = give_back(table.frame, table.source)
    assert_frame_equal(given, kept)
    assert back.columns.tolist() == given.columns.tolist()
    assert [str(each) for each in back.dtypes] == [str(each) for each in given.dtypes]
    assert_frame_equal(back.astype(object).where(back.notna(), None), given.astype(object).where(given.notna(), None))


def test_what_pandas_columns_are_inside() -> None:
    schema = as_table(pandas_frame()).frame.schema
    assert schema["category"] == pl.String
    assert schema["levels"] == pl.Int64
    assert schema["span"] == pl.Int64
    assert schema["gaps"] == pl.Float64
    assert schema["dates"] == pl.Date
    assert schema["objects"] == pl.Boolean
    assert schema["7"] == pl.Int64
    assert as_table(pandas_frame()).frame["gaps"].null_count() == 1


def test_integers_beside_new_gaps_become_nullable() -> None:
    table = as_table(pd.DataFrame({"i": np.array([1, 2], dtype="int32"), "b": [True, False]}))
    back = give_back(pl.DataFrame({"i": [1, None], "b": [None, True]}), table.source)
    assert [str(each) for each in back.dtypes] == ["Int32", "boolean"]


def test_typed_values_go_back_into_pandas_dtypes() -> None:
    source = as_table(pandas_frame()).source
    typed = pl.DataFrame(
        {"gaps": [4, None], "zoned": [dt.datetime(2020, 5, 1)] * 2, "small": [1.0, 2.0], "new": [1, None]}
    )
    back = give_back(typed, source)
    assert [str(each) for each in back.dtypes] == ["float64", "datetime64[ns, Europe/Berlin]", "int8", "Int64"]
    with pytest.raises(SchemaError, match="column 'gaps'"):
        give_back(pl.DataFrame({"gaps": ["x"]}), source)


def test_mixed_objects_are_text_with_a_note() -> None:
    frame = pd.DataFrame(
        {"m": pd.Series([1, "x", None, 2.5], dtype=object), "big": pd.Series([2**70] * 4, dtype=object)}
    )
    table = as_table(frame)
    assert table.frame["m"].to_list() == ["1", "x", None, "2.5"]
    assert "read as text" in table.source.notes[0]
    assert table.frame["big"][0] == str(2**70)


def test_an_index_that_says_something_is_noted() -> None:
    frame = pd.DataFrame({"a": [1]}, index=pd.Index(["k"], name="key"))
    assert "reset_index" in as_table(frame).source.notes[0]
    assert as_table(pd.DataFrame({"a": [1, 2]}).iloc[::-1]).source.notes == ()


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"a": [[1], [2]]}), "column 'a'.*flatten"),
        (pd.DataFrame({"a": [{"x": 1}]}), "nested"),
        (pd.DataFrame({"a": [np.array([1])]}), "nested"),
        (pd.DataFrame({"a": [b"x"]}), "bytes"),
        (pd.DataFrame({"a": [1j]}), "complex"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a' stands twice"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "'1' stands twice"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "neither text nor a number"),
        (pd.DataFrame(), "no columns"),
        (pl.DataFrame(), "no columns"),
        (pl.DataFrame({"a": [[1]]}), "column 'a'.*flatten"),
        (pl.DataFrame({"a": [{"x": 1}]}), "objects"),
        (pl.DataFrame({"a": [b"x"]}), "Binary"),
        (pl.DataFrame({"a": [object()]}, schema={"a": pl.Object}), "Object"),
        (pa.table([[1], [2]], names=["a", "a"]), "'a' stands twice"),
        (pa.table({"a": [[1]]}), "nested"),
    ],
)  # fmt: skip
def test_frames_that_are_no_tables(frame: object, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        as_table(frame)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("thing", [1, None, {"a": [1]}, [[1]], np.zeros(3), pl.Series([1])])
def test_what_is_no_frame(thing: object) -> None:
    with pytest.raises((ArgumentError, SourceError)):
        as_table(thing)


def test_polars_comes_back_as_it_was() -> None:
    given = polars_frame()
    kept = given.clone()
    for form in (given, given.lazy()):
        table = as_table(form)
        assert table.source.kind == "polars"
        assert table.frame.schema["cat"] == table.frame.schema["null"] == pl.String
        assert table.frame.schema["span"] == pl.Int64
        back = give_back(table.frame, table.source)
        assert_polars_equal(back, given, categorical_as_str=True)
        assert back.schema == given.schema
    assert given.equals(kept)


def test_polars_nan_is_missing() -> None:
    assert as_table(pl.DataFrame({"a": [float("nan"), 1.0]})).frame["a"].to_list() == [None, 1.0]


def test_rare_categories_are_not_told() -> None:
    source = as_table(pl.DataFrame({"e": pl.Series(["u"], dtype=pl.Enum(["u", "the rare one"]))})).source
    assert "rare" not in repr(source)
    assert give_back(pl.DataFrame({"e": ["u", None]}), source).schema == {"e": pl.Enum(["u"])}


FORMS = [
    lambda t: t,
    lambda t: t.to_batches()[0],
    lambda t: pa.RecordBatchReader.from_batches(t.schema, t.to_batches()),
]


@pytest.mark.parametrize("form", FORMS)
def test_arrow_comes_back_as_it_was(form) -> None:
    given = arrow_table()
    table = as_table(form(given))
    assert table.source.kind == "arrow"
    assert table.frame.schema["d"] == pl.String
    back = give_back(table.frame, table.source)
    assert back.schema == given.schema
    assert back.to_pydict() == given.to_pydict()


def test_anything_that_streams_is_arrow() -> None:
    class Streams:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return pa.table({"a": [1]}).__arrow_c_stream__(requested_schema)

    table = as_table(Streams())
    assert isinstance(give_back(table.frame, table.source), pa.Table)


def test_tables_come_back_as_tables() -> None:
    source = Source(kind="table", dtypes={"a": "Int16"})
    back = give_back(pl.DataFrame({"a": [1]}), source)
    assert isinstance(back, Table)
    assert back.frame.schema == {"a": pl.Int16}
    assert as_table(back) is back


@pytest.mark.parametrize("dtype", [*polars_frame().dtypes, pl.Int128(), pl.String(), pl.Datetime("ns"), pl.UInt8()])
def test_dtype_names_lead_back(dtype: pl.DataType) -> None:
    values = pl.Series(["u", "v"])
    assert dtype_named(dtype_name(dtype), values) == dtype


def test_unknown_dtype_names_are_none() -> None:
    assert [dtype_named(name) for name in ("", "datetime64[ns]", "col", "category", "int64")] == [None] * 5


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.none() | st.text(), st.none() | st.floats(allow_nan=False), st.integers(-(2**63), 2**63 - 1)))
)
def test_any_polars_frame_round_trips(rows: list) -> None:
    frame = pl.DataFrame(rows, schema={"t": pl.String, "f": pl.Float64, "i": pl.Int64}, orient="row")
    table = as_table(frame)
    assert give_back(table.frame, table.source).equals(frame)


def test_splits_of_frames_keep_kind_dtypes_and_index() -> None:
    frame = pandas_frame().set_index(pd.Index(["x", "y", "z"], name="key"))
    train, aside = split(frame, 0.34)
    assert train.dtypes.equals(frame.dtypes)
    assert_frame_equal(pd.concat([train, aside]).loc[frame.index], frame)
    polars = polars_frame()
    assert split(polars, 0.34)[0].schema == polars.schema
    assert isinstance(split(polars.lazy(), 0.34)[0], pl.DataFrame)
    assert split(arrow_table(), 0.34)[1].schema == arrow_table().schema


def test_pandas_is_not_imported_unless_given() -> None:
    script = (
        "import sys, polars as pl\nfrom understudy.data.files import read\nfrom understudy.data.split import split\n"
    )
    script += "split(pl.DataFrame({'a': [1, 2]}))\nassert 'pandas' not in sys.modules\n"
    subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(SRC)}, check=True)
