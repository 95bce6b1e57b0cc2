"""Numbers, dates and times as codes: cells on the grid that the real values stand on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.encoding.cells import Cells, cut
from understudy.encoding.codes import Domain

MOST_TICKS = 2.0**62
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Numeric:
    """Codes of one column of numbers, dates or times.

    Values are held as int64 ticks of `unit` / 10**`decimals` (days, microseconds, nanoseconds for dates and times), or as
    float64 where no such grid spans them.

    Attributes:
        dtype: the polars dtype of the values.
        cells: where values stand; None where nothing may be written out.
        missing: whether coarse code 0 means missing.
        decimals: digits behind the point, None for values without a grid.
        unit: ticks are multiples of this many last digits.
        steps: coarser grids (in ticks, falling) that lone values prefer, and the share of rows on each.
    """

    dtype: pl.DataType
    cells: Cells | None
    missing: bool
    decimals: int | None
    unit: int
    steps: tuple[tuple[int, float], ...]

    @property
    def domain(self) -> Domain:
        """The codes of the column."""
        codes = self.cells.codes if self.cells else np.zeros(0, dtype=np.int64)
        first = np.ones(1 if self.missing or self.cells is None else 0, dtype=np.int64)
        return Domain(np.r_[first, codes], ordered=True, missing=len(first) > 0)

    def encode(self, values: pl.Series) -> NDArray[np.int64]:
        """Cell number of each value, shape (rows,); the nearest cell for a value outside all."""
        numbers, present = _physical(values)
        cell = np.zeros(len(values), dtype=np.int64)
        if self.cells is not None:
            found = self.cells.find(to_ticks(numbers[present], self.decimals, self.unit))
            cell[present] = found + self.domain.missing
        return cell

    def decode(self, cell: NDArray[np.int64], uniform: NDArray[np.float64]) -> pl.Series:
        """A value in each cell, null for the missing one.

        Args:
            cell: cell numbers, shape (rows,).
            uniform: where in the cell, in [0, 1), shape (rows,).
        """
        if self.cells is None:
            return pl.Series([None] * len(cell), dtype=self.dtype)
        place = np.maximum(cell - int(self.domain.missing), 0)
        ticks = _place(self.cells.low[place], self.cells.high[place], uniform, self.steps)
        values = pl.Series(from_ticks(ticks, self.decimals, self.unit))
        if self.domain.missing and (absent := cell == 0).any():
            values = values.set(pl.Series(absent), None)
        return values.cast(pl.Int32).cast(self.dtype) if self.dtype == pl.Date else values.cast(self.dtype)

    @property
    def random(self) -> bool:
        """Whether decoding needs a uniform."""
        return self.cells is not None and bool((self.cells.low < self.cells.high).any())

    def locate(self, value: Any) -> int | None:
        """The cell a value stands in, None where the model can write no such value."""
        if value is None:
            return 0 if self.domain.missing else None
        numbers, _ = _physical(pl.Series([value]).cast(self.dtype))
        cell = int(self.encode(pl.Series([value]).cast(self.dtype))[0])
        if self.cells is None:
            return None
        tick, place = to_ticks(numbers, self.decimals, self.unit)[0], cell - int(self.domain.missing)
        return cell if self.cells.low[place] <= tick <= self.cells.high[place] else None

    @property
    def extent(self) -> str:
        """The values that can be written, in words."""
        if self.cells is None:
            return "only missing cells"
        ends = np.array([0, self.domain.cells - 1 - int(self.domain.missing)]) + int(self.domain.missing)
        low, high = self.decode(ends, np.array([0.0, 1.0 - 1e-12])).cast(pl.String).to_list()
        return f"{low} to {high}"

    def scores(self, cell: NDArray[np.int64]) -> NDArray[np.float64]:
        """Normal scores of the middle of each cell; nan where missing."""
        from scipy.special import ndtri

        if self.cells is None:
            return np.full(len(cell), np.nan)
        share = self.cells.rows / self.cells.rows.sum()
        middle = np.cumsum(share) - share / 2
        table = np.r_[[np.nan] * int(self.domain.missing), ndtri(middle)]
        return table[cell]

    def share_within(self, low: float, high: float) -> NDArray[np.float64]:
        """The share of every cell's values that lie in [low, high], shape (cells,)."""
        share = np.zeros(self.domain.cells)
        if self.cells is None:
            return share
        if self.decimals is None:
            first, last = self.cells.low.astype(float), self.cells.high.astype(float)
            width, inner = last - first, np.minimum(last, high) - np.maximum(first, low)
            part = np.where(width > 0, inner / np.where(width > 0, width, 1), inner >= 0)
        else:
            scale = 10.0**self.decimals / self.unit
            floor, ceil = np.ceil(low * scale - 1e-9), np.floor(high * scale + 1e-9)
            first, last = self.cells.low, self.cells.high
            part = (np.minimum(last, ceil) - np.maximum(first, floor) + 1) / (last - first + 1)
        share[int(self.domain.missing) :] = np.clip(part, 0, 1)
        return share

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Plain data and arrays that `restore` takes."""
        plain = {"dtype": _spell(self.dtype), "missing": self.missing, "decimals": self.decimals, "unit": self.unit, "steps": list(self.steps)}
        if self.cells is None:
            return plain, {}
        cells = self.cells
        return plain | {"clipped": cells.clipped, "snapped": cells.snapped}, {
            "low": cells.low,
            "high": cells.high,
            "rows": cells.rows,
            "codes": cells.codes,
        }

    @classmethod
    def restore(cls, plain: Mapping[str, Any], arrays: Arrays) -> "Numeric":
        """The inverse of `state`."""
        cells = None
        if "low" in arrays:
            parts = [arrays[each] for each in ("low", "high", "rows", "codes")]
            cells = Cells(*parts, clipped=plain["clipped"], snapped=plain["snapped"])
        steps = tuple((int(step), float(share)) for step, share in plain["steps"])
        return cls(_read(plain["dtype"]), cells, plain["missing"], plain["decimals"], plain["unit"], steps)


def fit(values: pl.Series, decimals: int | None, k: int) -> Numeric:
    """Learn the codes of a column of numbers, dates or times.

    Args:
        values: Int64, Float64, Date, Datetime or Time, nulls for missing, shape (rows,).
        decimals: digits behind the point of a Float64; None for numbers without a decimal grid.
        k: training rows that must stand behind whatever is written out.
    """
    numbers, present = _physical(values)
    known = numbers[present]
    digits = 0 if known.dtype.kind == "i" else decimals
    if digits is not None and len(known) and np.abs(known).max() * 10.0**digits >= MOST_TICKS:
        digits = None
    raw = to_ticks(known, digits, 1)
    unit = _unit(raw) if digits is not None else 1
    ticks = raw // unit if unit > 1 else raw
    steps = _steps(ticks) if digits is not None else ()
    return Numeric(values.dtype, cut(ticks, k), not bool(present.all()), digits, unit, steps)


def _physical(values: pl.Series) -> tuple[NDArray[np.generic], NDArray[np.bool_]]:
    """The values as int64 or float64, and which are present."""
    present = values.is_not_null().to_numpy()
    numbers = values.to_physical()
    numbers = numbers.cast(pl.Float64 if numbers.dtype.is_float() else pl.Int64)
    return numbers.fill_null(0).to_numpy(), present


def _spell(dtype: pl.DataType) -> list[str | None]:
    """A dtype as plain data."""
    if isinstance(dtype, pl.Datetime):
        return ["Datetime", dtype.time_unit, dtype.time_zone]
    return [str(dtype)]


def _read(spelt: list[str | None]) -> pl.DataType:
    name, *options = spelt
    return getattr(pl, str(name))(*options)


def to_ticks(values: NDArray[np.generic], decimals: int | None, unit: int) -> NDArray[np.generic]:
    """Values as whole numbers of grid steps, the nearest where they stand between two."""
    if values.dtype.kind == "i":
        return values if unit == 1 else np.rint(values / unit).astype(np.int64)
    if decimals is None:
        return values
    return np.rint(values * (10.0**decimals / unit)).astype(np.int64)


def from_ticks(ticks: NDArray[np.generic], decimals: int | None, unit: int) -> NDArray[np.generic]:
    """The inverse of `to_ticks`: float64, or int64 where there are no decimals."""
    if decimals is None:
        return ticks
    whole = ticks * unit
    return whole / 10.0**decimals if decimals else whole


def _unit(ticks: NDArray[np.generic]) -> int:
    """Greatest common divisor of all values, 1 where there is none."""
    if len(ticks) == 0 or np.abs(ticks).max() == 0:
        return 1
    return max(int(np.gcd.reduce(np.unique(np.abs(ticks)))), 1)


def _steps(ticks: NDArray[np.generic], most: int = 9, least: float = 0.02) -> tuple[tuple[int, float], ...]:
    """Powers of ten (in ticks) that rows prefer beyond chance, with the share of rows drawn to each.

    If w_j of the rows stand on multiples of 10**j by preference, the share divisible by 10**j is the sum of the w_i with
    i >= j plus a tenth, a hundredth, … of those below by chance; solved from the coarsest step down.
    """
    rows = len(ticks)
    if rows == 0:
        return ()
    distinct, counts = np.unique(ticks, return_counts=True)
    counts = np.where(counts >= rows * 0.005, 0, counts)
    rows = int(counts.sum())
    if rows == 0:
        return ()
    divisible = [counts[distinct % 10**power == 0].sum() / rows for power in range(most)]
    weights = np.zeros(most)
    for power in range(most - 1, 0, -1):
        taken = weights[power + 1 :].sum()
        chance = 0.1 * (divisible[power - 1] - taken)
        preferred = (divisible[power] - taken - chance) / 0.9
        weights[power] = preferred if preferred > least else 0.0
    return tuple((10**power, float(weights[power])) for power in range(most - 1, 0, -1) if weights[power] > 0)


def _place(
    low: NDArray[np.generic], high: NDArray[np.generic], uniform: NDArray[np.float64], steps: tuple[tuple[int, float], ...]
) -> NDArray[np.generic]:
    """A value in [low, high] for each row: on a preferred step where the cell has one, else anywhere on the grid."""
    if low.dtype.kind == "f":
        return np.minimum(low + uniform * (high - low), high)
    value = low + np.floor(uniform * (high - low + 1.0)).astype(np.int64)
    begin = 0.0
    for step, share in steps:
        first, last = -(-low // step), high // step
        chosen = (uniform >= begin) & (uniform < begin + share) & (last >= first) & (low < high)
        inner = (uniform[chosen] - begin) / share
        number = np.floor(inner * (last[chosen] - first[chosen] + 1.0)).astype(np.int64)
        value[chosen] = (first[chosen] + number) * step
        begin += share
    rest = (uniform >= begin) & (low < high) if begin > 0 else np.zeros(len(low), dtype=bool)
    if rest.any():
        inner = (uniform[rest] - begin) / (1 - begin)
        value[rest] = low[rest] + np.floor(inner * (high[rest] - low[rest] + 1.0)).astype(np.int64)
    return np.minimum(value, high)
