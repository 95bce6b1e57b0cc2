"""Sums of functions of the columns before, by least squares: where guides begin.

What boosted trees need many questions for, least squares tells at once (additive models: Hastie and Tibshirani,
*Statistical Science* 1, 1986). All functions stand on a grid of 1/64, so that their products, summed over rows, are
whole numbers, and exact in whatever order they are added up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.engines.levels import Data
from understudy.engines.scores import CODES
from understudy.kernels.sums import add_tables, totals

UNIT = 64
RIDGE = 50.0
MOST_ROWS, LEAST_ROWS, PRODUCTS, CHUNK = 65_536, 8192, 2**33, 4096


class Sum(NamedTuple):
    """Functions of single columns that are added up.

    Attributes:
        columns: int64 (columns,).
        tables: what their codes count, float32 (columns, 256).
    """

    columns: NDArray[np.int64]
    tables: NDArray[np.float32]

    def of(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The sum for every row, float32 (rows,), from the codes of all columns so far."""
        out = np.zeros(codes.shape[1], dtype=np.float32)
        add_tables(codes, self.columns, self.tables, out)
        return out


@dataclass(frozen=True, eq=False)
class Basis:
    """The functions, and their products summed over rows learned.

    Attributes:
        codes: of all columns, uint8 (columns, rows).
        column: whose code each function is of, ascending, int64 (functions,).
        tables: what each code counts, in 1/64, float64 (functions, 256).
        halves: rows of each half of those learned that are asked, two arrays of int64.
        products: of every two functions, the last being 1, summed over each half, float64 (2, functions + 1, …).
    """

    codes: NDArray[np.uint8]
    column: NDArray[np.int64]
    tables: NDArray[np.float64]
    halves: tuple[NDArray[np.int64], NDArray[np.int64]]
    products: NDArray[np.float64]

    @classmethod
    def of(cls, data: Data, scores: Sequence[NDArray[np.float32]], order: NDArray[np.int64]) -> "Basis":
        """Of an ordered column its score and how far that is from 0, of others all scores; and whether one is missing.

        Args:
            data: the rows.
            scores: of each column, float32 (scores, size).
            order: rows learned by chance; the first half of them is one, the others are the other.
        """
        column, tables = [], []
        for place, (domain, mine) in enumerate(zip(data.domains, scores, strict=True)):
            absent = (np.arange(domain.size) == 0)[None] if domain.missing and domain.ordered else ()
            for each in (*mine, *(np.abs(mine) if domain.ordered else ()), *absent):
                column.append(place)
                tables.append(np.pad(np.rint(UNIT * each), (0, CODES - domain.size)))
        most = int(np.clip(PRODUCTS // (len(tables) + 1) ** 2, LEAST_ROWS, MOST_ROWS)) // 2
        held = data.codes, np.array(column, dtype=np.int64), np.array(tables, dtype=np.float64).reshape(-1, CODES)
        first, second = (half[:most] for half in np.split(order, [len(order) // 2]))
        every = np.arange(len(tables))
        products = np.array([_products(*held, every, rows) for rows in (first, second)])
        return cls(*held, (first, second), products)

    def fitted(
        self, sources: NDArray[np.int64], known: NDArray[np.bool_], aim: NDArray[np.float32]
    ) -> tuple[Sum, Sum, Sum]:
        """The sums nearest to an aim by least squares: as all rows have it, as the first half has, as the other has.

        A ridge of 50 rows whose functions are 1 is added.

        Args:
            sources: columns whose functions may be added up, ascending.
            known: the rows that have an aim, of all rows.
            aim: of all rows.
        """
        mine = np.flatnonzero(np.isin(self.column, sources))
        place = np.searchsorted(sources, self.column[mine])
        sides = []
        for rows, products in zip(self.halves, self.products, strict=True):
            there = rows[known[rows]]
            gone = rows[~known[rows]]
            corner = np.ix_(*[np.append(mine, len(self.column))] * 2)
            held = self.codes, self.column, self.tables, mine
            both = products[corner] - _products(*held, gone) if len(gone) <= len(there) else _products(*held, there)
            total = np.zeros((len(sources), CODES))
            totals(self.codes, sources, there, aim[there].astype(np.float64), total)
            sides.append((both, np.append((self.tables[mine] * total[place]).sum(axis=1), aim[there].sum(dtype=float))))
        (first, told), (second, said) = sides
        whole = first + second, told + said
        found = [self._solved(sources, mine, place, *side) for side in (whole, *sides)]
        return found[0], found[1], found[2]

    def _solved(
        self,
        sources: NDArray[np.int64],
        mine: NDArray[np.int64],
        place: NDArray[np.int64],
        products: NDArray[np.float64],
        told: NDArray[np.float64],
    ) -> Sum:
        """The sum whose weights solve the normal equations."""
        rows = max(products[-1, -1], 1.0)
        middle, mean = products[-1, :-1] / rows, told[-1] / rows
        around = products[:-1, :-1] - rows * np.outer(middle, middle)
        around[np.diag_indices(len(mine))] += RIDGE * UNIT**2
        weight = np.linalg.solve(around, told[:-1] - rows * middle * mean)
        tables = np.zeros((len(sources), CODES))
        np.add.at(tables, place, weight[:, None] * self.tables[mine])
        tables[:1] += mean - weight @ middle
        return Sum(sources, tables.astype(np.float32))


def _products(
    codes: NDArray[np.uint8],
    column: NDArray[np.int64],
    tables: NDArray[np.float64],
    mine: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The products of every two of some functions, and of each with 1, summed over rows."""
    found = np.zeros((len(mine) + 1, len(mine) + 1))
    for begin in range(0, len(rows), CHUNK):
        some = rows[begin : begin + CHUNK]
        values = np.ones((len(mine) + 1, len(some)))
        for each, into in zip(mine.tolist(), values, strict=False):
            np.take(tables[each], codes[column[each], some], out=into)
        found += values @ values.T
    return found
