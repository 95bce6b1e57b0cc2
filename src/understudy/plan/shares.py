"""Shares that are asked for: of a column's values among the rows drawn, and of real rows by which filters are set."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from understudy.errors import PlanError, UnderstudyError, nearest
from understudy.rules.constraints.values import bare

ROUNDING = 1e-9
FILTERS = ("near", "outlying")
PLAIN = (bool, int, float, str)


def shares_of(rebalance: Any, error: type[UnderstudyError] = PlanError) -> tuple[str, Mapping[Any, float]]:
    """The column that is set anew, and the share of each value or set of values.

    Raises:
        UnderstudyError: of the class given, where it is not one column with shares of 0 to 1 that sum to 1 or less.
    """
    advice = 'use {"column": {value: share}}, with shares that sum to 1 or less'
    if not isinstance(rebalance, Mapping) or len(rebalance) != 1:
        raise error(f"rebalance is {rebalance!r}", hint=advice, field="rebalance")
    ((name, shares),) = rebalance.items()
    field = f"rebalance.{name}"
    if not isinstance(shares, Mapping) or not shares:
        raise error(f"the shares of '{name}' are {shares!r}", hint=advice, field=field)
    for value, share in shares.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise error(f"the share of '{value}' is {share!r}", hint=advice, field=f"{field}.{value}")
    if sum(shares.values()) > 1 + ROUNDING:
        raise error(f"the shares of '{name}' sum to {sum(shares.values()):g}", hint=advice, field=field)
    return name, shares


def rebalanced(said: Any) -> dict[str, dict[Any, float]]:
    """A plan's shares as plain data.

    Raises:
        PlanError: they are none, or a value is nothing that a file can hold.
    """
    if said is None or said == {}:
        return {}
    name, shares = shares_of(said)
    for value in shares:
        if (value is not None and not isinstance(value, PLAIN)) or (isinstance(value, float) and not isfinite(value)):
            hint = "use text, a number, true, false or null; 'low..high' for a range"
            raise PlanError(f"the value {value!r} is not plain", hint=hint, field=f"rebalance.{name}")
    return {str(name): {bare(value): bare(share) for value, share in shares.items()}}


def filtered(said: Any) -> dict[str, float]:
    """A plan's filters as plain data.

    Raises:
        PlanError: one is unknown, or its share is none.
    """
    if not isinstance(said, Mapping):
        raise PlanError(f"filters is {said!r}", hint="use {near: 0.05, outlying: 0.01} for example", field="filters")
    for name, share in said.items():
        if name not in FILTERS:
            raise PlanError(f"unknown filter '{name}'", hint=nearest(str(name), FILTERS), field=f"filters.{name}")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            hint = "use a share between 0 and 1, 0.05 for example"
            raise PlanError(f"the share of '{name}' is {share!r}", hint=hint, field=f"filters.{name}")
    return {str(name): bare(share) for name, share in said.items()}
