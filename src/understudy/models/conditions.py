"""Conditions on the columns of a table: the same ones in every row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.random import Generator

from understudy.data.schema import Schema
from understudy.encoding.codebook import Codebook
from understudy.encoding.codes import Codes
from understudy.encoding.pieces import Part
from understudy.encoding.relative import Relative
from understudy.engines.contract import Fitted
from understudy.errors import ArgumentError, ConditionError, nearest
from understudy.execution.shards import SHARD_ROWS
from understudy.execution.streams import stream
from understudy.models import wanted as asking
from understudy.models.particles import Held, hold
from understudy.models.wanted import Wanted

SIFTED = 20_000
SIFTING = 32_768
CHEAP = 16
UNFIT = (pl.exceptions.PolarsError, TypeError, OverflowError)


class Source(Protocol):
    """Whatever typed rows are drawn from."""

    @property
    def shard(self) -> int:
        """Rows to draw in one go."""
        ...

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows; `start` is the number of the first."""
        ...


@dataclass(frozen=True, eq=False)
class Free:
    """Rows of which nothing is asked.

    Attributes:
        codes: draws so many of them.
        book: codes of the columns.
    """

    codes: Callable[[int, Generator], Codes]
    book: Codebook
    shard = SHARD_ROWS

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows."""
        return self.book.decode(self.codes(n, rng), rng) if self.book.columns else pl.DataFrame()


@dataclass(frozen=True, eq=False)
class Condition:
    """Conditions, and what meeting them takes.

    Attributes:
        wanted: what each column is held to.
        parts: the same as parts of cells.
        held: how codes are drawn.
        book: codes of the columns.
        sifted: columns whose value depends on another's in its row: rows are drawn until enough have it.
    """

    wanted: Mapping[str, Wanted]
    parts: Mapping[str, Part]
    held: Held
    book: Codebook
    sifted: tuple[str, ...] = ()

    @property
    def candidates(self) -> float:
        """Rows drawn for each one kept, those that are sifted out left aside."""
        return self.held.candidates

    @property
    def effective(self) -> float | None:
        """How many of them count (Kish, 1965); None where each row is drawn exactly."""
        return self.held.effective

    @property
    def shard(self) -> int:
        """Rows to draw in one go: the fewer, the more each takes."""
        return int(np.clip(SHARD_ROWS * CHEAP / self.candidates, 64, SHARD_ROWS))

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows that meet the conditions.

        Raises:
            ConditionError: hardly any row drawn has the dates asked for.
        """
        if not self.sifted:
            return self.book.decode(self.held.draw(n, rng), rng, parts=self.parts)
        found, kept, drawn, step = [self._sifted(0, rng)], 0, 0, max(int(SIFTING / self.candidates), 64)
        while kept < n:
            if drawn >= SIFTED * n + 4 * SIFTING:
                share = f"{kept} of {drawn} rows drawn met them"
                raise ConditionError("hardly any row meets the conditions", where=spelt(self.wanted), hint=share)
            found.append(self._sifted(step, rng))
            kept, drawn = kept + found[-1].height, drawn + step
        return pl.concat(found).head(n)

    def _sifted(self, n: int, rng: Generator) -> pl.DataFrame:
        frame = self.book.decode(self.held.draw(n, rng), rng, parts=self.parts)
        return frame.filter(pl.lit(True), *(self.wanted[name].met(frame[name]) for name in self.sifted))


def condition(
    given: Mapping[str, Any],
    schema: Schema,
    book: Codebook,
    fitted: Fitted,
    invented: Mapping[str, Any],
    seed: int,
    temperature: float = 1.0,
) -> Condition:
    """What the conditions `given` take.

    Raises:
        UnknownColumn: a condition names no column of the model.
        ConditionError: a value is one the model cannot write, or no row meets all conditions.
    """
    wanted = {name: asking.read(name, asked, schema, book, invented) for name, asked in given.items()}
    wanted = {name: each for name, each in wanted.items() if name in book.columns}
    parts = {name: part_of(name, each, book) for name, each in wanted.items()}
    sifted = tuple(name for name, each in wanted.items() if isinstance(book.columns[name], Relative) and _stands(each))
    parts |= _anchors(wanted, book)
    allowed = {book.place(name): part.share for name, part in parts.items()}
    held = hold(fitted, book.domains, allowed, stream(seed, "pilot"), temperature)
    if held is None:
        raise ConditionError(
            "no row meets the conditions",
            where=spelt(wanted),
            hint="the model has seen nothing of the kind; ask for less",
            field="given",
        )
    return Condition(wanted, parts, held, book, sifted)


def part_of(name: str, wanted: Wanted, book: Codebook) -> Part:
    """What is asked of a column as a part of its cells, the largest share being 1.

    Raises:
        ConditionError: the model writes no such value.
    """
    code = book.columns[name]
    try:
        for low, high in wanted.ranges:
            if low == high and not (
                code.holds(low, low) if isinstance(code, Relative) else code.locate(low) is not None
            ):
                raise _unwritable(name, low, book)
            if isinstance(code, Relative) and not code.holds(low, high):
                raise _unwritable(name, wanted, book)
        part = code.part(wanted.ranges, wanted.missing, wanted.besides)
    except UNFIT as error:
        said = f"it takes {code.extent}"
        raise ConditionError(f"'{wanted}' does not fit", where=f"given '{name}'", hint=said, field="given") from error
    if not part.share.any():
        raise _unwritable(name, "missing cells" if wanted == Wanted(missing=True) else wanted, book)
    return replace(part, share=part.share / part.share.max())


def _stands(wanted: Wanted) -> bool:
    """Whether anything but missing cells is asked for."""
    return bool(wanted.ranges) or wanted.besides


def _unwritable(name: str, asked: Any, book: Codebook) -> ConditionError:
    levels = getattr(book.columns[name], "levels", None)
    advice = nearest(str(asked), levels) if levels else f"it takes {book.columns[name].extent}"
    what = asked if asked == "missing cells" else f"'{asked}'"
    return ConditionError(f"the model cannot write {what}", where=f"given '{name}'", hint=advice, field="given")


def _anchors(wanted: Mapping[str, Wanted], book: Codebook) -> dict[str, Part]:
    """Where the dates stand that those asked for are counted from, unless they are asked for themselves."""
    found = {}
    for name, each in wanted.items():
        code = book.columns[name]
        while isinstance(code, Relative) and len(each.ranges) == 1 and not each.missing and not each.besides:
            name, each = code.anchor, Wanted((code.anchored(*each.ranges[0]),))
            code = book.columns[name]
            if name in wanted or isinstance(code, Relative):
                continue
            part = code.part(each.ranges, missing=False)
            if part.share.any():
                found[name] = replace(part, share=part.share / part.share.max())
    return found


def spelt(wanted: Mapping[str, Any]) -> str:
    """Conditions in words."""
    return ", ".join(f"{name} = {each}" for name, each in wanted.items())


def checked(temperature: Any) -> float:
    """The temperature of the draws.

    Raises:
        ArgumentError: it is no number above 0.
    """
    number = not isinstance(temperature, bool) and isinstance(temperature, int | float | np.floating | np.integer)
    if not number or not 0 < temperature < np.inf:
        hint = "use a number above 0; 1 draws as learned, less sharper, more flatter"
        raise ArgumentError(f"the temperature is {temperature!r}", hint=hint, field="temperature")
    return float(temperature)
