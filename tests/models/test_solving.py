"""Computed values that are asked for, or known: the open cells come so that they come out, as often as they should."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import understudy as us
from understudy.errors import ConditionError
from understudy.models.model import Model
from understudy.plan.plan import ColumnPlan, Plan

from .conftest import sworn

TOTAL = ColumnPlan(action="compute", expression="a + b", says={"kind": "integer"})
COLUMNS = {name: ColumnPlan(says={"kind": "integer"}) for name in ("a", "b", "c")}
EVERY = pl.DataFrame(
    [(a, b, c, a + b) for a in range(6) for b in range(6) for c in range(2)], ["a", "b", "c", "total"], orient="row"
)


def table(rows: int = 5000, seed: int = 0) -> pl.DataFrame:
    """Two related numbers, their sum, and what hangs on the second."""
    rng = np.random.default_rng(seed)
    a = rng.choice(6, rows, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
    b = np.where(rng.random(rows) < 0.4, 5 - a, rng.integers(0, 6, rows))
    c = (rng.random(rows) < b / 6).astype(int)
    return pl.DataFrame({"a": a, "b": b, "c": c, "total": a + b})


@pytest.fixture(scope="module")
def model() -> Model:
    return us.fit(table(), Plan(engine="trees", privacy="relaxed", columns={**COLUMNS, "total": TOTAL}))


@pytest.fixture(scope="module")
def ruled(model: Model) -> Model:
    return sworn(model, table(), "a <= b")


def shares(made: pl.DataFrame) -> np.ndarray:
    found = made.group_by(EVERY.columns).len()
    joined = EVERY.join(found, on=EVERY.columns, how="left", maintain_order="left")
    return joined["len"].fill_null(0).to_numpy() / made.height


ASKED: list[dict[str, int]] = [{"total": 5}, {"total": 8}, {"total": 5, "c": 1}, {"total": 4, "a": 1}, {"total": 10}]


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("rules", [False, True])
@pytest.mark.parametrize("way", ["mapping", "frame"])
def test_rows_of_a_computed_value_are_those_of_the_model(
    model: Model, ruled: Model, asked: dict[str, int], rules: bool, way: str
) -> None:
    share = np.exp(model.log_prob(EVERY))
    for name, value in asked.items():
        share = share * (EVERY[name] == value).to_numpy()
    if rules:
        share = share * (EVERY["a"] <= EVERY["b"]).to_numpy()
    n = 6000
    given_: Any = asked if way == "mapping" else pl.DataFrame({name: [value] * n for name, value in asked.items()})
    made = (ruled if rules else model).sample(n, given=given_, seed=2)
    assert all((made[name] == value).all() for name, value in asked.items())
    assert np.abs(shares(made) - share / share.sum()).sum() / 2 < (0.025 if way == "mapping" else 0.04)


def test_log_prob_counts_rows_that_are_computed_wrongly_as_impossible(model: Model) -> None:
    rows = EVERY.with_columns(pl.Series("total", [value + (place % 2) for place, value in enumerate(EVERY["total"])]))
    nats = model.log_prob(rows)
    assert np.isneginf(nats[1::2]).all()
    assert np.exp(model.log_prob(EVERY)).sum() == pytest.approx(1, abs=1e-5)
    gone = EVERY.with_columns(pl.lit(None, dtype=pl.Int64).alias("total"))
    assert np.isneginf(model.log_prob(gone)).all(), "there is no gap in the sum of what is there"


@given(st.integers(0, 10**6))
@settings(max_examples=10)
def test_filled_cells_keep_rules_and_sums_wherever_they_can(ruled: Model, seed: int) -> None:
    rng = np.random.default_rng(seed)
    real = table(400, seed + 1).filter(pl.col("a") <= pl.col("b"))
    holed = real.with_columns(real[name].set(pl.Series(rng.random(real.height) < 0.5), None) for name in real.columns)
    made = ruled.impute(holed, seed=seed)
    for name in real.columns:
        assert made[name].filter(holed[name].is_not_null()).equals(holed[name].drop_nulls())
        assert made[name].null_count() == 0
    assert (made["total"] == made["a"] + made["b"]).all()
    assert (made["a"] <= made["b"]).all()


def test_known_cells_that_break_a_rule_stay_and_hold_nobody_up(ruled: Model) -> None:
    holed = pl.DataFrame(
        {"a": [5, 1, None, 5], "b": [0, 2, None, None], "c": [None] * 4, "total": [5, 9, 3, None]},
        schema=dict.fromkeys(EVERY.columns, pl.Int64),
    )
    made = ruled.impute(pl.concat([holed] * 500))
    assert made.select("a", "b", "total")[:2].rows() == [(5, 0, 5), (1, 2, 9)]
    third, fourth = made[2::4], made[3::4]
    assert (third["a"] + third["b"] == 3).all()
    assert (third["a"] <= third["b"]).all()
    assert (fourth["b"] == 5).all(), "only one value is left"
    assert (fourth["total"] == 10).all()


def test_sums_of_decimals_and_sums_of_sums() -> None:
    rng = np.random.default_rng(1)
    net, tax, tip = (rng.gamma(3, scale, 4000).round(2) for scale in (20, 4, 2))
    frame = pl.DataFrame({"net": net, "tax": tax, "tip": tip})
    frame = frame.with_columns(gross=(pl.col("net") + pl.col("tax")).round(2))
    frame = frame.with_columns(paid=(pl.col("gross") + pl.col("tip")).round(2))
    columns = {
        "gross": ColumnPlan(action="compute", expression="net + tax"),
        "paid": ColumnPlan(action="compute", expression="gross + tip"),
    }
    model = us.fit(frame, Plan(engine="trees", privacy="relaxed", columns=columns))
    assert all("0 of 4000 real rows differ" in each["text"] for each in model.ledger if each["what"] == "computed")
    asked = pl.DataFrame({"gross": [50.0, 71.37, None, 60.0], "paid": [None, None, 80.01, 66.5]})
    made = model.sample(given=pl.concat([asked] * 50))
    assert (made["gross"] == (made["net"] + made["tax"]).round(2)).all()
    assert (made["paid"] == (made["gross"] + made["tip"]).round(2)).all()
    assert made["gross"][3::4].unique().to_list() == [60.0]
    assert made["paid"][2::4].unique().to_list() == [80.01]
    assert made["net"][0::4].n_unique() > 20


def test_what_cannot_come_out_is_named_with_its_row(model: Model) -> None:
    with pytest.raises(ConditionError, match=r"row 2\): no row drawn keeps total = 11"):
        model.sample(given=pl.DataFrame({"total": [3, 11]}))
    with pytest.raises(ConditionError, match="cannot write '-1'"):
        model.sample(given=pl.DataFrame({"total": [3], "a": [4]}))


def test_gaps_of_a_computed_column_can_be_asked_for() -> None:
    rng = np.random.default_rng(0)
    frame = table().with_columns(pl.when(pl.Series(rng.random(5000) < 0.8)).then(pl.col("total")).alias("total"))
    model = us.fit(frame, Plan(engine="trees", privacy="relaxed", columns={**COLUMNS, "total": TOTAL}))
    free = model.sample(20_000)
    assert free["total"].null_count() == pytest.approx(4000, abs=300)
    assert (free["total"].is_null() | (free["total"] == free["a"] + free["b"])).all()
    assert model.sample(200, given={"total": None})["total"].null_count() == 200
    there = model.sample(200, given={"total": us.present})
    assert (there["total"] == there["a"] + there["b"]).all()
    assert model.sample(50, given={"total": 0})["a"].to_list() == [0] * 50
    assert np.exp(
        model.log_prob(pl.concat([EVERY, EVERY.with_columns(pl.lit(None, dtype=pl.Int64).alias("total"))]))
    ).sum() == pytest.approx(1, abs=1e-4)


CLOCK = pl.DataFrame([(t, t // 4, t % 4, c) for t in range(24) for c in "uv"], ["t", "h", "m", "c"], orient="row")


@pytest.fixture(scope="module")
def clock() -> Model:
    """An hour and a minute of a time written as one number."""
    rng = np.random.default_rng(0)
    t = np.minimum(rng.integers(0, 24, 6000), rng.integers(0, 24, 6000))
    frame = pl.DataFrame({"t": t, "c": np.where(rng.random(6000) < t / 24, "u", "v")})
    frame = frame.with_columns(h=pl.col("t") // 4, m=pl.col("t") % 4)
    columns = {
        "t": ColumnPlan(says={"kind": "integer"}),
        "h": ColumnPlan(action="compute", expression="t // 4", says={"kind": "integer"}),
        "m": ColumnPlan(action="compute", expression="t % 4", says={"kind": "integer"}),
    }
    return us.fit(frame, Plan(engine="trees", privacy="relaxed", columns=columns))


@pytest.mark.parametrize(
    "asked", [{"h": 1}, {"m": 3}, {"h": 4, "m": 2}, {"m": 0, "c": "u"}, {"h": 5, "c": "v"}], ids=str
)
@pytest.mark.parametrize("way", ["frame", "impute"])
def test_what_cannot_be_turned_round_comes_out_too(clock: Model, asked: dict[str, Any], way: str) -> None:
    n, share = 5000, np.exp(clock.log_prob(CLOCK))
    for name, value in asked.items():
        share = share * (CLOCK[name] == value).to_numpy()
    rows = pl.DataFrame({name: [value] * n for name, value in asked.items()})
    holed = rows.with_columns(
        pl.lit(None, dtype=CLOCK.schema[name]).alias(name) for name in CLOCK.columns if name not in asked
    )
    made = clock.sample(given=rows, seed=1) if way == "frame" else clock.impute(holed, seed=1)
    assert all((made[name] == value).all() for name, value in asked.items())
    found = CLOCK.join(made.group_by(CLOCK.columns).len(), on=CLOCK.columns, how="left", maintain_order="left")
    assert np.abs(found["len"].fill_null(0).to_numpy() / n - share / share.sum()).sum() / 2 < 0.035


def test_rows_that_ask_for_one_thing_another_or_both_get_their_own(clock: Model) -> None:
    asked = pl.DataFrame(
        {"h": [3, None, 2, None] * 200, "m": [None, 1, 2, None] * 200, "c": [None, "u", None, "v"] * 200}
    )
    made = clock.sample(given=asked, seed=1)
    for name in asked.columns:
        known = asked[name].is_not_null()
        assert made[name].filter(known).equals(asked[name].filter(known))
    assert (made["t"] == made["h"] * 4 + made["m"]).all()
    with pytest.raises(ConditionError, match=r"row 2\): no row drawn keeps h = 1, m = 7"):
        clock.sample(given=pl.DataFrame({"h": [1, 1], "m": [None, 7]}))


# --- values that prefer a grid, and zeros ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def grids() -> tuple[Model, pl.DataFrame]:
    """Tens, and a second part that is often nothing, often tens and now and then any number; and many rows drawn."""
    rng, rows = np.random.default_rng(0), 20_000
    a = (rng.gamma(4, 400, rows) / 10).round().astype(int) * 10
    some = np.where(rng.random(rows) < 0.7, rng.gamma(3, 20, rows).round().astype(int) * 10, rng.integers(1, 900, rows))
    b = np.where(rng.random(rows) < 0.6, 0, some)
    frame = pl.DataFrame({"g": (a > 2000).astype(int), "a": a, "b": b, "total": a + b})
    model = us.fit(frame, Plan(engine="trees", columns={"total": TOTAL}, privacy="relaxed"))
    return model, model.sample(1_500_000, seed=5)


@pytest.mark.parametrize("way", ["mapping", "frame"])
@pytest.mark.parametrize("total", [2000, 4000, 1230, 1234])
def test_round_values_and_zeros_come_as_often_as_they_should(
    grids: tuple[Model, pl.DataFrame], total: int, way: str
) -> None:
    """Against rows drawn without conditions, of which those of the sum are picked; `a` is of tens alone."""
    model, many = grids
    wanted = many.filter(pl.col("total") == total)
    n = 2000
    made = model.sample(n, given={"total": total} if way == "mapping" else pl.DataFrame({"total": [total] * n}), seed=1)
    assert (made["a"] + made["b"] == total).all()
    assert (made["a"] % 10 == 0).all()
    for tell in (pl.col("b") == 0, pl.col("a") % 100 == 0, pl.col("g") == 1, pl.col("a") >= 0.9 * total):
        real, fake = (int(each.select(tell.sum()).item()) / each.height for each in (wanted, made))
        error = np.sqrt(real * (1 - real) * (1 / wanted.height + 1 / n)) + 1e-9
        assert abs(real - fake) < 4 * error + 0.02


@pytest.mark.parametrize("way", ["mapping", "frame"])
def test_what_solving_takes_is_said(grids: tuple[Model, pl.DataFrame], way: str) -> None:
    """No row that is solved for passes for exact; one that is known to the last cell does."""
    model, _ = grids
    met = model.meet({"total": 4000} if way == "mapping" else pl.DataFrame({"total": [4000] * 3}))
    assert met is not None
    assert met.candidates == 64
    assert met.effective is not None
    assert 0 <= met.effective <= 64
    known = model.meet(pl.DataFrame({"g": [1], "a": [2500], "total": [2600]}))
    assert known is not None
    assert known.effective is None
