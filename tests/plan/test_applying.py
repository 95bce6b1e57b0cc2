"""From proposals to a plan: what is exact is applied, what contradicts or would lose cells is told aside."""

import polars as pl

from understudy.data.infer import infer
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.plan.applying import Applied, apply, told
from understudy.plan.proposals import Proposal, propose

ROWS = 60


def applied(proposals: list[Proposal], gap: bool = False) -> Applied:
    a, b = [7 * each % 23 for each in range(ROWS)], [each % 7 for each in range(ROWS)]
    total, mail = [sum(each) for each in zip(a, b, strict=True)], [f"u{each}@x.org" for each in range(ROWS)]
    columns = {"a": a, "b": [None, *b[1:]] if gap else b, "total": total, "mail": mail}
    table = Table(pl.DataFrame(columns))
    schema = infer(table)
    return apply(propose(schema), proposals, parse(table, schema).frame, schema)


def sum_of(broken: int = 0) -> Proposal:
    says = {"columns": {"total": {"action": "compute", "expression": "a + b"}}}
    return Proposal("computed", ("total", "a", "b"), says, ROWS, broken, "a + b in all rows")


def rule(text: str) -> Proposal:
    return Proposal("order", ("a", "b"), {"constraints": [text]}, ROWS, 0, f"{text} in all rows")


def test_an_exact_rule_is_applied_with_its_reason() -> None:
    found = applied([sum_of(), rule("a <= total")])
    assert found.plan.columns["total"].expression == "a + b"
    assert found.plan.columns["total"].reason == "a + b in all rows"
    assert list(found.reasons.values()) == ["a <= total in all rows"]
    assert found.aside == ()


def test_what_rows_break_is_told_aside() -> None:
    found = applied([sum_of(broken=1)])
    assert found.plan.columns["total"].action == "learn"
    assert [told(each) for each in found.aside] == [
        "a + b in all rows: columns.total: {action: compute, expression: a + b}"
    ]


def test_a_formula_that_would_lose_cells_is_told_aside() -> None:
    assert applied([sum_of()], gap=True).plan.columns["total"].action == "learn"


def test_a_rule_that_contradicts_an_earlier_one_is_told_aside() -> None:
    found = applied([rule("b < a"), rule("a < b")])
    assert [each.to_plain() for each in found.plan.constraints] == ["b < a"]
    assert [each.says["constraints"] for each in found.aside] == [["a < b"]]


def test_invented_columns_are_bound_by_nothing() -> None:
    found = applied([Proposal("regex", ("mail",), {"constraints": ["length(mail) > 3"]}, ROWS, 0, "why")])
    assert found.plan.constraints == ()
    assert len(found.aside) == 1


def test_a_computed_column_is_computed_once() -> None:
    found = applied([sum_of(), sum_of()])
    assert len(found.aside) == 1
