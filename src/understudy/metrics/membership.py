"""Membership: can it be told from the stand-in which real rows it was learned from?

Training rows are the members, holdout rows the controls, and an attack is a score that should be high for members. Part
of the holdout is set aside as the attacker's reference: real rows of the same population that are neither. Everything
else an attack uses (synthetic rows, the reference, the scale of the columns) treats members and controls alike. So a
stand-in that knows the population alone gives both the same distribution of scores, whatever the ties, the sizes and
the columns, and what is above that is won from the stand-in. It holds where the holdout is a random part of the table.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import Points
from understudy.metrics.attack import NO_HOLDOUT, advantage
from understudy.metrics.case import Case, Grid, pooled
from understudy.metrics.distances import coordinates, nearest
from understudy.metrics.learners import Features, classifier, fitted
from understudy.metrics.measure import Measure
from understudy.metrics.metric import Metric, metric
from understudy.metrics.sizes import sample

ROWS = 5_000
FEWEST_ROWS = 500
FEWEST = 10
OTHERS = 50_000
REFERENCE = 20_000
WORK = 1.0e10
BLOCKS = 8
CELLS = 600_000
SHARP = {"max_leaf_nodes": 63, "min_samples_leaf": 5}


@dataclass(frozen=True, eq=False)
class Sides:
    """Who is attacked, and with what.

    Attributes:
        members: training rows.
        controls: holdout rows.
        reference: other holdout rows.
        synthetic: rows of the stand-in.
    """

    members: Grid
    controls: Grid
    reference: Grid
    synthetic: Grid

    @property
    def sizes(self) -> dict[str, int]:
        """Rows used of the reference and of the stand-in, for a measure's parts."""
        return {"reference": len(self.reference), "synthetic": len(self.synthetic)}


@dataclass(frozen=True, eq=False)
class Nearby:
    """Distances to the nearest row of each block of the stand-in and of the reference; members first, then controls.

    Attributes:
        synthetic: (members + controls, blocks); the blocks after `whole` are shorter or lacking.
        reference: (members + controls, blocks), blocks as long as those of the stand-in.
        whole: whole blocks of (the stand-in, the reference).
        members: how many rows are members.
        step: the smallest distance above 0 that is told from 0.
    """

    synthetic: NDArray[np.float64]
    reference: NDArray[np.float64]
    whole: tuple[int, int]
    members: int
    step: float


@metric("privacy.membership_distance", better="low", quick=True)
def membership_distance(case: Case) -> Measure:
    """Membership by distance: what is won by holding the rows nearest to synthetic ones for training rows.

    Score: distance to the nearest reference row over distance to the nearest synthetic row, the calibrated attack of
    Chen, Yu, Zhang and Fritz, "GAN-Leaks" (CCS 2020), as a ratio, so that a copy is the highest score
    wherever it lies. The value is 2 AUC - 1 of at most 5 000 training rows against at most 5 000 holdout rows.
    """
    lacking = unfit(case)
    if lacking:
        return membership_distance.none(lacking)
    near = case.once(nearby)
    own, usual = near.synthetic.min(axis=1), near.reference.min(axis=1)
    scores = np.log(usual + near.step / 2) - np.log(own + near.step / 2)
    return _won(membership_distance, case, scores, "nearness to a synthetic row, beside that to unseen real rows,")


@metric("privacy.membership_density", better="low", quick=True)
def membership_density(case: Case) -> Measure:
    """Membership by density: what is won by holding rows where synthetic ones are too dense for training rows.

    Score: log p_synthetic(x) - log p_real(x), after van Breugel, Sun, Qian and van der Schaar, "Membership inference
    attacks against synthetic data through overfitting detection" (DOMIAS, AISTATS 2023). Both densities are
    of bagged nearest neighbours: minus the mean log distance to the nearest row of many samples of one size, at four
    sizes, which copes with columns of every kind. Rows and value as for `privacy.membership_distance`.
    """
    lacking = unfit(case)
    if lacking:
        return membership_density.none(lacking)
    near = case.once(nearby)
    sizes = [2**power for power in range(BLOCKS.bit_length()) if 2**power <= min(near.whole)]
    sides = zip((near.synthetic, near.reference), near.whole, strict=True)
    dense, usual = (
        np.sum([_closeness(side[:, :whole], size, near.step) for size in sizes], axis=0) for side, whole in sides
    )
    return _won(membership_density, case, dense - usual, "density of synthetic rows over that of unseen real rows")


@metric("privacy.membership_classifier", better="low")
def membership_classifier(case: Case) -> Measure:
    """Membership by classifier: what is won by a learner that tells synthetic rows from unseen real ones.

    Boosted trees (settings in `understudy.metrics.learners`, but 63 leaves of five rows) learn to tell synthetic rows
    from the reference and score members and controls, of which they saw neither: a stand-in that repeats training rows
    makes them look synthetic (after the discriminator of Hayes, Melis, Danezis and De Cristofaro, "LOGAN", PoPETs
    2019). Rows and value as for `privacy.membership_distance`.
    """
    lacking = unfit(case)
    if lacking:
        return membership_classifier.none(lacking)
    return _won(membership_classifier, case, _told(case), "a classifier of synthetic against unseen real rows")


def unfit(case: Case) -> str:
    """Why members cannot be attacked, empty where they can."""
    if case.holdout is None:
        return NO_HOLDOUT
    if len(case.holdout) < 2 * FEWEST or len(case.real) < FEWEST:
        return f"fewer than {FEWEST} training rows or {2 * FEWEST} holdout rows are too few to tell members by"
    return ""


def sides(case: Case) -> Sides:
    """Rows for the attacks: at most half the holdout are controls, the others the reference.

    At most 5 000 members and controls, 50 000 synthetic and 20 000 reference rows; fewer where the table is so wide
    that more than 1e10 cells would be compared.
    """
    assert case.holdout is not None
    rng, width = case.rng("membership"), len(case.columns)
    most = int(WORK / (2 * FEWEST_ROWS * width))
    synthetic = sample(case.synthetic, min(OTHERS, most), rng)
    order = rng.permutation(len(case.holdout))
    reference = case.holdout.take(order[len(order) // 2 :][: min(REFERENCE, most)])
    compared = 2 * (len(synthetic) + len(reference)) * width
    count = min(ROWS, max(FEWEST_ROWS, int(WORK / compared)))
    controls = case.holdout.take(order[: min(count, len(order) // 2)])
    return Sides(sample(case.real, count, rng), controls, reference, synthetic)


def nearby(case: Case) -> Nearby:
    """Distances from members and controls to blocks of synthetic and of reference rows."""
    those, scale = case.once(sides), case.once(pooled)
    size = max(1, min(len(those.reference), len(those.synthetic)) // BLOCKS)
    rows = coordinates(scale, those.members.over(those.controls))
    found = [_blocks(rows, coordinates(scale, side), size) for side in (those.synthetic, those.reference)]
    whole = (len(those.synthetic) // size, len(those.reference) // size)
    return Nearby(found[0], found[1], whole, len(those.members), 1 / rows.unit)


def _blocks(rows: Points, others: Points, size: int) -> NDArray[np.float64]:
    return nearest(rows, others, [*range(0, len(others), size), len(others)])


def _closeness(blocks: NDArray[np.float64], size: int, step: float) -> NDArray[np.float64]:
    """Minus the mean log distance to the nearest row of so many blocks at once, (rows,)."""
    whole = blocks.shape[1] // size
    near = blocks[:, : whole * size].reshape(len(blocks), whole, size).min(axis=2)
    return -np.log(near + step / 2).mean(axis=1)


def _told(case: Case) -> NDArray[np.float64]:
    """How synthetic members and controls look to a learner that saw neither, (members + controls,)."""
    those, scale = case.once(sides), case.once(pooled)
    features = Features(scale)
    most = max(FEWEST_ROWS, CELLS // len(case.columns))
    rng = case.rng("membership classifier")
    seen = [features.of(sample(side, most, rng)) for side in (those.synthetic, those.reference)]
    truth = np.repeat([True, False], [len(side) for side in seen])
    asked = features.of(those.members.over(those.controls))

    def job() -> NDArray[np.float64]:
        learner = classifier(features).set_params(**SHARP)
        return features.learned(learner, np.vstack(seen), truth).decision_function(asked)

    return fitted([job], len(truth))[0]


def _won(attack: Metric, case: Case, scores: NDArray[np.float64], by: str) -> Measure:
    those = case.once(sides)
    members, controls = scores[: len(those.members)], scores[len(those.members) :]
    note = f"0 means that {by} does not tell training rows from unseen ones, 1 that it always does"
    return advantage(attack.name, members, controls, note, those.sizes)
