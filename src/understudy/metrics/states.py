"""Cells as few states, cut by the real table alone.

A number, date or time is cut at quantiles of the real rows. A value that fills more than one bin (a zero, a cap) is a
state of its own, told from what lies below and above it. A category is one of the most frequent levels of the real
rows, or one of the others. Missing is state 0. Both sides are cut at the same places, so that a column that is shifted,
rescaled or renamed falls into other states.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid


def states(case: Case, bins: int, *, keep_numbers: bool = False) -> Case:
    """The same case with states in the place of cells, so that draws of rows and references work as ever.

    Args:
        case: what is judged.
        bins: most states of a column besides missing.
        keep_numbers: leave numbers as they are, and give states to discrete columns alone.

    Returns:
        A case whose codes are states from 0 to `bins`, numeric columns first as in `case.columns`.
    """
    edges = [] if keep_numbers else [cuts(column, bins) for column in case.real.numbers.T]
    tables = [_table(column, len(known), bins) for column, known in zip(case.real.codes.T, case.levels, strict=True)]

    def coded(grid: Grid) -> Grid:
        numbers = [_binned(column, edge) for column, edge in zip(grid.numbers.T, edges, strict=False)]
        levels = [table[column + 1] for column, table in zip(grid.codes.T, tables, strict=True)]
        found = np.array(numbers + levels, dtype=np.int32).reshape(len(numbers) + len(levels), len(grid))
        return Grid(grid.numbers if keep_numbers else grid.numbers[:, :0], np.ascontiguousarray(found.T))

    holdout = None if case.holdout is None else coded(case.holdout)
    return replace(case, real=coded(case.real), synthetic=coded(case.synthetic), holdout=holdout, _done={})


def cuts(column: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Edges between at most `bins` states of like mass; a state ends with its edge.

    >>> cuts(np.arange(1.0, 101.0), 4)
    array([25., 50., 75.])
    >>> cuts(np.array([0.0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), 4)  # below 0, 0, up to 2, above
    array([-5.e-324,  0.e+000,  2.e+000])
    """
    known = column[~np.isnan(column)]
    if not len(known):
        return np.empty(0)
    found, times = np.unique(np.quantile(known, np.arange(1, bins) / bins, method="inverted_cdf"), return_counts=True)
    with np.errstate(over="ignore"):
        below = np.nextafter(found[times > 1], -np.inf)
    return np.unique(np.concatenate([found, below]))


def _binned(column: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int32]:
    place = np.searchsorted(edges, column, side="left") + 1
    return np.where(np.isnan(column), 0, place).astype(np.int32)


def _table(codes: NDArray[np.int32], levels: int, bins: int) -> NDArray[np.int32]:
    """The state of each code from -1: the most frequent levels are 1, 2, …, all others share the last state."""
    often = np.bincount(codes[codes >= 0], minlength=levels)
    top = np.argsort(-often, kind="stable")[: bins - 1]
    found = np.full(levels + 1, bins, dtype=np.int32)
    found[0] = 0
    found[top + 1] = np.arange(len(top)) + 1
    # a level that no real row has is one of the others, however few levels there are
    found[1:][often == 0] = bins
    return found
