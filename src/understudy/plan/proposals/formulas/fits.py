"""A column as an affine function of another, up to rounding, with the simplest constants that fit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from understudy.plan.proposals.formulas.simplest import digits_of, number, simplest

Mode = Literal["exact", "round", "floor", "ceil"]
Reals = NDArray[np.float64]
FEWEST_ROWS = 12
CONSTANTS = frozenset(
    {
        0.0174533,
        0.0283168,
        0.035274,
        0.0555,
        0.092903,
        0.09290304,
        0.145038,
        0.239006,
        0.264172,
        0.277778,
        0.3048,
        0.393701,
        0.404686,
        0.44704,
        0.453592,
        0.45359237,
        0.4536,
        0.514444,
        0.539957,
        0.621371,
        0.73549875,
        0.7355,
        0.745699872,
        0.7457,
        0.750062,
        0.9144,
        1.09361,
        1.33322,
        1.34102,
        1.341022,
        1.35962,
        1.609,
        1.60934,
        1.609344,
        1.8,
        1.852,
        1.94384,
        2.2046,
        2.20462,
        2.23694,
        2.47105,
        2.54,
        3.28084,
        3.412142,
        3.6,
        3.78541,
        3.785412,
        4.184,
        4.1868,
        4.54609,
        6.894757,
        7.4805,
        10.7639,
        10.764,
        14.5038,
        16.3871,
        18.0182,
        28.3495,
        30.4375,
        57.29578,
        61.0237,
        88.42,
        101.325,
        133.322,
        235.214583,
        235.215,
        273.15,
        282.481,
        365.25,
        1055.06,
    }
)  # of units, and their roundings: miles, feet, pounds, horsepower, gallons, joules, kelvin …
MODES: Mapping[Mode, tuple[float, float]] = MappingProxyType(
    {"round": (-0.5, 0.5), "floor": (0.0, 1.0), "ceil": (-1.0, 0.0)}
)  # how far, in steps, what was rounded may lie below and above
MOST_WHOLE = 1000
STRAYS = 0.03  # share of rows that may lie off while constants are searched; verified later on all rows


@dataclass(frozen=True)
class Fit:
    """`slope * f + offset`, rounded to a grid or not.

    Attributes:
        slope: the factor, or the divisor where `divides`.
        offset: what is added.
        mode: how it is rounded.
        unit: the grid's step, for all modes but "exact".
        divides: whether f is divided by `slope`.
        sure: whether the slope is simpler than a number that fits by chance would be.
    """

    slope: float
    offset: float
    mode: Mode = "exact"
    unit: float = 0.0
    divides: bool = False
    sure: bool = True

    @property
    def cost(self) -> int:
        """Digits that were chosen to fit, one more for each operation."""
        digits = _digits_chosen(self.offset) + (_digits_chosen(self.slope) if abs(self.slope) != 1 else 0)
        quotient = self.mode == "floor" and self.divides and not self.offset  # one operation, `//`
        operations = (self.slope != 1) + (self.offset != 0) + (self.mode != "exact") + (self.mode in ("floor", "ceil"))
        return digits + (1 if quotient else operations)

    def over(self, f: Reals) -> Reals:
        """Its values."""
        inner = (f / self.slope if self.divides else f * self.slope) + self.offset
        if self.mode == "exact":
            return inner
        steps = inner / self.unit
        rounded = np.floor(steps + 0.5) if self.mode == "round" else getattr(np, self.mode)(steps)
        return rounded * self.unit

    def loose(self, inner: str) -> str:
        """The expression before it is rounded."""
        text = inner
        if self.slope == -1:
            text = f"-({inner})"
        elif self.slope != 1:
            text = f"({inner}) {'/' if self.divides else '*'} {_bracketed(self.slope)}"
        if self.offset:
            text = f"{text} {'+' if self.offset > 0 else '-'} {number(abs(self.offset))}"
        return text

    def text(self, inner: str) -> str:
        """The expression of the text of f."""
        loose = self.loose(inner)
        if self.mode == "exact":
            return loose
        if self.mode == "round" and (digits := _digits(self.unit)) is not None:
            return f"round({loose}, {digits})" if digits else f"round({loose})"
        if self.mode == "floor" and self.divides and not self.offset and self.slope > 0:
            whole = f"({inner}) // {number(self.slope * self.unit)}"
            return whole if self.unit == 1 else f"({whole}) * {number(self.unit)}"
        if self.unit == 1:
            return f"{self.mode}({loose})"
        return f"{self.mode}(({loose}) / {number(self.unit)}) * {number(self.unit)}"


def _digits_chosen(slope: float) -> int:
    """Digits of a constant; one that is known was not chosen."""
    return min(2, digits_of(slope)) if abs(slope) in CONSTANTS else digits_of(slope)


def _bracketed(value: float) -> str:
    return number(value) if value >= 0 else f"({number(value)})"


def _digits(unit: float) -> int | None:
    """Decimals of a grid whose step is a power of ten, -1 for tens; None for other grids."""
    digits = round(-np.log10(unit))
    return digits if abs(unit * 10.0**digits - 1) < 1e-9 else None


def fitted(y: Reals, f: Reals, unit: float) -> Fit | None:
    """The simplest affine function of f that gives y in nearly all rows, exactly or rounded to y's grid.

    Args:
        y: (rows,), NaN where missing.
        f: (rows,).
        unit: the step of y's grid, 0 for none.
    """
    both = np.isfinite(y) & np.isfinite(f)
    y, f = y[both], f[both]
    if len(y) < FEWEST_ROWS:
        return None
    slope = _steepness(y, f)
    if slope is None:
        return None
    return _exactly(y, f, slope) or (_rounded(y, f, slope, unit) if unit > 0 else None)


def _steepness(y: Reals, f: Reals) -> float | None:
    """The median slope between rows half the table apart in f: strays do not move it."""
    order = np.argsort(f, kind="stable")
    half = len(f) // 2
    run, rise = f[order[half:]] - f[order[: len(f) - half]], y[order[half:]] - y[order[: len(f) - half]]
    apart = run > 0
    if not apart.any():
        return None
    slope = float(np.median(rise[apart] / run[apart]))
    return slope if slope and np.isfinite(slope) else None


def _refined(y: Reals, f: Reals, slope: float, near: Reals | float) -> tuple[NDArray[np.bool_], float] | None:
    """The rows that lie near the line, and the line's slope by least squares among them."""
    rest = y - slope * f
    inside = np.abs(rest - np.median(rest)) <= near
    if inside.mean() < 1 - STRAYS:
        return None
    run = f[inside] - f[inside].mean()
    square = float(run @ run)
    return (inside, float(run @ y[inside]) / square) if square > 0 else None


def _exactly(y: Reals, f: Reals, slope: float) -> Fit | None:
    size = np.abs(y) + np.abs(slope * f)
    refined = _refined(y, f, slope, 1e-7 * size + 1e-12 * float(size.max()))
    if refined is None:
        return None
    inside, slope = refined
    width = 1e-8 * abs(slope)
    for factor, divides in _factors(slope - width, slope + width):
        rest = (y - _times(f, factor, divides))[inside]
        offset = simplest(*_around(float(np.median(rest)), 3e-10 * float(np.median(size)) + 1e-13 * float(size.max())))
        if offset is not None and np.quantile(np.abs(rest - offset) / (size[inside] + 1e-300), 0.99) <= 1e-9:
            return Fit(factor, offset, divides=divides)
    return None


def _around(middle: float, width: float) -> tuple[float, float]:
    return middle - width, middle + width


def _times(f: Reals, factor: float, divides: bool) -> Reals:
    return f / factor if divides else f * factor


def _factors(low: float, high: float) -> list[tuple[float, bool]]:
    """Simple factors and divisors between two slopes, simplest first."""
    if low * high <= 0 or low > high:
        return []
    found: dict[tuple[float, bool], float] = {}
    for each in (simplest(low, high), *(sign * constant for sign in (1, -1) for constant in sorted(CONSTANTS))):
        if each and low <= each <= high:
            found[each, False] = _digits_chosen(each)
    each = simplest(1 / high, 1 / low)
    if each and abs(each) != 1:
        found[each, True] = digits_of(each) + (-0.5 if each.is_integer() else 1)
    return sorted(found, key=lambda each: (found[each], each))


def _surprising(factor: float, low: float, high: float) -> bool:
    """Whether a number between two bounds has fewer digits than their distance asks for, or is the only whole one."""
    if digits_of(factor) <= 1:
        return True
    if float(factor).is_integer() and 1 < factor <= MOST_WHOLE:
        return np.floor(high + 1e-9) - np.ceil(low - 1e-9) == 0
    width = (high - low) / abs(high + low) * 2
    return width <= 0 or _digits_chosen(factor) <= -np.log10(width) - 0.7


def _rounded(y: Reals, f: Reals, slope: float, unit: float) -> Fit | None:
    refined = _refined(y, f, slope, 1.1 * unit)
    if refined is None:
        return None
    inside, slope = refined
    y, f = y[inside], f[inside]
    bare = [each for mode in MODES for each in _through_zero(y, f, mode, unit)]
    width = unit / float(np.ptp(f))
    moved = [] if bare and min(bare, key=_preferred).sure else _all_moved(y, f, slope, width, unit)
    return min((*bare, *moved), key=_preferred, default=None)


def _preferred(fit: Fit) -> tuple[bool, int, bool]:
    return not fit.sure, fit.cost, fit.mode != "round"


def _through_zero(y: Reals, f: Reals, mode: Mode, unit: float) -> Iterator[Fit]:
    """Fits without an offset: each row leaves an interval of slopes."""
    below, above = MODES[mode]
    some = f != 0
    if not some.any() or np.any(np.abs(y[~some]) > unit / 2):
        return
    with np.errstate(all="ignore"):
        ends = np.sort(np.stack([(y[some] + below * unit) / f[some], (y[some] + above * unit) / f[some]]), axis=0)
    for strays in (0.0, 0.005):
        low, high = float(np.quantile(ends[0], 1 - strays)), float(np.quantile(ends[1], strays))
        slack = 1e-10 * (abs(low) + abs(high))
        found = _factors(low - slack, high + slack)
        for factor, divides in found:
            width = (1 / high, 1 / low) if divides else (low, high)
            yield Fit(factor, 0.0, mode, unit, divides, _surprising(factor, *width))
        if found:
            return


def _all_moved(y: Reals, f: Reals, slope: float, width: float, unit: float) -> list[Fit]:
    found: list[Fit] = []
    for share in (1.0, 0.3, 0.1, 0.03, 0.01):
        low, high = slope - share * width, slope + share * width
        for factor, divides in _factors(low, high):
            fit = _moved(y, f, factor, divides, unit)
            if fit is not None:
                bounds = (1 / high, 1 / low) if divides else (low, high)
                found.append(replace(fit, sure=_surprising(factor, *bounds)))
    return found


def _moved(y: Reals, f: Reals, factor: float, divides: bool, unit: float) -> Fit | None:
    """The way of rounding whose offset is the simplest, given the slope.

    A rest r = y - slope * f stays within half a unit of the offset if y was rounded, within a unit on one side of it
    if it was cut: each way leaves an interval of offsets.
    """
    rest = y - _times(f, factor, divides)
    for strays in (0.0, 0.005):
        low, high = float(np.quantile(rest, 1 - strays)), float(np.quantile(rest, strays))
        found = []
        for mode, (below, above) in MODES.items():
            slack = 1e-9 * (abs(low) + abs(high) + unit)
            offset = simplest(low + below * unit - slack, high + above * unit + (slack if mode != "floor" else -slack))
            if offset is not None:
                found.append(Fit(factor, offset, mode, unit, divides))
        if found:
            return min(found, key=lambda each: (each.cost, each.mode != "round"))
    return None
