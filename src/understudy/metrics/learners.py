"""The judge's learner: boosted trees with pinned settings, on features that need no choice.

Settings (scikit-learn's `HistGradientBoosting`, everything else at its default): 100 rounds (fewer where there are
more than 100 features or 3 classes), learning rate 0.1, 31 leaves of at least 20 rows, 255 bins, no early stopping,
seed 0, one OpenMP thread. Numbers stay as they are and missing ones are a branch of their own. Discrete columns of up
to 254 states are categorical with missing as a state; wider ones become the rank of their frequency in the real table.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid

SETTINGS: dict[str, Any] = {
    "max_iter": 100,
    "learning_rate": 0.1,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 20,
    "early_stopping": False,
    "random_state": 0,
}
STATES = 254
TREES = 300
FEATURES = 10_000
FEWEST_ROUNDS = 15
LARGE = 20_000

Result = TypeVar("Result")


class Features:
    """A case's columns as one feature matrix, without the target.

    Attributes:
        categorical: which features are categorical.
    """

    def __init__(self, case: Case, without: str | None = None) -> None:
        self._numeric = [i for i, name in enumerate(case.numeric) if name != without]
        self._discrete = [i for i, name in enumerate(case.discrete) if name != without]
        self._tables = {i: _table(case.real.codes[:, i], len(case.levels[i])) for i in self._discrete}
        wide = [len(case.levels[i]) + 1 > STATES for i in self._discrete]
        self.categorical = np.array([False] * len(self._numeric) + [not each for each in wide], dtype=bool)

    def of(self, grid: Grid) -> NDArray[np.float64]:
        """The features of these rows, (rows, features)."""
        coded = [self._tables[i][grid.codes[:, i] + 1] for i in self._discrete]
        return np.column_stack([grid.numbers[:, self._numeric], *coded])

    def learned(self, learner: Any, rows: NDArray[np.float64], truth: NDArray) -> Any:
        """The learner fitted to these rows; features without a value count as constant, which it cannot bin itself."""
        empty = np.isnan(rows).all(axis=0)
        return learner.fit(np.where(empty, 0.0, rows), truth)


def _table(codes: NDArray[np.int32], levels: int) -> NDArray[np.float64]:
    """What each state becomes; state 0 is missing."""
    if levels + 1 <= STATES:
        return np.arange(levels + 1.0)
    often = np.bincount(codes[codes >= 0], minlength=levels)
    rank = np.empty(levels)
    rank[np.argsort(-often, kind="stable")] = np.arange(levels)
    return np.concatenate([[np.nan], rank])


def classifier(features: Features, classes: int = 2) -> Any:
    """An unfitted classifier; with many classes the rounds are cut so that no more than 300 trees grow."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    settings = _settings(features)
    if classes > 2:
        settings["max_iter"] = min(settings["max_iter"], max(FEWEST_ROUNDS, TREES // classes))
    return HistGradientBoostingClassifier(**settings)


def regressor(features: Features) -> Any:
    """An unfitted regressor."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(**_settings(features))


def _settings(features: Features) -> dict[str, Any]:
    rounds = min(SETTINGS["max_iter"], max(FEWEST_ROUNDS, FEATURES // max(len(features.categorical), 1)))
    known = features.categorical if features.categorical.any() else None
    return SETTINGS | {"max_iter": rounds, "categorical_features": known}


def fitted(jobs: Sequence[Callable[[], Result]], rows: int) -> list[Result]:
    """Results of jobs that fit learners, each on a single OpenMP thread.

    OpenMP collapses where the machine is busy, hence one thread a fit. Under 20 000 rows a fit spends most of its
    time holding the interpreter's lock and two at once take longer than one after the other; above, two overlap well.

    Args:
        jobs: each fits and scores one learner.
        rows: training rows of the largest fit.
    """
    workers = 1 if rows < LARGE else min(2, cpu_count() or 1)
    with ThreadPoolExecutor(workers, initializer=_single) as pool:
        return list(pool.map(lambda job: job(), jobs))


def _single() -> None:
    """Hold this worker thread to one OpenMP thread; OpenMP keeps the limit by thread, so no other is touched."""
    import sklearn.ensemble  # noqa: F401  the limit reaches loaded libraries alone
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="openmp")
