"""A model: the plan, what was learned of every column, and the fitted engine; frames in, frames out."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator as Random
from numpy.typing import NDArray

from understudy.data.frames import give_back
from understudy.data.schema import Schema
from understudy.data.table import Source
from understudy.encoding.codebook import Codebook
from understudy.encoding.codes import Codes
from understudy.engines.contract import Fitted
from understudy.errors import ArgumentError, nearest
from understudy.execution.executors import EXECUTORS, Kind, counted, threads
from understudy.execution.shards import SHARD_ROWS, Shard, shards
from understudy.execution.streams import key, stream
from understudy.models.apart import drawn_apart
from understudy.models.calibration import Calibration
from understudy.models.conditions import Condition, Free, checked, condition
from understudy.models.drawing import Drawer
from understudy.models.filling import Filled, asked, framed
from understudy.models.form import PLAIN, Form, Rule
from understudy.models.imputing import Completed, impute, log_prob
from understudy.models.memory import Memory
from understudy.models.partial import redrawn
from understudy.models.rebalance import Mixture, mixture
from understudy.models.repeated import Repeated, repeated
from understudy.plan.plan import Plan
from understudy.providers.provider import Provider
from understudy.rules.constraints import Held
from understudy.rules.rewriting import Rewriting

TABLE = "table"
Met = Condition | Repeated | Mixture | Filled


@dataclass(frozen=True, eq=False)
class Model:
    """What was learned of one table.

    Attributes:
        plan: what was asked.
        schema: the columns, those dropped left out.
        source: the form in which the real data came.
        codebooks: codes of the learned columns, by table.
        fitted: the engine's learned distribution, by table.
        providers: who invents the values of each generated column.
        rows: training rows.
        ledger: what was generated, kept, merged, clipped or dropped; one entry each.
        memory: what attacks on it won while it was fitted; None where none was made.
        calibration: chooses among rows drawn without conditions; None where every row drawn is kept.
        rewriting: which columns are computed, or learned as one.
        held: the rules that rows keep.
        share: of rows drawn that keep the rules of a row, as measured after learning.
        filters: further rules that a run holds its rows to; a model file has none.
        complete: whether rows drawn have their missing cells filled, as a run may ask; a model file asks for none.
    """

    plan: Plan
    schema: Schema
    source: Source
    codebooks: Mapping[str, Codebook]
    fitted: Mapping[str, Fitted]
    providers: Mapping[str, Provider] = field(default_factory=dict)
    rows: int = 0
    ledger: tuple[Mapping[str, Any], ...] = ()
    memory: Memory | None = None
    calibration: Calibration | None = None
    rewriting: Rewriting = PLAIN
    held: tuple[Held, ...] = ()
    share: float = 1.0
    filters: tuple[Rule, ...] = ()
    complete: bool = False

    @cached_property
    def form(self) -> Form:
        """How rows of codes become rows of the table."""
        invented = frozenset(self.providers)
        return Form(self.schema, self.codebooks[TABLE], self.rewriting, self.held, invented, self.share, self.filters)

    @cached_property
    def _begun(self) -> Form:
        """The form of rows that are still to be completed, after which they are filtered."""
        return replace(self.form, filters=()) if self.complete else self.form

    def sample(
        self,
        n: int | None = None,
        given: Any = None,
        seed: int = 0,
        workers: int | None = None,
        *,
        rebalance: Mapping[str, Mapping[Any, float]] | None = None,
        temperature: float = 1.0,
        executor: Kind = "threads",
    ) -> Any:
        """Draw rows, in the kind of frame the model was fitted on.

        Args:
            n: rows to draw; as many as the training table has where None, or as the frame of conditions has.
            given: what is asked of columns by name: a value, None for missing, a list of values, `between`, `among`,
                `other_than`, `present`; or a frame whose rows are the conditions of a row each (empty cells are open).
            seed: the same seed gives the same rows, for any number of workers.
            workers: threads or processes to draw with; one a core where None.
            rebalance: the shares of a column's values, {"column": {value: share}}; values left out share the rest as
                the model has them, and the other columns follow.
            temperature: below 1 draws what is likely more often, above 1 less often.
            executor: who draws: "threads", "processes" (each with a copy of the model) or "serial" (this thread). The
                rows are the same.

        Raises:
            ArgumentError: a number is out of range, `given` names no columns, or `rebalance` no shares.
            UnknownColumn: a condition names a column that the model lacks.
            ConditionError: the model can write no row that meets the conditions and keeps the rules.
        """
        asking: dict[str, Any] = {"rebalance": rebalance, "temperature": temperature, "executor": executor}
        frames = list(self.stream(n, given, seed, workers, **asking))
        return give_back(pl.concat(frames), self.source)

    def stream(
        self,
        n: int | None = None,
        given: Any = None,
        seed: int = 0,
        workers: int | None = None,
        text: bool | None = None,
        *,
        rebalance: Mapping[str, Mapping[Any, float]] | None = None,
        temperature: float = 1.0,
        executor: Kind = "threads",
    ) -> Generator[pl.DataFrame, None, None]:
        """The rows of `sample` shard by shard, as polars frames in the source's form; at least one frame comes.

        Args:
            n: as in `sample`.
            given: as in `sample`.
            seed: as in `sample`.
            workers: as in `sample`.
            text: whether cells are written as text; the source's way where None.
            rebalance: as in `sample`.
            temperature: as in `sample`.
            executor: as in `sample`.

        Raises:
            UnderstudyError: as in `sample`, at once and not when the first frame is asked for.
        """
        if n is not None and (isinstance(n, bool) or not isinstance(n, int | np.integer)):
            raise ArgumentError(f"n is {n!r}", hint="use a whole number of rows", field="n")
        if n is not None and n < 0:
            raise ArgumentError(f"n is {n}", hint="use 0 or more rows", field="n")
        met = self.meet(given, seed, rebalance=rebalance, temperature=temperature)
        rows = met.partly.count if isinstance(met, Filled) else self.rows
        if isinstance(met, Filled) and n is not None and n != rows:
            raise ArgumentError(f"n is {n}, and there are {rows} rows of conditions", hint="leave n out", field="n")
        number = rows if n is None else int(n)
        if executor not in EXECUTORS:
            raise ArgumentError(f"no executor '{executor}'", hint=nearest(executor, EXECUTORS), field="executor")
        cut = shards(number, SHARD_ROWS if met is None else met.shard) if number else iter([Shard(0, 0, 0)])
        draw, threaded = self.drawer(met, temperature, seed, text), 1 if executor == "serial" else workers
        if self.form.whole:
            cut = list(cut)
            beyond = (Shard(len(cut) + each, (len(cut) + each) * SHARD_ROWS, 0) for each in count())
            return _given(lambda: draw.whole(threads(draw.typed, cut, threaded), lambda: next(beyond)))
        if executor == "processes":
            wanted = {"given": given, "seed": seed, "rebalance": rebalance, "temperature": temperature}
            return drawn_apart(self, wanted, text, cut, counted(workers))
        return threads(draw, cut, threaded)

    def drawer(self, met: Met | None, temperature: float, seed: int, text: bool | None) -> Drawer:
        """What draws one shard of `stream`."""
        rows = self._free(temperature) if met is None else met
        if self.complete and not isinstance(rows, Filled):
            rows = Completed(rows, self.form, self.fitted[TABLE])
        return Drawer(rows, self.form, self.providers, self.source, _asked(met), seed, text)

    def meet(
        self,
        given: Any = None,
        seed: int = 0,
        *,
        rebalance: Mapping[str, Mapping[Any, float]] | None = None,
        temperature: float = 1.0,
    ) -> Met | None:
        """How conditions will be met: rows drawn for each one kept, and how many of them count; None without any.

        Raises:
            UnknownColumn: a condition names a column that the model lacks.
            ConditionError: no row can meet the conditions.
            ArgumentError: as in `sample`.
        """
        stream(seed, "sample")
        warmth, form, fitted = checked(temperature), self._begun, self.fitted[TABLE]
        if isinstance(given, Mapping) or given is None:
            conditions = {} if given is None else given

            def meeting(asked: Mapping[str, Any]) -> Condition | Repeated:
                return repeated(condition(asked, form, fitted, seed, warmth), form, fitted, seed, warmth)

            if rebalance is not None:
                return mixture(rebalance, conditions, form, meeting)
            return meeting(conditions) if conditions else None
        if rebalance is not None:
            raise ArgumentError("a frame of conditions leaves no shares open", hint="drop one", field="rebalance")
        return asked(framed(given), form, fitted, warmth)

    def impute(self, data: Any, seed: int = 0, workers: int | None = None) -> Any:
        """The frame given, its missing cells drawn by what the rest of their rows say; every other cell as it was.

        Columns that the model invents, drops or does not know come back as they are. Other seeds give other draws:
        multiple imputation (Rubin, 1987).

        Args:
            data: a frame or a path; a `Table` comes back for a path.
            seed: the same seed gives the same cells, for any number of workers.
            workers: threads to draw with; one a core where None.

        Raises:
            SchemaError: a cell cannot be read as its column's kind.
            ArgumentError: the data are no table, or the seed or the workers are out of range.
        """
        return impute(data, self.form, self.fitted[TABLE], seed, workers)

    def replace(self, data: Any, columns: Sequence[str], seed: int = 0, workers: int | None = None) -> Any:
        """The rows given with some columns drawn anew, given all the others: partial synthesis.

        Computed columns that need one of them follow. A model that was fitted with `replace` in its plan draws them
        exactly and fastest.

        Args:
            data: the real rows: a frame or a path; a `Table` comes back for a path.
            columns: to draw anew.
            seed: other seeds give other copies, for combining rules.
            workers: threads to draw with; one a core where None.

        Raises:
            ArgumentError: no column is named, or none is left.
            UnknownColumn: a column is none of the model's, or the data lack it.
            SchemaError: a cell cannot be read as its column's kind.
        """
        return redrawn(data, columns, self.form, self.fitted[TABLE], self.providers, seed, workers)

    def copies(self, m: int, n: int | None = None, seed: int = 0, **asking: Any) -> list[Any]:
        """So many samples, independent of each other given the model, as combining rules need them.

        Args:
            m: how many.
            n: rows of each, as in `sample`.
            seed: of all of them; the first is no `sample` of that seed.
            asking: whatever else `sample` takes.

        Raises:
            ArgumentError: m is no whole number from 1; and as in `sample`.
        """
        if isinstance(m, bool) or not isinstance(m, int) or m < 1:
            raise ArgumentError(f"m is {m!r}", hint="use a whole number from 1", field="copies")
        return [self.sample(n, seed=number, **asking) for number in copied(seed, m)]

    def log_prob(self, data: Any) -> NDArray[np.float64]:
        """Logarithm (nats) of the probability that the model gives to each row's cells, shape (rows,).

        A cell is an interval of numbers, a value that many rows carry, a level or "missing": these are probabilities,
        not densities. A number beyond all cells counts as in the nearest. Of invented columns no more than whether a
        cell is missing counts. -inf where the model gives a row no chance.

        Raises:
            UnknownColumn: the frame lacks a column that the model has learned.
            SchemaError: a cell cannot be read as its column's kind.
        """
        return log_prob(data, self.form, self.fitted[TABLE])

    def _free(self, temperature: float) -> Free:
        fitted = self.fitted[TABLE]

        def codes(n: int, rng: Random) -> Codes:
            if self.calibration is not None and temperature == 1:
                return self.calibration.draw(fitted, n, rng)
            return fitted.draw(n, None, None, rng, temperature=temperature).codes

        return Free(codes, self._begun)

    def save(self, path: str | Path) -> Path:
        """Write the model to a file (`*.understudy`), by way of a file beside it.

        Raises:
            WriteError: the file cannot be written; nothing half-written stays.
        """
        from understudy.models.archive import save

        return save(self, path)

    @staticmethod
    def load(path: str | Path) -> "Model":
        """Read a model file; nothing in it is executed.

        Raises:
            SourceMissing: there is no such file.
            ModelFileError: it is truncated, tampered with, too large, or of another version.
        """
        from understudy.models.archive import load

        return load(path)

    def __repr__(self) -> str:
        worked, invented = len(self.rewriting.formulas), len(self.providers)
        learned = len(self.schema) - invented - worked
        computed = f", {worked} computed" if worked else ""
        return (
            f"Model('{self.source.name}', engine '{self.plan.engine}', {self.rows} rows learned, "
            f"{learned} columns learned, {invented} generated{computed})"
        )


def copied(seed: int, m: int) -> list[int]:
    """The seed of each of m copies."""
    return [key(seed, f"copy {number}") for number in range(m)]


def _given(frames: Callable[[], Iterator[pl.DataFrame]]) -> Generator[pl.DataFrame, None, None]:
    """The frames, made when the first is asked for."""
    yield from frames()


def _asked(met: Met | None) -> frozenset[str]:
    """The columns of which conditions ask something."""
    if isinstance(met, Mixture):
        return frozenset(name for each in met.conditions for name in each.wanted)
    return frozenset() if met is None else frozenset(met.fixed if isinstance(met, Filled) else met.wanted)
