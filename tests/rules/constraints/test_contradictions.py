"""Constraints that exclude each other: all plain ones are found, and nothing that a row could meet is refused."""

from itertools import pairwise, product
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.schema import Column, Schema
from understudy.errors import PlanError
from understudy.rules.constraints import Constraint, check_together, intervals, read
from understudy.rules.constraints.constraint import Interval


def columns(kind: Any, names: str, **also: Any) -> list[Column]:
    return [Column(name, kind, **also) for name in names]


SCHEMA = Schema(
    (
        *columns("integer", "abc"),
        *columns("decimal", "xyz"),
        *columns("boolean", "fgh"),
        *columns("date", "de"),
        *columns("datetime", "t"),
        *columns("datetime", "u", zone="Europe/Berlin"),
        *columns("time", "s"),
        *columns("categorical", "kl"),
        *columns("integer", "nm", nullable=True),
        *columns("constant", "o"),
    )
)


def a(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, **fields}


def up(*names: str, strict: bool = False) -> dict[str, Any]:
    return a("inequality", columns=list(names), strict=strict)


def low(column: str, end: Any, **also: Any) -> dict[str, Any]:
    return a("range", column=column, low=end, **also)


def high(column: str, end: Any, **also: Any) -> dict[str, Any]:
    return a("range", column=column, high=end, **also)


def nulls(rule: str, *names: str) -> dict[str, Any]:
    return a("nulls", columns=list(names), rule=rule)


PLAIN: dict[str, list[Any]] = {
    "ranges that do not meet": [a("range", column="a", low=0, high=5), low("a", 6)],
    "an end that is left out": [high("x", 1), low("x", 1, strict=True)],
    "no whole number between": [low("a", 1, strict=True), high("a", 2, strict=True)],
    "less and more": ["a < b", "b < a"],
    "less and at least": [up("x", "y", strict=True), "y <= x"],
    "a chain and its way back": [up("x", "y", "z"), "z < x"],
    "three strict ones in a circle": [up("a", "b", strict=True), up("b", "c", strict=True), up("c", "a", strict=True)],
    "a chain that has no room": [up("a", "b", "c", strict=True), low("a", 1), high("c", 2)],
    "order against ends": [up("a", "b"), low("a", 10), high("b", 5)],
    "positive below 0": [a("positive", columns=["x"]), high("x", -1)],
    "strictly positive and at most 0": [a("positive", columns=["x"], strict=True), high("x", 0)],
    "two grids that never meet": [a("increments", column="x", step=2), a("increments", column="x", step=4, start=1)],
    "a grid off the whole numbers": [a("increments", column="a", step=1, start=0.5)],
    "a grid without a value in the range": [a("increments", column="x", step=5), a("range", column="x", low=1, high=4)],
    "two flags set of which one may be": [
        a("one_hot", columns=["a", "b"]),
        a("positive", columns=["a", "b"], strict=True),
    ],
    "no flag may be set": [a("one_hot", columns=["f", "g"]), "not f", "not g"],
    "flags that are equal": [a("one_hot", columns=["f", "g"]), "f == g"],
    "a flag of 2": [a("one_hot", columns=["a", "b"]), low("a", 2)],
    "unique flags": [a("one_hot", columns=["f", "g", "h"]), a("unique", columns=["f", "g", "h"])],
    "a unique constant": [a("unique", columns=["o"])],
    "exactly one and all or none": [nulls("exactly_one", "n", "m"), nulls("all_or_none", "n", "m")],
    "exactly one of two that are never missing": [nulls("exactly_one", "a", "b")],
    "at least one, and both missing": [nulls("at_least_one", "n", "m"), "n is missing", "m is missing"],
    "a column that is never missing is": ["a is missing"],
    "missing and present": ["n is missing", "n is present"],
    "dates and their ends": [low("d", "2020-01-01"), "d < e", high("e", "2020-01-01")],
    "a range of dates the wrong way round": [a("range", column="d", low="2020-02-01", high="2020-01-01")],
    "moments in two zones": [low("u", "2020-02-01T00:00:00+00:00"), high("u", "2020-02-01T00:30:00+01:00")],
    "times of the day": [low("s", "18:00"), "s < '09:00'"],
    "a date before and after a moment": ["t < d", "d < t"],
    "days between": ["d + 3 <= e", "e < d + 3"],
    "words and their ends": [high("k", "b"), "k >= 'c'"],
    "words in a circle": ["k < l", "l < k"],
    "a word that is not listed": ["k == 'x'", "k in ('y', 'z')"],
    "a word that is barred": ["k in ('x', 'y')", "k != 'x'", "k not in ('y', 'z')"],
    "a word off the pattern": ["k in ('x', 'y')", a("regex", column="k", pattern="[0-9]+")],
    "numbers listed twice": ["a in (1, 4)", "a in (2, 3)"],
    "a number off the range": ["a == 3", low("a", 4)],
    "a number off the grid": ["x == 0.25", a("increments", column="x", step=0.1)],
    "equal and not equal": ["a == b", "a != b"],
    "a long circle": [f"{one} < {other}" for one, other in pairwise([*"abcxyza"])],
    "one value left and barred": [low("a", 3), "a <= 3", "a != 3"],
    "an expression against itself": ["a > 5 and a < 6"],
    "an expression denied": ["x > 5", "not (x > 3)"],
    "neither": ["not (a > 3 or b > 3)", "b > 4"],
    "not among": ["not (a in (1, 2))", "a in (1, 2)"],
    "a flag and not": ["f", "not f"],
    "distances": ["a + 3 <= b", "b <= a + 2"],
    "a column above itself": ["a < a"],
    "strictly up and down": [a("monotone", column="a", strict=True), a("monotone", column="a", decreasing=True)],
    "up, down and unique": [
        a("monotone", column="a"),
        a("monotone", column="a", decreasing=True),
        a("unique", columns=["a"]),
    ],
}
FINE: dict[str, list[Any]] = {
    "equal values": ["a <= b", "b <= a"],
    "one value left": [low("x", 5), high("x", 5)],
    "no whole number, but decimals": ["x > 5 and x < 6"],
    "not both": ["not (a > 3 and b > 3)", "b > 4"],
    "branches": ["a < 3 or b < 3", "a > 5"],
    "conditions that never apply": ["a == 1 -> b == 3", "a == 1 -> b == 4"],
    "an order of cells that are never both there": [nulls("exactly_one", "n", "m"), "n < m", "m < n"],
    "flags that overlap": [a("one_hot", columns=["f", "g"]), a("one_hot", columns=["g", "h"])],
    "grids that meet": [a("increments", column="x", step=0.1), a("increments", column="x", step=0.15), low("x", 0.3)],
    "a grid that rounds": [a("increments", column="x", step=0.1), a("range", column="x", low=0.3, high=0.3)],
    "a flag that makes rows differ": [a("one_hot", columns=["f", "g"]), a("unique", columns=["f", "a"])],
    "unique up and down within groups": [
        a("monotone", column="a", by=["k"], strict=True),
        a("monotone", column="a", by=["k"], decreasing=True),
    ],
    "up by one column and down by another": [
        a("monotone", column="a", order="d", strict=True),
        a("monotone", column="a", order="e", strict=True, decreasing=True),
    ],
    "flags that may be missing": [a("one_hot", columns=["n", "m"]), a("unique", columns=["n"])],
    "a listed word that fits": ["k in ('x', '1')", a("regex", column="k", pattern="[0-9]+")],
    "categories read as numbers": [a("range", column="k", low=0, high=5), low("k", 6)],
    "ends that are written by a machine": [a("range", column="a", low=3.0000000000000004, high=3.5)],
    "decimals within the tolerance": [low("x", 1.0000000001), high("x", 1)],
    "clock times of a zone": ["u < '2020-01-01'", low("u", "2019-12-31T23:30:00+00:00")],
    "a range of rows": [a("range", column="a", low=1, high=3), a("unique", columns=["a"])],
    "moments and dates": ["d < t", "t < e"],
}


def all_of(said: list[Any], schema: Schema = SCHEMA) -> list[Constraint]:
    found = [read(each) for each in said]
    for each in found:
        each.bound(schema)
    return found


@pytest.mark.parametrize("name", PLAIN)
def test_plain_contradictions_are_found_and_named(name: str) -> None:
    constraints = all_of(PLAIN[name])
    with pytest.raises(PlanError) as caught:
        check_together(constraints, SCHEMA)
    text = str(caught.value)
    assert caught.value.field == "constraints"
    assert "\n" not in text
    assert all(f"'{each}'" in text for each in constraints)


@pytest.mark.parametrize("name", PLAIN)
def test_order_does_not_matter(name: str) -> None:
    with pytest.raises(PlanError):
        check_together(all_of(PLAIN[name])[::-1], SCHEMA)


@pytest.mark.parametrize("name", PLAIN)
def test_each_contradiction_needs_all_its_parts(name: str) -> None:
    constraints = all_of(PLAIN[name])
    for left_out in range(len(constraints) if len(constraints) > 1 else 0):
        check_together([each for at, each in enumerate(constraints) if at != left_out], SCHEMA)


@pytest.mark.parametrize("name", FINE)
def test_what_a_row_could_meet_is_let_through(name: str) -> None:
    check_together(all_of(FINE[name]), SCHEMA)


def test_others_are_not_named() -> None:
    others = ["x <= y", a("unique", columns=["c"]), low("z", 0)]
    with pytest.raises(PlanError) as caught:
        check_together(all_of([*others, "a < b", "b < a"]), SCHEMA)
    assert str(caught.value).startswith("no row meets 'a < b' and 'b < a' (")


def test_values_that_run_out() -> None:
    constraints = all_of(FINE["a range of rows"])
    check_together(constraints, SCHEMA, rows=3)
    with pytest.raises(PlanError, match="no more than 3 rows meet '1 <= a <= 3' and 'a is unique'"):
        check_together(constraints, SCHEMA, rows=4)
    check_together(all_of(PLAIN["unique flags"]), SCHEMA, rows=3)


def test_many_rules_at_once_are_quick() -> None:
    names = [f"v{at}" for at in range(120)]
    schema = Schema(tuple(Column(name, "decimal", nullable=True) for name in names))
    said: list[Any] = [up(*names), a("positive", columns=names)]
    said += [high(name, 1000 + at) for at, name in enumerate(names)]
    said += [nulls("exactly_one", *names[at : at + 3]) for at in range(60)]
    check_together(all_of(said, schema), schema)
    said += ["v119 < v0", *(f"{name} is missing" for name in names[61:70])]
    check_together(all_of(said, schema), schema)
    with pytest.raises(PlanError) as caught:
        check_together(all_of([*said, "v30 is present", "v32 is present"], schema), schema)
    assert str(caught.value).count(" is present") == 3
    assert "'exactly one of v30, v31 and v32 is present'" in str(caught.value)


GRID = {
    "i": [-1, 0, 1, 2, 3],
    "j": [-1, 0, 1, 2, 3],
    "x": [-1.0, -0.5, 0.0, 0.3, 0.5, 1.0, 2.5],
    "f": [True, False],
    "w": ["a", "b", "c"],
}
SMALL = Schema(
    (*columns("integer", "ij"), *columns("decimal", "x"), *columns("boolean", "f"), *columns("categorical", "w"))
)
ROWS = pl.DataFrame(list(product(*GRID.values())), schema=list(GRID), orient="row")
LOOSE = Schema((*columns("integer", "ij", nullable=True), *columns("decimal", "x", nullable=True), *SMALL.columns[3:]))
GAPPED = pl.DataFrame(
    list(product(*([*GRID[name], None] for name in "ijx"), GRID["f"], ["a"])), schema=list(GRID), orient="row"
)

ENDS = {"i": st.integers(-2, 4), "j": st.integers(-2, 4), "x": st.sampled_from([-1, -0.5, 0, 0.3, 0.5, 1, 3])}
SIGN = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
NUMBER = st.sampled_from("ijx")
SOME = st.permutations("ijx")
LISTED = st.lists(st.integers(-1, 3), min_size=1, max_size=3).map(lambda ends: ", ".join(map(str, ends)))
END = NUMBER.flatmap(lambda name: st.tuples(st.just(name), ENDS[name]))
SAYING = st.one_of(
    st.builds(lambda end, strict: low(*end, strict=strict), END, st.booleans()),
    st.builds(lambda end, strict: high(*end, strict=strict), END, st.booleans()),
    st.builds(lambda names, strict: up(*names, strict=strict), SOME, st.booleans()),
    st.builds(lambda names, strict: up(*names[:2], strict=strict), SOME, st.booleans()),
    st.builds(lambda names, strict: a("positive", columns=names[:2], strict=strict), SOME, st.booleans()),
    st.builds(lambda name, sign, end: f"{name} {sign} {end}", NUMBER, SIGN, st.sampled_from([-1, 0, 0.5, 2])),
    st.builds(lambda one, sign, other, by: f"{one} {sign} {other} + {by}", NUMBER, SIGN, NUMBER, st.integers(0, 2)),
    st.builds(lambda one, sign, other: f"not ({one} {sign} {other})", NUMBER, SIGN, NUMBER),
    st.builds(lambda one, other: f"{one} > 0 or {other} < 1", NUMBER, NUMBER),
    st.builds(lambda name, ends: f"{name} in ({ends})", NUMBER, LISTED),
    st.builds(lambda name, ends: f"{name} not in ({ends})", NUMBER, LISTED),
    st.builds(
        lambda name, step, start: a("increments", column=name, step=step, start=start),
        NUMBER,
        st.sampled_from([2, 0.5, 3]),
        st.sampled_from([0, 1, 0.5]),
    ),
    st.builds(lambda names: a("one_hot", columns=names), st.sampled_from([["i", "j"], ["i", "f"], ["j", "x", "f"]])),
    st.builds(
        lambda one, join, other: f"not ({one} > 1 {join} {other} < 1)", NUMBER, st.sampled_from(["and", "or"]), NUMBER
    ),
    st.builds(lambda name, ends: f"not ({name} in ({ends}))", NUMBER, LISTED),
    st.sampled_from(["f", "not f", "f == (i > 0)", "f -> i > 1", "f == i"]),
    st.builds(lambda sign, end: f"w {sign} '{end}'", SIGN, st.sampled_from(["a", "bb", "c"])),
    st.sampled_from(["w in ('a', 'c')", a("regex", column="w", pattern="a|b"), a("regex", column="w", pattern="c")]),
)
MISSING = st.one_of(
    st.builds(lambda rule, names: nulls(rule, *names[:2]), st.sampled_from(["exactly_one", "all_or_none"]), SOME),
    st.builds(lambda names: nulls("at_least_one", *names[:2]), SOME),
    st.builds(lambda name, state: f"{name} is {state}", NUMBER, st.sampled_from(["missing", "present"])),
)


def refusal(constraints: list[Constraint], schema: Schema) -> str:
    try:
        check_together(constraints, schema)
    except PlanError as error:
        return str(error)
    return ""


def meeting(constraints: list[Constraint], rows: pl.DataFrame) -> pl.DataFrame:
    for each in constraints:
        rows = rows.filter(each.held(rows, 1).met(rows))
    return rows


@settings(max_examples=300)
@given(st.lists(SAYING, min_size=1, max_size=6))
def test_no_row_meets_what_is_refused(said: list[Any]) -> None:
    constraints = all_of(said, SMALL)
    if refusal(constraints, SMALL):
        assert meeting(constraints, ROWS).is_empty()


@settings(max_examples=200)
@given(st.lists(SAYING, max_size=4), st.lists(MISSING, min_size=1, max_size=3))
def test_no_row_with_missing_cells_meets_what_is_refused(said: list[Any], missing: list[Any]) -> None:
    constraints = all_of([*said, *missing], LOOSE)
    text = refusal(constraints, LOOSE)
    if not text:
        return
    named = {name for each in constraints if f"'{each}'" in text for name in each.columns}
    rows = meeting(constraints, GAPPED)
    assert (rows if "missing cells" in text else rows.drop_nulls(list(named))).is_empty()


WHOLE = Schema(tuple(columns("integer", "ijk")))
CUBE = pl.DataFrame(list(product(range(4), repeat=3)), schema=list("ijk"), orient="row")
BOUNDED = [a("range", column=name, low=0, high=3) for name in "ijk"]
DIFFERENCE = st.builds(
    lambda names, sign, by: f"{names[0]} + {by} {sign} {names[1]}",
    st.permutations("ijk"),
    st.sampled_from(["<", "<=", "==", ">", ">="]),
    st.integers(0, 3),
)


@settings(max_examples=200)
@given(st.lists(DIFFERENCE, min_size=1, max_size=6))
def test_of_whole_numbers_within_ends_every_contradiction_of_distances_is_found(said: list[str]) -> None:
    constraints = all_of([*BOUNDED, *said], WHOLE)
    assert bool(refusal(constraints, WHOLE)) == meeting(constraints, CUBE).is_empty()


@settings(max_examples=200)
@given(st.lists(MISSING, min_size=1, max_size=5))
def test_every_contradiction_of_missing_cells_is_found(said: list[Any]) -> None:
    constraints = all_of(said, LOOSE)
    assert bool(refusal(constraints, LOOSE)) == meeting(constraints, GAPPED).is_empty()


@given(st.lists(SAYING, min_size=1, max_size=4))
def test_rows_that_meet_all_lie_within_the_intervals(said: list[Any]) -> None:
    constraints = all_of(said, SMALL)
    rows = meeting(constraints, ROWS)
    for name, interval in intervals(constraints, SMALL).items():
        assert inside(rows[name], interval)


def inside(values: pl.Series, interval: Interval) -> bool:
    least, most = interval
    return all((least is None or least <= value) and (most is None or value <= most) for value in values)


def test_intervals_are_typed_and_tight() -> None:
    from datetime import date, datetime, time
    from zoneinfo import ZoneInfo

    said = [
        a("range", column="a", low=0, high=9, strict=True),
        "b < 7",
        "b <= 100",
        "b > 0",
        "b >= 3 and x <= 2.5",
        low("d", "2020-01-01", strict=True),
        high("t", "2020-01-01T05:00:00"),
        high("u", "2020-01-01T00:00:00+00:00"),
        "k >= 'bb'",
        "f",
        high("s", "09:30"),
    ]
    assert intervals(all_of(said), SCHEMA) == {
        "a": (1, 8),
        "b": (3, 6),
        "x": (None, 2.5),
        "f": (True, True),
        "d": (date(2020, 1, 2), None),
        "t": (None, datetime(2020, 1, 1, 5)),
        "u": (None, datetime(2020, 1, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))),
        "s": (None, time(9, 30)),
        "k": ("bb", None),
    }
