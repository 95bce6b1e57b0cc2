"""Real rows with some columns drawn anew, given all the others: partial synthesis."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from understudy.data.files import read
from understudy.data.patching import patched
from understudy.data.values import parse, render
from understudy.engines.contract import Fitted
from understudy.errors import ArgumentError, UnknownColumn, nearest
from understudy.execution.executors import threads
from understudy.execution.shards import Shard, shards
from understudy.execution.streams import key, stream
from understudy.models.bundles import bundles
from understudy.models.filling import SHARD, Filled, told
from understudy.models.form import Form
from understudy.models.rowwise import Partly
from understudy.providers.provider import Provider
from understudy.rules.rewriting import without


def redrawn(
    data: Any,
    columns: Sequence[str],
    form: Form,
    fitted: Fitted,
    providers: Mapping[str, Provider],
    seed: int,
    workers: int | None = None,
) -> Any:
    """The rows given, some columns drawn anew by what the others say (Little, 1993; Reiter, 2003).

    Computed columns that need one of them follow. A known cell that the model cannot write counts as the nearest one,
    or says nothing.

    Args:
        data: a frame or a path with the real rows.
        columns: to draw anew.
        form: of the rows.
        fitted: what was learned.
        providers: who invents the values of each generated column.
        seed: of the draws.
        workers: threads to draw with; one a core where None.

    Raises:
        ArgumentError: no column is named, or none is left.
        UnknownColumn: a column is none of the model's, or the data lack it.
        SchemaError: a cell cannot be read as its column's kind.
    """
    table = read(data)
    names = _checked(columns, form, table.columns)
    known = form.schema.keep([name for name in form.schema.names if name in table.columns])
    typed = parse(table, known).frame
    parts = [*_drawn(without(typed, names), form, fitted, seed, workers)]
    drawn = pl.concat(parts) if parts else typed.head(0)
    made = _followed(typed, {name: _column(name, drawn, providers, seed) for name in names}, form)
    every = np.ones(typed.height, dtype=bool)
    return patched(data, table, render(made, known, table.source), dict.fromkeys(names, every))


def _followed(typed: pl.DataFrame, made: Mapping[str, pl.Series | None], form: Form) -> pl.DataFrame:
    """The columns drawn anew, with those that are computed from all rows, or from invented columns.

    Raises:
        UnknownColumn: a column that one is computed from is not among the data.
    """
    drawn = {name: values for name, values in made.items() if values is not None}
    full = pl.DataFrame({**{each.name: each for each in without(typed, list(made)).get_columns()}, **drawn})
    full = form.rewriting.computed(full, [name for name in form.late if name in made])
    return pl.DataFrame({name: full[name] for name in made})


def _checked(columns: Sequence[str], form: Form, there: Sequence[str]) -> list[str]:
    """The columns to draw, and those that are computed from them."""
    if isinstance(columns, str) or not columns:
        raise ArgumentError(f"replace is {columns!r}", hint="name one or more columns to draw anew", field="replace")
    for name in columns:
        if name not in form.schema or name not in there:
            raise UnknownColumn(f"no column '{name}'", where="replace", hint=nearest(name, there), field="replace")
    found = list(columns)
    for formula in form.rewriting.formulas:
        if formula.column.name not in found and set(formula.expression.columns) & set(found):
            found.append(formula.column.name)
    if len(set(found)) >= len(form.schema):
        hint = "to draw every column use sample"
        raise ArgumentError("no column is left as it is", where="replace", hint=hint, field="replace")
    return [name for name in form.schema.names if name in found and name in there]


def _drawn(kept: pl.DataFrame, form: Form, fitted: Fitted, seed: int, workers: int | None) -> Iterator[pl.DataFrame]:
    """The typed rows, shard by shard."""
    gone = {name: kept[name].is_null().to_numpy() for name in kept.columns}
    known, strange = told(kept, form)
    for name in kept.columns:
        code = form.book.columns.get(name)
        if code is not None and code.domain.missing:
            place = form.book.place(name)
            known[place] = np.where(gone[name] & ~strange[place], 0, known[place])
    partly = Partly(fitted, form.book.domains, known, kept.height)
    fixed = {name: kept[name] for name in kept.columns if name in form.learned}
    filled = Filled(partly, fixed, form, gone, bundles(kept, gone, form), strict=False)

    def one(shard: Shard) -> pl.DataFrame:
        return filled.rows(shard.start, shard.rows, stream(seed, "replace", shard.number))

    return threads(one, shards(kept.height, SHARD), workers)


def _column(name: str, drawn: pl.DataFrame, providers: Mapping[str, Provider], seed: int) -> pl.Series | None:
    """A column drawn anew; None for one that is worked out afterwards and has no gaps of its own."""
    if name not in providers:
        return drawn[name] if name in drawn.columns else None
    values = providers[name].draw(0, drawn.height, stream(seed, f"replace {name}"), key(seed, name)).alias(name)
    return values.set(drawn[name].is_null(), None) if name in drawn.columns else values
