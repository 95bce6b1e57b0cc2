"""Which columns, alone or in pairs, fix the value of another: candidates from a sample, then all rows."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from understudy.plan.proposals.patterns.coded import Coded, CodedTable, joint_codes

DETERMINING = ("categorical", "boolean", "integer", "decimal", "date")
SAMPLE = 4_000
RARE_ROWS = 40  # of each rare level, so that a rare value is seen to differ
REPEATED = 0.3  # share of rows that must follow an earlier row of the same level
ERRORS = 30  # that chance must make where none is found
PAIR_ERRORS = 0.02  # share of rows that chance must get wrong where one of two columns is known
NEARLY = 0.02  # of the errors that chance makes, at most, where some are found
PAIR_NEARLY = 0.002  # the same of two columns
STRAIGHT = 0.02  # of its range, by which a number leaves the line that it lies on
BROKEN = 0.005  # share of rows broken, at most
NUMBER_LEVELS = 60  # of a number that fixes another column; more are a matter of formulas and bands


@dataclass(frozen=True)
class Dependency:
    """Columns that fix another's value.

    Attributes:
        by: the column or columns that decide.
        on: the column decided.
        rows: rows in which all are present.
        broken: rows that differ from the most frequent value of their level.
        chance: how many would differ if the value were drawn anew.
    """

    by: tuple[str, ...]
    on: str
    rows: int
    broken: int
    chance: int


def single(table: CodedTable) -> list[Dependency]:
    """Dependencies of one column on another, exact and nearly exact ones."""
    columns = _deciding(table)
    sample = _sample(columns)
    codes = np.stack([each.codes[sample] for each in columns]) if columns else np.empty((0, 0), np.int32)
    found = []
    for place, by in enumerate(columns):
        if by.present - by.levels < max(ERRORS, REPEATED * by.present):
            continue
        likely = _surviving(codes[place].astype(np.int64), codes, _apart(codes))
        wanted = [columns[other] for other in np.flatnonzero(likely) if _may_decide(by, columns[other])]
        found += [held for on in wanted if (held := _held_single(by, on)) is not None]
    return found


def paired(table: CodedTable, known: list[Dependency], decided: frozenset[str]) -> list[Dependency]:
    """Dependencies of a column on two others that neither of them alone explains.

    Args:
        table: the columns.
        known: dependencies on single columns.
        decided: columns that are explained already.
    """
    columns = _deciding(table)
    sample = _sample(columns)
    open_ = [each for each in columns if _varied(each, decided)]
    if not open_:
        return []
    codes = {each.name: each.codes[sample] for each in columns}
    targets = np.stack([codes[each.name] for each in open_])
    given = {name: _differing_given(row.astype(np.int64), targets) for name, row in codes.items()}
    alone = {(each.by[0], each.on) for each in known}
    deciding = [each for each in columns if each.kind != "date"]
    deciding = [each for each in deciding if not each.is_number or each.levels <= NUMBER_LEVELS]
    found: list[Dependency] = []
    for first, second in combinations(deciding, 2):
        one, two = first.name, second.name
        if (one, two) in alone or (two, one) in alone or not _repeats_enough(first, second, sample):
            continue
        joint = joint_codes(codes[one], codes[two], second.levels)
        likely = _surviving(joint, targets, np.minimum(given[one], given[two]))
        wanted = [open_[place] for place in np.flatnonzero(likely) if open_[place].name not in (one, two)]
        wanted = [each for each in wanted if not {(one, each.name), (two, each.name)} & alone]
        found += [held for on in wanted if (held := _held_pair(first, second, on)) is not None]
    return found


def _deciding(table: CodedTable) -> list[Coded]:
    columns = [table[name] for name in table.of_kinds(*DETERMINING)]
    return [each for each in columns if each.levels >= 2]


def _sample(columns: list[Coded]) -> NDArray[np.int64]:
    """Places of a fixed sample of rows, shuffled, in which rare levels are over-represented."""
    if not columns:
        return np.empty(0, np.int64)
    rows = len(columns[0].codes)
    rng = Generator(Philox(5))
    if rows <= 2 * SAMPLE:
        return rng.permutation(rows)
    chosen = [rng.choice(rows, SAMPLE, replace=False)]
    for each in columns:
        if each.levels > 60:
            continue
        rare = np.flatnonzero(each.counts < rows / 100)
        chosen += [np.flatnonzero(each.codes == level)[:RARE_ROWS] for level in rare[:10]]
    return rng.permutation(np.unique(np.concatenate(chosen)))


def _apart(codes: NDArray[np.int32]) -> NDArray[np.float64]:
    """How often two rows drawn at random differ, by column."""
    return np.array([_differing(row[row >= 0]) for row in codes])


def _differing(codes: NDArray[np.int32]) -> float:
    return 1 - float(((np.bincount(codes) / max(1, len(codes))) ** 2).sum())


def _neighbours(by: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of rows of the same level, each row with the next of its level."""
    order = np.argsort(by, kind="stable")
    sorted_by = by[order]
    same = np.flatnonzero((sorted_by[1:] == sorted_by[:-1]) & (sorted_by[1:] >= 0))
    return order[same], order[same + 1]


def _differing_given(by: NDArray[np.int64], codes: NDArray[np.int32]) -> NDArray[np.float64]:
    """How often neighbours of a level differ, by column."""
    here, there = _neighbours(by)
    first, second = codes[:, here], codes[:, there]
    both = (first >= 0) & (second >= 0)
    return ((first != second) & both).sum(1) / np.maximum(1, both.sum(1))


def _surviving(by: NDArray[np.int64], codes: NDArray[np.int32], apart: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Columns whose neighbours differ a tenth as often as they would, or never."""
    here, there = _neighbours(by)
    first, second = codes[:, here], codes[:, there]
    both = (first >= 0) & (second >= 0)
    differ = ((first != second) & both).sum(1)
    return differ <= 0.1 * apart * both.sum(1)


def _varied(on: Coded, decided: frozenset[str]) -> bool:
    """Whether a column is open and varied enough for chance to get enough rows wrong."""
    return on.name not in decided and on.present - on.counts.max() >= max(ERRORS, PAIR_ERRORS * on.present)


def _may_decide(by: Coded, on: Coded) -> bool:
    if by.name == on.name or by.levels < on.levels:
        return False
    if by.kind == "date":
        return not (on.kind == "integer" and on.levels <= 400)
    return not by.is_number or (by.levels <= NUMBER_LEVELS and not (on.is_number and _is_straight(by, on)))


def _is_straight(by: Coded, on: Coded) -> bool:
    """Whether a number lies on a line over another, as a change of unit does, but for rounding."""
    both = (by.codes >= 0) & (on.codes >= 0)
    first, second = np.array(by.values, float)[by.codes[both]], np.array(on.values, float)[on.codes[both]]
    if np.ptp(first) == 0:
        return False
    slope = np.ptp(second) / np.ptp(first) * (1 if (second[first.argmax()] > second[first.argmin()]) else -1)
    away = second - second[first.argmin()] - slope * (first - first.min())
    return bool(np.abs(away).max() <= STRAIGHT * np.ptp(second))


def _held_single(by: Coded, on: Coded) -> Dependency | None:
    both = (by.codes >= 0) & (on.codes >= 0)
    level, value = by.codes[both].astype(np.int64), on.codes[both]
    if len(level) - len(np.unique(level)) < max(ERRORS, REPEATED * len(level)):
        return None
    broken = _errors(level, value, on.levels)
    if broken > BROKEN * len(level):
        return None
    chance = _errors(level, Generator(Philox(7)).permutation(value), on.levels)
    if chance < ERRORS or broken > NEARLY * chance:
        return None
    return Dependency((by.name,), on.name, len(level), broken, chance)


def _held_pair(first: Coded, second: Coded, on: Coded) -> Dependency | None:
    if first.is_number and second.is_number and on.is_number:
        return None
    joint = joint_codes(first.codes, second.codes, second.levels)
    both = (joint >= 0) & (on.codes >= 0)
    level, value = joint[both], on.codes[both]
    if len(level) - len(np.unique(level)) < max(ERRORS, REPEATED * len(level)):
        return None
    broken = _errors(level, value, on.levels)
    if broken > BROKEN * len(level):
        return None
    within = (first.codes[both], second.codes[both])
    chance = min(_errors(level, _shuffled_within(each, value), on.levels) for each in within)
    if chance < max(ERRORS, PAIR_ERRORS * len(level)) or broken > PAIR_NEARLY * chance:
        return None
    return Dependency((first.name, second.name), on.name, len(level), broken, chance)


def _errors(level: NDArray[np.int64], value: NDArray[np.int32], values: int) -> int:
    """Rows that differ from the most frequent value of their level."""
    cells, counts = np.unique(level * values + value, return_counts=True)
    starts = np.flatnonzero(np.diff(cells // values, prepend=-1))
    return int(len(level) - np.maximum.reduceat(counts, starts).sum()) if len(cells) else 0


def _shuffled_within(groups: NDArray[np.int32], value: NDArray[np.int32]) -> NDArray[np.int32]:
    """The values in a random order within each group."""
    rng = Generator(Philox(11))
    shuffled = np.empty_like(value)
    shuffled[np.argsort(groups, kind="stable")] = value[np.lexsort((rng.random(len(groups)), groups))]
    return shuffled


def _repeats_enough(first: Coded, second: Coded, sample: NDArray[np.int64]) -> bool:
    """Whether a sample bears out that pairs of levels repeat over the whole table."""
    rows = len(first.codes)
    if min(first.present - first.levels, second.present - second.levels) < REPEATED * rows / 2:
        return False
    joint = joint_codes(first.codes[sample], second.codes[sample], second.levels)
    joint = joint[joint >= 0]
    repeated = len(joint) - len(np.unique(joint))
    return repeated >= 0.25 * REPEATED * len(joint) * len(sample) / rows
