"""Differences between values that must grow around a circle, which none can (Bellman, 1958; Pratt, 1977)."""

from collections.abc import Sequence
from fractions import Fraction

from understudy.rules.constraints.facts import Gap

ROUNDING = Fraction(1, 10**8)
"""What sums of decimals may be off, as a share of the largest number said."""
_Weight = tuple[Fraction, int]


def circle(gaps: Sequence[Gap]) -> list[Gap]:
    """Gaps that lead from a column back to itself and would have it above itself; none where there are no such."""
    names = {name for gap in gaps for name in (gap.below, gap.above)}
    far: dict[str | None, _Weight] = dict.fromkeys(names, (Fraction(0), 0))
    came: dict[str | None, Gap] = {}
    moved = _raised(gaps, far, came)
    for _ in range(len(names)):
        if moved is None:
            return []
        moved = _raised(gaps, far, came)
    return [] if moved is None else _around(moved, came, len(names))


def _raised(gaps: Sequence[Gap], far: dict[str | None, _Weight], came: dict[str | None, Gap]) -> Gap | None:
    """Raise each value to where its gaps put it; the last gap that raised one."""
    last = None
    for gap in gaps:
        number, strict = far[gap.below]
        there = (number + gap.least, strict + gap.strict)
        if there > far[gap.above]:
            far[gap.above], came[gap.above], last = there, gap, gap
    return last


def _around(last: Gap, came: dict[str | None, Gap], steps: int) -> list[Gap]:
    for _ in range(steps):
        last = came[last.below]
    found = [last]
    while (before := came[found[-1].below]) is not last:
        found.append(before)
    return found


def certain(found: Sequence[Gap], exact: bool) -> bool:
    """Whether a circle is more than rounding: its gaps add up to something that decimals too can tell from nothing.

    Args:
        found: the circle.
        exact: whether no column on it holds decimals.
    """
    total = sum((gap.least for gap in found), Fraction(0))
    return exact or total <= 0 or total > ROUNDING * max(abs(gap.least) for gap in found)
