"""Computed columns of which cells are known: what they say of the columns they are computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.numeric import Numeric
from understudy.models.form import Form
from understudy.rules.expressions import Expression
from understudy.rules.rewriting import Formula, as_kind

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


@dataclass(eq=False)
class Proposal:
    """Candidates for rows of which computed values are asked for: enough of their open cells that these come out.

    Of the open numbers that a computed column needs, one follows from the value asked for and from the others, which
    are drawn as often as they occur in their columns. The weight of a candidate makes up for that.

    Attributes:
        form: of the rows.
        known: cells by place, -1 where they are open, shape (rows,).
        fixed: typed values by column, null where they are open.
        decided: by column, which cells are not open.
        weight: logarithm by which candidates came too seldom, up to what all have in common, shape (rows,).
    """

    form: Form
    known: dict[int, NDArray[np.int64]]
    fixed: dict[str, pl.Series]
    decided: dict[str, Bools]
    weight: NDArray[np.float64]

    def solve(self, asked: Mapping[str, pl.Series], rng: Generator) -> None:
        """Settle open cells by what is asked of computed columns, null where nothing is."""
        asked = dict(asked)
        for formula in reversed(self.form.rewriting.formulas):
            name = formula.column.name
            if name not in asked:
                continue
            sought = asked[name].is_not_null().to_numpy()
            ways = {each: sought & self._open(each) for each in self._ways(formula)}
            for each, here in _dealt(ways, rng).items():
                rest = [other for other in formula.expression.columns if other != each]
                for leaf in self._leaves(rest):
                    self._draw(leaf, here & self._open(leaf), rng)
                values = self._inverse(formula, each, asked[name])
                if each in self.form.early:
                    before = asked.get(each, values.set(pl.Series(~here), None))
                    asked[each] = before.zip_with(pl.Series(~here), values)
                else:
                    self._follow(each, here, values)

    def _open(self, name: str) -> Bools:
        none = np.zeros(len(self.weight), dtype=bool)
        return ~self.decided.get(name, none)

    def _ways(self, formula: Formula) -> list[str]:
        """The columns that a computed one can be solved for while all others it needs can be drawn alone."""
        name, found = formula.column.name, []
        for each in formula.expression.columns:
            others = self._leaves([other for other in formula.expression.columns if other != each])
            able = all(self._alone(other) or not self._open(other).any() for other in others)
            if able and (self._alone(each) or each in self.form.early) and formula.expression.solved(each, name):
                found.append(each)
        return found

    def _alone(self, name: str) -> bool:
        """Whether a column is learned by itself as numbers."""
        code = self.form.book.columns.get(name)
        return name in self.form.learned and isinstance(code, Numeric) and code.cells is not None

    def _leaves(self, names: Sequence[str]) -> list[str]:
        """The columns that these are, or are computed from."""
        found: list[str] = []
        for name in names:
            formula = self.form.rewriting.formula(name)
            found += [name] if formula is None else self._leaves(formula.expression.columns)
        return list(dict.fromkeys(found))

    def _draw(self, name: str, here: Bools, rng: Generator) -> None:
        """Numbers as they occur in the column."""
        if not here.any():
            return
        code = self.form.book.columns[name]
        assert isinstance(code, Numeric)
        assert code.cells is not None
        share = code.cells.rows / code.cells.rows.sum()
        drawn = rng.choice(len(share), len(here), p=share)
        cells = drawn + int(code.domain.missing)
        self.weight -= np.where(here, np.log(share[drawn]), 0.0)
        self._set(name, here, code.decode(cells, rng.random(len(here))), cells)

    def _inverse(self, formula: Formula, name: str, result: pl.Series) -> pl.Series:
        """What a column must be for this result."""
        inverse = formula.expression.solved(name, formula.column.name)
        assert inverse is not None
        there = [each for each in self._leaves([*formula.expression.columns]) if each in self.fixed]
        frame = pl.DataFrame({each: self.fixed[each] for each in there})
        for each in self.form.rewriting.formulas:
            if set(each.expression.columns) <= set(frame.columns):
                frame = frame.with_columns(each.computed(frame).alias(each.column.name))
        frame = frame.with_columns(result.alias(formula.column.name))
        return as_kind(inverse.over(frame), self.form.schema[name])

    def _follow(self, name: str, here: Bools, values: pl.Series) -> None:
        """Cells that follow; a candidate in which they cannot be written counts nothing."""
        code = self.form.book.columns[name]
        assert isinstance(code, Numeric)
        able = values.is_not_null().to_numpy() & code.reaches(values)
        cells = code.encode(values)
        self.weight -= np.where(here, np.log(code.width(cells)), 0.0)
        self.weight[here & ~able] = -np.inf
        self._set(name, here & able, values, cells)

    def _set(self, name: str, here: Bools, values: pl.Series, cells: NDArray[np.int64]) -> None:
        place, chosen = self.form.book.place(name), pl.Series(here)
        before = self.fixed.get(name)
        self.fixed[name] = values.set(~chosen, None) if before is None else values.zip_with(chosen, before)
        self.known[place] = np.where(here, cells, self.known.get(place, np.full(len(here), -1)))
        self.decided[name] = self.decided.get(name, np.zeros(len(here), dtype=bool)) | here


def _dealt(ways: Mapping[str, Bools], rng: Generator) -> dict[str, Bools]:
    """One of the columns for each row, of those that are open in it, each as likely."""
    if not ways:
        return {}
    each = np.array(list(ways.values()))
    chosen = np.argmax(np.where(each, rng.random(each.shape), -1.0), axis=0)
    return {name: each[at] & (chosen == at) for at, name in enumerate(ways)}
