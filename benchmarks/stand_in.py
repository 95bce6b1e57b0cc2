"""A fresh split of a table, a model of the larger part, a stand-in for it, and what the judge says of that."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from sets import FILES, paths

import understudy as us
from understudy.data.table import Table
from understudy.metrics import catalogue
from understudy.metrics.case import Case, case, judged
from understudy.models.model import Model
from understudy.reports.tables import named, prepared
from understudy.runs.bench.judging import SCORED

SHARE = 0.2
FIRST_SEED = 10
"""The engines' settings were chosen on splits of lower seeds."""


class StandIn(NamedTuple):
    """The parts of a split, a model of the first, as many rows drawn from it, and the case before the judge."""

    train: Table
    holdout: Table
    model: Model
    fake: Table
    case: Case


def stand_in(table: Table, engine: str, seed: int, target: str | None, share: float = SHARE) -> StandIn:
    """Split, fit and sample, all by one seed; `share` of the rows are the judge's."""
    train, holdout = us.split(table, share, seed=seed)
    model = us.fit(train, engine=engine, seed=seed)
    fake = us.read(model.sample(seed=seed))
    return StandIn(train, holdout, model, fake, _case(train, holdout, model, fake, target))


def _case(train: Table, holdout: Table, model: Model, fake: Table, target: str | None) -> Case:
    """The tables as a report would judge them."""
    tables = prepared(train, fake, holdout, model.schema, dropped=named(model.ledger, "dropped"))
    columns = [name for name in judged(tables.schema) if name not in named(model.ledger, "generated")]
    seed = model.plan.seed
    return case(tables.real, tables.synthetic, tables.holdout, columns=columns, target=target, seed=seed)


def stand_ins(made: StandIn, draws: int) -> list[Case]:
    """The stand-in and others of the same model, each by a seed of its own."""
    more = (us.read(made.model.sample(seed=1000 * turn + made.model.plan.seed)) for turn in range(1, draws))
    parts = made.train, made.holdout, made.model
    return [made.case, *(_case(*parts, fake, made.case.target) for fake in more)]


@cache
def of_set(name: str, engine: str, seed: int) -> StandIn:
    """A stand-in for a public table, made once for all that is measured of it."""
    return stand_in(us.read(paths([name])[0]), engine, seed, FILES[name][1])


def figures(case: Case, names: Sequence[str]) -> dict[str, float]:
    """Figures of the judge by the names that the benchmark gives them, NaN where there is none."""
    measures = {metric: catalogue.get(metric).on(case) for metric in dict.fromkeys(SCORED[name][0] for name in names)}
    found = {name: SCORED[name][1](measures[SCORED[name][0]]) for name in names}
    return {name: np.nan if value is None else float(value) for name, value in found.items()}
