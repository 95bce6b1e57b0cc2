"""Whether stand-ins of the default engine give away the rows that were learned: three attacks that see all raw values.

Each is a difference that is 0 on average where the pattern alone was learned:

- copies: share of drawn rows that equal a training row, less the share of holdout rows that do;
- distance: how often a drawn row lies nearer to training rows than to as many holdout rows, less one half;
- membership: how well nearness to the nearest drawn row tells training rows from holdout rows (area under the curve),
  less how well nearness to other training rows tells the same rows apart, which is the chance of the split.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from close import SEEDS
from numpy.typing import NDArray
from stand_in import figures, of_set
from targets import Found

from understudy.kernels.nearest import nearest
from understudy.kernels.points import Points
from understudy.metrics.case import Case
from understudy.metrics.distances import coordinates

ROWS = 5_000
"""Rows of a kind that are asked about at most."""


class Told(NamedTuple):
    """What membership wins beyond one half: by drawn rows, and by real rows in their place, which is chance."""

    drawn: float
    chance: float


class Sides(NamedTuple):
    """Rows as points.

    Attributes:
        asked: training rows.
        others: the training rows but these.
        unseen: holdout rows.
        drawn: synthetic rows.
    """

    asked: Points
    others: Points
    unseen: Points
    drawn: Points


def remembered(data: str, engine: str = "boost") -> dict[str, Found]:
    """The three excesses for a public table."""
    return excesses(data, [of_set(data, engine, seed).case for seed in SEEDS])


def excesses(data: str, cases: Sequence[Case]) -> dict[str, Found]:
    """The three excesses, one value a case."""
    found = [figures(case, ("copies", "copies_real", "distance_share")) for case in cases]
    told = [membership(sides(case)) for case in cases]
    drawn, chance = np.mean(told, axis=0)
    every = {
        "copies": [each["copies"] - each["copies_real"] for each in found],
        "distance": [each["distance_share"] - 0.5 for each in found],
        "membership": [each.drawn - each.chance for each in told],
    }
    notes = {"membership": f"before chance is taken off {drawn:.4f}, chance {chance:.4f}"}
    short = data.partition("_")[0]
    return {
        f"{short}-memory-{name}": Found(tuple(values), "bound", notes.get(name, "")) for name, values in every.items()
    }


def sides(case: Case) -> Sides:
    """The rows of a case in an order of their own.

    Raises:
        ValueError: it has no holdout.
    """
    if case.holdout is None:
        raise ValueError("what is remembered shows beside a holdout alone")
    rng = case.rng("remembered")
    real, unseen, drawn = (
        coordinates(case, grid.take(rng.permutation(len(grid)))) for grid in (case.real, case.holdout, case.synthetic)
    )
    count = min(ROWS, len(unseen), len(real) // 2)
    return Sides(real.take(slice(count)), real.take(slice(count, None)), unseen, drawn)


def membership(rows: Sides) -> Told:
    """Rows asked about and as many unseen ones, told apart by how near the nearest drawn row is (GAN-Leaks, 2020)."""
    from sklearn.metrics import roc_auc_score

    both = rows.asked, rows.unseen.take(slice(len(rows.asked)))
    truth = np.repeat([1, 0], [len(each) for each in both])
    far = (np.concatenate([_far(each, others) for each in both]) for others in (rows.drawn, rows.others))
    return Told(*(float(roc_auc_score(truth, -each)) - 0.5 for each in far))


def _far(rows: Points, others: Points) -> NDArray[np.float64]:
    """Distance to the nearest of others."""
    return nearest(rows, others, [0, len(others)])[:, 0]
