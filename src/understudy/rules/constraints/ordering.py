"""Kinds that say how values lie to ends, to zero, or to each other in a row."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar

import polars as pl

from understudy.data.schema import Schema
from understudy.errors import PlanError
from understudy.rules.constraints.constraint import COUNTED, Constraint, at_least_two, refusal
from understudy.rules.constraints.stated import Rowwise, every, parsed
from understudy.rules.constraints.values import Plain, one, typed
from understudy.rules.expressions import Expression, spelled_literal, spelled_name

_COMPARABLE = "set the column's kind"


@dataclass(frozen=True)
class Range(Rowwise):
    """Values lie between two ends.

    Attributes:
        column: what is held.
        low: the least value; None for an open end.
        high: the largest.
        strict: whether the ends themselves are left out.
    """

    column: str
    low: int | float | str | None = None
    high: int | float | str | None = None
    strict: bool = False
    columns: tuple[str, ...] = field(init=False, repr=False, compare=False)
    kind: ClassVar[str] = "range"

    def _settle(self) -> None:
        self._name_columns(self.column)
        ends = [each for each in (self.low, self.high) if each is not None]
        if not ends:
            raise PlanError("a range has no end", where=f"column '{self.column}'", hint="give low or high", field="low")
        if len({isinstance(each, str) for each in ends}) > 1:
            raise refusal("high", self.high, "give two numbers, or two dates, or two texts")
        if len(ends) > 1 and self._measured and (ends[0] > ends[1] or (self.strict and ends[0] == ends[1])):  # type: ignore[operator]
            raise PlanError(
                f"no value lies between {self.low} and {self.high}",
                where=f"column '{self.column}'",
                hint="low is the smaller end",
                field="low",
            )

    @property
    def _measured(self) -> bool:
        return not isinstance(self.high if self.low is None else self.low, str)

    @property
    def signs(self) -> tuple[tuple[Plain, str], ...]:
        """The ends there are, each with the sign that stands between it and the column, end first."""
        low, high = ("<", ">") if self.strict else ("<=", ">=")
        return tuple((end, sign) for end, sign in ((self.low, low), (self.high, high)) if end is not None)

    def expressions(self) -> tuple[Expression, ...]:
        """One for each end, where they are numbers; moments of a column's kind no expression spells."""
        name = spelled_name(self.column)
        return tuple(parsed(f"{spelled_literal(end)} {sign} {name}") for end, sign in self.signs if self._measured)

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`: the ends are values of the column's kind."""
        Constraint.bound(self, schema)
        column = schema[self.column]
        if column.kind == "boolean" or (self._measured and column.kind not in COUNTED):
            raise self._unfit(column, _COMPARABLE)
        for end, _ in () if self._measured else self.signs:
            try:
                one(end, column)
            except ValueError as error:
                what = f"'{end}' is no value of '{self.column}', which is {column.kind}"
                raise PlanError(
                    what, where=f"constraint '{self.short}'", hint=str(error), field="constraints"
                ) from error

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`."""
        if self._measured:
            return super().met(frame, seen)
        cells = frame[self.column]
        ends = [(typed([end], cells.dtype), sign) for end, sign in self.signs]
        return every([_compared(cells, sign, end) for end, sign in ends], frame.height)

    def __str__(self) -> str:
        if self.low is not None and self.high is not None:
            sign = "<" if self.strict else "<="
            return f"{self.low} {sign} {self.column} {sign} {self.high}"
        end, sign = (self.low, ">") if self.high is None else (self.high, "<")
        return f"{self.column} {sign}{'' if self.strict else '='} {end}"


def _compared(cells: pl.Series, sign: str, end: pl.Series) -> pl.Series:
    match sign:
        case "<=":
            return cells >= end
        case "<":
            return cells > end
        case ">=":
            return cells <= end
        case _:
            return cells < end


@dataclass(frozen=True)
class Positive(Rowwise):
    """No number is below 0.

    Attributes:
        columns: each is held.
        strict: whether 0 is left out too.
    """

    columns: tuple[str, ...]
    strict: bool = False
    kind: ClassVar[str] = "positive"

    @property
    def _sign(self) -> str:
        return ">" if self.strict else ">="

    def expressions(self) -> tuple[Expression, ...]:
        """One a column."""
        return tuple(parsed(f"{spelled_name(name)} {self._sign} 0") for name in self.columns)

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`: the columns hold numbers."""
        Constraint.bound(self, schema)
        self._refuse_kinds(schema, self.columns, COUNTED, "name columns of numbers")

    def __str__(self) -> str:
        return " and ".join(f"{name} {self._sign} 0" for name in self.columns)


@dataclass(frozen=True)
class Inequality(Rowwise):
    """Values of a row rise from column to column.

    Attributes:
        columns: from the least to the largest, each compared with the next.
        strict: whether equal values are left out.
    """

    columns: tuple[str, ...]
    strict: bool = False
    kind: ClassVar[str] = "inequality"

    def _settle(self) -> None:
        at_least_two(self)

    def expressions(self) -> tuple[Expression, ...]:
        """One for each two neighbours."""
        names, sign = [spelled_name(name) for name in self.columns], "<" if self.strict else "<="
        return tuple(parsed(f"{low} {sign} {high}") for low, high in pairwise(names))

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`: neighbours compare."""
        Constraint.bound(self, schema)
        for name in self.columns:
            if schema[name].kind == "boolean":
                raise self._unfit(schema[name], _COMPARABLE)
        super().bound(schema)

    def __str__(self) -> str:
        return (" < " if self.strict else " <= ").join(self.columns)
