"""What may be asked of a column: a value, several, a range, all but some, missing or present."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from understudy.data.schema import Column, Schema
from understudy.data.table import Source, Table
from understudy.data.values import parse
from understudy.encoding.codebook import MEASURED
from understudy.encoding.pieces import Range
from understudy.errors import ConditionError, SchemaError, UnknownColumn, nearest

if TYPE_CHECKING:
    from understudy.models.form import Form

SEVERAL = (list, tuple, set, frozenset, range)


@dataclass(frozen=True)
class Wanted:
    """Values of a column that are asked for.

    Attributes:
        ranges: closed, as pairs of values, None for an open end; a value alone is a pair of twice the same.
        missing: whether missing cells are asked for.
        besides: whether values outside the ranges are asked for, and not those inside.
    """

    ranges: tuple[Range, ...] = ()
    missing: bool = False
    besides: bool = False

    @property
    def hull(self) -> Range:
        """From the lowest to the highest end of the ranges."""
        lows, highs = zip(*self.ranges, strict=True)
        return None if None in lows else min(lows), None if None in highs else max(highs)

    def met(self, values: pl.Series) -> pl.Series:
        """Which of these typed values are asked for."""
        inside = values != values
        for low, high in self.ranges:
            if low is not None and low == high:
                inside |= values == low
                continue
            one = values.is_not_null()
            one = one if low is None else one & (values >= low)
            inside |= one if high is None else one & (values <= high)
        return (~inside if self.besides else inside).fill_null(self.missing)

    def __str__(self) -> str:
        parts = [_spelt(*each) for each in self.ranges]
        if self.besides:
            said = [f"not {each}" for each in (*parts, *(() if self.missing else ("missing",)))]
            return " and ".join(said) or "anything"
        return " or ".join([*parts, *(("missing",) if self.missing else ())])


def _spelt(low: Any, high: Any) -> str:
    if low == high:
        return f"{low}"
    return f"{'' if low is None else low}..{'' if high is None else high}"


def between(low: Any = None, high: Any = None) -> Wanted:
    """Values from `low` to `high`, both included; None for an end that is open.

    >>> str(between(30, 40))
    '30..40'
    """
    return Wanted(((low, high),) if low is not None or high is not None else (), besides=low is None and high is None)


def among(*values: Any) -> Wanted:
    """Any of these values; None for missing cells.

    >>> str(among("Private", "State-gov", None))
    'Private or State-gov or missing'
    """
    return Wanted(tuple((each, each) for each in values if each is not None), any(each is None for each in values))


def other_than(*values: Any) -> Wanted:
    """Anything but these values; None for missing cells.

    >>> str(other_than("Private"))
    'not Private'
    """
    return _negated(among(*values))


def _negated(wanted: Wanted) -> Wanted:
    return replace(wanted, missing=not wanted.missing, besides=not wanted.besides)


present = other_than(None)
"""Whatever is not missing."""


def read(name: str, asked: Any, form: "Form") -> Wanted:
    """What is asked of a column, with typed values; text, and 0 and 1 for a boolean, are read as its cells are.

    Raises:
        UnknownColumn: the model has no such column.
        ConditionError: nothing is asked for, a value is none of the column's kind, or its values are invented.
    """
    schema = form.schema
    if name not in schema:
        raise UnknownColumn(f"no column '{name}'", where="given", hint=nearest(name, schema.names), field="given")
    wanted = asked if isinstance(asked, Wanted) else among(*(asked if isinstance(asked, SEVERAL) else (asked,)))
    if (name in form.invented or name in form.late) and (wanted.ranges or form.code(name) is None):
        raise unasked(name, form)
    if not (wanted.ranges or wanted.missing or wanted.besides):
        raise ConditionError("nothing is asked for", where=f"given '{name}'", hint="name a value", field="given")
    ranges = tuple((_typed(low, schema[name]), _typed(high, schema[name])) for low, high in wanted.ranges)
    if schema[name].kind not in MEASURED and any(low != high for low, high in ranges):
        raise ConditionError(
            f"a {schema[name].kind} column has no ranges",
            where=f"given '{name}'",
            hint="name its values",
            field="given",
        )
    return replace(wanted, ranges=ranges)


def unasked(name: str, form: "Form") -> ConditionError:
    """The error that nothing can be asked of a column's values."""
    why = "are invented" if name in form.invented else "follow from invented ones, or from all rows,"
    hint = "set the column afterwards"
    return ConditionError(f"its values {why} and cannot be asked for", where=f"given '{name}'", hint=hint)


def _typed(value: Any, column: Column) -> Any:
    written = isinstance(value, str)
    if value is None or not (written or column.kind == "boolean"):
        return value
    cell = Table(pl.DataFrame({column.name: [value]}), Source("given", text=written))
    try:
        return parse(cell, Schema((column,))).frame[column.name][0]
    except SchemaError as error:
        raise ConditionError(
            f"'{value}' is no {column.kind}", where=f"given '{column.name}'", hint="write it as in the data"
        ) from error


def spoken(words: Mapping[str, str], form: "Form") -> dict[str, Any]:
    """Conditions in words as conditions: what stands behind "column" is asked for, behind "column!" anything else.

    Words are a value as in the data, else `low..high`, else several values behind commas; none ask for missing cells. A
    word that is itself a value of the column is that value, whatever signs stand in it.
    """
    found, schema = {}, form.schema
    for name, said in words.items():
        bare = name.removesuffix("!")
        if name in schema or bare not in schema:
            found[name] = word(name, said, form)
        else:
            asked = word(bare, said, form)
            found[bare] = _negated(asked if isinstance(asked, Wanted) else among(asked))
    return found


def word(name: str, said: str, form: "Form") -> Any:
    """What words ask of one column, as in `spoken`."""
    if said == "" or name not in form.schema or not (form.code(name) or form.rewriting.formula(name)):
        return said if said else None
    column = form.schema[name]
    if _is_value(said, column, form):
        return said
    low, dots, high = said.partition("..")
    if dots and column.kind in MEASURED:
        return between(low.strip() or None, high.strip() or None)
    parts = [each.strip() for each in said.split(",")]
    return among(*parts) if len(parts) > 1 and all(_is_value(each, column, form) for each in parts) else said


def _is_value(said: str, column: Column, form: "Form") -> bool:
    """Whether a word is read as a value of the column (of categories: as one that the model knows)."""
    try:
        value = _typed(said, column)
    except ConditionError:
        return False
    code = form.code(column.name)
    known = column.kind in MEASURED or form.rewriting.formula(column.name) is not None
    return value is not None and (known or (code is not None and code.locate(value) is not None))
