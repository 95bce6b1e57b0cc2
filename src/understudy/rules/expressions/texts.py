"""Functions of texts."""

from collections.abc import Callable
from functools import lru_cache

import polars as pl

from understudy.rules.expressions.comparisons import as_number
from understudy.rules.expressions.tokens import shortened
from understudy.rules.expressions.tree import Call, Text
from understudy.rules.expressions.values import DTYPES, Scope, Value, boolean, number, taken, text

MOST_PATTERN = 1000
_EXACT = 2.0**53


def to_number(_: Scope, node: Call, values: list[Value]) -> Value:
    """`number(x)`: a text read as a number, a truth value as 1 or 0."""
    value = values[0]
    return as_number(value) if value.kind == "text" else taken(value, "number")


def to_text(scope: Scope, node: Call, values: list[Value]) -> Value:
    """`text(x)`: numbers without needless zeros, truth values in words, moments as ISO writes them."""
    return text(_written(scope, values[0]), node)


def _written(scope: Scope, value: Value) -> pl.Expr:
    match value.kind:
        case "number" if value.integral:
            return value.expr.cast(pl.String)
        case "number":
            return _written_number(scope.firm(value).expr)
        case "datetime":
            return value.expr.dt.strftime("%Y-%m-%d %H:%M:%S%.f")
        case "time":
            return value.expr.dt.strftime("%H:%M:%S%.f")
        case "missing":
            return pl.lit(None, DTYPES["text"])
        case _:
            return value.expr.cast(pl.String)


def _written_number(expr: pl.Expr) -> pl.Expr:
    whole = (expr.floor() == expr) & (expr.abs() <= _EXACT)
    digits = pl.when(whole).then(expr).cast(pl.Int64).cast(pl.String)
    return pl.coalesce(digits, expr.cast(pl.String))


def measured(_: Scope, node: Call, values: list[Value]) -> Value:
    """`length(x)`: characters of a text."""
    return number(taken(values[0], "text").expr.str.len_chars().cast(pl.Float64), node, whole=True, wild=False)


def changed(change: Callable[[pl.Expr], pl.Expr]) -> Callable[[Scope, Call, list[Value]], Value]:
    """A function that turns a text into another."""
    return lambda _, node, values: text(change(taken(values[0], "text").expr), node)


def joined(scope: Scope, node: Call, values: list[Value]) -> Value:
    """`concat(a, b, …)`: values one after the other, as `text` writes them."""
    return text(pl.concat_str([_written(scope, value) for value in values]), node)


def cut(change: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Scope, Call, list[Value]], Value]:
    """`left(x, n)` and `right(x, n)`: so many characters of an end; none where n is negative."""

    def apply(scope: Scope, node: Call, values: list[Value]) -> Value:
        subject, count = taken(values[0], "text"), scope.tamed(taken(values[1], "number"))
        most = count.floats.clip(0, 1_000_000_000).floor().cast(pl.Int64)
        found = change(_high(scope, subject), scope.held(number(most, node)).expr)
        return text(found, node)

    return apply


def found(test: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Scope, Call, list[Value]], Value]:
    """`contains(x, y)`, `starts(x, y)`, `ends(x, y)`: whether a text holds another, letter by letter."""
    return lambda scope, node, values: boolean(test(*(_high(scope, taken(value, "text")) for value in values)), node)


def _high(scope: Scope, value: Value) -> pl.Expr:
    """A text as high as the frame: polars does not spread a single text over rows beside it."""
    return pl.when(scope.zeros == 0).then(value.expr) if value.lone else value.expr


def replaced(_: Scope, node: Call, values: list[Value]) -> Value:
    """`replace(x, 'old', 'new')`: every occurrence, letter by letter."""
    subject, new = taken(values[0], "text"), taken(values[2], "text")
    old, again = str(values[1].constant), str(new.constant)
    return text(subject.expr.str.replace_all(old, again, literal=True), node)


def check_replace(node: Call) -> str:
    """What is wrong with a call of `replace`, "" if nothing is."""
    old, new = node.arguments[1:]
    sound = isinstance(old, Text) and isinstance(new, Text) and old.value
    return "" if sound else "'replace' needs what it replaces, and by what, in quotes"


def matched(_: Scope, node: Call, values: list[Value]) -> Value:
    """`matches(x, 'regex')`: whether the whole text matches."""
    subject, pattern = taken(values[0], "text"), str(values[1].constant)
    return boolean(subject.expr.str.contains(whole_match(pattern)), node)


def whole_match(pattern: str) -> str:
    r"""The regex that matches whole texts only.

    >>> whole_match("a|b")
    '\\A(?:a|b)\\z'
    """
    return rf"\A(?:{pattern})\z"


def check_matches(node: Call) -> str:
    """What is wrong with a call of `matches`, "" if nothing is."""
    pattern = node.arguments[1]
    if not isinstance(pattern, Text):
        return "'matches' needs its regex in quotes"
    return regex_fault(pattern.value)


@lru_cache(maxsize=256)
def regex_fault(pattern: str) -> str:
    """What keeps a regex from being run in time linear in the text, "" if nothing does.

    The regexes of polars (Rust's) know no look-around and no back-references, and so never run away.
    """
    if len(pattern) > MOST_PATTERN:
        return f"a regex of {len(pattern)} characters, {MOST_PATTERN} at most"
    for each in (pattern, whole_match(pattern)):
        try:
            pl.Series([""]).str.contains(each)
        except pl.exceptions.PolarsError:
            return f"'{shortened(pattern)}' is no regex that can be run safely (no look-around, no back-references)"
    return ""
