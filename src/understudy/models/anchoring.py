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
from understudy.models.particles import block, first_kept
from understudy.models.rowwise import Partly

CANDIDATES = 64
Bools = NDArray[np.bool_]
Values = dict[str, pl.Series]


def anchored(
    partly: Partly, fixed: Mapping[str, pl.Series], book: Codebook, rng: Generator
) -> tuple[Partly, Mapping[str, pl.Series]]:
    """The rows with the values known from which known ones are counted, along chains too.

    Of several distances as they occur in the columns, one is kept by the probability of the values that it leads to and
    of all else that is known of the row.
    """
    counted = {name: code for name, code in book.columns.items() if isinstance(code, Relative)}
    family = [name for name in book.columns if name in counted or name in {each.anchor for each in counted.values()}]
    values = {
        name: fixed.get(name, pl.Series([None] * partly.count, dtype=_dtype(book, name)))
        for name in family
        if not counted.keys().isdisjoint(fixed)
    }
    loose = np.zeros(partly.count, dtype=bool)
    for name in counted if values else ():
        loose |= _lacking(name, values, partly, book)
    if not loose.any():
        return partly, fixed
    places, step = np.flatnonzero(loose), max(block(len(partly.domains)) // CANDIDATES, 1)
    for rows in (places[first : first + step] for first in range(0, len(places), step)):
        found = _proposed(partly.take(rows), {name: each.gather(rows) for name, each in values.items()}, book, rng)
        values = {name: each.scatter(rows, found[name]) for name, each in values.items()}
    told = {name: each for name, each in values.items() if name in fixed or each.is_not_null().any()}
    return _told(partly, values, book, loose), {**fixed, **told}


def _dtype(book: Codebook, name: str) -> pl.DataType:
    code = book.columns[name]
    assert isinstance(code, Numeric | Relative)
    return code.dtype


def _lacking(name: str, values: Mapping[str, pl.Series], partly: Partly, book: Codebook) -> Bools:
    """Rows in which a column is known, and what it is counted from is open."""
    anchor = book.columns[name].anchor  # type: ignore[union-attr]
    open_ = partly.known.get(book.place(anchor), np.full(partly.count, -1)) < 0
    return (values[name].is_not_null() & values[anchor].is_null()).to_numpy() & open_


def _proposed(partly: Partly, values: Values, book: Codebook, rng: Generator) -> Values:
    """The values of each row, those that known ones are counted from among them."""
    count, many = partly.count * CANDIDATES, np.repeat(np.arange(partly.count), CANDIDATES)
    trial, partly = {name: each.gather(many) for name, each in values.items()}, partly.take(many)
    weight, spoken = np.zeros(count), {name: np.zeros(count, dtype=bool) for name in values}
    told = {name: each.is_not_null().to_numpy() for name, each in trial.items()}
    for name in reversed(values):
        code = book.columns[name]
        if not isinstance(code, Relative) or not (here := _lacking(name, trial, partly, book)).any():
            continue
        anchor, share = _drawn(code, trial[name], book.columns[code.anchor], rng)
        trial[code.anchor] = anchor.zip_with(pl.Series(here), trial[code.anchor])
        weight -= np.where(here, np.log(share), 0.0)
        spoken[name] = here
    for name, each in trial.items():
        code = book.columns[name]
        moved = ~told[name]
        if isinstance(code, Relative):
            moved = (moved | ~told[code.anchor]) & trial[code.anchor].is_not_null().to_numpy()
        moved &= each.is_not_null().to_numpy()
        weight += np.where(moved, _density(code, each, trial, spoken[name]), 0.0)
    partly = _told(partly, trial, book, np.ones(count, dtype=bool))
    weight += partly.fitted.draw(
        count, None, partly.allowed, rng, known=partly.known, temperature=partly.temperature
    ).log_weight
    best = np.arange(0, count, CANDIDATES) + first_kept(weight.reshape(-1, CANDIDATES), rng)
    return {name: each.gather(best) for name, each in trial.items()}


def _drawn(code: Relative, values: pl.Series, start: object, rng: Generator) -> tuple[pl.Series, NDArray[np.float64]]:
    """What values may be counted from, and how often each distance is drawn."""
    assert code.gap.cells is not None
    share = code.gap.cells.rows / code.gap.cells.rows.sum()
    cell = rng.choice(len(share), len(values), p=share)
    gap = code.gap.decode(cell + int(code.domain.missing), rng.random(len(values)))
    assert isinstance(start, Numeric | Relative)
    before = code.before(values, gap).to_physical()
    return start.nearest(before.cast(pl.Float64).fill_null(0).to_numpy()).set(values.is_null(), None), share[cell]


def _density(code: object, values: pl.Series, trial: Mapping[str, pl.Series], drawn: Bools) -> NDArray[np.float64]:
    """Logarithm of how densely values stand in their cells, 0 for distances drawn; -inf where none may stand."""
    grid, held = (code, values) if isinstance(code, Numeric) else _gaps(code, values, trial)
    there = held.is_not_null().to_numpy()
    density = np.where(drawn, 0.0, -np.log(grid.width(grid.encode(held))))
    return np.where(there & grid.reaches(held), density, -np.inf)


def _gaps(code: object, values: pl.Series, trial: Mapping[str, pl.Series]) -> tuple[Numeric, pl.Series]:
    assert isinstance(code, Relative)
    return code.gap, code.apart(values, trial[code.anchor])


def _told(partly: Partly, values: Mapping[str, pl.Series], book: Codebook, rows: Bools) -> Partly:
    """The rows with the cells known of the values that are."""
    known = dict(partly.known)
    for name, each in values.items():
        code, place = book.columns[name], book.place(name)
        there = rows & each.is_not_null().to_numpy()
        if isinstance(code, Relative):
            there &= values[code.anchor].is_not_null().to_numpy()
            cells = code.encode(each, values[code.anchor])
        else:
            assert isinstance(code, Numeric)
            cells = code.encode(each)
        if there.any():
            known[place] = np.where(there, cells, known.get(place, np.full(partly.count, -1)))
    return replace(partly, known=known)
