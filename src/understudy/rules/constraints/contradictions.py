"""Constraints that no row could meet together, found before anything is learned.

What is decided is decided for sure: nothing that a row could meet is refused. Rules about missing cells are searched;
orders and ends are distances that must not grow around a circle; values that are listed are tried one by one. What
only expressions with arithmetic, mixed scales or combinations seen could tell is left to the rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import ceil, floor, gcd

import polars as pl

from understudy.data.schema import Schema
from understudy.errors import PlanError
from understudy.rules.constraints.constraint import Constraint
from understudy.rules.constraints.cycles import certain, circle
from understudy.rules.constraints.facts import TOLERANCE, Choice, Facts, Gap, Grid, facts_of
from understudy.rules.constraints.patterns import CLOSE, OneHot
from understudy.rules.constraints.presence import conflicting, together
from understudy.rules.constraints.together import Monotone, Unique

Conflict = tuple[Sequence[Constraint], frozenset[str]]
"""Constraints that exclude each other, and the columns that would all have to be present."""
NEAR = Fraction(CLOSE) * 2
MOST_NAMED = 6


def check_together(constraints: Sequence[Constraint], schema: Schema, rows: int | None = None) -> None:
    """Check that a row could meet all constraints.

    Args:
        constraints: each bound to the schema before.
        schema: kinds of the columns, and which are never missing.
        rows: how many there will be, for values that must not repeat; None where it is not known.

    Raises:
        PlanError: no row in which the columns named are present could meet those constraints; they are named.
    """
    facts = facts_of(constraints, schema)
    if missing := conflicting(facts.present):
        raise _refusal(constraints, missing, "no pattern of missing cells meets")
    for causes, columns in _conflicts(facts):
        if together(facts.present, columns):
            raise _refusal(constraints, causes, "no row meets")
    for causes, most in _crowded(constraints, facts, rows is not None):
        if rows is None or rows > most:
            limit = "one row meets" if most == 1 else f"{most} rows meet"
            raise _refusal(constraints, causes, f"no more than {limit}")


def _refusal(constraints: Sequence[Constraint], causes: Sequence[Constraint], what: str) -> PlanError:
    named = [f"'{each.short}'" for each in dict.fromkeys(constraints) if each in causes]
    shown = named if len(named) <= MOST_NAMED else [*named[: MOST_NAMED - 1], f"{len(named) - MOST_NAMED + 1} more"]
    said = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    hint = "change or take out one of them" if len(named) > 1 else "change it or take it out"
    return PlanError(f"{what} {said}", where="constraints", hint=hint, field="constraints")


def _conflicts(facts: Facts) -> Iterator[Conflict]:
    gaps = list(facts.gaps)
    yield from _circles(facts, gaps)
    yield from _equal(facts, gaps)
    yield from _chosen(facts)
    yield from _grids(facts)
    for each in facts.flags:
        yield from _flags(facts, each)


def _circles(facts: Facts, gaps: list[Gap]) -> Iterator[Conflict]:
    """Orders and ends that exclude each other; a gap of each one found is taken out of the list, so that none stays."""
    while found := circle(gaps):
        columns = frozenset(_columns(found))
        if certain(found, _exact(facts, columns)):
            yield _causes(found), columns
        gaps.remove(found[0])


def _equal(facts: Facts, gaps: Sequence[Gap]) -> Iterator[Conflict]:
    """Values that must differ where orders and ends leave them no choice."""
    for ends in facts.unequal:
        found = [circle([*gaps, end]) for end in ends]
        columns = frozenset(name for each in found for name in _columns(each))
        if all(each and certain(each, _exact(facts, columns)) for each in found):
            yield _causes([gap for each in found for gap in each]), columns


def _exact(facts: Facts, columns: Iterable[str]) -> bool:
    """Whether none of these columns holds decimals, which are compared within a tolerance."""
    return all(facts.scales.schema[name].kind != "decimal" for name in columns)


def _causes(gaps: Iterable[Gap | Choice | Grid]) -> list[Constraint]:
    return list(dict.fromkeys(gap.cause for gap in gaps if gap.cause is not None))


def _columns(gaps: Iterable[Gap]) -> set[str]:
    return {name for gap in gaps for name in (gap.below, gap.above) if name is not None}


def _chosen(facts: Facts) -> Iterator[Conflict]:
    """Columns whose listed values are all excluded by what else is said of them."""
    for name in dict.fromkeys(choice.column for choice in facts.choices if not choice.barred):
        choices = [choice for choice in facts.choices if choice.column == name]
        first = next(choice for choice in choices if not choice.barred)
        killers = [_killer(facts, name, place, choices) for place in sorted(first.places)]
        if all(killer is not None for killer in killers):
            yield [first.cause, *(killer for killer in killers if killer is not None)], frozenset([name])


def _killer(facts: Facts, name: str, place: Fraction, choices: Sequence[Choice]) -> Constraint | None:
    """A constraint that a value of a column breaks alone."""
    for choice in choices:
        if (place in choice.places) == choice.barred:
            return choice.cause
    for gap in _ends(facts, name):
        if not _keeps(gap, {name: place}) and gap.cause is not None:
            return gap.cause
    for grid in facts.grids:
        if grid.column == name and grid.cause is not None and not _on(grid, place):
            return grid.cause
    for regex in facts.patterns:
        if regex.column == name and not regex.met(pl.DataFrame({name: [facts.scales.value(name, place)]}), None)[0]:
            return regex
    return None


def _ends(facts: Facts, name: str) -> list[Gap]:
    """Gaps between a column and nothing else."""
    return [gap for gap in facts.gaps if {gap.below, gap.above} in ({name, None}, {name})]


def _keeps(gap: Gap, places: dict[str, Fraction]) -> bool:
    """Whether a gap holds where its columns stand at these places."""
    below, above = (Fraction(0) if name is None else places[name] for name in (gap.below, gap.above))
    if gap.strict:
        return above - below > gap.least
    return above - below >= gap.least - TOLERANCE * abs(gap.least)


def _on(grid: Grid, place: Fraction) -> bool:
    steps = (place - grid.start) / grid.step
    return abs(steps - round(steps)) <= NEAR


def _grids(facts: Facts) -> Iterator[Conflict]:
    """Grids that never meet, or that have no value between the ends."""
    for first, second in combinations(facts.grids, 2):
        if first.column == second.column and not _meet(first, second):
            yield _causes([first, second]), frozenset([first.column])
    for grid in facts.grids:
        lows = [gap for gap in _ends(facts, grid.column) if gap.below is None]
        highs = [gap for gap in _ends(facts, grid.column) if gap.above is None]
        for low in lows:
            for high in highs:
                if grid.cause is not None and not _between(grid, low, high):
                    yield _causes([grid, low, high]), frozenset([grid.column])


def _meet(first: Grid, second: Grid) -> bool:
    """Whether two grids share a value: their starts differ by steps of their common measure."""
    shared = first.step.denominator * second.step.denominator
    measure = Fraction(gcd(int(first.step * shared), int(second.step * shared)), shared)
    apart = (first.start - second.start) % measure
    return min(apart, measure - apart) <= NEAR * max(first.step, second.step)


def _between(grid: Grid, low: Gap, high: Gap) -> bool:
    """Whether a value of the grid lies between two ends."""
    first = ceil((low.least - grid.start) / grid.step - NEAR)
    last = floor((-high.least - grid.start) / grid.step + NEAR)
    ends = [grid.start + steps * grid.step for steps in (first, last)]
    inside = first + (low.strict and ends[0] <= low.least), last - (high.strict and ends[1] >= -high.least)
    return inside[0] <= inside[1]


def _flags(facts: Facts, hot: OneHot) -> Iterator[Conflict]:
    """Flags of which none could be the one that is set."""
    if any(facts.scales.line(name) != "number" for name in hot.columns):
        return
    about = [gap for gap in facts.gaps if _columns([gap]) <= set(hot.columns)]
    killers = []
    for one in hot.columns:
        places = {name: Fraction(int(name == one)) for name in hot.columns}
        against = [gap for gap in about if gap.cause is not None and not _keeps(gap, places)]
        barring = [each for each in facts.choices if each.column in places and _bars(each, places[each.column])]
        if not against and not barring:
            return
        killers += _causes([*against, *barring])[:1]
    yield [hot, *killers], frozenset(hot.columns)


def _bars(choice: Choice, place: Fraction) -> bool:
    return (place in choice.places) == choice.barred


def _crowded(constraints: Sequence[Constraint], facts: Facts, counted: bool) -> Iterator[tuple[list[Constraint], int]]:
    """Values that must not repeat, with how many there are of them; whole numbers between ends only where `counted`."""
    schema = facts.scales.schema
    for each in constraints:
        columns = _unrepeated(each)
        if not columns or any(schema[name].nullable for name in columns):
            continue
        for hot in facts.flags:
            if set(columns) <= set(hot.columns):
                yield [each, hot], len(columns) + (len(columns) < len(hot.columns))
        if all(schema[name].kind == "constant" for name in columns):
            yield [each], 1
        if counted and len(columns) == 1:
            yield from _whole(each, columns[0], facts)
    yield from _standing(constraints)


def _whole(each: Constraint, name: str, facts: Facts) -> Iterator[tuple[list[Constraint], int]]:
    """A column whose values stand at equal steps between two ends."""
    lows = [gap for gap in _ends(facts, name) if gap.below is None]
    highs = [gap for gap in _ends(facts, name) if gap.above is None]
    if lows and highs and (unit := facts.scales.unit(name)):
        low, high = (max(gaps, key=lambda gap: gap.least) for gaps in (lows, highs))
        yield [each, *_causes([low, high])], int((-high.least - low.least) / unit) + 1


def _unrepeated(each: Constraint) -> tuple[str, ...]:
    """The columns whose values a constraint keeps apart in all rows."""
    if isinstance(each, Monotone):
        return (each.column,) if each.strict and not each.by and each.order is None else ()
    return each.columns if isinstance(each, Unique) else ()


def _standing(constraints: Sequence[Constraint]) -> Iterator[tuple[list[Constraint], int]]:
    """Values that may neither rise nor fall nor stay."""
    runs = [each for each in constraints if isinstance(each, Monotone) and not each.by and each.order is None]
    for up in runs:
        for down in runs:
            if up.column == down.column and down.decreasing and not up.decreasing:
                apart = [each for each in constraints if _unrepeated(each) == (up.column,)]
                if apart:
                    yield [*dict.fromkeys([up, down, apart[0]])], 1
