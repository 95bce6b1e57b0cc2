"""Planted patterns are found as they were planted, exact ones as exact, and told once."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from understudy.data.schema import Column, Schema
from understudy.plan.proposals.patterns.patterns import patterns
from understudy.plan.proposals.proposal import Proposal

KINDS = {pl.String: "categorical", pl.Int64: "integer", pl.Float64: "decimal", pl.Boolean: "boolean", pl.Date: "date"}
SEEDS = range(3)
ROWS = 1500
LIMITS = np.array([12_000, 16_000, 20_000])


def schema_of(frame: pl.DataFrame, **kinds: str) -> Schema:
    return Schema(tuple(Column(name, kinds.get(name, KINDS[type(frame[name].dtype)])) for name in frame.columns))  # type: ignore[arg-type]


def found(columns: Mapping[str, Any], **kinds: str) -> list[Proposal]:
    frame = pl.DataFrame({name: pl.Series(name, values, strict=False) for name, values in columns.items()})
    frame = frame.with_columns(pl.col(pl.Int32).cast(pl.Int64))
    return [each for each in patterns(frame, schema_of(frame, **kinds)) if each.kind != "rare"]


def only(proposals: list[Proposal], kind: str) -> Proposal:
    assert [each.kind for each in proposals] == [kind], proposals
    return proposals[0]


def constraints(proposal: Proposal) -> list[Any]:
    return list(proposal.says["constraints"])


def words(rng: np.random.Generator, stem: str, levels: int, rows: int = ROWS) -> np.ndarray:
    return np.array([f"{stem}{place:02d}" for place in rng.integers(0, levels, rows)])


def masked(values: np.ndarray, gone: np.ndarray) -> list[Any]:
    return [None if lost else value for value, lost in zip(values.tolist(), gone, strict=True)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_recode_is_one_set_of_combinations(seed: int) -> None:
    rng = np.random.default_rng(seed)
    number = rng.integers(0, 9, ROWS)
    names = rng.permutation([f"name {place}" for place in range(9)])
    told = only(found({"code": number, "name": names[number], "other": words(rng, "o", 5)}), "recode")
    assert constraints(told) == [{"kind": "combinations", "columns": ["name", "code"]}]
    assert told.exact
    assert told.rows == ROWS


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chain_is_told_once_and_from_its_finest_column(seed: int) -> None:
    rng = np.random.default_rng(seed)
    street = rng.integers(0, 60, ROWS)
    town, land = rng.integers(0, 15, 60), rng.integers(0, 4, 15)
    told = found({
        "land": np.array([f"l{each}" for each in land[town[street]]]),
        "street": np.array([f"s{each}" for each in street]),
        "town": np.array([f"t{each}" for each in town[street]]),
        "other": words(rng, "o", 6),
    })  # fmt: skip
    told = only(told, "dependency")
    assert constraints(told) == [{"kind": "combinations", "columns": ["street", "town", "land"]}]
    assert told.exact


@pytest.mark.parametrize("seed", SEEDS)
def test_broken_rows_of_a_dependency_are_counted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 30, 4000)
    land = rng.integers(0, 6, 30)[town]
    wrong = rng.choice(4000, 6, replace=False)
    land[wrong] = (land[wrong] + 1) % 6
    told = found({
        "town": np.array([f"t{each}" for each in town]), "land": np.array([f"l{each}" for each in land]),
    })  # fmt: skip
    told = only(told, "dependency")
    assert told.broken == 6
    assert not told.exact


@pytest.mark.parametrize("seed", SEEDS)
def test_two_columns_fix_a_third_that_neither_fixes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, two = rng.integers(0, 8, ROWS), rng.integers(0, 6, ROWS)
    zone = rng.integers(0, 7, (8, 6))[one, two]
    told = found({
        "from": np.array([f"f{each}" for each in one]), "to": np.array([f"t{each}" for each in two]),
        "zone": np.array([f"z{each}" for each in zone]), "other": words(rng, "o", 7),
    })  # fmt: skip
    told = only(told, "dependency")
    assert told.columns == ("from", "to", "zone")
    assert told.exact


@pytest.mark.parametrize("seed", SEEDS)
def test_what_one_value_fixes_is_one_proposal_both_ways(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = rng.choice(["fibre", "cable", "no"], ROWS)
    services = {f"service{place}": np.where(net == "no", "none", rng.choice(["yes", "no"], ROWS)) for place in range(4)}
    told = only(found({"net": net, **services, "other": words(rng, "o", 4)}), "nested")
    said = constraints(told)
    assert {f"net == 'no' -> {name} == 'none'" for name in services} <= set(said)
    assert {f"{name} == 'none' -> net == 'no'" for name in services} <= set(said)
    assert len(said) == 8
    assert told.exact


@pytest.mark.parametrize("seed", SEEDS)
def test_a_code_stands_exactly_where_another_number_is_zero(seed: int) -> None:
    rng = np.random.default_rng(seed)
    previous = np.where(rng.random(ROWS) < 0.7, 0, rng.integers(1, 6, ROWS))
    days = np.where(previous == 0, 999, rng.integers(1, 27, ROWS))
    told = found({"pdays": days, "previous": previous, "other": words(rng, "o", 4)})
    (told,) = [each for each in told if each.kind == "sentinel"]
    assert set(constraints(told)) == {"previous == 0 -> pdays == 999", "pdays == 999 -> previous == 0"}


@pytest.mark.parametrize("seed", SEEDS)
def test_gaps_that_follow_a_value_and_nothing_else(seed: int) -> None:
    rng = np.random.default_rng(seed)
    state = rng.choice(["open", "shut", "gone"], ROWS)
    why = masked(words(rng, "w", 5), state != "gone")
    told = only(found({"state": state, "why": why, "other": words(rng, "o", 4)}), "nulls")
    assert set(constraints(told)) == {"state == 'gone' -> why is present", "why is present -> state == 'gone'"}


@pytest.mark.parametrize("seed", SEEDS)
def test_all_or_none_and_exactly_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lost, first = rng.random(ROWS) < 0.3, rng.random(ROWS) < 0.5
    told = found({
        "a": masked(rng.normal(size=ROWS), lost), "b": masked(words(rng, "b", 4), lost),
        "card": masked(words(rng, "c", 6), first), "bank": masked(words(rng, "d", 6), ~first),
    })  # fmt: skip
    assert [constraints(each) for each in told] == [
        [{"kind": "nulls", "columns": ["a", "b"], "rule": "all_or_none"}],
        [{"kind": "nulls", "columns": ["card", "bank"], "rule": "exactly_one"}],
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_one_hot_columns_are_found_among_other_flags(seed: int) -> None:
    rng = np.random.default_rng(seed)
    way = rng.integers(0, 5, ROWS)
    flags = {f"by_{place}": way == place for place in range(5)}
    told = only(found({**flags, "other": rng.random(ROWS) < 0.3, "rare": rng.random(ROWS) < 0.02}), "one_hot")
    assert constraints(told) == [{"kind": "one_hot", "columns": list(flags)}]


@pytest.mark.parametrize("seed", SEEDS)
def test_caps_are_seen_and_zero_is_none(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value = np.minimum(rng.lognormal(5, 0.6, ROWS).round(0), 400).astype(int)
    gain = np.where(rng.random(ROWS) < 0.8, 0, rng.integers(1, 5000, ROWS))
    told = only(found({"value": value, "gain": gain}), "capped")
    assert constraints(told) == [{"kind": "range", "column": "value", "high": 400}]
    assert told.support == int((value == 400).sum())


def test_rare_categories_are_counted_and_not_named() -> None:
    frame = pl.DataFrame({"c": ["a"] * 50 + ["b"] * 40 + ["secret"] * 3 + ["hidden"]})
    (told,) = patterns(frame, schema_of(frame))
    assert told.kind == "rare"
    assert dict(told.says) == {}
    assert "2 of 4 values" in told.reason
    assert "4 of 94 rows" in told.reason
    assert "secret" not in told.reason
    assert "hidden" not in told.reason


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_out_of_a_total(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days = rng.multinomial(7, [0.5, 0.2, 0.3], ROWS)
    part = rng.multinomial(20, [0.4, 0.4, 0.2], ROWS)
    part[:2, :2] = [[20, 0], [0, 20]]
    told = found({
        "sun": days[:, 0], "rain": days[:, 1], "snow": days[:, 2], "right": part[:, 0], "wrong": part[:, 1],
    })  # fmt: skip
    said = [text for each in told if each.kind == "counts" for text in constraints(each)]
    assert said == ["sun + rain + snow == 7", "right + wrong <= 20"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flag_that_is_any_or_all_of_others(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, two, three = (rng.random(ROWS) < share for share in (0.05, 0.3, 0.6))
    told = found({"one": one, "two": two, "three": three, "any": one | two, "all": two & three})
    said = {each.columns[0]: each.says["columns"][each.columns[0]]["expression"] for each in told}
    assert said == {"any": "one or two", "all": "two and three"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flag_of_flags_with_exceptions_counts_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, two = rng.random(5000) < 0.05, rng.random(5000) < 0.06
    failed = one | two
    failed[np.flatnonzero(~failed)[:5]] = True
    told = found({"failed": failed, "one": one, "two": two})
    (computed,) = [each for each in told if each.kind == "computed"]
    assert computed.broken == 5
    (rule,) = [each for each in told if each.kind == "nested"]
    assert rule.exact
    assert set(constraints(rule)) == {"not failed -> not one", "not failed -> not two"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("flag", "text"),
    [
        (lambda t: t["a"] > 250, "a > 250"),
        (lambda t: (t["a"] - t["b"] < 20) & (t["c"] < 50), "a - b"),
        (lambda t: t["b"] * t["c"] >= 9000, "b * c >= 9000"),
        (lambda t: (t["b"] * t["c"] < 2000) | (t["b"] * t["c"] > 9000), "b * c"),
        (lambda t: (t["k"] == "k01") | (t["c"] < 30), "k == 'k01'"),
        (lambda t: t["a"] * t["c"] > LIMITS[np.unique(t["k"], return_inverse=True)[1]], "k =="),
    ],
)  # fmt: skip
def test_thresholds_explain_a_flag_in_every_row(seed: int, flag: Any, text: str) -> None:
    rng = np.random.default_rng(seed)
    table = {
        "a": rng.integers(0, 300, 3000), "b": rng.integers(1, 200, 3000), "c": rng.integers(10, 90, 3000),
        "k": words(rng, "k", 3, 3000),
    }  # fmt: skip
    told = found({**table, "flag": flag(table)})
    told = only(told, "computed")
    expression = told.says["columns"]["flag"]["expression"]
    assert text in expression
    assert told.exact
    expressions = pytest.importorskip("understudy.rules.expressions")
    frame = pl.DataFrame(table)
    assert (expressions.parse(expression).over(frame).to_numpy() == flag(table)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_bands_of_a_number_with_gaps_are_held_where_it_is_present(seed: int) -> None:
    rng = np.random.default_rng(seed)
    age = rng.integers(0, 95, ROWS)
    band = np.select([age < 18, age < 65], ["child", "adult"], "senior")
    whole = only(found({"age": age, "band": band}), "computed")
    assert whole.says["columns"]["band"]["expression"] == "if(age < 18, 'child', if(age < 65, 'adult', 'senior'))"
    lost = rng.random(ROWS) < 0.1
    part = only(found({"age": masked(age, lost), "band": band}), "computed")
    assert constraints(part) == ["age is present -> band == if(age < 18, 'child', if(age < 65, 'adult', 'senior'))"]
    assert part.rows == ROWS - lost.sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_two_columns_are_unique_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = date(2020, 1, 1)
    days = [start + timedelta(days=place) for place in range(120)]
    pairs = [(day, f"s{name}") for day in days for name in range(20) if rng.random() < 0.8]
    told = found({"day": [day for day, _ in pairs], "share": [name for _, name in pairs]})
    assert constraints(only(told, "unique")) == [{"kind": "unique", "columns": ["day", "share"]}]


def test_nothing_is_said_of_no_rows_and_of_few() -> None:
    for rows in (0, 1, 2, 5):
        frame = pl.DataFrame({"a": ["x"] * rows, "b": list(range(rows)), "c": [None] * rows}, schema_overrides={
            "a": pl.String, "b": pl.Int64, "c": pl.Boolean})  # fmt: skip
        assert patterns(frame, schema_of(frame)) == []
