"""Values of columns on exact number lines, so that ends and distances can be reasoned about.

Numbers stand as themselves, flags as 0 and 1, moments in microseconds, words by their rank among the words said.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from understudy.data import moments
from understudy.data.schema import Column, Schema
from understudy.rules.constraints.constraint import WORDS
from understudy.rules.constraints.values import one

DAY = 86_400_000_000
_UNITS = {"integer": 1, "boolean": 1, "date": DAY}
_LINES = {
    "integer": "number",
    "decimal": "number",
    "boolean": "number",
    "date": "moment",
    "datetime": "moment",
    "time": "time",
}
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Scales:
    """The number lines of a schema's columns.

    Attributes:
        schema: the columns.
        words: every text that a constraint compares something with, sorted.
    """

    schema: Schema
    words: tuple[str, ...]

    def line(self, name: str) -> str:
        """Which number line a column stands on: columns on one line compare."""
        column = self.schema[name]
        if column.kind == "datetime" and column.zone is not None:
            return "instant"
        return "word" if column.kind in WORDS else _LINES[column.kind]

    def unit(self, name: str | None) -> int:
        """The distance of two neighbouring values, 0 where there is none; 0 for no column."""
        return 0 if name is None else _UNITS.get(self.schema[name].kind, 0)

    def place(self, name: str, value: Any) -> Fraction | None:
        """Where a value that was said of a column stands on its line, None where it has no place there."""
        column, line = self.schema[name], self.line(name)
        if line == "number":
            return Fraction(str(float(value) if isinstance(value, bool) else value)) if _counts(value) else None
        if not isinstance(value, str):
            return None
        return Fraction(bisect_left(self.words, value)) if line == "word" else _stamp(value, column)

    def away(self, name: str, number: Fraction) -> Fraction | None:
        """How far a number added to a column moves it: days for moments; None where it cannot be told."""
        line = self.line(name)
        if line == "number" or not number:
            return number
        whole = number.denominator == 1
        return number * DAY if whole and line == "moment" else None

    def value(self, name: str, place: Fraction) -> Any:
        """The typed value that stands at a place, as Python holds it."""
        column, line = self.schema[name], self.line(name)
        if line == "number":
            return {"integer": int, "boolean": bool}.get(column.kind, float)(place)
        return self.words[int(place)] if line == "word" else _moment(int(place), column)


def _counts(value: Any) -> bool:
    return isinstance(value, int | float)


def _stamp(text: str, column: Column) -> Fraction | None:
    """A moment in microseconds: since 1970, or since midnight."""
    try:
        found = one(text, column).to_physical()[0]
    except ValueError:
        return None
    return Fraction(found) * (DAY if column.kind == "date" else 1) / (1000 if column.kind == "time" else 1)


def _moment(stamp: int, column: Column) -> date | time:
    there = _EPOCH + timedelta(microseconds=stamp)
    if column.kind == "date":
        return there.date()
    if column.kind == "time":
        return there.time()
    return there if column.zone is None else _zoned(there, column.zone)


def _zoned(moment: datetime, zone: str) -> datetime:
    from zoneinfo import ZoneInfo

    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(moments.kept_zone(zone) or "UTC"))


def words_in(texts: Sequence[Any]) -> tuple[str, ...]:
    """Texts among the values said, each once, sorted as they compare."""
    return tuple(sorted({text for text in texts if isinstance(text, str)}))
