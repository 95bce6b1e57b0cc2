"""Boosted choices: each column's code told bit by bit by boosted trees given the columns before it.

The joint distribution of a row's codes is the product of each column's distribution given the columns before it. A
column's codes are the leaves of a binary tree; on each of its levels one model of boosted oblivious trees says to which
side a row goes, given the codes of the columns before and the node that the row has reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.random import Generator

from understudy.encoding.codes import Codes, Domain
from understudy.engines.autoregressive import Autoregressive, restored
from understudy.engines.choices import Conditional, chooser
from understudy.engines.companions import companions
from understudy.engines.contract import Arrays, Attack, Fitted, Meets, OnProgress, check_ranges, settled
from understudy.engines.determined import determining
from understudy.engines.digits import beside
from understudy.engines.guides import Guiding, spread
from understudy.engines.levels import (
    Data,
    Grown,
    Start,
    Task,
    features,
    gathered,
    members,
    offsets,
    side_by_side,
    tasks,
)
from understudy.engines.ordering import best, in_order
from understudy.kernels import boosting
from understudy.kernels.dependence import nearest_columns

__all__ = ["Boost"]

BLIND = 0.1
FEWEST = 4
HEARD = 128
TRIAL = {"orders": 1, "guides": 0, "depth": 4, "rate": 0.4, "ridge": 2.0, "rounds": 200}


@dataclass(frozen=True)
class Boost:
    """Hyper-parameters.

    Attributes:
        depth: questions a tree asks.
        rate: share of a Newton step that each tree takes.
        ridge: curvature added to each leaf; a row adds at most a quarter.
        features: columns that a tree asks about at most, chosen by chance, anew for each: half of those before, four at
            least.
        rounds: trees a level at most.
        patience: trees without a gain for the inner validation rows after which growth stops.
        stretch: trees kept, as a multiple of those that suit the inner validation rows best.
        rows: training rows at most that trees are grown on; all set the leaf values.
        leaf: rows that a level needs for trees of its own.
        predecessors: columns at most that a level's trees see; the most dependent ones are taken.
        guides: regressions on the columns before that every tree of a column may ask: of ordered codes where the value
            lies and, with 2, how far off that is; of categories one score of the level, or two.
        orders: orders of the columns that are tried; 1 for the table's own.
    """

    depth: int = field(default=5, metadata={"low": 1, "high": 8, "help": "questions a tree asks"})
    rate: float = field(default=0.2, metadata={"low": 0.001, "high": 1.0, "help": "share of a Newton step"})
    ridge: float = field(default=8.0, metadata={"low": 0.01, "high": 1e6, "help": "curvature added to a leaf"})
    features: int = field(default=8, metadata={"low": 1, "high": 1000, "help": "columns a tree asks about at most"})
    rounds: int = field(default=300, metadata={"low": 1, "high": 10_000, "help": "trees a level at most"})
    patience: int = field(default=15, metadata={"low": 1, "high": 1000, "help": "trees without a gain"})
    stretch: float = field(default=1.25, metadata={"low": 0.1, "high": 10.0, "help": "trees kept, of the best number"})
    rows: int = field(default=1_000_000, metadata={"low": 100, "high": 1_000_000_000, "help": "rows to grow on"})
    leaf: int = field(default=50, metadata={"low": 1, "high": 1_000_000, "help": "rows a level needs"})
    predecessors: int = field(default=32, metadata={"low": 0, "high": 1000, "help": "columns a level sees"})
    guides: int = field(default=2, metadata={"low": 0, "high": 2, "help": "regressions that guide a column"})
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
        """Choose an order, grow each level's trees on `rows`, stop by `valid`, then set the leaf values by both."""
        order = best(replace(self, **TRIAL), self.orders, rows, context, valid, rng)

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
        sizes = [domain.size for domain in whole.domains]
        chosen, far = (nearest_columns(whole.coarse, sizes, most, given, rng) for most in (self.predecessors, HEARD))
        most = min(len(rows), self.rows)
        parts = [whole.coarse[:, :most], inner.coarse, whole.coarse[:, most:]]
        data = Data(np.concatenate(parts, axis=1), most, most + len(inner), whole.domains)
        learned = data.codes[:, :most], data.domains, given, chosen
        alongside, named = companions(*learned), determining(*learned)
        sure = [len(each) > 0 for each in named]
        guiding = Guiding(self.guides, self.features, rng.permutation(most))
        data, seen, guides = guiding.all(data, given, chosen, far, sure)
        work = [
            task
            for place, (before, mine, near, plain) in enumerate(zip(seen, guides, alongside, named, strict=True))
            for task in tasks(data, given + place, before, len(mine), spread(mine, rows.domains[place]), near, plain)
        ]

        def learn(engine: Boost) -> tuple[Boost, list[Grown]]:
            return engine, side_by_side(lambda task: engine._grow(data, task), work, on_progress)

        def fitted(levels: Sequence[Grown], parts: tuple[Codes, ...]) -> Autoregressive:
            columns = []
            for place, before in enumerate(chosen):
                mine = [each for each in levels if each.task.column == given + place]
                cells = sum(np.bincount(part.cells(place), minlength=rows.domains[place].cells) for part in parts)
                held = chooser(before, mine, self.depth), np.asarray(cells, dtype=np.float64)
                columns.append(Conditional(*held, guides[place], mine[0].task.latent if mine else None))
            return Autoregressive(tuple(columns), rows.domains, given)

        tried = None if attack is None else lambda found: attack(fitted(found[1], (rows,)))
        used, grown = settled(self, learn, tried)
        if len(valid) or most < len(rows):
            grown = side_by_side(lambda each: used._refit(data, each), grown)
        return fitted(grown, (rows, valid))

    def tightened(self) -> Self:
        """Four times the ridge."""
        return replace(self, ridge=min(4 * self.ridge, self.__dataclass_fields__["ridge"].metadata["high"]))

    def _asked(self, before: int) -> int:
        """Columns that a tree asks about, of so many."""
        return min(self.features, max(FEWEST, (before + 1) // 2))

    def _grow(self, data: Data, task: Task) -> Grown:
        """Trees for one level, from the rows to grow on."""
        seen = members(data, task)
        offset = offsets(data, task, seen)
        start = Start.fitted(task, seen, seen.learned, offset)
        first = start.of(seen, offset)
        looked = features(data, task, seen, first)
        if seen.learned < self.leaf or not len(looked.sees):
            return Grown.without(task, start, self.depth)
        codes = gathered(data, task, seen, looked)
        learned, unseen = slice(seen.learned), slice(seen.learned, seen.watched)
        feature, above, values = boosting.grow(
            np.ascontiguousarray(codes[:, learned]),
            looked.sizes,
            seen.answer[learned],
            first[learned],
            np.ascontiguousarray(codes[:, unseen]),
            seen.answer[unseen],
            first[unseen],
            self.depth,
            self.rate,
            self.ridge,
            self._asked(len(task.before) - task.guides),
            task.always,
            self.rounds if seen.learned < seen.watched else max(1, int(BLIND * self.rounds)),
            self.patience,
            self.stretch,
        )
        return Grown.of(task, start, looked, feature, above, values)

    def _refit(self, data: Data, grown: Grown) -> Grown:
        """The same trees with leaf values of all rows."""
        seen = members(data, grown.task)
        offset = offsets(data, grown.task, seen)
        start = Start.fitted(grown.task, seen, len(seen.rows), offset)
        if not len(grown.feature):
            return grown._replace(start=start)
        codes = gathered(data, grown.task, seen, grown.looked)
        held = codes, seen.answer, start.of(seen, offset), grown.feature, grown.above
        return grown._replace(start=start, values=boosting.refit(*held, self.rate, self.ridge))

    def restore(self, plain: Mapping[str, Any], arrays: Arrays, domains: tuple[Domain, ...]) -> Fitted:
        """The inverse of the fitted's `state`.

        Raises:
            ValueError: the arrays do not belong together.
        """
        return restored(plain, arrays, domains, Conditional.restore)
