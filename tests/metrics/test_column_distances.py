"""Yardsticks of one column against scipy, by hand, and by law."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import iqr, wasserstein_distance

from understudy.data.table import Table
from understudy.metrics.column_distances import distances, tails, wasserstein

values = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=2, max_size=40)


def test_by_hand(table: Callable[..., Table]) -> None:
    found = distances(table({"a": [*"xxyy"]}), table({"a": [*"xxx", None]})).parts["by"]["a"]
    p, q = np.array([0, 0.5, 0.5]), np.array([0.25, 0.75, 0])
    assert found["hellinger"] == pytest.approx(np.sqrt(1 - np.sqrt(0.375)))
    assert found["jensen_shannon"] == pytest.approx(jensenshannon(p, q, base=2))
    assert found["nulls"] == 0.25
    assert "wasserstein" not in found


def test_ends_of_the_scale(table: Callable[..., Table]) -> None:
    apart = distances(table({"a": [*"xxyy"]}), table({"a": [*"zzzz"]}))
    assert apart.value == 0
    assert apart.parts["by"]["a"]["jensen_shannon"] == pytest.approx(1)
    assert distances(table({"a": [*"xxyy"]}), table({"a": [*"xxyy"]})).parts["full"] == 1


@given(values, values)
def test_the_area_is_scipys(real: list[float], other: list[float]) -> None:
    first, second = np.array(real), np.array(other)
    scale = iqr(first) or np.ptp(first)
    found = wasserstein(first, second)
    if not scale:
        assert found is None
    else:
        assert found == pytest.approx(wasserstein_distance(first, second) / scale, rel=1e-6, abs=1e-9)


@given(values, st.integers(-1000, 1000), st.sampled_from([0.5, 2.0, 64.0]))
def test_a_shift_is_its_own_size_in_any_unit(real: list[float], shift: int, unit: float) -> None:
    column = np.round(np.array(real))
    found = wasserstein(column * unit, (column + shift) * unit)
    scale = iqr(column) or np.ptp(column)
    assert found == (pytest.approx(abs(shift) / scale, rel=1e-9, abs=1e-12) if scale else None)


def test_tails_by_hand() -> None:
    real = np.arange(1_000.0)
    found = tails(real, np.array([-1.0, 0, 3, 4, 500, 994, 995, 999]))
    assert found == {"below": 3 / 8, "above": 2 / 8, "real_below": 0.004, "real_above": 0.005}
    assert tails(real[:0], real) is None


def test_tails_lie_as_far_in_another_real_sample(trio: tuple[Table, Table]) -> None:
    pay = distances(trio[0], trio[1]).parts["by"]["pay"]["tails"]
    assert pay["below"] == pytest.approx(0.005, abs=0.007)
    cut = distances(trio[0], Table(trio[0].frame.with_columns(pl.col("pay").clip(None, 90)), schema=trio[0].schema))
    assert cut.parts["by"]["pay"]["tails"]["above"] == 0


def test_a_rescaled_column_is_seen(trio: tuple[Table, Table]) -> None:
    train, holdout = trio
    found = distances(train, Table(train.frame.with_columns(pl.col("pay") * 50 + 1000), schema=train.schema), holdout)
    assert found.parts["by"]["pay"]["hellinger"] > 0.8
    assert found.parts["by"]["pay"]["wasserstein"] > 30
    assert found.parts["worst"][0] == "pay"
    assert found.parts["holdout"]["pay"]["wasserstein"] < 0.2
    assert (found.high or 1) < (found.ceiling or 0)


def test_columns_stand_in_the_order_of_the_table(trio: tuple[Table, Table]) -> None:
    assert list(distances(*trio).parts["by"]) == trio[0].columns
