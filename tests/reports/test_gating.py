"""Gates held against reports."""

import pytest

from understudy.errors import PlanError
from understudy.metrics.measure import Measure
from understudy.reports.gating import passages, read
from understudy.reports.summary import Report

REPORT = Report(
    (
        Measure("fidelity.pairs", 0.96, 0.95, 0.97, 0.97, 0.7),
        Measure("fidelity.c2st_holdout", None, note="there is no holdout"),
        Measure("privacy.membership_distance", 0.0, -0.02, 0.02, 0.0, parts={"p": 0.5}),
    )
)


@pytest.mark.parametrize(
    ("gate", "passed", "said"),
    [
        ("fidelity.pairs>=0.95", True, "fidelity.pairs is 0.96"),
        ("fidelity.pairs.low>0.95", False, "low is 0.95"),
        ("fidelity.c2st_holdout<=0.6", False, "there is no holdout"),
        ("privacy=safe", True, "safe"),
        ("utility>=fair", False, "not measured"),
        ("privacy.matching<=0.1", False, "one by one"),
    ],
)
def test_each_gate_says_what_was_found(gate: str, passed: bool, said: str) -> None:
    (found,) = passages(REPORT, read([gate]))
    assert found.passed is passed
    assert said in found.text
    assert found.gate == gate


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("fidelity.pear>=0.9", "did you mean 'fidelity.pairs'"),
        ("fidelity>=0.9", "no verdict"),
        ("fidelity.pairs=good", "no number"),
        ("fairness=good", "no score"),
    ],
)
def test_a_gate_on_what_there_is_not_is_an_error_before_anything_is_judged(gate: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        read([gate])
