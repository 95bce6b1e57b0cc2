"""Where a picture cuts an ordered column: on round numbers and calendar starts, never on a value of the table."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

TARGET = 20
LEAST = 1e-300
"""Bars aimed at."""
MOST = 24
"""Bars of a time axis at most."""

Names = Callable[[Any], list[tuple[str, str]]]

CALENDAR: tuple[tuple[str, int, int], ...] = (
    ("m", 1, 0), ("m", 10, 0), ("m", 30, 0), ("h", 1, 0), ("h", 3, 0), ("h", 6, 0), ("D", 1, 0), ("D", 7, 4),
    ("M", 1, 0), ("M", 3, 0), ("Y", 1, 0), ("Y", 2, -1970), ("Y", 5, -1970), ("Y", 10, -1970), ("Y", 20, -1970),
    ("Y", 50, -1970), ("Y", 100, -1970), ("Y", 500, -1970), ("Y", 5000, -1970), ("Y", 50_000, -1970),
)  # fmt: skip
"""Unit, step and offset from 1970 (weeks start on Monday, decades on round years), finest first."""


def counts(values: np.ndarray, cuts: Any) -> list[int]:
    """Values between cuts; a value on a cut counts to its right. Length len(cuts) + 1."""
    where = np.searchsorted(np.asarray(cuts, dtype=values.dtype), values, side="right")
    return np.bincount(where, minlength=len(cuts) + 1).tolist()


def supported(values: np.ndarray, cuts: np.ndarray, k: int) -> np.ndarray:
    """The cuts that remain once adjacent bars are merged until each holds at least k values."""
    inside = counts(values, cuts)
    kept, run = [], 0
    for place, count in enumerate(inside[:-1]):
        run += count
        if run >= k:
            kept.append(place)
            run = 0
    if kept and run + inside[-1] < k:
        kept.pop()
    return cuts[kept]


def middle(values: np.ndarray, k: int) -> tuple[Any, Any]:
    """The range cut up: the central 98 %, and never beyond the k-th value from either end."""
    ordered = np.sort(values)
    end = min(max(k - 1, len(ordered) // 100), (len(ordered) - 1) // 2)
    return ordered[end], ordered[len(ordered) - 1 - end]


def number_cuts(values: np.ndarray, k: int, integer: bool) -> np.ndarray:
    """Round cuts for a numeric column, evenly spaced, or 1-2-5 steps where those tell more.

    Args:
        values: real values, shape (n,), n >= k.
        k: values that each bar holds at least.
        integer: whether steps below 1 make no sense.
    """
    low, high = middle(values, k)
    even = supported(values, even_cuts(low, high, integer), k)
    stretched = supported(values, stretched_cuts(low, high, integer), k)
    # even steps read more easily: the others must tell clearly more
    return stretched if surprise(values, stretched) > surprise(values, even) + 0.7 else even


def even_cuts(low: float, high: float, integer: bool) -> np.ndarray:
    """Multiples of a round step within (low, high]."""
    step = round_step(high / TARGET - low / TARGET, integer)
    places = np.arange(np.floor(low / step) + 1, np.floor(high / step) + 1)
    return np.round(places * step, max(0, 1 - int(np.floor(np.log10(step)))))


def round_step(width: float, integer: bool) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is no less than a width."""
    if not width > LEAST:
        return 1.0
    power = 10.0 ** np.floor(np.log10(width))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= width * (1 - 1e-9))
    return max(step, 1.0) if integer else float(step)


def stretched_cuts(low: float, high: float, integer: bool) -> np.ndarray:
    """1, 2, 5 times powers of ten, of both signs, within (low, high]."""
    powers = 10.0 ** np.arange(0 if integer else -6, 16)
    sizes = np.multiply.outer(powers, [1, 2, 5]).ravel()
    both = np.concatenate([-sizes[::-1], [0.0], sizes])
    return both[(both > low) & (both <= high)]


def surprise(values: np.ndarray, cuts: np.ndarray) -> float:
    """Entropy of the bars in bits: how much a picture tells."""
    shares = np.array(counts(values, cuts)) / len(values)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def number_names(integer: bool) -> Names:
    """Labels of bars between numeric cuts."""

    def names(cuts: np.ndarray) -> list[tuple[str, str]]:
        if not len(cuts):
            return [("all values", "")]
        inner = [
            (written(low) if integer and high - low == 1 else f"{written(low)} to {written(high)}", compact(low))
            for low, high in pairwise(cuts)
        ]
        return [(f"under {written(cuts[0])}", ""), *inner, (f"{written(cuts[-1])} and more", compact(cuts[-1]))]

    return names


def written(value: float) -> str:
    """A number in full: 1234567.0 -> "1,234,567"; years keep four plain digits."""
    text = f"{value:,.12g}"
    return text.replace(",", "") if abs(value) < 10_000 else text


def compact(value: float) -> str:
    """A number for an axis: 12000 -> "12k".

    >>> [compact(each) for each in (0.25, 950, 12000, 2.5e6, -3e9)]
    ['0.25', '950', '12k', '2.5M', '-3G']
    """
    for size, sign in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1000.0 if sign == 'k' else size):.6g}{sign}"
    return f"{value:.6g}"


def instants(cells: pl.Series) -> np.ndarray:
    """Dates, datetimes and times of day as microseconds since 1970 (times of day: on its first day), shape (n,)."""
    if cells.dtype == pl.Time:
        return cells.cast(pl.Int64).to_numpy() // 1000
    plain = cells.dt.replace_time_zone(None) if isinstance(cells.dtype, pl.Datetime) else cells
    return plain.cast(pl.Datetime("us")).cast(pl.Int64).to_numpy()


def time_cuts(values: np.ndarray, k: int, daily: bool = False) -> tuple[np.ndarray, Names]:
    """Calendar cuts in the finest unit that keeps the number of bars readable, and their labels.

    Args:
        values: real instants in microseconds, shape (n,), n >= k.
        k: values that each bar holds at least.
        daily: whether the values are times of day, without a date.
    """
    low, high = middle(values, k)
    drawn = ((calendar(low, high, *each), each) for each in CALENDAR)
    # the coarsest step holds every year that 64 bits of microseconds can tell, so that one is always found
    starts, (unit, step, _) = next(found for found in drawn if len(found[0]) <= MOST)
    return supported(values, starts, k), time_names(unit, step, daily)


def calendar(low: int, high: int, unit: str, step: int, offset: int) -> np.ndarray:
    """Starts of calendar units within (low, high], as microseconds."""
    ends = np.array([low, high]).astype("datetime64[us]").astype(f"datetime64[{unit}]").astype(np.int64)
    first, last = (ends - offset) // step + np.array([1, 0])
    count = int(max(0, last - first + 1))
    if count > MOST:  # too fine: the caller only looks at the length
        return np.empty(count if count < 10_000 else 10_000, dtype=np.int64)
    places = (first + np.arange(count)) * step + offset
    return places.astype(f"datetime64[{unit}]").astype("datetime64[us]").astype(np.int64)


def time_names(unit: str, step: int, daily: bool) -> Names:
    """Labels of bars between calendar cuts."""

    def said(cut: int) -> str:
        text = str(np.datetime64(int(cut), "us").astype(f"datetime64[{unit if unit in 'DMY' else 'm'}]"))
        return text.split("T")[1] if daily else text.replace("T", " ")

    def one(low: int, high: int) -> bool:
        width = np.diff(np.array([low, high]).astype("datetime64[us]").astype(f"datetime64[{unit}]").astype(np.int64))
        return unit in "DMY" and step == 1 and int(width[0]) == 1

    def names(cuts: np.ndarray) -> list[tuple[str, str]]:
        if not len(cuts):
            return [("all values", "")]
        inner = [(said(a) if one(a, b) else f"{said(a)} to before {said(b)}", said(a)) for a, b in pairwise(cuts)]
        return [(f"before {said(cuts[0])}", ""), *inner, (f"{said(cuts[-1])} and later", said(cuts[-1]))]

    return names
