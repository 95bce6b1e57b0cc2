"""Columns that count out of a common total, whether it is reached in every row or not."""

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from understudy.data.evidence import spaced
from understudy.plan.proposals.patterns.coded import Coded, CodedTable
from understudy.plan.proposals.patterns.wording import listed, spelt_number
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.expressions.tree import spelled_name

MOST_LEVELS = 400
FEWEST_TOTAL = 3
FEWEST_ROWS = 30
SAMPLE = 2_000
MOST_COLUMNS = 40
SMALL = 1e-6


def counts(table: CodedTable) -> list[Proposal]:
    """Groups of counts that add up to the same number in every row, or never to more than one of them may reach."""
    columns = [table[name] for name in table.of_kinds("integer") if _counts(table[name], table.rows)][:MOST_COLUMNS]
    if len(columns) < 2 or table.rows < FEWEST_ROWS:
        return []
    whole = _constant(table, columns)
    taken = {name for names, _ in whole for name in names}
    left = [each for each in columns if each.name not in taken]
    return [_whole(table, names, total) for names, total in whole] + _shared(table, left)


def _counts(column: Coded, rows: int) -> bool:
    """Whether a column holds small whole numbers from zero up in every row."""
    return (
        column.present == rows
        and 3 <= column.levels <= MOST_LEVELS
        and column.values[0] == 0
        and column.values[-1] < 2 * MOST_LEVELS
        and int(column.present - column.counts.max()) >= FEWEST_ROWS
    )


def _constant(table: CodedTable, columns: list[Coded]) -> list[tuple[list[str], int]]:
    """Groups whose sum is the same in every row: a column that is a constant less columns independent of each other."""
    rows = Generator(Philox(13)).permutation(table.rows)[:SAMPLE]
    free: list[str] = []
    basis = [np.ones(len(rows))]
    found = []
    for column in columns:
        values = table.numbers(column.name)[rows]
        weights, missed = _fit(np.stack(basis, axis=1), values)
        if missed > SMALL:
            free.append(column.name)
            basis.append(values)
            continue
        used = [(name, weight) for name, weight in zip(free, weights[1:], strict=True) if abs(weight) > SMALL]
        names = [*(name for name, _ in used), column.name]
        if used and all(abs(weight + 1) < SMALL for _, weight in used) and (total := _total(table, names)) is not None:
            found.append((names, total))
    return found


def _fit(basis: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    weights = np.asarray(np.linalg.lstsq(basis, values, rcond=None)[0], dtype=np.float64)
    return weights, float(np.abs(basis @ weights - values).max())


def _total(table: CodedTable, names: list[str]) -> int | None:
    sums = np.sum([table.numbers(name) for name in names], axis=0)
    return int(sums[0]) if (sums == sums[0]).all() and sums[0] >= FEWEST_TOTAL else None


def _whole(table: CodedTable, names: list[str], total: int) -> Proposal:
    text = f"{' + '.join(spelled_name(name) for name in names)} == {spelt_number(total)}"
    reason = f"{listed(names)} count out of {total}: they add up to it in all {spaced(table.rows)} rows"
    return Proposal("counts", tuple(names), {"constraints": [text]}, table.rows, 0, reason)


def _shared(table: CodedTable, columns: list[Coded]) -> list[Proposal]:
    """Groups with the same greatest value, which their sum never passes though it would if they were independent."""
    groups: dict[int, list[str]] = {}
    for column in columns:
        groups.setdefault(int(column.values[-1]), []).append(column.name)
    told = []
    for most, names in groups.items():
        if len(names) > 1 and most >= FEWEST_TOTAL:
            values = [table.numbers(name) for name in names]
            beyond = _beyond(values, most)
            if np.sum(values, axis=0).max() <= most and beyond >= FEWEST_ROWS:
                told.append(_below(table, names, most, beyond))
    return told


def _beyond(values: list[NDArray[np.float64]], most: int) -> int:
    """Rows whose sum passes the number when every column is shuffled."""
    rng = Generator(Philox(17))
    return int((np.sum([rng.permutation(each) for each in values], axis=0) > most).sum())


def _below(table: CodedTable, names: list[str], most: int, beyond: int) -> Proposal:
    text = f"{' + '.join(spelled_name(name) for name in names)} <= {most}"
    reason = f"{listed(names)} count out of {most}: no row adds up to more, {spaced(beyond)} would by chance"
    return Proposal("counts", tuple(names), {"constraints": [text]}, table.rows, 0, reason, beyond)
