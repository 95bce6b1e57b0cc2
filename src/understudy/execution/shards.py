"""Shards: a table is drawn in pieces of fixed size, so that the bytes do not depend on who draws them."""

from collections.abc import Iterator
from dataclasses import dataclass

SHARD_ROWS = 65_536


@dataclass(frozen=True)
class Shard:
    """A run of rows.

    Attributes:
        number: place among the shards.
        start: number of its first row.
        rows: how many rows.
    """

    number: int
    start: int
    rows: int


def shards(rows: int, size: int = SHARD_ROWS) -> Iterator[Shard]:
    """The shards of a table of so many rows.

    >>> [shard.rows for shard in shards(150_000)]
    [65536, 65536, 18928]
    """
    for number, start in enumerate(range(0, rows, size)):
        yield Shard(number, start, min(size, rows - start))
