"""Events that bring another event with them in every row, or nearly so, beyond what chance or a gradient gives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from understudy.plan.proposals.patterns.coded import Coded, CodedTable
from understudy.plan.proposals.patterns.events import Events

NATS = 25.0  # against chance, of every implication told
EXCEPTIONS = 10.0  # at the rate of the whole table, at least
NEARLY = 0.003  # of the exceptions that chance makes, at most, where some are found
BROKEN = 0.002  # share of rows broken, at most
TRACE = 0.05  # of the table's rate: what another value breaks less often counts as obeying, too
MOST_CELLS = 1_000_000
FEWEST_VALUES = 3  # of a column of which some may fix another with noise
PEERS = 20  # rows that another value must have to be compared with
ALWAYS = 1 - 1e-9
USUAL = 0.9  # share of rows; an effect as usual as this says little, unless its failing tells of the cause
SIBLINGS = 3  # columns fixed to one value that let weaker ones be told with them


@dataclass(frozen=True)
class Implication:
    """That one event brings another with it.

    Attributes:
        cause: place of the event that brings.
        effect: place of the event brought.
        rows: rows of the cause in which the effect can be asked for.
        broken: those without it.
        chance: how many would be without it if the two were independent.
    """

    cause: int
    effect: int
    rows: int
    broken: int
    chance: float


def implications(table: CodedTable, events: Events) -> list[Implication]:
    """All implications that evidence bears out, exact and nearly exact ones."""
    found: list[Implication] = []
    for cause in [place for place, event in enumerate(events.events) if event.causes]:
        own: list[Implication] = []
        weak: list[Implication] = []
        for effect in _candidates(events, cause):
            each = _implication(events, cause, int(effect))
            if _is_borne_out(table, events, each):
                own.append(each)
            elif each.broken == 0 and each.chance >= 1:
                weak.append(each)
        found += own + _siblings(events, own, weak)
    return found


def _candidates(events: Events, cause: int) -> NDArray[np.int64]:
    """Events that meet the cause in nearly all rows in which they can be asked for."""
    here = events.events[cause]
    asked = events.asked[cause]
    broken = asked - events.together[cause]
    own = np.array([each.column == here.column for each in events.events])
    return np.flatnonzero(~own & (broken <= BROKEN * asked) & (asked > 0))


def _implication(events: Events, cause: int, effect: int) -> Implication:
    rows = int(events.asked[cause, effect])
    broken = rows - int(events.together[cause, effect])
    return Implication(cause, effect, rows, broken, rows * (1 - float(events.base[effect])))


def _is_borne_out(table: CodedTable, events: Events, each: Implication) -> bool:
    base, cause = events.base[each.effect], events.base[each.cause]
    if base >= 1 or each.broken > NEARLY * each.chance or (each.broken and events.events[each.effect].is_gap):
        return False
    if min(base, 1 - cause) > USUAL:
        return False
    if -each.rows * np.log(base) < NATS or each.chance < EXCEPTIONS:
        return False
    return -each.rows * np.log1p(-min(_nearest_rate(table, events, each), ALWAYS)) >= NATS


def _nearest_rate(table: CodedTable, events: Events, each: Implication) -> float:
    """How often the effect fails at the other value of the cause's column that comes nearest to obeying.

    Zero exceptions among few rows say nothing where the values beside it have few, too: that is a gradient, no rule.
    """
    cause, effect = events.events[each.cause], events.events[each.effect]
    asked = np.ones(table.rows, bool) if effect.is_gap else table[effect.column].codes >= 0
    fails, outside = asked & ~events.masks[each.effect], asked & ~events.masks[each.cause]
    if cause.is_number:
        return _rate_beside(table[cause.column], float(cause.value), fails, outside, each.rows)
    if cause.is_gap:
        return float(fails[outside].mean()) if outside.any() else 0.0
    column = table[cause.column]
    level = column.codes[outside] + 1
    rows = np.bincount(level, minlength=column.levels + 1)
    rates = np.bincount(level, weights=fails[outside], minlength=column.levels + 1) / np.maximum(1, rows)
    rates = rates[(rows >= PEERS) & (rates > TRACE * (1 - events.base[each.effect]))]
    valued = outside & (column.codes >= 0)
    found = [float(fails[valued].mean()) if valued.any() else 0.0, *rates.tolist()]
    noise = _noise(column, table[effect.column], outside) if not effect.is_gap and not each.broken else 0.0
    return min([*found, noise] if noise > 0 else found)


def _noise(by: Coded, on: Coded, rows: NDArray[np.bool_]) -> float:
    """How often those values of a column that all but fix another are not followed by what they fix.

    Where such noise is seen, a value without it may have been spared by chance.
    """
    rows = rows & (by.codes >= 0) & (on.codes >= 0)
    if by.levels < FEWEST_VALUES or by.levels * on.levels > MOST_CELLS:
        return 0.0
    cells = np.bincount(by.codes[rows].astype(np.int64) * on.levels + on.codes[rows], minlength=by.levels * on.levels)
    table = cells.reshape(by.levels, on.levels)
    total, other = table.sum(1), table.sum(1) - table.max(1)
    fixing = (total >= PEERS) & (other <= TRACE * total)
    return float(other[fixing].sum() / max(1, total[fixing].sum()))


def _rate_beside(column: Coded, value: float, fails: NDArray[np.bool_], outside: NDArray[np.bool_], rows: int) -> float:
    """How often the effect fails among as many rows with the nearest other numbers."""
    levels = np.array(column.values, dtype=float)
    usable = outside & (column.codes >= 0)
    away = np.abs(levels[column.codes[usable]] - value)
    if not len(away):
        return 0.0
    near = np.partition(away, min(len(away), max(PEERS, rows // 10)) - 1)[min(len(away), max(PEERS, rows // 10)) - 1]
    return float(fails[usable][away <= near].mean())


def _siblings(events: Events, own: list[Implication], weak: list[Implication]) -> list[Implication]:
    """Columns that share the value which three others are fixed to, on weaker evidence."""
    values = [events.events[each.effect].value for each in own]
    return [each for each in weak if values.count(events.events[each.effect].value) >= SIBLINGS]
