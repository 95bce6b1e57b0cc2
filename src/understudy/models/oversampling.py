"""Rows placed between real rows of their class: SMOTE, SMOTENC and ADASYN, by imbalanced-learn.

A row becomes numbers. A number, date or time is one, in standard deviations. A level is a place of its own (SMOTENC: a
category that the neighbours vote on; the others: one of several axes, a level apart being as far as a standard
deviation, so that the new row takes the level of the nearer parent). A column with missing cells has one number more:
whether the cell is missing. In between it says how near the new row is to each parent; where one parent alone has a
value, the new row takes the nearer one's state: missing, or that value itself, and not a mixture with what was put in
the gap for the search of neighbours (the mean).
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding import numeric
from understudy.encoding.numeric import Numeric
from understudy.errors import ArgumentError, MissingExtra
from understudy.models.classes import spelt
from understudy.models.form import Form

NEIGHBOURS, APART, STEP, TRIES = 5, 1 / np.sqrt(2), 65_536, 10
Matrix = NDArray[np.float64]


class Axis(Protocol):
    """A column as columns of a matrix."""

    @property
    def name(self) -> str:
        """Of the column."""
        ...

    @property
    def width(self) -> int:
        """How many columns it takes."""
        ...

    def placed(self, values: pl.Series) -> Matrix:
        """Typed values as numbers, shape (rows, width)."""
        ...

    def read(self, numbers: Matrix) -> pl.Series:
        """Typed values of numbers in between, null where missing."""
        ...


@dataclass(frozen=True, eq=False)
class Measure:
    """A column of numbers, dates or times.

    Attributes:
        name: of the column.
        grid: that its values stand on.
        middle: mean of the values, in physical units (days, microseconds, nanoseconds for dates and times).
        spread: their standard deviation.
        gaps: whether cells are missing.
    """

    name: str
    grid: Numeric
    middle: float
    spread: float
    gaps: bool

    @property
    def width(self) -> int:
        """As `Axis.width`."""
        return 1 + self.gaps

    def placed(self, values: pl.Series) -> Matrix:
        """As `Axis.placed`."""
        number = ((_physical(values) - self.middle) / self.spread).reshape(-1, 1)
        return np.hstack([np.nan_to_num(number), np.isnan(number)]) if self.gaps else number

    def read(self, numbers: Matrix) -> pl.Series:
        """As `Axis.read`."""
        missing = np.clip(numbers[:, 1], 0, 1) if self.gaps else np.zeros(len(numbers))
        gone = missing > 0.5
        # a parent without a value stood at 0: what it took from the other's value is given back
        value = numbers[:, 0] / np.where(gone, 1.0, 1 - missing)
        found = self.grid.nearest(value * self.spread + self.middle)
        return found.set(pl.Series(gone), None).alias(self.name)


@dataclass(frozen=True, eq=False)
class Levels:
    """A column of levels, missing being one.

    Attributes:
        name: of the column.
        levels: its values.
        voted: whether neighbours vote on them, so that one number says which; an axis for each otherwise.
    """

    name: str
    levels: pl.Series
    voted: bool

    @property
    def width(self) -> int:
        """As `Axis.width`."""
        return 1 if self.voted else len(self.levels)

    def placed(self, values: pl.Series) -> Matrix:
        """As `Axis.placed`."""
        numbered = pl.DataFrame({"value": self.levels, "place": np.arange(len(self.levels))})
        joined = pl.DataFrame({"value": values}).join(
            numbered, on="value", how="left", nulls_equal=True, maintain_order="left"
        )
        place = joined["place"].to_numpy()
        return place.reshape(-1, 1).astype(np.float64) if self.voted else APART * np.eye(len(self.levels))[place]

    def read(self, numbers: Matrix) -> pl.Series:
        """As `Axis.read`."""
        place = np.rint(numbers[:, 0]).astype(np.int64) if self.voted else numbers.argmax(axis=1)
        return self.levels.gather(place).alias(self.name)


@dataclass(frozen=True, eq=False)
class Oversampler:
    """Rows in between.

    Attributes:
        axes: of the columns that are learned.
        matrix: the real rows that have a class, shape (rows, columns).
        label: number of the class of each, shape (rows,).
        classes: typed, by number.
        column: of the classes; it is put in where no axis holds it.
        method: "smote", "smotenc" or "adasyn".
        form: of the rows.
        number: of the class that is drawn.
    """

    axes: tuple[Axis, ...]
    matrix: Matrix
    label: NDArray[np.int64]
    classes: pl.Series
    column: str
    method: str
    form: Form
    number: int = 0
    shard: int = field(default=STEP, init=False)

    def of(self, value: Any) -> "Oversampler":
        """The same for one class."""
        return replace(self, number=int((self.classes == value).arg_true()[0]))

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows of the class.

        Raises:
            ArgumentError: imbalanced-learn cannot do it with these rows.
        """
        numbers = self._chosen(n, rng)
        columns, at = {}, 0
        for axis in self.axes:
            columns[axis.name] = axis.read(numbers[:, at : at + axis.width])
            at += axis.width
        if self.column not in columns and not self._hidden:
            columns[self.column] = self.classes.gather(np.full(len(numbers), self.number)).alias(self.column)
        frame = self.form.rewriting.parted(pl.DataFrame(columns))
        return self.form.rewriting.computed(frame, self.form.early)

    def _chosen(self, n: int, rng: Generator) -> Matrix:
        """N new rows as numbers, of more where ADASYN, which shares rows out to parents by rounding, gives others."""
        many = n if self.method != "adasyn" else max(n + n // 4, 2 * int((self.label == self.number).sum()))
        found = [self.matrix[:0]]
        for _ in range(TRIES):
            if sum(map(len, found)) >= n:
                break
            found.append(rng.permutation(self._resampled(many, int(rng.integers(2**32)))))
        if sum(map(len, found)) < n:
            raise self._unable("it places hardly any row")
        return np.concatenate(found)[:n]

    @property
    def _hidden(self) -> bool:
        """Whether the class is part of a hidden column, or computed."""
        rewriting = self.form.rewriting
        return rewriting.fusion(self.column) is not None or rewriting.formula(self.column) is not None

    def _resampled(self, n: int, seed: int) -> Matrix:
        """New rows as numbers."""
        sampler = self._sampler(n, seed)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="After over-sampling", category=UserWarning)
                found = sampler.fit_resample(self.matrix, self.label)[0]
        except (ValueError, RuntimeError) as error:
            raise self._unable(next(iter(str(error).splitlines()), type(error).__name__)) from error
        return np.asarray(found, dtype=np.float64)[len(self.matrix) :]

    def _unable(self, said: str) -> ArgumentError:
        where = f"column '{self.column}', class '{spelt(self.classes[self.number], self.form.schema[self.column])}'"
        hint = "use the method smote or engine"
        return ArgumentError(f"{self.method} cannot: {said}", where=where, hint=hint, field="method")

    def _sampler(self, n: int, seed: int) -> Any:
        over = _library()
        goal = {self.number: int((self.label == self.number).sum()) + n}
        if self.method == "adasyn":
            return over.ADASYN(sampling_strategy=goal, random_state=seed, n_neighbors=NEIGHBOURS)
        if self.method == "smote":
            return over.SMOTE(sampling_strategy=goal, random_state=seed, k_neighbors=NEIGHBOURS)
        starts = np.cumsum([0, *(axis.width for axis in self.axes)])
        voted = [int(at) for at, axis in zip(starts, self.axes, strict=False) if isinstance(axis, Levels)]
        return over.SMOTENC(voted, sampling_strategy=goal, random_state=seed, k_neighbors=NEIGHBOURS)


def _library() -> Any:
    try:
        from imblearn import over_sampling
    except ImportError:
        raise MissingExtra("imbalanced-learn is not installed", hint="pip install 'understudy[augment]'") from None
    return over_sampling


def oversampler(
    typed: pl.DataFrame, column: str, form: Form, method: str, classes: Mapping[Any, int], wanted: Mapping[Any, int]
) -> Oversampler:
    """What draws rows between real ones.

    Args:
        typed: the real rows.
        column: of the classes.
        form: of the rows; computed and invented columns are left out, those fused are one.
        method: "smote", "smotenc" or "adasyn".
        classes: rows of each.
        wanted: rows to add to each.

    Raises:
        MissingExtra: imbalanced-learn is not installed.
        ArgumentError: a class has too few rows, or SMOTENC lacks a number or a level.
    """
    _library()
    for each in wanted:
        if classes[each] <= NEIGHBOURS:
            name = spelt(each, form.schema[column])
            what = f"class '{name}' has {classes[each]} rows and {method} needs {NEIGHBOURS + 1}"
            hint = "use the method engine"
            raise ArgumentError(what, where=f"column '{column}'", hint=hint, field="method")
    rows = typed.filter(typed[column].is_not_null())
    learned = form.rewriting.learned(rows)
    axes = tuple(_axis(learned[name], form, method == "smotenc") for name in form.book.columns if name != column)
    if method == "smotenc" and len({isinstance(axis, Levels) for axis in axes}) < 2:
        hint = "use the method smote"
        raise ArgumentError("smotenc needs numbers and levels besides the class", hint=hint, field="method")
    if not axes:
        raise ArgumentError("there is no column besides the class", where=f"column '{column}'", field="column")
    known = pl.Series(column, list(classes), dtype=typed[column].dtype)
    label = Levels(column, known, voted=True).placed(rows[column])[:, 0].astype(np.int64)
    matrix = np.hstack([axis.placed(_seen(learned[axis.name], form)) for axis in axes])
    return Oversampler(axes, matrix, label, known, column, method, form)


def _axis(values: pl.Series, form: Form, voted: bool) -> Axis:
    values = _seen(values, form)
    if not (values.dtype.is_numeric() or values.dtype.is_temporal()) or values.null_count() == len(values):
        return Levels(values.name, values.unique().sort(), voted)
    decimals = form.schema[values.name].decimals
    numbers = _physical(values)
    spread = float(np.nanstd(numbers)) or 1.0
    grid = numeric.fit(values, decimals, 1)
    return Measure(values.name, grid, float(np.nanmean(numbers)), spread, values.null_count() > 0)


def _seen(values: pl.Series, form: Form) -> pl.Series:
    """A column as it is placed: of an invented or computed one no more than where it is missing."""
    blank = values.name in form.invented or form.rewriting.formula(values.name) is not None
    return values.is_null().replace_strict({False: "there", True: None}, return_dtype=pl.String) if blank else values


def _physical(values: pl.Series) -> Matrix:
    """Numbers in physical units, NaN where missing."""
    return values.to_physical().cast(pl.Float64).fill_null(np.nan).to_numpy()
