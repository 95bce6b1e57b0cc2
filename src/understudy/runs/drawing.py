"""How a run draws: with shares set anew, gaps filled and rows filtered, as the plan asks, and what that came to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from understudy.data.scans import Rows
from understudy.encoding.categorical import Presence
from understudy.errors import PlanError
from understudy.execution.shards import Shard
from understudy.execution.streams import key
from understudy.models.model import Model
from understudy.models.wanted import word
from understudy.runs import filters
from understudy.runs.filters import Filter

PILOT, LEAST = 2_000, 0.02
UNCOMPARED = ("id", "text")


@dataclass(frozen=True, eq=False)
class Drawing:
    """What rows are drawn from.

    Attributes:
        model: with the filters of this run, which are no part of it.
        rebalance: as `Model.sample` takes it.
        filter: which rows are dropped; None for none.
        passing: share of some rows drawn that the filter keeps.
    """

    model: Model
    rebalance: Mapping[str, Mapping[Any, float]] | None = None
    filter: Filter | None = None
    passing: float = 1.0

    def ledger(self) -> list[Mapping[str, Any]]:
        """What was learned and drawn, once it is; of rows that are kept, nothing is said of what only new rows meet."""
        kept = self._kept()
        learned = [each for each in self.model.ledger if each["column"] not in kept or each["what"] == "ruled"]
        real = [_entry(name, "kept", None, "real cells stay, row by row, as the plan asks") for name in kept]
        return [*learned, *real, *self._drawn()]

    def _kept(self) -> list[str]:
        """Columns whose real cells stay as they are."""
        if not self.model.plan.replace:
            return []
        anew = set(self.model.plan.replace)
        for formula in self.model.rewriting.formulas:
            if anew & set(formula.expression.columns):
                anew.add(formula.column.name)
        return [name for name in self.model.schema.names if name not in anew]

    def _drawn(self) -> list[dict[str, Any]]:
        found = []
        for name, shares in self.model.plan.rebalance.items():
            said = ", ".join(f"{value} {share:.1%}" for value, share in shares.items())
            found.append(_entry(name, "rebalanced", None, f"shares set anew: {said}; other values share the rest"))
        if self.model.complete:
            found.append(_entry("(all)", "filled", None, "missing cells of learned columns filled by the model"))
        return found + self._dropped()

    def _dropped(self) -> list[dict[str, Any]]:
        """How many rows each filter dropped."""
        if self.filter is None:
            return []
        tally, shares, real = self.filter.tally, self.filter.constraint.shares, len(self.filter.real)
        lines = {
            "near": (tally.near, f"nearer than {self.filter.near:.4f} to one of {real} training rows"),
            "outlying": (tally.outlying, f"farther than {self.filter.far:.4f} from each of {real} training rows"),
        }
        passing = f"{self.passing:.1%} of {PILOT} rows drawn pass all filters"
        return [
            _entry("(all)", "filtered", lines[name][0], f"{name} {share:g}: {lines[name][0]} rows {lines[name][1]} "
                   f"dropped and replaced; {passing}")
            for name, share in shares.items()
        ]  # fmt: skip


def _entry(column: str, what: str, rows: int | None, text: str) -> dict[str, Any]:
    return {"column": column, "what": what, "rows": rows, "values": None, "text": text}


def drawing(model: Model, train: Rows) -> Drawing:
    """How rows are drawn from a model as its plan asks.

    Args:
        model: as it was learned.
        train: the rows it was learned from, to compare with.

    Raises:
        PlanError: hardly any row drawn passes the filters, or no column can be compared by.
        UnderstudyError: the shares are of no learned column, or of values it has not.
    """
    plan = model.plan
    found = Drawing(replace(model, complete=plan.impute), _spoken(model))
    found.model.meet(rebalance=found.rebalance, seed=plan.seed)
    if not plan.filters:
        return found
    schema = model.schema
    able = [name for name in schema.names if name in model.form.learned or name in model.form.early]
    names = [name for name in able if schema[name].kind not in UNCOMPARED and not _blank(model, name)]
    if not names:
        raise PlanError("no column is learned by which rows could be compared", where="filters", field="filters")
    sieve = filters.fit(train, schema, names, plan.filters, plan.entity, plan.seed)
    passing = _passing(found, sieve)
    return replace(found, model=replace(found.model, filters=(sieve,)), filter=sieve, passing=passing)


def _blank(model: Model, name: str) -> bool:
    """Whether nothing but missing cells is ever drawn."""
    return name in model.form.learned and isinstance(model.form.code(name), Presence)


def _spoken(model: Model) -> dict[str, dict[Any, float]] | None:
    """The plan's shares, words read as on the command."""
    form = model.form
    said = {
        name: {word(name, value, form) if isinstance(value, str) else value: share for value, share in shares.items()}
        for name, shares in model.plan.rebalance.items()
    }
    return said or None


def _passing(asked: Drawing, sieve: Filter) -> float:
    """The share of some rows, drawn as they will be, that a filter keeps.

    Raises:
        PlanError: hardly any does.
    """
    model, seed = asked.model, key(asked.model.plan.seed, "filters")
    drawer = model.drawer(model.meet(rebalance=asked.rebalance, seed=seed), 1.0, seed, None)
    away = sieve.away(drawer.typed(Shard(0, 0, PILOT)))
    near, out = int((away < sieve.near).sum()), int((away > sieve.far).sum())
    if PILOT - near - out < LEAST * PILOT:
        what = f"of {PILOT} rows drawn {near} lie too near to a real one and {out} too far out"
        hint = "set lower shares, another engine or tighter privacy"
        raise PlanError(what, where=str(sieve.constraint), hint=hint, field="filters")
    return 1 - (near + out) / PILOT
