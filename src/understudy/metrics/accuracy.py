"""Accuracy: how alike columns, pairs and triples of columns are, all cut by the real table's edges."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import common, mean, several
from understudy.metrics.states import states

BINS = 10
WIDTH = BINS + 1
ORDERS = {"uni": 1, "bi": 2, "tri": 3}
PAIRS, TRIPLES = 2_000, 1_000
WORST = 10

Groups = Mapping[str, NDArray[np.int64]]
Shares = Mapping[str, list[NDArray[np.float64]]]


@metric("fidelity.accuracy", quick=True)
def accuracy(case: Case) -> Measure:
    """Accuracy: how alike columns, pairs and triples of columns are, cut at the real table's edges.

    1 - the total variation distance of the joint frequencies, each column in at most ten states and missing
    (`understudy.metrics.states`); mean over columns ("uni"), over pairs ("bi"; at most 2 000, drawn) and over triples
    ("tri"; at most 1 000, drawn); the value is the mean of the three, or of those that the table has columns for.
    After Platzer and Reutterer, "Holdout-based empirical assessment of mixed-type synthetic data" (Frontiers in Big
    Data 4, 2021), who cut so; they draw 10 000 triples. Each part has the score that sampling alone leaves to a
    second real sample ("analytic") beside the holdout's ("ceiling").
    """
    coded, groups = states(case, BINS), _groups(case)
    known = several(coded, partial(_against, groups))
    size = common(case)
    real, synthetic = (_shares(grid, groups) for grid in (coded.real, coded.synthetic))
    full = _scores(real, synthetic)
    parts: dict[str, Any] = {"size": size, "full": mean([_mean(row) for row in full.values()])}
    for name, rows in full.items():
        reach = float(np.mean([expected(share, size) for share in real[name]]))
        own = {"analytic": reach, "full": _mean(rows), "count": len(rows), "worst": _worst(case, groups[name], rows)}
        parts[name] = known[name].to_dict() | own
    parts["analytic"] = mean([parts[name]["analytic"] for name in full])
    parts["by"] = {case.columns[place]: float(full["uni"][place]) for place in case.ordered()}
    note = "1 minus the distance between the joint frequencies of one, two and three columns, mean of the three"
    return known["mean"].measure("fidelity.accuracy", parts, note)


def _groups(case: Case) -> Groups:
    rng, width = case.rng("accuracy"), len(case.columns)
    most = {"uni": width, "bi": PAIRS, "tri": TRIPLES}
    return {name: subsets(width, order, most[name], rng) for name, order in ORDERS.items() if order <= width}


def subsets(width: int, order: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """At most so many of the sets of `order` columns, (sets, order), by their number in the combinatorial system.

    >>> subsets(4, 2, 9, np.random.default_rng(0)).tolist()
    [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3]]
    """
    total = comb(width, order)
    place = np.arange(total) if total <= most else np.sort(rng.choice(total, most, replace=False))
    found = []
    for size in range(order, 0, -1):
        below = np.array([comb(top, size) for top in range(width)])
        found.append(np.searchsorted(below, place, side="right") - 1)
        place = place - below[found[-1]]
    return np.column_stack(found[::-1])


def _against(groups: Groups, real: Grid) -> Callable[[Grid], dict[str, float | None]]:
    own = _shares(real, groups)

    def score(other: Grid) -> dict[str, float | None]:
        by: dict[str, float | None] = {name: _mean(row) for name, row in _scores(own, _shares(other, groups)).items()}
        return by | {"mean": mean(list(by.values()))}

    return score


def _shares(grid: Grid, groups: Groups) -> Shares:
    columns = np.ascontiguousarray(grid.codes.T.astype(np.uint16))
    return {name: [_share(columns, group) for group in rows] for name, rows in groups.items()}


def _share(columns: NDArray[np.uint16], group: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
    """Joint frequencies of some columns of states; 11 cubed still fits sixteen bits."""
    code = columns[group[0]]
    for place in group[1:]:
        code = code * np.uint16(WIDTH) + columns[place]
    return np.bincount(code, minlength=WIDTH ** len(group)) / len(code)


def _scores(real: Shares, other: Shares) -> dict[str, NDArray[np.float64]]:
    """1 - total variation distance of each group of columns, by number of columns."""
    return {
        name: np.array([1 - np.abs(p - q).sum() / 2 for p, q in zip(real[name], other[name], strict=True)])
        for name in real
    }


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean())


def expected(shares: NDArray[np.float64], rows: int) -> float:
    """1 - the total variation distance to be expected between two samples of one population, of so many rows each.

    1 - ½ Σ √(1-p) 2 p e^(-2np) (I₀(2np) + I₁(2np)): the mean difference of two Poisson counts (Skellam 1946), less what
    a share that is not small varies less. Where np is large this is the mean of a folded normal difference,
    1 - ½ Σ √((2/π) p (1-p) (1/n + 1/n)), the usual formula, which is up to 0.13 too low where cells are rare.

    Args:
        shares: of the cells in the population.
        rows: n.
    """
    from scipy.special import i0e, i1e

    double = 2 * rows * shares
    return float(1 - (np.sqrt(1 - shares) * shares * (i0e(double) + i1e(double))).sum())


def _worst(case: Case, groups: NDArray[np.int64], scores: NDArray[np.float64]) -> list[dict[str, Any]]:
    places = np.argsort(scores, kind="stable")[:WORST]
    return [{"columns": [case.columns[i] for i in groups[place]], "score": float(scores[place])} for place in places]
