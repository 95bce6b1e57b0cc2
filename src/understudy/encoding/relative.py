"""Dates as codes: how far one lies from another that it goes with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.encoding import numeric
from understudy.encoding.codes import Domain
from understudy.encoding.numeric import Numeric
from understudy.encoding.pieces import Part, Range

NARROW = 0.1


@dataclass(frozen=True, eq=False)
class Relative:
    """Codes of a date or datetime that stays near an earlier column's, as a check-out does to a check-in.

    The gap between the two is coded, so that their order and distance hold in every row.

    Attributes:
        anchor: the column it is counted from.
        dtype: the polars dtype of the values.
        gap: codes of the difference, in days or microseconds.
        ends: smallest and largest value that may be written, in days or microseconds since 1970.
    """

    anchor: str
    dtype: pl.DataType
    gap: Numeric
    ends: tuple[int, int]

    @property
    def domain(self) -> Domain:
        """The codes of the gap."""
        return self.gap.domain

    @property
    def random(self) -> bool:
        """Whether decoding needs a uniform."""
        return self.gap.random

    @property
    def extent(self) -> str:
        """The values that can be written, in words."""
        low, high = _moments(np.array(self.ends), self.dtype).cast(pl.String).to_list()
        return f"{low} to {high}"

    def encode(self, values: pl.Series, anchor: pl.Series) -> NDArray[np.int64]:
        """Cell number of each gap; missing where either value is."""
        return self.gap.encode(_apart(values, anchor))

    def decode(self, cell: NDArray[np.int64], uniform: NDArray[np.float64], anchor: pl.Series) -> pl.Series:
        """The anchor and a gap of each cell, null where either is missing; beyond the ends only as far as it must."""
        gap = self.gap.decode(cell, uniform)
        begun = anchor.to_physical().cast(pl.Int64)
        absent = gap.is_null() | begun.is_null()
        low, high = self.ends
        cells, unit = self.gap.cells, self.gap.unit
        least, most = (int(cells.low[0]) * unit, int(cells.high[-1]) * unit) if cells else (0, 0)
        start = begun.fill_null(0).to_numpy()
        value = start + gap.fill_null(0).to_numpy()
        bounded = np.clip(value, np.minimum(low, start + most), np.maximum(high, start + least))
        return _moments(bounded, self.dtype).set(absent, None) if absent.any() else _moments(bounded, self.dtype)

    def before(self, values: pl.Series, gap: pl.Series) -> pl.Series:
        """The anchors of values that lie a gap after them."""
        return _moments(values.to_physical().cast(pl.Int64).to_numpy() - gap.to_numpy(), self.dtype)

    def locate(self, value: Any) -> int | None:
        """The cell of a missing value; where another stands depends on the row."""
        return self.gap.locate(None) if value is None else None

    def holds(self, low: Any, high: Any) -> bool:
        """Whether a value from `low` to `high` (None for an open end) may be written.

        Raises:
            TypeError: an end is no value of the column's kind.
        """
        begin, end = self._number(low), self._number(high)
        return (begin is None or begin <= self.ends[1]) and (end is None or end >= self.ends[0])

    def anchored(self, low: Any, high: Any) -> tuple[Any, Any]:
        """Between which values the anchor stands in every row in which the value is from `low` to `high`.

        An end is open (None) where the value may have been moved to an end of the column's own.
        """
        begin, end, cells, unit = self._number(low), self._number(high), self.gap.cells, self.gap.unit
        least, most = (int(cells.low[0]) * unit, int(cells.high[-1]) * unit) if cells else (0, 0)
        first = None if begin is None or begin <= self.ends[0] else begin - most
        last = None if end is None or end >= self.ends[1] else end - least
        return self._moment(first), self._moment(last)

    def _number(self, value: Any) -> int | None:
        if value is None:
            return None
        asked = pl.Series([value])
        if not asked.dtype.is_temporal() or (asked.cast(self.dtype).cast(asked.dtype) != asked).any():
            raise TypeError(f"{value!r} is no {self.dtype}")
        return int(asked.cast(self.dtype).to_physical().cast(pl.Int64)[0])

    def _moment(self, number: int | None) -> Any:
        return None if number is None else _moments(np.array([number]), self.dtype)[0]

    def part(self, ranges: Sequence[Range], missing: bool, besides: bool = False) -> Part:
        """What is left where missing cells are or are not; which gaps belong to a value depends on the row."""
        return self.gap.part((), missing, besides or bool(ranges))

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """Plain data and arrays that `restore` takes."""
        plain, arrays = self.gap.state()
        said = {"anchor": self.anchor, "spelt": numeric.spell(self.dtype), "ends": list(self.ends)}
        return plain | said, arrays

    @classmethod
    def restore(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> "Relative":
        """The inverse of `state`."""
        low, high = plain["ends"]
        return cls(plain["anchor"], numeric.read(plain["spelt"]), Numeric.restore(plain, arrays), (int(low), int(high)))


def fit(values: pl.Series, anchor: pl.Series, k: int) -> Relative | None:
    """Learn the codes of a date's distance from its anchor; None where too few rows stand behind them."""
    gap = numeric.fit(_apart(values, anchor), None, k)
    known = np.sort(values.drop_nulls().to_physical().cast(pl.Int64).to_numpy())
    if gap.cells is None or len(known) < 2 * k:
        return None
    return Relative(anchor.name, values.dtype, gap, (int(known[k - 1]), int(known[-k])))


def anchor_of(values: pl.Series, earlier: Sequence[pl.Series]) -> pl.Series | None:
    """The earlier column that a date stays nearest to: its gap spreads a tenth as wide as the date itself, or less.

    Spread is the interquartile range. A column that is missing where the date is present is no anchor.
    """
    if values.dtype.base_type() not in (pl.Date, pl.Datetime) or values.null_count() == len(values):
        return None
    able = [
        each for each in earlier if each.dtype == values.dtype and not (each.is_null() & values.is_not_null()).any()
    ]
    widths = [_spread(_apart(values, each)) for each in able]
    least = min(widths, default=np.inf)
    return able[widths.index(least)] if least <= NARROW * _spread(values.to_physical()) else None


def _spread(numbers: pl.Series) -> float:
    known = numbers.drop_nulls().cast(pl.Float64)
    low, high = known.quantile(0.25), known.quantile(0.75)
    return np.inf if low is None or high is None else high - low


def _apart(values: pl.Series, anchor: pl.Series) -> pl.Series:
    return values.to_physical().cast(pl.Int64) - anchor.to_physical().cast(pl.Int64)


def _moments(numbers: NDArray[np.int64], dtype: pl.DataType) -> pl.Series:
    counted = pl.Series(numbers.astype(np.int64))
    return counted.cast(pl.Int32).cast(dtype) if dtype == pl.Date else counted.cast(dtype)
