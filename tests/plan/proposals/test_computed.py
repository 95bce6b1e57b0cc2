"""Computed numeric columns: planted ones are found and given again; independent columns give none."""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
import pytest

from understudy.plan.proposals import Proposal, discover
from understudy.rules.expressions import parse

from .conftest import formulas, typed

Columns = dict[str, np.ndarray]
Find = Callable[[Mapping[str, object]], list[Proposal]]
Computes = Callable[[Mapping[str, object]], dict[str, str]]


def half_up(x: np.ndarray, digits: int) -> np.ndarray:
    return np.floor(x * 10**digits * (1 + 1e-15) + 0.5) / 10**digits


def plain(seed: int, rows: int = 1000) -> Columns:
    """Columns that have nothing to do with each other."""
    rng = np.random.default_rng(seed)
    return {
        "price": rng.lognormal(3, 1, rows).round(2) + 0.5,
        "quantity": rng.integers(1, 20, rows),
        "weight": rng.normal(70, 12, rows).round(1),
        "height": rng.normal(1.7, 0.1, rows).round(2),
        "points": rng.integers(0, 100, rows),
        "marks": rng.integers(0, 100, rows),
        "clock": rng.integers(0, 24, rows) * 100 + rng.integers(0, 60, rows),
        "discount": rng.choice([0.0, 0.05, 0.1, 0.2], rows),
        "misses": rng.integers(0, 30, rows),
    }


PLANTED: dict[str, Callable[[Columns], np.ndarray]] = {
    "sum of three": lambda t: t["points"] + t["marks"] + t["misses"],
    "twice one less another": lambda t: 2 * t["points"] - t["marks"],
    "weighted and rounded": lambda t: half_up(0.4 * t["points"] + 0.6 * t["marks"], 0),
    "mean of three": lambda t: half_up((t["points"] + t["marks"] + t["misses"]) / 3, 2),
    "with an intercept": lambda t: 3 * t["points"] + 0.5 * t["marks"] + 12,
    "product": lambda t: half_up(t["price"] * t["quantity"], 2),
    "product less a share": lambda t: half_up(t["price"] * t["quantity"] * (1 - t["discount"]), 2),
    "percentage": lambda t: half_up(t["price"] * 0.19, 2),
    "ratio to one digit": lambda t: half_up(t["weight"] / t["height"] ** 2, 1),
    "share of a sum": lambda t: half_up(t["points"] / (t["points"] + t["misses"] + 1), 3),
    "inches": lambda t: t["height"] * 39.37,
    "fahrenheit": lambda t: t["weight"] * 1.8 + 32,
    "hour": lambda t: t["clock"] // 100,
    "minute": lambda t: t["clock"] % 100,
    "whole": lambda t: np.floor(t["price"]).astype(int),
    "tens": lambda t: (t["points"] // 10) * 10,
    "square": lambda t: t["weight"] ** 2,
    "root": lambda t: np.sqrt(t["price"]),
    "logarithm": lambda t: np.log(t["price"]),
    "larger": lambda t: np.maximum(t["points"], t["marks"]),
    "smallest": lambda t: np.minimum(np.minimum(t["points"], t["marks"]), t["misses"]),
    "beyond": lambda t: np.maximum(t["points"] - 40, 0),
    "running": lambda t: np.cumsum(t["quantity"]),
    "running change": lambda t: 50 + np.cumsum(t["points"] - t["marks"]),
}
UNSEEN = {"share of a sum"}  # a form that no search has


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", [name for name in PLANTED if name not in UNSEEN])
def test_a_planted_formula_is_found_and_gives_its_column(name: str, seed: int) -> None:
    columns = plain(seed)
    frame, schema = typed({**columns, name: PLANTED[name](columns)})
    found = [each for each in discover(frame, schema) if each.exact and "columns" in each.says]
    assert found, "nothing proposed"
    (target, text), *more = formulas(found).items()
    assert not more
    said, actual = parse(text).over(frame).cast(pl.Float64), frame[target].cast(pl.Float64)
    off = (said - actual).abs() > 1e-9 * actual.abs() + 1e-9
    assert off.to_numpy().mean() <= 0.01  # halves may have been rounded the other way
    assert name in {target, *parse(text).columns}


def test_only_true_formulas_come_with_a_form_that_no_search_has() -> None:
    columns = plain(0)
    frame, schema = typed({**columns, "odd": PLANTED["share of a sum"](columns)})
    for target, text in formulas(discover(frame, schema)).items():
        assert (parse(text).over(frame) - frame[target]).abs().to_numpy().max() < 1e-3


@pytest.mark.parametrize("seed", range(50))
def test_independent_columns_give_no_proposal(seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    rows = int(rng.choice([10, 25, 60, 200, 1000]))
    kinds = (
        lambda: rng.integers(0, 5, rows),
        lambda: rng.integers(0, 2, rows),
        lambda: rng.integers(0, 100, rows),
        lambda: rng.normal(50, 10, rows).round(2),
        lambda: rng.lognormal(3, 1, rows).round(1),
        lambda: np.where(rng.random(rows) < 0.9, 0, rng.integers(1, 50, rows)),
        lambda: rng.random(rows),
        lambda: np.datetime64("2020-01-01") + rng.integers(0, 1000, rows),
    )
    columns = {f"c{place}": kinds[rng.integers(len(kinds))]() for place in range(int(rng.integers(3, 12)))}
    assert discover(*typed(columns)) == []


def test_the_total_is_computed_and_not_its_part(computes: Computes) -> None:
    rng = np.random.default_rng(0)
    below, above = rng.integers(0, 900, 500) * (rng.random(500) < 0.4), rng.integers(500, 3000, 500)
    assert computes({"living": below + above, "below": below, "lot": rng.integers(1, 9999, 500), "above": above}) == {
        "living": "below + above"
    }


def test_a_name_that_says_so_is_the_computed_one(computes: Computes) -> None:
    rng = np.random.default_rng(0)
    cost, profit = rng.integers(100, 900, 500), rng.integers(1, 90, 500)
    assert computes({"revenue": cost + profit, "cost": cost, "profit": profit}) == {"profit": "revenue - cost"}


def test_an_unrounded_formula_goes_before_the_rounded_way_back(computes: Computes) -> None:
    columns = plain(4)
    columns = {"total": half_up(columns["price"] * columns["quantity"], 2), **columns}
    assert computes(columns) == {"total": "price * quantity"}


def test_overlapping_sums_are_computed_once_each_and_in_no_circle(computes: Computes) -> None:
    rng = np.random.default_rng(3)
    a, b, c = (rng.integers(0, 500, 800) for _ in range(3))
    found = computes({"a": a, "b": b, "subtotal": a + b, "c": c, "total": a + b + c, "again": a + b + c})
    assert set(found) == {"subtotal", "total", "again"}
    assert found["again"] == "total"


def test_a_sum_of_many_columns_in_a_wide_table_takes_no_search_of_subsets(computes: Computes) -> None:
    rng = np.random.default_rng(5)
    columns = {f"part_{place}": rng.integers(0, 1000, 500) for place in range(60)}
    total = sum(columns[f"part_{place}"] for place in (3, 14, 15, 26, 35, 58))
    found = computes({**columns, "total": total})
    assert set(parse(found["total"]).columns) == {f"part_{place}" for place in (3, 14, 15, 26, 35, 58)}


def test_few_broken_rows_are_counted_and_not_called_exact(find: Find) -> None:
    columns = plain(6)
    total = columns["points"] + columns["marks"]
    total[::200] += 5
    (found,) = (each for each in find({**columns, "total": total}) if "columns" in each.says)
    assert (found.broken, found.rows, found.exact) == (5, 1000, False)
    assert "all but 5 of 1 000 rows" in found.reason


def test_gaps_of_the_column_and_of_its_inputs_are_said(find: Find) -> None:
    columns = plain(7)
    total = pl.Series(columns["points"] + columns["marks"]).set(pl.Series(np.arange(1000) % 10 == 0), None)
    (found,) = find({**columns, "total": total})
    assert found.exact
    assert "gaps of its own in 100 rows" in found.reason
    points = pl.Series(columns["points"]).set(pl.Series(np.arange(1000) % 10 == 0), None)
    (found,) = find({**columns, "points": points, "total": columns["points"] + columns["marks"]})
    assert found.exact
    assert "more" in found.reason or "gaps of its own" in found.reason


def test_a_gap_may_count_as_zero(computes: Computes) -> None:
    rng = np.random.default_rng(8)
    value, out = rng.lognormal(5, 1, 900).round(2), rng.random(900) < 0.5
    debit, credit = pl.Series(value).set(pl.Series(~out), None), pl.Series(value).set(pl.Series(out), None)
    found = computes({"debit": debit, "credit": credit, "movement": np.where(out, -value, value)})
    assert found == {"movement": "coalesce(credit, 0) - coalesce(debit, 0)"}


def test_running_totals_begin_anew_in_each_group(computes: Computes) -> None:
    rng = np.random.default_rng(9)
    account, amount = rng.choice(["a", "b", "c", "d"], 800), rng.lognormal(4, 1, 800).round(2)
    balance = pl.DataFrame({"g": account, "x": amount}).select(pl.col("x").cum_sum().over("g"))["x"].round(2)
    found = computes({"account": account, "amount": amount, "balance": balance})
    assert found == {"balance": "cumsum(amount, account)"}


def test_the_order_of_the_rows_does_not_matter_but_for_running_totals() -> None:
    columns = plain(10)
    frame, schema = typed({**columns, "sum": columns["points"] + columns["marks"]})
    mixed = frame.sample(fraction=1.0, shuffle=True, seed=1)
    assert formulas(discover(frame, schema)) == formulas(discover(mixed, schema))


def test_names_with_other_signs_stand_in_backticks(computes: Computes) -> None:
    columns = plain(11)
    found = computes({"a b": columns["points"], "c-d": columns["marks"], "sum": columns["points"] + columns["marks"]})
    assert found == {"sum": "`a b` + `c-d`"}
