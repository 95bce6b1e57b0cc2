import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from understudy.data.infer import infer
from understudy.data.schema import Column, Schema
from understudy.data.table import Source, Table
from understudy.data.values import parse, render, unreadable
from understudy.errors import SchemaError, UnknownColumn


def text_table(**columns: list[str | None]) -> Table:
    return Table(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), Source(text=True, file="csv"))


def typed_table(frame: pl.DataFrame) -> Table:
    return Table(frame, Source(dtypes={name: str(dtype) for name, dtype in frame.schema.items()}))


def there_and_back(table: Table) -> pl.DataFrame:
    schema = infer(table)
    return render(parse(table, schema).frame, schema, table.source)


def repeated(*cells: str | None) -> list[str | None]:
    return list(cells) * 10


CANONICAL = {
    "day": repeated("27 Dec 2020", None, "02 Jan 2021"),
    "money": repeated("1.50", "20.00", "3.25"),
    "repr": repeated("41.0", "3.25", "-122.5"),
    "whole": repeated("41.0", "3.0", None),
    "short": repeated("1.5", "2", "-0.125"),
    "flag": repeated("True", "False", "?"),
    "stamp": repeated("20141013T000000", "20150225T120000", "20150101T235959"),
    "utc": repeated("2013-01-01T06:00:00Z", "2013-06-01T07:00:00Z", None),
    "ahead": repeated("2013-01-01 06:00:00+05:30", "2013-06-01 07:00:00+05:30", None),
    "berlin": repeated("2013-01-01T06:00:00+01:00", "2013-07-01T07:00:00+02:00", None),
    "time": repeated("13:45", "00:00", None),
    "code": repeated("007", "010", "999"),
    "big": [str(10**18 + 7 * step) for step in range(29)] + ["4075084747483975747"],
    "gaps": [*repeated("1", "NA"), *(str(each) for each in range(10))],
    "years": repeated("1000-01-01", "9999-12-31", "2020-02-29"),
    "prose": repeated('a "quoted"\nline, with comma', "?", " "),
    "price": repeated("$1,200.50", "$3.00", "$0.99"),
    "constant": ["No"] * 30,
    "nothing": [None] * 30,
    "dots.and 🎉 spaces": repeated("a", "b", None),
}


def test_text_comes_back_exactly_as_written() -> None:
    table = text_table(**CANONICAL)
    assert_frame_equal(there_and_back(table), table.frame)


@pytest.mark.parametrize("name", CANONICAL)
def test_kinds_of_the_canonical_columns(name: str) -> None:
    kinds = {
        "day": "date", "money": "decimal", "repr": "decimal", "whole": "decimal", "short": "decimal", "flag": "boolean",
        "stamp": "datetime", "utc": "datetime", "ahead": "datetime", "berlin": "datetime", "time": "time",
        "code": "categorical", "big": "id", "gaps": "integer", "years": "date", "prose": "categorical",
        "price": "decimal",
        "constant": "constant", "nothing": "constant", "dots.and 🎉 spaces": "categorical",
    }  # fmt: skip
    assert infer(text_table(**{name: CANONICAL[name]}))[name].kind == kinds[name]


ZONED = st.sampled_from(["", "Z", "+02:00", "-07:30"])


@given(
    st.lists(st.decimals(-(10**8), 10**8, places=3), min_size=2, max_size=30),
    st.lists(st.dates(dt.date(1000, 1, 1)), min_size=2, max_size=30),
    st.lists(st.integers(-(10**17), 10**17), min_size=2, max_size=30),
    ZONED,
)
def test_the_law_of_rendering(numbers: list, days: list, whole: list, zone: str) -> None:
    for cells in (
        [f"{each:.3f}" if each else "0.000" for each in numbers],
        [each.isoformat() for each in days],
        [each.strftime("%d %b ") + f"{each.year:04d}" for each in days],
        [f"{each.isoformat()}T01:02:03{zone}" for each in days if 1000 < each.year < 9999],
        [str(each) for each in whole],
    ):
        if cells:
            table = text_table(x=[*cells, None])
            assert_frame_equal(there_and_back(table), table.frame)


@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=30))
def test_any_text_is_served_and_parses(cells: list[str | None]) -> None:
    table = text_table(x=cells)
    schema = infer(table)
    typed = parse(table, schema)
    assert unreadable(table, schema) == {"x": 0}
    assert len(render(typed.frame, schema, table.source)) == len(cells)


TYPED = pl.DataFrame(
    {
        "small": pl.Series([1, 2, 300], dtype=pl.Int16),
        "huge": pl.Series([2**63, 5, 7], dtype=pl.UInt64),
        "real": pl.Series([1.5, None, 2.25], dtype=pl.Float32),
        "flag": [True, False, None],
        "bits": pl.Series([0, 1, 1], dtype=pl.UInt8),
        "code": pl.Series([1, 2, 1], dtype=pl.Int64),
        "price": pl.Series(["1.10", "2.20", "3.30"]).cast(pl.Decimal(10, 2)),
        "day": [dt.date(1000, 1, 1), None, dt.date(9999, 12, 31)],
        "nano": pl.Series([0, 86_400_000_000_000, None]).cast(pl.Datetime("ns", "Europe/Berlin")),
        "milli": pl.Series([0, 86_400_123, None]).cast(pl.Datetime("ms")),
        "clock": [dt.time(1, 2), dt.time(3), None],
        "cat": pl.Series(["a", "b", "a"], dtype=pl.Categorical),
        "words": ["27 Dec 2020", "28 Dec 2020", None],
        "const": pl.Series([5, 5, 5], dtype=pl.Int8),
        "once": pl.Series([0, 0, 0]).cast(pl.Datetime("ns", "UTC")),
        "onday": [dt.date(2020, 1, 1)] * 3,
        "always": [True, True, None],
        "lost": pl.Series([None, None, None], dtype=pl.Float64),
        "zip": ["01234", "98178", None],
    }
)


def test_dtypes_of_typed_sources_come_back() -> None:
    assert_frame_equal(there_and_back(typed_table(TYPED)), TYPED, categorical_as_str=True)


def test_typed_dtypes_by_kind() -> None:
    table = text_table(**CANONICAL)
    typed = parse(table, infer(table))
    dtypes = typed.frame.schema
    assert dtypes["day"] == pl.Date
    assert dtypes["money"] == pl.Float64
    assert dtypes["gaps"] == pl.Int64
    assert dtypes["flag"] == pl.Boolean
    assert dtypes["utc"] == pl.Datetime("us", "UTC")
    assert dtypes["berlin"] == pl.Datetime("us", "Europe/Berlin")
    assert dtypes["stamp"] == pl.Datetime("us")
    assert dtypes["time"] == pl.Time
    assert dtypes["big"] == dtypes["prose"] == dtypes["constant"] == pl.String


def test_a_text_source_can_be_given_typed_and_a_typed_one_as_text() -> None:
    table = text_table(**CANONICAL)
    schema = infer(table)
    typed = parse(table, schema)
    assert_frame_equal(render(typed.frame, schema, table.source, text=False), typed.frame)
    other = typed_table(TYPED)
    made = render(parse(other, infer(other)).frame, infer(other), other.source, text=True)
    assert set(made.dtypes) == {pl.String}
    assert made["real"].to_list() == ["1.5", None, "2.25"]


def test_a_typed_table_parses_to_itself() -> None:
    table = text_table(**CANONICAL)
    schema = infer(table)
    typed = parse(table, schema)
    assert_frame_equal(parse(typed, schema).frame, typed.frame)


def test_infinities_become_missing() -> None:
    table = text_table(x=["1.5", "inf", "-Infinity", "2.5"])
    schema = infer(table)
    assert parse(table, schema).frame["x"].to_list() == [1.5, None, None, 2.5]
    whole = text_table(x=["1", "inf", "3"])
    assert parse(whole, infer(whole)).frame["x"].to_list() == [1, None, 3]
    floats = typed_table(pl.DataFrame({"x": [1.5, float("inf"), float("nan"), 2.5]}))
    assert parse(floats, infer(floats)).frame["x"].to_list() == [1.5, None, None, 2.5]


def test_a_cell_that_cannot_be_read_is_named_or_counted() -> None:
    table = text_table(age=["39", "x", "40", "y z"])
    schema = Schema((Column("age", "integer"),))
    with pytest.raises(SchemaError) as caught:
        parse(table, schema)
    said = str(caught.value)
    assert all(part in said for part in ("'x'", "1 more", "integer", "column 'age'", "row 2"))
    assert "\n" not in said
    assert parse(table, schema, strict=False).frame["age"].to_list() == [39, None, 40, None]
    assert unreadable(table, schema) == {"age": 2}


def test_columns_missing_from_the_table_are_named() -> None:
    with pytest.raises(UnknownColumn, match="did you mean 'age'"):
        parse(text_table(age=["1"]), Schema((Column("Age ", "integer"),)))


def test_other_tables_are_read_by_the_real_schema() -> None:
    schema = infer(
        text_table(
            n=repeated("1", "22", "3"), f=repeated("yes", "no", "no"), d=repeated("1 Jan 2020", "2 Jan 2020", None)
        )
    )
    frame = pl.DataFrame({"n": [1.0, 2.0], "f": [True, False], "d": [dt.date(2020, 1, 1), None]})
    typed = parse(Table(frame), schema).frame
    assert typed.rows() == [(1, True, dt.date(2020, 1, 1)), (2, False, None)]
    assert unreadable(Table(pl.DataFrame({"n": [1.5, 2.0]})), schema) == {"n": 1}


def test_missing_cells_are_written_back_as_the_first_code() -> None:
    table = text_table(x=["1", "?", "?", "NA", None])
    schema = infer(table)
    assert schema["x"].missing[0] == "?"
    assert render(parse(table, schema).frame, schema, table.source)["x"].to_list() == ["1", "?", "?", "?", "?"]


def test_values_that_do_not_fit_the_source_are_refused() -> None:
    table = typed_table(pl.DataFrame({"id": [101, 102, 103]}))
    schema = infer(table)
    with pytest.raises(SchemaError, match="column 'id'"):
        render(pl.DataFrame({"id": ["A-1"]}), schema, table.source)


def test_nothing_given_is_changed() -> None:
    table = text_table(**CANONICAL)
    before = table.frame.clone()
    there_and_back(table)
    assert_frame_equal(table.frame, before)
