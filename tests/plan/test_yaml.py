"""Plans as YAML: what is written is read back, commented for people; mistakes are told with line and field."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from understudy.errors import PlanError, SourceMissing
from understudy.plan.plan import ACTIONS, ColumnPlan, Plan
from understudy.plan.shares import FILTERS
from understudy.plan.yaml import COMMENTS, from_yaml, read_plan, to_yaml

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=30) | st.sampled_from(
    ["self", "a.b", "a b", "é", "🙂", "#", "a: b", "- x", "null", "true", "1", "1.0", "1e3", "2020-01-01", "no", "~",
     "", "*a", "&a", "!x", "%", "@", "`", "'", '"', "\n", "a\nb", "a\tb", "? x", "{}", "[", "x" * 300, "=", "<<",
     "0o7", "\x85"]
)  # fmt: skip
NAMES = WORDS
SCALARS = WORDS | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.booleans()
SAYS = st.dictionaries(
    st.sampled_from(["kind", "format", "missing", "decimals", "zone"]),
    SCALARS | st.lists(WORDS, max_size=3),
    max_size=3,
)


@st.composite
def column_plans(draw: st.DrawFn) -> ColumnPlan:
    action = draw(st.sampled_from(ACTIONS))
    provider = draw(st.none() | st.sampled_from(["email", "id"])) if action == "generate" else None
    expression = draw(st.sampled_from(["1 + 2", "'x'", "if(true, 1, missing)"])) if action == "compute" else None
    said = {"expression": expression, "says": draw(SAYS), "reason": draw(WORDS)}
    return ColumnPlan(action, provider, draw(st.booleans()), **said)  # type: ignore[arg-type]


RULES = st.sampled_from(
    ["a <= b", {"kind": "unique", "columns": ["a b", "#"]}, {"kind": "range", "column": "d", "low": "2020-01-01"},
     {"kind": "regex", "column": "é", "pattern": "[a-z]: #.*"}, {"kind": "range", "column": "x", "low": 0, "high": 1.5}]
)  # fmt: skip
SHARES = st.dictionaries(
    WORDS | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none(),
    st.floats(0, 0.25),
    min_size=1,
    max_size=4,
)
PLANS = st.builds(
    Plan,
    columns=st.dictionaries(NAMES, column_plans(), max_size=4),
    data=st.none() | WORDS,
    engine=WORDS,
    options=st.dictionaries(WORDS, SCALARS, max_size=3),
    rows=st.none() | st.integers(0, 10**12),
    seed=st.integers(0, 2**63 - 1),
    k=st.integers(1, 10_000),
    holdout=st.none() | st.floats(0, 1, exclude_min=True, exclude_max=True),
    entity=st.none() | NAMES,
    time=st.none() | NAMES,
    target=st.none() | NAMES,
    constraints=st.lists(RULES, max_size=3).map(tuple),
    by=st.lists(NAMES, max_size=2, unique=True).map(tuple),
    copies=st.integers(1, 1000),
    output=st.none() | WORDS,
).flatmap(
    lambda plan: st.one_of(
        st.lists(NAMES, max_size=2, unique=True).map(
            lambda names: replace(plan, replace=tuple(names), rows=None if names else plan.rows)
        ),
        st.builds(
            partial(replace, plan),
            rebalance=st.dictionaries(NAMES, SHARES, max_size=1),
            impute=st.booleans(),
            filters=st.dictionaries(st.sampled_from(FILTERS), st.floats(0.001, 0.9), max_size=2),
        ),
    )
)


@given(PLANS)
@settings(deadline=None, max_examples=150)
@example(Plan(columns={"x" * 300: ColumnPlan(reason="long"), "a\nb": ColumnPlan(reason="two\nlines")}))
@example(
    Plan(columns={"1": ColumnPlan(), "true": ColumnPlan("drop"), "": ColumnPlan("keep", says={"missing": ("", "?")})})
)
def test_a_plan_is_read_as_it_was_written(plan: Plan) -> None:
    text = to_yaml(plan)
    again = from_yaml(text)
    assert again == plan
    assert list(again.columns) == list(plan.columns)
    assert from_yaml(to_yaml(again)) == plan


def test_every_choice_is_commented() -> None:
    text = to_yaml(Plan(columns={"a": ColumnPlan(reason="few values"), "b": ColumnPlan("generate", "email")}))
    for name, comment in COMMENTS.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
        assert line.endswith(f"# {comment}")
    assert "# few values" in text
    assert "# action: learn, compute" in text
    assert "provider: email" in text


def test_wide_plans_are_written_and_read() -> None:
    plan = Plan(columns={f"column {number} * & {number}": ColumnPlan(reason="r" * 50) for number in range(2000)})
    assert from_yaml(to_yaml(plan)) == plan


def test_short_forms_are_read() -> None:
    plan = from_yaml("columns:\n  a: drop\n  b:\n  c: {action: keep}\n1: 2\n".replace("1: 2\n", ""))
    assert plan.columns == {"a": ColumnPlan("drop"), "b": ColumnPlan(), "c": ColumnPlan("keep")}
    assert from_yaml("") == Plan()
    assert from_yaml("engine:\nseed:\nk:\noptions:\ncolumns:\n") == Plan()


@pytest.mark.parametrize(
    ("text", "line", "field", "says"),
    [
        ("seed: 1\nengin: trees\n", 2, "engin", "did you mean 'engine'"),
        ("seed: 1\nk: 0\n", 2, "k", "1 or more"),
        ("\n\nrows: -3\n", 3, "rows", "0 or more"),
        ("seed: one\n", 1, "seed", "whole number"),
        ("seed: 1\nholdout: 2\n", 2, "holdout", "between 0 and 1"),
        ("seed: 1\nholdout: much\n", 2, "holdout", "between 0 and 1"),
        ("data: [1, 2]\n", 1, "data", "text"),
        ("k: 8\ntarget: 5\n", 2, "target", "text"),
        ("columns:\n  a: learn\n  b: lern\n", 3, "action", "did you mean 'learn'"),
        ("columns:\n  a:\n    action: learn\n    provder: x\n", 4, "provder", "did you mean 'provider'"),
        ("columns:\n  a:\n    action: learn\n    provider: email\n", 2, "provider", "generate"),
        ("columns:\n  a:\n    exempt: maybe\n", 2, "exempt", "true or false"),
        ("columns: [a, b]\n", 1, "columns", "mapping"),
        ("options: fast\n", 1, "options", "mapping"),
        ("columns:\n  a: [learn]\n", 2, "columns.a", "mapping"),
        ("columns:\n  a:\n    schema: integer\n", 2, "columns.a.schema", "mapping"),
        ("seed: 1\nrebalance: [a]\n", 2, "rebalance", "column"),
        ("rebalance:\n  a: {x: 0.5}\n  b: {x: 0.5}\n", 1, "rebalance", "column"),
        ("rebalance:\n  a:\n    x: 0.5\n    y: lots\n", 4, "rebalance.a.y", "sum to 1 or less"),
        ("rebalance:\n  a:\n    x: 0.5\n    y: 0.7\n", 2, "rebalance.a", "sum to 1.2"),
        ("rebalance:\n  a:\n    2020-01-01: 0.5\n", 2, "rebalance.a", "not plain"),
        ("seed: 1\nimpute: maybe\n", 2, "impute", "true or false"),
        ("filters: near\n", 1, "filters", "mapping"),
        ("filters:\n  near: 0.1\n  far: 0.1\n", 3, "filters.far", "near"),
        ("filters:\n  near: 0.1\n  outlying: 2\n", 3, "filters.outlying", "between 0 and 1"),
        ("replace: [a]\nimpute: true\n", 2, "impute", "do not go together"),
        ("columns:\n  a: {expression: 'b + ('}\n", 2, "columns.a.expression", "column 'a', at the end"),
        ("columns:\n  a: learn\n  b: {expression: 'foo(a)'}\n", 3, "columns.b.expression", "character 1, at 'foo(a)'"),
    ],
)
def test_mistakes_are_told_with_line_and_field(text: str, line: int, field: str, says: str) -> None:
    with pytest.raises(PlanError) as caught:
        from_yaml(text, where="my.yaml")
    message = str(caught.value)
    assert f"my.yaml, line {line}" in message
    assert says in message
    assert caught.value.field == field
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    ["a: [1", "a: b: c", "\t- x", "- 1\n- 2", "just words", "a: 1\na: 2", "--- 1\n--- 2",
     "a: !!python/object:os.system x", "a: \x00", "{", "&a [*a]", "version: 99", "? [a]\n: b",
     "version: [1]", "options: {a: {b: c}}",
     "columns: {a: {schema: {missing: [[x]]}}}"],
)  # fmt: skip
def test_what_is_no_plan_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(PlanError) as caught:
        from_yaml(text)
    assert "\n" not in str(caught.value)


def test_tags_execute_nothing(tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    for tag in ("!!python/object/apply:os.mkdir", "!!python/object/new:os.mkdir", "!!python/name:os.mkdir"):
        with pytest.raises(PlanError):
            from_yaml(f"options: {tag} ['{planted}']\n")
    assert not planted.exists()


def test_a_bomb_of_aliases_is_refused() -> None:
    rows = ["options:", "  a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    with pytest.raises(PlanError, match=r"stands for something else \(plan, line 3\)"):
        from_yaml("\n".join(rows))


@pytest.mark.parametrize("text", ["[" * 5000 + "]" * 5000, "{a: " * 5000 + "1" + "}" * 5000, "\n- " + "- " * 5000])
def test_endless_nests_are_refused_at_once(text: str) -> None:
    begun = perf_counter()
    with pytest.raises(PlanError, match=r"nested too deeply \(plan, line \d\): 20 levels at most"):
        from_yaml(f"options: {text}\n")
    assert perf_counter() - begun < 2


def test_files_are_read_and_their_data_found(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("data: sub/real.csv\n")
    assert read_plan(path).data == str(tmp_path / "sub" / "real.csv")
    path.write_text("data: /else/real.csv\n")
    assert read_plan(path).data == "/else/real.csv"
    with pytest.raises(SourceMissing, match="understudy init"):
        read_plan(tmp_path / "none.yaml")
    with pytest.raises(SourceMissing):
        read_plan(tmp_path)
    path.write_bytes("data: café\n".encode("latin-1"))
    with pytest.raises(PlanError, match="UTF-8"):
        read_plan(path)
    path.write_bytes(b"\x00\x01\x02PK")
    with pytest.raises(PlanError):
        read_plan(path)
