"""Columns that identify a row together where none does alone."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from understudy.data.evidence import spaced
from understudy.plan.proposals.patterns.coded import Coded, CodedTable
from understudy.plan.proposals.patterns.wording import listed
from understudy.plan.proposals.proposal import Proposal

MEMBERS = ("id", "categorical", "integer", "date", "datetime")
CHANCE = 100.0  # pairs of rows that would agree by chance, were any one member independent of the others
MOST_COLUMNS = {2: 20, 3: 12}  # by size of the set
SAMPLE = 5_000


def unique_together(table: CodedTable) -> list[Proposal]:
    """The smallest set of two or three columns of which no two rows agree in all though each of them repeats."""
    columns = _members(table)
    found: list[tuple[Coded, ...]] = []
    for size in MOST_COLUMNS:
        for chosen in combinations(columns[: MOST_COLUMNS[size]], size):
            names = {each.name for each in chosen}
            if not any({each.name for each in other} <= names for other in found) and _is_key(chosen):
                found.append(chosen)
        if found:
            break
    return [_told(table, each) for each in found[:1]]


def _members(table: CodedTable) -> list[Coded]:
    columns = [table[name] for name in table.of_kinds(*MEMBERS)]
    whole = [each for each in columns if each.present == table.rows and 2 <= each.levels < table.rows]
    return sorted(whole, key=lambda each: -each.levels)


def _is_key(chosen: tuple[Coded, ...]) -> bool:
    """Whether no two rows agree in all, though many agree in all but one and would in that one by chance."""
    rows = len(chosen[0].codes)
    if np.prod([float(each.levels) for each in chosen]) < rows or _repeats([each.codes[:SAMPLE] for each in chosen]):
        return False
    if _repeats([each.codes for each in chosen]):
        return False
    for left in range(len(chosen)):
        others = [each for place, each in enumerate(chosen) if place != left]
        if _agreeing(_joint(others)) * _meeting(chosen[left]) < CHANCE:
            return False
    return True


def _repeats(codes: list[NDArray[np.int32]]) -> bool:
    """Whether two of some rows agree in all."""
    order = np.lexsort(codes)
    return bool(np.logical_and.reduce([np.diff(each[order]) == 0 for each in codes]).any())


def _joint(columns: list[Coded]) -> NDArray[np.int64]:
    code = columns[0].codes.astype(np.int64)
    for each in columns[1:]:
        code = np.unique(code, return_inverse=True)[1].astype(np.int64) * each.levels + each.codes
    return code


def _agreeing(codes: NDArray[np.int64]) -> float:
    """Pairs of rows of the same code."""
    counts = np.unique(codes, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def _meeting(column: Coded) -> float:
    """Share of pairs of rows that agree in a column."""
    return float(((column.counts / column.present) ** 2).sum())


def _told(table: CodedTable, chosen: tuple[Coded, ...]) -> Proposal:
    order = table.frame.columns
    names = sorted((each.name for each in chosen), key=order.index)
    says = {"constraints": [{"kind": "unique", "columns": names}]}
    reason = f"no two of {spaced(table.rows)} rows agree in {listed(names)}, though values of each repeat"
    return Proposal("unique", tuple(names), says, table.rows, 0, reason)
