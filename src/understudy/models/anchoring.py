"""Dates that are known while the dates they are counted from are not."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.random import Generator

from understudy.encoding.codebook import Codebook
from understudy.encoding.numeric import Numeric
from understudy.encoding.relative import Relative
from understudy.models.particles import block, first_kept
from understudy.models.rowwise import Partly

CANDIDATES = 64


def anchored(
    partly: Partly, fixed: Mapping[str, pl.Series], book: Codebook, rng: Generator
) -> tuple[Partly, Mapping[str, pl.Series]]:
    """The rows with the dates known from which known ones are counted.

    Of several distances as they occur in the column, one is kept by the probability of the date that it leads to and of
    all else that is known of the row.
    """
    for name, code in book.columns.items():
        if not isinstance(code, Relative) or name not in fixed or not isinstance(book.columns[code.anchor], Numeric):
            continue
        begun = fixed.get(code.anchor, pl.Series([None] * partly.count, dtype=code.dtype))
        told = partly.known.get(book.place(code.anchor), np.full(partly.count, -1))
        loose = np.flatnonzero((fixed[name].is_not_null() & begun.is_null()).to_numpy() & (told < 0))
        step = max(block(len(partly.domains)) // CANDIDATES, 1)
        for first in range(0, len(loose), step):
            rows = loose[first : first + step]
            found = _anchors(partly.take(rows), fixed[name].gather(rows), name, book, rng)
            begun = begun.scatter(rows, found)
        if len(loose):
            fixed = {**fixed, code.anchor: begun}
            partly = _told(partly, fixed, name, book, loose)
    return partly, fixed


def _anchors(partly: Partly, values: pl.Series, name: str, book: Codebook, rng: Generator) -> pl.Series:
    """An anchor for each row."""
    code, count = book.columns[name], partly.count * CANDIDATES
    assert isinstance(code, Relative)
    assert code.gap.cells is not None
    share = code.gap.cells.rows / code.gap.cells.rows.sum()
    cell = rng.choice(len(share), count, p=share)
    gap = code.gap.decode(cell + int(code.domain.missing), rng.random(count))
    many = np.repeat(np.arange(partly.count), CANDIDATES)
    anchor = code.before(values.gather(many), gap)
    trial = _told(partly.take(many), {code.anchor: anchor, name: values.gather(many)}, name, book, np.arange(count))
    drawn = trial.fitted.draw(count, None, trial.allowed, rng, known=trial.known, temperature=trial.temperature)
    start = book.columns[code.anchor]
    assert isinstance(start, Numeric)
    weight = np.where(start.reaches(anchor), drawn.log_weight - np.log(share[cell]), -np.inf)
    best = first_kept(weight.reshape(-1, CANDIDATES), rng)
    return anchor.gather(np.arange(partly.count) * CANDIDATES + best)


def _told(partly: Partly, fixed: Mapping[str, pl.Series], name: str, book: Codebook, rows: np.ndarray) -> Partly:
    """The rows with the cells of a date and its anchor known."""
    code = book.columns[name]
    assert isinstance(code, Relative)
    start = book.columns[code.anchor]
    assert isinstance(start, Numeric)
    known, anchor = dict(partly.known), fixed[code.anchor].gather(rows)
    for each, cells in ((code.anchor, start.encode(anchor)), (name, code.encode(fixed[name].gather(rows), anchor))):
        place = book.place(each)
        held = np.array(known.get(place, np.full(partly.count, -1)))
        held[rows] = cells
        known[place] = held
    return replace(partly, known=known)
