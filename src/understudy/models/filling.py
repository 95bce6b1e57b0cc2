"""Rows that a caller brings, some of their cells known: as conditions, to be filled, or to be weighed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.data.frames import as_table
from understudy.data.schema import Column, Schema
from understudy.data.table import Table
from understudy.data.values import is_missing, parse
from understudy.encoding.categorical import Categorical, Presence
from understudy.encoding.codebook import Codebook
from understudy.encoding.relative import Relative
from understudy.engines.contract import Fitted
from understudy.errors import ArgumentError, ConditionError, UnknownColumn, nearest
from understudy.execution.streams import stream
from understudy.models.anchoring import anchored
from understudy.models.rowwise import Partly

SHARD, PILOT = 8192, 256
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Filled:
    """Rows of which some cells are known, the others to be drawn.

    Attributes:
        partly: the rows as codes.
        fixed: typed values of each column, null where they are to be drawn.
        book: codes of the columns.
        strict: whether a row that the model gives no chance is refused.
    """

    partly: Partly
    fixed: Mapping[str, pl.Series]
    book: Codebook
    strict: bool = True
    shard = SHARD

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """The typed rows from `start` on.

        Raises:
            ConditionError: a row asks for what the model gives no chance.
        """
        fixed = {name: values.slice(start, n) for name, values in self.fixed.items()}
        partly, fixed = anchored(self.partly.take(slice(start, start + n)), fixed, self.book, rng)
        codes, count, _ = partly.draw(rng)
        if self.strict and (count == 0).any():
            raise _unmet(start + int(np.argmin(count)))
        return self.book.decode(codes, rng, fixed)

    @cached_property
    def counts(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Of some rows: how many candidates count (Kish, 1965; inf where one is drawn exactly), and how many there are.

        Raises:
            ConditionError: a row asks for what the model gives no chance.
        """
        rows = np.unique(np.linspace(0, self.partly.count - 1, min(PILOT, self.partly.count)).astype(np.int64))
        _, count, drawn = self.partly.take(rows).draw(stream(0, "pilot"))
        if self.strict and (count == 0).any():
            raise _unmet(int(rows[np.argmin(count)]))
        return count, drawn

    @property
    def candidates(self) -> float:
        """Rows drawn for each one kept, in the mean of some rows."""
        return float(self.counts[1].mean()) if self.partly.count else 1.0

    @property
    def effective(self) -> float | None:
        """How many candidates count for the row of which the fewest do, among some; None where each row is exact."""
        least = float(self.counts[0].min()) if self.partly.count else np.inf
        return None if np.isinf(least) else least


def _unmet(row: int) -> ConditionError:
    hint = "the model has seen nothing of the kind; ask for less"
    return ConditionError("no row meets the conditions", where=f"given, row {row + 1}", hint=hint, field="given")


def framed(given: Any) -> Table:
    """Conditions that are no mapping as the table they must be.

    Raises:
        ArgumentError: they are none.
    """
    try:
        return as_table(given, name="given")
    except ArgumentError:
        hint = 'use {"column": value}, or a frame with a row of conditions for each row'
        raise ArgumentError(f"given is {given!r}", hint=hint, field="given") from None


def asked(
    table: Table, schema: Schema, book: Codebook, invented: Mapping[str, Any], fitted: Fitted, temperature: float
) -> Filled:
    """A frame of conditions: a row each, its empty cells open; a missing code of the column's own asks for missing.

    Raises:
        UnknownColumn: a column is none of the model's.
        ConditionError: a value is one the model cannot write.
        SchemaError: a cell cannot be read as its column's kind.
    """
    for name in table.columns:
        if name not in schema:
            raise UnknownColumn(f"no column '{name}'", where="given", hint=nearest(name, schema.names), field="given")
    table = replace(table, frame=table.frame.with_columns(_opened(table.frame[name]) for name in table.columns))
    frame = parse(table, schema.keep(table.columns)).frame
    gone = {name: _coded(table.frame[name], schema[name]) for name in table.columns}
    for name in table.columns:
        _refuse_unwritable(frame[name], gone[name], name, book, invented)
    known, _ = told(frame, book, invented)
    for name in table.columns:
        if name in book.columns and gone[name].any():
            known[book.place(name)][gone[name]] = 0
    fixed = {name: frame[name] for name in table.columns if name in book.columns and name not in invented}
    partly = Partly(fitted, book.domains, known, frame.height, temperature=temperature)
    return Filled(partly, fixed, book)


def _opened(cells: pl.Series) -> pl.Series:
    """Blank text is an empty cell."""
    return cells.set(cells.cast(pl.String).str.strip_chars() == "", None) if cells.dtype == pl.String else cells


def _coded(cells: pl.Series, column: Column) -> Bools:
    """Cells that a code of the column's own, and not their emptiness, says to be missing."""
    there = cells.is_not_null() & ~infinite(cells)
    if cells.dtype.is_float():
        there &= ~cells.is_nan().fill_null(True)
    return (is_missing(cells, column) & there).to_numpy()


def infinite(cells: pl.Series) -> pl.Series:
    """Which cells hold an infinity."""
    return cells.is_infinite().fill_null(False) if cells.dtype.is_float() else cells.is_null() & False


def _refuse_unwritable(values: pl.Series, gone: Bools, name: str, book: Codebook, invented: Mapping[str, Any]) -> None:
    there = values.drop_nulls().unique(maintain_order=True)
    if name in invented and (len(there) or (gone.any() and name not in book.columns)):
        raise ConditionError(
            "its values are invented and cannot be asked for", where=f"given '{name}'", hint="set the column afterwards"
        )
    if name not in book.columns:
        return
    code = book.columns[name]
    if gone.any() and not code.domain.missing:
        raise ConditionError("the model cannot write missing cells", where=f"given '{name}'", field="given")
    for value in there:
        if not (code.holds(value, value) if isinstance(code, Relative) else code.locate(value) is not None):
            row = int((values == value).arg_true()[0]) + 1
            hint = nearest(str(value), code.levels) if isinstance(code, Categorical) else f"it takes {code.extent}"
            raise ConditionError(
                f"the model cannot write '{value}'", where=f"given '{name}', row {row}", hint=hint, field="given"
            )


def told(
    frame: pl.DataFrame, book: Codebook, invented: Collection[str]
) -> tuple[dict[int, NDArray[np.int64]], dict[int, Bools]]:
    """The cells of typed rows by place, -1 where one is missing or says nothing to the model; and which say nothing.

    A level that the model does not know is its bucket of rare ones, where there is one; else it says nothing. A number
    beyond all cells is in the nearest. A date that is coded by its distance from one that is missing says nothing.
    """
    known: dict[int, NDArray[np.int64]] = {}
    strange: dict[int, Bools] = {}
    for place, (name, code) in enumerate(book.columns.items()):
        if name not in frame.columns:
            continue
        values = frame[name]
        there, mute = values.is_not_null().to_numpy(), np.zeros(frame.height, dtype=bool)
        if isinstance(code, Relative):
            anchor = frame[code.anchor] if code.anchor in frame.columns else _nothing(values)
            cells, mute = code.encode(values, anchor), there & anchor.is_null().to_numpy()
        else:
            cells = code.encode(values)
        if isinstance(code, Categorical) and not code.rare:
            mute = there & ~values.cast(pl.String).is_in(list(code.levels)).fill_null(False).to_numpy()
        elif isinstance(code, Presence) and name not in invented:
            mute = there
        known[place], strange[place] = np.where(there & ~mute, cells, -1), mute
    return known, strange


def _nothing(values: pl.Series) -> pl.Series:
    return pl.Series([None] * len(values), dtype=values.dtype)
