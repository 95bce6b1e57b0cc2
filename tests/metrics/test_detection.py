"""Detection: real data passes, shuffles do not, and OpenMP stays out of it."""

from collections.abc import Callable
from time import perf_counter, process_time

import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics import detection
from understudy.metrics.case import case
from understudy.metrics.learners import SETTINGS, Features, fitted


def test_real_rows_cannot_be_told_apart(
    table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]
) -> None:
    frame = people(3_000, 1)
    found = detection.c2st_holdout(table(frame[:1_250]), table(frame[1_250:2_500]), table(frame[2_500:]))
    assert found.value == pytest.approx(0.5, abs=0.08)
    assert found.ceiling == pytest.approx(0.5, abs=0.08)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.5 + 0.02
    assert 0.02 < found.high - found.low < 0.2
    assert found.floor is not None
    assert found.floor > 0.9


def test_a_shuffle_is_told_apart(trio: tuple[Table, Table], shuffle: Callable[..., pl.DataFrame]) -> None:
    train, holdout = trio
    given = case(train, Table(shuffle(train.frame), schema=train.schema), holdout)
    against_train, against_holdout = detection.c2st_train.on(given), detection.c2st_holdout.on(given)
    assert min(against_train.value or 0, against_holdout.value or 0) > 0.9
    assert against_train.parts["full"] > 0.9
    assert against_train.parts["size"] == 1_000
    assert against_train.ceiling == against_holdout.ceiling


def test_without_a_holdout_there_is_no_score_against_it(trio: tuple[Table, Table]) -> None:
    assert detection.c2st_holdout(*trio).note == "there is no holdout"


def test_wide_columns_become_ranks_of_frequency(table: Callable[..., Table]) -> None:
    real = table({"a": [f"v{each % 300}" for each in range(1_000)], "b": ["x", None] * 500, "c": range(1_000)})
    features = Features(case(real, real))
    found = features.of(case(real, real).real)
    assert features.categorical.tolist() == [False, False, True]
    assert found[:, 1].max() == 299
    assert sorted(set(found[:, 2])) == [0, 1]


def test_each_fit_has_one_openmp_thread() -> None:
    """Every thread that fits is held to one OpenMP thread; the caller's own is left alone."""
    from threadpoolctl import threadpool_info

    def limits() -> set[int]:
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "openmp"}

    fitted([lambda: None], 0)
    before = limits()
    for rows in (0, 100_000):
        assert fitted([limits] * 4, rows) == [{1}] * 4
    assert limits() == before


def test_openmp_does_not_explode(trio: tuple[Table, Table]) -> None:
    """A collapse of OpenMP shows as processor time far above the elapsed time of a single thread."""
    fitted([lambda: None], 0)
    wall, used = perf_counter(), process_time()
    found = detection.c2st_train(*trio)
    wall, used = perf_counter() - wall, process_time() - used
    assert used < 1.5 * wall + 0.5
    assert found.value is not None
    assert found.ceiling is None


def test_the_settings_are_pinned() -> None:
    assert SETTINGS == {
        "max_iter": 100,
        "learning_rate": 0.1,
        "max_leaf_nodes": 31,
        "min_samples_leaf": 20,
        "early_stopping": False,
        "random_state": 0,
    }
    assert detection.FOLDS == 5
