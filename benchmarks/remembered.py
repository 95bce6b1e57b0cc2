"""Whether stand-ins of the default engine give away the rows that were learned: three attacks that see all raw values.

Each is a difference that is 0 on average where the pattern alone was learned:

- copies: share of drawn rows that equal a training row, less the share of holdout rows that do;
- distance: how often a drawn row lies nearer to training rows than to as many holdout rows;
- membership: how well nearness to the nearest drawn row tells training rows from holdout rows (area under the curve).

Of the last two is taken off what other training rows win in the place of drawn ones: the chance of the split. A model
is drawn from several times, and what is won is the mean.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from close import SEEDS
from numpy.typing import NDArray
from stand_in import figures, of_set, stand_ins
from targets import Found

from understudy.kernels.nearest import nearest
from understudy.kernels.points import Points
from understudy.metrics.case import Case
from understudy.metrics.distances import coordinates

ROWS = 5_000
"""Rows of a kind that membership asks about at most."""
DRAWS = 4
"""Stand-ins a model."""


class Told(NamedTuple):
    """What an attack wins beyond one half: by drawn rows, and by real rows in their place, which is chance."""

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
    return excesses(data, [stand_ins(of_set(data, engine, seed), DRAWS) for seed in SEEDS])


def excesses(data: str, models: Sequence[Sequence[Case]]) -> dict[str, Found]:
    """The three excesses, one value a model; its stand-ins as cases."""
    every = [np.mean([_excesses(case) for case in cases], axis=0) for cases in models]
    copies, near, near_chance, member, member_chance = np.transpose(every)
    short = data.partition("_")[0]
    return {
        f"{short}-memory-copies": Found(tuple(copies), "bound"),
        f"{short}-memory-distance": Found(tuple(near - near_chance), "bound", _chance(near, near_chance)),
        f"{short}-memory-membership": Found(tuple(member - member_chance), "bound", _chance(member, member_chance)),
    }


def _excesses(case: Case) -> tuple[float, ...]:
    """Excess of copies; then what distance and membership win, and what they do by chance."""
    found = figures(case, ("copies", "copies_real"))
    return found["copies"] - found["copies_real"], *distance(sides(case, len(case.real))), *membership(sides(case))


def _chance(won: NDArray[np.float64], chance: NDArray[np.float64]) -> str:
    return f"before chance is taken off {won.mean():.4f}, chance {chance.mean():.4f}; {DRAWS} stand-ins a model"


def sides(case: Case, most: int = ROWS) -> Sides:
    """The rows of a case in an order of their own; asked about are as many as are unseen, `most` at most.

    Raises:
        ValueError: it has no holdout.
    """
    if case.holdout is None:
        raise ValueError("what is remembered shows beside a holdout alone")
    rng = case.rng("remembered")
    real, unseen, drawn = (
        coordinates(case, grid.take(rng.permutation(len(grid)))) for grid in (case.real, case.holdout, case.synthetic)
    )
    count = min(most, len(unseen), len(real) // 2)
    return Sides(real.take(slice(count)), real.take(slice(count, None)), unseen, drawn)


def distance(rows: Sides) -> Told:
    """How often rows lie nearer to those asked about than to as many unseen ones, ties as halves."""
    held = len(rows.asked)
    both = rows.asked, rows.unseen.take(slice(held))
    shares = []
    for probes in (rows.drawn, rows.others):
        near, far = (_far(probes, side) for side in both)
        shares.append(float(((near < far) + (near == far) / 2).mean()) - 0.5)
    return Told(*shares)


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
