"""Orders between columns: `low <= open <= high`, told as chains.

That an order holds in all rows says little where ranges hardly overlap, and not much where two columns merely move
together. So chance must have broken it often (shares are measured on shuffled rows), and for numbers there must be a
wall: many rows lie right above equality, none right below, which no smooth distribution does.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Column, Schema
from understudy.execution.streams import stream
from understudy.plan.proposals.formulas.copies import copies_in
from understudy.plan.proposals.formulas.numbers import numbers_of, numeric, sampled
from understudy.plan.proposals.formulas.telling import told
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.expressions.tree import spelled_name

Reals = NDArray[np.float64]
DATED = frozenset({"date", "datetime"})
ENOUGH_ROWS = 20
LEAST_CHANCE = 0.05  # share of shuffled rows that must break an order
NEAR = (0.05, 0.1, 0.25)  # right above equality, in standard deviations
MANY_ROWS = 2000  # from here on twice as many rows must lie there: a thin tail may reach so far
LEAST_NEAR = 20
MOST_BELOW = 0.01  # rows right below equality, as a share of those above
FAR = 1.0  # standard deviations to the nearest row, where all are far above equality
LEAST_APART = 0.05  # share of rows that must not be equal: else one column nearly repeats the other
MOST_OF_CHANCE = 0.01
MICROSECONDS_A_DAY = 86_400_000_000.0


@dataclass(frozen=True)
class Order:
    """`low <= high`, by name; or `low < high`.

    Attributes:
        rows: rows in which both are present.
        broken: rows that break it.
        chance: share of shuffled rows that do.
    """

    low: str
    high: str
    strict: bool
    rows: int
    broken: int
    chance: float


def orders(frame: pl.DataFrame, schema: Schema) -> list[Proposal]:
    """Orders between numbers, and between dates, that no chance would keep."""
    repeated = set(copies_in(frame, schema))
    columns = [each for each in schema.columns if each.name not in repeated]
    found: list[Order] = []
    for kind in (numeric, lambda each: each.kind in DATED):
        alike = [each for each in columns if kind(each) and frame[each.name].drop_nulls().n_unique() > 1]
        found += _among(frame, schema, alike)
    exact, near = [each for each in found if not each.broken], [each for each in found if each.broken]
    return [_proposed(each) for each in chains(reduced(exact))] + [
        _proposed([each]) for each in _not_implied(near, exact)
    ]


def _not_implied(near: list[Order], exact: list[Order]) -> list[Order]:
    return [each for each in near if not _path(exact, each.low, each.high)]


def _among(frame: pl.DataFrame, schema: Schema, columns: list[Column]) -> list[Order]:
    """Orders between columns of one kind, few rows being asked first."""
    names = [each.name for each in columns]
    few = values_of(sampled(frame), schema, names)
    rng = stream(0, "proposals orders")
    there = few[rng.permutation(len(few))]
    whole = values_of(frame, schema, names)
    timed = bool(columns) and columns[0].kind in DATED
    units = np.full(len(names), 1.0) if timed else numbers_of(sampled(frame), schema.keep(names)).units
    found = []
    for low in range(len(names)):
        for high in range(len(names)):
            if low != high and _likely(few[:, low], few[:, high], there[:, high]):
                unit = 0.0 if min(units[low], units[high]) == 0 else float(max(units[low], units[high]))
                order = _held(whole[:, low], whole[:, high], unit, timed)
                if order:
                    found.append(Order(names[low], names[high], *order))
    return found


def values_of(frame: pl.DataFrame, schema: Schema, names: list[str]) -> Reals:
    """Numbers as they are, dates in days: (rows, columns), NaN where missing."""
    values = np.full((frame.height, len(names)), np.nan)
    for place, name in enumerate(names):
        cells = frame[name]
        if schema[name].kind in DATED:
            stamps = cells.cast(pl.Datetime("us")).to_physical().cast(pl.Float64) / MICROSECONDS_A_DAY
            cells = stamps
        values[:, place] = cells.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return values


def _likely(low: Reals, high: Reals, shuffled: Reals) -> bool:
    with np.errstate(invalid="ignore"):
        breaking, broken = low > shuffled, low > high
    both = np.isfinite(low) & np.isfinite(high)
    if both.sum() < ENOUGH_ROWS:
        return False
    return bool(broken.sum() <= 0.01 * both.sum() and breaking[np.isfinite(shuffled)].mean() >= 0.5 * LEAST_CHANCE)


def _held(low: Reals, high: Reals, unit: float, timed: bool) -> tuple[bool, int, int, float] | None:
    """Whether an order holds: strictly, rows, rows broken, share broken by chance; None where it is an accident."""
    both = np.isfinite(low) & np.isfinite(high)
    low, high = low[both], high[both]
    gap, broken = high - low, int((low > high).sum())
    rng = stream(0, "proposals orders")
    chance = float((low[rng.integers(len(low), size=50_000)] > high[rng.integers(len(low), size=50_000)]).mean())
    if chance < LEAST_CHANCE or broken > MOST_OF_CHANCE * chance * len(low) or (gap > 0).mean() < LEAST_APART:
        return None
    strict = unit > 0 and _never_equal(gap, unit)
    if not strict and not _walled(gap, unit) and not (timed and not broken):
        return None
    return strict, len(low), broken, chance


def _walled(gap: Reals, unit: float) -> bool:
    """Whether many rows lie right above equality and hardly any right below; or all are far above it."""
    spread = float(gap.std())
    if len(gap) >= 200 and gap.min() >= FAR * spread:
        return True
    enough = LEAST_NEAR * (1 if len(gap) < MANY_ROWS else 2)
    for share in NEAR:
        near = max(unit, share * spread) * (1 + 1e-9)
        above, below = int(((gap >= 0) & (gap < near)).sum()), int(((gap < 0) & (gap >= -near)).sum())
        if above >= enough and below <= MOST_BELOW * above:
            return True
    return False


def _never_equal(gap: Reals, unit: float) -> bool:
    """Whether no row is equal or below although, from the rows one and two steps above, some would be."""
    if (gap < 0.5 * unit).any():
        return False
    one, two = (int((np.abs(gap - steps * unit) < 0.5 * unit).sum()) for steps in (1, 2))
    return one * min(1.0, one / max(two, 1)) >= LEAST_NEAR


# --- from pairs to chains -----------------------------------------------------------------------------------------


def reduced(found: list[Order]) -> list[Order]:
    """Orders that do not follow from others."""
    kept = list(found)
    for each in found:
        rest = [other for other in kept if other is not each]
        if _path(rest, each.low, each.high):
            kept = rest
    return kept


def _path(found: list[Order], start: str, end: str) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        here = waiting.pop()
        if here == end:
            return True
        for each in found:
            if each.low == here and each.high not in seen:
                seen.add(each.high)
                waiting.append(each.high)
    return False


def chains(found: list[Order]) -> list[list[Order]]:
    """Orders joined end to end, so that each stands in one chain or more and chains are long."""
    left, told_of = list(found), list[list[Order]]()
    while left:
        chain = [left[0]]
        while (after := _next(found, left, low=chain[-1].high)) is not None:
            chain = [*chain, after]
        while (before := _next(found, left, high=chain[0].low)) is not None:
            chain = [before, *chain]
        left = [each for each in left if each not in chain]
        told_of.append(chain)
    return told_of


def _next(found: list[Order], left: list[Order], low: str | None = None, high: str | None = None) -> Order | None:
    """An order that begins or ends here, one not told yet before others."""
    fits = [each for each in found if low in (None, each.low) and high in (None, each.high)]
    return min(fits, key=lambda each: each not in left, default=None)


def _proposed(chain: list[Order]) -> Proposal:
    names = [chain[0].low, *(each.high for each in chain)]
    signs = ["<" if each.strict else "<=" for each in chain]
    text = spelled_name(names[0]) + "".join(
        f" {sign} {spelled_name(name)}" for sign, name in zip(signs, names[1:], strict=True)
    )
    rows, broken = min(each.rows for each in chain), max(each.broken for each in chain)
    chance = min(each.chance for each in chain)
    reason = f"{text} {told(rows, broken)}; {100 * chance:.0f} % would break it by chance"
    return Proposal("order", tuple(names), {"constraints": [text]}, rows, broken, reason, int(chance * rows))
