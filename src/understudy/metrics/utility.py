"""Utility: does what is learned from the stand-in hold on real rows?"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.learners import Features, classifier, fitted, regressor
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.ranking import resamples, weighted_auc
from understudy.metrics.sizes import plain, sample
from understudy.metrics.target import Target, target_of

FEWEST = 10
MOST, QUICK = 50_000, 10_000
TESTED = 50_000
RESAMPLES = 200
CELLS = 2_000_000
DRAWN = 20_000_000


@metric("utility.tstr", quick=True)
def tstr(case: Case) -> Measure:
    """Train on synthetic, test on real: AUC (or R²) on the holdout, beside training on real rows.

    Boosted trees (settings in `understudy.metrics.learners`) learn the target from equally many synthetic and
    training rows (at most 50 000 rows and two million cells) and are tested on the holdout. AUC for two classes,
    macro one-against-rest AUC for more, R² for a number. The ceiling is the learner trained on real rows; the floor,
    0.5 or 0, needs no training. The intervals are bootstraps over the test rows; `parts["difference"]` is TSTR - TRTR
    with its own.
    """
    target = target_of(case)
    if target is None:
        return tstr.none("no judged column can be predicted: none has two values often enough")
    most = QUICK if case.quick else MOST
    size = min(len(case.real), len(case.synthetic), most, CELLS // len(case.columns))
    rng = case.rng("tstr")
    real, synthetic = (_rows(case, target, sample(grid, size, rng)) for grid in (case.real, case.synthetic))
    test = _rows(case, target, case.real if case.holdout is None else sample(case.holdout, TESTED, rng))
    why = _lacking(case, target, synthetic, test)
    if why:
        return tstr.none(why)
    sides = [synthetic] if case.holdout is None else [synthetic, real]
    jobs = [partial(_predictions, case, target, x, y, test[0]) for x, y in sides]
    guesses = fitted(jobs, max(len(y) for _, y in sides))
    ones = np.ones((1, len(test[1])), dtype=np.int64)
    exact = [float(_scores(target, test[1], guess, ones)[0]) for guess in guesses]
    drawn = resamples(len(test[1]), max(20, min(RESAMPLES, DRAWN // len(test[1]))), rng)
    spread = [_scores(target, test[1], guess, drawn) for guess in guesses]
    return _measure(case, target, exact, spread, {"train_rows": len(synthetic[1]), "test_rows": len(test[1])})


def _rows(case: Case, target: Target, grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Features and target of the rows that have one."""
    truth = target.of(grid)
    known = ~np.isnan(truth)
    return Features(case, target.name).of(grid.take(np.flatnonzero(known))), truth[known]


def _lacking(case: Case, target: Target, synthetic: tuple, test: tuple) -> str:
    if not synthetic[0].shape[1]:
        return f"'{target.name}' is the only judged column: there is nothing to predict it from"
    if min(len(synthetic[1]), len(test[1])) < FEWEST:
        return f"fewer than {FEWEST} rows have a usable value of '{target.name}'"
    if len(np.unique(synthetic[1])) < 2:
        return f"'{target.name}' has one value in the synthetic table"
    if len(np.unique(test[1])) < 2:
        return f"'{target.name}' has one value in the rows to test on"
    return ""


def _predictions(case: Case, target: Target, x: NDArray, y: NDArray, test: NDArray) -> NDArray[np.float64]:
    """Numbers (rows,), or class probabilities (rows, classes) with 0 for classes not learned from."""
    features = Features(case, target.name)
    if not target.classes:
        middle, scale = y.mean(), y.std()
        return features.learned(regressor(features), x, (y - middle) / scale).predict(test) * scale + middle
    seen, y = np.unique(y, return_inverse=True)
    learner = features.learned(classifier(features, len(seen)), x, y)
    found = np.zeros((len(test), target.classes))
    found[:, seen.astype(int)] = learner.predict_proba(test)
    return found


def _scores(target: Target, truth: NDArray, guess: NDArray, weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Score under each weighting of the test rows, (weightings,), NaN where it cannot be computed."""
    if not target.classes:
        return _explained(truth, guess, weights)
    classes = [1] if target.classes == 2 else [each for each in range(target.classes) if (truth == each).any()]
    areas = np.array([weighted_auc(truth == each, guess[:, each], weights) for each in classes])
    known = ~np.isnan(areas)
    return np.where(known, areas, 0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)


def _explained(truth: NDArray, guess: NDArray, weights: NDArray[np.int64]) -> NDArray[np.float64]:
    # deviations in units of the spread, so that squares of large numbers stay finite
    middle, scale = truth.mean(), truth.std()
    truth, guess = (truth - middle) / scale, (guess - middle) / scale
    count = weights.sum(axis=1)
    total = weights @ truth**2 - (weights @ truth) ** 2 / count
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, 1 - (weights @ (truth - guess) ** 2) / total, np.nan)


def _measure(case: Case, target: Target, exact: list[float], spread: list[NDArray], parts: dict[str, Any]) -> Measure:
    low, high = _ends(spread[0], exact[0])
    what = "R²" if not target.classes else "AUC" if target.classes == 2 else "macro AUC"
    parts |= {"target": target.name, "guessed": target.guessed, "score": what, "tstr": plain(exact[0])}
    parts |= {"full": plain(exact[0]), "trtr": None, "difference": None}
    if len(exact) > 1:
        ends = _ends(spread[0] - spread[1], exact[0] - exact[1])
        parts |= {"trtr": plain(exact[1])}
        parts |= {"difference": {"value": plain(exact[0] - exact[1]), "low": ends[0], "high": ends[1]}}
    said = "guessed" if target.guessed else "as asked"
    note = f"{what} of predicting '{target.name}' ({said})"
    note += " on the holdout" if case.holdout is not None else " on the training rows, for want of a holdout"
    floor = 0.5 if target.classes else 0.0
    return Measure("utility.tstr", plain(exact[0]), low, high, parts["trtr"], floor, parts, note)


def _ends(values: NDArray[np.float64], value: float) -> tuple[float | None, float | None]:
    """The middle 95 % of the bootstrap, stretched to the value where that lies outside (R² near 0 is skewed)."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None, None
    return float(min(np.quantile(known, 0.025), value)), float(max(np.quantile(known, 0.975), value))
