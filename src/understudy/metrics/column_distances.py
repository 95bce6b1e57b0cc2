"""How far each column is from its real self, by the yardsticks that statisticians use."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import common, plain, several
from understudy.metrics.states import states

BINS = 20
TAIL = 0.005
WORST = 10


@metric("fidelity.distances", quick=True)
def distances(case: Case) -> Measure:
    """Column distances: 1 - the mean Hellinger distance, and more yardsticks for each column.

    Hellinger √(1 - Σ √(pq)) over at most twenty states cut at the real table's edges, and missing
    (`understudy.metrics.states`). `parts["by"]` has for each column, over all rows: "hellinger"; "jensen_shannon", the
    square root of the divergence to base 2 (Lin 1991; Endres and Schindelin 2003); "nulls", the rate of missing cells
    less the real one; for numbers "wasserstein", the area between the distribution functions over the real
    interquartile range (over the real range where that is 0), and "tails", the shares of synthetic values below the
    real 0.5 % and above the real 99.5 % quantile beside those of the real values (0.5 %, less where values tie).
    `parts["holdout"]` has the same of the holdout.
    """
    coded = states(case, BINS)
    known = several(coded, _against)["mean"]
    parts: dict[str, Any] = {"size": common(case), "by": _by(case, coded, case.synthetic, coded.synthetic)}
    if case.holdout is not None and coded.holdout is not None:
        parts["holdout"] = _by(case, coded, case.holdout, coded.holdout)
    hellinger = {name: figures["hellinger"] for name, figures in parts["by"].items()}
    parts["full"] = 1 - float(np.mean(list(hellinger.values())))
    parts["worst"] = sorted(hellinger, key=lambda name: -hellinger[name])[:WORST]
    note = "1 minus the Hellinger distance between the distributions, mean over columns"
    return known.measure("fidelity.distances", parts, note)


def _against(real: Grid) -> Callable[[Grid], dict[str, float | None]]:
    own = _shares(real)

    def score(other: Grid) -> dict[str, float | None]:
        gaps = [_hellinger(p, q) for p, q in zip(own, _shares(other), strict=True)]
        return {"mean": 1 - float(np.mean(gaps))}

    return score


def _shares(grid: Grid) -> NDArray[np.float64]:
    """Share of each state, (columns, states)."""
    return np.array([np.bincount(column, minlength=BINS + 1) / len(column) for column in grid.codes.T])


def _hellinger(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    return float(np.sqrt(max(0.0, 1 - np.sqrt(p * q).sum())))


def _jensen_shannon(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    middle = (p + q) / 2

    def divergence(side: NDArray[np.float64]) -> float:
        here = side > 0
        return float((side[here] * np.log2(side[here] / middle[here])).sum())

    return float(np.sqrt(max(0.0, (divergence(p) + divergence(q)) / 2)))


def _by(case: Case, coded: Case, other: Grid, states: Grid) -> dict[str, dict[str, Any]]:
    """All yardsticks by column, in the order of the real table."""
    found: dict[str, dict[str, Any]] = {}
    pairs = zip(case.columns, _shares(coded.real), _shares(states), strict=True)
    for name, p, q in pairs:
        found[name] = {
            "hellinger": _hellinger(p, q),
            "jensen_shannon": _jensen_shannon(p, q),
            "nulls": float(q[0] - p[0]),
        }
    for name, real, column in zip(case.numeric, case.real.numbers.T, other.numbers.T, strict=True):
        first, second = (side[~np.isnan(side)] for side in (real, column))
        found[name] |= {"wasserstein": wasserstein(first, second), "tails": tails(first, second)}
    return {case.columns[place]: found[case.columns[place]] for place in case.ordered()}


def wasserstein(real: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """The area between two distribution functions over the real interquartile range, or the range where that is 0.

    None where a side is empty, the real values do not vary or the figure is beyond what a float can hold.

    >>> wasserstein(np.arange(5.0), np.arange(5.0) + 3)
    1.5
    """
    if not len(real) or not len(other):
        return None
    places = np.sort(np.concatenate([real, other]))
    first, second = (np.searchsorted(np.sort(side), places[:-1], side="right") / len(side) for side in (real, other))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        low, high = np.quantile(real, [0.25, 0.75])
        scale = high - low if high > low else real.max() - real.min()
        return plain((np.abs(first - second) * np.diff(places)).sum() / scale) if scale > 0 else None


def tails(real: NDArray[np.float64], other: NDArray[np.float64]) -> dict[str, float] | None:
    """Shares of values beyond the real 0.5 % and 99.5 % quantiles on both sides; None where one is empty."""
    if not len(real) or not len(other):
        return None
    low, high = np.quantile(real, [TAIL, 1 - TAIL], method="inverted_cdf")
    return {
        "below": float((other < low).mean()),
        "above": float((other > high).mean()),
        "real_below": float((real < low).mean()),
        "real_above": float((real > high).mean()),
    }
