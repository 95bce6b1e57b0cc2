"""Kinds that an expression says, whatever it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

import polars as pl

from understudy.data.schema import Schema
from understudy.errors import ExpressionError, PlanError
from understudy.rules.constraints.constraint import Constraint
from understudy.rules.expressions import Expression, parse


class Rowwise(Constraint):
    """A kind that expressions say: a row meets it where none of them is false."""

    def expressions(self) -> tuple[Expression, ...]:
        """Expressions that must all hold."""
        return ()

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`."""
        super().bound(schema)
        for each in self.expressions():
            try:
                kind = each.kind(schema)
            except ExpressionError as error:
                raise PlanError(
                    error.what, where=f"constraint '{self.short}', {error.where}", hint=error.hint, field="constraints"
                ) from error
            if kind != "boolean":
                hint = "compare it with something"
                where = f"constraint '{self.short}'"
                raise PlanError(f"it is a {kind}, neither true nor false", where=where, hint=hint, field="constraints")

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`."""
        return every([each.over(frame) for each in self.expressions()], frame.height)


def every(truths: Sequence[pl.Series], rows: int) -> pl.Series:
    """Rows in which nothing is false."""
    found = pl.Series("met", [True]).new_from_index(0, rows)
    for each in truths:
        found &= each.fill_null(True)
    return found


@lru_cache(maxsize=4096)
def parsed(text: str) -> Expression:
    """An expression, read once."""
    return parse(text)


def _read(text: str, name: str) -> Expression:
    try:
        return parsed(text)
    except ExpressionError as error:
        raise PlanError(error.what, where=error.where, hint=error.hint, field=name) from error


@dataclass(frozen=True)
class Conditional(Rowwise):
    """Where one thing holds, another does.

    Attributes:
        when: expression that chooses rows.
        then: expression that must hold in them.
    """

    when: str
    then: str
    columns: tuple[str, ...] = field(init=False, repr=False, compare=False)
    kind: ClassVar[str] = "conditional"

    def _settle(self) -> None:
        for name in ("when", "then"):
            object.__setattr__(self, name, _read(getattr(self, name), name).text)
        _read(self._text, "then")
        self._name_columns(*(name for each in self.expressions() for name in each.columns))

    @property
    def _text(self) -> str:
        return f"({self.when}) -> ({self.then})"

    @property
    def whole(self) -> bool:
        """Whether it needs other rows, as running totals do."""
        return any(each.running for each in self.expressions())

    def expressions(self) -> tuple[Expression, ...]:
        """The implication."""
        return (parsed(self._text),)

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`: both sides are true or false."""
        for text in (self.when, self.then):
            Stated(text).bound(schema)

    def __str__(self) -> str:
        return f"where {self.when}: {self.then}"


@dataclass(frozen=True)
class Stated(Rowwise):
    """An expression holds.

    Attributes:
        text: the expression, in its canonical spelling.
    """

    text: str
    columns: tuple[str, ...] = field(init=False, repr=False, compare=False)
    kind: ClassVar[str] = "expression"

    def _settle(self) -> None:
        expression = _read(self.text, "text")
        object.__setattr__(self, "text", expression.text)
        self._name_columns(*expression.columns)
        if not self.columns:
            raise PlanError(f"'{self.short}' names no column", where="constraints", hint="name one", field="text")

    @property
    def whole(self) -> bool:
        """Whether it needs other rows, as running totals do."""
        return self.expressions()[0].running

    def expressions(self) -> tuple[Expression, ...]:
        """The expression itself."""
        return (parsed(self.text),)

    def to_plain(self) -> str:
        """The expression alone."""
        return self.text

    def __str__(self) -> str:
        return self.text
