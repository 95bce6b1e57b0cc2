"""What the columns drawn so far promise of what is still to come.

The ratio of two distributions of the same codes is what a classifier tells that was shown as many rows of both (Bickel,
Brückner and Scheffer, ICML 2007): here of rows as they are drawn, and of rows by their weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Domain
from understudy.kernels import boosting

DEPTH, RATE, ROUNDS, PATIENCE, STRETCH, FEATURES = 4, 0.3, 80, 8, 1.0, 8
SHOWN = 4096


@dataclass(frozen=True, eq=False)
class Promise:
    """The mean weight of rows by their first columns.

    Attributes:
        start: its logarithm (nats) before any tree.
        ranks: what each code of each column counts as, uint8 (columns, 256).
        feature: the column that each question is about, int16 (trees, depth).
        above: the bound of each question, uint8 (trees, depth).
        values: what each leaf adds, float32 (trees, 2**depth).
    """

    start: float
    ranks: NDArray[np.uint8]
    feature: NDArray[np.int16]
    above: NDArray[np.uint8]
    values: NDArray[np.float32]

    @property
    def columns(self) -> int:
        """How many columns it looks at."""
        return len(self.ranks)

    def __call__(self, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Logarithm (nats) of the mean weight that rows like these come to, shape (rows,).

        Args:
            codes: coarse codes, shape (columns or more, rows).
        """
        count = codes.shape[1]
        score, leaf = np.zeros(count, dtype=np.float32), np.empty(count, dtype=np.uint8)
        ranked = _ranked(codes, self.ranks)
        for feature, above, values in zip(self.feature, self.above, self.values, strict=True):
            boosting.find_leaves(ranked, feature, above, leaf)
            boosting.add_leaves(leaf, values, score)
        return self.start + score.astype(np.float64)


def promise(
    codes: NDArray[np.uint8], domains: Sequence[Domain], weight: NDArray[np.float64], rng: Generator
) -> Promise:
    """Learned of the first half of the rows, and stopped by the second.

    Args:
        codes: coarse codes of the first columns, shape (columns, rows).
        domains: of these columns.
        weight: logarithms of the weights that the rows came to, shape (rows,).
        rng: of the rows shown.
    """
    half = codes.shape[1] // 2
    share = np.exp(weight - weight.max())
    ranks = np.array(
        [_ranks(column[:half], domain, share[:half]) for column, domain in zip(codes, domains, strict=True)]
    )
    ranked, parts = _ranked(codes, ranks), (slice(0, half), slice(half, None))
    shown, answers = zip(*(_shown(share[part], rng) for part in parts), strict=True)
    learned, unseen = (np.ascontiguousarray(ranked[:, part][:, rows]) for part, rows in zip(parts, shown, strict=True))
    ridge = min(half, SHOWN) / (share[:half].sum() ** 2 / (share[:half] ** 2).sum())
    begin = [np.zeros(len(answer), dtype=np.float32) for answer in answers]
    sizes = ranks.max(axis=1).astype(np.int64) + 1
    limits = DEPTH, RATE, ridge, FEATURES, 0, ROUNDS, PATIENCE, STRETCH
    grown = boosting.grow(learned, sizes, answers[0], begin[0], unseen, answers[1], begin[1], *limits)
    found = Promise(0.0, ranks, *grown)
    guess = np.exp(found(codes))
    return Promise(float(np.log(share.sum() / guess.sum()) + weight.max()), ranks, *grown)


def _ranked(codes: NDArray[np.uint8], ranks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    ranked = np.empty((len(ranks), codes.shape[1]), dtype=np.uint8)
    for column, (table, row) in enumerate(zip(ranks, codes, strict=False)):
        np.take(table, row, out=ranked[column])
    return ranked


def _ranks(codes: NDArray[np.uint8], domain: Domain, share: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Codes in order as they are; others by the mean share of their rows, drawn towards that of all."""
    ranks = np.arange(256)
    if not domain.ordered:
        rows, heavy = np.bincount(codes, minlength=256), np.bincount(codes, weights=share, minlength=256)
        prior = (share**2).sum() / max(share.sum() ** 2, 1e-300) * len(codes)
        mean = (heavy + prior * share.mean()) / (rows + prior)
        ranks[: domain.size] = np.argsort(np.argsort(mean[: domain.size], kind="stable"))
    return np.minimum(ranks, 254).astype(np.uint8)


def _shown(share: NDArray[np.float64], rng: Generator) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Rows as they come, and then as many by their share, both spread evenly; and which are which."""
    count = min(len(share), SHOWN)
    evenly = (np.arange(count) + rng.random()) / count
    heavy = np.searchsorted(total := np.cumsum(share), evenly * total[-1])
    rows = np.concatenate([evenly * len(share), np.minimum(heavy, len(share) - 1)]).astype(np.int64)
    return rows, np.repeat(np.array([0, 1], dtype=np.uint8), count)
