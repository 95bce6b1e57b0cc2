"""Fidelity: are the columns, and the relations between them, those of the real table?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.marginals import ks_complement, tv_complement
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import mean, plain, referenced
from understudy.metrics.trends import Trends, trends

WORST = 10
MOST = 2_000


@metric("fidelity.shapes", quick=True)
def shapes(case: Case) -> Measure:
    """Column Shapes: how alike each column's distribution is, as SDMetrics defines it.

    KSComplement for numbers, dates and times, TVComplement for categories and booleans; missing cells are left out
    (`validity.nulls` scores them). `parts["full"]` and `parts["by"]` compare all rows and equal SDMetrics to 1e-6.
    """
    known = referenced(case, lambda real, other: mean(list(_shapes(case, real, other).values())))
    by = _shapes(case, case.real, case.synthetic)
    kind = {name: "KSComplement" if name in case.numeric else "TVComplement" for name in case.columns}
    parts = {"full": mean(list(by.values())), "by": by, "metric": {name: kind[name] for name in by}}
    note = "1 minus the distance between the distributions, mean over columns"
    return _measure("fidelity.shapes", known, parts, note, "no judged column has a value on both sides")


def _shapes(case: Case, real: Grid, other: Grid) -> dict[str, float | None]:
    numbers = zip(case.numeric, real.numbers.T, other.numbers.T, strict=True)
    codes = zip(case.discrete, real.codes.T, other.codes.T, case.levels, strict=True)
    found = {name: plain(ks_complement(a, b)) for name, a, b in numbers}
    found |= {name: plain(tv_complement(a, b, len(levels))) for name, a, b, levels in codes}
    return {case.columns[place]: found[case.columns[place]] for place in case.ordered()}


@metric("fidelity.pairs", quick=True)
def pairs(case: Case) -> Measure:
    """Column Pair Trends: how alike the relation of each two columns is, as SDMetrics defines it.

    CorrelationSimilarity for two numeric columns, ContingencySimilarity otherwise, averaged over the pairs that are
    related in the real table (|correlation| > 0.5, Cramér's V > 0.3: SDMetrics' thresholds, since pairs without a
    relation score well whatever the stand-in does). `parts["full"]` compares all rows and equals SDMetrics to 1e-6
    (which draws 50 000 rows from longer tables); `parts["all_pairs"]` is the mean without thresholds and
    `parts["real_edges"]` cuts both sides at the real column's edges, so that a rescaled column is seen. In very wide
    tables the value and its references stand on 2 000 of the pairs.
    """
    counts = [len(levels) for levels in case.levels]
    whole = trends(case.real, case.synthetic, counts)
    chosen = whole.counted()
    drawn = _some(chosen, case.rng("pairs"))
    known = referenced(case, lambda real, other: trends(real, other, counts, drawn, strength=False).mean(drawn))
    shared = trends(case.real, case.synthetic, counts, chosen, shared_edges=True, strength=False)
    everywhere = np.triu(np.ones_like(chosen), 1)
    parts = {
        "full": whole.mean(chosen),
        "all_pairs": whole.mean(everywhere),
        "real_edges": shared.mean(chosen),
        "counted": int(chosen.sum()),
        **_matrices(case, whole, chosen),
    }
    note = f"mean over the {chosen.sum()} pairs of columns that are related in the real table"
    return _measure("fidelity.pairs", known, parts, note, "no two judged columns are related in the real table")


def _some(pairs: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """At most 2 000 of these pairs."""
    places = np.flatnonzero(pairs)
    found = np.zeros(pairs.size, dtype=bool)
    found[places if len(places) <= MOST else rng.choice(places, MOST, replace=False)] = True
    return found.reshape(pairs.shape)


def _matrices(case: Case, whole: Trends, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """Matrices in the order of the real table, None where a figure is missing, and the pairs that fare worst."""
    order = case.ordered()
    names = [case.columns[place] for place in order]
    pick = np.ix_(order, order)
    found: dict[str, Any] = {"names": names}
    for what in ("score", "real", "synthetic"):
        half = getattr(whole, what)
        both = np.where(np.isnan(half), half.T, half)[pick]
        found[what] = [[plain(cell) for cell in row] for row in both]
    scores = np.where(chosen, whole.score, np.nan)
    worst = [divmod(int(place), len(names)) for place in np.argsort(scores, axis=None, kind="stable")[:WORST]]
    found["worst"] = [
        {"columns": [case.columns[a], case.columns[b]], "score": float(scores[a, b])}
        for a, b in worst
        if not np.isnan(scores[a, b])
    ]
    return found


def _measure(name: str, known: dict[str, Any], parts: dict[str, Any], note: str, empty: str) -> Measure:
    figures = {key: known[key] for key in ("value", "low", "high", "ceiling", "floor")}
    parts |= {"size": known["size"], "draws": known["draws"]}
    return Measure(name, parts=parts, note=empty if known["value"] is None else note, **figures)
