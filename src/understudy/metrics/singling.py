"""Singling out: do descriptions that fit one synthetic row fit exactly one training row?

A description (a predicate) is a conjunction of intervals on columns. How often one fits exactly one row depends on the
number of rows: unlike tables cannot be compared directly, and cutting the training table down to the holdout's size
would throw most copied rows out of it. So every row is tried among the same number of others. A training row is singled
out if it fits and no other training row does; a holdout row, put in the place of a training row, if it fits and none of
the training rows left does. Without a leak both have the same chance, whatever the sizes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.attack import NO_HOLDOUT
from understudy.metrics.case import Case, Grid
from understudy.metrics.exchange import often
from understudy.metrics.guessing import counted, worst
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric

PREDICATES = 1_000
ATTEMPTS = 10
ROWS = 50_000
NAIVE = 250
COLUMNS = (3, 5)
SHUFFLES = 200
MANY = 100
TOP = 2**31 - 1

Predicate = tuple[tuple[int, int, int], ...]
"""Column, lowest and highest state that fits, for each column described."""


@metric("privacy.singling_out", better="low")
def singling_out(case: Case) -> Measure:
    """Singling out: predicates that fit one synthetic row and one training row, beyond those that fit an unseen row.

    At most 1 000 predicates on one column (a value that occurs once, the smallest, the largest) and 1 000 on 3 to 5
    columns of a synthetic row (levels equal, numbers at least or at most its own, by the side of the median), none
    twice, each true of exactly one synthetic row. Success: true of exactly one training row. Control: the same chance
    for a holdout row in a training row's place. The residual risk is (success - control) / (1 - control); the value is
    that of the worse kind by its lower bound, `parts["p"]` is Holm's. Predicates overlap: the p-value of a kind is
    counted over at most 2 000 random divisions of the real rows, the interval has the variance of 200. At most 50 000
    rows a table. `naive`: predicates from independently shuffled holdout rows. Giomi et al. (PoPETs 2023, section 5.2);
    Cohen and Nissim (PNAS 117, 2020).
    """
    if case.holdout is None:
        return singling_out.none(NO_HOLDOUT)
    rng = case.rng("singling out")
    real, synthetic, holdout = (
        Lookup.of(states) for states in _states(case, [case.real, case.synthetic, case.holdout], rng)
    )
    shuffled = Lookup.of(rng.permuted(holdout.states, axis=1))
    numeric = np.arange(len(case.columns)) < len(case.numeric)
    by = {}
    for kind, said in (("one column", _single), ("several columns", _joint)):
        predicates = _isolating(synthetic, said(synthetic, rng, numeric), PREDICATES)
        if predicates:
            blind = _isolating(shuffled, said(shuffled, rng, numeric), NAIVE)
            by[kind] = _tried(predicates, blind, real, holdout, rng)
    if not by:
        return singling_out.none("no predicate fits exactly one synthetic row")
    note = "how much more often what fits one synthetic row singles out a training row than an unseen one ({})"
    rows = {"rows": real.rows, "synthetic": synthetic.rows, "holdout": holdout.rows}
    return worst("privacy.singling_out", by, note, rows)


@dataclass(frozen=True, eq=False)
class Lookup:
    """A table whose rows are found by intervals.

    Attributes:
        states: whole numbers in the order of the values, -1 for missing, (columns, rows).
        order: rows in the order of each column's states, (columns, rows).
        ordered: the states in that order, (columns, rows).
    """

    states: NDArray[np.int32]
    order: NDArray[np.int64]
    ordered: NDArray[np.int32]

    @classmethod
    def of(cls, states: NDArray[np.int32]) -> "Lookup":
        """The table with these states, (columns, rows)."""
        order = np.argsort(states, axis=1, kind="stable")
        return cls(states, order, np.take_along_axis(states, order, axis=1))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.states.shape[1]

    def fitting(self, predicate: Predicate) -> NDArray[np.int64]:
        """The rows of which a predicate is true."""
        spans = [(*_span(self.ordered[column], low, high), column, low, high) for column, low, high in predicate]
        (start, end, column, _, _), *rest = sorted(spans, key=lambda span: span[1] - span[0])
        rows = self.order[column, start:end]
        for _, _, column, low, high in rest:
            values = self.states[column, rows]
            rows = rows[(values >= low) & (values <= high)]
        return rows


def _states(case: Case, grids: list[Grid], rng: np.random.Generator) -> list[NDArray[np.int32]]:
    """At most 50 000 rows of each table as states that mean the same in all, (columns, rows)."""
    grids = [grid.take(rng.permutation(len(grid))[:ROWS]) for grid in grids]
    found = [np.empty((len(case.columns), len(grid)), dtype=np.int32) for grid in grids]
    for place in range(len(case.numeric)):
        known = np.unique(np.concatenate([grid.numbers[:, place] for grid in grids]))
        for states, grid in zip(found, grids, strict=True):
            numbers = grid.numbers[:, place]
            states[place] = np.where(np.isnan(numbers), -1, np.searchsorted(known, numbers))
    for states, grid in zip(found, grids, strict=True):
        states[len(case.numeric) :] = grid.codes.T
    return found


def _isolating(table: Lookup, candidates: Iterator[Predicate], most: int) -> list[Predicate]:
    """Predicates that fit exactly one row of a table, each once; ten times as many are looked at, at most."""
    found: dict[Predicate, None] = {}
    for _, predicate in zip(range(ATTEMPTS * most), candidates, strict=False):
        if predicate not in found and len(table.fitting(predicate)) == 1:
            found[predicate] = None
        if len(found) == most:
            break
    return list(found)


def _single(table: Lookup, rng: np.random.Generator, numeric: NDArray[np.bool_]) -> Iterator[Predicate]:
    """Predicates on one column, the columns in turn."""
    columns = [_lone(column, line, rng) for column, line in zip(table.ordered, numeric, strict=True)]
    for turn in range(max(map(len, columns), default=0)):
        for place, intervals in enumerate(columns):
            if turn < len(intervals):
                yield ((place, *intervals[turn]),)


def _lone(ordered: NDArray[np.int32], line: bool, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Values that occur once, in random order, after the ends of a line."""
    values, counts = np.unique(ordered, return_counts=True)
    known = values[values >= 0]
    ends = [(0, int(known[0])), (int(known[-1]), TOP)] if line and len(known) else []
    return ends + [(int(value), int(value)) for value in rng.permutation(values[counts == 1])]


def _joint(table: Lookup, rng: np.random.Generator, numeric: NDArray[np.bool_]) -> Iterator[Predicate]:
    """Predicates on some columns of random rows, without end; none where there is one column alone."""
    width = len(table.states)
    middle = [_median(column) for column in table.ordered]
    while width > 1:
        row, count = rng.integers(table.rows), min(width, rng.integers(COLUMNS[0], COLUMNS[1], endpoint=True))
        columns = np.sort(rng.permutation(width)[:count]).tolist()
        yield tuple(
            _about(place, int(table.states[place, row]), middle[place], bool(numeric[place])) for place in columns
        )


def _median(ordered: NDArray[np.int32]) -> int:
    known = ordered[ordered >= 0]
    return int(known[len(known) // 2]) if len(known) else 0


def _about(column: int, state: int, middle: int, line: bool) -> tuple[int, int, int]:
    """What is said of one column of a row."""
    if state < 0 or not line:
        return column, state, state
    return (column, state, TOP) if state >= middle else (column, 0, state)


def _tried(
    predicates: list[Predicate], blind: list[Predicate], real: Lookup, holdout: Lookup, rng: np.random.Generator
) -> Measure:
    """The measure of one kind of predicates."""
    fits = [(real.fitting(each), holdout.fitting(each)) for each in predicates]
    inside, outside = (np.array([len(pair[side]) for pair in fits]) for side in (0, 1))
    sizes = real.rows, holdout.rows
    success, expected = _shares(inside, outside, sizes)
    control = min(1.0, expected)
    few = [np.concatenate([a, b + real.rows]) for a, b in fits if 0 < len(a) + len(b) <= MANY]
    trials = _trials(len(predicates), sizes, (success + control) / 2, _variance(few, sizes, rng))
    naive = np.mean([len(real.fitting(each)) == 1 for each in blind]) if blind else 0.0
    parts = {"trials": len(predicates), "controls": len(predicates), "naive": float(naive), "p": _p(few, sizes, rng)}
    return counted("singled out", success, control, trials, note="", parts=parts)


def _shares(inside: NDArray, outside: NDArray, sizes: tuple[int, int]) -> tuple[float, float]:
    """Share of predicates that single out a training row, and that expected of unseen rows in their place.

    A holdout row takes the place of a random training row: one that fits leaves with a chance of 1 / training rows.
    The second has no bias and may therefore exceed 1 by chance.
    """
    free = np.where(inside == 0, 1.0, np.where(inside == 1, 1 / sizes[0], 0.0))
    return float((inside == 1).mean()), float((outside * free).mean()) * sizes[0] / sizes[1]


def _variance(fits: list[NDArray[np.int64]], sizes: tuple[int, int], rng: np.random.Generator) -> float:
    """Variance of the number singled out minus the number expected, over random divisions of the real rows."""
    return float(np.mean(np.square(list(islice(_gaps(fits, sizes, rng), SHUFFLES))))) if fits else 0.0


def _p(fits: list[NDArray[np.int64]], sizes: tuple[int, int], rng: np.random.Generator) -> float:
    """How often, over random divisions of the real rows, the number singled out exceeds that expected by as much."""
    return often(_gaps(fits, sizes, rng), _gap(fits, sizes, np.arange(sum(sizes)) < sizes[0])) if fits else 1.0


def _gaps(fits: list[NDArray[np.int64]], sizes: tuple[int, int], rng: np.random.Generator) -> Iterator[float]:
    """The gap under random divisions, without end."""
    member = np.arange(sum(sizes)) < sizes[0]
    while True:
        yield _gap(fits, sizes, rng.permutation(member))


def _gap(fits: list[NDArray[np.int64]], sizes: tuple[int, int], member: NDArray[np.bool_]) -> float:
    """Number singled out minus the number expected, where these of the real rows are training rows.

    Predicates that fit many rows are left out: they single out none, however the rows are divided.
    """
    counts = np.array([len(each) for each in fits])
    inside = np.add.reduceat(member[np.concatenate(fits)].astype(np.int64), np.cumsum(counts) - counts)
    success, control = _shares(inside, counts - inside, sizes)
    return (success - control) * len(fits)


def _trials(count: int, sizes: tuple[int, int], share: float, variance: float) -> float:
    """Number of independent guesses on either side whose difference has this variance (of a sum of `count`)."""
    most = 2 * count / (1 + sizes[0] / sizes[1])
    return min(most, 2 * share * (1 - share) * count**2 / variance) if variance > 0 else most


def _span(ordered: NDArray[np.int32], low: int, high: int) -> tuple[int, int]:
    """Where states from low to high stand."""
    return int(ordered.searchsorted(np.int32(low))), int(ordered.searchsorted(np.int32(high), "right"))
