"""Coefficients: would an analyst draw the same conclusions from a regression on the stand-in?

The regression is of the target on every judged column, without interactions: logistic for classes, linear for a number.
It is fitted here by Newton's method (iteratively reweighted least squares) with a ridge of 1e-6 on every coefficient,
too weak to move one that the rows determine and enough to keep finite one that they do not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.execution.algebra import one_thread
from understudy.metrics.case import Case, Grid
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import common, expected, mean, over_draws, plain, sample
from understudy.metrics.target import Target, target_of
from understudy.metrics.trials import standard

MOST = 20_000
CELLS = 2_000_000
FEWEST = 30
ROWS_A_TERM = 5
TERMS = 300
RIDGE = 1e-6
DETERMINED = 0.01
ALIASED = 1e-6
INFLATED = 20
ROUNDS = 40
HALVINGS = 30
SMALLEST = 1e-6
Z = 1.959964


class Fit(NamedTuple):
    """A regression.

    Attributes:
        values: (terms,) coefficients.
        errors: (terms,) their standard errors, at least 1e-6.
        determined: (terms,) whether the rows tell something of a coefficient: information of 0.01, which is a standard
            error of 10 on the scale of log-odds.
    """

    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    determined: NDArray[np.bool_]


Fitter = Callable[[NDArray[np.float64], NDArray[np.float64]], Fit]


@dataclass(frozen=True, eq=False)
class Terms:
    """Columns as terms of a regression, learned from real rows: 1, numbers, flags of missing cells, dummies.

    Attributes:
        names: of the terms kept.
        kept: their places among all.
        numbers: place, mean, spread of each numeric column, and whether missing cells have a flag.
        dummies: place of each discrete column, what each state becomes, missing first (0 is the reference), and how
            many dummies there are.
    """

    names: tuple[str, ...]
    kept: NDArray[np.intp]
    numbers: tuple[tuple[int, float, float, bool], ...]
    dummies: tuple[tuple[int, NDArray[np.int64], int], ...]

    def of(self, grid: Grid) -> NDArray[np.float64]:
        """The design, (rows, terms)."""
        return self._all(grid)[:, self.kept]

    def _all(self, grid: Grid) -> NDArray[np.float64]:
        columns = [np.ones((len(grid), 1))]
        for place, middle, scale, flagged in self.numbers:
            lost = np.isnan(grid.numbers[:, place])
            columns.append(np.where(lost, 0.0, (grid.numbers[:, place] - middle) / scale)[:, None])
            columns += [lost[:, None].astype(np.float64)] if flagged else []
        for place, slots, count in self.dummies:
            columns.append(np.eye(count + 1)[slots[grid.codes[:, place] + 1]][:, 1:])
        return np.hstack(columns)

    @staticmethod
    def learned(case: Case, target: str, real: Grid, size: int) -> "Terms":
        """The terms of a case, from a sample of its training rows.

        Args:
            case: what is judged.
            target: the column that stands aside.
            real: training rows.
            size: rows of a fit; a level counts where so many rows have it on 30 at the least.
        """
        enough = FEWEST * len(real) / max(size, 1)
        most = max(1, TERMS // len(case.columns))
        names, numbers, dummies = ["(intercept)"], [], []
        for place, name in enumerate(case.numeric):
            if name != target:
                flagged = bool(np.isnan(real.numbers[:, place]).sum() >= enough)
                numbers.append((place, *standard(real.numbers[:, place]), flagged))
                names += [name, f"{name} (missing)"] if flagged else [name]
        for place, name in enumerate(case.discrete):
            if name != target:
                often = np.bincount(real.codes[:, place] + 1, minlength=len(case.levels[place]) + 1)
                slots, named = _slots(often, ["(missing)", *case.levels[place]], enough, most)
                dummies.append((place, slots, len(named)))
                names += [f"{name} = {level}" for level in named]
        whole = Terms(tuple(names), np.arange(len(names)), tuple(numbers), tuple(dummies))
        design = whole.of(real)
        kept = independent(design.T @ design)
        return Terms(tuple(names[i] for i in kept), kept, whole.numbers, whole.dummies)


def _slots(
    often: NDArray[np.int64], levels: list[str], enough: float, most: int
) -> tuple[NDArray[np.int64], list[str]]:
    """What each state becomes: 0 the most frequent one, then a dummy each, then one for all that are too rare for one.

    Those too rare even together join the most frequent.
    """
    ranked = np.argsort(-often, kind="stable")
    kept = [int(state) for state in ranked[: most + 1] if often[state] >= enough] or [int(ranked[0])]
    gathered = often.sum() - often[kept].sum() >= enough
    slots = np.full(len(levels), len(kept) if gathered else 0)
    slots[kept] = np.arange(len(kept))
    return slots, [levels[state] for state in kept[1:]] + (["(other)"] if gathered else [])


def independent(gram: NDArray[np.float64]) -> NDArray[np.intp]:
    """Places of the columns that are no combination of others, or nearly one, from their products; the first is all 1.

    Exact combinations of earlier columns go first, by sweeping; then, one by one, the column that most inflates its own
    variance, while it does by more than 20: such a coefficient hangs on the few rows where the others fail to tell it.

    >>> x = np.array([[1.0, 0, 1, 5], [1, 1, 2, 3], [1, 2, 3, 4]])
    >>> independent(x.T @ x)
    array([0, 1, 3])
    """
    left, kept = gram.copy(), []
    for place in range(len(gram)):
        if left[place, place] > ALIASED * gram[place, place]:
            kept.append(place)
            left -= np.outer(left[:, place], left[place]) / left[place, place]
    centred = gram - np.outer(gram[0], gram[0]) / gram[0, 0]
    while len(kept) > 1:
        inner = centred[np.ix_(kept[1:], kept[1:])]
        inflated = np.round(np.diag(inner) * np.diag(np.linalg.inv(inner)), 6)
        worst = len(inflated) - int(np.argmax(inflated[::-1]))
        if inflated[worst - 1] <= INFLATED:
            break
        kept.pop(worst)
    return np.array(kept, dtype=np.intp)


def linear(x: NDArray[np.float64], y: NDArray[np.float64]) -> Fit:
    """Least squares, with the usual variance RSS / (n - p) (X'X)⁻¹.

    Args:
        x: (rows, terms), more rows than terms.
        y: (rows,).
    """
    spread = _inverse(x.T @ x)
    values = spread @ (x.T @ y)
    rest = y - x @ values
    return _fit(values, spread, float(rest @ rest) / (len(x) - x.shape[1]))


def logistic(x: NDArray[np.float64], y: NDArray[np.float64]) -> Fit:
    """Logistic regression by Newton's method with halved steps; variance from the information at its end.

    Args:
        x: (rows, terms).
        y: (rows,) 0 or 1.
    """
    values, loss = np.zeros(x.shape[1]), np.inf
    spread = np.eye(x.shape[1])
    for _ in range(ROUNDS):
        chance = 0.5 + 0.5 * np.tanh(x @ values / 2)
        spread = _inverse((x.T * (chance * (1 - chance))) @ x)
        uphill = x.T @ (y - chance) - RIDGE * values
        step = spread @ uphill
        if uphill @ step < 1e-9:
            break
        before = loss
        values, loss = _stepped(x, y, values, step)
        if not loss < before:
            break
    return _fit(values, spread, 1.0)


def _stepped(x: NDArray, y: NDArray, values: NDArray, step: NDArray) -> tuple[NDArray[np.float64], float]:
    """The first of the whole step, half of it, and so on, that lowers the loss; and the loss there."""
    start = _loss(x, y, values)
    for halving in range(HALVINGS):
        moved = values + step / 2**halving
        loss = _loss(x, y, moved)
        if loss < start:
            return moved, loss
    return values, start


def _loss(x: NDArray, y: NDArray, values: NDArray) -> float:
    margin = x @ values
    return float((np.logaddexp(0, margin) - y * margin).sum() + RIDGE / 2 * values @ values)


def _inverse(information: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.inv(information + RIDGE * np.eye(len(information))), dtype=np.float64)


def _fit(values: NDArray, spread: NDArray, variance: float) -> Fit:
    unit = np.diag(spread)
    # rounding can take the variance of an undetermined coefficient below 0
    determined = (unit > 0) & (unit < 1 / DETERMINED)
    return Fit(values, np.maximum(np.sqrt(np.maximum(unit * variance, 0.0)), SMALLEST), determined)


def overlaps(real: Fit, other: Fit) -> NDArray[np.float64]:
    """Overlap of the 95 % intervals of each coefficient: ½ (I / length of one + I / length of the other).

    I is the smaller upper end less the larger lower end, below 0 where they are apart (Karr, Kohnen, Oganian, Reiter
    and Sanil, The American Statistician 60, 2006, equation 7). NaN where real rows do not determine a coefficient, 0
    where the other rows alone do not: their interval would be as wide as the ridge lets it.
    """
    half, other_half = Z * real.errors, Z * other.errors
    shared = np.minimum(real.values + half, other.values + other_half)
    shared -= np.maximum(real.values - half, other.values - other_half)
    found = (shared / (2 * half) + shared / (2 * other_half)) / 2
    return np.where(real.determined, np.where(other.determined, found, 0.0), np.nan)


@metric("utility.coefficients")
def coefficients(case: Case) -> Measure:
    """Overlap of the confidence intervals of a regression's coefficients on synthetic and on real rows.

    Main effects of all judged columns on the target: logistic for classes (the most frequent against the rest where
    there are more than two), linear for a number. Numbers and a numeric target are standardised by the real rows,
    missing ones stand at the mean with a flag; categories are dummies against the most frequent level, those expected
    on fewer than 30 rows gathered; terms that are nearly a combination of others (variance inflation above 20)
    are left out. The value is the mean
    overlap over terms, each held to at least 0, between samples of the common size (at most 20 000 rows): 1 is the
    same intervals, about 0.80 what fresh rows of a right model give, 0.71 what two real samples give, 0 intervals
    apart. `parts["by"]` and `parts["full"]` use up to 20 000 rows of each table and have the standardised difference
    (synthetic - real) / standard error of real (Snoke, Raab, Nowok, Dibben and Slavkovic, JRSS A 181, 2018).
    """
    target = target_of(case)
    if target is None:
        return coefficients.none("no judged column can be predicted: none has two values often enough")
    if len(case.columns) < 2:
        return coefficients.none(f"'{target.name}' is the only judged column: there is nothing to regress it on")
    with one_thread():  # the same sums for any number of cores
        return _compared(case, target)


def _compared(case: Case, target: Target) -> Measure:
    rng = case.rng("coefficients")
    real, synthetic = (sample(grid, MOST, rng) for grid in (case.real, case.synthetic))
    terms = Terms.learned(case, target.name, real, common(case, MOST))
    size = common(case, min(MOST, CELLS // len(terms.names)))
    if size < ROWS_A_TERM * len(terms.names):
        why = f"{size} rows are too few for {len(terms.names)} coefficients"
        return coefficients.none(f"{why}: fewer than {ROWS_A_TERM} a coefficient")
    fit = partial(_regressed, terms, *_outcome(case, target))
    whole, other = fit(real), fit(synthetic)
    if whole is None or other is None:
        where = "real" if whole is None else "synthetic"
        return coefficients.none(f"too few {where} rows, or one value of '{target.name}' on them all: no regression")
    known = _referenced(case, fit, size)
    if known["value"] is None:
        return coefficients.none("the real rows determine no coefficient at the common size")
    parts = _parts(terms, whole, other) | {"target": target.name, "guessed": target.guessed, "size": size}
    parts |= {"rows": {"real": len(real), "synthetic": len(synthetic)}, "draws": known.pop("draws")}
    note = f"mean overlap of the 95 % intervals of {len(terms.names)} coefficients of a regression of '{target.name}'"
    return Measure("utility.coefficients", **known, parts=parts, note=note + (" (guessed)" if target.guessed else ""))


def _outcome(case: Case, target: Target) -> tuple[Fitter, Callable[[Grid], NDArray[np.float64]]]:
    """The regression a target asks for, and its outcome of each row: 0 and 1, or standardised."""
    truth = target.of(case.real)
    if not target.classes:
        middle, scale = standard(truth)
        return linear, lambda grid: (target.of(grid) - middle) / scale
    often = np.bincount(truth[~np.isnan(truth)].astype(int), minlength=target.classes)
    chosen = 1 if target.classes == 2 else int(often.argmax())
    return logistic, lambda grid: np.where(np.isnan(target.of(grid)), np.nan, target.of(grid) == chosen)


def _regressed(terms: Terms, fitter: Fitter, outcome: Callable[[Grid], NDArray], grid: Grid) -> Fit | None:
    """The regression on the rows that have an outcome; None where they are too few or it is always the same."""
    y = outcome(grid)
    known = np.flatnonzero(~np.isnan(y))
    if len(known) <= len(terms.names) or np.ptp(y[known]) == 0:
        return None
    return fitter(terms.of(grid.take(known)), y[known])


def _referenced(case: Case, fit: Callable[[Grid], Fit | None], size: int) -> dict[str, Any]:
    """Value, its prediction interval, ceiling and floor over draws of the common size."""

    def score(grid: Grid) -> Callable[[Grid], float | None]:
        real = fit(grid)
        return lambda other: _overlap(real, fit(other))

    found = over_draws(case, score, size)
    low, high = expected(case, found.values, size)
    value, ceiling, floor = (mean(side) for side in found)
    return {"value": value, "low": low, "high": high, "ceiling": ceiling, "floor": floor, "draws": found.values}


def _overlap(real: Fit | None, other: Fit | None) -> float | None:
    if real is None or other is None or not real.determined.any():
        return None
    found = overlaps(real, other)
    return float(np.clip(found[~np.isnan(found)], 0, 1).mean())


def _parts(terms: Terms, real: Fit, other: Fit) -> dict[str, Any]:
    """The full fits term by term; a figure is None where a side does not determine the coefficient."""
    both = real.determined & other.determined
    apart = np.where(both, (other.values - real.values) / real.errors, np.nan)
    shared = overlaps(real, other)
    by = {
        name: {
            "real": _told(real, i),
            "synthetic": _told(other, i),
            "overlap": plain(round(shared[i], 2)),
            "difference": plain(round(apart[i], 1)),
        }
        for i, name in enumerate(terms.names)
    }
    return {
        "full": _overlap(real, other),
        "within_2": float((np.abs(apart[both]) < 2).sum() / max(int(real.determined.sum()), 1)),
        "undetermined": {"real": int((~real.determined).sum()), "synthetic": int((~other.determined).sum())},
        "by": by,
    }


def _told(fit: Fit, place: int) -> float | None:
    """A coefficient to a tenth of its standard error: finer digits would tell of single rows."""
    if not fit.determined[place]:
        return None
    return round(float(fit.values[place]), int(np.clip(1 - np.log10(fit.errors[place]), 0, 6)))
