"""Who does the work: this thread, several threads or several processes; results always come in order.

The kernels and the table library release the interpreter lock, so threads share one model in memory, which is why they
are the rule; processes each hold their own.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from multiprocessing import connection
from typing import Any, Literal, TypeVar, get_args

from understudy.errors import ArgumentError

Item = TypeVar("Item")
Result = TypeVar("Result")
Parcel = TypeVar("Parcel")
Kind = Literal["threads", "processes", "serial"]
EXECUTORS: tuple[str, ...] = get_args(Kind)
GONE = 1


def cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def serial(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Each result in turn."""
    return map(work, items)


def threads(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Generator[Result, None, None]:
    """Results in order, worked out by several threads; at most two a worker are held ahead of the reader.

    Args:
        work: must be safe to run side by side.
        items: taken as they are needed.
        workers: threads; one a core where None.

    Raises:
        ArgumentError: `workers` is no whole number, or fewer than one.
    """
    number = counted(workers)
    return _in_order(lambda: ThreadPoolExecutor(number), work, items, number) if number > 1 else _alone(work, items)


def processes(
    prepare: Callable[[Parcel], Callable[[Item], Result]],
    parcel: Parcel,
    items: Iterable[Item],
    workers: int | None = None,
) -> Generator[Result, None, None]:
    """Results in order, worked out by several processes; at most two a worker are held ahead of the reader.

    Processes are spawned, so that none inherits threads or locks. They end with the reader, even one that is killed,
    and leave Ctrl-C to it.

    Args:
        prepare: called once in each process; gives what does the work there. A function of a module.
        parcel: what it is called with, sent once to each process.
        items: taken as they are needed; they and the results are sent.
        workers: processes; one a core where None.

    Raises:
        ArgumentError: `workers` is no whole number, or fewer than one.
    """
    number = counted(workers)

    def pool() -> Executor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(number, context, _settle, (prepare, parcel))

    return _in_order(pool, _do, items, number)


def counted(workers: int | None) -> int:
    """How many workers are meant; one a core where None.

    Raises:
        ArgumentError: no whole number, or fewer than one.
    """
    number = cores() if workers is None else workers
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ArgumentError(f"workers is {number!r}", hint="use a whole number from 1", field="workers")
    return number


_settled: dict[str, Any] = {}


def _settle(prepare: Callable[[Any], Callable[[Any], Any]], parcel: Any) -> None:
    """Makes a spawned process ready; what it will do is held in the module, as only that is shared by its tasks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_outlive_nobody, daemon=True).start()
    _settled["work"] = prepare(parcel)


def _outlive_nobody() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(GONE)


def _do(item: Any) -> Any:
    return _settled["work"](item)


def _alone(work: Callable[[Item], Result], items: Iterable[Item]) -> Generator[Result, None, None]:
    yield from serial(work, items)


def _in_order(
    made: Callable[[], Executor], work: Callable[[Item], Result], items: Iterable[Item], number: int
) -> Generator[Result, None, None]:
    pool = made()
    waiting: deque = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= 2 * number:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        # Only after an exception is anything left; whoever is stopped does not wait for it.
        pool.shutdown(wait=False, cancel_futures=True)


def _result(future: "Future[Result]") -> Result:
    """Waits in short steps: not every system lets Ctrl-C through to a wait without end."""
    while not future.done():
        wait([future], timeout=0.2)
    return future.result()
