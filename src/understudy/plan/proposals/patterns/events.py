"""Values, zeros and gaps of columns as events, and how often they meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.plan.proposals.patterns.coded import Coded, CodedTable
from understudy.plan.proposals.patterns.wording import spelt_test

HELD = ...
FEWEST_ROWS = 10
MOST_LEVELS = 30  # of a category whose single values may rule; more are names of things
MOST_EVENTS = 600
FEW_NUMBERS = 4  # levels of a number that is a category in digits
ATOM_SHARE = 0.001
FREQUENT = 0.1
APART = 1.0  # ranges of the other numbers that an outlying code keeps from them


@dataclass(frozen=True, eq=False)
class Event:
    """That a column has a value, or none.

    Attributes:
        column: its name.
        value: the value, None for a missing cell, HELD for any value.
        text: the test as an expression.
        kind: of the column in the schema.
        rows: how many.
        causes: whether it may bring others with it; a number that is only frequent may not.
    """

    column: str
    value: Any
    text: str
    kind: str
    rows: int
    causes: bool = True

    @property
    def is_gap(self) -> bool:
        """Whether it says that a cell is missing, or that it is not."""
        return self.value is None or self.value is HELD

    @property
    def is_number(self) -> bool:
        """Whether it says that a number has a value."""
        return self.kind in ("integer", "decimal") and not self.is_gap


@dataclass(frozen=True, eq=False)
class Events:
    """Events of a table and their joint counts.

    Attributes:
        events: most frequent first within the table's order of columns.
        columns: names of the columns that the events are of.
        together: rows in which two events meet, shape (events, events).
        asked: rows of the first event in which the second can be asked for: where its column has a value, or any row
            for a gap; shape (events, events).
        base: share of an event among all rows in which it can be asked for, shape (events,).
        masks: the rows of each event.
    """

    events: list[Event]
    columns: list[str]
    together: NDArray[np.int64]
    asked: NDArray[np.int64]
    base: NDArray[np.float64]
    masks: list[NDArray[np.bool_]]


def find_events(table: CodedTable, gaps: list[str]) -> Events | None:
    """Events worth asking for, with their joint counts; None where there are none.

    Args:
        table: the columns.
        gaps: columns whose gaps are events, one of each group that is missing together.
    """
    found = [(event, mask) for name in _told(table) for event, mask in _of_column(table[name])]
    missing = table.gaps()
    found += [each for name in gaps for each in _of_gaps(name, table.schema[name].kind, missing[name])]
    found = sorted(found, key=lambda each: -each[0].rows)[:MOST_EVENTS]
    if not found:
        return None
    events, masks = [event for event, _ in found], [mask for _, mask in found]
    columns = list(dict.fromkeys(event.column for event in events))
    held = [~missing[name] if name in missing else np.ones(table.rows, bool) for name in columns]
    together, present = _meetings(masks, held)
    places = [columns.index(event.column) for event in events]
    gap = np.array([event.is_gap for event in events])
    asked = np.where(gap, np.diag(together)[:, None], present[:, places])
    total = np.where(gap, table.rows, np.array([mask.sum() for mask in held])[places])
    return Events(events, columns, together, asked, np.diag(together) / total, masks)


def _of_gaps(name: str, kind: str, gone: NDArray[np.bool_]) -> list[tuple[Event, NDArray[np.bool_]]]:
    rows, text = int(gone.sum()), spelt_test(name, None) or ""
    if min(rows, len(gone) - rows) < FEWEST_ROWS:
        return []
    held = Event(name, HELD, text.removesuffix("missing") + "present", kind, len(gone) - rows)
    return [(Event(name, None, text, kind, rows), gone), (held, ~gone)]


def _told(table: CodedTable) -> list[str]:
    return [name for name in table.of_kinds("categorical", "boolean", "integer", "decimal") if table[name].levels >= 2]


def _of_column(column: Coded) -> list[tuple[Event, NDArray[np.bool_]]]:
    if not column.is_number or column.levels <= FEW_NUMBERS:
        codes = range(column.levels if column.levels <= MOST_LEVELS else 0)
        return [each for level in codes if (each := _of_level(column, level)) is not None]
    codes = _codes(column)
    found = [each for level in codes if (each := _of_level(column, level)) is not None]
    top = int(np.argmax(column.counts))
    if top not in codes and column.counts[top] >= FREQUENT * column.present:
        found += [each for each in [_of_level(column, top, causes=False)] if each is not None]
    return found


def _of_level(column: Coded, level: int, *, causes: bool = True) -> tuple[Event, NDArray[np.bool_]] | None:
    value, rows = column.values[level], int(column.counts[level])
    text = spelt_test(column.name, value)
    if rows < FEWEST_ROWS or text is None or (column.is_number and rows < ATOM_SHARE * column.present):
        return None
    return Event(column.name, value, text, column.kind, rows, causes), column.codes == level


def _codes(column: Coded) -> list[int]:
    """Levels of a number that look like codes: zero, the one negative value, an end far from all others."""
    values = np.array(column.values, dtype=float)
    found = set(np.flatnonzero(values == 0).tolist())
    if values[0] < 0 <= values[1]:
        found.add(0)
    if values[1] - values[0] > APART * (values[-1] - values[1]):
        found.add(0)
    if values[-1] - values[-2] > APART * (values[-2] - values[0]):
        found.add(len(values) - 1)
    return sorted(found)


def _meetings(
    masks: list[NDArray[np.bool_]], held: list[NDArray[np.bool_]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Joint counts of events, and of events with values of columns."""
    events, values = packed(masks), packed(held)
    return meetings(events, events), meetings(events, values)


def packed(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.uint64]:
    """Masks as words of 64 rows, shape (masks, words)."""
    words = -(-len(masks[0]) // 64)
    bits = np.zeros((len(masks), words * 8), np.uint8)
    for place, mask in enumerate(masks):
        row = np.packbits(mask)
        bits[place, : len(row)] = row
    return bits.view(np.uint64)


def meetings(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Rows in which each of the first packed masks meets each of the second, shape (first, second)."""
    return np.array([np.bitwise_count(second & row).sum(1, dtype=np.int64) for row in first])
