"""Rows that stand for several: unrolled and counted again, nothing lost; shared out by the rows counted."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import understudy as us
from understudy.data.counting import counts_of, regrouped, shared_out, unrolled
from understudy.data.infer import infer
from understudy.data.values import parse
from understudy.errors import PlanError, UnknownColumn
from understudy.plan.proposals.patterns.frequencies import frequencies

ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3), st.integers(1, 9)),
    min_size=1, max_size=12, unique_by=lambda row: row[:2],
)  # fmt: skip
SCHEMA = {"unit": pl.String, "age": pl.Int64, "# days": pl.Int64}


@given(ROWS)
def test_like_rows_are_counted_as_they_were(rows: list[tuple[str | None, int, int]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    one_by_one = unrolled(us.read(frame), "# days").frame
    assert one_by_one.height == sum(row[2] for row in rows)
    assert_frame_equal(regrouped(one_by_one, "# days"), frame)


@given(ROWS, st.floats(0.1, 0.9), st.integers(0, 3))
def test_what_is_counted_is_shared_out(rows: list[tuple[str | None, int, int]], share: float, seed: int) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    parts = [each.frame for each in shared_out(us.read(frame), "# days", share, seed)]
    whole = pl.concat(parts).group_by("unit", "age").agg(pl.col("# days").sum())
    assert_frame_equal(whole, frame, check_row_order=False)
    assert all((each["# days"] > 0).all() for each in parts)


def test_text_and_pandas_come_back_as_they_were() -> None:
    back = regrouped(pd.DataFrame({"a": ["x", "y", "x"]}), "n")
    assert isinstance(back, pd.DataFrame)
    assert back.to_dict("list") == {"a": ["x", "y"], "n": [2, 1]}


@pytest.mark.parametrize(
    ("cell", "said"), [("x", "'x' is no count"), ("-1", "-1"), ("1.5", "1.5"), ("", "no count"), ("99999999", "divide")]
)
def test_what_counts_nothing_is_told(cell: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        counts_of(us.read(pl.DataFrame({"n": ["1", cell], "a": ["x", "y"]})), "n")


def test_runs_learn_each_row_counted_and_write_counts(tmp_path) -> None:
    rng = np.random.default_rng(0)
    people = pl.DataFrame(
        {"unit": rng.choice(["a", "b", "c"], 6000, p=[0.6, 0.3, 0.1]), "sex": rng.choice(["m", "f"], 6000)}
    )
    people = people.with_columns(ward=pl.when(pl.col("unit") == "a").then(pl.lit("x")).otherwise(pl.lit("y")))
    table = people.group_by(people.columns, maintain_order=True).len("# days")
    table.write_csv(tmp_path / "days.csv")
    run = us.run(tmp_path / "days.csv", tmp_path / "out", unroll="# days", k=1, engine="trees")
    made = pl.read_csv(run.files["data"])
    assert made.columns[-1] == "# days"
    assert made["# days"].sum() == 6000
    assert made.select("unit", "sex", "ward").is_unique().all()
    share = made.filter(pl.col("unit") == "a")["# days"].sum() / 6000
    assert share == pytest.approx(0.6, abs=0.04)
    assert run.report.verdict["privacy"].word != "unsafe"
    assert us.fit(table, unroll="# days", k=1, engine="trees").rows == 6000


def test_mistakes_in_the_plan_are_told() -> None:
    frame = pl.DataFrame({"a": ["x", "y"] * 20, "n": [1, 2] * 20})
    with pytest.raises(UnknownColumn, match="did you mean 'n'"):
        us.fit(frame, unroll="N")
    with pytest.raises(PlanError, match="do not go together"):
        us.Plan(unroll="n", replace=("a",))


def test_a_table_of_counts_is_noticed_and_no_other() -> None:
    rng = np.random.default_rng(1)
    people = pl.DataFrame({name: rng.integers(0, 5, 5000).astype(str) for name in ("u", "v", "w")})

    def advised(frame: pl.DataFrame) -> list[str]:
        table = us.read(frame)
        schema = infer(table)
        return [each.columns[0] for each in frequencies(parse(table, schema).frame, schema)]

    assert advised(people.group_by(people.columns, maintain_order=True).len("cases")) == ["cases"]
    assert advised(people.head(125).with_columns(cases=pl.Series(rng.integers(1, 40, 125)))) == []
