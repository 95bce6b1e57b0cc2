"""Conditions on the columns of a table: the same ones in every row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.random import Generator

from understudy.encoding.codebook import Codebook
from understudy.encoding.codes import Codes
from understudy.encoding.pieces import Part
from understudy.encoding.relative import Relative
from understudy.engines.contract import Fitted
from understudy.errors import ArgumentError, ConditionError, nearest
from understudy.execution.shards import SHARD_ROWS
from understudy.execution.streams import stream
from understudy.models import wanted as asking
from understudy.models.form import Form
from understudy.models.particles import Held, hold
from understudy.models.placing import Placing, placing
from understudy.models.sifting import SIFTING, sifted
from understudy.models.wanted import Wanted

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
    """Rows of which nothing is asked but what all rows of the table keep.

    Attributes:
        codes: draws so many of them.
        form: of the rows.
    """

    codes: Callable[[int, Generator], Codes]
    form: Form
    shard = SHARD_ROWS

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows.

        Raises:
            ConditionError: hardly any row drawn keeps the rules.
        """

        def draw(n: int) -> pl.DataFrame:
            return self.form.decode(self.codes(n, rng), rng)

        if not self.form.book.columns:
            return pl.DataFrame()
        return sifted(draw, self.form.met, n, ruled(self.form)) if self.form.rules else draw(n)


@dataclass(frozen=True, eq=False)
class Condition:
    """Conditions, and what meeting them takes.

    Attributes:
        wanted: what each column is held to.
        parts: the same as parts of cells of the columns that are learned.
        held: how codes are drawn.
        form: of the rows.
        sifted: columns whose value depends on others' in its row: rows are drawn until enough have it.
        placing: makes rows in which they have it where hardly any would.
    """

    wanted: Mapping[str, Wanted]
    parts: Mapping[str, Part]
    held: Held
    form: Form
    sifted: tuple[str, ...] = ()
    placing: Placing | None = None

    @property
    def candidates(self) -> float:
        """Rows drawn for each one kept, those that are sifted out left aside."""
        return self.held.candidates if self.placing is None else self.placing.held.candidates * self.placing.candidates

    @property
    def effective(self) -> float | None:
        """How many of them count (Kish, 1965); None where each row is drawn exactly."""
        return self.held.effective if self.placing is None else self.placing.effective

    @property
    def shard(self) -> int:
        """Rows to draw in one go: the fewer, the more each takes."""
        return int(np.clip(SHARD_ROWS / self.candidates, 64, SHARD_ROWS))

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows that meet the conditions.

        Raises:
            ConditionError: hardly any row drawn has the values asked for and keeps the rules.
        """

        def draw(n: int) -> pl.DataFrame:
            if self.placing is not None:
                return self.placing.draw(n, rng)
            return self.form.decode(self.held.draw(n, rng), rng, parts=self.parts)

        if not self.sifted and not self.form.rules:
            return draw(n)
        where = "; ".join(each for each in (spelt(self.wanted), ruled(self.form)) if each)
        return sifted(draw, self._met, n, where, max(int(SIFTING / self.candidates), 64))

    def _met(self, frame: pl.DataFrame) -> pl.Series:
        found = self.form.met(frame)
        for name in self.sifted:
            found &= self.wanted[name].met(frame[name])
        return found


def ruled(form: Form) -> str:
    """The rules of a row, in words."""
    return ", ".join(str(each.constraint) for each in form.rules)


def condition(given: Mapping[str, Any], form: Form, fitted: Fitted, seed: int, temperature: float = 1.0) -> Condition:
    """What the conditions `given` take.

    Raises:
        UnknownColumn: a condition names no column of the model.
        ConditionError: a value is one the model cannot write, or no row meets all conditions.
    """
    wanted = {name: asking.read(name, asked, form) for name, asked in given.items()}
    computed = {name for name in wanted if form.rewriting.formula(name) is not None}
    wanted = {name: each for name, each in wanted.items() if name in computed or form.code(name) is not None}
    parts = _parts(wanted, computed, form)
    relative = (name for name, each in wanted.items() if isinstance(form.code(name), Relative) and _stands(each))
    parts |= _anchors(wanted, form.book)
    allowed = {form.book.place(name): part.share for name, part in parts.items()}
    held = hold(fitted, form.book.domains, allowed, stream(seed, "pilot"), temperature)
    if held is None:
        raise _unmet(wanted)
    sifted = (*relative, *(name for name in wanted if name in computed))
    return Condition(wanted, parts, held, form, sifted, placing(wanted, parts, held, form, seed))


def _unmet(wanted: Mapping[str, Wanted]) -> ConditionError:
    hint = "the model has seen nothing of the kind; ask for less"
    return ConditionError("no row meets the conditions", where=spelt(wanted), hint=hint, field="given")


def _parts(wanted: Mapping[str, Wanted], computed: set[str], form: Form) -> dict[str, Part]:
    """What the conditions leave of each learned column's cells; of a computed column's no more than its gaps."""
    parts: dict[str, Part] = {}
    for name, each in wanted.items():
        if name in computed:
            code = form.code(name)
            if code is not None and each.missing != _stands(each):
                parts[name] = code.part((), each.missing, _stands(each))
            continue
        part, learned = part_of(name, each, form), list(form.book.columns)[form.place(name)]
        if learned in parts:
            part = Part(part.share * parts[learned].share)
            if not part.share.any():
                raise _unmet(wanted)
        parts[learned] = part
    return parts


def part_of(name: str, wanted: Wanted, form: Form) -> Part:
    """What is asked of a column as a part of the cells it is learned by, the largest share being 1.

    Raises:
        ConditionError: the model writes no such value.
    """
    code = form.code(name)
    assert code is not None
    try:
        for low, high in wanted.ranges:
            if low == high and not (
                code.holds(low, low) if isinstance(code, Relative) else code.locate(low) is not None
            ):
                raise _unwritable(name, low, form)
            if isinstance(code, Relative) and not code.holds(low, high):
                raise _unwritable(name, wanted, form)
        part = code.part(wanted.ranges, wanted.missing, wanted.besides)
    except UNFIT as error:
        said = f"it takes {code.extent}"
        raise ConditionError(f"'{wanted}' does not fit", where=f"given '{name}'", hint=said, field="given") from error
    if not part.share.any():
        raise _unwritable(name, "missing cells" if wanted == Wanted(missing=True) else wanted, form)
    return replace(part, share=part.share / part.share.max())


def _stands(wanted: Wanted) -> bool:
    """Whether anything but missing cells is asked for."""
    return bool(wanted.ranges) or wanted.besides


def _unwritable(name: str, asked: Any, form: Form) -> ConditionError:
    code = form.code(name)
    assert code is not None
    levels = getattr(code, "levels", None)
    advice = nearest(str(asked), levels) if levels else f"it takes {code.extent}"
    what = asked if asked == "missing cells" else f"'{asked}'"
    return ConditionError(f"the model cannot write {what}", where=f"given '{name}'", hint=advice, field="given")


def _anchors(wanted: Mapping[str, Wanted], book: Codebook) -> dict[str, Part]:
    """Where the values stand that those asked for are counted from, and how far from them where both are asked for."""
    found = {}
    for name, each in wanted.items():
        code = book.columns.get(name)
        while isinstance(code, Relative) and each.ranges and not each.missing and not each.besides:
            ends = each.hull
            name, each, last = code.anchor, Wanted((code.anchored(*ends),)), name
            if name in wanted:
                if wanted[name].ranges and not (wanted[name].missing or wanted[name].besides):
                    found[last] = _fitted(code.gaps(ends, wanted[name].hull), wanted)
                break
            code = book.columns[name]
            if not isinstance(code, Relative):
                found[name] = _fitted(code.part(each.ranges, missing=False), wanted)
    return found


def _fitted(part: Part, wanted: Mapping[str, Wanted]) -> Part:
    if not part.share.any():
        raise _unmet(wanted)
    return replace(part, share=part.share / part.share.max())


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
