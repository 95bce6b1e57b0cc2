"""Who does the work: results in order, few ahead, errors at once."""

import threading
import time

import pytest

from understudy.errors import ArgumentError
from understudy.execution.executors import cores, serial, threads


@pytest.mark.parametrize("workers", [1, 2, 7, None])
def test_results_come_in_order_whatever_the_workers(workers: int | None) -> None:
    def slowly(item: int) -> int:
        time.sleep(0.002 * (item % 3))
        return item * item

    assert list(threads(slowly, range(40), workers)) == [item * item for item in range(40)]


@pytest.mark.parametrize("workers", [0, -1, True, False, 1.5, "2"])
def test_wrong_workers_are_refused_before_anything_is_done(workers: object) -> None:
    with pytest.raises(ArgumentError, match="workers") as caught:
        threads(str, range(3), workers)  # type: ignore[arg-type]
    assert caught.value.field == "workers"


@pytest.mark.parametrize("workers", [1, 3])
def test_items_are_taken_as_they_are_needed(workers: int) -> None:
    taken = []

    def items():
        for item in range(1000):
            taken.append(item)
            yield item

    results = threads(lambda item: item, items(), workers)
    assert taken == []
    assert next(results) == 0
    assert len(taken) <= 2 * workers
    results.close()


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_reaches_the_reader_and_stops_the_work(workers: int) -> None:
    done = []

    def work(item: int) -> int:
        if item == 5:
            raise KeyError("five")
        done.append(item)
        return item

    results = threads(work, range(10_000), workers)
    with pytest.raises(KeyError, match="five"):
        list(results)
    time.sleep(0.05)
    assert len(done) < 100


def test_a_reader_that_leaves_ends_the_threads() -> None:
    before = threading.active_count()
    results = threads(lambda item: item, range(10_000), 3)
    next(results)
    results.close()
    for _ in range(100):
        if threading.active_count() <= before:
            break
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_no_items_give_no_results() -> None:
    assert list(threads(str, [], 4)) == []
    assert list(serial(str, [1, 2])) == ["1", "2"]
    assert cores() >= 1
