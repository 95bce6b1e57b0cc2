"""Rules of a row: held in every row, which are distributed as the engine's that keep them; refused where none could."""

from datetime import UTC, date, datetime, timedelta
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
from understudy.errors import ConditionError, PlanError, UnderstudyError, UnknownColumn
from understudy.models import sifting
from understudy.models.model import Model
from understudy.models.sifting import sifted
from understudy.plan.plan import ColumnPlan, Plan

from .conftest import sworn

WHOLE = {name: ColumnPlan(says={"kind": "integer"}) for name in "xy"}
RULES = ["x <= y", "c == 'u' -> x >= 1"]
EVERY = pl.DataFrame([(x, y, c) for x in range(4) for y in range(4) for c in "uvw"], ["x", "y", "c"], orient="row")
MET = (EVERY["x"] <= EVERY["y"]) & ((EVERY["c"] != "u") | (EVERY["x"] >= 1))


def table(rows: int = 4000, seed: int = 1) -> pl.DataFrame:
    """Three related columns of 48 combinations, most of which keep the rules."""
    rng = np.random.default_rng(seed)
    x = rng.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1])
    y = np.where(rng.random(rows) < 0.5, x, rng.integers(0, 4, rows))
    c = np.array(["u", "v", "w"])[np.where(rng.random(rows) < 0.6, x % 3, rng.integers(0, 3, rows))]
    return pl.DataFrame({"x": x, "y": y, "c": c})


def plan(**said: Any) -> Plan:
    return Plan(**{"engine": "trees", "privacy": "relaxed", **said})


def learned(frame: pl.DataFrame, *rules: Any, **columns: ColumnPlan) -> Model:
    return us.fit(frame, plan(columns={**{n: p for n, p in WHOLE.items() if n in frame}, **columns}, constraints=rules))


@pytest.fixture(scope="module")
def free() -> Model:
    return learned(table())


@pytest.fixture(scope="module")
def ruled(free: Model) -> Model:
    return sworn(free, table(), *RULES)


def counted(made: pl.DataFrame) -> np.ndarray:
    found = made.group_by(EVERY.columns).len()
    return EVERY.join(found, on=EVERY.columns, how="left", maintain_order="left")["len"].fill_null(0).to_numpy()


def excess(counts: np.ndarray, share: np.ndarray) -> float:
    """Pearson's statistic less its degrees of freedom, in standard errors; cells of no share must be empty."""
    assert counts[share <= 1e-9].sum() == 0
    wanted, counts = counts.sum() * share[share > 1e-9] / share.sum(), counts[share > 1e-9]
    return float((((counts - wanted) ** 2 / wanted).sum() - len(wanted) + 1) / np.sqrt(2 * (len(wanted) - 1)))


# --- the law --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rows_are_the_engines_that_keep_the_rules(free: Model, ruled: Model, seed: int) -> None:
    """The engine's own probabilities, what breaks a rule left out; and rows of the free model, sieved."""
    share = np.exp(free.log_prob(EVERY)) * MET.to_numpy()
    made = counted(ruled.sample(30_000, seed=seed))
    assert excess(made, share) < 4
    sieved = counted(free.sample(90_000, seed=seed + 7)) * MET.to_numpy()
    assert excess(made, (sieved + 0.5 * (share > 1e-9)) / sieved.sum()) < 6, "the sieved sample varies too"


ASKED = [
    {"x": 1},
    {"c": ["u", "w"]},
    {"y": us.between(1, 2), "c": "v"},
    {"x": us.other_than(0), "y": 3},
    {"c": "u", "y": 2},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_rules_hold_together_with_conditions(free: Model, ruled: Model, asked: dict[str, Any]) -> None:
    made = ruled.sample(15_000, given=asked, seed=3)
    share = np.exp(free.log_prob(EVERY)) * MET.to_numpy()
    for name, each in asked.items():
        wanted = each if hasattr(each, "met") else us.among(*(each if isinstance(each, list) else [each]))
        share = share * wanted.met(EVERY[name]).to_numpy()
    assert excess(counted(made), share) < 4


def test_rows_of_conditions_hold_together_with_rules(free: Model, ruled: Model) -> None:
    """Of each known cell the others as often as the model says, among rows that keep the rules."""
    share = np.exp(free.log_prob(EVERY)) * MET.to_numpy()
    asked = pl.DataFrame({"y": [2] * 9000 + [None] * 9000, "c": [None] * 9000 + ["u"] * 9000})
    made = ruled.sample(given=asked, seed=2)
    for part, met in ((made[:9000], EVERY["y"] == 2), (made[9000:], EVERY["c"] == "u")):
        wanted = share * met.to_numpy() / (share * met.to_numpy()).sum()
        assert np.abs(counted(part) / 9000 - wanted).sum() / 2 < 0.03


def test_log_prob_is_that_of_rows_that_keep_the_rules(free: Model, ruled: Model) -> None:
    nats = ruled.log_prob(EVERY)
    assert (np.isinf(nats) & (nats < 0)).tolist() == (~MET.to_numpy() | np.isinf(free.log_prob(EVERY))).tolist()
    assert np.exp(nats).sum() == pytest.approx(1, abs=0.02), "the share of rows kept is measured on 65 536"
    wanted = np.exp(free.log_prob(EVERY)) * MET.to_numpy()
    assert np.exp(nats) == pytest.approx(wanted / wanted.sum(), rel=0.02)


@given(st.integers(0, 3), st.integers(0, 3), st.sampled_from(["<=", ">=", "==", "!="]), st.integers(0, 3))
@settings(max_examples=15)
def test_any_rule_that_some_rows_keep_is_held(low: int, high: int, sign: str, end: int) -> None:
    """Several rules on the same columns compose, or are refused with a line."""
    frame = table(400)
    rules = [f"x {sign} {end}", {"kind": "range", "column": "y", "low": min(low, high), "high": max(low, high)}]
    model, refusal = None, ""
    try:
        model = learned(frame, *rules, "x + y <= 5")
    except PlanError as error:
        refusal = str(error)
    assert "\n" not in refusal
    assert bool(refusal) == (model is None)
    if model is None:
        kept = frame.filter(
            pl.sql_expr(f"x {sign} {end}".replace("==", "=")), pl.col("y").is_between(*sorted((low, high)))
        )
        assert kept.filter(pl.col("x") + pl.col("y") <= 5).height <= 40, "hardly any real row keeps them"
        return
    made = model.sample(300, seed=1)
    assert made.height == 300
    assert all(each.met(made).all() for each in model.held)


# --- the same bytes -------------------------------------------------------------------------------------------------


def test_saved_models_and_any_workers_give_the_same_bytes(ruled: Model, tmp_path: Path) -> None:
    again = Model.load(ruled.save(tmp_path / "m.understudy"))
    one = ruled.sample(140_000, seed=5, workers=1)
    assert_frame_equal(one, again.sample(140_000, seed=5, workers=3))
    assert_frame_equal(one, again.sample(140_000, seed=5, executor="processes", workers=2))
    assert again.share == ruled.share
    assert (again.log_prob(EVERY) == ruled.log_prob(EVERY)).all()
    asked = {"given": {"y": 2}, "seed": 1}
    assert_frame_equal(ruled.sample(500, **asked), again.sample(500, **asked, executor="serial"))


def told(model: Model) -> list[str]:
    return [entry["text"] for entry in model.ledger if entry["what"] == "ruled"]


def test_the_ledger_says_what_rules_came_to() -> None:
    said = told(learned(table(), *RULES))
    broken = int((table()["x"] > table()["y"]).sum())
    assert any(f"{broken} of 4000 real rows break it" in text for text in said)
    assert any("drawn again" in text for text in said)


# --- rows that are not learned from ---------------------------------------------------------------------------------


def soiled(rows: int = 4000, share: float = 0.3) -> pl.DataFrame:
    """A table in which rows that break `x <= y` say 'w', and no others; and which rows break it."""
    rng = np.random.default_rng(5)
    x, more = rng.integers(0, 4, rows), rng.integers(0, 3, rows)
    wrong = rng.random(rows) < share
    y = np.where(wrong, x - 1 - more, x + more)
    return pl.DataFrame({"x": x, "y": y, "c": np.where(wrong, "w", np.where(more > 1, "u", "v"))})


def test_rows_that_break_a_rule_teach_nothing() -> None:
    frame = soiled()
    broken = int((frame["x"] > frame["y"]).sum())
    model = learned(frame, "x <= y")
    assert f"{broken} of 4000 real rows break a rule of a row and are not learned from" in told(model)
    assert model.rows == 4000
    assert model.share > 0.99
    with pytest.raises(ConditionError, match="cannot write 'w'"):
        model.sample(1, given={"c": "w"})
    sound = frame.filter(pl.col("x") <= pl.col("y"))
    made = model.sample(20_000, seed=1)
    for name in ("x", "y", "c"):
        real, fake = (each[name].value_counts(normalize=True).sort(name) for each in (sound, made))
        assert fake[name].to_list() == real[name].to_list()
        assert fake["proportion"].to_numpy() == pytest.approx(real["proportion"].to_numpy(), abs=0.02)


def test_what_is_said_of_a_column_alone_is_held_by_its_codes() -> None:
    """No value that breaks a range, a pattern or a set is among the codes: nothing is drawn again."""
    rng = np.random.default_rng(2)
    frame = pl.DataFrame({"z": rng.normal(0, 1, 3000).round(3), "c": rng.choice(["ab", "b", "ac"], 3000)})
    rule = {"kind": "range", "column": "z", "low": -0.3, "high": 2.0}
    model = us.fit(frame, plan(constraints=[rule, {"kind": "regex", "column": "c", "pattern": "a."}, "c != 'ad'"]))
    assert model.share == 1.0
    assert "100 % of rows drawn" in told(model)[-1]


@pytest.mark.parametrize(("rows", "share", "left_out"), [(4000, 0.8, True), (1000, 0.7, False), (60, 0.4, True)])
def test_where_few_rows_keep_the_rules_all_are_learned(rows: int, share: float, left_out: bool) -> None:
    frame = soiled(rows, share)
    model = learned(frame, "x <= y")
    assert any("not learned from" in text for text in told(model)) == left_out
    made = model.sample(300, seed=1)
    assert (made["x"] <= made["y"]).all()


def test_rows_that_stand_for_several_break_rules_together() -> None:
    frame = soiled(1500).with_columns(n=pl.lit(3))
    few = pl.DataFrame({"x": [3, 0], "y": [0, 0], "c": ["w", "v"], "n": [90_000, 1500]})
    counted_ = us.fit(pl.concat([frame, few.cast(frame.schema)]), plan(unroll="n", constraints=["x <= y"]))
    made = counted_.sample(5000, seed=1)
    assert (made["x"] <= made["y"]).all()
    kept = frame.filter(pl.col("x") <= pl.col("y")).height * 3
    heavy = int(frame.filter((pl.col("x") == 0) & (pl.col("y") == 0)).height) * 3 + 1500
    share = int(((made["x"] == 0) & (made["y"] == 0)).sum()) / made.height
    assert share == pytest.approx(heavy / (kept + 1500), abs=0.03)


# --- columns of every kind ------------------------------------------------------------------------------------------


def stay(rows: int = 1500) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    start = datetime(2024, 3, 30, tzinfo=UTC)
    begun = pl.Series([start + timedelta(hours=int(each)) for each in rng.integers(0, 900, rows)])
    days = pl.Series(rng.integers(0, 30, rows))
    return pl.DataFrame(
        {
            "in": begun.dt.convert_time_zone("Europe/Berlin").dt.cast_time_unit("us"),
            "nights": days,
            "grade": rng.integers(1, 6, rows).astype(str),
            "paid": rng.random(rows) < 0.5,
        }
    ).with_columns(
        out=pl.col("in") + pl.duration(days=pl.col("nights")),
        late=(pl.col("nights") > 14) & pl.col("paid"),
        rate=pl.when(pl.col("nights") > 0).then(100 / pl.col("nights")),
    )


def test_dates_with_zones_flags_and_missing_quotients() -> None:
    frame = stay()
    columns = {
        "nights": ColumnPlan(says={"kind": "integer"}),
        "grade": ColumnPlan(says={"kind": "categorical"}),
        "late": ColumnPlan(action="compute", expression="nights > 14 and paid"),
        "rate": ColumnPlan(action="compute", expression="100 / nights"),
    }
    rules = [{"kind": "inequality", "columns": ["in", "out"]}, "grade >= 2 or not paid", "late -> grade != 5"]
    model = us.fit(frame, plan(columns=columns, constraints=rules))
    made = model.sample(2000)
    assert made.schema == frame.schema
    assert (made["in"] <= made["out"]).all()
    assert (made["late"] == ((made["nights"] > 14) & made["paid"])).all()
    assert ((made["grade"] >= "2") | ~made["paid"]).all()
    assert not (made["late"] & (made["grade"] == "5")).any()
    assert (made["rate"].is_null() == (made["nights"] == 0)).all(), "a division by zero is a missing cell"
    assert (made["rate"] * made["nights"]).drop_nulls().is_between(99.9, 100.1).all()
    assert model.sample(50, given={"late": True})["nights"].min() > 14
    assert model.sample(50, given={"rate": None})["nights"].unique().to_list() == [0]


def test_odd_names_and_columns_of_nothing() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "*": rng.integers(0, 5, 600),
            "a b": rng.integers(0, 5, 600),
            "$1": rng.choice(["x", "y"], 600),
            "self": [3] * 600,
            "none": pl.Series([None] * 600, dtype=pl.String),
        }
    )
    frame = frame.with_columns(frame["$1"].str.to_uppercase().alias("cls"), (frame["*"] + frame["a b"]).alias("rows"))
    columns = {name: ColumnPlan(says={"kind": "integer"}) for name in ("*", "a b", "self")}
    columns["rows"] = ColumnPlan(action="compute", expression="`*` + `a b`", says={"kind": "integer"})
    rules = ["`*` <= `a b`", "self == 3", "length(none) > 0", {"kind": "combinations", "columns": ["$1", "cls"]}]
    model = us.fit(frame, plan(columns=columns, constraints=rules))
    made = model.sample(800)
    assert made.schema == frame.schema
    assert (made["*"] <= made["a b"]).all()
    assert (made["*"] + made["a b"] == made["rows"]).all()
    assert (made["$1"].str.to_uppercase() == made["cls"]).all()
    assert made["none"].null_count() == 800
    assert model.sample(20, given={"$1": "x", "rows": 4})["cls"].unique().to_list() == ["X"]
    holed = frame.head(50).with_columns(pl.lit(None, dtype=pl.Int64).alias("*"))
    assert_frame_equal(model.impute(holed).select("*"), frame.head(50).select("*"))
    assert len(model.log_prob(frame)) == 600


def test_two_rows_are_a_table() -> None:
    frame = pl.DataFrame({"x": [1, 2], "y": [2, 3], "z": [3, 5]})
    total = ColumnPlan(action="compute", expression="x + y", says={"kind": "integer"})
    group = {"kind": "combinations", "columns": ["x", "y"]}
    model = us.fit(frame, plan(k=1, columns={**WHOLE, "z": total}, constraints=["x < y", group]))
    assert model.sample(20).unique().sort("x").rows() == frame.rows()


# --- what cannot be -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "columns", "says"),
    [
        (["x <= z"], {}, "no column 'z'"),
        (["x <= y"], {"x": ColumnPlan("drop")}, "no column 'x'"),
        (["length(key) > 3"], {"key": ColumnPlan("generate")}, "invented"),
        (["x + c > 1"], {}, "'+'"),
        (["x + y"], {}, "number"),
        ([{"kind": "positive", "columns": ["day"]}], {}, "'day' is date"),
        ([{"kind": "regex", "column": "x", "pattern": "a"}], {}, "integer"),
        (["x < y", "y < x"], {}, "no row meets"),
        (["x > 1", {"kind": "range", "column": "x", "high": 0}], {}, "no row meets"),
        (["x == 77"], {}, "no real row keeps 'x == 77'"),
        (["x == 3 and y == 0 and c == 'w' and b == 'y' and day > date('2020-05-01')"], {}, "rows drawn keep"),
        ([], {"x": ColumnPlan(action="compute", expression="y + 1"), "y": ColumnPlan(expression="x - 1")}, "circle"),
        ([], {"x": ColumnPlan(action="compute", expression="c")}, "the expression gives a text"),
        ([], {"x": ColumnPlan(action="compute", expression="nobody + 1")}, "no column 'nobody'"),
        ([], {"x": ColumnPlan(action="compute", expression="y + 1"), "y": ColumnPlan("drop")}, "no column 'y'"),
    ],
    ids=str,
)
def test_what_cannot_be_held_is_said_in_a_line(rules: list[Any], columns: dict[str, ColumnPlan], says: str) -> None:
    rng = np.random.default_rng(0)
    frame = table(1000).with_columns(
        key=pl.Series([f"K{number}" for number in range(1000)]),
        b=pl.Series(rng.choice(["y", "n"], 1000, p=[0.01, 0.99])),
        day=pl.Series([date(2020, 1, 1) + timedelta(days=int(each)) for each in rng.integers(0, 140, 1000)]),
    )
    if "day >" in str(rules):  # one real row keeps it, and hardly any drawn
        odd = pl.DataFrame({"x": [3], "y": [0], "c": ["w"], "b": ["y"], "day": [date(2020, 5, 10)]})
        frame = pl.concat([frame[:-1], frame[-1:].with_columns(odd.get_columns())])
    with pytest.raises(UnderstudyError) as caught:
        us.fit(frame, plan(columns={**WHOLE, **columns}, constraints=rules))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, PlanError | UnknownColumn | ValueError)


@pytest.mark.parametrize("asked", [{"x": 3, "y": 0}, {"c": "u", "x": 0}])
def test_conditions_that_break_a_rule_are_refused_in_time(ruled: Model, asked: dict[str, Any]) -> None:
    begun = perf_counter()
    with pytest.raises(ConditionError, match=r"hardly any row.*x <= y.*0 of \d+ rows"):
        ruled.sample(100_000, given=asked)
    with pytest.raises(ConditionError, match=r"given, row 2.*no row drawn keeps (x <= y|c == 'u')"):
        ruled.sample(given=pl.DataFrame([{}, asked], schema={name: table().schema[name] for name in asked}))
    assert perf_counter() - begun < 20


# --- sifting --------------------------------------------------------------------------------------------------------


@given(st.integers(0, 300), st.floats(0.05, 1), st.integers(0, 9))
def test_sifted_rows_are_the_first_that_are_met(n: int, share: float, seed: int) -> None:
    """Nothing is lost or taken twice, whatever the blocks."""
    rng, drawn = np.random.default_rng(seed), []

    def draw(rows: int) -> pl.DataFrame:
        drawn.append(pl.DataFrame({"u": rng.random(rows)}))
        return drawn[-1]

    made = sifted(draw, lambda frame: frame["u"] < share, n, "here", most=100)
    assert_frame_equal(made, pl.concat(drawn).filter(pl.col("u") < share).head(n))
    assert made.height == n


@pytest.mark.parametrize(
    ("n", "share", "most"), [(10, 0.0, 32_768), (10**6, 0.0, 32_768), (10**6, 2e-6, 32_768), (50, 0.0, 64)]
)
def test_sifting_ends(n: int, share: float, most: int) -> None:
    rng, drawn = np.random.default_rng(0), [0]

    def draw(rows: int) -> pl.DataFrame:
        drawn[0] += rows
        return pl.DataFrame({"u": rng.random(rows)})

    with pytest.raises(ConditionError, match=r"\(here\).* are wanted"):
        sifted(draw, lambda frame: frame["u"] < share, n, "here", most)
    assert drawn[0] <= max(n, 0) + 4e6 * most / sifting.SIFTING + 1e4


def test_a_comparison_without_an_answer_is_refused() -> None:
    frame = pl.DataFrame({"rate": [1.5, 2.5] * 20, "room": ["suite", "basic"] * 20, "grade": ["1", "2"] * 20})
    with pytest.raises(PlanError, match="says nothing of any real row"):
        learned(frame, "rate <= room")
    assert learned(frame, "rate >= grade").sample(50).height == 50
