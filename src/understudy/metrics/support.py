"""Support: do synthetic rows stand where real rows stand, and everywhere where real rows stand?

Distances are those of `understudy.metrics.distances`: ranks among the training rows and levels, the mean over columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.between import between
from understudy.kernels.points import MOST as FARTHEST
from understudy.kernels.points import Points
from understudy.metrics.case import Case, Grid
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.placed import placed
from understudy.metrics.sizes import Figure, common, several

MOST = 2_000
CELLS = 100_000
FEWEST = 10
NEIGHBOURS = 5
LEVELS = np.linspace(0, 1, 31)


@metric("fidelity.precision")
def precision(case: Case) -> Measure:
    """Precision: share of synthetic rows that stand where real rows stand.

    A synthetic row does if it lies no farther from some real row than that row's fifth nearest real row (Kynkäänniemi
    et al. 2019, arXiv:1904.06991, equation 1). Parts: "density", how many such balls a row lies in over five (Naeem et
    al. 2020, arXiv:2002.09797; may exceed 1); "alpha_precision" (Alaa et al. 2022, arXiv:2102.08921): how well, for
    every level, the share of synthetic rows in the ball that holds this share of real rows agrees with it, a row's
    distance from the centre being its mean distance to the real rows; "authenticity": share of synthetic rows that lie
    farther from their nearest real row than that row from its nearest real row, ties by half. Draws of the common size,
    at most 2 000 rows and 100 000 cells a side.
    """
    return _measure(precision.none, case, "precision", ("density", "alpha_precision", "authenticity"))


@metric("fidelity.recall")
def recall(case: Case) -> Measure:
    """Recall: share of real rows whose neighbourhood the synthetic rows reach.

    Share of real rows that lie no farther from some synthetic row than that row's fifth nearest synthetic row
    (Kynkäänniemi et al. 2019, arXiv:1904.06991, equation 1).
    """
    return _measure(recall.none, case, "recall", ("coverage", "beta_recall"))


def _measure(none: Callable[[str], Measure], case: Case, name: str, others: tuple[str, ...]) -> Measure:
    size = common(case, _most(case))
    if size < FEWEST:
        return none(f"fewer than {FEWEST} rows at the common size have too few neighbours")
    known = case.once(_figures)
    parts: dict[str, Any] = {"size": size, "neighbours": NEIGHBOURS}
    parts |= {other: known[other].to_dict() for other in others}
    return known[name].measure(f"fidelity.{name}", parts, NOTES[name])


NOTES = {
    "precision": "share of synthetic rows that lie among real rows",
    "recall": "share of real rows that lie among synthetic rows",
}


def _most(case: Case) -> int:
    """At most so many rows, and fewer where the table is wide."""
    return max(FEWEST, min(MOST, CELLS // len(case.columns)))


def _figures(case: Case) -> dict[str, Figure]:
    known = case.once(placed)

    def score(real: Grid) -> Callable[[Grid], dict[str, float | None]]:
        cloud = Cloud.of(known.points(real))
        return lambda other: dict(compared(cloud, Cloud.of(known.points(other))))

    return several(known.case, score, _most(case), {"density": (0.0, float("inf"))})


@dataclass(frozen=True, eq=False)
class Cloud:
    """Rows with what their own kind says of them, in steps.

    Attributes:
        points: the rows.
        radius: distance to the k-th nearest other row, (rows,).
        nearest: distance to the nearest other row, (rows,).
        depth: mean distance to the other rows, (rows,).
    """

    points: Points
    radius: NDArray[np.uint16]
    nearest: NDArray[np.uint16]
    depth: NDArray[np.float64]

    @classmethod
    def of(cls, points: Points, neighbours: int = NEIGHBOURS) -> "Cloud":
        """The cloud of these rows, of which there are more than `neighbours`."""
        radius, nearest = (np.empty(len(points), dtype=np.uint16) for _ in range(2))
        depth = np.empty(len(points))
        for block, gaps in between(points, points):
            depth[block] = gaps.sum(axis=1, dtype=np.int64) / (len(points) - 1)
            np.fill_diagonal(gaps[:, block], FARTHEST)
            near = np.partition(gaps, neighbours - 1, axis=1)[:, :neighbours]
            radius[block], nearest[block] = near[:, -1], near.min(axis=1)
        return cls(points, radius, nearest, depth)


def compared(real: Cloud, other: Cloud) -> dict[str, float]:
    """All figures of one comparison; the two sides need not have as many rows."""
    rows, others = len(real.points), len(other.points)
    inside, closest, home = np.empty(others), np.empty(others, dtype=np.uint16), np.empty(others, dtype=np.int64)
    depth, reached = np.empty(others), np.zeros(rows, dtype=bool)
    best, guest = np.full(rows, FARTHEST, dtype=np.uint16), np.zeros(rows, dtype=np.int64)
    for block, gaps in between(other.points, real.points):
        inside[block] = (gaps <= real.radius).sum(axis=1)
        home[block], closest[block] = gaps.argmin(axis=1), gaps.min(axis=1)
        depth[block] = gaps.sum(axis=1, dtype=np.int64) / rows
        reached |= (gaps <= other.radius[block][:, None]).any(axis=0)
        nearer = gaps.min(axis=0) < best
        guest[nearer] = block.start + gaps.argmin(axis=0)[nearer]
        best = np.minimum(best, gaps.min(axis=0))
    own = real.nearest[home]
    covered = best <= real.radius
    return {
        "precision": float((inside > 0).mean()),
        "density": float(inside.mean() / NEIGHBOURS),
        "alpha_precision": agreement(real.depth, depth),
        "authenticity": float((closest > own).mean() + (closest == own).mean() / 2),
        "recall": float(reached.mean()),
        "coverage": float(covered.mean()),
        "beta_recall": agreement(other.depth, np.where(covered, other.depth[guest], np.inf)),
    }


def agreement(depth: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """1 - Σ |α - P(α)| / Σ α, P(α) the share of others within the α-quantile of these depths, α = 0, 1/30, …, 1."""
    shares = (other <= np.quantile(depth, LEVELS, method="inverted_cdf")[:, None]).mean(axis=1)
    return float(1 - np.abs(shares - LEVELS).sum() / LEVELS.sum())
