"""Identifiability: training rows that the stand-in comes nearer to than any other real row does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.attack import NO_HOLDOUT, shares
from understudy.metrics.case import Case, Grid, pooled
from understudy.metrics.distances import coordinates, nearest
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import sample

QUERIES = 5_000
WORK = 2.0e10


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


@metric("privacy.identifiability", better="low", quick=True)
def identifiability(case: Case) -> Measure:
    """Identifiability: training rows nearer to a synthetic row than to any other, beyond what unseen rows are.

    A random third of the training rows, at most 5 000, is asked: is the nearest synthetic row nearer than the nearest
    of the other two thirds? So are holdout rows, beside the same two thirds: no row meets itself, both sides are
    compared with as many rows, and the answers of one side are independent given those, which is what the interval
    supposes. There are no more synthetic rows than training rows. All columns weigh the same (distance as in
    `understudy.metrics.distances`). The measure is the residual risk (`attack.shares`); `parts["identifiable"]` is the
    plain share. After Yoon, Drumright and van der Schaar, "Anonymization through data synthesis using generative
    adversarial networks (ADS-GAN)" (IEEE JBHI 24, 2020, definition 1), there with weights by entropy and no control.
    """
    if case.holdout is None:
        return identifiability.none(NO_HOLDOUT)
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
    """Asks rows of each side; tables are cut where more than 2e10 cells would be compared."""
    rng = case.rng("identifiability")
    most = max(2, int(WORK / (4 * QUERIES * len(case.columns))))
    real = sample(case.real, most, rng)
    order, asked = rng.permutation(len(real)), min(max(len(real) // 3, 1), QUERIES)
    # ranks among all real rows: those among training rows alone would suit training rows better
    ranked = case.once(pooled)
    members, kept = (coordinates(ranked, real.take(rows)) for rows in (order[:asked], order[asked:]))
    others, synthetic = (
        coordinates(ranked, sample(grid, count, rng))
        for grid, count in ((holdout, QUERIES), (case.synthetic, len(real)))
    )
    hits = []
    for rows in (members, others):
        own, real_ones = (nearest(rows, side, [0, len(side)])[:, 0] for side in (synthetic, kept))
        hits.append(own < real_ones)
    return Nearer(hits[0], hits[1], len(kept), len(synthetic))
