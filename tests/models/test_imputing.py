"""Rows that a caller brings: conditions in each row, missing cells filled, probabilities."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

import understudy as us
from understudy.errors import ArgumentError, ConditionError, SchemaError, UnknownColumn
from understudy.models.filling import Filled
from understudy.models.model import Model


def table(rows: int = 6000, seed: int = 1) -> pl.DataFrame:
    """Three related columns of 24 combinations."""
    rng = np.random.default_rng(seed)
    first = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
    second = np.where(rng.random(rows) < 0.6, first, rng.integers(0, 4, rows))
    third = rng.random(rows) < np.choose(second, [0.1, 0.3, 0.5, 0.9])
    return pl.DataFrame({"a": np.array(["u", "v", "w"])[first], "b": second, "c": third})


def every_row() -> pl.DataFrame:
    return pl.DataFrame([(a, b, c) for a in "uvw" for b in range(4) for c in (False, True)], list("abc"), orient="row")


@pytest.fixture(scope="module", params=["trees", "bootstrap"])
def tiny(request: pytest.FixtureRequest) -> Model:
    return us.fit(table(), engine=request.param, privacy="relaxed")


def holes(frame: pl.DataFrame, share: float = 0.3, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return frame.with_columns(
        frame[name].set(pl.Series(rng.random(frame.height) < share), None) for name in frame.columns
    )


def untouched(before: pl.DataFrame, after: pl.DataFrame) -> bool:
    return all(
        after[name].filter(before[name].is_not_null()).equals(before[name].drop_nulls()) for name in before.columns
    )


# --- cells that are filled -----------------------------------------------------------------------------------------


def test_observed_cells_stay_and_the_others_are_filled(model: Model, real: pl.DataFrame) -> None:
    holed = holes(real.head(1500))
    kept = holed.clone()
    made = model.impute(holed, seed=1)
    assert_frame_equal(holed, kept)
    assert made.schema == real.schema
    assert untouched(holed, made)
    assert made.drop("key", "mail").null_count().sum_horizontal().item() == 0
    assert made["key"].null_count() == holed["key"].null_count(), "what is invented passes through"
    again = model.impute(holed, seed=1, workers=1)
    assert_frame_equal(made, again)
    assert not made.equals(model.impute(holed, seed=2))


@pytest.mark.parametrize("gone", ["a", "b", "c"])
def test_a_filled_cell_is_distributed_as_the_rest_of_its_row_says(tiny: Model, gone: str) -> None:
    """Every combination of the other two 3 000 times, beside the model's own probabilities."""
    rows, n = every_row(), 3000
    share = rows.with_columns(share=pl.Series(np.exp(tiny.log_prob(rows))))
    others = [name for name in "abc" if name != gone]
    asked = rows.select(others).unique(maintain_order=True)
    asked = asked.join(share.group_by(others).agg(pl.col("share").sum()), on=others).filter(pl.col("share") > 0.002)
    asked = asked.select(others).select(pl.all().repeat_by(n).explode())
    made = tiny.impute(asked.with_columns(pl.lit(None, dtype=rows.schema[gone]).alias(gone)).select("a", "b", "c"))
    found = made.group_by(list("abc")).len().join(share, on=list("abc"))
    wanted = found.with_columns(pl.col("share") / pl.col("share").sum().over(others), pl.col("len") / n)
    assert (wanted["len"] - wanted["share"]).abs().max() < 0.045


def test_what_is_known_of_a_row_counts(tiny: Model) -> None:
    """Cells hidden at random are filled so that the table's shares are kept."""
    real = table(20_000, seed=7)
    made = tiny.impute(holes(real, 0.4))
    for names in (["a", "b"], ["b", "c"]):
        both = [frame.group_by(names).len().sort(names)["len"].to_numpy() / 20_000 for frame in (real, made)]
        assert np.abs(both[0] - both[1]).sum() / 2 < 0.04


def test_words_that_the_model_does_not_know_stay(tiny: Model) -> None:
    frame = pl.DataFrame({"a": ["new", "u", None], "b": [None, 999, 2], "c": [True, None, None], "more": [1, None, 3]})
    made = tiny.impute(frame)
    assert made["a"][:2].to_list() == ["new", "u"]
    assert made["b"][1:].to_list() == [999, 2]
    assert made["more"].to_list() == [1, None, 3]
    assert made.drop("more").null_count().sum_horizontal().item() == 0
    assert tiny.impute(frame.select("b", "more")).columns == ["b", "more"]
    assert tiny.impute(frame.head(0)).schema == frame.schema
    with pytest.raises(SchemaError, match="row 1"):
        tiny.impute(pl.DataFrame({"b": ["many"]}))
    with pytest.raises(ArgumentError):
        tiny.impute(5)
    with pytest.raises(ArgumentError, match="seed"):
        tiny.impute(frame, seed=-1)


def pandas_like(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "job": pd.Categorical(rng.choice(["cook", "clerk"], rows)),
            "age": rng.integers(20, 60, rows).astype(float),
            "kids": pd.array(rng.integers(0, 4, rows), dtype="Int64"),
            "pay": rng.normal(2000, 100, rows).round(2),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
            7: rng.choice(["x", "y"], rows),
        },
        index=pd.RangeIndex(5, 5 + rows),
    )


def test_pandas_come_back_as_pandas_with_their_index_and_dtypes() -> None:
    real = pandas_like()
    model = us.fit(real, engine="trees", privacy="relaxed")
    gone = np.random.default_rng(1).random(real.shape) < 0.2
    holed = real.mask(gone)
    for name in real.columns:
        holed[name] = holed[name].astype(real[name].dtype)
    kept = holed.copy()
    made = model.impute(holed)
    pd.testing.assert_frame_equal(holed, kept)
    assert made.index.equals(real.index)
    assert (made.dtypes == holed.dtypes).all()
    assert not made.isna().any().any()
    pd.testing.assert_frame_equal(made.mask(gone).astype(holed.dtypes.to_dict()), holed)


def test_arrow_files_and_lazy_frames(tmp_path: Path) -> None:
    real = table(500)
    model = us.fit(real, engine="trees", privacy="relaxed")
    holed = holes(real)
    made = model.impute(holed)
    arrow = model.impute(holed.to_arrow())
    assert isinstance(arrow, pa.Table)
    assert arrow.schema.names == ["a", "b", "c"]
    assert_frame_equal(pl.DataFrame(arrow), made)
    assert_frame_equal(model.impute(holed.lazy()), made)
    holed.with_columns(pl.col("b").fill_null(-9)).write_csv(tmp_path / "holes.csv", null_value="?")
    written = us.read(tmp_path / "holes.csv")
    csv = us.fit(tmp_path / "holes.csv", engine="trees", privacy="relaxed")
    filled = csv.impute(tmp_path / "holes.csv")
    assert isinstance(filled, type(written))
    assert not (filled.frame["a"] == "?").any()
    kept = written.frame["a"] != "?"
    assert filled.frame["a"].filter(kept).equals(written.frame["a"].filter(kept))


# --- rows of conditions --------------------------------------------------------------------------------------------


def test_every_row_has_what_its_row_asks(model: Model, real: pl.DataFrame) -> None:
    asked = holes(real.drop("key", "mail").filter(pl.col("left").is_not_null()).head(400), 0.6, seed=3)
    able = asked.with_columns(
        pl.when(pl.col(name).is_in(model.sample(3000)[name].implode())).then(pl.col(name)).alias(name)
        for name in ("pay", "age", "bonus", "left")
    )
    made = model.sample(given=able, seed=2)
    assert made.height == 400
    assert made.schema == real.schema
    assert untouched(able, made.select(able.columns))
    assert made["key"].is_unique().all()
    assert_frame_equal(made, model.sample(400, given=able, seed=2, workers=1))
    met = model.meet(able)
    assert isinstance(met, Filled)
    assert met.effective is None or met.effective > 1
    assert met.candidates >= 1


def test_rows_of_conditions_are_distributed_as_conditions_are(tiny: Model) -> None:
    frame = pl.DataFrame({"c": [True, False] * 4000})
    made = tiny.sample(given=frame)
    assert made["c"].equals(frame["c"])
    for value in (True, False):
        one = made.filter(pl.col("c") == value)
        other = tiny.sample(20_000, given={"c": value})
        for name in ("a", "b"):
            both = [dict(each[name].value_counts(normalize=True).iter_rows()) for each in (one, other)]
            assert sum(abs(both[0][key] - both[1].get(key, 0)) for key in both[0]) / 2 < 0.04


def test_a_missing_code_asks_for_missing_and_an_empty_cell_for_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": rng.choice(["a", "b", "?"], 900), "y": rng.choice(["c", "d"], 900)})
    frame.write_csv(tmp_path / "t.csv")
    model = us.fit(tmp_path / "t.csv", engine="trees", privacy="relaxed")
    made = model.sample(given=pl.DataFrame({"x": ["?", "", None, "a"] * 50})).frame["x"].to_list()
    assert set(made[0::4]) == {"?"}
    assert set(made[3::4]) == {"a"}
    assert set(made[1::4]) == set(made[2::4]) == {"a", "b", "?"}


@pytest.mark.parametrize(
    ("frame", "error", "says"),
    [
        ({"sit": ["west"]}, UnknownColumn, "did you mean 'site'"),
        ({"site": ["west", "wst"]}, ConditionError, "row 2"),
        ({"age": [40, 400]}, ConditionError, "row 2"),
        ({"mail": ["a@b.org"]}, ConditionError, "invented"),
        ({"age": ["old"]}, SchemaError, "row 1"),
    ],
)
def test_rows_that_cannot_be_are_refused(model: Model, frame: dict[str, Any], error: type, says: str) -> None:
    with pytest.raises(error) as caught:
        model.sample(given=pl.DataFrame(frame))
    assert says in str(caught.value)
    with pytest.raises(ArgumentError, match="rows of conditions"):
        model.sample(5, given=pl.DataFrame({"site": ["west"]}))
    with pytest.raises(ArgumentError, match="leaves no shares open"):
        model.sample(given=pl.DataFrame({"site": ["west"]}), rebalance={"site": {"west": 1.0}})


def test_a_row_that_the_model_gives_no_chance_is_named() -> None:
    model = us.fit(table(300), engine="bootstrap", privacy="relaxed")
    seen = set(table(300).iter_rows())
    never = next(row for row in every_row().iter_rows() if row not in seen)
    frame = pl.DataFrame([next(iter(seen)), never], list("abc"), orient="row")
    with pytest.raises(ConditionError, match="row 2"):
        model.sample(given=frame)
    assert model.impute(frame.with_columns(pl.lit(None, dtype=pl.Boolean).alias("c"))).height == 2


# --- probabilities ---------------------------------------------------------------------------------------------------


def test_probabilities_sum_to_one_and_strangers_have_none(tiny: Model) -> None:
    assert np.exp(tiny.log_prob(every_row())).sum() == pytest.approx(1, abs=1e-5)
    strange = pl.DataFrame({"a": ["u", "new", None], "b": [0, 0, 0], "c": [True, True, True]})
    found = tiny.log_prob(strange)
    assert np.isfinite(found).tolist() == [True, False, False]
    assert found.dtype == np.float64
    assert tiny.log_prob(strange.head(0)).shape == (0,)
    with pytest.raises(UnknownColumn, match="'c'"):
        tiny.log_prob(strange.drop("c"))


def test_rows_that_were_learned_are_likelier_than_shuffled_ones(model: Model, real: pl.DataFrame) -> None:
    shuffled = real.with_columns(pl.col(name).shuffle(seed=place) for place, name in enumerate(real.columns))
    found, other = model.log_prob(real), model.log_prob(shuffled)
    assert found.shape == (real.height,)
    assert found.mean() > other.mean() + 0.2
    assert np.isfinite(found).all()


def test_dates_that_go_with_others_are_known_by_them() -> None:
    rng = np.random.default_rng(0)
    start = [date(2021, 1, 1) + timedelta(days=int(each)) for each in rng.integers(0, 200, 2000)]
    stay = rng.integers(1, 5, 2000)
    frame = pl.DataFrame(
        {"arrival": start, "departure": [a + timedelta(days=int(b)) for a, b in zip(start, stay, strict=True)]}
    )
    frame = frame.with_columns(long=pl.Series(np.where(stay > 2, "yes", "no")))
    model = us.fit(frame, engine="trees", privacy="relaxed")
    made = model.impute(frame.with_columns(pl.lit(None, dtype=pl.String).alias("long")))
    assert (made["long"] == frame["long"]).mean() > 0.97
    made = model.impute(frame.with_columns(pl.lit(None, dtype=pl.Date).alias("departure")))
    nights = (made["departure"] - made["arrival"]).dt.total_days()
    assert nights.is_between(1, 4).all()
    assert ((nights > 2) == (made["long"] == "yes")).mean() > 0.97
    inner = frame.filter(pl.col("departure").is_between(date(2021, 1, 10), date(2021, 7, 10)))
    hidden = inner.with_columns(pl.lit(None, dtype=pl.Date).alias("arrival"))
    for made in (model.impute(hidden), model.sample(given=hidden), model.sample(given=hidden.select("departure"))):
        assert made["departure"].equals(inner["departure"])
        nights = (made["departure"] - made["arrival"]).dt.total_days()
        assert nights.is_between(1, 4).all()
        assert ((nights > 2) == (made["long"] == "yes")).mean() > 0.97
    assert (made["long"] == "yes").mean() == pytest.approx(0.5, abs=0.06)
    ranged = model.sample(300, given={"departure": us.between(date(2021, 2, 1), date(2021, 2, 3))})
    assert ranged["departure"].is_between(date(2021, 2, 1), date(2021, 2, 3)).all()
