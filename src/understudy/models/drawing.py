"""From typed rows to the table: invented columns, those worked out from them, and what all rows keep together."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator

from understudy.data.table import Source
from understudy.data.values import render
from understudy.encoding.categorical import Presence
from understudy.errors import ConditionError
from understudy.execution.shards import SHARD_ROWS, Shard
from understudy.execution.streams import key, stream
from understudy.models import conditions
from understudy.models.filling import Filled
from understudy.models.form import Form, kept
from understudy.providers.provider import Provider

ROUNDS = 40


@dataclass(frozen=True, eq=False)
class Drawer:
    """Draws shards of the table.

    Attributes:
        rows: what typed rows are drawn from.
        form: of the rows.
        providers: who invents the values of each generated column.
        source: in whose form the table is written.
        asked: columns of which something is asked.
        seed: of every draw.
        text: whether cells are written as text; the source's way where None.
    """

    rows: "conditions.Source"
    form: Form
    providers: Mapping[str, Provider]
    source: Source
    asked: frozenset[str]
    seed: int
    text: bool | None

    def __call__(self, shard: Shard) -> pl.DataFrame:
        """The shard as it is written; shards may be drawn in any order, by anyone."""
        return self.written(self.typed(shard))

    def written(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Typed rows in the form of the source."""
        return render(frame, self.form.schema, self.source, text=self.text)

    def typed(self, shard: Shard) -> pl.DataFrame:
        """The shard, typed; of a table whose rules need all rows, without the columns that need them too."""
        rng = stream(self.seed, "sample", shard.number)
        return self.completed(self.rows.rows(shard.start, shard.rows, rng), shard.start, shard.rows, rng)

    def completed(self, drawn: pl.DataFrame, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """Drawn rows with the invented columns, in the table's order."""
        late, names = set(self.form.late), self.form.schema.names
        frame = pl.DataFrame(
            {
                name: self._column(name, drawn, start, n, rng)
                for name in names
                if name not in late or name in drawn.columns
            }
        )
        return frame if self.form.whole else self._ordered(self.form.rewriting.computed(frame, late))

    def _ordered(self, frame: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame({name: frame[name] for name in self.form.schema.names})

    def _column(self, name: str, drawn: pl.DataFrame, start: int, n: int, rng: Generator) -> pl.Series:
        if name in self.providers:
            values = self.providers[name].draw(start, n, rng, key(self.seed, name)).alias(name)
            gaps = drawn[name].is_null() if name in drawn.columns else None
            return values if gaps is None else values.set(gaps, None)
        if name in self.form.learned and isinstance(self.form.book.columns.get(name), Presence):
            return pl.Series(name, [None] * n, dtype=pl.String)
        return drawn[name]

    def whole(self, frames: Iterable[pl.DataFrame], cut: Callable[[], Shard]) -> Iterator[pl.DataFrame]:
        """The table as it is written, in shards, from all its rows: those that break a rule are drawn again.

        Args:
            frames: typed, as `typed` gives them.
            cut: the next shard that nobody has drawn.

        Raises:
            ConditionError: too many rows break a rule, whatever is drawn.
        """
        frame = full = pl.concat(list(frames))
        wanted = frame.height
        for _ in range(ROUNDS):
            full = self._settled(frame)
            good = kept(self.form.every, full).to_numpy()
            if good.all() and len(good) == wanted:
                return (self.written(each) for each in full.iter_slices(SHARD_ROWS))
            frame = self._mended(frame, good, wanted, cut)
        raise self._never(full)

    def _settled(self, frame: pl.DataFrame) -> pl.DataFrame:
        """All rows with values in the order that rules ask for, and the columns that need them all."""
        for each in self.form.wide:
            frame = each.arranged(frame, self.asked)
        return self._ordered(self.form.rewriting.computed(frame, self.form.late))

    def _mended(
        self, frame: pl.DataFrame, good: "np.ndarray[Any, Any]", wanted: int, cut: Callable[[], Shard]
    ) -> pl.DataFrame:
        """The rows that keep the rules, and others in the place of those that do not."""
        shard = cut()
        rng = stream(self.seed, "sample", shard.number)
        if isinstance(self.rows, Filled):
            broken = np.flatnonzero(~good)
            others = self.completed(self.rows.at(broken, rng), shard.start, len(broken), rng)
            at = np.arange(wanted)
            at[broken] = wanted + np.arange(len(broken))
            return pl.concat([frame, others])[at]
        frame = frame.filter(pl.Series(good))
        lacking = wanted - frame.height
        if not lacking:
            return frame
        share = max(frame.height, 1) / wanted
        more = self.typed(Shard(shard.number, shard.start, int(np.ceil(lacking / max(share, 0.05))) + 8))
        return pl.concat([frame, more]).head(wanted)

    def _never(self, full: pl.DataFrame) -> ConditionError:
        broken = {str(each.constraint): int((~each.met(full)).sum()) for each in self.form.every}
        said = ", ".join(f"{rule} ({rows} rows break it)" for rule, rows in broken.items() if rows)
        hint = "draw fewer rows, or relax the rule"
        return ConditionError(f"{full.height} rows that keep the rules cannot be drawn", where=said, hint=hint)
