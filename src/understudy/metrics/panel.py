"""A panel of unlike learners: do they score, rank and reason alike when taught by the stand-in?

Everything stands on one set of fits of the learners in `understudy.metrics.trials`: on synthetic rows, on as many
training rows, and on as many other training rows, which say how far two real samples agree. Scores are of at most 5 000
test rows; intervals are bootstraps over them with the learners held fixed, so that they leave out the chance of which
rows were trained on.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.execution.algebra import one_thread
from understudy.metrics.case import Case
from understudy.metrics.learners import Features, Result, fitted
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.ranking import midranks, resamples
from understudy.metrics.sizes import plain, sample
from understudy.metrics.target import Target, target_of
from understudy.metrics.trials import TREES, Rows, Trial, scores, tried, untrained

TRAINED = 5_000
TESTED = 5_000
CELLS = 1_000_000
RESAMPLES = 200
FEWEST = 10
FEWEST_COLUMNS = 3
REPEATS = 2
PERMUTED = 60_000
TOP = 5
Z = 1.959964


@dataclass(frozen=True, eq=False)
class Panel:
    """Learners by name, each taught by synthetic rows and by two real samples of one size."""

    target: Target
    size: int
    test: Rows
    synthetic: dict[str, Trial]
    first: dict[str, Trial]
    second: dict[str, Trial]

    @property
    def chance(self) -> float:
        """What a guess scores."""
        return 0.5 if self.target.classes else 0.0

    def parts(self) -> dict[str, Any]:
        """Figures that every measure of the panel gives."""
        what = "R²" if not self.target.classes else "AUC" if self.target.classes == 2 else "macro AUC"
        known = {"target": self.target.name, "guessed": self.target.guessed, "score": what}
        return known | {"train_rows": self.size, "test_rows": len(self.test)}

    def note(self, case: Case, said: str) -> str:
        """A sentence with what the figure stands on."""
        where = (
            "" if case.holdout is not None else "; tested on training rows the stand-in has seen, for want of a holdout"
        )
        return f"{said} '{self.target.name}'{' (guessed)' if self.target.guessed else ''}{where}"


@metric("utility.learners")
def learners(case: Case) -> Measure:
    """TSTR over TRTR, beyond chance, for each of ten unlike learners; the median counts.

    (TSTR - c) / (TRTR - c) on the same real test rows, c = 0.5 for the area under the ROC curve (mean of one against
    the rest for more than two classes), 0 for R². Learners that real rows teach nothing (TRTR not beyond c by 1.96 of
    its standard errors) do not count: their ratio has no meaning. `parts["by"]` has TSTR, TRTR, TRTS (trained on real,
    tested on synthetic rows) and the ratio with its paired bootstrap interval. Ceiling 1, floor 0 by definition.
    After Esteban, Hyland and Rätsch (2017), arXiv:1706.02633, for TSTR and TRTS.
    """
    panel = case.once(_panel)
    if isinstance(panel, str):
        return learners.none(panel)
    tstr, trtr = (np.array([trial.real for trial in side.values()]) for side in (panel.synthetic, panel.first))
    taught = trtr[:, 0] - panel.chance > Z * trtr[:, 1:].std(axis=1)
    names = list(panel.first)
    parts = panel.parts() | {"left_out": [name for name, good in zip(names, taught, strict=True) if not good]}
    if not taught.any():
        return learners.none(f"none of {len(names)} learners predicts '{panel.target.name}' from real rows: no ratio")
    gain = trtr - panel.chance
    ratios = np.where((gain > 0) & taught[:, None], (tstr - panel.chance) / np.where(gain > 0, gain, 1), np.nan)
    parts["by"] = {name: _by(panel, name, ratio) for name, ratio in zip(names, ratios, strict=True)}
    known = np.isfinite(ratios).any(axis=0)
    middle = np.nanmedian(ratios[:, known], axis=0)
    ends = _ends(middle)
    said = f"median over {taught.sum()} of {len(names)} learners of TSTR over TRTR, {parts['score']} beyond chance, for"
    return Measure("utility.learners", float(middle[0]), *ends, 1.0, 0.0, parts, panel.note(case, said))


def _by(panel: Panel, name: str, ratios: NDArray[np.float64]) -> dict[str, float | None]:
    low, high = _ends(ratios)
    scores = {"tstr": panel.synthetic[name].real[0], "trtr": panel.first[name].real[0]}
    scores |= {"trts": panel.first[name].synthetic, "ratio": ratios[0]}
    return {key: plain(value) for key, value in scores.items()} | {"low": low, "high": high}


@metric("utility.ranking")
def ranking(case: Case) -> Measure:
    """Kendall's tau-b between the orders of ten learners by TSTR and by TRTR: would the same one be chosen?

    Two learners of a side are tied where their scores differ by less than the standard error of their difference over
    the same test rows (bootstrap). With signs a and b of the differences, tau-b = Σab / √(Σa² Σb²) over pairs (Kendall,
    "Rank Correlation Methods", 1948, chapter 3). The value is the mean of two, with TRTR by either of two real samples;
    the interval pools their bootstraps over test rows; the ceiling is the tau-b between the two samples' TRTR; the
    floor, orders that have nothing in common.
    """
    panel = case.once(_panel)
    if isinstance(panel, str):
        return ranking.none(panel)
    sides = (panel.synthetic, panel.first, panel.second)
    own, real, other = (order(np.array([trial.real for trial in side.values()])) for side in sides)
    found, ceiling = _pooled(tau_b(own, real), tau_b(own, other)), plain(tau_b(other, real)[0])
    parts = panel.parts() | {"learners": len(panel.first)}
    for key, side in (("by_tstr", panel.synthetic), ("by_trtr", panel.first)):
        parts[key] = sorted(side, key=lambda name, side=side: -side[name].real[0])
    if not np.isfinite(found[0]):
        where = "real" if own[:, 0].any() else "synthetic"
        return ranking.none(f"learners taught by {where} rows score alike: there is no order to agree on")
    if ceiling is None:
        parts["ceiling"] = "learners taught by the other real sample score alike"
    note = panel.note(case, "agreement of the learners' order by TSTR with that by TRTR, for")
    return Measure("utility.ranking", float(found[0]), *_ends(found), ceiling, 0.0, parts, note)


def order(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signs of the differences of each two learners, 0 where they are tied.

    Args:
        scores: (learners, 1 + resamples), the first column exact.

    Returns:
        (pairs, 1 + resamples).
    """
    one, two = np.triu_indices(len(scores), 1)
    gaps = scores[one] - scores[two]
    error = gaps[:, 1:].std(axis=1) if gaps.shape[1] > 1 else np.zeros(len(gaps))
    return np.sign(gaps) * (np.abs(gaps) >= error[:, None])


def tau_b(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kendall's tau-b of signs, (pairs, resamples) to (resamples,); NaN where one side is all ties.

    >>> tau_b(np.array([[1.0], [1.0], [0.0]]), np.array([[1.0], [-1.0], [1.0]]))
    array([0.])
    """
    total = np.sqrt((one**2).sum(axis=0) * (two**2).sum(axis=0))
    return np.where(total > 0, (one * two).sum(axis=0) / np.where(total > 0, total, 1), np.nan)


@metric("utility.importance")
def importance(case: Case) -> Measure:
    """Do boosted trees lean on the same columns? Spearman's correlation of permutation importance.

    The judge's learner is taught by synthetic and by real rows; a column's importance is what the score on real test
    rows loses when the column is permuted among them (Breiman 2001, mean of two permutations, the same for all
    learners). `parts["overlap"]` is the share of the k most important columns that both name, k = min(5, columns // 2).
    The value is the mean of two, beside either of two real samples; the interval pools their bootstraps over test rows;
    the ceiling is that between the two samples; floor 0.
    """
    panel = case.once(_panel)
    if isinstance(panel, str):
        return importance.none(panel)
    names = [name for name in case.columns if name != panel.target.name]
    if len(names) < FEWEST_COLUMNS:
        return importance.none(f"fewer than {FEWEST_COLUMNS} columns to rank by importance")
    own, real, other = _importances(case, panel)
    found = _pooled(spearman(own, real), spearman(own, other))
    if not np.isfinite(found[0]):
        return importance.none("a learner leans on no column, or on all alike: there is no order to agree on")
    count = min(TOP, len(names) // 2)
    parts = panel.parts() | {"k": count, "overlap": _overlap(own, real, count)}
    parts |= {"ceiling_overlap": _overlap(other, real, count), "repeats": REPEATS, "permuted_rows": _rows(case, panel)}
    parts["by"] = {
        names[i]: {"synthetic": float(own[i, 0]), "real": float(real[i, 0])}
        for i in np.argsort(-real[:, 0], kind="stable")
    }
    note = panel.note(case, f"agreement of the importance of {len(names)} columns for boosted trees that predict")
    ceiling = plain(spearman(other, real)[0])
    return Measure("utility.importance", float(found[0]), *_ends(found), ceiling, 0.0, parts, note)


def _importances(case: Case, panel: Panel) -> list[NDArray[np.float64]]:
    """Importance by the learners of the synthetic and both real samples, each (columns, 1 + resamples)."""
    rng = case.rng("importance")
    features = Features(case, panel.target.name)
    test = panel.test.take(rng.permutation(len(panel.test))[: _rows(case, panel)])
    x, weights = features.of(test.grid), _weights(len(test), rng)
    orders = np.array([rng.permutation(len(test)) for _ in range(REPEATS)])
    sides = (panel.synthetic, panel.first, panel.second)
    score = partial(scores, panel.target, test.truth)
    jobs = [partial(_permuted, side[TREES].predict, score, x, weights, orders) for side in sides]
    return _alone(jobs, len(test))


def _rows(case: Case, panel: Panel) -> int:
    """Test rows that are permuted: a learner predicts no more than 60 000."""
    return min(len(panel.test), max(FEWEST, PERMUTED // (REPEATS * (len(case.columns) - 1))))


def _permuted(predict: Callable, score: Callable, x: NDArray, weights: NDArray, orders: NDArray) -> NDArray[np.float64]:
    """What the score loses by column, mean over orders, (columns, 1 + resamples)."""
    whole, losses = score(predict(x), weights), []
    for column in range(x.shape[1]):
        changed = np.tile(x, (len(orders), 1))
        changed[:, column] = x[orders, column].ravel()
        guesses = np.split(predict(changed), len(orders))
        losses.append(whole - np.mean([score(guess, weights) for guess in guesses], axis=0))
    return np.array(losses)


def spearman(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spearman's correlation down the columns by mid-ranks, (rows, n) to (n,); NaN where a side is constant."""
    ranks = [np.apply_along_axis(midranks, 0, side) for side in (one, two)]
    a, b = (side - side.mean(axis=0) for side in ranks)
    total = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.where(total > 0, (a * b).sum(axis=0) / np.where(total > 0, total, 1), np.nan)


def _pooled(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of two exact values, as far as there are any, and then the resamples of both."""
    exact = [float(value) for value in (one[0], two[0]) if np.isfinite(value)]
    middle = sum(exact) / len(exact) if exact else np.nan
    return np.hstack([np.array([middle]), one[1:], two[1:]])


def _overlap(one: NDArray, two: NDArray, count: int) -> float:
    first, second = (set(np.argsort(-side[:, 0], kind="stable")[:count].tolist()) for side in (one, two))
    return len(first & second) / count


def _panel(case: Case) -> Panel | str:
    """The panel, or why there is none."""
    target = target_of(case)
    if target is None:
        return "no judged column can be predicted: none has two values often enough"
    if len(case.columns) < 2:
        return f"'{target.name}' is the only judged column: there is nothing to predict it from"
    synthetic, first, second, test = _sides(case, target)
    why = _lacking(target, {"synthetic": synthetic, "real": first, "second real": second}, test)
    if why:
        return why
    weights, names = _weights(len(test), case.rng("panel resamples")), list(untrained(target.classes, 1))
    sides = (synthetic, first, second)
    jobs = [partial(tried, case, target, name, side, (test, synthetic), weights) for side in sides for name in names]
    trials = _alone(jobs, len(first))
    own, one, two = (dict(zip(names, trials[at:], strict=False)) for at in (0, len(names), 2 * len(names)))
    return Panel(target, len(first), test, own, one, two)


def _alone(jobs: Sequence[Callable[[], Result]], rows: int) -> list[Result]:
    """Results of jobs, one after the other, with sums in the same order whatever the number of cores."""
    from sklearn.exceptions import ConvergenceWarning

    with one_thread(), warnings.catch_warnings():
        # a fit cut off at its last round is scored as it stands, on every side alike: the net stops by design
        warnings.simplefilter("ignore", ConvergenceWarning)
        return fitted(jobs, rows)


def _sides(case: Case, target: Target) -> tuple[Rows, Rows, Rows, Rows]:
    """Synthetic rows, two real samples of one size, and real rows to test on.

    Without a holdout a third of the training rows is kept back to test on: unseen by the learners, not by the stand-in.
    """
    rng = case.rng("panel")
    synthetic, real = Rows.of(case.synthetic, target), Rows.of(case.real, target)
    places = rng.permutation(len(real))
    if case.holdout is None:
        held = min(len(real) // 3, TESTED)
        test, places = real.take(places[:held]), places[held:]
    else:
        test = Rows.of(sample(case.holdout, TESTED, rng), target)
    size = min(len(synthetic), len(places) // 2, TRAINED, max(FEWEST, CELLS // len(case.columns)))
    chosen = rng.permutation(len(synthetic))[:size]
    own, one, two = synthetic.take(chosen), real.take(places[:size]), real.take(places[size : 2 * size])
    return _repeated(own, target), _repeated(one, target), _repeated(two, target), test


def _repeated(rows: Rows, target: Target) -> Rows:
    """Without classes that a single row carries: nothing can be learned of their spread."""
    if not target.classes or not len(rows):
        return rows
    often = np.bincount(rows.truth.astype(int), minlength=target.classes) > 1
    return rows.take(np.flatnonzero(often[rows.truth.astype(int)]))


def _lacking(target: Target, sides: dict[str, Rows], test: Rows) -> str:
    for role, rows in (*sides.items(), ("test", test)):
        if len(rows) < FEWEST:
            return f"fewer than {FEWEST} {role} rows have a usable value of '{target.name}'"
        if len(np.unique(rows.truth)) < 2:
            return f"'{target.name}' has one value in the {role} rows"
    return ""


def _weights(rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(1 + resamples, rows): every row once, then as often as each bootstrap sample draws it."""
    return np.vstack([np.ones(rows), resamples(rows, RESAMPLES, rng).astype(np.float64)])


def _ends(values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """The middle 95 % of the resamples, stretched to the value, which stands first: ranks scatter to one side."""
    known = values[1:][np.isfinite(values[1:])]
    if not len(known):
        return None, None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(min(low, values[0])), float(max(high, values[0]))
