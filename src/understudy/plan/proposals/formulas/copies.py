"""Columns that repeat an earlier one."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Column, Schema
from understudy.plan.proposals.formulas.formula import Evidence, Formula, agree
from understudy.plan.proposals.formulas.numbers import floats, numeric, sampled
from understudy.plan.proposals.formulas.telling import proposal_of
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.expressions.tree import spelled_name

LEFT_OUT = frozenset({"id", "text", "constant"})


def copies(frame: pl.DataFrame, schema: Schema) -> list[Proposal]:
    """Columns that are equal to an earlier one wherever they have a value, and booleans that are its opposite."""
    return [proposal_of(*found) for found in copies_in(frame, schema).values()]


def copies_in(frame: pl.DataFrame, schema: Schema) -> dict[str, tuple[Formula, Evidence]]:
    """By name of the later column; each leans on a column that is no copy itself."""
    rows, found = sampled(frame, 1000), dict[str, tuple[Formula, Evidence]]()
    cells = {each.name: floats(rows[each.name]) for each in schema.columns if numeric(each)}
    columns = [each for each in schema.columns if each.kind not in LEFT_OUT]
    for at, left in enumerate(columns):
        for right in columns[at + 1 :]:
            if left.name not in found and right.name not in found and _may_equal(cells, left.name, right.name):
                copy = next((each for each in _ways(left, right) if _said(rows, each)), None)
                if copy and (evidence := _held(frame, copy)).holds and not evidence.broken and not evidence.partial:
                    found[copy.target] = (copy, evidence)
    return found


def _may_equal(cells: Mapping[str, NDArray[np.float64]], left: str, right: str) -> bool:
    """Whether two columns are not both numbers, or equal in a sample wherever both have a value."""
    if left not in cells or right not in cells:
        return left not in cells and right not in cells
    gap = np.abs(cells[left] - cells[right])
    return not bool((gap > 1e-9 * np.abs(cells[left])).any())


def _ways(left: Column, right: Column) -> list[Formula]:
    """The later column from the earlier one, and the other way round where gaps forbid that."""
    if left.kind != right.kind and not (numeric(left) and numeric(right)):
        return []
    ways, first, second = [], (right.name, left.name), (left.name, right.name)
    for target, source in (second, first) if left.nullable and not right.nullable else (first, second):
        ways.append(Formula(target, spelled_name(source), (source,), 1))
        if left.kind == "boolean":
            ways.append(Formula(target, f"not {spelled_name(source)}", (source,), 2))
    return ways


def _sides(frame: pl.DataFrame, formula: Formula) -> tuple[pl.Series, pl.Series]:
    actual, said = frame[formula.target], frame[formula.inputs[0]]
    return actual, ~said if formula.text.startswith("not ") and said.dtype == pl.Boolean else said


def _same(actual: pl.Series, said: pl.Series) -> pl.Series:
    """Which rows agree; false where either is missing."""
    if actual.dtype.is_numeric():
        return pl.Series(agree(floats(actual), floats(said), 0.0))
    return (actual == said).fill_null(False)


def _said(rows: pl.DataFrame, formula: Formula) -> bool:
    """Whether a copy repeats the other column in a sample wherever both have a value."""
    actual, said = _sides(rows, formula)
    return bool((_same(actual, said) | actual.is_null() | said.is_null()).all()) and actual.n_unique() > 1


def _held(frame: pl.DataFrame, formula: Formula) -> Evidence:
    actual, said = _sides(frame, formula)
    present = actual.is_not_null()
    given = said.is_not_null()
    broken = int((present & given & ~_same(actual, said)).sum())
    gaps, lost = int((~present & given).sum()), int((present & ~given).sum())
    chance = _chance(actual.drop_nulls(), said.drop_nulls())
    return Evidence(int((present & given).sum()), broken, 0, gaps, lost, chance)


def _chance(left: pl.Series, right: pl.Series) -> float:
    """The share of pairs of rows that agree; never 0, as if one row more had agreed."""
    if not len(left) or not len(right):
        return 1.0
    shares = [each.alias("value").value_counts(name="count") for each in (left, right)]
    if left.dtype != right.dtype:
        shares = [each.with_columns(pl.col("value").cast(pl.Float64)) for each in shares]
    both = shares[0].join(shares[1], on="value", suffix="_right")
    agreeing = int((both["count"].cast(pl.Int64) * both["count_right"].cast(pl.Int64)).sum())
    return (agreeing / len(left) / len(right) * len(left) + 1) / (len(left) + 1)
