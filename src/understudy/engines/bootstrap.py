"""Bootstrap: training rows drawn with replacement, a baseline that copies; never release what it makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks, stack
from understudy.engines.contract import Arrays, Drawn, Meets, OnProgress

__all__ = ["Bootstrap"]


@dataclass(frozen=True)
class Bootstrap:
    """Efron's bootstrap (Annals of Statistics 7, 1979) of the training rows' codes. It has no hyper-parameters."""

    meets: ClassVar[Meets] = "exact"

    def fit(
        self, rows: Codes, context: Codes | None, valid: Codes, rng: Generator, on_progress: OnProgress | None = None
    ) -> "FittedBootstrap":
        """Keep every row's codes, whatever the context."""
        if on_progress:
            on_progress(1, 1)
        return FittedBootstrap(stack([rows, valid]))

    def restore(self, plain: Mapping[str, Any], arrays: Arrays, domains: tuple[Domain, ...]) -> "FittedBootstrap":
        """The inverse of `FittedBootstrap.state`."""
        return FittedBootstrap(Codes(arrays["coarse"], arrays["fine"], domains))


@dataclass(frozen=True, eq=False)
class FittedBootstrap:
    """The training rows.

    Attributes:
        rows: their codes.
    """

    rows: Codes

    def draw(self, n: int, context: Codes | None, allowed: Masks | None, rng: Generator) -> Drawn:
        """Draw n rows, by the share of each that is allowed."""
        share = np.ones(len(self.rows))
        for column, part in ({} if allowed is None else allowed).items():
            share *= part[self.rows.cells(column)]
        total = np.cumsum(share)
        if n == 0 or len(total) == 0 or total[-1] <= 0:
            picked, weight = np.zeros(n, dtype=np.int64), np.full(n, -np.inf)
        else:
            picked = np.searchsorted(total, rng.random(n) * total[-1], side="right")
            weight = np.full(n, np.log(total[-1] / len(total)))
        return Drawn(self.rows.take(np.minimum(picked, len(self.rows) - 1)), weight)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Plain data and arrays that `Bootstrap.restore` takes."""
        return {}, {"coarse": self.rows.coarse, "fine": self.rows.fine}
