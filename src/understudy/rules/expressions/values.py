"""What a part of an expression evaluates to, and how one kind is taken for another.

Numbers stand as 64-bit floats, columns and literals of whole numbers as 64-bit integers, so that they compare
exactly. Arithmetic may leave infinities and NaN ("wild" numbers) behind; `Scope.tamed` makes them missing where it
would show.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Literal

import polars as pl

from understudy.data.formats import TRUTHS
from understudy.errors import ExpressionError, UnknownColumn, nearest
from understudy.rules.expressions.tokens import shortened
from understudy.rules.expressions.tree import Node, Number, Text, spelled

Kind = Literal["number", "text", "boolean", "date", "datetime", "time", "missing"]
TRUTH_OF: Mapping[str, bool] = {word: truth for pair in TRUTHS for word, truth in zip(pair, (True, False), strict=True)}
ZERO = "zero"
DTYPES: Mapping[str, pl.DataType] = {
    "number": pl.Float64(),
    "text": pl.String(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "time": pl.Time(),
}


@dataclass(frozen=True, eq=False)
class Value:
    """A part of an expression, ready for polars.

    Attributes:
        expr: what computes it.
        kind: what it is; "missing" for the literal, which fits every kind.
        node: the part of the tree it came from, for errors.
        whole: whether its numbers are whole.
        integral: whether they stand as 64-bit integers.
        simple: whether it costs nothing to name it twice: a column, a literal or a step.
        wild: whether infinities and NaN may stand in it for "missing".
        zone: time zone of a datetime.
    """

    expr: pl.Expr
    kind: Kind
    node: Node
    whole: bool = False
    integral: bool = False
    simple: bool = False
    wild: bool = False
    zone: str | None = None

    @property
    def floats(self) -> pl.Expr:
        """Numbers as 64-bit floats."""
        return self.expr.cast(pl.Float64) if self.integral else self.expr

    @property
    def lone(self) -> bool:
        """Whether it names no column, and so would be one row high."""
        return not self.expr.meta.root_names()

    @property
    def constant(self) -> "str | int | float | None":
        """The number or text written here, None where it is anything but a literal."""
        return self.node.value if isinstance(self.node, Number | Text) else None

    def part(self) -> str:
        """Its text, for errors."""
        return f"in '{shortened(spelled(self.node), 60)}'"


class Scope:
    """The columns at hand, and the steps that are computed before the last expression.

    A part that is needed twice becomes a step of its own: each part is computed once, however deep it is nested.
    """

    def __init__(self, columns: Mapping[str, Value], names: Collection[str]) -> None:
        self.columns, self.names = columns, names
        self.steps: list[list[pl.Expr]] = []
        self.spread = False
        self._rounds: dict[str, int] = {}

    def column(self, name: str) -> Value:
        """A column by name.

        Raises:
            UnknownColumn: there is none of that name.
        """
        if name not in self.columns:
            raise UnknownColumn(f"no column '{name}'", hint=nearest(name, self.names))
        return self.columns[name]

    def held(self, value: Value) -> Value:
        """The same value, cheap to name twice."""
        if value.simple:
            return value
        before = max((self._rounds.get(name, 0) for name in value.expr.meta.root_names()), default=0)
        name = f"step {len(self._rounds)}"
        self._rounds[name] = before + 1
        if before == len(self.steps):
            self.steps.append([])
        self.steps[before].append(value.expr.alias(name))
        return replace(value, expr=pl.col(name), simple=True)

    @property
    def zeros(self) -> pl.Expr:
        """A column of zeros, as high as the frame."""
        self.spread = True
        return pl.col(ZERO)

    def divided(self, dividend: pl.Expr, divisor: pl.Expr | float) -> pl.Expr:
        """A quotient, rounded once.

        By a single value polars multiplies with its inverse, which is rounded twice (49 / 49 < 1): hence the zeros.
        """
        return dividend / (self.zeros + divisor)

    def tamed(self, value: Value) -> Value:
        """Numbers with nothing wild among them: what is not finite is missing."""
        if not value.wild:
            return value
        held = self.held(value)
        return replace(held, expr=pl.when(held.expr.is_finite()).then(held.expr), wild=False, simple=False)

    def firm(self, value: Value) -> Value:
        """Tamed and held: ready to be compared or tested."""
        return self.held(self.tamed(value))


def number(expr: pl.Expr, node: Node, whole: bool = False, wild: bool = True) -> Value:
    """Numbers that an operation gives, as 64-bit floats."""
    return Value(expr, "number", node, whole=whole, wild=wild)


def boolean(expr: pl.Expr, node: Node) -> Value:
    """Truth values that an operation gives."""
    return Value(expr, "boolean", node)


def text(expr: pl.Expr, node: Node) -> Value:
    """Texts that an operation gives."""
    return Value(expr, "text", node)


def taken(value: Value, kind: Kind, hint: str = "") -> Value:
    """A value as one of another kind: truth values count as 1 and 0, a date as its midnight, `missing` as anything.

    Raises:
        ExpressionError: it cannot be taken so.
    """
    if value.kind == kind:
        return value
    if value.kind == "missing":
        whole = kind == "number"
        return replace(
            value, expr=pl.lit(None, pl.Int64 if whole else DTYPES[kind]), kind=kind, whole=whole, integral=whole
        )
    if value.kind == "boolean" and kind == "number":
        return replace(value, expr=value.expr.cast(pl.Int64), kind=kind, whole=True, integral=True, simple=False)
    if value.kind == "date" and kind == "datetime":
        return replace(value, expr=value.expr.cast(pl.Datetime("us")), kind=kind, simple=False)
    raise ExpressionError(
        f"a {value.kind} stands where a {kind} is needed", where=value.part(), hint=hint or _ways(value.kind, kind)
    )


def _ways(kind: str, wanted: str) -> str:
    """How a user gets from one kind to another."""
    ways = {
        ("text", "number"): "number(…) reads a text as a number",
        ("number", "text"): "text(…) writes a number as a text",
        ("boolean", "text"): "text(…) writes a truth value as a text",
        ("number", "boolean"): "compare it, as in 'x == 1'",
        ("text", "boolean"): "compare it, as in \"x == 'yes'\"",
        ("time", "number"): "hours(a, b), minutes(a, b) and seconds(a, b) give differences",
        ("text", "date"): "date(…) reads a text as a date",
    }
    return ways.get((kind, wanted), "see docs/expressions.md")


def alike(values: list[Value], what: str) -> list[Value]:
    """Values brought to one kind, the way branches of `if` are: literals as the columns beside them.

    Raises:
        ExpressionError: they are of kinds that do not go together; `what` names the place.
    """
    kinds = {value.kind for value in values} - {"missing"}
    timed = sorted(kinds & {"date", "datetime", "time"})
    if timed and "text" in kinds:
        values = [read_constant(value, timed[0]) for value in values]  # type: ignore[arg-type]
        kinds = {value.kind for value in values} - {"missing"}
    for wanted, together in (("number", {"number", "boolean"}), ("datetime", {"date", "datetime"})):
        if len(kinds) > 1 and kinds <= together:
            kinds = {wanted}
    if len(kinds) > 1:
        first, second, *_ = sorted(kinds)
        raise ExpressionError(f"a {first} and a {second} stand together", where=what, hint="they must be of one kind")
    kind = next(iter(kinds), "missing")
    if kind == "missing":
        return values
    return _zoned([taken(value, kind) for value in values])  # type: ignore[arg-type]


def _zoned(values: list[Value]) -> list[Value]:
    """Datetimes of several zones as local times, others as they are."""
    if len({value.zone for value in values if value.kind == "datetime"}) < 2:
        return values
    return [replace(value, expr=local(value), zone=None, simple=False) for value in values]


def local(value: Value, instants: bool = False) -> pl.Expr:
    """A moment without its zone, in UTC where `instants` are asked for."""
    expr = taken(value, "datetime").expr
    if value.zone is None:
        return expr
    return (expr.dt.convert_time_zone("UTC") if instants else expr).dt.replace_time_zone(None)


def read_constant(value: Value, kind: Kind) -> Value:
    """A text literal read as the kind of what stands beside it: `start >= '2020-01-31'`, `smoker == 'yes'`.

    Raises:
        ExpressionError: it cannot be read so.
    """
    words = value.constant
    if not isinstance(words, str) or kind in ("text", "missing"):
        return value
    try:
        literal = _literal(words.strip(), kind)
    except (ValueError, KeyError) as error:
        raise ExpressionError(
            f"'{shortened(words)}' is no {kind}", where=value.part(), hint=f"write {_SPELLINGS[kind]}"
        ) from error
    whole = isinstance(literal, int) and not isinstance(literal, bool)
    expr = pl.lit(literal, pl.Int64 if whole else DTYPES[kind])
    return Value(expr, kind, value.node, whole=whole, integral=whole, simple=True)


_SPELLINGS = {
    "number": "a number",
    "boolean": "true or false",
    "date": "a date as '2020-01-31'",
    "datetime": "a moment as '2020-01-31 12:30:00'",
    "time": "a time as '12:30:00'",
}


def _literal(words: str, kind: Kind) -> "int | float | bool | date | datetime | time":
    match kind:
        case "number":
            return int(words) if words.removeprefix("-").isdecimal() and len(words) < 19 else _finite(float(words))
        case "boolean":
            return TRUTH_OF[words.lower()]
        case "date":
            return date.fromisoformat(words)
        case "datetime":
            return datetime.fromisoformat(words).replace(tzinfo=None)
        case _:
            return time.fromisoformat(words)


def _finite(value: float) -> float:
    if abs(value) == float("inf") or value != value:
        raise ValueError("not finite")
    return value
