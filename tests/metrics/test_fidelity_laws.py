"""What every fidelity score must obey: every legal table, any order, and the order of stand-ins."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from json import dumps
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest

from understudy import fit
from understudy.data.table import Table
from understudy.metrics.case import Case, case
from understudy.metrics.measure import Measure

PLACE = Path(__file__).parents[2] / "benchmarks" / "fidelity_truth.py"


def loaded() -> ModuleType:
    spec = spec_from_file_location("fidelity_truth", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fidelity_truth = loaded()
METRICS = fidelity_truth.METRICS


def measured(given: Case) -> dict[str, Measure]:
    found = {}
    for metric in METRICS:
        measure = metric.on(given)
        dumps(measure.to_dict(), allow_nan=False)
        assert measure.note
        if measure.value is not None:
            assert measure.low is None or measure.low <= measure.value + 1e-9
            assert measure.high is None or measure.high >= measure.value - 1e-9
            assert (measure.ceiling is None) == (given.holdout is None)
        found[metric.name] = measure
    return found


def nasty(rows: int) -> dict[str, dict[str, Any]]:
    rng, start = np.random.default_rng(0), datetime(2020, 1, 1)
    return {
        "one column": {"a": rng.normal(size=rows)},
        "constants": {"a": [1] * rows, "b": ["x"] * rows, "c": [True] * rows},
        "all missing": {
            "a": pl.Series([None] * rows, dtype=pl.Float64),
            "b": pl.Series([None] * rows, dtype=pl.String),
        },
        "null dtype": {"a": pl.Series([None] * rows), "b": range(rows)},
        "dates": {
            "day": [date(1000, 1, 1) + timedelta(days=int(each)) for each in rng.integers(0, 3_000_000, rows)],
            "moment": [start + timedelta(seconds=int(each)) for each in rng.integers(0, 10**9, rows)],
            "hour": [time(int(each)) for each in rng.integers(0, 24, rows)],
        },
        "high cardinality": {"a": [f"v{each}" for each in range(rows)], "b": [f"w{each % 7}" for each in range(rows)]},
        "extremes": {
            "a": np.where(rng.random(rows) < 0.5, -1.7e308, 1.7e308),
            "b": rng.integers(-(2**63), 2**63 - 1, rows),
            "c": np.linspace(0, 1e-320, rows),
            "d": [1e-320] * rows,
        },
        "infinite": {"a": [float("inf"), 1.0] * (rows // 2), "b": [float("nan"), 2.0] * (rows // 2)},
    }


@pytest.mark.parametrize("name", nasty(2))
@pytest.mark.parametrize("rows", [2, 60])
@pytest.mark.parametrize("held", [True, False])
def test_any_legal_table_is_judged(name: str, rows: int, held: bool, table: Callable[..., Table]) -> None:
    real = table(nasty(rows)[name])
    measured(case(real, real.take(range(0, rows, 2)), real if held else None))


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 1, 0), (1, 30, 2), (40, 60, 90), (30, 3, 90), (300, 20, 11)])
def test_any_sizes_are_judged(
    sizes: tuple[int, int, int], table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]
) -> None:
    measured(case(*(table(people(300, seed)[:rows]) for seed, rows in enumerate(sizes))))


def test_a_wide_table_is_judged(table: Callable[..., Table]) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {f"c{i}": rng.normal(size=240) if i % 2 else rng.integers(0, 3, 240).astype(str) for i in range(300)}
    )
    found = measured(case(table(frame[:100]), table(frame[100:200]), table(frame[200:])))
    parts = found["fidelity.accuracy"].parts
    assert (parts["uni"]["count"], parts["bi"]["count"], parts["tri"]["count"]) == (300, 2_000, 1_000)
    assert found["fidelity.structure"].parts["columns"] == 40


def turned(given: Table, seed: int) -> Table:
    rng = np.random.default_rng(seed)
    names = tuple(rng.permutation(given.columns).tolist())
    return Table(given.frame.select(names)[rng.permutation(len(given))], schema=given.typed.keep(names))


def test_order_of_rows_and_columns_does_not_matter_and_inputs_stay(trio: tuple[Table, Table]) -> None:
    train, fake, holdout = trio[0].take(range(150)), trio[0].take(range(500, 650)), trio[1].take(range(120))
    before = train.frame.clone()
    straight = measured(case(train, fake, holdout, seed=3))
    other = measured(case(*(turned(side, seed) for seed, side in enumerate((train, fake, holdout))), seed=3))
    for name, measure in straight.items():
        for figure in ("value", "low", "high", "ceiling", "floor"):
            assert getattr(measure, figure) == pytest.approx(getattr(other[name], figure), abs=1e-9), (name, figure)
    again = measured(case(train, fake, holdout, seed=3))
    assert {name: asdict(measure) for name, measure in again.items()} == {n: asdict(m) for n, m in straight.items()}
    assert train.frame.equals(before)


def drawn(train: Table, seed: int) -> pl.DataFrame:
    fake = fit(train, engine="trees").sample(seed=seed)
    kinds = train.frame.schema
    return getattr(fake, "frame", fake).select(pl.col(name).cast(kinds[name]) for name in kinds)


def test_stand_ins_of_known_quality_stand_in_the_known_order(
    table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]
) -> None:
    """Two seeds here and three times the tolerance that `fidelity_truth` states for twenty."""
    found = fidelity_truth.orders(2, people, table, drawn, rows=2_400)
    assert fidelity_truth.broken(found, slack=3) == []


def test_an_order_that_does_not_hold_is_told() -> None:
    good = {"holdout": 0.9, "bootstrap": 0.9, "trees": 0.8, "independent": 0.5, "uniform": 0.2}
    assert fidelity_truth.broken({"fidelity.accuracy": good}) == []
    assert len(fidelity_truth.broken({"fidelity.accuracy": good | {"trees": 0.4}})) == 1
    assert len(fidelity_truth.broken({"fidelity.energy": good})) == 3
    assert fidelity_truth.broken({"fidelity.distances": good | {"independent": 1.0}}) == []


def test_uniform_noise_keeps_ranges_and_rates(people: Callable[[int, int], pl.DataFrame]) -> None:
    frame = people(3_000, 0)
    noise = fidelity_truth.uniform(frame, np.random.default_rng(0))
    assert noise.schema == frame.schema
    assert noise["job"].null_count() == pytest.approx(frame["job"].null_count(), rel=0.2)
    assert noise["pay"].max() <= frame["pay"].max()  # type: ignore[operator]
