"""Streams of randomness: counter-based, so that any shard can be drawn by anyone in any order.

Philox (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): the key is the user's
seed, the high words of the counter name the purpose and the shard, the low words run.
"""

from zlib import crc32

import numpy as np
from numpy.random import Generator

from understudy.errors import ArgumentError


def stream(seed: int, purpose: str, shard: int = 0) -> Generator:
    """An independent generator for each (seed, purpose, shard).

    Raises:
        ArgumentError: the seed is no whole number from 0 to 2**63 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**63:
        raise ArgumentError(f"the seed is {seed!r}", hint="use a whole number from 0 to 2**63 - 1", field="seed")
    counter = [0, 0, crc32(purpose.encode()), shard]
    return Generator(np.random.Philox(key=int(seed), counter=counter))


def key(seed: int, purpose: str) -> int:
    """A key for each (seed, purpose), for what is keyed rather than drawn; 0 to 2**63 - 1."""
    return int(stream(seed, f"key {purpose}").integers(2**63))
