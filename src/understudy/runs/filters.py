"""Rows drawn that lie too near to a real one, or too far from all: told by their distance, dropped and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.scans import Rows
from understudy.data.schema import Schema
from understudy.data.split import split_rows
from understudy.data.values import parse
from understudy.execution.streams import key
from understudy.kernels.points import Points
from understudy.metrics.case import NUMERIC, as_numbers
from understudy.metrics.distances import nearest, ranked, scale

MOST_COMPARED, MOST_UNSEEN, UNSEEN = 100_000, 5_000, 0.1
UNKNOWN = 2**16 - 1


@dataclass(frozen=True, eq=False)
class Places:
    """Typed rows as points, at the distances of `understudy.metrics.distances`.

    Attributes:
        lines: knots and ranks of each column of numbers, dates or times.
        levels: the values of each other column, as text.
    """

    lines: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    levels: Mapping[str, pl.Series]

    @classmethod
    def of(cls, frame: pl.DataFrame, schema: Schema) -> "Places":
        """The scale of a typed frame's own rows."""
        numeric = [name for name in frame.columns if schema[name].kind in NUMERIC]
        others = [name for name in frame.columns if name not in numeric]
        levels = {name: frame[name].cast(pl.String).drop_nulls().unique().sort() for name in others}
        return cls({name: scale(as_numbers(frame[name])) for name in numeric}, levels)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that count."""
        return (*self.lines, *self.levels)

    def points(self, frame: pl.DataFrame) -> Points:
        """The rows; a value that no real row has is a level of its own, as missing is."""
        lines = np.empty((len(self.lines), frame.height))
        levels = np.empty((len(self.levels), frame.height), dtype=np.int64)
        for into, (name, line) in zip(lines, self.lines.items(), strict=True):
            into[:] = ranked(as_numbers(frame[name]), line)
        for into, (name, known) in zip(levels, self.levels.items(), strict=True):
            cells = frame[name].cast(pl.String)
            place = cells.replace_strict(known, np.arange(1, len(known) + 1), default=UNKNOWN, return_dtype=pl.Int64)
            into[:] = place.set(cells.is_null(), 0).to_numpy()
        return Points.of(lines, levels)


@dataclass
class Tally:
    """How many rows were looked at, and dropped as too near or outlying; shards add to it side by side."""

    seen: int = 0
    near: int = 0
    outlying: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, seen: int, near: int, outlying: int) -> None:
        """Count some more."""
        with self._lock:
            self.seen, self.near, self.outlying = self.seen + seen, self.near + near, self.outlying + outlying


@dataclass(frozen=True)
class Asked:
    """What a filter says.

    Attributes:
        columns: by which rows are compared.
        shares: of unseen real rows that are nearer, or farther, than what is kept.
    """

    columns: tuple[str, ...]
    shares: Mapping[str, float]

    def __str__(self) -> str:
        return "filters " + ", ".join(f"{name} {share:g}" for name, share in self.shares.items())


@dataclass(frozen=True, eq=False)
class Filter:
    """The rule that a row is neither nearer to a real row, nor farther from all, than real rows are from each other.

    It holds real rows and lives as long as a run; no model file has it.

    Attributes:
        constraint: what was asked.
        places: the scale.
        real: the training rows compared with.
        near: the least distance of a row that is kept, a mean over columns; 0 for any.
        far: the largest one.
        tally: what was dropped so far.
    """

    constraint: Asked
    places: Places
    real: Points
    near: float
    far: float
    tally: Tally = field(default_factory=Tally)

    def away(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        """Distance of each row of a typed frame to the nearest real one."""
        return _away(self.places.points(frame), self.real)

    def met(self, frame: pl.DataFrame) -> pl.Series:
        """Which rows are kept."""
        away = self.away(frame) if frame.height else np.zeros(0)
        close, out = away < self.near, away > self.far
        self.tally.add(frame.height, int(close.sum()), int(out.sum()))
        return pl.Series("met", ~(close | out))


def fit(
    train: Rows, schema: Schema, names: Sequence[str], shares: Mapping[str, float], entity: str | None, seed: int
) -> Filter:
    """A filter by the distances of real rows.

    A tenth of the training rows, 5 000 at most, whole entities where there are any, is set aside as unseen; its
    distances to the others draw the lines, whichever rows the engine has learned. The judge's rows have no part in it.

    Args:
        train: the training rows; 100 000 stand for all where there are more.
        schema: of the columns.
        names: the columns by which rows are compared.
        shares: by filter, `near` and `outlying`.
        entity: column that says whom a row belongs to.
        seed: of the choice of rows.

    Raises:
        TooFewRows: there are no two rows, or entities, to compare.
    """
    table = train.sample(MOST_COMPARED, seed)
    frame = parse(table, schema.keep(list(names))).frame
    places = Places.of(frame, schema)
    kept, aside = split_rows(table, UNSEEN, entity, None, key(seed, "filters"))
    away = _away(places.points(frame[aside[:MOST_UNSEEN]]), places.points(frame[kept]))
    near = float(np.quantile(away, shares["near"], method="lower")) if "near" in shares else 0.0
    far = float(np.quantile(away, 1 - shares["outlying"], method="higher")) if "outlying" in shares else np.inf
    return Filter(Asked(places.columns, dict(shares)), places, places.points(frame), near, far)


def _away(rows: Points, real: Points) -> NDArray[np.float64]:
    return nearest(rows, real, [0, len(real)])[:, 0] / max(len(real.levels), 1)
