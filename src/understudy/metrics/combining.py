"""The rules that make one result of the analyses of several synthetic copies.

Every rule is a weighted sum T = a v̄ + c b + e w: v̄ is the mean of the variances that the fits report, b the variance of
the estimates between copies (or between nests), w their mean variance inside a nest. The same weights serve variances
and covariance matrices, and Satterthwaite's degrees of freedom of the sum are those of the papers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.errors import ArgumentError
from understudy.metrics.fits import Array, Copies

DOUBT = 0.001


class Weights(NamedTuple):
    """What the variance within copies, between copies or nests, and inside nests count for."""

    within: float
    between: float = 0.0
    inner: float = 0.0


Weighing = Callable[[int, int, float], Weights]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One way to combine.

    Attributes:
        weights: of nests (copies) m, copies a nest r, and k / n.
        instead: weights where the variance comes out negative, None where it cannot.
        mend: `instead` as a formula.
        scatter: what b / v̄ is expected to be, from k / n; None where that is open.
        fewest: nests (copies) needed.
        sizes: n and k are "needed", taken to be "equal" where unknown, or needed only for "mending".
        holds: when it holds, in a sentence.
        source: the paper.
    """

    weights: Weighing
    instead: Weighing | None = None
    mend: str = ""
    scatter: Callable[[float], float] | None = None
    fewest: int = 1
    sizes: str = "needed"
    holds: str
    source: str


RULES: Mapping[str, Rule] = {
    "observed": Rule(
        weights=lambda m, r, ratio: Weights(ratio),
        holds="estimates what the real rows would give, with the interval they would have; the chance of the synthesis "
        "is left out, so the interval is too narrow for the population",
        source="Raab, Nowok and Dibben 2016",
    ),
    "simple": Rule(
        weights=lambda m, r, ratio: Weights(ratio + 1 / m),
        scatter=lambda ratio: 1.0,
        holds="holds where every column of the analysis was synthesised by a right model fitted once to the real rows "
        "(no posterior draws), rows are independent and n is large",
        source="Raab, Nowok and Dibben 2016",
    ),
    "proper": Rule(
        weights=lambda m, r, ratio: Weights(ratio + (1 + ratio) / m),
        scatter=lambda ratio: 1 + ratio,
        holds="holds where every column of the analysis was synthesised by a right model whose parameters were drawn "
        "anew for each copy (from their posterior, or fitted to a bootstrap sample), rows are independent and n is "
        "large",
        source="Raab, Nowok and Dibben 2016",
    ),
    "partial": Rule(
        weights=lambda m, r, ratio: Weights(ratio, 1 / m),
        fewest=2,
        sizes="equal",
        holds="holds where the copies are the real rows with some columns kept and the others drawn given these by a "
        "right model; better with more than five copies",
        source="Reiter 2003",
    ),
    "full": Rule(
        weights=lambda m, r, ratio: Weights(-1.0, 1 + 1 / m),
        instead=lambda m, r, ratio: Weights(ratio),
        mend="v̄ k / n",
        scatter=lambda ratio: 1 + ratio,
        fewest=2,
        sizes="mending",
        holds="holds where each copy is a sample of a population drawn from the posterior predictive distribution, "
        "with many copies (twenty or more); too narrow for copies of one fitted model",
        source="Raghunathan, Reiter and Rubin 2003; Reiter 2002",
    ),
    "nested": Rule(
        weights=lambda m, r, ratio: Weights(ratio, 1 + 1 / m, -1 / r),
        instead=lambda m, r, ratio: Weights(ratio, 1 + 1 / m),
        mend="v̄ k / n + (1 + 1/m) b",
        fewest=2,
        sizes="equal",
        holds="holds where missing cells were imputed m times first, and each completed table was then partly "
        "synthesised r times, all by right models",
        source="Reiter 2004",
    ),
}


class Total(NamedTuple):
    """The variance of the combined estimates.

    Attributes:
        variances: (coefficients,).
        df: (coefficients,) degrees of freedom of the t distribution, infinite for the normal.
        mended: (coefficients,) whether the rule gave a negative variance and another stands in.
    """

    variances: Array
    df: Array
    mended: NDArray[np.bool_]


def total(rule: Rule, copies: Copies, ratio: float | None) -> Total:
    """Variances and degrees of freedom by a rule.

    Args:
        rule: of `RULES`.
        copies: enough of them.
        ratio: k / n; None where unknown, which only rules bear that do not need them.

    Raises:
        ArgumentError: where a variance is negative and k / n is needed to mend it.
    """
    nests, each = copies.estimates.shape[:2]
    weights = rule.weights(nests, each, 1.0 if ratio is None else ratio)
    variances, df = _weighed(weights, copies)
    mended = variances <= 0 if rule.instead else np.zeros(len(variances), bool)
    mended &= copies.within > 0
    if rule.instead is None or not mended.any():
        return Total(variances, df, mended)
    known = _known(ratio, copies, mended) if rule.sizes == "mending" else ratio
    instead = rule.instead(nests, each, 1.0 if known is None else known)
    others, other_df = _weighed(instead, copies)
    return Total(np.where(mended, others, variances), np.where(mended, other_df, df), mended)


def _known(ratio: float | None, copies: Copies, mended: NDArray[np.bool_]) -> float:
    if ratio is None:
        raise ArgumentError(
            "the variance by this rule is negative, and n and k are needed to mend it",
            where=f"coefficient '{copies.names[int(np.argmax(mended))]}'",
            hint="give n, the real rows, and k, the rows of each copy; or more copies",
            field="n",
        )
    return ratio


def _weighed(weights: Weights, copies: Copies) -> tuple[Array, Array]:
    """Variances, and their degrees of freedom after Satterthwaite (1946): b has m − 1, w has m (r − 1)."""
    nests, each = copies.estimates.shape[:2]
    outer, inner = weights.between * between(copies), weights.inner * inside(copies)
    variances = weights.within * copies.within + outer + inner
    doubt = outer**2 / max(nests - 1, 1) + inner**2 / max(nests * (each - 1), 1)
    df = np.full(len(variances), np.inf)
    np.divide(variances**2, doubt, out=df, where=doubt > 0)
    return variances, df


def between(copies: Copies) -> Array:
    """Variance of the estimates between nests (copies), 0 where there is one."""
    means = copies.estimates.mean(axis=1)
    return means.var(axis=0, ddof=1) if len(means) > 1 else np.zeros(means.shape[1])


def inside(copies: Copies) -> Array:
    """Mean variance of the estimates inside a nest, 0 where copies are not nested."""
    each = copies.estimates.shape[1]
    return copies.estimates.var(axis=1, ddof=1).mean(axis=0) if each > 1 else np.zeros(copies.estimates.shape[2])


def matrix(weights: Weights, copies: Copies) -> Array | None:
    """The weighed sum for covariance matrices; None where one is unknown or the sum is no covariance matrix."""
    if copies.covariance is None:
        return None
    found = weights.within * copies.covariance + weights.between * between_matrix(copies.estimates.mean(axis=1))
    if copies.estimates.shape[1] > 1:
        found = found + weights.inner * np.mean([between_matrix(nest) for nest in copies.estimates], axis=0)
    return found if _semidefinite(found) else None


def between_matrix(estimates: Array) -> Array:
    """Covariance matrix between rows, 0 where there is one."""
    size = estimates.shape[1]
    return np.cov(estimates, rowvar=False).reshape(size, size) if len(estimates) > 1 else np.zeros((size, size))


def _semidefinite(found: Array) -> bool:
    scale = np.sqrt(np.abs(np.diag(found)))
    scale[scale == 0] = 1.0
    return float(np.linalg.eigvalsh(found / np.outer(scale, scale))[0]) >= -1e-10


def sizes(copies: Copies, n: float | None, k: float | None, rule: Rule) -> tuple[float | None, float | None]:
    """Rows of a copy, k, and of the real table, n: as many as in a copy unless said otherwise.

    Raises:
        ArgumentError: they are no numbers, or unknown and needed.
    """
    for name, value in (("n", n), ("k", k)):
        if value is not None and not (isinstance(value, Real) and 0 < value < np.inf):
            raise ArgumentError(f"{name} is no number of rows", hint="give a positive number", field=name)
    rows = k if k is not None else copies.rows
    real = n if n is not None else (rows if copies.rows is not None else None)
    if rule.sizes == "needed" or (real is None) != (rows is None):
        for name, value, what in (("k", rows, "each synthetic copy"), ("n", real, "the real table")):
            if value is None:
                said = "the variance depends on k / n, and the fits do not tell their rows"
                raise ArgumentError(said, hint=f"give {name}, the rows of {what}", field=name)
    return (None if rows is None else float(rows)), (None if real is None else float(real))


def granted(rule: Rule, n: float | None, real: float | None) -> list[str]:
    """What was taken for granted of n."""
    if n is None and real is not None:
        return [f"n, the rows of the real table, is taken to be k = {real:g}; give n where it was another number"]
    if real is None and rule.sizes == "equal":
        return ["k / n is taken to be 1"]
    return []


def cautions(rule: Rule, copies: Copies, ratio: float | None, found: Total) -> list[str]:
    """What to mind: negative variances that were mended, hardly any degrees of freedom, copies unlike the rule's."""
    notes = [_scatter(rule, copies, ratio)]
    if found.mended.any():
        notes.append(
            f"the variance of {_listed(copies, found.mended)} came out negative: {rule.mend} stands in; "
            "more copies would mend it"
        )
    wide = (found.df < 1) & ~found.mended
    if wide.any():
        notes.append(f"less than one degree of freedom for {_listed(copies, wide)}: its interval says nothing")
    nought = found.variances == 0
    if nought.any():
        notes.append(f"the standard error of {_listed(copies, nought)} is 0: there is no test")
    return [note for note in notes if note]


def _listed(copies: Copies, which: Any) -> str:
    found = [f"'{copies.names[at]}'" for at in np.flatnonzero(which)]
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def _scatter(rule: Rule, copies: Copies, ratio: float | None) -> str:
    """Says so where copies differ from one another other than the rule expects: (m − 1) b / (s v̄) is chi-square."""
    from scipy.special import chdtr, chdtrc

    free = len(copies.estimates) - 1
    if rule.scatter is None or ratio is None or not free or not (copies.within > 0).all():
        return ""
    expected = rule.scatter(ratio)
    shares = between(copies) / copies.within / expected
    limit = DOUBT / 2 / len(shares)
    few, many = (float(tail(free, free * shares).min()) < limit for tail in (chdtr, chdtrc))
    if not (few or many):
        return ""
    said = "less than this rule expects: were columns kept ('partial'), or are copies alike?" if few else ""
    said = said or "more than this rule expects: were parameters drawn anew ('proper'), or are rows not independent?"
    return f"the copies differ {said} (b / v̄ is {float(np.median(shares)):.2g} times what it should be, in the median)"
