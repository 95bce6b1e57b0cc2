"""Dates and numbers that are known while what they are counted from is not."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codebook import Codebook
from understudy.encoding.numeric import Numeric
from understudy.encoding.relative import Relative
from understudy.models.particles import block, effective, first_kept
from understudy.models.rowwise import Partly

FIRST, MORE, ENOUGH = 64, 1024, 8.0
Bools = NDArray[np.bool_]
Weights = NDArray[np.float64]
Values = dict[str, pl.Series]


def anchored(
    partly: Partly, fixed: Mapping[str, pl.Series], book: Codebook, rng: Generator
) -> tuple[Partly, Mapping[str, pl.Series]]:
    """The rows with the values known from which known ones are counted, along chains too.

    Of several distances as they occur in the columns, one is kept by the probability of the values that it leads to and
    of all else that is known of the row; of more of them where few count.
    """
    values = _family(fixed, partly.count, book)
    loose = np.flatnonzero(_loose(values, partly, book))
    if not len(loose):
        return partly, fixed
    found, count = _chosen(partly, values, loose, FIRST, book, rng)
    few = loose[count < ENOUGH]
    better = _chosen(partly, values, few, MORE, book, rng)[0] if len(few) else found
    for name, each in values.items():
        here = each.scatter(loose, found[name])
        values[name] = here.scatter(few, better[name]) if len(few) else here
    return _told(partly, values, book), {**fixed, **_shown(values, fixed)}


def proposed(
    partly: Partly, fixed: Mapping[str, pl.Series], book: Codebook, rng: Generator
) -> tuple[Partly, Mapping[str, pl.Series], Weights]:
    """As `anchored`, with the first distance that is drawn; and the logarithm by which it came too seldom."""
    values = _family(fixed, partly.count, book)
    if not _loose(values, partly, book).any():
        return partly, fixed, np.zeros(partly.count)
    partly, values, weight = _drawn(partly, values, book, rng)
    return partly, {**fixed, **_shown(values, fixed)}, weight


def _family(fixed: Mapping[str, pl.Series], rows: int, book: Codebook) -> Values:
    """What is known of columns that are counted from others, or others from them; none where no such one is."""
    counted = {name: code for name, code in book.columns.items() if isinstance(code, Relative)}
    if counted.keys().isdisjoint(fixed):
        return {}
    family = {*counted, *(each.anchor for each in counted.values())}
    found: Values = {}
    for name, code in book.columns.items():
        if name in family:
            assert isinstance(code, Numeric | Relative)
            found[name] = fixed.get(name, pl.Series([None] * rows, dtype=code.dtype))
    return found


def _shown(values: Values, fixed: Mapping[str, pl.Series]) -> Values:
    return {name: each for name, each in values.items() if name in fixed or each.is_not_null().any()}


def _loose(values: Values, partly: Partly, book: Codebook) -> Bools:
    """Rows in which something is known and what it is counted from is open."""
    found = np.zeros(partly.count, dtype=bool)
    for name in values:
        found |= _lacking(name, values, partly, book)
    return found


def _lacking(name: str, values: Values, partly: Partly, book: Codebook) -> Bools:
    code = book.columns[name]
    if not isinstance(code, Relative):
        return np.zeros(partly.count, dtype=bool)
    open_ = partly.known.get(book.place(code.anchor), np.full(partly.count, -1)) < 0
    return (values[name].is_not_null() & values[code.anchor].is_null()).to_numpy() & open_


def _chosen(
    partly: Partly, values: Values, rows: NDArray[np.int64], number: int, book: Codebook, rng: Generator
) -> tuple[Values, Weights]:
    """The values of these rows, one of so many candidates for each; and how many of them counted (Kish, 1965)."""
    step, parts, counts = max(block(len(partly.domains)) // number, 1), [], []
    for part in (rows[first : first + step] for first in range(0, len(rows), step)):
        place = np.repeat(part, number)
        trial = {name: each.gather(place) for name, each in values.items()}
        told, trial, weight = _drawn(partly.take(place), trial, book, rng)
        drawn = told.fitted.draw(told.count, None, told.allowed, rng, known=told.known, temperature=told.temperature)
        weight = (weight + drawn.log_weight).reshape(-1, number)
        best = np.arange(len(part)) * number + first_kept(weight, rng)
        parts.append({name: each.gather(best) for name, each in trial.items()})
        counts.append(effective(weight) * number)
    return {name: pl.concat([each[name] for each in parts]) for name in values}, np.concatenate(counts)


def _drawn(partly: Partly, values: Values, book: Codebook, rng: Generator) -> tuple[Partly, Values, Weights]:
    """Each row with a distance drawn wherever one is open, and by how much it came too seldom."""
    told = {name: each.is_not_null().to_numpy() for name, each in values.items()}
    found, weight = dict(values), np.zeros(partly.count)
    for name in reversed(values):
        from_ = {each: _lacking(each, found, partly, book) for each in values if _anchor(each, book) == name}
        if any(each.any() for each in from_.values()):
            found[name], often = _before(name, from_, found, book, rng)
            weight -= often
    for name, each in found.items():
        anchor, moved = _anchor(name, book), ~told[name]
        if anchor is not None:
            moved = (moved | ~told[anchor]) & found[anchor].is_not_null().to_numpy()
        moved &= each.is_not_null().to_numpy()
        weight += np.where(moved, _density(name, found, book)[1], 0.0)
    return _told(partly, found, book), found, weight


def _anchor(name: str, book: Codebook) -> str | None:
    code = book.columns[name]
    return code.anchor if isinstance(code, Relative) else None


def _before(
    name: str, known: Mapping[str, Bools], values: Values, book: Codebook, rng: Generator
) -> tuple[pl.Series, Weights]:
    """A column's values, each from one of those known that are counted from it, and how often they are drawn."""
    masks = np.array(list(known.values()))
    turn, here, found = np.argmax(masks * rng.random(masks.shape), axis=0), masks.any(axis=0), values[name]
    start = book.columns[name]
    assert isinstance(start, Numeric | Relative)
    for number, each in enumerate(known):
        code = book.columns[each]
        assert isinstance(code, Relative)
        assert code.gap.cells is not None
        share = code.gap.cells.rows / code.gap.cells.rows.sum()
        cell = rng.choice(len(share), len(turn), p=share) + int(code.domain.missing)
        before = code.before(values[each], code.gap.decode(cell, rng.random(len(turn))))
        nearest = start.nearest(before.to_physical().cast(pl.Float64).to_numpy())  # on its own grid
        found = nearest.zip_with(pl.Series(masks[number] & (turn == number)), found)
    trial = {**values, name: found}
    often = [np.where(mask, np.exp(sum(_density(each, trial, book))), 0.0) for each, mask in known.items()]
    with np.errstate(divide="ignore", invalid="ignore"):
        return found, np.where(here, np.log(np.sum(often, axis=0) / masks.sum(axis=0)), 0.0)


def _density(name: str, values: Values, book: Codebook) -> tuple[Weights, Weights]:
    """Logarithms of how many real rows stand in the cell of each value or gap, and of how densely.

    -inf where none may stand.
    """
    code = book.columns[name]
    assert isinstance(code, Numeric | Relative)
    grid, held = (code, values[name]) if isinstance(code, Numeric) else (code.gap, _gap(code, values, name))
    cells = grid.encode(held)
    assert grid.cells is not None
    rows = np.r_[np.ones(int(grid.domain.missing)), grid.cells.rows / grid.cells.rows.sum()]
    with np.errstate(divide="ignore"):
        return np.log(rows[cells]), np.log(grid.chance(held, cells))


def _gap(code: Relative, values: Values, name: str) -> pl.Series:
    return code.apart(values[name], values[code.anchor])


def _told(partly: Partly, values: Values, book: Codebook) -> Partly:
    """The rows with the cells known of the values that are."""
    known = dict(partly.known)
    for name, each in values.items():
        code, place, there = book.columns[name], book.place(name), each.is_not_null()
        if isinstance(code, Relative):
            there &= values[code.anchor].is_not_null()
            cells = code.encode(each, values[code.anchor])
        else:
            assert isinstance(code, Numeric)
            cells = code.encode(each)
        if there.any():
            known[place] = np.where(there.to_numpy(), cells, known.get(place, np.full(partly.count, -1)))
    return replace(partly, known=known)
