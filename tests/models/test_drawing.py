"""What all rows keep together, in tables of one shard and of several: no value twice, order, running totals."""

from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import understudy as us
from understudy.errors import ConditionError
from understudy.models.model import Model
from understudy.plan.plan import ColumnPlan, Plan

INTEGER = {name: ColumnPlan(says={"kind": "integer"}) for name in ("day", "x")}
SEVERAL = 140_000


def table(rows: int = 3000, seed: int = 0) -> pl.DataFrame:
    """Groups, days of 0 to 199 (early ones more often), amounts that grow with the day, balances, keys."""
    rng = np.random.default_rng(seed)
    day = np.minimum(rng.integers(0, 200, rows), rng.integers(0, 200, rows))
    frame = pl.DataFrame({"g": rng.choice(["p", "q", "r"], rows, p=[0.6, 0.3, 0.1]), "day": day})
    frame = frame.with_columns(x=pl.Series(day // 50 + rng.integers(0, 3, rows)))
    frame = frame.with_columns(pl.Series("key", [f"K{number:05d}" for number in rng.permutation(rows)]))
    return frame.with_columns(
        twice=pl.col("day") * 2, held=pl.col("x").cum_sum().over("g"), tail=pl.col("key").str.slice(1)
    )


COMPUTED = {
    "twice": ColumnPlan(action="compute", expression="2 * day", says={"kind": "integer"}),
    "held": ColumnPlan(action="compute", expression="cumsum(x, g)", says={"kind": "integer"}),
    "tail": ColumnPlan(action="compute", expression="right(key, 5)", says={"kind": "text"}),
    "key": ColumnPlan(action="generate"),
}


def learned(*rules: Any, frame: pl.DataFrame | None = None, **said: Any) -> Model:
    plan = Plan(
        engine="trees",
        privacy="relaxed",
        columns={**INTEGER, **COMPUTED, **said},
        constraints=rules,
        k=said.pop("k", 8),
    )
    return us.fit(table() if frame is None else frame, plan)


def follows(made: pl.DataFrame) -> bool:
    """Whether every computed column is what its formula says."""
    running = made.with_columns(wanted=pl.col("x").cum_sum().over("g"))
    return bool(
        (made["twice"] == 2 * made["day"]).all()
        and (running["held"] == running["wanted"]).all()
        and (made["tail"] == made["key"].str.tail(5)).all()
    )


@pytest.fixture(scope="module")
def plain() -> Model:
    return learned()


@pytest.fixture(scope="module")
def rising() -> Model:
    return learned({"kind": "monotone", "column": "day", "by": ["g"]}, "x <= 4")


@pytest.mark.parametrize("rows", [0, 1, 700, SEVERAL])
def test_running_totals_run_over_the_whole_table(plain: Model, rows: int) -> None:
    made = plain.sample(rows, seed=1)
    assert made.height == rows
    assert made.schema == table().schema
    assert follows(made)


@pytest.mark.parametrize("rows", [1, 900, SEVERAL])
def test_values_rise_within_groups_and_all_else_follows(rising: Model, rows: int) -> None:
    made = rising.sample(rows, seed=2)
    assert made.height == rows
    assert follows(made)
    assert (made["x"] <= 4).all()
    assert (made.select(pl.col("day").diff().over("g")).to_series().drop_nulls() >= 0).all()


def test_values_are_moved_and_none_preferred(rising: Model) -> None:
    """The days of each group are those of a table whose rules ask for no order, late ones as often."""
    loose = learned("x <= 4")
    one, other = rising.sample(40_000, seed=3), loose.sample(40_000, seed=4)
    for group in "pqr":
        left, right = (frame.filter(pl.col("g") == group)["day"].to_numpy() for frame in (one, other))
        error = np.hypot(left.std() / np.sqrt(len(left)), right.std() / np.sqrt(len(right)))
        assert abs(left.mean() - right.mean()) < 4.5 * error
        assert abs(len(left) - len(right)) < 4.5 * np.sqrt(len(left) + len(right))


def test_rising_without_equals_takes_rows_from_everywhere() -> None:
    model = learned({"kind": "monotone", "column": "day", "strict": True})
    made = model.sample(150, seed=1)
    assert (made["day"].diff().drop_nulls() > 0).all()
    assert follows(made)
    assert made["day"].max() > 150, "the last days are not cut off"


@pytest.mark.parametrize(("columns", "rows"), [(["day"], 120), (["g", "day"], 330), (["g", "day", "x"], 900)])
def test_nothing_comes_twice(columns: list[str], rows: int) -> None:
    """Nearly all combinations that there are must be found."""
    made = learned({"kind": "unique", "columns": columns}).sample(rows, seed=1)
    assert made.select(columns).n_unique() == rows
    assert follows(made)
    assert made["key"].n_unique() == rows


def test_nothing_comes_twice_in_several_shards() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.integers(0, 10**6, 5000), "b": rng.integers(0, 4, 5000)})
    model = us.fit(frame, Plan(engine="trees", privacy="relaxed", constraints=[{"kind": "unique", "columns": ["a"]}]))
    assert model.sample(SEVERAL, seed=2)["a"].n_unique() == SEVERAL


@pytest.mark.parametrize(
    ("rule", "rows", "says"),
    [
        ({"kind": "unique", "columns": ["g"]}, 4, "g is unique"),
        ({"kind": "unique", "columns": ["g", "x"]}, 100, "together are unique"),
        ("held <= 20", 2000, "held <= 20"),
    ],
)
def test_what_more_rows_cannot_keep_is_said_in_time(rule: Any, rows: int, says: str) -> None:
    model, begun = learned(rule), perf_counter()
    with pytest.raises(ConditionError) as caught:
        model.sample(rows)
    assert says in str(caught.value)
    assert f"{rows} rows" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert perf_counter() - begun < 30
    assert model.sample(2).height == 2


def test_rules_over_what_comes_late_are_kept() -> None:
    """Of running totals, and of columns that follow from invented ones."""
    model = learned("held < 5000", "tail != '00000'", {"kind": "monotone", "column": "held", "by": ["g"]})
    made = model.sample(1500, seed=1)
    assert follows(made)
    assert (made["held"] < 5000).all()
    assert (made["tail"] != "00000").all()


def test_conditions_hold_in_tables_that_are_drawn_as_a_whole(rising: Model) -> None:
    made = rising.sample(400, given={"g": ["p", "q"], "x": us.between(1, 3)})
    assert follows(made)
    assert set(made["g"]) == {"p", "q"}
    assert made["x"].is_between(1, 3).all()
    assert (made.select(pl.col("day").diff().over("g")).to_series().drop_nulls() >= 0).all()
    half = rising.sample(2000, rebalance={"g": {"r": 0.5}})
    assert (half["g"] == "r").mean() == pytest.approx(0.5, abs=0.05)


def test_rows_of_conditions_stay_in_their_place() -> None:
    model = learned({"kind": "unique", "columns": ["g", "day"]})
    asked = pl.DataFrame({"g": ["p", "q", "r"] * 40, "x": [1, 2, None] * 40})
    made = model.sample(given=asked, seed=1)
    assert made["g"].equals(asked["g"])
    assert ((made["x"] == asked["x"]) | asked["x"].is_null()).all()
    assert made.select("g", "day").n_unique() == 120
    assert follows(made)
    with pytest.raises(ConditionError, match="together are unique"):
        model.sample(given=pl.DataFrame({"g": ["p", "p"], "day": [3, 3]}))


@pytest.mark.parametrize("how", [{"workers": 1}, {"workers": 4}, {"executor": "processes"}, {"executor": "serial"}])
def test_the_same_bytes_whoever_draws(rising: Model, how: dict[str, Any], tmp_path: Path) -> None:
    again = Model.load(rising.save(tmp_path / "m.understudy"))
    assert_frame_equal(again.sample(70_000, seed=9, **how), rising.sample(70_000, seed=9))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 6), st.integers(0, 2)), min_size=20, max_size=60))
@settings(max_examples=15)
def test_small_tables_keep_all_rules_at_once(rows: list[tuple[str, int, int]]) -> None:
    frame = pl.DataFrame(rows, {"g": pl.String, "day": pl.Int64, "x": pl.Int64}, orient="row")
    frame = frame.with_columns(held=pl.col("x").cum_sum())
    columns = {**INTEGER, "held": ColumnPlan(action="compute", expression="cumsum(x)", says={"kind": "integer"})}
    rules = [{"kind": "monotone", "column": "day", "by": ["g"]}, "x <= 1 or g == 'a'", "held >= 0"]
    model = us.fit(frame, Plan(engine="trees", privacy="relaxed", k=1, columns=columns, constraints=rules))
    made = model.sample(50, seed=len(rows))
    assert all(each.met(made).all() for each in model.held)
    assert made["held"].equals(made["x"].cum_sum().alias("held"))
