"""The column to be predicted: which one, and what it asks of a learner."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.data.semantics import words_of
from understudy.metrics.case import NUMERIC, Case, Grid, judged

NAMES = ("target", "label", "class", "y", "outcome", "response", "income", "churn", "survived", "diagnosis", "default")
WORDS = frozenset({*NAMES, "failure", "fraud", "readmitted", "price"}) - {"y", "class"}
MOST = 20
FEWEST = 10


def guess_target(schema: Schema, frame: pl.DataFrame, columns: Sequence[str] | None = None) -> str | None:
    """The column that someone would most likely want to predict.

    One named like a target, in full or in one of its words; else the last with 2 to 20 values, the second of them on at
    least 1 % of the rows and 10 of them (two where the table has fewer than 100); else the last numeric one; None where
    none is left.

    Args:
        schema: of the frame.
        frame: the real rows, typed.
        columns: those to choose from; by default those judged.
    """
    names = [name for name in schema.names if name in set(judged(schema) if columns is None else columns)]
    levels = {name: frame[name].drop_nulls().n_unique() for name in names}
    able = [name for name in names if levels[name] >= 2]
    named = [name for known in NAMES for name in able if name.casefold() == known]
    named += [name for name in able if WORDS & set(words_of(name))]
    few = [
        name
        for name in able
        if levels[name] <= MOST and _second(frame[name]) >= max(_fewest(frame.height), frame.height // 100)
    ]
    numeric = [name for name in able if schema[name].kind in NUMERIC]
    return next(iter([*named, *few[::-1], *numeric[::-1]]), None)


@dataclass(frozen=True, eq=False)
class Target:
    """A target column as a learner needs it.

    Attributes:
        name: the column.
        guessed: whether nobody named it.
        classes: number of classes, 0 for a number to be regressed.
    """

    name: str
    guessed: bool
    classes: int
    _place: int
    _numeric: bool
    _classes: NDArray

    def of(self, grid: Grid) -> NDArray[np.float64]:
        """The target of each row: its class from 0, or its number; NaN where it is missing or of no class."""
        column = _column(grid, self._place, self._numeric)
        if not self.classes:
            return column
        place = np.minimum(np.searchsorted(self._classes, column), self.classes - 1)
        return np.where(self._classes[place] == column, place.astype(float), np.nan)


def target_of(case: Case) -> Target | None:
    """The target of a case, guessed where none was named; None where no column can be one.

    A number with two values is a class. Classes are the 20 most frequent values that at least 10 training rows (two
    where the table is that small) carry; rows of other values, and rows without one, stand aside.
    """
    name = case.target
    if name is None:
        name = guess_target(case.schema, case.tables[0].frame, case.columns)
    if name is None:
        return None
    numeric = name in case.numeric
    place = (case.numeric if numeric else case.discrete).index(name)
    column = _column(case.real, place, numeric)
    values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    if numeric and len(values) > 2:
        return Target(name, case.target is None, 0, place, numeric, values[:0])
    often = counts >= _fewest(len(case.real))
    top = np.argsort(-np.where(often, counts, 0), kind="stable")[: min(MOST, int(often.sum()))]
    classes = np.sort(values[top])
    return Target(name, case.target is None, len(classes), place, numeric, classes) if len(classes) > 1 else None


def _second(values: pl.Series) -> int:
    """How often the second most frequent value occurs."""
    return values.drop_nulls().unique_counts().sort(descending=True)[1]


def _fewest(rows: int) -> int:
    return FEWEST if rows >= 10 * FEWEST else 2


def _column(grid: Grid, place: int, numeric: bool) -> NDArray[np.float64]:
    if numeric:
        return grid.numbers[:, place]
    return np.where(grid.codes[:, place] < 0, np.nan, grid.codes[:, place].astype(np.float64))
