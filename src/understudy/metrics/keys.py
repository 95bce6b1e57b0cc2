"""Keys: what somebody may know of a person, the column they would learn, and every row's class by the keys.

Rows of one class are alike in all keys. A number is cut into at most 20 groups at the quantiles of all real rows,
trained on or not, so that the cuts favour neither; with at most 20 values each is a group. A missing cell is a level of
its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from understudy.data.semantics import words_of
from understudy.metrics.case import Case, Grid, pooled
from understudy.metrics.sizes import sample
from understudy.metrics.target import target_of

GROUPS = 20
FEWEST, MOST = 3, 6
FEW_LEVELS = 100
LOOK = 5_000
ENOUGH = 0.1

TYPICAL = tuple(
    frozenset(words.split())
    for words in (
        "age birth born birthday birthdate birthyear dob yob",
        "sex gender",
        "zip zipcode postcode postal plz region county city town district province municipality state residence",
        "race ethnicity ethnic ethnicgroup",
        "marital married marriage maritalstatus",
        "education educational educ degree school schooling qualification",
        "occupation job profession industry employment",
        "country nationality citizenship birthplace language religion",
        "household children kids dependents",
    )
)
"""Words of the names of columns that others know of a person, one set for each thing known, the best known first."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one table as two numbers each.

    Attributes:
        key: the class by the keys, the same number in all tables of a case, (rows,).
        secret: the level of the column to be learned, 0 for missing, (rows,).
        pair: of class and level, the same number in all tables of a case, (rows,).
    """

    key: NDArray[np.int64]
    secret: NDArray[np.int64]
    pair: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, eq=False)
class Keyed:
    """The tables of a case, numbered by keys.

    Attributes:
        names: the keys.
        secret: the column to be learned, None where none is left.
        real: training rows.
        synthetic: synthetic rows.
        holdout: holdout rows, None without a holdout.
        classes: number of classes over all tables.
        pairs: number of pairs of class and level over all tables.
    """

    names: tuple[str, ...]
    secret: str | None
    real: Rows
    synthetic: Rows
    holdout: Rows | None
    classes: int
    pairs: int


def keys_of(case: Case) -> tuple[str, ...]:
    """Quasi-identifiers: three to six columns that somebody may know of a person.

    Columns named like what is commonly known (age, sex, place, origin, marital status, education, occupation), one for
    each thing before a second of any. Where they are fewer than three, others join: discrete columns of at most 100
    levels and numbers of at most 20 values (any, where there are none), always the one that makes most of 5 000 real
    rows unique (or most classes, where as many), until three are together, and up to six while fewer than one row in
    ten is unique. The target is no key, nor is the last discrete column where there is no target; a table of few
    columns has fewer keys, but one at least. The stand-in has no say.
    """
    chosen = _typical(case)[:MOST]
    return tuple(chosen if len(chosen) >= FEWEST else case.once(_joined))


def secret_of(case: Case) -> str | None:
    """The column that an attacker would learn: the target, else the last discrete column that is no key.

    Else the last number that is no key; None where nothing varies beside the keys.
    """
    keys, target = keys_of(case), case.once(target_of)
    if target is not None and target.name not in keys:
        return target.name
    ordered = [case.columns[place] for place in case.ordered()]
    free = [name for name in ordered if name not in keys and _varies(case, name)]
    return next(iter([name for name in free if name in case.discrete][::-1] + free[::-1]), None)


def keyed(case: Case) -> Keyed:
    """The rows of all tables by class; memory is linear in the rows."""
    names, secret = keys_of(case), secret_of(case)
    grids = [case.real, case.synthetic, *([] if case.holdout is None else [case.holdout])]
    keys = numbered([cells(case, grid, names) for grid in grids])
    secrets = [cells(case, grid, [] if secret is None else [secret]).sum(axis=1) for grid in grids]
    pairs = numbered([np.column_stack(both) for both in zip(keys, secrets, strict=True)])
    rows = [Rows(*each) for each in zip(keys, secrets, pairs, strict=True)]
    return Keyed(names, secret, rows[0], rows[1], rows[2] if len(rows) > 2 else None, _count(keys), _count(pairs))


def cells(case: Case, grid: Grid, names: Sequence[str]) -> NDArray[np.int64]:
    """These columns as levels from 1, 0 for a missing cell, (rows, columns)."""
    found = np.empty((len(grid), len(names)), dtype=np.int64)
    for place, name in enumerate(names):
        if name in case.discrete:
            found[:, place] = grid.codes[:, case.discrete.index(name)].astype(np.int64) + 1
        else:
            found[:, place] = grouped(grid.numbers[:, case.numeric.index(name)], cuts(case, name))
    return found


def cuts(case: Case, name: str) -> NDArray[np.float64]:
    """The upper ends of the groups of a number but the last, at most 19."""
    values = case.once(pooled).real.numbers[:, case.numeric.index(name)]
    known = values[~np.isnan(values)]
    different = np.unique(known)
    if len(different) <= GROUPS:
        return different[:-1]
    return np.unique(np.sort(known)[-(-np.arange(1, GROUPS) * len(known) // GROUPS) - 1])


def grouped(values: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.int64]:
    """Groups from 1, each with its upper end; 0 for NaN.

    >>> grouped(np.array([1.0, 2.0, 2.5, 9.0, np.nan]), np.array([1.0, 2.0])).tolist()
    [1, 2, 3, 3, 0]
    """
    return np.where(np.isnan(values), 0, 1 + np.searchsorted(ends, values))


def numbered(tables: Sequence[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """One number for each row, the same for rows that are alike in all columns, whatever their table.

    Args:
        tables: (rows, columns) of the same columns, integers from 0.

    >>> [part.tolist() for part in numbered([np.array([[0, 2], [1, 0]]), np.array([[0, 2]])])]
    [[0, 1], [0]]
    """
    rows = np.concatenate(tables)
    number = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        number = np.unique(number * (column.max(initial=0) + 1) + column, return_inverse=True)[1]
    return np.split(number, np.cumsum([len(table) for table in tables])[:-1])


def _count(numbers: Sequence[NDArray[np.int64]]) -> int:
    return 1 + max(int(number.max(initial=-1)) for number in numbers)


def _varies(case: Case, name: str) -> bool:
    """Whether the training rows have two levels of it, or one and missing cells."""
    column = _column(case, name)
    known = column[~np.isnan(column)]
    return 0 < len(known) < len(column) or (len(known) > 0 and bool(known.min() < known.max()))


def _column(case: Case, name: str) -> NDArray[np.float64]:
    """A column of the training rows, NaN where it is missing."""
    if name in case.numeric:
        return case.real.numbers[:, case.numeric.index(name)]
    codes = case.real.codes[:, case.discrete.index(name)]
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def _free(case: Case) -> list[str]:
    """Columns that can be keys, in the order of the real table: not the target, unless nothing else is there."""
    target = case.once(target_of)
    guess = target is not None and target.guessed and _thing(target.name) is not None
    taken = case.target if target is None or guess else target.name
    names = [case.columns[place] for place in case.ordered()]
    free = [name for name in names if name != taken] or names
    return [name for name in free if _varies(case, name)] or free


def _thing(name: str) -> int | None:
    """What a column tells of a person, by its place among what is typically known."""
    words = set(words_of(name))
    return next((place for place, known in enumerate(TYPICAL) if words & known), None)


def _typical(case: Case) -> list[str]:
    """Columns named like what is known, the first for each thing; seconds only where there are fewer than three."""
    named = [(thing, name) for name in case.once(_free) if (thing := _thing(name)) is not None]
    firsts: dict[int, str] = {}
    for thing, name in named:
        firsts.setdefault(thing, name)
    seconds = [name for _, name in named if name not in firsts.values()]
    return [*(firsts[thing] for thing in sorted(firsts)), *seconds[: max(0, FEWEST - len(firsts))]]


def _joined(case: Case) -> list[str]:
    """Typical columns and those that, one after the other, make most rows unique with them."""
    chosen, look = _typical(case), _look(case)
    names = [name for name in _few(look, case.once(_free)) if name not in chosen]
    left = {name: cells(look, look.real, [name])[:, 0] for name in _spared(case, names, chosen)}
    rows, share = numbered([cells(look, look.real, chosen)])[0], 0.0
    while left and len(chosen) < MOST and (len(chosen) < FEWEST or share < ENOUGH):
        finer = {name: numbered([np.column_stack([rows, column])])[0] for name, column in left.items()}
        unique = {name: int((np.bincount(classes) == 1).sum()) for name, classes in finer.items()}
        best = max(unique, key=lambda name: (unique[name], finer[name].max()))
        rows, share, chosen = finer[best], unique[best] / len(rows), [*chosen, best]
        del left[best]
    return chosen


def _spared(case: Case, names: list[str], chosen: list[str]) -> list[str]:
    """All but the last discrete column, to be learned, where there is no target and another column is a key."""
    target = case.once(target_of)
    if (target is not None and target.name not in case.once(_free)) or len(names) + len(chosen) < 2:
        return names
    last = next(iter([name for name in names if name in case.discrete][::-1] + names[::-1]), None)
    return [name for name in names if name != last]


def _look(case: Case) -> Case:
    """The case with some of all real rows, trained on or not, as its training rows."""
    return replace(case, real=sample(pooled(case).real, LOOK, case.rng("keys")), holdout=None, _done={})


def _few(case: Case, free: Sequence[str]) -> list[str]:
    """Columns of few values, all where there are none."""
    levels = {name: len(np.unique(_column(case, name))) for name in free}
    most = {name: FEW_LEVELS if name in case.discrete else GROUPS for name in free}
    return [name for name in free if levels[name] <= most[name]] or list(free)
