"""Functions of one, two or three columns that another may be an affine function of: products, ratios, powers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Places = NDArray[np.intp]
MODULI = (*range(2, 33), 48, 50, 60, 64, 72, 90, 100, 180, 360, 365, 1000, 3600, 10_000, 86_400)
MOST_IN_PAIRS = 250
MOST_IN_TRIPLES = 60
AT_ONCE = 20_000


@dataclass(frozen=True)
class Family:
    """Functions of one form.

    Attributes:
        text: the form, with {0}, {1}, {2} for the columns; an operand that binds too loosely stands in brackets.
        of: the values, given one array for each column.
        arity: how many columns.
        symmetric: which columns may be swapped without a change: "all", "first" (two of three) or "none".
        cost: operations.
    """

    text: str
    of: Callable[..., Reals]
    arity: int
    symmetric: str = "none"
    cost: int = 1

    def places(self, count: int) -> Places:
        """Every choice of columns, (functions, arity)."""
        chosen = (
            combinations(range(count), self.arity)
            if self.symmetric == "all"
            else permutations(range(count), self.arity)
        )
        if self.symmetric == "first":
            chosen = (each for each in chosen if each[0] < each[1])
        elif self.symmetric == "last":
            chosen = (each for each in chosen if each[1] < each[2])
        return np.array(list(chosen), dtype=np.intp).reshape(-1, self.arity)

    def over(self, values: Reals, places: Places) -> Reals:
        """(rows, functions); what is no finite number is NaN."""
        with np.errstate(all="ignore"):
            found = self.of(*(values[:, places[:, each]] for each in range(self.arity)))
        return np.where(np.isfinite(found) & (np.abs(found) < 1e100), found, np.nan)


def _modulo(by: int) -> Family:
    return Family(f"{{0}} % {by}", lambda x: np.mod(x, by), 1, cost=2)


ONE: tuple[Family, ...] = (
    Family("{0}", lambda x: x, 1, cost=0),
    Family("{0} ** 2", lambda x: x**2, 1, cost=2),
    Family("{0} ** 3", lambda x: x**3, 1, cost=2),
    Family("sqrt({0})", np.sqrt, 1, cost=2),
    Family("abs({0})", np.abs, 1, cost=2),
    Family("log({0})", np.log, 1, cost=2),
    Family("log({0} + 1)", np.log1p, 1, cost=3),
    Family("log({0}) / log(10)", np.log10, 1, cost=3),
    Family("log({0}) / log(2)", np.log2, 1, cost=3),
    Family("exp({0})", np.exp, 1, cost=2),
    Family("1 / {0}", lambda x: 1 / x, 1, cost=2),
    *(_modulo(by) for by in MODULI),
)
TWO: tuple[Family, ...] = (
    Family("{0} * {1}", lambda x, y: x * y, 2, "all"),
    Family("{0} / {1}", lambda x, y: x / y, 2),
    Family("max({0} - {1}, 0)", lambda x, y: np.maximum(x - y, 0), 2, cost=2),
    Family("{0} / ({1} + 1)", lambda x, y: x / (y + 1), 2, cost=2),
    Family("abs({0} - {1})", lambda x, y: np.abs(x - y), 2, "all", 2),
    Family("{0} / ({0} + {1})", lambda x, y: x / (x + y), 2, cost=2),
    Family("({0} - {1}) / ({0} + {1})", lambda x, y: (x - y) / (x + y), 2, cost=3),
    Family("{0} * (1 - {1})", lambda x, y: x * (1 - y), 2, cost=2),
    Family("{0} * (1 + {1})", lambda x, y: x * (1 + y), 2, cost=2),
    Family("{0} * (100 - {1})", lambda x, y: x * (100 - y), 2, cost=2),
    Family("{0} * (100 + {1})", lambda x, y: x * (100 + y), 2, cost=2),
    Family("{0} / {1} ** 2", lambda x, y: x / y**2, 2, cost=2),
    Family("{0} ** 2 * {1}", lambda x, y: x**2 * y, 2, cost=2),
    Family("sqrt({0} ** 2 + {1} ** 2)", np.hypot, 2, "all", 4),
    Family("{0} // {1}", lambda x, y: np.floor(x / y), 2, cost=1),
    Family("{0} % {1}", np.mod, 2, cost=1),
)
THREE: tuple[Family, ...] = (
    Family("{0} * {1} * {2}", lambda x, y, z: x * y * z, 3, "all", 2),
    Family("{0} * {1} / {2}", lambda x, y, z: x * y / z, 3, "first", 2),
    Family("{0} * {1} * (1 - {2})", lambda x, y, z: x * y * (1 - z), 3, "first", 3),
    Family("{0} * {1} * (1 + {2})", lambda x, y, z: x * y * (1 + z), 3, "first", 3),
    Family("{0} * {1} * (100 - {2})", lambda x, y, z: x * y * (100 - z), 3, "first", 3),
    Family("{0} * {1} * (100 + {2})", lambda x, y, z: x * y * (100 + z), 3, "first", 3),
    Family("{0} * {1} + {2}", lambda x, y, z: x * y + z, 3, "first", 2),
    Family("{0} * {1} - {2}", lambda x, y, z: x * y - z, 3, "first", 2),
    Family("({0} + {1}) / {2}", lambda x, y, z: (x + y) / z, 3, "first", 2),
    Family("({0} - {1}) / {2}", lambda x, y, z: (x - y) / z, 3, "none", 2),
    Family("({0} + {1}) * {2}", lambda x, y, z: (x + y) * z, 3, "first", 2),
    Family("({0} - {1}) * {2}", lambda x, y, z: (x - y) * z, 3, "first", 2),
    Family("{0} / ({1} + {2})", lambda x, y, z: x / (y + z), 3, "last", 2),
)


@dataclass(frozen=True, eq=False)
class Features:
    """Functions of one family on one choice of columns each, up to `AT_ONCE` of them."""

    family: Family
    places: Places


def features(families: tuple[Family, ...], count: int) -> Iterator[Features]:
    """The functions of these families on so many columns, in blocks; triples and pairs of wide tables are left out."""
    for family in families:
        if count < family.arity or count > {1: count, 2: MOST_IN_PAIRS, 3: MOST_IN_TRIPLES}[family.arity]:
            continue
        places = family.places(count)
        for start in range(0, len(places), AT_ONCE):
            yield Features(family, places[start : start + AT_ONCE])
