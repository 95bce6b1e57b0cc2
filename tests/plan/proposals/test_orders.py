"""Orders between columns."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from understudy.plan.proposals import Proposal
from understudy.plan.proposals.formulas.orders import Order, chains, reduced

Find = Callable[[Mapping[str, object]], list[Proposal]]


def orders(found: list[Proposal]) -> set[str]:
    return {text for each in found if each.kind == "order" for text in each.says["constraints"]}


def link(low: str, high: str) -> Order:
    return Order(low, high, False, 100, 0, 0.4)


def test_links_that_follow_from_others_are_left_out() -> None:
    found = reduced([link("a", "b"), link("b", "c"), link("a", "c")])
    assert {(each.low, each.high) for each in found} == {("a", "b"), ("b", "c")}


def test_every_link_stands_in_a_chain() -> None:
    diamond = [link("low", "open"), link("low", "close"), link("open", "high"), link("close", "high")]
    told = [(chain[0].low, *(each.high for each in chain)) for chain in chains(diamond)]
    assert sorted(told) == [("low", "close", "high"), ("low", "open", "high")]


@pytest.mark.parametrize("seed", range(5))
def test_prices_of_a_day(find: Find, seed: int) -> None:
    rng = np.random.default_rng(seed)
    opened = rng.lognormal(4, 0.4, 2000)
    closed = opened * rng.lognormal(0, 0.02, 2000)
    low = np.minimum(opened, closed) * (1 - rng.exponential(0.01, 2000))
    high = np.maximum(opened, closed) * (1 + rng.exponential(0.01, 2000))
    found = find({name: x.round(2) for name, x in zip("ohlc", (opened, high, low, closed), strict=True)})
    assert orders(found) == {"l <= o <= h", "l <= c <= h"}


@pytest.mark.parametrize("seed", range(5))
def test_columns_that_merely_move_together_keep_no_order(find: Find, seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.normal(100, 30, 1500)
    assert find({"a": base.round(2), "b": (base + rng.normal(20, 8, 1500)).round(2)}) == []


def test_scales_that_hardly_meet_say_nothing(find: Find) -> None:
    rng = np.random.default_rng(0)
    assert find({"rooms": rng.integers(1, 6, 900), "metres": rng.integers(6, 300, 900)}) == []


def test_dates_and_their_distance(find: Find) -> None:
    rng = np.random.default_rng(0)
    start = np.datetime64("2021-01-01") + rng.integers(0, 700, 800)
    nights = rng.integers(1, 9, 800)
    found = find({"check_in": start, "check_out": start + nights, "rate": rng.normal(90, 9, 800).round(2)})
    assert orders(found) == {"check_in < check_out"}
    found = find({"check_in": start, "check_out": start + nights, "nights": nights})
    assert found[0].says["columns"]["nights"]["expression"] == "days(check_out, check_in)"


def test_an_order_that_a_sum_brings_with_it_is_left_out(find: Find) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 500, 900), rng.integers(0, 500, 900)
    assert orders(find({"a": a, "b": b, "total": a + b})) == set()


def test_few_broken_rows_are_counted(find: Find) -> None:
    rng = np.random.default_rng(0)
    low = rng.normal(50, 20, 3000).round(1)
    high = low + rng.exponential(8, 3000).round(1)
    high[:3] -= 40
    (found,) = find({"low": low, "high": high})
    assert (found.broken, found.exact) == (3, False)
