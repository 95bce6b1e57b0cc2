"""Who does the work: results in order, few ahead, errors at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from operator import itemgetter
from pathlib import Path

import pytest

from understudy.errors import ArgumentError
from understudy.execution.executors import cores, processes, serial, threads

PROGRAM = """
import os, sys, time
from pathlib import Path
from understudy.execution.executors import processes

def ready(folder):
    (Path(folder) / str(os.getpid())).touch()
    return work

def work(item):
    time.sleep(0.05)
    return item

if __name__ == "__main__":
    try:
        for item in processes(ready, sys.argv[1], range(100_000), 2):
            print(item, flush=True)
    except KeyboardInterrupt:
        sys.exit(130)
"""


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


@pytest.mark.parametrize("workers", [1, 3])
def test_processes_give_results_in_order(workers: int) -> None:
    items = [(number, -number) for number in range(50)]
    assert list(processes(itemgetter, 1, items, workers)) == [-number for number in range(50)]


def test_processes_take_items_as_they_need_them_and_pass_errors_on() -> None:
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield (number,) if number < 6 else ()

    results = processes(itemgetter, 0, items(), 2)
    assert next(results) == 0
    assert len(taken) <= 4
    with pytest.raises(IndexError):
        list(results)
    assert len(taken) < 50
    with pytest.raises(ArgumentError, match="workers"):
        processes(itemgetter, 0, [], 0)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent as on POSIX")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_the_one_that_reads(tmp_path: Path, sent: signal.Signals) -> None:
    program, folder = tmp_path / "program.py", tmp_path / "pids"
    program.write_text(PROGRAM)
    folder.mkdir()
    reader = subprocess.Popen([sys.executable, program, folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert reader.stdout is not None
    assert reader.stdout.readline().strip() == b"0"
    reader.send_signal(sent)
    assert reader.wait(30) == (130 if sent == signal.SIGINT else -sent)
    reader.stdout.close()
    workers = [int(path.name) for path in folder.iterdir()]
    assert workers
    for _ in range(300):
        workers = [worker for worker in workers if _runs(worker)]
        if not workers:
            break
        time.sleep(0.05)
    assert not workers


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
