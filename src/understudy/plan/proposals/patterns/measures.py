"""What a threshold may be set on: numbers, differences, sums, products and ratios of two, and values of categories."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.plan.proposals.patterns.coded import CodedTable
from understudy.plan.proposals.patterns.cuts import Cut
from understudy.plan.proposals.patterns.wording import spelt_test
from understudy.rules.expressions.tree import spelled_name

FEWEST_NUMBERS = 5
MOST_COMBINED = 20  # columns that enter pairs
MOST_VALUES = 8  # of a category whose values are tests
MOST_GAPS = 0.5

Operation = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
OPERATIONS: tuple[tuple[str, Operation], ...] = (
    ("-", np.subtract), ("*", np.multiply), ("+", np.add), ("/", np.divide),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Measure:
    """A column of numbers, two with an operation between, or whether a category has a value.

    Attributes:
        columns: one or two names.
        sign: the operation as it is written, empty for one column.
        operation: what it does, None for one column.
        value: of a category; None for numbers.
    """

    columns: tuple[str, ...]
    sign: str = ""
    operation: Operation | None = None
    value: Any = None

    @property
    def is_test(self) -> bool:
        """Whether it is one or zero, as a category has a value or not."""
        return self.value is not None

    def over(self, table: CodedTable, rows: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.float64]:
        """Its values in some rows, NaN where something is missing."""
        if self.is_test:
            column = table[self.columns[0]]
            codes = column.codes[rows]
            return np.where(codes < 0, np.nan, codes == column.values.index(self.value))
        values = [table.numbers(name)[rows] for name in self.columns]
        return values[0] if self.operation is None else self.operation(values[0], values[1])

    def test(self, cut: Cut, *, over: bool) -> str:
        """The test of a border as an expression; a difference is turned so that its number is positive."""
        if self.is_test:
            said = spelt_test(self.columns[0], self.value) or ""
            return (
                said if over else said.removeprefix("not ") if said.startswith("not ") else _negated(said, self.value)
            )
        names = [spelled_name(name) for name in self.columns]
        if self.sign == "-" and cut.at < 0:
            names, cut, over = names[::-1], Cut(-cut.at, not cut.above), not over
        return cut.test(f" {self.sign} ".join(names), over=over)


def _negated(test: str, value: Any) -> str:
    return f"not {test}" if isinstance(value, bool) else test.replace(" == ", " != ", 1)


def measures(table: CodedTable) -> list[Measure]:
    """All that may be asked; ratios where no divisor is zero."""
    names = [name for name in table.of_kinds("integer", "decimal") if _is_filled(table, name, FEWEST_NUMBERS)]
    found = [Measure((name,)) for name in names]
    for name in table.of_kinds("categorical", "boolean"):
        column = table[name]
        if _is_filled(table, name, 2) and column.levels <= MOST_VALUES:
            values = [value for value in column.values if spelt_test(name, value) is not None]
            found += [Measure((name,), value=value) for value in (values if column.levels > 2 else values[-1:])]
    for one, two in combinations(names[:MOST_COMBINED], 2):
        signed = [(sign, each) for sign, each in OPERATIONS if sign != "/" or _never_zero(table, two)]
        found += [Measure((one, two), sign, each) for sign, each in signed]
    return found


def _is_filled(table: CodedTable, name: str, levels: int) -> bool:
    return table[name].present >= (1 - MOST_GAPS) * table.rows and table[name].levels >= levels


def _never_zero(table: CodedTable, name: str) -> bool:
    values = table[name].values
    return values[0] > 0 or values[-1] < 0
