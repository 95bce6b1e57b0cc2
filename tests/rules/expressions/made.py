"""Random trees and random frames for laws."""

from datetime import date

import polars as pl
from hypothesis import strategies as st

from understudy.rules.expressions.tree import (
    Among,
    Call,
    Chain,
    Column,
    Implies,
    Missing,
    Negative,
    Node,
    Not,
    Number,
    Power,
    Presence,
    Text,
    Truth,
    chain,
)

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
WORDS = ("a", "b", "3", "03", "x y", "", "Größe", "2.5")
FLOATS = (0.0, 0.1, 0.2, 0.3, 0.5, -0.5, 1.0, 2.5, -2.5, 1.005, 7.0, 1e-3, -3.0, 100.0, 1e200)


def cells(values: st.SearchStrategy, rows: int) -> st.SearchStrategy:
    return st.lists(st.none() | values, min_size=rows, max_size=rows)


@st.composite
def frames(draw: st.DrawFn, least: int = 1, most: int = 6) -> pl.DataFrame:
    rows = draw(st.integers(least, most))
    columns = {
        **{name: (st.integers(-20, 20), pl.Int64) for name in "ij"},
        **{name: (st.sampled_from(FLOATS), pl.Float64) for name in "xy"},
        **{name: (st.booleans(), pl.Boolean) for name in "pq"},
        **{name: (st.sampled_from(WORDS), pl.String) for name in "st"},
        **{name: (st.dates(date(1, 1, 1), date(9999, 12, 31)), pl.Date) for name in "de"},
    }
    return pl.DataFrame(
        [pl.Series(name, draw(cells(values, rows)), dtype=dtype) for name, (values, dtype) in columns.items()]
    )


def chains(signs: tuple[str, ...], operands: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    rest = st.lists(st.tuples(st.sampled_from(signs), operands), min_size=1, max_size=most - 1)
    return st.builds(
        lambda first, rest: chain(first, tuple(sign for sign, _ in rest), tuple(each for _, each in rest)),
        operands,
        rest,
    )


def calls(functions: str, *arguments: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(lambda name, *given: Call(name, given), st.sampled_from(functions.split()), *arguments)


def many(functions: str, values: st.SearchStrategy) -> st.SearchStrategy:
    given_values = st.lists(values, min_size=1, max_size=3).map(tuple)
    return st.builds(Call, st.sampled_from(functions.split()), given_values)


def columns(names: str) -> st.SearchStrategy:
    return st.sampled_from(names).map(Column)


WHOLE = st.integers(0, 30).map(Number)
NUMBERS = WHOLE | st.sampled_from([0.1, 0.5, 2.5, 1e-3, 3.0]).map(Number)
TEXTS = st.sampled_from(WORDS).map(Text)


def numbers(deep: int) -> st.SearchStrategy[Node]:
    if not deep:
        return columns("ij") | columns("xy") | NUMBERS
    below, words, days = numbers(deep - 1), texts(deep - 1), dates(deep - 1)
    return st.one_of(
        columns("ijxy"),
        chains(("+", "-"), below),
        chains(("*", "/", "//", "%"), below),
        st.builds(Negative, below),
        st.builds(Power, below, st.sampled_from([0, 1, 2]).map(Number)),
        calls("abs floor ceil sqrt", below),
        calls("round", below, st.sampled_from([Number(0), Number(2), Negative(Number(1))])),
        many("min max sum mean coalesce", below),
        calls("if", truths(deep - 1), below, below),
        calls("length", words),
        calls("number", columns("st")),
        calls("year quarter month day weekday", days),
        calls("days hours", days, days),
        st.builds(lambda a, b: Chain(("-",), (a, b)), days, days),
    )


def texts(deep: int) -> st.SearchStrategy[Node]:
    if not deep:
        return columns("st") | TEXTS
    below = texts(deep - 1)
    return st.one_of(
        columns("st"),
        calls("lower upper trim", below),
        calls("left right", below, numbers(deep - 1)),
        many("concat min max coalesce", below),
        calls("text", columns("ijpsd")),
        calls("if", truths(deep - 1), below, below),
        calls("replace", below, st.just(Text("a")), TEXTS),
    )


def dates(deep: int) -> st.SearchStrategy[Node]:
    if not deep:
        return columns("de")
    below = dates(deep - 1)
    shift = numbers(deep - 1)
    return st.one_of(
        columns("de"),
        st.builds(lambda sign, day, days: Chain((sign,), (day, days)), st.sampled_from("+-"), below, shift),
        calls("if", truths(deep - 1), below, below),
        many("min max coalesce", below),
        calls("date", st.integers(1, 9999).map(Number), shift, shift),
    )


def truths(deep: int) -> st.SearchStrategy[Node]:
    if not deep:
        return columns("pq") | st.booleans().map(Truth)
    below, sums, words = truths(deep - 1), numbers(deep - 1), texts(deep - 1)
    anything = sums | words | below | dates(deep - 1)
    return st.one_of(
        columns("pq"),
        chains(("and",), below),
        chains(("or",), below),
        st.builds(Not, below),
        st.builds(Implies, below, below),
        chains(COMPARISONS, sums),
        chains(COMPARISONS, columns("st"), 2),
        chains(COMPARISONS, dates(deep - 1)),
        st.builds(
            lambda sign, word, sum_: Chain((sign,), (word, sum_)), st.sampled_from(COMPARISONS), columns("st"), sums
        ),
        st.builds(Among, sums, st.lists(sums, min_size=1, max_size=3).map(tuple), st.booleans()),
        st.builds(Among, columns("st"), st.lists(TEXTS | WHOLE, min_size=1, max_size=3).map(tuple), st.booleans()),
        st.builds(Presence, anything, st.booleans()),
        calls("contains starts ends", words, words),
    )


def typed(deep: int = 2) -> st.SearchStrategy[Node]:
    """Trees whose kinds fit, over the columns of `frames`."""
    return numbers(deep) | truths(deep) | texts(deep) | dates(deep)


NAMES = st.sampled_from(["a", "_b", "größe", "年齢", "check in", "and", "3rd", "it`s", "a.b", "round", "", " "])
LEAVES = st.one_of(
    st.integers(0, 2**63 - 1).map(Number),
    st.floats(0, allow_nan=False, allow_infinity=False).map(Number),
    st.text(max_size=5).map(Text),
    st.booleans().map(Truth),
    st.just(Missing()),
    NAMES.map(Column),
)


def _grown(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(Negative, below),
        st.builds(Not, below),
        st.builds(Power, below, below),
        st.builds(Implies, below, below),
        st.builds(Presence, below, st.booleans()),
        st.builds(Among, below, st.lists(below, min_size=1, max_size=3).map(tuple), st.booleans()),
        many("coalesce sum concat cumsum", below),
        calls("if", below, below, below),
        *(chains(signs, below) for signs in (("+", "-"), ("*", "/", "//", "%"), ("and",), ("or",), COMPARISONS)),
    )


def untyped() -> st.SearchStrategy[Node]:
    """Trees of every node, whether or not their kinds fit."""
    return st.recursive(LEAVES, _grown, max_leaves=25)
