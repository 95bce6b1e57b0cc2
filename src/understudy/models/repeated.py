"""Values of computed columns that hardly any row has, asked of every row: solved for, row by row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator

from understudy.encoding.numeric import Numeric
from understudy.engines.contract import Fitted
from understudy.errors import ConditionError
from understudy.execution.streams import stream
from understudy.models.conditions import Condition, spelt
from understudy.models.filling import FEW, Filled, asked, framed
from understudy.models.form import Form
from understudy.models.wanted import Wanted

PILOT, RARE = 2048, 1 / 32
SHARD = 512


@dataclass(frozen=True, eq=False)
class Repeated:
    """The same values in every row, met as a frame that names them in each row.

    Attributes:
        wanted: what each column is held to: one value.
        frame: so many rows that ask for it.
    """

    wanted: Mapping[str, Wanted]
    frame: Callable[[int], Filled]
    shard = SHARD

    @property
    def candidates(self) -> float:
        """Rows drawn for each one kept; more where few of them count."""
        return self.frame(FEW).candidates

    @property
    def effective(self) -> float | None:
        """How many of them count (Kish, 1965), for the row of which the fewest do, among some."""
        return self.frame(FEW).effective

    def rows(self, start: int, n: int, rng: Generator) -> pl.DataFrame:
        """N typed rows.

        Raises:
            ConditionError: no row drawn has the values and keeps the rules.
        """
        try:
            return self.frame(n).rows(0, n, rng)
        except ConditionError as error:
            raise ConditionError(error.what, where=spelt(self.wanted), hint=error.hint, field="given") from error


def repeated(met: Condition, form: Form, fitted: Fitted, seed: int, temperature: float) -> Condition | Repeated:
    """The conditions, or the same solved for, where that is possible and few rows drawn would have their values.

    Raises:
        ConditionError: the model cannot write a value.
    """
    alone = all(_alone(each) for each in met.wanted.values())
    if not met.sifted or not alone or not all(_solvable(name, form) for name in met.sifted):
        return met
    rng = stream(seed, "computed")
    found = form.decode(met.held.draw(PILOT, rng), rng, parts=met.parts)
    here = np.ones(PILOT, dtype=bool)
    for name in met.sifted:
        here &= met.wanted[name].met(found[name]).to_numpy()
    if here.mean() >= RARE:
        return met
    values: dict[str, Any] = {name: each.ranges[0][0] for name, each in met.wanted.items()}

    def frame(n: int) -> Filled:
        return asked(
            framed(pl.DataFrame({name: [value] * n for name, value in values.items()})), form, fitted, temperature
        )

    return Repeated(met.wanted, frame)


def _alone(wanted: Wanted) -> bool:
    """Whether it is one value."""
    if wanted.missing or wanted.besides or len(wanted.ranges) != 1:
        return False
    low, high = wanted.ranges[0]
    return low is not None and low == high


def _solvable(name: str, form: Form) -> bool:
    """Whether a column is computed and follows from a number that is learned as linearly as need be."""
    formula = form.rewriting.formula(name)
    return formula is not None and any(
        isinstance(form.book.columns.get(each), Numeric) and formula.expression.solved(each, name) is not None
        for each in formula.expression.columns
    )
