"""All rows of a table as codes, in two parts: to learn from, and to tune on."""

from collections.abc import Callable, Iterator, Sequence
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
from understudy.models.form import Form, Rule, kept

INNER = 10
FEWEST_INNER = 200
MOST_INNER = 100_000


def parts(
    table: Rows,
    form: Form,
    seed: int,
    tell: Callable[[str, int, int], None],
    rules: Sequence[Rule] = (),
    counts: NDArray[np.int64] | None = None,
) -> tuple[Codes, Codes]:
    """The rows to learn from and those to tune on, each in an order of its own.

    A tenth of the rows is tuned on, 100 000 at most, none below 200. The table is read once, in batches; what is held
    is three bytes a cell and the batches in work.

    Args:
        table: typed, or as read.
        form: its columns and their codes.
        seed: of the order.
        tell: called with ("encode", rows done, rows).
        rules: of a row; rows that break one are left out.
        counts: how many rows each row stands for, which are shared out one by one, shape (rows,).

    Raises:
        SchemaError: a cell does not fit the schema.
    """
    rows, book = len(table), form.book
    inner, place = _inner(rows), _places(rows, seed)
    tuned, learned = _blank(book, inner), _blank(book, rows - inner)
    sound, done = np.ones(rows, dtype=bool), 0
    tell("encode", 0, rows)
    for codes, good in threads(lambda each: _codes(*each, form, rules), _numbered(table, form.schema)):
        here = place[done : done + len(codes)]
        aside = here < inner
        _put(tuned, here[aside], codes, np.flatnonzero(aside))
        _put(learned, here[~aside] - inner, codes, np.flatnonzero(~aside))
        sound[here] = good
        done += len(codes)
        tell("encode", done, rows)
    if counts is not None:
        placed = np.empty_like(counts)
        placed[place] = counts
        return _repeated(stack([tuned, learned]), np.where(sound, placed, 0), seed)
    if sound.all():
        return learned, tuned
    return learned.take(np.flatnonzero(sound[inner:])), tuned.take(np.flatnonzero(sound[:inner]))


def _repeated(codes: Codes, counts: NDArray[np.int64], seed: int) -> tuple[Codes, Codes]:
    """Rows to learn from and to tune on where each row stands for several, shared out one by one."""
    units = stream(seed, "counted rows").permutation(np.repeat(np.arange(len(counts)), counts))
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


def _codes(start: int, batch: Table, form: Form, rules: Sequence[Rule]) -> tuple[Codes, NDArray[np.bool_]]:
    frame = parse(batch, form.schema, start=start).frame
    return form.encode(frame), kept(rules, frame).to_numpy()


def _put(into: Codes, places: NDArray, codes: Codes, rows: NDArray[np.int64]) -> None:
    for column in range(len(codes.domains)):
        into.coarse[column, places] = codes.coarse[column, rows]
        into.fine[column, places] = codes.fine[column, rows]
