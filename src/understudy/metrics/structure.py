"""Structure: is each column tied to each other as strongly as in the real table?"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.ranking import midranks
from understudy.metrics.sizes import common, several
from understudy.metrics.states import states
from understudy.metrics.trends import correlations

BINS = 10
MOST = 20_000
COLUMNS = 40
WORST = 10
FEWEST = 3

Matrix = NDArray[np.float64]


@metric("fidelity.structure", quick=True)
def structure(case: Case) -> Measure:
    """Structure: how alike the strengths of association between columns are.

    1 - the mean difference over pairs of columns: Pearson's correlation of normal scores for two numbers (differences
    above 1, where a sign turns, count as they are), the correlation ratio of normal scores for a number and a category
    (Kelley's ε), and Cramér's V for two categories (Bergsma 2013), both corrected for chance; categories in at most ten
    states and missing. "eigenvalues" and "angle" compare the spectra of the two matrices of associations, as SynthEval
    does with principal components of numbers: 1 - half the sum of the differences between the shares of the
    eigenvalues, and the angle between the leading eigenvectors in degrees. At most 40 columns, drawn, and 20 000 rows.
    """
    if len(case.columns) < 2:
        return structure.none("fewer than two columns are judged")
    if common(case) < FEWEST:
        return structure.none(f"fewer than {FEWEST} rows at the common size have no associations")
    coded = states(case, BINS, keep_numbers=True)
    chosen = np.sort(case.rng("structure").permutation(len(case.columns))[:COLUMNS])
    known = several(coded, lambda real: _against(real, chosen), MOST, {"angle": (0.0, 90.0)})
    parts: dict[str, Any] = {"size": common(case, MOST), "columns": len(chosen)}
    parts |= {name: known[name].to_dict() for name in ("eigenvalues", "angle")}
    parts |= _matrices(case, coded, chosen)
    note = "1 minus the difference in strength of association, mean over pairs of columns"
    return known["mean"].measure("fidelity.structure", parts, note)


def _against(real: Grid, chosen: NDArray[np.int64]) -> Callable[[Grid], dict[str, float | None]]:
    own = associations(real, chosen)

    def score(other: Grid) -> dict[str, float | None]:
        found = associations(other, chosen)
        values, angle = spectra(own, found)
        return {"mean": _alike(own, found), "eigenvalues": values, "angle": angle}

    return score


def _alike(first: Matrix, second: Matrix) -> float:
    above = np.triu_indices(len(first), 1)
    return max(0.0, 1 - float(np.abs(first - second)[above].mean()))


def spectra(first: Matrix, second: Matrix) -> tuple[float, float]:
    """1 - half the sum of differences between shares of eigenvalues, and the angle of leading eigenvectors, degrees."""
    (values, vectors), (others, directions) = np.linalg.eigh(first), np.linalg.eigh(second)
    cosine = min(1.0, abs(float(vectors[:, -1] @ directions[:, -1])))
    return float(1 - np.abs(values - others).sum() / len(first) / 2), float(np.degrees(np.arccos(cosine)))


def associations(grid: Grid, chosen: NDArray[np.int64]) -> Matrix:
    """Strength of association of every two of these columns, 1 with itself, 0 where a column does not vary.

    Args:
        grid: numbers, and states of discrete columns from 0.
        chosen: places of columns, numeric ones first.

    Returns:
        (columns, columns); below 0 between two numbers that run against one another.
    """
    numeric = grid.numbers.shape[1]
    scores = np.array([normal_scores(grid.numbers[:, i]) for i in chosen[chosen < numeric]]).reshape(-1, len(grid))
    codes = np.ascontiguousarray(grid.codes[:, chosen[chosen >= numeric] - numeric].T.astype(np.int64))
    found = np.zeros((len(chosen), len(chosen)))
    found[: len(scores), : len(scores)] = np.nan_to_num(correlations(scores.T))
    for place, column in enumerate(codes, start=len(scores)):
        found[: len(scores), place] = [ratio(row, column) for row in scores]
        found[len(scores) : place, place] = [cramer(other, column) for other in codes[: place - len(scores)]]
    found = np.triu(found, 1)
    return found + found.T + np.eye(len(chosen))


def normal_scores(column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal quantiles of mid-ranks; missing stays missing."""
    from scipy.special import ndtri

    here = ~np.isnan(column)
    found = np.full(len(column), np.nan)
    if here.any():
        found[here] = ndtri((midranks(column[here]) - 0.5) / here.sum())
    return found


def ratio(scores: NDArray[np.float64], codes: NDArray[np.int64]) -> float:
    """Correlation ratio of a number over levels, corrected for chance (Kelley 1935); 0 where it cannot be told."""
    here = ~np.isnan(scores)
    values, codes = scores[here], codes[here]
    sizes = np.bincount(codes) if len(codes) else np.zeros(1)
    groups = np.count_nonzero(sizes)
    if len(values) <= groups or groups < 2:
        return 0.0
    centred = values - values.mean()
    total = (centred**2).sum()
    if not total > 1e-9:
        return 0.0
    between = (np.bincount(codes, centred)[sizes > 0] ** 2 / sizes[sizes > 0]).sum()
    within = (1 - between / total) * (len(values) - 1) / (len(values) - groups)
    return float(np.sqrt(np.clip(1 - within, 0.0, 1.0)))


def cramer(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Cramér's V corrected for chance (Bergsma 2013, "A bias-correction for Cramér's V"); 0 for a constant."""
    rows, width = len(first), BINS + 1
    table = np.bincount(first * width + second, minlength=width * width).reshape(width, width)
    table = table[table.any(axis=1)][:, table.any(axis=0)] / rows
    height, wide = table.shape
    if min(height, wide) < 2:
        return 0.0
    phi = (table**2 / np.outer(table.sum(axis=1), table.sum(axis=0))).sum() - 1
    phi = max(0.0, phi - (height - 1) * (wide - 1) / (rows - 1))
    least = min(side - (side - 1) ** 2 / (rows - 1) for side in (height, wide)) - 1
    return float(np.sqrt(min(1.0, phi / least))) if least > 0 else 0.0


def _matrices(case: Case, coded: Case, chosen: NDArray[np.int64]) -> dict[str, Any]:
    """The score of all rows, and the pairs whose association differs most."""
    first, second = associations(coded.real, chosen), associations(coded.synthetic, chosen)
    gaps = np.triu(np.abs(first - second), 1)
    worst = [divmod(int(place), len(chosen)) for place in np.argsort(-gaps, axis=None, kind="stable")[:WORST]]
    return {
        "full": _alike(first, second),
        "worst": [
            {
                "columns": [case.columns[chosen[a]], case.columns[chosen[b]]],
                "real": float(first[a, b]),
                "synthetic": float(second[a, b]),
            }
            for a, b in worst
            if a < b
        ],
    }
