"""What every engine promises: codes in, codes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Masks

Meets = Literal["exact", "weighted", "rejected"]
Arrays = Mapping[str, NDArray[Any]]
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Rows drawn by an engine.

    Attributes:
        codes: the rows.
        log_weight: logarithm (nats) of the weight of each row under the restriction, shape (rows,); 0 where none was
            asked for, -inf for a row that cannot meet it.
    """

    codes: Codes
    log_weight: NDArray[np.float64]


@runtime_checkable
class Fitted(Protocol):
    """A learned distribution over codes."""

    def draw(self, n: int, context: Codes | None, allowed: Masks | None, rng: Generator) -> Drawn:
        """Draw n rows; restricted to the allowed cells, with the weights that make up for the restriction."""
        ...

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Plain data and arrays from which the engine's `restore` makes the same again."""
        ...


class Engine(Protocol):
    """A method and its hyper-parameters, a frozen dataclass."""

    meets: Meets

    def fit(
        self, rows: Codes, context: Codes | None, valid: Codes, rng: Generator, on_progress: OnProgress | None = None
    ) -> Fitted:
        """Learn the distribution of rows.

        Args:
            rows: to learn from.
            context: what is known before a row is drawn, a row for each of `rows` and then for each of `valid`.
            valid: rows to tune on, learned from at the end.
            rng: of whatever is random in learning.
            on_progress: called with (done, total).
        """
        ...

    def restore(self, plain: Mapping[str, Any], arrays: Arrays, domains: tuple[Any, ...]) -> Fitted:
        """The inverse of `Fitted.state`."""
        ...
