"""Numbers, dates and times as codes: cells on the grid that the real values stand on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.encoding.cells import Cells, cut
from understudy.encoding.codes import Domain
from understudy.encoding.pieces import Part, Range, disjoint, likely, outside, place, shares, within

MOST_TICKS = 2.0**53
LOWEST, HIGHEST, FAR = -(2**63), 2**63 - 1, 2.0**65
DTYPES: Mapping[str, Any] = {
    each.__name__: each for each in (pl.Int64, pl.UInt64, pl.Float64, pl.Date, pl.Datetime, pl.Time)
}
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Numeric:
    """Codes of one column of numbers, dates or times.

    Values are held as int64 ticks of `unit` / 10**`decimals` (days, microseconds, nanoseconds for dates and times;
    UInt64 is shifted by 2**63), or as float64 where no such grid spans them.

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

    def decode(self, cell: NDArray[np.int64], uniform: NDArray[np.float64], part: Part | None = None) -> pl.Series:
        """A value in each cell, null for the missing one.

        Args:
            cell: cell numbers, shape (rows,).
            uniform: where in the cell, in [0, 1), shape (rows,).
            part: what of the cells values may stand in; all of them where None.
        """
        if self.cells is None:
            return pl.Series([None] * len(cell), dtype=self.dtype)
        at, pieces = np.maximum(cell - int(self.domain.missing), 0), None if part is None else part.pieces
        if pieces is None or not len(pieces.cell):
            low, high, chance = self.cells.low[at], self.cells.high[at], shares(self.steps)[None]
        else:
            piece, uniform = pieces.pick(at, uniform)
            low, high, chance = pieces.low[piece], pieces.high[piece], pieces.chance[piece]
        values = self._values(place(low, high, uniform, self.steps, chance))
        if self.domain.missing and (absent := cell == 0).any():
            values = values.set(pl.Series(absent), None)
        return values

    def _values(self, ticks: NDArray[Any]) -> pl.Series:
        numbers = from_ticks(ticks, self.decimals, self.unit)
        if self.dtype == pl.UInt64:
            numbers = (numbers ^ LOWEST).view(np.uint64)
        values = pl.Series(numbers)
        return values.cast(pl.Int32).cast(self.dtype) if self.dtype == pl.Date else values.cast(self.dtype)

    def nearest(self, numbers: NDArray[np.float64]) -> pl.Series:
        """The values of the column's grid next to numbers, given in the values' physical units (days, …)."""
        return self._values(to_ticks(numbers, self.decimals, self.unit))

    @property
    def random(self) -> bool:
        """Whether decoding needs a uniform."""
        return self.cells is not None and bool((self.cells.low < self.cells.high).any())

    def width(self, cell: NDArray[np.int64]) -> NDArray[np.float64]:
        """How many values, or how long a stretch of them, each cell holds; 1 for the missing one, shape (rows,)."""
        if self.cells is None:
            return np.ones(len(cell))
        held = self.cells.high - self.cells.low + float(self.decimals is not None)
        return np.r_[[1.0] * int(self.domain.missing), np.where(held > 0, held, 1.0)][cell]

    def chance(self, values: pl.Series, cell: NDArray[np.int64]) -> NDArray[np.float64]:
        """How likely each value is in its cell, shape (rows,): 0 where none such can be written, 1 where it is missing.

        Of numbers without a grid it is per unit of length.

        Args:
            values: typed, shape (rows,).
            cell: cell of each as `encode` gives it, shape (rows,).
        """
        if self.cells is None:
            return np.ones(len(cell))
        at, ticks = (
            np.maximum(cell - int(self.domain.missing), 0),
            to_ticks(_physical(values)[0], self.decimals, self.unit),
        )
        if self.decimals is None:
            found = 1 / self.width(cell)
        else:
            found = likely(self.cells, at, ticks, ticks, self.steps).sum(axis=1)
            found *= (self._values(ticks) == values).fill_null(True).to_numpy()
        found *= (self.cells.low[at] <= ticks) & (ticks <= self.cells.high[at])
        return np.where(values.is_null().to_numpy(), 1.0, found)

    def locate(self, value: Any) -> int | None:
        """The cell a value stands in, None where the model can write no such value."""
        if value is None:
            return 0 if self.domain.missing else None
        asked = pl.Series([value])
        known = asked.cast(self.dtype, strict=not asked.dtype.is_float())
        endless = known.dtype.is_float() and not known.is_finite().all()
        if self.cells is None or known.null_count() or endless or (known.cast(asked.dtype) != asked).any():
            return None
        tick = to_ticks(_physical(known)[0], self.decimals, self.unit)
        place = int(self.cells.find(tick)[0])
        if self._values(tick)[0] != known[0] or not self.cells.low[place] <= tick[0] <= self.cells.high[place]:
            return None
        return place + int(self.domain.missing)

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

    def part(self, ranges: Sequence[Range], missing: bool, besides: bool = False) -> Part:
        """What ranges of values leave of the cells.

        Args:
            ranges: closed, as pairs of values, None for an end that is open.
            missing: whether missing cells are left.
            besides: whether values outside the ranges are left, and not those inside.

        Raises:
            TypeError: an end is no value of the column's kind.
        """
        share = np.zeros(self.domain.cells)
        if self.domain.missing:
            share[0] = float(missing)
        if self.cells is None:
            return Part(share)
        least, most = self.cells.low[0].item(), self.cells.high[-1].item()
        asked = disjoint([(self._tick(low, least, 1), self._tick(high, most, -1)) for low, high in ranges])
        pieces = within(self.cells, outside(asked, least, most) if besides else asked, self.steps)
        held = np.bincount(pieces.cell, weights=pieces.mass, minlength=len(self.cells.low))
        share[int(self.domain.missing) :] = np.clip(held, 0.0, 1.0)
        return Part(share, pieces)

    def _tick(self, end: Any, default: Any, way: int) -> Any:
        """The first tick whose value is not below `end` (way 1), or the last one not above (way -1)."""
        if end is None:
            return default
        number = self._number(end)
        if self.decimals is None:
            return number
        if abs(number) >= FAR:
            return HIGHEST if number > 0 else LOWEST
        shift = LOWEST if self.dtype == pl.UInt64 else 0
        tick = round((Fraction(number) + shift) * 10**self.decimals / self.unit)
        if self.decimals and abs(tick) >= MOST_TICKS:
            return HIGHEST if tick > 0 else LOWEST
        while self._behind(tick) * way < number * way:
            tick += way
        while self._behind(tick - way) * way >= number * way:
            tick -= way
        return min(max(tick, LOWEST), HIGHEST)

    def _behind(self, tick: int) -> Any:
        """The number that a tick is written as."""
        if self.dtype == pl.UInt64:
            return tick * self.unit - LOWEST
        return tick * self.unit / 10.0**self.decimals if self.decimals else tick * self.unit

    def _number(self, value: Any) -> Any:
        """The end of a range as a number: of days, micro- or nanoseconds for dates and times."""
        if self.dtype.is_temporal():
            asked = pl.Series([value])
            known = asked.cast(self.dtype)
            if not asked.dtype.is_temporal() or (known.cast(asked.dtype) != asked).any():
                raise TypeError(f"{value!r} is no {self.dtype}")
            return int(known.to_physical()[0])
        number = value.item() if hasattr(value, "item") else value
        if isinstance(number, bool) or not isinstance(number, int | float) or number != number:
            raise TypeError(f"{value!r} is no number")
        return float(number) if self.decimals is None else number

    def ticks(self, low: Any, high: Any) -> tuple[Any, Any]:
        """The first and the last tick of a closed range of values, None for an open end."""
        assert self.cells is not None
        least, most = self.cells.low[0].item(), self.cells.high[-1].item()
        return self._tick(low, least, 1), self._tick(high, most, -1)

    def inside(self, low: NDArray[Any], high: NDArray[Any], decimals: int | None) -> tuple[NDArray[Any], NDArray[Any]]:
        """The first and the last tick between ends that are held in finer ticks, with so many decimals."""
        if self.decimals is None or decimals is None:
            return low, high
        step = self.unit * 10 ** (decimals - self.decimals)
        return -(-low // step), high // step

    def between(
        self, cell: NDArray[np.int64], low: NDArray[Any], high: NDArray[Any], uniform: NDArray[np.float64]
    ) -> tuple[pl.Series, NDArray[np.float64]]:
        """A value in each cell between two ticks, and the share of the cell's values that stand there.

        Args:
            cell: cell numbers, shape (rows,).
            low: the first tick of each row.
            high: the last.
            uniform: where between them, in [0, 1), shape (rows,).
        """
        assert self.cells is not None
        at = np.maximum(cell - int(self.domain.missing), 0)
        first, last = np.maximum(self.cells.low[at], low), np.minimum(self.cells.high[at], high)
        there = (first <= last) & (cell >= int(self.domain.missing))
        first, last = np.where(there, first, self.cells.low[at]), np.where(there, last, self.cells.high[at])
        chance = likely(self.cells, at, first, last, self.steps)
        mass = chance.sum(axis=1)
        values = self._values(place(first, last, uniform, self.steps, chance / np.maximum(mass, 1e-300)[:, None]))
        return values, np.where(there, mass, 0.0)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Plain data and arrays that `restore` takes."""
        plain = {
            "dtype": spell(self.dtype),
            "missing": self.missing,
            "decimals": self.decimals,
            "unit": self.unit,
            "steps": list(self.steps),
        }
        if self.cells is None:
            return plain, {}
        cells = self.cells
        return plain | {"clipped": cells.clipped, "snapped": cells.snapped}, {
            "low": cells.low,
            "high": cells.high,
            "rows": cells.rows,
            "heavy": cells.heavy,
            "codes": cells.codes,
        }

    @classmethod
    def restore(cls, plain: Mapping[str, Any], arrays: Arrays) -> "Numeric":
        """The inverse of `state`."""
        cells = None
        if "low" in arrays:
            parts = [arrays[each] for each in ("low", "high", "rows", "heavy", "codes")]
            cells = Cells(*parts, clipped=plain["clipped"], snapped=plain["snapped"])
        steps = tuple((int(step), float(share)) for step, share in plain["steps"])
        return cls(read(plain["dtype"]), cells, plain["missing"], plain["decimals"], plain["unit"], steps)


def fit(values: pl.Series, decimals: int | None, k: int) -> Numeric:
    """Learn the codes of a column of numbers, dates or times.

    Args:
        values: Int64, UInt64, Float64, Date, Datetime or Time, nulls for missing, shape (rows,).
        decimals: digits behind the point of a Float64; None for numbers without a decimal grid.
        k: training rows that must stand behind whatever is written out.
    """
    numbers, present = _physical(values)
    known = numbers[present]
    digits = 0 if known.dtype.kind == "i" else decimals
    if digits is not None and known.dtype.kind == "f" and (np.abs(known) >= MOST_TICKS / 10.0**digits).any():
        digits = None
    raw = to_ticks(known, digits, 1)
    distinct, counts = np.unique(raw, return_counts=True)
    unit = _unit(distinct) if digits is not None else 1
    ticks = distinct // unit if unit > 1 else distinct
    cells, steps = cut(ticks, counts, k), ()
    if cells and digits is not None:
        lone = (cells.low < cells.high)[cells.find(ticks)]
        steps = _steps(ticks[lone], counts[lone])
    return Numeric(values.dtype, cells, not bool(present.all()), digits, unit, steps)


def _physical(values: pl.Series) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The values as int64 or float64, and which are present."""
    present = values.is_not_null().to_numpy()
    numbers = values.to_physical()
    if numbers.dtype == pl.UInt64:
        return numbers.fill_null(0).to_numpy().view(np.int64) ^ LOWEST, present
    numbers = numbers.cast(pl.Float64 if numbers.dtype.is_float() else pl.Int64)
    return numbers.fill_null(0).to_numpy(), present


def spell(dtype: pl.DataType) -> list[str | None]:
    """A dtype as plain data."""
    if isinstance(dtype, pl.Datetime):
        return ["Datetime", dtype.time_unit, dtype.time_zone]
    return [str(dtype)]


def read(spelt: list[str | None]) -> pl.DataType:
    """The inverse of `spell`."""
    name, *options = spelt
    return DTYPES[str(name)](*options)


def to_ticks(values: NDArray[Any], decimals: int | None, unit: int) -> NDArray[Any]:
    """Values as whole numbers of grid steps, the nearest where they stand between two."""
    if values.dtype.kind == "i" and unit == 1:
        return values
    if values.dtype.kind == "i":
        whole, rest = np.divmod(values, unit)
        return whole + (rest >= unit - rest)
    if decimals is None:
        return values
    return np.clip(np.rint(values * (10.0**decimals / unit)), -MOST_TICKS, MOST_TICKS).astype(np.int64)


def from_ticks(ticks: NDArray[Any], decimals: int | None, unit: int) -> NDArray[Any]:
    """The inverse of `to_ticks`: float64, or int64 where there are no decimals."""
    if decimals is None:
        return ticks
    whole = ticks * unit
    return whole / 10.0**decimals if decimals else whole


def _unit(ticks: NDArray[Any]) -> int:
    """Greatest common divisor of all values, 1 where there is none."""
    return max(int(np.gcd.reduce(np.abs(ticks))), 1) if len(ticks) else 1


def _steps(
    distinct: NDArray[Any], counts: NDArray[np.int64], most: int = 9, least: float = 0.02
) -> tuple[tuple[int, float], ...]:
    """Powers of ten (in ticks) that rows prefer beyond chance, with the share of rows drawn to each.

    If w_j of the rows stand on multiples of 10**j by preference, the share divisible by 10**j is the sum of the w_i
    with i >= j plus a tenth, a hundredth, … of those below by chance; solved from the coarsest step down.
    """
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
