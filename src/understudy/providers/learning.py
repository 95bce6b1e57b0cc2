"""What fitting has in common: distinct values, shapes that at least k of them share."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import numpy as np
import polars as pl

from understudy.errors import SchemaError

SAMPLE = 20_000
MOST_SHAPES = 48
Shape = TypeVar("Shape", bound=Hashable)


def texts(values: pl.Series) -> pl.Series:
    """The values as String, without nulls and blanks.

    Raises:
        SchemaError: the values cannot be written as text (lists, structs, binary).
    """
    if values.dtype.is_nested() or values.dtype == pl.Binary or values.dtype == pl.Object:
        raise SchemaError(f"values of {values.dtype} have no format to learn", hint="drop the column or use text")
    written = values.drop_nulls().cast(pl.String)
    return written.filter(written.str.strip_chars() != "")


def distinct(values: pl.Series) -> list[str]:
    """The different values, or a fixed sample of 20 000 of them, in the order in which they come."""
    each = texts(values).unique(maintain_order=True)
    if each.len() > SAMPLE:
        rng = np.random.Generator(np.random.Philox(0))
        each = each.gather(np.sort(rng.choice(each.len(), SAMPLE, replace=False)))
    return each.to_list()


def shared(shapes: Sequence[Shape | None], k: int, most: int = MOST_SHAPES) -> dict[Shape, int]:
    """Shapes that at least k values have, and how many have them, the most frequent first; None is no shape."""
    counts = Counter(shape for shape in shapes if shape is not None)
    return {shape: count for shape, count in counts.most_common(most) if count >= k}


def by_shape(values: Sequence[str], shape: Callable[[str], Shape | None], k: int) -> dict[Shape, list[str]]:
    """The values under the shapes that at least k of them have, the most frequent shape first."""
    shapes = [shape(value) for value in values]
    groups: dict[Shape, list[str]] = {kept: [] for kept in shared(shapes, k)}
    for value, found in zip(values, shapes, strict=True):
        if found is not None and found in groups:
            groups[found].append(value)
    return groups


def mostly(flags: Sequence[bool], share: float = 0.5) -> bool:
    """Whether more than this share of the flags are up."""
    return sum(flags) > share * len(flags)
