"""What every engine promises: codes in, codes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Masks
from understudy.errors import ArgumentError

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


def check_ranges(engine: Any) -> None:
    """Every hyper-parameter lies in the range its field declares.

    Raises:
        ArgumentError: one does not.
    """
    for name, declared in engine.__dataclass_fields__.items():
        value, bounds = getattr(engine, name), declared.metadata
        if "low" not in bounds or value is None:
            continue
        whole = declared.type in ("int", int)
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            advice = "use a whole number" if whole else "use a number"
            raise ArgumentError(f"option '{name}' is {value!r}", hint=advice, field=f"engine.{name}")
        if not bounds["low"] <= value <= bounds["high"]:
            advice = f"use {bounds['low']} to {bounds['high']}"
            raise ArgumentError(f"option '{name}' is {value}", hint=advice, field=f"engine.{name}")
