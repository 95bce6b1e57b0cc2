"""Which earlier column a date or number is best counted from, if any."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.encoding.numeric import MOST_TICKS, Numeric
from understudy.encoding.relative import Numbers, apart, ticks_of

NARROW, CLOSE, LOOSE = 0.1, 0.5, 2.0
TIES, FREQUENT, LOST, FEW = 0.1, 0.02, 0.25, 32
MOST_ROWS = 2**17


@dataclass(frozen=True, eq=False)
class Earlier:
    """A column that another may be counted from.

    Attributes:
        values: typed.
        decimals: digits behind the point, as in `Numeric`.
        way: what a rule says of the other's distance from it, as in `fit`; 0 for nothing.
    """

    values: pl.Series
    decimals: int | None = 0
    way: int = 0


def anchor_of(values: pl.Series, earlier: Sequence[Earlier], own: Numeric) -> Earlier | None:
    """The earlier column that one stays nearest to; None where it stays near enough to none.

    A column that is missing where the values are present is no anchor, nor is one on a finer grid.

    Args:
        values: Date, Datetime, Int64 or Float64.
        earlier: the columns to choose from.
        own: codes of the column by itself.
    """
    dated = values.dtype.base_type() in (pl.Date, pl.Datetime)
    if values.null_count() == len(values) or not (dated or values.dtype in (pl.Int64, pl.Float64)):
        return None
    able = [each for each in earlier if (dated or each.way) and _able(values, each, own)]
    whole = _spread(pl.Series(ticks_of(values.drop_nulls(), own.decimals)))
    near: list[tuple[float, int]] = []
    for number, each in enumerate(able):
        gap = apart(values, each.values, own.decimals)
        if (width := _spread(gap)) <= _limit(gap, each) * whole and (dated or not _habitual(values, each, own)):
            near.append((width, number))
    return able[min(near)[1]] if near else None


def _limit(gap: pl.Series, earlier: Earlier) -> float:
    """How wide the gap may spread (interquartile range), as a share of the column's own spread."""
    if not earlier.way:
        return NARROW
    same = int((gap == 0).sum())
    return LOOSE if same >= TIES * (len(gap) - gap.null_count()) else CLOSE


def _habitual(values: pl.Series, earlier: Earlier, own: Numeric) -> bool:
    """Whether values are few, or stand on round or frequent numbers that an anchor and a gap often miss."""
    if own.decimals is None:
        return False
    if values.n_unique() <= FEW:
        return True
    held, anchor = (ticks_of(each.filter(values.is_not_null()), own.decimals) for each in (values, earlier.values))
    inner = np.flatnonzero((held > held.min()) & (held < held.max()))  # the ends are kept
    inner = inner[:: max(len(inner) // MOST_ROWS, 1)]
    if not len(inner):
        return False
    held, anchor = held[inner], anchor[inner]
    gap, step = held - anchor, 10 * own.unit
    while step <= np.abs(held).max():
        if _on_step(held, anchor, gap, step) > LOST:
            return True
        step *= 10
    return bool((_frequent(held) & (gap != 0) & ~(_frequent(anchor) & _frequent(gap))).mean() > LOST)


def _on_step(held: Numbers, anchor: Numbers, gap: Numbers, step: int) -> float:
    """Share of the values that stand on a step, less that of sums of anchors and gaps that go together by chance."""
    (first, rows), (second, others) = (np.unique(each, return_counts=True) for each in (anchor % step, -gap % step))
    _, here, there = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    return float((held % step == 0).mean() - (rows[here] / len(held) * (others[there] / len(held))).sum())


def _frequent(ticks: Numbers) -> NDArray[np.bool_]:
    """Rows whose value many share."""
    _, place, rows = np.unique(ticks, return_inverse=True, return_counts=True)
    return rows[place] >= FREQUENT * len(ticks)


def _able(values: pl.Series, earlier: Earlier, own: Numeric) -> bool:
    """Whether a column can be counted from an earlier one, on a grid that holds both."""
    anchor = earlier.values
    if anchor.dtype != values.dtype or (anchor.is_null() & values.is_not_null()).any():
        return False
    if own.decimals is None or earlier.decimals is None:
        return own.decimals is earlier.decimals
    if values.dtype.is_temporal():
        return True
    ticks = [ticks_of(each.drop_nulls(), own.decimals) for each in (anchor, values)]
    near = all(np.abs(each).max(initial=0) < MOST_TICKS for each in ticks)
    return near and earlier.decimals <= own.decimals and not (ticks[0] % own.unit).any()


def _spread(numbers: pl.Series) -> float:
    """Interquartile range of the numbers present, inf where none is."""
    known = numbers.drop_nulls().cast(pl.Float64)
    low, high = known.quantile(0.25), known.quantile(0.75)
    return np.inf if low is None or high is None else high - low
