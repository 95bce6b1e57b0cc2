"""A column as an affine function of another, up to rounding, with the simplest constants that fit."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from understudy.plan.proposals.simplest import digits_of, number, simplest

Mode = Literal["exact", "round", "floor", "ceil"]
Reals = NDArray[np.float64]
FEWEST_ROWS = 12
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
    """

    slope: float
    offset: float
    mode: Mode = "exact"
    unit: float = 0.0
    divides: bool = False

    @property
    def cost(self) -> int:
        """Digits that were chosen to fit, one more for each operation."""
        digits = digits_of(self.offset) + (digits_of(self.slope) if abs(self.slope) != 1 else 0)
        quotient = self.mode == "floor" and self.divides and not self.offset  # one operation, `//`
        operations = (self.slope != 1) + (self.offset != 0) + (self.mode != "exact") + (self.mode in ("floor", "ceil"))
        return digits + (1 if quotient else operations)

    @property
    def plain(self) -> bool:
        """Whether it is the identity."""
        return self.slope == 1 and self.offset == 0 and self.mode == "exact"

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
    for factor, divides in _factors(slope, width):
        rest = (y - _times(f, factor, divides))[inside]
        offset = simplest(*_around(float(np.median(rest)), 3e-10 * float(np.median(size)) + 1e-13 * float(size.max())))
        if offset is not None and np.quantile(np.abs(rest - offset) / (size[inside] + 1e-300), 0.99) <= 1e-9:
            return Fit(factor, offset, divides=divides)
    return None


def _around(middle: float, width: float) -> tuple[float, float]:
    return middle - width, middle + width


def _times(f: Reals, factor: float, divides: bool) -> Reals:
    return f / factor if divides else f * factor


def _factors(slope: float, width: float) -> list[tuple[float, bool]]:
    """Simple factors and divisors near a slope, simplest first."""
    found: dict[tuple[float, bool], float] = {}
    for share in (1.0, 0.1, 0.01):
        low, high = slope - share * width, slope + share * width
        if low * high <= 0:
            continue
        for each, divides in ((simplest(low, high), False), (simplest(1 / high, 1 / low), True)):
            if each and not (divides and abs(each) == 1):
                found[each, divides] = digits_of(each) + (0 if not divides else -0.5 if each.is_integer() else 1)
    return sorted(found, key=lambda each: (found[each], each))


def _rounded(y: Reals, f: Reals, slope: float, unit: float) -> Fit | None:
    refined = _refined(y, f, slope, 1.1 * unit)
    if refined is None:
        return None
    inside, slope = refined
    y, f = y[inside], f[inside]
    width = unit / float(np.ptp(f))
    fits = [_moved(y, f, factor, divides, unit) for factor, divides in _factors(slope, width)]
    return min((each for each in fits if each is not None), key=lambda each: each.cost, default=None)


def _moved(y: Reals, f: Reals, factor: float, divides: bool, unit: float) -> Fit | None:
    """The way of rounding whose offset is the simplest, given the slope.

    A rest r = y - slope * f stays within half a unit of the offset if y was rounded, within a unit on one side of it
    if it was cut: each way leaves an interval of offsets.
    """
    rest = y - _times(f, factor, divides)
    for strays in (0.0, 0.005):
        low, high = float(np.quantile(rest, 1 - strays)), float(np.quantile(rest, strays))
        found = []
        for mode, below, above in (("round", -0.5, 0.5), ("floor", 0.0, 1.0), ("ceil", -1.0, 0.0)):
            slack = 1e-9 * (abs(low) + abs(high) + unit)
            offset = simplest(low + below * unit - slack, high + above * unit + (slack if mode != "floor" else -slack))
            if offset is not None:
                found.append(Fit(factor, offset, mode, unit, divides))
        if found:
            return min(found, key=lambda each: (each.cost, each.mode != "round"))
    return None
