"""Accuracy by hand, by brute force, and against what it must see."""

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.metrics.accuracy import accuracy, expected, subsets


def test_by_hand(table: Callable[..., Table]) -> None:
    real = table({"a": [*"xxyy"], "b": [*"xyxy"]})
    fake = table({"a": [*"xxxy"], "b": [*"xyxy"]})
    parts = accuracy(real, fake).parts
    assert parts["by"] == {"a": 0.75, "b": 1.0}
    assert parts["uni"]["full"] == 0.875
    assert parts["bi"]["full"] == 0.75
    assert "tri" not in parts
    assert parts["full"] == pytest.approx((0.875 + 0.75) / 2)


def test_by_brute_force(table: Callable[..., Table]) -> None:
    rng = np.random.default_rng(0)
    sides = []
    for rows in (300, 170):
        first = rng.integers(0, 4, rows)
        sides.append(
            pl.DataFrame(
                {
                    "a": first.astype(str),
                    "b": pl.Series(((first + rng.integers(0, 3, rows)) % 5).astype(str)),
                    "c": [None if each == 3 else f"l{each}" for each in rng.integers(0, 5, rows)],
                    "d": rng.random(rows) < 0.2 + first / 9,
                }
            )
        )
    found = accuracy(*(table(side) for side in sides)).parts
    for name, order in (("uni", 1), ("bi", 2), ("tri", 3)):
        scores = []
        for names in combinations("abcd", order):
            first, second = (side.group_by(names).len().with_columns(pl.col("len") / side.height) for side in sides)
            both = first.join(second, on=names, how="full", nulls_equal=True).fill_null(0)
            scores.append(1 - (both["len"] - both["len_right"]).abs().sum() / 2)
        assert found[name]["full"] == pytest.approx(np.mean(scores), abs=1e-12)
        assert found[name]["count"] == len(scores)
        assert found[name]["worst"][0]["score"] == pytest.approx(min(scores), abs=1e-12)


def bits(rows: int, seed: int, tied: bool) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    a, b, c = rng.integers(0, 2, (3, rows))
    return pl.DataFrame({"a": a.astype(bool), "b": b.astype(bool), "c": (a ^ b if tied else c).astype(bool)})


def test_the_three_way_alone_sees_an_exclusive_or(table: Callable[..., Table]) -> None:
    found = accuracy(table(bits(4_000, 0, True)), table(bits(4_000, 1, False)), table(bits(1_000, 2, True)))
    assert found.parts["bi"]["value"] > 0.95
    assert found.parts["bi"]["value"] == pytest.approx(found.parts["bi"]["ceiling"], abs=0.02)
    assert found.parts["tri"]["value"] == pytest.approx(0.5, abs=0.03)
    assert found.parts["tri"]["ceiling"] > 0.95
    assert (found.high or 1) < (found.ceiling or 0)


def test_a_rescaled_column_and_permuted_nulls_are_seen(trio: tuple[Table, Table]) -> None:
    train, holdout = trio
    moved = Table(train.frame.with_columns(pl.col("pay") * 50 + 1000), schema=train.schema)
    found = accuracy(train, moved, holdout)
    assert found.parts["by"]["pay"] < 0.2
    assert (found.high or 1) < (found.ceiling or 0)


def test_permuted_nulls_are_seen(trio: tuple[Table, Table]) -> None:
    """Jobs and pay are missing together in the real rows; the rates are kept here, and lie on other rows."""
    train, holdout = trio
    rng = np.random.default_rng(0)
    lost = {name: train.frame[name].is_null()[rng.permutation(len(train)).tolist()] for name in ("job", "pay")}
    filled = train.frame.with_columns(pl.col("job").fill_null("clerk"), pl.col("pay").fill_null(40.0))
    fake = filled.with_columns(
        pl.when(gone).then(None).otherwise(pl.col(name)).alias(name) for name, gone in lost.items()
    )
    parts = accuracy(train, Table(fake, schema=train.schema), holdout).parts
    assert parts["bi"]["worst"][0]["columns"] == ["pay", "job"]
    assert parts["bi"]["high"] < parts["bi"]["ceiling"]
    assert parts["tri"]["high"] < parts["tri"]["ceiling"]


def test_a_copy_is_exact_and_the_scale_ends_at_zero(trio: tuple[Table, Table], table: Callable[..., Table]) -> None:
    assert accuracy(trio[0], trio[0]).parts["full"] == 1
    assert accuracy(table({"a": [*"xxyy"]}), table({"a": [*"zzqq"]})).value == 0


@pytest.mark.parametrize("rows", [30, 400, 4_000])
@pytest.mark.parametrize("cells", [2, 30, 1_000])
def test_the_score_to_be_expected_is_met(cells: int, rows: int) -> None:
    rng = np.random.default_rng(cells)
    shares = rng.dirichlet(np.full(cells, 0.5))
    first, second = (rng.multinomial(rows, shares, 1_000) / rows for _ in range(2))
    met = 1 - np.abs(first - second).sum(axis=1) / 2
    assert expected(shares, rows) == pytest.approx(met.mean(), abs=0.004 + 4 * met.std() / np.sqrt(1_000))


def test_for_many_rows_it_is_the_usual_formula() -> None:
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    usual = 1 - np.sqrt(2 / np.pi * shares * (1 - shares) * (2 / 10_000)).sum() / 2
    assert expected(shares, 10_000) == pytest.approx(usual, abs=1e-5)


def test_the_holdout_meets_it(trio: tuple[Table, Table]) -> None:
    parts = accuracy(trio[0], trio[1], trio[1]).parts
    for name in ("uni", "bi", "tri"):
        assert parts[name]["ceiling"] == pytest.approx(parts[name]["analytic"], abs=0.02)


@given(st.integers(1, 40), st.integers(1, 3), st.integers(1, 200), st.integers(0, 99))
def test_sets_of_columns(width: int, order: int, most: int, seed: int) -> None:
    if order > width:
        return
    found = subsets(width, order, most, np.random.default_rng(seed))
    assert found.shape == (min(most, comb(width, order)), order)
    assert (np.diff(found, axis=1) > 0).all()
    assert found.min() >= 0
    assert found.max() < width
    assert len(np.unique(found, axis=0)) == len(found)


def test_sets_of_columns_are_drawn_evenly() -> None:
    often = np.bincount(subsets(300, 3, 20_000, np.random.default_rng(0)).ravel(), minlength=300)
    assert often.mean() == 200
    assert often.std() < 20
