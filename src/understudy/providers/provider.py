"""The provider: layouts in their proportions, drawn by row number where unique, at random where not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.errors import ArgumentError
from understudy.providers.layouts import Layout
from understudy.providers.numbering import Numbers, dealt, permuted, subkey
from understudy.providers.repeats import Repeats

SPARE = 1 << 20


class Provider(Protocol):
    """Invents values of one type in a learned format."""

    @property
    def name(self) -> str:
        """The provider's name in the catalogue."""
        ...

    @property
    def unique(self) -> bool:
        """Whether no value repeats."""
        ...

    def state(self) -> dict[str, Any]:
        """Plain data, ready for JSON; `catalogue.load` takes it back."""
        ...

    def draw(self, start: int, n: int, rng: np.random.Generator, key: int = 0) -> pl.Series:
        """The values of n rows from row number `start` on (see `Invented.draw`)."""
        ...


@dataclass(frozen=True)
class Growth:
    """Where values go on when every layout is used up: digits are added to a layout, more at every level.

    Attributes:
        layout: that grows; disjoint from the layouts it relieves as soon as `first` digits are added.
        place: of the part before which digits are added, None where nothing may be added.
        first: digits of the first level.
    """

    layout: Layout
    place: int | None
    first: int = 1

    def levels(self) -> Iterator[Layout]:
        """The layouts to be used up one after the other."""
        if self.place is None:
            yield self.layout
            return
        for digits in range(self.first, self.first + 18):
            yield self.layout.grown(self.place, digits)


@dataclass(frozen=True)
class Invented:
    """A provider made of layouts.

    Attributes:
        name: of the provider in the catalogue.
        unique: whether no value repeats.
        layouts: no two of which spell the same value.
        growth: where unique values go on when a layout is used up.
        repeats: how values repeat where they are not unique.
    """

    name: str
    unique: bool
    layouts: tuple[Layout, ...]
    growth: Growth | None = None
    repeats: Repeats | None = None

    def draw(self, start: int, n: int, rng: np.random.Generator, key: int = 0) -> pl.Series:
        """The values of n rows from row number `start` on.

        Args:
            start: number of the first row; rows are numbered over all shards.
            n: how many rows.
            rng: randomness of the shard; unused where values are unique.
            key: the same for all shards of one sample; another key gives other unique values.

        Returns:
            n Strings without nulls. Where unique, row i has the value that follows from (key, start + i) alone, and no
            two rows have the same.

        Raises:
            ArgumentError: start or n is negative, or there are fewer values in this format than rows.
        """
        if start < 0 or n < 0:
            raise ArgumentError(f"cannot draw {n} rows from row {start}", hint="both must be 0 or more", field="n")
        if self.unique:
            return self._numbered(start, n, key)
        if self.repeats is None:
            return self._random(n, rng)
        groups = self.repeats.draw(n, rng)
        return self._random(int(groups.max(initial=-1)) + 1, rng).gather(groups)

    def _random(self, n: int, rng: np.random.Generator) -> pl.Series:
        weights = np.array([layout.weight for layout in self.layouts])
        hand = rng.choice(weights.size, n, p=weights / weights.sum())
        index = np.empty(n, np.uint64)
        for which, layout in enumerate(self.layouts):
            rows = np.flatnonzero(hand == which)
            index[rows] = rng.integers(0, layout.size, rows.size, dtype=np.uint64)
        return self._spelt(hand, index)

    def _numbered(self, start: int, n: int, key: int) -> pl.Series:
        hand, counter = dealt(start, n, [layout.weight for layout in self.layouts], key)
        sizes = np.array([layout.size for layout in self.layouts], np.uint64)
        over = np.flatnonzero(counter >= sizes[hand])
        index = np.zeros(n, np.uint64)
        for which, layout in enumerate(self.layouts):
            mine = np.flatnonzero((hand == which) & (counter < sizes[which]))
            index[mine] = permuted(counter[mine], layout.size, subkey(key, 1 + which))
        beyond = (counter[over] - sizes[hand[over]]) * np.uint64(sizes.size) + hand[over].astype(np.uint64)
        hand[over] = -1
        return _in_order([*self._pieces(hand, index), *self._grown(over, beyond, key)])

    def _spelt(self, hand: NDArray[np.int64], index: Numbers) -> pl.Series:
        return _in_order(list(self._pieces(hand, index)))

    def _pieces(self, hand: NDArray[np.int64], index: Numbers) -> Iterator[tuple[NDArray[np.int64], pl.Series]]:
        for which, layout in enumerate(self.layouts):
            rows = np.flatnonzero(hand == which)
            if rows.size:
                yield rows, layout.spell(index[rows])

    def _grown(
        self, rows: NDArray[np.int64], beyond: Numbers, key: int
    ) -> Iterator[tuple[NDArray[np.int64], pl.Series]]:
        """The values of rows for which the layouts have no room, level by level."""
        for level, layout in enumerate(self.growth.levels() if self.growth else ()):
            if not rows.size:
                return
            here = beyond < np.uint64(layout.size)
            yield rows[here], layout.spell(permuted(beyond[here], layout.size, subkey(key, SPARE + level)))
            rows, beyond = rows[~here], beyond[~here] - np.uint64(layout.size)
        if rows.size:
            raise ArgumentError(
                f"there are too few different values of '{self.name}' in this format",
                where=f"{sum(layout.size for layout in self.layouts)} values",
                hint="draw fewer rows or use the provider 'id'",
                field="n",
            )

    def state(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        growth = self.growth and {
            "layout": self.growth.layout.state(), "place": self.growth.place, "first": self.growth.first
        }  # fmt: skip
        repeats = self.repeats and {
            "sizes": [list(each) for each in self.repeats.sizes],
            "weights": list(self.repeats.weights),
            "clustered": self.repeats.clustered,
        }
        layouts = [layout.state() for layout in self.layouts]
        return {
            "provider": self.name, "unique": self.unique, "layouts": layouts, "growth": growth, "repeats": repeats
        }  # fmt: skip

    @staticmethod
    def load(state: Mapping[str, Any]) -> "Invented":
        """The provider of a state.

        Raises:
            KeyError, TypeError, ValueError: the state is malformed (the catalogue says so to the user).
        """
        growth, repeats = state["growth"], state["repeats"]
        return Invented(
            name=state["provider"],
            unique=bool(state["unique"]),
            layouts=tuple(Layout.load(each) for each in state["layouts"]),
            growth=growth and Growth(Layout.load(growth["layout"]), growth["place"], growth["first"]),
            repeats=repeats
            and Repeats(
                tuple((low, high) for low, high in repeats["sizes"]), tuple(repeats["weights"]), repeats["clustered"]
            ),
        )


def _in_order(pieces: list[tuple[NDArray[np.int64], pl.Series]]) -> pl.Series:
    if not pieces:
        return pl.Series([], dtype=pl.String)
    order = np.concatenate([rows for rows, _ in pieces])
    place = np.empty(order.size, np.uint32)
    place[order] = np.arange(order.size, dtype=np.uint32)
    return pl.concat([spelt for _, spelt in pieces]).gather(place).alias("")
