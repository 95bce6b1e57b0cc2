"""Kinds that hold rows to what the real ones show: combinations, patterns of missing cells, scales."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.errors import PlanError, nearest
from understudy.rules.constraints.constraint import MEASURED, Constraint, at_least_two, listed, refusal
from understudy.rules.constraints.patterns import on_grid
from understudy.rules.constraints.values import Plain, alike, numbers, plain, typed

Rule = Literal["all_or_none", "exactly_one", "at_least_one", "as_seen"]
MOST_DIGITS = 6
"""Digits behind the point of the finest grid that is looked for."""
NEAR = 1e-9
_LARGE = 2.0**62


@dataclass(frozen=True)
class Combinations(Constraint):
    """Values stand together only as they do in real rows.

    Attributes:
        columns: whose values.
    """

    columns: tuple[str, ...]
    kind: ClassVar[str] = "combinations"

    def _settle(self) -> None:
        at_least_two(self)

    def seen(self, frame: pl.DataFrame, k: int) -> tuple[tuple[Plain, ...], ...]:
        """Combinations without a missing cell that k rows carry, in order."""
        return carried(frame.select(self.columns).drop_nulls(), k)

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`."""
        cells = frame.select(self.columns)
        return among(cells, seen) | cells.select(pl.any_horizontal(pl.all().is_null())).to_series()

    def __str__(self) -> str:
        return f"{listed(self.columns)} only in combinations seen"


@dataclass(frozen=True)
class Nulls(Constraint):
    """Cells are missing together, or not together.

    Attributes:
        columns: whose cells.
        rule: `all_or_none` of them are missing; `exactly_one` is present; `at_least_one` is present; `as_seen`: they
            are missing as in real rows.
    """

    columns: tuple[str, ...]
    rule: str
    kind: ClassVar[str] = "nulls"

    def _settle(self) -> None:
        if self.rule not in RULES:
            raise PlanError(f"unknown rule '{self.rule}'", where="nulls", hint=nearest(self.rule, RULES), field="rule")
        if self.rule != "at_least_one":
            at_least_two(self)

    def seen(self, frame: pl.DataFrame, k: int) -> tuple[tuple[Plain, ...], ...] | None:
        """Of `as_seen`: for each pattern that k rows carry, which cells are present."""
        return carried(self._present(frame), k) if self.rule == "as_seen" else None

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`."""
        present = self._present(frame)
        if self.rule == "as_seen":
            return among(present, seen)
        return present.select(_COUNTED[self.rule](pl.sum_horizontal(pl.all()), len(self.columns))).to_series()

    def _present(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(pl.col(self.columns).is_not_null())

    def __str__(self) -> str:
        return f"{_SAID[self.rule]}{listed(self.columns)} {_ENDS[self.rule]}"


RULES: tuple[str, ...] = get_args(Rule)
_SAID: Mapping[str, str] = MappingProxyType(
    {
        "all_or_none": "all or none of ",
        "exactly_one": "exactly one of ",
        "at_least_one": "at least one of ",
        "as_seen": "",
    }
)
_ENDS: Mapping[str, str] = MappingProxyType(
    {
        "all_or_none": "are missing",
        "exactly_one": "is present",
        "at_least_one": "is present",
        "as_seen": "are missing only as seen",
    }
)
_COUNTED: Mapping[str, Callable[[pl.Expr, int], pl.Expr]] = MappingProxyType(
    {
        "all_or_none": lambda present, of: (present == 0) | (present == of),
        "exactly_one": lambda present, of: present == 1,
        "at_least_one": lambda present, of: present >= 1,
    }
)


@dataclass(frozen=True)
class MixedScales(Constraint):
    """Numbers keep to the scale that real rows of their kind show: its range and its grid.

    Attributes:
        column: whose numbers.
        by: columns that tell the scales apart.
    """

    column: str
    by: tuple[str, ...]
    columns: tuple[str, ...] = field(init=False, repr=False, compare=False)
    kind: ClassVar[str] = "mixed_scales"

    def _settle(self) -> None:
        self._name_columns(self.column, *self.by)
        if self.column in self.by:
            raise refusal("by", list(self.by), f"'{self.column}' cannot tell its own scales apart")

    def bound(self, schema: Schema) -> None:
        """As `Constraint.bound`: the column holds numbers."""
        super().bound(schema)
        self._refuse_kinds(schema, [self.column], MEASURED, "name a column of numbers")

    def seen(self, frame: pl.DataFrame, k: int) -> tuple[tuple[tuple[Plain, ...], Plain, Plain, Plain], ...]:
        """Of each scale: its values of `by`, the k-th smallest and largest number, and the step of the grid.

        The step is 0 where the numbers lie on no grid of at most six digits. Scales are left out where fewer than k
        rows stand at or below the one end, or at or above the other.
        """
        names = dict(zip(self.columns, ("value", *(f"by{at}" for at in range(len(self.by)))), strict=True))
        cells = {name: alike(frame[name]) if name in self.by else frame[name] for name in self.columns}
        rows = frame.select(cells[name].alias(names[name]) for name in self.columns).drop_nulls()
        groups = (
            rows.group_by([names[name] for name in self.by]).agg(pl.col("value").sort()).sort(pl.all().exclude("value"))
        )
        found = []
        for *key, values in groups.select(pl.exclude("value"), "value").iter_rows():
            ends = _ends(values, k)
            if ends is not None:
                found.append((tuple(map(plain, key)), *ends, step_of(np.array(values, dtype=float))))
        return tuple(found)

    def met(self, frame: pl.DataFrame, seen: Any) -> pl.Series:
        """As `Constraint.met`: a number on a scale that is not remembered breaks it."""
        cells = numbers(frame[self.column])
        keys, lows, highs, steps = zip(*seen, strict=True) if seen else ((), (), (), ())
        place = _found(frame.select(self.by), keys)
        low, high, step = (
            pl.Series(each, dtype=pl.Float64).gather(place)
            if each
            else pl.Series([None] * frame.height, dtype=pl.Float64)
            for each in (lows, highs, steps)
        )
        inside = (cells >= low - NEAR * low.abs()) & (cells <= high + NEAR * high.abs())
        fits = inside & ((step == 0) | on_grid(cells, step, low))
        needed = frame.select(pl.all_horizontal(pl.col(self.columns).is_not_null())).to_series()
        return fits.fill_null(False) | ~needed

    def __str__(self) -> str:
        return f"{self.column} keeps to the scale seen at the same {listed(self.by)}"


def _ends(values: Sequence[float], k: int) -> tuple[Plain, Plain] | None:
    """The k-th smallest and largest of sorted numbers, None where they cross."""
    if len(values) < k or values[k - 1] > values[-k]:
        return None
    return values[k - 1], values[-k]


def step_of(values: NDArray[np.float64]) -> int | float:
    """The widest step of a grid that holds all numbers, 0 where there is none of at most six digits.

    >>> step_of(np.array([0.25, 1.0, 2.75]))
    0.25
    """
    for digits in range(MOST_DIGITS + 1):
        scaled = values * 10.0**digits
        if np.abs(scaled).max() >= _LARGE:
            return 0
        whole = np.rint(scaled)
        if (np.abs(scaled - whole) <= 1e-6 + 1e-15 * np.abs(scaled)).all():
            step = int(np.gcd.reduce(whole.astype(np.int64) - int(whole[0])))
            return step / 10**digits if digits else step
    return 0


def carried(cells: pl.DataFrame, k: int) -> tuple[tuple[Plain, ...], ...]:
    """Rows without a missing cell that at least k rows repeat, in order, as plain values."""
    same = cells.select(alike(cells[name]) for name in cells.columns)
    counted = same.group_by(cells.columns).agg(pl.len().alias("rows that carry it"))
    often = counted.filter(pl.col("rows that carry it") >= k).drop("rows that carry it")
    return tuple(tuple(map(plain, row)) for row in often.sort(cells.columns).iter_rows())


def among(cells: pl.DataFrame, rows: Sequence[Sequence[Plain]]) -> pl.Series:
    """Which rows of a frame are one of those listed."""
    return _found(cells, rows).is_not_null()


def _found(cells: pl.DataFrame, rows: Sequence[Sequence[Plain]]) -> pl.Series:
    """Where in a list each row of a frame stands, null where it does not."""
    if not rows:
        return pl.Series([None] * cells.height, dtype=pl.UInt32)
    names = {name: str(at) for at, name in enumerate(cells.columns)}
    known = pl.DataFrame(
        {
            names[name]: alike(typed([row[at] for row in rows], cells[name].dtype))
            for at, name in enumerate(cells.columns)
        }
    ).with_row_index("place")
    asked = cells.select(alike(cells[name]).alias(names[name]) for name in cells.columns)
    return asked.join(known, on=list(names.values()), how="left", maintain_order="left")["place"]
