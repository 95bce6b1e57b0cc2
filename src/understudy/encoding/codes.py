"""Codes: the one form in which every engine sees a table.

Every cell is two small digits, coarse and fine. Coarse code 0 stands for a missing cell where a column has any;
frequent values have codes of their own; the rest share a coarse code with their neighbours and differ in the fine
digit. A pair (coarse, fine) is a *cell* of the column's domain; cells are numbered coarse by coarse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

MOST_COARSE = 256
MOST_FINE = 65_536

Masks = Mapping[int, NDArray[np.float64]]
"""For each restricted column (by place): the share of every cell that is allowed, shape (cells,), in [0, 1]."""


@dataclass(frozen=True, eq=False)
class Domain:
    """The codes a column may take.

    Attributes:
        depth: number of fine codes under each coarse code, shape (size,), each at least 1.
        ordered: whether coarse codes above the missing one ascend with the value.
        missing: whether coarse code 0 means a missing cell.
    """

    depth: NDArray[np.int64]
    ordered: bool
    missing: bool

    def __post_init__(self) -> None:
        if not 1 <= len(self.depth) <= MOST_COARSE:
            raise ValueError(f"{len(self.depth)} coarse codes do not fit in one byte")
        if self.depth.min() < 1 or self.depth.max() > MOST_FINE:
            raise ValueError(f"{self.depth.min()} to {self.depth.max()} fine codes do not fit in two bytes")

    @property
    def size(self) -> int:
        """Number of coarse codes."""
        return len(self.depth)

    @cached_property
    def start(self) -> NDArray[np.int64]:
        """First cell of each coarse code, and the number of cells at the end, shape (size + 1,)."""
        return np.concatenate([[0], np.cumsum(self.depth)]).astype(np.int64)

    @property
    def cells(self) -> int:
        """Number of (coarse, fine) pairs."""
        return int(self.start[-1])

    def cell(self, coarse: NDArray[np.uint8], fine: NDArray[np.uint16]) -> NDArray[np.int64]:
        """Number of the cell of each pair, shape (rows,)."""
        return self.start[coarse] + fine

    def split(self, cell: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """Coarse and fine digit of each cell number."""
        coarse = np.repeat(np.arange(self.size), self.depth)[cell]
        return coarse.astype(np.uint8), (cell - self.start[coarse]).astype(np.uint16)


@dataclass(frozen=True, eq=False)
class Codes:
    """An encoded table.

    Attributes:
        coarse: coarse digits, shape (columns, rows).
        fine: fine digits, shape (columns, rows).
        domains: one per column.
    """

    coarse: NDArray[np.uint8]
    fine: NDArray[np.uint16]
    domains: tuple[Domain, ...]

    def __len__(self) -> int:
        return self.coarse.shape[1]

    def take(self, rows: NDArray[np.int64] | slice) -> "Codes":
        """These rows alone."""
        return Codes(np.ascontiguousarray(self.coarse[:, rows]), np.ascontiguousarray(self.fine[:, rows]), self.domains)

    def cells(self, column: int) -> NDArray[np.int64]:
        """Cell numbers of one column, shape (rows,)."""
        return self.domains[column].cell(self.coarse[column], self.fine[column])


def stack(parts: Sequence[Codes]) -> Codes:
    """The rows of several encoded tables of the same domains, one after the other."""
    return Codes(
        np.concatenate([part.coarse for part in parts], axis=1),
        np.concatenate([part.fine for part in parts], axis=1),
        parts[0].domains,
    )
