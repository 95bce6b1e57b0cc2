"""The corpus of planted rules keeps its word, and the judge of proposals tells right from wrong by meaning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@dataclass(frozen=True)
class Told:
    """A proposal written by hand."""

    kind: str
    columns: tuple[str, ...]
    says: Mapping[str, Any]
    exact: bool = True


def computed(name: str, expression: str, *of: str) -> Told:
    return Told("computed", (name, *of), {"columns": {name: {"action": "compute", "expression": expression}}})


def bound(kind: str, *columns: str, **fields: Any) -> Told:
    return Told(kind, columns, {"constraints": [{"kind": kind, "columns": list(columns), **fields}]})


def said(expression: str, *columns: str) -> Told:
    return Told("expression", columns, {"constraints": [expression]})


@pytest.fixture(scope="module", autouse=True)
def _path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield


@pytest.fixture(scope="module")
def verdicts(_path: None) -> ModuleType:
    return import_module("planted.verdicts")


@pytest.fixture(scope="module")
def process(_path: None) -> Any:
    """a + b, a town in its county, days in order, twice the sum, and a slip in 3 % of the rows."""
    planting, kinds = import_module("planted.planting"), import_module("planted.process")
    sketch = planting.Planting("known", 1500, (0,))
    sketch._spelling, col = 0, pl.col
    a, b = sketch.money("a", 20), sketch.money("b", 30)
    total = sketch.computed("sum", "total", col(a) + col(b), (a, b), digits=2)
    town = sketch.category("town", [f"t{place}" for place in range(12)])
    county = sketch.dependent("county", town, ["north", "south", "west"])
    sketch.later("gone", sketch.date("came"), 30)
    sketch.computed("unit change", "twice", 2 * col(total), (total,), digits=2)
    sketch.computed("copy", "slip", col(a), (a,))
    sketch.flag("idle", 0.5)
    sketch.category("far", [1_000_001, 1_000_002, 1_000_003])
    rules = [replace(rule, noise=0.03 if rule.target == "slip" else 0.0) for rule in sketch.rules]
    assert county == "county"
    made = sketch.process()
    return kinds.Process(made.name, made.rows, made.seed, made.steps, tuple(rules), made.shown)


@pytest.fixture(scope="module")
def tried(verdicts: ModuleType, process: Any) -> Any:
    return verdicts.trial(process)


@pytest.fixture
def judge(verdicts: ModuleType, process: Any, tried: Any) -> Any:
    return partial(verdicts.judged, process, tried=tried)


def words(judged: Any) -> list[str]:
    """Words in the order in which the proposals were given."""
    return [each.word for each in judged.verdicts]


def found(judged: Any) -> set[str]:
    return {each.rule.target for each in judged.rules if each.found}


def test_dependency_is_found_and_the_other_rules_are_not(judge: Any) -> None:
    judged = judge([bound("combinations", "county", "town")])
    assert words(judged) == ["right"]
    assert found(judged) == {"county"}


def test_order_is_found_as_a_chain(judge: Any) -> None:
    judged = judge([bound("inequality", "came", "gone")])
    assert words(judged) == ["right"]
    assert found(judged) == {"gone"}


def test_strict_order_is_false_where_days_may_be_the_same(judge: Any) -> None:
    assert words(judge([bound("inequality", "came", "gone", strict=True)])) == ["false"]


def test_order_of_ranges_that_do_not_meet_is_empty(judge: Any) -> None:
    assert words(judge([bound("inequality", "twice", "far")])) == ["empty"]


def test_combinations_of_what_hangs_on_nothing_are_empty_or_false(judge: Any) -> None:
    assert words(judge([bound("combinations", "idle", "county")])) == ["empty"]
    assert words(judge([bound("combinations", "came", "town")])) == ["false"]


def test_idle_column_in_a_dependency_is_not_forgiven(judge: Any) -> None:
    assert words(judge([bound("combinations", "county", "town", "came")])) == ["false"]


def test_inexact_proposal_counts_on_no_side(judge: Any) -> None:
    judged = judge([replace(bound("combinations", "county", "town"), exact=False)])
    assert words(judged) == []
    assert found(judged) == set()


def test_what_cannot_be_read_is_said(judge: Any) -> None:
    assert words(judge([bound("unheard", "a")])) == ["unread"]
    assert words(judge([Told("drop", ("a",), {"columns": {"a": {"action": "drop"}}})])) == ["unread"]
    assert words(judge([bound("inequality", "a", "nowhere")])) == ["unread"]


def test_every_way_to_say_a_sum_finds_it(judge: Any) -> None:
    pytest.importorskip("understudy.rules.expressions")
    for name, expression in (
        ("total", "a + b"), ("total", "round(b + a, 2)"), ("a", "total - b"), ("b", "(2 * total - 2 * a) / 2"),
    ):  # fmt: skip
        judged = judge([computed(name, expression, "a", "b")])
        assert words(judged) == ["right"], expression
        assert found(judged) == {"total"}, expression
    judged = judge([said("total - a == b", "total", "a", "b")])
    assert found(judged) == {"total"}


def test_wrong_formulas_are_false(judge: Any) -> None:
    pytest.importorskip("understudy.rules.expressions")
    for expression in ("a + b + 0.01", "a - b", "1.0001 * a + b", "round(a + b, 1)"):
        judged = judge([computed("total", expression, "a", "b")])
        assert words(judged) == ["false"], expression
        assert found(judged) == set()


def test_weaker_rule_is_no_recall(judge: Any) -> None:
    pytest.importorskip("understudy.rules.expressions")
    judged = judge([said("total >= a", "total", "a")])
    assert found(judged) == set()


def test_noisy_rule_called_exact_is_false(judge: Any) -> None:
    pytest.importorskip("understudy.rules.expressions")
    assert words(judge([computed("slip", "a", "a")])) == ["false"]


def test_restatements_are_redundant_and_recall_stays(judge: Any) -> None:
    pytest.importorskip("understudy.rules.expressions")
    judged = judge([
        computed("total", "a + b", "a", "b"), computed("twice", "2 * total", "total"),
        computed("a", "total - b", "total", "b"), computed("twice", "2 * (a + b)", "a", "b"),
    ])  # fmt: skip
    assert words(judged) == ["right", "right", "redundant", "redundant"]
    assert found(judged) == {"total", "twice"}


def test_rule_told_by_consequence_alone_is_found(judge: Any) -> None:
    pytest.importorskip("understudy.rules.expressions")
    judged = judge([computed("twice", "2 * a + 2 * b", "a", "b"), computed("total", "twice / 2", "twice")])
    assert words(judged) == ["right", "right"]
    assert found(judged) == {"total", "twice"}


def test_true_rule_that_was_not_planted_is_neutral(judge: Any) -> None:
    pytest.importorskip("understudy.rules.expressions")
    assert words(judge([said("len_ok or a < 1e9", "a")])) == ["unread"]
    assert words(judge([Told("range", ("far",), {"constraints": [{"kind": "range", "column": "far", "low": 0}]})])) == [
        "empty"
    ]


@pytest.mark.parametrize(
    ("entry", "rows", "expected"),
    [
        ({"kind": "nulls", "columns": ["x", "y"], "rule": "all_or_none"}, [(1, 1), (None, None), (1, None)], [1, 1, 0]),
        ({"kind": "nulls", "columns": ["x", "y"], "rule": "exactly_one"}, [(1, 1), (None, None), (1, None)], [0, 0, 1]),
        ({"kind": "nulls", "columns": ["x", "y"], "rule": "at_least_one"}, [(1, 1), (None, None)], [1, 0]),
        ({"kind": "one_hot", "columns": ["x", "y"]}, [(1, 0), (1, 1), (0, 0)], [1, 0, 0]),
        ({"kind": "unique", "columns": ["x", "y"]}, [(1, 0), (1, 0), (1, 1)], [0, 0, 1]),
        ({"kind": "inequality", "columns": ["x", "y"]}, [(1, 1), (2, 1), (None, 1)], [1, 0, 1]),
        ({"kind": "positive", "columns": ["x"], "strict": True}, [(1, 1), (0, 1), (None, 1)], [1, 0, 1]),
        ({"kind": "range", "column": "x", "low": 0, "high": 2}, [(0, 1), (3, 1), (-1, 1)], [1, 0, 0]),
        ({"kind": "increments", "column": "x", "step": 5, "start": 1}, [(6, 1), (7, 1)], [1, 0]),
        ({"kind": "monotone", "column": "x", "by": ["y"]}, [(1, 1), (0, 2), (2, 1), (1, 1)], [1, 1, 1, 0]),
        ({"kind": "combinations", "columns": ["x", "y"]}, [(1, 1), (2, 1), (9, 9)], [1, 0, 1]),
    ],
)
def test_constraints_row_by_row(entry: dict, rows: list[tuple], expected: list[int]) -> None:
    claims = import_module("planted.claims")
    schema = {"x": pl.Int64, "y": pl.Int64}
    table = pl.DataFrame([(1, 1), (2, 2), (3, 1)], schema=schema, orient="row")
    claim = claims.claims({"constraints": [entry]}, table, table)[0]
    assert claim(pl.DataFrame(rows, schema=schema, orient="row")).to_list() == [bool(each) for each in expected]


def test_corpora_of_two_seeds_have_nothing_in_common() -> None:
    corpus = import_module("planted.corpus").corpus
    one, other = corpus(11), corpus(12)
    assert len(one) >= 60
    for left, right in zip(one, other, strict=True):
        assert left.rows != right.rows or left.shown != right.shown
        assert not left.rules or {rule.text for rule in left.rules} != {rule.text for rule in right.rules}
    assert [process.shown for process in corpus(11)] == [process.shown for process in one]


def test_tables_vary_and_obey_their_rules() -> None:
    """Exact rules hold in fresh rows and can be broken alone; noisy ones are broken in about their share of rows."""
    processes = import_module("planted.corpus").corpus(21)[::3]
    for process in processes:
        rows = process.draw(3000, 5)
        assert rows.equals(process.draw(3000, 5))
        assert not rows.equals(process.draw(3000, 6))
        for rule in process.rules:
            assert set(rule.columns) <= set(process.shown), (process.name, rule.text)
            share = 1 - float(rule.met(rows).to_numpy().mean())
            if rule.noise:
                assert 0.2 * rule.noise < share < 4 * rule.noise, (process.name, rule.text)
            else:
                assert share == 0, (process.name, rule.text)
    names = {rule.kind for process in processes for rule in process.rules}
    assert len(names) > 20


def test_rule_is_broken_alone(process: Any) -> None:
    for rule in process.rules[:4]:
        rows = process.draw(2000, 9, breaking=rule)
        assert float(rule.met(rows).to_numpy().mean()) < 0.75
        assert all(other.met(rows).all() for other in process.rules[:4] if other is not rule)


def test_figures_answer_their_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that finds nothing has no recall; every target of the group has a figure."""
    figures, targets = import_module("planted.figures"), import_module("targets_proposals").PROPOSALS
    whole = figures.corpus
    monkeypatch.setattr(figures, "corpus", lambda seed: whole(seed)[-8:-6])
    monkeypatch.setattr(figures, "seconds", lambda: 1.0)
    found = figures.figures([0, 1], find=lambda frame, schema: [])
    assert set(found) == {target.name for target in targets}
    assert found["proposals-recall"].values == (0.0, 0.0)
    assert found["proposals-recall"].against(targets[0])["result"] == "NOT MET"
    tables = figures.measured(0, lambda frame, schema: [])
    assert "missed" in figures.report(tables)


def test_broad_table_has_its_size_and_rules() -> None:
    broad = import_module("planted.corpus").broad(rows=2000)
    assert broad.table().shape == (2000, 50)
    assert all(set(rule.columns) <= set(broad.shown) for rule in broad.rules)


def test_gap_in_one_fused_column_does_not_excuse_another() -> None:
    claims = import_module("planted.claims")
    chain = {"town": ["a", "b", "c", "d"] * 9, "land": ["x", "x", "y", "z"] * 9, "side": ["l", "l", "l", "r"] * 9}
    towns = pl.DataFrame(chain)
    claim = claims.claims({"constraints": [{"kind": "combinations", "columns": towns.columns}]}, towns, towns)[0]
    cases = [("c", "x", None), (None, "x", "r"), ("new", "z", "r"), ("a", None, "l")]
    assert claim(pl.DataFrame(cases, towns.schema, orient="row")).to_list() == [False, False, True, True]
