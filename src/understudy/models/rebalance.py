"""A column's shares set anew; the rest of a row follows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator

from understudy.errors import ArgumentError, ConditionError, UnknownColumn, nearest
from understudy.models.conditions import Condition
from understudy.models.form import Form
from understudy.models.repeated import Repeated
from understudy.models.wanted import Wanted, among
from understudy.plan.shares import ROUNDING, shares_of


@dataclass(frozen=True, eq=False)
class Mixture:
    """Rows under one of several conditions each.

    Attributes:
        shares: of the rows under each condition, shape (conditions,).
        conditions: no row meets two of them.
    """

    shares: tuple[float, ...]
    conditions: tuple[Condition | Repeated, ...]

    @property
    def candidates(self) -> float:
        """Rows drawn for each one kept."""
        return sum(share * each.candidates for share, each in zip(self.shares, self.conditions, strict=True))

    @property
    def effective(self) -> float | None:
        """How many of them count, where the fewest do; None where each row is drawn exactly."""
        return min((each.effective for each in self.conditions if each.effective is not None), default=None)

    @property
    def shard(self) -> int:
        """Rows to draw in one go."""
        return min(each.shard for each in self.conditions)

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows; how many are under each condition is drawn, so that rows are independent of each other."""
        counts = rng.multinomial(n, np.array(self.shares) / sum(self.shares))
        drawn = pl.concat(each.rows(0, int(count), rng) for each, count in zip(self.conditions, counts, strict=True))
        return drawn[rng.permutation(n)]


def cases(rebalance: Any, form: Form) -> tuple[str, list[tuple[Any, float]]]:
    """The column, what is asked of it in each case, and the share of each; what is not named shares what remains.

    Raises:
        ArgumentError: it is not one column with shares of 0 to 1 that sum to no more than 1.
        UnknownColumn: the model has learned no such column.
    """
    name, shares = shares_of(rebalance, ArgumentError)
    if form.code(name) is None and form.rewriting.formula(name) is None:
        raise UnknownColumn(f"no learned column '{name}'", where="rebalance", hint=nearest(name, form.learned))
    found = [(value, float(share)) for value, share in shares.items() if share > 0]
    rest = 1.0 - sum(shares.values())
    if rest > ROUNDING:
        found.append((_besides(list(shares)), rest))
    return name, found


def _besides(values: list[Any]) -> Wanted:
    """Whatever is in none of these."""
    each = [value if isinstance(value, Wanted) else among(value) for value in values]
    if any(one.besides for one in each):
        raise ArgumentError("shares of 'all but' leave nothing to others", hint="let them sum to 1", field="rebalance")
    return Wanted(
        tuple(pair for one in each for pair in one.ranges), not any(one.missing for one in each), besides=True
    )


def mixture(
    rebalance: Any, given: Mapping[str, Any], form: Form, meeting: Callable[[Mapping[str, Any]], Condition | Repeated]
) -> Mixture:
    """Rows under the conditions `given` and each of a column's values, by its share.

    Args:
        rebalance: {"column": {value: share}}.
        given: conditions on other columns.
        form: of the rows.
        meeting: how conditions are met.

    Raises:
        ArgumentError: `rebalance` is not of that form, or its shares sum to more than 1.
        UnknownColumn: the model has learned no such column.
        ConditionError: two shares are of the same values, or the model writes no such rows.
    """
    name, found = cases(rebalance, form)
    if name in given:
        raise ArgumentError(f"'{name}' has conditions and shares", hint="give one of them", field="rebalance")
    conditions = tuple(meeting({**given, name: value}) for value, _ in found)
    asked = [each.wanted[name] for each in conditions]
    if any(_meet(first, second) for first, second in combinations(asked, 2)):
        raise ConditionError("two shares are of the same values", where=f"rebalance '{name}'", hint="name values once")
    return Mixture(tuple(share for _, share in found), conditions)


def _meet(first: Wanted, second: Wanted) -> bool:
    """Whether some value is in both, where each names what it asks for."""
    if first.besides or second.besides:
        return False
    return (first.missing and second.missing) or any(
        (low is None or other_high is None or low <= other_high) and (other is None or high is None or other <= high)
        for low, high in first.ranges
        for other, other_high in second.ranges
    )
