"""Independent columns: every column from its own histogram, a baseline that knows no relation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from numpy.random import Generator

from understudy.encoding.codes import Codes, Domain
from understudy.engines.contract import Arrays, Attack, Fitted, Meets, OnProgress
from understudy.engines.trees import Trees

__all__ = ["Independent"]


@dataclass(frozen=True)
class Independent:
    """Trees of one leaf: the distribution of each column alone. It has no hyper-parameters."""

    meets: ClassVar[Meets] = "exact"

    def fit(
        self,
        rows: Codes,
        context: Codes | None,
        valid: Codes,
        rng: Generator,
        on_progress: OnProgress | None = None,
        attack: Attack | None = None,
    ) -> Fitted:
        """Count each column, whatever the context; an attack is asked, but there is nothing smoother."""
        engine, count = Trees(predecessors=0, escape=0.0, orders=1), len(rows)
        if attack is not None:
            own = None if context is None else context.take(slice(count))
            attack(engine.fit(rows, own, valid.take(slice(0, 0)), rng))
        return engine.fit(rows, context, valid, rng, on_progress)

    def tightened(self) -> Self:
        """The same: shares of a column alone remember no row."""
        return self

    def restore(self, plain: Mapping[str, Any], arrays: Arrays, domains: tuple[Domain, ...]) -> Fitted:
        """The inverse of the fitted's `state`."""
        return Trees().restore(plain, arrays, domains)
