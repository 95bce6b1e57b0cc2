"""How codes become rows: which columns are worked out when, what a member of a hidden column leaves of its cells."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import understudy as us
from understudy.models.form import Form, Member
from understudy.models.wanted import Wanted
from understudy.plan.plan import ColumnPlan, Plan


def table(rows: int = 2000) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    place = rng.integers(0, 4, rows)
    frame = pl.DataFrame(
        {
            "key": [f"K{number:04d}" for number in range(rows)],
            "city": [["rome", "pisa", None, "nice"][each] for each in place],
            "zone": [[1, 1, 2, None][each] for each in place],
            "x": rng.integers(0, 9, rows),
            "none": pl.Series([None] * rows, dtype=pl.Int64),
        }
    )
    return frame.with_columns(
        twice=pl.col("x") * 2, four=pl.col("x") * 4, run=pl.col("x").cum_sum(), tail=pl.col("key").str.tail(4)
    ).with_columns(past=pl.col("run") - pl.col("x"))


SAYS = {"kind": "integer"}
COLUMNS = {
    "key": ColumnPlan("generate"),
    "zone": ColumnPlan(says=SAYS),
    "x": ColumnPlan(says=SAYS),
    "none": ColumnPlan(says=SAYS),
    "four": ColumnPlan(action="compute", expression="twice * 2", says=SAYS),
    "twice": ColumnPlan(action="compute", expression="x * 2", says=SAYS),
    "run": ColumnPlan(action="compute", expression="cumsum(x)", says=SAYS),
    "past": ColumnPlan(action="compute", expression="run - x", says=SAYS),
    "tail": ColumnPlan(action="compute", expression="right(key, 4)", says={"kind": "text"}),
}
RULES = [
    {"kind": "combinations", "columns": ["city", "zone"]},
    "twice <= 14",
    "past >= 0",
    "tail != '0'",
    {"kind": "unique", "columns": ["key"]},
]


@pytest.fixture(scope="module")
def form() -> Form:
    plan = Plan(engine="trees", privacy="relaxed", columns=COLUMNS, constraints=RULES)
    return us.fit(table(), plan).form


def test_columns_are_worked_out_as_soon_as_they_can_be(form: Form) -> None:
    assert form.early == ("twice", "four"), "each after those it needs"
    assert form.late == ("run", "tail", "past"), "of all rows, of invented ones, and of these"
    assert form.learned == ["city", "zone", "x", "none"]
    assert form.blank == ("none",)
    assert [str(each.constraint) for each in form.rules] == ["city and zone only in combinations seen", "twice <= 14"]
    assert len(form.wide) == 3
    assert form.whole


def test_rows_have_the_kinds_of_the_schema(form: Form) -> None:
    real = table().select("city", "zone", "x", "none", "twice", "four")
    codes, rng = form.encode(table()), np.random.default_rng(0)
    made = form.decode(codes, rng).select(real.columns)
    assert made.schema == real.schema
    assert made.select("city", "zone", "none").equals(real.select("city", "zone", "none"))
    assert (made["four"] == 4 * made["x"]).all()
    assert form.met(made).to_list() == (made["twice"] <= 14).to_list()


ENDS = st.one_of(st.none(), st.integers(0, 4))
ZONES = st.one_of(st.tuples(ENDS, ENDS), st.integers(0, 4).map(lambda value: (value, value)))


@given(st.lists(ZONES, max_size=3), st.booleans(), st.booleans())
def test_a_member_leaves_the_cells_of_what_is_asked(
    form: Form, ranges: list[tuple[Any, Any]], missing: bool, besides: bool
) -> None:
    member = form.code("zone")
    assert isinstance(member, Member)
    share = member.part(ranges, missing, besides).share
    hidden = form.encode(table()).cells(form.place("zone"))
    met = Wanted(tuple(ranges), missing, besides).met(table()["zone"]).to_numpy()
    assert (share[hidden] > 0).tolist() == met.tolist()
    assert set(share.tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("name", "value", "there"),
    [
        ("zone", 1, True),
        ("zone", 3, False),
        ("zone", None, True),
        ("city", "nice", True),
        ("city", 5, False),
    ],
)
def test_a_member_knows_its_values(form: Form, name: str, value: Any, there: bool) -> None:
    member = form.code(name)
    assert isinstance(member, Member)
    assert (member.locate(value) is not None) == there
    assert member.missing
    assert form.place("city") == form.place("zone")


def test_a_table_of_invented_and_computed_columns_alone() -> None:
    real = table().select("key", "tail").with_columns(one=pl.lit(7))
    columns = {
        "key": COLUMNS["key"],
        "tail": COLUMNS["tail"],
        "one": ColumnPlan(action="compute", expression="3 + 4", says=SAYS),
    }
    model = us.fit(real, Plan(engine="trees", privacy="relaxed", columns=columns))
    made = model.sample(500)
    assert made.schema == real.schema
    assert (made["tail"] == made["key"].str.tail(4)).all()
    assert made["one"].unique().to_list() == [7]
    assert model.sample(0).height == 0
