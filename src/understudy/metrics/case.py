"""A case before the judge: the tables as arrays that share one set of levels, in an order nobody chose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.errors import SchemaError

NUMERIC = frozenset({"integer", "decimal", "date", "datetime", "time"})
FAR = 1e300
UNJUDGED = frozenset({"id", "text"})

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Grid:
    """Rows of a table as two arrays.

    Attributes:
        numbers: (rows, numeric columns) float64; dates and times in microseconds; NaN is missing.
        codes: (rows, discrete columns) int32, places in the sorted levels; -1 is missing.
    """

    numbers: NDArray[np.float64]
    codes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[np.integer]) -> "Grid":
        """The rows at these places."""
        return Grid(self.numbers[rows], self.codes[rows])

    def over(self, other: "Grid") -> "Grid":
        """These rows, and then the other's."""
        return Grid(np.concatenate([self.numbers, other.numbers]), np.concatenate([self.codes, other.codes]))

    def shuffled(self, rng: np.random.Generator) -> "Grid":
        """Every column in an order of its own: the same shapes, no relation left."""
        return Grid(rng.permuted(self.numbers, axis=0), rng.permuted(self.codes, axis=0))

    def nulls(self) -> NDArray[np.bool_]:
        """Where cells are missing, (rows, numeric columns then discrete ones)."""
        return np.hstack([np.isnan(self.numbers), self.codes < 0])

    def frame(self) -> pl.DataFrame:
        """The arrays as a frame with nulls, for sorting and joining."""
        numbers = {f"n{i}": pl.Series(column, nan_to_null=True) for i, column in enumerate(self.numbers.T)}
        return pl.DataFrame(numbers | {f"c{i}": pl.Series(column) for i, column in enumerate(self.codes.T)})


Rules = Mapping[str, Callable[[pl.DataFrame], pl.Series]]


@dataclass(frozen=True, eq=False)
class Case:
    """What is judged: three tables in one encoding, with the seed of every draw.

    Columns stand in the order of their names and rows in the order of their values, so that neither the order of the
    rows nor that of the columns changes a score.

    Attributes:
        schema: the real table's, all columns.
        numeric: judged columns that are compared as numbers.
        discrete: judged columns that are compared as levels.
        levels: the values of each discrete column, sorted, over all tables.
        real: the training rows.
        synthetic: the stand-in.
        holdout: real rows that no model has seen, None where there are none.
        tables: the typed tables behind the arrays, for keys.
        target: the column to be predicted, None to guess it.
        protected: the column by which people may be treated unlike, None where none was named.
        seed: of every random draw.
        unreadable: number of synthetic cells by column that could not be read as their kind.
        quick: whether slow scores are left out and learners learn from fewer rows.
        rules: what rows keep, in words, and which rows of a typed table keep it.
        paired: whether row i of the synthetic table behind the arrays stands for row i of the real one.
    """

    schema: Schema
    numeric: tuple[str, ...]
    discrete: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    real: Grid
    synthetic: Grid
    holdout: Grid | None
    tables: tuple[Table, Table, Table | None]
    target: str | None = None
    protected: str | None = None
    seed: int = 0
    unreadable: Mapping[str, int] = field(default_factory=dict)
    quick: bool = False
    rules: Rules = field(default_factory=dict)
    paired: bool = False
    _done: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Judged columns, numeric then discrete, as they stand in the grids."""
        return self.numeric + self.discrete

    def ordered(self) -> list[int]:
        """Places of the judged columns in the order of the real table."""
        place = {name: i for i, name in enumerate(self.schema.names)}
        return sorted(range(len(self.columns)), key=lambda i: place[self.columns[i]])

    def rng(self, purpose: str) -> np.random.Generator:
        """A generator that depends on the seed and the purpose alone."""
        return np.random.Generator(np.random.Philox(np.random.SeedSequence([self.seed, crc32(purpose.encode())])))

    def once(self, compute: "Callable[[Case], Result]") -> Result:
        """The result of `compute(self)`, worked out the first time alone."""
        if compute not in self._done:
            self._done[compute] = compute(self)
        return self._done[compute]


def pooled(case: Case) -> Case:
    """The case with all real rows, learned from or not, as its training rows: a scale that favours neither."""
    return case if case.holdout is None else replace(case, real=case.real.over(case.holdout), _done={})


def judged(schema: Schema) -> list[str]:
    """The columns that are judged unless the caller names others: no keys, no free text, nothing personal."""
    return [
        column.name
        for column in schema.columns
        if column.kind not in UNJUDGED and column.semantic is None and column.name != schema.primary_key
    ]


def case(
    real: Table,
    synthetic: Table,
    holdout: Table | None = None,
    *,
    columns: Sequence[str] | None = None,
    target: str | None = None,
    protected: str | None = None,
    seed: int = 0,
    unreadable: Mapping[str, int] | None = None,
    quick: bool = False,
    rules: Rules | None = None,
    paired: bool = False,
) -> Case:
    """Typed tables made ready for the judge.

    Args:
        real: the training rows, typed.
        synthetic: the stand-in, typed by the real table's schema.
        holdout: real rows that no model has seen, typed by the same schema; one without rows is none.
        columns: those judged; by default all but keys, free text and personal data.
        target: the column to be predicted; it is judged too.
        protected: the column by which people may be treated unlike; it is judged too.
        seed: of every draw.
        unreadable: synthetic cells by column that could not be read as their kind.
        quick: whether slow scores are left out and learners learn from fewer rows.
        rules: what rows keep, in words, and which rows of a typed table keep it.
        paired: whether synthetic row i stands for real row i.

    Raises:
        UnknownColumn: a column named is not in the real table.
        SchemaError: a judged column is missing from the synthetic table or the holdout, or paired tables have not the
            same number of rows.
    """
    if paired:
        one_by_one(len(real), len(synthetic))
    schema, holdout = real.typed, None if holdout is None or not len(holdout) else holdout
    named = {name for name in (target, protected) if name is not None}
    wanted = set(judged(schema) if columns is None else columns) | named
    names = sorted(schema[name].name for name in wanted)
    tables = (real, synthetic, holdout)
    _check(names, {"synthetic": synthetic, "holdout": holdout})
    numeric = tuple(name for name in names if schema[name].kind in NUMERIC)
    discrete = tuple(name for name in names if schema[name].kind not in NUMERIC)
    frames = [table.frame for table in tables if table is not None]
    levels = tuple(_levels(name, frames) for name in discrete)
    grids = [_grid(frame, numeric, discrete, levels) for frame in frames]
    given = {} if unreadable is None else dict(unreadable)
    last = grids[2] if holdout is not None else None
    how = target, protected, seed, given, quick, {} if rules is None else rules, paired
    return Case(schema, numeric, discrete, levels, grids[0], grids[1], last, tables, *how)


def one_by_one(real: int, synthetic: int) -> None:
    """Check that there is a synthetic row for each real one.

    Raises:
        SchemaError: there are more, or fewer.
    """
    if real != synthetic:
        hint = "row i of the stand-in must be real row i with some columns drawn anew"
        raise SchemaError(f"{real} real and {synthetic} synthetic rows do not belong together one by one", hint=hint)


def _check(names: Sequence[str], tables: Mapping[str, Table | None]) -> None:
    for role, table in tables.items():
        lacking = [] if table is None else [name for name in names if name not in table.columns]
        if lacking:
            where = f"column '{lacking[0]}', {role} table"
            raise SchemaError("a judged column is missing", where=where, hint="give tables with the same columns")


def _levels(name: str, frames: Sequence[pl.DataFrame]) -> tuple[str, ...]:
    seen = pl.concat([frame[name].cast(pl.String).unique() for frame in frames])
    return tuple(seen.unique().drop_nulls().sort().to_list())


def _grid(frame: pl.DataFrame, numeric: Sequence[str], discrete: Sequence[str], levels: Sequence[Any]) -> Grid:
    numbers = np.empty((frame.height, len(numeric)))
    codes = np.empty((frame.height, len(discrete)), dtype=np.int32)
    for place, name in enumerate(numeric):
        numbers[:, place] = as_numbers(frame[name])
    for place, (name, known) in enumerate(zip(discrete, levels, strict=True)):
        physical = frame[name].cast(pl.String).cast(pl.Enum(known)).to_physical()
        codes[:, place] = physical.cast(pl.Int32).fill_null(-1).to_numpy()
    return _sorted(Grid(numbers, codes))


def as_numbers(values: pl.Series) -> NDArray[np.float64]:
    """A column as float64, dates and times in microseconds, missing and infinite cells as NaN.

    Numbers beyond 1e300 count as that, and those nearer to 0 than 1e-300 as 0, so that differences are numbers too.
    """
    if values.dtype == pl.Date:
        values = values.cast(pl.Datetime("us"))
    if isinstance(values.dtype, pl.Datetime):
        values = values.dt.epoch("us")
    if values.dtype == pl.Time:
        values = values.cast(pl.Int64) // 1000
    numbers = values.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy() + 0.0
    bounded = np.where(np.abs(numbers) < 1 / FAR, 0.0, np.clip(numbers, -FAR, FAR))
    return np.where(np.isfinite(numbers), bounded, np.nan)


def _sorted(grid: Grid) -> Grid:
    frame = grid.frame()
    return grid.take(frame.select(pl.arg_sort_by(frame.columns)).to_series().to_numpy()) if frame.width else grid
