"""Choosing rows of a pool so that counts of their digits come near targets.

First by weights (iterative proportional fitting; Deming and Stephan, Annals of Mathematical Statistics 11, 1940), then
by swaps of a chosen row for a spare one. A histogram is given by up to three digits of a row: the cell of a row is
offset + sum of digit x stride. A target below 0 leaves its cell open: it counts for nothing.
"""

import numba
import numpy as np

MOST_TILT = 8.0


@numba.njit(cache=True, nogil=True, inline="always")
def _cell(digits, row, view, stride, offset, each):
    return (
        offset[each]
        + digits[row, view[each, 0]] * stride[each, 0]
        + digits[row, view[each, 1]] * stride[each, 1]
        + digits[row, view[each, 2]] * stride[each, 2]
    )


@numba.njit(cache=True, nogil=True)
def count(digits, rows, view, stride, offset, cells):
    """How many of these rows stand in each cell of all histograms, float64 (cells,).

    Args:
        digits: digits of every row, uint8 (pool, views).
        rows: numbers of the rows counted, int64 (rows,).
        view: which digits make each histogram, int32 (histograms, 3).
        stride: what each digit counts, 0 for one that is not used, int32 (histograms, 3).
        offset: first cell of each histogram, int64 (histograms,).
        cells: of all histograms together.
    """
    found = np.zeros(cells)
    for row in rows:
        for each in range(len(offset)):
            found[_cell(digits, row, view, stride, offset, each)] += 1.0
    return found


@numba.njit(cache=True, nogil=True)
def rake(digits, view, stride, offset, target, wanted, sweeps):
    """Chance of each row to be kept, at most 1, so that expected counts come near the targets, float64 (pool,).

    No row's chance is raised or lowered by more than a factor of 8.

    Args:
        digits: as in `count`.
        view: as in `count`.
        stride: as in `count`.
        offset: as in `count`.
        target: wanted count of each cell, below 0 where it is open, float64 (cells,).
        wanted: rows to keep; the chances sum to it as nearly as the limits allow.
        sweeps: times that every histogram is fitted.
    """
    rows = digits.shape[0]
    base = wanted / rows
    chance = np.full(rows, base)
    here = np.zeros(len(target))
    place = np.zeros(rows, dtype=np.int64)
    for _ in range(sweeps):
        for each in range(len(offset)):
            last = offset[each + 1] if each + 1 < len(offset) else len(target)
            here[offset[each] : last] = 0.0
            for row in range(rows):
                place[row] = _cell(digits, row, view, stride, offset, each)
                here[place[row]] += chance[row]
            for row in range(rows):
                goal, is_now = target[place[row]], here[place[row]]
                if goal >= 0 and is_now > 0:
                    tilted = chance[row] * goal / is_now
                    chance[row] = min(max(tilted, base / MOST_TILT), base * MOST_TILT, 1.0)
    return chance


@numba.njit(cache=True, nogil=True)
def swap(digits, view, stride, offset, target, counts, chosen, spare, partner):
    """Swap chosen rows for spare ones wherever that brings the counts nearer to the targets; how often it did.

    Every chosen row is tried against one spare row; the sum over cells of |count - target| falls with every swap.

    Args:
        digits: as in `count`.
        view: as in `count`.
        stride: as in `count`.
        offset: as in `count`.
        target: as in `rake`.
        counts: of the chosen rows, changed in place, float64 (cells,).
        chosen: numbers of the rows chosen, changed in place, int64 (wanted,).
        spare: numbers of the other rows, changed in place, int64 (others,).
        partner: which spare row each chosen one is tried against, int64 (wanted,).
    """
    done = 0
    for place in range(len(chosen)):
        out, into = chosen[place], spare[partner[place]]
        won = 0.0
        for each in range(len(offset)):
            left = _cell(digits, out, view, stride, offset, each)
            entered = _cell(digits, into, view, stride, offset, each)
            if left != entered:
                if target[left] >= 0:
                    away = counts[left] - target[left]
                    won += abs(away) - abs(away - 1.0)
                if target[entered] >= 0:
                    away = counts[entered] - target[entered]
                    won += abs(away) - abs(away + 1.0)
        if won > 1e-9:
            for each in range(len(offset)):
                counts[_cell(digits, out, view, stride, offset, each)] -= 1.0
                counts[_cell(digits, into, view, stride, offset, each)] += 1.0
            chosen[place], spare[partner[place]] = into, out
            done += 1
    return done
