"""The numbers of a frame as one matrix, and the grid each column stands on."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Column, Schema
from understudy.execution.streams import stream

SAMPLE_ROWS = 4000
FINEST = 9  # more digits behind the point than these are the noise of floating point


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numeric columns.

    Attributes:
        names: of the columns, in the table's order.
        values: (rows, columns), float64; NaN where missing.
        units: the step of each column's grid, 0 where it has none.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    units: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.names)

    def only(self, places: list[int]) -> "Numbers":
        """These columns, in the order given."""
        return Numbers(tuple(self.names[each] for each in places), self.values[:, places], self.units[places])


def sampled(frame: pl.DataFrame, rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """So many rows of a frame in their order, always the same ones."""
    if frame.height <= rows:
        return frame
    chosen = stream(0, "proposals").choice(frame.height, rows, replace=False)
    return frame[np.sort(chosen)]


def numeric(column: Column) -> bool:
    """Whether a column holds numbers."""
    return column.kind in ("integer", "decimal")


def numbers_of(frame: pl.DataFrame, schema: Schema) -> Numbers:
    """The numeric columns of a typed frame that hold two values or more."""
    names = [each.name for each in schema.columns if numeric(each) and frame[each.name].drop_nulls().n_unique() > 1]
    values = np.full((frame.height, len(names)), np.nan)
    for place, name in enumerate(names):
        values[:, place] = floats(frame[name])
    units = [unit_of(values[:, place], schema[name]) for place, name in enumerate(names)]
    return Numbers(tuple(names), values, np.array(units, dtype=float))


def floats(values: pl.Series) -> NDArray[np.float64]:
    """A numeric series as floats, NaN where missing."""
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def unit_of(values: NDArray[np.float64], column: Column) -> float:
    """The step of a column's grid: its last decimal, or a multiple that nearly all values share; 0 for none."""
    decimals = 0 if column.kind == "integer" else column.decimals
    if decimals is None or decimals > FINEST:
        return 0.0
    known = values[np.isfinite(values)]
    steps = np.rint(known * 10.0**decimals)
    if not len(known) or np.abs(steps).max() > 2**53:
        return 10.0**-decimals
    return _shared(steps) / 10.0**decimals


def _shared(steps: NDArray[np.float64]) -> float:
    """The largest whole number that divides 99 in 100 of them; a stray value must not hide it."""
    parts = np.array_split(steps[:1000], 8)
    shared = [int(np.gcd.reduce(part.astype(np.int64))) for part in parts if len(part)]
    best = max((each for each in shared if each > 1), default=1)
    return float(best) if (steps % best == 0).mean() >= 0.99 else 1.0
