"""Conditions on what is drawn, met by weighted particles.

Columns are drawn in order; where a condition restricts one, only allowed codes are drawn and the row carries the weight
that the restriction had (importance sampling; Doucet, de Freitas and Gordon, "Sequential Monte Carlo Methods in
Practice", 2001, ch. 1). One of several candidates is then kept a row, in proportion to its weight: exact as candidates
grow, and no row comes twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.data.table import Source, Table
from understudy.data.values import parse
from understudy.encoding.codebook import Codebook
from understudy.encoding.codes import Codes, Masks, stack
from understudy.encoding.numeric import Numeric
from understudy.encoding.relative import Relative
from understudy.engines.contract import Fitted
from understudy.errors import ConditionError, SchemaError, UnknownColumn, nearest
from understudy.execution.streams import stream

PILOT = 4096
FEWEST, MOST = 1, 512
EFFECTIVE = 16
BLOCK = 131_072
ROUNDS = 12
SIFTED = 20_000


@dataclass(frozen=True, eq=False)
class Condition:
    """Conditions, and what meeting them takes.

    Attributes:
        values: the value that each column must have.
        allowed: the same as shares of cells.
        candidates: rows drawn for each one kept.
        effective: effective sample size of a pilot draw, as a share of its rows (Kish, 1965).
        sifted: columns whose value depends on another's in its row: rows are drawn until enough have it.
    """

    values: Mapping[str, Any]
    allowed: Masks
    candidates: int
    effective: float
    sifted: tuple[str, ...] = ()

    def rows(self, fitted: Fitted, book: Codebook, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows that meet the conditions.

        Raises:
            ConditionError: too few candidates meet them.
        """
        if not self.sifted:
            return self._decoded(fitted, book, n, rng)
        found, kept, drawn = [self._decoded(fitted, book, 0, rng)], 0, 0
        while kept < n:
            if drawn >= SIFTED * n + BLOCK:
                share = f"{kept} of {drawn} rows drawn met them"
                raise ConditionError("hardly any row meets the conditions", where=_spelt(self.values), hint=share)
            frame = self._decoded(fitted, book, BLOCK // 4, rng)
            met = pl.all_horizontal(frame[name] == self.values[name] for name in self.sifted)
            found.append(frame.filter(met))
            kept, drawn = kept + found[-1].height, drawn + frame.height
        return pl.concat(found).head(n)

    def _decoded(self, fitted: Fitted, book: Codebook, n: int, rng: Generator) -> pl.DataFrame:
        fixed = {}  # numbers alone: a cell of theirs may hold more than the value asked for
        for name, value in self.values.items():
            code = book.columns[name]
            if isinstance(code, Numeric):
                fixed[name] = pl.Series(name, [value], strict=False).cast(code.dtype).new_from_index(0, n)
        return book.decode(self.draw(fitted, n, rng), rng, fixed)

    def draw(self, fitted: Fitted, n: int, rng: Generator) -> Codes:
        """N rows that meet the conditions.

        Raises:
            ConditionError: too few candidates meet them.
        """
        if n == 0:
            return fitted.draw(0, None, self.allowed, rng).codes
        block = max(BLOCK // self.candidates, 1)
        parts = [self._block(fitted, min(block, n - start), rng) for start in range(0, n, block)]
        return stack(parts)

    def _block(self, fitted: Fitted, n: int, rng: Generator) -> Codes:
        found: list[Codes] = []
        wanted = n
        for _ in range(ROUNDS):
            drawn = fitted.draw(wanted * self.candidates, None, self.allowed, rng)
            weight = drawn.log_weight.reshape(wanted, self.candidates)
            best = np.argmax(weight + rng.gumbel(size=weight.shape), axis=1)
            alive = np.isfinite(weight.max(axis=1))
            found.append(drawn.codes.take((np.arange(wanted) * self.candidates + best)[alive]))
            wanted -= int(alive.sum())
            if wanted == 0:
                return stack(found)
        raise ConditionError(
            "hardly any row meets the conditions", where=_spelt(self.values), hint="ask for less at once"
        )


def condition(
    given: Mapping[str, Any], schema: Schema, book: Codebook, fitted: Fitted, invented: Mapping[str, Any], seed: int
) -> Condition:
    """What the conditions `given` take.

    Raises:
        UnknownColumn: a condition names no column of the model.
        ConditionError: a value is one the model cannot write, or no row meets all conditions.
    """
    values = {name: _value(name, wanted, schema, book, invented) for name, wanted in given.items()}
    sifted = tuple(name for name, value in values.items() if _depends(name, value, book))
    allowed = {book.place(name): _share(name, value, book) for name, value in values.items() if name not in sifted}
    weight = fitted.draw(PILOT, None, allowed, stream(seed, "pilot")).log_weight
    if not np.isfinite(weight).any():
        raise ConditionError(
            "no row meets the conditions",
            where=_spelt(values),
            hint="the model has seen nothing of the kind; ask for less",
        )
    share = np.exp(weight - weight.max())
    effective = float(share.sum() ** 2 / (share**2).sum() / len(share))
    even = bool(np.ptp(weight) < 1e-9)
    candidates = 1 if even else int(np.clip(np.ceil(EFFECTIVE / effective), FEWEST, MOST))
    return Condition(values, allowed, candidates, effective, sifted)


def _depends(name: str, value: Any, book: Codebook) -> bool:
    """Whether the cell of a value depends on its row; then it must lie where the column's values do."""
    code = book.columns[name]
    if value is None or not isinstance(code, Relative):
        return False
    try:
        holds = code.holds(value)
    except (pl.exceptions.PolarsError, TypeError, OverflowError):
        holds = False
    if not holds:
        advice = f"it takes {code.extent}"
        raise ConditionError(f"the model cannot write '{value}'", where=f"given '{name}'", hint=advice, field="given")
    return True


def _value(name: str, wanted: Any, schema: Schema, book: Codebook, invented: Mapping[str, Any]) -> Any:
    """The typed value of a condition; text, and 0 and 1 for a boolean, are read as its cells are."""
    if name not in schema:
        raise UnknownColumn(f"no column '{name}'", where="given", hint=nearest(name, schema.names), field="given")
    if name in invented and (wanted is not None or name not in book.columns):
        raise ConditionError(
            "its values are invented and cannot be asked for", where=f"given '{name}'", hint="set the column afterwards"
        )
    written = isinstance(wanted, str)
    if wanted is None or not (written or schema[name].kind == "boolean"):
        return wanted
    cell = Table(pl.DataFrame({name: [wanted]}), Source("given", text=written))
    try:
        return parse(cell, schema.keep([name])).frame[name][0]
    except SchemaError as error:
        kind = schema[name].kind
        raise ConditionError(
            f"'{wanted}' is no {kind}", where=f"given '{name}'", hint="write it as in the data"
        ) from error


def _share(name: str, value: Any, book: Codebook) -> NDArray[np.float64]:
    code = book.columns[name]
    try:
        cell = code.locate(value)
    except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
        raise ConditionError(
            f"{value!r} does not fit", where=f"given '{name}'", hint=f"it takes {code.extent}"
        ) from error
    if cell is None:
        levels = getattr(code, "levels", None)
        advice = nearest(str(value), levels) if levels else f"it takes {code.extent}"
        what = "missing cells" if value is None else f"'{value}'"
        raise ConditionError(f"the model cannot write {what}", where=f"given '{name}'", hint=advice, field="given")
    share = np.zeros(code.domain.cells)
    share[cell] = 1.0
    return share


def _spelt(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())
