"""Numeric columns that are computed from others, found in stages, the plainest formulas first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.plan.proposals.formulas import extremes, linear, moments, running
from understudy.plan.proposals.formulas.copies import copies_in
from understudy.plan.proposals.formulas.direction import unlikely
from understudy.plan.proposals.formulas.features import ONE, THREE, TWO, Family, Features, features
from understudy.plan.proposals.formulas.fits import Fit, fitted
from understudy.plan.proposals.formulas.formula import Evidence, Formula, agree, evidence
from understudy.plan.proposals.formulas.numbers import Numbers, numbers_of, sampled
from understudy.plan.proposals.formulas.screen import chosen_rows, screened
from understudy.plan.proposals.formulas.telling import proposal_of
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.expressions import parse
from understudy.rules.expressions.tree import spelled_name

Reals = NDArray[np.float64]
SAMPLE_AGREES = 0.975
LEAST_WRAPPED = 0.05
LOST = 0.3  # where a formula has gaps that the column has not, the other way round is a little likelier
MOST_COST_NEAR = 7
MOST_ALIKE = 0.95  # share of rows in which a function of two columns may be one of them
TRIED_EACH = 12  # formulas a column that are held against all rows


@dataclass(frozen=True)
class Offer:
    """A formula that may be right, and how little its target reads as the derived column."""

    formula: Formula
    unlikely: float


@dataclass(eq=False)
class Known:
    """What has been found so far.

    Attributes:
        frame: all rows.
        exact: by computed column.
        near: formulas that a few rows break, or that speak of part of the rows only.
    """

    frame: pl.DataFrame
    exact: dict[str, tuple[Formula, Evidence]] = field(default_factory=dict)
    near: list[tuple[Offer, Evidence]] = field(default_factory=list)

    def take(self, offers: Iterable[Offer]) -> None:
        """Formulas that hold, the likeliest first, one a column and in no circle."""
        tried: dict[str, int] = {}
        for offer in sorted(offers, key=lambda each: (each.unlikely, each.formula.text)):
            formula = offer.formula
            if not self.free(formula) or tried.get(formula.target, 0) >= TRIED_EACH:
                continue
            tried[formula.target] = tried.get(formula.target, 0) + 1
            found = evidence(self.frame, formula)
            if not found.holds:
                continue
            if found.broken or found.partial:
                self.near.append((offer, found))
            else:
                self.exact[formula.target] = (formula, found)

    def free(self, formula: Formula) -> bool:
        """Whether a formula's target is not computed yet, nor one of what its inputs are computed from."""
        return formula.target not in self.exact and formula.target not in self.below(formula.inputs)

    def below(self, names: Iterable[str]) -> set[str]:
        """These columns and all that they are computed from."""
        waiting, seen = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += self.exact[name][0].inputs if name in self.exact else ()
        return seen

    def settle(self) -> None:
        """Formulas for columns without a better one: those for part of the rows, then those nearly exact."""
        for offer, found in sorted(self.near, key=lambda each: (each[1].broken > 0, each[0].unlikely, each[1].broken)):
            if self.free(offer.formula) and offer.formula.cost <= MOST_COST_NEAR:
                self.exact[offer.formula.target] = (offer.formula, found)


def computed(frame: pl.DataFrame, schema: Schema) -> list[Proposal]:
    """Numeric columns as formulas of others: parts, powers, weighted sums, products, ratios, running totals.

    Columns that repeat an earlier one are left to the search for copies.
    """
    known = Known(frame)
    repeated = set(copies_in(frame, schema))
    few = sampled(frame)
    rows = numbers_of(few, schema)
    rows = rows.only([place for place, name in enumerate(rows.names) if name not in repeated])
    known.take(_dated(few, schema, rows, repeated))
    stages: tuple[Callable[[Numbers, Known], Iterable[Offer]], ...] = (
        bounded,
        lambda numbers, known: featured(numbers, known, ONE),
        summed,
        summed_over_gaps,
        lambda numbers, known: featured(numbers, known, TWO),
        lambda numbers, known: featured(numbers, known, THREE),
    )
    for stage in stages:
        known.take(stage(rows, known))
    known.take(Offer(each, 0.0) for each in running.totals(frame, schema, rows.names, set(known.exact)))
    known.settle()
    return [proposal_of(formula, found) for formula, found in known.exact.values()]


def _dated(few: pl.DataFrame, schema: Schema, numbers: Numbers, repeated: set[str]) -> Iterator[Offer]:
    """Parts and differences of dates, and dates that follow from others."""
    names = list(schema.names)
    found = (moments.numbers_from(few, schema, numbers), moments.numbers_with(few, schema, numbers))
    for formula in (*found[0], *found[1], *moments.moments_from(few, schema)):
        if not repeated & {formula.target, *formula.inputs}:
            yield Offer(formula, unlikely(formula, names, 0.0))


def _amid(target: int, places: list[int]) -> float:
    """Totals stand before or behind their parts."""
    return 0.75 if min(places) < target < max(places) else 0.0


# --- affine functions of features ---------------------------------------------------------------------------------


def featured(numbers: Numbers, known: Known, families: tuple[Family, ...]) -> Iterator[Offer]:
    """Columns not computed yet as affine functions of these features."""
    targets = [place for place, name in enumerate(numbers.names) if name not in known.exact]
    rows = chosen_rows(numbers)
    for block in features(families, len(numbers)):
        for candidate in screened(numbers, targets, block, rows):
            if offer := _feature_offer(numbers, block, candidate.target, candidate.places):
                yield offer


def _feature_offer(numbers: Numbers, block: Features, target: int, places: tuple[int, ...]) -> Offer | None:
    f = block.family.over(numbers.values, np.array([places]))[:, 0]
    y, unit = numbers.values[:, target], float(numbers.units[target])
    if len(places) > 1 and any(_alike(f, numbers.values[:, each]) for each in places):
        return None
    if (
        len(places) == 1
        and "%" in block.family.text
        and not _wraps(numbers.values[:, places[0]], block.family.text.split()[-1])
    ):
        return None
    fit = fitted(y, f, unit)
    if fit is None:
        return None
    both = np.isfinite(y) & np.isfinite(f)
    if agree(y[both], fit.over(f[both]), unit).mean() < SAMPLE_AGREES - 0.25 * (fit.mode == "round"):
        return None
    names = [spelled_name(numbers.names[each]) for each in places]
    inner = block.family.text.format(*names)
    text, loose = (parse(each).text for each in (fit.text(inner), fit.loose(inner)))
    inputs = tuple(numbers.names[each] for each in places)
    rounded = fit.mode == "round"
    cost = fit.cost + block.family.cost + len(inputs)
    formula = Formula(
        numbers.names[target], text, inputs, cost, fit.unit if rounded else unit, loose if rounded else "", fit.sure
    )
    penalty = 1.0 * ("/" in block.family.text) + 2.0 * _off_grid(numbers, block.family, fit, target, places)
    if fit.mode != "exact":
        inner = replace(fit, mode="exact").over(f)
        penalty += 0.75 + 2.5 * _too_near(y, inner, fit.unit) + 2.0 * (not fit.sure)
    penalty += LOST * bool((np.isfinite(y) & ~np.isfinite(f)).any())
    return Offer(formula, unlikely(formula, list(numbers.names), penalty))


def _alike(f: Reals, x: Reals) -> bool:
    """Whether a function of several columns is hardly more than one of them."""
    both = np.isfinite(f) & np.isfinite(x)
    return bool(both.any()) and float(agree(f[both], x[both], 0).mean()) > MOST_ALIKE


def _off_grid(numbers: Numbers, family: Family, fit: Fit, target: int, places: tuple[int, ...]) -> bool:
    """Whether a column stands on a coarser grid than its unrounded formula would leave it on."""
    unit = numbers.units[target]
    if fit.mode != "exact" or unit <= 0:
        return False
    if "/" in family.text or any(word in family.text for word in ("sqrt", "log", "exp")):
        return True
    step = (
        np.prod(numbers.units[list(places)]) if family.text.startswith("{0} *") else numbers.units[list(places)].min()
    )
    return step == 0 or not _multiple(float(step / fit.slope if fit.divides else step * fit.slope), unit)


def _too_near(y: Reals, inner: Reals, unit: float) -> bool:
    """Whether what rounding took varies less than it does where a column was rounded: then its source was.

    What is lost by rounding or cutting is spread evenly over a step, 0.29 steps in standard deviation.
    """
    rest = (y - inner)[np.isfinite(y) & np.isfinite(inner)]
    return bool(np.std(np.clip(rest - np.median(rest), -unit, unit)) < 0.24 * unit)


def _wraps(x: Reals, by: str) -> bool:
    """Whether a column runs through several multiples of a modulus, so that the remainder is more than a shift."""
    _, counts = np.unique(np.floor(x[np.isfinite(x)] / float(by)), return_counts=True)
    return bool(np.sort(counts)[:-1].sum() >= LEAST_WRAPPED * counts.sum())


def _multiple(value: float, of: float) -> bool:
    return bool(abs(value / of - round(value / of)) < 1e-6 and round(value / of) != 0)


def bounded(numbers: Numbers, known: Known) -> Iterator[Offer]:
    """Columns not computed yet as the largest of others, or what lies beyond a bound."""
    targets = [place for place, name in enumerate(numbers.names) if name not in known.exact]
    for formula in (*extremes.largest(numbers, targets), *extremes.beyond(numbers, targets)):
        yield Offer(formula, unlikely(formula, list(numbers.names), 0.0))


# --- weighted sums ------------------------------------------------------------------------------------------------


def summed(numbers: Numbers, known: Known) -> Iterator[Offer]:
    """Weighted sums: exact ones first, then columns that were rounded."""
    same = {name for name, (formula, _) in known.exact.items() if not formula.loose and len(formula.inputs) == 1}
    pool = [place for place, name in enumerate(numbers.names) if name not in same]
    within, done = numbers.only(pool), set[int]()
    for part in _complete_parts(within):
        inside = within.only(part)
        for relation in linear.null_sums(inside):
            for target in relation:
                if found := linear.solved_for(relation, target, inside):
                    done.add(part[target])
                    yield _sum_offer(inside, found)
    for place, name in enumerate(within.names):
        if place not in done and name not in known.exact:
            others = [each for each in range(len(within)) if each not in done and each != place]
            for part in _complete_parts(within.only([place, *others])):
                usable = [([place, *others])[each] for each in part]
                if place in usable and len(usable) > 2:
                    found = linear.rounded_sum(within, place, [each for each in usable if each != place])
                    if found:
                        yield _sum_offer(within, found)


def summed_over_gaps(numbers: Numbers, known: Known) -> Iterator[Offer]:
    """Exact sums in which a gap counts as zero: a credit less a debit, of which each row has one."""
    gappy = np.asarray(~np.isfinite(numbers.values).all(axis=0))
    if not gappy.any():
        return
    filled = replace(numbers, values=np.where(np.isfinite(numbers.values), numbers.values, 0.0))
    for relation in linear.null_sums(filled):
        for target in relation:
            found = linear.solved_for(relation, target, filled)
            if (
                found
                and not gappy[target]
                and gappy[list(found.inputs)].any()
                and numbers.names[target] not in known.exact
            ):
                yield _sum_offer(filled, found, gappy)


def _complete_parts(numbers: Numbers) -> list[list[int]]:
    """Sets of columns that are present together in enough rows: all, then those that a gappy column leaves."""
    present = np.isfinite(numbers.values)
    share = present.mean(axis=0)
    needed = max(40, 2 * len(numbers) + 20)
    parts: list[list[int]] = []
    for least in sorted({round(float(each), 2) for each in share}, reverse=True):
        part = [each for each in range(len(numbers)) if share[each] >= least - 0.005]
        if len(part) >= 2 and present[:, part].all(axis=1).sum() >= min(needed, len(present)):
            parts = [part] if not parts or set(parts[-1]) <= set(part) else [*parts, part]
    return parts


def _sum_offer(numbers: Numbers, found: linear.Sum, gappy: NDArray[np.bool_] | None = None) -> Offer:
    names = [spelled_name(each) for each in numbers.names]
    if gappy is not None:
        names = [f"coalesce({each}, 0)" if gaps else each for each, gaps in zip(names, gappy, strict=True)]
    loose = parse(linear.text_of(found, names)).text
    unit = float(numbers.units[found.target])
    fit = Fit(1.0, 0.0, "round", unit) if found.rounded else Fit(1.0, 0.0)
    inputs = tuple(numbers.names[each] for each in found.inputs)
    text = parse(fit.text(loose)).text
    formula = Formula(numbers.names[found.target], text, inputs, found.cost, unit, loose if found.rounded else "")
    return Offer(formula, unlikely(formula, list(numbers.names), _sum_penalty(numbers, found)))


def _sum_penalty(numbers: Numbers, found: linear.Sum) -> float:
    """A difference reads less as the derived column than a total, unless a part of the total would be negative."""
    places = list(found.inputs)
    negative = bool(np.nanmin(numbers.values[:, places]) < 0)
    minus = min(found.weights) < 0
    unit, steps = numbers.units[found.target], numbers.units[places] * np.array(found.weights)
    coarse = not found.rounded and unit > 0 and not all(_multiple(float(each), unit) for each in steps)
    whole = np.isfinite(numbers.values[:, places]).all(axis=1)
    lost = bool((np.isfinite(numbers.values[:, found.target]) & ~whole).any())
    return (
        1.0 * minus
        + 1.0 * (negative and not minus)
        + 2.0 * coarse
        + 0.75 * found.rounded
        + LOST * lost
        + _amid(target=found.target, places=places)
    )
