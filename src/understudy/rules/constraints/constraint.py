"""What every constraint can do, and what is held of the real rows to check one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from datetime import date, time
from types import MappingProxyType
from typing import Any, ClassVar

import polars as pl

from understudy.data.schema import Column, Schema
from understudy.errors import PlanError, UnknownColumn, nearest
from understudy.rules.constraints.values import bare, is_end, plain

FEW, LONG = 3, 80
MEASURED = ("integer", "decimal")
ORDERED = (*MEASURED, "date", "datetime", "time", "categorical", "id", "text", "constant")
WORDS = ("categorical", "id", "text", "constant")
COUNTED = (*MEASURED, "categorical", "constant")
"""Kinds whose cells may be numbers: a category or constant may be spelled in digits."""
Interval = tuple[Any, Any]
"""The least and the largest value allowed, as said, None for an open end."""


class Constraint(ABC):
    """A rule that rows, or the table as a whole, must meet.

    Each kind is a frozen dataclass; its fields are what a plan says, and nothing learned. They are checked and brought
    to one form where it is made: lists become tuples, dates ISO text.

    Attributes:
        kind: its name in a plan.
        columns: the names of the columns that it speaks of.
    """

    kind: ClassVar[str]
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        for each in asked(type(self)):
            object.__setattr__(self, each.name, READERS[each.name](each, getattr(self, each.name)))
        self._settle()

    def _settle(self) -> None:  # noqa: B027, most kinds have nothing to add
        """Derive what follows from the fields, and refuse what contradicts itself."""

    def _name_columns(self, *names: str | None) -> None:
        object.__setattr__(self, "columns", tuple(dict.fromkeys(name for name in names if name is not None)))

    @property
    def whole(self) -> bool:
        """Whether it speaks of rows together, so that only the whole table can be checked."""
        return False

    @property
    def short(self) -> str:
        """Its sentence, cut where it is long, for errors."""
        said = str(self)
        return said if len(said) <= LONG else f"{said[: LONG - 1]}…"

    def to_plain(self) -> Any:
        """What `read` takes: plain values that JSON and YAML can hold, defaults left out."""
        said = {each.name: getattr(self, each.name) for each in asked(type(self))}
        kept = {each.name for each in asked(type(self)) if said[each.name] != each.default}
        listed = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
        return {"kind": self.kind, **{name: value for name, value in listed.items() if name in kept}}

    def bound(self, schema: Schema) -> None:
        """Check that it can apply to the columns of a schema.

        Raises:
            UnknownColumn: it names a column that there is not.
            PlanError: the kind of a column does not fit.
        """
        for name in self.columns:
            if name not in schema:
                hint = nearest(name, schema.names)
                raise UnknownColumn(
                    f"no column '{name}'", where=f"constraint '{self.short}'", hint=hint, field="constraints"
                )

    def held(self, frame: pl.DataFrame, k: int) -> "Held":
        """The constraint with what it has to know of real rows.

        Args:
            frame: typed, with the columns named.
            k: rows that must carry whatever is remembered.
        """
        return Held(self, self.seen(frame, k))

    def seen(self, frame: pl.DataFrame, k: int) -> Any:
        """What is remembered of real rows, in nested tuples of plain values; None for nothing."""
        return None

    @abstractmethod
    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """Which rows meet it, booleans without nulls; `seen` is what `seen` gave for the real rows."""

    def arranged(self, frame: pl.DataFrame, fixed: Collection[str]) -> pl.DataFrame:
        """The frame with values moved between rows so that it holds; as it is where the kind does not say how."""
        return frame

    def _refuse_kinds(self, schema: Schema, names: Collection[str], kinds: Collection[str], hint: str) -> None:
        for name in names:
            if schema[name].kind not in kinds:
                raise self._unfit(schema[name], hint)

    def _unfit(self, column: Column, hint: str) -> PlanError:
        what = f"'{column.name}' is {column.kind} and cannot be held to '{self.kind}'"
        return PlanError(what, where=f"constraint '{self.short}'", hint=hint, field="constraints")


@dataclass(frozen=True)
class Held:
    """A constraint and what it remembers of real rows.

    Attributes:
        constraint: what was asked.
        seen: nested tuples of plain values, each carried by k real rows; None where nothing is needed.
    """

    constraint: Constraint
    seen: Any = None

    @property
    def whole(self) -> bool:
        """Whether only the whole table can be checked."""
        return self.constraint.whole

    def met(self, frame: pl.DataFrame) -> pl.Series:
        """Which rows of a typed frame meet it, without nulls: a missing cell breaks no rule that needs its value."""
        return self.constraint.met(frame, self.seen).alias("met")

    def arranged(self, frame: pl.DataFrame, fixed: Collection[str] = ()) -> pl.DataFrame:
        """The frame with values moved between rows so that it holds, the columns of `fixed` left alone."""
        return self.constraint.arranged(frame, fixed)

    def state(self) -> dict[str, Any]:
        """All of it as plain JSON; `restore` gives it back."""
        return {"constraint": self.constraint.to_plain(), "seen": _listed(self.seen)}


def broken(held: Held, frame: pl.DataFrame) -> int:
    """How many rows of a typed frame break a constraint."""
    return int((~held.met(frame)).sum())


def asked(kind: type[Constraint]) -> list[Field[Any]]:
    """The fields of a kind that a plan says."""
    return [each for each in fields(kind) if each.init]  # type: ignore[arg-type]


def nested(value: Any) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(nested(each) for each in value) if isinstance(value, list | tuple) else value


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, tuple) else value


def refusal(field: str, value: Any, hint: str) -> PlanError:
    """The error that a field holds what it cannot."""
    return PlanError(f"{field} is {value!r}", hint=hint, field=field)


def at_least_two(constraint: Constraint) -> None:
    """Refuse a kind that speaks of several columns and is given one."""
    if len(constraint.columns) < 2:
        names = list(constraint.columns)
        raise PlanError(f"columns is {names}", where=constraint.kind, hint="name two or more", field="columns")


def listed(names: Sequence[str], joint: str = "and") -> str:
    """Names in a sentence, the first few where there are many.

    >>> listed(["a", "b", "c", "d", "e", "f"])
    'a, b, c and 3 more'
    """
    shown = [*names] if len(names) <= FEW + 1 else [*names[:FEW], f"{len(names) - FEW} more"]
    return f" {joint} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _name(each: Field[Any], value: Any) -> str | None:
    if value is None and each.default is None:
        return None
    if not isinstance(value, str) or not value:
        raise refusal(each.name, value, "give the name of a column")
    return str(value)


def _names(each: Field[Any], value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names):
        raise refusal(each.name, value, "give names of columns")
    if len(set(names)) < len(names):
        raise refusal(each.name, list(names), "name each column once")
    if not names and each.default is MISSING:
        raise refusal(each.name, list(names), "give names of columns")
    return tuple(str(name) for name in names)


def _truth(each: Field[Any], value: Any) -> bool:
    if not isinstance(value, bool):
        raise refusal(each.name, value, "use true or false")
    return value


def _end(each: Field[Any], value: Any) -> Any:
    said = plain(value) if isinstance(value, date | time) else value
    if said is not None and not is_end(said):
        raise refusal(each.name, value, "use a number, a date or text")
    return bare(said)


def _number(each: Field[Any], value: Any) -> int | float:
    if isinstance(value, str) or not is_end(value):
        raise refusal(each.name, value, "use a number")
    return bare(value)


def _words(each: Field[Any], value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refusal(each.name, value, "use text")
    return str(value)


READERS: Mapping[str, Callable[[Field[Any], Any], Any]] = MappingProxyType(
    {
        "column": _name,
        "columns": _names,
        "by": _names,
        "order": _name,
        "low": _end,
        "high": _end,
        "step": _number,
        "start": _number,
        "strict": _truth,
        "decreasing": _truth,
        "rule": _words,
        "when": _words,
        "then": _words,
        "pattern": _words,
        "text": _words,
    }
)
"""How the value of each field is checked, by the field's name, which means the same in every kind."""
