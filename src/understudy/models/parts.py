"""All rows of a table as codes, in two parts: to learn from, and to tune on."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.data.scans import Rows
from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.encoding.codebook import Codebook
from understudy.encoding.codes import Codes, stack
from understudy.execution.executors import threads
from understudy.execution.streams import stream
from understudy.models.form import Form

INNER = 10
FEWEST_INNER = 200
MOST_INNER = 100_000


def parts(
    table: Rows, schema: Schema, form: Form, seed: int, tell: Callable[[str, int, int], None]
) -> tuple[Codes, Codes]:
    """The rows to learn from and those to tune on, each in an order of its own.

    A tenth of the rows is tuned on, 100 000 at most, none below 200. The table is read once, in batches; what is held
    is three bytes a cell and the batches in work.

    Args:
        table: typed, or as read.
        schema: its columns.
        form: their codes.
        seed: of the order.
        tell: called with ("encode", rows done, rows).

    Raises:
        SchemaError: a cell does not fit the schema.
    """
    rows, book = len(table), form.book
    inner = _inner(rows)
    place = _places(rows, seed)
    tuned, learned = _blank(book, inner), _blank(book, rows - inner)
    done = 0
    tell("encode", 0, rows)
    for codes in threads(lambda each: _codes(*each, schema, form), _numbered(table, schema)):
        here = place[done : done + len(codes)]
        aside = here < inner
        _put(tuned, here[aside], codes, np.flatnonzero(aside))
        _put(learned, here[~aside] - inner, codes, np.flatnonzero(~aside))
        done += len(codes)
        tell("encode", done, rows)
    return learned, tuned


def repeated(learned: Codes, tuned: Codes, counts: NDArray[np.int64], seed: int) -> tuple[Codes, Codes]:
    """Rows to learn from and to tune on where each row of the table stands for several, shared out one by one.

    Args:
        learned: as `parts` gives it.
        tuned: as `parts` gives it.
        counts: of the table's rows, shape (rows,).
        seed: as of `parts`.
    """
    codes, placed = stack([tuned, learned]), np.empty_like(counts)
    placed[_places(len(counts), seed)] = counts
    units = stream(seed, "counted rows").permutation(np.repeat(np.arange(len(counts)), placed))
    inner = _inner(len(units))
    return codes.take(units[inner:]), codes.take(units[:inner])


def _inner(rows: int) -> int:
    """Rows to tune on, of so many."""
    return min(rows // INNER, MOST_INNER) if rows >= FEWEST_INNER else 0


def _places(rows: int, seed: int) -> NDArray[Any]:
    """Where each row goes in a random order."""
    order = stream(seed, "inner split").permutation(rows)
    place = np.empty(rows, dtype=np.int32 if rows < 2**31 else np.int64)
    place[order] = np.arange(rows, dtype=place.dtype)
    return place


def _blank(book: Codebook, rows: int) -> Codes:
    shape = (len(book.columns), rows)
    return Codes(np.empty(shape, dtype=np.uint8), np.empty(shape, dtype=np.uint16), book.domains)


def _numbered(table: Rows, schema: Schema) -> Iterator[tuple[int, Table]]:
    start = 0
    for batch in table.batches(schema.names):
        yield start, batch
        start += len(batch)


def _codes(start: int, batch: Table, schema: Schema, form: Form) -> Codes:
    return form.encode(parse(batch, schema, start=start).frame)


def _put(into: Codes, places: NDArray, codes: Codes, rows: NDArray[np.int64]) -> None:
    for column in range(len(codes.domains)):
        into.coarse[column, places] = codes.coarse[column, rows]
        into.fine[column, places] = codes.fine[column, rows]
