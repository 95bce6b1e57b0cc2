"""What every engine promises: codes in, codes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Masks
from understudy.errors import ArgumentError

Meets = Literal["exact", "weighted", "rejected"]
Arrays = Mapping[str, NDArray[Any]]
OnProgress = Callable[[int, int], None]
Known = Mapping[int, NDArray[np.int64]]
"""For columns known in some rows (by place): the number of the cell in each row, shape (n,), -1 where it is open."""
Sieve = Callable[[NDArray[np.uint8], NDArray[np.float64]], NDArray[np.int64] | None]
"""Which rows to go on with, by their numbers; None for all. It is told the coarse codes of the columns drawn so far, in
the order of drawing, shape (columns, rows), and the logarithm of the weight so far, shape (rows,)."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Rows drawn by an engine.

    Attributes:
        codes: the rows.
        log_weight: logarithm (nats) of the probability, given the columns before, of what each row was held to, shape
            (rows,): of the allowed cells, of the known ones; 0 where nothing was asked for, -inf where it cannot be.
            With every column known it is the probability of the row.
    """

    codes: Codes
    log_weight: NDArray[np.float64]


def sieved(drawn: Drawn, order: NDArray[np.int64], sieve: Sieve | None) -> Drawn:
    """What is left of rows that were drawn whole."""
    picked = None if sieve is None else sieve(drawn.codes.coarse[order], drawn.log_weight)
    return drawn if picked is None else Drawn(drawn.codes.take(picked), drawn.log_weight[picked])


@runtime_checkable
class Fitted(Protocol):
    """A learned distribution over codes."""

    @property
    def order(self) -> NDArray[np.int64]:
        """The places of the columns in the order in which they are drawn, shape (columns,)."""
        ...

    def draw(
        self,
        n: int,
        context: Codes | None,
        allowed: Masks | None,
        rng: Generator,
        *,
        known: Known | None = None,
        temperature: float = 1.0,
        sieve: Sieve | None = None,
    ) -> Drawn:
        """Draw n rows, with the weights that make up for what they are held to.

        Args:
            n: rows to draw.
            context: what is known before a row is drawn, a row each.
            allowed: cells that columns are restricted to, the same for all rows.
            known: cells of single rows; a column's `allowed` holds where it is open.
            rng: of every draw.
            temperature: every conditional distribution is raised to its inverse; above 1 flatter, below 1 sharper.
            sieve: asked after each column which rows to go on with, so that less than n may come; where rows are not
                drawn column by column, asked once, of whole rows.
        """
        ...

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Plain data and arrays from which the engine's `restore` makes the same again."""
        ...


Attack = Callable[[Fitted], bool]
"""Whether what was learned of the rows alone remembers them."""


class Engine(Protocol):
    """A method and its hyper-parameters, a frozen dataclass."""

    meets: ClassVar[Meets]

    def fit(
        self,
        rows: Codes,
        context: Codes | None,
        valid: Codes,
        rng: Generator,
        on_progress: OnProgress | None = None,
        attack: Attack | None = None,
    ) -> Fitted:
        """Learn the distribution of rows.

        Args:
            rows: to learn from.
            context: what is known before a row is drawn, a row for each of `rows` and then for each of `valid`.
            valid: rows to tune on, learned from at the end.
            rng: of whatever is random in learning.
            on_progress: called with (done, total).
            attack: asked of what has learned `rows` alone; while it says yes, the engine learns again, more smoothly.
        """
        ...

    def tightened(self) -> Self:
        """A smoother one, which remembers less of its rows; the same where there is none."""
        ...

    def restore(self, plain: Mapping[str, Any], arrays: Arrays, domains: tuple[Any, ...]) -> Fitted:
        """The inverse of `Fitted.state`."""
        ...


ROUNDS = 4
"""Times at most that an engine learns again, more smoothly each time."""
AnEngine = TypeVar("AnEngine", bound=Engine)
Learned = TypeVar("Learned")


def settled(
    engine: AnEngine, learn: Callable[[AnEngine], Learned], attack: Callable[[Learned], bool] | None
) -> Learned:
    """What is learned once an attack no longer succeeds, or the engine can be no smoother.

    Args:
        engine: as asked for.
        learn: the engine's way from hyper-parameters to what it learns.
        attack: whether what was learned remembers its rows; None to learn once. It is asked of everything learned.
    """
    learned = learn(engine)
    for _ in range(ROUNDS):
        if attack is None or not attack(learned) or engine.tightened() == engine:
            return learned
        engine = engine.tightened()
        learned = learn(engine)
    if attack is not None:
        attack(learned)
    return learned


def tightened(engine: AnEngine, rounds: int) -> AnEngine:
    """The engine, so many rounds smoother."""
    for _ in range(rounds):
        engine = engine.tightened()
    return engine


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
