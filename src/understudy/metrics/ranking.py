"""The area under the ROC curve, its standard error, and its bootstrap."""

import numpy as np
from numpy.typing import NDArray


def midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, ties sharing their mean.

    >>> midranks(np.array([2.0, 1.0, 2.0]))
    array([2.5, 1. , 2.5])
    """
    ordered = np.sort(values)
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") + 1) / 2


def auc(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> tuple[float, float]:
    """Area under the ROC curve and its variance (DeLong, DeLong and Clarke-Pearson 1988, by mid-ranks).

    Args:
        truth: (rows,) whether a row is positive.
        scores: (rows,) higher for positive.

    Returns:
        The area, NaN without both classes, and its variance, NaN with fewer than two rows of a class.
    """
    positive, negative = scores[truth], scores[~truth]
    m, n = len(positive), len(negative)
    if not m or not n:
        return float("nan"), float("nan")
    ranks = midranks(np.concatenate([positive, negative]))
    above = (ranks[:m] - midranks(positive)) / n
    below = 1 - (ranks[m:] - midranks(negative)) / m
    if min(m, n) < 2:
        return float(above.mean()), float("nan")
    return float(above.mean()), float(above.var(ddof=1) / m + below.var(ddof=1) / n)


def weighted_auc(truth: NDArray[np.bool_], scores: NDArray[np.float64], weights: NDArray[np.int64]) -> NDArray:
    """The area for several weightings of the rows at once, as a bootstrap needs it.

    Args:
        truth: (rows,).
        scores: (rows,).
        weights: (weightings, rows) times each row was drawn.

    Returns:
        (weightings,), NaN where a class was not drawn.
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.nan) != 0)
    drawn, positive = weights[:, order], truth[order]
    up = np.add.reduceat(drawn * positive, starts, axis=1).astype(float)
    down = np.add.reduceat(drawn * ~positive, starts, axis=1).astype(float)
    lower = np.cumsum(down, axis=1) - down
    with np.errstate(invalid="ignore"):
        return (up * (lower + down / 2)).sum(axis=1) / (up.sum(axis=1) * down.sum(axis=1))


def resamples(rows: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How often each row is drawn in each bootstrap sample, (count, rows)."""
    return rng.multinomial(rows, np.full(rows, 1 / rows), size=count)
