"""Shards cover every row once, in order, in pieces of one size."""

from hypothesis import given
from hypothesis import strategies as st

from understudy.execution.shards import SHARD_ROWS, Shard, shards


@given(st.integers(0, 5000), st.integers(1, 700))
def test_shards_cover_every_row_once(rows: int, size: int) -> None:
    cut = list(shards(rows, size))
    assert [shard.number for shard in cut] == list(range(len(cut)))
    assert [row for shard in cut for row in range(shard.start, shard.start + shard.rows)] == list(range(rows))
    assert all(shard.rows == size for shard in cut[:-1])


def test_a_longer_table_begins_with_the_same_shards() -> None:
    assert list(shards(2 * SHARD_ROWS)) == list(shards(3 * SHARD_ROWS))[:2]
    assert list(shards(1)) == [Shard(0, 0, 1)]
    assert list(shards(0)) == []
