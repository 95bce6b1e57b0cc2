"""Row numbers: an arithmetic sequence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from understudy.errors import ArgumentError
from understudy.providers.learning import texts

NEAR = 16
DENSE = 0.5


@dataclass(frozen=True)
class Sequence:
    """A provider of row numbers.

    Attributes:
        first: value of row 0.
        step: from one row to the next.
        width: digits to which values are padded with zeros, 0 for none.
        name: of the provider in the catalogue.
        unique: always; a step is never 0.
    """

    first: int = 1
    step: int = 1
    width: int = 0
    name: str = "sequence"
    unique: bool = True

    def draw(self, start: int, n: int, rng: np.random.Generator, key: int = 0) -> pl.Series:
        """The numbers of n rows from row number `start` on; neither rng nor key plays a part.

        Raises:
            ArgumentError: start or n is negative.
        """
        if start < 0 or n < 0:
            raise ArgumentError(f"cannot draw {n} rows from row {start}", hint="both must be 0 or more", field="n")
        numbers = pl.Series(self.first + self.step * np.arange(start, start + n, dtype=np.int64))
        return numbers.cast(pl.String).str.zfill(self.width)

    def state(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {"provider": self.name, **{name: getattr(self, name) for name in ("first", "step", "width")}}

    @staticmethod
    def load(state: Mapping[str, Any]) -> "Sequence":
        """The provider of a state.

        Raises:
            KeyError, TypeError, ValueError: the state is malformed (the catalogue says so to the user).
        """
        return Sequence(int(state["first"]), int(state["step"]), int(state["width"]))


def fits(values: pl.Series) -> bool:
    """Whether values are row numbers: whole, in order, with no more gaps than a split leaves.

    >>> fits(pl.Series([1, 2, 4, 5])), fits(pl.Series([3, 1, 2])), fits(pl.Series([1, 90, 91]))
    (True, False, False)
    """
    numbers = _numbers(values)
    if numbers is None or numbers.size < 3:
        return False
    steps = np.diff(numbers)
    if not ((steps > 0).all() or (steps < 0).all()):
        return False
    step = int(np.gcd.reduce(np.abs(steps)))
    return (numbers.size - 1) * step >= DENSE * abs(int(numbers[-1]) - int(numbers[0]))


def fit_sequence(values: pl.Series, *, unique: bool, k: int) -> Sequence:
    """Row numbers 1, 2, 3, …, or with the start and step of the real ones where those are such numbers."""
    if not fits(values):
        return Sequence()
    numbers = _numbers(values)
    assert numbers is not None
    steps = np.diff(numbers)
    step = int(np.gcd.reduce(np.abs(steps))) * (1 if steps[0] > 0 else -1)
    return Sequence(_start(int(numbers[0]), step), step, _padding(texts(values)))


def _numbers(values: pl.Series) -> np.ndarray | None:
    numbers = texts(values).cast(pl.Int64, strict=False)
    return None if numbers.null_count() or not numbers.len() else numbers.to_numpy()


def _start(first: int, step: int) -> int:
    """The origin where the first real number is a few steps from it: the rows before may have gone to another part."""
    if step < 0 or not 0 < first <= NEAR * step:
        return first
    return first % step or step


def _padding(written: pl.Series) -> int:
    lengths = written.str.len_chars()
    padded = written.str.starts_with("0") & (lengths > 1)
    return int(lengths.max()) if padded.any() and lengths.n_unique() == 1 else 0  # pyright: ignore[reportArgumentType]
