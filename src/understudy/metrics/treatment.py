"""How learners treat the groups of a protected column: some trained on synthetic rows, some on as many real ones.

One learner a side would leave it to chance which rows it saw, and no bootstrap of test rows shows that. So each side is
cut in up to four parts of up to 5 000 rows, a learner is trained on each, figures are averaged over them, and how much
they differ enters the interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.groups import FEWEST, Groups, Outcome, compared
from understudy.metrics.learners import Features, classifier, fitted
from understudy.metrics.ranking import resamples
from understudy.metrics.sizes import student

PARTS = 4
PART = 5_000
SMALL = 500
TESTED = 10_000
FLIPPED = 10_000
FLOORS = 2
CELLS = 250_000
RESAMPLES = 200
Z = 1.959964

Floats = NDArray[np.float64]


class Treated(NamedTuple):
    """What one learner says of the test rows.

    Attributes:
        positive: whether it predicts the positive outcome, at even odds, (rows,).
        flipped: probability of the positive outcome if a row belonged to each group, (groups, rows flipped).
    """

    positive: NDArray[np.bool_]
    flipped: Floats


@dataclass(frozen=True, eq=False)
class Models:
    """Learners of both sides on the same real rows.

    Attributes:
        groups: of the protected column.
        outcome: that is learned.
        cell: of each test row, twice its group plus its outcome, (rows,).
        synthetic: learners trained on synthetic rows.
        real: as many learners trained on real rows.
        independent: two learners trained on real rows whose columns are shuffled one by one.
        rows: training rows of each learner.
        drawn: how often each bootstrap sample has each test row, the first all of them once, (1 + samples, rows).
    """

    groups: Groups
    outcome: Outcome
    cell: NDArray[np.int64]
    synthetic: tuple[Treated, ...]
    real: tuple[Treated, ...]
    independent: tuple[Treated, ...]
    rows: int
    drawn: Floats

    @property
    def learners(self) -> tuple[Treated, ...]:
        """All of them: synthetic, real, independent."""
        return (*self.synthetic, *self.real, *self.independent)

    def tallies(self) -> tuple[Floats, Floats]:
        """Rows, (samples, groups, 2, 1), and rows predicted positive, (samples, groups, 2, learners), by outcome."""
        cells = np.eye(2 * len(self.groups))[self.cell]
        positive = np.column_stack([each.positive for each in self.learners]).astype(np.float64)
        hits = self.drawn @ (cells[:, :, None] * positive[:, None, :]).reshape(len(cells), -1)
        shape = (len(self.drawn), len(self.groups), 2)
        return (self.drawn @ cells).reshape(*shape, 1), hits.reshape(*shape, -1)


class Contrast(NamedTuple):
    """A figure of the learners of both sides.

    Attributes:
        synthetic: mean over learners trained on synthetic rows.
        real: mean over learners trained on real rows.
        half: half the width of the 95 % interval of their difference; with one learner a side it leaves out the chance
            of training.
        ceiling: the difference between one half of the real learners and the other, None with one learner.
        floor: that between independent and real learners.
    """

    synthetic: float
    real: float
    half: float
    ceiling: float | None
    floor: float

    @property
    def difference(self) -> float:
        """Synthetic minus real."""
        return self.synthetic - self.real


def contrast(figures: Floats, learners: int, error: float) -> Contrast:
    """The contrast of the figures of each learner.

    Args:
        figures: of the synthetic, the real and the independent learners.
        learners: how many are synthetic, and how many real.
        error: standard error of the difference between these from the choice of test rows.
    """
    synthetic, real, independent = np.split(figures, [learners, 2 * learners])
    half, ceiling = Z * error, None
    if learners > 1:
        trained = np.sqrt((synthetic.var(ddof=1) + real.var(ddof=1)) / learners)
        half = float(np.hypot(half, student(2 * (learners - 1)) * trained))
        ceiling = float(real[: learners // 2].mean() - real[learners // 2 :].mean())
    floor = float(independent.mean() - real.mean())
    return Contrast(float(synthetic.mean()), float(real.mean()), half, ceiling, floor)


def models_of(case: Case) -> Models | str:
    """Learners of the outcome from all other judged columns on both sides, or why there are none.

    They are tested on the holdout, at most 10 000 rows of it; without one on a part of the real rows that none of them
    learned from.
    """
    asked = compared(case)
    if isinstance(asked, str):
        return asked
    groups, outcome = asked
    rng = case.rng("treatment")
    order = [grid.take(rng.permutation(len(grid))) for grid in (case.synthetic, case.real)]
    test = order[1].take(np.arange(0, len(order[1]), PARTS)) if case.holdout is None else case.holdout
    if case.holdout is None:
        order[1] = order[1].take(np.flatnonzero(np.arange(len(order[1])) % PARTS))
    known, cell = _tested(groups, outcome, test.take(rng.permutation(len(test))[:TESTED]))
    order.append(order[1].shuffled(rng))
    trained = [_parts(case, outcome, grid, min(len(each) for each in order)) for grid in order]
    trained[2] = trained[2][:FLOORS]
    why = _lacking(outcome, trained, known)
    if why:
        return why
    jobs = [partial(_treated, case, groups, outcome, part, known) for parts in trained for part in parts]
    found, count = tuple(fitted(jobs, PART)), len(trained[0])
    sides = (found[:count], found[count : 2 * count], found[2 * count :])
    drawn = np.vstack([np.ones(len(known)), resamples(len(known), RESAMPLES, rng)]).astype(np.float64)
    return Models(groups, outcome, cell, *sides, rows=min(len(trained[0][0]), len(trained[1][0])), drawn=drawn)


def _tested(groups: Groups, outcome: Outcome, test: Grid) -> tuple[Grid, NDArray[np.int64]]:
    """The rows with a group and an outcome, and their cells."""
    group, truth = groups.of(test), outcome.of(test)
    known = np.flatnonzero((group >= 0) & ~np.isnan(truth))
    return test.take(known), 2 * group[known] + truth[known].astype(np.int64)


def _parts(case: Case, outcome: Outcome, grid: Grid, most: int) -> list[Grid]:
    """Parts of equal size without common rows, of rows whose outcome is known."""
    count = min(max(most // SMALL, 1), PARTS)
    size = min(most // count, PART, CELLS // len(case.columns))
    parts = [grid.take(np.arange(each * size, (each + 1) * size)) for each in range(count)]
    return [part.take(np.flatnonzero(~np.isnan(outcome.of(part)))) for part in parts]


def _lacking(outcome: Outcome, trained: list[list[Grid]], test: Grid) -> str:
    for role, parts in zip(("synthetic", "real", "real"), trained, strict=True):
        if min(len(part) for part in parts) < FEWEST:
            return f"fewer than {FEWEST} {role} rows with a usable value of '{outcome.name}' are there to learn from"
        if any(len(np.unique(outcome.of(part))) < 2 for part in parts):
            return f"'{outcome.name}' is the same in nearly all {role} rows: there is nothing to learn"
    return "" if len(test) >= FEWEST else f"fewer than {FEWEST} rows are left to test on"


def _treated(case: Case, groups: Groups, outcome: Outcome, part: Grid, test: Grid) -> Treated:
    features = Features(case, outcome.name)
    learner = features.learned(classifier(features), features.of(part), outcome.of(part))

    def scores(grid: Grid) -> Floats:
        return learner.predict_proba(features.of(grid))[:, 1]

    some = test.take(np.arange(min(len(test), FLIPPED // len(groups))))
    flipped = np.array([scores(groups.flipped(some, each)) for each in range(len(groups))])
    return Treated(scores(test) > 0.5, flipped)


def uses(flipped: Sequence[Floats], shares: Floats) -> Floats:
    """Mean of |f(x, a) - f(x, b)| over ordered pairs of groups, each weighted by the product of their shares.

    Args:
        flipped: of each learner, (groups, rows).
        shares: of the groups, (groups,).

    Returns:
        (learners, rows).
    """
    return np.array([_over_pairs([np.abs(each[a] - each[b]) for a, b in _pairs(shares)], shares) for each in flipped])


def shared_use(flipped: Sequence[Floats], shares: Floats) -> float | None:
    """What learners from different rows agree on: the root of the mean product of their differences between groups.

    Where a learner's use of the group is nothing but chance, its differences are unrelated to another's and the mean
    of the products is 0 (set to 0 where chance makes it negative). It is the root mean square of the differences of
    the learner that one would expect; arguments as for `uses`. None with one learner.
    """
    if len(flipped) < 2:
        return None
    change = np.array([[each[a] - each[b] for a, b in _pairs(shares)] for each in flipped])
    products = (change.sum(axis=0) ** 2 - (change**2).sum(axis=0)) / (len(flipped) * (len(flipped) - 1))
    return float(np.sqrt(max(_over_pairs(products, shares).mean(), 0.0)))


def _pairs(shares: Floats) -> list[tuple[int, int]]:
    return list(combinations(np.flatnonzero(shares).tolist(), 2))


def _over_pairs(figures: Sequence[Floats] | Floats, shares: Floats) -> Floats:
    """The weighted mean over pairs."""
    weights = np.array([shares[a] * shares[b] for a, b in _pairs(shares)])
    return np.average(np.asarray(figures), axis=0, weights=weights)
