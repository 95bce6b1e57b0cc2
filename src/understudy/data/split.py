"""Setting rows aside for the judge: at random, by entity, or the last in time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from understudy.data.files import read
from understudy.data.frames import is_pandas, to_arrow
from understudy.data.scans import Rows
from understudy.data.table import Table
from understudy.errors import ArgumentError, TooFewRows, UnknownColumn, nearest

SMALL = 10_000
Places = np.ndarray


def split(
    data: Any,
    holdout: float | None = None,
    *,
    entity: str | None = None,
    time: str | None = None,
    seed: int = 0,
) -> tuple[Any, Any]:
    """Parts a table in two: one to learn from, one that only the judge reads.

    Rows keep their order in both parts, and together the parts are the table.

    Args:
        data: a frame, a `Table`, or a path.
        holdout: share of rows set aside, between 0 and 1; by default 0.1, or 0.2 below 10 000 rows.
        entity: column that says whom a row belongs to; no entity is in both parts. Rows without one stand alone.
        time: column that orders rows; the last rows are set aside, rows of one time stay together, and rows
            without a time stay in the first part. With `entity`, the entities that begin last are set aside.
        seed: of the random choice.

    Returns:
        (train, holdout), each of the kind given; paths give Tables.

    Raises:
        ArgumentError: a share outside 0 to 1, a negative seed, or a time column that holds no times or numbers.
        TooFewRows: fewer than two rows, entities or times.
        UnknownColumn: no such column.
    """
    table = read(data)
    share = default_share(len(table)) if holdout is None else holdout
    train, aside = split_rows(table, share, entity, time, seed)
    return _take(data, table, train), _take(data, table, aside)


def default_share(rows: int) -> float:
    """Share of a table of so many rows that is set aside where nobody says: 0.1, or 0.2 below 10 000 rows."""
    return 0.2 if rows < SMALL else 0.1


def split_rows(
    table: Rows, share: float, entity: str | None = None, time: str | None = None, seed: int = 0
) -> tuple[Places, Places]:
    """The row numbers of both parts, ascending, int64.

    The share is met as nearly as whole entities and times allow; an entity that holds twice the share or more is
    never set aside while there are others.

    Raises:
        ArgumentError: as `split`.
        TooFewRows: as `split`.
        UnknownColumn: as `split`.
    """
    _check(table, share, entity, time, seed)
    named = table.only([name for name in (entity, time) if name is not None])
    units = _units(named, len(table), entity)
    target = share * len(table)
    if time is None:
        aside = _at_random(units.sizes, target, np.random.Generator(np.random.Philox(seed)))
    else:
        aside = _last(units.sizes, _first_times(_times(named, time), units), target, time)
    return np.flatnonzero(~aside[units.of_row]), np.flatnonzero(aside[units.of_row])


@dataclass(frozen=True)
class Units:
    """What is split as a whole: `of_row` (rows,) names each row's unit, `sizes` (units,) counts their rows."""

    of_row: Places
    sizes: Places


def _check(table: Rows, share: float, entity: str | None, time: str | None, seed: int) -> None:
    where = table.source.name
    if isinstance(share, bool) or not isinstance(share, int | float | np.floating) or not 0 < share < 1:
        hint = "0.1 sets a tenth of the rows aside"
        raise ArgumentError(f"the holdout must be a share between 0 and 1, not {share}", hint=hint, field="holdout")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ArgumentError(f"the seed must be a whole number from 0 up, not {seed}", field="seed")
    for field, name in (("entity", entity), ("time", time)):
        if name is not None and name not in table.columns:
            hint = nearest(name, table.columns)
            raise UnknownColumn(f"no column '{name}'", where=f"table '{where}'", hint=hint, field=field)
    if len(table) < 2:
        many = "one row" if len(table) else "no rows"
        raise TooFewRows(f"the table has {many}", where=where, hint="at least two are needed to set one aside")


def _units(table: Table, rows: int, entity: str | None) -> Units:
    if entity is None:
        return Units(np.arange(rows), np.ones(rows, dtype=np.int64))
    values = table.frame[entity]
    known = values.is_not_null().to_numpy()
    of_row = np.empty(rows, dtype=np.int64)
    of_row[known] = values.filter(values.is_not_null()).rank("dense").to_numpy().astype(np.int64) - 1
    named = int(of_row[known].max()) + 1 if known.any() else 0
    of_row[~known] = np.arange(named, named + rows - int(known.sum()))
    sizes = np.bincount(of_row)
    if len(sizes) < 2:
        hint = "at least two are needed; split by row instead"
        raise TooFewRows(f"column '{entity}' names one entity only", where=table.source.name, hint=hint, field="entity")
    return Units(of_row, sizes)


def _at_random(sizes: Places, target: float, rng: np.random.Generator) -> Places:
    """Units in random order, until half of the next would overshoot."""
    order = rng.permutation(len(sizes))
    fitting = order[sizes[order] < 2 * target]
    if not len(fitting):
        fitting = order[sizes[order] == sizes.min()]
    before = np.cumsum(sizes[fitting]) - sizes[fitting]
    many = int(np.count_nonzero(before + sizes[fitting] / 2 <= target))
    aside = np.zeros(len(sizes), dtype=bool)
    aside[fitting[: min(max(many, 1), len(sizes) - 1)]] = True
    return aside


def _times(table: Table, time: str) -> pl.Series:
    """The time column as something that sorts: text is read first as numbers, then as dates and times."""
    from understudy.data.infer import infer
    from understudy.data.values import parse

    lone = Table(table.frame[time].to_frame(), table.source)
    cells = lone.frame[time]
    if _sorts(cells) or cells.drop_nulls().n_unique() < 2:
        return cells
    numbers = cells.cast(pl.Float64, strict=False)
    if numbers.null_count() == cells.null_count():
        return numbers
    values = parse(lone, infer(lone)).frame[time]
    if _sorts(values):
        return values
    where = f"table '{table.source.name}', column '{time}'"
    hint = "name a column of dates, times or numbers"
    raise ArgumentError("the column holds no times", where=where, hint=hint, field="time")


def _sorts(values: pl.Series) -> bool:
    return values.dtype.is_temporal() or values.dtype.is_numeric()


def _first_times(values: pl.Series, units: Units) -> Places:
    """Rank of each unit's first time, int64; -1 for a unit without any."""
    ranks = values.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
    last = np.iinfo(np.int64).max
    first = np.full(len(units.sizes), last)
    np.minimum.at(first, units.of_row[ranks >= 0], ranks[ranks >= 0])
    return np.where(first == last, -1, first)


def _last(sizes: Places, ranks: Places, target: float, time: str) -> Places:
    """The units of the last times, cut between two times where the share comes nearest."""
    rows_at = np.bincount(ranks + 1, weights=sizes)
    after = rows_at.sum() - np.cumsum(rows_at)
    cuts = np.flatnonzero(rows_at)[:-1]
    if ranks.max() < 0 or not len(cuts):
        hint = "at least two are needed; split by row instead"
        raise TooFewRows("there is one time only", where=f"column '{time}'", hint=hint, field="time")
    best = cuts[np.argmin(np.abs(after[cuts] - target))]
    return ranks + 1 > best


def _take(data: Any, table: Table, rows: Places) -> Any:
    if table.source.kind == "table":
        return table.take(rows)
    if isinstance(data, Table):
        return data.take(rows)
    if is_pandas(data):
        return data.iloc[rows]
    if table.source.kind == "arrow":
        return to_arrow(data).take(rows)
    return (data.collect() if isinstance(data, pl.LazyFrame) else data)[rows]
