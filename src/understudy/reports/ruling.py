"""Rules that a caller gives, made ready for the judge."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from understudy.data.table import Table
from understudy.errors import PlanError
from understudy.rules.constraints import Constraint, Held, read
from understudy.rules.rewriting import Formula

Met = Callable[[pl.DataFrame], pl.Series]


def ruling(rules: Sequence[Any], real: Table, k: int) -> dict[str, Met]:
    """Each rule in words, and which rows of a typed table keep it.

    Args:
        rules: expressions, constraints as a plan says them, or what a model holds of them.
        real: the training rows, typed.
        k: real rows that must carry what a rule learns of them.

    Raises:
        PlanError: a rule is none, or does not fit its columns.
        UnknownColumn: it names a column that there is not.
    """
    return dict(_ready(each, real, k) for each in rules)


def _ready(rule: Any, real: Table, k: int) -> tuple[str, Met]:
    if isinstance(rule, Formula):
        return str(rule), rule.met
    if isinstance(rule, Held):
        return str(rule.constraint), rule.met
    constraint = _read(rule) if isinstance(rule, str | Mapping) else rule
    assert isinstance(constraint, Constraint)
    constraint.bound(real.typed)
    return str(constraint), constraint.held(real.frame, k).met


def _read(rule: str | Mapping[str, Any]) -> Constraint:
    try:
        return read(rule)
    except PlanError as error:
        place = ", ".join(filter(None, [f"rule '{rule}'", error.where]))
        raise PlanError(error.what, where=place, hint=error.hint, field="rules") from error
