"""A frame's missing cells filled, and how likely its rows are."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.data.files import read
from understudy.data.patching import patched
from understudy.data.table import Table
from understudy.data.values import is_missing, parse, render
from understudy.encoding.categorical import Presence
from understudy.encoding.codes import Masks
from understudy.engines.contract import Fitted
from understudy.errors import UnknownColumn
from understudy.execution.executors import threads
from understudy.execution.shards import Shard, shards
from understudy.execution.streams import stream
from understudy.models.bundles import bundles
from understudy.models.conditions import Source, ruled
from understudy.models.filling import SHARD, Filled, infinite, told
from understudy.models.form import Form
from understudy.models.rowwise import Partly
from understudy.models.sifting import sifted
from understudy.models.solving import solved
from understudy.rules.rewriting import alike, without

Bools = NDArray[np.bool_]


def impute(data: Any, form: Form, fitted: Fitted, seed: int, workers: int | None) -> Any:
    """The frame with the missing cells of learned and computed columns drawn by what their rows say.

    Raises:
        SchemaError: a cell cannot be read as its column's kind.
        ArgumentError: the data are no table, or the seed or workers are out of range.
    """
    table = read(data)
    stream(seed, "impute")
    known = form.schema.keep([name for name in form.schema.names if name in table.columns])
    typed = parse(table, known).frame
    gaps = {
        column.name: (is_missing(cells := table.frame[column.name], column) & ~infinite(cells)).to_numpy()
        for column in known.columns
        if _filled(column.name, form)
    }

    def draw(typed: pl.DataFrame) -> pl.DataFrame:
        return pl.concat(_drawn(typed, form, fitted, seed, workers))

    made, gaps = _followed(typed, _patches(typed, gaps, draw), gaps, form)
    return patched(data, table, render(made, known, table.source), gaps)


def completed(typed: pl.DataFrame, form: Form, fitted: Fitted, rng: Generator) -> pl.DataFrame:
    """Typed rows, as they are drawn, with the missing cells of learned and computed columns drawn by what they say."""
    gaps = {name: typed[name].is_null().to_numpy() for name in typed.columns if _filled(name, form)}

    def draw(typed: pl.DataFrame) -> pl.DataFrame:
        filled = _filling(typed, form, fitted)
        return pl.concat(filled.rows(each.start, each.rows, rng) for each in shards(typed.height, SHARD))

    return typed.with_columns(_patches(typed, gaps, draw).get_columns())


@dataclass(frozen=True, eq=False)
class Completed:
    """Rows drawn and then completed; those that break a rule once they are are drawn again.

    Attributes:
        source: what rows are drawn from.
        form: of the rows.
        fitted: what was learned.
    """

    source: Source
    form: Form
    fitted: Fitted

    @property
    def shard(self) -> int:
        """Rows to draw in one go."""
        return self.source.shard

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows without missing cells in learned columns.

        Raises:
            ConditionError: hardly any row completed keeps the rules.
        """
        unfiltered = replace(self.form, filters=())

        def draw(n: int) -> pl.DataFrame:
            return completed(self.source.rows(start, n, rng), unfiltered, self.fitted, rng)

        return sifted(draw, self.form.met, n, ruled(self.form)) if self.form.rules else draw(n)


def _patches(
    typed: pl.DataFrame, gaps: Mapping[str, NDArray[np.bool_]], draw: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """The columns that have gaps, filled from the rows that `draw` makes of those with a gap."""
    holed = np.flatnonzero(np.any(list(gaps.values()), axis=0)) if gaps else np.zeros(0, dtype=np.int64)
    drawn = draw(typed[holed]) if len(holed) else typed.head(0)
    place = np.zeros(len(typed), dtype=np.int64)
    place[holed] = np.arange(len(holed))
    full = {
        name: drawn[name].gather(place).zip_with(pl.Series(gap), typed[name]) for name, gap in gaps.items() if gap.any()
    }
    return pl.DataFrame(full)


def _followed(
    typed: pl.DataFrame, made: pl.DataFrame, gaps: dict[str, Bools], form: Form
) -> tuple[pl.DataFrame, dict[str, Bools]]:
    """The filled columns, with those that follow from all rows or from invented columns, where these are missing."""
    full = {each.name: each for each in made.get_columns()}
    frame = typed.with_columns(full.values())
    for name in form.late:
        formula = form.rewriting.formula(name)
        if formula is None or name not in typed.columns or not set(formula.expression.columns) <= set(frame.columns):
            continue
        if not formula.gaps and (gap := typed[name].is_null()).any():
            full[name] = formula.computed(frame).zip_with(gap, typed[name]).alias(name)
            frame = frame.with_columns(full[name])
            gaps = {**gaps, name: gap.to_numpy()}
    return pl.DataFrame(full), gaps


def _filled(name: str, form: Form) -> bool:
    """Whether a column's missing cells are filled: its values are learned, or computed from such."""
    return _learned(name, form) or name in form.early


def _learned(name: str, form: Form) -> bool:
    return name in form.learned and not isinstance(form.code(name), Presence)


def _drawn(typed: pl.DataFrame, form: Form, fitted: Fitted, seed: int, workers: int | None) -> Iterator[pl.DataFrame]:
    """The typed rows with every learned cell filled, shard by shard."""
    filled = _filling(typed, form, fitted)

    def one(shard: Shard) -> pl.DataFrame:
        return filled.rows(shard.start, shard.rows, stream(seed, "impute", shard.number))

    return threads(one, shards(typed.height, SHARD), workers)


def _filling(typed: pl.DataFrame, form: Form, fitted: Fitted) -> Filled:
    """Typed rows, every missing cell of a learned column open."""
    typed = solved(typed, {}, form)
    known, _ = told(typed, form)
    for name in form.invented:
        if name in typed.columns and name in form.book.columns:
            cells = known[form.book.place(name)]
            cells[cells < 0] = 0  # an invented cell that is missing stays so, and tells of the others
    partly = Partly(fitted, form.book.domains, known, typed.height, _present(typed, form))
    fixed = {name: typed[name] for name in typed.columns if _filled(name, form)}
    none = np.zeros(typed.height, dtype=bool)
    gone = {name: none for name in form.early if name in typed.columns}
    return Filled(partly, fixed, form, gone, bundles(typed, {}, form), strict=False)


def _present(typed: pl.DataFrame, form: Form) -> Masks:
    """Cells that are not missing, of the columns that are to be filled."""
    masks: dict[int, NDArray[np.float64]] = {}
    for name in typed.columns:
        code = form.code(name)
        if code is None or not (_learned(name, form) or name in form.early):
            continue
        share = code.part((), missing=False, besides=True).share
        place = form.place(name)
        kept = share * masks.get(place, 1.0)
        if kept.any() and (kept < 1).any():
            masks[place] = kept
    return masks


def log_prob(data: Any, form: Form, fitted: Fitted) -> NDArray[np.float64]:
    """Logarithm (nats) of the probability of each row's cells.

    Raises:
        UnknownColumn: the frame lacks a column that the model has learned.
        SchemaError: a cell cannot be read as its column's kind.
    """
    table, early = read(data), set(form.early)
    wanted = [name for name in form.schema.names if form.code(name) is not None or name in early]
    _complete(table, wanted)
    shown = parse(table, form.schema.keep(wanted)).frame
    typed = form.rewriting.learned(shown)
    known, strange = told(typed, form)
    never = ~form.met(shown).to_numpy()
    for place, (name, code) in enumerate(form.book.columns.items()):
        gone = typed[name].is_null().to_numpy()
        known[place] = np.where(gone & code.domain.missing, 0, known[place])
        never |= strange[place] | (gone & (not code.domain.missing))
    for name in early:
        worked = form.rewriting.computed(without(shown, [name]), [name])[name]
        formula = form.rewriting.formula(name)
        if formula is not None and formula.gaps:
            worked = worked.set(shown[name].is_null(), None)
        never |= ~(alike(worked, shown[name]).fill_null(False) | (worked.is_null() & shown[name].is_null())).to_numpy()
    partly = Partly(fitted, form.book.domains, known, typed.height)

    def one(shard: Shard) -> NDArray[np.float64]:
        return partly.take(slice(shard.start, shard.start + shard.rows)).log_prob(stream(0, "weigh", shard.number))

    parts = list(threads(one, shards(typed.height)))
    return np.where(never, -np.inf, np.concatenate([np.zeros(0), *parts]) - np.log(form.share))


def _complete(table: Table, names: list[str]) -> None:
    for name in names:
        if name not in table.columns:
            hint = "every column that the model has learned is needed"
            raise UnknownColumn(f"no column '{name}'", where=f"table '{table.source.name}'", hint=hint)
