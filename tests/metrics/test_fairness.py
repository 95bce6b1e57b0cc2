"""Fairness of the stand-in beside that of the real table: known gaps, known models, and no table that raises."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.metrics import fairness, subgroups
from understudy.metrics.case import case
from understudy.metrics.fairness import Tally, gap_difference, odds_gaps, parity_gaps, tally
from understudy.metrics.groups import compared
from understudy.metrics.measure import Measure
from understudy.metrics.metric import Metric

Make = Callable[..., Table]
METRICS = (fairness.parity, fairness.odds, fairness.counterfactual, subgroups.subgroups)


def on(
    metric: Metric, real: Table, synthetic: Table, holdout: Table | None = None, protected: str | None = "a"
) -> Measure:
    return metric.on(case(real, synthetic, holdout, target="y", protected=protected))


def rows(rates: dict[str, tuple[int, int]]) -> pl.DataFrame:
    """Groups with so many positive rows of so many."""
    return pl.concat([
        pl.DataFrame({"a": [group] * count, "y": ["yes"] * hits + ["no"] * (count - hits)})
        for group, (hits, count) in rates.items()
    ]).with_row_index("x").with_columns(pl.col("x") % 7)  # fmt: skip


def unlike(count: int, seed: int, gap: float = 0.0, use: float = 0.0) -> pl.DataFrame:
    """Half the rows in either group; positive with the sign of a number, groups `gap` apart, and `use` of the group."""
    rng = np.random.default_rng(seed)
    group, x = rng.integers(0, 2, count), rng.normal(size=count)
    x += gap * group
    positive = np.where(rng.random(count) < use, group == 1, x > 0)
    return pl.DataFrame({"a": np.array(["p", "q"])[group], "x": x, "z": rng.normal(size=count), "y": positive})


def value_of(measure: Measure) -> float:
    assert measure.value is not None, measure.note
    assert measure.low is not None
    assert measure.high is not None
    assert measure.low <= measure.value <= measure.high
    return measure.value


# The gap on the data


def test_the_gap_by_hand(table: Make) -> None:
    real = table(rows({"p": (30, 60), "q": (10, 40), "r": (12, 30)}))
    synthetic = table(rows({"p": (45, 60), "q": (6, 40), "r": (12, 30)}))
    found = on(fairness.parity, real, synthetic)
    assert found.value == pytest.approx((0.75 - 0.15) - (0.5 - 0.25))
    assert (found.parts["real"], found.parts["synthetic"]) == pytest.approx((0.25, 0.6))
    assert found.parts["impact"] == pytest.approx({"real": 0.5, "synthetic": 0.2, "difference": -0.3})
    assert found.parts["by"]["q"] == pytest.approx({"real": 0.25, "synthetic": 0.15})
    shares = [(31, 62), (11, 42), (46, 62), (7, 42)]
    error = np.sqrt(sum(h / n * (1 - h / n) / n for h, n in shares))
    assert value_of(found) - (found.low or 0) == pytest.approx(1.96 * error, abs=1e-3)
    assert "0.600 in the synthetic rows and 0.250 in the real ones" in found.note


def test_groups_that_change_places_are_said(table: Make) -> None:
    real = table(rows({"p": (40, 50), "q": (10, 50)}))
    found = on(fairness.parity, real, table(rows({"p": (10, 50), "q": (40, 50)})))
    assert found.value == pytest.approx(0)
    assert found.parts["same_groups"] == pytest.approx(-1.2)
    assert "between other groups" in found.note
    assert "between other groups" not in on(fairness.parity, real, real).note


def test_a_shuffled_protected_column_loses_the_gap(table: Make) -> None:
    frame = unlike(4_000, 0, use=0.6)
    real, holdout = table(frame[:3_000]), table(frame[3_000:])
    lost = frame[:3_000].with_columns(pl.col("a").shuffle(seed=1))
    found = on(fairness.parity, real, table(lost), holdout)
    assert found.parts["real"] == pytest.approx(0.6, abs=0.05)
    assert found.value == pytest.approx(-found.parts["real"], abs=0.05)
    assert found.value == pytest.approx(found.floor, abs=0.06)
    assert found.high is not None
    assert found.high < -0.5
    assert found.ceiling == pytest.approx(0, abs=0.06)
    predicted = found.parts["model"]
    assert predicted["high"] < -0.3
    assert predicted["synthetic"] < 0.15 < 0.6 < predicted["real"]


def test_a_learner_finds_the_gap_in_other_columns(table: Make) -> None:
    frame = unlike(2_500, 0, gap=0.8)
    real, holdout = table(frame[:2_000]), table(frame[2_000:])
    found = on(fairness.parity, real, table(frame[:2_000].with_columns(pl.col("a").shuffle(seed=1))), holdout)
    assert value_of(found) < -0.2
    assert found.parts["model"]["value"] == pytest.approx(0, abs=0.1)


def test_the_wider_the_gap_the_higher_the_value(table: Make) -> None:
    sides = [unlike(2_000, 1, use=dose).select("a", "y") for dose in (0.0, 0.2, 0.4, 0.8)]
    real = table(unlike(2_000, 0, use=0.2).select("a", "y"))
    found = [value_of(on(fairness.parity, real, table(each))) for each in sides]
    assert found == pytest.approx([-0.2, 0.0, 0.2, 0.6], abs=0.08)


@pytest.mark.parametrize(
    ("real", "synthetic", "least", "most"),
    [
        # two groups far apart: the delta method holds; where gaps are small or many groups tie it is too wide
        ((0.3, 0.6), (0.3, 0.6), 0.935, 0.965),
        ((0.3, 0.6), (0.4, 0.5), 0.935, 0.965),
        ((0.2, 0.4, 0.5, 0.8), (0.2, 0.4, 0.5, 0.8), 0.935, 0.965),
        ((0.1, 0.1), (0.1, 0.1), 0.95, 1.0),
        ((0.3, 0.3, 0.5, 0.5), (0.3, 0.3, 0.5, 0.5), 0.94, 1.0),
    ],
)
def test_the_interval_covers_the_true_difference(
    real: tuple[float, ...], synthetic: tuple[float, ...], least: float, most: float
) -> None:
    rng, count = np.random.default_rng(0), np.full(len(real), 200)
    truth = np.ptp(synthetic) - np.ptp(real)
    hits = 0
    for _ in range(2_000):
        sides = [Tally(rng.binomial(count, rates), count) for rates in (real, synthetic)]
        value, error = gap_difference(*sides)
        hits += abs(value - truth) <= 1.96 * error
    assert least <= hits / 2_000 <= most


def test_tables_of_one_population_are_told_apart_in_one_of_twenty(table: Make) -> None:
    covered = 0
    for seed in range(100):
        frame = rows_of(seed)
        judged = case(table(frame[:400]), table(frame[400:]), target="y", protected="a")
        asked = compared(judged)
        assert not isinstance(asked, str)
        sides = [tally(asked[0].of(grid), asked[1].of(grid), 2) for grid in (judged.real, judged.synthetic)]
        value, error = gap_difference(*sides)
        covered += abs(value) <= 1.96 * error
    assert 89 <= covered < 100  # each bound is passed by chance in 1 % of the times at most


def rows_of(seed: int) -> pl.DataFrame:
    """800 rows with a gap of 0.3."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, 800)
    return pl.DataFrame({"a": np.array(["p", "q"])[group], "y": rng.random(800) < 0.3 + 0.3 * group})


def test_gaps_stand_on_twenty_rows() -> None:
    outcome = np.array([1.0] * 19 + [0.0] * 40 + [np.nan])
    group = np.array([0] * 19 + [1] * 20 + [2] * 20 + [0])
    found = tally(group, outcome, 3)
    assert found.rows.tolist() == [19, 20, 20]
    assert gap_difference(found, found)[0] == 0
    assert np.isnan(gap_difference(found, tally(group[:39], outcome[:39], 3))[0])


# The gap of models


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_gaps_of_predictions_by_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group, truth = rng.integers(0, 3, 200), rng.integers(0, 2, 200)
    said = rng.random((2, 200)) < rng.random((2, 1))
    count = np.array([[[(group == g) & (truth == t)] for t in (0, 1)] for g in range(3)]).squeeze(2)
    hits = np.einsum("gtr,mr->gtm", count.astype(float), said.astype(float))[None]
    totals = count.sum(axis=2)[None, ..., None].astype(float)
    for learner in range(2):
        wide, rates = [], [said[learner][group == g].mean() for g in range(3)]
        for t in (0, 1):
            inside = [said[learner][(group == g) & (truth == t)] for g in range(3)]
            able = [each.mean() for each in inside if len(each) >= 20]
            wide += [np.ptp(able)] if len(able) > 1 else []
        assert parity_gaps(totals, hits)[0, learner] == pytest.approx(np.ptp(rates))
        assert odds_gaps(totals, hits)[0, learner] == pytest.approx(max(wide))


def test_a_stand_in_that_wrongs_one_group_has_unequal_odds(table: Make) -> None:
    frame = unlike(3_000, 0)
    real, holdout = table(frame[:2_000]), table(frame[2_000:])
    wronged = frame[:2_000].with_columns(y=(pl.col("a") == "p") & pl.col("y"))
    found = on(fairness.odds, real, table(wronged), holdout)
    assert value_of(found) > 0.9
    assert found.parts["by"]["q"]["tpr_synthetic"] < 0.05 < 0.95 < found.parts["by"]["q"]["tpr_real"]
    assert (found.low or 0) > 0.8
    back = on(fairness.odds, table(wronged), real, holdout)
    assert value_of(back) < -0.9
    same = on(fairness.odds, real, table(unlike(2_000, 7)), holdout)
    assert abs(value_of(same)) < 0.08
    assert (same.low or 0) <= 0 <= (same.high or 0)


@pytest.mark.parametrize(("real", "synthetic", "value"), [(0.0, 0.0, 0.0), (0.0, 1.0, 1.0), (1.0, 0.0, -1.0)])
def test_use_of_the_group_alone(real: float, synthetic: float, value: float, table: Make) -> None:
    frame = unlike(2_500, 0, use=real)
    given = table(frame[:2_000]), table(unlike(2_000, 1, use=synthetic)), table(frame[2_000:])
    found = on(fairness.counterfactual, *given)
    assert value_of(found) == pytest.approx(value, abs=0.03)
    assert found.parts["shared"]["synthetic"] == pytest.approx(synthetic, abs=0.03)
    assert found.ceiling == pytest.approx(0, abs=0.03)


def test_use_grows_with_the_dose(table: Make) -> None:
    real = unlike(2_500, 0)
    train, holdout = table(real[:2_000]), table(real[2_000:])
    for dose in (0.3, 0.7):
        found = on(fairness.counterfactual, train, table(unlike(2_000, 1, use=dose)), holdout)
        # the outcome follows the group with this chance, and so does the chance that is learned
        assert value_of(found) == pytest.approx(dose, abs=0.1)


def test_an_outcome_that_nobody_predicts_says_so(table: Make) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": ["p", "q"] * 1_000, "x": [0, 1] * 1_000, "y": rng.random(2_000) < 0.03})
    found = on(fairness.odds, table(frame), table(frame), table(frame))
    assert found.value is None
    assert "predicts the same 'y' for every test row" in found.note


def test_without_a_holdout_real_rows_are_kept_from_training(table: Make) -> None:
    found = on(fairness.odds, table(unlike(2_000, 0)), table(unlike(2_000, 1)))
    assert value_of(found) == pytest.approx(0, abs=0.1)
    assert (found.parts["test_rows"], found.parts["learners"], found.parts["train_rows"]) == (500, 3, 500)
    assert "want of a holdout" in found.note


# Laws


def test_order_does_not_matter_and_nothing_is_mutated(trio: tuple[Table, Table], table: Make) -> None:
    train, holdout = (Table(each.frame.rename({"job": "a", "rich": "y"})) for each in trio)
    frame = train.frame[:500]
    real, other = table(frame), table(frame.reverse().select(frame.columns[::-1]))
    before = frame.clone()
    again = table(train.frame[500:1_000]), table(train.frame[500:1_000].sample(fraction=1, shuffle=True, seed=1))
    last = table(holdout.frame)
    cases = [case(*each, last, target="y", protected="a") for each in ((real, again[0]), (other, again[1]))]
    for metric in METRICS:
        first, second = (metric.on(each) for each in cases)
        assert first.value is not None, first.note
        assert first.to_dict() == second.to_dict()
    assert frame.equals(before)


SHORT = {"a": ["p", "q"], "y": [True, False], "x": [1.0, 2.0]}
LONG = {"a": ["p", "q"] * 60, "y": [True, False, False] * 40, "x": [*range(120)]}
EMPTY = pl.Series([None] * 120, dtype=pl.Float64)
TABLES: dict[str, dict[str, Any]] = {
    "two rows": SHORT,
    "one row": {name: column[:1] for name, column in SHORT.items()},
    "protected and target alone": {name: LONG[name] for name in ("a", "y")},
    "a group of two": LONG | {"a": ["p"] * 60 + ["q"] * 58 + ["r"] * 2},
    "empty protected": LONG | {"a": EMPTY},
    "empty target": LONG | {"y": EMPTY},
    "empty column": LONG | {"x": EMPTY},
    "empty in one group": LONG | {"x": [None, 1.0] * 60},
    "constant protected": LONG | {"a": ["p"] * 120},
    "constant target": LONG | {"y": [True] * 120},
    "constant column": LONG | {"x": [1] * 120},
    "equal": LONG | {"y": LONG["a"]},
    "dates": LONG | {"a": [date(2020, 1, 1) + timedelta(days=each) for each in range(120)]},
    "numbers": LONG | {"a": np.linspace(0, 1, 120), "y": np.arange(120) / 7},
    "high cardinality": LONG | {"a": [f"v{each}" for each in range(120)], "x": [f"w{each}" for each in range(120)]},
    "many classes": LONG | {"y": [*"rstuvw"] * 20},
    "300 columns": LONG | {f"x{each}": np.roll(np.arange(120), each) for each in range(300)},
}


@pytest.mark.parametrize("name", TABLES)
def test_no_legal_table_raises(name: str, table: Make) -> None:
    real = table(TABLES[name])
    for synthetic, holdout in ((real, None), (real, real), (real.take([0, len(real) - 1]), real)):
        judged = case(real, synthetic, holdout, target="y", protected="a")
        for metric in METRICS:
            found = metric.on(judged)
            assert len(found.note) > 10
            assert found.value is None or -1 <= (found.low or -1) <= found.value <= (found.high or 1) <= 1


def test_nobody_named_is_said_by_all(table: Make) -> None:
    real = table(LONG)
    assert {on(metric, real, real, protected=None).note for metric in METRICS} == {"no protected column was named"}


def test_the_target_may_not_be_the_protected_column(table: Make) -> None:
    real = table(LONG)
    notes = [on(metric, real, real, protected="y").note for metric in METRICS[:3]]
    assert all("both the protected column and the target" in note for note in notes)
