"""How often values repeat: group sizes are learned, never the values."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

EXACT = 8


@dataclass(frozen=True)
class Repeats:
    """Sizes of the groups of rows that share a value.

    Attributes:
        sizes: smallest and largest size of each class of groups.
        weights: how many groups are in the class.
        clustered: whether the rows of a group follow each other.
    """

    sizes: tuple[tuple[int, int], ...]
    weights: tuple[int, ...]
    clustered: bool = False

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """The group of each of n rows, groups numbered 0, 1, 2, …; the last group is cut where the rows end."""
        low, high = np.array(self.sizes).T
        odds = np.array(self.weights) / sum(self.weights)
        mean = float(((low + high) / 2) @ odds)
        drawn: list[NDArray[np.int64]] = []
        rows = 0
        while rows < n:
            which = rng.choice(low.size, int((n - rows) / mean) + 8, p=odds)
            drawn.append(rng.integers(low[which], high[which] + 1))
            rows += int(drawn[-1].sum())
        sizes = np.concatenate([*drawn, np.empty(0, np.int64)])
        groups = np.repeat(np.arange(sizes.size), sizes)[:n]
        return groups if self.clustered else rng.permutation(groups)


def learn(values: pl.Series, k: int) -> Repeats | None:
    """The sizes of the groups of equal values, None where none repeats.

    Sizes to 8 stand alone, larger ones in classes that double. A class of fewer than k groups counts as the largest
    size of the class below it (the lowest joins the one above), so that the size of no single group is kept.
    """
    counts = values.value_counts(name="rows")["rows"].to_numpy().astype(np.int64)
    if counts.size == 0 or counts.max() == 1:
        return None
    classes = _classes(np.sort(counts), k)
    return Repeats(
        sizes=tuple(_span(each) for each in classes),
        weights=tuple(each.size for each in classes),
        clustered=_clustered(values, counts.size),
    )


def _classes(counts: NDArray[np.int64], k: int) -> list[NDArray[np.int64]]:
    named = np.where(counts <= EXACT, counts, EXACT - 3 + np.floor(np.log2(np.maximum(counts, 1))).astype(np.int64))
    classes: list[NDArray[np.int64]] = []
    for each in np.split(counts, np.flatnonzero(np.diff(named)) + 1):
        if classes and classes[-1].size < k:
            classes[-1] = np.concatenate([classes[-1], each])
        elif classes and each.size < k:
            classes[-1] = np.concatenate([classes[-1], np.full_like(each, classes[-1][-1])])
        else:
            classes.append(each)
    return classes


def _span(counts: NDArray[np.int64]) -> tuple[int, int]:
    """Limits that keep the mean, the upper no further than that asks for."""
    mean, low = float(counts.mean()), int(counts[0])
    return low, max(low, round(2 * mean) - low)


def _clustered(values: pl.Series, groups: int) -> bool:
    neighbours = int((values == values.shift(1)).sum() or 0)
    return neighbours > 0.5 * (values.len() - groups)
