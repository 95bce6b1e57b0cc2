"""How far synthetic and unseen real rows lie from the training rows.

The distance of two rows is the mean over columns of |rank difference| for numbers (about the share of training rows
that lie between) and 0 or 1 for categories; missing is a state of its own, 0 from itself and 1 from every value. So
every column weighs the same whatever its unit or skew (Gower 1971, with ranks in the place of ranges). Ranks are read
off a line through 101 quantiles: exact ranks would give each training value a place that no new value can take, and
hold new rows for farther from the training rows than from one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import Points
from understudy.metrics.case import Case, Grid
from understudy.metrics.sizes import common, sample

QUERIES = 5_000
FEWEST_QUERIES = 500
WORK = 3.0e10
THREADS = 4
BLOCKS = 4
MOST_BLOCKS = 40
KNOTS = 101


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances to the nearest training and holdout row.

    Attributes:
        synthetic: (rows,) from synthetic rows to the nearest training row.
        holdout: (rows,) from holdout rows to the nearest training row, None without a holdout.
        train_blocks: (synthetic rows, blocks) to the nearest row of each training block, None without a holdout.
        holdout_blocks: (synthetic rows, blocks) to the nearest row of each equally long block of the holdout.
        training: number of training rows looked at.
    """

    synthetic: NDArray[np.float64]
    holdout: NDArray[np.float64] | None
    train_blocks: NDArray[np.float64] | None
    holdout_blocks: NDArray[np.float64] | None
    training: int


def distances(case: Case) -> Distances:
    """Distances for at most 5 000 rows of the common size; fewer rows where the tables are huge.

    At most 3e10 cells are compared for each side (a long training table is cut to what 500 rows can be compared with).
    """
    rng = case.rng("distances")
    width = len(case.columns)
    training = min(len(case.real), int(WORK / (FEWEST_QUERIES * width)))
    count = min(common(case, QUERIES), max(FEWEST_QUERIES, int(WORK / (training * width))))
    real = coordinates(case, case.real.take(rng.permutation(len(case.real))[:training]))
    synthetic = coordinates(case, sample(case.synthetic, count, rng))
    if case.holdout is None:
        return Distances(_mean(synthetic, real, [0, training])[:, 0], None, None, None, training)
    judge = coordinates(case, case.holdout.take(rng.permutation(len(case.holdout))[:training]))
    size = max(1, min(len(judge), training // BLOCKS))
    near, far = (_mean(synthetic, side, _starts(len(side), size)) for side in (real, judge))
    own = _mean(judge.take(slice(count)), real, [0, training])[:, 0]
    whole = min(training // size, MOST_BLOCKS)
    return Distances(near.min(axis=1), own, near[:, :whole], far[:, : min(len(judge) // size, MOST_BLOCKS)], training)


def _starts(rows: int, size: int) -> list[int]:
    """Where blocks of this size begin; rows that fill no whole block are a last, shorter one."""
    whole = rows - rows % size
    return [*range(0, whole + 1, size), *([rows] if rows > whole else [])]


def coordinates(case: Case, grid: Grid) -> Points:
    """Rows as points: ranks in [0, 1] among training rows, and levels."""
    ranks = [_ranks(column, real) for column, real in zip(grid.numbers.T, case.real.numbers.T, strict=True)]
    return Points.of(np.reshape(ranks, grid.numbers.T.shape), grid.codes.T.astype(np.int64) + 1)


def _ranks(column: NDArray[np.float64], real: NDArray[np.float64]) -> NDArray[np.float64]:
    return ranked(column, scale(real))


def scale(real: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where on the line through 101 quantiles numbers stand: knots and their ranks; of missing ones alone, none."""
    known = real[~np.isnan(real)]
    if not len(known):
        return np.zeros(1), np.zeros(1)
    levels = np.linspace(0, 1, KNOTS)
    knots, place = np.unique(np.quantile(known, levels, method="inverted_cdf"), return_inverse=True)
    return knots, np.bincount(place, levels) / np.bincount(place)


def ranked(column: NDArray[np.float64], line: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Ranks in [0, 1] of numbers on a line that `scale` gives; NaN where missing."""
    return np.where(np.isnan(column), np.nan, np.interp(column, *line))


def _mean(rows: Points, others: Points, starts: list[int]) -> NDArray[np.float64]:
    """Mean distance over columns to the nearest row of each block, (rows, blocks)."""
    return nearest(rows, others, starts) / len(rows.levels)


def nearest(rows: Points, others: Points, starts: Sequence[int]) -> NDArray[np.float64]:
    """`understudy.kernels.nearest.nearest` on the judge's threads, compiled code loaded when first asked for."""
    from understudy.kernels.nearest import nearest as search

    return search(rows, others, starts, workers())


def workers() -> int:
    """Threads for a search."""
    return min(THREADS, cpu_count() or 1)
