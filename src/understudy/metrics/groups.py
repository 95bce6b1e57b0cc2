"""Who may be treated unlike, and in what: the groups of the protected column and the outcome they are compared by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.target import Target, target_of

FEWEST = 20
MOST = 20
VALUES = 10
YES = frozenset({"true", "t", "yes", "y", "1", "positive"})
NO = frozenset({"false", "f", "no", "n", "0", "negative"})
OTHERS = "all others"


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of a protected column.

    Attributes:
        name: the protected column.
        labels: of the groups.
        others: number of further levels, each too rare on some side to stand alone.
        lost: levels of at least 20 real rows that fewer than 20 synthetic rows carry.
    """

    name: str
    labels: tuple[str, ...]
    others: int
    lost: tuple[str, ...]
    _levels: "Levels"
    _group: NDArray[np.int64]
    _typical: NDArray[np.float64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, grid: Grid) -> NDArray[np.int64]:
        """The group of each row, (rows,), -1 for rows that belong to none."""
        return self._group[self._levels.of(grid)]

    def shares(self, grid: Grid) -> NDArray[np.float64]:
        """The share of each group among the rows that belong to one, (groups,); all 0 where none does."""
        found = self.of(grid)
        counts = np.bincount(found[found >= 0], minlength=len(self.labels))
        return counts / max(counts.sum(), 1)

    def flipped(self, grid: Grid, group: int) -> Grid:
        """The same rows as if they belonged to this group: with its middle number, or its most frequent level."""
        numbers, codes = grid.numbers.copy(), grid.codes.copy()
        (numbers if self._levels.numeric else codes)[:, self._levels.place] = self._typical[group]
        return Grid(numbers, codes)


@dataclass(frozen=True, eq=False)
class Levels:
    """A column as levels: its categories, its few numbers, or the quarters between its real quartiles.

    Attributes:
        names: of the levels.
        place: of the column in the grid.
        numeric: whether it is a column of numbers.
    """

    names: tuple[str, ...]
    place: int
    numeric: bool
    _edges: NDArray[np.float64]
    _exact: bool

    def column(self, grid: Grid) -> NDArray:
        """The column as it stands in the grid."""
        return (grid.numbers if self.numeric else grid.codes)[:, self.place]

    def of(self, grid: Grid) -> NDArray[np.int64]:
        """The level of each row, (rows,): as many as there are for a value of no level, -1 for a missing one."""
        column = self.column(grid)
        if not self.numeric:
            return column.astype(np.int64)
        found = np.searchsorted(self._edges, column, side="left")
        if self._exact and len(self._edges):
            known = self._edges[np.minimum(found, len(self._edges) - 1)] == column
            found = np.where(known, found, len(self._edges))
        return np.where(np.isnan(column), -1, found)


def levels_of(case: Case, name: str) -> Levels:
    """The levels of a judged column; numbers of more than 10 real values are cut at their quartiles."""
    numeric = name in case.numeric
    place = (case.numeric if numeric else case.discrete).index(name)
    if not numeric:
        return Levels(case.levels[place], place, False, np.empty(0), True)
    column = case.real.numbers[:, place]
    known = column[~np.isnan(column)]
    values = np.unique(known)
    if len(values) <= VALUES:
        return Levels(tuple(f"{value:.15g}" for value in values), place, True, values, True)
    quartiles = [cut(known, share) for share in (0.25, 0.5, 0.75)]
    edges = np.unique(quartiles)
    last = [3 - quartiles[::-1].index(edge) for edge in edges]
    return Levels(_spans(last), place, True, edges, False)


def _spans(quartiles: Sequence[int]) -> tuple[str, ...]:
    """What lies between these quartiles, in words.

    >>> _spans([2, 3])
    ('up to quartile 2', 'quartile 2 to 3', 'above quartile 3')
    """
    inner = [f"quartile {low} to {high}" for low, high in pairwise(quartiles)]
    return (f"up to quartile {quartiles[0]}", *inner, f"above quartile {quartiles[-1]}")


def cut(values: NDArray[np.float64], share: float) -> float:
    """A value that this share of the values does not exceed, lowered where no value would lie above it.

    >>> cut(np.array([1.0, 2.0, 3.0, 4.0]), 0.5), cut(np.array([1.0, 2.0, 2.0, 2.0]), 0.5)
    (2.0, 1.0)
    """
    edge = np.quantile(values, share, method="inverted_cdf")
    return float(values[values < edge].max() if edge == values.max() else edge)


def groups_of(case: Case) -> Groups | str:
    """The groups of the protected column, or why there are none.

    A level is a group where at least 20 real, synthetic and holdout rows carry it, and it is among the 20 most
    frequent; the others are gathered as one group if that has so many rows. Rows without a value stand aside.
    """
    if case.protected is None:
        return "no protected column was named"
    levels = levels_of(case, case.protected)
    sides = [grid for grid in (case.real, case.synthetic, case.holdout) if grid is not None]
    counts = np.array([_counted(levels, grid) for grid in sides])
    if (counts[0] > 0).sum() < 2:
        return f"'{case.protected}' has {'one' if counts[0].any() else 'no'} value in the real table"
    group, labels, rare = _gathered(levels, counts)
    if len(labels) < 2:
        where = "real, synthetic and holdout" if len(sides) > 2 else "real and synthetic"
        return f"fewer than two groups of '{case.protected}' have {FEWEST} {where} rows each"
    lost = (counts[0, :-1] >= FEWEST) & (counts[1, :-1] < FEWEST)
    names = tuple(name for name, gone in zip(levels.names, lost, strict=True) if gone)
    typical = _typical(levels, case.real, group, len(labels))
    return Groups(case.protected, labels, int((rare & counts.any(axis=0)).sum()), names, levels, group, typical)


def _counted(levels: Levels, grid: Grid) -> NDArray[np.int64]:
    """Rows of each level, those of none last."""
    found = levels.of(grid)
    return np.bincount(found[found >= 0], minlength=len(levels.names) + 1)


def _gathered(levels: Levels, counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], tuple[str, ...], NDArray]:
    """The group of each level (of no level, of a missing value), the labels, and which levels are rare."""
    able = counts.min(axis=0) >= FEWEST
    order = [place for place in np.argsort(-counts[0], kind="stable") if able[place]]
    chosen = sorted(order if len(order) <= MOST else order[: MOST - 1])
    rare = np.ones(counts.shape[1], dtype=bool)
    rare[chosen] = False
    group = np.full(counts.shape[1] + 1, -1)
    group[chosen] = np.arange(len(chosen))
    labels = [levels.names[place] for place in chosen]
    if (counts[:, rare].sum(axis=1) >= FEWEST).all():
        group[:-1][rare] = len(chosen)
        labels.append(OTHERS)
    return group, tuple(labels), rare


def _typical(levels: Levels, real: Grid, group: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """What stands for each group: its middle real number, or its most frequent real level."""
    column, found = levels.column(real), group[levels.of(real)]
    if levels.numeric:
        return np.array([np.quantile(column[found == each], 0.5, method="inverted_cdf") for each in range(count)])
    return np.array([float(np.bincount(column[found == each]).argmax()) for each in range(count)])


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is good or bad for a row: the target as yes or no.

    Attributes:
        name: the target column.
        guessed: whether nobody named it.
        positive: which values count as yes, in words.
    """

    name: str
    guessed: bool
    positive: str
    _target: Target
    _edge: float

    def of(self, grid: Grid) -> NDArray[np.float64]:
        """1 or 0 for each row, NaN where the target is missing or of no class."""
        found = self._target.of(grid)
        positive = found == self._edge if self._target.classes else found > self._edge
        return np.where(np.isnan(found), np.nan, positive.astype(np.float64))


def outcome_of(case: Case) -> Outcome | str:
    """The outcome of a case, or why there is none.

    Of two classes, positive is the one that says yes where the other says no (true and false, yes and no, y and n, t
    and f, 1 and 0, positive and negative), else the less frequent one in the real rows, the later of two as frequent.
    Of more it is the most frequent, against all others, since its share is nearest to one half. Of a number it is what
    lies above the real median.
    """
    target = target_of(case)
    if target is None:
        return "no judged column can be predicted: none has two values often enough"
    if target.name == case.protected:
        hint = "; it was guessed: name another" if target.guessed else ""
        return f"'{target.name}' is both the protected column and the target{hint}"
    found = target.of(case.real)
    if not target.classes:
        edge = cut(found[~np.isnan(found)], 0.5)
        return Outcome(target.name, target.guessed, "above the real median", target, edge)
    labels = _labels(case, target, found)
    counts = np.bincount(found[~np.isnan(found)].astype(np.int64), minlength=target.classes)
    positive = _positive([label.casefold() for label in labels], counts)
    return Outcome(target.name, target.guessed, f"'{labels[positive]}'", target, positive)


def _positive(labels: Sequence[str], counts: NDArray[np.int64]) -> int:
    """The place of the positive class.

    >>> _positive(["n", "y"], np.array([1, 9])), _positive(["1", "2"], np.array([1, 9]))
    (1, 0)
    """
    if len(labels) > 2:
        return int(np.argmax(counts))
    for yes, no in ((0, 1), (1, 0)):
        if labels[yes] in YES and labels[no] in NO:
            return yes
    return int(counts[1] <= counts[0])


def _labels(case: Case, target: Target, found: NDArray[np.float64]) -> list[str]:
    """The values of the target's classes as text, read off a row of each."""
    rows = [int(np.flatnonzero(found == each)[0]) for each in range(target.classes)]
    if target.name in case.numeric:
        return [f"{value:.15g}" for value in case.real.numbers[rows, case.numeric.index(target.name)]]
    place = case.discrete.index(target.name)
    return [case.levels[place][code] for code in case.real.codes[rows, place]]


def compared(case: Case) -> tuple[Groups, Outcome] | str:
    """Who is compared by what, or why nobody can be."""
    groups, outcome = case.once(groups_of), case.once(outcome_of)
    if isinstance(groups, str):
        return groups
    return outcome if isinstance(outcome, str) else (groups, outcome)
