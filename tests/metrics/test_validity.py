"""Validity: known answers."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.schema import Column, Schema
from understudy.data.table import Table
from understudy.metrics import validity


def test_types_count_unreadable_cells_and_lacking_columns(table: Callable[..., Table]) -> None:
    real, synthetic = table({"a": [1, 2, 3, 4], "b": list("wxyz")}), table({"a": [1, 2, None, 4], "b": list("wxyz")})
    assert validity.types(real, synthetic).value == 1
    found = validity.types(real, synthetic, unreadable={"a": 1})
    assert found.value == pytest.approx(0.875)
    assert found.parts["by"] == {"a": 0.75, "b": 1.0}
    lacking = Table(synthetic.frame.drop("b"), schema=synthetic.typed.keep(["a"]))
    assert validity.types(real, lacking, columns=["a"]).parts["by"] == {"a": 1.0, "b": 0.0}


def test_ranges(table: Callable[..., Table]) -> None:
    real, synthetic = table({"a": [0, 10, None]}), table({"a": [-1, 0, 5, 11, None]})
    found = validity.ranges(real, synthetic, table({"a": [5, 12]}))
    assert (found.value, found.ceiling) == (0.5, 0.5)
    assert found.parts["coverage"] == {"a": 1.0}
    assert validity.ranges(real, table({"a": [2, 4]})).parts["coverage"] == {"a": 0.2}
    assert validity.ranges(table({"a": ["x"]}), table({"a": ["x"]})).value is None


def test_categories(table: Callable[..., Table]) -> None:
    found = validity.categories(table({"a": ["x", "y", "z", None]}), table({"a": ["x", "q", "x", None]}))
    assert found.value == pytest.approx(2 / 3)
    assert found.parts["coverage"] == {"a": pytest.approx(1 / 3)}


def test_keys() -> None:
    schema = Schema((Column("id", "id", unique=True), Column("a", "integer")), primary_key="id")
    real = Table(pl.DataFrame({"id": ["a", "b", "c", "d"], "a": [1, 2, 3, 4]}), schema=schema)
    synthetic = Table(pl.DataFrame({"id": ["a", "a", None, "d"], "a": [1, 2, 3, 4]}), schema=schema)
    assert validity.keys(real, real).value == 1
    assert validity.keys(real, synthetic).value == 0.5
    assert validity.keys(real, real, columns=["a"]).value == 1


def test_no_key_is_no_score(table: Callable[..., Table]) -> None:
    found = validity.keys(table({"a": [1]}), table({"a": [1]}))
    assert found.value is None
    assert "no key" in found.note


def test_null_rates(table: Callable[..., Table]) -> None:
    real, synthetic = table({"a": [1, None] * 50}), table({"a": [1, 2, 3, None] * 25})
    found = validity.nulls(real, synthetic)
    assert found.parts["full"] == pytest.approx(0.75)
    assert found.parts["by"] == {"a": 0.75}
    assert validity.nulls(real, real).parts["full"] == 1


def test_permuted_nulls_are_seen(table: Callable[..., Table]) -> None:
    """Rates by column agree, what is missing together does not."""
    rng = np.random.default_rng(0)
    lost = rng.random(3_000) < 0.3
    values = [None if each else 1.0 for each in lost]
    train, holdout = (table({"a": values[side], "b": values[side]}) for side in (slice(0, 2_400), slice(2_400, 3_000)))
    turned = table({"a": train.frame["a"], "b": train.frame["b"].shuffle(seed=1)})
    found = validity.nulls(train, turned, holdout)
    assert min(found.parts["by"].values()) == 1
    assert found.ceiling is not None
    assert found.high is not None
    assert found.high < 0.7 < 0.9 < found.ceiling
    assert found.floor == pytest.approx(found.value, abs=0.05)
