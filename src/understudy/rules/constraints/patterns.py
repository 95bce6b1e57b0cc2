"""Kinds that say which values there are at all: numbers on a grid, flags of which one is set, text of a pattern."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from understudy.data.schema import Schema
from understudy.errors import PlanError
from understudy.rules.constraints.constraint import COUNTED, WORDS, Constraint, at_least_two, listed, refusal
from understudy.rules.constraints.stated import every
from understudy.rules.constraints.values import numbers

CLOSE = 1e-6
"""How far from the grid a value may lie, in steps; what doubles cannot tell apart comes on top."""
EXACT = 4e-16


@dataclass(frozen=True)
class Increments(Constraint):
    """Numbers stand on a grid.

    Attributes:
        column: what is held.
        step: distance of two neighbours, above 0.
        start: any value of the grid, which goes on to both sides.
    """

    column: str
    step: int | float
    start: int | float = 0
    columns: tuple[str, ...] = field(init=False, repr=False, compare=False)
    kind: ClassVar[str] = "increments"

    def _settle(self) -> None:
        self._name_columns(self.column)
        if self.step <= 0:
            raise refusal("step", self.step, "use a number above 0")

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`: the column holds numbers."""
        super().bound(schema)
        self._refuse_kinds(schema, self.columns, COUNTED, "name a column of numbers")

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`; decimals that are no sums of halves miss the grid by what doubles cannot tell apart."""
        cells = frame[self.column]
        if cells.dtype.is_integer() and isinstance(self.step, int) and isinstance(self.start, int):
            return (cells % self.step == self.start % self.step).fill_null(True)
        return on_grid(numbers(cells), self.step, self.start)

    def __str__(self) -> str:
        start = f" from {self.start}" if self.start else ""
        return f"{self.column} in steps of {self.step}{start}"


def on_grid(cells: pl.Series, step: "float | pl.Series", start: "float | pl.Series") -> pl.Series:
    """Which numbers lie on a grid; missing ones do."""
    places = (cells - start) / step
    near = CLOSE + EXACT * (cells.abs() + (abs(start) if isinstance(start, int | float) else start.abs())) / step
    return ((places - places.round()).abs() <= near).fill_null(True)


@dataclass(frozen=True)
class OneHot(Constraint):
    """Exactly one of several flags is set.

    Attributes:
        columns: flags: booleans, or numbers that are 0 or 1.
    """

    columns: tuple[str, ...]
    kind: ClassVar[str] = "one_hot"

    def _settle(self) -> None:
        at_least_two(self)

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`: the columns are flags; categories may be spelled 0 and 1."""
        super().bound(schema)
        flags = ("boolean", *COUNTED)
        self._refuse_kinds(schema, self.columns, flags, "name columns of 0 and 1, or set their kind to boolean")

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`: a row breaks it where no values for its missing cells could make it hold."""
        flags = [numbers(frame[name]) for name in self.columns]
        known = [frame[name].is_not_null() for name in self.columns]
        proper = [
            ((flag == 0) | (flag == 1)).fill_null(False) | ~there for flag, there in zip(flags, known, strict=True)
        ]
        summed = pl.select(pl.sum_horizontal(flag.fill_null(0) for flag in flags)).to_series()
        open_ = ~every(known, frame.height)
        return every(proper, frame.height) & ((summed == 1) | ((summed == 0) & open_))

    def __str__(self) -> str:
        return f"exactly one of {listed(self.columns)} is 1"


@dataclass(frozen=True)
class Regex(Constraint):
    """Text matches a pattern from its first character to its last.

    Attributes:
        column: what is held.
        pattern: a regular expression as Rust's `regex` reads it: no look-around, no back-references, and linear time.
    """

    column: str
    pattern: str
    columns: tuple[str, ...] = field(init=False, repr=False, compare=False)
    kind: ClassVar[str] = "regex"

    def _settle(self) -> None:
        self._name_columns(self.column)
        for pattern in (self.pattern, self._whole):
            try:
                pl.select(pl.lit("").str.contains(pattern))
            except pl.exceptions.ComputeError as error:
                said = _complaint(error)
                hint = "shorten it" if "limit" in said else "Rust's regex has no look-around and no back-references"
                what = f"pattern {self.pattern[:60]!r} cannot be read, {said}"
                raise PlanError(what, hint=hint, field="pattern") from error

    @property
    def _whole(self) -> str:
        return rf"\A(?:{self.pattern})\z"

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`: the column holds text."""
        super().bound(schema)
        self._refuse_kinds(schema, self.columns, WORDS, "set the column's kind to categorical, id or text")

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`."""
        return frame[self.column].cast(pl.String).str.contains(self._whole).fill_null(True)

    def __str__(self) -> str:
        return f"{self.column} matches '{self.pattern}'"


def _complaint(error: Exception) -> str:
    """What a regex library says in its last line: "unclosed group"."""
    lines = [line for line in str(error).split("\n\n", 1)[0].splitlines() if line.strip()]
    return lines[-1].rpartition("error: ")[2].rstrip(".").lower()
