"""How alike two samples of one column are."""

import numpy as np
from numpy.typing import NDArray

DECIMALS = 14
UNSEEN = 1e-6


def ks_complement(real: NDArray[np.float64], synthetic: NDArray[np.float64]) -> float:
    """1 minus the Kolmogorov-Smirnov statistic (KSComplement of SDMetrics); NaN where a side has no value.

    Args:
        real: values, NaN for missing ones, which are left out.
        synthetic: values, NaN for missing ones.
    """
    first, second = _rounded(real), _rounded(synthetic)
    if not len(first) or not len(second):
        return float("nan")
    both = np.concatenate([first, second])
    gaps = np.searchsorted(first, both, side="right") / len(first)
    return float(1 - np.abs(gaps - np.searchsorted(second, both, side="right") / len(second)).max())


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    # SDMetrics rounds to 14 decimals; above 2^53 units of that grid rounding changes nothing and may overflow
    known = values[~np.isnan(values)]
    fine = np.abs(known) < 2**53 / 10.0**DECIMALS
    known[fine] = np.round(known[fine], DECIMALS)
    return np.sort(known)


def tv_complement(real: NDArray[np.int32], synthetic: NDArray[np.int32], levels: int) -> float:
    """1 minus the total variation distance (TVComplement of SDMetrics); NaN where a side has no value.

    A level that only the synthetic column has counts as 1e-6 real rows, as in SDMetrics.

    Args:
        real: codes, -1 for missing ones, which are left out.
        synthetic: codes, -1 for missing ones.
        levels: number of levels.
    """
    first = np.bincount(real[real >= 0], minlength=levels).astype(float)
    second = np.bincount(synthetic[synthetic >= 0], minlength=levels)
    if not first.sum() or not second.sum():
        return float("nan")
    first[(first == 0) & (second > 0)] = UNSEEN
    return float(1 - np.abs(first / first.sum() - second / second.sum()).sum() / 2)
