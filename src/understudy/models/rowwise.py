"""Rows of which some cells are known, others in each row: the others are drawn by what is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks
from understudy.engines.contract import Fitted
from understudy.models.particles import EFFECTIVE, block, effective, first_kept, hold

FIRST, MORE, MOST = 32, 4, 2048
TOGETHER = 2**15


@dataclass(frozen=True, eq=False)
class Partly:
    """Rows with known cells.

    Attributes:
        fitted: who draws.
        domains: of the columns.
        known: cell number of each row by place, -1 where it is open, shape (rows,).
        count: how many rows.
        allowed: share of each cell that is allowed where a column is open, by place.
        temperature: of the draws.
    """

    fitted: Fitted
    domains: tuple[Domain, ...]
    known: Mapping[int, NDArray[np.int64]]
    count: int
    allowed: Masks = field(default_factory=dict)
    temperature: float = 1.0

    def take(self, rows: NDArray[np.int64] | slice) -> "Partly":
        """These rows alone."""
        known = {place: cells[rows] for place, cells in self.known.items()}
        return replace(self, known=known, count=len(np.arange(self.count)[rows]))

    def log_prob(self, rng: Generator) -> NDArray[np.float64]:
        """Logarithm (nats) of the probability of what is known, where all of it is, shape (rows,)."""
        drawn = self.fitted.draw(self.count, None, None, rng, known=self.known, temperature=self.temperature)
        return drawn.log_weight

    def draw(self, rng: Generator) -> tuple[Codes, NDArray[np.float64], NDArray[np.int64]]:
        """The rows with their open cells drawn, how many candidates of each counted (Kish, 1965), and how many it had.

        Of several candidates a row, one is kept by its weight; how many there are is found on others, for to stop at
        those that seem enough would favour rows in which the weighty ones were missed. A row counts inf candidates
        where nothing known stands after what is drawn, so that one is exact, and 0 where none has any weight: then one
        stands in that follows what is known before it.
        """
        coarse = np.zeros((len(self.domains), self.count), dtype=np.uint8)
        fine = np.zeros((len(self.domains), self.count), dtype=np.uint16)
        count, sizes = np.zeros(self.count), np.where(self._straight(), 1, FIRST)
        for rows in self._blocks(np.flatnonzero(sizes > 1), FIRST):
            sizes[rows] = _enough(self._chosen(rows, FIRST, rng)[1] / FIRST)
        single = np.ones(self.count, dtype=bool)
        for rows in self._alike(sizes):
            found = self._together(rows, rng)
            if found is not None:
                codes, count[rows], sizes[rows] = found
                coarse[:, rows], fine[:, rows], single[rows] = codes.coarse, codes.fine, False
        for size in np.unique(sizes[single]).tolist():
            for rows in self._blocks(np.flatnonzero((sizes == size) & single), size):
                codes, count[rows] = self._chosen(rows, size, rng)
                coarse[:, rows], fine[:, rows] = codes.coarse, codes.fine
        count[(sizes == 1) & (count > 0)] = np.inf
        return Codes(coarse, fine, self.domains), count, sizes

    def _blocks(self, rows: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
        """Rows of which so many candidates are drawn at once, so that memory stays bounded."""
        step = max(block(len(self.domains)) // size, 1)
        return [rows[begin : begin + step] for begin in range(0, len(rows), step)]

    def _alike(self, sizes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Rows of the same known cells, kind by kind, where together they take more candidates than a pilot does."""
        rows = np.flatnonzero(sizes > 1)
        if sizes[rows].sum() < TOGETHER:
            return []
        told = np.array([np.zeros(len(rows), dtype=np.int64), *(cells[rows] for cells in self.known.values())])
        _, kind = np.unique(told, axis=1, return_inverse=True)
        return [
            rows[kind.ravel() == each] for each in np.flatnonzero(np.bincount(kind.ravel(), sizes[rows]) >= TOGETHER)
        ]

    def _together(self, rows: NDArray[np.int64], rng: Generator) -> tuple[Codes, float, int] | None:
        """Rows of the same known cells, how many rows of their pilot count, and how many are begun for each one."""
        allowed = dict(self.allowed)
        for place, cells in self.known.items():
            if (cell := int(cells[rows[0]])) >= 0:
                allowed[place] = np.zeros(self.domains[place].cells)
                allowed[place][cell] = 1.0
        held = hold(self.fitted, self.domains, allowed, rng, self.temperature)
        if held is None:
            return None
        count = np.inf if held.effective is None else held.effective
        return held.draw(len(rows), rng), count, int(np.ceil(held.candidates))

    def _chosen(self, rows: NDArray[np.int64], size: int, rng: Generator) -> tuple[Codes, NDArray[np.float64]]:
        """One of so many candidates for each of these rows, and how many of them count.

        Once nothing known or restricted is left, only those that are kept are drawn on.
        """
        known = {place: np.repeat(cells[rows], size) for place, cells in self.known.items()}
        last, counts = self._last(rows), []

        def sieve(codes: NDArray[np.uint8], weight: NDArray[np.float64]) -> NDArray[np.int64] | None:
            if len(codes) < last or counts:
                return None
            each = weight.reshape(len(rows), size)
            counts.append(effective(each) * size)
            return np.arange(len(rows)) * size + first_kept(each, rng)

        drawn = self.fitted.draw(
            len(rows) * size, None, self.allowed, rng, known=known, temperature=self.temperature, sieve=sieve
        )
        return drawn.codes, counts[0]

    def _last(self, rows: NDArray[np.int64]) -> int:
        """Columns drawn until nothing known or restricted is left in any of these rows."""
        held = [place in self.allowed or self._tells(place, rows) for place in self.fitted.order.tolist()]
        return max((step + 1 for step, each in enumerate(held) if each), default=1)

    def _tells(self, place: int, rows: NDArray[np.int64]) -> bool:
        return place in self.known and bool((self.known[place][rows] >= 0).any())

    def _straight(self) -> NDArray[np.bool_]:
        """Rows in which nothing that carries weight stands behind a cell that is drawn."""
        n = self.count
        drawn, straight = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
        for place in self.fitted.order.tolist():
            told = self.known[place] >= 0 if place in self.known else np.zeros(n, dtype=bool)
            straight &= ~(drawn & (told | (place in self.allowed)))
            drawn |= ~told
        return straight


def _enough(share: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many candidates a row takes, of which this share counts."""
    with np.errstate(divide="ignore"):
        grown = np.ceil(np.log(EFFECTIVE / FIRST / share) / np.log(MORE))
    return np.where(share > 0, FIRST * MORE ** np.clip(grown, 0, np.log2(MOST / FIRST) / np.log2(MORE)), MOST).astype(
        np.int64
    )
