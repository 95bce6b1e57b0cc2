"""How often would as much be won if training and holdout rows changed places at random?

A stand-in that knows the population alone was drawn without regard to which real rows are training rows. Given it,
every division of the real rows under attack in training and holdout rows is as likely as the true one: p-values counted
over divisions hold for any number of rows, however rare right guesses are, and far out in the tail too, where the
correction for many attacks looks.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

MOST, ENOUGH = 2_000, 10
FEW = 64


def fisher(hits: int, trials: int, others: int, controls: int) -> float:
    """Chance of so many of all hits among the trials, all being as likely to hit (Fisher's exact test, one-sided).

    >>> round(fisher(3, 3, 0, 3), 6)  # one of the 20 ways to choose three of six
    0.05
    """
    from scipy.stats import hypergeom

    return min(1.0, float(hypergeom.sf(hits - 1, trials + controls, hits + others, trials)))


def often(draws: Iterable[float], found: float, most: int = MOST) -> float:
    """p-value of what was found among draws under chance alone; few are looked at where the first ones exceed it.

    It ends with the tenth draw that is as high: p = 10 / draws; else p = (draws as high + 1) / (draws + 1). Both are
    valid at every level (Besag and Clifford, "Sequential Monte Carlo p-values", Biometrika 78, 1991).

    Args:
        draws: independent values under chance, as many as `most`.
        found: the value in question; what differs from it by less than rounding is as high.
        most: draws looked at; no p is below 1 / (most + 1).

    >>> often([1.0] * 10, 0.0)
    1.0
    >>> often([0.0] * 19, 1.0, 19)
    0.05
    """
    high, line = 0, found - 1e-9 * max(1.0, abs(found))
    for count, value in enumerate(islice(draws, most), 1):
        high += bool(value >= line)
        if high == ENOUGH:
            return ENOUGH / count
    return (high + 1) / (most + 1)


def permuted(inside: NDArray, outside: NDArray) -> float:
    """p-value of a mean that is higher inside, over divisions of all values in two sides of these sizes.

    Of two values the test is Fisher's; of at most 64 it is counted over 2 000 random divisions; of more the mean is
    taken for normal, with its variance over divisions (ranks of many values have no far tail).

    Args:
        inside: what was won on each training row, (rows,), at least one.
        outside: what was won on each holdout row, (rows,), at least one.
    """
    values, places = np.unique(np.concatenate([inside, outside]).astype(np.float64), return_inverse=True)
    count, total = len(inside), len(inside) + len(outside)
    often_inside, each = (np.bincount(part, minlength=len(values)) for part in (places[:count], places))
    if len(values) == 1:
        return 1.0
    if len(values) == 2:
        return fisher(int(often_inside[1]), count, int(each[1] - often_inside[1]), total - count)
    if len(values) <= FEW:
        return often(_sums(values, each, count), float(values @ often_inside))
    return _normal(values, each, count, float(values @ often_inside))


def _sums(values: NDArray[np.float64], each: NDArray[np.int64], count: int) -> Iterator[float]:
    """Sums of so many of all values drawn without replacement."""
    rng = np.random.Generator(np.random.Philox(0))
    for size in (100, MOST):
        yield from rng.multivariate_hypergeometric(each, count, size, method="marginals") @ values


def _normal(values: NDArray[np.float64], each: NDArray[np.int64], count: int, found: float) -> float:
    from scipy.stats import norm

    total = each.sum()
    middle = float(values @ each / total)
    spread = float((values - middle) ** 2 @ each / (total - 1)) * count * (1 - count / total)
    return float(norm.sf((found - count * middle) / np.sqrt(spread)))
