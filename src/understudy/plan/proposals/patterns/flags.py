"""Flags of which one is raised in every row, and flags that are any or all of others."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from understudy.data.evidence import spaced
from understudy.plan.proposals.patterns.coded import Coded, CodedTable
from understudy.plan.proposals.patterns.computing import following
from understudy.plan.proposals.patterns.covers import exact_covers
from understudy.plan.proposals.patterns.events import Events
from understudy.plan.proposals.patterns.wording import listed, spelt_test, spelt_value
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.expressions.tree import spelled_name

NATS = 25.0  # against chance, of every part of a rule
SIBLINGS = 3  # parts of the same value that let one on weaker evidence in
OWN_ROWS = 5  # that a part must add to the others
MOST_PARTS = 30
NEARLY = 0.05  # of the rows that the parts should reach, at most, that they miss
BROKEN = 0.005  # share of all rows, the same


def one_hot(table: CodedTable) -> list[Proposal]:
    """Groups of flags of which exactly one is raised in every row."""
    names = [name for name in table.of_kinds("boolean", "integer") if _is_flag(table[name], table.rows)]
    if len(names) < 2:
        return []
    covers = exact_covers(np.array([table[name].codes == 1 for name in names]))
    return [_one_hot(table, [names[place] for place in cover]) for cover in covers]


def _is_flag(column: Coded, rows: int) -> bool:
    return column.present == rows and column.values in ([False, True], [0, 1])


def _one_hot(table: CodedTable, names: list[str]) -> Proposal:
    says = {"constraints": [{"kind": "one_hot", "columns": names}]}
    reason = f"exactly one of {listed(names)} is set in all {spaced(table.rows)} rows"
    return Proposal("one_hot", tuple(names), says, table.rows, 0, reason)


@dataclass(frozen=True, eq=False)
class Part:
    """A test of which a flag may be made.

    Attributes:
        column: that it is about.
        text: the test.
        inverse: the opposite test.
        value: what the column has or, for a negated test, has not.
        values: all that the column has.
        mask: the rows in which it holds.
        nats: evidence that it is no accident that the flag holds in all of them.
    """

    column: str
    text: str
    inverse: str
    value: object
    values: tuple[object, ...]
    mask: NDArray[np.bool_]
    nats: float


def logic(table: CodedTable, events: Events | None, apart: set[frozenset[str]]) -> list[Proposal]:
    """Flags, and categories of two values, that are any of several tests on other columns, or all of them.

    Args:
        table: the columns.
        events: with their joint counts.
        apart: pairs of columns of which all is said already.
    """
    if events is None:
        return []
    binary = [name for name in table.of_kinds("boolean", "categorical") if _is_binary(table[name])]
    found = [_explained(table, events, name, apart) for name in binary]
    return [each for each in found if each is not None]


def _is_binary(column: Coded) -> bool:
    return column.levels == 2 and column.counts.min() >= 2 * OWN_ROWS


def _explained(table: CodedTable, events: Events, name: str, apart: set[frozenset[str]]) -> Proposal | None:
    """The best way to say one flag; None where there is none."""
    places = [place for place, event in enumerate(events.events) if event.column == name and not event.is_gap]
    if len(places) != 2:
        return None
    ways = []
    for true, false in (places, places[::-1]):
        parts = _cover(events.masks[true], _parts(table, events, true, false, apart))
        if len({part.column for part in parts}) > 1 and _varies(table, table[name], parts):
            ways.append((_missed(table, events.masks[true], parts), len(parts), true, parts))
    if not ways:
        return None
    missed, _, true, parts = min(ways, key=lambda way: way[:2])
    if missed > NEARLY * events.events[true].rows or missed > BROKEN * table.rows:
        return None
    return _told(table, name, events.events[true].value, parts, missed)


def _varies(table: CodedTable, column: Coded, parts: list[Part]) -> bool:
    """Whether a flag has both values in rows where all that its parts ask for is present."""
    held = np.logical_and.reduce([table[part.column].codes >= 0 for part in parts])
    return bool(np.bincount(column.codes[held & (column.codes >= 0)], minlength=2).min() >= 2 * OWN_ROWS)


def _missed(table: CodedTable, wanted: NDArray[np.bool_], parts: list[Part]) -> int:
    """Rows that no part reaches though all that they ask for is present."""
    reached = np.logical_or.reduce([part.mask for part in parts])
    held = np.logical_and.reduce([table[part.column].codes >= 0 for part in parts])
    return int((wanted & ~reached & held).sum())


def _parts(table: CodedTable, events: Events, true: int, false: int, apart: set[frozenset[str]]) -> list[Part]:
    """Tests that hold only where the flag does."""
    own, base = events.events[true].column, float(events.base[true])
    parts = []
    for place, event in enumerate(events.events):
        if event.column == own or event.is_gap or frozenset((own, event.column)) in apart:
            continue
        mask = events.masks[place]
        if events.together[place, false] == 0:
            parts.append(_part(table[event.column], event.value, mask, base, negated=False))
        if events.together[place, false] == events.asked[false, place]:
            others = ~mask & (table[event.column].codes >= 0)
            parts.append(_part(table[event.column], event.value, others, base, negated=True))
    return [part for part in parts if part.mask.any()]


def _part(column: Coded, value: object, mask: NDArray[np.bool_], base: float, *, negated: bool) -> Part:
    test = spelt_test(column.name, value) or ""
    other = spelt_test(column.name, not value) or "" if isinstance(value, bool) else test.replace(" == ", " != ", 1)
    texts = (other, test) if negated else (test, other)
    nats = float(-mask.sum() * np.log(base))
    return Part(column.name, *texts, (value, negated), tuple(column.values), mask, nats)


def _cover(wanted: NDArray[np.bool_], parts: list[Part]) -> list[Part]:
    """Parts that reach the wanted rows, widest first; with several of one value, all others of it."""
    strong = [part for part in parts if part.nats >= NATS]
    chosen, left = _widest(wanted, strong, 1)
    if left.any():
        chosen, _ = _widest(wanted, strong, OWN_ROWS)
    chosen = [part for place, part in enumerate(chosen) if _adds(part, chosen[:place] + chosen[place + 1 :])]
    values = [part.value for part in chosen]
    names = {part.column for part in chosen}
    known = {each for part in chosen for each in part.values}
    alike = [part for part in parts if values.count(part.value) >= SIBLINGS and part.column not in names]
    alike = [part for part in alike if known.issuperset(part.values)]
    return [*chosen, *alike[: MOST_PARTS - len(chosen)]]


def _widest(wanted: NDArray[np.bool_], parts: list[Part], least: int) -> tuple[list[Part], NDArray[np.bool_]]:
    """Parts one after the other by the rows that they add, and the rows that are left."""
    chosen: list[Part] = []
    left = wanted.copy()
    while parts and len(chosen) < MOST_PARTS:
        gains = [int((part.mask & left).sum()) for part in parts]
        if max(gains) < least:
            break
        chosen.append(parts[int(np.argmax(gains))])
        left &= ~chosen[-1].mask
    return chosen, left


def _adds(part: Part, others: list[Part]) -> bool:
    return not others or bool((part.mask & ~np.logical_or.reduce([each.mask for each in others])).any())


def _told(table: CodedTable, name: str, value: object, parts: list[Part], missed: int) -> Proposal:
    column = table[name]
    other = next(each for each in column.values if each != value)
    parts = sorted(parts, key=lambda part: table.frame.columns.index(part.column))
    if isinstance(value, bool):
        text = " or ".join(part.text for part in parts) if value else " and ".join(part.inverse for part in parts)
    else:
        test = " or ".join(part.text for part in parts)
        text = f"if({test}, {spelt_value(value)}, {spelt_value(other)})"
    inputs = list(dict.fromkeys(part.column for part in parts))
    says = following(table, name, text, inputs)
    rows = int(np.logical_and.reduce([table[each].codes >= 0 for each in (name, *inputs)]).sum())
    whole = f"in all {spaced(rows)} rows" if not missed else f"in all but {spaced(missed)} of {spaced(rows)} rows"
    columns = (name, *inputs)
    reason = f"{spelled_name(name)} is {_short(text)} {whole}"
    return Proposal("computed", columns, says, rows, missed, reason, int(column.counts.min()))


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "…"


def pairs_of(proposals: list[Proposal]) -> set[frozenset[str]]:
    """The pairs of columns that proposals are about; of a computed column, it with each that it is computed from."""
    made = [each for each in proposals if each.kind == "computed"]
    others = [each for each in proposals if each.kind != "computed"]
    told = {frozenset((each.columns[0], name)) for each in made for name in each.columns[1:]}
    return told | {frozenset(pair) for each in others for pair in combinations(each.columns, 2)}


def alike(made: list[Proposal]) -> set[frozenset[str]]:
    """Pairs of columns that are computed from the same columns."""
    return {
        frozenset((one.columns[0], two.columns[0]))
        for one, two in combinations(made, 2)
        if set(one.columns[1:]) == set(two.columns[1:])
    }
