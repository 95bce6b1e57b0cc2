"""What every fidelity score must obey: the order of stand-ins of known quality, and ranges beyond floats."""

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from json import dumps
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from understudy import fit
from understudy.data.table import Table
from understudy.metrics.case import case

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


@pytest.mark.parametrize("rows", [2, 60])
@pytest.mark.parametrize("held", [True, False])
def test_ranges_beyond_floats_are_judged(rows: int, held: bool, table: Callable[..., Table]) -> None:
    ends = np.where(np.random.default_rng(0).random(rows) < 0.5, -1.7e308, 1.7e308)
    real = table({"a": ends, "b": np.linspace(0, 1e-320, rows), "c": range(rows)})
    given = case(real, real.take(range(0, rows, 2)), real if held else None)
    for metric in METRICS:
        measure = metric.on(given)
        dumps(measure.to_dict(), allow_nan=False)
        assert measure.note
        assert measure.value is None or measure.low is None or measure.low <= measure.value + 1e-9
        assert measure.value is None or measure.high is None or measure.high >= measure.value - 1e-9


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
