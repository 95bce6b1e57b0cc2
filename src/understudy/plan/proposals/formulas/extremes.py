"""Columns that are the largest or smallest of others, or what of a column lies beyond a bound."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from understudy.plan.proposals.formulas.fits import Fit, fitted
from understudy.plan.proposals.formulas.formula import Formula, agree
from understudy.plan.proposals.formulas.numbers import Numbers
from understudy.rules.expressions import parse
from understudy.rules.expressions.tree import spelled_name

Reals = NDArray[np.float64]
MOST_OF = 8
ENOUGH_ROWS = 20
LEAST_SHARE = 0.02  # of rows that a column must decide, to count among those of which the largest is taken
STRAYS = 0.02
LEAST_CUT = 0.2  # of the zeros that must lie beyond the bound


def largest(numbers: Numbers, targets: list[int]) -> Iterator[Formula]:
    """Columns that are `max(a, b, …)` or `min(a, b, …)` of others in a sample of rows.

    A maximum is never below any of its columns and equals one of them in every row.
    """
    for target in targets:
        y = numbers.values[:, target]
        for word, sign in (("max", 1.0), ("min", -1.0)):
            chosen = _covering(sign * numbers.values, sign * y, target)
            if 2 <= len(chosen) <= MOST_OF:
                names = [numbers.names[each] for each in sorted(chosen)]
                text = f"{word}({', '.join(map(spelled_name, names))})"
                yield Formula(numbers.names[target], text, tuple(names), len(names), float(numbers.units[target]))


def _covering(values: Reals, y: Reals, target: int) -> list[int]:
    """The fewest columns, none above y, of which each row has one that equals y; empty where there are none."""
    open_rows = np.isfinite(y)
    usable = []
    with np.errstate(invalid="ignore"):
        for place in range(values.shape[1]):
            both = open_rows & np.isfinite(values[:, place])
            above = (values[both, place] > y[both]) & ~agree(values[both, place], y[both], 0.0)
            if place != target and both.sum() >= ENOUGH_ROWS and above.mean() <= STRAYS:
                usable.append(place)
    whole = open_rows & np.isfinite(values[:, usable]).all(axis=1)
    if whole.sum() < ENOUGH_ROWS:
        return []
    equal = {place: agree(values[whole, place], y[whole], 0.0) for place in usable}
    left, chosen = np.ones(int(whole.sum()), dtype=bool), list[int]()
    while left.mean() > STRAYS:
        best = max(equal, key=lambda place: int((equal[place] & left).sum()), default=None)
        if best is None or (equal[best] & left).mean() < LEAST_SHARE:
            return []
        chosen.append(best)
        left &= ~equal[best]
    return _with_rest(equal, left, chosen)


def _with_rest(equal: dict[int, NDArray[np.bool_]], left: NDArray[np.bool_], chosen: list[int]) -> list[int]:
    """The columns chosen, and those that decide the rows still open."""
    while left.any():
        best = max(equal, key=lambda place: int((equal[place] & left).sum()))
        if not (equal[best] & left).any():
            break
        chosen.append(best)
        left = left & ~equal[best]
    return chosen


def beyond(numbers: Numbers, targets: list[int]) -> Iterator[Formula]:
    """Columns that are `max(a * x + b, 0)` in a sample of rows: zero, or what lies beyond a bound."""
    for target in targets:
        y, unit = numbers.values[:, target], float(numbers.units[target])
        zero = y == 0
        if np.nanmin(y) < 0 or not 0.05 <= zero.mean() <= 0.95:
            continue
        above = np.where(zero, np.nan, y)
        for place in range(len(numbers)):
            if place != target and (fit := _bounded(above, numbers.values[:, place], zero, unit)):
                name = numbers.names[place]
                text = parse(f"max({fit.text(spelled_name(name))}, 0)").text
                loose = parse(f"max({fit.loose(spelled_name(name))}, 0)").text if fit.mode == "round" else ""
                yield Formula(numbers.names[target], text, (name,), fit.cost + 2, unit, loose)


def _bounded(y: Reals, x: Reals, zero: NDArray[np.bool_], unit: float) -> Fit | None:
    """A line through the rows above the bound that is not above it in the others."""
    both = np.isfinite(y) & np.isfinite(x)
    if both.sum() < ENOUGH_ROWS or not np.ptp(y[both]) or not np.ptp(x[both]):
        return None
    if abs(np.corrcoef(y[both], x[both])[0, 1]) < 0.9:
        return None
    fit = fitted(y, x, unit)
    if fit is None or not fit.sure:
        return None
    at_zero = zero & np.isfinite(x)
    if (fit.over(x[at_zero]) < -unit).mean() < LEAST_CUT:
        return None  # nothing is cut off: it is the line alone
    return fit if (fit.over(x[at_zero]) <= unit * 1e-4).mean() >= 1 - STRAYS else None
