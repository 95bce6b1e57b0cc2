"""Numbers that a rule orders: their order is kept as they are drawn, and whatever is asked of them is met."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import ks_2samp

import understudy as us
from understudy.encoding.relative import Relative
from understudy.errors import UnderstudyError
from understudy.models.model import Model
from understudy.models.wanted import read
from understudy.plan.plan import ColumnPlan, Plan

PRICES = ["low <= open", "low <= close", "open <= high", "close <= high"]
STOCK = Path(__file__).parents[2].parent / "shared" / "data" / "google_stock" / "stock_data.csv.gz"
SURE = 2.3  # Kolmogorov's bound at one in 20 000, before the square root of 1 / n + 1 / m


def prices(rows: int = 5000, seed: int = 0) -> pl.DataFrame:
    """Four prices of a day, to the cent, whose swing grows with the price."""
    rng = np.random.default_rng(seed)
    path = 20 * np.exp(np.cumsum(rng.normal(0.0002, 0.01, rows)))
    steps = path[:, None] * (1 + np.cumsum(rng.normal(0, 0.0015, (rows, 100)), axis=1))
    steps = np.round(steps, 2)
    four = {"open": steps[:, 0], "high": steps.max(axis=1), "low": steps.min(axis=1), "close": steps[:, -1]}
    return pl.DataFrame(four | {"volume": rng.poisson(50 * np.exp(rng.normal(0, 0.3, rows)))})


def learned(frame: pl.DataFrame, *rules: Any, **said: Any) -> Model:
    return us.fit(frame, Plan(engine="trees", privacy="relaxed", constraints=rules, **said))


def anchors(model: Model) -> dict[str, str]:
    return {name: code.anchor for name, code in model.form.book.columns.items() if isinstance(code, Relative)}


def kolmogorov(first: pl.Series, second: pl.Series) -> float:
    return float(ks_2samp(first, second).statistic)  # type: ignore[attr-defined]


def near(first: pl.Series, second: pl.Series) -> bool:
    """Whether two columns may be of one distribution."""
    return kolmogorov(first, second) <= SURE * np.sqrt(1 / len(first) + 1 / len(second))


def kept(frame: pl.DataFrame) -> np.ndarray:
    return (
        frame.select(
            (pl.col("low") <= pl.min_horizontal("open", "close"))
            & (pl.col("high") >= pl.max_horizontal("open", "close"))
        )
        .to_series()
        .to_numpy()
    )


@pytest.fixture(scope="module")
def market() -> Model:
    return learned(prices(), *PRICES)


@pytest.fixture(scope="module")
def drawn(market: Model) -> pl.DataFrame:
    return market.sample(150_000, seed=5)


def test_prices_of_a_day_are_kept_in_order(market: Model) -> None:
    assert set(anchors(market)) == {"high", "low", "close"}
    assert market.share >= 0.9
    frame = market.sample(20_000, seed=1)

    assert frame.filter(pl.col("low") > pl.min_horizontal("open", "close")).is_empty()
    assert frame.filter(pl.col("high") < pl.max_horizontal("open", "close")).is_empty()
    cents = frame.select(pl.all().exclude("volume") * 100).to_numpy()
    assert (np.abs(cents - np.rint(cents)) < 1e-6).all()
    real = prices()
    for high, low in (("high", "open"), ("open", "low"), ("high", "low")):
        assert kolmogorov(real[high] - real[low], frame[high] - frame[low]) < 0.1


@pytest.mark.skipif(not STOCK.exists(), reason="the table of real prices is not here")
def test_real_prices_are_kept_in_order() -> None:
    rules = ["Low <= Open", "Low <= Close", "Open <= High", "Close <= High"]
    assert learned(pl.read_csv(STOCK), *rules).share >= 0.9


@pytest.mark.parametrize(
    "given",
    [
        {"high": 21.5},
        {"high": [21.5, 30.25]},
        {"low": us.between(25.0, 25.05)},
        {"open": us.between(20.0, 22.0), "high": us.between(21.0, 21.1)},
        {"high": us.between(21.0, 21.5), "low": us.between(20.8, 21.2)},
        {"close": us.between(21.0, 21.1)},
    ],
)
def test_conditions_are_those_of_rows_drawn_freely(market: Model, drawn: pl.DataFrame, given: dict) -> None:
    met = market.sample(1000, given=given, seed=2)
    free = drawn
    for name, asked in given.items():
        wanted = read(name, asked, market.form)
        assert wanted.met(met[name]).all()
        free = free.filter(wanted.met(free[name]))
    for name in met.columns:
        assert near(met[name], free[name]), name


def test_two_values_that_fix_each_other(market: Model, drawn: pl.DataFrame) -> None:
    row = drawn.row(7, named=True)
    both = {"open": row["open"], "high": row["high"]}
    met = market.sample(50, given=both, seed=3)
    assert (met["open"] == row["open"]).all()
    assert (met["high"] == row["high"]).all()
    with pytest.raises(UnderstudyError, match="no row meets"):
        market.sample(5, given={"open": 30.0, "high": 20.0})


@pytest.mark.parametrize("shown", [["high"], ["close"], ["high", "low"], ["low", "close"], ["open", "close"]])
def test_rows_of_conditions_are_those_of_rows_drawn_freely(
    market: Model, drawn: pl.DataFrame, shown: list[str]
) -> None:
    apart = pl.max_horizontal(shown) - pl.min_horizontal(shown) < 0.02 * pl.col(shown[0])
    asked = drawn.filter(apart)[:1500]
    met = market.sample(given=asked.select(shown), seed=3)
    for name in shown:
        assert met[name].equals(asked[name])
    for name in met.columns:
        if name not in shown:
            assert near(met[name] - met[shown[0]], asked[name] - asked[shown[0]]), name


def test_shares_warmth_and_what_is_left_out(market: Model) -> None:
    halves = {"high": {us.between(None, 20.0): 0.5, us.between(20.01, None): 0.5}}
    even = market.sample(4000, rebalance=halves, seed=1)
    assert abs((even["high"] <= 20).mean() - 0.5) < 0.04  # five standard errors
    for frame in (
        even,
        market.sample(2000, temperature=0.5, seed=1),
        market.sample(500, given={"close": us.other_than(21.0)}, seed=1),
        market.sample(500, given={"high": [20.0, 25.0, 40.0], "volume": us.between(30, 70)}, seed=1),
    ):
        assert kept(frame).all()


def test_gaps_are_filled_and_columns_replaced_in_order(market: Model) -> None:
    real = prices()[::10]
    for hidden in (["open"], ["high"], ["open", "low"], ["high", "low", "close"]):
        filled = market.impute(real.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in hidden), seed=2)
        assert filled.null_count().sum_horizontal()[0] == 0
        assert filled.select(pl.exclude(hidden)).equals(real.select(pl.exclude(hidden)))
        broken = filled.filter((pl.col("low") > pl.col("open")) | (pl.col("open") > pl.col("high")))
        assert broken.height <= 0.01 * filled.height, hidden  # no candidate at all for the odd row
        replaced = market.replace(real, hidden, seed=2)
        assert replaced.filter(pl.col("low") > pl.col("high")).height <= 0.01 * real.height


def test_probabilities_files_and_workers(market: Model, drawn: pl.DataFrame, tmp_path: Path) -> None:
    rows = drawn[:1000]
    likely = market.log_prob(rows)
    assert np.isfinite(likely).all()
    mixed = rows.with_columns(pl.col("high", "low").reverse(), pl.col("open").sort(), pl.col("close").sort())
    assert np.isneginf(market.log_prob(mixed)[~kept(mixed)]).all()
    again = Model.load(market.save(tmp_path / "m.understudy"))
    for given in (None, {"high": 21.5}, rows.select("close")[:50]):
        n = 50 if isinstance(given, pl.DataFrame) else 2000
        first = market.sample(n, given=given, seed=4, workers=1)
        assert first.equals(again.sample(n, given=given, seed=4, workers=3))


def chain(rows: int = 3000) -> pl.DataFrame:
    """Whole numbers that rise strictly, the middle one below the first in the table, one of them with gaps."""
    rng = np.random.default_rng(4)
    a = rng.poisson(400, rows) + rng.integers(0, 400, rows)
    b, c = a + 1 + rng.poisson(4, rows), a + 6 + rng.poisson(9, rows)
    c = np.maximum(c, b + 1)
    frame = pl.DataFrame({"b": b, "a": a, "c": c, "kind": np.where(b - a > 5, "wide", "tight")})
    return frame.with_columns(c=pl.when(pl.Series(rng.random(rows) < 0.2)).then(None).otherwise("c"))


def test_a_chain_of_whole_numbers_with_gaps() -> None:
    model = learned(chain(), "a < b", "b < c")
    assert anchors(model) == {"a": "b", "c": "b"}
    assert model.share == 1
    free = model.sample(100_000, seed=1)
    assert ((free["a"] < free["b"]) & (free["b"] < free["c"]).fill_null(True)).all()
    gone = model.sample(300, given={"c": None, "a": us.between(500, 510)}, seed=2)
    assert gone["c"].null_count() == 300
    assert gone["a"].is_between(500, 510).all()
    for given in ({"c": 600}, {"c": [500, 700], "kind": "wide"}, {"a": 500, "c": us.between(512, 515)}):
        met, like = model.sample(600, given=given, seed=3), free
        for name, asked in given.items():
            wanted = read(name, asked, model.form)
            assert wanted.met(met[name]).all()
            like = like.filter(wanted.met(like[name]))
        assert len(like) > 30
        assert near(met["b"] - met["a"], like["b"] - like["a"])


def test_columns_that_others_need_stay_as_they_are() -> None:
    frame = chain().drop_nulls().with_columns(d=pl.col("b") - pl.col("a"))
    computed = {"d": ColumnPlan(action="compute", expression="b - a")}
    assert anchors(learned(frame, "a < b", "b < c")) == {"a": "b", "c": "b"}
    assert anchors(learned(frame, "a < b", "b < c", columns=computed)) == {}
