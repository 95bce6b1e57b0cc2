"""Values that fix the values, codes and gaps of other columns, grouped by the value that fixes."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import TypeVar

from understudy.data.evidence import spaced
from understudy.plan.proposals.patterns.coded import CodedTable
from understudy.plan.proposals.patterns.events import HELD, Event, Events
from understudy.plan.proposals.patterns.implications import Implication, implications
from understudy.plan.proposals.patterns.wording import listed
from understudy.plan.proposals.proposal import Proposal

Key = TypeVar("Key", bound=Hashable)
MANY = 3  # values of one column that fix another column, or that bring the same with them, told together
WHOLE = 1e-12  # by which shares of all values of a column may miss one


def nested(table: CodedTable, events: Events | None, apart: set[frozenset[str]]) -> list[Proposal]:
    """Rules `a == 'No' -> b == 'x'`, one proposal for all that one value fixes; both ways where both hold.

    Args:
        table: the columns.
        events: with their joint counts.
        apart: pairs of columns of which all is said already.
    """
    if events is None:
        return []
    found = implications(table, events)
    exact = [each for each in found if each.broken == 0]
    leaders = _leaders(table, events, exact)
    kept = _reduced(events, exact, leaders)
    nearly = [each for each in found if each.broken and not _follows(each, found)]
    kept, nearly = _untold(events, kept, apart), _untold(events, _not_turned(events, nearly), apart)
    return _told(events, kept, leaders) + _told(events, nearly, leaders)


def _untold(events: Events, found: Sequence[Implication], apart: set[frozenset[str]]) -> list[Implication]:
    """Implications between columns of which not all is said; those left out have done their part in implying others."""
    columns = [event.column for event in events.events]
    return [each for each in found if frozenset((columns[each.cause], columns[each.effect])) not in apart]


def _leaders(table: CodedTable, events: Events, exact: Sequence[Implication]) -> list[int]:
    """For each event the one that speaks for all that hold in the same rows."""
    edges = {(each.cause, each.effect) for each in exact}
    leaders: dict[int, int] = {}
    for here in sorted(range(len(events.events)), key=lambda place: _rank(table, events.events[place])):
        ahead = [other for other in leaders.values() if (here, other) in edges and (other, here) in edges]
        leaders[here] = ahead[0] if ahead else here
    return [leaders[place] for place in range(len(events.events))]


def _rank(table: CodedTable, event: Event) -> tuple[int, int, int]:
    """Values of categories speak first, those with few levels before others; gaps and numbers after them."""
    kind = 1 if event.is_number else 2 if event.is_gap else 0
    levels = 0 if event.is_gap else table[event.column].levels
    return kind, levels, table.frame.columns.index(event.column)


def _reduced(events: Events, exact: Sequence[Implication], leaders: list[int]) -> list[Implication]:
    """Implications of leaders that no two others imply, and both ways between a leader and its followers."""
    edges = {(leaders[each.cause], leaders[each.effect]) for each in exact}
    steps: dict[int, set[int]] = {}
    for cause, effect in edges:
        if cause != effect:
            steps.setdefault(cause, set()).add(effect)
    kept = []
    for each in exact:
        one, two = leaders[each.cause], leaders[each.effect]
        if one == two:
            keep = one in (each.cause, each.effect)
        else:
            through = any(two in steps.get(middle, set()) for middle in steps.get(one, set()) - {two})
            keep = each.cause == one and each.effect == two and not through
        kept += [each] if keep else []
    return _not_turned(events, kept)


def _not_turned(events: Events, found: Sequence[Implication]) -> list[Implication]:
    """Implications without those that another one says the other way round.

    What holds both ways speaks first, then values that fix much; gaps speak before presence.
    """
    weight: dict[int, int] = {}
    for each in found:
        weight[each.cause] = weight.get(each.cause, 0) + 1
    edges = {(each.cause, each.effect) for each in found}

    def rank(each: Implication) -> tuple[bool, bool, int, int, int, int]:
        present = any(events.events[place].value is HELD for place in (each.cause, each.effect))
        one_way = (each.effect, each.cause) not in edges
        return one_way, present, -weight[each.cause], each.rows, each.cause, each.effect

    kept: list[Implication] = []
    for each in sorted(found, key=rank):
        if not any(_turned(events, each, other) for other in kept):
            kept.append(each)
    return kept


def _turned(events: Events, each: Implication, other: Implication) -> bool:
    """Whether `other` says that the cause of `each` excludes the one other value of the column of its effect."""
    cause, effect = events.events[each.cause], events.events[each.effect]
    over, then = events.events[other.cause], events.events[other.effect]
    asked = (over.column, over.is_gap, then.column, then.is_gap)
    if asked != (effect.column, effect.is_gap, cause.column, cause.is_gap):
        return False
    binary = over.is_gap or _is_binary(events, over.column)
    return binary and over.value != effect.value and then.value != cause.value


def _is_binary(events: Events, column: str) -> bool:
    own = [place for place, each in enumerate(events.events) if each.column == column and not each.is_gap]
    return len(own) == 2 and abs(float(events.base[own].sum()) - 1) < WHOLE


def _follows(each: Implication, found: Sequence[Implication]) -> bool:
    """Whether a nearly exact implication follows from two others, one of them exact."""
    exact = {(other.cause, other.effect) for other in found if not other.broken}
    nearly = {(other.cause, other.effect) for other in found if other.broken}
    for other in found:
        if other.cause != each.cause or other.effect == each.effect:
            continue
        last = (other.effect, each.effect)
        if (last in exact or last in nearly) and (other.broken == 0 or last in exact):
            return True
    return False


def _told(events: Events, found: Sequence[Implication], leaders: list[int]) -> list[Proposal]:
    """One proposal for each value that fixes others, for each value that many bring, and for many values of a pair."""
    both_ways = [each for each in found if leaders[each.cause] == leaders[each.effect]]
    one_way = [each for each in found if leaders[each.cause] != leaders[each.effect]]
    brought = _grouped(one_way, lambda each: each.effect)
    brought = {effect: own for effect, own in brought.items() if _columns(events, own) >= MANY}
    one_way = [each for each in one_way if each.effect not in brought]
    pairs = _grouped(one_way, lambda each: (events.events[each.cause].column, events.events[each.effect].column))
    pairs = {pair: own for pair, own in pairs.items() if len(own) >= MANY}
    taken = {id(each) for own in pairs.values() for each in own}
    rest = [*both_ways, *(each for each in one_way if id(each) not in taken)]
    causes = _grouped(rest, lambda each: leaders[each.cause] if each in both_ways else each.cause)
    told = [_of_effect(events, effect, own) for effect, own in brought.items()]
    told += [_of_pair(events, pair, own) for pair, own in pairs.items()]
    return told + [_of_cause(events, cause, own) for cause, own in causes.items()]


def _grouped(found: Sequence[Implication], key: Callable[[Implication], Key]) -> dict[Key, list[Implication]]:
    groups: dict[Key, list[Implication]] = {}
    for each in found:
        groups.setdefault(key(each), []).append(each)
    return groups


def _columns(events: Events, found: Sequence[Implication]) -> int:
    return len({events.events[each.cause].column for each in found})


def _kind(events: Events, places: Sequence[int]) -> str:
    """Nested where a category fixes a category, sentinel where a code of a number is in it, nulls for gaps."""
    own = [events.events[place] for place in places]
    if any(each.is_number for each in own):
        return "sentinel"
    return "nulls" if any(each.is_gap for each in own) else "nested"


def _of_cause(events: Events, leader: int, found: Sequence[Implication]) -> Proposal:
    others = [each.effect if each.cause == leader else each.cause for each in found]
    kinds = {_kind(events, (leader, other)) for other in others}
    kind = next(each for each in ("nested", "sentinel", "nulls") if each in kinds)
    return _proposal(events, kind, found, events.events[leader].column, _reason(events, leader, found))


def _of_pair(events: Events, pair: tuple[str, str], found: Sequence[Implication]) -> Proposal:
    by, on = pair
    kind = _kind(events, (found[0].cause, found[0].effect))
    rows = sum(each.rows for each in found)
    reason = f"{len(found)} values of {by} ({spaced(rows)} rows) fix {on}"
    return _proposal(events, kind, found, by, reason)


def _of_effect(events: Events, effect: int, found: Sequence[Implication]) -> Proposal:
    here = events.events[effect]
    kind = _kind(events, (found[0].cause, effect))
    causes = listed(list(dict.fromkeys(events.events[each.cause].column for each in found)))
    reason = f"{here.text} in every row with any of {len(found)} values of {causes}"
    told = _proposal(events, kind, found, "", reason)
    return replace(told, columns=(here.column, *(name for name in told.columns if name not in (here.column, ""))))


def _proposal(events: Events, kind: str, found: Sequence[Implication], by: str, reason: str) -> Proposal:
    texts = [f"{events.events[each.cause].text} -> {events.events[each.effect].text}" for each in found]
    places = [place for each in found for place in (each.effect, each.cause)]
    names = [name for place in places if (name := events.events[place].column) != by]
    causes = {each.cause: each.rows for each in found}
    rows = max(causes.values()) if len({events.events[place].column for place in causes}) > 1 else sum(causes.values())
    support = max(1, int(max(each.chance for each in found)))
    columns = (*dict.fromkeys(names), by)
    return Proposal(kind, columns, {"constraints": texts}, rows, sum(each.broken for each in found), reason, support)


def _reason(events: Events, leader: int, found: Sequence[Implication]) -> str:
    here = events.events[leader]
    back = {each.cause for each in found if each.effect == leader}
    forth = [each for each in found if each.cause == leader]
    effects = listed([events.events[each.effect].text for each in forth])
    broken = sum(each.broken for each in found)
    whole = f"all {spaced(here.rows)} rows" if not broken else f"all but {spaced(broken)} of {spaced(here.rows)} rows"
    if not forth:
        return f"{listed([events.events[place].text for place in back])} only where {here.text}: {whole}"
    ways = " and nowhere else" if len(back) == len(forth) else ""
    return f"{effects} in {whole} with {here.text}{ways}"
