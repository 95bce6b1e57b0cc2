"""Partial synthesis: what is kept is kept to the last bit, the rest follows what is kept."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import understudy as us
from understudy.data.table import Table
from understudy.errors import ArgumentError, SchemaError, UnknownColumn
from understudy.models.model import Model
from understudy.plan.plan import ColumnPlan, Plan

INTEGER = {name: ColumnPlan(says={"kind": "integer"}) for name in ("x", "y")}
COLUMNS = {
    **INTEGER,
    "mail": ColumnPlan("generate"),
    "total": ColumnPlan(action="compute", expression="x + y", says={"kind": "integer"}),
    "held": ColumnPlan(action="compute", expression="cumsum(x, land)", says={"kind": "integer"}),
    "size": ColumnPlan(action="compute", expression="length(mail)", says={"kind": "integer"}),
}
RULES = ["x <= y", {"kind": "combinations", "columns": ["city", "land"]}]


def table(rows: int = 4000, seed: int = 0) -> pl.DataFrame:
    """Every kind of column that is kept, drawn, invented or computed, gaps and odd decimals among them."""
    rng = np.random.default_rng(seed)
    place, y = rng.integers(0, 4, rows), rng.integers(0, 6, rows)
    x = np.minimum(np.where(rng.random(rows) < 0.7, place, rng.integers(0, 4, rows)), y)
    frame = pl.DataFrame(
        {
            "mail": [f"user{number}@example.org" for number in range(rows)],
            "city": np.array(["rome", "pisa", "lyon", "nice"])[place],
            "land": np.array(["it", "it", "fr", "fr"])[place],
            "x": x,
            "y": y,
            "odd": pl.Series(rng.normal(0, 1, rows)).set(pl.Series(rng.random(rows) < 0.1), None),
            "at": [datetime(2020, 1, 1) + timedelta(seconds=int(each)) for each in rng.integers(0, 10**7, rows)],
        }
    )
    frame = frame.with_columns(total=pl.col("x") + pl.col("y"), held=pl.col("x").cum_sum().over("land"))
    return frame.with_columns(size=pl.col("mail").str.len_chars().cast(pl.Int64))


@pytest.fixture(scope="module")
def model() -> Model:
    return us.fit(table(), Plan(engine="trees", privacy="relaxed", columns=COLUMNS, constraints=RULES))


def follows(made: pl.DataFrame) -> bool:
    running = made.with_columns(wanted=pl.col("x").cum_sum().over("land"))
    return bool(
        (made["total"] == made["x"] + made["y"]).all()
        and (running["held"] == running["wanted"]).all()
        and (made["size"] == made["mail"].str.len_chars()).all()
        and (made["x"] <= made["y"]).all()
        and set(made.select("city", "land").unique().rows()) <= set(table().select("city", "land").unique().rows())
    )


FOLLOWING = [
    ("x", "x total held"),
    ("city", "city"),
    ("city land", "city land held"),
    ("mail", "mail size"),
    ("odd at", "odd at"),
    ("y mail land", "y mail total size"),
    ("total", ""),
]


@pytest.mark.parametrize(("columns", "drawn"), FOLLOWING)
def test_what_is_kept_is_kept_and_what_is_computed_follows(model: Model, columns: str, drawn: str) -> None:
    real = table()
    given = real.clone()
    made = model.replace(real, columns.split(), seed=1)
    assert real.equals(given)
    assert made.schema == real.schema
    assert {name for name in real.columns if not made[name].equals(real[name])} == set(drawn.split())
    assert follows(made)


def test_pandas_and_arrow_are_kept_to_the_last_bit(model: Model) -> None:
    real = table(1500)
    wanted = model.replace(real, ["x", "mail"], seed=3)
    frame = real.to_pandas().set_index(pd.Index(np.arange(1500) * 7, name="row"))
    frame["city"] = frame["city"].astype("category")
    made = model.replace(frame, ["x", "mail"], seed=3)
    assert isinstance(made, pd.DataFrame)
    kept = ["city", "land", "y", "odd", "at"]
    pd.testing.assert_frame_equal(made[kept], frame[kept], check_exact=True)
    assert (made.dtypes == frame.dtypes).all()
    assert made["x"].tolist() == wanted["x"].to_list()
    arrow = real.to_arrow()
    other = model.replace(arrow, ["x", "mail"], seed=3)
    assert isinstance(other, pa.Table)
    assert other.schema == arrow.schema
    assert other.select(kept).equals(arrow.select(kept))
    assert other["x"].to_pylist() == wanted["x"].to_list()


def test_a_file_is_kept_as_it_was_written(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "real.csv"
    table(300).write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")
    made = model.replace(path, ["x"])
    assert isinstance(made, Table)
    raw = pl.read_csv(path, infer_schema=False)
    assert made.frame["odd"].cast(pl.String).fill_null("").equals(raw["odd"].fill_null(""))


EVERY = pl.DataFrame([(x, y, c) for x in range(4) for y in range(4) for c in "uv"], ["x", "y", "c"], orient="row")


@pytest.mark.parametrize("engine", ["trees", "bootstrap"])
@pytest.mark.parametrize("planned", [False, True])
@pytest.mark.parametrize("columns", [["y"], ["x", "c"], ["c"]])
def test_replaced_columns_follow_their_conditional_distribution(engine: str, planned: bool, columns: list[str]) -> None:
    """What is drawn, by every combination of what is kept, beside the model's own probabilities."""
    rng = np.random.default_rng(0)
    x = rng.choice(4, 6000, p=[0.4, 0.3, 0.2, 0.1])
    y = np.where(rng.random(6000) < 0.5, x, rng.integers(0, 4, 6000))
    real = pl.DataFrame({"x": x, "y": y, "c": np.where(rng.random(6000) < (x + y) / 6, "u", "v")})
    plan = Plan(
        engine=engine,
        privacy="relaxed",
        columns=INTEGER,
        replace=columns if planned else (),
        constraints=["x <= y + 2"],
    )
    model = us.fit(real, plan)
    made = pl.concat(model.replace(real, columns, seed=seed) for seed in range(5))
    others = [name for name in real.columns if name not in columns]
    assert made.select(others).equals(pl.concat([real.select(others)] * 5))
    share = EVERY.with_columns(share=pl.Series(np.exp(model.log_prob(EVERY))))
    share = share.with_columns(pl.col("share") / pl.col("share").sum().over(others))
    known = real.group_by(others).len("rows")
    wanted = share.join(known, on=others).with_columns(pl.col("share") * pl.col("rows") / real.height)
    found = made.group_by(EVERY.columns).len()
    both = wanted.join(found, on=EVERY.columns, how="full").with_columns(pl.col("len") / made.height)
    both = both.with_columns(pl.col("share").fill_nan(0)).fill_null(0)
    assert (both["share"] - both["len"]).abs().sum() / 2 < 0.03


def test_seeds_and_workers(model: Model) -> None:
    real = table(20_000, seed=2)
    one = model.replace(real, ["x", "mail"], seed=1, workers=1)
    assert one.equals(model.replace(real, ["x", "mail"], seed=1, workers=3))
    other = model.replace(real, ["x", "mail"], seed=2)
    assert not one["x"].equals(other["x"])
    assert not one["mail"].equals(other["mail"])


def test_real_rows_that_break_a_rule_by_what_is_kept_hold_nobody_up() -> None:
    """Where what is kept breaks a rule the row stays; where what is drawn can keep it, it does."""
    odd = (pl.int_range(pl.len()) % 10 == 0) & (pl.col("y") <= 2)
    real = table().drop("total", "held").with_columns(pl.when(odd).then(pl.col("y") + 1).otherwise("x").alias("x"))
    columns = {**INTEGER, "mail": ColumnPlan("generate")}
    model = us.fit(real, Plan(engine="trees", privacy="relaxed", columns=columns, constraints=["x <= y"]))
    made = model.replace(real, ["odd"])
    assert made.drop("odd").equals(real.drop("odd"))
    mended = model.replace(real, ["y"])
    assert (real["x"] > real["y"]).sum() > 100
    assert (mended["x"] <= mended["y"]).all()


def test_cells_that_the_model_does_not_know_are_kept(model: Model) -> None:
    real = table(40).with_columns(
        pl.Series("city", ["oslo", None] * 20), pl.Series("odd", [1e9, None] * 20), pl.Series("y", [3, 1000] * 20)
    )
    made = model.replace(real, ["x"])
    assert made.drop("x", "total", "held").equals(real.drop("x", "total", "held"))
    assert made["x"].null_count() == 0
    assert (made["total"] == made["x"] + made["y"]).all()
    some = model.replace(real.select("x", "land", "city", "y"), ["x"])
    assert some.columns == ["x", "land", "city", "y"]


def test_no_rows_and_refusals(model: Model) -> None:
    real = table(20)
    assert model.replace(real.head(0), ["x"]).schema == real.schema
    for columns, error, says in [
        ("x", ArgumentError, "replace is 'x'"),
        ([], ArgumentError, "replace is []"),
        (["zz"], UnknownColumn, "no column 'zz'"),
        (real.columns, ArgumentError, "no column is left"),
    ]:
        with pytest.raises(error) as caught:
            model.replace(real, columns)
        assert says in str(caught.value)
    with pytest.raises(UnknownColumn, match="no column 'x'"):
        model.replace(real.drop("x"), ["x"])
    with pytest.raises(SchemaError, match="row 1"):
        model.replace(real.with_columns(pl.lit("many").alias("y")), ["x"])


def test_copies_differ_and_repeat(model: Model) -> None:
    copies = model.copies(3, 200, seed=1)
    assert len(copies) == 3
    assert len({str(each.rows()) for each in copies}) == 3
    assert all(one.equals(other) for one, other in zip(copies, model.copies(3, 200, seed=1), strict=True))
    assert copies[0].equals(model.copies(1, 200, seed=1)[0])
    wrong: list[Any] = [0, True, 1.5, "2"]
    for m in wrong:
        with pytest.raises(ArgumentError, match="whole number from 1"):
            model.copies(m)


def test_what_follows_from_all_rows_is_filled_where_it_is_missing(model: Model) -> None:
    real = table(500)
    gap = pl.Series(np.arange(500) % 3 == 0)
    holed = real.with_columns(real[name].set(gap, None) for name in ("x", "held", "size"))
    made = model.impute(holed, seed=1)
    assert made["x"].filter(~gap).equals(real["x"].filter(~gap))
    assert made["held"].filter(~gap).equals(real["held"].filter(~gap)), "what is known stays"
    running = made.with_columns(wanted=pl.col("x").cum_sum().over("land")).filter(gap)
    assert running["held"].equals(running["wanted"].alias("held"))
    assert made["size"].equals(real["size"])
