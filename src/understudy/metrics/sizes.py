"""Scores at one common size, so that a stand-in, another real half and independent columns can be compared.

Almost every score depends on the number of rows. All are therefore taken between samples of the holdout's size: the
value between synthetic and training rows, the ceiling between the holdout and training rows, the floor between
independently shuffled columns and training rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from understudy.metrics.case import Case, Grid

DRAWS = 5
MOST = 50_000


@dataclass(frozen=True)
class Draw:
    """Samples of the common size.

    Attributes:
        real: training rows.
        synthetic: synthetic rows.
        holdout: holdout rows, None without a holdout.
        independent: other training rows (as far as there are enough), every column shuffled by itself.
    """

    real: Grid
    synthetic: Grid
    holdout: Grid | None
    independent: Grid


def common(case: Case, most: int = MOST) -> int:
    """The common size: the holdout's, or half the smaller table's without one; never above `most`."""
    small = min(len(case.real), len(case.synthetic))
    return min(max(small // 2, 1) if case.holdout is None else min(small, len(case.holdout)), most)


def draws(case: Case, count: int = DRAWS, most: int = MOST) -> Iterator[Draw]:
    """Samples of the common size, the same for every metric of a case."""
    size = common(case, most)
    for number in range(count):
        rng = case.rng(f"draw {number}")
        order = rng.permutation(len(case.real))
        others = order[size : 2 * size] if len(order) >= 2 * size else rng.permutation(len(order))[:size]
        yield Draw(
            case.real.take(order[:size]),
            sample(case.synthetic, size, rng),
            None if case.holdout is None else sample(case.holdout, size, rng),
            case.real.take(others).shuffled(rng),
        )


def sample(grid: Grid, size: int, rng: np.random.Generator) -> Grid:
    """Rows without replacement, all of them where there are no more than `size`."""
    return grid if len(grid) <= size else grid.take(rng.permutation(len(grid))[:size])


def referenced(case: Case, score: Callable[[Grid, Grid], float | None]) -> dict[str, Any]:
    """Value, interval, ceiling and floor of a score over draws of the common size.

    The interval is the 95 % prediction interval of one score at this size: where the stand-in is as good as another
    real half, the ceiling lies in it. Draws that share rows agree more than they should, which is corrected for; there
    is no interval where every draw is the whole of both tables.

    Args:
        case: what is judged.
        score: from (real rows, other rows) to a figure, None where it cannot be computed.

    Returns:
        `value`, `low`, `high`, `ceiling`, `floor` for a measure and `size` and `draws` for its parts.
    """
    values, ceilings, floors = [], [], []
    for draw in draws(case):
        values.append(score(draw.real, draw.synthetic))
        ceilings.append(None if draw.holdout is None else score(draw.real, draw.holdout))
        floors.append(score(draw.real, draw.independent))
    size = common(case)
    fresh = 2 - size / max(len(case.real), 1) - size / max(len(case.synthetic), 1)
    low, high = interval(values, np.sqrt(2 / fresh)) if fresh > 0 else (None, None)
    parts = {"size": size, "draws": values}
    return {"value": mean(values), "low": low, "high": high, "ceiling": mean(ceilings), "floor": mean(floors)} | parts


def mean(values: list[float | None]) -> float | None:
    """The mean of those that could be computed, None where none could."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def interval(values: list[float | None], wider: float = 1.0) -> tuple[float | None, float | None]:
    """The 95 % prediction interval of one more value, `wider` times as wide, in [0, 1]; nothing under two values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None, None
    half = wider * student(len(known) - 1) * float(np.std(known, ddof=1)) * np.sqrt(1 + 1 / len(known))
    return max(0.0, float(np.mean(known) - half)), min(1.0, float(np.mean(known) + half))


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, to three digits.

    >>> student(4)
    2.776
    """
    exact = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
    return exact.get(freedom, 1.95996 + 2.37 / freedom + 2.82 / freedom**2 + 2.55 / freedom**3)


def plain(value: float | np.floating | None) -> float | None:
    """A float for JSON, None for what is not a number."""
    return None if value is None or not np.isfinite(value) else float(value)
