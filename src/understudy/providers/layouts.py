"""Layouts: how a value is written, as a row of parts, each a numbered set of spellings.

A layout is a mixed-radix number system: every index below its size spells one value, and no two indices the same one,
as long as its parts can be told apart in the result. What would exceed `LIMIT` is filled from a hash of the index.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import polars as pl

from understudy.providers.numbering import Numbers, below, mixed
from understudy.providers.pools import LOCALE, pool

DIGITS = "0123456789"
HEX = "0123456789abcdef"
LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
LIMIT = 1 << 60
LEAD_WORDS = 5


@dataclass(frozen=True)
class Literal:
    """The same text in every value."""

    text: str

    @property
    def size(self) -> int:
        """One."""
        return 1

    def spell(self, index: Numbers) -> pl.Expr:
        """The text, to be broadcast."""
        return pl.lit(self.text)


@dataclass(frozen=True)
class Chars:
    """A run of ASCII characters, each from an alphabet of its own.

    Attributes:
        alphabets: one per position; an alphabet of one character is a literal.
        luhn: whether the last digit of all is the check digit of the others (ISO/IEC 7812-1, annex B).
    """

    alphabets: tuple[str, ...]
    luhn: bool = False

    @cached_property
    def size(self) -> int:
        """Product of the alphabets that count."""
        return prod(len(self.alphabets[place]) for place in self._counted)

    @cached_property
    def _check(self) -> int:
        digits = [place for place, letters in enumerate(self.alphabets) if set(letters) <= set(DIGITS)]
        return digits[-1] if self.luhn and digits else -1

    @cached_property
    def _counted(self) -> tuple[int, ...]:
        """Places read off the index; the others, once the limit is reached, are hashed from it."""
        counted, size = [], 1
        for place, letters in enumerate(self.alphabets):
            if place != self._check and size * len(letters) <= LIMIT:
                counted.append(place)
                size *= len(letters)
        return tuple(counted)

    def spell(self, index: Numbers) -> pl.Expr:
        """One byte per position, written side by side."""
        written = np.empty((len(self.alphabets), index.size), np.uint8)
        rest = index
        for place, letters in enumerate(self.alphabets):
            codes = np.frombuffer(letters.encode("ascii"), np.uint8)
            if len(letters) == 1:
                written[place] = codes[0]
            elif place in self._counted:
                written[place] = codes[rest % np.uint64(len(letters))]
                rest = rest // np.uint64(len(letters))
            else:
                written[place] = codes[below(index, place + 1, len(letters))]
        if self._check >= 0:
            self._sign(written)
        width = len(self.alphabets)
        return pl.lit(pl.Series(np.ascontiguousarray(written.T).view(f"S{width}").ravel()).cast(pl.String))

    def _sign(self, written: np.ndarray) -> None:
        total = np.zeros(written.shape[1], np.int64)
        digits = [place for place in range(self._check) if set(self.alphabets[place]) <= set(DIGITS)]
        for steps, place in enumerate(reversed(digits)):
            digit = written[place].astype(np.int64) - ord("0")
            total += np.where(digit > 4, 2 * digit - 9, 2 * digit) if steps % 2 == 0 else digit
        written[self._check] = (-total) % 10 + ord("0")


@dataclass(frozen=True)
class Pool:
    """One entry of a named pool (see `pools`)."""

    name: str
    case: str = ""
    locale: str = LOCALE

    @cached_property
    def size(self) -> int:
        """Entries in the pool."""
        return pool(self.name, self.case, self.locale).len()

    def spell(self, index: Numbers) -> pl.Expr:
        """The entries at these places."""
        return pl.lit(pool(self.name, self.case, self.locale).gather(index))


@dataclass(frozen=True)
class Prose:
    """Placeholder sentences of common words; only their length is learned.

    Attributes:
        lengths: words per value at evenly spaced quantiles.
        stops: whether sentences begin with a capital and end with a full stop.
        distinct: whether the first five words spell the index, so that no two values are alike.
    """

    lengths: tuple[int, ...]
    stops: bool = True
    distinct: bool = False

    @cached_property
    def size(self) -> int:
        """As many as five words can tell apart."""
        return pool("word").len() ** LEAD_WORDS

    def spell(self, index: Numbers) -> pl.Expr:
        """Words joined by spaces, a full stop about every tenth word."""
        count = self._count(index)
        row = np.repeat(np.arange(index.size), count)
        place = (np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)).astype(np.uint64)
        words = pl.DataFrame({"row": row, "word": self._words(index[row], place, np.repeat(count, count))})
        joined = words.group_by("row", maintain_order=True).agg(pl.col("word").str.join(" "))
        return pl.lit(joined["word"])

    def _count(self, index: Numbers) -> np.ndarray:
        steps = len(self.lengths) - 1
        where = (mixed(index, 1) >> np.uint64(11)).astype(float) * 2.0**-53 * steps
        count = np.rint(np.interp(where, np.arange(steps + 1), self.lengths)).astype(np.int64)
        return np.maximum(count, LEAD_WORDS if self.distinct else 1)

    def _words(self, index: Numbers, place: Numbers, count: np.ndarray) -> pl.Series:
        entries = pool("word")
        size = np.uint64(entries.len())
        which = below(mixed(index, 2) + place, 3, entries.len())
        if self.distinct:
            lead = place < np.uint64(LEAD_WORDS)
            which[lead] = index[lead] // size ** place[lead] % size
        if not self.stops:
            return entries.gather(which)
        ends = below(mixed(index, 4) + place, 5, 10) == 0
        ends |= place == count.astype(np.uint64) - np.uint64(1)
        starts = np.roll(ends, 1) | (place == 0)
        return self._forms().gather(which + size * (starts + np.uint64(2) * ends))

    @staticmethod
    def _forms() -> pl.Series:
        plain = pool("word")
        large = pool("word", "title")
        return pl.concat([plain, large, plain + ".", large + "."])


Part = Literal | Chars | Pool | Prose
PARTS: Mapping[str, type] = {"literal": Literal, "chars": Chars, "pool": Pool, "prose": Prose}


@dataclass(frozen=True)
class Layout:
    """Parts written one after the other.

    Attributes:
        parts: in the order they are written.
        weight: how often the layout occurs, on any positive scale.
    """

    parts: tuple[Part, ...]
    weight: float = 1.0

    @cached_property
    def _counted(self) -> tuple[bool, ...]:
        counted, size = [], 1
        for part in self.parts:
            counted.append(size * part.size <= LIMIT)
            size *= part.size if counted[-1] else 1
        return tuple(counted)

    @cached_property
    def size(self) -> int:
        """How many values the layout can tell apart, at most LIMIT."""
        return prod(part.size for part, counted in zip(self.parts, self._counted, strict=True) if counted)

    def spell(self, index: Numbers) -> pl.Series:
        """The value of each index.

        Args:
            index: shape (n,), each in [0, size).

        Returns:
            n Strings, no two alike for two indices that differ.
        """
        rest, spelt = index, [pl.lit(pl.Series([""]).new_from_index(0, index.size))]
        for place, (part, counted) in enumerate(zip(self.parts, self._counted, strict=True)):
            size = np.uint64(part.size)
            spelt.append(part.spell(rest % size if counted else mixed(index, 1000 + place) % size))
            rest = rest // size if counted else rest
        return pl.select(pl.concat_str(spelt)).to_series()

    def grown(self, place: int, digits: int) -> "Layout":
        """The layout with so many digits more before the part at this place."""
        return Layout((*self.parts[:place], Chars((DIGITS,) * digits), *self.parts[place:]))

    def state(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        tags = {kind: tag for tag, kind in PARTS.items()}
        return {"weight": self.weight, "parts": [{"part": tags[type(each)], **asdict(each)} for each in self.parts]}

    @staticmethod
    def load(state: Mapping[str, Any]) -> "Layout":
        """The layout of a state."""
        return Layout(tuple(_part(each) for each in state["parts"]), float(state["weight"]))


def _part(state: Mapping[str, Any]) -> Part:
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in state.items()}
    return PARTS[state["part"]](**{name: value for name, value in fields.items() if name != "part"})
