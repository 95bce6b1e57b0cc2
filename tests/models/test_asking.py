"""Everything that can be asked of rows: met in every one, distributed as the model says, refused where it cannot be."""

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import understudy as us
from understudy.encoding.pieces import Part
from understudy.errors import ArgumentError, ConditionError, UnknownColumn
from understudy.models import particles
from understudy.models.conditions import Condition
from understudy.models.model import Model
from understudy.models.wanted import Wanted

START = datetime(2021, 3, 1)
SIZES = (3, 4, 2)


def kinds(rows: int = 3000, seed: int = 0) -> pl.DataFrame:
    """A column of every kind, all of them related, half of them with gaps."""
    rng = np.random.default_rng(seed)
    number = rng.integers(0, 400, rows)
    frame = pl.DataFrame(
        {
            "age": 18 + number // 8,
            "pay": np.round(900 + number * 2.5 + rng.normal(0, 50, rows), 2),
            "score": rng.normal(number / 100, 1),
            "day": [START.date() + timedelta(days=int(each)) for each in number],
            "at": [START + timedelta(minutes=13 * int(each)) for each in rng.permutation(number)],
            "hour": [time(int(each) % 24, 30) for each in number],
            "job": rng.choice(["cook", "clerk", "smith", "x..y", "a,b"], rows, p=[0.4, 0.3, 0.2, 0.05, 0.05]),
            "fit": number > rng.integers(0, 400, rows),
        }
    )
    for name in ("pay", "day", "job", "fit"):
        frame = frame.with_columns(frame[name].set(pl.Series(rng.random(rows) < 0.15), None))
    return frame


def table(rows: int = 6000, seed: int = 1) -> pl.DataFrame:
    """Three related columns of 24 combinations."""
    rng = np.random.default_rng(seed)
    first = rng.choice(3, rows, p=[0.7, 0.27, 0.03])
    second = np.where(rng.random(rows) < 0.6, first, rng.integers(0, 4, rows))
    third = rng.random(rows) < np.choose(second, [0.02, 0.1, 0.5, 0.9])
    return pl.DataFrame({"a": np.array(["u", "v", "w"])[first], "b": second, "c": third})


@pytest.fixture(scope="module", params=["trees", "bootstrap"])
def any_model(request: pytest.FixtureRequest) -> Model:
    return us.fit(kinds(), engine=request.param, privacy="relaxed")


@pytest.fixture(scope="module")
def tiny() -> Model:
    return us.fit(table(), engine="trees", privacy="relaxed")


def every_row() -> pl.DataFrame:
    return pl.DataFrame([(a, b, c) for a in "uvw" for b in range(4) for c in (False, True)], list("abc"), orient="row")


def shares(made: pl.DataFrame) -> np.ndarray:
    """How often each of the 24 rows there can be comes."""
    found = made.group_by("a", "b", "c").len()
    return every_row().join(found, on=list("abc"), how="left", maintain_order="left")["len"].fill_null(0).to_numpy()


def chi_square(counts: np.ndarray, share: np.ndarray) -> float:
    """Pearson's statistic less its degrees of freedom, in standard errors; cells of no share must be empty."""
    assert counts[share <= 1e-12].sum() == 0
    wanted = counts.sum() * share[share > 1e-12]
    free = len(wanted) - 1
    return float((((counts[share > 1e-12] - wanted) ** 2 / wanted).sum() - free) / np.sqrt(2 * max(free, 1)))


# --- the law of every kind of condition ---------------------------------------------------------------------------


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_whatever_is_asked_is_met_in_every_row(any_model: Model, data: Any) -> None:
    real = kinds()
    asked: dict[str, Wanted] = {}
    for name in data.draw(st.lists(st.sampled_from(real.columns), min_size=1, max_size=2, unique=True)):
        values = [each for each in any_model.sample(200, seed=5)[name].to_list() if each is not None]
        picked = data.draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
        gap = [None] if real[name].null_count() and data.draw(st.booleans()) else []
        ways = [us.among(*picked, *gap), us.other_than(picked[0], *gap)]
        if name not in ("job", "fit"):
            ways += [us.between(min(picked), max(picked)), us.between(min(picked)), us.between(None, max(picked))]
        asked[name] = data.draw(st.sampled_from([*ways, us.present]))
    seed = data.draw(st.integers(0, 9))
    try:
        made = any_model.sample(60, given=asked, seed=seed)
    except ConditionError:
        assert any_model.plan.engine == "bootstrap", "two conditions may have no training row in common"
        assert len(asked) == 2
        return
    assert made.height == 60
    assert made.schema == real.schema
    for name, wanted in asked.items():
        assert wanted.met(made[name]).all()


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        ({"age": ["20", "21"]}, {"age": us.among(20, 21)}),
        ({"age": {20, 21}}, {"age": [20, 21]}),
        ({"age": range(20, 22)}, {"age": (20, 21)}),
        ({"age": us.between("20", "30")}, {"age": us.between(20, 30)}),
        ({"day": us.between("2021-04-01", None)}, {"day": us.between(date(2021, 4, 1))}),
        ({"job": None}, {"job": [None]}),
        ({"job": us.present}, {"job": us.other_than(None)}),
        ({"job": us.between()}, {"job": us.present}),
        ({"fit": ["true"]}, {"fit": True}),
    ],
    ids=str,
)
def test_the_same_may_be_asked_in_several_ways(any_model: Model, asked: dict, same: dict) -> None:
    assert_frame_equal(any_model.sample(40, given=asked), any_model.sample(40, given=same))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"age": us.between(200, 300)}, "18 to"),
        ({"age": us.between(30, 20)}, "nothing lies between"),
        ({"age": us.between("x", 20)}, "integer"),
        ({"age": []}, "nothing is asked for"),
        ({"age": [20, 999]}, "999"),
        ({"job": us.between("a", "c")}, "no ranges"),
        ({"job": ["cook", "cok"]}, "did you mean 'cook'"),
        ({"age": us.among(None)}, "missing"),
        ({"day": us.between(datetime(2021, 3, 1, 5), None)}, "day"),
        ({"fit": us.between(False, True)}, "no ranges"),
    ],
    ids=str,
)
def test_what_has_no_support_is_refused(any_model: Model, asked: dict, says: str) -> None:
    with pytest.raises(ConditionError) as caught:
        any_model.sample(5, given=asked)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


# --- exactness, by brute force -------------------------------------------------------------------------------------


def test_log_prob_is_that_of_free_draws(tiny: Model) -> None:
    share = np.exp(tiny.log_prob(every_row()))
    assert share.sum() == pytest.approx(1, abs=1e-5)
    assert chi_square(shares(tiny.sample(200_000, seed=3)), share / share.sum()) < 4


CONDITIONS = [
    {"c": True},
    {"c": True, "a": "u"},
    {"b": us.between(1, 2)},
    {"b": us.other_than(0), "c": False},
    {"a": ["v", "w"], "c": True},
    {"a": "w", "b": 0, "c": True},
]


@pytest.mark.parametrize("asked", CONDITIONS, ids=str)
@pytest.mark.parametrize("way", ["known", "pilot"])
def test_rows_under_conditions_are_distributed_as_the_model_says(
    tiny: Model, asked: dict, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a bound that is known or one of the pilot, 20 000 rows; of the pilot's rows hundreds count."""
    if way == "pilot":
        monkeypatch.setattr(particles, "FAIR", 2.0)
    met = tiny.meet(asked, 1)
    assert isinstance(met, Condition)
    assert (met.effective is None) == (way == "known")
    rows = every_row()
    share = np.exp(tiny.log_prob(rows))
    for name, wanted in met.wanted.items():
        share = share * wanted.met(rows[name]).to_numpy()
    counts = shares(tiny.sample(20_000, given=asked, seed=1))
    share /= share.sum()
    if way == "known":
        assert chi_square(counts, share) < 4
    assert np.abs(counts / 20_000 - share).sum() / 2 < 0.015


def test_a_rare_condition_is_bent_towards_and_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """One in 3 000 rows has the value, where two columns before say so; many candidates would be needed without."""
    rng = np.random.default_rng(0)
    rows = 60_000
    first, second = (rng.choice(12, rows, p=[0.45, *[0.05] * 11]) for _ in range(2))
    both = (first == 3) & (second == 5)
    frame = pl.DataFrame({"a": first.astype(str), "b": second.astype(str), "c": np.where(both, "rare", "usual")})
    model = us.fit(frame.with_columns(d=pl.Series(rng.random(rows).round(2))), engine="trees", privacy="relaxed")
    met = model.meet({"c": "rare"})
    assert isinstance(met, Condition)
    assert met.held.weighing.tilt, "columns before are bent"
    assert met.candidates < 200
    assert met.effective is not None
    assert met.effective >= particles.SURER, "the pilot is large enough"
    made = model.sample(2000, given={"c": "rare"})
    assert (made["c"] == "rare").all()
    assert ((made["a"] == "3") & (made["b"] == "5")).mean() > 0.9
    monkeypatch.setattr(particles, "BENDS", 0)
    straight = model.meet({"c": "rare"})
    assert straight is not None
    assert straight.candidates > 5 * met.candidates


def test_the_first_columns_cost_nothing(any_model: Model) -> None:
    """A value of the first column alone, however rare, takes a draw a row."""
    met = any_model.meet({"age": 20})
    assert met is not None
    assert (met.candidates, met.effective) == (1.0, None)


def test_a_part_of_a_cell_weighs_by_its_width() -> None:
    rng = np.random.default_rng(0)
    number = rng.integers(0, 100_000, 20_000)
    frame = pl.DataFrame({"n": number, "half": np.where(number % 2 == 0, "even", "odd")})
    model = us.fit(frame, engine="trees", privacy="relaxed")
    made = model.sample(4000, given={"n": us.between(20_000, 20_300)})["n"].to_numpy()
    assert ((made >= 20_000) & (made <= 20_300)).all()
    assert len(np.unique(made)) > 200
    assert made.mean() == pytest.approx(20_150, abs=12)


# --- shares ---------------------------------------------------------------------------------------------------------


def test_shares_are_set_anew_and_the_rest_follows(tiny: Model) -> None:
    made = tiny.sample(20_000, rebalance={"c": {True: 0.5}}, seed=2)
    share = np.exp(tiny.log_prob(every_row()))
    yes = every_row()["c"].to_numpy()
    share = np.where(yes, 0.5 * share / share[yes].sum(), 0.5 * share / share[~yes].sum())
    assert chi_square(shares(made), share) < 4


def test_what_is_left_out_shares_the_rest_as_the_model_has_it(tiny: Model) -> None:
    free = tiny.sample(50_000, seed=1)["a"].value_counts(normalize=True)
    usual = dict(free.iter_rows())
    made = dict(tiny.sample(50_000, rebalance={"a": {"w": 0.6}})["a"].value_counts(normalize=True).iter_rows())
    assert made["w"] == pytest.approx(0.6, abs=0.01)
    assert made["u"] / made["v"] == pytest.approx(usual["u"] / usual["v"], rel=0.1)
    ranged = tiny.sample(20_000, rebalance={"b": {us.between(0, 1): 0.1}}, given={"c": False})
    assert ranged["b"].is_between(0, 1).mean() == pytest.approx(0.1, abs=0.01)
    assert not ranged["c"].any()
    assert tiny.sample(500, rebalance={"a": {"u": 1.0, "v": 0.0}})["a"].unique().to_list() == ["u"]


@pytest.mark.parametrize(
    ("shares_", "error", "says"),
    [
        ({"a": {"u": 0.7, "v": 0.7}}, ArgumentError, "sum to 1.4"),
        ({"a": {"u": -0.1}}, ArgumentError, "-0.1"),
        ({"a": {"u": "x"}}, ArgumentError, "'x'"),
        ({"a": {}}, ArgumentError, "shares"),
        ({"a": 0.5}, ArgumentError, "shares"),
        ({}, ArgumentError, "rebalance"),
        ({"a": {"u": 0.5}, "b": {1: 0.5}}, ArgumentError, "rebalance"),
        ({"aa": {"u": 0.5}}, UnknownColumn, "did you mean 'a'"),
        ({"a": {"U": 0.5}}, ConditionError, "did you mean 'u'"),
        ({"b": {us.between(0, 2): 0.5, 2: 0.2}}, ConditionError, "same values"),
        ({"a": {us.other_than("u"): 0.5}}, ArgumentError, "sum to 1"),
        ({"c": {True: 0.5}}, ArgumentError, "conditions and shares"),
    ],
    ids=str,
)
def test_shares_that_cannot_be_are_refused(tiny: Model, shares_: dict, error: type, says: str) -> None:
    with pytest.raises(error) as caught:
        tiny.sample(5, given={"c": True}, rebalance=shares_)
    assert says in str(caught.value)


# --- temperature ----------------------------------------------------------------------------------------------------


def test_temperature_sharpens_and_flattens(tiny: Model) -> None:
    usual = [tiny.sample(20_000, temperature=each)["a"].value_counts(normalize=True) for each in (0.3, 1.0, 3.0)]
    most = [each.filter(pl.col("a") == "u")["proportion"].item() for each in usual]
    assert most[0] > most[1] + 0.1 > most[2] + 0.2
    assert_frame_equal(tiny.sample(50, temperature=1), tiny.sample(50))
    assert tiny.sample(50, given={"c": True}, temperature=0.5)["c"].all()


@pytest.mark.parametrize("warmth", [0, -1, float("inf"), float("nan"), "hot", True, None])
def test_temperatures_out_of_range_are_refused(tiny: Model, warmth: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        tiny.sample(5, temperature=warmth)
    assert caught.value.field == "temperature"


@pytest.mark.parametrize("how", [{"given": {"c": True}}, {"rebalance": {"c": {True: 0.5}}}, {"temperature": 0.5}])
def test_the_same_seed_gives_the_same_rows_for_any_workers(tiny: Model, how: dict) -> None:
    one, four = (tiny.sample(150_000, seed=4, workers=each, **how) for each in (1, 4))
    assert_frame_equal(one, four)
    assert not one.equals(tiny.sample(150_000, seed=5, **how))


def test_the_part_of_a_condition_is_at_most_one(tiny: Model) -> None:
    met = tiny.meet({"b": us.between(1, 2)})
    assert isinstance(met, Condition)
    part = met.parts["b"]
    assert isinstance(part, Part)
    assert part.share.max() == 1


def test_a_range_with_swapped_ends_is_said_to_be_one(model: Model) -> None:
    with pytest.raises(ConditionError, match=r"nothing lies between 40 and 30 .*write 30\.\.40"):
        model.sample(1, given={"age": us.between(40, 30)})
