"""Rules measured: every kind of constraint at once on four tables, what it costs in closeness and in time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import polars as pl
from measuring import SHARED
from targets import Found

import understudy as us
from understudy.data.embedded import hotels_path
from understudy.data.infer import infer
from understudy.data.table import Source, Table
from understudy.data.values import parse
from understudy.models.model import Model
from understudy.plan.plan import ColumnPlan, Plan
from understudy.rules.constraints import KINDS

ROWS, SEEDS, TIMES = 100_000, 3, 3


@dataclass(frozen=True)
class Ruled:
    """A table with rules on it.

    Attributes:
        path: of the real data.
        more: columns added to it, so that every kind of rule has some to speak of.
        computed: the expression of each computed column.
        constraints: one of every kind, at least.
        given: conditions under which rows are drawn, one after the other.
    """

    path: Callable[[], Any]
    more: Mapping[str, pl.Expr]
    computed: Mapping[str, str]
    constraints: tuple[Any, ...]
    given: tuple[Mapping[str, Any], ...]

    @property
    def plan(self) -> Plan:
        """With all rules."""
        columns = {name: ColumnPlan("compute", expression=text) for name, text in self.computed.items()}
        return Plan(columns=columns, constraints=self.constraints)

    def table(self) -> pl.DataFrame:
        """The real rows, typed, with the columns added."""
        table = us.read(self.path())
        return parse(table, infer(table)).frame.with_columns(**self.more)


ADULT = Ruled(
    lambda: SHARED / "adult" / "adult.csv.gz",
    {
        "male": pl.col("sex") == "Male",
        "female": pl.col("sex") == "Female",
        "net": pl.col("capital_gain") - pl.col("capital_loss"),
    },
    {"net": "capital_gain - capital_loss"},
    (
        {"kind": "range", "column": "age", "low": 17, "high": 80},
        {"kind": "positive", "columns": ["capital_gain", "capital_loss"]},
        {"kind": "inequality", "columns": ["education_num", "age"]},
        {"kind": "combinations", "columns": ["education", "education_num"]},
        {"kind": "increments", "column": "hours_per_week", "step": 1},
        {"kind": "one_hot", "columns": ["male", "female"]},
        {"kind": "unique", "columns": ["age", "fnlwgt", "hours_per_week", "occupation", "relationship", "education"]},
        {"kind": "nulls", "columns": ["workclass", "occupation"], "rule": "as_seen"},
        {"kind": "mixed_scales", "column": "capital_gain", "by": "income"},
        {"kind": "monotone", "column": "fnlwgt", "by": ["race", "sex"]},
        {"kind": "conditional", "when": "relationship == 'Husband'", "then": "sex == 'Male'"},
        {"kind": "regex", "column": "workclass", "pattern": "[A-Z][A-Za-z-]*"},
        {"kind": "expression", "text": "capital_gain == 0 or capital_loss == 0"},
    ),
    ({"income": ">50K"}, {"education": ["Masters", "HS-grad"], "age": us.between(30, 40)}, {"net": 0}),
)
HOUSES = Ruled(
    lambda: SHARED / "kc_house" / "kc_house.csv.gz",
    {"renovated": pl.col("yr_renovated") > 0, "as_built": pl.col("yr_renovated") == 0},
    {"sqft_living": "sqft_above + sqft_basement"},
    (
        {"kind": "range", "column": "grade", "low": 3, "high": 13},
        {"kind": "positive", "columns": ["price", "sqft_lot"], "strict": True},
        {"kind": "inequality", "columns": ["sqft_above", "sqft_living"]},
        {"kind": "combinations", "columns": ["floors", "waterfront"]},
        {"kind": "increments", "column": "bathrooms", "step": 0.25},
        {"kind": "one_hot", "columns": ["renovated", "as_built"]},
        {"kind": "unique", "columns": ["price", "sqft_living", "sqft_lot", "lat"]},
        {"kind": "nulls", "columns": ["view", "condition"], "rule": "all_or_none"},
        {"kind": "mixed_scales", "column": "price", "by": "condition"},
        {"kind": "monotone", "column": "date"},
        {"kind": "conditional", "when": "bedrooms >= 6", "then": "sqft_living >= 1000"},
        {"kind": "regex", "column": "zipcode", "pattern": "98[0-9]{3}"},
        "yr_renovated == 0 or yr_renovated >= yr_built",
    ),
    ({"condition": 5}, {"sqft_living": us.between(2000, 2500)}, {"grade": [7, 8], "renovated": True}),
)
CREDIT = Ruled(
    lambda: SHARED / "credit_default" / "credit_default.csv.gz",
    {
        "owed": pl.col("BILL_AMT1") - pl.col("PAY_AMT1"),
        "man": pl.col("SEX").cast(pl.String) == "1",
        "woman": pl.col("SEX").cast(pl.String) == "2",
        "filed": pl.date(2005, 1, 1) + pl.duration(days=pl.int_range(pl.len()) // 100),
    },
    {"owed": "BILL_AMT1 - PAY_AMT1"},
    (
        {"kind": "range", "column": "AGE", "low": 21, "high": 75},
        {"kind": "positive", "columns": ["PAY_AMT1", "PAY_AMT2"]},
        {"kind": "inequality", "columns": ["AGE", "LIMIT_BAL"]},
        {"kind": "combinations", "columns": ["EDUCATION", "MARRIAGE"]},
        {"kind": "increments", "column": "LIMIT_BAL", "step": 10_000},
        {"kind": "one_hot", "columns": ["man", "woman"]},
        {
            "kind": "unique",
            "columns": ["LIMIT_BAL", "AGE", "BILL_AMT1", "BILL_AMT2", "BILL_AMT3", "PAY_AMT1", "PAY_AMT2"],
        },
        {"kind": "nulls", "columns": ["BILL_AMT1", "BILL_AMT2"], "rule": "all_or_none"},
        {"kind": "mixed_scales", "column": "BILL_AMT1", "by": "EDUCATION"},
        {"kind": "monotone", "column": "filed"},
        {"kind": "conditional", "when": "LIMIT_BAL >= 500000", "then": "AGE >= 22"},
        {"kind": "regex", "column": "EDUCATION", "pattern": "[0-9]"},
        "BILL_AMT1 <= 2 * LIMIT_BAL + 100000",
    ),
    ({"man": True}, {"owed": us.between(0, 1000)}, {"EDUCATION": 2, "AGE": us.between(30, 40)}),
)
HOTEL = Ruled(
    hotels_path,
    {
        "nights": (pl.col("checkout_date") - pl.col("checkin_date")).dt.total_days(),
        "member": pl.col("has_rewards"),
        "guest": pl.col("has_rewards").not_(),
        "year": pl.col("checkin_date").dt.year().cast(pl.Int64),
    },
    {"nights": "days(checkout_date, checkin_date)", "year": "year(checkin_date)"},
    (
        {"kind": "range", "column": "room_rate", "low": 60, "high": 600},
        {"kind": "positive", "columns": ["amenities_fee"]},
        {"kind": "inequality", "columns": ["checkin_date", "checkout_date"]},
        {"kind": "combinations", "columns": ["room_type", "booking_channel"]},
        {"kind": "increments", "column": "room_rate", "step": 0.01},
        {"kind": "one_hot", "columns": ["member", "guest"]},
        {"kind": "unique", "columns": ["guest_email"]},
        {"kind": "nulls", "columns": ["checkin_date", "checkout_date"], "rule": "as_seen"},
        {"kind": "mixed_scales", "column": "room_rate", "by": "room_type"},
        {"kind": "monotone", "column": "amenities_fee", "by": ["room_type", "has_rewards"]},
        {"kind": "conditional", "when": "room_type == 'SUITE'", "then": "room_rate >= 100"},
        {"kind": "regex", "column": "room_type", "pattern": "[A-Z]+"},
        "has_rewards == member and nights <= 30",
    ),
    ({"room_type": "SUITE"}, {"nights": us.between(2, 4)}, {"member": True, "booking_channel": ["website", "agency"]}),
)
FILES = ("adult", "kc_house", "credit_default")
TABLES = {"adult": ADULT, "kc_house": HOUSES, "credit_default": CREDIT, "hotel": HOTEL}


def rules() -> dict[str, Found]:
    """Broken rows, pair fidelity lost, and the time of drawing as a multiple, of the worst table."""
    seen = {name: _measured(ruled) for name, ruled in TABLES.items()}
    said = "; ".join(f"{name} {loss:+.4f}, {slower:.2f}x" for name, (_, loss, slower) in seen.items())
    return {
        "rules-broken": Found((float(sum(broken for broken, _, _ in seen.values())),), note=f"{ROWS} rows each"),
        "rules-pairs": Found((max(loss for _, loss, _ in seen.values()),), note=said),
        "rules-slower": Found((max(slower for _, _, slower in seen.values()),), note="worst of four tables"),
    }


def _measured(ruled: Ruled) -> tuple[int, float, float]:
    assert {each.kind for each in ruled.plan.constraints} == set(KINDS)
    frame = ruled.table()
    losses, broken, slower = [], 0, []
    for seed in range(SEEDS):
        train, holdout = us.split(frame, 0.2, seed=seed)
        free, bound = us.fit(train, seed=seed), us.fit(train, ruled.plan, seed=seed)
        pairs = [_pairs(train, holdout, model, seed) for model in (free, bound)]
        losses.append(pairs[0] - pairs[1])
        if seed == 0:
            for given in (None, *ruled.given):
                broken += _broken(bound, bound.sample(ROWS, given=given, seed=seed))
            slower = [_seconds(bound, None) / _seconds(free, None) for _ in range(TIMES)]
            slower.append(
                max(_seconds(bound, given) / _seconds(free, given) for given in ruled.given if _both(given, ruled))
            )
    return broken, sum(losses) / len(losses), max(median(slower[:TIMES]), slower[TIMES])


def _both(given: Mapping[str, Any], ruled: Ruled) -> bool:
    """Conditions that mean the same to a model without rules: none on a computed column."""
    return not set(given) & set(ruled.computed)


def _pairs(train: Any, holdout: Any, model: Model, seed: int) -> float:
    report = us.evaluate(train, model.sample(seed=seed), holdout=holdout, quick=True)
    value = report["fidelity.pairs"].value
    assert value is not None
    return value


def _broken(model: Model, drawn: pl.DataFrame) -> int:
    """Rows that break a rule or differ from what is computed, as the rules themselves say of what was written."""
    typed = parse(Table(drawn, Source("drawn", text=False)), model.schema).frame
    broken = sum(int((~each.met(typed)).sum()) for each in model.held)
    for formula in model.rewriting.formulas:
        broken += int((~formula.met(typed)).sum())
    return broken


def _seconds(model: Model, given: Mapping[str, Any] | None) -> float:
    begun = perf_counter()
    model.sample(ROWS, given=given, seed=1)
    return perf_counter() - begun
