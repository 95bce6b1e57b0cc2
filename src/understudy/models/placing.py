"""Values that are counted from others and must be some few: what they are counted from is placed so that they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes
from understudy.encoding.numeric import Numeric
from understudy.encoding.pieces import Part
from understudy.encoding.relative import Relative
from understudy.execution.streams import stream
from understudy.models.form import Form
from understudy.models.particles import EFFECTIVE, Held, effective, first_kept, hold
from understudy.models.wanted import Wanted

PILOT, SURE, MOST, BENDING = 4096, 64, 1024, 16_384
Weights = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Placing:
    """Candidates for rows in which values that are counted from others are asked for, one of which is kept.

    Attributes:
        wanted: what is asked of columns.
        parts: of cells of the columns, as conditions leave them.
        held: how codes are drawn.
        form: of the rows.
        roots: of each column at the start of a chain: those counted from it, whatever the steps, that are asked for.
        candidates: for each row.
        effective: how many of them count (Kish, Survey Sampling, 1965).
    """

    wanted: Mapping[str, Wanted]
    parts: Mapping[str, Part]
    held: Held
    form: Form
    roots: Mapping[str, tuple[str, ...]]
    candidates: int = 1
    effective: float = 1.0

    def draw(self, n: int, rng: Generator) -> pl.DataFrame:
        """Up to n typed rows."""
        codes, fixed, weight = self.trial(n * self.candidates, rng)
        weight = weight.reshape(n, self.candidates)
        best = np.arange(n) * self.candidates + first_kept(weight, rng)
        rows = best[np.isfinite(weight).any(axis=1)]
        given = {name: values.gather(rows) for name, values in fixed.items()}
        return self.form.decode(codes.take(rows), rng, given, self.parts)

    def trial(self, n: int, rng: Generator) -> tuple[Codes, dict[str, pl.Series], Weights]:
        """N candidates: codes, the values placed, and the logarithm (nats) of their weights."""
        codes, fixed, weight = self.held.draw(n, rng), {}, np.zeros(n)
        for root in self.roots:
            weight += self._placed(root, codes, fixed, rng)
        return codes, fixed, weight

    def bent(self, rng: Generator) -> "Placing | None":
        """With roots preferred that promise a weight, as weighed in a pilot; None where no candidate counts."""
        codes, _, weight = self.trial(BENDING, rng)
        if not np.isfinite(weight).any():
            return None
        share, weighing = np.exp(weight - weight.max()), self.held.weighing
        allowed = dict(weighing.allowed)
        for root in self.roots:
            place = self.form.book.place(root)
            domain, coarse = weighing.domains[place], codes.coarse[place]
            rows = np.bincount(coarse, minlength=domain.size)
            mean = (np.bincount(coarse, weights=share, minlength=domain.size) + share.mean()) / (rows + 1)
            mask = np.repeat(np.sqrt(mean), domain.depth) * allowed.get(place, np.ones(domain.cells))
            allowed[place] = mask / mask.max()
        held = hold(weighing.fitted, weighing.domains, allowed, rng, weighing.temperature)
        tried = self if held is None else replace(self, held=held)
        counts = float(effective(tried.trial(BENDING, rng)[2]))
        candidates = int(np.clip(np.ceil(EFFECTIVE / max(counts, 1e-9)), EFFECTIVE, MOST))
        return replace(tried, candidates=candidates, effective=candidates * counts) if counts else None

    def _placed(self, root: str, codes: Codes, fixed: dict[str, pl.Series], rng: Generator) -> Weights:
        """Place one root and all that is counted from it on the way to what is asked for."""
        book, n = self.form.book, len(codes)
        start = book.columns[root]
        assert isinstance(start, Numeric)
        low, high = self._own(root, start, n, rng)
        uniform = {name: rng.random(n) for leaf in self.roots[root] for name in self._chain(leaf)}
        for leaf in self.roots[root]:
            least, most = self._left(leaf, start, codes, uniform, rng)
            low, high = np.maximum(low, least), np.minimum(high, most)
        cell = codes.cells(book.place(root))
        fixed[root], mass = start.between(cell, low, high, rng.random(n))
        for name in sorted(uniform, key=book.place):
            code = book.columns[name]
            assert isinstance(code, Relative)
            cells = codes.cells(book.place(name))
            fixed[name] = code.decode(cells, uniform[name], fixed[code.anchor], self.parts.get(name))
            mass = np.where(fixed[name].is_null().to_numpy(), 0.0, mass)
        drawn = self.held.weighing.allowed.get(book.place(root), np.ones(start.domain.cells))[cell]
        with np.errstate(divide="ignore"):
            return np.log(mass / drawn)

    def _own(self, root: str, start: Numeric, n: int, rng: Generator) -> tuple[NDArray, NDArray]:
        """What is asked of the root itself: one of its ranges for each row, in its ticks."""
        ranges = self.wanted[root].ranges if root in self.wanted else ((None, None),)
        ends = np.array([start.ticks(*each) for each in ranges])
        return tuple(ends[rng.integers(0, len(ends), n)].T)  # type: ignore[return-value]

    def _left(
        self, leaf: str, start: Numeric, codes: Codes, uniform: Mapping[str, Weights], rng: Generator
    ) -> tuple[NDArray, NDArray]:
        """Where the root must stand, in its ticks, so that the leaf is in one of its ranges."""
        book, chain = self.form.book, self._chain(leaf)
        last = book.columns[leaf]
        assert isinstance(last, Relative)
        ends = np.array([last.bounds(*each) for each in self.wanted[leaf].ranges])
        low, high = ends[rng.integers(0, len(ends), len(codes))].T
        ahead = np.zeros(len(codes), dtype=ends.dtype)
        for name in chain:
            code = book.columns[name]
            assert isinstance(code, Relative)
            gap = code.gap.decode(codes.cells(book.place(name)), uniform[name], self.parts.get(name))
            finer = 10 ** ((last.decimals or 0) - (code.decimals or 0))
            ahead = ahead + gap.fill_null(0).to_numpy() * finer
        return start.inside(low - ahead, high - ahead, last.decimals)

    def _chain(self, leaf: str) -> Iterator[str]:
        return chain(leaf, self.form)


def placing(
    wanted: Mapping[str, Wanted], parts: Mapping[str, Part], held: Held, form: Form, seed: int
) -> Placing | None:
    """How values that are counted from others are met; None where enough rows have them as they are drawn.

    Nothing is placed where missing cells, or all but some values, are asked for; nor where no candidate counts.
    """
    roots: dict[str, tuple[str, ...]] = {}
    for name, each in wanted.items():
        if isinstance(form.code(name), Relative) and each.ranges and not each.missing and not each.besides:
            *_, last = chain(name, form)
            root = form.book.columns[last].anchor  # type: ignore[union-attr]
            if root not in wanted or (wanted[root].ranges and not (wanted[root].missing or wanted[root].besides)):
                roots[root] = (*roots.get(root, ()), name)
    if not roots:
        return None
    found, rng = Placing(wanted, parts, held, form, roots), stream(seed, "placing")
    frame = form.decode(held.draw(PILOT, rng), rng, parts=parts)
    counted = [wanted[name].met(frame[name]) for names in roots.values() for name in names]
    met = int(np.logical_and.reduce(counted).sum())
    bent = None if met >= SURE else found.bent(rng)
    if bent is None or bent.candidates * bent.held.candidates * met >= PILOT * held.candidates:
        return None
    return bent


def chain(leaf: str, form: Form) -> Iterator[str]:
    """A column that is counted from another, that one if it is counted too, and so on."""
    name, code = leaf, form.book.columns[leaf]
    while isinstance(code, Relative):
        yield name
        name, code = code.anchor, form.book.columns[code.anchor]
