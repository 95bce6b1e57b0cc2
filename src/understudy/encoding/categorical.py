"""Categories as codes: one code a level, tails gathered, rare levels in one bucket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.encoding.codes import Domain
from understudy.encoding.pieces import Part, Range

MOST_SINGLE = 254
SINGLE_SHARE = 0.002
DTYPES = {each.__name__: each for each in (pl.String, pl.Boolean)}


@dataclass(frozen=True, eq=False)
class Categorical:
    """Codes of one column of categories.

    Attributes:
        dtype: the polars dtype of the values, String or Boolean.
        levels: supported levels in the order of their cells.
        rows: training rows of each level, shape (levels,).
        depth: levels under each coarse code, shape (codes,).
        missing: whether coarse code 0 means missing.
        rare_levels: how many levels too few rows carry; they share the last code.
        rare_rows: how many rows.
    """

    dtype: pl.DataType
    levels: tuple[str, ...]
    rows: NDArray[np.int64]
    depth: NDArray[np.int64]
    missing: bool
    rare_levels: int
    rare_rows: int

    @property
    def rare(self) -> bool:
        """Whether the last code is the bucket of levels that too few rows carry."""
        return self.rare_rows > 0

    @property
    def domain(self) -> Domain:
        """The codes of the column."""
        depth = np.r_[[1] * int(self.missing), self.depth, [1] * int(self.rare)].astype(np.int64)
        return Domain(depth, ordered=False, missing=self.missing)

    def encode(self, values: pl.Series) -> NDArray[np.int64]:
        """Cell number of each value; unknown levels go to the rare bucket, or to missing, or to the most frequent."""
        stray = self.domain.cells - 1 if self.rare else 0
        found = values.cast(pl.String).cast(pl.Enum(list(self.levels)), strict=False).to_physical().cast(pl.Int64)
        cell = found.fill_null(stray - int(self.missing)).to_numpy() + int(self.missing)
        if values.null_count():
            cell = np.where(values.is_null().to_numpy(), 0, cell)
        return cell.astype(np.int64)

    def decode(self, cell: NDArray[np.int64], uniform: NDArray[np.float64], part: Part | None = None) -> pl.Series:
        """The level of each cell (String); a supported level by its frequency for the rare bucket, null if none is.

        A cell is one level, so that no part of it need be told.
        """
        place = cell - int(self.missing)
        if self.rare and self.levels:
            stray = place == len(self.levels)
            total = np.cumsum(self.rows) / self.rows.sum()
            place = np.where(
                stray, np.minimum(np.searchsorted(total, uniform, side="right"), len(self.levels) - 1), place
            )
        names = pl.Series(list(self.levels), dtype=pl.String)
        index = pl.Series(np.where((place < 0) | (place >= len(self.levels)), -1, place))
        drawn = names.gather(index.set(index < 0, None).cast(pl.UInt32))
        return drawn == "true" if self.dtype == pl.Boolean else drawn

    @property
    def random(self) -> bool:
        """Whether decoding needs a uniform."""
        return self.rare

    def locate(self, value: Any) -> int | None:
        """The cell of a value, None where the model can write no such value."""
        if value is None:
            return 0 if self.missing else None
        name = str(value).lower() if self.dtype == pl.Boolean else str(value)
        return self.levels.index(name) + int(self.missing) if name in self.levels else None

    def part(self, ranges: Sequence[Range], missing: bool, besides: bool = False) -> Part:
        """What levels leave of the cells; the bucket of rare ones is only left where no level is named.

        Args:
            ranges: pairs of twice the same level.
            missing: whether missing cells are left.
            besides: whether other levels are left, and not these.

        Raises:
            TypeError: a pair is no level; levels have no order.
        """
        if any(low != high for low, high in ranges):
            raise TypeError("its values have no order")
        named = {self.locate(low) for low, _ in ranges}
        share = np.array([float((cell in named) != besides) for cell in range(self.domain.cells)])
        if self.missing:
            share[0] = float(missing)
        if self.rare:
            share[-1] = float(besides and not ranges)
        return Part(share)

    @property
    def extent(self) -> str:
        """The values that can be written, in words."""
        return ", ".join(self.levels[:8]) + (", …" if len(self.levels) > 8 else "")

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """Plain data and arrays that `restore` takes."""
        plain = {
            "dtype": str(self.dtype),
            "levels": list(self.levels),
            "missing": self.missing,
            "rare_levels": self.rare_levels,
            "rare_rows": self.rare_rows,
        }
        return plain, {"rows": self.rows, "depth": self.depth}

    @classmethod
    def restore(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> "Categorical":
        """The inverse of `state`."""
        return cls(
            DTYPES[plain["dtype"]](),
            tuple(plain["levels"]),
            arrays["rows"],
            arrays["depth"],
            plain["missing"],
            plain["rare_levels"],
            plain["rare_rows"],
        )


def fit(values: pl.Series, k: int) -> Categorical:
    """Learn the codes of a column of categories.

    Where there are more levels than codes, the most frequent ones that at least 0.2 % of the rows carry keep a coarse
    code each, and the others are gathered in alphabetical order (neighbouring codes of a classification share a prefix)
    into groups of like mass, the member being the fine digit.

    Args:
        values: String or Boolean, nulls for missing, shape (rows,).
        k: rows that must carry a level for it to be written out.
    """
    table = values.cast(pl.String).drop_nulls().value_counts(name="rows")
    names = table.to_series(0).to_list()
    counts = table["rows"].to_numpy().astype(np.int64)
    order = sorted(range(len(names)), key=lambda place: (-counts[place], names[place]))
    kept = [place for place in order if counts[place] >= k]
    rare_rows = int(counts.sum() - counts[kept].sum())
    kept, depth = _gather(kept, names, counts)
    return Categorical(
        values.dtype,
        tuple(names[place] for place in kept),
        counts[kept],
        depth,
        bool(values.null_count()) or not kept,
        len(order) - len(kept),
        rare_rows,
    )


def _gather(kept: list[int], names: list[str], counts: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int64]]:
    """Levels in the order of their cells, and how many stand under each coarse code."""
    if len(kept) <= MOST_SINGLE:
        return kept, np.ones(len(kept), dtype=np.int64)
    single = [place for place in kept[: MOST_SINGLE // 2] if counts[place] >= SINGLE_SHARE * counts.sum()]
    tail = sorted(kept[len(single) :], key=lambda place: names[place])
    groups = MOST_SINGLE - len(single)
    mass = np.cumsum(counts[tail]) - counts[tail]
    group = np.minimum((mass * groups // max(int(counts[tail].sum()), 1)), groups - 1)
    _, depth = np.unique(group, return_counts=True)
    return single + tail, np.r_[np.ones(len(single), dtype=np.int64), depth].astype(np.int64)


@dataclass(frozen=True)
class Presence:
    """Codes of a column whose values are invented, so that only its gaps are learned.

    Attributes:
        missing: whether any cell is missing.
    """

    missing: bool
    random = False
    extent = "whatever its provider invents"

    @property
    def domain(self) -> Domain:
        """Code 0 for missing and one code for present."""
        return Domain(np.ones(1 + int(self.missing), dtype=np.int64), ordered=False, missing=self.missing)

    def encode(self, values: pl.Series) -> NDArray[np.int64]:
        """Cell number of each value, whatever its dtype."""
        present = values.is_not_null().to_numpy().astype(np.int64)
        return present if self.missing else np.zeros_like(present)

    def decode(self, cell: NDArray[np.int64], uniform: NDArray[np.float64], part: Part | None = None) -> pl.Series:
        """True where a value is to be invented, null where the cell is missing."""
        drawn = pl.Series(np.ones(len(cell), dtype=bool))
        return drawn.set(pl.Series(cell == 0), None) if self.missing else drawn

    def locate(self, value: Any) -> int | None:
        """The missing cell; nothing else can be asked of invented values."""
        return 0 if value is None and self.missing else None

    def part(self, ranges: Sequence[Range], missing: bool, besides: bool = False) -> Part:
        """What is left where missing cells are, or are not, and others are (`besides`) or are not.

        Raises:
            TypeError: values are named.
        """
        if ranges:
            raise TypeError("its values are invented")
        return Part(np.array([float(missing)] * int(self.missing) + [float(besides)]))

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """Plain data that `restore` takes."""
        return {"missing": self.missing}, {}

    @classmethod
    def restore(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> "Presence":
        """The inverse of `state`."""
        return cls(plain["missing"])
