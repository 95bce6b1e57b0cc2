"""The table that is shown and the table that is learned: one is made of the other and back."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from understudy.data.schema import Column, Schema
from understudy.errors import PlanError
from understudy.rules.expressions import parse
from understudy.rules.rewriting import Rewriting, as_kind, ordered, rewriting, without

SCHEMA = Schema(
    (
        Column("city", "categorical"),
        Column("a", "integer"),
        Column("land", "categorical"),
        Column("b", "integer"),
        Column("total", "integer"),
        Column("twice", "integer"),
    ),
    name="t",
)
PAIRS = [("rome", "it"), ("pisa", "it"), ("lyon", "fr"), (None, "fr"), ("nice", None)]
ROWS = st.lists(
    st.tuples(st.sampled_from(PAIRS), st.one_of(st.none(), st.integers(-5, 5)), st.integers(-5, 5)),
    min_size=4,
    max_size=60,
)


def framed(rows: list[Any]) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "city": pl.Series([pair[0] for pair, _, _ in rows], dtype=pl.String),
            "a": pl.Series([a for _, a, _ in rows], dtype=pl.Int64),
            "land": pl.Series([pair[1] for pair, _, _ in rows], dtype=pl.String),
            "b": pl.Series([b for _, _, b in rows], dtype=pl.Int64),
        }
    )
    return frame.with_columns(total=pl.col("a") + pl.col("b")).with_columns(twice=pl.col("total") * 2)


FORMULAS = {"twice": parse("total * 2"), "total": parse("a + b")}


@given(ROWS)
def test_there_and_back(rows: list[Any]) -> None:
    """What is learned holds all that is shown; the frame given is not changed."""
    frame = framed(rows)
    kept = frame.clone()
    found = rewriting(frame, SCHEMA, FORMULAS, [["city", "land"]], 1)
    learned = found.learned(frame)
    assert_frame_equal(frame, kept)
    assert learned.columns == list(found.schema(SCHEMA).names) == ["city & land", "a", "b"]
    assert_frame_equal(found.computed(found.parted(learned)).select(frame.columns), frame)
    assert_frame_equal(found.learned(frame), learned)


@given(ROWS, st.data())
def test_gaps_of_a_computed_column_are_its_own(rows: list[Any], data: Any) -> None:
    """Where cells are missing besides, and only there, the column is learned as far as its gaps go."""
    frame = framed(rows)
    gone = pl.Series(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    holed = frame.with_columns(frame["total"].set(gone, None))
    found = rewriting(holed, SCHEMA, {"total": parse("a + b")}, [], 1)
    formula = found.formula("total")
    assert formula is not None
    assert formula.gaps == bool((gone & frame["total"].is_not_null()).any())
    assert ("total" in found.learned(holed).columns) == formula.gaps
    if formula.gaps:
        assert_series_equal(found.computed(holed)["total"], holed["total"])


@given(ROWS)
def test_a_stored_rewriting_is_the_same(rows: list[Any]) -> None:
    frame = framed(rows)
    found = rewriting(frame, SCHEMA, FORMULAS, [["city", "land"]], 1)
    again = Rewriting.restore(found.state(), SCHEMA)
    assert again.state() == found.state()
    assert_frame_equal(again.learned(frame), found.learned(frame))


def test_columns_alone_in_the_table_may_be_fused() -> None:
    frame = pl.DataFrame({"a": [1, 2, 1], "b": ["x", "y", "x"]})
    schema = Schema((Column("a", "integer"), Column("b", "categorical")), name="t")
    found = rewriting(frame, schema, {}, [["a", "b"]], 1)
    assert_frame_equal(found.parted(found.learned(frame)), frame)


def test_of_groups_that_share_a_column_the_first_is_taken() -> None:
    frame = framed([(PAIRS[0], 1, 2)] * 6)
    found = rewriting(frame, SCHEMA, {}, [["city", "land"], ["land", "b"], ["a", "b"]], 1)
    assert [each.columns for each in found.fusions] == [("city", "land"), ("a", "b")]
    computed = rewriting(frame, SCHEMA, {"total": parse("a + b")}, [["total", "city"]], 1)
    assert not computed.fusions, "a computed column is fused with none"


def test_columns_of_which_hardly_any_combination_is_carried_are_not_fused() -> None:
    frame = framed([(PAIRS[0], number, number) for number in range(-5, 6)] + [(PAIRS[0], 1, 1)] * 5)
    assert not rewriting(frame, SCHEMA, {}, [["a", "b"]], 6).fusions
    assert rewriting(frame, SCHEMA, {}, [["a", "b"]], 1).fusions


@given(st.permutations(["a", "b", "c", "d"]))
def test_computed_columns_come_after_those_they_need(names: list[str]) -> None:
    computed = {"d": parse("c + a"), "c": parse("b + x"), "b": parse("a * 2"), "a": parse("x")}
    found = ordered({name: computed[name] for name in names})
    assert sorted(found) == sorted(names)
    assert [found.index(each) for each in "abcd"] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("computed", "says"),
    [
        ({"a": "a + 1"}, "'a' needs 'a'"),
        ({"a": "b", "b": "a"}, "'a' needs 'b' needs 'a'"),
        ({"a": "b", "b": "c", "c": "x + b"}, "'b' needs 'c' needs 'b'"),
    ],
)
def test_circles_are_named(computed: dict[str, str], says: str) -> None:
    with pytest.raises(PlanError) as caught:
        ordered({name: parse(text) for name, text in computed.items()})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "column", "wanted"),
    [
        (pl.Series([1.5, 2.4999, None]), Column("x", "integer"), pl.Series([2, 2, None])),
        (pl.Series([1.005, 2.0]), Column("x", "decimal", decimals=1), pl.Series([1.0, 2.0])),
        (pl.Series([1, 2]), Column("x", "decimal"), pl.Series([1.0, 2.0])),
        (pl.Series([True, None]), Column("x", "boolean"), pl.Series([True, None])),
        (pl.Series([1, 20]), Column("x", "categorical"), pl.Series(["1", "20"])),
        (
            pl.Series([datetime(2020, 1, 2, 3)]),
            Column("x", "date"),
            pl.Series([date(2020, 1, 2)]),
        ),
        (
            pl.Series([datetime(2020, 7, 1, 12, tzinfo=UTC)]).dt.convert_time_zone("Europe/Berlin"),
            Column("x", "datetime", zone="Europe/Berlin"),
            pl.Series([datetime(2020, 7, 1, 12, tzinfo=UTC)]).dt.convert_time_zone("Europe/Berlin"),
        ),
    ],
)
def test_results_become_values_of_the_column(values: pl.Series, column: Column, wanted: pl.Series) -> None:
    assert_series_equal(as_kind(values, column), wanted, check_names=False)


def test_odd_names_are_names() -> None:
    frame = pl.DataFrame({"*": [1], "": [2], "a b": [3], "self": [4]})
    assert without(frame, ["*"]).columns == ["", "a b", "self"]
    assert without(frame, []).columns == frame.columns
    schema = Schema((*(Column(name, "integer") for name in frame.columns),), name="t")
    found = rewriting(frame, schema, {"self": parse("`a b` + 1")}, [["*", ""]], 1)
    assert_frame_equal(found.computed(found.parted(found.learned(frame))).select(["a b"]), frame.select(["a b"]))
    assert found.parted(found.learned(frame)).row(0, named=True)["*"] == 1
