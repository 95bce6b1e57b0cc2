"""A table whose columns are numbered levels, coded when first asked for and once only."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.plan.proposals.patterns.wording import sayable

NUMBERS = frozenset({"integer", "decimal"})
PRIVATE = frozenset({"id", "text"})


@dataclass(frozen=True, eq=False)
class Coded:
    """One column as levels.

    Attributes:
        name: the column's.
        kind: of its schema.
        codes: level of every row in the order of the values, -1 where missing, shape (rows,).
        values: the levels.
        counts: rows of each level.
    """

    name: str
    kind: str
    codes: NDArray[np.int32]
    values: list[Any]
    counts: NDArray[np.int64]

    @property
    def levels(self) -> int:
        """How many different values there are."""
        return len(self.values)

    @property
    def present(self) -> int:
        """Rows with a value."""
        return int(self.counts.sum())

    @property
    def is_number(self) -> bool:
        """Whether it is read as a number."""
        return self.kind in NUMBERS


@dataclass(frozen=True, eq=False)
class CodedTable:
    """A typed frame with its schema, and the coded columns made so far."""

    frame: pl.DataFrame
    schema: Schema
    _coded: dict[str, Coded] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Height of the frame."""
        return self.frame.height

    def __getitem__(self, name: str) -> Coded:
        if name not in self._coded:
            self._coded[name] = _code(self.frame[name], self.schema[name].kind)
        return self._coded[name]

    def of_kinds(self, *kinds: str) -> list[str]:
        """Names of the columns of these kinds that an expression can name, in order."""
        return [each.name for each in self.schema.columns if each.kind in kinds and sayable(each.name)]

    def gaps(self) -> dict[str, NDArray[np.bool_]]:
        """Which cells are missing, by column, of those columns that have both gaps and values."""
        counts = {name: self.frame[name].null_count() for name in self.frame.columns if sayable(name)}
        return {name: self.frame[name].is_null().to_numpy() for name, gone in counts.items() if 0 < gone < self.rows}

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of numbers, NaN where missing, shape (rows,)."""
        return self.frame[name].cast(pl.Float64).to_numpy()


def _code(cells: pl.Series, kind: str) -> Coded:
    levels = cells.drop_nulls().unique().sort()
    codes = cells.rank("dense").cast(pl.Int32).fill_null(0).to_numpy() - 1
    counts = np.bincount(codes[codes >= 0], minlength=len(levels)).astype(np.int64)
    return Coded(cells.name, kind, codes.astype(np.int32), levels.to_list(), counts)


def joint_codes(first: NDArray[np.int32], second: NDArray[np.int32], levels: int) -> NDArray[np.int64]:
    """One code for two columns, the second of so many levels; -1 where either is missing, shape (rows,)."""
    return np.where((first >= 0) & (second >= 0), first.astype(np.int64) * levels + second, -1)
