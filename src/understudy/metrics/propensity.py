"""Propensity: does a logistic model tell the stand-in from the training rows better than chance?"""

from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.execution.algebra import one_thread
from understudy.metrics.case import Case, Grid
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import Figure, common, sample, several
from understudy.metrics.states import states

BINS = 5
MOST = 5_000
MOST_REAL = 10_000
FEWEST = 40
ROWS_A_TERM = 20
MOST_TERMS = 200
STEPS = 25
RIDGE = 1e-3
STEEPEST = 30.0
GAIN = 1e-9
FAR = 1e-2


@metric("fidelity.spmse", better="low")
def spmse(case: Case) -> Measure:
    """Propensity (S_pMSE): how much better than chance a logistic model tells the stand-in from the training rows.

    pMSE = Σ (p̂ - c)² / N, c the share of synthetic rows, over its expectation for rows drawn from the distribution
    fitted to these very training rows: 1 is a perfect synthesiser, and a new sample of the population stands at
    `parts["nulls"]["independent"]`, which is 2 where both sides have as many rows (Snoke, Raab, Nowok, Dibben and
    Slavkovic, "General and specific utility measures for synthetic data", JRSS A 181, 2018). Main effects of columns in
    at most five states each, cut at the real quintiles (`understudy.metrics.states`), and products of every two columns
    cut in halves; a term for every 20 rows and 200 at most, for which columns and products are drawn where need be. At
    most 10 000 training rows and 5 000 others a draw; `parts["main"]` has main effects alone.
    """
    size = common(case, MOST)
    if size < FEWEST:
        return spmse.none(f"fewer than {FEWEST} rows at the common size are too few for a propensity model")
    coded, rng = states(case, BINS), case.rng("spmse")
    real = sample(coded.real, MOST_REAL, rng)
    terms = _terms(coded, min(MOST_TERMS, (len(real) + size) // ROWS_A_TERM), rng)
    score = partial(_ratios, terms, real, len(real) / len(case.real))
    with one_thread():
        known = several(coded, lambda _: score, MOST)
    freedom = known["freedom"].value
    figures = {name: _with_interval(known[name], freedom) for name in ("ratio", "main")}
    both = {"fitted": 1.0, "independent": independent(len(real), size, len(real) / len(case.real))}
    parts: dict[str, Any] = {"size": size, "real_size": len(real), "nulls": both, "columns": terms.columns}
    parts |= {"main": figures["main"].to_dict(), "freedom": freedom, "pmse": known["pmse"].value}
    note = "1 is what rows drawn from the distribution of the training rows reach, more is easier to tell apart"
    empty = "no judged column varies" if figures["ratio"].value is None else note
    return figures["ratio"].measure("fidelity.spmse", parts, empty, "low")


def _with_interval(figure: Figure, freedom: float | None) -> Figure:
    """The figure with the 95 % prediction interval of another of its size.

    Draws share their training rows and tell too little. The figure is about a chi-squared value over its degrees of
    freedom, off centre where it is above 1: its variance is 2 (2 S - 1) / df, and twice that for the difference of two.
    """
    if figure.value is None or not freedom:
        return replace(figure, low=None, high=None)
    half = 1.959964 * np.sqrt(4 * (2 * figure.value - 1 if figure.value > 1 else figure.value**2) / freedom)
    return replace(figure, low=max(0.0, float(figure.value - half)), high=float(figure.value + half))


def independent(real: int, other: int, share: float = 1.0) -> float:
    """S_pMSE to be expected of an independent sample of the population.

    The mean difference between the two sides has variance 1/n + 1/r, less 1/N where the others are drawn from the
    distribution of the N rows of which these r are some: r = n = N gives 2.

    Args:
        real: rows r on the real side.
        other: rows n on the other.
        share: r / N.

    >>> independent(500, 500)
    2.0
    """
    return (1 / other + 1 / real) / (1 / other + (1 - share) / real)


@dataclass(frozen=True, eq=False)
class Terms:
    """What a propensity model is made of.

    Attributes:
        effects: column and state of each main effect.
        products: the two columns of each product.
        halves: the last state of the lower half of each column.
    """

    effects: tuple[tuple[int, int], ...]
    products: tuple[tuple[int, int], ...]
    halves: NDArray[np.int64]

    @property
    def columns(self) -> int:
        """Number of columns with a main effect."""
        return len({column for column, _ in self.effects})

    def design(self, grid: Grid) -> NDArray[np.float32]:
        """The model's matrix, (rows, 1 + terms): a column of ones, then effects, then products."""
        upper = grid.codes > self.halves
        effects = [grid.codes[:, column] == state for column, state in self.effects]
        products = [upper[:, a] & upper[:, b] for a, b in self.products]
        return np.column_stack([np.ones(len(grid), dtype=bool), *effects, *products]).astype(np.float32)


def _terms(coded: Case, most: int, rng: np.random.Generator) -> Terms:
    """Main effects of columns in random order up to three quarters of the terms, then products of those columns."""
    sides = [grid.codes for grid in (coded.real, coded.synthetic, coded.holdout) if grid is not None]
    effects: list[tuple[int, int]] = []
    kept: list[int] = []
    for column in rng.permutation(len(coded.columns)).tolist():
        base = int(np.bincount(sides[0][:, column]).argmax())
        seen = sorted({int(state) for side in sides for state in np.unique(side[:, column])} - {base})
        if seen and (not kept or len(effects) + len(seen) <= 0.75 * most):
            effects += [(column, state) for state in seen]
            kept.append(column)
    products = list(combinations(sorted(kept), 2))
    chosen = np.sort(rng.permutation(len(products))[: max(0, most - len(effects))])
    halves = np.array([_half(column) for column in sides[0].T])
    return Terms(tuple(effects), tuple(products[place] for place in chosen), halves)


def _half(column: NDArray[np.int32]) -> int:
    """The state up to which the share of rows is nearest to a half; all but the last can be it."""
    below = np.cumsum(np.bincount(column, minlength=2))[:-1] / len(column)
    return int(np.abs(below - 0.5).argmin())


def _ratios(terms: Terms, real: Grid, share: float, other: Grid) -> dict[str, float | None]:
    """S_pMSE with all terms and with main effects alone, against rows drawn from the fitted distribution."""
    rows = np.vstack([terms.design(real), terms.design(other)])
    truth = np.arange(len(rows)) >= len(real)
    whole, main = (propensity(rows[:, :width], truth) for width in (rows.shape[1], 1 + len(terms.effects)))
    c = len(other) / len(rows)
    null = c**2 * (1 - c) ** 2 * (1 / len(other) + (1 - share) / len(real))
    ratio, alone = (each.pmse / (each.freedom * null) if each.freedom else None for each in (whole, main))
    return {"ratio": ratio, "main": alone, "pmse": whole.pmse, "freedom": whole.freedom}


class Propensity(NamedTuple):
    """What a fitted propensity model says.

    Attributes:
        pmse: mean squared distance of the fitted probabilities from the share of others.
        freedom: number of terms that can be told apart.
    """

    pmse: float
    freedom: int


def propensity(rows: NDArray[np.float32], truth: NDArray[np.bool_]) -> Propensity:
    """Logistic regression by iteratively reweighted least squares, with a ridge of 0.001 for sides that never meet.

    Args:
        rows: (rows, terms) of zeros and ones, the first column of ones.
        truth: (rows,) whether a row is one of the others.
    """
    rows = rows[:, rows.any(axis=0)]
    gram, share = (rows.T @ rows).astype(float), float(truth.mean())
    freedom = int((np.linalg.eigvalsh(gram) > 1e-6 * len(rows) / len(gram)).sum()) - 1
    weights = np.zeros(len(gram))
    weights[0] = np.log(share / (1 - share))
    fitted = _newton(rows, truth, weights, share * (1 - share) * gram)
    return Propensity(float(np.mean((_chance(rows, fitted) - share) ** 2)), freedom)


def _newton(
    rows: NDArray[np.float32], truth: NDArray[np.bool_], weights: NDArray[np.float64], curvature: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights of the largest penalised likelihood, from the first weights and the curvature there."""
    ridge, best, step = RIDGE * np.eye(len(weights)), np.inf, np.zeros(len(weights))
    for _ in range(STEPS):
        chance = _chance(rows, weights)
        loss = RIDGE / 2 * weights @ weights - np.log(np.where(truth, chance, 1 - chance)).sum()
        if loss > best + GAIN * len(rows):
            step = step / 2
            weights = weights - step
            continue
        # near the null the first curvature serves to the end
        if best - loss > FAR * len(rows) and np.isfinite(best):
            curvature = ((rows.T * (chance * (1 - chance)).astype(np.float32)) @ rows).astype(float)
        best = loss
        slope = rows.T @ (truth - chance).astype(np.float32) - RIDGE * weights
        step = np.linalg.solve(curvature + ridge, slope)
        weights = weights + step
        if slope @ step < GAIN * len(rows):
            break
    return weights


def _chance(rows: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    line = (rows @ weights.astype(np.float32)).astype(float)
    return 1 / (1 + np.exp(-np.clip(line, -STEEPEST, STEEPEST)))
