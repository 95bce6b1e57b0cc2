"""Conditions: met exactly, the rest distributed as among the rows that happen to meet them."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

import understudy as us
from understudy.encoding.numeric import Numeric
from understudy.errors import ConditionError, UnknownColumn
from understudy.models.model import Model

N = 6000


@pytest.fixture(scope="module")
def free(model: Model) -> pl.DataFrame:
    """A large unconditional sample, to filter."""
    return model.sample(300_000, seed=11).drop("key", "mail")


def apart(first: pl.Series, second: pl.Series) -> float:
    """Total variation of words, Kolmogorov-Smirnov distance of numbers; the difference in gaps for both."""
    gaps = abs(first.null_count() / len(first) - second.null_count() / len(second))
    first, second = first.drop_nulls(), second.drop_nulls()
    if not len(first) or not len(second):
        return gaps
    if first.dtype in (pl.String, pl.Boolean):
        shares = [dict(each.cast(pl.String).value_counts(normalize=True).iter_rows()) for each in (first, second)]
        names = set(shares[0]) | set(shares[1])
        return max(gaps, sum(abs(shares[0].get(name, 0) - shares[1].get(name, 0)) for name in names) / 2)
    values = [np.sort(each.to_physical().to_numpy()) for each in (first, second)]
    grid = np.concatenate(values)
    cumulated = [np.searchsorted(each, grid, side="right") / max(len(each), 1) for each in values]
    return max(gaps, float(np.abs(cumulated[0] - cumulated[1]).max()))


@pytest.mark.parametrize(
    "given",
    [
        {"site": "west"},
        {"bonus": 0},
        {"senior": True},
        {"senior": False, "site": "north"},
        {"left": None},
        {"age": 40},
        {"age": 40, "bonus": 0},
        {"site": "south", "left": None, "senior": True},
        {"bonus": 500},
    ],
    ids=str,
)
def test_conditions_are_met_exactly_and_the_rest_follows(model: Model, free: pl.DataFrame, given: dict) -> None:
    """Every other column is within 0.04 + 1.7 standard errors of the filtered sample's distribution."""
    made = model.sample(N, given=given, seed=3)
    assert made.height == N
    wanted = free
    for name, value in given.items():
        assert made[name].null_count() == (N if value is None else 0)
        assert value is None or (made[name] == value).all()
        wanted = wanted.filter(pl.col(name).is_null() if value is None else pl.col(name) == value)
    slack = 0.04 + 1.7 * (1 / N + 1 / wanted.height) ** 0.5
    assert wanted.height > 300
    for name in wanted.columns:
        assert apart(made[name], wanted[name]) < slack, name
    assert made["key"].is_unique().all()


def test_a_number_inside_a_bin_is_met_exactly(model: Model, real: pl.DataFrame, free: pl.DataFrame) -> None:
    code = model.codebooks["table"].columns["pay"]
    assert isinstance(code, Numeric)
    wide = code.cells.low < code.cells.high if code.cells else []
    lone = next(value for value in free["pay"].head(500).to_list() if wide[code.locate(value) or 0])
    made = model.sample(2000, given={"pay": lone})
    assert (made["pay"] == lone).all()
    near = free.filter((pl.col("pay") - lone).abs() < 500)
    assert apart(made["site"], near["site"]) < 0.1


def test_a_day_is_met_as_date_or_text(model: Model, real: pl.DataFrame) -> None:
    day = real["left"].drop_nulls().sort()[1000]
    first, second = model.sample(200, given={"left": day}), model.sample(200, given={"left": str(day)})
    assert (first["left"] == day).all()
    assert first.equals(second)


def test_text_is_read_as_the_columns_cells_are(model: Model, real: pl.DataFrame, tmp_path) -> None:
    assert (model.sample(100, given={"age": "40"})["age"] == 40).all()
    assert model.sample(100, given={"senior": "true"})["senior"].all()
    real.drop("mail").with_columns(left=pl.col("left").dt.strftime("%d %b %Y")).write_csv(tmp_path / "staff.csv")
    csv = us.fit(tmp_path / "staff.csv")
    day = csv.sample(50, seed=1).frame["left"].drop_nulls()[0]
    made = csv.sample(40, given={"left": day, "senior": "false", "age": 33}).frame
    assert set(made["left"]) == {day}
    assert set(made["senior"]) == {"false"}
    assert set(made["age"]) == {"33"}
    assert csv.sample(10, given={"left": None}).frame["left"].null_count() == 10


def test_numpy_and_python_values_are_alike(model: Model) -> None:
    first = model.sample(50, given={"age": 40})
    for value in (np.int64(40), 40.0, np.float32(40)):
        assert model.sample(50, given={"age": value}).equals(first)
    assert model.sample(50, given={"senior": np.bool_(True)})["senior"].all()


def test_no_condition_is_none(model: Model) -> None:
    assert model.sample(100, given={}).equals(model.sample(100))
    assert model.meet(None) is None


def test_rows_differ_under_a_condition(model: Model) -> None:
    made = model.sample(1000, given={"site": "west"})
    assert made.drop("key", "mail").unique().height > 900
    assert not made.equals(model.sample(1000, given={"site": "west"}, seed=1))


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"sit": "west"}, UnknownColumn, "did you mean 'site'"),
        ({"Site": "west"}, UnknownColumn, "did you mean 'site'"),
        ({5: "west"}, UnknownColumn, "there is"),
        ({"site": "wst"}, ConditionError, "did you mean 'west'"),
        ({"site": None}, ConditionError, "missing"),
        ({"site": 3}, ConditionError, "3"),
        ({"age": "old"}, ConditionError, "integer"),
        ({"age": 40.5}, ConditionError, "40.5"),
        ({"age": 400}, ConditionError, "18 to"),
        ({"age": 2**70}, ConditionError, "age"),
        ({"age": float("nan")}, ConditionError, "age"),
        ({"age": [40, [41]]}, ConditionError, "age"),
        ({"pay": float("inf")}, ConditionError, "pay"),
        ({"pay": 40_000.123}, ConditionError, "40000.123"),
        ({"bonus": 251}, ConditionError, "251"),
        ({"left": date(1900, 1, 1)}, ConditionError, "2015"),
        ({"left": "someday"}, ConditionError, "date"),
        ({"left": datetime(2017, 1, 1, 12)}, ConditionError, "left"),
        ({"senior": "perhaps"}, ConditionError, "boolean"),
        ({"senior": None}, ConditionError, "missing"),
        ({"mail": "user1@example.org"}, ConditionError, "invented"),
        ({"key": None}, ConditionError, "invented"),
        ({"mail": None}, ConditionError, "invented"),
    ],
    ids=str,
)
def test_what_cannot_be_met_is_refused_in_one_line(model: Model, given: dict, error: type, says: str) -> None:
    with pytest.raises(error) as caught:
        model.sample(10, given=given)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("engine", ["bootstrap", "trees"])
def test_an_impossible_combination_is_refused(engine: str) -> None:
    rng = np.random.default_rng(0)
    parent = rng.choice(["a", "b"], 2000)
    frame = pl.DataFrame({"p": parent, "c": np.where(parent == "a", "a1", "b1")})
    model = us.fit(frame, engine=engine, **({} if engine == "bootstrap" else {"escape": 0.0}))
    assert set(model.sample(50, given={"p": "a"})["c"]) == {"a1"}
    with pytest.raises(ConditionError) as caught:
        model.sample(50, given={"p": "a", "c": "b1"})
    assert "p = a, c = b1" in str(caught.value)


@pytest.mark.parametrize("engine", ["independent", "bootstrap", "trees"])
def test_every_engine_meets_conditions(real: pl.DataFrame, engine: str) -> None:
    model = us.fit(real.drop("key", "mail"), engine=engine)
    made = model.sample(3000, given={"site": "west", "senior": True})
    assert set(made["site"]) == {"west"}
    assert made["senior"].all()
    older = real.filter((pl.col("site") == "west") & pl.col("senior"))["age"].mean()
    wanted = real["age"].mean() if engine == "independent" else older
    assert made["age"].mean() == pytest.approx(wanted, abs=2.5)


def test_gaps_of_invented_columns_can_be_asked_for() -> None:
    frame = pl.DataFrame({"mail": [f"u{n}@x.org" if n % 4 else None for n in range(800)], "x": ["a", "b"] * 400})
    made = us.fit(frame).sample(100, given={"mail": None})
    assert made["mail"].null_count() == 100
    assert made.schema == frame.schema


def test_a_date_that_goes_with_another_can_be_asked_for() -> None:
    rng = np.random.default_rng(0)
    arrival = rng.integers(18_000, 18_060, 3000)
    stay = rng.integers(1, 5, 3000)
    columns = {"arrival": arrival, "departure": arrival + stay}
    frame = pl.DataFrame(columns).select(pl.all().cast(pl.Int32).cast(pl.Date))
    frame = frame.with_columns(long=pl.Series(np.where(stay > 2, "yes", "no")))
    model = us.fit(frame)
    wanted = frame["departure"][0]
    met = model.sample(400, given={"departure": wanted}, seed=1)
    free = model.sample(200_000, seed=2).filter(pl.col("departure") == wanted)
    assert (met["departure"] == wanted).all()
    assert (met["long"] == "yes").mean() == pytest.approx((free["long"] == "yes").mean(), abs=0.09)
    late = model.sample(50, given={"arrival": wanted, "long": "yes"}, seed=1)
    assert (late["arrival"] == wanted).all()
    assert (late["departure"] > late["arrival"]).all()
    with pytest.raises(ConditionError, match="it takes 2019"):
        model.sample(5, given={"departure": wanted.replace(year=2030)})
    with pytest.raises(ConditionError, match="no row meets"):
        model.sample(5, given={"departure": frame["departure"].min(), "arrival": frame["arrival"].max()})
