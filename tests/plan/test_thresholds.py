"""The lines of the verdict on privacy."""

from typing import Any

import pytest

from understudy.errors import PlanError
from understudy.plan.plan import Plan
from understudy.plan.thresholds import USUAL, Thresholds
from understudy.plan.yaml import from_yaml, to_yaml


def test_what_is_not_said_stays() -> None:
    assert Thresholds.of({"excess": 0.1}) == Thresholds(0.05, 0.1, 0.005)
    assert Thresholds.of({}) == USUAL


@pytest.mark.parametrize("said", [{"excess": 0}, {"excess": 1}, {"alpha": "0.1"}, {"copies": True}, {"exces": 0.1}])
def test_no_share_and_no_threshold_is_an_error(said: dict[str, Any]) -> None:
    with pytest.raises(PlanError) as error:
        Plan(thresholds=said)
    assert error.value.field == "thresholds"


def test_a_plan_brings_lines_gates_and_the_protected_column_through_yaml() -> None:
    plan = Plan(thresholds={"copies": 0.01}, gates=("fidelity.pairs>=0.95", "privacy=safe"), protected="sex")
    assert from_yaml(to_yaml(plan)) == plan
    assert from_yaml("gates: [privacy=safe]").gates == ("privacy=safe",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed: 1\ngates: privacy=safe", "line 2.*list"),
        ("gates: [privacy=sage]", "line 1.*safe"),
        ("gates: [3]", "no gate"),
        ("gates: [{a: 1}]", "no gate"),
        ("thresholds: 3", "no mapping"),
        ("thresholds: {excess: 2}", "share between 0 and 1"),
        ("protected: 3", "use text"),
    ],
)
def test_a_mistake_in_a_plan_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        from_yaml(text)
