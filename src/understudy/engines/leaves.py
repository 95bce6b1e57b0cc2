"""Fitted trees: a histogram of codes in each leaf, and the rows that are drawn from them."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks
from understudy.engines.contract import Arrays, Drawn, Known
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
    def restore(cls, arrays: Arrays) -> "Conditional":
        """The inverse of `arrays`."""
        before, feature, mask, left, parent, share, cells = (arrays[name] for name in cls.ARRAYS)
        return cls(before, kernel.Tree(feature, mask, left, parent), share, cells)

    def draw(
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

    def fix(
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


@dataclass(frozen=True, eq=False)
class FittedTrees:
    """One conditional distribution a column, in order.

    Attributes:
        columns: in the order of drawing.
        domains: of the columns drawn.
        context: number of columns given before the first is drawn.
    """

    columns: tuple[Conditional, ...]
    domains: tuple[Domain, ...]
    context: int = 0

    @property
    def order(self) -> NDArray[np.int64]:
        """Columns are drawn as they stand."""
        return np.arange(len(self.domains))

    def draw(
        self,
        n: int,
        context: Codes | None,
        allowed: Masks | None,
        rng: Generator,
        *,
        known: Known | None = None,
        temperature: float = 1.0,
    ) -> Drawn:
        """Draw n rows, column by column."""
        restricted, held = {} if allowed is None else allowed, {} if known is None else known
        coarse = np.empty((self.context + len(self.columns), n), dtype=np.uint8)
        if context is not None:
            coarse[: self.context] = context.coarse
        elif self.context:
            raise ValueError(f"the rows stand on {self.context} columns of context, and none is given")
        fine = np.zeros((len(self.columns), n), dtype=np.uint16)
        weight = np.zeros(n)
        for place, (column, domain) in enumerate(zip(self.columns, self.domains, strict=True)):
            leaf = column.tree.route(np.ascontiguousarray(coarse[column.before]))
            share = tempered(column.share, temperature)
            here, mass = coarse[self.context + place], np.zeros(n)
            if place not in held or (held[place] < 0).any():
                mass = column.draw(share, domain, leaf, restricted.get(place), rng, here, fine[place])
            if place in held:
                row = np.flatnonzero(held[place] >= 0)
                mass[row] = column.fix(share, domain, leaf[row], held[place][row])
                here[row], fine[place, row] = domain.split(held[place][row])
            weight += mass
        return Drawn(Codes(coarse[self.context :], fine, self.domains), weight)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Plain data and arrays that `Trees.restore` takes."""
        held = {
            f"{place}/{name}": array
            for place, column in enumerate(self.columns)
            for name, array in column.arrays().items()
        }
        return {"context": self.context}, held


def _cumulated(share: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.cumsum(share, axis=1, dtype=np.float32)
