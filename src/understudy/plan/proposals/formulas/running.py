"""Columns that are running totals of others, in row order, in all rows or within groups."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.execution.streams import stream
from understudy.plan.proposals.formulas.formula import Formula
from understudy.plan.proposals.formulas.numbers import Numbers, numbers_of
from understudy.plan.proposals.formulas.simplest import number, simplest
from understudy.rules.expressions.tree import spelled_name

Reals = NDArray[np.float64]
Terms = tuple[tuple[int, ...], tuple[float, ...]]
FIRST_ROWS = 20_000
FEW_ROWS = 200
MOST_GROUPINGS = 12
MOST_IN_PAIRS = 60
LEAST_STEPS = 20
MOST_TRIED = 3


@dataclass(frozen=True, eq=False)
class Steps:
    """How columns grow from a row to the next of its group.

    Attributes:
        by: the grouping column, None for all rows together.
        rise: (steps, columns), a row less the row before it.
        here: (steps, columns), the row's own values.
        first: (groups, columns), the first row of each group.
    """

    by: str | None
    rise: Reals
    here: Reals
    first: Reals


def totals(frame: pl.DataFrame, schema: Schema, names: tuple[str, ...], done: set[str]) -> Iterator[Formula]:
    """Formulas that hold in the first rows: `cumsum(x)`, `cumsum(x, by)`, `cumsum(x - z)`, with a start."""
    head = frame.head(FIRST_ROWS)
    numbers = numbers_of(head, schema)
    numbers = numbers.only([place for place, name in enumerate(numbers.names) if name in names])
    for by in [None, *_groupings(head, schema)]:
        steps = _steps(numbers.values, None if by is None else head[by], by)
        if len(steps.rise) >= LEAST_STEPS:
            for target in [place for place, name in enumerate(numbers.names) if name not in done]:
                yield from _totals(numbers, steps, target)


def _groupings(head: pl.DataFrame, schema: Schema) -> list[str]:
    """Columns whose values repeat, as groups do: keys and categories before whole numbers."""
    kinds = ("id", "categorical", "integer")
    counts = {each.name: head[each.name].n_unique() for each in schema.columns if each.kind in kinds}
    usable = [name for name, count in counts.items() if 1 < count <= len(head) / 3]
    return sorted(usable, key=lambda name: (schema[name].kind == "integer", -counts[name]))[:MOST_GROUPINGS]


def _steps(values: Reals, groups: pl.Series | None, by: str | None) -> Steps:
    if groups is None:
        order, starts = np.arange(len(values)), np.arange(len(values)) == 0
    else:
        codes = groups.rank("dense").fill_null(0).to_numpy().astype(np.int64)
        order = np.argsort(codes, kind="stable")
        starts = np.diff(codes[order], prepend=-1) != 0
    ordered = values[order]
    later = np.flatnonzero(~starts)
    return Steps(by, ordered[later] - ordered[later - 1], ordered[later], ordered[starts])


def _totals(numbers: Numbers, steps: Steps, target: int) -> Iterator[Formula]:
    few = stream(0, "proposals steps").permutation(len(steps.rise))[:FEW_ROWS]
    rise = steps.rise[:, target]
    if not np.isfinite(rise[few]).any() or np.nanstd(rise[few]) == 0:
        return
    slack = 1e-9 * float(np.nanmax(np.abs(numbers.values[:, target])))  # the last bits of totals taken apart
    others = [place for place in range(len(numbers)) if place != target]
    singles = [((place,), (1.0,)) for place in others]
    pairs = [(each, (1.0, -1.0)) for each in permutations(others, 2)] if len(others) <= MOST_IN_PAIRS else []
    alike = list(_alike(steps.here[few], rise[few], singles + pairs, slack))
    alike.sort(key=lambda each: int(np.isnan(steps.here[:, each[0]]).sum()))
    for terms in alike[:MOST_TRIED]:
        if _rises(steps.here, rise, terms, slack) and (start := _start(steps, target, terms)) is not None:
            yield _formula(numbers, steps, target, terms[0], start)


def _alike(here: Reals, rise: Reals, terms: list[Terms], slack: float) -> Iterator[Terms]:
    """The terms that a column rises by in nearly all of a few steps."""
    for size in (1, 2):
        of_size = [each for each in terms if len(each[0]) == size]
        if of_size:
            places = np.array([each[0] for each in of_size])
            said = sum(here[:, places[:, at]] * of_size[0][1][at] for at in range(size))
            with np.errstate(invalid="ignore"):
                off = np.abs(said - rise[:, None]) > slack
            for each in np.flatnonzero(off.mean(axis=0) <= 0.03):
                if _rises(here, rise, of_size[each], slack):
                    yield of_size[each]


def _rises(here: Reals, rise: Reals, terms: Terms, slack: float) -> bool:
    """Whether a column rises by the value of these terms, in nearly all steps, some of which say something."""
    said = here[:, terms[0]] @ np.array(terms[1])
    both = np.isfinite(said) & np.isfinite(rise)
    if both.sum() < LEAST_STEPS:
        return False
    same = np.abs(rise[both] - said[both]) <= slack
    return bool(same.mean() >= 0.985 and np.unique(said[both]).size > 2)


def _start(steps: Steps, target: int, terms: Terms) -> float | None:
    """What totals begin with, one number for all groups; None where groups differ."""
    begun = steps.first[:, target] - steps.first[:, terms[0]] @ np.array(terms[1])
    begun = begun[np.isfinite(begun)]
    if not len(begun):
        return None
    middle = float(np.median(begun))
    slack = 1e-9 * (abs(middle) + float(np.nanmax(np.abs(steps.first[:, target]))))
    same = np.abs(begun - middle) <= slack
    return simplest(middle - slack, middle + slack) if same.mean() >= 0.98 else None


def _formula(numbers: Numbers, steps: Steps, target: int, places: tuple[int, ...], start: float) -> Formula:
    names = [numbers.names[each] for each in places]
    summed = " - ".join(map(spelled_name, names))
    by = [] if steps.by is None else [steps.by]
    text = f"cumsum({', '.join([summed, *map(spelled_name, by)])})"
    if start:
        text += f" {'+' if start > 0 else '-'} {number(abs(start))}"
    cost = len(places) + len(by) + 2
    return Formula(numbers.names[target], text, (*names, *by), cost, float(numbers.units[target]))
