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
from understudy.plan.proposals.formulas.features import Features
from understudy.plan.proposals.formulas.numbers import Numbers

Reals = NDArray[np.float64]
DRAWS = 3
ROWS = 40
FEWEST = 10
LEAST_PRESENT = 0.7
MOST_GAPPY = 2
MOST_EACH = 24  # candidates a column, family and block of rows


@dataclass(frozen=True)
class Candidate:
    """A column that looks like an affine function of a feature."""

    target: int
    places: tuple[int, ...]
    rest: float


def chosen_rows(numbers: Numbers) -> list[NDArray[np.intp]]:
    """A few draws of rows in which most columns have a value, rare values preferred; and one for each gappy column."""
    present = np.isfinite(numbers.values)
    weights = np.full(len(present), 1e-3)
    for column, known in zip(numbers.values.T, present.T, strict=True):
        _, where, times = np.unique(column, return_inverse=True, return_counts=True, equal_nan=True)
        weights += known / times[where]
    gappy = np.flatnonzero(present.mean(axis=0) < LEAST_PRESENT)
    whole = np.delete(present, gappy, axis=1).all(axis=1)
    if whole.sum() < 4 * ROWS:
        whole = np.ones(len(present), dtype=bool)
    rng = stream(0, "proposals screen")
    asked = [whole] * DRAWS + [present[:, each] for each in gappy[:MOST_GAPPY]]
    return [_draw(rng, weights * each) for each in asked if each.sum() >= FEWEST]


def _draw(rng: np.random.Generator, weights: Reals) -> NDArray[np.intp]:
    size = min(ROWS, int((weights > 0).sum()))
    return np.sort(rng.choice(len(weights), size, replace=False, p=weights / weights.sum()))


def screened(
    numbers: Numbers, targets: list[int], block: Features, rows: list[NDArray[np.intp]]
) -> Iterator[Candidate]:
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
    lefts = np.empty((f.shape[1], y.shape[1]))
    gaps_f, gaps_y = (np.isnan(each).any(axis=0) for each in (f, y))
    for rows in (gaps_f, ~gaps_f):
        for columns in (gaps_y, ~gaps_y):
            if rows.any() and columns.any():
                var_y, explained = _explained(f[:, rows], y[:, columns])
                with np.errstate(all="ignore"):
                    allowed = np.maximum(np.minimum((0.45 * units[columns]) ** 2 / var_y, 0.36), 4e-12)
                    left = np.nan_to_num((1 - explained) / allowed, nan=9.0, posinf=9.0)
                lefts[np.ix_(rows, columns)] = left
    return lefts


def _explained(f: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Spread of y, squared, and the share of it that f explains, on the rows in which both are present."""
    (f, in_f), (y, in_y) = _filled(f), _filled(y)
    if in_f.all() and in_y.all():
        return _explained_whole(f, y)
    if in_y.all():
        return _explained_where(f, in_f, y)
    return _explained_present(f, in_f, y, in_y)


def _explained_whole(f: Reals, y: Reals) -> tuple[Reals, Reals]:
    with np.errstate(all="ignore"):
        explained = (f / np.sqrt((f**2).sum(axis=0))).T @ (y / np.sqrt((y**2).sum(axis=0)))
    explained *= explained
    return (y**2).mean(axis=0), explained


def _explained_where(f: Reals, in_f: Reals, y: Reals) -> tuple[Reals, Reals]:
    """The same where only f has gaps: it is centred on its own rows already."""
    count = in_f.sum(axis=0)[:, None]
    with np.errstate(all="ignore"):
        var_y = in_f.T @ y**2 / count - (in_f.T @ y / count) ** 2
        explained = (f.T @ y) ** 2 / (var_y * (count * (f**2).sum(axis=0)[:, None]))
    bad = (count[:, 0] < FEWEST) | ((f**2).sum(axis=0) < 1e-12)
    explained[bad] = np.nan
    explained[var_y <= 1e-12] = np.nan
    return var_y, explained


def _explained_present(f: Reals, in_f: Reals, y: Reals, in_y: Reals) -> tuple[Reals, Reals]:
    """The same where both have gaps."""
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
