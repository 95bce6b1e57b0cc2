"""Scores of codes: normal ones where they have an order, else what sets them apart; and the rows that are looked at."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from understudy.encoding.codes import Domain

CODES = 256
"""Codes that a column has at most."""
COUNTED = 65_536
"""Rows at most that are looked at where a sample tells enough."""
LEAST_CODES = 9
"""Ordered codes of which a normal score says more than they do themselves."""
LEAST_SHARE = 1e-3
AXES, PRIOR, FARTHEST = 2, 50, 4.0


def spread_out(rows: int, most: int) -> NDArray[np.int64]:
    """The numbers of so many of the rows at most, evenly spread from the first on."""
    count = min(rows, most)
    return np.arange(count) * rows // max(count, 1)


def apart(
    target: NDArray[np.uint8], codes: NDArray[np.uint8], domain: Domain, domains: Sequence[Domain]
) -> NDArray[np.float32]:
    """Scores of levels on the two axes along which other columns tell them apart most, float32 (axes, size).

    The levels' principal coordinates in a correspondence analysis of all cross tables side by side. Of rare levels they
    are shrunk by 50 rows, and none is farther than 4 from the middle. Without other columns there are none.
    """
    if not len(codes):
        return np.zeros((0, domain.size), dtype=np.float32)
    rows, whole = len(target), target.astype(np.int64)
    tables = [
        np.bincount(whole * each.size + mine, minlength=domain.size * each.size).reshape(domain.size, each.size)
        for mine, each in zip(codes, domains, strict=True)
    ]
    count = np.concatenate(tables, axis=1)
    held = np.bincount(whole, minlength=domain.size)
    expected = np.outer(held, count.sum(axis=0) / rows)
    excess = (count - expected) / np.sqrt(np.where(expected > 0, expected, 1.0))
    axes = np.linalg.eigh(excess @ excess.T)[1][:, ::-1][:, : min(AXES, domain.size - 1)]
    scores = axes.T / np.sqrt((held + PRIOR) / rows)
    return np.clip(scores, -FARTHEST, FARTHEST).astype(np.float32)


def normal(codes: NDArray[np.uint8], domain: Domain) -> NDArray[np.float32]:
    """The normal score of each code, by the share of rows below its middle; 0 for missing ones, float32 (size,)."""
    counts = np.bincount(codes, minlength=domain.size).astype(np.float64)
    counts[: int(domain.missing)] = 0
    middle = np.clip((np.cumsum(counts) - counts / 2) / max(counts.sum(), 1), LEAST_SHARE, 1 - LEAST_SHARE)
    curve = NormalDist()
    scores = np.array([curve.inv_cdf(each) for each in middle.tolist()], dtype=np.float32)
    scores[: int(domain.missing)] = 0
    return scores
