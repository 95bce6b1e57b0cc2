"""Computed columns of which cells are known: what they say of the columns they are computed from."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.numeric import Numeric
from understudy.models.form import Form
from understudy.rules.expressions import Expression
from understudy.rules.rewriting import Formula, as_kind

NEAR = 1e-9
Bools = NDArray[np.bool_]


def solved(frame: pl.DataFrame, gone: Mapping[str, Bools], form: Form) -> pl.DataFrame:
    """Typed rows with the open cells that follow from a computed one that is known and all else it needs.

    Only what an expression is linear in can be solved for; what cannot is left open.
    """
    for formula in reversed(form.rewriting.formulas):
        name, needed = formula.column.name, formula.expression.columns
        if name not in frame.columns or not frame[name].is_not_null().any():
            continue
        for each in needed:
            inverse = formula.expression.solved(each, name)
            others = [other for other in needed if other != each]
            if inverse is None or each not in form.learned or any(other not in frame.columns for other in others):
                continue
            frame = _with_solved(frame, inverse, each, gone, form)
    return frame


def _with_solved(
    frame: pl.DataFrame, inverse: Expression, name: str, gone: Mapping[str, Bools], form: Form
) -> pl.DataFrame:
    values = as_kind(inverse.over(frame), form.schema[name])
    if name not in frame.columns:
        return frame.with_columns(values.alias(name))
    open_ = frame[name].is_null() & ~pl.Series(gone.get(name, np.zeros(frame.height, dtype=bool)))
    return frame.with_columns(values.zip_with(open_, frame[name]).alias(name))


def balanced(
    frame: pl.DataFrame, asked: Mapping[str, pl.Series], decided: Mapping[str, Bools], form: Form, rng: Generator
) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """Rows drawn, one open cell of each moved so that the computed value asked for comes out.

    Args:
        frame: the rows.
        asked: of computed columns, the value of each row, null where none is.
        decided: by column, which cells are not open.
        form: of the rows.
        rng: which cell is moved, where several could be.

    Returns:
        The rows, and the place of the learned column that was moved, -1 where none was, shape (rows,).
    """
    moved = np.full(frame.height, -1, dtype=np.int64)
    none = np.zeros(frame.height, dtype=bool)
    for formula in reversed(form.rewriting.formulas):
        name = formula.column.name
        if name not in asked:
            continue
        frame = frame.with_columns(asked[name].zip_with(asked[name].is_not_null(), frame[name]).alias(name))
        apart = ~alike(formula.computed(frame), frame[name]).fill_null(False).to_numpy()
        apart &= asked[name].is_not_null().to_numpy()
        loose = {each: apart & (moved < 0) & ~decided.get(each, none) for each in _movable(formula, form)}
        for each, here in _dealt(loose, rng).items():
            code, inverse = form.book.columns[each], formula.expression.solved(each, name)
            assert isinstance(code, Numeric)
            assert inverse is not None
            values = as_kind(inverse.over(frame), form.schema[each])
            here &= values.is_not_null().to_numpy() & code.reaches(values)
            frame = frame.with_columns(values.zip_with(pl.Series(here), frame[each]).alias(each))
            moved[here] = form.place(each)
    return form.rewriting.computed(frame, form.early), moved


def _movable(formula: Formula, form: Form) -> list[str]:
    """The numbers that a computed column is linear in, and that are learned by themselves."""
    name, found = formula.column.name, []
    for each in formula.expression.columns:
        alone = each in form.learned and isinstance(form.book.columns.get(each), Numeric)
        if alone and formula.expression.solved(each, name) is not None:
            found.append(each)
    return found


def _dealt(loose: Mapping[str, Bools], rng: Generator) -> dict[str, Bools]:
    """One of the columns for each row, of those that are loose in it, each as likely."""
    if not loose:
        return {}
    each = np.array(list(loose.values()))
    chosen = np.argmax(np.where(each, rng.random(each.shape), -1.0), axis=0)
    return {name: each[at] & (chosen == at) for at, name in enumerate(loose)}


def alike(first: pl.Series, second: pl.Series) -> pl.Series:
    """Which values are the same, numbers within rounding; null where either is."""
    if first.dtype.is_numeric() and second.dtype.is_numeric():
        apart = (first.cast(pl.Float64) - second.cast(pl.Float64)).abs()
        return apart <= NEAR * second.cast(pl.Float64).abs().clip(1.0)
    return first == second
