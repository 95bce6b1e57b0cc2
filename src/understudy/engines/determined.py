"""Columns that determine others: a code and its name, an area and its region, a copy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from understudy.encoding.codes import Domain
from understudy.engines.scores import COUNTED, spread_out

GLANCE, LIKELY, SURE = 2048, 0.9, 0.98


def determining(
    codes: NDArray[np.uint8], domains: Sequence[Domain], given: int, before: Sequence[NDArray[np.int64]]
) -> list[NDArray[np.int64]]:
    """The columns before that determine each column after the first `given`.

    Where an order is kept, what a code that is a mere name leads to has to be asked for code by code; once codes are
    sorted by where they lead, one question does.

    Args:
        codes: rows to learn from, uint8 (columns, rows); 65 536 of them, evenly spread, are looked at.
        domains: of all columns.
        given: columns that are not told.
        before: of each column told, those that may determine it.
    """
    glance, some = (codes[:, spread_out(codes.shape[1], most)] for most in (GLANCE, COUNTED))

    def sure(column: int, other: int) -> bool:
        sizes = domains[column].size, domains[other].size
        return _tau(glance[column], glance[other], *sizes) >= LIKELY and _tau(some[column], some[other], *sizes) >= SURE

    return [
        np.array([each for each in others.tolist() if sure(column, each)], dtype=np.int64)
        for column, others in enumerate(before, given)
    ]


def _tau(told: NDArray[np.uint8], other: NDArray[np.uint8], size: int, most: int) -> float:
    """By how much likelier two rows have the same code of one column if they have the same of another; 1 for always.

    Goodman and Kruskal's tau ("Measures of association for cross classifications", *Journal of the American Statistical
    Association* 49, 1954), of pairs of rows, so that chance alone gives 0 on average. 0 where no pair tells.
    """
    both = np.bincount(other.astype(np.int64) * size + told, minlength=most * size)
    own, alike = np.bincount(told, minlength=size), both.reshape(most, size).sum(axis=1)
    same, among, agree, pairs = (float((each * (each - 1)).sum()) for each in (both, alike, own, np.array([len(told)])))
    usual = agree / max(pairs, 1.0)
    return (same / among - usual) / (1 - usual) if among > 0 and usual < 1 else 0.0
