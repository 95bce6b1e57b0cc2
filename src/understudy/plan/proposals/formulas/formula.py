"""A formula for a column, and what all rows of a table say about it."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.execution.streams import stream
from understudy.plan.proposals.formulas.numbers import floats
from understudy.rules.expressions import parse

Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]
ENOUGH_ROWS = 20
MOST_BROKEN = 0.01
MOST_OF_CHANCE = 0.05
MOST_PARTIAL = 0.25
LEAST_BITS = 44.0  # a few hundred thousand candidates are tried on a table: 19 bits, and 25 to be sure
BITS_A_DIGIT = 2.0  # what a formula must explain, in different values, for each digit and operation chosen
SHUFFLES = 4
SHUFFLED_ROWS = 20_000


@dataclass(frozen=True)
class Formula:
    """A column as an expression of others.

    Attributes:
        target: the column.
        text: the expression.
        inputs: the columns it leans on.
        cost: how many digits and operations were chosen to make it fit.
        unit: the step of the target's grid, 0 for none.
        loose: the expression before it is rounded to the nearest step, "" where it is not.
        sure: whether its constants are known well; others would do on these rows as well.
    """

    target: str
    text: str
    inputs: tuple[str, ...]
    cost: int
    unit: float = 0.0
    loose: str = ""
    sure: bool = True


@dataclass(frozen=True)
class Evidence:
    """What the rows say about a formula.

    Attributes:
        rows: rows in which the column and the formula have a value.
        broken: rows in which these differ.
        ties: rows in which a value half-way between two steps was rounded to the other one; not broken.
        gaps: rows in which only the column is missing.
        lost: rows in which only the formula is missing.
        chance: share of rows that agreed when one side was shuffled.
        pairs: different values of the formula, at most a thousand, times the bits that one value of the column tells.
        cost: of the formula.
    """

    rows: int
    broken: int
    ties: int
    gaps: int
    lost: int
    chance: float
    pairs: float = 1e9
    cost: int = 0

    @property
    def bits(self) -> float:
        """How surprising the agreement is, in bits."""
        return -(self.rows - self.broken) * float(np.log2(self.chance))

    @property
    def partial(self) -> bool:
        """Whether the column or the formula is missing in many rows in which the other is not."""
        return self.gaps + self.lost > MOST_PARTIAL * (self.rows + self.gaps + self.lost)

    @property
    def expected(self) -> float:
        """Rows that would break it by chance."""
        return self.rows * (1 - self.chance)

    @property
    def holds(self) -> bool:
        """Whether it is no accident: enough rows, few broken, and chance would have broken far more."""
        return (
            self.rows >= ENOUGH_ROWS
            and self.broken <= MOST_BROKEN * self.rows
            and self.broken <= MOST_OF_CHANCE * self.expected
            and self.bits >= LEAST_BITS
            and self.pairs >= BITS_A_DIGIT * self.cost
            and self.lost <= self.rows
        )


def evidence(frame: pl.DataFrame, formula: Formula) -> Evidence:
    """What all rows of a typed frame say about a formula."""
    said, actual = parse(formula.text).over(frame), frame[formula.target]
    present, given = actual.is_not_null().to_numpy(), said.is_not_null().to_numpy()
    x, f = (floats(each.to_physical()) for each in (actual, said))
    same = agree(x, f, formula.unit)
    ties = _ties(frame, formula, x, ~same & present & given)
    both = present & given
    broken = both & ~same & ~ties
    chance = shuffled(x[both], f[both], formula.unit)
    gaps, lost = int((given & ~present).sum()), int((present & ~given).sum())
    return Evidence(
        int(both.sum()), int(broken.sum()), int(ties.sum()), gaps, lost, chance, _told(x[both], f[both]), formula.cost
    )


def _told(x: Reals, f: Reals) -> float:
    """Different values of a formula times the bits that one value of the column tells."""
    values = [len(np.unique(each[:SHUFFLED_ROWS])) for each in (x, f)]
    return min(values[1], 1000) * float(np.log2(max(values[0], 1)))


def agree(x: Reals, f: Reals, unit: float) -> Flags:
    """Which values are equal: within 1e-9 relative, or a ten-thousandth of the grid's step."""
    with np.errstate(invalid="ignore"):
        return np.abs(x - f) <= np.maximum(1e-9 * np.maximum(np.abs(x), np.abs(f)), 1e-4 * unit)


def _ties(frame: pl.DataFrame, formula: Formula, x: Reals, off: Flags) -> Flags:
    """Rows whose value lies half a step from the formula, so that either neighbour is its rounding."""
    if not formula.loose or not off.any():
        return np.zeros(len(x), dtype=bool)
    loose = floats(parse(formula.loose).over(frame))
    with np.errstate(invalid="ignore"):
        return off & (np.abs(x - loose) <= formula.unit / 2 * (1 + 1e-6) + 1e-9 * np.abs(x))


def shuffled(x: Reals, f: Reals, unit: float) -> float:
    """The share of rows that agree when one side is shuffled; never 0, as if one row more had agreed."""
    if not len(x):
        return 1.0
    rng, hits, tried = stream(0, "proposals shuffled"), 1, 1
    for _ in range(SHUFFLES):
        left, right = (rng.integers(len(x), size=min(len(x), SHUFFLED_ROWS)) for _ in range(2))
        hits += int(agree(x[left], f[right], unit).sum())
        tried += len(left)
    return hits / tried
