"""Categories and flags that are bands of one number."""

from collections.abc import Sequence
from itertools import pairwise
from math import lgamma
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.data.evidence import spaced
from understudy.plan.proposals.patterns.coded import Coded, CodedTable
from understudy.plan.proposals.patterns.computing import following
from understudy.plan.proposals.patterns.cuts import Cut, border
from understudy.plan.proposals.patterns.wording import spelt_number, spelt_value
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.expressions.tree import spelled_name

MOST_BANDS = 15
FEWEST_NUMBERS = 5  # different numbers; with fewer, codes and not bands are meant
SAMPLE = 2_000
FINER = 2  # numbers for each band, at least; with fewer, they are a code of the category
FEWEST_ROWS = 10  # outside the most frequent band
NATS = 40.0  # against chance


def bands(table: CodedTable) -> list[Proposal]:
    """Categories whose values each stand on an interval of a number of their own, one number for each."""
    numbers = [name for name in table.of_kinds("integer", "decimal") if table[name].levels >= FEWEST_NUMBERS]
    found = []
    for name in table.of_kinds("boolean", "categorical"):
        column = table[name]
        if not 2 <= column.levels <= MOST_BANDS or column.present - column.counts.max() < FEWEST_ROWS:
            continue
        if _nats(column.counts) < NATS:
            continue
        fine = [number for number in numbers if table[number].levels >= FINER * column.levels]
        held = [(number, edges) for number in fine if (edges := _edges(table, column, number)) is not None]
        told = [_told(table, column, *each) for each in held]
        found += [min(told, key=lambda each: each[0])[1]] if told else []
    return found


def _nats(counts: NDArray[np.int64]) -> float:
    """How unlikely it is that values drawn at random stand in bands of a number, whatever their order."""
    ways = lgamma(counts.sum() + 1) - sum(lgamma(each + 1) for each in counts)
    return ways - lgamma(len(counts) + 1)


def _edges(table: CodedTable, column: Coded, number: str) -> list[tuple[float, float, int]] | None:
    """Least and greatest number and level of each band in order; None where bands overlap or numbers are missing."""
    if not _is_hopeful(table[number].codes[:SAMPLE], column.codes[:SAMPLE]):
        return None
    here = (column.codes >= 0) & (table[number].codes >= 0)
    values, levels = table.numbers(number)[here], column.codes[here]
    counts = np.bincount(levels, minlength=column.levels)
    if counts.min() == 0 or _nats(counts) < NATS:
        return None
    order = np.argsort(levels, kind="stable")
    starts = np.flatnonzero(np.diff(levels[order], prepend=-1))
    low, high = np.minimum.reduceat(values[order], starts), np.maximum.reduceat(values[order], starts)
    edges = sorted((float(one), float(two), place) for place, (one, two) in enumerate(zip(low, high, strict=True)))
    apart = all(last[1] < after[0] for last, after in pairwise(edges))
    return edges if apart else None


def _is_hopeful(numbers: NDArray[np.int32], levels: NDArray[np.int32]) -> bool:
    """Whether the first rows, put in order of the number, change their level no more often than bands would."""
    here = (numbers >= 0) & (levels >= 0)
    numbers, levels = numbers[here], levels[here]
    order = np.lexsort((levels, numbers))
    return int((np.diff(levels[order]) != 0).sum()) < max(1, len(np.unique(levels)))


def _told(
    table: CodedTable, column: Coded, number: str, edges: Sequence[tuple[float, float, int]]
) -> tuple[tuple[int, int, int], Proposal]:
    """The proposal, after how it ranks: with round borders first, then by numbers that few rows lack and fine ones."""
    cuts = [border(last[1], after[0]) for last, after in pairwise(edges)]
    text = _expression(
        spelled_name(number), cuts, [column.values[level] for _, _, level in edges], lone=edges[0][:2] == (0, 0)
    )
    says = following(table, column.name, text, [number])
    rows = int(((column.codes >= 0) & (table[number].codes >= 0)).sum())
    points = ", ".join(spelt_number(cut.at) for cut in cuts)
    reason = f"{column.name} is {number} cut at {points} in all {spaced(rows)} rows"
    support = int(column.present - column.counts.max())
    rank = sum(cut.digits for cut in cuts), -rows, -table[number].levels
    return rank, Proposal("computed", (column.name, number), says, rows, 0, reason, support)


def _expression(name: str, cuts: Sequence[Cut], values: Sequence[Any], *, lone: bool = False) -> str:
    """Nested tests from the lowest band up; of a flag and a lowest band that is zero alone, a test for zero.

    >>> _expression("age", [Cut(18), Cut(65)], ["child", "adult", "senior"])
    "if(age < 18, 'child', if(age < 65, 'adult', 'senior'))"
    >>> _expression("age", [Cut(18)], [False, True])
    'age >= 18'
    """
    if isinstance(values[0], bool) and lone:
        return f"{name} {'==' if values[0] else '!='} 0"
    if isinstance(values[0], bool):
        return cuts[0].test(name, over=not values[0])
    said = [spelt_value(value) or "missing" for value in values]
    text = said[-1]
    for cut, value in zip(reversed(cuts), reversed(said[:-1]), strict=True):
        text = f"if({cut.test(name, over=False)}, {value}, {text})"
    return text
