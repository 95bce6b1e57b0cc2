"""Dates and numbers as codes: how far one lies from another that it goes with."""

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

ENDLESS = 2**62
Numbers = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Relative:
    """Codes of a date or number that stays near an earlier column's, as a check-out does to a check-in.

    The gap between the two is coded, so that their order and distance hold in every row. Gaps and ends are held in
    ticks: days, microseconds, steps of the decimal grid; as float64 where numbers have no such grid.

    Attributes:
        anchor: the column it is counted from.
        dtype: the polars dtype of the values.
        gap: codes of the difference.
        ends: smallest and largest value that may be written.
        decimals: digits behind the point of a decimal, None for one without a grid; 0 for all others.
    """

    anchor: str
    dtype: pl.DataType
    gap: Numeric
    ends: tuple[int, int] | tuple[float, float]
    decimals: int | None = 0

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
        low, high = self._values(np.array(self.ends)).cast(pl.String).to_list()
        return f"{low} to {high}"

    @property
    def reach(self) -> tuple[Any, Any]:
        """The smallest and the largest gap."""
        cells, unit = self.gap.cells, self.gap.unit
        return (cells.low[0].item() * unit, cells.high[-1].item() * unit) if cells else (0, 0)

    def encode(self, values: pl.Series, anchor: pl.Series) -> NDArray[np.int64]:
        """Cell number of each gap; missing where either value is."""
        return self.gap.encode(self.apart(values, anchor))

    def apart(self, values: pl.Series, anchor: pl.Series) -> pl.Series:
        """The gap of each row, null where either value is missing."""
        return apart(values, anchor, self.decimals)

    def decode(
        self, cell: NDArray[np.int64], uniform: NDArray[np.float64], anchor: pl.Series, part: Part | None = None
    ) -> pl.Series:
        """The anchor and a gap of each cell, null where either is missing; beyond the ends only as far as it must.

        Args:
            cell: cell numbers, shape (rows,).
            uniform: where in the cell, in [0, 1), shape (rows,).
            anchor: what is counted from, shape (rows,).
            part: what of the cells gaps may stand in; all of them where None.
        """
        gap = self.gap.decode(cell, uniform, part)
        absent = gap.is_null() | anchor.is_null()
        (low, high), (least, most) = self.ends, self.reach
        start = ticks_of(anchor, self.decimals)
        value = start + gap.fill_null(0).to_numpy()
        values = self._values(np.clip(value, np.minimum(low, start + most), np.maximum(high, start + least)))
        return values.set(absent, None) if absent.any() else values

    def before(self, values: pl.Series, gap: pl.Series) -> pl.Series:
        """The anchors of values that lie a gap after them."""
        return self._values(ticks_of(values, self.decimals) - gap.to_numpy())

    def locate(self, value: Any) -> int | None:
        """The cell of a missing value; where another stands depends on the row."""
        return self.gap.locate(None) if value is None else None

    def holds(self, low: Any, high: Any) -> bool:
        """Whether a value from `low` to `high` (None for an open end) may be written.

        Raises:
            TypeError: an end is no value of the column's kind.
        """
        begin, end = self._number(low, np.ceil), self._number(high, np.floor)
        if begin is not None and end is not None and begin > end:
            return False
        return (begin is None or begin <= self.ends[1]) and (end is None or end >= self.ends[0])

    def anchored(self, low: Any, high: Any) -> tuple[Any, Any]:
        """Between which values the anchor stands in every row in which the value is from `low` to `high`.

        An end is open (None) where the value may have been moved to an end of the column's own.
        """
        begin, end = self._number(low, np.floor), self._number(high, np.ceil)
        least, most = self.reach
        first = None if begin is None or begin <= self.ends[0] else begin - most
        last = None if end is None or end >= self.ends[1] else end - least
        return self._value(first), self._value(last)

    def bounds(self, low: Any, high: Any) -> tuple[Any, Any]:
        """A closed range of values in ticks, far away where an end is open or one of the column's own."""
        begin, end = self._number(low, np.ceil), self._number(high, np.floor)
        far = np.inf if self.decimals is None else ENDLESS
        return (
            -far if begin is None or begin <= self.ends[0] else begin,
            far if end is None or end >= self.ends[1] else end,
        )

    def gaps(self, values: Range, anchors: Range) -> Part:
        """What is left where the value and its anchor are each in a closed range, None for an open end."""
        low, high = (None if abs(each) >= ENDLESS else each for each in self.bounds(*values))
        first, last = self._number(anchors[0], np.floor), self._number(anchors[1], np.ceil)
        least = None if low is None or last is None else low - last
        most = None if high is None or first is None else high - first
        return self.gap.part(((least, most),), missing=False)

    def _number(self, value: Any, rounded: Any) -> Any:
        """An end of a range in ticks, None for an open one."""
        if value is None:
            return None
        if not self.dtype.is_temporal():
            return self._tick(value, rounded)
        asked = pl.Series([value])
        if not asked.dtype.is_temporal() or (asked.cast(self.dtype).cast(asked.dtype) != asked).any():
            raise TypeError(f"{value!r} is no {self.dtype}")
        return int(asked.cast(self.dtype).to_physical().cast(pl.Int64)[0])

    def _tick(self, value: Any, rounded: Any) -> Any:
        number = value.item() if hasattr(value, "item") else value
        if isinstance(number, bool) or not isinstance(number, int | float) or number != number:
            raise TypeError(f"{value!r} is no number")
        if self.decimals is None:
            return float(number)
        held = float(np.clip(number, -numeric.FAR, numeric.FAR))
        tick = round(held * 10**self.decimals)
        same = self._values(np.array([np.clip(tick, -numeric.MOST_TICKS, numeric.MOST_TICKS)]))[0] == number
        return tick if same else int(rounded(held * 10.0**self.decimals))

    def nearest(self, numbers: NDArray[np.float64]) -> pl.Series:
        """The values of the column's grid next to numbers, given in the values' physical units (days, …)."""
        held = numbers if self.dtype.is_float() else np.rint(numbers).astype(np.int64)
        return self._values(numeric.to_ticks(held, self.decimals, 1))

    def _value(self, number: Any) -> Any:
        return None if number is None else self._values(np.array([number]))[0]

    def _values(self, ticks: Numbers) -> pl.Series:
        if self.decimals is None or self.decimals > 0:
            return pl.Series(numeric.from_ticks(ticks, self.decimals, 1), dtype=pl.Float64)
        counted = pl.Series(ticks.astype(np.int64))
        return counted.cast(pl.Int32).cast(self.dtype) if self.dtype == pl.Date else counted.cast(self.dtype)

    def part(self, ranges: Sequence[Range], missing: bool, besides: bool = False) -> Part:
        """What is left where missing cells are or are not; which gaps belong to a value depends on the row."""
        return self.gap.part((), missing, besides or bool(ranges))

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """Plain data and arrays that `restore` takes."""
        plain, arrays = self.gap.state()
        said = {"anchor": self.anchor, "spelt": numeric.spell(self.dtype), "ends": list(self.ends)}
        return plain | said | ({} if self.dtype.is_temporal() else {"digits": self.decimals}), arrays

    @classmethod
    def restore(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> "Relative":
        """The inverse of `state`."""
        low, high = plain["ends"]
        gap, dtype = Numeric.restore(plain, arrays), numeric.read(plain["spelt"])
        return cls(plain["anchor"], dtype, gap, (low, high), plain.get("digits", 0))


def fit(values: pl.Series, anchor: pl.Series, k: int, decimals: int | None = 0, way: int = 0) -> Relative | None:
    """Learn the codes of a column's distance from its anchor; None where too few rows stand behind them.

    Args:
        values: Date, Datetime, Int64 or Float64.
        anchor: of the same dtype, present wherever the values are.
        k: rows that must stand behind whatever is written out.
        decimals: digits behind the point of a decimal, None for one without a grid.
        way: 1 where no gap below 0 may be drawn, -1 where none above; 2 or -2 where none of 0 either.
    """
    ahead = apart(values, anchor, decimals)
    wrong = ahead * way < 0 if abs(way) < 2 else ahead * way <= 0
    gap = numeric.fit(ahead.filter(~wrong.fill_null(False)), 0 if decimals is not None else None, k)
    known = np.sort(ticks_of(values.drop_nulls(), decimals))
    if gap.cells is None or len(known) < 2 * k:
        return None
    return Relative(anchor.name, values.dtype, gap, (known[k - 1].item(), known[-k].item()), decimals)


def apart(values: pl.Series, anchor: pl.Series, decimals: int | None) -> pl.Series:
    """What values are ahead of their anchors, in ticks, null where either is missing."""
    gone = values.is_null() | anchor.is_null()
    return pl.Series(ticks_of(values, decimals) - ticks_of(anchor, decimals)).set(gone, None)


def ticks_of(values: pl.Series, decimals: int | None) -> Numbers:
    """Values in ticks, 0 where missing."""
    numbers = values.to_physical()
    held = numbers.cast(pl.Float64 if numbers.dtype.is_float() else pl.Int64).fill_null(0).to_numpy()
    return numeric.to_ticks(held, decimals, 1)
