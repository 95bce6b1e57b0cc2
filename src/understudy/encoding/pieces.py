"""Pieces of cells: what a condition leaves of a column's cells, and where in them a value stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.encoding.cells import Cells

MOST_AHEAD = np.nextafter(2.0**64, 0)
Steps = tuple[tuple[int, float], ...]
Range = tuple[Any, Any]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Closed intervals of ticks in ascending order, none across the border of a cell.

    Attributes:
        cell: the cell each lies in, shape (pieces,).
        low: its smallest tick.
        high: its largest tick.
        mass: share of the cell's values that stand in it, in (0, 1].
        chance: how likely a value of it stands on each of the column's steps and, last, anywhere, (pieces, steps + 1).
    """

    cell: NDArray[np.int64]
    low: NDArray[Any]
    high: NDArray[Any]
    mass: NDArray[np.float64]
    chance: NDArray[np.float64]

    def pick(
        self, cell: NDArray[np.int64], uniform: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """A piece of each cell, by mass, and what is left of the uniform; a cell without any gets a neighbour's."""
        total = np.r_[0.0, np.cumsum(self.mass)]
        first, last = (np.searchsorted(self.cell, cell, side=side) for side in ("left", "right"))
        aim = total[first] + uniform * (total[last] - total[first])
        piece = np.clip(np.searchsorted(total, aim, side="right") - 1, first, np.maximum(last - 1, first))
        piece = np.minimum(piece, len(self.cell) - 1)
        return piece, np.clip((aim - total[piece]) / self.mass[piece], 0.0, np.nextafter(1.0, 0))


@dataclass(frozen=True, eq=False)
class Part:
    """What of a column a condition leaves.

    Attributes:
        share: of the values of each cell, shape (cells,), in [0, 1].
        pieces: where in the cells values may stand, None where all of a cell is left or none.
    """

    share: NDArray[np.float64]
    pieces: Pieces | None = None


def within(cells: Cells, ranges: Sequence[Range], steps: Steps) -> Pieces:
    """The pieces of cells that lie in ranges of ticks.

    Args:
        cells: of a column.
        ranges: closed, disjoint and ascending.
        steps: coarser grids that values prefer, as in `Numeric`.
    """
    spans = [
        (np.searchsorted(cells.high, low, side="left"), np.searchsorted(cells.low, high, side="right"))
        for low, high in ranges
    ]
    cell = np.concatenate([np.arange(first, last) for first, last in spans] or [np.zeros(0)]).astype(np.int64)
    counts = [max(int(last - first), 0) for first, last in spans]
    lower, upper = (
        np.repeat(np.array([each[end] for each in ranges], dtype=cells.low.dtype), counts) for end in (0, 1)
    )
    low, high = np.maximum(cells.low[cell], lower), np.minimum(cells.high[cell], upper)
    chance = likely(cells, cell, low, high, steps)
    mass, kept = chance.sum(axis=1), chance.sum(axis=1) > 0
    return Pieces(cell[kept], low[kept], high[kept], mass[kept], chance[kept] / mass[kept, None])


def disjoint(ranges: Sequence[Range]) -> list[Range]:
    """The same ranges in ascending order, those that overlap joined.

    >>> disjoint([(5, 9), (1, 2), (8, 12)])
    [(1, 2), (5, 12)]
    """
    joined: list[Range] = []
    for low, high in sorted(each for each in ranges if each[0] <= each[1]):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def outside(ranges: Sequence[Range], low: Any, high: Any) -> list[Range]:
    """What disjoint, ascending ranges leave of [low, high].

    >>> outside([(1, 2), (5, 12)], 0, 9)
    [(0, 0), (3, 4)]
    """
    before, after = (_float_before, _float_after) if isinstance(low, float) else (_before, _after)
    left, start = [], low
    for first, last in ranges:
        left.append((start, before(first)))
        start = after(last)
    return [each for each in (*left, (start, high)) if each[0] <= each[1]]


def _before(tick: int) -> int:
    return tick - 1


def _after(tick: int) -> int:
    return tick + 1


def _float_before(tick: float) -> float:
    return float(np.nextafter(tick, -np.inf))


def _float_after(tick: float) -> float:
    return float(np.nextafter(tick, np.inf))


def likely(
    cells: Cells, cell: NDArray[np.int64], low: NDArray[Any], high: NDArray[Any], steps: Steps
) -> NDArray[np.float64]:
    """How likely a value of the cell stands in the piece, on each step and anywhere, shape (pieces, steps + 1)."""
    first, last = cells.low[cell], cells.high[cell]
    if low.dtype.kind == "f":
        width, inner = last - first, high - low
        lone = np.where(inner > 0, inner / np.where(width > 0, width, 1.0), 1.0 / np.maximum(cells.rows[cell], 1))
        return np.where(width > 0, lone, 1.0)[:, None]
    anywhere = _wide(low, high) / _wide(first, last)
    parts = []
    for (step, _), share in zip((*steps, (1, 1.0)), shares(steps), strict=True):
        here, whole = _multiples(low, high, step), _multiples(first, last, step)
        parts.append(
            share * np.where(whole > 0, here / np.maximum(whole, 1), anywhere) if step > 1 else share * anywhere
        )
    return np.stack(parts, axis=1)


def shares(steps: Steps) -> NDArray[np.float64]:
    """Share of values that stand on each step, and of those that stand anywhere, shape (steps + 1,)."""
    told = np.array([share for _, share in steps])
    return np.minimum(np.r_[told, 1.0], 1.0 - np.r_[0.0, np.cumsum(told)]).clip(0.0)


def _wide(low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.float64]:
    return (high.view(np.uint64) - low.view(np.uint64)).astype(np.float64) + 1.0


def _multiples(low: NDArray[np.int64], high: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    return np.maximum(high // step - -(-low // step) + 1, 0)


def place(
    low: NDArray[Any], high: NDArray[Any], uniform: NDArray[np.float64], steps: Steps, chance: NDArray[np.float64]
) -> NDArray[Any]:
    """A value in [low, high] for each row: on a preferred step where the cell has one, else anywhere on the grid.

    Args:
        low: ticks, shape (rows,).
        high: ticks, shape (rows,).
        uniform: where, in [0, 1), shape (rows,).
        steps: coarser grids that values prefer, as in `Numeric`.
        chance: how likely each step is and, last, none of them, shape (rows, steps + 1) or (1, steps + 1).
    """
    if low.dtype.kind == "f":
        half = uniform * (high / 2 - low / 2)
        return np.minimum(low + half + half, high)
    value = _spread(low, high, uniform)
    begin = np.zeros(1)
    for number, step in enumerate([step for step, _ in (*steps, (1, 1.0))] if steps else ()):
        share = chance[:, number]
        chosen = np.flatnonzero((uniform >= begin) & (uniform < begin + share))
        start, part = (np.broadcast_to(each, uniform.shape)[chosen] for each in (begin, share))
        inner = np.minimum((uniform[chosen] - start) / part, np.nextafter(1.0, 0))
        first, last = -(-low[chosen] // step), high[chosen] // step
        stepped = _spread(first, np.maximum(first, last), inner) * step
        value[chosen] = np.where(first <= last, stepped, _spread(low[chosen], high[chosen], inner))
        begin = begin + share
    return value


def _spread(low: NDArray[np.int64], high: NDArray[np.int64], uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers from low to high, all alike; the width of a cell may not fit in int64, hence the unsigned sums."""
    width = high.view(np.uint64) - low.view(np.uint64)
    ahead = np.minimum(np.floor(uniform * (width + 1.0)), MOST_AHEAD).astype(np.uint64)
    return (low.view(np.uint64) + np.minimum(ahead, width)).view(np.int64)
