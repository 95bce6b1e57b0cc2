"""Who does the work: this thread, or several; results always come in order.

The kernels and the table library release the interpreter lock, so threads share one model in memory.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
) -> Iterator[Result]:
    """Results in order, worked out by several threads; at most two a worker are held ahead of the reader.

    Args:
        work: must be safe to run side by side.
        items: taken as they are needed.
        workers: threads; one a core where None.

    Raises:
        ArgumentError: fewer than one worker.
    """
    number = cores() if workers is None else workers
    if number < 1:
        raise ArgumentError(f"{number} workers", hint="use 1 or more", field="workers")
    if number == 1:
        yield from serial(work, items)
        return
    with ThreadPoolExecutor(number) as pool:
        waiting: deque = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= 2 * number:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()
