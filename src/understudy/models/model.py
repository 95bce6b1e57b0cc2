"""A model: the plan, what was learned of every column, and the fitted engine; frames in, frames out."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator as Random

from understudy.data.frames import give_back
from understudy.data.schema import Schema
from understudy.data.table import Source
from understudy.data.values import render
from understudy.encoding.categorical import Presence
from understudy.encoding.codebook import Codebook
from understudy.engines.contract import Fitted
from understudy.errors import ArgumentError
from understudy.execution.executors import threads
from understudy.execution.shards import Shard, shards
from understudy.execution.streams import key, stream
from understudy.models.conditions import Condition, condition
from understudy.plan.plan import Plan
from understudy.providers.provider import Provider

TABLE = "table"


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
    """

    plan: Plan
    schema: Schema
    source: Source
    codebooks: Mapping[str, Codebook]
    fitted: Mapping[str, Fitted]
    providers: Mapping[str, Provider] = field(default_factory=dict)
    rows: int = 0
    ledger: tuple[Mapping[str, Any], ...] = ()

    def sample(
        self, n: int | None = None, given: Mapping[str, Any] | None = None, seed: int = 0, workers: int | None = None
    ) -> Any:
        """Draw rows, in the kind of frame the model was fitted on.

        Args:
            n: rows to draw; as many as the training table has where None.
            given: value that each of these columns must have, by column name (None for missing).
            seed: the same seed gives the same rows, for any number of workers.
            workers: threads to draw with; one a core where None.

        Raises:
            ArgumentError: n, the seed or the workers are no whole number in range, or `given` names no columns.
            UnknownColumn: a condition names a column that the model lacks.
            ConditionError: the model can write no row that meets the conditions.
        """
        frames = list(self.stream(self.rows if n is None else n, given, seed, workers))
        return give_back(pl.concat(frames), self.source)

    def stream(
        self,
        n: int,
        given: Mapping[str, Any] | None = None,
        seed: int = 0,
        workers: int | None = None,
        text: bool | None = None,
    ) -> Generator[pl.DataFrame, None, None]:
        """The rows of `sample` shard by shard, as polars frames in the source's form; at least one frame comes.

        Args:
            n: rows to draw.
            given: as in `sample`.
            seed: as in `sample`.
            workers: as in `sample`.
            text: whether cells are written as text; the source's way where None.

        Raises:
            UnderstudyError: as in `sample`, at once and not when the first frame is asked for.
        """
        if isinstance(n, bool) or not isinstance(n, int | np.integer):
            raise ArgumentError(f"n is {n!r}", hint="use a whole number of rows", field="n")
        if n < 0:
            raise ArgumentError(f"n is {n}", hint="use 0 or more rows", field="n")
        stream(seed, "sample")
        met = self.meet(given, seed)

        def one(shard: Shard) -> pl.DataFrame:
            return render(self._typed(shard, met, seed), self.schema, self.source, text=text)

        return threads(one, shards(int(n)) if n else [Shard(0, 0, 0)], workers)

    def meet(self, given: Mapping[str, Any] | None, seed: int = 0) -> Condition | None:
        """How conditions will be met: candidates a row, effective share of a candidate; None without conditions.

        Raises:
            UnknownColumn: a condition names a column that the model lacks.
            ConditionError: no row can meet the conditions.
        """
        if given is None:
            return None
        if not isinstance(given, Mapping):
            raise ArgumentError(f"given is {given!r}", hint='use {"column": value}', field="given")
        if not given:
            return None
        return condition(given, self.schema, self.codebooks[TABLE], self.fitted[TABLE], self.providers, seed)

    def _typed(self, shard: Shard, met: Condition | None, seed: int) -> pl.DataFrame:
        rng = stream(seed, "sample", shard.number)
        book, fitted = self.codebooks[TABLE], self.fitted[TABLE]
        if met is not None:
            drawn = met.rows(fitted, book, shard.rows, rng)
        else:
            codes = fitted.draw(shard.rows, None, None, rng).codes
            drawn = book.decode(codes, rng) if book.columns else pl.DataFrame()
        return pl.DataFrame({name: self._column(name, drawn, shard, rng, seed) for name in self.schema.names})

    def _column(self, name: str, drawn: pl.DataFrame, shard: Shard, rng: Random, seed: int) -> pl.Series:
        if name in self.providers:
            values = self.providers[name].draw(shard.start, shard.rows, rng, key(seed, name)).alias(name)
            gaps = drawn[name].is_null() if name in drawn.columns else None
            return values if gaps is None else values.set(gaps, None)
        if isinstance(self.codebooks[TABLE].columns[name], Presence):
            return pl.Series(name, [None] * shard.rows, dtype=pl.String)
        return drawn[name]

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
        learned, invented = len(self.schema) - len(self.providers), len(self.providers)
        return (
            f"Model('{self.source.name}', engine '{self.plan.engine}', {self.rows} rows learned, "
            f"{learned} columns learned, {invented} generated)"
        )
