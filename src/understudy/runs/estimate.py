"""What a fit or a run will take, said before it begins: a count of the work, and how fast this machine is just now.

The costs are seconds of one core of the machine in `benchmarks/accept.md`, fitted to timings from 5 000 rows of 15
columns to ten million, and 10 000 rows of 100. A burst of sorting tells how fast a core of this machine is beside that
one, and how many cores are free. Right within a factor of three or so; it knows the number of cells, not how hard they
are to tell from one another.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import log2
from time import perf_counter, process_time
from typing import Any

import numpy as np

from understudy.data.scans import Rows, Scan, open_rows
from understudy.engines import registry
from understudy.execution.executors import cores
from understudy.models.fitting import SEEN
from understudy.plan.plan import Plan

BASE_BYTES = 0.35e9
START = 0.1
COLUMN, CELL = 2e-2, 2.5e-7
SEEN_BYTES, CODE_BYTES, ENGINE_BYTES, HELD_TIMES = 55, 3, 9, 3
ATTACK, ATTACKED = 0.3, 25_000
DRAW, JUDGED, JUDGED_MORE = 2.2e-7, 1.6e-5, 2e-6
JUDGE_CELLS, MOST_JUDGED = 750_000, 200_000
SORTED, REFERENCE = 200_000, 0.021
PREDECESSORS = 32


@dataclass(frozen=True)
class Estimate:
    """What work will take.

    Attributes:
        seconds: wall time.
        bytes: peak memory of the process.
    """

    seconds: float
    bytes: int

    def __str__(self) -> str:
        return f"about {_rounded(self.seconds)}, about {self.bytes / 1e9:.1f} GB"


def _rounded(seconds: float) -> str:
    """A duration in words, no more exact than it is known.

    >>> _rounded(0.4), _rounded(7.3), _rounded(48), _rounded(400), _rounded(9000)
    ('1 s', '7 s', '50 s', '7 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(round(seconds), 1) if seconds < 10 else round(seconds, -1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def estimate(data: Any, engine: str = Plan.engine, *, judged: bool = False) -> Estimate:
    """What `fit`, or with the judge `run`, will take on this machine as busy as it is now.

    Args:
        data: as in `fit`; large files are not read, only their size is looked up.
        engine: name in the catalogue.
        judged: whether as many rows are drawn, written and judged as well.

    Raises:
        UnknownEngine: there is no such engine.
        SourceError: the data cannot be read.
    """
    registry.load(engine)
    table = open_rows(data)
    rows, columns = len(table), max(len(table.columns), 1)
    speed, free = _machine()
    work = COLUMN * columns + CELL * (rows + min(rows, SEEN)) * columns
    work += ATTACK * min(1.0, rows / ATTACKED) + LEARNING.get(engine, _trees)(rows, columns)
    seconds = START + work / min(free, columns)
    if judged:
        cells = min(rows, MOST_JUDGED) * columns
        seconds += DRAW * rows * columns / free
        seconds += JUDGED * min(cells, JUDGE_CELLS) + JUDGED_MORE * max(cells - JUDGE_CELLS, 0)
    return Estimate(seconds / speed, int(_bytes(table, rows, columns)))


def _trees(rows: int, columns: int) -> float:
    """Every row is sorted down a tree for each column, by each of the columns before it."""
    seen = sum(min(place, PREDECESSORS) for place in range(columns))
    return 9e-8 * rows * seen * max(1.0, log2(max(rows, 2) / 50_000) / 4)


def _boost(rows: int, columns: int) -> float:
    """Trees are grown on a million rows at most; tables of categories take a third of this, of numbers twice."""
    return (0.2 + 8e-6 * min(rows, 1_000_000) + 1e-6 * rows) * columns


def _counts(rows: int, columns: int) -> float:
    return 2e-8 * rows * columns


LEARNING: Mapping[str, Callable[[int, int], float]] = {
    "trees": _trees,
    "boost": _boost,
    "independent": _counts,
    "bootstrap": _counts,
}


def _bytes(table: Rows, rows: int, columns: int) -> float:
    """The most of two: when the columns are described, and when the engine learns."""
    held = 0.0 if isinstance(table, Scan) else float(table.frame.estimated_size())
    described = held * HELD_TIMES if held else min(rows, SEEN) * columns * SEEN_BYTES
    return BASE_BYTES + max(described, held + rows * columns * (CODE_BYTES + ENGINE_BYTES))


def _machine() -> tuple[float, float]:
    """How fast a core is beside the reference, and how many of the cores are free."""
    numbers = np.random.Generator(np.random.Philox(0)).random((cores(), SORTED))
    begun, spent = perf_counter(), process_time()
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(lambda each: np.argsort(each, kind="stable"), numbers))
    wall, used = perf_counter() - begun, process_time() - spent
    free = min(max(used / max(wall, 1e-9), 0.4), cores())
    return REFERENCE * cores() / max(used, 1e-9), free
