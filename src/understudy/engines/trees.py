"""Autoregressive trees: one entropy tree a column given the columns before it.

The joint distribution of a row's codes is the product of each column's distribution given the columns before it
(Drechsler and Reiter, Computational Statistics & Data Analysis 55, 2011, for CART synthesis in this form). Unlike CART
with donor leaves no training row is passed on: a leaf is a histogram over codes, each supported by at least k rows of
the table, and shrunk towards the histograms above it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain
from understudy.engines.autoregressive import Autoregressive, restored
from understudy.engines.contract import Arrays, Attack, Fitted, Meets, OnProgress, check_ranges, settled
from understudy.engines.digits import beside
from understudy.engines.leaves import Conditional
from understudy.engines.ordering import best, in_order
from understudy.execution.executors import threads
from understudy.kernels import histograms
from understudy.kernels import trees as kernel
from understudy.kernels.dependence import nearest_columns

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
        orders: orders of the columns that are tried; 1 for the table's own.
    """

    leaf: int = field(default=15, metadata={"low": 1, "high": 10_000, "help": "rows each side of a split keeps"})
    gain: float = field(default=2.0, metadata={"low": 0.0, "high": 1e6, "help": "nats a split must win"})
    penalty: float = field(default=1.0, metadata={"low": 0.0, "high": 100.0, "help": "nats more a group of codes"})
    escape: float | None = field(default=None, metadata={"low": 0.0, "high": 100.0, "help": "weight of ancestors"})
    floor: float = field(default=0.1, metadata={"low": 0.0, "high": 100.0, "help": "weight of ancestors at the least"})
    predecessors: int = field(default=32, metadata={"low": 0, "high": 1000, "help": "columns a tree sees"})
    groups: int = field(default=16, metadata={"low": 2, "high": 256, "help": "groups of target codes when splitting"})
    nodes: int = field(default=8192, metadata={"low": 1, "high": 32_768, "help": "nodes in a tree"})
    orders: int = field(default=4, metadata={"low": 1, "high": 4, "help": "orders of the columns tried"})
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
    ) -> Fitted:
        """Choose an order, grow one tree a column on `rows`, choose its shrinkage on `valid`, then count both."""
        order = best(replace(self, orders=1), self.orders, rows, context, valid, rng)

        def fit(rows: Codes, valid: Codes, attack: Attack | None) -> Autoregressive:
            return self._fit(rows, context, valid, rng, on_progress, attack)

        return in_order(fit, order, rows, valid, attack)

    def _fit(
        self,
        rows: Codes,
        context: Codes | None,
        valid: Codes,
        rng: Generator,
        on_progress: OnProgress | None,
        attack: Attack | None,
    ) -> Autoregressive:
        whole, inner = beside(context, rows, valid)
        given = len(whole.domains) - len(rows.domains)
        chosen = nearest_columns(whole.coarse, [domain.size for domain in whole.domains], self.predecessors, given, rng)
        table = _n_log_n(min(len(whole), kernel.LOOKED))

        def learn(engine: Trees) -> list[Grown]:
            def one(place: int) -> Grown:
                return engine._column(whole, inner, given + place, chosen[place], table)

            found = []
            for place, grown in enumerate(threads(one, range(len(rows.domains)))):
                found.append(grown)
                if on_progress:
                    on_progress(place + 1, len(rows.domains))
            return found

        def fitted(found: list[Grown], both: bool) -> Autoregressive:
            return Autoregressive(tuple(threads(lambda each: each.conditional(both), found)), rows.domains, given)

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

    def restore(self, plain: Mapping[str, Any], arrays: Arrays, domains: tuple[Domain, ...]) -> Fitted:
        """The inverse of the fitted's `state`.

        Raises:
            ValueError: the arrays do not belong together.
        """
        return restored(plain, arrays, domains, Conditional.restore)


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
    """The escape, `floor` at the least, under which the validation rows are most likely, found by climbing."""
    tried = [each for each in ESCAPES if each >= floor] or [floor]

    @cache
    def likely(place: int) -> float:
        return histograms.log_likelihood(shrink(counts, parent, tried[place]), leaf, target)

    top, place = -1, len(tried) // 2
    while place != top:
        top = place
        place = max(range(max(0, top - 1), min(len(tried), top + 2)), key=likely)
    return tried[top]


def _shrinker(domain: Domain) -> Any:
    return histograms.shrink_ordered if domain.ordered else histograms.shrink


def _leaves(tree: kernel.Tree, share: NDArray[np.float32]) -> NDArray[np.float32]:
    """The distributions of the leaves alone; inner nodes are emptied."""
    return np.where((tree.feature < 0)[:, None], share, np.float32(0))
