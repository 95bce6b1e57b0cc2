"""What first columns promise: the mean weight of the rows that have them."""

import numpy as np
import pytest

from understudy.encoding.codes import Domain
from understudy.models.promising import promise


def drawn(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes of three columns, the logarithm of the mean weight by two of them together, and weights about it."""
    rng = np.random.default_rng(seed)
    codes = np.array([rng.integers(0, 8, rows), rng.integers(0, 40, rows), rng.integers(0, 5, rows)], dtype=np.uint8)
    mean = np.where((codes[0] % 3 == 1) & (codes[1] > 20), 0.0, -4.0)
    with np.errstate(divide="ignore"):
        weight = mean + np.log(rng.exponential(1, rows) * (rng.random(rows) < 0.5) * 2)
    return codes, mean, weight


def domains() -> list[Domain]:
    return [
        Domain(np.ones(size, dtype=np.int64), ordered, False) for size, ordered in ((8, False), (40, True), (5, True))
    ]


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_mean_weight_of_rows_like_these(seed: int) -> None:
    """On other rows: within a third where weights are large, their mean within a tenth."""
    codes, _, weight = drawn(8192, seed)
    learned = promise(codes, domains(), weight, np.random.default_rng(seed))
    unseen, mean, _ = drawn(8192, seed + 100)
    told = learned(unseen)
    assert np.exp(told).mean() == pytest.approx(np.exp(mean).mean(), rel=0.1)
    assert np.abs(told - mean)[mean == 0].mean() < 0.33
    assert np.corrcoef(told, mean)[0, 1] > 0.9


def test_nothing_told_is_nothing_learned() -> None:
    codes, _, _ = drawn(8192, 0)
    weight = np.random.default_rng(1).normal(-3, 0.5, 8192)
    told = promise(codes, domains(), weight, np.random.default_rng(2))(codes)
    assert told.std() < 0.15
    assert np.exp(told).mean() == pytest.approx(np.exp(weight).mean(), rel=1e-3)


def test_only_its_own_columns_are_looked_at() -> None:
    codes, _, weight = drawn(4096, 0)
    learned = promise(codes[:2], domains()[:2], weight, np.random.default_rng(0))
    assert learned.columns == 2
    assert np.array_equal(learned(codes), learned(codes[:2]))
