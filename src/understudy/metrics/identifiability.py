"""Identifiability: training rows that the stand-in comes nearer to than any other real row does."""

from dataclasses import dataclass, replace
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import Points
from understudy.metrics.attack import shares
from understudy.metrics.case import Case, Grid
from understudy.metrics.distances import coordinates
from understudy.metrics.keys import pooled
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import sample

QUERIES = 5_000
BLOCKS = 10
WORK = 2.0e10
THREADS = 4


@dataclass(frozen=True)
class Nearer:
    """Which rows are nearer to a synthetic row than to any other real one.

    Attributes:
        members: training rows asked, (rows,).
        others: holdout rows asked, (rows,).
        real: training rows each was compared with.
        synthetic: synthetic rows each was compared with.
    """

    members: NDArray[np.bool_]
    others: NDArray[np.bool_]
    real: int
    synthetic: int


@metric("privacy.identifiability", better="low")
def identifiability(case: Case) -> Measure:
    """Identifiability: training rows nearer to a synthetic row than to any other, beyond what unseen rows are.

    Of a training row, the distance to the nearest synthetic row is compared with that to the nearest training row of
    another of ten random blocks, so that it never meets itself; of a holdout row the same, one block left out too: both
    are compared with as many rows. There are no more synthetic rows than training rows. All columns weigh the same
    (distance as in `understudy.metrics.distances`). The measure is the residual risk (`attack.shares`);
    `parts["identifiable"]` is the plain share. At most 5 000 rows of each side are asked. After Yoon, Drumright and van
    der Schaar, "Anonymization through data synthesis using generative adversarial networks (ADS-GAN)" (IEEE JBHI 24,
    2020, definition 1), there with weights by entropy and without a control.
    """
    if case.holdout is None:
        return identifiability.none("there is no holdout; without a holdout there is no privacy verdict")
    if len(case.real) < 2:
        return identifiability.none("one training row has no other to be nearer to")
    found = nearer(case, case.holdout)
    share, unseen = float(found.members.mean()), float(found.others.mean())
    note = (
        f"{share:.1%} of training rows are nearer to a synthetic row than to another one; of unseen rows {unseen:.1%}"
    )
    parts = {"identifiable": share, "unseen": unseen, "real": found.real, "synthetic": found.synthetic}
    hits = int(found.members.sum()), len(found.members), int(found.others.sum()), len(found.others)
    return shares("privacy.identifiability", *hits, note, parts)


def nearer(case: Case, holdout: Grid) -> Nearer:
    """Asks at most 5 000 rows of each side; tables are cut where more than 2e10 cells would be compared."""
    rng = case.rng("identifiability")
    most = max(BLOCKS, int(WORK / (4 * QUERIES * len(case.columns))))
    real = sample(case.real, most, rng)
    real = real.take(rng.permutation(len(real)))
    synthetic = sample(case.synthetic, len(real), rng)
    unseen = sample(holdout, QUERIES, rng)
    unseen = unseen.take(rng.permutation(len(unseen)))
    starts = np.linspace(0, len(real), min(BLOCKS, len(real)) + 1).astype(np.int64)
    asked = rng.permutation(len(real))[:QUERIES]
    own = np.searchsorted(starts, asked, side="right") - 1
    turns = np.arange(len(unseen)) % (len(starts) - 1)
    # ranks among all real rows: those among training rows alone would suit training rows better
    case = replace(case, real=pooled(case), _done={})
    to = _Others(coordinates(case, real), coordinates(case, synthetic), starts)
    members, others = to.nearer(case, real.take(asked), own), to.nearer(case, unseen, turns)
    return Nearer(members, others, len(real) - len(real) // (len(starts) - 1), len(synthetic))


@dataclass(frozen=True, eq=False)
class _Others:
    """What rows are compared with: training rows in blocks, and synthetic rows."""

    real: Points
    synthetic: Points
    starts: NDArray[np.int64]

    def nearer(self, case: Case, rows: Grid, left_out: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether rows are nearer to a synthetic row than to the training rows of all blocks but one of each row."""
        from understudy.kernels.nearest import nearest

        points, workers = coordinates(case, rows), min(THREADS, cpu_count() or 1)
        blocks = nearest(points, self.real, self.starts.tolist(), workers)
        blocks[np.arange(len(blocks)), left_out] = np.inf
        synthetic = nearest(points, self.synthetic, [0, len(self.synthetic)], workers)
        return synthetic[:, 0] < blocks.min(axis=1)
