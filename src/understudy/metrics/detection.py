"""Detection: can a learner tell the stand-in from real rows?"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case
from understudy.metrics.learners import Features, classifier, fitted
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.ranking import auc
from understudy.metrics.sizes import common, draws, sample

FOLDS, QUICK_FOLDS = 5, 2
FEWEST = 10
MOST, QUICK = 10_000, 3_000
FULL = 50_000
FULL_FOLDS = 2
CELLS = 1_000_000


class Area(NamedTuple):
    """An area under the curve and its standard error."""

    value: float | None
    error: float | None


class Areas(NamedTuple):
    """How well rows can be told apart, at the common size."""

    train: Area
    holdout: Area
    ceiling: Area
    floor: Area


@metric("fidelity.c2st_train", better="target", quick=True)
def c2st_train(case: Case) -> Measure:
    """Classifier two-sample test: AUC of telling synthetic from training rows (0.5 = cannot, 1 = always).

    Boosted trees (settings in `understudy.metrics.learners`), five stratified folds, mean of the out-of-fold AUC of
    each, between samples of the common size (at most 10 000 rows and a million cells a side); DeLong's 95 % interval.
    The ceiling tells the holdout from training rows, the floor independently shuffled columns. `parts["full"]` uses
    all rows (at most 50 000 and a million cells a side) and two folds. Lopez-Paz and Oquab (2017), arXiv:1610.06545.
    """
    if common(case) < FEWEST:
        return c2st_train.none(_few())
    areas = case.once(_areas)
    full = Area(None, None) if case.quick else case.once(_full)
    parts = {
        "size": common(case, _most(case, MOST)),
        "folds": _folds(case),
        "full": full.value,
        "full_size": _full_size(case),
    }
    return _measure("fidelity.c2st_train", areas.train, areas, parts)


@metric("fidelity.c2st_holdout", better="target", quick=True)
def c2st_holdout(case: Case) -> Measure:
    """Classifier two-sample test: AUC of telling synthetic rows from real ones no model has seen.

    As `fidelity.c2st_train`, with the holdout in the place of the training rows, so that copying does not help.
    """
    if case.holdout is None:
        return c2st_holdout.none("there is no holdout")
    if common(case) < FEWEST:
        return c2st_holdout.none(_few())
    areas = case.once(_areas)
    return _measure(
        "fidelity.c2st_holdout", areas.holdout, areas, {"size": common(case, _most(case, MOST)), "folds": _folds(case)}
    )


def _few() -> str:
    return f"fewer than {FEWEST} rows at the common size are too few to learn from"


def _measure(name: str, area: Area, areas: Areas, parts: dict) -> Measure:
    half = None if area.error is None else 1.96 * area.error
    low, high = (None, None) if area.value is None or half is None else (area.value - half, area.value + half)
    return Measure(
        name,
        area.value,
        low=None if low is None else max(low, 0.0),
        high=None if high is None else min(high, 1.0),
        ceiling=areas.ceiling.value,
        floor=areas.floor.value,
        parts=parts,
        note="0.5 means that boosted trees cannot tell the synthetic rows from real ones",
        better="target",
    )


def _areas(case: Case) -> Areas:
    features = Features(case)
    draw = next(draws(case, 1, _most(case, MOST)))
    first, second, third = (features.of(grid) for grid in (draw.real, draw.synthetic, draw.independent))
    unseen = None if draw.holdout is None else features.of(draw.holdout)
    sides = [(first, second), (unseen, second), (first, unseen), (first, third)]
    return Areas(*(_separate(case, features, a, b, _folds(case)) for a, b in sides))


def _full(case: Case) -> Area:
    features, size, rng = Features(case), _full_size(case), case.rng("c2st full")
    real, synthetic = (features.of(sample(grid, size, rng)) for grid in (case.real, case.synthetic))
    return _separate(case, features, real, synthetic, FULL_FOLDS)


def _folds(case: Case) -> int:
    return QUICK_FOLDS if case.quick else FOLDS


def _full_size(case: Case) -> int:
    return min(len(case.real), len(case.synthetic), _most(case, FULL))


def _most(case: Case, rows: int) -> int:
    """At most so many rows, and fewer where the table is wide or the judge quick."""
    return min(QUICK if case.quick else rows, CELLS // len(case.columns))


def _separate(case: Case, features: Features, real: NDArray | None, other: NDArray | None, folds: int) -> Area:
    """Mean of the AUC over folds: scores of different learners are not compared with one another."""
    if real is None or other is None:
        return Area(None, None)
    rows, truth = np.vstack([real, other]), np.arange(len(real) + len(other)) >= len(real)
    rng = case.rng("folds")
    fold = np.concatenate([rng.permutation(len(side)) % folds for side in (real, other)])
    jobs: list[Callable[[], tuple[float, float]]] = [
        partial(_fold, features, rows, truth, fold == number) for number in range(folds)
    ]
    areas, variances = np.array(fitted(jobs, len(rows))).T
    error = float(np.sqrt(variances.sum()) / folds)
    return Area(float(areas.mean()), error if np.isfinite(error) else None)


def _fold(features: Features, rows: NDArray, truth: NDArray, test: NDArray) -> tuple[float, float]:
    learner = features.learned(classifier(features), rows[~test], truth[~test])
    return auc(truth[test], learner.predict_proba(rows[test])[:, 1])
