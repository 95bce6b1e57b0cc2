"""Known cells of columns that are learned as one: what they leave of the combinations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.categorical import Categorical
from understudy.models.form import Form, places_of
from understudy.models.particles import block, first_kept
from understudy.models.rowwise import Partly

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
        all that is known of the row, as in `Partly.draw`. Those that are not allowed are left out where others fit.
        """
        pattern, able = self.pattern[rows], self._able(partly)
        count = np.array([len(each) for each in able])[pattern]
        held = np.full(len(rows), -1, dtype=np.int64)
        sole = np.array([each[0] if len(each) else 0 for each in able], dtype=np.int64)
        held[count == 1] = self.cells[sole[pattern[count == 1]]]
        loose = np.flatnonzero((count > 1) & (count < len(self.cells)))
        step = max(block(len(partly.domains)) // CANDIDATES, 1)
        for first in range(0, len(loose), step):
            part = loose[first : first + step]
            held[part] = self._chosen(partly.take(part), pattern[part], able, rng)
        return replace(partly, known={**partly.known, self.place: held}), count == 0

    def _able(self, partly: Partly) -> list[NDArray[np.int64]]:
        """The combinations that each pattern leaves, without those that are not allowed."""
        allowed = partly.allowed.get(self.place)
        if allowed is None:
            return [*self.fitting]
        able = [each[allowed[self.cells[each]] > 0] for each in self.fitting]
        return [kept if len(kept) else each for kept, each in zip(able, self.fitting, strict=True)]

    def _chosen(
        self, partly: Partly, pattern: NDArray[np.int64], able: Sequence[NDArray[np.int64]], rng: Generator
    ) -> NDArray[np.int64]:
        chosen, share = np.empty((len(pattern), CANDIDATES), dtype=np.int64), np.empty((len(pattern), CANDIDATES))
        for each in np.unique(pattern).tolist():
            fitting, here = able[each], np.flatnonzero(pattern == each)
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
        nowhere = np.zeros(frame.height, dtype=bool)
        asked = pl.DataFrame([frame[name].alias(f"c{at}") for at, name in enumerate(names)])
        asked = asked.with_columns(pl.Series(f"g{at}", gone.get(name, nowhere)) for at, name in enumerate(names))
        kinds = asked.unique(maintain_order=True)
        numbered = asked.join(
            kinds.with_row_index("pattern"), on=asked.columns, how="left", nulls_equal=True, maintain_order="left"
        )
        hidden = form.book.columns[fusion.name]
        assert isinstance(hidden, Categorical)
        fitting = tuple(_fitting(each, names, fusion.table) for each in kinds.iter_rows())
        pattern = numbered["pattern"].to_numpy().astype(np.int64)
        found.append(Bundle(form.book.place(fusion.name), places_of(fusion, hidden), fusion.rows, pattern, fitting))
    return tuple(found)


def _fitting(asked: Sequence[object], names: list[str], table: pl.DataFrame) -> NDArray[np.int64]:
    """The combinations that have what is asked for: values of these columns, and then whether each is missing."""
    met = np.ones(table.height, dtype=bool)
    for name, value, gone in zip(names, asked, asked[len(names) :], strict=False):
        if gone:
            met &= table[name].is_null().to_numpy()
        elif value is not None:
            met &= (table[name] == value).fill_null(False).to_numpy()
    return np.flatnonzero(met)
