"""Subgroup fidelity: the group that is copied worse is found, at one size for all."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.measure import Measure
from understudy.metrics.subgroups import subgroups

Make = Callable[..., Table]


def groups(count: int, seed: int, off: float = 0.0, share: float = 0.2) -> pl.DataFrame:
    """A large and a small group with columns of their own; those of the small one are `off` by so many deviations."""
    rng = np.random.default_rng(seed)
    small = rng.random(count) < share
    numbers = {f"x{each}": rng.normal(size=count) + small * (each + off) for each in range(4)}
    job = np.array(["c", "d"])[(rng.random(count) < 0.3 + 0.3 * small).astype(int)]
    return pl.DataFrame({"a": np.where(small, "small", "large"), **numbers, "job": job})


def on(real: Table, synthetic: Table, holdout: Table | None = None) -> Measure:
    return subgroups.on(case(real, synthetic, holdout, protected="a"))


def test_the_group_that_is_copied_worse_is_found(table: Make) -> None:
    real, holdout = table(groups(4_000, 0)), table(groups(1_000, 1))
    found = [on(real, table(groups(4_000, 2, off)), holdout) for off in (0.0, 0.25, 0.5, 1.0)]
    values = [each.value or 0.0 for each in found]
    assert values == sorted(values)
    assert values[0] < 0.03
    # four of five columns are off: normal densities one deviation apart overlap by 0.617, so KS is 0.383
    expected = 0.8 * 0.383
    assert values[3] == pytest.approx(expected, abs=0.04)
    assert found[3].parts["worst"]["group"] == "small"
    assert "'small' is copied worst" in found[3].note
    assert (found[3].low or 0) > (found[3].ceiling or 1) + 0.1
    assert found[0].high is not None
    assert found[0].low is not None
    assert found[0].low <= (found[0].ceiling or 0) <= found[0].high + 0.02


def test_all_groups_are_compared_at_the_size_of_the_smallest(table: Make) -> None:
    real, synthetic = table(groups(4_000, 0, share=0.03)), table(groups(4_000, 1, share=0.03))
    holdout = groups(1_500, 2, share=0.03)
    found = on(real, synthetic, table(holdout))
    assert found.parts["size"] == (holdout["a"] == "small").sum()
    by = found.parts["by"]
    assert by["large"]["synthetic"] == pytest.approx(by["small"]["synthetic"], abs=0.05)
    assert by["large"]["holdout"] < 0.9  # not what a thousand rows would reach
    # without a holdout, half of the smallest group
    smallest = min((each.frame["a"] == "small").sum() for each in (real, synthetic))
    assert on(real, synthetic).parts["size"] == smallest // 2
    assert on(real, synthetic).ceiling is None


def test_columns_that_forget_the_group_are_the_floor(table: Make) -> None:
    real, holdout = groups(4_000, 0), table(groups(1_000, 1))
    lost = table(real.with_columns(pl.exclude("a").shuffle(seed=3)))
    found = on(table(real), lost, holdout)
    assert found.value == pytest.approx(found.floor, abs=0.03)
    assert (found.value or 0) > 0.2 > 0.03 > (found.ceiling or 1)
    assert found.parts["worst"]["group"] == "small"


def test_shares_of_the_groups_are_told(table: Make) -> None:
    found = on(table(groups(3_000, 0)), table(groups(3_000, 1, share=0.1)))
    assert found.parts["shares"]["small"] == pytest.approx({"real": 0.2, "synthetic": 0.1}, abs=0.03)


def test_a_lone_column_has_nothing_to_compare(table: Make) -> None:
    real = table(groups(200, 0).select("a"))
    found = on(real, real)
    assert found.value is None
    assert "only judged column" in found.note


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_is_about_as_wide_as_new_tables_are_apart(seed: int, table: Make) -> None:
    # spread of the value over new pairs of tables, against half the width that one pair says
    off = 0.8
    found = [
        on(table(groups(1_000, 100 * seed + 2 * each)), table(groups(1_000, 100 * seed + 2 * each + 1, off)))
        for each in range(20)
    ]
    spread = np.std([each.value or 0 for each in found], ddof=1)
    said = np.mean([((each.high or 0) - (each.low or 0)) / 2 for each in found])
    assert 0.6 < said / (1.96 * spread) < 2.0
