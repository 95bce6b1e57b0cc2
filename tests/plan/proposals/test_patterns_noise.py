"""Tables of independent columns give nothing, however few their rows and skewed their values."""

import numpy as np
import polars as pl
import pytest

from understudy.data.infer import infer
from understudy.data.table import Source, Table
from understudy.data.values import parse
from understudy.plan.proposals.patterns.patterns import patterns


def column(rng: np.random.Generator, rows: int) -> np.ndarray:
    kind = rng.integers(0, 8)
    if kind == 0:
        return rng.integers(0, rng.integers(2, 12), rows)
    if kind == 1:
        shares = rng.dirichlet(np.full(rng.integers(2, 30), 0.3))
        return np.array([f"v{place}" for place in rng.choice(len(shares), rows, p=shares)])
    if kind == 2:
        return rng.random(rows) < rng.choice([0.5, 0.1, 0.01])
    if kind == 3:
        return rng.lognormal(3, 1, rows).round(2)
    if kind == 4:
        return np.where(rng.random(rows) < 0.6, 0, rng.integers(1, 200, rows))
    if kind == 5:
        return np.array([f"name{place}" for place in rng.zipf(1.5, rows).clip(0, 500)])
    return rng.normal(0, 5, rows).round(1) if kind == 6 else rng.poisson(rng.choice([0.2, 2, 20]), rows)


def noise(seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = int(np.exp(rng.uniform(np.log(40), np.log(4000))))
    columns = {f"c{place}": column(rng, rows) for place in range(rng.integers(4, 20))}
    lost = {name: rng.random(rows) < (rng.choice([0.02, 0.3, 0.9]) if rng.random() < 0.3 else 0) for name in columns}
    frame = pl.DataFrame({**columns, **{f"lost {name}": gone for name, gone in lost.items()}})
    return frame.select(pl.when(~pl.col(f"lost {name}")).then(pl.col(name)).alias(name) for name in columns)


@pytest.mark.parametrize("seed", range(50))
def test_independent_columns_obey_no_rule(seed: int) -> None:
    table = Table(noise(seed), Source("noise"))
    schema = infer(table)
    told = patterns(parse(table, schema).frame, schema)
    assert [each for each in told if each.kind != "rare"] == []


@pytest.mark.parametrize("seed", range(5))
def test_rare_flags_that_lean_on_a_number_give_no_threshold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value = rng.normal(size=4000)
    flag = rng.random(4000) < 0.02 / (1 + np.exp(-6 * (value - 1)))
    frame = pl.DataFrame({"value": value.round(2), "other": rng.normal(size=4000).round(2), "flag": flag})
    table = Table(frame, Source("leaning"))
    schema = infer(table)
    assert patterns(parse(table, schema).frame, schema) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_gradient_is_no_nested_value(seed: int) -> None:
    """The lowest of many classes has none of the high incomes, as few as its neighbour has."""
    rng = np.random.default_rng(seed)
    school = rng.integers(0, 12, 6000)
    high = rng.random(6000) < 0.6 * (school / 12) ** 3
    frame = pl.DataFrame({"school": [f"s{place:02d}" for place in school], "high": high})
    table = Table(frame, Source("gradient"))
    schema = infer(table)
    assert patterns(parse(table, schema).frame, schema) == []
