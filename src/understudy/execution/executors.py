"""Who does the work: this thread, or several; results always come in order.

The kernels and the table library release the interpreter lock, so threads share one model in memory.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from understudy.errors import ArgumentError

Item = TypeVar("Item")
Result = TypeVar("Result")


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
    number = cores() if workers is None else workers
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ArgumentError(f"workers is {number!r}", hint="use a whole number from 1", field="workers")
    return _in_order(work, items, number)


def _in_order(work: Callable[[Item], Result], items: Iterable[Item], number: int) -> Generator[Result, None, None]:
    if number == 1:
        yield from serial(work, items)
        return
    pool = ThreadPoolExecutor(number)
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
