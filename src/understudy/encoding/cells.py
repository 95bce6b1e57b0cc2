"""Cutting the ordered values of a column into cells, and cells into coarse codes.

A cell is a closed interval of values that at least k training rows stand in, or a single value that at least k rows
carry. Nothing else is ever written out: extremes stop where k rows stand, a lone value in a gap moves to the nearest
cell. Works on int64 ticks (the column's grid) and on float64 alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_CELLS = 4096
MOST_BINS = 180
ROWS_A_BIN = 50
ROWS_A_CELL = 20
ATOM_SHARE = 0.005
MOST_UNSUPPORTED = 0.25
FEW = 0.005
MUCH = 0.2
MOST_BETWEEN = 0.1
MOST_CODES = 255
MOST_EXACT = 2**20
PREFERRED, MOST_STEPS = 0.9, 10
LEAST_TIES, MOST_TIES = 6, 3


@dataclass(frozen=True, eq=False)
class Cells:
    """Disjoint intervals in ascending order.

    Attributes:
        low: smallest value of each cell, shape (cells,), int64 ticks or float64.
        high: largest value of each cell; equal to `low` for a single value.
        rows: training rows that go to each cell.
        heavy: cells in which much of the column stands.
        codes: number of cells under each coarse code, shape (codes,).
        clipped: rows beyond the outermost cells.
        snapped: rows inside, between two cells.
    """

    low: NDArray[Any]
    high: NDArray[Any]
    rows: NDArray[np.int64]
    heavy: NDArray[np.bool_]
    codes: NDArray[np.int64]
    clipped: int
    snapped: int

    def find(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """The cell each value stands in, or the nearest one.

        A value between two cells does not go to one that holds much of the column (the zeros of a zero-inflated one) if
        the other does not: else its share would grow by every stray.
        """
        last = len(self.low) - 1
        place = np.clip(np.searchsorted(self.low, values, side="right") - 1, 0, last)
        after = np.minimum(place + 1, last)
        with np.errstate(over="ignore"):
            gap_before = np.subtract(values, self.high[place], dtype=np.float64)
            gap_after = np.subtract(self.low[after], values, dtype=np.float64)
        between = (gap_before > 0) & (after > place)
        nearer = np.where(self.heavy[place] == self.heavy[after], gap_after < gap_before, self.heavy[place])
        return np.where(between & nearer, after, place)


def cut(distinct: NDArray[Any], counts: NDArray[np.int64], k: int) -> Cells | None:
    """Cells and coarse codes for the values of one column.

    Args:
        distinct: the non-missing values, each once, int64 ticks or float64, ascending, shape (values,).
        counts: rows of each, shape (values,).
        k: rows that must stand in a cell; where one is enough, every value is written out as it is.

    Returns:
        None where fewer than k rows are given: then nothing may be written out.
    """
    rows = int(counts.sum())
    if rows < max(k, 1):
        return None
    atom = counts >= (1 if k == 1 and len(distinct) <= MOST_EXACT else max(k, rows / (2 * MOST_CELLS)))
    if not _is_discrete(distinct, counts, atom):
        low, high = _intervals(distinct, counts, atom, k, max(k, min(ROWS_A_CELL, rows // 40), rows // MOST_CELLS))
    elif _stands_in(distinct, counts, atom):
        low = high = distinct[atom]
    else:
        low = high = _averaged(*_intervals(distinct, counts, atom, k, k), distinct, counts, k)
    if len(low) == 0:
        low, high = _middle(distinct, counts, k)
    return _counted(low, high, distinct, counts, k)


def _counted(
    low: NDArray[Any],
    high: NDArray[Any],
    distinct: NDArray[Any],
    counts: NDArray[np.int64],
    k: int,
) -> Cells:
    """The cells with their rows, strays counted where they go."""
    none = np.zeros(len(low), dtype=np.int64)
    home = Cells(low, high, none, none > 0, none, 0, 0).find(distinct)
    inside = (low[home] <= distinct) & (distinct <= high[home])
    heavy = np.bincount(home[inside], weights=counts[inside], minlength=len(low)) > MUCH * counts.sum()
    if heavy.any():
        home = Cells(low, high, none, heavy, none, 0, 0).find(distinct)
    rows = np.bincount(home, weights=counts, minlength=len(low)).astype(np.int64)
    outside = (distinct < low[0]) | (distinct > high[-1])
    stray = ~outside & ((distinct < low[home]) | (distinct > high[home]))
    codes = _group(low, high, rows, k)
    return Cells(low, high, rows, heavy, codes, int(counts[outside].sum()), int(counts[stray].sum()))


def _is_discrete(distinct: NDArray[Any], counts: NDArray[np.int64], atom: NDArray[np.bool_]) -> bool:
    """Whether the column takes few values, so that no value outside them may be invented.

    Under a smooth density on a grid, lone rows meet on one value about as often as on two neighbouring ones. A grid is
    also tens, hundreds and so on, where nearly all rows stand on those: areas that are told to the ten are smooth.
    """
    lone, rows = int(counts[~atom].sum()), int(counts.sum())
    if not atom.any() or lone == 0 or lone > MOST_UNSUPPORTED * rows:
        return lone == 0
    if distinct.dtype.kind != "i":
        return lone - int((~atom).sum()) >= LEAST_TIES
    for step in _preferred(distinct, counts):
        on = distinct % step == 0
        if _is_smooth(distinct[on] // step, counts[on], atom[on]):
            return False
    return True


def _preferred(distinct: NDArray[np.int64], counts: NDArray[np.int64]) -> list[int]:
    """1, and the powers of ten that nine in ten rows are multiples of; zeros, which are of all, are not counted."""
    other, steps = distinct != 0, [1]
    values, rows = distinct[other], counts[other]
    while len(steps) < MOST_STEPS and rows[values % (10 * steps[-1]) == 0].sum() >= PREFERRED * rows.sum() > 0:
        steps.append(10 * steps[-1])
    return steps


def _is_smooth(distinct: NDArray[np.int64], counts: NDArray[np.int64], atom: NDArray[np.bool_]) -> bool:
    """Whether values stand as closely on their grid, whose step is 1, as a smooth density's would.

    There rows pair up on two neighbouring values about twice as often as on one, however many share a value.
    """
    span = float(distinct[-1]) - float(distinct[0]) + 1
    rows = np.where(atom, 0, counts).astype(np.float64)
    same, beside = rows @ (rows - 1) / 2, (rows[1:] * rows[:-1])[distinct[1:] - 1 == distinct[:-1]].sum()
    return len(distinct) >= 0.3 * span or bool(same < LEAST_TIES + MOST_TIES * beside)


def _stands_in(distinct: NDArray[Any], counts: NDArray[np.int64], atom: NDArray[np.bool_]) -> bool:
    """Whether the supported values, but the most frequent one, can stand in for the others without being swamped.

    Nor may a tail come to lie on its first value.
    """
    places, few = np.flatnonzero(atom), FEW * counts.sum()
    first, last = int(places[0]), int(places[-1])
    return bool(
        counts[~atom].sum() <= max(few, counts[atom].sum() - counts[atom].max())
        and counts[:first].sum() <= max(few, counts[first])
        and counts[last + 1 :].sum() <= max(few, counts[last])
    )


def _gathered(values: NDArray[Any], distinct: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[Any]:
    """Rows for which each of some values stands."""
    none = np.zeros(len(values), dtype=np.int64)
    heavy = np.isin(values, distinct[counts > MUCH * counts.sum()])
    home = Cells(values, values, none, heavy, none, 0, 0).find(distinct)
    return np.bincount(home, weights=counts, minlength=len(values))


def _averaged(
    low: NDArray[Any], high: NDArray[Any], distinct: NDArray[Any], counts: NDArray[np.int64], k: int
) -> NDArray[Any]:
    """One value for each interval: the mean of its rows, so that few values stay few and each stands for k rows.

    Microaggregation (Defays and Anwar, Journal of Official Statistics 14, 1998). An interval whose mean is the nearest
    to fewer than k rows is joined to the next one, or left out where frequent values are next to it.
    """
    values = np.array([_mean(*ends, distinct, counts) for ends in zip(low, high, strict=True)], dtype=low.dtype)
    while (rows := _gathered(values, distinct, counts)).min() < k:
        short = int(rows.argmin())
        first = next((each for each in (short, short - 1) if (low < high)[each : each + 2].sum() == 2), None)
        gone = short if first is None else first + 1
        if first is not None:
            high[first] = high[gone]
            values[first] = _mean(low[first], high[first], distinct, counts)
        low, high, values = (np.delete(each, gone) for each in (low, high, values))
    return values


def _mean(low: Any, high: Any, distinct: NDArray[Any], counts: NDArray[np.int64]) -> Any:
    """The mean of the rows in a closed interval, a value of the grid."""
    if low == high:
        return low
    first, last = np.searchsorted(distinct, [low, high])
    mean = np.average(distinct[first : last + 1].astype(np.float64), weights=counts[first : last + 1])
    return np.clip(np.rint(mean) if distinct.dtype.kind == "i" else mean, low, high)


def _intervals(
    distinct: NDArray[Any], counts: NDArray[np.int64], atom: NDArray[np.bool_], k: int, least: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Single values that are frequent, and between them intervals of at least k rows, `least` where they can."""
    segment = np.cumsum(atom) * 2 - atom
    starts = np.flatnonzero(np.r_[True, segment[1:] != segment[:-1]])
    ends = np.r_[starts[1:], len(distinct)]
    low, high = [], []
    for begin, end in zip(starts, ends, strict=True):
        if atom[begin]:
            pieces = [(begin, end)]
        else:
            outer_left, outer_right = begin == 0, end == len(distinct)
            first, last = _bounds(counts[begin:end], k, outer_left, outer_right)
            pieces = _pieces(counts[begin + first : begin + last], int(begin + first), k, least)
            if outer_left and pieces:
                pieces = [*_tapered(counts, pieces[0], k, True), *pieces[1:]]
            if outer_right and pieces:
                pieces = [*pieces[:-1], *_tapered(counts, pieces[-1], k, False)]
        for first, last in pieces:
            low.append(distinct[first])
            high.append(distinct[last - 1])
    kind = distinct.dtype
    return np.array(low, dtype=kind), np.array(high, dtype=kind)


def _bounds(counts: NDArray[np.int64], k: int, outer_left: bool, outer_right: bool) -> tuple[int, int]:
    """From the k-th smallest row to the k-th largest, as places among distinct values (end excluded)."""
    total = np.cumsum(counts)
    begin = int(np.searchsorted(total, k)) if outer_left else 0
    end = int(np.searchsorted(total, total[-1] - k, side="right")) + 1 if outer_right else len(counts)
    return begin, max(begin, end)


def _pieces(counts: NDArray[np.int64], offset: int, k: int, least: int) -> list[tuple[int, int]]:
    """Runs of neighbouring distinct values of `least` rows each, one where all hold fewer, none where fewer than k."""
    total = np.cumsum(counts)
    if len(total) == 0 or total[-1] < k:
        return []
    number = max(int(total[-1]) // least, 1)
    if number == 1:
        return [(offset, offset + len(counts))]
    marks = np.searchsorted(total, total[-1] * np.arange(1, number) / number) + 1
    bounds = np.unique(np.r_[0, marks, len(total)])
    upto = np.r_[0, total]
    pieces = zip(bounds[:-1].tolist(), bounds[1:].tolist(), np.diff(upto[bounds]).tolist(), strict=True)
    return [(first + offset, last + offset) for first, last in _merge_small(pieces, least)]


def _tapered(counts: NDArray[np.int64], piece: tuple[int, int], k: int, left: bool) -> list[tuple[int, int]]:
    """A run at an end of the column halved outwards by its rows, as often as k stay: in a tail they spread apart."""
    begin, end = piece
    inner: list[tuple[int, int]] = []
    while True:
        upto = np.cumsum(counts[begin:end])
        middle = begin + int(np.searchsorted(upto, upto[-1] / 2)) + 1
        held = int(upto[middle - begin - 1])
        if min(held, int(upto[-1]) - held) < k:
            break
        inner.append((middle, end) if left else (begin, middle))
        begin, end = (begin, middle) if left else (middle, end)
    return [(begin, end), *reversed(inner)] if left else [*inner, (begin, end)]


def _merge_small(pieces: Iterable[tuple[int, int, int]], least: int) -> list[tuple[int, int]]:
    """Neighbouring runs joined until each holds `least` rows; a run is where it begins and ends, and its rows."""
    merged: list[tuple[int, int, int]] = []
    for first, last, rows in pieces:
        if merged and merged[-1][2] < least:
            begin, _, held = merged[-1]
            merged[-1] = (begin, last, held + rows)
        else:
            merged.append((first, last, rows))
    if len(merged) > 1 and merged[-1][2] < least:
        _, last, _ = merged.pop()
        merged[-1] = (merged[-1][0], last, least)
    return [(first, last) for first, last, _ in merged]


def _middle(distinct: NDArray[Any], counts: NDArray[np.int64], k: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """One cell at the mean of the k middle rows, for columns too short to bound with k rows at each end."""
    ordered = np.repeat(distinct, counts)
    begin = (len(ordered) - k) // 2
    middle = ordered[begin : begin + k].tolist()
    mean = sum(middle) // k if distinct.dtype.kind == "i" else sum(each / k for each in middle)
    value = np.array([mean], dtype=distinct.dtype)
    return value, value


def _group(low: NDArray[Any], high: NDArray[Any], rows: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Neighbouring cells gathered under coarse codes: frequent single values alone, the rest by mass, tails finer."""
    total = int(rows.sum())
    bins = int(np.clip(total // ROWS_A_BIN, 8, MOST_BINS))
    atom_rows = max(k, ATOM_SHARE * total)
    if len(low) <= MOST_CODES and rows[low < high].sum() <= MOST_BETWEEN * total:
        return np.ones(len(low), dtype=np.int64)
    while True:
        codes = _walk(low == high, rows, total / bins, atom_rows)
        if len(codes) <= MOST_CODES:
            return np.array(codes, dtype=np.int64)
        bins, atom_rows = max(bins * 3 // 4, 4), atom_rows * 1.5


def _walk(single: NDArray[np.bool_], rows: NDArray[np.int64], target: float, atom_rows: float) -> list[int]:
    done, total = 0, int(rows.sum())
    codes: list[int] = []
    held, cells = 0, 0
    for alone, here in zip(single.tolist(), rows.tolist(), strict=True):
        if alone and here >= atom_rows:
            codes += [cells, 1] if cells else [1]
            held = cells = 0
        else:
            held, cells = held + here, cells + 1
            if held >= min(target, max(0.25 * min(done, total - done), target / 16)):
                codes.append(cells)
                held = cells = 0
        done += here
    return codes + ([cells] if cells else [])
