"""Conditions on columns that are learned as one: met, never but in combinations seen, as often as the model says."""

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

PLACES = [("rome", "it", 1), ("pisa", "it", 1), ("lyon", "fr", 2), ("nice", "fr", 2), (None, "fr", 2), ("ulm", None, 3)]
RARE = ("metz", "fr", 2)
SHARE = np.array([0.3, 0.2, 0.2, 0.1, 0.15, 0.05])
COLUMNS = {"zone": ColumnPlan(says={"kind": "integer"}), "x": ColumnPlan(says={"kind": "integer"})}
RULES = [{"kind": "combinations", "columns": ["city", "land", "zone"]}]


def table(rows: int = 5000, seed: int = 0) -> pl.DataFrame:
    """Places in three columns, one of them in seven rows only, and a number and a flag that hang on them."""
    rng = np.random.default_rng(seed)
    place = rng.choice(6, rows, p=SHARE)
    x = np.where(rng.random(rows) < 0.6, place % 4, rng.integers(0, 4, rows))
    said = [PLACES[each] for each in place]
    said[:7] = [RARE] * 7
    flag = rng.random(rows) < np.choose(x, [0.1, 0.4, 0.6, 0.9])
    return pl.DataFrame(
        {
            "flag": flag,
            "city": [each[0] for each in said],
            "x": x,
            "land": [each[1] for each in said],
            "zone": [each[2] for each in said],
        }
    )


EVERY = pl.DataFrame(
    [(f, c, x, land, z) for f in (False, True) for c, land, z in PLACES for x in range(4)],
    {"flag": pl.Boolean, "city": pl.String, "x": pl.Int64, "land": pl.String, "zone": pl.Int64},
    orient="row",
)


@pytest.fixture(scope="module")
def model() -> Model:
    return us.fit(table(), Plan(engine="trees", privacy="relaxed", columns=COLUMNS, constraints=RULES))


def shares(made: pl.DataFrame) -> np.ndarray:
    found = made.group_by(EVERY.columns).len()
    joined = EVERY.join(found, on=EVERY.columns, how="left", maintain_order="left", nulls_equal=True)
    counts = joined["len"].fill_null(0).to_numpy()
    assert counts.sum() == made.height, "no combination but those that enough rows carry"
    return counts / made.height


def wanted(model: Model, asked: dict[str, Any]) -> np.ndarray:
    """The share of every row there can be, by the probability of each, as asked for."""
    share = np.exp(model.log_prob(EVERY))
    for name, each in asked.items():
        met = each if hasattr(each, "met") else us.among(*(each if isinstance(each, list) else [each]))
        share = share * met.met(EVERY[name]).to_numpy()
    return share / share.sum()


def test_members_keep_their_conditional_frequencies(model: Model) -> None:
    made = model.sample(60_000, seed=1)
    assert made.schema == table().schema
    assert np.abs(shares(made) - wanted(model, {})).sum() / 2 < 0.015
    real = table().filter(pl.col("city").is_null() | (pl.col("city") != "metz"))
    for names in (["city", "land", "zone"], ["city", "x"]):
        left, right = (frame.group_by(names).len().with_columns(pl.col("len") / pl.len()) for frame in (made, real))
        both = left.with_columns(pl.col("len") / pl.col("len").sum()).join(
            right.with_columns(pl.col("len") / pl.col("len").sum()), on=names, nulls_equal=True
        )
        assert (both["len"] - both["len_right"]).abs().max() < 0.02


def test_log_prob_sums_to_one_but_for_what_is_merged(model: Model) -> None:
    """The seven rows of a rare place are a bucket of their own, which is written as other places."""
    assert np.exp(model.log_prob(EVERY)).sum() == pytest.approx(1, abs=0.004)
    strange = EVERY.head(2).with_columns(pl.Series("land", ["xx", "it"]), pl.Series("city", ["rome", "lyon"]))
    assert np.isneginf(model.log_prob(strange)).all()


ASKED: list[dict[str, Any]] = [
    {"land": "fr"},
    {"city": None},
    {"land": None},
    {"city": ["rome", "nice", None]},
    {"zone": us.between(2, 3)},
    {"land": us.other_than("fr"), "x": 1},
    {"land": "fr", "city": us.present},
    {"land": "it", "zone": 1, "flag": True},
    {"city": us.other_than("rome", "pisa"), "zone": us.between(None, 2), "x": [0, 3]},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_conditions_on_members_are_met_and_distributed_as_they_should(model: Model, asked: dict[str, Any]) -> None:
    made = model.sample(12_000, given=asked, seed=2)
    assert np.abs(shares(made) - wanted(model, asked)).sum() / 2 < 0.03


ROWS: list[dict[str, Any]] = [
    {"land": "fr"},
    {"city": "rome", "x": 2},
    {"zone": 1, "flag": True},
    {"x": 3},
    {"land": "fr", "x": 1},
]


@pytest.mark.parametrize("asked", ROWS, ids=str)
def test_rows_of_conditions_on_members_are_distributed_as_they_should(model: Model, asked: dict[str, Any]) -> None:
    n = 8000
    made = model.sample(given=pl.DataFrame({name: [value] * n for name, value in asked.items()}), seed=2)
    assert np.abs(shares(made) - wanted(model, asked)).sum() / 2 < 0.035


def test_rows_of_several_conditions_each_get_their_own(model: Model) -> None:
    """The same row of conditions wherever it stands, in the order given."""
    real = table(3000, seed=5).slice(7)
    asked = real.select("land", "zone").with_columns(pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("zone")))
    made = model.sample(given=asked, seed=1)
    for name in asked.columns:
        known = asked[name].is_not_null()
        assert made[name].filter(known).equals(asked[name].filter(known))
    shares(made)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"land": "fr", "city": "rome"}, "no row meets the conditions"),
        ({"city": "metz"}, "cannot write 'metz'"),
        ({"land": "f"}, "did you mean 'fr'"),
        ({"zone": None}, "missing"),
        ({"zone": us.between(7, 9)}, "cannot write"),
        ({"land": us.between("a", "c")}, "no ranges"),
    ],
    ids=str,
)
def test_what_no_combination_has_is_refused(model: Model, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(ConditionError) as caught:
        model.sample(5, given=asked)
    assert says in str(caught.value)
    if not any(hasattr(each, "met") or each is None for each in asked.values()):
        with pytest.raises(ConditionError):
            model.sample(given=pl.DataFrame({name: [value] for name, value in asked.items()}))


@given(st.integers(0, 10**6))
@settings(max_examples=10)
def test_filled_members_stand_in_combinations_seen(model: Model, seed: int) -> None:
    """Every known cell stays; a place without a city is none to fill with."""
    rng = np.random.default_rng(seed)
    real = table(300, seed + 1).slice(7).filter(pl.col("city").is_not_null() & pl.col("land").is_not_null())
    holed = real.with_columns(real[name].set(pl.Series(rng.random(real.height) < 0.4), None) for name in real.columns)
    made = model.impute(holed, seed=seed)
    for name in real.columns:
        assert made[name].filter(holed[name].is_not_null()).equals(holed[name].drop_nulls())
    known = holed["zone"].is_null() | (holed["zone"] != 3)
    full = made.filter(known)
    assert full.null_count().sum_horizontal().item() == 0
    shares(full)


def test_filled_members_are_distributed_as_the_rest_of_the_row_says(model: Model) -> None:
    n = 6000
    asked = pl.DataFrame({"flag": [True] * n, "city": [None] * n, "x": [2] * n, "land": ["fr"] * n, "zone": [None] * n})
    made = model.impute(asked.cast({name: table().schema[name] for name in asked.columns}), seed=1)
    share = wanted(model, {"flag": True, "x": 2, "land": "fr", "city": us.present})
    assert np.abs(shares(made) - share).sum() / 2 < 0.03


def test_shares_of_a_member_are_set_anew(model: Model) -> None:
    made = model.sample(10_000, rebalance={"land": {"fr": 0.8, None: 0.2}}, seed=1)
    assert (made["land"] == "fr").sum() == pytest.approx(8000, abs=200)
    assert made["land"].null_count() + (made["land"] == "fr").sum() == 10_000
    shares(made)


def test_flags_of_which_one_is_set_are_learned_as_one() -> None:
    rng = np.random.default_rng(0)
    kind, x = rng.choice(3, 3000, p=[0.6, 0.3, 0.1]), rng.integers(0, 2, 3000)
    frame = pl.DataFrame(
        {"x": x, "a": kind == 0, "b": (kind == 1) & (x == 0), "c": (kind == 2) | ((kind == 1) & (x == 1))}
    )
    rule = {"kind": "one_hot", "columns": ["a", "b", "c"]}
    model = us.fit(frame, Plan(engine="trees", privacy="relaxed", constraints=[rule]))
    made = model.sample(3000)
    assert (made.select(pl.sum_horizontal("a", "b", "c")).to_series() == 1).all()
    assert model.share == 1, "no row is drawn again"
    assert model.sample(100, given={"b": True})["x"].unique().to_list() == [0]
