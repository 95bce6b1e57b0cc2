"""Every operator and function by hand."""

from datetime import date, datetime, time
from typing import Any

import polars as pl
import pytest

from understudy.data.schema import Column, Schema
from understudy.errors import ExpressionError, UnknownColumn
from understudy.rules.expressions import parse, spelled_literal, spelled_name
from understudy.rules.expressions.functions import FUNCTIONS
from understudy.rules.expressions.tree import Call, walk

ROW = {
    "n": 7,
    "x": 2.5,
    "none": None,
    "word": "Ab c",
    "digits": "03",
    "yes": True,
    "day": date(2024, 2, 29),
    "moment": datetime(2024, 2, 29, 18, 30, 15),
    "clock": time(6, 5, 4),
    "check in": 1,
    "年": 2024,
}
FRAME = pl.DataFrame({name: [cell] for name, cell in ROW.items()}, schema_overrides={"none": pl.Float64}).with_columns(
    berlin=pl.col("moment").dt.replace_time_zone("Europe/Berlin"), utc=pl.col("moment").dt.replace_time_zone("UTC")
)
KNOWN: list[tuple[str, Any]] = [
    ("1 + 2 * 3 - 4", 3),
    ("2 ** 3 ** 2", 512.0),
    ("-2 ** 2", -4),
    ("2 ** -1", 0.5),
    (["7 // 2", "-7 // 2"][0], 3),
    ("-7 // 2", -4),
    ("-7 % 3", 2),
    ("7 % -3", -2),
    ("7.5 % 2", 1.5),
    ("10 - 3 - 2", 5),
    ("100 / 10 / 2", 5.0),
    ("49 / 49 * 49 // 49", 1),
    ("1 / 0", None),
    ("0 / 0", None),
    ("1 % 0", None),
    ("1 // 0", None),
    ("1e308 * 10", None),
    ("1 / (1e308 * 10)", None),
    ("0 ** -1", None),
    ("(-8) ** 0.5", None),
    ("n + none", None),
    ("`check in` + 年", 2025),
    ("0.1 + 0.2 == 0.3", True),
    ("0.1 + 0.2 <= 0.3", True),
    ("0.1 + 0.2 > 0.3", False),
    ("1 != 1 + 1e-8", True),
    ("1000000000000 == 1000000000001", False),
    ("1000000000000.5 == 1000000000001", True),
    ("1 < 2 < 3", True),
    ("1 < 3 < 2", False),
    ("3 = 3", True),
    ("3 <> 3", False),
    ("not 1 == 2", True),
    ("none == 1", None),
    ("none is missing", True),
    ("n is not missing", True),
    ("1 / 0 is missing", True),
    ("n in (1, 7)", True),
    ("n not in (1, 7)", False),
    ("x in (1, 2.5 + 1e-12)", True),
    ("none in (1, 2)", None),
    ("none not in (1, 2)", None),
    ("word in ('Ab c', 'x')", True),
    ("digits == 3", True),
    ("digits in (1, 3)", True),
    ("digits == '3'", False),
    ("word == 3", False),
    ("word != 3", True),
    ("word < 3", None),
    ("word not in (3, 4)", True),
    ("'b' > 'a'", True),
    ("false and none is missing", False),
    ("false and missing", False),
    ("true or missing", True),
    ("true and missing", None),
    ("false or missing", None),
    ("not missing", None),
    ("true -> false", False),
    ("false -> missing", True),
    ("missing -> true", True),
    ("true -> false -> false", True),
    ("(true -> false) -> false", True),
    ("false -> true or true and false", True),
    ("true or true and false", True),
    ("not false and false", False),
    ("yes + yes", 2),
    ("yes == 1", True),
    ("yes == 'yes'", True),
    ("yes == 'No'", False),
    ("yes != false", True),
    ("if(n > 3, 'big', 'small')", "big"),
    ("if(missing, 1, 2)", 2),
    ("if(true, 1, missing)", 1),
    ("if(false, 1, missing)", None),
    ("if(yes, day, '2020-01-01')", date(2024, 2, 29)),
    ("coalesce(none, 1 / 0, n)", 7.0),
    ("abs(-3)", 3),
    ("round(2.5)", 3),
    ("round(-2.5)", -3),
    ("round(3.5)", 4),
    ("round(1.005, 2)", 1.01),
    ("round(2.675, 2)", 2.68),
    ("round(-1.005, 2)", -1.01),
    ("round(1.00499, 2)", 1.0),
    ("round(0.07, 2)", 0.07),
    ("round(1234567, -3)", 1235000),
    ("round(1e300, 2)", 1e300),
    ("round(123456789012345.67, 1)", 123456789012345.7),
    ("round(0.49999999)", 0),
    ("floor(-2.5)", -3),
    ("ceil(-2.5)", -2),
    ("sqrt(6.25)", 2.5),
    ("sqrt(-1)", None),
    ("exp(0)", 1.0),
    ("exp(1000)", None),
    ("log(1)", 0.0),
    ("log(0)", None),
    ("log(-1)", None),
    ("min(3, x, 4)", 2.5),
    ("max(3, n)", 7),
    ("max(3, none)", None),
    ("min('b', 'a')", "a"),
    ("max(day, '2025-01-01')", date(2025, 1, 1)),
    ("sum(1, 2, n)", 10),
    ("sum(1, none)", None),
    ("mean(1, 2)", 1.5),
    ("mean(1, 1, 1) == 1", True),
    ("number('2.5') + 1", 3.5),
    ("number('x')", None),
    ("number('inf')", None),
    ("number(yes)", 1),
    ("text(3.0)", "3"),
    ("text(n / 2)", "3.5"),
    ("text(yes)", "true"),
    ("text(day)", "2024-02-29"),
    ("text(moment)", "2024-02-29 18:30:15"),
    ("text(clock)", "06:05:04"),
    ("text(missing)", None),
    ("length('héé')", 3),
    ("lower(word)", "ab c"),
    ("upper(word)", "AB C"),
    ("trim('  a b ')", "a b"),
    ("concat('a', 1, true)", "a1true"),
    ("concat('a', missing)", None),
    ("left(word, 2)", "Ab"),
    ("left(word, 0)", ""),
    ("left(word, -1)", ""),
    ("left(word, 99)", "Ab c"),
    ("left(word, 1e300)", "Ab c"),
    ("right(word, 1)", "c"),
    ("right('abc', n - 5)", "bc"),
    ("contains(word, 'b c')", True),
    ("contains('a.c', '.')", True),
    ("contains('abc', '.')", False),
    ("contains('xAb cx', word)", True),
    ("starts(word, 'A')", True),
    ("ends('xAb c', word)", True),
    ("matches(word, '[A-Z]b .')", True),
    ("matches(word, 'Ab')", False),
    ("matches('ab', 'a|b')", False),
    ("matches('b', 'a|b')", True),
    ("matches('03', '\\d{2}')", True),
    ("replace('a.b.c', '.', '$0')", "a$0b$0c"),
    ("day + 1", date(2024, 3, 1)),
    ("1 + day", date(2024, 3, 1)),
    ("day - 1.5", date(2024, 2, 27)),
    ("day + 1.7", date(2024, 3, 1)),
    ("day - 1.2", date(2024, 2, 27)),
    ("day + 1e9", None),
    ("day - 10000000", None),
    ("day - '2024-01-01'", 59),
    ("moment + 0.5", datetime(2024, 3, 1, 6, 30, 15)),
    ("moment - day", 66615 / 86400),
    ("moment > day", True),
    ("day == '2024-02-29'", True),
    ("moment >= '2024-02-29 18:30'", True),
    ("clock < '12:00'", True),
    ("date('2024-02-29') == day", True),
    ("date(moment)", date(2024, 2, 29)),
    ("date(concat(年, '-01-02'))", date(2024, 1, 2)),
    ("date(word)", None),
    ("date(2023, 2, 29)", None),
    ("date(2024, 2, 29)", date(2024, 2, 29)),
    ("date(2024, 13, 1)", None),
    ("date(2024, 4, 31)", None),
    ("date(99999, 1, 1)", None),
    ("date(2024, 1.5, 1)", None),
    ("year(day)", 2024),
    ("quarter(day)", 1),
    ("month(moment)", 2),
    ("day(day)", 29),
    ("weekday(day)", 4),
    ("hour(moment)", 18),
    ("minute(clock)", 5),
    ("second(clock)", 4),
    ("days(day, '2024-02-01')", 28),
    ("days(moment, day)", 66615 / 86400),
    ("hours(moment, day)", 66615 / 3600),
    ("hours(day, day - 1)", 24),
    ("minutes(clock, '06:00:00')", 5 + 4 / 60),
    ("seconds('2024-02-29 18:30:16', moment)", 1.0),
    ("hours(utc, berlin)", 1.0),
    ("berlin < utc", True),
    ("berlin == moment", True),
    ("hour(berlin)", 18),
    ("cumsum(n)", 7),
    ("cumsum(n, word)", 7),
    ("cumsum(n, none)", None),
]


@pytest.mark.parametrize(("text", "expected"), KNOWN, ids=[text for text, _ in KNOWN])
def test_known_answers(text: str, expected: object) -> None:
    (got,) = parse(text).over(FRAME)
    assert got == (pytest.approx(expected, rel=1e-14) if isinstance(expected, float) else expected)
    assert type(got) is type(expected)


def test_every_function_has_a_known_answer() -> None:
    seen = {node.function for text, _ in KNOWN for node in walk(parse(text).tree) if isinstance(node, Call)}
    assert seen == set(FUNCTIONS)


def test_running_totals_go_on_over_missing_rows_and_within_groups() -> None:
    frame = pl.DataFrame({"x": [1, None, 3, 4, 5], "g": ["a", "a", "b", "a", None], "h": [1, 1, 1, 2, 2]})
    assert parse("cumsum(x)").over(frame).to_list() == [1, None, 4, 8, 13]
    assert parse("cumsum(x, g)").over(frame).to_list() == [1, None, 3, 5, None]
    assert parse("cumsum(x, g, h)").over(frame).to_list() == [1, None, 3, 4, None]
    assert parse("cumsum(1)").over(frame).to_list() == [1, 2, 3, 4, 5]
    assert parse("cumsum(cumsum(1), h)").over(frame).to_list() == [1, 3, 6, 4, 9]
    assert parse("cumsum(x, h == 1) - x").over(frame).to_list() == [0, None, 1, 0, 4]
    assert parse("1 + cumsum(x)").running
    assert not parse("sum(x, 1)").running


@pytest.mark.parametrize("rows", [0, 1, 3])
@pytest.mark.parametrize("text", ["1", "'a'", "2 % 3 == 2", "2 ** 1024 == 3", "cumsum(1)", "x + 1", "x is missing"])
def test_there_is_one_value_a_row(rows: int, text: str) -> None:
    assert len(parse(text).over(pl.DataFrame({"x": [1.0] * rows}, schema={"x": pl.Float64}))) == rows


def test_other_dtypes_are_taken_for_their_kind() -> None:
    frame = pl.DataFrame(
        {
            "small": pl.Series([3], dtype=pl.Int8),
            "large": pl.Series([2**63 + 5], dtype=pl.UInt64),
            "single": pl.Series([0.5], dtype=pl.Float32),
            "level": pl.Series(["3"], dtype=pl.Categorical),
            "wild": [float("inf")],
            "nan": [float("nan")],
            "nothing": pl.Series([None], dtype=pl.Null),
            "milli": pl.Series([datetime(2024, 1, 1)], dtype=pl.Datetime("ms")),
        }
    )
    for text in ("small * 100 == 300", "large > 1", "single == 0.5", "level == 3", "wild is missing", "nan is missing",
                 "nothing is missing", "milli == '2024-01-01'", "level in ('3', '4')"):  # fmt: skip
        assert parse(text).over(frame).to_list() == [True], text
    with pytest.raises(ExpressionError, match="'list' holds List"):
        parse("list == 1").over(pl.DataFrame({"list": [[1]]}))


def test_the_frame_is_left_as_it_is() -> None:
    frame = pl.DataFrame({"x": [1.0, float("nan")]})
    before = frame.clone()
    parse("(x + 1) / x == x").over(frame)
    assert frame.equals(before)


SCHEMA = Schema(
    tuple(
        Column(name, kind)
        for name, kind in {
            "i": "integer", "x": "decimal", "b": "boolean", "c": "categorical", "k": "id", "w": "text",
            "o": "constant", "d": "date", "m": "datetime", "t": "time",
        }.items()
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("i + x", "number"),
        ("i < x", "boolean"),
        ("d - d", "number"),
        ("d + i", "date"),
        ("m + i", "datetime"),
        ("t", "time"),
        ("concat(c, k, w, o, i, d)", "text"),
        ("if(b, d, m)", "datetime"),
        ("if(b, missing, c)", "text"),
        ("coalesce(b, i)", "number"),
        ("c == 3 or k == 'x'", "boolean"),
    ],
)
def test_the_kind_is_known_from_the_schema(text: str, kind: str) -> None:
    assert parse(text).kind(SCHEMA) == kind


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("c + 1", "in 'c'"),
        ("c * 2", "a text stands where a number is needed (in 'c'): number(…)"),
        ("i and b", "a number stands where a boolean is needed (in 'i')"),
        ("not c", "in 'c'"),
        ("1 + (d + d)", "a date + a date means nothing"),
        ("d * 2", "a date stands where a number is needed"),
        ("d < 3", "a date ('d') does not compare with a number ('3')"),
        ("i < x < d", "does not compare"),
        ("d == '2020-13-01'", "'2020-13-01' is no date"),
        ("i == 'many'", "'many' is no number"),
        ("b == 'maybe'", "'maybe' is no boolean"),
        ("t - t", "seconds(a, b) give differences"),
        ("hour(d)", "'hour' is given a date"),
        ("year(t)", "'year' is given a time"),
        ("if(i, 1, 2)", "in 'i'"),
        ("if(b, 1, 'a')", "a number and a text stand together"),
        ("max(d, i)", "a date and a number stand together"),
        ("i == missing", "write 'x is missing'"),
        ("i in (1, missing)", "nothing compares with missing"),
        ("missing", "always missing"),
        ("length(i)", "text(…) writes a number as a text"),
        ("days(i, d)", "a number stands"),
        ("matches(i, 'a')", "in 'i'"),
    ],
)
def test_operands_that_do_not_fit_are_named(text: str, what: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text).kind(SCHEMA)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_column_is_named_with_the_nearest() -> None:
    for act in (lambda: parse("prize + 1").kind(Schema((Column("price", "decimal"),))),
                lambda: parse("prize + 1").over(pl.DataFrame({"price": [1]}))):  # fmt: skip
        with pytest.raises(UnknownColumn, match=r"no column 'prize': did you mean 'price'\?"):
            act()


def test_values_and_names_are_spelled_to_be_read_back() -> None:
    for value in ("it's", 'say "x"', "a\\d", "", True, 0, -2, 0.1, 1e300, None):
        tree = parse(spelled_literal(value)).tree
        assert parse(parse(spelled_literal(value)).text).tree == tree
    frame = pl.DataFrame({"a`b c": ["it's"]})
    assert parse(f"{spelled_name('a`b c')} == {spelled_literal(frame['a`b c'][0])}").over(frame).to_list() == [True]
