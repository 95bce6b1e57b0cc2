"""Which earlier column a date or number is best counted from, if any."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.encoding.numeric import MOST_TICKS, Numeric
from understudy.encoding.relative import Numbers, apart, ticks_of

NARROW, LOOSE, MIXED = 0.1, 2.0, 0.1
FREQUENT, LOST, FEW = 0.02, 0.25, 32
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

    Near is a date whose distance spreads (interquartile range) a tenth as wide as the date itself, or less; and what a
    rule orders, where in a tenth of the rows the column's own codes would not tell the order, and the distance spreads
    no more than twice as wide. A column that is missing where the values are present is no anchor, nor is one on a
    finer grid.

    Args:
        values: Date, Datetime, Int64 or Float64.
        earlier: the columns to choose from.
        own: codes of the column by itself.
    """
    dated = values.dtype.base_type() in (pl.Date, pl.Datetime)
    if values.null_count() == len(values) or not (dated or values.dtype in (pl.Int64, pl.Float64)):
        return None
    whole = _spread(pl.Series(ticks_of(values.drop_nulls(), own.decimals)))
    near: list[tuple[float, int]] = []
    for number, each in enumerate(earlier):
        if not (dated or each.way) or not _able(values, each, own):
            continue
        width = _spread(apart(values, each.values, own.decimals))
        ruled = each.way and width <= LOOSE * whole and _mixed(values, each, own) >= MIXED
        if (ruled and (dated or not _habitual(values, each, own))) or (dated and width <= NARROW * whole):
            near.append((width, number))
    return earlier[min(near)[1]] if near else None


def _mixed(values: pl.Series, earlier: Earlier, own: Numeric) -> float:
    """Share of the rows in which both values stand under one code of the column, which does not tell their order."""
    there = values.is_not_null()
    first, second = (own.domain.split(own.encode(each.filter(there)))[0] for each in (values, earlier.values))
    return float((first == second).mean())


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
