"""Anonymity: published tables, figures by hand and by brute force."""

from collections import Counter
from collections.abc import Callable
from math import exp, log

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.metrics.anonymity import anonymity, figures, small

tables = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=25)


def of(classes: list[list[int]], ordered: bool = False) -> dict:
    keys = np.repeat(np.arange(len(classes)), [len(each) for each in classes])
    return figures(keys, np.concatenate(classes), ordered)


def test_the_table_of_the_t_closeness_paper() -> None:
    """Li, Li and Venkatasubramanian (2007), table 5: three classes of salaries in thousands, 0.167-close."""
    salaries = [[3, 5, 9], [6, 11, 8], [4, 7, 10]]
    assert of(salaries, ordered=True)["t"] == pytest.approx(0.167, abs=5e-4)
    # section 4: {3, 4, 5} is 0.375 from the whole of 3 to 11, {6, 8, 11} 0.167
    assert of([[3, 4, 5], [6, 8, 11], [7, 9, 10]], ordered=True)["t"] == pytest.approx(0.375)


def test_the_inpatients_of_the_l_diversity_paper() -> None:
    """Machanavajjhala et al. (2007): the 3-diverse table, three classes of heart, viral and cancer 1, 1, 2 times."""
    found = of([[0, 1, 2, 2], [2, 0, 1, 1], [0, 1, 2, 2]])
    assert found["k"] == 4
    assert found["distinct_l"] == 3
    assert found["entropy_l"] == pytest.approx(2 * 2**0.5)
    assert found["recursive_l"] == 3
    # their 4-anonymous table has a class of cancer alone
    assert of([[0, 0, 1, 1], [2, 0, 1, 1], [2, 2, 2, 2]])["distinct_l"] == 1


def test_by_hand() -> None:
    """Class 0 has 2, 1, 1 of the levels, class 1 two of the first; the whole has 4, 1, 1."""
    found = of([[0, 0, 1, 2], [0, 0]])
    assert found == {
        "classes": 2,
        "k": 2,
        "small": 1,
        "distinct_l": 1,
        "entropy_l": 1,
        "recursive_l": 1,
        "t": found["t"],
    }
    assert found["t"] == pytest.approx(1 / 3)
    assert of([[0, 0, 1, 2], [0, 0]], ordered=True)["t"] == pytest.approx(1 / 4)
    assert of([[5] * 3])["t"] == 0
    assert of([[5] * 3], ordered=True)["t"] == 0


@given(tables, st.booleans())
def test_by_brute_force(rows: list[tuple[int, int]], ordered: bool) -> None:
    found = figures(np.array([key for key, _ in rows]), np.array([level for _, level in rows]), ordered)
    classes = [[level for other, level in rows if other == key] for key in {key for key, _ in rows}]
    levels, whole = sorted({level for _, level in rows}), Counter(level for _, level in rows)
    falling = [sorted(Counter(each).values(), reverse=True) for each in classes]
    assert found["k"] == min(map(len, classes))
    assert found["distinct_l"] == min(map(len, falling))
    entropies = [-sum(n / sum(counts) * log(n / sum(counts)) for n in counts) for counts in falling]
    assert found["entropy_l"] == pytest.approx(min(map(exp, entropies)))
    diverse = [max(rank for rank in range(1, len(n) + 1) if n[0] < 3 * sum(n[rank - 1 :])) for n in falling]
    assert found["recursive_l"] == min(diverse)
    gaps = [[each.count(level) / len(each) - whole[level] / len(rows) for level in levels] for each in classes]
    if ordered:
        distances = [np.abs(np.cumsum(gap)).sum() / max(len(levels) - 1, 1) for gap in gaps]
    else:
        distances = [np.abs(gap).sum() / 2 for gap in gaps]
    assert found["t"] == pytest.approx(max(distances), abs=1e-12)


def test_a_merged_table_hides_better() -> None:
    rng = np.random.default_rng(0)
    keys, secrets = rng.integers(0, 40, 300), rng.integers(0, 6, 300)
    fine, coarse = figures(keys, secrets), figures(keys // 4, secrets)
    assert coarse["k"] > fine["k"]
    assert coarse["distinct_l"] >= fine["distinct_l"]
    assert coarse["t"] < fine["t"]
    assert small(keys // 4) <= small(keys)


def test_the_measure(table: Callable[..., Table], shuffle: Callable[..., pl.DataFrame]) -> None:
    """In town and sex bound together a shuffled table has smaller classes than a real one."""
    rng = np.random.default_rng(0)
    town = rng.geometric(0.1, 3_000).clip(1, 40)
    frame = pl.DataFrame({"town": town.astype(str), "age": town + 18, "sex": rng.choice(["f", "m"], 3_000)})
    frame = frame.with_columns(ill=pl.Series(rng.choice(["y", "n"], 3_000)))
    real, fake, holdout = table(frame[:1_250]), table(frame[1_250:2_500]), table(frame[2_500:])
    found = anonymity(real, fake, holdout, target="ill")
    assert found.low is not None
    assert found.ceiling is not None
    assert found.low <= found.ceiling <= (found.high or 0)
    assert (found.floor or 0) > (found.high or 1)
    # a stand-in of the common size is drawn whole each time: their spread of 0 is no interval
    assert anonymity(real, table(frame[1_250:1_750]), holdout, target="ill").low is None
    loose = anonymity(real, table(shuffle(frame[1_250:2_500])), holdout, target="ill")
    assert loose.value == pytest.approx(loose.floor, abs=0.05)
    assert loose.parts["unmatched"] > found.parts["unmatched"]
    assert anonymity(real, real, holdout, target="ill").parts["unmatched"] == 0


def test_k_map_counts_real_rows_behind_synthetic_keys(table: Callable[..., Table]) -> None:
    real = table({"sex": list("ffffmm"), "race": list("aaabaa"), "ill": list("ynynyn")})
    fake = table({"sex": list("ffmm"), "race": list("aaab"), "ill": list("ynyn")})
    found = anonymity(real, fake, target="ill").parts
    # f a has three real rows, m a two, m b none
    assert found["k_map"] == 2
    assert found["unmatched"] == 0.25
    assert found["real"]["k"] == 1
    assert found["synthetic"]["k"] == 1


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"x": ["a", "a"]}),
        pl.DataFrame({"x": ["a", "b"], "y": [1.0, None]}),
        pl.DataFrame({"x": [None, None], "y": [None, None]}, schema={"x": pl.Float64, "y": pl.String}),
        pl.DataFrame({"name": [f"n{i}" for i in range(500)], "age": range(500)}),
        pl.DataFrame({f"x{i}": [1.0, 2.0, 3.0] for i in range(60)}),
    ],
)
def test_odd_tables(frame: pl.DataFrame, table: Callable[..., Table]) -> None:
    for holdout in (None, table(frame)):
        found = anonymity(table(frame), table(frame), holdout)
        assert found.value is not None
        assert 0 <= found.value <= 1
