"""Unlike learners with pinned settings, taught by some rows and scored on others.

Ten for a class, ten for a number (scikit-learn's, everything not named below at its default, seed 0). All but the
judge's boosted trees read one matrix, learned from the rows trained on: numbers standardised and held to ten
deviations, missing ones at the mean with a flag of their own; discrete columns one-hot, missing as a level, with at
most 20 levels of at least five rows (fewer in wide tables), the rest gathered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.learners import Features, classifier, regressor
from understudy.metrics.ranking import midranks
from understudy.metrics.target import Target

LEVELS = 20
LEVEL_ROWS = 5
WIDTH = 400
FARTHEST = 10.0
TREES = "boosted trees"

Predict = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that have a target, and the target."""

    grid: Grid
    truth: NDArray[np.float64]

    @staticmethod
    def of(grid: Grid, target: Target) -> "Rows":
        """Those rows of a grid."""
        truth = target.of(grid)
        known = np.flatnonzero(~np.isnan(truth))
        return Rows(grid.take(known), truth[known])

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, rows: NDArray[np.integer]) -> "Rows":
        """The rows at these places."""
        return Rows(self.grid.take(rows), self.truth[rows])


class Trial(NamedTuple):
    """A learner taught by one side.

    Attributes:
        real: scores on real test rows, (1 + resamples,), the first of them exact.
        synthetic: score on synthetic rows.
        predict: from the learner's matrix to numbers (rows,), or scores of each class (rows, classes).
    """

    real: NDArray[np.float64]
    synthetic: float
    predict: Predict


@dataclass(frozen=True, eq=False)
class Coding:
    """Columns as a matrix for learners that know numbers alone.

    Attributes:
        numeric: places of the numeric columns.
        middle: their means.
        scale: their spreads.
        flagged: whether a column has a flag for missing cells.
        slots: by place of each discrete column, what each state becomes, missing first, and how many slots there are.
    """

    numeric: tuple[int, ...]
    middle: NDArray[np.float64]
    scale: NDArray[np.float64]
    flagged: NDArray[np.bool_]
    slots: dict[int, tuple[NDArray[np.int64], int]]

    @staticmethod
    def learned(case: Case, without: str, grid: Grid) -> "Coding":
        """The coding that these rows teach; one column stands aside."""
        numeric = tuple(i for i, name in enumerate(case.numeric) if name != without)
        discrete = [i for i, name in enumerate(case.discrete) if name != without]
        most = min(LEVELS, max(1, WIDTH // len(case.columns)))
        slots = {i: _slots(grid.codes[:, i], len(case.levels[i]), most) for i in discrete}
        numbers = grid.numbers[:, numeric]
        middle, scale = np.array([standard(column) for column in numbers.T]).reshape(-1, 2).T
        return Coding(numeric, middle, scale, np.asarray(np.isnan(numbers).any(axis=0)), slots)

    def of(self, grid: Grid) -> NDArray[np.float64]:
        """The matrix of these rows, (rows, features)."""
        numbers = grid.numbers[:, self.numeric]
        flags = np.isnan(numbers)[:, self.flagged].astype(np.float64)
        # a stand-in's number may lie so far out that its distance from the mean cannot be written
        with np.errstate(over="ignore"):
            scaled = np.clip((numbers - self.middle) / self.scale, -FARTHEST, FARTHEST)
        hot = [np.eye(count)[slot[grid.codes[:, i] + 1]] for i, (slot, count) in self.slots.items()]
        return np.hstack([np.nan_to_num(scaled), flags, *hot])


def standard(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and spread of the known values, 0 and 1 where there is none; sums that cannot be written are avoided."""
    known = values[~np.isnan(values)]
    most = np.abs(known).max(initial=0.0)
    if not most:
        return 0.0, 1.0
    spread = (known / most).std()
    return float((known / most).mean() * most), float(spread * most) if spread > 1e-12 else 1.0


def _slots(codes: NDArray[np.int32], levels: int, most: int) -> tuple[NDArray[np.int64], int]:
    """A slot for each of the most frequent states and one for all the others."""
    often = np.bincount(codes + 1, minlength=levels + 1)
    kept = np.argsort(-often, kind="stable")[:most]
    kept = kept[often[kept] >= LEVEL_ROWS]
    slots = np.full(levels + 1, len(kept))
    slots[kept] = np.arange(len(kept))
    return slots, len(kept) + 1


def tried(case: Case, target: Target, name: str, rows: Rows, tests: tuple[Rows, Rows], weights: NDArray) -> Trial:
    """A learner taught by these rows and scored on others.

    Args:
        case: what is judged.
        target: what is to be predicted.
        name: of the learner.
        rows: those learned from, at least two of each class.
        tests: real and synthetic rows.
        weights: (1 + resamples, real test rows) times each row counts, the first all ones.
    """
    coding = Features(case, target.name) if name == TREES else Coding.learned(case, target.name, rows.grid)
    with np.errstate(all="ignore"):  # where no column varies some learners divide by a spread of 0
        predict = _taught(target, name, coding, rows)
        real, synthetic = (predict(coding.of(test.grid)) for test in tests)
    every = np.ones((1, len(tests[1])))
    own = float(scores(target, tests[1].truth, synthetic, every)[0])
    return Trial(scores(target, tests[0].truth, real, weights), own, predict)


def _taught(target: Target, name: str, coding: Features | Coding, rows: Rows) -> Predict:
    x, seen = coding.of(rows.grid), np.unique(rows.truth)
    middle, scale = standard(rows.truth)
    truth = np.searchsorted(seen, rows.truth) if target.classes else (rows.truth - middle) / scale
    if isinstance(coding, Features):
        learner = coding.learned(classifier(coding, len(seen)) if target.classes else regressor(coding), x, truth)
    else:
        learner = untrained(target.classes, len(rows))[name].fit(x, truth)
    if not target.classes:
        return lambda x: np.nan_to_num(learner.predict(x)) * scale + middle
    return lambda x: _by_class(learner, x, seen.astype(int), target.classes)


def _by_class(learner: Any, x: NDArray, seen: NDArray[np.int_], classes: int) -> NDArray[np.float64]:
    """Probabilities or margins, (rows, classes), 0 for classes not learned."""
    given = learner.predict_proba(x) if hasattr(learner, "predict_proba") else learner.decision_function(x)
    found = np.zeros((len(x), classes))
    found[:, seen] = np.nan_to_num(given if given.ndim > 1 else np.column_stack([-given, given]))
    return found


def untrained(classes: int, rows: int) -> dict[str, Any]:
    """Learners by name, for so many training rows; the judge's boosted trees have their settings elsewhere."""
    from sklearn import ensemble, linear_model, neighbors, neural_network, tree

    grown: dict[str, Any] = {"n_estimators": 40, "min_samples_leaf": 5, "max_features": "sqrt", "random_state": 0}
    net: dict[str, Any] = {"hidden_layer_sizes": (32,), "max_iter": 15, "learning_rate_init": 0.005, "random_state": 0}
    leaves: dict[str, Any] = {"max_depth": 6, "min_samples_leaf": 10, "random_state": 0}
    around = min(25, rows)
    if not classes:
        return _lines(rows) | {
            "nearest neighbours": neighbors.KNeighborsRegressor(around, algorithm="brute"),
            "tree": tree.DecisionTreeRegressor(**leaves),
            "forest": ensemble.RandomForestRegressor(**grown),
            "extra trees": ensemble.ExtraTreesRegressor(**grown),
            TREES: None,
            "neural net": neural_network.MLPRegressor(**net),
        }
    from sklearn import discriminant_analysis, naive_bayes, svm

    margin: dict[str, Any] = {"C": 0.1, "dual": False, "random_state": 0}
    return {
        "logistic regression": linear_model.LogisticRegression(max_iter=1_000),
        "naive Bayes": naive_bayes.GaussianNB(var_smoothing=0.01),
        "discriminant analysis": discriminant_analysis.LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1),
        "linear SVM": svm.LinearSVC(**margin),
        "nearest neighbours": neighbors.KNeighborsClassifier(around, algorithm="brute"),
        "tree": tree.DecisionTreeClassifier(**leaves),
        "forest": ensemble.RandomForestClassifier(**grown),
        "extra trees": ensemble.ExtraTreesClassifier(**grown),
        TREES: None,
        "neural net": neural_network.MLPClassifier(**net),
    }


def _lines(rows: int) -> dict[str, Any]:
    """Straight lines to a number, one of them after a kernel."""
    from sklearn import kernel_approximation, linear_model, pipeline

    kernel = kernel_approximation.Nystroem(gamma=0.02, n_components=min(200, rows), random_state=0)
    robust: dict[str, Any] = {"loss": "epsilon_insensitive", "max_iter": 20, "tol": None, "average": True}
    return {
        "ridge": linear_model.Ridge(),
        "elastic net": linear_model.ElasticNet(alpha=0.02),
        "linear SVM": linear_model.SGDRegressor(**robust, random_state=0),
        "kernel ridge": pipeline.make_pipeline(kernel, linear_model.Ridge(0.1)),
    }


def scores(target: Target, truth: NDArray, guess: NDArray, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The score under each weighting of the test rows, (weightings,).

    The area under the ROC curve, the mean of one against the rest for more than two classes, or R². Under weights other
    than ones the area is its value and the mean of DeLong's components, which is what it tends to in long tables and
    needs no sorting; where the drawn numbers are all alike R² is the exact one.

    Args:
        target: what was predicted.
        truth: (rows,) with two values at the least.
        guess: (rows,) or (rows, classes).
        weights: (weightings, rows), the first all ones.
    """
    if not target.classes:
        return _explained(truth, guess, weights)
    classes = [1] if target.classes == 2 else [each for each in range(target.classes) if (truth == each).any()]
    areas = [components(truth == each, guess[:, each]) for each in classes]
    parts = np.mean([part for _, part in areas], axis=0)
    return np.mean([area for area, _ in areas]) + weights @ parts


def components(truth: NDArray[np.bool_], values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """The area under the ROC curve and what each row adds to it when it counts once more, (rows,).

    DeLong, DeLong and Clarke-Pearson 1988: a positive's component is the share of negatives below it, less the area,
    over the number of positives; a negative's likewise.
    """
    positive, negative = values[truth], values[~truth]
    ranks = midranks(values)
    above = (ranks[truth] - midranks(positive)) / len(negative)
    below = 1 - (ranks[~truth] - midranks(negative)) / len(positive)
    parts = np.empty(len(values))
    parts[truth] = (above - above.mean()) / len(positive)
    parts[~truth] = (below - below.mean()) / len(negative)
    return float(above.mean()), parts


def _explained(truth: NDArray, guess: NDArray, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    # deviations in units of the spread, so that squares of large numbers stay finite
    middle, scale = standard(truth)
    truth, guess = (truth - middle) / scale, (guess - middle) / scale
    total = weights @ truth**2 - (weights @ truth) ** 2 / weights.sum(axis=1)
    varied = total > 1e-9 * total[0]
    found = 1 - (weights @ (truth - guess) ** 2) / np.where(varied, total, 1)
    return np.where(varied, found, found[0])
