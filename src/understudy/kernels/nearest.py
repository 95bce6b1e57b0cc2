"""The distance from each row to the nearest of many others, in sixteen bits: four times as fast as in floats."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import MOST, Points

TILE = 1024


def nearest(rows: Points, others: Points, starts: Sequence[int], workers: int = 1) -> NDArray[np.float64]:
    """Smallest distance from each row to the rows of each block of others.

    Args:
        rows: of the same columns as `others`.
        others: one block after the other.
        starts: where each block begins, and where the last ends, (blocks + 1,).
        workers: threads.

    Returns:
        (rows, blocks), inf for an empty block.
    """
    held, edges = np.ascontiguousarray(others.place), np.array(starts, dtype=np.int64)
    pieces = [np.ascontiguousarray(piece.T) for piece in np.array_split(rows.place, workers, axis=1)]
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(lambda piece: _nearest(piece, held, rows.levels, np.uint16(rows.unit), edges), pieces))
    return np.where(edges[:-1] < edges[1:], np.concatenate(found) / rows.unit, np.inf)


@numba.njit(cache=True, nogil=True)
def _nearest(rows, others, levels, unit, starts):
    """Others are taken in tiles that fit the first cache, so that the inner loop runs over a column: it is vectorised.

    Memory is rows x blocks.
    """
    columns, none = rows.shape[1], np.uint16(0)
    found = np.full((rows.shape[0], len(starts) - 1), np.uint16(MOST))
    sums = np.empty(TILE, dtype=np.uint16)
    for block in range(len(starts) - 1):
        for begin in range(starts[block], starts[block + 1], TILE):
            size = min(TILE, starts[block + 1] - begin)
            for row in range(rows.shape[0]):
                sums[:size] = none
                for column in range(columns):
                    value = rows[row, column]
                    tile = others[column, begin : begin + size]
                    if levels[column]:
                        for place in range(size):
                            sums[place] += unit if tile[place] != value else none
                    else:
                        for place in range(size):
                            gap = np.uint16(max(value, tile[place]) - min(value, tile[place]))
                            sums[place] += min(gap, unit)
                best = found[row, block]
                for place in range(size):
                    best = min(best, sums[place])
                found[row, block] = best
    return found
