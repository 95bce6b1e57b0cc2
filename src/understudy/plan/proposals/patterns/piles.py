"""Piles at the end of a number's range, and rare categories: what to know of them."""

import numpy as np

from understudy.data.evidence import spaced
from understudy.plan.proposals.patterns.coded import Coded, CodedTable
from understudy.plan.proposals.patterns.wording import spelt_number
from understudy.plan.proposals.proposal import Proposal

FEWEST_NUMBERS = 30  # different numbers; with fewer, every number is a pile
FEWEST_ROWS = 20
SHARE = 0.001
NEIGHBOURS = 10  # next numbers that the end is compared with
HIGHER = 4.0  # times the greatest of the nearest five, and the median of the next ten
CARRIED = 8  # rows that must carry a category for it to be drawn


def capped(table: CodedTable) -> list[Proposal]:
    """Numbers that pile up at their greatest or smallest value, as they do where a limit was cut off."""
    found = []
    for name in table.of_kinds("integer", "decimal"):
        column = table[name]
        if column.levels >= FEWEST_NUMBERS:
            ends = [side for side in ("high", "low") if _piles(column, side)]
            found += [_capped(column, side) for side in ends]
    return found


def _piles(column: Coded, side: str) -> bool:
    """Whether far more rows stand at an end than at the numbers beside it; zero is a beginning and no limit."""
    counts = column.counts if side == "low" else column.counts[::-1]
    end = column.values[0] if side == "low" else column.values[-1]
    beside = counts[1 : NEIGHBOURS + 1]
    if end == 0 or counts[0] < max(FEWEST_ROWS, SHARE * column.present):
        return False
    return bool(counts[0] >= HIGHER * max(beside[:5].max(), np.median(beside)))


def _capped(column: Coded, side: str) -> Proposal:
    end, rows = (column.values[0], column.counts[0]) if side == "low" else (column.values[-1], column.counts[-1])
    says = {"constraints": [{"kind": "range", "column": column.name, side: end}]}
    word = "smallest" if side == "low" else "greatest"
    share = f"{spaced(int(rows))} of {spaced(column.present)} rows"
    reason = f"{spelt_number(end)}, the {word} value, stands in {share}: a limit"
    return Proposal("capped", (column.name,), says, column.present, 0, reason, int(rows))


def rare(table: CodedTable) -> list[Proposal]:
    """Categories with values that too few rows carry to be drawn: advice, nothing for the plan."""
    found = []
    for name in table.of_kinds("categorical"):
        column = table[name]
        few = np.flatnonzero(column.counts < CARRIED)
        if 0 < len(few) < column.levels and column.present >= CARRIED * column.levels / 2:
            found.append(_rare(column, few.tolist()))
    return found


def _rare(column: Coded, few: list[int]) -> Proposal:
    rows = int(column.counts[few].sum())
    reason = (
        f"{spaced(len(few))} of {spaced(column.levels)} values stand in fewer than {CARRIED} rows each, "
        f"in {spaced(rows)} of {spaced(column.present)} rows together, and are drawn as one"
    )
    return Proposal("rare", (column.name,), {}, column.present, 0, reason, rows)
