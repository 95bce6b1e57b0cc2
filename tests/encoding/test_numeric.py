"""Numbers, dates and times: exact where k rows stand, within the cell and on the grid elsewhere."""

from datetime import UTC, date, datetime, time
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from understudy.encoding.numeric import Numeric, fit

K = 8
UNIFORMS = st.sampled_from([0.0, 0.25, 0.5, 1 - 2.0**-53]) | st.floats(0, 1, exclude_max=True)
ZONES = st.sampled_from([None, "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])


def repeated(values: st.SearchStrategy, lone: int = 40) -> st.SearchStrategy[list]:
    """Values that many rows carry beside values that few carry."""
    runs = st.lists(st.tuples(values, st.integers(K, 3 * K)), max_size=6)
    alone = st.lists(values | st.none(), max_size=lone)
    return st.tuples(runs, alone).map(lambda both: [v for v, times in both[0] for _ in range(times)] + both[1])


def series() -> st.SearchStrategy[tuple[pl.Series, int | None]]:
    whole = st.integers(-(2**63), 2**63 - 1) | st.integers(-50, 50) | st.sampled_from([2**63 - 1, -(2**63) + 1])
    large = st.integers(2**63, 2**64 - 1) | st.integers(0, 50)
    broken = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e300, -1e300, 1e-300, -0.0, 5e-324])
    priced = st.integers(-(10**7), 10**7).map(lambda cents: cents / 100)
    dates = st.dates(date(1000, 1, 1), date(9999, 12, 31))
    moments = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30))
    options = [
        repeated(whole).map(lambda each: (pl.Series(each, dtype=pl.Int64), None)),
        repeated(large).map(lambda each: (pl.Series(each, dtype=pl.UInt64), None)),
        repeated(broken).map(lambda each: (pl.Series(each, dtype=pl.Float64), None)),
        repeated(priced).map(lambda each: (pl.Series(each, dtype=pl.Float64), 2)),
        repeated(broken).map(lambda each: (pl.Series(each, dtype=pl.Float64), 2)),
        repeated(dates).map(lambda each: (pl.Series(each, dtype=pl.Date), None)),
        repeated(st.times()).map(lambda each: (pl.Series(each, dtype=pl.Time), None)),
        st.tuples(repeated(moments), ZONES).map(
            lambda both: (
                (
                    pl.Series(both[0], dtype=pl.Datetime("us"))
                    .dt.replace_time_zone("UTC")
                    .dt.convert_time_zone(both[1]),
                    None,
                )
                if both[1]
                else (pl.Series(both[0], dtype=pl.Datetime("us")), None)
            )
        ),
    ]
    return st.one_of(options)


def ticks(values: pl.Series) -> pl.Series:
    return values.to_physical() if values.dtype.is_temporal() else values


def on_two_decimals(values: pl.Series) -> pl.Series:
    return values.map_elements(lambda each: float(f"{each:.2f}"), return_dtype=pl.Float64)


@given(series(), UNIFORMS)
@settings(deadline=None, max_examples=500)
@example((pl.Series([1234567890123456780 + 10 * i for i in range(20)] * 10), None), 0.5)
@example((pl.Series([2**63 - 1, -(2**63)] * 20 + list(range(300))), None), 1 - 2.0**-53)
@example((pl.Series([0.01 * i for i in range(100)] * 10), 2), 0.5)
def test_what_k_rows_carry_is_exact_and_the_rest_stays_in_its_cell(column: tuple, uniform: float) -> None:
    values, decimals = column
    code = fit(values, decimals, K)
    cell = code.encode(values)
    assert cell.min(initial=0) >= 0
    assert cell.max(initial=0) < code.domain.cells
    out = code.decode(cell, np.full(len(cell), uniform))
    assert out.dtype == values.dtype
    if code.cells is None:
        assert out.null_count() == len(values)
        assert values.drop_nulls().len() < K
        return
    assert (out.is_null() == values.is_null()).all()
    known, made = ticks(values.drop_nulls()), ticks(out.drop_nulls())
    assert np.array_equal(code.encode(out), cell), "a value written out is read as the same cell"
    ordered = known.sort()
    slack = 0 if decimals is None else 0.0051  # the grid may round a value up or down
    assert made.min() >= ordered.min() - slack
    assert made.max() <= ordered.max() + slack
    times = known.value_counts()
    frequent = times.filter(pl.col("count") >= K).to_series(0)
    if decimals is not None and code.decimals is not None:
        frequent = frequent.filter(frequent == on_two_decimals(frequent))
    for value in frequent:
        assert (made.filter(known == value) == value).all()


@given(series(), st.lists(UNIFORMS, min_size=1, max_size=50))
@settings(deadline=None, max_examples=200)
def test_nothing_out_lies_off_the_grid_or_beyond_k_rows(column: tuple, uniforms: list[float]) -> None:
    values, decimals = column
    code = fit(values, decimals, K)
    if code.cells is None or len(code.cells.low) < 2:
        return
    cells = np.arange(code.domain.cells)[int(code.domain.missing) :]
    known = ticks(values.drop_nulls()).sort()
    for uniform in uniforms:
        made = ticks(code.decode(cells, np.full(len(cells), uniform)))
        if decimals is None:
            assert made.min() >= known[K - 1]
            assert made.max() <= known[-K]
        elif code.decimals is not None:
            assert (made == on_two_decimals(made)).all()


@given(series())
@settings(deadline=None, max_examples=200)
def test_state_holds_everything(column: tuple) -> None:
    import json

    values, decimals = column
    code = fit(values, decimals, K)
    plain, arrays = code.state()
    again = Numeric.restore(json.loads(json.dumps(plain)), arrays)
    cells = np.arange(code.domain.cells)
    uniform = np.linspace(0, 0.999, len(cells))
    assert again.decode(cells, uniform).equals(code.decode(cells, uniform))
    assert np.array_equal(again.encode(values), code.encode(values))
    assert again.extent == code.extent
    assert again.random == code.random
    assert again.state()[0] == plain


def test_a_state_cannot_name_anything_but_a_dtype() -> None:
    plain, arrays = fit(pl.Series([1, 2] * 20), None, K).state()
    for name in (["read_csv", "/etc/passwd"], ["show_versions"], ["Config"], ["Object"]):
        with pytest.raises(KeyError):
            Numeric.restore({**plain, "dtype": name}, arrays)


@given(series())
@settings(deadline=None, max_examples=100)
def test_a_value_is_located_where_it_is_encoded(column: tuple) -> None:
    values, decimals = column
    code = fit(values, decimals, K)
    out = code.decode(code.encode(values), np.full(len(values), 0.5))
    for value, cell in zip(out.to_list()[:30], code.encode(out).tolist(), strict=False):
        assert code.locate(value) == cell


def test_what_cannot_be_written_is_not_located() -> None:
    code = fit(pl.Series(list(range(0, 100, 5)) * 20), None, K)
    assert code.locate(50) is not None
    assert code.locate(50.0) == code.locate(50)
    for value in (51, 50.5, 1000, -5, None, float("nan"), float("inf"), 1e300):
        assert code.locate(value) is None or pytest.fail(str(value))
    priced = fit(pl.Series(np.random.default_rng(0).integers(0, 10_000, 5000) / 100), 2, K)
    assert priced.locate(12.34) is not None
    for value in (12.345, float("nan"), float("inf"), -float("inf"), 1e300):
        assert priced.locate(value) is None
    dated = fit(pl.Series([date(2020, 1, 1), date(2021, 1, 1)] * 20), None, K)
    assert dated.locate(date(2020, 1, 1)) == 0
    assert dated.locate(datetime(2020, 1, 1, 10)) is None


def test_integers_keep_their_unit_and_prices_their_cents() -> None:
    rng = np.random.default_rng(0)
    by_five = fit(pl.Series(rng.integers(0, 100_000, 5000) * 5 + 0), None, K)
    assert by_five.unit == 5
    out = by_five.decode(rng.integers(0, by_five.domain.cells, 2000), rng.random(2000))
    assert (out % 5 == 0).all()
    priced = fit(pl.Series(rng.lognormal(5, 1, 5000).round(2)), 2, K)
    out = priced.decode(rng.integers(0, priced.domain.cells, 2000), rng.random(2000))
    assert (out == out.round(2)).all()
    assert out.n_unique() > 1000


def test_lone_values_prefer_the_round_numbers_that_real_ones_prefer() -> None:
    rng = np.random.default_rng(0)
    exact = rng.integers(10_000, 1_000_000, 40_000)
    pay = np.where(rng.random(40_000) < 0.6, exact // 1000 * 1000, exact)
    code = fit(pl.Series(pay), None, K)
    values = pl.Series(pay)
    out = code.decode(code.encode(values), rng.random(len(pay))).to_numpy()
    assert (out % 1000 == 0).mean() == pytest.approx((pay % 1000 == 0).mean(), abs=0.05)


def test_a_clock_keeps_its_minutes() -> None:
    rng = np.random.default_rng(0)
    stamps = pl.Series(rng.integers(0, 500_000, 3000) * 60_000_000 + 1_500_000_000_000_000).cast(
        pl.Datetime("us", "UTC")
    )
    code = fit(stamps, None, K)
    out = code.decode(code.encode(stamps), rng.random(3000))
    assert out.dtype == stamps.dtype
    assert (out.dt.second() == 0).all()
    day = fit(pl.Series([time(9), time(9, 30), time(17, 45)] * 30), None, K)
    assert set(day.decode(np.arange(day.domain.cells), np.zeros(day.domain.cells))) == {
        time(9),
        time(9, 30),
        time(17, 45),
    }


def test_zones_and_far_years_come_back() -> None:
    for year in (1000, 1969, 9999):
        there = datetime(year, 6, 1, 12, 30, tzinfo=UTC)
        for zone in ("UTC", "Europe/Berlin"):
            values = pl.Series([there] * 10, dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
            code = fit(values, None, K)
            assert code.decode(code.encode(values), np.zeros(10)).equals(values)
            assert code.locate(there) == 0


@cache
def gains() -> np.ndarray:
    """The 120 odd values of a column that is mostly zero."""
    return np.unique(np.random.default_rng(9).integers(100, 100_000, 130))[:120]


@pytest.mark.parametrize("rows", [500, 2000, 10_000, 45_000])
@pytest.mark.parametrize("seed", range(4))
def test_a_column_of_few_values_stays_one(rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(1, 121)
    drawn = rng.choice(gains(), rows, p=weight / weight.sum())
    values = pl.Series(np.where(rng.random(rows) < 0.92, 0, drawn))
    code = fit(values, None, K)
    times = values.value_counts()
    supported = set(times.filter(pl.col("count") >= K).to_series(0))
    everything = code.decode(np.tile(np.arange(code.domain.cells), 20), rng.random(20 * code.domain.cells))
    lone = rows - int(times.filter(pl.col("count") >= K)["count"].sum())
    assert len(set(everything) - supported) <= lone / K
    out = code.decode(code.encode(values), rng.random(rows))
    assert (out == 0).mean() == pytest.approx((values == 0).mean(), abs=0.01)
    if rows >= 10_000:
        assert np.quantile(out, 0.995) == pytest.approx(values.quantile(0.995), rel=0.1)
    if rows >= 45_000:
        assert set(everything) <= supported
        assert set(everything) == supported or code.domain.cells > 20


@pytest.mark.parametrize("k", [1, 3, 8])
def test_a_heavy_tail_keeps_its_quantiles(k: int) -> None:
    rng = np.random.default_rng(0)
    values = pl.Series(rng.pareto(1.1, 50_000))
    code = fit(values, None, k)
    out = code.decode(code.encode(values), rng.random(50_000))
    for quantile, within in ((0.01, 0.02), (0.5, 0.01), (0.9, 0.01), (0.99, 0.02), (0.999, 0.05)):
        assert out.quantile(quantile) == pytest.approx(values.quantile(quantile), rel=within)
    assert out.max() <= values.sort()[-k]


@pytest.mark.parametrize("kind", ["uniform", "normal", "lognormal", "step"])
def test_decoded_values_follow_the_real_distribution(kind: str) -> None:
    rng = np.random.default_rng(0)
    made = {
        "uniform": rng.uniform(size=20_000),
        "normal": rng.normal(size=20_000),
        "lognormal": rng.lognormal(0, 2, 20_000),
        "step": np.where(rng.random(20_000) < 0.3, 5.0, rng.uniform(4, 6, 20_000)),
    }[kind]
    code = fit(pl.Series(made), None, K)
    out = code.decode(code.encode(pl.Series(made)), rng.random(20_000)).to_numpy()
    grid = np.sort(made)
    distance = np.abs(np.searchsorted(np.sort(out), grid, side="right") - np.arange(1, 20_001)).max() / 20_000
    assert distance < 0.01 if kind != "step" else distance < 0.01 or (out == 5.0).mean() == pytest.approx(0.3, abs=0.01)


def test_scores_ascend_and_are_standard() -> None:
    values = pl.Series(np.random.default_rng(0).lognormal(0, 1, 10_000))
    code = fit(values.append(pl.Series([None] * 100, dtype=pl.Float64)), None, K)
    scores = code.scores(np.arange(code.domain.cells))
    assert np.isnan(scores[0])
    assert (np.diff(scores[1:]) > 0).all()
    known = code.scores(code.encode(values.drop_nulls()))
    assert known.mean() == pytest.approx(0, abs=0.01)
    assert known.std() == pytest.approx(1, abs=0.02)


@given(series(), st.floats(-1e6, 1e6), st.floats(0, 1e6))
@settings(deadline=None, max_examples=100)
def test_shares_within_bounds_are_shares(column: tuple, low: float, width: float) -> None:
    values, decimals = column
    code = fit(values, decimals, K)
    if values.dtype.is_temporal():
        return
    share = code.part([(low, low + width)], False).share
    assert share.shape == (code.domain.cells,)
    assert ((share >= 0) & (share <= 1)).all()


def test_shares_within_bounds_count_the_grid() -> None:
    code = fit(pl.Series(np.arange(10_000)), None, K)
    share = code.part([(2500, 7499)], False).share
    assert (share * code.cells.rows).sum() == pytest.approx(5000, abs=20) if code.cells else False
    assert code.part([(-1e12, 1e12)], False).share.min() == 1


def test_too_few_rows_write_nothing() -> None:
    code = fit(pl.Series([1, 2, 3, None]), None, K)
    assert code.cells is None
    assert code.extent == "only missing cells"
    assert code.decode(code.encode(pl.Series([1, None])), np.zeros(2)).to_list() == [None, None]
    assert code.locate(1) is None
    assert code.locate(None) == 0
    assert np.isnan(code.scores(np.zeros(2, dtype=np.int64))).all()


def test_the_columns_handed_over_are_left_alone() -> None:
    values = pl.Series([1.5, None, 2.5] * 20)
    before = values.clone()
    numbers = values.to_numpy().copy()
    code = fit(values, 1, K)
    code.decode(code.encode(values), np.zeros(60))
    assert values.equals(before)
    assert np.array_equal(values.to_numpy(), numbers, equal_nan=True)
