"""Sets of flags of which every row raises exactly one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from understudy.plan.proposals.patterns.events import meetings, packed

FEWEST_ROWS = 10  # in which a member is raised
MOST_TRIES = 20_000


def exact_covers(flags: NDArray[np.bool_]) -> list[list[int]]:
    """Groups of two flags or more, exactly one of which is raised in every row, without overlap.

    The search takes the first row that no chosen flag covers and tries those flags that are raised there and never
    together with a chosen one, widest first (Knuth's Algorithm X on rows).

    Args:
        flags: shape (flags, rows).

    >>> exact_covers(np.array([[i % 3 == k for i in range(60)] for k in range(3)] + [[i < 20 for i in range(60)]]))
    [[0, 1, 2]]
    """
    if len(flags) < 2:
        return []
    counts = flags.sum(1)
    usable = [int(place) for place in np.flatnonzero((counts >= FEWEST_ROWS) & (counts < flags.shape[1]))]
    bits = packed(list(flags))
    apart = meetings(bits, bits) == 0
    found: list[list[int]] = []
    while len(usable) > 1 and (cover := _cover(flags, counts, apart, usable)) is not None:
        found.append(sorted(cover))
        usable = [place for place in usable if place not in cover]
    return found


def _cover(
    flags: NDArray[np.bool_], counts: NDArray[np.int64], apart: NDArray[np.bool_], usable: Sequence[int]
) -> list[int] | None:
    rows, tries = flags.shape[1], 0
    waiting: list[tuple[list[int], NDArray[np.bool_]]] = [([], np.zeros(rows, bool))]
    while waiting and tries < MOST_TRIES:
        chosen, covered = waiting.pop()
        tries += 1
        if chosen and covered.all():
            return chosen
        row = int(np.argmin(covered))
        fits = [each for each in usable if flags[each, row] and all(apart[each, other] for other in chosen)]
        fits = [each for each in fits if _could_fill(counts, apart, usable, [*chosen, each], rows)]
        fits.sort(key=lambda each: int(counts[each]))
        waiting += [([*chosen, each], covered | flags[each]) for each in fits]
    return None


def _could_fill(
    counts: NDArray[np.int64], apart: NDArray[np.bool_], usable: Sequence[int], chosen: list[int], rows: int
) -> bool:
    """Whether the flags that exclude all chosen ones are raised often enough to reach the rest of the rows."""
    taken = int(counts[chosen].sum())
    open_ = [each for each in usable if each not in chosen and all(apart[each, other] for other in chosen)]
    return taken + int(counts[open_].sum()) >= rows
