"""The table that is shown and the table that is learned: computed columns are left out, others are fused."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from understudy.data.schema import Column, Schema
from understudy.data.values import as_text
from understudy.errors import PlanError
from understudy.rules.expressions import Expression, parse
from understudy.rules.fusion import Fusion, fuse

MOSTLY = 0.5
NEAR = 1e-9


@dataclass(frozen=True, eq=False)
class Formula:
    """A column that is worked out from others.

    Attributes:
        column: what it is in the table.
        expression: of the others.
        gaps: whether cells are missing besides where the expression says so; these gaps are learned.
    """

    column: Column
    expression: Expression
    gaps: bool = False

    def computed(self, frame: pl.DataFrame) -> pl.Series:
        """The column of a typed frame that holds the others; gaps of its own are left to the caller."""
        return as_kind(self.expression.over(frame), self.column)

    def met(self, frame: pl.DataFrame) -> pl.Series:
        """Which rows of a typed frame have the column as computed; a missing cell breaks no rule."""
        return alike(self.computed(frame), frame[self.column.name]).fill_null(True)

    def __str__(self) -> str:
        return f"{self.column.name} = {self.expression.text}"


def alike(first: pl.Series, second: pl.Series) -> pl.Series:
    """Which values are the same, numbers within rounding; null where either is."""
    if first.dtype.is_numeric() and second.dtype.is_numeric():
        apart = (first.cast(pl.Float64) - second.cast(pl.Float64)).abs()
        return apart <= NEAR * second.cast(pl.Float64).abs().clip(1.0)
    return first == second


@dataclass(frozen=True, eq=False)
class Rewriting:
    """How a typed table becomes the one that is learned, and back.

    Attributes:
        fusions: columns that are learned as one.
        formulas: columns that are computed, each after those it needs.
    """

    fusions: tuple[Fusion, ...] = ()
    formulas: tuple[Formula, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fusions or self.formulas)

    def learned(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The table to learn: a hidden column for each fusion, none that is computed unless it has gaps of its own."""
        hidden = {fusion.columns[0]: fusion.fused(frame) for fusion in self.fusions}
        columns: dict[str, pl.Series] = {}
        for each in frame.get_columns():
            if each.name in hidden:
                columns[hidden[each.name].name] = hidden[each.name]
            columns[each.name] = each
        return without(pl.DataFrame(columns), self._left_out)

    @property
    def _left_out(self) -> list[str]:
        fused = [name for fusion in self.fusions for name in fusion.columns]
        return [*fused, *(each.column.name for each in self.formulas if not each.gaps)]

    def parted(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A learned table with the columns that were fused in the place of the hidden ones."""
        for fusion in self.fusions:
            if fusion.name in frame.columns:
                rest, parts = without(frame, [fusion.name]), fusion.parted(frame[fusion.name])
                frame = pl.DataFrame({each.name: each for each in (*rest.get_columns(), *parts.get_columns())})
        return frame

    def computed(self, frame: pl.DataFrame, only: Iterable[str] | None = None) -> pl.DataFrame:
        """A frame with its computed columns; of one that has gaps of its own, what stands there says where they are."""
        for formula in self.formulas:
            name = formula.column.name
            if only is not None and name not in only:
                continue
            values = formula.computed(frame).alias(name)
            if formula.gaps and name in frame.columns:
                values = values.set(frame[name].is_null(), None)
            frame = frame.with_columns(values)
        return frame

    def formula(self, name: str) -> Formula | None:
        """The formula of a column; None where it is not computed."""
        return next((each for each in self.formulas if each.column.name == name), None)

    def fusion(self, name: str) -> Fusion | None:
        """The fusion that a column is part of; None where it is in none."""
        return next((each for each in self.fusions if name in each.columns), None)

    def schema(self, schema: Schema) -> Schema:
        """The columns that are learned, in the order of `learned`."""
        columns = list(schema.columns)
        for fusion in self.fusions:
            place = [each.name for each in columns].index(fusion.columns[0])
            columns.insert(place, Column(fusion.name, "categorical"))
        gone = set(self._left_out)
        return Schema(tuple(each for each in columns if each.name not in gone), name=schema.name)

    def state(self) -> dict[str, Any]:
        """Plain data that `restore` takes."""
        formulas = [
            {"column": each.column.name, "expression": each.expression.text, "gaps": each.gaps}
            for each in self.formulas
        ]
        return {"fusions": [each.state() for each in self.fusions], "formulas": formulas}

    @classmethod
    def restore(cls, plain: Mapping[str, Any], schema: Schema) -> "Rewriting":
        """The inverse of `state`."""
        formulas = [
            Formula(schema[each["column"]], parse(each["expression"]), bool(each["gaps"])) for each in plain["formulas"]
        ]
        return cls(tuple(Fusion.restore(each) for each in plain["fusions"]), tuple(formulas))


def without(frame: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    """The frame without these columns, whatever signs stand in their names."""
    return pl.DataFrame({each.name: each for each in frame.get_columns() if each.name not in names}) if names else frame


def rewriting(
    frame: pl.DataFrame, schema: Schema, computed: Mapping[str, Expression], groups: Sequence[Sequence[str]], k: int
) -> Rewriting:
    """How a table is learned.

    Args:
        frame: its rows, typed.
        schema: its columns.
        computed: the expression of each column that is worked out from others.
        groups: columns to learn as one; of two groups that share a column the first is taken, and so is none of which
            hardly any combination is carried by enough rows.
        k: rows that must carry a combination.

    Raises:
        PlanError: computed columns need each other in a circle.
    """
    fusions: list[Fusion] = []
    for group in groups:
        taken = {name for fusion in fusions for name in fusion.columns} | set(computed)
        found = None if taken & set(group) else fuse(frame, group, k)
        if found is not None and found.rows.sum() >= MOSTLY * frame.height:
            fusions.append(found)
    formulas = [Formula(schema[name], computed[name]) for name in ordered(computed)]
    return Rewriting(tuple(fusions), tuple(replace(each, gaps=_has_gaps(each, frame)) for each in formulas))


def _has_gaps(formula: Formula, frame: pl.DataFrame) -> bool:
    """Whether real cells are missing where the expression gives a value."""
    return bool((frame[formula.column.name].is_null() & formula.computed(frame).is_not_null()).any())


def ordered(computed: Mapping[str, Expression]) -> list[str]:
    """The computed columns, each after those it needs.

    Raises:
        PlanError: they need each other in a circle.
    """
    found: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " needs ".join(f"'{each}'" for each in (*path[path.index(name) :], name))
            hint = "learn one of them"
            raise PlanError(f"computed columns go in a circle: {circle}", hint=hint, field=f"columns.{name}.expression")
        if name in computed and name not in found:
            for needed in computed[name].columns:
                visit(needed, (*path, name))
            found.append(name)

    for name in computed:
        visit(name, ())
    return found


def as_kind(values: pl.Series, column: Column) -> pl.Series:
    """The results of an expression as the values of a column: rounded to its decimals, spelt if it is text."""
    if column.kind == "integer":
        return values.cast(pl.Float64).round().cast(pl.Int64) if values.dtype.is_float() else values.cast(pl.Int64)
    if column.kind == "decimal":
        exact = values.cast(pl.Float64)
        return exact if column.decimals is None else exact.round(column.decimals)
    if column.kind == "boolean":
        return values.cast(pl.Boolean)
    if column.kind in ("date", "datetime", "time"):
        wanted = {"date": pl.Date(), "datetime": pl.Datetime("us", column.zone), "time": pl.Time()}[column.kind]
        return values.cast(wanted)
    return as_text(values)
