"""What constraints say of the values in a row, as plain facts: distances, choices, grids, flags, missing cells."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any

from understudy.data.schema import Schema
from understudy.rules.constraints.conjuncts import TURNED, comparisons, conjuncts, constant_of, shifted
from understudy.rules.constraints.constraint import Constraint
from understudy.rules.constraints.ordering import Inequality, Positive, Range
from understudy.rules.constraints.patterns import Increments, OneHot, Regex
from understudy.rules.constraints.remembered import Nulls
from understudy.rules.constraints.scales import Scales, words_in
from understudy.rules.constraints.stated import Stated
from understudy.rules.expressions import tree

TOLERANCE = Fraction(1, 10**9)
"""How far two decimals may be from each other, as a share, and still be equal."""


@dataclass(frozen=True)
class Gap:
    """One value lies at least so far above another; None stands for 0 of a column's number line.

    Attributes:
        below: column with the smaller value.
        above: column with the larger.
        least: the distance.
        strict: whether it must be larger than that.
        cause: the constraint that says so, None for what follows from the kind of a column.
    """

    below: str | None
    above: str | None
    least: Fraction
    strict: bool
    cause: Constraint | None


@dataclass(frozen=True)
class Choice:
    """A column takes one of these places on its line, or none of them where they are `barred`."""

    column: str
    places: frozenset[Fraction]
    barred: bool
    cause: Constraint


@dataclass(frozen=True)
class Grid:
    """A column's numbers lie on a grid."""

    column: str
    step: Fraction
    start: Fraction
    cause: Constraint | None


@dataclass(frozen=True)
class Present:
    """Of some cells, so many are present.

    Attributes:
        columns: whose cells.
        counts: how many of them may be present.
        cause: the constraint that says so, None where the real cells are never missing.
    """

    columns: tuple[str, ...]
    counts: frozenset[int]
    cause: Constraint | None


@dataclass
class Facts:
    """All that constraints say; of two gaps that are `unequal` one or the other holds."""

    scales: Scales
    gaps: list[Gap] = field(default_factory=list)
    unequal: list[tuple[Gap, Gap]] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    flags: list[OneHot] = field(default_factory=list)
    patterns: list[Regex] = field(default_factory=list)
    present: list[Present] = field(default_factory=list)

    def gap(
        self, below: str | None, above: str | None, least: Fraction, strict: bool, cause: Constraint | None
    ) -> None:
        """Note a gap, rounded up to the grid that both values stand on."""
        units = {self.scales.unit(name) for name in (below, above) if name is not None}
        if len(units) == 1 and (unit := units.pop()):
            steps = _snapped(least / unit)
            steps = floor(steps) + 1 if strict else ceil(steps)
            least, strict = Fraction(steps * unit), False
        self.gaps.append(Gap(below, above, least, strict, cause))

    def end(self, name: str, value: Any, sign: str, cause: Constraint | None) -> None:
        """Note a comparison of a column with a value; one that has no place on the column's line says nothing."""
        place = self.scales.place(name, value)
        if place is not None:
            self.compared((name, Fraction(0)), (None, place), sign, cause)

    def compared(
        self, left: tuple[str | None, Fraction], right: tuple[str | None, Fraction], sign: str, cause: Constraint | None
    ) -> None:
        """Note that `left + number < right + number`, or another sign; None for no column."""
        (first, moved), (second, ahead) = left, right
        if sign in ("<", "<=", "=="):
            self.gap(first, second, moved - ahead, sign == "<", cause)
        if sign in (">", ">=", "=="):
            self.gap(second, first, ahead - moved, sign == ">", cause)
        if cause is None or sign not in ("==", "!="):
            return
        if sign == "!=":
            ends = (Gap(first, second, moved - ahead, True, cause), Gap(second, first, ahead - moved, True, cause))
            self.unequal.append(ends)
        if None in (first, second):
            name, place = (first, ahead - moved) if second is None else (second, moved - ahead)
            assert name is not None
            self.choices.append(Choice(name, frozenset([place]), sign == "!=", cause))


def _snapped(steps: Fraction) -> Fraction:
    """A number as expressions compare it with whole ones: whole where it is within their tolerance."""
    near = Fraction(round(steps))
    return near if abs(steps - near) <= TOLERANCE * abs(near) else steps


def facts_of(constraints: Sequence[Constraint], schema: Schema) -> Facts:
    """What these constraints, and the kinds of the columns they name, say of a row in which all is present."""
    facts = Facts(Scales(schema, words_in([*_values(constraints)])))
    for name in dict.fromkeys(name for each in constraints for name in each.columns):
        _of_column(facts, name)
    for each in constraints:
        _of_constraint(facts, each)
    return facts


def _of_column(facts: Facts, name: str) -> None:
    column = facts.scales.schema[name]
    if column.kind == "boolean":
        facts.end(name, False, ">=", None)
        facts.end(name, True, "<=", None)
    if column.kind == "integer":
        facts.grids.append(Grid(name, Fraction(1), Fraction(0), None))
    if not column.nullable:
        facts.present.append(Present((name,), frozenset([1]), None))


def _of_constraint(facts: Facts, each: Constraint) -> None:
    match each:
        case Increments() if facts.scales.line(each.column) == "number":
            facts.grids.append(Grid(each.column, Fraction(str(each.step)), Fraction(str(each.start)), each))
        case OneHot():
            facts.flags.append(each)
        case Regex():
            facts.patterns.append(each)
        case Nulls() if each.rule != "as_seen":
            facts.present.append(Present(each.columns, _counts(each), each))
        case Stated():
            _of_expression(facts, each)
    _of_order(facts, each)


def _of_order(facts: Facts, each: Constraint) -> None:
    match each:
        case Range():
            for end, sign in each.signs:
                facts.end(each.column, end, TURNED[sign], each)
        case Positive():
            for name in each.columns:
                facts.end(name, 0, ">" if each.strict else ">=", each)
        case OneHot():
            for name in each.columns:
                facts.end(name, 0, ">=", each)
                facts.end(name, 1, "<=", each)
        case Inequality():
            for low, high in pairwise(each.columns):
                _sides(facts, "<" if each.strict else "<=", (low, Fraction(0)), (high, Fraction(0)), each)


def _counts(nulls: Nulls) -> frozenset[int]:
    of = len(nulls.columns)
    allowed = {"all_or_none": (0, of), "exactly_one": (1,), "at_least_one": range(1, of + 1)}
    return frozenset(allowed[nulls.rule])


def _of_expression(facts: Facts, each: Stated) -> None:
    root = each.expressions()[0].tree
    for sign, left, right in comparisons(root):
        _of_comparison(facts, sign, left, right, each)
    for part, holds in conjuncts(root):
        match part:
            case tree.Presence(tree.Column(name), missing):
                facts.present.append(Present((name,), frozenset([int(missing != holds)]), each))
            case tree.Among(tree.Column(name), members, absent):
                _of_members(facts, name, members, absent == holds, each)


def _of_comparison(facts: Facts, sign: str, left: tree.Node, right: tree.Node, cause: Stated) -> None:
    for here, there, turned in ((left, right, sign), (right, left, TURNED[sign])):
        side = shifted(here)
        if side is not None and side[0] is not None and (constant := constant_of(there)) is not None:
            away = facts.scales.away(side[0], side[1])
            place = _spoken(facts, side[0], constant[0])
            if away is not None and place is not None:
                facts.compared((side[0], away), (None, place), turned, cause)
            return
    first, second = shifted(left), shifted(right)
    if first is not None and second is not None and first[0] is not None and second[0] is not None:
        _sides(facts, sign, (first[0], first[1]), (second[0], second[1]), cause)


def _spoken(facts: Facts, name: str, value: Any) -> Fraction | None:
    """Where a constant of an expression stands; nowhere beside instants, which it is compared with by their clock."""
    return None if facts.scales.line(name) == "instant" else facts.scales.place(name, value)


def _sides(facts: Facts, sign: str, left: tuple[str, Fraction], right: tuple[str, Fraction], cause: Constraint) -> None:
    """Note a comparison of two columns that stand on one line."""
    if facts.scales.line(left[0]) != facts.scales.line(right[0]):
        return
    moved, ahead = facts.scales.away(*left), facts.scales.away(*right)
    if moved is not None and ahead is not None:
        facts.compared((left[0], moved), (right[0], ahead), sign, cause)


def _of_members(facts: Facts, name: str, members: Iterable[tree.Node], barred: bool, cause: Stated) -> None:
    constants = [constant_of(each) for each in members]
    places = [_spoken(facts, name, each[0]) if each is not None else None for each in constants]
    known = [each for each in places if each is not None]
    if len(known) < len(places):
        return
    facts.choices.append(Choice(name, frozenset(known), barred, cause))
    if not barred:
        facts.compared((name, Fraction(0)), (None, min(known)), ">=", cause)
        facts.compared((name, Fraction(0)), (None, max(known)), "<=", cause)


def _values(constraints: Iterable[Constraint]) -> Iterator[Any]:
    """Every value that is compared with a column."""
    for each in constraints:
        if isinstance(each, Range):
            yield from (end for end, _ in each.signs)
        if isinstance(each, Stated):
            for node in tree.walk(each.expressions()[0].tree):
                yield from constant_of(node) or ()
