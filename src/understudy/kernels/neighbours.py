"""Which of many others lie nearest to each row, in sixteen bits, with any one column left out."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import MOST, Points

TILE = 1024


def neighbours(rows: Points, others: Points, count: int = 1, workers: int = 1) -> NDArray[np.int64]:
    """Places of the nearest others, nearest first, the lowest place first among equals.

    Args:
        rows: of the same columns as `others`.
        others: at least one.
        count: how many are wanted.
        workers: threads.

    Returns:
        (rows, count), fewer where there are no more others.
    """
    return _search(rows, others, [-1], count, workers)[:, 0]


def neighbours_without(rows: Points, others: Points, columns: Sequence[int], workers: int = 1) -> NDArray[np.int64]:
    """Place of the nearest other when one column is left out, for each of these columns in turn.

    Args:
        rows: of the same columns as `others`.
        others: at least one.
        columns: places of the columns left out, one at a time.
        workers: threads.

    Returns:
        (rows, columns), the lowest place among equals.
    """
    return _search(rows, others, columns, 1, workers)[:, :, 0]


def _search(rows: Points, others: Points, without: Sequence[int], count: int, workers: int) -> NDArray[np.int64]:
    held, left_out = np.ascontiguousarray(others.place), np.array(without, dtype=np.int64)
    pieces = [np.ascontiguousarray(piece.T) for piece in np.array_split(rows.place, workers, axis=1)]
    unit, most = np.uint16(rows.unit), min(count, len(others))
    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(lambda piece: _nearest(piece, held, rows.levels, unit, left_out, most), pieces)
        return np.concatenate(list(found))


@numba.njit(cache=True, nogil=True)
def _nearest(rows, others, levels, unit, without, count):
    """Others are taken in tiles that fit the caches; -1 leaves no column out: the last row of `gaps` stays zero.

    Memory is rows x columns left out x count.
    """
    columns = rows.shape[1]
    found = np.zeros((rows.shape[0], len(without), count), dtype=np.int64)
    best = np.full(found.shape, np.int64(MOST + 1))
    gaps = np.zeros((columns + 1, TILE), dtype=np.uint16)
    sums = np.empty(TILE, dtype=np.uint16)
    for begin in range(0, others.shape[1], TILE):
        size = min(TILE, others.shape[1] - begin)
        for row in range(rows.shape[0]):
            sums[:size] = np.uint16(0)
            for column in range(columns):
                tile = others[column, begin : begin + size]
                _apart(rows[row, column], tile, levels[column], unit, gaps[column])
                _add(sums, gaps[column], size)
            for number in range(len(without)):
                less = gaps[without[number]]
                if _lowest(sums, less, size) < best[row, number, count - 1]:
                    _keep(sums, less, size, begin, found[row, number], best[row, number])
    return found


@numba.njit(cache=True, nogil=True)
def _apart(value, tile, level, unit, gaps):
    """Distance of a value from those of a tile, along one column."""
    none = np.uint16(0)
    if level:
        for place in range(len(tile)):
            gaps[place] = unit if tile[place] != value else none
    else:
        for place in range(len(tile)):
            gap = np.uint16(max(value, tile[place]) - min(value, tile[place]))
            gaps[place] = min(gap, unit)


@numba.njit(cache=True, nogil=True)
def _add(sums, gaps, size):
    for place in range(size):
        sums[place] += gaps[place]


@numba.njit(cache=True, nogil=True)
def _lowest(sums, less, size):
    best = np.uint16(MOST)
    for place in range(size):
        best = min(best, np.uint16(sums[place] - less[place]))
    return np.int64(best)


@numba.njit(cache=True, nogil=True)
def _keep(sums, less, size, begin, found, best):
    """Sort the nearer ones of a tile into the list of the nearest so far."""
    for place in range(size):
        apart = np.int64(sums[place]) - np.int64(less[place])
        at = len(best)
        while at > 0 and apart < best[at - 1]:
            at -= 1
        if at < len(best):
            best[at + 1 :] = best[at:-1].copy()
            found[at + 1 :] = found[at:-1].copy()
            best[at], found[at] = apart, begin + place
