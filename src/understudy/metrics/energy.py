"""Energy: are the two clouds of rows one?"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.execution.algebra import one_thread
from understudy.kernels.between import between
from understudy.kernels.points import Points
from understudy.metrics.case import Case, Grid
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.placed import Placed, placed
from understudy.metrics.sizes import Draw, common, draws, several

MOST = 1_000
CELLS = 100_000
FEWEST = 2
PERMUTATIONS = 200


@metric("fidelity.energy", better="low")
def energy(case: Case) -> Measure:
    """Energy distance: how far apart the two clouds of rows are, 0 where they are one and 1 where they never meet.

    (2 E|X - Y| - E|X - X'| - E|Y - Y'|) / 2 E|X - Y| (Székely and Rizzo 2013, "Energy statistics", J. Stat. Plan.
    Inference 143), without bias, so that it may fall below 0. |x - y| is the root of the distance of
    `understudy.metrics.distances`: the plain sum over columns would see columns alone, while the root is a Euclidean
    distance (Gower and Legendre 1986) and sees every difference (Lyons 2013). `parts["p"]` is the permutation p-value
    of one draw (200 permutations), `parts["p_holdout"]` that of the holdout. At most 1 000 rows and
    100 000 cells a side.
    """
    if common(case) < FEWEST:
        return energy.none(f"fewer than {FEWEST} rows at the common size have no distances")
    known, most = case.once(placed), max(FEWEST, min(MOST, CELLS // len(case.columns)))
    found = several(known.case, lambda real: _against(known, real), most, {"energy": (-1.0, 1.0)})["energy"]
    parts: dict[str, Any] = {"size": common(case, most), "permutations": PERMUTATIONS}
    with one_thread():
        parts |= _tested(known, next(draws(known.case, 1, most)), case.rng("energy"))
    note = "share of the distance between synthetic and real rows that is not within them: 0 if they are one cloud"
    return found.measure("fidelity.energy", parts, note, "low")


def _against(known: Placed, real: Grid) -> Callable[[Grid], dict[str, float | None]]:
    first = known.points(real)
    own = _mean_within(first)

    def score(other: Grid) -> dict[str, float | None]:
        second = known.points(other)
        across = _total(first, second) / (len(first) * len(second))
        return {"energy": _share(across, own, _mean_within(second))}

    return score


def _share(across: float, first: float, second: float) -> float:
    return (2 * across - first - second) / (2 * across) if across > 0 else 0.0


def _mean_within(points: Points) -> float:
    return _total(points, points) / (len(points) * (len(points) - 1))


def _total(rows: Points, others: Points) -> float:
    return float(sum(np.sqrt(gaps).sum(dtype=float) for _, gaps in between(rows, others)))


def _tested(known: Placed, draw: Draw, rng: np.random.Generator) -> dict[str, float | None]:
    real, synthetic = known.points(draw.real), known.points(draw.synthetic)
    unseen = None if draw.holdout is None else known.points(draw.holdout)
    return {
        "p": permuted(real, synthetic, rng),
        "p_holdout": None if unseen is None else permuted(real, unseen, rng),
    }


def permuted(first: Points, second: Points, rng: np.random.Generator, count: int = PERMUTATIONS) -> float:
    """Share of random divisions of all rows that are as far apart as this one, this one included.

    The energy distance of every division is a quadratic form in one matrix of distances of at most 2 000 x 2 000.
    """
    both = Points(np.hstack([first.place, second.place]), first.levels, first.unit)
    gaps = np.empty((len(both), len(both)), dtype=np.float32)
    for block, steps in between(both, both):
        gaps[block] = np.sqrt(steps / np.float32(both.unit))
    sides = (np.arange(len(both)) < len(first)).astype(np.float32)
    found = _apart(gaps, np.column_stack([sides, *(rng.permutation(sides) for _ in range(count))]), len(first))
    # float32 sums of the same division in another order differ in the last digits
    return float((found >= found[0] - 1e-6 * abs(gaps.mean())).mean())


def _apart(gaps: NDArray[np.float32], sides: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """Energy distance of each division, (divisions,); `sides` is 1 for the `count` rows of the first side."""
    rest = len(gaps) - count
    reach, total = gaps @ sides, float(gaps.sum(dtype=float))
    within = (sides * reach).sum(axis=0, dtype=float)
    across = reach.sum(axis=0, dtype=float) - within
    outside = total - within - 2 * across
    return 2 * across / (count * rest) - within / (count * (count - 1)) - outside / (rest * (rest - 1))
