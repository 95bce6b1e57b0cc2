"""Computed columns of which cells are known: what they say of the columns they are computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.numeric import Numeric
from understudy.models.form import Form
from understudy.rules.constraints.values import alike
from understudy.rules.expressions import Expression
from understudy.rules.rewriting import Formula, as_kind

Bools = NDArray[np.bool_]
MOST_NUMBERS = 2**17


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
        for name, formulas in self._of_one(asked).items():
            self._pick(name, {each.column.name: (each, asked[each.column.name]) for each in formulas}, rng)
        for formula in reversed(self.form.rewriting.formulas):
            name = formula.column.name
            if name not in asked:
                continue
            sought = asked[name].is_not_null().to_numpy()
            ways = {each: sought & self._open(each) for each in self._ways(formula)}
            drawn = {each: self._open(each) for each in self._leaves(formula.expression.columns)}
            dealt = _dealt(ways, rng)
            for each, here in dealt.items():
                rest = [other for other in formula.expression.columns if other != each]
                for leaf in self._leaves(rest):
                    self._draw(leaf, here & self._open(leaf), rng)
                values = self._inverse(formula, each, asked[name])
                if each in self.form.early:
                    before = asked.get(each, values.set(pl.Series(~here), None))
                    asked[each] = before.zip_with(pl.Series(~here), values)
                else:
                    self._follow(each, here, values)
            if len(ways) > 1 and all(each in drawn for each in ways):
                self._balance(ways, dealt, drawn)

    def _balance(self, ways: Mapping[str, Bools], dealt: Mapping[str, Bools], drawn: Mapping[str, Bools]) -> None:
        """Weigh candidates as what may have come in any of the ways open to them, each as likely.

        The balance heuristic (Veach and Guibas, SIGGRAPH 1995, equation 9): what one way hardly ever proposes, as the
        value that makes up for a frequent zero, weighs no more than another way lets it.

        Args:
            ways: candidates in which a column may be what follows from the others.
            dealt: those in which it was.
            drawn: open cells of each column that the formula needs, before they were settled.
        """
        if not all(self._gridded(name) for name in drawn):
            return
        told = {name: np.where(open_, self._proposed(name), 0.0) for name, open_ in drawn.items()}
        each = np.array([sum(told[name] for name in drawn if name != way) for way in ways])
        each = np.where(np.array(list(ways.values())), each, -np.inf)
        for own, here in zip(each, dealt.values(), strict=True):
            rows = np.flatnonzero(here & np.isfinite(self.weight))
            mean = np.logaddexp.reduce(each[:, rows], axis=0) - np.log(np.isfinite(each[:, rows]).sum(axis=0))
            self.weight[rows] += own[rows] - mean

    def _proposed(self, name: str) -> NDArray[np.float64]:
        """How likely `_draw` is to come to the numbers there are, in logarithm; 0 where there is none."""
        code, values = self.form.book.columns[name], self.fixed.get(name)
        assert isinstance(code, Numeric)
        assert code.cells is not None
        if values is None:
            return np.zeros(len(self.weight))
        there = values.is_not_null().to_numpy()
        cell = np.maximum(self.known[self.form.book.place(name)], int(code.domain.missing))
        share = code.cells.rows / code.cells.rows.sum()
        with np.errstate(divide="ignore"):
            found = np.log(share[cell - int(code.domain.missing)] * code.chance(values, cell))
        return np.where(there, found, 0.0)

    def _gridded(self, name: str) -> bool:
        code = self.form.book.columns.get(name)
        return isinstance(code, Numeric) and code.cells is not None and code.decimals is not None

    def _of_one(self, asked: Mapping[str, pl.Series]) -> dict[str, list[Formula]]:
        """Columns of numbers, each with what is computed from it alone in a way that cannot be turned round."""
        found: dict[str, list[Formula]] = {}
        for formula in self.form.rewriting.formulas:
            needed = formula.expression.columns
            if formula.column.name in asked and len(needed) == 1 and self._alone(needed[0]):
                found.setdefault(needed[0], []).append(formula)
        lone = {name: formula.expression.solved(name, "") for name, (formula, *_) in found.items()}
        return {name: each for name, each in found.items() if len(each) > 1 or lone[name] is None}

    def _pick(self, name: str, asked: Mapping[str, tuple[Formula, pl.Series]], rng: Generator) -> None:
        """Numbers as they occur in the column, of those from which what is asked for is computed."""
        code, open_ = self.form.book.columns[name], self._open(name)
        assert isinstance(code, Numeric)
        values, cells, share = _numbers(code, name)
        results = pl.DataFrame({each: alike(formula.computed(values)) for each, (formula, _) in asked.items()})
        sought = pl.DataFrame({each: alike(series) for each, (_, series) in asked.items()})
        said = sought.select(pl.concat_list(pl.all().is_not_null())).to_series().to_list()
        patterns = np.array(said, dtype=bool).reshape(len(self.weight), len(asked))
        for pattern in np.unique(patterns, axis=0):
            here = open_ & (patterns == pattern).all(axis=1)
            columns = [each for each, there in zip(asked, pattern.tolist(), strict=True) if there]
            if columns and here.any():
                rows = np.flatnonzero(here)
                chosen, able = _among(results.select(columns), share, sought.select(columns)[rows], rng)
                at = np.zeros(len(here), dtype=np.int64)
                at[rows] = chosen
                self.weight[rows[~able]] = -np.inf
                self.weight[rows] -= np.log(share[chosen])
                self._set(name, here, values[name].gather(at), cells[at] + int(code.domain.missing))

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
        cells = code.encode(values)
        chance = np.where(values.is_not_null().to_numpy(), code.chance(values, cells), 0.0)
        able = chance > 0
        with np.errstate(divide="ignore"):
            self.weight += np.where(here, np.log(chance), 0.0)
        self._set(name, here & able, values, cells)

    def _set(self, name: str, here: Bools, values: pl.Series, cells: NDArray[np.int64]) -> None:
        place, chosen = self.form.book.place(name), pl.Series(here)
        before = self.fixed.get(name)
        self.fixed[name] = values.set(~chosen, None) if before is None else values.zip_with(chosen, before)
        self.known[place] = np.where(here, cells, self.known.get(place, np.full(len(here), -1)))
        self.decided[name] = self.decided.get(name, np.zeros(len(here), dtype=bool)) | here


def _numbers(code: Numeric, name: str) -> tuple[pl.DataFrame, NDArray[np.int64], NDArray[np.float64]]:
    """Numbers of a column, all of them where there are not too many: value, place of its cell, share of the rows."""
    assert code.cells is not None
    number = len(code.cells.rows)
    wide = code.width(np.arange(number) + int(code.domain.missing))
    each = np.clip(np.ceil(wide), 1, max(MOST_NUMBERS // number, 1)).astype(np.int64)
    cells = np.repeat(np.arange(number), each)
    begun = np.repeat(np.cumsum(each) - each, each)
    uniform = (np.arange(len(cells)) - begun + 0.5) / each[cells]
    values = code.decode(cells + int(code.domain.missing), uniform)
    share = (code.cells.rows / code.cells.rows.sum() / each)[cells]
    return pl.DataFrame({name: values}), cells, share


def _among(
    results: pl.DataFrame, share: NDArray[np.float64], sought: pl.DataFrame, rng: Generator
) -> tuple[NDArray[np.int64], Bools]:
    """For each row sought one of the rows of results that are equal, by their shares; and which rows have any."""
    kinds = results.unique(maintain_order=True).with_row_index("kind")
    group, wanted = (
        each.join(kinds, on=results.columns, how="left", nulls_equal=True, maintain_order="left")["kind"]
        for each in (results, sought)
    )
    order = np.argsort(group.to_numpy(), kind="stable")
    total = np.r_[0.0, np.cumsum(share[order])]
    begin = np.searchsorted(group.to_numpy()[order], np.arange(kinds.height + 1))
    able = wanted.is_not_null().to_numpy()
    kind = wanted.fill_null(0).to_numpy()
    low, high = total[begin[kind]], total[begin[kind + 1]]
    place = np.searchsorted(total, low + rng.random(len(kind)) * (high - low), side="right") - 1
    return order[np.clip(place, begin[kind], begin[kind + 1] - 1)], able


def _dealt(ways: Mapping[str, Bools], rng: Generator) -> dict[str, Bools]:
    """One of the columns for each row, of those that are open in it, each as likely."""
    if not ways:
        return {}
    each = np.array(list(ways.values()))
    chosen = np.argmax(np.where(each, rng.random(each.shape), -1.0), axis=0)
    return {name: each[at] & (chosen == at) for at, name in enumerate(ways)}
