"""Linear algebra on one thread."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS to one thread: for matrices of some hundred columns more gain little, and wait for one another.

    Of 25 000 rows and 180 terms a fit took 0.3 s with one thread and 6 s with four on two busy cores; `boost`, whose
    columns are fitted side by side, learned 10 000 × 100 in 12.4 s of processor time, not 22.2.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
