import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.providers.numbering import allotment, below, dealt, permuted, subkey

KEYS = st.integers(0, 2**64 - 1)


@given(size=st.integers(1, 3_000), key=KEYS)
@settings(max_examples=60, deadline=None)
def test_it_is_a_bijection(size: int, key: int) -> None:
    out = permuted(np.arange(size, dtype=np.uint64), size, key)
    assert np.array_equal(np.sort(out), np.arange(size, dtype=np.uint64))


@pytest.mark.parametrize("size", [10**7 + 3, 2**40, 10**18, 2**60])
def test_large_domains_stay_inside_and_collide_nowhere(size: int) -> None:
    out = permuted(np.arange(100_000, dtype=np.uint64), size, 11)
    assert out.max() < size
    assert np.unique(out).size == out.size
    assert abs(out.mean() / size - 0.5) < 0.01  # standard deviation of the mean is 0.0009


def test_keys_give_unlike_orders() -> None:
    rows = np.arange(10_000, dtype=np.uint64)
    same = (permuted(rows, 10_000, 1) == permuted(rows, 10_000, 2)).mean()
    assert same < 0.001


@given(
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=12),
    start=st.integers(0, 10**9),
    n=st.integers(0, 3_000),
    key=KEYS,
)
@settings(max_examples=60, deadline=None)
def test_dealing_follows_from_the_row_number(weights: list[float], start: int, n: int, key: int) -> None:
    hand, counter = dealt(start, n, weights, key)
    assert len(set(zip(hand.tolist(), counter.tolist(), strict=True))) == n
    half = n // 2
    later_hand, later_counter = dealt(start + half, n - half, weights, key)
    assert np.array_equal(hand[half:], later_hand)
    assert np.array_equal(counter[half:], later_counter)


def test_a_block_is_dealt_exactly() -> None:
    hand, counter = dealt(0, 1 << 14, [3, 1, 4], 5)
    assert np.bincount(hand).tolist() == [6144, 2048, 8192]
    for which, share in enumerate([6144, 2048, 8192]):
        assert np.array_equal(counter[hand == which], np.arange(share, dtype=np.uint64))


def test_blocks_are_dealt_in_orders_of_their_own() -> None:
    hand, _ = dealt(0, 2 << 14, [1, 1], 5)
    assert 0.45 < (hand[: 1 << 14] == hand[1 << 14 :]).mean() < 0.55


@given(weights=st.lists(st.floats(0.001, 1000), min_size=1, max_size=30), seats=st.integers(1, 20_000))
def test_all_seats_are_allotted_fairly(weights: list[float], seats: int) -> None:
    given_seats = allotment(weights, seats)
    exact = np.array(weights) / sum(weights) * seats
    assert given_seats.sum() == seats
    assert (np.abs(given_seats - exact) <= 1 + 1e-6).all()


def test_below_is_uniform() -> None:
    counts = np.bincount(below(np.arange(100_000, dtype=np.uint64), 3, 10).astype(int), minlength=10)
    assert (np.abs(counts - 10_000) < 500).all()  # five standard deviations


def test_subkeys_differ() -> None:
    assert len({subkey(key, purpose) for key in range(50) for purpose in range(50)}) == 2_500
