"""Bootstrap: training rows drawn with replacement, a baseline that copies; never release what it makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks, stack
from understudy.engines.contract import Arrays, Attack, Drawn, Known, Meets, OnProgress, Sieve, sieved

__all__ = ["Bootstrap"]


@dataclass(frozen=True)
class Bootstrap:
    """Efron's bootstrap (Annals of Statistics 7, 1979) of the training rows' codes. It has no hyper-parameters."""

    meets: ClassVar[Meets] = "exact"

    def fit(
        self,
        rows: Codes,
        context: Codes | None,
        valid: Codes,
        rng: Generator,
        on_progress: OnProgress | None = None,
        attack: Attack | None = None,
    ) -> "FittedBootstrap":
        """Keep every row's codes, whatever the context; an attack is asked, but nothing can be kept more smoothly."""
        if attack is not None:
            attack(FittedBootstrap(rows))
        if on_progress:
            on_progress(1, 1)
        return FittedBootstrap(stack([rows, valid]))

    def tightened(self) -> Self:
        """The same: it remembers every row, as it is meant to."""
        return self

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

    @property
    def order(self) -> NDArray[np.int64]:
        """Columns come as they stand."""
        return np.arange(len(self.rows.domains))

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
        """Draw n rows, each from the training rows that have its known cells, by the share of each that is allowed."""
        restricted, held = {} if allowed is None else allowed, {} if known is None else known
        picked, weight = np.zeros(n, dtype=np.int64), np.full(n, -np.inf)
        mass = _mass(self.rows, temperature)
        whole = np.cumsum(mass)[-1]
        for places, where in _patterns(held, n):
            share = mass.copy()
            for column, part in restricted.items():
                share *= 1.0 if column in places else part[self.rows.cells(column)]
            asked = {place: held[place][where] for place in places}
            picked[where], found = self._pick(share, asked, rng.random(len(where)))
            with np.errstate(divide="ignore"):
                weight[where] = np.log(found / whole)
        drawn = self.rows.take(np.minimum(picked, len(self.rows) - 1))
        for place, cells in held.items():
            row = np.flatnonzero(cells >= 0)
            drawn.coarse[place, row], drawn.fine[place, row] = drawn.domains[place].split(cells[row])
        return sieved(Drawn(drawn, weight), self.order, sieve)

    def _pick(
        self, share: NDArray[np.float64], asked: Known, uniform: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """A training row with the cells asked for, for each uniform, and the share of all of them together.

        Where there is none, any row stands in, of share 0.
        """
        own, wanted = _kinds(self.rows, asked, len(uniform))
        order = np.argsort(own, kind="stable")
        total = np.r_[0.0, np.cumsum(share[order])]
        first = np.searchsorted(own[order], wanted, side="left")
        last = np.searchsorted(own[order], wanted, side="right")
        found = total[last] > total[first]
        low, high = np.where(found, total[first], 0.0), np.where(found, total[last], total[-1])
        place = np.searchsorted(total, low + uniform * (high - low), side="right") - 1
        return order[np.clip(place, 0, len(order) - 1)], np.where(found, total[last] - total[first], 0.0)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Plain data and arrays that `Bootstrap.restore` takes."""
        return {}, {"coarse": self.rows.coarse, "fine": self.rows.fine}


def _mass(rows: Codes, temperature: float) -> NDArray[np.float64]:
    """How likely each training row is beside the others: all alike, unless a temperature changes the shares of codes.

    Rows that agree so far are one branch; a branch goes on to each of its next codes with the share of its rows that
    have it, raised to 1 / temperature.
    """
    mass, branch = np.ones(len(rows)), np.zeros(len(rows), dtype=np.int64)
    if temperature == 1.0 or len(rows) == 0:
        return mass
    for codes in rows.coarse:
        _, one, following = np.unique(branch * 256 + codes, return_index=True, return_inverse=True)
        parent = branch[one]
        size = np.bincount(following).astype(np.float64)
        most = np.zeros(parent.max() + 1)
        np.maximum.at(most, parent, size)
        raised = (size / most[parent]) ** (1.0 / temperature)
        chance = raised / np.bincount(parent, weights=raised)[parent]
        mass, branch = mass * chance[following], following
    return mass / np.bincount(branch)[branch]


def _patterns(held: Known, n: int) -> list[tuple[tuple[int, ...], NDArray[np.int64]]]:
    """The rows to draw by which of their cells are known: places, and the rows that know just those."""
    places = list(held)
    if not places or n == 0:
        return [((), np.arange(n))]
    told = np.array([held[place] >= 0 for place in places])
    kinds, kind = np.unique(told, axis=1, return_inverse=True)
    return [
        (
            tuple(place for place, known in zip(places, kinds[:, each], strict=True) if known),
            np.flatnonzero(kind == each),
        )
        for each in range(kinds.shape[1])
    ]


def _kinds(rows: Codes, asked: Known, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A number for each training row and each row asked for, the same where all cells asked for are."""
    joined = np.zeros(len(rows) + n, dtype=np.int64)
    for place, cells in asked.items():
        both = np.concatenate([rows.cells(place), cells])
        joined = np.unique(joined * rows.domains[place].cells + both, return_inverse=True)[1]
    return joined[: len(rows)], joined[len(rows) :]
