"""Flags that are set exactly where one or two thresholds are passed, or one that differs by category."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import lgamma, log

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from understudy.data.evidence import spaced
from understudy.plan.proposals.patterns.coded import Coded, CodedTable
from understudy.plan.proposals.patterns.computing import following
from understudy.plan.proposals.patterns.cuts import Cut, border, round_cut
from understudy.plan.proposals.patterns.measures import MOST_VALUES, Measure, measures
from understudy.plan.proposals.patterns.wording import spelt_test, spelt_value
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.expressions.tree import spelled_name

SAMPLE = 2_000
RARER = 200  # rows of the rarer side of each flag in the sample
FEWEST_ROWS = 15
NATS = 30.0  # against chance, beyond what the number of rules tried asks for
OWN_NATS = 8.0  # of the rows of each value of a category
SLACK = 1e-9  # relative, within which computed numbers are equal
TIED = 0.15  # of the flagged rows, at most, that lie too near to their number to tell
SIMPLE, TRIED = 40, 60  # half-lines of columns, and of what is computed from two, that are tried in pairs
HALVED = 0.5  # of the other rows, at most, that one of two half-lines holds which have none of them in common
GROUPED = 0.4  # of the other rows, at most, that a half-line holds whose border differs by category
CONFIRMED = 8  # rules of a kind that hold in the sample and are tried on all rows
MOST_FLAGS = 40


@dataclass(frozen=True, eq=False)
class Half:
    """All rows on one side of where a flag begins.

    Attributes:
        measure: what is compared.
        above: whether the flag stands at high values.
        values: of the measure in the sample, turned so that the flag stands at high ones.
        others: share of the rows without the flag that it holds, too.
    """

    measure: Measure
    above: bool
    values: NDArray[np.float64]
    others: float

    def over(self, table: CodedTable) -> NDArray[np.float64]:
        """The measure in all rows, turned so that the flag stands at high values."""
        values = self.measure.over(table)
        return values if self.above else -values


@dataclass(frozen=True, eq=False)
class Side:
    """A half-line with its border.

    Attributes:
        half: of what.
        cut: the border.
        broken: rows that the test gets wrong, because they lie nearer to the border than can be computed.
    """

    half: Half
    cut: Cut
    broken: int = 0

    def test(self, *, inside: bool = True) -> str:
        """The test that a row lies on this side, or on the other."""
        return self.half.measure.test(self.cut, over=self.half.above == inside)


@dataclass(frozen=True, eq=False)
class Rule:
    """A flag explained.

    Attributes:
        level: the value that the test gives.
        test: an expression, true where the flag has that value.
        inverse: its opposite.
        columns: that it is about.
        rows: in which all is present.
        broken: those of them that it gets wrong.
        digits: that its numbers take to say.
    """

    level: int
    test: str
    inverse: str
    columns: tuple[str, ...]
    rows: int
    broken: int
    digits: int


def thresholds(table: CodedTable, decided: frozenset[str]) -> list[Proposal]:
    """Flags explained by thresholds on numbers, their differences, sums, products and ratios.

    Args:
        table: the columns.
        decided: flags that are explained already.
    """
    every = measures(table)
    flags = [table[name] for name in table.of_kinds("boolean", "categorical") if name not in decided]
    flags = [each for each in flags if each.levels == 2 and each.counts.min() >= FEWEST_ROWS]
    flags = [each for each in flags if _nats(each.present, int(each.counts[0])) >= NATS + 3 * log(2 * len(every) + 1)]
    if not flags or all(each.is_test for each in every):
        return []
    rows = _rows(flags[:MOST_FLAGS], table.rows)
    values = np.stack([each.over(table, rows) for each in every])
    found = [(flag, _explained(table, flag, rows, (every, values))) for flag in flags[:MOST_FLAGS]]
    return [_told(table, flag, rule) for flag, rule in found if rule is not None]


def _nats(rows: int, flagged: int) -> float:
    """How unlikely it is that rows drawn at random are those beyond a threshold."""
    return lgamma(rows + 1) - lgamma(flagged + 1) - lgamma(rows - flagged + 1)


def _rows(flags: Sequence[Coded], rows: int) -> NDArray[np.int64]:
    """A sample in which the rarer side of every flag is well represented."""
    rng = Generator(Philox(3))
    chosen = [rng.choice(rows, min(rows, SAMPLE), replace=False)]
    for each in flags:
        rarer = np.flatnonzero(each.codes == int(np.argmin(each.counts)))
        chosen.append(rng.choice(rarer, min(len(rarer), RARER), replace=False))
    return np.unique(np.concatenate(chosen))


def _explained(
    table: CodedTable, flag: Coded, rows: NDArray[np.int64], asked: tuple[list[Measure], NDArray[np.float64]]
) -> Rule | None:
    """The simplest rule, with the roundest numbers of those alike."""
    rarer = int(np.argmin(flag.counts))
    every = [each for each, measure in enumerate(asked[0]) if flag.name not in measure.columns]
    asked = [asked[0][place] for place in every], asked[1][every]
    halves = {level: _halves(asked, flag.codes[rows], level) for level in (rarer, 1 - rarer)}
    for size in (1, 2):
        found: list[Rule] = []
        for level, own in halves.items():
            likely = list(_likely(own, flag.codes[rows], level, size))
            found += [held for each in likely if (held := _confirmed(table, flag, level, each)) is not None]
        if found:
            return min(found, key=lambda rule: (rule.broken, len(rule.columns), rule.digits, -rule.rows))
    groups = [each for each in _groups(table) if each.name != flag.name]
    tried = [
        (half, by) for half in halves[rarer] for by in groups if half.others <= GROUPED and not half.measure.is_test
    ]
    return next((held for each in tried if (held := _grouped(table, flag, rarer, rows, each)) is not None), None)


def _halves(asked: tuple[list[Measure], NDArray[np.float64]], codes: NDArray[np.int32], level: int) -> list[Half]:
    """The half-lines that hold all rows of a level and the fewest others, of columns and of what is computed."""
    ranked: list[tuple[int, int, bool]] = []
    on, off = asked[1][:, codes == level], asked[1][:, codes == 1 - level]
    for above in (True, False):
        sign = 1 if above else -1
        least = np.fmin.reduce(sign * on, axis=1)
        inside = (sign * off >= least[:, None]).sum(1)
        useful = np.flatnonzero(inside < (~np.isnan(off)).sum(1))
        ranked += [(int(inside[place]), int(place), above) for place in useful]
    simple = [each for each in sorted(ranked) if len(asked[0][each[1]].columns) == 1]
    double = [each for each in sorted(ranked) if len(asked[0][each[1]].columns) > 1]
    chosen = [*simple[:SIMPLE], *double[:TRIED]]
    rows = max(1, off.shape[1])
    return [
        Half(asked[0][place], above, asked[1][place] * (1 if above else -1), inside / rows)
        for inside, place, above in chosen
    ]


def _likely(halves: Sequence[Half], codes: NDArray[np.int32], level: int, size: int) -> Iterator[tuple[Half, ...]]:
    """One half-line or two that hold the rows of a level in the sample and no other; simplest first."""
    if min((half.others for half in halves), default=1.0) > (0.0 if size == 1 else HALVED):
        return
    values = np.stack([half.values for half in halves])
    least = np.fmin.reduce(values[:, codes == level], axis=1)[:, None]
    left = (values[:, codes == 1 - level] >= least).astype(np.float32)
    both = left @ left.T
    if size == 1:
        found = [(halves[place],) for place in np.flatnonzero(np.diag(both) == 0).tolist()]
    else:
        one, two = np.nonzero(np.triu(both == 0, 1))
        found = [(halves[first], halves[second]) for first, second in zip(one.tolist(), two.tolist(), strict=True)]
    found = [rule for rule in found if not all(half.measure.is_test for half in rule)]
    found.sort(key=lambda rule: sum(len(half.measure.columns) for half in rule))
    yield from found[:CONFIRMED]


def _confirmed(table: CodedTable, flag: Coded, level: int, halves: tuple[Half, ...]) -> Rule | None:
    """The rule with its numbers if it holds in all rows but those too near to tell, else None."""
    values = [half.over(table) for half in halves]
    held = (flag.codes >= 0) & ~np.isnan(values).any(axis=0)
    values = [each[held] for each in values]
    flagged = flag.codes[held] == level
    if _nats(len(flagged), int(flagged.sum())) < NATS or not flagged.any() or flagged.all():
        return None
    within = [each >= each[flagged].min() for each in values]
    if (np.logical_and.reduce(within) & ~flagged).any():
        return None
    sides = []
    for number, half in enumerate(halves):
        others = [each for place, each in enumerate(within) if place != number]
        outside = ~flagged & ~within[number] & np.logical_and.reduce([*others, np.ones_like(flagged)])
        if outside.sum() < FEWEST_ROWS:
            return None
        sides.append(_side(half, values[number][flagged], values[number][outside]))
    broken = sum(side.broken for side in sides)
    if broken > TIED * flagged.sum():
        return None
    test, inverse = " and ".join(side.test() for side in sides), " or ".join(side.test(inside=False) for side in sides)
    names = tuple(dict.fromkeys(name for half in halves for name in half.measure.columns))
    digits = sum(0 if side.half.measure.is_test else side.cut.digits for side in sides)
    return Rule(level, test, inverse, names, int(held.sum()), broken, digits)


def _side(half: Half, on: NDArray[np.float64], off: NDArray[np.float64]) -> Side:
    """A half-line with its border between flagged rows and others, both turned so that flagged ones are high."""
    low, high = (float(off.max()), float(on.min())) if half.above else (-float(on.min()), -float(off.max()))
    if half.measure.is_test:
        return Side(half, Cut(1.0))
    if half.measure.operation is None:
        return Side(half, border(low, high))
    slack = SLACK * max(abs(low), abs(high))
    if high - low > 2 * slack:
        return Side(half, Cut(round_cut(low + slack, high - slack)))
    tied = int((on <= on.min() + 2 * slack).sum()), int((off >= off.max() - 2 * slack).sum())
    at = float(f"{(low + high) / 2:.9g}")
    return Side(half, Cut(at, above=(tied[1] <= tied[0]) == half.above), min(tied))


def _groups(table: CodedTable) -> list[Coded]:
    found = [table[name] for name in table.of_kinds("categorical", "boolean")]
    return [each for each in found if 2 <= each.levels <= MOST_VALUES and each.present == table.rows]


def _grouped(
    table: CodedTable, flag: Coded, level: int, rows: NDArray[np.int64], tried: tuple[Half, Coded]
) -> Rule | None:
    """A threshold for each value of a category, if they hold in all rows and bear it out each."""
    half, by = tried
    if _parted(half.values, flag.codes[rows], by.codes[rows], level) is None:
        return None
    values = half.over(table)
    held = (flag.codes >= 0) & ~np.isnan(values)
    values, codes, group = values[held], flag.codes[held], by.codes[held]
    told = _parted(values, codes, group, level)
    if told is None or len(told) < 2:
        return None
    parts = []
    for place in told:
        on, off = values[(group == place) & (codes == level)], values[(group == place) & (codes != level)]
        test, side = spelt_test(by.name, by.values[place]), _side(half, on, off)
        if test is None or side.broken or _nats(len(on) + len(off), len(on)) < OWN_NATS:
            return None
        parts.append(f"{test} and {side.test()}")
    test = " or ".join(parts)
    return Rule(level, test, f"not ({test})", (*half.measure.columns, by.name), int(held.sum()), 0, 0)


def _parted(
    values: NDArray[np.float64], codes: NDArray[np.int32], group: NDArray[np.int32], level: int
) -> list[int] | None:
    """Groups with flagged rows, if in every group all others lie below them, and none is flagged throughout."""
    told = ~np.isnan(values)
    values, codes, group = values[told], codes[told], group[told]
    groups = int(group.max(initial=0)) + 1
    on, off = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(on, group[codes == level], values[codes == level])
    np.maximum.at(off, group[codes == 1 - level], values[codes == 1 - level])
    if not (off < on).all():
        return None
    return [int(place) for place in np.flatnonzero(np.isfinite(on))] if np.isfinite(off).all() else None


def _told(table: CodedTable, flag: Coded, rule: Rule) -> Proposal:
    value, other = flag.values[rule.level], flag.values[1 - rule.level]
    if isinstance(value, bool):
        said = rule.test if value else rule.inverse
    else:
        said = f"if({rule.test}, {spelt_value(value)}, {spelt_value(other)})"
    whole = f"in all {spaced(rule.rows)} rows"
    if rule.broken:
        whole = f"in all but {spaced(rule.broken)} of {spaced(rule.rows)} rows, which lie on the threshold"
    says = following(table, flag.name, said, rule.columns)
    reason = f"{spelled_name(flag.name)} is {said} {whole}"
    return Proposal(
        "computed", (flag.name, *rule.columns), says, rule.rows, rule.broken, reason, int(flag.counts.min())
    )
