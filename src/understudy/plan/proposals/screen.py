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
DRAWS = 3
ROWS = 40
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
        lefts = _lefts(block.family.over(values, block.places), values[:, targets], numbers.units[targets])
        for place in range(len(targets)):
            near = np.flatnonzero(lefts[:, place] < 1)
            for each in near[np.argsort(lefts[near, place], kind="stable")][: 4 * MOST_EACH]:
                if targets[place] not in block.places[each]:
                    key = (place, int(each))
                    best[key] = min(best.get(key, np.inf), float(lefts[each, place]))
    kept: dict[int, int] = {}
    for (place, each), left in sorted(best.items(), key=lambda item: (item[1], item[0])):
        kept[place] = kept.get(place, 0) + 1
        if kept[place] <= MOST_EACH:
            yield Candidate(targets[place], tuple(int(at) for at in block.places[each]), left)


def _lefts(f: Reals, y: Reals, units: Reals) -> Reals:
    """What a line of f leaves of y as a share of what may be left, squared: (functions, targets).

    Rounding leaves 0.29 steps in root mean square; 0.45 may be left, but no more than 0.6 of y's own spread, and
    2e-6 of the spread where nothing was rounded. Pairs with too few rows, or whose values do not vary, leave 9.
    """
    f, in_f = _filled(f)
    y, in_y = _filled(y)
    whole = bool(in_y.all()) and bool(in_f.all())
    var_y, explained = _explained(f, y) if whole else _explained_present(f, in_f, y, in_y)
    with np.errstate(all="ignore"):
        allowed = np.maximum(np.minimum((0.45 * units) ** 2 / var_y, 0.36), 4e-12)
        return np.nan_to_num((1 - explained) / allowed, nan=9.0, posinf=9.0)


def _explained(f: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Spread of y, squared, and the share of it that f explains, where nothing is missing."""
    with np.errstate(all="ignore"):
        unit_f = f / np.sqrt((f**2).sum(axis=0))
        explained = unit_f.T @ (y / np.sqrt((y**2).sum(axis=0)))
    explained *= explained
    return (y**2).mean(axis=0), explained


def _explained_present(f: Reals, in_f: Reals, y: Reals, in_y: Reals) -> tuple[Reals, Reals]:
    """The same for every pair on the rows in which both are present: (functions, targets) each."""
    count = in_f.T @ in_y
    with np.errstate(all="ignore"):
        mean_f, mean_y = f.T @ in_y / count, in_f.T @ y / count
        var_f = (f**2).T @ in_y / count - mean_f**2
        var_y = in_f.T @ y**2 / count - mean_y**2
        both = f.T @ y / count - mean_f * mean_y
        explained = both**2 / (var_f * var_y)
    good = (count >= FEWEST) & (var_f > 1e-12) & (var_y > 1e-12)
    return np.where(good, var_y, np.nan), np.where(good, explained, np.nan)


def _filled(values: Reals) -> tuple[Reals, Reals]:
    """Values less their mean, 0 where missing; and 1 where present."""
    present = np.isfinite(values)
    if present.all():
        return values - values.mean(axis=0), present
    count = np.maximum(present.sum(axis=0), 1)
    zeroed = np.where(present, values, 0.0)
    middle = zeroed.sum(axis=0) / count
    return np.where(present, zeroed - middle, 0.0), present.astype(float)
