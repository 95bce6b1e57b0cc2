"""How codes become typed rows of the table that is shown, and which rules these rows keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.encoding.categorical import Categorical, Presence
from understudy.encoding.codebook import NOTHING, WHOLE, Code, Codebook
from understudy.encoding.codes import Codes
from understudy.encoding.pieces import Part, Range
from understudy.encoding.relative import Relative
from understudy.models.wanted import Wanted
from understudy.rules.constraints import Held
from understudy.rules.constraints.values import dtype_of
from understudy.rules.fusion import Fusion
from understudy.rules.rewriting import Rewriting

PLAIN = Rewriting()


class Spoken(Protocol):
    """What a rule says; its text is one plain sentence."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it speaks of."""
        ...


class Rule(Protocol):
    """What rows are held to: a constraint with what it remembers, or a filter of a run."""

    @property
    def constraint(self) -> Spoken:
        """What was asked."""
        ...

    def met(self, frame: pl.DataFrame) -> pl.Series:
        """Which rows of a typed frame keep it."""
        ...


@dataclass(frozen=True, eq=False)
class Member:
    """A column that is learned as a part of a hidden one: its values as cells of that one.

    Attributes:
        fusion: what it is part of.
        name: of the column.
        code: of the hidden column.
    """

    fusion: Fusion
    name: str
    code: Categorical

    @property
    def values(self) -> pl.Series:
        """Its value in each combination."""
        return self.fusion.table[self.name]

    @property
    def levels(self) -> tuple[str, ...]:
        """Its values, in words."""
        return tuple(self.values.drop_nulls().unique(maintain_order=True).cast(pl.String).to_list())

    @property
    def extent(self) -> str:
        """The values that can be written, in words."""
        return ", ".join(self.levels[:8]) + (", …" if len(self.levels) > 8 else "")

    @property
    def missing(self) -> bool:
        """Whether any combination has a missing cell in it."""
        return self.values.null_count() > 0

    def locate(self, value: Any) -> int | None:
        """A cell in which the value stands, None where it stands in none."""
        try:
            share = self.part(((value, value),) if value is not None else (), value is None).share
        except (pl.exceptions.PolarsError, TypeError):
            return None
        return int(np.argmax(share)) if share.any() else None

    def part(self, ranges: Sequence[Range], missing: bool, besides: bool = False) -> Part:
        """What is left of the hidden column's cells."""
        met = Wanted(tuple(ranges), missing, besides).met(self.values).to_numpy()
        whole = np.ones(self.code.domain.cells)
        return Part(whole if met.all() else cells_of(self.fusion, self.code, np.flatnonzero(met)))


def cells_of(fusion: Fusion, code: Categorical, combinations: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 for the cells of the hidden column in which these combinations stand, 0 for others, shape (cells,)."""
    share = np.zeros(code.domain.cells)
    share[places_of(fusion, code)[combinations]] = 1.0
    return share


def places_of(fusion: Fusion, code: Categorical) -> NDArray[np.int64]:
    """The cell of each combination, shape (combinations,)."""
    return code.encode(pl.Series(fusion.levels, dtype=pl.String))


@dataclass(frozen=True, eq=False)
class Form:
    """How codes become rows of a table, and what these are held to.

    Attributes:
        schema: the columns that are shown.
        book: codes of the columns that are learned.
        rewriting: which of the columns shown are computed or learned as one.
        held: the rules.
        invented: columns whose values a provider invents.
        share: of rows drawn that keep the rules of a row.
        filters: further rules of a row, over columns that are drawn.
    """

    schema: Schema
    book: Codebook
    rewriting: Rewriting = PLAIN
    held: tuple[Held, ...] = ()
    invented: frozenset[str] = frozenset()
    share: float = 1.0
    filters: tuple[Rule, ...] = ()

    def code(self, name: str) -> Code | Relative | Member | None:
        """The codes of a column that is learned, alone or as a part; of an invented or computed one, of its gaps."""
        fusion = self.rewriting.fusion(name)
        if fusion is not None:
            hidden = self.book.columns[fusion.name]
            assert isinstance(hidden, Categorical)
            return Member(fusion, name, hidden)
        return self.book.columns.get(name)

    def place(self, name: str) -> int:
        """The number of the learned column that a column is, or is part of."""
        fusion = self.rewriting.fusion(name)
        return self.book.place(name if fusion is None else fusion.name)

    @property
    def learned(self) -> list[str]:
        """The columns shown whose values are learned."""
        gaps = self.invented | {each.column.name for each in self.rewriting.formulas}
        return [name for name in self.schema.names if name not in gaps and self.code(name) is not None]

    @cached_property
    def blank(self) -> tuple[str, ...]:
        """Learned columns in which nothing stands: all cells of the real rows are missing."""
        return tuple(name for name in self.learned if isinstance(self.book.columns.get(name), Presence))

    @cached_property
    def late(self) -> tuple[str, ...]:
        """Computed columns that are worked out once invented columns, or all rows, are there."""
        found: list[str] = []
        for each in self.rewriting.formulas:
            needed = set(each.expression.columns)
            if each.expression.running or not needed or self.invented.union(found) & needed:
                found.append(each.column.name)
        return tuple(found)

    @cached_property
    def early(self) -> tuple[str, ...]:
        """Computed columns that are worked out as soon as a row is drawn."""
        return tuple(each.column.name for each in self.rewriting.formulas if each.column.name not in self.late)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that a row keeps or not whatever the other rows are, over columns that are drawn."""
        return (*(each for each in self.held if each not in self.wide), *self.filters)

    @cached_property
    def wide(self) -> tuple[Held, ...]:
        """The rules that are held in the whole table."""
        apart = self.invented.union(self.late)
        return tuple(each for each in self.held if each.whole or apart & set(each.constraint.columns))

    @property
    def every(self) -> tuple[Rule, ...]:
        """All that rows are held to."""
        return (*self.held, *self.filters)

    @property
    def whole(self) -> bool:
        """Whether rows can only be shown when all are there."""
        running = any(each.expression.running for each in self.rewriting.formulas)
        return running or bool(self.wide)

    def encode(self, frame: pl.DataFrame) -> Codes:
        """A typed frame with every column as codes."""
        return self.book.encode(self.rewriting.learned(frame))

    def decode(
        self,
        codes: Codes,
        rng: Generator,
        fixed: Mapping[str, pl.Series] = NOTHING,
        parts: Mapping[str, Part] = WHOLE,
    ) -> pl.DataFrame:
        """Codes as typed rows, the columns that wait for invented ones still left out; arguments as in the codebook."""
        if not self.book.columns:
            return pl.DataFrame()
        frame = self.rewriting.parted(self.book.decode(codes, rng, fixed, parts))
        blank = [pl.Series(name, [None], dtype=dtype_of(self.schema[name])) for name in self.blank]
        frame = frame.with_columns(each.new_from_index(0, frame.height) for each in blank)
        return self.rewriting.computed(frame, self.early)

    def met(self, frame: pl.DataFrame) -> pl.Series:
        """Which rows keep the rules of a row."""
        return kept(self.rules, frame)


def kept(rules: Sequence[Rule], frame: pl.DataFrame) -> pl.Series:
    """Which rows of a typed frame keep all of these rules."""
    found = pl.Series(np.ones(frame.height, dtype=bool))
    for each in rules:
        found &= each.met(frame)
    return found
