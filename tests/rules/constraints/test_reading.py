"""Constraints as plans say them: what is read, what is refused, and that it comes back as it was."""

import json
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import polars as pl
import pytest
from ruamel.yaml import YAML

from understudy.data.schema import Column, Schema
from understudy.errors import PlanError, UnknownColumn
from understudy.rules.constraints import KINDS, read, restore

SAID: list[Any] = [
    "check_in <= check_out",
    {"kind": "range", "column": "age", "low": 0, "high": 120},
    {"kind": "range", "column": "day", "low": "2020-01-01", "strict": True},
    {"kind": "positive", "columns": ["price", "fee"], "strict": True},
    {"kind": "inequality", "columns": ["low", "open", "high"], "strict": True},
    {"kind": "combinations", "columns": ["city", "province"]},
    {"kind": "increments", "column": "price", "step": 0.05, "start": 0.01},
    {"kind": "one_hot", "columns": ["red", "green"]},
    {"kind": "unique", "columns": ["hotel", "room"]},
    {"kind": "nulls", "columns": ["street", "zip"], "rule": "all_or_none"},
    {"kind": "mixed_scales", "column": "amount", "by": ["currency"]},
    {"kind": "monotone", "column": "reading", "by": ["meter"], "order": "day", "decreasing": True, "strict": True},
    {"kind": "conditional", "when": "age < 18", "then": "income == 0"},
    {"kind": "regex", "column": "zip", "pattern": "[0-9]{5}"},
]


@pytest.mark.parametrize("said", SAID, ids=str)
def test_what_is_read_comes_back(said: Any) -> None:
    constraint = read(said)
    assert constraint.to_plain() == said
    assert read(json.loads(json.dumps(constraint.to_plain()))) == constraint
    assert str(constraint)
    assert "\n" not in str(constraint)
    assert hash(constraint) == hash(read(said))


def test_every_kind_is_among_the_examples() -> None:
    assert {read(said).kind for said in SAID} == set(KINDS)


def test_an_expression_may_be_said_as_a_kind() -> None:
    assert read({"kind": "expression", "text": "a<=b"}) == read("a <= b")
    assert read("a<=b").to_plain() == "a <= b"


def test_a_name_alone_is_a_list_of_one() -> None:
    assert read({"kind": "unique", "columns": "id"}) == read({"kind": "unique", "columns": ["id"]})
    assert read({"kind": "mixed_scales", "column": "x", "by": "g"}).columns == ("x", "g")


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (date(2020, 1, 2), "2020-01-02"),
        (datetime(2020, 1, 2, 3, 4), "2020-01-02T03:04:00"),
        (datetime(2020, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))), "2020-01-02T03:00:00+02:00"),
        (time(3, 4), "03:04:00"),
    ],
)
def test_moments_are_held_as_iso_text(end: Any, text: str) -> None:
    assert read({"kind": "range", "column": "x", "low": end}).to_plain()["low"] == text


def test_what_yaml_gives_is_read() -> None:
    text = """
    - {kind: range, column: x, low: 2020-01-02, high: 2020-03-04}
    - {kind: range, column: x, low: 2020-01-02T03:04:05+02:00}
    - {kind: range, column: x, low: 1e3, high: 0x7D0}
    - {kind: increments, column: x, step: 0.10}
    - {kind: one_hot, columns: [a, b]}
    """
    plains = [read(said).to_plain() for said in YAML(typ="rt").load(text)]
    assert plains[0]["high"] == "2020-03-04"
    assert plains[1]["low"] == "2020-01-02T03:04:05+02:00"
    assert [type(each) for each in (plains[2]["low"], plains[2]["high"], plains[3]["step"])] == [float, int, float]
    assert plains[4] == {"kind": "one_hot", "columns": ["a", "b"]}


REFUSED: list[tuple[Any, str, str]] = [
    (3, "constraints", "is no constraint"),
    ({"columns": ["a"]}, "kind", "has no kind"),
    ({"kind": "rnage", "column": "a", "low": 1}, "kind", "did you mean 'range'"),
    ({"kind": ["range"]}, "kind", "unknown kind"),
    ({"kind": "range", "column": "a", "lo": 1}, "lo", "did you mean 'low'"),
    ({"kind": "range", "low": 1}, "column", "'column' is missing"),
    ({"kind": "range", "column": "a"}, "low", "no end"),
    ({"kind": "range", "column": "a", "low": True}, "low", "use a number"),
    ({"kind": "range", "column": "a", "low": float("nan")}, "low", "use a number"),
    ({"kind": "range", "column": "a", "high": float("inf")}, "high", "use a number"),
    ({"kind": "range", "column": "a", "low": [1]}, "low", "use a number"),
    ({"kind": "range", "column": "a", "low": ""}, "low", "use a number"),
    ({"kind": "range", "column": "a", "low": 0, "high": "2020-01-01"}, "high", "give two numbers"),
    ({"kind": "range", "column": "a", "low": 2, "high": 1}, "low", "no value lies between"),
    ({"kind": "range", "column": "a", "low": 1, "high": 1, "strict": True}, "low", "no value lies between"),
    ({"kind": "range", "column": ["a"], "low": 1}, "column", "name of a column"),
    ({"kind": "range", "column": "a", "low": 1, "strict": "yes"}, "strict", "true or false"),
    ({"kind": "positive", "columns": []}, "columns", "names of columns"),
    ({"kind": "positive", "columns": [1]}, "columns", "names of columns"),
    ({"kind": "inequality", "columns": ["a"]}, "columns", "two or more"),
    ({"kind": "inequality", "columns": ["a", "a"]}, "columns", "each column once"),
    ({"kind": "combinations", "columns": ["a"]}, "columns", "two or more"),
    ({"kind": "increments", "column": "a", "step": 0}, "step", "above 0"),
    ({"kind": "increments", "column": "a", "step": "1"}, "step", "use a number"),
    ({"kind": "nulls", "columns": ["a", "b"], "rule": "all_or_nothing"}, "rule", "did you mean 'all_or_none'"),
    ({"kind": "nulls", "columns": ["a"], "rule": "exactly_one"}, "columns", "two or more"),
    ({"kind": "mixed_scales", "column": "a", "by": ["a"]}, "by", "its own scales"),
    ({"kind": "mixed_scales", "column": "a", "by": []}, "by", "names of columns"),
    ({"kind": "monotone", "column": "a", "by": ["a"]}, "by", "its own group"),
    ({"kind": "monotone", "column": "a", "order": "a"}, "order", "tells the rows"),
    ({"kind": "regex", "column": "a", "pattern": "(["}, "pattern", "cannot be read"),
    ({"kind": "regex", "column": "a", "pattern": "a)|(b"}, "pattern", "cannot be read"),
    ({"kind": "regex", "column": "a", "pattern": "(?=a)a"}, "pattern", "look-around"),
    (
        {"kind": "regex", "column": "a", "pattern": "\\d{1000}{1000}"},
        "pattern",
        "size limit of 10485760 bytes (constraint 'regex'): shorten it",
    ),
    ({"kind": "conditional", "when": "a <", "then": "b"}, "when", "ends too early"),
    ({"kind": "conditional", "when": "a < 1) or (b", "then": "b"}, "when", "not expected"),
    ({"kind": "conditional", "when": "a < 1", "then": 3}, "then", "use text"),
    ("a <", "text", "ends too early"),
    ("1 < 2", "text", "names no column"),
    ("", "text", "use text"),
]


@pytest.mark.parametrize(("said", "field", "part"), REFUSED, ids=str)
def test_what_is_refused_names_its_field_in_one_line(said: Any, field: str, part: str) -> None:
    with pytest.raises(PlanError) as caught:
        read(said)
    assert caught.value.field == field
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_constraints_are_values() -> None:
    constraint = read(SAID[1])
    with pytest.raises(FrozenInstanceError):
        constraint.column = "b"  # type: ignore[attr-defined]
    assert constraint == read({**SAID[1], "strict": False})
    assert constraint != read({**SAID[1], "strict": True})


def test_made_in_python_it_is_checked_as_read_from_a_plan() -> None:
    assert KINDS["inequality"](columns=["a", "b"]) == read({"kind": "inequality", "columns": ["a", "b"]})  # type: ignore[call-arg]
    with pytest.raises(PlanError, match="step is -1"):
        KINDS["increments"](column="a", step=-1)  # type: ignore[call-arg]


SCHEMA = Schema(
    (
        Column("n", "integer"),
        Column("x", "decimal"),
        Column("f", "boolean"),
        Column("c", "categorical"),
        Column("i", "id"),
        Column("d", "date"),
        Column("m", "datetime"),
        Column("z", "datetime", zone="Europe/Berlin"),
        Column("p", "datetime", zone="+05:30"),
        Column("t", "time"),
        Column("k", "constant"),
    )
)
FITTING: list[Any] = [
    {"kind": "range", "column": "n", "low": 0.5},
    {"kind": "range", "column": "c", "low": 1, "high": 3},
    {"kind": "range", "column": "i", "low": "a"},
    {"kind": "range", "column": "d", "low": date(2020, 1, 1)},
    {"kind": "range", "column": "m", "low": date(2020, 1, 1)},
    {"kind": "range", "column": "z", "low": "2020-01-01", "high": "2020-01-02T03:00:00+00:00"},
    {"kind": "range", "column": "p", "low": "2020-01-01T00:00:00+05:30"},
    {"kind": "range", "column": "t", "high": "18:30"},
    {"kind": "positive", "columns": ["n", "x", "k"]},
    {"kind": "inequality", "columns": ["d", "m"]},
    {"kind": "inequality", "columns": ["n", "x", "c"]},
    {"kind": "one_hot", "columns": ["f", "n", "k", "c"]},
    {"kind": "increments", "column": "x", "step": 2},
    {"kind": "monotone", "column": "t", "by": ["f"], "order": "z"},
    {"kind": "regex", "column": "i", "pattern": "a+"},
    {"kind": "conditional", "when": "f", "then": "d <= m"},
    "f or x > 1",
]
UNFIT: list[tuple[Any, str]] = [
    ({"kind": "range", "column": "f", "low": 0}, "boolean"),
    ({"kind": "range", "column": "i", "low": 0}, "id"),
    ({"kind": "range", "column": "n", "low": "2020-01-01"}, "write a number"),
    ({"kind": "range", "column": "d", "low": 3}, "date"),
    ({"kind": "range", "column": "d", "low": "01.02.2020"}, "write a date such as 2020-12-31"),
    ({"kind": "range", "column": "d", "low": datetime(2020, 1, 1, 5)}, "write a date"),
    ({"kind": "range", "column": "m", "low": "2020-01-01T00:00:00+02:00"}, "write a moment"),
    ({"kind": "range", "column": "z", "low": "2020-03-29T02:30:00"}, "write a moment"),
    ({"kind": "range", "column": "p", "low": "2020-01-01"}, "say the zone"),
    ({"kind": "range", "column": "t", "low": "25:00"}, "write a time"),
    ({"kind": "positive", "columns": ["n", "d"]}, "'d' is date"),
    ({"kind": "inequality", "columns": ["n", "d"]}, "does not compare"),
    ({"kind": "inequality", "columns": ["n", "f"]}, "'f' is boolean"),
    ({"kind": "increments", "column": "d", "step": 7}, "'d' is date"),
    ({"kind": "one_hot", "columns": ["f", "d"]}, "'d' is date"),
    ({"kind": "mixed_scales", "column": "c", "by": "f"}, "'c' is categorical"),
    ({"kind": "monotone", "column": "f"}, "'f' is boolean"),
    ({"kind": "monotone", "column": "n", "order": "f"}, "'f' is boolean"),
    ({"kind": "regex", "column": "n", "pattern": "1"}, "'n' is integer"),
    ({"kind": "conditional", "when": "n", "then": "f"}, "it is a number"),
    ({"kind": "conditional", "when": "f", "then": "n + 1"}, "it is a number"),
    ("n + 1", "it is a number"),
    ("n < d", "does not compare"),
]


@pytest.mark.parametrize("said", FITTING, ids=str)
def test_bound_to_columns_of_the_right_kind(said: Any) -> None:
    read(said).bound(SCHEMA)


@pytest.mark.parametrize(("said", "part"), UNFIT, ids=str)
def test_bound_refuses_kinds_that_do_not_fit(said: Any, part: str) -> None:
    with pytest.raises(PlanError) as caught:
        read(said).bound(SCHEMA)
    assert part in str(caught.value)
    assert caught.value.field == "constraints"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("said", SAID, ids=str)
def test_unknown_columns_are_refused_with_the_nearest(said: Any) -> None:
    constraint = read(said)
    others = Schema(tuple(Column(f"{name}s", "integer") for name in constraint.columns))
    with pytest.raises(UnknownColumn, match=f"did you mean '{constraint.columns[0]}s'"):
        constraint.bound(others)


def test_fields_mean_the_same_in_every_kind() -> None:
    names = {each.name for kind in KINDS.values() for each in fields(kind) if each.init}  # type: ignore[arg-type]
    known = "column columns by order low high step start strict decreasing rule when then pattern text"
    assert names == set(known.split())


def test_state_and_back_through_json() -> None:
    noon = datetime(2020, 6, 1, 12, tzinfo=UTC)
    frame = pl.DataFrame(
        {"n": [1, 1, 2], "x": [0.1, 0.1, 0.3], "d": [date(2020, 1, 1)] * 3, "z": [noon, noon, None], "f": [True] * 3}
    ).with_columns(pl.col("z").dt.convert_time_zone("Europe/Berlin"))
    for said in (
        {"kind": "combinations", "columns": ["n", "x", "d", "z", "f"]},
        {"kind": "nulls", "columns": ["n", "z"], "rule": "as_seen"},
        {"kind": "mixed_scales", "column": "x", "by": ["n", "d"]},
        "n < x",
    ):
        held = read(said).held(frame, 1)
        back = restore(json.loads(json.dumps(held.state())))
        assert back == held
        assert back.met(frame).equals(held.met(frame))
        assert hash(back) == hash(held)


@pytest.mark.parametrize(
    "state", [{}, {"constraint": "a < b"}, [], {"constraint": {"kind": "x"}, "seen": None}], ids=str
)
def test_a_state_that_is_none_is_refused(state: Any) -> None:
    with pytest.raises(PlanError):
        restore(state)
