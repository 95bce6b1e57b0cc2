"""Rows that a caller brings, some of their cells known: as conditions, to be filled, or to be weighed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.data.frames import as_table
from understudy.data.schema import Column
from understudy.data.table import Table
from understudy.data.values import is_missing, parse
from understudy.encoding.categorical import Categorical, Presence
from understudy.encoding.relative import Relative
from understudy.engines.contract import Fitted
from understudy.errors import ArgumentError, ConditionError, UnknownColumn, nearest
from understudy.execution.streams import stream
from understudy.models.anchoring import anchored, proposed
from understudy.models.bundles import Bundle, bundles
from understudy.models.form import Form, Member
from understudy.models.particles import effective, first_kept
from understudy.models.rowwise import Partly
from understudy.models.solving import Proposal, solved
from understudy.models.wanted import unasked
from understudy.rules.rewriting import alike

SHARD, PILOT = 8192, 256
AGAIN, MOST_AGAIN = (64, 512, 4096), 32_768
MOST_TRIED = 2**20
FEW = 8
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Filled:
    """Rows of which some cells are known, the others to be drawn.

    Attributes:
        partly: the rows as codes.
        fixed: typed values of each column shown, null where they are to be drawn.
        form: of the rows.
        gone: cells shown that are known to be missing.
        bundles: of each hidden column: the combinations that a row's known cells leave.
        strict: whether a row that the model gives no chance is refused.
    """

    partly: Partly
    fixed: Mapping[str, pl.Series]
    form: Form
    gone: Mapping[str, Bools] = field(default_factory=dict)
    bundles: tuple[Bundle, ...] = ()
    strict: bool = True
    shard = SHARD

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """The typed rows from `start` on.

        Raises:
            ConditionError: a row asks for what the model gives no chance, or for what breaks a rule.
        """
        return self.at(np.arange(start, start + n), rng)

    def at(self, rows: NDArray[np.int64], rng: Generator) -> pl.DataFrame:
        """The typed rows of these numbers; those that break a rule, or miss a computed value asked for, drawn again.

        A row that need not be refused stays as it is where nothing better is found.

        Raises:
            ConditionError: as in `rows`.
        """
        frame = self._drawn(rows, rng)
        if not self._sifts:
            return frame
        never = low = np.flatnonzero(~self._met(frame, rows))
        for number in AGAIN:
            if not len(low) or (not self.strict and number * len(low) > MOST_TRIED):
                break
            found = []
            for part in np.array_split(low, -(-len(low) * number // MOST_AGAIN)):
                others, count = self._again(rows[part], number, rng)
                frame = _put(frame, part[count > 0], others.filter(pl.Series(count > 0)))
                found.append(count)
                if self.strict and number == AGAIN[-1] and len(gone := np.intersect1d(part[count == 0], never)):
                    raise self._never(frame[gone[:1]], int(rows[gone[0]]))
            count = np.concatenate(found)
            never, low = np.setdiff1d(never, low[count > 0]), low[count < FEW]
        if self.strict and len(never):
            raise self._never(frame[never[:1]], int(rows[never[0]]))
        return frame

    def _never(self, drawn: pl.DataFrame, row: int) -> ConditionError:
        """The error on a row, by one that was drawn for it."""
        broken = [str(each.constraint) for each in self.form.rules if not each.met(drawn)[0]]
        for name, values in self._asked.items():
            if values[row] is not None and not alike(drawn[name], values[[row]]).fill_null(False)[0]:
                broken.append(f"{name} = {values[row]}")
        said = f"no row drawn keeps {', '.join(broken)}" if broken else "hardly any row drawn is as asked for"
        hint = f"{said}; ask for less"
        return ConditionError("no row meets the conditions", where=f"given, row {row + 1}", hint=hint, field="given")

    @property
    def _sifts(self) -> bool:
        return bool(self.form.rules or self._asked)

    @cached_property
    def _asked(self) -> dict[str, pl.Series]:
        """The computed columns of which values, or gaps, are asked for."""
        return {name: self.fixed[name] for name in self.form.early if name in self.fixed and name in self.gone}

    @cached_property
    def _decided(self) -> dict[str, Bools]:
        """Which cells of a column are known, or follow from known ones."""
        nowhere = np.zeros(self.partly.count, dtype=bool)
        found = dict.fromkeys(self.form.blank, ~nowhere)
        for name, values in self.fixed.items():
            found[name] = values.is_not_null().to_numpy() | self.gone.get(name, nowhere)
        for formula in self.form.rewriting.formulas:
            name = formula.column.name
            found[name] = found.get(name, nowhere) | self._all(formula.expression.columns, found)
        return found

    @cached_property
    def _solves(self) -> Bools:
        """Rows of which a computed value is asked for that does not follow from known cells."""
        found = np.zeros(self.partly.count, dtype=bool)
        for name, values in self._asked.items():
            found |= values.is_not_null().to_numpy() & ~self._idle[name]
        return found

    def _all(self, names: Sequence[str], decided: Mapping[str, Bools]) -> Bools:
        """Rows in which nothing of these columns is open."""
        found = np.ones(self.partly.count, dtype=bool)
        for name in names:
            found &= decided.get(name, False)
        return found

    @cached_property
    def _idle(self) -> dict[Any, Bools]:
        """Rows in which a rule, by its number, or a computed column, by its name, hangs on known cells alone.

        Where a row need not be refused, whether they hold there is no reason to draw it again.
        """
        ruled = dict(enumerate(self._all(each.constraint.columns, self._decided) for each in self.form.rules))
        formulas = self.form.rewriting.formulas
        return ruled | {each.column.name: self._all(each.expression.columns, self._decided) for each in formulas}

    def _met(self, frame: pl.DataFrame, rows: NDArray[np.int64]) -> Bools:
        """Which rows keep the rules and have the computed values asked for, as far as it is open whether they do."""
        found = np.ones(frame.height, dtype=bool)
        for number, each in enumerate(self.form.rules):
            found &= each.met(frame).to_numpy() | self._settled(number, rows)
        for name, values in self._asked.items():
            asked, gone = values.gather(rows), self.gone[name][rows]
            same = (alike(frame[name], asked).fill_null(False) | asked.is_null()).to_numpy()
            found &= (same & (frame[name].is_null().to_numpy() | ~gone)) | self._settled(name, rows)
        return found

    def _settled(self, what: int | str, rows: NDArray[np.int64]) -> Bools | bool:
        return False if self.strict else self._idle[what][rows]

    def _again(self, rows: NDArray[np.int64], number: int, rng: Generator) -> tuple[pl.DataFrame, NDArray[np.float64]]:
        """One of so many candidates for each row, and how many of these count (Kish, 1965), 0 where none is as asked.

        Candidates are kept by the probability of what is known behind what is drawn, the cells that follow from
        computed values asked for among it.
        """
        partly, fixed = self._begun(rows, rng)
        place = np.repeat(np.arange(len(rows)), number)
        partly, many = partly.take(place), rows[place]
        given = {name: each.gather(place) for name, each in fixed.items()}
        partly, given, weight = proposed(partly, given, self.form.book, rng)
        decided = {name: each[many] for name, each in self._decided.items()}
        tried = Proposal(self.form, dict(partly.known), dict(given), decided, weight)
        tried.solve({name: values.gather(many) for name, values in self._asked.items()}, rng)
        warm, allowed = partly.temperature, partly.allowed
        drawn = partly.fitted.draw(len(many), None, allowed, rng, known=tried.known, temperature=warm)
        trial, weight = self.form.decode(drawn.codes, rng, tried.fixed), drawn.log_weight + tried.weight
        weight = np.where(self._met(trial, many), weight, -np.inf).reshape(len(rows), number)
        best = np.arange(len(rows)) * number + first_kept(weight, rng)
        return trial[best], effective(weight) * number

    def _drawn(self, rows: NDArray[np.int64], rng: Generator) -> pl.DataFrame:
        partly, fixed = anchored(*self._begun(rows, rng), self.form.book, rng)
        codes, count, _ = partly.draw(rng)
        if self.strict and (count == 0).any():
            raise _unmet(int(rows[np.argmin(count)]))
        return self.form.decode(codes, rng, fixed)

    def _begun(self, rows: NDArray[np.int64], rng: Generator) -> tuple[Partly, Mapping[str, pl.Series]]:
        """The rows of these numbers, with the hidden cells that follow from known ones."""
        fixed = {name: values.gather(rows) for name, values in self.fixed.items() if name in self.form.book.columns}
        partly = self.partly.take(rows)
        for bundle in self.bundles:
            partly, never = bundle.told(partly, rows, rng)
            if self.strict and never.any():
                raise _unmet(int(rows[np.argmax(never)]))
        return partly, fixed

    @cached_property
    def counts(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Of some rows: how many candidates count (Kish, 1965; inf where one is drawn exactly), and how many there are.

        Raises:
            ConditionError: a row asks for what the model gives no chance.
        """
        rows = np.unique(np.linspace(0, self.partly.count - 1, min(PILOT, self.partly.count)).astype(np.int64))
        if len(solved_for := rows[self._solves[rows]][:FEW]):
            _, count = self._again(solved_for, AGAIN[0], stream(0, "pilot"))
            return count, np.full(len(count), AGAIN[0])
        partly = self.partly.take(rows)
        for bundle in self.bundles:
            partly, _ = bundle.told(partly, rows, stream(0, "pilot"))
        _, count, drawn = partly.draw(stream(0, "pilot"))
        if self.strict and (count == 0).any():
            raise _unmet(int(rows[np.argmin(count)]))
        return count, drawn

    @property
    def candidates(self) -> float:
        """Rows drawn for each one kept, in the mean of some rows."""
        return float(self.counts[1].mean()) if self.partly.count else 1.0

    @property
    def effective(self) -> float | None:
        """How many candidates count for the row of which the fewest do, among some; None where each row is exact."""
        least = float(self.counts[0].min()) if self.partly.count else np.inf
        return None if np.isinf(least) else least


def _put(frame: pl.DataFrame, place: NDArray[np.int64], rows: pl.DataFrame) -> pl.DataFrame:
    """The frame with other rows at these places."""
    at = np.arange(frame.height)
    at[place] = frame.height + np.arange(rows.height)
    return pl.concat([frame, rows])[at]


def _unmet(row: int) -> ConditionError:
    hint = "the model has seen nothing of the kind; ask for less"
    return ConditionError("no row meets the conditions", where=f"given, row {row + 1}", hint=hint, field="given")


def framed(given: Any) -> Table:
    """Conditions that are no mapping as the table they must be.

    Raises:
        ArgumentError: they are none.
    """
    try:
        return as_table(given, name="given")
    except ArgumentError:
        hint = 'use {"column": value}, or a frame with a row of conditions for each row'
        raise ArgumentError(f"given is {given!r}", hint=hint, field="given") from None


def asked(table: Table, form: Form, fitted: Fitted, temperature: float) -> Filled:
    """A frame of conditions: a row each, its empty cells open; a missing code of the column's own asks for missing.

    Raises:
        UnknownColumn: a column is none of the model's.
        ConditionError: a value is one the model cannot write.
        SchemaError: a cell cannot be read as its column's kind.
    """
    schema = form.schema
    for name in table.columns:
        if name not in schema:
            raise UnknownColumn(f"no column '{name}'", where="given", hint=nearest(name, schema.names), field="given")
    table = replace(table, frame=table.frame.with_columns(_opened(table.frame[name]) for name in table.columns))
    frame = parse(table, schema.keep(table.columns)).frame
    gone = {name: _coded(table.frame[name], schema[name]) for name in table.columns}
    frame = solved(frame, gone, form)
    for name in frame.columns:
        _refuse_unwritable(frame[name], gone.get(name, np.zeros(frame.height, dtype=bool)), name, form)
    known, _ = told(frame, form)
    for name in table.columns:
        if name in form.book.columns and gone[name].any():
            known[form.book.place(name)][gone[name]] = 0
    fixed = {name: frame[name] for name in frame.columns if name in form.learned or form.rewriting.formula(name)}
    partly = Partly(fitted, form.book.domains, known, frame.height, temperature=temperature)
    return Filled(partly, fixed, form, gone, bundles(frame, gone, form))


def _opened(cells: pl.Series) -> pl.Series:
    """Blank text is an empty cell."""
    return cells.set(cells.cast(pl.String).str.strip_chars() == "", None) if cells.dtype == pl.String else cells


def _coded(cells: pl.Series, column: Column) -> Bools:
    """Cells that a code of the column's own, and not their emptiness, says to be missing."""
    there = cells.is_not_null() & ~infinite(cells)
    if cells.dtype.is_float():
        there &= ~cells.is_nan().fill_null(True)
    return (is_missing(cells, column) & there).to_numpy()


def infinite(cells: pl.Series) -> pl.Series:
    """Which cells hold an infinity."""
    return cells.is_infinite().fill_null(False) if cells.dtype.is_float() else cells.is_null() & False


def _refuse_unwritable(values: pl.Series, gone: Bools, name: str, form: Form) -> None:
    there, code = values.drop_nulls().unique(maintain_order=True), form.code(name)
    if (name in form.invented or name in form.late) and (len(there) or (gone.any() and code is None)):
        raise unasked(name, form)
    if code is None or form.rewriting.formula(name) is not None:
        return
    if gone.any() and not (code.missing if isinstance(code, Member) else code.domain.missing):
        raise ConditionError("the model cannot write missing cells", where=f"given '{name}'", field="given")
    for value in there:
        if not (code.holds(value, value) if isinstance(code, Relative) else code.locate(value) is not None):
            row = int((values == value).arg_true()[0]) + 1
            levels = getattr(code, "levels", None)
            hint = nearest(str(value), levels) if levels else f"it takes {code.extent}"
            raise ConditionError(
                f"the model cannot write '{value}'", where=f"given '{name}', row {row}", hint=hint, field="given"
            )


def told(frame: pl.DataFrame, form: Form) -> tuple[dict[int, NDArray[np.int64]], dict[int, Bools]]:
    """The cells of typed rows by place, -1 where one is missing or says nothing to the model; and which say nothing.

    Columns that are learned as one are told by their `bundles`.

    A level that the model does not know is its bucket of rare ones, where there is one; else it says nothing. A number
    beyond all cells is in the nearest. A date that is coded by its distance from one that is missing says nothing.
    """
    known: dict[int, NDArray[np.int64]] = {}
    strange: dict[int, Bools] = {}
    blank = form.invented.union(each.column.name for each in form.rewriting.formulas)
    for place, (name, code) in enumerate(form.book.columns.items()):
        if name not in frame.columns:
            continue
        values = frame[name]
        there, mute = values.is_not_null().to_numpy(), np.zeros(frame.height, dtype=bool)
        if isinstance(code, Relative):
            anchor = frame[code.anchor] if code.anchor in frame.columns else _nothing(values)
            cells, mute = code.encode(values, anchor), there & anchor.is_null().to_numpy()
        else:
            cells = code.encode(values)
        if isinstance(code, Categorical) and not code.rare:
            mute = there & ~values.cast(pl.String).is_in(list(code.levels)).fill_null(False).to_numpy()
        elif isinstance(code, Presence) and name not in blank:
            mute = there
        known[place], strange[place] = np.where(there & ~mute, cells, -1), mute
    return known, strange


def _nothing(values: pl.Series) -> pl.Series:
    return pl.Series([None] * len(values), dtype=values.dtype)
