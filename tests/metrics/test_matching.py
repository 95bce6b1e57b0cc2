"""Matching of partly synthetic rows: by hand, by brute force, and what is refused."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.errors import ArgumentError, SchemaError, UnknownColumn
from understudy.metrics import matching
from understudy.metrics.matching import expected_match_risk, false_match_rate, matches, true_match_rate

REAL = pl.DataFrame({"town": list("aabbc"), "age": [30, 40, 50, 60, 70]})
FAKE = pl.DataFrame({"town": list("aabbc"), "age": [30, 31, 60, 50, 99]})
cells = st.one_of(st.none(), st.integers(0, 4))
rows = st.lists(st.tuples(*[cells] * 6), min_size=1, max_size=12)


def test_by_hand() -> None:
    """Of town and age: a 30 finds its own row, b 50 and b 60 find each other's, a 40 and c 70 find none."""
    found = matches(REAL, FAKE, ["town", "age"])
    assert found.count.tolist() == [1, 0, 1, 1, 0]
    assert found.right.tolist() == [True, False, False, False, False]
    assert expected_match_risk(REAL, FAKE, ["town", "age"]) == 1
    assert true_match_rate(REAL, FAKE, ["town", "age"]) == pytest.approx(1 / 5)
    assert false_match_rate(REAL, FAKE, ["town", "age"]) == pytest.approx(2 / 3)


def test_tolerances_by_hand() -> None:
    """Ten years: a 30 finds both rows of a, a 40 its own (9 years) and the other, b both, c none."""
    found = matches(REAL, FAKE, ["town", "age"], {"age": 10})
    assert found.count.tolist() == [2, 2, 2, 2, 0]
    assert found.right.tolist() == [True, True, True, True, False]
    assert found.expected_risk == 2
    assert (found.true_rate, found.false_rate) == (0, None)


def test_towns_alone() -> None:
    """Kept columns alone: 1/2 for each of the four people of a and b, 1 for that of c."""
    assert expected_match_risk(REAL, FAKE, ["town"]) == 3
    assert true_match_rate(REAL, FAKE, ["town"]) == pytest.approx(1 / 5)
    assert false_match_rate(REAL, FAKE, ["town"]) == 0


@settings(max_examples=150)
@given(rows, st.sets(st.sampled_from("xyz")), st.integers(0, 2))
def test_by_brute_force(pairs: list[tuple], near: set[str], gap: int) -> None:
    first = pl.DataFrame([each[:3] for each in pairs], schema=dict.fromkeys("xyz", pl.Int64), orient="row")
    second = pl.DataFrame([each[3:] for each in pairs], schema=dict.fromkeys("xyz", pl.Int64), orient="row")

    def agree(mine: tuple, theirs: tuple) -> bool:
        def cell(name: str, a: int | None, b: int | None) -> bool:
            return a is b if a is None or b is None else abs(a - b) <= (gap if name in near else 0)

        return all(cell(*each) for each in zip("xyz", mine, theirs, strict=True))

    table = [[agree(mine, theirs) for theirs in second.rows()] for mine in first.rows()]
    found = matches(first, second, list("xyz"), dict.fromkeys(sorted(near), gap))
    assert found.count.tolist() == [sum(row) for row in table]
    assert found.right.tolist() == [row[place] for place, row in enumerate(table)]


def test_pairs_are_taken_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    first, second = (pl.DataFrame(rng.normal(size=(300, 3)), schema=list("xyz")) for _ in range(2))
    whole = matches(first, second, list("xyz"), dict.fromkeys("xyz", 0.7)).count
    monkeypatch.setattr(matching, "PAIRS", 100)
    assert whole.tolist() == matches(first, second, list("xyz"), dict.fromkeys("xyz", 0.7)).count.tolist()
    assert whole.sum() > 1_000


def test_a_kept_table_is_found_and_a_replaced_one_is_not() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"id": rng.permutation(5_000), "pay": rng.normal(size=5_000)})
    assert true_match_rate(frame, frame, ["id"]) == 1
    assert expected_match_risk(frame, frame, ["id", "pay"], {"pay": 0.1}) == 5_000
    other = frame.with_columns(pl.col("id").shuffle(seed=0))
    assert expected_match_risk(frame, other, ["id"]) < 10
    assert (false_match_rate(frame, other, ["id"]) or 0) > 0.99


def test_dates_tables_and_types() -> None:
    first = pl.DataFrame({"born": [date(2000, 1, 1), date(2001, 1, 1), None], "n": [1, 2, 3]})
    second = pl.DataFrame({"born": [date(2000, 1, 20), date(2001, 3, 1), None], "n": [1.0, 2.0, 3.0]})
    found = matches(Table(first), Table(second), ["born", "n"], {"born": timedelta(days=20)})
    assert found.right.tolist() == [True, False, True]
    assert found.count.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("known", "tolerances", "error"),
    [
        ([], {}, ArgumentError),
        (["town", "job"], {}, UnknownColumn),
        (["town"], {"age": 1}, ArgumentError),
        (["town"], {"town": 1}, ArgumentError),
        (["age"], {"age": -1}, ArgumentError),
        (["age"], {"age": float("nan")}, ArgumentError),
    ],
)
def test_refusals(known: list[str], tolerances: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        expected_match_risk(REAL, FAKE, known, tolerances)


def test_rows_must_belong_together() -> None:
    with pytest.raises(SchemaError, match="one by one"):
        expected_match_risk(REAL, FAKE[:3], ["town"])
    empty = REAL.clear()
    assert (expected_match_risk(empty, empty, ["town"]), true_match_rate(empty, empty, ["town"])) == (0, 0)
