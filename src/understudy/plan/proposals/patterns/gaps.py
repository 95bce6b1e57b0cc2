"""Columns that are missing together, or of which exactly one is filled."""

from dataclasses import dataclass
from itertools import combinations
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from understudy.data.evidence import spaced
from understudy.plan.proposals.patterns.coded import CodedTable
from understudy.plan.proposals.patterns.covers import exact_covers
from understudy.plan.proposals.patterns.wording import listed
from understudy.plan.proposals.proposal import Proposal

FEWEST_GAPS = 5
NATS = 25.0  # against chance


@dataclass(frozen=True)
class Gaps:
    """What is said of gaps.

    Attributes:
        proposals: the rules.
        speaking: columns with gaps, one of each group that is missing together.
        apart: pairs of columns of which all is said.
    """

    proposals: list[Proposal]
    speaking: list[str]
    apart: set[frozenset[str]]


def find_gaps(table: CodedTable) -> Gaps:
    """Rules on what is missing together, and the columns whose gaps are left to ask for."""
    missing = table.gaps()
    groups: dict[bytes, list[str]] = {}
    for name, gone in missing.items():
        groups.setdefault(np.packbits(gone).tobytes(), []).append(name)
    together = [names for names in groups.values() if len(names) > 1 and _is_no_accident(missing[names[0]])]
    speaking = [name for names in groups.values() for name in (names[:1] if names in together else names)]
    told = [_all_or_none(table, names, missing[names[0]]) for names in together]
    single = [_exactly_one(table, names) for names in _one_filled({name: missing[name] for name in speaking})]
    apart = {frozenset(pair) for each in single for pair in combinations(each.columns, 2)}
    return Gaps(told + single, speaking, apart)


def _is_no_accident(gone: NDArray[np.bool_]) -> bool:
    """Whether two columns with these many gaps would hardly have them in the same rows by chance."""
    rows, gaps = len(gone), int(gone.sum())
    choices = lgamma(rows + 1) - lgamma(gaps + 1) - lgamma(rows - gaps + 1)
    return gaps >= FEWEST_GAPS and rows - gaps >= FEWEST_GAPS and choices >= NATS


def _all_or_none(table: CodedTable, names: list[str], gone: NDArray[np.bool_]) -> Proposal:
    gaps = int(gone.sum())
    says = {"constraints": [{"kind": "nulls", "columns": names, "rule": "all_or_none"}]}
    reason = f"{listed(names)} are missing in the same {spaced(gaps)} of {spaced(table.rows)} rows"
    return Proposal("nulls", tuple(names), says, table.rows, 0, reason, min(gaps, table.rows - gaps))


def _one_filled(missing: dict[str, NDArray[np.bool_]]) -> list[list[str]]:
    """Groups of columns of which every row fills exactly one."""
    names = [name for name, gone in missing.items() if FEWEST_GAPS <= gone.sum() <= len(gone) - FEWEST_GAPS]
    if len(names) < 2:
        return []
    filled = np.array([~missing[name] for name in names])
    return [[names[place] for place in cover] for cover in exact_covers(filled)]


def _exactly_one(table: CodedTable, names: list[str]) -> Proposal:
    says = {"constraints": [{"kind": "nulls", "columns": names, "rule": "exactly_one"}]}
    least = min(table.rows - table.frame[name].null_count() for name in names)
    reason = f"exactly one of {listed(names)} is present in all {spaced(table.rows)} rows"
    return Proposal("nulls", tuple(names), says, table.rows, 0, reason, least)
