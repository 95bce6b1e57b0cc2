"""Where the levels of an ordered column begin: an ordered probit of what its guide says.

The guide tells the normal score of the code; around what it says that is taken for normal, with one spread for all rows
(McKelvey and Zavoina, "A statistical model for the analysis of ordinal level dependent variables", *Journal of
Mathematical Sociology* 4, 1975). Each node's codes then lie between bounds, and the odds of its two sides are known
before any tree.
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.halving import Halving

STEPS, MIDDLE, STEP = 256, 128, 0.03
"""Steps of a guide, the one that begins at 0, and how much a step is."""
MOST = 12.0


@dataclass(frozen=True, eq=False)
class Latent:
    """A normal variable behind the codes of a column.

    Attributes:
        bounds: of the codes under each node the lowest score, the one where they part, and the highest, float32 (nodes,
            3); all 0 where a node tells missing cells from others.
        spread: standard deviation of the score around what the guide says.
    """

    bounds: NDArray[np.float32]
    spread: float

    @classmethod
    def of(cls, weight: NDArray[np.int64], halving: Halving, missing: bool, spread: float) -> "Latent":
        """Of codes of these weights; missing ones, code 0, have no score."""
        below = np.cumsum(np.where(np.arange(len(weight)) < int(missing), 0, weight))
        normal, whole = NormalDist(), max(int(below[-1]), 1)
        score = [
            -np.inf,
            *(normal.inv_cdf(each / whole) if each < whole else np.inf for each in below[below > 0].tolist()),
        ]
        score = [-np.inf] * (len(weight) + 1 - len(score)) + score
        places = np.zeros((len(halving.child), 3), dtype=np.int64)
        places[:, 0] = len(weight)
        codes = np.arange(len(weight))
        places[:, 1] = halving.cuts
        for node in halving.node:
            here = node >= 0
            np.minimum.at(places[:, 0], node[here], codes[here])
            np.maximum.at(places[:, 2], node[here], codes[here] + 1)
        bounds = np.array(score, dtype=np.float32)[places]
        if missing and weight[0]:
            bounds[:1] = 0
        return cls(bounds, spread)

    @cached_property
    def parted(self) -> NDArray[np.uint8]:
        """The step of the guide at which each node's codes part, uint8 (nodes,)."""
        return np.clip(np.rint(self.bounds[:, 1] / STEP) + MIDDLE, 0, STEPS - 1).astype(np.uint8)

    @cached_property
    def offset(self) -> NDArray[np.float32]:
        """Logit of the high side of each node at each step of the guide, 12 at most, float32 (nodes, 256)."""
        from scipy.special import ndtr

        said = (np.arange(STEPS) + 0.5 - MIDDLE) * STEP
        edges, place = np.unique(self.bounds, return_inverse=True)
        far = (edges[:, None].astype(np.float64) - said) / self.spread
        below, above, place = ndtr(far), ndtr(-far), place.reshape(self.bounds.shape)
        low, middle, high = place.T

        def between(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
            return np.where(far[first] > 0, above[first] - above[last], below[last] - below[first])

        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.log(between(middle, high)) - np.log(between(low, middle))
        side = np.where((low == high)[:, None], 0.0, MOST * np.sign(said - self.bounds[:, 1:2]))
        return np.clip(np.where(np.isnan(odds), side, odds), -MOST, MOST).astype(np.float32)
