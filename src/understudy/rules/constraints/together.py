"""Kinds that look at rows together: no value twice, and values that rise down a table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.rules.constraints.constraint import ORDERED, Constraint, listed, refusal
from understudy.rules.constraints.stated import every
from understudy.rules.constraints.values import alike


@dataclass(frozen=True)
class Unique(Constraint):
    """No two rows carry the same values.

    Attributes:
        columns: one column, or several that are compared together.
    """

    columns: tuple[str, ...]
    kind: ClassVar[str] = "unique"

    @property
    def whole(self) -> bool:
        """It speaks of rows together."""
        return True

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`: all but the first of equal rows break it; a missing cell equals nothing, as in SQL."""
        cells = frame.select(self.columns)
        first = cells.select(pl.struct(self.columns).is_first_distinct()).to_series()
        return first | cells.select(pl.any_horizontal(pl.all().is_null())).to_series()

    def __str__(self) -> str:
        return f"{listed(self.columns)} {'is' if len(self.columns) == 1 else 'together are'} unique"


@dataclass(frozen=True)
class Monotone(Constraint):
    """Values do not fall from row to row.

    Attributes:
        column: whose values.
        by: within each group of rows that agree in these; all rows are one group where there is none.
        order: column that orders the rows of a group; None for the order of the table.
        decreasing: whether they do not rise instead.
        strict: whether they may not stay the same either.
    """

    column: str
    by: tuple[str, ...] = ()
    order: str | None = None
    decreasing: bool = False
    strict: bool = False
    columns: tuple[str, ...] = field(init=False, repr=False, compare=False)
    kind: ClassVar[str] = "monotone"

    def _settle(self) -> None:
        self._name_columns(self.column, *self.by, self.order)
        if self.column in self.by:
            raise refusal("by", list(self.by), f"'{self.column}' cannot be its own group")
        if self.order == self.column or self.order in self.by:
            raise refusal("order", self.order, "name a column that tells the rows of a group apart")

    @property
    def whole(self) -> bool:
        """It speaks of rows together."""
        return True

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`: the values, and what orders the rows, have an order."""
        super().bound(schema)
        ordered = [self.column, *([] if self.order is None else [self.order])]
        self._refuse_kinds(schema, ordered, ORDERED, "name a column of numbers, moments or text")

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`.

        A row breaks it where a row before it in its group has a larger value; rows that `order` does not tell apart are
        not compared. Rows with a missing value, group or order are left out.
        """
        rows = self._judged(frame).sort("group", "order")
        group, order, value = (rows[name].to_numpy() for name in ("group", "order", "value"))
        before = _largest_before(group, order, value)
        met = np.ones(frame.height, dtype=bool)
        met[rows["row"].to_numpy()] = value > before if self.strict else value >= before
        return pl.Series("met", met)

    def arranged(self, frame: pl.DataFrame, fixed: Collection[str]) -> pl.DataFrame:
        """The frame with the values of `column` sorted within each group, unless they are fixed.

        Each value stays in its group, missing cells stay where they are.
        """
        if self.column in fixed:
            return frame
        rows, place = self._judged(frame), np.arange(frame.height)
        place[rows.sort("group", "order", "row")["row"].to_numpy()] = rows.sort("group", "value", "row")[
            "row"
        ].to_numpy()
        return frame.with_columns(frame[self.column].gather(place))

    def _judged(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows that can be compared: their number, group, place in the group's order, and rank of the value."""
        value = _rank(frame[self.column])
        order = pl.int_range(frame.height, eager=True) if self.order is None else _rank(frame[self.order])
        named = {
            "row": pl.int_range(frame.height, eager=True),
            "group": _groups(frame, self.by),
            "order": order,
            "value": frame.height - value if self.decreasing else value,
        }
        known = every([frame[name].is_not_null() for name in self.columns], frame.height)
        return pl.DataFrame(named).filter(known)

    def __str__(self) -> str:
        never = ("rises" if self.decreasing else "falls") + (" or stays" if self.strict else "")
        order = f" in the order of {self.order}" if self.order is not None else ""
        within = f" within {listed(self.by)}" if self.by else ""
        return f"{self.column} never {never}{order}{within}"


def _largest_before(group: NDArray[np.int64], order: NDArray[np.int64], value: NDArray[np.int64]) -> NDArray[np.int64]:
    """The largest value among the rows of a group with a smaller order, -1 where there is none.

    Rows are sorted by group and order; values are 0 or more.
    """
    if not len(value):
        return value
    fresh = np.append(True, group[1:] != group[:-1])
    lift = (fresh.cumsum() - 1) * (value.max() + 1)  # a later group lies above all before, so that one maximum runs on
    running = np.maximum.accumulate(value + lift) - lift
    start = np.maximum.accumulate(np.where(fresh | np.append(True, order[1:] != order[:-1]), np.arange(len(value)), 0))
    return np.where(fresh[start], -1, running[start - 1])


def _rank(cells: pl.Series) -> pl.Series:
    return cells.rank("dense").cast(pl.Int64)


def _groups(frame: pl.DataFrame, by: Sequence[str]) -> pl.Series:
    """Rows that agree in these columns carry the same number."""
    if not by:
        return pl.zeros(frame.height, dtype=pl.Int64, eager=True)
    agreed = pl.DataFrame([alike(frame[name]).alias(str(at)) for at, name in enumerate(by)])
    names = agreed.columns
    return agreed.with_row_index("row").select(pl.col("row").first().over(names)).to_series().cast(pl.Int64)
