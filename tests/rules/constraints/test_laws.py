"""Each kind against a loop over rows in Python, on small random tables with missing cells."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from math import gcd
from time import perf_counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.rules.constraints import Constraint, read

Row = dict[str, Any]
DTYPES = {
    "i": pl.Int64(),
    "j": pl.Int64(),
    "x": pl.Float64(),
    "f": pl.Boolean(),
    "h": pl.Int64(),
    "g": pl.String(),
    "t": pl.String(),
    "d": pl.Date(),
    "m": pl.Datetime("us"),
    "z": pl.Datetime("us", "Europe/Berlin"),
    "c": pl.Time(),
}
DAY, HOUR = date(2020, 2, 28), datetime(2020, 3, 28, 22)
CELLS = {
    "i": st.integers(-2, 3),
    "j": st.integers(-2, 3),
    "x": st.integers(-3, 6).map(lambda tenths: tenths * 0.1),
    "f": st.booleans(),
    "h": st.integers(0, 2),
    "g": st.sampled_from(["a", "b", "é"]),
    "t": st.sampled_from(["1", "12", "a1", "", "1\n"]),
    "d": st.integers(0, 3).map(lambda days: DAY + timedelta(days)),
    "m": st.integers(0, 4).map(lambda hours: HOUR + timedelta(hours=hours)),
    "z": st.integers(0, 4).map(lambda hours: (HOUR + timedelta(hours=hours)).replace(tzinfo=UTC)),
    "c": st.integers(0, 3).map(lambda hours: time(hours)),
}


def tables(names: str, most: int = 7) -> st.SearchStrategy[tuple[list[Row], pl.DataFrame]]:
    """Rows with these columns, and the same as a typed frame."""
    rows = st.lists(
        st.fixed_dictionaries({name: st.one_of(st.none(), *[CELLS[name]] * 4) for name in names}), max_size=most
    )
    schema = {name: DTYPES[name] for name in names}
    return rows.map(lambda found: (found, pl.DataFrame(found, schema=schema)))


def met(said: Any, frame: pl.DataFrame, k: int = 1, real: pl.DataFrame | None = None) -> list[bool]:
    found = read(said).held(frame if real is None else real, k).met(frame)
    assert found.dtype == pl.Boolean
    assert found.null_count() == 0
    return found.to_list()


def near(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def least(low: Any, high: Any, strict: bool) -> bool:
    """low <= high, or low < high, as the language compares; None breaks nothing."""
    if low is None or high is None:
        return True
    same = near(low, high) if isinstance(low, float) or isinstance(high, float) else low == high
    return not same and low < high if strict else same or low < high


def within(value: Any, low: Any, high: Any, strict: bool) -> bool:
    return least(low, value, strict) and least(value, high, strict)


END = st.none() | st.sampled_from([-2, 0, 1, 0.3, 2.5])


@given(tables("ix"), st.sampled_from(["i", "x"]), END, END, st.booleans())
def test_range_of_numbers(table, column: str, low: Any, high: Any, strict: bool) -> None:
    rows, frame = table
    if (low is None and high is None) or (None not in (low, high) and not least(low, high, strict)):
        return
    said = {"kind": "range", "column": column, "low": low, "high": high, "strict": strict}
    assert met(said, frame) == [within(row[column], low, high, strict) for row in rows]


WRITTEN = {
    "d": lambda value: value.isoformat(),
    "m": lambda value: value.isoformat(),
    "z": lambda value: value.isoformat(),
    "c": lambda value: value.isoformat(),
    "g": lambda value: value,
}


@given(tables("dmzcg"), st.data(), st.sampled_from("dmzcg"), st.booleans(), st.booleans())
def test_range_of_moments_and_words(table, data: st.DataObject, column: str, strict: bool, spelt: bool) -> None:
    rows, frame = table
    low, high = data.draw(st.none() | CELLS[column]), data.draw(st.none() | CELLS[column])
    if low is None and high is None:
        return
    ends = [None if end is None else WRITTEN[column](end) if spelt or column == "g" else end for end in (low, high)]
    said = {"kind": "range", "column": column, "low": ends[0], "high": ends[1], "strict": strict}
    assert met(said, frame) == [within(row[column], low, high, strict) for row in rows]


@given(tables("ix"), st.booleans())
def test_positive(table, strict: bool) -> None:
    rows, frame = table
    said = {"kind": "positive", "columns": ["i", "x"], "strict": strict}
    assert met(said, frame) == [least(0, row["i"], strict) and least(0, row["x"], strict) for row in rows]


@given(tables("ixjdmgth"), st.sampled_from([("i", "x", "j"), ("d", "m"), ("g", "t"), ("j", "h")]), st.booleans())
def test_inequality(table, columns: Sequence[str], strict: bool) -> None:
    rows, frame = table

    def keeps(row: Row) -> bool:
        values = [row[name] for name in columns]
        if columns == ("d", "m") and values[0] is not None:
            values[0] = datetime.combine(values[0], time())
        return all(least(low, high, strict) for low, high in pairwise(values))

    said = {"kind": "inequality", "columns": list(columns), "strict": strict}
    assert met(said, frame) == [keeps(row) for row in rows]


def test_inequality_of_instants_in_two_zones() -> None:
    noon = datetime(2020, 6, 1, 12, tzinfo=UTC)
    frame = pl.DataFrame({"a": [noon, noon], "b": [noon, noon - timedelta(hours=1)]}).with_columns(
        pl.col("a").dt.convert_time_zone("Asia/Tokyo"), pl.col("b").dt.convert_time_zone("America/New_York")
    )
    assert met({"kind": "inequality", "columns": ["a", "b"]}, frame) == [True, False]


def same(value: Any) -> Any:
    """Decimals are the same where ten digits agree."""
    return float(f"{value:.9e}") if isinstance(value, float) else value


@given(
    tables("igxfdzc"), tables("igxfdzc"), st.integers(1, 3), st.sampled_from([("i", "g"), ("x", "f"), ("d", "z", "c")])
)
def test_combinations(table, other, k: int, columns: Sequence[str]) -> None:
    real_rows, real = table
    rows, frame = other

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(same(row[name]) for name in columns)

    often = Counter(key(row) for row in real_rows)
    expected = [None in key(row) or often[key(row)] >= k for row in rows]
    assert met({"kind": "combinations", "columns": list(columns)}, frame, k, real) == expected


@given(
    tables("ix"), st.sampled_from(["i", "x"]), st.sampled_from([1, 2, 0.1, 0.2, 0.25, 3]), st.sampled_from([0, 1, 0.05])
)
def test_increments(table, column: str, step: float, start: float) -> None:
    rows, frame = table

    def keeps(value: Any) -> bool:
        if value is None:
            return True
        exact = Fraction(round(value * 10), 10)
        return (exact - Fraction(str(start))) % Fraction(str(step)) == 0

    said = {"kind": "increments", "column": column, "step": step, "start": start}
    assert met(said, frame) == [keeps(row[column]) for row in rows]


@given(tables("fhi"))
def test_one_hot(table) -> None:
    rows, frame = table

    def keeps(row: Row) -> bool:
        values = [row["f"], row["h"], row["i"]]
        fillings: list[list[Any]] = [[]]
        for value in values:
            fillings = [[*some, each] for some in fillings for each in ([0, 1] if value is None else [int(value)])]
        return any(sorted(filled) == [0, 0, 1] for filled in fillings)

    assert met({"kind": "one_hot", "columns": ["f", "h", "i"]}, frame) == [keeps(row) for row in rows]


@given(tables("gifzxd"), st.sampled_from([("g",), ("i", "f"), ("z",), ("x", "d", "g")]))
def test_unique(table, columns: Sequence[str]) -> None:
    rows, frame = table
    seen: set[Any] = set()
    expected = []
    for row in rows:
        key = tuple(row[name] for name in columns)
        expected.append(None in key or key not in seen)
        seen.add(key)
    assert met({"kind": "unique", "columns": list(columns)}, frame) == expected


@given(
    tables("igz"),
    tables("igz"),
    st.sampled_from(["all_or_none", "exactly_one", "at_least_one", "as_seen"]),
    st.integers(1, 3),
)
def test_nulls(table, other, rule: str, k: int) -> None:
    real_rows, real = table
    rows, frame = other

    def pattern(row: Row) -> tuple[bool, ...]:
        return tuple(row[name] is not None for name in ("i", "g", "z"))

    often = Counter(pattern(row) for row in real_rows)
    keeps = {
        "all_or_none": lambda there: sum(there) in (0, 3),
        "exactly_one": lambda there: sum(there) == 1,
        "at_least_one": lambda there: sum(there) > 0,
        "as_seen": lambda there: often[there] >= k,
    }[rule]
    said = {"kind": "nulls", "columns": ["i", "g", "z"], "rule": rule}
    assert met(said, frame, k, real) == [keeps(pattern(row)) for row in rows]


def step_by_hand(values: Sequence[float]) -> Fraction:
    exact = [Fraction(f"{value:.6f}") for value in values]
    shared = 10**6
    return Fraction(gcd(*(int((each - exact[0]) * shared) for each in exact)), shared)


@given(
    tables("xgifjh", 9),
    tables("xgifjh"),
    st.integers(1, 3),
    st.sampled_from([("x", ("g",)), ("i", ("f", "j")), ("x", ("h",))]),
)
def test_mixed_scales(table, other, k: int, asked: tuple[str, tuple[str, ...]]) -> None:
    real_rows, real = table
    rows, frame = other
    column, by = asked

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in by)

    scales: dict[tuple[Any, ...], list[float]] = {}
    for row in real_rows:
        if row[column] is not None and None not in key(row):
            scales.setdefault(key(row), []).append(row[column])

    def keeps(row: Row) -> bool:
        if row[column] is None or None in key(row):
            return True
        known = sorted(scales.get(key(row), []))
        if len(known) < k:
            return False
        low, high, step = known[k - 1], known[-k], step_by_hand(known)
        away = Fraction(f"{row[column]:.6f}") - Fraction(f"{low:.6f}")
        return low <= high and within(row[column], low, high, False) and (step == 0 or away % step == 0)

    said = {"kind": "mixed_scales", "column": column, "by": list(by)}
    assert met(said, frame, k, real) == [keeps(row) for row in rows]


MONOTONE = st.fixed_dictionaries(
    {
        "kind": st.just("monotone"),
        "column": st.sampled_from(["i", "x", "d", "z", "t", "c"]),
        "by": st.sampled_from([[], ["g"], ["f", "j"]]),
        "order": st.sampled_from([None, "h", "m"]),
        "decreasing": st.booleans(),
        "strict": st.booleans(),
    }
)


def broken_order(rows: Sequence[Row], said: dict[str, Any], row: int) -> bool:
    """Whether a row before this one, in its group and by its order, has a value it should not have."""
    names = names_in(said)

    def place(at: int) -> Any:
        return rows[at][said["order"]] if said["order"] else at

    def known(at: int) -> bool:
        return all(rows[at][name] is not None for name in names)

    here = rows[row][said["column"]]
    for at, other in enumerate(rows):
        if not (known(at) and known(row)) or any(other[name] != rows[row][name] for name in said["by"]):
            continue
        if place(at) < place(row):
            there = other[said["column"]]
            wrong = there < here if said["decreasing"] else there > here
            if wrong or (said["strict"] and there == here):
                return True
    return False


ORDERED = MONOTONE.flatmap(lambda said: st.tuples(st.just(said), tables(names_in(said))))


def names_in(said: dict[str, Any]) -> str:
    return "".join([said["column"], *said["by"], said["order"] or ""])


@given(ORDERED)
def test_monotone(asked) -> None:
    said, (rows, frame) = asked
    assert met(said, frame) == [not broken_order(rows, said, at) for at in range(len(rows))]


@given(ORDERED)
def test_arranged_values_rise_and_stay_in_their_group(asked) -> None:
    said, (_, frame) = asked
    held = read({**said, "strict": False}).held(frame, 1)
    arranged = held.arranged(frame)
    assert held.met(arranged).all()
    column, others = said["column"], [name for name in frame.columns if name != said["column"]]
    assert arranged.select(others).equals(frame.select(others))
    assert arranged[column].is_null().equals(frame[column].is_null())
    in_group = (pl.col(column).sort(nulls_last=True), pl.len())
    for each in (frame, arranged):
        assert each.columns == frame.columns
    grouped = [each.group_by(said["by"] or pl.lit(0)).agg(in_group) for each in (frame, arranged)]
    names = grouped[0].columns[:-2]
    assert grouped[0].sort(names).equals(grouped[1].sort(names))
    assert held.arranged(frame, [column]).equals(frame)
    assert held.arranged(arranged).equals(arranged)


@given(tables("ig"))
def test_conditional(table) -> None:
    rows, frame = table

    def keeps(row: Row) -> bool:
        when, then = row["i"] is not None and row["i"] < 1, row["g"] is not None and row["g"] != "a"
        return not (when and then)

    said = {"kind": "conditional", "when": "i < 1", "then": "g == 'a'"}
    assert met(said, frame) == [keeps(row) for row in rows]


@given(tables("t"), st.sampled_from([r"[0-9]+", r"1|12", r"a?1\n?", r"", r".*", r"(?i)A1"]))
def test_regex(table, pattern: str) -> None:
    import re

    rows, frame = table
    if not pattern:
        return
    said = {"kind": "regex", "column": "t", "pattern": pattern}
    assert met(said, frame) == [row["t"] is None or bool(re.fullmatch(pattern, row["t"])) for row in rows]


@given(tables("ijf"))
def test_expression(table) -> None:
    rows, frame = table

    def keeps(row: Row) -> bool:
        total = None if None in (row["i"], row["j"]) else row["i"] + row["j"]
        return not (total is not None and total >= 3) or row["f"] is None or row["f"]

    assert met("i + j >= 3 -> f", frame) == [keeps(row) for row in rows]


@given(tables("ijxfhgtz"), st.data())
def test_row_by_row_kinds_do_not_look_at_other_rows(table, data: st.DataObject) -> None:
    rows, frame = table
    constraint: Constraint = read(data.draw(st.sampled_from(ROWWISE)))
    held = constraint.held(frame, 1)
    assert not held.whole
    apart = [held.met(frame[at : at + 1])[0] for at in range(len(rows))]
    assert held.met(frame).to_list() == apart


ROWWISE: list[Any] = [
    "i <= j",
    {"kind": "range", "column": "z", "low": "2020-03-29"},
    {"kind": "positive", "columns": ["x"]},
    {"kind": "inequality", "columns": ["i", "j", "h"]},
    {"kind": "combinations", "columns": ["i", "g"]},
    {"kind": "increments", "column": "x", "step": 0.2},
    {"kind": "one_hot", "columns": ["f", "h"]},
    {"kind": "nulls", "columns": ["i", "g"], "rule": "as_seen"},
    {"kind": "mixed_scales", "column": "x", "by": ["g"]},
    {"kind": "conditional", "when": "f", "then": "x > 0"},
    {"kind": "regex", "column": "t", "pattern": "1+"},
]


@pytest.mark.parametrize(("value", "meets"), [(0.3, True), (0.1 + 0.2, True), (0.35, False), (1e9 + 0.1, True)])
def test_decimals_miss_the_grid_by_rounding_alone(value: float, meets: bool) -> None:
    assert met({"kind": "increments", "column": "v", "step": 0.1}, pl.DataFrame({"v": [value]})) == [meets]


@settings(max_examples=30)
@given(st.integers(-(10**6), 10**6), st.sampled_from([0.1, 0.05, 0.25, 0.001, 1.0]), st.sampled_from([0.0, 0.3]))
def test_every_value_of_a_grid_lies_on_it_and_none_between(steps: int, step: float, start: float) -> None:
    said = {"kind": "increments", "column": "v", "step": step, "start": start}
    frame = pl.DataFrame({"v": [start + steps * step, start + (steps + 0.5) * step, start + (steps + 0.01) * step]})
    assert met(said, frame) == [True, False, False]


@given(tables("xg", 12), st.integers(1, 4))
def test_k_rows_stand_at_or_beyond_each_end_of_a_scale(table, k: int) -> None:
    rows, frame = table
    held = read({"kind": "mixed_scales", "column": "x", "by": ["g"]}).held(frame, k)
    for (level,), low, high, _ in held.seen:
        values = [row["x"] for row in rows if row["g"] == level and row["x"] is not None]
        assert sum(value <= low for value in values) >= k
        assert sum(value >= high for value in values) >= k
        assert low <= high


@given(tables("ig", 12), st.integers(1, 4))
def test_k_rows_carry_each_combination_and_pattern(table, k: int) -> None:
    rows, frame = table
    pairs = read({"kind": "combinations", "columns": ["i", "g"]}).held(frame, k).seen
    patterns = read({"kind": "nulls", "columns": ["i", "g"], "rule": "as_seen"}).held(frame, k).seen
    assert all(sum((row["i"], row["g"]) == pair for row in rows) >= k for pair in pairs)
    assert all(sum((row["i"] is not None, row["g"] is not None) == each for row in rows) >= k for each in patterns)


def test_ten_kinds_on_many_rows_are_quick() -> None:
    rows = 100_000
    at = pl.int_range(rows, eager=True)
    frame = pl.DataFrame({"i": at % 997, "j": at % 1009 + 5, "x": (at % 331) * 0.1, "f": at % 2 == 0, "h": at % 2})
    frame = frame.with_columns(g=pl.Series([f"g{each % 300}" for each in range(rows)]), t=(at % 9999).cast(pl.String))
    held = [read(said).held(frame, 8) for said in [*ROWWISE_QUICK, {"kind": "unique", "columns": ["i", "j"]}, RISING]]
    assert len({each.constraint.kind for each in held}) >= 10

    def seconds() -> float:
        begun = perf_counter()
        for each in held:
            each.met(frame)
        return perf_counter() - begun

    assert min(seconds() for _ in range(5)) < 0.3


RISING = {"kind": "monotone", "column": "x", "by": ["g"], "order": "j"}
ROWWISE_QUICK = [said for said in ROWWISE if isinstance(said, str) or said["kind"] != "range"] + [
    {"kind": "range", "column": "i", "low": 5, "high": 900}
]
