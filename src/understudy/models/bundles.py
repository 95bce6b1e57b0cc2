"""Known cells of columns that are learned as one or computed: what they say of the columns that are learned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.categorical import Categorical
from understudy.models.form import Form, places_of
from understudy.models.particles import block, first_kept
from understudy.models.rowwise import Partly
from understudy.rules.expressions import Expression
from understudy.rules.rewriting import as_kind

CANDIDATES = 64
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Bundle:
    """What rows leave of the combinations of a hidden column.

    Attributes:
        place: of the hidden column.
        cells: of each combination, shape (combinations,).
        rows: real rows that carry each combination, shape (combinations,).
        pattern: of each row, shape (rows,).
        fitting: the combinations that each pattern leaves.
    """

    place: int
    cells: NDArray[np.int64]
    rows: NDArray[np.int64]
    pattern: NDArray[np.int64]
    fitting: tuple[NDArray[np.int64], ...]

    def told(self, partly: Partly, rows: NDArray[np.int64], rng: Generator) -> tuple[Partly, Bools]:
        """The rows of these numbers with their hidden cell known, and which of them no combination fits.

        Where several combinations fit, candidates as frequent as among the real rows are weighed by the probability of
        all that is known of the row, as in `Partly.draw`.
        """
        pattern = self.pattern[rows]
        count = np.array([len(each) for each in self.fitting])[pattern]
        held = np.full(len(rows), -1, dtype=np.int64)
        sole = np.array([each[0] if len(each) else 0 for each in self.fitting], dtype=np.int64)
        held[count == 1] = self.cells[sole[pattern[count == 1]]]
        loose = np.flatnonzero((count > 1) & (count < len(self.cells)))
        step = max(block(len(partly.domains)) // CANDIDATES, 1)
        for first in range(0, len(loose), step):
            part = loose[first : first + step]
            held[part] = self._chosen(partly.take(part), pattern[part], rng)
        return replace(partly, known={**partly.known, self.place: held}), count == 0

    def _chosen(self, partly: Partly, pattern: NDArray[np.int64], rng: Generator) -> NDArray[np.int64]:
        chosen, share = np.empty((len(pattern), CANDIDATES), dtype=np.int64), np.empty((len(pattern), CANDIDATES))
        for each in np.unique(pattern).tolist():
            fitting, here = self.fitting[each], np.flatnonzero(pattern == each)
            chance = self.rows[fitting] / self.rows[fitting].sum()
            drawn = rng.choice(len(fitting), (len(here), CANDIDATES), p=chance)
            chosen[here], share[here] = self.cells[fitting[drawn]], chance[drawn]
        many = np.repeat(np.arange(len(pattern)), CANDIDATES)
        trial = partly.take(many)
        trial = replace(trial, known={**trial.known, self.place: chosen.ravel()})
        drawn = trial.fitted.draw(len(many), None, trial.allowed, rng, known=trial.known, temperature=trial.temperature)
        weight = drawn.log_weight.reshape(chosen.shape) - np.log(share)
        return chosen[np.arange(len(pattern)), first_kept(weight, rng)]


def bundles(frame: pl.DataFrame, gone: Mapping[str, Bools], form: Form) -> tuple[Bundle, ...]:
    """What typed rows, null where a cell is open, leave of the combinations of each hidden column.

    Args:
        frame: the rows.
        gone: cells that are known to be missing.
        form: of the rows.
    """
    found = []
    for fusion in form.rewriting.fusions:
        names = [name for name in fusion.columns if name in frame.columns]
        if not names:
            continue
        asked = frame.select(names).with_columns(
            pl.Series(f"{name} is missing", gone.get(name, np.zeros(frame.height, dtype=bool))) for name in names
        )
        kinds = asked.unique(maintain_order=True)
        numbered = asked.join(kinds.with_row_index("pattern"), on=asked.columns, how="left", nulls_equal=True)
        hidden = form.book.columns[fusion.name]
        assert isinstance(hidden, Categorical)
        fitting = tuple(_fitting(each, names, fusion.table) for each in kinds.iter_rows(named=True))
        pattern = numbered["pattern"].to_numpy().astype(np.int64)
        found.append(Bundle(form.book.place(fusion.name), places_of(fusion, hidden), fusion.rows, pattern, fitting))
    return tuple(found)


def _fitting(asked: Mapping[str, object], names: list[str], table: pl.DataFrame) -> NDArray[np.int64]:
    """The combinations that have what is asked for."""
    met = np.ones(table.height, dtype=bool)
    for name in names:
        if asked[f"{name} is missing"]:
            met &= table[name].is_null().to_numpy()
        elif asked[name] is not None:
            met &= (table[name] == asked[name]).fill_null(False).to_numpy()
    return np.flatnonzero(met)


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
