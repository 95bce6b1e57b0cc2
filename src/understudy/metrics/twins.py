"""How often has an isolated row a twin that nobody copied?

Real tables hold rows that agree in nearly everything: of one person counted twice, or of two people alike. A law for
smooth densities knows nothing of them and calls the second a copy of the first. So near matches of targets are held
against twins that are certainly honest: those among real rows that are isolated apart from one neighbour, and those of
isolated holdout rows among the synthetic ones. All are rare events at one rate; given how many there are, each is as
likely to be anybody's.

There are hundreds of targets and some thousand rows to count twins among: that one of all targets has a twin is never
unlikely enough. That one of the first few has is. So the place of a near match in the order of isolation counts. Twins
are counted among less isolated rows too, which are thousands; they lie where rows are denser and have twins no less
often, so that their rate errs to the safe side.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Twins:
    """Honest rows that might have had a twin.

    Attributes:
        nearest: distances of real rows, isolated apart from one neighbour, to that neighbour, sorted, (rows,).
        unseen: distances of isolated holdout rows to the nearest synthetic row, sorted, (holdout rows,).
        times: synthetic rows / real rows among which the neighbour was sought.
    """

    nearest: NDArray[np.float64]
    unseen: NDArray[np.float64]
    times: float

    @classmethod
    def of(
        cls, blocks: NDArray[np.float64], first: int, limit: float, unseen: NDArray[np.float64], times: float
    ) -> "Twins":
        """Real rows whose second nearest row is far, and holdout rows.

        Args:
            blocks: (rows, blocks) distance to the nearest other row of each block of the real rows.
            first: of the blocks in which the neighbour may be; by those before it rows were chosen that are alone.
            limit: how far rows of blocks other than the neighbour's must be.
            unseen: distances of isolated holdout rows to the nearest synthetic row.
            times: synthetic rows / real rows of the blocks in which the neighbour may be.
        """
        places, others = np.arange(len(blocks)), blocks.copy()
        home = first + blocks[:, first:].argmin(axis=1)
        others[places, home] = np.inf
        lone = others.min(axis=1) >= limit
        return cls(np.sort(blocks[places, home][lone]), np.sort(unseen), times)

    @property
    def rows(self) -> float:
        """Targets that would have as many twins: those of real rows come in pairs."""
        return len(self.nearest) / 2 / self.times + len(self.unseen)

    def count(self, distances: NDArray[np.float64]) -> NDArray[np.int64]:
        """Twins as near, (distances,)."""
        pairs = -(-np.searchsorted(self.nearest, distances, "right") // 2)
        return pairs + np.searchsorted(self.unseen, distances, "right")

    def first(self, places: NDArray[np.int64], distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """p-value of a near match at a place, were it a twin, (targets,).

        Of k targets and as many honest rows as `rows` says, the chance that a given twin is a target's is q = k / (k +
        rows), and that one of the j + 1 nearest is, 1 - (1 - q)^(j + 1), where j honest ones are as near. Any of those
        might have been the one in question: the chance is raised by 1 + 1/2 + ... + 1/(j + 1).

        Args:
            places: of the targets, from 1.
            distances: of the targets to the nearest synthetic row.
        """
        nearer = self.count(distances) + 1
        chance = -np.expm1(nearer * np.log1p(-places / (places + self.rows)))
        return np.minimum(chance * np.cumsum(1 / np.arange(1, nearer.max(initial=1) + 1))[nearer - 1], 1.0)

    def many(self, hits: int, targets: int, distance: float) -> float:
        """p-value of so many near matches of so many targets, none farther than this, were they twins."""
        from scipy.stats import binom

        share = targets / (targets + self.rows)
        return float(binom.sf(hits - 1, hits + int(self.count(np.array([distance]))[0]), share))

    @property
    def rate(self) -> float:
        """Equal twins for each isolated row, one added."""
        return min(1.0, (int(self.count(np.zeros(1))[0]) + 1) / max(self.rows, 1.0))
