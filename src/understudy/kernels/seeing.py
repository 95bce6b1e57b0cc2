"""What the trees of a level see of the rows that pass it."""

import numba
import numpy as np

SAME = 128


@numba.njit(cache=True, nogil=True)
def rank_rows(codes, rows, ranks, out):
    """The rank of the code of each of some rows, written to `out`, uint8 (rows,)."""
    for place in range(len(rows)):
        out[place] = ranks[codes[rows[place]]]


@numba.njit(cache=True, nogil=True)
def off(step, parted):
    """How far a step lies from another, 128 where they are the same, uint8."""
    return np.uint8(min(max(np.int64(step) - np.int64(parted) + SAME, 0), 255))


@numba.njit(cache=True, nogil=True)
def rows_off(codes, steps, rows, parted, place, ranks, out):
    """The rank of how far what the code of each of some rows counts lies from what its node does, uint8 (rows,)."""
    for each in range(len(rows)):
        out[each] = ranks[off(steps[codes[rows[each]]], parted[place[each]])]


@numba.njit(cache=True, nogil=True)
def passing(codes, place, side):
    """Rows whose codes have a place, the place and the side of each: int64, uint8 and uint8 (rows,)."""
    rows, count = np.empty(len(codes) + 1, np.int64), 0
    places, sides = np.empty(len(codes) + 1, np.uint8), np.empty(len(codes) + 1, np.uint8)
    for row in range(len(codes)):
        here = place[codes[row]]
        rows[count], places[count], sides[count] = row, here, side[codes[row]]
        count += here >= 0
    return rows[:count].copy(), places[:count].copy(), sides[:count].copy()
