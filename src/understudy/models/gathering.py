"""New rows collected until each class has its number of rows that keep the rules in one table with the real ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.errors import ConditionError
from understudy.execution.executors import threads
from understudy.execution.shards import Shard, shards
from understudy.models.classes import spelt
from understudy.models.drawing import Drawer
from understudy.models.fitting import OnProgress
from understudy.models.form import Form
from understudy.rules.rewriting import without

ROUNDS, SPARE, LEAST = 30, 8, 0.02
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Gathering:
    """What new rows are gathered beside.

    Attributes:
        real: the real rows, typed.
        column: of the classes.
        form: of the rows.
    """

    real: pl.DataFrame
    column: str
    form: Form

    def gathered(
        self, wanted: Mapping[Any, int], drawers: Mapping[Any, Drawer], tell: OnProgress
    ) -> tuple[pl.DataFrame, dict[str, int]]:
        """So many typed rows of each class, and how many were dropped by the rule they broke.

        Args:
            wanted: rows of each class.
            drawers: who draws rows of each; invented columns go on from the real rows.
            tell: called with ("sample", rows done, rows).

        Raises:
            ConditionError: hardly any row drawn keeps the rules.
        """
        held: list[pl.DataFrame] = []
        drawn, kept = dict.fromkeys(wanted, 0), dict.fromkeys(wanted, 0)
        dropped: dict[str, int] = {}
        start, number, full = self.real.height, 0, self.real.head(0)
        for _ in range(ROUNDS):
            for each, rows in wanted.items():
                step = _step(rows - self._rows(full, each), drawn[each], kept[each])
                for frame in threads(drawers[each].typed, _cut(step, drawers[each].rows.shard, start, number)):
                    held.append(frame)
                    number += 1
                start, drawn[each] = start + step, drawn[each] + step
            whole = pl.concat(held, how="vertical_relaxed")
            full, good = self._judged(whole, dropped)
            chosen = good & self._first(full[self.column], good, wanted)
            kept = {each: kept[each] + self._rows(full.filter(good), each) for each in wanted}
            held, full, settled = [whole.filter(chosen)], full.filter(chosen), bool(chosen.all())
            tell("sample", full.height, sum(wanted.values()))
            if full.height == sum(wanted.values()) and (settled or not self.form.whole):
                return pl.concat(full.filter(full[self.column] == each) for each in wanted), dropped
        raise self._never(wanted, full, dropped)

    def _rows(self, frame: pl.DataFrame, each: Any) -> int:
        return int((frame[self.column] == each).sum())

    def _judged(self, frame: pl.DataFrame, dropped: dict[str, int]) -> tuple[pl.DataFrame, Bools]:
        """The rows with the columns that need all rows, and which of them keep every rule beside the real ones."""
        full = self._completed(frame)
        both = pl.concat([self.real[full.columns], full], how="vertical_relaxed")
        good = np.ones(full.height, dtype=bool)
        for each in self.form.held:
            met = each.met(both)[self.real.height :] if each.whole else each.met(full)
            good &= self._counted(met, str(each.constraint), dropped)
        for name in self.form.invented:
            if self.form.schema[name].unique:
                met = (both[name].is_first_distinct() | both[name].is_null())[self.real.height :]
                good &= self._counted(met, f"{name} is unique", dropped)
        return full, good

    def _counted(self, met: pl.Series, rule: str, dropped: dict[str, int]) -> Bools:
        broken = int((~met).sum())
        if broken:
            dropped[rule] = dropped.get(rule, 0) + broken
        return met.to_numpy()

    def _completed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with the columns that are worked out from all rows, the real ones first."""
        late = [name for name in self.form.late if self.form.whole]
        if late:
            bare = without(frame, late)
            both = pl.concat([self.real[bare.columns], bare], how="vertical_relaxed")
            worked = self.form.rewriting.computed(both, late)[self.real.height :]
            gaps = {name: frame[name].is_null() for name in late if name in frame.columns}
            frame = bare.with_columns(
                worked[name].set(gaps[name], None) if name in gaps else worked[name] for name in late
            )
        return frame[list(self.form.schema.names)]

    def _first(self, classes: pl.Series, good: Bools, wanted: Mapping[Any, int]) -> Bools:
        """Which rows are among the first good ones of their class, as many as are wanted."""
        found = np.zeros(len(classes), dtype=bool)
        for each, rows in wanted.items():
            found[np.flatnonzero((classes == each).fill_null(False).to_numpy() & good)[:rows]] = True
        return found

    def _never(self, wanted: Mapping[Any, int], full: pl.DataFrame, dropped: Mapping[str, int]) -> ConditionError:
        short = next((each for each, rows in wanted.items() if self._rows(full, each) < rows), next(iter(wanted)))
        said = ", ".join(f"{rule} ({rows} rows broke it)" for rule, rows in dropped.items())
        name = spelt(short, self.form.schema[self.column])
        what = f"{wanted[short]} rows of class '{name}' that keep the rules cannot be drawn"
        return ConditionError(what, where=said or "no row drawn is of it", hint="ask for fewer rows, or relax the rule")


def _step(lacking: int, drawn: int, kept: int) -> int:
    """Rows to draw for those lacking, by the share of rows kept so far."""
    if lacking <= 0:
        return 0
    return lacking if not drawn else int(np.ceil(lacking / max((kept + 1) / (drawn + 1), LEAST))) + SPARE


def _cut(rows: int, step: int, start: int, number: int) -> list[Shard]:
    """The rows in shards that nobody has drawn."""
    return [Shard(number + each.number, start + each.start, each.rows) for each in shards(rows, step)] if rows else []
