"""Real rows as they came, new ones beside them: exact counts, typed cells, rules that hold, classes better learned."""

import builtins
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import understudy as us
from understudy import errors
from understudy.models.augmenting import METHODS, augmented
from understudy.plan.plan import ColumnPlan, Plan

BETWEEN = [each for each in METHODS if each != "engine"]


def machines(rows: int = 900, seed: int = 0) -> pl.DataFrame:
    """A rare fault that heat and load bring about together; a key, a note, gaps, dates, prices on a grid."""
    luck = np.random.default_rng(seed)
    heat, load = luck.normal(60, 12, rows), luck.normal(0, 1, rows)
    fault = luck.random(rows) < 1 / (1 + np.exp(-(0.12 * (heat - 60) + 1.5 * load - 4.2)))
    start = np.datetime64("2021-01-01") + luck.integers(0, 700, rows)
    spent = luck.integers(0, 40, rows)
    return pl.DataFrame(
        {
            "key": [f"M-{number:05d}" for number in luck.permutation(rows)],
            "fault": np.where(fault, "yes", "no"),
            "heat": pl.Series(heat.round(1)).set(pl.Series(luck.random(rows) < 0.15), None),
            "load": load.round(3),
            "parts": luck.integers(1, 9, rows) * 25,
            "kind": luck.choice(["lathe", "mill", "saw"], rows, p=[0.5, 0.3, 0.2]),
            "begun": start,
            "ended": start + spent,
            "night": luck.random(rows) < 0.3,
        }
    )


@pytest.fixture(scope="module")
def real() -> pl.DataFrame:
    return machines()


PLAN = Plan(engine="trees", constraints=("begun <= ended", "heat <= 85", "not (night and kind == 'saw')"))  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=METHODS)
def done(request: pytest.FixtureRequest, real: pl.DataFrame) -> Any:
    return augmented(real, "fault", method=request.param, plan=PLAN, marked="new", seed=1)


def new_of(done: Any) -> pl.DataFrame:
    return done.data.filter("new").drop("new")


def test_counts_are_exact_and_real_rows_stay(done: Any, real: pl.DataFrame) -> None:
    rows = Counter(real["fault"])
    assert done.real == dict(rows)
    assert done.added == {"yes": rows["no"] - rows["yes"]}
    assert done.data.filter(~pl.col("new")).drop("new").equals(real)
    assert done.data.head(real.height).drop("new").equals(real)
    assert Counter(done.data["fault"]) == {"yes": rows["no"], "no": rows["no"]}
    assert done.data.drop("new").schema == real.schema


def test_cells_stand_on_the_grid(done: Any, real: pl.DataFrame) -> None:
    made = new_of(done)
    assert (made["parts"] % 25 == 0).all()
    for name, digits in (("heat", 1), ("load", 3)):
        assert (made[name] - made[name].round(digits)).abs().max() < 1e-9
    for name in ("kind", "night"):
        assert set(made[name]) <= set(real[name])
    for name in ("load", "parts", "begun", "ended"):
        assert real[name].min() <= made[name].min()  # type: ignore[operator]
        assert made[name].max() <= real[name].max()  # type: ignore[operator]
    assert made.drop("heat").null_count().sum_horizontal()[0] == 0
    assert made["heat"].null_count() / made.height == pytest.approx(
        real.filter(pl.col("fault") == "yes")["heat"].null_count() / (real["fault"] == "yes").sum(), abs=0.09
    )


def test_keys_are_new_and_alike(done: Any, real: pl.DataFrame) -> None:
    made = new_of(done)
    assert done.data["key"].n_unique() == done.data.height
    assert not set(made["key"]) & set(real["key"])
    assert made["key"].str.contains(r"^M-\d{5}$").all()


def test_rules_hold_in_every_new_row(done: Any, real: pl.DataFrame) -> None:
    made = new_of(done)
    broken = real.filter((pl.col("heat") > 85) | (pl.col("night") & (pl.col("kind") == "saw")))
    assert broken.height > 20, "the real rows break the rules, so that they say something"
    assert (made["begun"] <= made["ended"]).all()
    assert (made["heat"].drop_nulls() <= 85).all()
    assert not (made["night"] & (made["kind"] == "saw")).any()


@pytest.mark.parametrize("method", BETWEEN)
def test_rows_that_break_a_rule_are_counted(real: pl.DataFrame, method: Any) -> None:
    done = augmented(real, "fault", method=method, plan=PLAN, seed=1)
    assert set(done.dropped) <= {*(str(each) for each in PLAN.constraints), "key is unique"}
    assert done.dropped[str(PLAN.constraints[1])] > 0
    if method != "smotenc":  # a vote seldom brings two rare levels together
        assert done.dropped[str(PLAN.constraints[2])] > 0


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_rows(real: pl.DataFrame, method: Any) -> None:
    before = real.clone()
    first, again, other = (us.augment(real, "fault", {"yes": 150}, method=method, plan=PLAN, seed=s) for s in (3, 3, 4))
    assert first.equals(again)
    assert not first.equals(other)
    assert real.equals(before)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_learned_of_the_rare_class_is_no_worse(method: Any) -> None:
    """Balanced accuracy of a classifier on rows that neither side saw, as a mean over seeds."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import balanced_accuracy_score

    def numbers(frame: pl.DataFrame) -> np.ndarray:
        columns = [frame[name].cast(pl.Float64).fill_null(0) for name in ("heat", "load", "parts", "night")]
        return np.column_stack([each.to_numpy() for each in columns])

    unseen, scores = machines(4000, seed=100), {False: [], True: []}
    for seed in range(3):
        real = machines(900, seed=seed)
        more = us.augment(real, "fault", method=method, plan=Plan(engine="trees"), seed=seed)
        for side, frame in ((False, real), (True, more)):
            learner = RandomForestClassifier(60, min_samples_leaf=3, random_state=0)
            learner.fit(numbers(frame), frame["fault"].to_numpy())
            scores[side].append(balanced_accuracy_score(unseen["fault"], learner.predict(numbers(unseen))))
    assert np.mean(scores[True]) >= np.mean(scores[False]), scores


def test_sizes_in_rows_and_shares() -> None:
    real = pl.DataFrame(
        {"c": ["a"] * 60 + ["b"] * 30 + ["d"] * 10 + [None] * 20, "x": [i * 7 % 31 for i in range(120)]}
    )
    plan = Plan(engine="independent", columns={"c": ColumnPlan(says={"kind": "categorical"})})

    def sizes(to: Any) -> dict[Any, int]:
        return dict(Counter(us.augment(real, "c", to, plan=plan)["c"]))

    assert sizes("balanced") == {"a": 60, "b": 60, "d": 60, None: 20}
    assert sizes({"d": 25}) == {"a": 60, "b": 30, "d": 25, None: 20}
    assert sizes({"d": 0.2}) == {"a": 60, "b": 30, "d": 28, None: 20}  # 110 rows stay: 27.5 are a fifth
    assert sizes({"d": 0.25, "b": 100}) == {"a": 60, "b": 100, "d": 60, None: 20}
    assert sizes({"d": 10}) == {"a": 60, "b": 30, "d": 10, None: 20}
    assert us.augment(real, "c", {"d": 10}, plan=plan).equals(real)
    whole = real.filter(pl.col("c").is_not_null())
    made = us.augment(whole, "c", {"a": 0.5, "b": 0.25, "d": 0.25}, plan=plan)
    assert Counter(made["c"]) == {"a": 60, "b": 30, "d": 30}


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"c": [True] * 80 + [False] * 12, "x": [row * 7 % 31 for row in range(92)]}),
        pl.DataFrame({"c": [0] * 80 + [7] * 12, "x": [row * 7 % 31 for row in range(92)]}),
        pl.DataFrame({"c": ["0"] * 80 + ["1"] * 12, "x": [row * 7 % 31 for row in range(92)]}),
    ],
    ids=["boolean", "integer", "digits"],
)
@pytest.mark.parametrize("method", ["engine", "smote"])
def test_classes_of_every_kind(frame: pl.DataFrame, method: Any) -> None:
    rare = frame["c"][-1]
    plan = Plan(engine="independent")
    for named in (rare, str(rare)):
        made = us.augment(frame, "c", {named: 40}, method=method, plan=plan)
        assert Counter(made["c"])[rare] == 40
        assert made.schema == frame.schema


def test_a_class_fewer_rows_carry_than_k_is_drawn_by_the_engine() -> None:
    real = pl.DataFrame({"c": ["a"] * 90 + ["b"] * 3, "x": [row * 7 % 31 for row in range(93)]})
    made = us.augment(real, "c", plan=Plan(engine="independent"))
    assert Counter(made["c"]) == {"a": 90, "b": 90}


@pytest.mark.parametrize("method", ["engine", "smote"])
def test_the_kind_of_frame_comes_back(method: Any) -> None:
    moment = datetime(2022, 1, 1)
    plain = pl.DataFrame(
        {
            "c": pl.Series(["a"] * 40 + ["b"] * 12, dtype=pl.Enum(["b", "a"])),
            "n": pl.Series(range(52), dtype=pl.Int16),
            "t": [moment + timedelta(minutes=30 * row) for row in range(52)],
            "d": [date(2020, 1, 1 + row % 20) for row in range(52)],
            "g": pl.Series(["u", "v"] * 26, dtype=pl.Categorical),
            "k": pl.Series([row % 5 * 0.5 for row in range(52)], dtype=pl.Float32),
        }
    )
    plan = Plan(engine="independent", k=2)
    made = us.augment(plain, "c", method=method, plan=plan, marked="new")
    assert made.drop("new").schema == plain.schema
    assert made.drop("new").head(52).equals(plain)
    assert us.augment(plain.lazy(), "c", method=method, plan=plan, marked="new").equals(made)

    arrow = plain.cast({"c": pl.String, "g": pl.String}).to_arrow()
    table = us.augment(arrow, "c", method=method, plan=plan)
    assert isinstance(table, pa.Table)
    assert table.schema == arrow.schema
    assert table.slice(0, 52).equals(arrow)
    assert table.num_rows == 80

    frame = plain.to_pandas().set_index(pd.Index([f"row {number}" for number in range(52)]))
    held = frame.copy(deep=True)
    out = us.augment(frame, "c", method=method, plan=plan, marked="new")
    pd.testing.assert_frame_equal(frame, held)
    pd.testing.assert_frame_equal(out.drop(columns="new").head(52), frame.reset_index(drop=True))
    assert out["new"].dtype == bool
    assert list(out.index) == list(range(80))


def test_files_come_back_as_tables(tmp_path: Path, real: pl.DataFrame) -> None:
    for name in ("t.csv", "t.parquet"):
        us.write(real, tmp_path / name)
        table = us.read(tmp_path / name)
        made = us.augment(str(tmp_path / name), "fault", {"yes": 120}, method="smote", marked="new")
        assert made.frame.drop("new").head(real.height).equals(table.frame)
        us.write(made, tmp_path / f"more-{name}")
        assert us.read(tmp_path / f"more-{name}").frame["new"].cast(pl.String).value_counts().height == 2


def test_columns_of_the_plan_are_treated_as_it_says(real: pl.DataFrame) -> None:
    frame = real.with_columns(double=pl.col("parts") * 2, total=pl.col("parts").cum_sum(), place=pl.col("kind") + "!")
    plan = Plan(
        engine="trees",
        columns={
            "double": ColumnPlan(expression="parts * 2"),
            "total": ColumnPlan(expression="cumsum(parts)"),
            "begun": ColumnPlan("drop"),
        },
        constraints=({"kind": "combinations", "columns": ["kind", "place"]}, "double == parts * 2"),  # type: ignore[arg-type]
    )
    for method in METHODS:
        done = augmented(frame, "fault", method=method, plan=plan)  # type: ignore[arg-type]
        made = done.data
        assert "begun" not in made.columns
        assert made.head(real.height).equals(frame.drop("begun"))
        assert (made["double"] == made["parts"] * 2).all()
        assert (made["place"] == made["kind"] + "!").all()
        assert (made["total"] == made["parts"].cum_sum()).all()
        assert done.dropped.keys() <= {"key is unique"}


def test_a_computed_class_is_met() -> None:
    luck = np.random.default_rng(0)
    x, y = luck.integers(0, 50, (2, 600))
    frame = pl.DataFrame({"x": x, "y": y}).with_columns(big=pl.col("x") + pl.col("y") > 75)
    plan = Plan(engine="trees", columns={"big": ColumnPlan(expression="x + y > 75")})
    for method in ("engine", "smote"):
        made = us.augment(frame, "big", method=method, plan=plan)  # type: ignore[arg-type]
        assert made["big"].mean() == 0.5
        assert (made["big"] == (made["x"] + made["y"] > 75)).all()


def test_rows_are_unique_beside_the_real_ones() -> None:
    real = pl.DataFrame({"c": ["a"] * 40 + ["b"] * 15, "x": [row * 5 % 17 for row in range(55)]})
    real = real.with_columns(y=pl.int_range(55) % 13)
    plan = Plan(engine="independent", constraints=({"kind": "unique", "columns": ["x", "y"]},))  # type: ignore[arg-type]
    for method in ("engine", "smote"):
        done = augmented(real, "c", method=method, plan=plan)  # type: ignore[arg-type]
        assert done.data.select("x", "y").n_unique() == 80
        assert sum(done.dropped.values()) > 0


@pytest.mark.parametrize("method", METHODS)
def test_rules_no_row_meets_end_in_one_line(real: pl.DataFrame, method: Any) -> None:
    plan = Plan(engine="independent", constraints=("fault == 'no' or heat is missing and kind == 'none'",))  # type: ignore[arg-type]
    with pytest.raises(errors.ConditionError) as caught:
        us.augment(real, "fault", {"yes": int((real["fault"] == "yes").sum()) + 1}, method=method, plan=plan)
    assert ("fault" if method == "engine" else "kind") in str(caught.value), "the engine learned from no such row"
    assert "\n" not in str(caught.value)


SMALL = pl.DataFrame(
    {
        "c": ["a"] * 40 + ["b"] * 5,
        "one": ["x"] * 45,
        "none": pl.Series([None] * 45, dtype=pl.String),
        "key": [f"K-{row:05d}" for row in range(45)],
        "price": [row * 1.37 for row in range(45)],
        "day": [date(2020, 1, 1) + timedelta(row) for row in range(45)],
    }
)


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"column": "d"}, errors.UnknownColumn, "no column 'd'"),
        ({"column": "one"}, errors.ArgumentError, "all rows are of one class, 'x'"),
        ({"column": "none"}, errors.ArgumentError, "every cell is missing"),
        ({"column": "key"}, errors.UnderstudyError, "key"),
        ({"column": "price"}, errors.ArgumentError, "kind decimal has no classes"),
        ({"column": "day"}, errors.ArgumentError, "kind date has no classes"),
        ({"method": "smote"}, errors.ArgumentError, "class 'b' has 5 rows and smote needs 6"),
        ({"method": "smotenc"}, errors.ArgumentError, "class 'b' has 5 rows"),
        ({"method": "adasyn"}, errors.ArgumentError, "class 'b' has 5 rows"),
        ({"method": "smoat"}, errors.ArgumentError, "did you mean 'smote'"),
        ({"to": "even"}, errors.ArgumentError, "balanced"),
        ({"to": {}}, errors.ArgumentError, "balanced"),
        ({"to": {"e": 50}}, errors.ArgumentError, "no class 'e'"),
        ({"to": {"b": 3}}, errors.ArgumentError, "has 5 rows, and 3 are asked for"),
        ({"to": {"b": -3}}, errors.ArgumentError, "-3"),
        ({"to": {"b": 1.5}}, errors.ArgumentError, "share"),
        ({"to": {"b": True}}, errors.ArgumentError, "True"),
        ({"to": {"a": 0.7, "b": 0.7}}, errors.ArgumentError, "sum to 1.4"),
        ({"to": {"a": 0.1, "b": 0.2}}, errors.ArgumentError, "sum to 0.3"),
        ({"marked": "one"}, errors.ArgumentError, "not there yet"),
        ({"seed": -1}, errors.ArgumentError, "seed"),
        ({"plan": Plan(columns={"c": ColumnPlan("drop")})}, errors.PlanError, "is left out"),
        ({"plan": Plan(columns={"c": ColumnPlan("generate", "id")})}, errors.PlanError, "invented"),
        ({"plan": Plan(columns={"z": ColumnPlan("drop")})}, errors.UnknownColumn, "no column 'z'"),
    ],
    ids=str,
)
def test_mistakes_are_one_line(asked: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        us.augment(SMALL, **{"column": "c", **asked})
    assert "\n" not in str(caught.value)


def test_smotenc_needs_both_kinds_and_adasyn_mixed_neighbours() -> None:
    levels = pl.DataFrame({"c": ["a"] * 40 + ["b"] * 10, "x": ["u", "v"] * 25})
    apart = pl.DataFrame(
        {"c": ["a"] * 40 + ["b"] * 10, "x": [row * 0.5 for row in range(40)] + [900 + row * 0.5 for row in range(10)]}
    )
    with pytest.raises(errors.ArgumentError, match="numbers and levels"):
        us.augment(levels, "c", method="smotenc")
    with pytest.raises(errors.ArgumentError, match="numbers and levels"):
        us.augment(apart, "c", method="smotenc")
    with pytest.raises(errors.ArgumentError, match=r"adasyn cannot.* use the method smote") as caught:
        us.augment(apart, "c", method="adasyn")
    assert "\n" not in str(caught.value)
    with pytest.raises(errors.ArgumentError, match="no column besides"):
        us.augment(levels.select("c"), "c", method="smote")


@pytest.mark.parametrize("method", BETWEEN)
def test_without_the_extra_it_is_named(method: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] == "imblearn":
            raise ImportError(name)
        return plain(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(errors.MissingExtra, match=r"pip install 'understudy\[augment\]'"):
        us.augment(machines(200), "fault", method=method)
