"""Rows of which some cells are known, others in each row: the others are drawn by what is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks
from understudy.engines.contract import Fitted
from understudy.models.particles import block, effective, first_kept

FIRST, MORE, MOST = 32, 4, 2048
ENOUGH = 16.0


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
        for size in np.unique(sizes).tolist():
            for rows in self._blocks(np.flatnonzero(sizes == size), size):
                codes, count[rows] = self._chosen(rows, size, rng)
                coarse[:, rows], fine[:, rows] = codes.coarse, codes.fine
        count[(sizes == 1) & (count > 0)] = np.inf
        return Codes(coarse, fine, self.domains), count, sizes

    def _blocks(self, rows: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
        """Rows of which so many candidates are drawn at once, so that memory stays bounded."""
        step = max(block(len(self.domains)) // size, 1)
        return [rows[begin : begin + step] for begin in range(0, len(rows), step)]

    def _chosen(self, rows: NDArray[np.int64], size: int, rng: Generator) -> tuple[Codes, NDArray[np.float64]]:
        """One of so many candidates for each of these rows, and how many of them count."""
        known = {place: np.repeat(cells[rows], size) for place, cells in self.known.items()}
        drawn = self.fitted.draw(len(rows) * size, None, self.allowed, rng, known=known, temperature=self.temperature)
        weight = drawn.log_weight.reshape(len(rows), size)
        best = first_kept(weight, rng)
        return drawn.codes.take(np.arange(len(rows)) * size + best), effective(weight) * size

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
        grown = np.ceil(np.log(ENOUGH / FIRST / share) / np.log(MORE))
    return np.where(share > 0, FIRST * MORE ** np.clip(grown, 0, np.log2(MOST / FIRST) / np.log2(MORE)), MOST).astype(
        np.int64
    )
