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

NARROW, CLOSE = 0.1, 1.0
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
        return _apart(values, anchor, self.decimals)

    def decode(self, cell: NDArray[np.int64], uniform: NDArray[np.float64], anchor: pl.Series) -> pl.Series:
        """The anchor and a gap of each cell, null where either is missing; beyond the ends only as far as it must."""
        gap = self.gap.decode(cell, uniform)
        absent = gap.is_null() | anchor.is_null()
        (low, high), (least, most) = self.ends, self.reach
        start = _ticks(anchor, self.decimals)
        value = start + gap.fill_null(0).to_numpy()
        values = self._values(np.clip(value, np.minimum(low, start + most), np.maximum(high, start + least)))
        return values.set(absent, None) if absent.any() else values

    def before(self, values: pl.Series, gap: pl.Series) -> pl.Series:
        """The anchors of values that lie a gap after them."""
        return self._values(_ticks(values, self.decimals) - gap.to_numpy())

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
    apart = _apart(values, anchor, decimals)
    wrong = apart * way < 0 if abs(way) < 2 else apart * way <= 0
    gap = numeric.fit(apart.filter(~wrong.fill_null(False)), 0 if decimals is not None else None, k)
    known = np.sort(_ticks(values.drop_nulls(), decimals))
    if gap.cells is None or len(known) < 2 * k:
        return None
    return Relative(anchor.name, values.dtype, gap, (known[k - 1].item(), known[-k].item()), decimals)


@dataclass(frozen=True, eq=False)
class Earlier:
    """A column that another may be counted from.

    Attributes:
        values: typed.
        way: what a rule says of the other's distance from it, as in `fit`; 0 for nothing.
    """

    values: pl.Series
    way: int = 0


def anchor_of(values: pl.Series, earlier: Sequence[Earlier], own: Numeric | None = None) -> Earlier | None:
    """The earlier column that one stays nearest to; None where it does not stay near enough to any.

    Spread is the interquartile range. The gap to a column that a rule orders it against spreads as wide as the column
    itself, or less; that of dates to any other a tenth as wide. A column that is missing where the values are present
    is no anchor, nor is one on a finer grid.

    Args:
        values: Date, Datetime, Int64 or Float64.
        earlier: the columns to choose from.
        own: codes of the column by itself.
    """
    dated = values.dtype.base_type() in (pl.Date, pl.Datetime)
    if values.null_count() == len(values) or not (dated or values.dtype in (pl.Int64, pl.Float64)):
        return None
    decimals = 0 if dated or own is None else own.decimals
    able = [each for each in earlier if (dated or each.way) and _able(values, each.values, own)]
    widths = [spread(_apart(values, each.values, decimals)) for each in able]
    whole = spread(pl.Series(_ticks(values.drop_nulls(), decimals)))
    near = [
        (width, number)
        for number, (each, width) in enumerate(zip(able, widths, strict=True))
        if width <= (CLOSE if each.way else NARROW) * whole
    ]
    return able[min(near)[1]] if near else None


def _able(values: pl.Series, anchor: pl.Series, own: Numeric | None) -> bool:
    if anchor.dtype != values.dtype or (anchor.is_null() & values.is_not_null()).any():
        return False
    if values.dtype.is_temporal() or own is None or own.decimals is None:
        return True
    ticks = _ticks(anchor.drop_nulls(), own.decimals)
    far = any(np.abs(each).max(initial=0) >= numeric.MOST_TICKS for each in (ticks, _ticks(values, own.decimals)))
    written = numeric.from_ticks(ticks, own.decimals, 1)
    return not far and not (ticks % own.unit).any() and bool((written == anchor.drop_nulls().to_numpy()).all())


def spread(numbers: pl.Series) -> float:
    """Interquartile range of the numbers present, inf where none is."""
    known = numbers.drop_nulls().cast(pl.Float64)
    low, high = known.quantile(0.25), known.quantile(0.75)
    return np.inf if low is None or high is None else high - low


def _apart(values: pl.Series, anchor: pl.Series, decimals: int | None = 0) -> pl.Series:
    gone = values.is_null() | anchor.is_null()
    return pl.Series(_ticks(values, decimals) - _ticks(anchor, decimals)).set(gone, None)


def _ticks(values: pl.Series, decimals: int | None) -> Numbers:
    """Values in ticks, 0 where missing."""
    numbers = values.to_physical()
    held = numbers.cast(pl.Float64 if numbers.dtype.is_float() else pl.Int64).fill_null(0).to_numpy()
    return numeric.to_ticks(held, decimals, 1)
