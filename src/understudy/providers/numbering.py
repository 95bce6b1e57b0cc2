"""Keyed bijections of row numbers: uniqueness over any number of rows and shards without memory or retries.

A number below `size` is sent to another by a Feistel network over the next power of two, walked along its cycle until
it lands below `size` again (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). This spreads
numbers; it is no encryption.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]

WORD = (1 << 64) - 1
BLOCK_BITS = 14
ROUNDS = 6


def mixed(numbers: Numbers, key: "Numbers | int") -> Numbers:
    """64 well-mixed bits of each number under a key (the finaliser of MurmurHash3, public domain)."""
    bits = numbers ^ (np.uint64(key & WORD) if isinstance(key, int) else key)
    bits = (bits ^ (bits >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    bits = (bits ^ (bits >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return bits ^ (bits >> np.uint64(33))


def subkey(key: int, purpose: int) -> int:
    """A key of its own for one purpose (a layout, a round), from a key and the number of the purpose."""
    return int(mixed(np.array([key & WORD], np.uint64), (purpose + 1) * 0x9E3779B97F4A7C15)[0])


def below(numbers: Numbers, key: int, size: int) -> Numbers:
    """A pseudo-random number in [0, size) for each number; not injective; size at most 2**32."""
    return ((mixed(numbers, key) >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32)


def permuted(numbers: Numbers, size: int, key: "Numbers | int") -> Numbers:
    """Each number in [0, size) sent to another one, no two to the same.

    Args:
        numbers: shape (n,), all below size.
        size: of the domain, 1 to 2**62.
        key: one key, or one per number (numbers that share a key never collide).
    """
    bits = max(2, (size - 1).bit_length())
    out = _feistel(numbers, bits, key)
    walking = np.flatnonzero(out >= np.uint64(size))
    while walking.size:
        out[walking] = _feistel(out[walking], bits, key if isinstance(key, int) else key[walking])
        walking = walking[out[walking] >= np.uint64(size)]
    return out


def _feistel(numbers: Numbers, bits: int, key: "Numbers | int") -> Numbers:
    low = bits // 2
    left, right = numbers >> np.uint64(low), numbers & np.uint64((1 << low) - 1)
    for turn in range(0, ROUNDS, 2):
        left = left ^ (mixed(right, _round_key(key, turn)) >> np.uint64(64 - (bits - low)))
        right = right ^ (mixed(left, _round_key(key, turn + 1)) >> np.uint64(64 - low))
    return (left << np.uint64(low)) | right


def _round_key(key: "Numbers | int", turn: int) -> "Numbers | int":
    return subkey(key, turn) if isinstance(key, int) else key ^ np.uint64(subkey(0, turn))


def dealt(start: int, n: int, weights: Sequence[float], key: int) -> tuple[NDArray[np.int64], Numbers]:
    """Deal rows to hands in the proportion of the weights.

    Every block of 2**14 rows is dealt exactly, in an order of its own, so that a row's hand and its place in the hand
    follow from its number alone.

    Args:
        start: number of the first row.
        n: how many rows.
        weights: of the hands; any positive scale.
        key: of the order inside the blocks.

    Returns:
        The hand of each row, and its counter in that hand: 0, 1, 2, … from row 0 on, in the order of rows.
    """
    if len(weights) == 1:
        return np.zeros(n, np.int64), np.arange(start, start + n, dtype=np.uint64)
    size = 1 << BLOCK_BITS
    shares = allotment(weights, size)
    first, last = start // size, (start + n - 1) // size
    rows = np.arange(first * size, (last + 1) * size, dtype=np.uint64)
    order = mixed(rows >> np.uint64(BLOCK_BITS), subkey(key, 0))
    place = permuted(rows % np.uint64(size), size, order)
    hand = np.searchsorted(np.cumsum(shares), place.astype(np.int64), side="right")
    counter = np.empty_like(rows)
    for which, share in enumerate(shares):
        counter[hand == which] = np.arange(first * int(share), (last + 1) * int(share), dtype=np.uint64)
    mine = slice(start - first * size, start - first * size + n)
    return hand[mine], counter[mine]


def allotment(weights: Sequence[float], seats: int) -> NDArray[np.int64]:
    """Whole seats in the proportion of the weights, by largest remainder.

    >>> allotment([2.0, 1.0, 1.0], 10).tolist()
    [5, 3, 2]
    """
    exact = np.asarray(weights, float) / sum(weights) * seats
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: seats - int(whole.sum())]] += 1
    return whole
