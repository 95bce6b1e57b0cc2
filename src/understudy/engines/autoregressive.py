"""One conditional distribution a column, drawn in order: what `trees` and `boost` fit.

The joint distribution of a row's codes is the product of each column's distribution given the columns before it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks
from understudy.engines import ordering
from understudy.engines.contract import Arrays, Drawn, Fitted, Known, Sieve


class Column(Protocol):
    """The distribution of one column's codes given the columns before it."""

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
        """Codes for rows, written to `coarse` and `fine`; the logarithm of the probability of what they are held to.

        Args:
            domain: of the column.
            codes: coarse codes of context and columns, those before this one filled, (columns, rows).
            allowed: share of each cell that is allowed, (cells,); None for all.
            known: cell of each row, -1 where it is open, (rows,); None for none.
            temperature: as in `Fitted.draw`.
            rng: of the draw.
            coarse: where the coarse digits go, (rows,).
            fine: where the fine digits go, (rows,), 0 beforehand.
        """
        ...

    def arrays(self) -> Arrays:
        """What it is restored from."""
        ...


@dataclass(frozen=True, eq=False)
class Autoregressive:
    """One conditional distribution a column, in order.

    Attributes:
        columns: in the order of drawing.
        domains: of the columns drawn.
        context: number of columns given before the first is drawn.
    """

    columns: tuple[Column, ...]
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
        sieve: Sieve | None = None,
    ) -> Drawn:
        """Draw n rows, column by column."""
        restricted, told = {} if allowed is None else allowed, {} if known is None else known
        coarse = np.empty((self.context + len(self.columns), n), dtype=np.uint8)
        if context is not None:
            coarse[: self.context] = context.coarse
        elif self.context:
            raise ValueError(f"the rows stand on {self.context} columns of context, and none is given")
        fine = np.zeros((len(self.columns), n), dtype=np.uint16)
        weight = np.zeros(n)
        for place, (column, domain) in enumerate(zip(self.columns, self.domains, strict=True)):
            asked = restricted.get(place), told.get(place), temperature
            weight += column.draw(domain, coarse, *asked, rng, coarse[self.context + place], fine[place])
            picked = None if sieve is None else sieve(coarse[self.context : self.context + place + 1], weight)
            if picked is not None:
                coarse, fine = _first(coarse, self.context + place + 1, picked), _first(fine, place + 1, picked)
                told, weight = {each: cells[picked] for each, cells in told.items()}, weight[picked]
        return Drawn(Codes(coarse[self.context :], fine, self.domains), weight)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Plain data and arrays that `restored` takes."""
        held = {
            f"{place}/{name}": array
            for place, column in enumerate(self.columns)
            for name, array in column.arrays().items()
        }
        return {"context": self.context}, held


Digit = TypeVar("Digit", np.uint8, np.uint16)


def _first(digits: NDArray[Digit], columns: int, rows: NDArray[np.int64]) -> NDArray[Digit]:
    """These rows of the first columns; 0 in the others."""
    kept = np.zeros((len(digits), len(rows)), dtype=digits.dtype)
    for column in range(columns):
        np.take(digits[column], rows, out=kept[column])
    return kept


def restored(
    plain: Mapping[str, Any],
    arrays: Arrays,
    domains: tuple[Domain, ...],
    column: Callable[[Arrays, Domain, int], Column],
) -> Fitted:
    """The inverse of `state`, with or without an order of its own.

    Args:
        plain: as `state` gives it.
        arrays: as `state` gives them.
        domains: of the table's columns.
        column: makes a column of its arrays, its domain, and the number of columns before it.

    Raises:
        ValueError: the arrays do not belong together.
    """
    context = plain["context"]
    if not isinstance(context, int) or context < 0:
        raise ValueError("the columns of context are no number")
    own: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        place, _, short = name.partition("/")
        own.setdefault(place, {})[short] = array

    def restore(domains: tuple[Domain, ...]) -> Autoregressive:
        made = [column(own[str(place)], domain, context + place) for place, domain in enumerate(domains)]
        return Autoregressive(tuple(made), domains, context)

    return ordering.restored(plain, domains, restore)
