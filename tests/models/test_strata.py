"""Groups of rows learned apart: their shares, their own relations, small ones together."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import understudy as us
from understudy.errors import PlanError, UnknownColumn
from understudy.models.model import TABLE, Model
from understudy.models.strata import Strata, groups
from understudy.plan.plan import ColumnPlan, Plan

GROUPS = {"p": 0.5, "q": 0.3, "r": 0.12, "s": 0.05, "t": 0.03}
COLUMNS = {name: ColumnPlan(says={"kind": "integer"}) for name in ("x", "y")}
EVERY = pl.DataFrame([(x, g, y) for x in range(4) for g in "pqrst" for y in range(4)], ["x", "g", "y"], orient="row")


def table(rows: int = 6000, seed: int = 0) -> pl.DataFrame:
    """A relation that turns round from group to group; the group stands amid the columns."""
    rng = np.random.default_rng(seed)
    g, x = rng.choice([*GROUPS], rows, p=[*GROUPS.values()]), rng.integers(0, 4, rows)
    y = np.select([g == "p", g == "q"], [x, 3 - x], rng.integers(0, 4, rows))
    return pl.DataFrame({"x": x, "g": g, "y": y})


def learned(engine: str = "trees", **said: Any) -> Model:
    asked = {"privacy": "relaxed", "by": ["g"], "columns": COLUMNS, **said}
    return us.fit(table(), Plan(engine=engine, **asked))


@pytest.fixture(scope="module")
def model() -> Model:
    return learned()


def test_groups_have_their_shares_and_small_ones_are_together(model: Model) -> None:
    fitted = model.fitted[TABLE]
    assert isinstance(fitted, Strata)
    assert len(fitted.fitted) == 4, "s and t have fewer than 500 rows each"
    assert fitted.share.sum() == pytest.approx(1)
    made = model.sample(50_000, seed=1)["g"].value_counts(normalize=True)
    real = dict(table()["g"].value_counts(normalize=True).iter_rows())
    for group, share in made.iter_rows():
        assert share == pytest.approx(real[group], abs=4.5 * np.sqrt(real[group] / 50_000))


@pytest.mark.parametrize("engine", ["trees", "boost", "bootstrap"])
def test_a_relation_that_turns_round_is_learned_apart(engine: str) -> None:
    made = learned(engine).sample(10_000)
    for group, met in (("p", pl.col("y") == pl.col("x")), ("q", pl.col("y") == 3 - pl.col("x"))):
        assert made.filter(pl.col("g") == group).select(met.mean()).item() > 0.97
    assert made.filter(pl.col("g") == "r").select((pl.col("x") == pl.col("y")).mean()).item() < 0.4


def test_engines_that_know_nothing_of_relations_know_those_of_groups() -> None:
    """Columns that are independent within a group: the only relation left is that with the group."""
    frame = table().with_columns(pl.when(pl.col("g") == "p").then(0).otherwise(pl.col("y")).alias("y"))
    plan = Plan(engine="independent", privacy="relaxed", by=["g"], columns=COLUMNS)
    made = us.fit(frame, plan).sample(4000)
    assert made.filter(pl.col("g") == "p")["y"].unique().to_list() == [0]
    assert made.filter(pl.col("g") == "q")["y"].n_unique() == 4


def counted(made: pl.DataFrame) -> np.ndarray:
    found = made.group_by(EVERY.columns).len()
    return EVERY.join(found, on=EVERY.columns, how="left", maintain_order="left")["len"].fill_null(0).to_numpy()


ASKED: list[dict[str, Any]] = [
    {},
    {"g": "s"},
    {"g": ["p", "t"]},
    {"y": 0},
    {"y": 0, "x": [2, 3]},
    {"y": 3, "g": us.other_than("p")},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_conditions_reach_across_groups(model: Model, asked: dict[str, Any]) -> None:
    share = np.exp(model.log_prob(EVERY))
    assert share.sum() == pytest.approx(1, abs=1e-5)
    for name, each in asked.items():
        met = each if hasattr(each, "met") else us.among(*(each if isinstance(each, list) else [each]))
        share = share * met.met(EVERY[name]).to_numpy()
    share /= share.sum()
    made = model.sample(20_000, given=asked, seed=3)
    assert np.abs(counted(made) / 20_000 - share).sum() / 2 < 0.02


@pytest.mark.parametrize("asked", [{"y": 0}, {"x": 1, "y": 2}, {"g": "t", "y": 1}, {"g": "q"}], ids=str)
def test_rows_of_conditions_and_filled_ones_reach_across_groups(model: Model, asked: dict[str, Any]) -> None:
    share = np.exp(model.log_prob(EVERY))
    for name, value in asked.items():
        share = share * (EVERY[name] == value).to_numpy()
    n = 6000
    rows = pl.DataFrame({name: [value] * n for name, value in asked.items()})
    holed = rows.with_columns(
        pl.lit(None, dtype=table().schema[name]).alias(name) for name in EVERY.columns if name not in asked
    )
    for made in (model.sample(given=rows, seed=1), model.impute(holed, seed=2)):
        assert np.abs(counted(made) / n - share / share.sum()).sum() / 2 < 0.035


def test_several_columns_make_groups_together() -> None:
    rng = np.random.default_rng(0)
    frame = table().with_columns(pl.Series("h", [["u", "v", None][each] for each in rng.integers(0, 3, 6000)]))
    frame = frame.with_columns(pl.when(pl.col("h") == "u").then(3 - pl.col("y")).otherwise(pl.col("y")).alias("y"))
    model = us.fit(frame, Plan(engine="trees", privacy="relaxed", by=["g", "h"], columns=COLUMNS))
    made = model.sample(12_000)
    turned = pl.when((pl.col("g") == "p") == pl.col("h").eq_missing("u")).then(3 - pl.col("x")).otherwise(pl.col("x"))
    both = made.filter(pl.col("g").is_in(["p", "q"]))
    assert both.select((pl.col("y") == turned).mean()).item() > 0.97
    assert set(made.select("g", "h").unique().rows()) <= set(frame.select("g", "h").unique().rows())
    assert model.sample(20, given={"h": None, "g": "q"})["h"].null_count() == 20


def test_groups_go_together_with_rules_and_computed_columns() -> None:
    frame = table().with_columns(z=pl.col("x") + pl.col("y"))
    columns = {**COLUMNS, "z": ColumnPlan(action="compute", expression="x + y", says={"kind": "integer"})}
    rules = ["g == 'r' -> x <= y", {"kind": "combinations", "columns": ["g", "x"]}]
    model = us.fit(frame, Plan(engine="trees", privacy="relaxed", by=["g"], columns=columns, constraints=rules))
    made = model.sample(4000)
    assert (made["z"] == made["x"] + made["y"]).all()
    assert made.filter(pl.col("g") == "r").select((pl.col("x") <= pl.col("y")).all()).item()
    assert made.filter(pl.col("g") == "p").select((pl.col("x") == pl.col("y")).mean()).item() > 0.97


def test_saved_groups_are_the_same(model: Model, tmp_path: Path) -> None:
    again = Model.load(model.save(tmp_path / "m.understudy"))
    assert_frame_equal(again.sample(3000, seed=4), model.sample(3000, seed=4))
    assert_frame_equal(
        model.sample(3000, seed=4, executor="processes", workers=2), model.sample(3000, seed=4, workers=1)
    )
    assert (again.log_prob(EVERY) == model.log_prob(EVERY)).all()


def test_memory_is_measured_of_all_groups_together() -> None:
    model = learned("boost", privacy="standard")
    assert model.memory is not None
    assert isinstance(model.fitted[TABLE], Strata)


@pytest.mark.parametrize(
    ("by", "columns", "says"),
    [
        (["nobody"], {}, "nobody"),
        (["x"], {"x": ColumnPlan("drop")}, "'x' is not learned"),
        (["x"], {"x": ColumnPlan(action="compute", expression="y")}, "'x' is not learned"),
        (["key"], {"key": ColumnPlan("generate")}, "'key' is not learned"),
        (["g", "wild"], {}, "make no groups together"),
    ],
    ids=str,
)
def test_what_makes_no_groups_is_refused(by: list[str], columns: dict[str, ColumnPlan], says: str) -> None:
    rng = np.random.default_rng(0)
    frame = table().with_columns(
        key=pl.Series([f"K{number}" for number in range(6000)]), wild=pl.Series(rng.integers(0, 5000, 6000))
    )
    with pytest.raises((PlanError, UnknownColumn)) as caught:
        us.fit(frame, Plan(engine="trees", privacy="relaxed", by=by, columns={**COLUMNS, **columns}))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "labels", "wanted"),
    [
        ([600, 700, 3, 4], [0, 1, 2, 3], [1, 0, 2, 2]),
        ([600, 700], [0, 1], [1, 0]),
        ([3, 4], [0, 1], [0, 0]),
        ([600, 0, 700], [0, 1, 2], [1, 0, 0]),
        ([300, 300, 700], [0, 0, 1], [1, 1, 0]),
    ],
)
def test_a_group_of_500_rows_stands_alone(rows: list[int], labels: list[int], wanted: list[int]) -> None:
    cells = np.repeat(np.arange(len(rows)), rows)
    assert groups(cells, np.array(labels)).tolist() == wanted
