"""Numbers that a rule orders: their order is kept as they are drawn, and whatever is asked of them is met."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import ks_2samp

import understudy as us
from understudy.encoding.relative import Relative
from understudy.errors import UnderstudyError
from understudy.models.model import Model
from understudy.plan.plan import Plan

PRICES = ["low <= open", "low <= close", "open <= high", "close <= high"]
STOCK = Path(__file__).parents[2].parent / "shared" / "data" / "google_stock" / "stock_data.csv.gz"
SURE = 1.95  # Kolmogorov's bound at one in a thousand, times the square root of 1 / n + 1 / m


def prices(rows: int = 5000, seed: int = 0) -> pl.DataFrame:
    """Four prices of a day, to the cent, whose swing grows with the price."""
    rng = np.random.default_rng(seed)
    path = 20 * np.exp(np.cumsum(rng.normal(0.0002, 0.01, rows)))
    steps = path[:, None] * (1 + np.cumsum(rng.normal(0, 0.0015, (rows, 100)), axis=1))
    steps = np.round(steps, 2)
    four = {"open": steps[:, 0], "high": steps.max(axis=1), "low": steps.min(axis=1), "close": steps[:, -1]}
    return pl.DataFrame(four | {"volume": rng.poisson(50 * np.exp(rng.normal(0, 0.3, rows)))})


def learned(frame: pl.DataFrame, *rules: str, engine: str = "trees", **said: object) -> Model:
    return us.fit(frame, Plan(**{"engine": engine, "privacy": "relaxed", "constraints": rules, **said}))


def anchors(model: Model) -> dict[str, str]:
    return {name: code.anchor for name, code in model.form.book.columns.items() if isinstance(code, Relative)}


def kolmogorov(first: pl.Series, second: pl.Series) -> float:
    return float(ks_2samp(first, second).statistic)  # type: ignore[attr-defined]


def near(first: pl.Series, second: pl.Series) -> bool:
    """Whether two columns may be of one distribution."""
    return kolmogorov(first, second) <= SURE * np.sqrt(1 / len(first) + 1 / len(second))


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
        wanted = asked if not isinstance(asked, float | list) else us.among(*np.atleast_1d(asked).tolist())
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
