"""From typed rows to the table: invented columns, those worked out from them, and what all rows keep together."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.data.table import Source
from understudy.data.values import render
from understudy.errors import ConditionError
from understudy.execution.shards import SHARD_ROWS, Shard
from understudy.execution.streams import key, stream
from understudy.models import conditions
from understudy.models.filling import Filled
from understudy.models.form import Form, kept
from understudy.providers.provider import Provider

ROUNDS, IDLE = 40, 3
MOST, LEAST = 4 * SHARD_ROWS, 1 / 64


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
        return drawn[name]

    def whole(self, frames: Iterable[pl.DataFrame], cut: Callable[[], Shard]) -> Iterator[pl.DataFrame]:
        """The table as it is written, in shards, from all its rows: those that break a rule are drawn again.

        Args:
            frames: typed, as `typed` gives them.
            cut: the next shard that nobody has drawn.

        Raises:
            ConditionError: too many rows break a rule, whatever is drawn.
        """
        frame = pl.concat(list(frames))
        rng, wanted, new, idle = stream(self.seed, "whole"), frame.height, frame.height, 0
        full = self._settled(frame)
        for _ in range(ROUNDS):
            good = kept(self.form.every, full).to_numpy()
            if good.all() and len(good) == wanted:
                return (self.written(full[at : at + SHARD_ROWS]) for at in range(0, max(wanted, 1), SHARD_ROWS))
            before, frame = frame.height - new, self._unsettled(full, frame)
            gained = int(good.sum()) - before
            idle = 0 if gained > 0 else idle + 1
            if isinstance(self.rows, Filled):
                frame = self._mended(frame, np.flatnonzero(~good), cut)
            elif good.sum() >= wanted:
                # any rows, not the first: arranged ones stand in the order of their values
                frame = frame[np.sort(rng.choice(np.flatnonzero(good), wanted, replace=False))]
                new, idle = 0, 0
            elif idle < IDLE:
                more = self._more(wanted - int(good.sum()), max(gained, 0) / max(new, 1), cut)
                frame, new = pl.concat([frame.filter(pl.Series(good)), *more]), sum(each.height for each in more)
            else:
                break
            full = self._settled(frame)
        raise self._never(full, wanted)

    def _settled(self, frame: pl.DataFrame) -> pl.DataFrame:
        """All rows with values in the order that rules ask for, and the columns that follow from them or need them all.

        A rule over a column that is worked out from all rows moves nothing: what it holds is checked afterwards.
        """
        worked = {each.column.name for each in self.form.rewriting.formulas}
        for each in self.form.wide:
            if set(each.constraint.columns) <= set(frame.columns):
                frame = each.arranged(frame, self.asked | worked)
        return self._ordered(self.form.rewriting.computed(frame))

    def _unsettled(self, full: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
        """Settled rows without the columns that need them all, but for the gaps that were drawn of these."""
        late = set(self.form.late)
        return pl.DataFrame({name: (frame if name in late else full)[name] for name in frame.columns})

    def _mended(self, frame: pl.DataFrame, broken: NDArray[np.int64], cut: Callable[[], Shard]) -> pl.DataFrame:
        """The rows with others in the place of those that break a rule, under the same conditions."""
        assert isinstance(self.rows, Filled)
        shard = cut()
        rng = stream(self.seed, "sample", shard.number)
        others = self.completed(self.rows.at(broken, rng), shard.start, len(broken), rng)
        at = np.arange(frame.height)
        at[broken] = frame.height + np.arange(len(broken))
        return pl.concat([frame, others])[at]

    def _more(self, lacking: int, share: float, cut: Callable[[], Shard]) -> list[pl.DataFrame]:
        """Further rows, as many as the share of those that were kept asks for, in shards of the usual size at most."""
        number, found = int(np.clip(np.ceil(1.1 * lacking / max(share, LEAST)) + 8, 0, MOST)), []
        while number > 0:
            shard = replace(cut(), rows=min(number, SHARD_ROWS))
            found.append(self.typed(shard))
            number -= shard.rows
        return found

    def _never(self, full: pl.DataFrame, wanted: int) -> ConditionError:
        broken = {str(each.constraint): int((~each.met(full)).sum()) for each in self.form.every}
        said = ", ".join(f"{rule} ({rows} rows break it)" for rule, rows in broken.items() if rows)
        hint = "draw fewer rows, or relax the rule"
        return ConditionError(f"{wanted} rows that keep the rules cannot be drawn", where=said, hint=hint)
