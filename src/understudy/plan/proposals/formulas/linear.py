"""Columns that are weighted sums of others.

Exact sums are directions in which the centred table has no extent: its null space, found by one decomposition however
many columns there are. Sparse vectors of it are the sums, found by a linear programme (least sum of absolute weights,
one weight held at 1). Sums that were rounded are found by least squares of each column on all others, weights that
do not matter being dropped. Both are repeated on small draws of rows, of which some hold no row that breaks the rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from understudy.execution.streams import stream
from understudy.plan.proposals.formulas.numbers import Numbers
from understudy.plan.proposals.formulas.simplest import (
    digits_of,
    divisor_of,
    factor_digits,
    number,
    simple_factor,
    simplest,
)

Reals = NDArray[np.float64]
MOST_TERMS = 12
MOST_WEIGHTED = 6
DRAWS = 6
LEAST_STRENGTH = 6.0  # standard errors that a weight must be from 0
NOTHING = 1e-9  # extent of the standardised table, relative to its largest, that counts as none


@dataclass(frozen=True)
class Sum:
    """`target = weights · inputs + offset`, by places in a `Numbers`; rounded to the target's unit or not."""

    target: int
    inputs: tuple[int, ...]
    weights: tuple[float, ...]
    offset: float
    rounded: bool

    @property
    def places(self) -> frozenset[int]:
        """All columns in it."""
        return frozenset((self.target, *self.inputs))

    @property
    def cost(self) -> int:
        """Digits and operations that were chosen to fit."""
        digits = sum(factor_digits(each) for each in self.weights if abs(each) != 1)
        return len(self.inputs) + digits + digits_of(self.offset) + self.rounded

    def over(self, values: Reals) -> Reals:
        """Its values, before rounding."""
        return values[:, self.inputs] @ np.array(self.weights) + self.offset


def draws(values: Reals, size: int, times: int) -> Iterator[Reals]:
    """All rows in which nothing is missing, then small draws of them."""
    whole = values[np.isfinite(values).all(axis=1)]
    if len(whole) < size:
        return
    yield whole
    if len(whole) > size:
        rng = stream(0, "proposals draws")
        for _ in range(times):
            yield whole[rng.choice(len(whole), size, replace=False)]


def null_sums(numbers: Numbers) -> list[dict[int, float]]:
    """Sparse exact linear relations, each as weights by place that add up to a constant."""
    found: dict[frozenset[int], dict[int, float]] = {}
    size = max(40, len(numbers) + 20)
    for rows in draws(numbers.values, size, DRAWS):
        for relation in _relations(rows, {place for each in found for place in each}):
            found.setdefault(frozenset(relation), relation)
    return list(found.values())


def _relations(rows: Reals, known: set[int]) -> Iterator[dict[int, float]]:
    centred = rows - rows.mean(axis=0)
    spread = centred.std(axis=0)
    alive = np.flatnonzero(spread > 1e-12 * (np.abs(rows).max(axis=0) + 1e-300))
    if len(alive) < 2:
        return
    _, extents, directions = np.linalg.svd(centred[:, alive] / spread[alive], full_matrices=False)
    null = directions[extents <= NOTHING * extents[0]].T
    if not null.shape[1]:
        return
    involved = np.flatnonzero(np.abs(null).max(axis=1) > 1e-7)
    if set(alive[involved].tolist()) <= known and null.shape[1] == 1:
        return
    for place in range(len(involved)):
        weights = _sparse(null[involved], place)
        if weights is not None:
            raw = weights / spread[alive[involved]]
            used = np.flatnonzero(np.abs(weights) > 1e-6 * np.abs(weights).max())
            yield {int(alive[involved[each]]): float(raw[each]) for each in used}


def _sparse(null: Reals, place: int) -> Reals | None:
    """The vector of a null space with weight 1 at a place whose absolute weights add up to the least."""
    if null.shape[1] == 1:
        return null[:, 0] / null[place, 0]
    from scipy.optimize import linprog

    count, free = null.shape
    # v = null @ z, |v| <= t: minimise sum(t)
    goal = np.concatenate([np.zeros(free), np.ones(count)])
    above = np.block([[null, -np.eye(count)], [-null, -np.eye(count)]])
    held = np.concatenate([null[place], np.zeros(count)])[None, :]
    bounds = [(None, None)] * free + [(0, None)] * count
    solved = linprog(goal, above, np.zeros(2 * count), held, [1.0], bounds, method="highs")
    return null @ solved.x[:free] if solved.status == 0 else None


def solved_for(relation: dict[int, float], target: int, numbers: Numbers) -> Sum | None:
    """A relation with one column on the left, its weights made simple; None where they do not become so."""
    inputs = tuple(sorted(each for each in relation if each != target))
    weights = [-relation[each] / relation[target] for each in inputs]
    simple = [simple_factor(*sorted((each * (1 - 1e-7), each * (1 + 1e-7)))) for each in weights]
    if any(each is None for each in simple) or len(inputs) > MOST_TERMS:
        return None
    return _placed(numbers, target, inputs, [float(each or 0) for each in simple], rounded=False)


def _placed(
    numbers: Numbers, target: int, inputs: tuple[int, ...], weights: list[float], *, rounded: bool
) -> Sum | None:
    """The sum with its simplest offset."""
    rest = numbers.values[:, target] - numbers.values[:, inputs] @ np.array(weights)
    rest = rest[np.isfinite(rest)]
    if not len(rest):
        return None
    unit = numbers.units[target]
    if rounded:
        low, high = (float(np.quantile(rest, each)) for each in (0.995, 0.005))
        whole = simplest(float(rest.max()) - unit / 2 - 1e-7 * unit, float(rest.min()) + unit / 2 + 1e-7 * unit)
        offset = whole if whole is not None else simplest(low - unit / 2, high + unit / 2)
    else:
        middle = float(np.median(rest))
        slack = 1e-9 * float(np.nanmedian(np.abs(numbers.values[:, [target, *inputs]])) + abs(middle))
        offset = simplest(middle - slack, middle + slack)
    return None if offset is None else Sum(target, inputs, tuple(weights), offset, rounded)


def rounded_sum(numbers: Numbers, target: int, others: list[int]) -> Sum | None:
    """A column as a weighted sum of others that was rounded to its grid; None where it is none."""
    unit, columns = numbers.units[target], [target, *others]
    rows = numbers.values[np.isfinite(numbers.values[:, columns]).all(axis=1)]
    if unit <= 0 or len(rows) < 3 * len(columns) + 20:
        return None
    y, used = rows[:, target], list(others)
    inside = np.ones(len(y), dtype=bool)
    for _ in range(4 + len(others)):
        solved = _squares(rows[inside][:, used], y[inside])
        if solved is None:
            return None
        weights, offset, strength = solved
        rest = np.abs(y - rows[:, used] @ weights - offset)
        near, strong = rest <= max(0.75 * unit, float(np.quantile(rest, 0.9))), strength >= LEAST_STRENGTH
        if strong.all() and (near == inside).all():
            good = (rest <= 0.75 * unit).mean() >= 0.97 and 2 <= len(used) <= MOST_WEIGHTED
            return _simplified(numbers, target, used, weights, strength) if good else None
        inside, used = near, [each for each, keep in zip(used, strong, strict=True) if keep]
        if not used:
            return None
    return None


def _squares(x: Reals, y: Reals) -> tuple[Reals, float, Reals] | None:
    """Least squares with a constant: weights, constant, and how many standard errors each weight is from 0."""
    middle, spread = x.mean(axis=0), x.std(axis=0)
    if len(y) <= x.shape[1] + 2 or not (spread > 0).all():
        return None
    scaled = (x - middle) / spread
    square = scaled.T @ scaled + 1e-10 * len(y) * np.eye(x.shape[1])
    inverse = np.linalg.inv(square)
    scores = inverse @ (scaled.T @ (y - y.mean()))
    rest = y - y.mean() - scaled @ scores
    error = np.sqrt(np.maximum(np.diag(inverse), 0) * float(rest @ rest) / (len(y) - x.shape[1] - 1)) + 1e-300
    weights = scores / spread
    return weights, float(y.mean() - middle @ weights), np.abs(scores) / error


def _simplified(numbers: Numbers, target: int, used: list[int], weights: Reals, strength: Reals) -> Sum | None:
    """Weights made as simple as their errors allow."""
    errors = np.abs(weights) / strength
    for k in (4.0, 2.0, 1.0, 0.5):
        simple = [simple_factor(float(w - k * e), float(w + k * e)) for w, e in zip(weights, errors, strict=True)]
        if any(not each for each in simple):
            continue
        found = _placed(numbers, target, tuple(used), [float(each or 0) for each in simple], rounded=True)
        if found is not None:
            return found
    return None


def text_of(found: Sum, names: list[str]) -> str:
    """The expression of a sum, positive terms first; the names as an expression spells them."""
    share = _mean(found.weights)
    if share:
        inside = " + ".join(names[each] for each in found.inputs)
        text = f"({inside}) / {share}"
    else:
        terms = sorted(zip(found.weights, found.inputs, strict=True), key=lambda each: each[0] < 0)
        text = " ".join(_term(weight, names[place], first) for first, (weight, place) in _numbered(terms))
    return text + (f" {'+' if found.offset > 0 else '-'} {number(abs(found.offset))}" if found.offset else "")


def _mean(weights: tuple[float, ...]) -> int:
    """The whole number that equal weights divide by (2 for 0.5 and 0.5), 0 where there is none."""
    if len(set(weights)) > 1 or not 0 < weights[0] < 1:
        return 0
    whole = round(1 / weights[0])
    return whole if abs(weights[0] * whole - 1) < 1e-12 else 0


def _numbered(terms: list[tuple[float, int]]) -> Iterator[tuple[bool, tuple[float, int]]]:
    return ((at == 0, each) for at, each in enumerate(terms))


def _term(weight: float, name: str, first: bool) -> str:
    sized = name if abs(weight) == 1 else f"{number(abs(weight))} * {name}"
    if divisor_of(weight):
        sized = f"{name} / {divisor_of(weight)}"
    if first:
        return sized if weight > 0 else f"-{sized}"
    return f"{'+' if weight > 0 else '-'} {sized}"
