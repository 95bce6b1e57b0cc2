"""Which of very many functions a column may be an affine function of, told from few rows.

For every pair of a function and a column the rest of a straight line is had from sums of products, six matrix
products for all pairs at once. Rows are drawn a few times, so that some draws hold no row that breaks a rule; rows
with rare values are drawn more often, for a column that is mostly zero says little elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from understudy.execution.streams import stream
from understudy.plan.proposals.features import Features
from understudy.plan.proposals.numbers import Numbers

Reals = NDArray[np.float64]
DRAWS = 4
ROWS = 48
FEWEST = 10
MOST_EACH = 24  # candidates a column, family and block of rows


@dataclass(frozen=True)
class Candidate:
    """A column that looks like an affine function of a feature."""

    target: int
    places: tuple[int, ...]
    rest: float


def chosen_rows(numbers: Numbers) -> list[NDArray[np.intp]]:
    """A few draws of rows, rare values preferred."""
    count = len(numbers.values)
    weights = np.full(count, 1e-3)
    for column in numbers.values.T:
        _, where, times = np.unique(column, return_inverse=True, return_counts=True, equal_nan=True)
        weights += np.isfinite(column) / times[where]
    weights /= weights.sum()
    rng = stream(0, "proposals screen")
    size = min(ROWS, count)
    return [np.sort(rng.choice(count, size, replace=False, p=weights)) for _ in range(DRAWS)]


def screened(numbers: Numbers, targets: list[int], block: Features, rows: list[NDArray[np.intp]]) -> Iterator[Candidate]:
    """The pairs of a target and a function whose straight line leaves no more than rounding does, in any draw."""
    best: dict[tuple[int, int], float] = {}
    for draw in rows:
        values = numbers.values[draw]
        rests, spreads = _rests(block.family.over(values, block.places), values[:, targets])
        units = numbers.units[targets]
        with np.errstate(invalid="ignore"):
            passes = rests <= np.maximum(np.minimum(0.45 * units, 0.6 * spreads), 2e-6 * spreads)
        for place in range(len(targets)):
            near = np.flatnonzero(passes[:, place])
            for each in near[np.argsort(rests[near, place], kind="stable")][: 4 * MOST_EACH]:
                if targets[place] not in block.places[each]:
                    key = (place, int(each))
                    best[key] = min(best.get(key, np.inf), float(rests[each, place]))
    kept: dict[int, int] = {}
    for (place, each), rest in sorted(best.items(), key=lambda item: (item[1], item[0])):
        kept[place] = kept.get(place, 0) + 1
        if kept[place] <= MOST_EACH:
            yield Candidate(targets[place], tuple(int(at) for at in block.places[each]), rest)


def _rests(f: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Root mean square of what a line of f leaves of y, and the spread of y: (functions, targets) each.

    Pairs with too few rows, or whose values do not vary, leave infinity.
    """
    f, in_f = _filled(f)
    y, in_y = _filled(y)
    count = in_f.T @ in_y
    with np.errstate(all="ignore"):
        mean_f, mean_y = f.T @ in_y / count, in_f.T @ y / count
        var_f = (f**2).T @ in_y / count - mean_f**2
        var_y = in_f.T @ y**2 / count - mean_y**2
        both = f.T @ y / count - mean_f * mean_y
        left = var_y - both**2 / var_f
    good = (count >= FEWEST) & (var_f > 1e-12) & (var_y > 1e-12)
    scale = np.nanstd(np.where(in_y > 0, y, np.nan), axis=0)
    return np.where(good, np.sqrt(np.maximum(left, 0)), np.inf), np.where(good, np.sqrt(np.maximum(var_y, 0)), scale)


def _filled(values: Reals) -> tuple[Reals, Reals]:
    """Values less their mean, 0 where missing; and 1 where present."""
    present = np.isfinite(values)
    count = np.maximum(present.sum(axis=0), 1)
    zeroed = np.where(present, values, 0.0)
    middle = zeroed.sum(axis=0) / count
    return np.where(present, zeroed - middle, 0.0), present.astype(float)
