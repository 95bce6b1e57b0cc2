"""What guessing attacks share: whom they are tried on, when a guess is right, and how right guesses are counted.

Each attack is tried on training rows and, in the same way, on holdout rows. What it wins on both is what the stand-in
says about everybody; only what it wins on training rows beyond holdout rows is a leak.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import Points
from understudy.metrics.attack import NO_HOLDOUT, holm, shares
from understudy.metrics.case import Case, Grid, pooled
from understudy.metrics.distances import coordinates
from understudy.metrics.exchange import permuted
from understudy.metrics.measure import Measure

QUERIES = 2_000
FEWEST_QUERIES = 1_000
WORK = 4.0e9
TOLERANCE = 0.05
SHOWN = ("value", "low", "high")
FIGURES = ("p", "success", "control", "trials", "controls", "naive")


@dataclass(frozen=True, eq=False)
class Targets:
    """Whom the attacks are tried on, and what they have to go by.

    Attributes:
        rows: those under attack, training rows first, then holdout rows.
        training: number of training rows among them.
        synthetic: synthetic rows in random order, so that of equals none is preferred.
        points: the rows under attack as points.
        known: the synthetic rows as points.
    """

    rows: Grid
    training: int
    synthetic: Grid
    points: Points
    known: Points

    def sides(self, found: NDArray) -> tuple[NDArray, NDArray]:
        """What was found for all targets, (targets, ...), taken apart: training rows, holdout rows."""
        return found[: self.training], found[self.training :]


def targets(case: Case) -> Targets:
    """At most 2 000 training and 2 000 holdout rows, drawn at random, and the synthetic rows.

    Where targets x synthetic rows x columns exceed 4e9 a side there are fewer targets, 1 000 at the least, and after
    that fewer synthetic rows.

    Raises:
        ValueError: the case has no holdout.
    """
    if case.holdout is None:
        raise ValueError(NO_HOLDOUT)
    rng, width = case.rng("guessing"), len(case.columns)
    known = min(len(case.synthetic), int(WORK / (FEWEST_QUERIES * width)))
    count = min(QUERIES, max(FEWEST_QUERIES, int(WORK / (known * width))))
    train, holdout, synthetic = (
        grid.take(rng.permutation(len(grid))[:most])
        for grid, most in ((case.real, count), (case.holdout, count), (case.synthetic, known))
    )
    # ranks among all real rows: those among training rows alone would suit training rows better
    both, ranked = train.over(holdout), case.once(pooled)
    return Targets(both, len(train), synthetic, coordinates(ranked, both), coordinates(ranked, synthetic))


def varying(case: Case) -> list[int]:
    """Places of the columns in which the training rows are not all alike."""
    numbers, codes = case.real.numbers, case.real.codes
    differ = [*(_alike(column) for column in numbers.T), *(bool((column == column[0]).all()) for column in codes.T)]
    return [place for place, alike in enumerate(differ) if not alike]


def _alike(column: NDArray[np.float64]) -> bool:
    return bool(np.isnan(column).all() or (column == column[0]).all())


def right(truth: Points, guess: Points, column: int) -> NDArray[np.bool_]:
    """Whether each guess of this column is right.

    Levels must be equal. Numbers may be 5 % of the real rows off, counted in ranks: a tolerance relative to the
    value would make guesses near zero hard, and of negative numbers all or none right. Missing is right for missing.
    """
    first, second = (each.place[column].astype(np.int64) for each in (truth, guess))
    if truth.levels[column]:
        return first == second
    return np.abs(first - second) <= TOLERANCE * truth.unit


def commonest(points: Points, column: int) -> float:
    """Share of right guesses of somebody who always guesses the one best value, without any synthetic row."""
    values, counts = np.unique(points.place[column].astype(np.int64), return_counts=True)
    if points.levels[column]:
        return float(counts.max() / counts.sum())
    total = np.concatenate([[0], np.cumsum(counts)])
    reach = TOLERANCE * points.unit
    inside = total[np.searchsorted(values, values + reach, "right")] - total[np.searchsorted(values, values - reach)]
    return float(inside.max() / counts.sum())


def compared(
    name: str, inside: NDArray, outside: NDArray, note: str = "", parts: Mapping[str, Any] | None = None
) -> Measure:
    """The measure of an attack that guesses about one target after the other.

    Shares are the plain ones (`understudy.metrics.attack.shares`). For the interval both sides count as the same number
    of guesses, the one that gives their difference its variance over targets: several guesses about one target count as
    far as they differ. The p-value is that of `understudy.metrics.exchange.permuted`.

    Args:
        name: of the measure.
        inside: whether the guess about each training row is right, or the share of right ones, (rows,).
        outside: the same of holdout rows.
        note: what was tried.
        parts: further figures.
    """
    first, second = inside.mean(), outside.mean()
    whole = first * (1 - first) / len(inside) + second * (1 - second) / len(outside)
    spread = inside.var() / len(inside) + outside.var() / len(outside)
    trials = 2 / (1 / len(inside) + 1 / len(outside)) * (whole / spread if spread > 0 else 1)
    more = {"trials": len(inside), "controls": len(outside), "p": permuted(inside, outside), **(parts or {})}
    return counted(name, float(first), float(second), trials, note=note, parts=more)


def counted(
    name: str, success: float, control: float, trials: float, *, note: str, parts: Mapping[str, Any]
) -> Measure:
    """`understudy.metrics.attack.shares` of two shares that are as sure as this number of guesses each."""
    count = max(1, round(trials))
    return shares(name, success * count, count, control * count, count, note, parts)


def worst(name: str, by: Mapping[str, Measure], note: str, parts: Mapping[str, Any]) -> Measure:
    """The one of several attacks of a family with the highest lower bound.

    Args:
        name: of the measure.
        by: at least one attack.
        note: what was tried, with the place of the worst one's name as `{}`.
        parts: further figures.

    Returns:
        Value, interval and shares are those of the worst; `p` is the smallest p-value of the family after Holm's
        correction, so that it is the p-value of "no attack of the family wins anything". The worst of many lies above
        0 by chance: `parts["estimate"]` is the mean over the family, weighted by precision, which does not.
    """
    corrected = holm({key: each.parts["p"] for key, each in by.items()})
    key = max(by, key=lambda key: by[key].low or 0.0)
    own = {key: _figures(each) | {"holm": corrected[key]} for key, each in by.items()}
    more = {**by[key].parts, "p": min(corrected.values()), "worst": key, "by": own, "estimate": _mean(by), **parts}
    return replace(by[key], name=name, note=note.format(key), parts=more)


def _mean(by: Mapping[str, Measure]) -> float:
    values = np.array([each.value for each in by.values()], dtype=float)
    weights = 1 / np.maximum([each.parts["error"] for each in by.values()], 1e-6) ** 2
    return float((weights * values).sum() / weights.sum())


def _figures(each: Measure) -> dict[str, Any]:
    return {key: getattr(each, key) for key in SHOWN} | {key: each.parts[key] for key in FIGURES if key in each.parts}
