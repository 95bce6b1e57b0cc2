"""A process that makes rows, the rules it obeys, and rows in which one of them is broken."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator

Make = Callable[[pl.DataFrame, Generator], pl.Series]
ROW = " row"
BROKEN_SHARE, TRIES, NEAR, LEVELS = 0.3, 12, 4, 12


@dataclass(frozen=True)
class Rule:
    """What every row of a process obeys, or all but a known share.

    Attributes:
        kind: what sort of rule it is, as the report names it.
        columns: those it speaks of.
        target: the one that is made last; where the rule is to be broken, its values are exchanged for others.
        text: the rule as a reader would write it.
        met: one boolean a row of what was drawn; a row with a missing operand meets the rule.
        noise: share of rows that break it; 0 where it is exact.
        ties: rows in which the value lies halfway between two roundings, either of which is right; None where there are
            none.
    """

    kind: str
    columns: tuple[str, ...]
    target: str
    text: str
    met: Callable[[pl.DataFrame], pl.Series]
    noise: float = 0.0
    ties: Callable[[pl.DataFrame], pl.Series] | None = None


@dataclass(frozen=True)
class Step:
    """One column made from those before it; a name made twice is replaced (cells lost at the end)."""

    column: str
    make: Make


@dataclass(frozen=True)
class Process:
    """Columns made one after the other, each from those before.

    Attributes:
        name: of its tables.
        rows: how many rows the table has that searches are shown.
        seed: of that table.
        steps: in the order in which columns are made.
        rules: what the rows obey.
        shown: columns of the table, in order.
    """

    name: str
    rows: int
    seed: int
    steps: tuple[Step, ...]
    rules: tuple[Rule, ...]
    shown: tuple[str, ...]

    def table(self) -> pl.DataFrame:
        """The table that searches are shown."""
        return self.draw(self.rows, self.seed)

    def draw(self, rows: int, seed: int, breaking: Rule | None = None) -> pl.DataFrame:
        """Rows of the process; rows of another seed are fresh.

        Where `breaking` is given, that rule is broken in about a third of the rows as its column is made, so that what
        is made of this column afterwards still follows from it: the other rules hold.
        """
        frame = pl.DataFrame({ROW: pl.int_range(rows, eager=True)})
        for place, step in enumerate(self.steps):
            streams = [np.random.default_rng([seed, place, part]) for part in range(2)]
            made = step.make(frame, streams[0]).rename(step.column)
            first = step.column not in frame.columns
            frame = frame.with_columns(made)
            for rule in self.rules if first else ():
                share = BROKEN_SHARE if breaking is rule else rule.noise
                if rule.target == step.column and share:
                    frame = broken(frame, rule, share, streams[1])
        return frame.select(self.shown)


def broken(frame: pl.DataFrame, rule: Rule, share: float, draw: Generator) -> pl.DataFrame:
    """The frame with a rule broken in about so many of its rows: values of other rows, or near ones."""
    lacking = round(share * frame.height)
    for trial in range(TRIES):
        met = rule.met(frame).to_numpy()
        wanted = lacking - int((~met).sum())
        if wanted <= 0 or not met.any():
            break
        again = met & (draw.random(frame.height) < wanted / met.sum())
        values = frame[rule.target]
        other = values.gather(draw.permutation(frame.height))
        ordered = values.dtype.is_numeric() or values.dtype in (pl.Date, pl.Datetime)
        if trial < NEAR and ordered and values.n_unique() > LEVELS:  # a flag of 0 and 1 is never 2
            other = pl.select(pl.when(pl.Series(draw.random(frame.height) < 0.5)).then(other).otherwise(
                _beside(values, draw))).to_series()  # fmt: skip
        frame = frame.with_columns(pl.when(pl.Series(again)).then(other).otherwise(values).alias(rule.target))
    return frame


def _beside(values: pl.Series, draw: Generator) -> pl.Series:
    """Values a little off: one to three steps of the last digit, or days, up or down."""
    steps = pl.Series(draw.choice([-3, -2, -1, 1, 2, 3], len(values)))
    if values.dtype == pl.Date:
        return values + pl.select(pl.duration(days=pl.lit(steps))).to_series()
    if values.dtype == pl.Datetime:
        return values + pl.select(pl.duration(hours=pl.lit(steps))).to_series()
    if values.dtype.is_integer():
        return values + steps
    digits = max(decimals(values), 0)
    return (values + steps * 10.0**-digits).round(digits)


def decimals(values: pl.Series) -> int:
    """Digits behind the point that all values are written with, at most 6; below 0 where they all end in zeros.

    >>> decimals(pl.Series([0.5, 1.25, None])), decimals(pl.Series([100, 2400]))
    (2, -2)
    """
    known = values.drop_nulls().cast(pl.Float64)
    for digits in range(-3, 6):
        steps = known * 10.0**digits
        if ((steps - steps.round(0)).abs() <= 1e-9 * steps.abs() + 1e-12).all():
            return digits
    return 6


def same(left: pl.Series, right: pl.Series) -> pl.Series:
    """Where two columns agree, numbers within 1e-9; a missing cell agrees with all."""
    if left.dtype.is_numeric() and right.dtype.is_numeric():
        left, right = left.cast(pl.Float64), right.cast(pl.Float64)
        size = pl.select(pl.max_horizontal(left.abs(), right.abs())).to_series()
        scale = size.max() or 0.0
        assert isinstance(scale, int | float)
        return ((left - right).abs() <= 1e-9 * size + 1e-12 * scale + 1e-9).fill_null(value=True)
    return (left == right).fill_null(value=True)
