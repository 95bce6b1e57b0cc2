"""The distance from each row to the nearest of many others."""

import numba
import numpy as np
from numpy.typing import NDArray

TILE = 512


@numba.njit(cache=True, nogil=True, parallel=False, fastmath={"nnan", "ninf", "nsz"})
def nearest(rows: NDArray[np.float32], others: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Smallest distance from each row to the rows of each block of `others`.

    The distance of two rows is the sum over columns of min(|a - b|, 1). Others are taken in tiles that fit the first
    cache, so that the inner loop runs over a column and is vectorised; memory is rows x blocks.

    Args:
        rows: (rows, columns) without NaN.
        others: (columns, other rows) without NaN, one column after another.
        starts: (blocks + 1,) where each block of other rows begins, and where the last ends.

    Returns:
        (rows, blocks), inf for an empty block.
    """
    columns = rows.shape[1]
    found = np.full((rows.shape[0], len(starts) - 1), np.float32(3.0e38))
    sums = np.empty(TILE, dtype=np.float32)
    one = np.float32(1.0)
    for block in range(len(starts) - 1):
        for begin in range(starts[block], starts[block + 1], TILE):
            size = min(TILE, starts[block + 1] - begin)
            for row in range(rows.shape[0]):
                sums[:size] = np.float32(0.0)
                for column in range(columns):
                    value = rows[row, column]
                    tile = others[column, begin : begin + size]
                    for place in range(size):
                        sums[place] += min(abs(value - tile[place]), one)
                best = found[row, block]
                for place in range(size):
                    best = min(best, sums[place])
                found[row, block] = best
    return found
