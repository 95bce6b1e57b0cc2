"""Columns that are learned as one: their combinations are the levels of one hidden category."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

BETWEEN, NOTHING = "\x1f", "\x00"
STORED: Mapping[str, Any] = {
    each.__name__: each for each in (pl.String, pl.Boolean, pl.Int64, pl.Float64, pl.Date, pl.Datetime, pl.Time)
}


@dataclass(frozen=True, eq=False)
class Fusion:
    """Several columns as one, so that no combination comes out that enough real rows do not carry.

    Attributes:
        name: of the hidden column.
        table: the combinations, typed as the columns are, a row each.
        rows: real rows that carry each, shape (combinations,).
    """

    name: str
    table: pl.DataFrame
    rows: NDArray[np.int64]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns fused."""
        return tuple(self.table.columns)

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The level of the hidden column that stands for each combination."""
        return tuple(_labels(self.table.get_columns()).to_list())

    def fused(self, frame: pl.DataFrame) -> pl.Series:
        """The hidden column (String, never null) of a typed frame; a combination not held has a level of its own."""
        return _labels([frame[name] for name in self.columns]).alias(self.name)

    def parted(self, levels: pl.Series) -> pl.DataFrame:
        """The columns of a hidden column's levels."""
        place = levels.cast(pl.Enum(list(self.levels))).to_physical()
        return self.table[place.cast(pl.Int64).to_numpy()] if len(levels) else self.table.head(0)

    def state(self) -> dict[str, Any]:
        """Plain data that `restore` takes."""
        columns = [
            {"name": each.name, "dtype": _spelt(each.dtype), "values": each.to_physical().to_list()}
            for each in self.table.get_columns()
        ]
        return {"name": self.name, "columns": columns, "rows": self.rows.tolist()}

    @classmethod
    def restore(cls, plain: Mapping[str, Any]) -> "Fusion":
        """The inverse of `state`.

        Raises:
            ValueError: the columns do not belong together.
        """
        columns = [_column(each) for each in plain["columns"]]
        rows = np.array(plain["rows"], dtype=np.int64)
        if not columns or any(len(each) != len(rows) for each in columns):
            raise ValueError("the combinations are of different lengths")
        return cls(plain["name"], pl.DataFrame({each.name: each for each in columns}), rows)


def fuse(frame: pl.DataFrame, columns: Sequence[str], k: int) -> Fusion | None:
    """The combinations that at least k rows of a typed frame carry; None where there is none."""
    plain = _numbered([frame[name] for name in columns])
    counted = plain.group_by(plain.columns, maintain_order=True).len("rows").filter(pl.col("rows") >= k)
    if counted.height == 0:
        return None
    rows = counted["rows"].to_numpy().astype(np.int64)
    cells = [counted.to_series(place).alias(name) for place, name in enumerate(columns)]
    order = np.lexsort((_labels(cells).to_numpy(), -rows))
    return Fusion(hidden(columns, frame.columns), pl.DataFrame({each.name: each for each in cells})[order], rows[order])


def hidden(columns: Sequence[str], taken: Sequence[str]) -> str:
    """A name for a hidden column that no column has.

    >>> hidden(["city", "country"], ["city", "country"])
    'city & country'
    """
    name = " & ".join(columns)
    while name in taken:
        name += " &"
    return name


def _numbered(cells: Sequence[pl.Series]) -> pl.DataFrame:
    """The columns under names that polars takes for no pattern."""
    return pl.DataFrame([each.alias(f"c{place}") for place, each in enumerate(cells)])


def _labels(cells: Sequence[pl.Series]) -> pl.Series:
    """A text for each row; equal rows, and no others, have equal ones."""
    plain = _numbered(
        [each.set(each == 0, 0.0) if each.dtype.is_float() else each for each in cells]
    )  # zero has no sign
    written = [_escaped(pl.col(name)) for name in plain.columns]
    return plain.select(pl.concat_str(written, separator=BETWEEN).alias("label"))["label"]


def _escaped(cells: pl.Expr) -> pl.Expr:
    written = cells.cast(pl.String)
    for sign, stand in (("\\", "\\\\"), (BETWEEN, "\\u"), (NOTHING, "\\0")):
        written = written.str.replace_all(sign, stand, literal=True)
    return written.fill_null(NOTHING)


def _spelt(dtype: pl.DataType) -> list[str | None]:
    if isinstance(dtype, pl.Datetime):
        return ["Datetime", dtype.time_unit, dtype.time_zone]
    return [str(dtype)]


def _column(plain: Mapping[str, Any]) -> pl.Series:
    name, *options = plain["dtype"]
    dtype = STORED[name](*options)
    stored = {pl.Date: pl.Int32, pl.Datetime: pl.Int64, pl.Time: pl.Int64}.get(dtype.base_type(), dtype)
    return pl.Series(plain["name"], plain["values"], dtype=stored).cast(dtype)
