"""Streams: the same for the same (seed, purpose, shard), unrelated otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.errors import ArgumentError
from understudy.execution.streams import key, stream

SEEDS = st.integers(0, 2**63 - 1)


@given(SEEDS, st.text(max_size=10), st.integers(0, 2**40))
def test_a_stream_can_be_drawn_again(seed: int, purpose: str, shard: int) -> None:
    first, second = stream(seed, purpose, shard), stream(seed, purpose, shard)
    assert np.array_equal(first.random(50), second.random(50))
    assert np.array_equal(first.permutation(20), second.permutation(20))


def test_streams_are_unrelated() -> None:
    drawn = [
        stream(seed, purpose, shard).random(4000)
        for seed in (0, 1, 2**62)
        for purpose in ("a", "b")
        for shard in (0, 1, 2)
    ]
    correlation = np.corrcoef(drawn) - np.eye(len(drawn))
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)
    assert len({each[0] for each in drawn}) == len(drawn)


def test_a_shard_is_far_from_the_next() -> None:
    """A shard of 65 536 rows and 2 000 columns of uniforms does not reach the next one's counter."""
    long = stream(0, "sample", 0).integers(2**63, size=200_000)
    assert not np.isin(stream(0, "sample", 1).integers(2**63, size=1000), long).any()


@pytest.mark.parametrize("seed", [-1, 2**63, True, None, 1.0, "1", np.float64(2)])
def test_a_seed_is_a_whole_number_in_range(seed: object) -> None:
    with pytest.raises(ArgumentError, match="seed") as caught:
        stream(seed, "x")  # type: ignore[arg-type]
    assert caught.value.field == "seed"


def test_numpy_integers_are_seeds() -> None:
    assert stream(np.int64(7), "x").random() == stream(7, "x").random()
    assert stream(np.uint8(7), "x").random() == stream(7, "x").random()


@given(SEEDS)
def test_keys_are_whole_numbers_that_differ(seed: int) -> None:
    assert 0 <= key(seed, "a") < 2**63
    assert key(seed, "a") == key(seed, "a") != key(seed, "b")


def test_the_global_generator_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[index,union-attr]  # noqa: NPY002
    stream(0, "x").random(10)
    assert np.array_equal(before, np.random.get_state()[1])  # type: ignore[index,union-attr]  # noqa: NPY002
