"""Inference: can somebody who knows all of a person but one column read that column off the stand-in?"""

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import Points
from understudy.metrics.attack import NO_HOLDOUT
from understudy.metrics.case import Case, Grid, pooled
from understudy.metrics.distances import coordinates, workers
from understudy.metrics.guessing import Targets, commonest, compared, right, targets, varying, worst
from understudy.metrics.learners import Features, classifier, fitted, regressor
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.target import MOST, Target, target_of

LEARNED = 5_000
ROUNDS = 50
SECRETS = 3
FEWEST = 20
LONE = "guessing one column from others needs two columns that vary among the training rows"


@metric("privacy.inference", better="low")
def inference(case: Case) -> Measure:
    """Inference: right guesses of one column from the nearest synthetic row, beyond those about unseen rows.

    Each column in turn is the secret: the synthetic row nearest to a target by all other columns (distance as in
    `understudy.metrics.distances`) gives the guess. Levels must be equal, numbers within 5 % of the real rows in
    rank. The residual risk of a column is (success - control) / (1 - control), from at most 2 000 training and as many
    holdout rows; the value is that of the worst column, by its lower bound, and `parts["p"]` is Holm's over all
    columns. Giomi et al. (PoPETs 2023, section 5.4). `naive` is the share right of always guessing the best value.
    """
    if case.holdout is None:
        return inference.none(NO_HOLDOUT)
    columns = varying(case)
    if len(columns) < 2:
        return inference.none(LONE)
    found, guesses = case.once(targets), case.once(_guesses)
    train = found.points.take(slice(found.training))
    by = {}
    for column, place in zip(columns, guesses.T, strict=True):
        guess = replace(found.known, place=found.known.place[:, place])
        sides, name = found.sides(right(found.points, guess, column)), case.columns[column]
        by[name] = compared(name, *sides, parts={"naive": commonest(train, column)})
    note = "how much more often the nearest synthetic row tells '{}' of a training row than of an unseen row"
    return worst("privacy.inference", by, note, {"rows": len(found.synthetic)})


def _guesses(case: Case) -> NDArray[np.int64]:
    """The synthetic row nearest to each target when a column is left out, (targets, varying columns)."""
    from understudy.kernels.neighbours import neighbours_without

    found = case.once(targets)
    return neighbours_without(found.points, found.known, varying(case), workers())


@metric("privacy.attribute", better="low")
def attribute(case: Case) -> Measure:
    """Attribute inference: right guesses of a learner trained on synthetic rows, beyond those about unseen rows.

    Secrets are the target, the protected column, and the three discrete columns of at most 20 levels with the highest
    entropy. Boosted trees (`understudy.metrics.learners`, 50 rounds) learn the secret from at most 5 000 synthetic
    rows: those nearest to the targets first, by all columns but the secret, since they are the ones that could be
    copies. Targets are training and holdout rows alike, right guesses, value and p as in `privacy.inference`.
    After Stadler, Oprisanu and Troncoso (USENIX Security 2022), with the holdout in the place of a second model.
    """
    if case.holdout is None:
        return attribute.none(NO_HOLDOUT)
    if len(varying(case)) < 2:
        return attribute.none(LONE)
    secrets = [secret for name in _secrets(case) if (secret := target_of(replace(case, target=name)))]
    jobs = [partial(_learned, case, secret) for secret in secrets]
    by = {each.name: each for each in fitted(jobs, LEARNED) if each is not None}
    if not by:
        return attribute.none("no column has two values that are frequent enough to be learned and tested")
    note = "how much more often a learner trained on synthetic rows tells '{}' of a training row than of an unseen row"
    return worst("privacy.attribute", by, note, {"rows": min(LEARNED, len(case.once(targets).synthetic))})


def _secrets(case: Case) -> list[str]:
    """The target, the protected column, and the discrete columns that are hardest to guess without help."""
    found, able = target_of(case), set(varying(case))
    spread = {}
    for place, name in enumerate(case.discrete):
        counts = np.bincount(case.real.codes[:, place] + 1)
        if len(case.numeric) + place in able and (counts[1:] > 0).sum() <= MOST:
            rates = counts[counts > 0] / counts.sum()
            spread[name] = float(-(rates * np.log(rates)).sum())
    often = sorted(spread, key=lambda name: -spread[name])[:SECRETS]
    named = [found.name if found else None, case.protected, *often]
    return [name for name in dict.fromkeys(named) if name and case.columns.index(name) in able]


def _learned(case: Case, secret: Target) -> Measure | None:
    """The attack on one secret, None where there is too little to learn from or nobody to test it on."""
    found, column = case.once(targets), case.columns.index(secret.name)
    truth, lessons = secret.of(found.rows), _lessons(case, found, secret)
    inside, outside = found.sides(~np.isnan(truth))
    if len(lessons) < FEWEST or not inside.any() or not outside.any():
        return None
    guess = _predicted(case, secret, lessons, found.rows)
    hits = guess == truth if secret.classes else right(found.points, _placed(case, found.rows, column, guess), column)
    first, second = found.sides(hits)
    tested = replace(found.points, place=found.points.take(slice(found.training)).place[:, inside])
    parts = {"naive": commonest(tested, column), "classes": secret.classes, "lessons": len(lessons)}
    return compared(secret.name, first[inside], second[outside], parts=parts)


def _lessons(case: Case, found: Targets, secret: Target) -> Grid:
    """Synthetic rows with a secret to learn: those nearest to any target by the other columns, then any."""
    near = np.unique(case.once(_guesses)[:, varying(case).index(case.columns.index(secret.name))])
    order = np.concatenate([near, np.setdiff1d(np.arange(len(found.synthetic)), near)])
    known = order[~np.isnan(secret.of(found.synthetic)[order])]
    return found.synthetic.take(known[:LEARNED])


def _predicted(case: Case, secret: Target, lessons: Grid, rows: Grid) -> NDArray[np.float64]:
    """What a learner of these synthetic rows says of each row; the one value where they all have it."""
    truth, features = secret.of(lessons), Features(case, without=secret.name)
    if (truth == truth[0]).all():
        return np.full(len(rows), truth[0])
    learner = classifier(features, secret.classes) if secret.classes else regressor(features)
    learner.set_params(max_iter=min(ROUNDS, learner.max_iter))
    return features.learned(learner, features.of(lessons), truth).predict(features.of(rows))


def _placed(case: Case, rows: Grid, column: int, guess: NDArray[np.float64]) -> Points:
    """The rows with their number in a column guessed."""
    numbers = rows.numbers.copy()
    numbers[:, column] = guess
    return coordinates(case.once(pooled), Grid(numbers, rows.codes))
