"""A frame's missing cells filled, and how likely its rows are."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.files import read
from understudy.data.patching import patched
from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.data.values import is_missing, parse, render
from understudy.encoding.categorical import Presence
from understudy.encoding.codebook import Codebook
from understudy.encoding.codes import Masks
from understudy.engines.contract import Fitted
from understudy.errors import UnknownColumn
from understudy.execution.executors import threads
from understudy.execution.shards import Shard, shards
from understudy.execution.streams import stream
from understudy.models.filling import SHARD, Filled, infinite, told
from understudy.models.rowwise import Partly


def impute(
    data: Any, schema: Schema, book: Codebook, fitted: Fitted, invented: tuple[str, ...], seed: int, workers: int | None
) -> Any:
    """The frame with the missing cells of learned columns drawn by what their rows say.

    Raises:
        SchemaError: a cell cannot be read as its column's kind.
        ArgumentError: the data are no table, or the seed or workers are out of range.
    """
    table = read(data)
    stream(seed, "impute")
    known = schema.keep([name for name in schema.names if name in table.columns])
    typed = parse(table, known).frame
    gaps = {
        column.name: (is_missing(cells := table.frame[column.name], column) & ~infinite(cells)).to_numpy()
        for column in known.columns
        if _learned(column.name, book, invented)
    }
    holed = np.flatnonzero(np.any(list(gaps.values()), axis=0)) if gaps else np.zeros(0, dtype=np.int64)
    drawn = pl.concat(_drawn(typed[holed], book, fitted, invented, seed, workers)) if len(holed) else typed.head(0)
    place = np.zeros(len(typed), dtype=np.int64)
    place[holed] = np.arange(len(holed))
    full = {
        name: drawn[name].gather(place).zip_with(pl.Series(gap), typed[name]) for name, gap in gaps.items() if gap.any()
    }
    return patched(data, table, render(pl.DataFrame(full), known, table.source), gaps)


def _learned(name: str, book: Codebook, invented: tuple[str, ...]) -> bool:
    return name in book.columns and name not in invented and not isinstance(book.columns[name], Presence)


def _drawn(
    typed: pl.DataFrame, book: Codebook, fitted: Fitted, invented: tuple[str, ...], seed: int, workers: int | None
) -> Iterator[pl.DataFrame]:
    """The typed rows with every learned cell filled, shard by shard."""
    known, _ = told(typed, book, invented)
    for name in invented:
        if name in typed.columns and name in book.columns:
            cells = known[book.place(name)]
            cells[cells < 0] = 0  # an invented cell that is missing stays so, and tells of the others
    partly = Partly(fitted, book.domains, known, typed.height, _present(typed, book, invented))
    fixed = {name: typed[name] for name in typed.columns if _learned(name, book, invented)}
    filled = Filled(partly, fixed, book, strict=False)

    def one(shard: Shard) -> pl.DataFrame:
        return filled.rows(shard.start, shard.rows, stream(seed, "impute", shard.number))

    return threads(one, shards(typed.height, SHARD), workers)


def _present(typed: pl.DataFrame, book: Codebook, invented: tuple[str, ...]) -> Masks:
    """Cells that are not missing, of the columns that are to be filled."""
    return {
        book.place(name): book.columns[name].part((), missing=False, besides=True).share
        for name in typed.columns
        if _learned(name, book, invented) and book.columns[name].domain.missing and book.columns[name].domain.cells > 1
    }


def log_prob(
    data: Any, schema: Schema, book: Codebook, fitted: Fitted, invented: tuple[str, ...]
) -> NDArray[np.float64]:
    """Logarithm (nats) of the probability of each row's cells.

    Raises:
        UnknownColumn: the frame lacks a column that the model has learned.
        SchemaError: a cell cannot be read as its column's kind.
    """
    table = read(data)
    _complete(table, book)
    typed = parse(table, schema.keep(list(book.columns))).frame
    known, strange = told(typed, book, invented)
    never = np.zeros(typed.height, dtype=bool)
    for place, (name, code) in enumerate(book.columns.items()):
        gone = typed[name].is_null().to_numpy()
        known[place] = np.where(gone & code.domain.missing, 0, known[place])
        never |= strange[place] | (gone & (not code.domain.missing))
    partly = Partly(fitted, book.domains, known, typed.height)

    def one(shard: Shard) -> NDArray[np.float64]:
        return partly.take(slice(shard.start, shard.start + shard.rows)).log_prob(stream(0, "weigh", shard.number))

    parts = list(threads(one, shards(typed.height)))
    return np.where(never, -np.inf, np.concatenate([np.zeros(0), *parts]))


def _complete(table: Table, book: Codebook) -> None:
    for name in book.columns:
        if name not in table.columns:
            hint = "every column that the model has learned is needed"
            raise UnknownColumn(f"no column '{name}'", where=f"table '{table.source.name}'", hint=hint)
