"""The distances of every row to every other, a block of rows at a time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import Points

BLOCK = 128


def between(rows: Points, others: Points) -> Iterator[tuple[slice, NDArray[np.uint16]]]:
    """Blocks of rows with their distances to all others.

    Args:
        rows: of the same columns as `others`.
        others: any number.

    Yields:
        Places of the block's rows, and distances in steps of which `rows.unit` are 1, (rows of the block, others).
    """
    for start in range(0, len(rows), BLOCK):
        block = slice(start, min(start + BLOCK, len(rows)))
        yield block, _apart(rows.place[:, block], others.place, rows.levels, np.uint16(rows.unit))


def _apart(
    rows: NDArray[np.uint16], others: NDArray[np.uint16], levels: NDArray[np.bool_], unit: np.uint16
) -> NDArray[np.uint16]:
    sums = np.zeros((rows.shape[1], others.shape[1]), dtype=np.uint16)
    for column, is_level in enumerate(levels):
        own, other = rows[column][:, None], others[column][None]
        if is_level:
            sums += (own != other) * unit
        else:
            gap = np.maximum(own, other)
            gap -= np.minimum(own, other)
            sums += np.minimum(gap, unit, out=gap)
    return sums
