"""How alike the relations between two columns are in two samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Grid

CORRELATED = 0.5
ASSOCIATED = 0.3
BINS = 12
DENSE = 1 << 12

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trends:
    """Every pair of columns, numeric columns first; (columns, columns), NaN where a figure cannot be computed.

    Attributes:
        score: CorrelationSimilarity of two numeric columns, ContingencySimilarity of others.
        real: correlation of two numeric columns, Cramér's V of others, in the real rows.
        synthetic: the same in the synthetic rows.
        numeric: number of numeric columns.
    """

    score: Matrix
    real: Matrix
    synthetic: Matrix
    numeric: int

    def counted(self) -> NDArray[np.bool_]:
        """Pairs that are related in the real rows by SDMetrics' thresholds: |correlation| > 0.5, V > 0.3."""
        limit = np.full(self.real.shape, ASSOCIATED)
        limit[: self.numeric, : self.numeric] = CORRELATED
        return np.triu(np.abs(np.nan_to_num(self.real)) > limit, 1)

    def mean(self, pairs: NDArray[np.bool_]) -> float | None:
        """Mean score over these pairs, None where there is none to be computed."""
        scores = self.score[pairs]
        scores = scores[~np.isnan(scores)]
        return float(scores.mean()) if len(scores) else None


def trends(
    real: Grid,
    synthetic: Grid,
    levels: Sequence[int],
    pairs: NDArray[np.bool_] | None = None,
    *,
    shared_edges: bool = False,
    strength: bool = True,
) -> Trends:
    """Column Pair Trends with SDMetrics' definitions, for all pairs or those wanted.

    Two numeric columns: 1 - |ρ_real - ρ_synthetic| / 2 over rows with both values. Otherwise 1 minus the total
    variation distance of the joint frequencies, missing being a level of its own; a numeric column is cut into ten
    bins of equal width between its own smallest and largest value, in the real and in the synthetic rows apart, and
    its missing cells fall in with its largest value.

    Args:
        real: real rows.
        synthetic: synthetic rows.
        levels: number of levels of each discrete column.
        pairs: (columns, columns) upper triangle wanted, all where None.
        shared_edges: cut both sides at the real column's edges, which SDMetrics does not.
        strength: whether to work out Cramér's V of pairs that are not both numeric.
    """
    numeric, width = real.numbers.shape[1], real.numbers.shape[1] + len(levels)
    wanted = np.triu(np.ones((width, width), dtype=bool), 1) if pairs is None else pairs
    score, first, second = (np.full((width, width), np.nan) for _ in range(3))
    if wanted[:numeric, :numeric].any():
        corner = np.s_[:numeric, :numeric]
        first[corner], second[corner] = correlations(real.numbers), correlations(synthetic.numbers)
        score[corner] = 1 - np.abs(first[corner] - second[corner]) / 2
    edges = [_edges(column) for column in real.numbers.T]
    own = edges if shared_edges else [_edges(column) for column in synthetic.numbers.T]
    left, right = _states(real, edges), _states(synthetic, own)
    sizes = [BINS] * numeric + [count + 1 for count in levels]
    for a, b in np.argwhere(wanted[:, numeric:]) + np.array([0, numeric]):
        if left[a] is not None and right[a] is not None:
            known = joint((left[a], left[b]), (right[a], right[b]), sizes[a], sizes[b])
            score[a, b] = 1 - np.abs(known.real / len(real) - known.synthetic / len(synthetic)).sum() / 2
            if strength:
                first[a, b], second[a, b] = known.strength()
    return Trends(score, first, second, numeric)


def correlations(numbers: Matrix) -> Matrix:
    """Pearson's correlation of every pair of columns over the rows that have both; NaN for constants.

    Args:
        numbers: (rows, columns), NaN for missing.
    """
    if not len(numbers):
        return np.full((numbers.shape[1],) * 2, np.nan)
    present = ~np.isnan(numbers)
    scaled = _standardised(numbers, present)
    seen = present.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        count = seen.T @ seen
        total = scaled.T @ seen
        spread = (scaled**2).T @ seen - total**2 / count
        result = (scaled.T @ scaled - total * total.T / count) / np.sqrt(spread * spread.T)
        doubtful = ~(spread / count > 1e-8)
    for a, b in np.argwhere(np.triu(doubtful | doubtful.T, 1)):
        result[a, b] = result[b, a] = _correlation(numbers[present[:, a] & present[:, b]][:, [a, b]])
    return np.clip(result, -1, 1)


def _standardised(numbers: Matrix, present: NDArray[np.bool_]) -> Matrix:
    filled = np.where(present, numbers, 0.0)
    size = np.abs(filled).max(axis=0)
    filled = filled / np.where(size > 0, size, 1.0)
    count = np.maximum(present.sum(axis=0), 1)
    centred = np.where(present, filled - filled.sum(axis=0) / count, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    return centred / np.where(spread > 0, spread, 1.0)


def _correlation(pair: Matrix) -> float:
    """Pearson's correlation of two columns without gaps, NaN where one does not vary."""
    if len(pair) < 2 or (pair == pair[0]).all(axis=0).any():
        return float("nan")
    centred = pair / np.abs(pair).max(axis=0)
    centred = centred - centred.mean(axis=0)
    norm = np.sqrt((centred**2).sum(axis=0))
    return float((centred / norm).prod(axis=1).sum()) if norm.all() else float("nan")


def _edges(column: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Ten bins of equal width, None where the values lie too close together for that."""
    try:
        return np.histogram_bin_edges(column[~np.isnan(column)])
    except ValueError:
        return None


def _states(grid: Grid, edges: Sequence[NDArray[np.float64] | None]) -> list[NDArray[np.int64] | None]:
    bins = [
        None if edge is None else np.searchsorted(edge, column, side="right")
        for edge, column in zip(edges, grid.numbers.T, strict=True)
    ]
    return bins + [column.astype(np.int64) + 1 for column in grid.codes.T]


class Joint(NamedTuple):
    """Joint frequencies of two columns in two samples.

    Attributes:
        real: rows of each cell.
        synthetic: rows of each cell.
        cells: row * width + column of each cell.
        width: number of states of the second column.
    """

    real: NDArray[np.int64]
    synthetic: NDArray[np.int64]
    cells: NDArray[np.int64]
    width: int

    def strength(self) -> tuple[float, float]:
        """Cramér's V in each sample."""
        return cramer(self.real, self.cells, self.width), cramer(self.synthetic, self.cells, self.width)


Pair = tuple[NDArray[np.int64], NDArray[np.int64]]


def joint(real: Pair, synthetic: Pair, height: int, width: int) -> Joint:
    """Joint frequencies of two columns of states from 0, kept sparse where most cells would be empty.

    Args:
        real: states of the first and of the second column.
        synthetic: the same in the synthetic rows.
        height: number of states of the first column.
        width: number of states of the second column.
    """
    first, second = (a * width + b for a, b in (real, synthetic))
    if width * height <= max(DENSE, len(first)):
        left, right = (np.bincount(keys, minlength=width * height) for keys in (first, second))
        return Joint(left, right, np.arange(width * height), width)
    cells, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    left, right = (np.bincount(side, minlength=len(cells)) for side in np.split(place, [len(first)]))
    return Joint(left, right, cells, width)


def cramer(counts: NDArray[np.int64], cells: NDArray[np.int64], width: int) -> float:
    """Cramér's V of a contingency table given as counts of cells (row * width + column); NaN for a single row."""
    full = counts > 0
    counts, (rows, columns) = counts[full], np.divmod(cells[full], width)
    row, column = np.bincount(rows, counts), np.bincount(columns, counts)
    least = min(np.count_nonzero(row), np.count_nonzero(column)) - 1
    if least < 1:
        return float("nan")
    phi = (counts / row[rows] * (counts / column[columns])).sum() - 1
    return float(np.sqrt(max(phi, 0.0) / least))
