"""Fitted trees: a histogram of codes in each leaf, and the rows that are drawn from them."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Domain
from understudy.engines.contract import Arrays
from understudy.engines.digits import draw_fine, part
from understudy.kernels import histograms
from understudy.kernels import trees as kernel
from understudy.kernels.temperature import tempered


@dataclass(frozen=True, eq=False)
class Conditional:
    """The distribution of one column's codes given the columns before it.

    Attributes:
        before: which columns the tree sees, shape (predictors,).
        tree: routes a row to a leaf.
        share: distribution of the coarse code in each node (rows of inner nodes are empty), float32 (nodes, size).
        cells: training rows in each (coarse, fine) cell, shape (cells,).
    """

    before: NDArray[np.int64]
    tree: kernel.Tree
    share: NDArray[np.float32]
    cells: NDArray[np.float64]
    ARRAYS: ClassVar[tuple[str, ...]] = ("before", "feature", "mask", "left", "parent", "share", "cells")

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `restore` takes."""
        tree = self.tree
        held = (self.before, tree.feature, tree.mask, tree.left, tree.parent, self.share, self.cells)
        return dict(zip(self.ARRAYS, held, strict=True))

    @classmethod
    def restore(cls, arrays: Arrays, domain: Domain, place: int) -> "Conditional":
        """The inverse of `arrays`.

        Raises:
            ValueError: the arrays do not belong together.
        """
        before, feature, mask, left, parent, share, cells = (arrays[name] for name in cls.ARRAYS)
        return cls(before, kernel.Tree(feature, mask, left, parent), share, cells).checked(domain, place)

    def draw(
        self,
        domain: Domain,
        codes: NDArray[np.uint8],
        allowed: NDArray[np.float64] | None,
        known: NDArray[np.int64] | None,
        temperature: float,
        rng: Generator,
        coarse: NDArray[np.uint8],
        fine: NDArray[np.uint16],
    ) -> NDArray[np.float64]:
        """As `Column.draw`."""
        leaf = self.tree.route(np.ascontiguousarray(codes[self.before]))
        share, weight = tempered(self.share, temperature), np.zeros(len(leaf))
        if known is None or (known < 0).any():
            weight = self._open(share, domain, leaf, allowed, rng, coarse, fine)
        if known is not None:
            row = np.flatnonzero(known >= 0)
            weight[row] = self._fix(share, domain, leaf[row], known[row])
            coarse[row], fine[row] = domain.split(known[row])
        return weight

    def _open(
        self,
        share: NDArray[np.float32],
        domain: Domain,
        leaf: NDArray[np.int32],
        allowed: NDArray[np.float64] | None,
        rng: Generator,
        coarse: NDArray[np.uint8],
        fine: NDArray[np.uint16],
    ) -> NDArray[np.float64]:
        """Codes for rows in these leaves, written to `coarse` and `fine`; the logarithm of the share allowed."""
        within, mass = self.cells, np.zeros(len(leaf))
        if allowed is not None:
            within = self.cells * allowed
            share = share * part(within, self.cells, domain).astype(np.float32)
            with np.errstate(divide="ignore"):
                mass = np.log(share.sum(axis=1, dtype=np.float64))[leaf]
        histograms.draw(_cumulated(share), leaf, rng.random(len(leaf)), coarse)
        if domain.cells > domain.size:
            fine[:] = draw_fine(within, domain, coarse, rng.random(len(leaf)))
        return mass

    def _fix(
        self, share: NDArray[np.float32], domain: Domain, leaf: NDArray[np.int32], cell: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Logarithm of the probability of these cells in these leaves."""
        coarse, _ = domain.split(cell)
        whole = np.add.reduceat(self.cells, domain.start[:-1])[coarse]
        within = self.cells[cell] / np.where(whole > 0, whole, 1.0)
        with np.errstate(divide="ignore"):
            return np.log(share[leaf, coarse].astype(np.float64)) + np.log(within)

    def checked(self, domain: Domain, place: int) -> "Conditional":
        """The same, once it is sure that drawing stays within the arrays: they may come from a file.

        Raises:
            ValueError: the arrays do not belong together.
        """
        tree, nodes = self.tree, len(self.tree.feature)
        inner = tree.feature >= 0
        after = np.arange(nodes)[inner] < tree.left[inner]
        sound = (
            nodes >= 1
            and tree.mask.shape == (nodes, kernel.WORDS)
            and tree.left.shape == (nodes,)
            and self.share.shape == (nodes, domain.size)
            and self.cells.shape == (domain.cells,)
            and bool(((self.before >= 0) & (self.before < place)).all())
            and bool((tree.feature < len(self.before)).all())
            and bool((after & (tree.left[inner] + 1 < nodes)).all())
            and bool(np.isfinite(self.share).all() and (self.share >= 0).all() and (self.cells >= 0).all())
        )
        if not sound:
            raise ValueError("the arrays of a tree do not belong together")
        return self


def _cumulated(share: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.cumsum(share, axis=1, dtype=np.float32)
