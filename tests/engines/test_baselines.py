"""What the baselines keep and lose, and what the trees keep beside them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from understudy.encoding.codes import Codes, Domain
from understudy.engines import registry

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
NAMES = registry.names()


def pair_table(rows: int = 8000, seed: int = 0) -> Codes:
    """A word, its number (a function of it), a noisy copy, an XOR of two coins, and noise."""
    rng = np.random.default_rng(seed)
    word = rng.choice(16, rows, p=(p := 1 / np.arange(1, 17)) / p.sum())
    number = np.argsort(rng.permutation(16))[word]
    noisy = np.where(rng.random(rows) < 0.8, word, rng.integers(0, 16, rows))
    heads, tails = rng.integers(0, 2, rows), rng.integers(0, 2, rows)
    columns = np.array([word, number, noisy, heads, tails, heads ^ tails, rng.integers(0, 200, rows)], dtype=np.uint8)
    sizes, ordered = (16, 16, 16, 2, 2, 2, 200), (False, True, True, False, True, False, True)
    domains = tuple(
        Domain(np.ones(size, dtype=np.int64), order, False) for size, order in zip(sizes, ordered, strict=True)
    )
    return Codes(columns, np.zeros_like(columns, dtype=np.uint16), domains)


def drawn(name: str, rows: Codes, n: int) -> np.ndarray:
    cut = len(rows) * 9 // 10
    fitted = registry.load(name).fit(
        rows.take(slice(0, cut)), None, rows.take(slice(cut, len(rows))), np.random.default_rng(0)
    )
    return fitted.draw(n, None, None, np.random.default_rng(1)).codes.coarse.astype(int)


def joint(rows: np.ndarray, first: int, second: int) -> np.ndarray:
    table = np.zeros((256, 256))
    np.add.at(table, (rows[first], rows[second]), 1 / rows.shape[1])
    return table


def away(first: np.ndarray, second: np.ndarray) -> float:
    """Total variation distance."""
    return float(np.abs(first - second).sum() / 2)


@pytest.mark.parametrize("name", NAMES)
def test_marginals_are_kept(name: str) -> None:
    rows = pair_table()
    made = drawn(name, rows, 40_000)
    for column in range(7):
        real, fake = (np.bincount(each[column], minlength=256) / each.shape[1] for each in (rows.coarse, made))
        assert away(real, fake) < (0.03 if column < 6 else 0.08)


def test_independent_columns_know_no_relation() -> None:
    made = drawn("independent", pair_table(), 60_000)
    for first, second in ((0, 1), (0, 2), (3, 5), (4, 5), (1, 2)):
        real = joint(made, first, second)
        apart = np.outer(real.sum(axis=1), real.sum(axis=0))
        assert away(real, apart) < 0.03


def test_the_bootstrap_gives_rows_back() -> None:
    rows = pair_table(500)
    made = drawn("bootstrap", rows, 5000)
    real = {tuple(row) for row in rows.coarse.T}
    assert {tuple(row) for row in made.T} <= real
    times = np.unique(made.T, axis=0, return_counts=True)[1]
    assert times.mean() == pytest.approx(5000 / 500, rel=0.05)


def test_trees_keep_a_function_of_a_column_exactly() -> None:
    rows = pair_table()
    made = drawn("trees", rows, 40_000)
    real = {tuple(pair) for pair in rows.coarse[:2].T}
    broken = np.mean([tuple(pair) not in real for pair in made[:2].T])
    assert broken < 0.005


@pytest.mark.parametrize(("first", "second"), [(0, 2), (1, 2)])
def test_trees_keep_strong_dependence(first: int, second: int) -> None:
    rows = pair_table()
    made = drawn("trees", rows, 40_000)
    real, fake = joint(rows.coarse.astype(int), first, second), joint(made, first, second)
    apart = np.outer(real.sum(axis=1), real.sum(axis=0))
    assert away(real, fake) < 0.1 * away(real, apart) + 0.04


def test_trees_do_not_invent_dependence() -> None:
    made = drawn("trees", pair_table(), 60_000)
    for column in range(5):
        real = joint(made // np.array([1, 1, 1, 1, 1, 1, 20])[:, None], column, 6)
        apart = np.outer(real.sum(axis=1), real.sum(axis=0))
        assert away(real, apart) < 0.05


@pytest.mark.skipif(not SHARED.exists(), reason="shared data not on this machine")
def test_education_and_its_number_agree_on_adult() -> None:
    import understudy as us

    real = us.read(SHARED / "adult" / "adult.csv.gz")
    made = us.fit(real.take(slice(0, 20_000))).sample(20_000).frame
    pairs = set(real.frame.select("education", "education_num").unique().iter_rows())
    broken = [pair not in pairs for pair in made.select("education", "education_num").iter_rows()]
    assert np.mean(broken) < 0.005
    for first, second in (("sex", "relationship"), ("education", "income"), ("marital_status", "relationship")):
        both = [
            frame.group_by(first, second).len().with_columns(pl.col("len") / frame.height)
            for frame in (real.frame.head(20_000), made)
        ]
        joined = both[0].join(both[1], on=[first, second], how="full", suffix="_made").fill_null(0)
        assert (joined["len"] - joined["len_made"]).abs().sum() / 2 < 0.03
