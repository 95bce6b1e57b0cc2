"""Numbers at which something changes, as round as the data allow."""

import math
from dataclasses import dataclass

from understudy.plan.proposals.patterns.wording import spelt_number

NOISE = 1e-9  # of binary fractions, in steps


@dataclass(frozen=True)
class Cut:
    """A border between numbers.

    Attributes:
        at: the number.
        above: whether the number itself belongs to those above.
    """

    at: float
    above: bool = True

    @property
    def digits(self) -> int:
        """How many digits it takes to say; none for zero."""
        return len(spelt_number(abs(self.at)).replace(".", "").strip("0"))

    def test(self, text: str, *, over: bool) -> str:
        """The test that something lies above the border, or below it.

        >>> Cut(18).test("age", over=True), Cut(0, above=False).test("age", over=False)
        ('age >= 18', 'age <= 0')
        """
        sign = (">" if over else "<") + ("=" if over == self.above else "")
        return f"{text} {sign} {spelt_number(self.at)}"


def border(low: float, high: float) -> Cut:
    """The roundest border between the greatest number on one side and the least on the other.

    >>> border(17, 18), border(0, 40), border(18.4, 18.5)
    (Cut(at=18.0, above=True), Cut(at=0, above=False), Cut(at=18.5, above=True))
    """
    cut, end = Cut(round_cut(low, high)), Cut(low, above=False)
    return end if end.digits < cut.digits else cut


def round_cut(low: float, high: float) -> float:
    """The number with the fewest digits above `low` and not above `high`: one that ends in 5, else nearest the middle.

    >>> round_cut(1379, 1380), round_cut(8.5, 8.59), round_cut(18.3, 18.6), round_cut(10999.2, 11003.7)
    (1380.0, 8.55, 18.5, 11000.0)
    """
    for digits in range(-15, 18):
        for size in (10, 5, 1):
            cut = _multiple(low, high, size, digits)
            if cut is not None:
                return cut
    return high


def _multiple(low: float, high: float, size: int, digits: int) -> float | None:
    """The multiple of `size` units of a decimal place that lies between, nearest the middle; None where none does."""
    step = size * 10.0**-digits
    first, last = math.floor(low / step + NOISE) + 1, math.floor(high / step + NOISE)
    if first > last:
        return None
    near = min(max(round((low + high) / 2 / step), first), last)
    cut = _at(near * size, digits)
    return cut if low < cut <= high else None


def _at(multiple: int, digits: int) -> float:
    """A multiple of a power of ten without the noise of binary fractions."""
    return float(multiple * 10**-digits) if digits <= 0 else float(f"{multiple}e-{digits}")
