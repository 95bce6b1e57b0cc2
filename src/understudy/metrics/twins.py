"""How often has an isolated row a twin that nobody copied?

Real tables hold rows that agree in nearly everything: of one person counted twice, or of two people alike. A law for
smooth densities knows nothing of them and calls the second a copy of the first. So no near match is taken to be rarer
than real rows' twins are, and that rate is counted among real rows that are isolated apart from one neighbour.

Two rules were weighed. A rate for each degree of isolation, with one added to its count as in a test by permutation,
would be exact, but of n isolated rows without a twin it allows for one in n: a copied row is one of hundreds, and no
single copy would ever be clear. The simpler one is kept: one rate for all targets, as counted, and only so few targets
that twins which the count misses by luck are rare. It is counted among less isolated rows too, which are thousands;
they lie where rows are denser and have twins no less often, so that their rate errs to the safe side.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MISSED = 2 / np.e
"""Twins to be added for those that luck has hidden. They come in pairs, n r / 2 among n rows if each row has a twin at
the rate r: that a row has one and no pair is seen has the chance r exp(-n r / 2), which is at most 2 / (e n)."""


@dataclass(frozen=True, eq=False)
class Twins:
    """Real rows that are isolated apart from one neighbour.

    Attributes:
        nearest: distances to that neighbour, sorted, (rows,).
        times: synthetic rows / real rows among which the neighbour was sought, at least 1.
    """

    nearest: NDArray[np.float64]
    times: float

    @classmethod
    def of(cls, blocks: NDArray[np.float64], first: int, limit: float, times: float) -> "Twins":
        """Rows whose second nearest row is far.

        Args:
            blocks: (rows, blocks) distance to the nearest other row of each block of the real rows.
            first: of the blocks in which the neighbour may be; by those before it rows were chosen that are alone.
            limit: how far rows of blocks other than the neighbour's must be.
            times: synthetic rows / real rows of the blocks in which the neighbour may be.
        """
        places, others = np.arange(len(blocks)), blocks.copy()
        home = first + blocks[:, first:].argmin(axis=1)
        others[places, home] = np.inf
        lone = others.min(axis=1) >= limit
        return cls(np.sort(blocks[places, home][lone]), max(1.0, times))

    def __call__(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """How often an honest synthetic row is as near to an isolated row, (distances,)."""
        found = np.searchsorted(self.nearest, distances, "right")
        return np.minimum(self.times * found / max(len(self.nearest), 1), 1.0)

    def most(self, distance: float) -> float:
        """The same, with what luck may have hidden."""
        found = np.searchsorted(self.nearest, distance, "right") + MISSED
        return min(1.0, self.times * float(found) / max(len(self.nearest), 1))
