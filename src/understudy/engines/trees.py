"""Autoregressive trees: one entropy tree a column given the columns before it (default).

The joint distribution of a row's codes is the product of each column's distribution given the columns before it
(Drechsler and Reiter, Computational Statistics & Data Analysis 55, 2011, for CART synthesis in this form). Unlike CART
with donor leaves no training row is passed on: a leaf is a histogram over codes, each supported by at least k rows of
the table, and shrunk towards the histograms above it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks
from understudy.engines.contract import Arrays, Attack, Drawn, Known, Meets, OnProgress, check_ranges, settled
from understudy.execution.executors import threads
from understudy.kernels import histograms
from understudy.kernels import trees as kernel
from understudy.kernels.dependence import nearest_columns
from understudy.kernels.temperature import tempered

__all__ = ["Trees"]

ESCAPES = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class Trees:
    """Hyper-parameters.

    Attributes:
        leaf: rows that each side of a split must keep.
        gain: log-likelihood (nats) that a split must win beyond the price of the search.
        penalty: nats more for each further group of target codes in the node, half as many for codes in order.
        escape: weight of a node's parent in its histogram; None to choose by validation likelihood.
        floor: escape at the least, where it is chosen.
        predecessors: columns at most that a tree sees; the most dependent ones are taken.
        groups: groups of target codes that splits are judged by.
        nodes: nodes at most in a tree.
    """

    leaf: int = field(default=15, metadata={"low": 1, "high": 10_000, "help": "rows each side of a split keeps"})
    gain: float = field(default=2.0, metadata={"low": 0.0, "high": 1e6, "help": "nats a split must win"})
    penalty: float = field(default=1.0, metadata={"low": 0.0, "high": 100.0, "help": "nats more a group of codes"})
    escape: float | None = field(default=None, metadata={"low": 0.0, "high": 100.0, "help": "weight of ancestors"})
    floor: float = field(default=0.1, metadata={"low": 0.0, "high": 100.0, "help": "weight of ancestors at the least"})
    predecessors: int = field(default=32, metadata={"low": 0, "high": 1000, "help": "columns a tree sees"})
    groups: int = field(default=16, metadata={"low": 2, "high": 256, "help": "groups of target codes when splitting"})
    nodes: int = field(default=8192, metadata={"low": 1, "high": 32_768, "help": "nodes in a tree"})
    meets: ClassVar[Meets] = "weighted"

    def __post_init__(self) -> None:
        check_ranges(self)

    def fit(
        self,
        rows: Codes,
        context: Codes | None,
        valid: Codes,
        rng: Generator,
        on_progress: OnProgress | None = None,
        attack: Attack | None = None,
    ) -> "FittedTrees":
        """Grow one tree a column on `rows`, choose its shrinkage on `valid`, then count both."""
        count = len(rows)
        whole = _join(None if context is None else context.take(slice(count)), rows)
        inner = _join(None if context is None else context.take(slice(count, None)), valid)
        given = whole.coarse.shape[0] - rows.coarse.shape[0]
        chosen = nearest_columns(whole.coarse, [domain.size for domain in whole.domains], self.predecessors, given, rng)
        table = _n_log_n(len(whole))

        def learn(engine: Trees) -> list[Grown]:
            def one(place: int) -> Grown:
                return engine._column(whole, inner, given + place, chosen[place], table)

            found = []
            for place, grown in enumerate(threads(one, range(len(rows.domains)))):
                found.append(grown)
                if on_progress:
                    on_progress(place + 1, len(rows.domains))
            return found

        def fitted(found: list[Grown], both: bool) -> FittedTrees:
            return FittedTrees(tuple(each.conditional(both) for each in found), rows.domains, given)

        tried = None if attack is None else lambda found: attack(fitted(found, both=False))
        return fitted(settled(self, learn, tried), both=True)

    def tightened(self) -> Self:
        """Twice the rows a leaf, twice the weight of ancestors at the least."""
        most = {name: self.__dataclass_fields__[name].metadata["high"] for name in ("leaf", "floor", "escape")}
        escape = None if self.escape is None else min(2 * self.escape, most["escape"])
        return replace(
            self, leaf=min(2 * self.leaf, most["leaf"]), floor=min(2 * self.floor, most["floor"]), escape=escape
        )

    def _column(
        self,
        whole: Codes,
        inner: Codes,
        column: int,
        before: NDArray[np.int64],
        table: NDArray[np.float64],
    ) -> "Grown":
        domain, target = whole.domains[column], whole.coarse[column]
        predictors = np.ascontiguousarray(whole.coarse[before])
        tree = self._tree(predictors, target, [whole.domains[each] for each in before], domain, table)
        counts = histograms.count(tree.route(predictors), target, tree.parent, domain.size)
        reached = tree.route(np.ascontiguousarray(inner.coarse[before]))
        later = histograms.count(reached, inner.coarse[column], tree.parent, domain.size)
        escape = self.escape
        if escape is None and len(inner):
            escape = _best_escape(_shrinker(domain), counts, tree.parent, reached, inner.coarse[column], self.floor)
        escape = max(1.0, self.floor) if escape is None else escape
        cells = (np.bincount(part.cells(column), minlength=domain.cells) for part in (whole, inner))
        return Grown(before, tree, domain, escape, (counts, later), tuple(cells))

    def _tree(
        self,
        predictors: NDArray[np.uint8],
        target: NDArray[np.uint8],
        seen: list[Domain],
        domain: Domain,
        table: NDArray[np.float64],
    ) -> kernel.Tree:
        grown = kernel.grow(
            target,
            domain.size,
            not domain.ordered,
            predictors,
            np.array([each.size for each in seen], dtype=np.int64),
            np.array([not each.ordered for each in seen], dtype=bool),
            self.leaf,
            self.gain,
            self.penalty * (0.5 if domain.ordered else 1.0),
            self.groups,
            self.nodes,
            table,
        )
        return kernel.Tree(*grown)

    def restore(self, plain: Mapping[str, Any], arrays: Arrays, domains: tuple[Domain, ...]) -> "FittedTrees":
        """The inverse of `FittedTrees.state`."""
        columns = tuple(
            Conditional.restore({name: arrays[f"{place}/{name}"] for name in Conditional.ARRAYS}).checked(
                domain, plain["context"] + place
            )
            for place, domain in enumerate(domains)
        )
        return FittedTrees(columns, domains, plain["context"])


@dataclass(frozen=True, eq=False)
class Grown:
    """A column's tree, and how often its codes stand in the nodes.

    Attributes:
        before: which columns the tree sees, shape (predictors,).
        tree: routes a row to a leaf.
        domain: of the column.
        escape: weight of a node's parent in its histogram.
        counts: rows of each code in each node, shape (nodes, size): of those it was grown on, and of validation rows.
        cells: rows in each (coarse, fine) cell, shape (cells,): of the same two.
    """

    before: NDArray[np.int64]
    tree: kernel.Tree
    domain: Domain
    escape: float
    counts: tuple[NDArray[np.float64], NDArray[np.float64]]
    cells: tuple[NDArray[np.int64], ...]

    def conditional(self, both: bool) -> "Conditional":
        """The distributions, counted on the rows it was grown on alone or on both."""
        counts = self.counts[0] + self.counts[1] if both else self.counts[0]
        cells = self.cells[0] + self.cells[1] if both else self.cells[0]
        share = _shrinker(self.domain)(counts, self.tree.parent, self.escape)
        return Conditional(self.before, self.tree, _leaves(self.tree, share), cells.astype(np.float64))


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
            share = share * _part(within, self.cells, domain).astype(np.float32)
            with np.errstate(divide="ignore"):
                mass = np.log(share.sum(axis=1, dtype=np.float64))[leaf]
        histograms.draw(_cumulated(share), leaf, rng.random(len(leaf)), coarse)
        if domain.cells > domain.size:
            fine[:] = _draw_fine(within, domain, coarse, rng.random(len(leaf)))
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


def _join(context: Codes | None, rows: Codes) -> Codes:
    if context is None:
        return rows
    return Codes(
        np.concatenate([context.coarse, rows.coarse]),
        np.concatenate([context.fine, rows.fine]),
        context.domains + rows.domains,
    )


def _n_log_n(rows: int) -> NDArray[np.float64]:
    """N log n for n = 0 … rows."""
    number = np.arange(rows + 1, dtype=np.float64)
    number[1:] *= np.log(number[1:])
    return number


def _best_escape(
    shrink: Any,
    counts: NDArray[np.float64],
    parent: NDArray[np.int32],
    leaf: NDArray[np.int32],
    target: NDArray[np.uint8],
    floor: float,
) -> float:
    """The escape, `floor` at the least, under which the validation rows are most likely."""
    tried = [each for each in ESCAPES if each >= floor] or [floor]
    found = [histograms.log_likelihood(shrink(counts, parent, each), leaf, target) for each in tried]
    return tried[int(np.argmax(found))]


def _shrinker(domain: Domain) -> Any:
    return histograms.shrink_ordered if domain.ordered else histograms.shrink


def _leaves(tree: kernel.Tree, share: NDArray[np.float32]) -> NDArray[np.float32]:
    """The distributions of the leaves alone; inner nodes are emptied."""
    return np.where((tree.feature < 0)[:, None], share, np.float32(0))


def _cumulated(share: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.cumsum(share, axis=1, dtype=np.float32)


def _part(within: NDArray[np.float64], cells: NDArray[np.float64], domain: Domain) -> NDArray[np.float64]:
    """The share of each coarse code's mass that is allowed, shape (size,)."""
    whole = np.add.reduceat(cells, domain.start[:-1])
    return np.add.reduceat(within, domain.start[:-1]) / np.where(whole > 0, whole, 1.0)


def _draw_fine(
    within: NDArray[np.float64], domain: Domain, coarse: NDArray[np.uint8], uniform: NDArray[np.float64]
) -> NDArray[np.uint16]:
    """A fine digit by the frequency of cells under the coarse one."""
    total = np.cumsum(within)
    before = np.r_[0.0, total][domain.start]
    low, high = before[:-1][coarse], before[1:][coarse]
    cell = np.searchsorted(total, low + uniform * (high - low), side="right")
    first, last = domain.start[:-1][coarse], domain.start[1:][coarse] - 1
    return (np.clip(cell, first, last) - first).astype(np.uint16)
