import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.providers import catalogue
from understudy.providers.repeats import learn


def philox(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def test_nothing_is_learned_where_nothing_repeats() -> None:
    assert learn(pl.Series(["a", "b"]), 8) is None
    assert learn(pl.Series([], dtype=pl.String), 8) is None


@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=60), k=st.integers(1, 10), n=st.integers(0, 500))
@settings(max_examples=80, deadline=None)
def test_every_row_has_a_group_and_no_group_is_skipped(sizes: list[int], k: int, n: int) -> None:
    repeats = learn(pl.Series([str(i) for i, size in enumerate(sizes) for _ in range(size)]), k)
    if repeats is None:
        assert max(sizes) == 1
        return
    groups = repeats.draw(n, philox())
    assert groups.size == n
    assert np.array_equal(np.unique(groups), np.arange(np.unique(groups).size))
    assert len(repeats.weights) == 1 or min(repeats.weights) >= k


@pytest.mark.parametrize("mean", [1.5, 4.0, 20.0])
def test_group_sizes_come_back(mean: float) -> None:
    sizes = philox(1).geometric(1 / mean, 3_000)
    repeats = learn(pl.Series(np.repeat(np.arange(3_000), sizes).astype(str)), 8)
    assert repeats is not None
    out = np.bincount(repeats.draw(int(sizes.sum()), philox(2)))
    assert abs(out.size - 3_000) < 300
    assert abs((out == 1).mean() - (sizes == 1).mean()) < 0.03


def test_the_size_of_a_single_group_is_lost() -> None:
    values = pl.Series([str(i) for i in range(1_000)] * 2 + ["x"] * 5_000)
    repeats = learn(values, 8)
    assert repeats is not None
    assert max(high for _, high in repeats.sizes) == 2


def test_rows_of_a_group_stay_together_where_they_did() -> None:
    together = pl.Series([str(i // 5) for i in range(1_000)])
    apart = pl.Series([str(i % 200) for i in range(1_000)])
    for values, clustered in ((together, True), (apart, False)):
        out = catalogue.fit("id", values, unique=False).draw(0, 1_000, philox())
        assert ((out == out.shift(1)).mean() > 0.5) is clustered  # pyright: ignore[reportOperatorIssue]
