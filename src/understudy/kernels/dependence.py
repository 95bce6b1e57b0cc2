"""How much columns of codes tell of one another."""

from collections.abc import Sequence

import numba
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def _information(first, second, size_first, size_second):
    """Mutual information (nats) of two columns of codes, less its expectation under independence."""
    rows = first.shape[0]
    if rows == 0:
        return 0.0
    joint = np.zeros((size_first, size_second), dtype=np.int32)
    left = np.zeros(size_first, dtype=np.int32)
    right = np.zeros(size_second, dtype=np.int32)
    for row in range(rows):
        joint[first[row], second[row]] += 1
        left[first[row]] += 1
        right[second[row]] += 1
    total = 0.0
    kinds_left, kinds_right = 0, 0
    for i in range(size_first):
        kinds_left += left[i] > 0
        for j in range(size_second):
            here = joint[i, j]
            if here > 0:
                total += here * np.log(here * rows / (float(left[i]) * right[j]))
    for j in range(size_second):
        kinds_right += right[j] > 0
    return total / rows - (kinds_left - 1) * (kinds_right - 1) / (2.0 * rows)


@numba.njit(cache=True, nogil=True)
def _against(coarse, sizes, column):
    """Information each earlier column holds on this one, shape (column,)."""
    found = np.empty(column)
    for other in range(column):
        found[other] = _information(coarse[other], coarse[column], sizes[other], sizes[column])
    return found


def information(coarse: NDArray[np.uint8], sizes: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
    """Mutual information (nats) of every two columns, less its expectation under independence, (columns, columns).

    Args:
        coarse: codes, shape (columns, rows).
        sizes: number of codes of each column.
    """
    found = np.zeros((len(coarse), len(coarse)))
    for column in range(len(coarse)):
        found[column, :column] = _against(coarse, np.asarray(sizes, dtype=np.int64), column)
    return found + found.T


def nearest_columns(
    coarse: NDArray[np.uint8], sizes: Sequence[int], most: int, given: int, rng: Generator, sample: int = 2000
) -> list[NDArray[np.int64]]:
    """For each column after the first `given`: the earlier columns that tell most of it, at most `most`, in order.

    Mutual information with the Miller-Madow correction (Miller, 1955) on a sample of rows; codes are gathered into at
    most 16 neighbouring groups first, so that a sample suffices.
    """
    columns = len(coarse)
    if columns - 1 <= most:
        return [np.arange(column) for column in range(given, columns)]
    grouped, few = _sampled(coarse, sizes, rng, sample)
    chosen = []
    for column in range(given, columns):
        found = _against(grouped, few, column)
        chosen.append(np.sort(np.argsort(-found, kind="stable")[:most]))
    return chosen


def dependence(
    coarse: NDArray[np.uint8], sizes: Sequence[int], rng: Generator, sample: int = 2000
) -> NDArray[np.float64]:
    """Mutual information of every two columns, (columns, columns), of a sample in groups as in `nearest_columns`."""
    return information(*_sampled(coarse, sizes, rng, sample))


def _sampled(
    coarse: NDArray[np.uint8], sizes: Sequence[int], rng: Generator, sample: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Some rows, their codes gathered, and the number of groups of each column."""
    columns, rows = coarse.shape
    picked = rng.choice(rows, size=min(sample, rows), replace=False)
    grouped = np.empty((columns, len(picked)), dtype=np.uint8)
    few = np.empty(columns, dtype=np.int64)
    for column in range(columns):
        grouped[column], few[column] = _gathered(coarse[column, picked], sizes[column])
    return grouped, few


def _gathered(codes: NDArray[np.uint8], size: int, most: int = 16) -> tuple[NDArray[np.uint8], int]:
    """Codes gathered into at most `most` neighbouring groups of like mass."""
    if size <= most:
        return codes, size
    mass = np.cumsum(np.bincount(codes, minlength=size))
    group = np.minimum((mass - 1) * most // max(len(codes), 1), most - 1)
    return np.maximum(group, 0)[codes].astype(np.uint8), most
