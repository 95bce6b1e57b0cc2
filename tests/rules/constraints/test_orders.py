"""Which columns rules put in order."""

from typing import Any

import pytest

from understudy.data.schema import Column, Schema
from understudy.rules.constraints import orders, read

KINDS = {"a": "integer", "b": "integer", "c": "decimal", "d": "decimal", "day": "date"}
SCHEMA = Schema(tuple(Column(name, kind) for name, kind in KINDS.items()))  # type: ignore[arg-type]
HOLED = Schema(tuple(Column(each.name, each.kind, nullable=True) for each in SCHEMA.columns))


@pytest.mark.parametrize(
    ("rules", "pairs"),
    [
        (["a <= b"], {("a", "b"): False}),
        (["b > a"], {("a", "b"): True}),
        (["c < d"], {("c", "d"): True}),
        (["a + 3 <= b"], {("a", "b"): True}),
        (["a - 3 <= b"], {}),
        (["a == b"], {("a", "b"): False, ("b", "a"): False}),
        (["a <= b or c <= d", "a < 5", "c != d"], {}),
        (["a <= b and not c >= d"], {("a", "b"): False, ("c", "d"): True}),
        (["a <= day"], {}),
        ([{"kind": "inequality", "columns": ["c", "d"], "strict": True}], {("c", "d"): True}),
    ],
)
def test_what_a_rule_says_of_two_columns(rules: list[Any], pairs: dict[tuple[str, str], bool]) -> None:
    assert orders([read(each) for each in rules], HOLED) == pairs


def test_what_follows_along_chains() -> None:
    rules = [read("a <= c"), read("c < d")]
    assert orders(rules, HOLED) == {("a", "c"): False, ("c", "d"): True}
    assert orders(rules, SCHEMA) == {("a", "c"): False, ("c", "d"): True, ("a", "d"): True}
