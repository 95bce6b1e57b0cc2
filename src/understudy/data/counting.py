"""Rows that stand for several like ones: a column says how many; unrolled, and counted again."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.frames import give_back
from understudy.data.table import Table
from understudy.errors import PlanError, nearest
from understudy.execution.streams import stream

MOST = 50_000_000


def counts_of(table: Table, column: str) -> NDArray[np.int64]:
    """How many rows each row stands for, shape (rows,).

    Raises:
        PlanError: there is no such column, a cell is no whole number from 0, or they sum to more than 50 million.
    """
    if column not in table.columns:
        hint = nearest(column, table.columns)
        raise PlanError(f"no column '{column}'", where="unroll", hint=hint, field="unroll")
    cells = table.frame[column]
    found = cells.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    wrong = (found.is_null() | (found < 0) | (found != found.floor())).arg_true()
    if len(wrong):
        where, row = f"column '{column}', row {wrong[0] + 1}", cells[int(wrong[0])]
        raise PlanError(f"{row!r} is no count", where=where, hint="use whole numbers from 0", field="unroll")
    if found.sum() > MOST:
        hint = f"{MOST} at most are learned one by one; divide the counts"
        raise PlanError(f"'{column}' counts {found.sum():.0f} rows", where="unroll", hint=hint, field="unroll")
    return found.cast(pl.Int64).to_numpy()


def rolled(table: Table, column: str) -> Table:
    """The rows as they stand, without their count."""
    return replace(table, frame=_without(table.frame, column))


def unrolled(table: Table, column: str) -> Table:
    """Each row as often as it counts, without the count.

    Raises:
        PlanError: as `counts_of`.
    """
    counts = counts_of(table, column)
    return replace(table, frame=_without(table.frame, column)[np.repeat(np.arange(len(counts)), counts)])


def shared_out(table: Table, column: str, share: float, seed: int) -> tuple[Table, Table]:
    """Two tables between which the rows counted are shared out by chance, and the counts with them.

    Args:
        table: its rows with their counts.
        column: of the counts.
        share: of the rows counted that goes to the second table.
        seed: of the draw.

    Raises:
        PlanError: as `counts_of`.
    """
    counts = counts_of(table, column)
    second = stream(seed, "counted rows").binomial(counts, share)
    return _counting(table, column, counts - second), _counting(table, column, second)


def _counting(table: Table, column: str, counts: NDArray[np.int64]) -> Table:
    """The rows with other counts, those that count nothing left out."""
    cells = pl.Series(column, counts).cast(table.frame[column].dtype)
    columns = {each.name: each if each.name != column else cells for each in table.frame.get_columns()}
    return replace(table, frame=pl.DataFrame(columns).filter(pl.Series(counts > 0)))


def regrouped(rows: Any, column: str) -> Any:
    """Like rows as one, in the order of their first, with how many they are in a last column; in the caller's kind.

    >>> regrouped(pl.DataFrame({"a": ["x", "y", "x"]}), "days").rows()
    [('x', 2), ('y', 1)]
    """
    from understudy.data.files import read

    table = read(rows)
    frame = table.frame
    plain = pl.DataFrame({f"c{place}": each for place, each in enumerate(frame.get_columns())})
    told = plain.group_by(plain.columns, maintain_order=True).len()
    back = {name: told.to_series(place) for place, name in enumerate(frame.columns)}
    counted = told.to_series(len(back)).cast(pl.Int64)
    made = pl.DataFrame({**back, column: counted.cast(pl.String) if table.source.text else counted})
    return replace(table, frame=made) if table.source.kind == "table" else give_back(made, table.source)


def _without(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    return pl.DataFrame({each.name: each for each in frame.get_columns() if each.name != column})
