"""Companions: the column before that runs most alongside an ordered one, and the code that it leads to expect.

One column may all but repeat another: the balance of a month that of the last, a part the whole. Trees then need the
code of the one to tell each bit of the other, and a question of its own for every place where a code may part. How far
the code that the companion leads to expect lies from where the codes of a node part is one question for all nodes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.encoding.codes import Domain
from understudy.engines.scores import CODES, COUNTED, LEAST_CODES, normal, spread_out

LEAST = 0.6
"""Correlation of normal scores at least."""
BEHIND = 30
"""Rows at least that a median is taken of."""
UNIT = 64
CHUNK = 4096


class Companion(NamedTuple):
    """The column before that runs alongside.

    Attributes:
        column: its place among all columns.
        expected: the median code of the column told, by the code of the companion, uint8 (256,).
    """

    column: int
    expected: NDArray[np.uint8]


def companions(
    codes: NDArray[np.uint8], domains: Sequence[Domain], given: int, before: Sequence[NDArray[np.int64]]
) -> list[Companion | None]:
    """The companion of every column after the first `given`, None where none is near enough.

    It is the column whose normal score correlates most with the column's own, by .6 at least; both have nine ordered
    codes at least.

    Args:
        codes: rows to learn from, uint8 (columns, rows); 65 536 of them, evenly spread, are looked at.
        domains: of all columns.
        given: columns that are not told.
        before: of each column told, those that may be its companion.
    """
    codes = codes[:, spread_out(codes.shape[1], COUNTED)]
    near = _correlation(codes, domains)

    def companion(column: int, others: NDArray[np.int64]) -> Companion | None:
        best = max(others.tolist(), key=lambda each: near[column, each], default=column)
        if best == column or near[column, best] < LEAST:
            return None
        return Companion(best, _medians(codes[best], codes[column], domains[best].size, domains[column].size))

    return [companion(column, others) for column, others in enumerate(before, given)]


def _correlation(codes: NDArray[np.uint8], domains: Sequence[Domain]) -> NDArray[np.float64]:
    """The size of the correlation of every two columns' normal scores, 0 where one has none, (columns, columns).

    Scores stand on a grid of 1/64, so that sums of their products are whole numbers, and exact.
    """
    scored = [place for place, domain in enumerate(domains) if domain.ordered and domain.size >= LEAST_CODES]
    tables = [np.rint(UNIT * normal(codes[place], domains[place]).astype(np.float64)) for place in scored]
    sums, products = np.zeros(len(scored)), np.zeros((len(scored), len(scored)))
    for first in range(0, codes.shape[1], CHUNK):
        values = np.array(
            [table[codes[place, first : first + CHUNK]] for place, table in zip(scored, tables, strict=True)]
        )
        sums += values.sum(axis=-1)
        products += values @ values.T
    around = products - np.outer(sums, sums) / max(codes.shape[1], 1)
    spread = np.sqrt(np.diag(around))
    found = np.zeros((len(domains), len(domains)))
    found[np.ix_(scored, scored)] = np.abs(around) / np.maximum(np.outer(spread, spread), 1.0)
    return found


def _medians(codes: NDArray[np.uint8], told: NDArray[np.uint8], size: int, most: int) -> NDArray[np.uint8]:
    """The median code told by each code of a companion and as many neighbours as have 30 rows, uint8 (256,).

    Args:
        codes: of the companion, (rows,).
        told: of the column told, (rows,).
        size: codes of the companion.
        most: codes of the column told.
    """
    counts = np.bincount(codes.astype(np.int64) * most + told, minlength=size * most).reshape(size, most)
    above = np.concatenate([np.zeros((1, most), dtype=np.int64), np.cumsum(counts, axis=0)])
    rows = above.sum(axis=1)
    first, last = np.arange(size), np.arange(size) + 1
    for _ in range(size):
        few = rows[last] - rows[first] < BEHIND
        first, last = np.maximum(first - few, 0), np.minimum(last + few, size)
    below = np.cumsum(above[last] - above[first], axis=1)
    out = np.zeros(CODES, dtype=np.uint8)
    out[:size] = np.argmax(2 * below >= below[:, -1:], axis=1)
    return out
