"""Plans: what may be asked, and what the schema proposes."""

import pytest

from understudy.data.schema import Column, Schema
from understudy.errors import PlanError, UnknownColumn
from understudy.plan.plan import ColumnPlan, Plan
from understudy.plan.proposals import propose

SCHEMA = Schema(
    (
        Column("guest", "id", unique=True, reason="every value differs"),
        Column("mail", "categorical", semantic="email"),
        Column("notes", "text"),
        Column("room", "categorical"),
        Column("rate", "decimal"),
    )
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rows", -1), ("rows", True), ("rows", 1.5), ("rows", "10"), ("k", 0), ("k", None), ("k", "8"), ("k", False),
        ("seed", -1), ("seed", 2**63), ("seed", None), ("seed", 0.0), ("holdout", 0), ("holdout", 1), ("holdout", -0.5),
        ("holdout", "a"), ("holdout", True), ("holdout", float("nan")),
    ],
)  # fmt: skip
def test_fields_out_of_range_are_named(field: str, value: object) -> None:
    with pytest.raises(PlanError, match=field) as caught:
        Plan(**{field: value})  # type: ignore[arg-type]
    assert caught.value.field == field
    assert "\n" not in str(caught.value)


def test_the_ends_of_the_ranges_are_in() -> None:
    Plan(rows=0, k=1, seed=0, holdout=0.5)
    Plan(rows=None, seed=2**63 - 1)


def test_column_plans_are_checked() -> None:
    with pytest.raises(PlanError, match="did you mean 'generate'"):
        ColumnPlan("generat")  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="provider"):
        ColumnPlan("learn", provider="email")
    assert ColumnPlan(says={"missing": ["?"]}) == ColumnPlan(says={"missing": ("?",)}, reason="asked")


def test_keys_text_and_personal_data_are_invented() -> None:
    plan = propose(SCHEMA)
    assert {name: (column.action, column.provider) for name, column in plan.columns.items()} == {
        "guest": ("generate", "id"),
        "mail": ("generate", "email"),
        "notes": ("generate", "text"),
        "room": ("learn", None),
        "rate": ("learn", None),
    }
    assert plan.columns["guest"].reason == "every value differs"


def test_what_the_user_says_stands_over_the_proposal() -> None:
    mine = Plan(columns={"mail": ColumnPlan("drop"), "rate": ColumnPlan(exempt=True, says={"decimals": 1})}, seed=3)
    full = mine.over(propose(SCHEMA))
    assert full.seed == 3
    assert full.columns["mail"].action == "drop"
    assert list(full.columns) == list(SCHEMA.names)
    assert full.acting("generate") == ["guest", "notes"]
    assert full.edits() == {"rate": {"decimals": 1}}
    assert mine.columns.keys() == {"mail", "rate"}


@pytest.mark.parametrize("place", ["columns.rome", "entity", "time", "target"])
def test_unknown_columns_are_named_with_the_nearest(place: str) -> None:
    plan = Plan(columns={"rome": ColumnPlan()}) if place.startswith("columns") else Plan(**{place: "rome"})
    with pytest.raises(UnknownColumn, match="did you mean 'room'") as caught:
        plan.check(SCHEMA.names)
    assert caught.value.field == place
    Plan(columns={"room": ColumnPlan()}, target="rate").check(SCHEMA.names)


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (Plan(columns={"rate": ColumnPlan("drop")}, constraints=("room == 'x'", "rate > 0")), "constraints[1]"),
        (
            Plan(columns={"rate": ColumnPlan("drop"), "room": ColumnPlan(expression="text(rate)")}),
            "columns.room.expression",
        ),
    ],
)
def test_what_rules_and_expressions_need_is_not_dropped(asked: Plan, place: str) -> None:
    with pytest.raises(UnknownColumn, match=r"no column 'rate' is left.*the plan drops it") as caught:
        asked.check(SCHEMA.names)
    assert caught.value.field == place
    Plan(columns={"mail": ColumnPlan("drop")}, constraints=("rate > 0",)).check(["mail", "rate"])


@pytest.mark.parametrize(
    ("said", "action", "provider"),
    [
        (ColumnPlan(), "generate", "email"),
        (ColumnPlan(says={"kind": "text"}), "generate", "email"),
        (ColumnPlan(provider="phone"), "generate", "phone"),
        (ColumnPlan("generate"), "generate", "email"),
        (ColumnPlan("learn"), "learn", None),
        (ColumnPlan("keep"), "keep", None),
    ],
)
def test_what_a_plan_leaves_open_is_as_proposed(said: ColumnPlan, action: str, provider: str | None) -> None:
    proposed = Plan(columns={"mail": ColumnPlan("generate", "email", reason="e-mail"), "age": ColumnPlan("learn")})
    full = Plan(columns={"mail": said}).over(proposed)
    assert (full.columns["mail"].action, full.columns["mail"].provider) == (action, provider)
    assert full.columns["mail"].says == said.says
    assert full.columns["age"].action == "learn"


def test_a_provider_alone_turns_a_learned_column_into_an_invented_one() -> None:
    full = Plan(columns={"age": ColumnPlan(provider="id")}).over(Plan(columns={"age": ColumnPlan("learn")}))
    assert (full.columns["age"].action, full.columns["age"].provider) == ("generate", "id")
