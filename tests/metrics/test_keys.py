"""Keys: which columns they are, how numbers are grouped, and which rows are alike."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.keys import cells, cuts, grouped, keyed, keys_of, numbered, secret_of

integers = arrays(np.int64, st.tuples(st.integers(0, 12), st.just(3)), elements=st.integers(0, 2))


@given(integers, integers)
def test_rows_have_one_number_where_all_columns_agree(first: np.ndarray, second: np.ndarray) -> None:
    found = np.concatenate(numbered([first, second]))
    rows = [tuple(row) for row in np.concatenate([first, second])]
    assert all((a == b) == (rows[i] == rows[j]) for i, a in enumerate(found) for j, b in enumerate(found))
    assert set(found) == set(range(len(set(rows))))


def test_numbers_do_not_overflow() -> None:
    rows = np.random.default_rng(0).integers(0, 2**31, (50, 12))
    assert sorted(numbered([rows])[0]) == list(range(50))


def test_a_number_of_few_values_keeps_them_and_one_of_many_is_cut_at_quantiles(table: Callable[..., Table]) -> None:
    frame = pl.DataFrame({"few": [None, 5, 7, 7, 9] * 20, "many": range(100), "level": ["x", None] * 50})
    one = case(table(frame), table(frame))
    assert cuts(one, "few").tolist() == [5, 7]
    assert cuts(one, "many").tolist() == list(range(4, 95, 5))
    found = cells(one, one.real, ["few", "many", "level"])
    assert np.bincount(found[:, 0]).tolist() == [20, 20, 40, 20]
    assert np.bincount(found[:, 1]).tolist() == [0, *[5] * 20]
    assert np.bincount(found[:, 2]).tolist() == [50, 50]


def test_zero_of_a_column_that_is_mostly_zero_is_a_group(table: Callable[..., Table]) -> None:
    frame = pl.DataFrame({"gain": [0.0] * 70 + list(np.arange(1, 31) / 7)})
    one = case(table(frame), table(frame))
    groups = grouped(np.array([0.0, 1 / 7]), cuts(one, "gain"))
    assert groups[0] != groups[1]


def test_the_cuts_are_the_same_when_training_and_holdout_rows_change_places(table: Callable[..., Table]) -> None:
    rng = np.random.default_rng(0)
    first, second = (table({"pay": rng.normal(size=n)}) for n in (60, 60))
    ends = [cuts(case(a, a, b), "pay").tolist() for a, b in ((first, second), (second, first))]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("columns", "keys"),
    [
        ("id age sex income", "age sex"),
        ("age workclass education education_num marital_status occupation race sex country income",
         "age sex race marital_status education occupation"),
        ("PatientAge PatientGender HomePostcode stage", "PatientAge PatientGender HomePostcode"),
        ("zip city dob", "dob zip city"),
    ],
)  # fmt: skip
def test_columns_named_like_what_is_known_of_people_are_keys(
    columns: str, keys: str, table: Callable[..., Table]
) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({name: rng.choice(["a", "b", "c"], 60) for name in columns.split()})
    found = keys_of(case(table(frame), table(frame), target=columns.split()[-1] if "dob" not in columns else None))
    assert found[: len(keys.split())] == tuple(keys.split())
    assert "income" not in found
    assert "stage" not in found


def test_without_such_names_the_columns_that_single_out_most_are_keys(table: Callable[..., Table]) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({f"x{n}": rng.integers(0, n, 400).astype(str) for n in (2, 3, 5, 7, 11, 13)})
    frame = frame.with_columns(y=pl.Series(rng.choice(["yes", "no"], 400)), noise=pl.Series(rng.normal(size=400)))
    one = case(table(frame), table(frame), target="y")
    # 13 x 11 x 7 cells: most of 400 rows are unique, and no fourth is needed
    assert sorted(keys_of(one)) == ["x11", "x13", "x7"]
    assert secret_of(one) == "y"


def test_up_to_six_keys_while_few_rows_are_unique(table: Callable[..., Table]) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({f"x{n}": rng.choice(["a", "b"], 2_000) for n in range(9)})
    assert len(keys_of(case(table(frame), table(frame), target="x0"))) == 6


def test_numbers_are_keys_where_nothing_has_few_values(table: Callable[..., Table]) -> None:
    frame = pl.DataFrame(np.random.default_rng(0).normal(size=(90, 5)), schema=list("abcde"))
    one = case(table(frame), table(frame))
    assert len(keys_of(one)) == 3
    assert secret_of(one) not in {*keys_of(one), None}


def test_the_secret_is_the_target_else_the_last_discrete_column(table: Callable[..., Table]) -> None:
    frame = pl.DataFrame({"age": range(40), "sex": list("mf") * 20, "race": list("abcd") * 10, "ill": list("yn") * 20})
    frame = frame.with_columns(pay=pl.Series(range(40)), full=pl.lit("same"))
    one = case(table(frame), table(frame))
    assert keys_of(one) == ("age", "sex", "race")
    assert secret_of(one) == "ill"
    assert secret_of(case(table(frame), table(frame), target="pay")) == "pay"
    # a key named by hand to be predicted is no key any more
    named = case(table(frame), table(frame), target="sex")
    assert "sex" not in keys_of(named)
    assert secret_of(named) == "sex"


@pytest.mark.parametrize("cell", ["a", None, 1.5])
def test_one_column_is_the_key_and_nothing_is_left_to_be_learned(cell: object, table: Callable[..., Table]) -> None:
    one = case(table({"x": [cell, cell]}), table({"x": [cell, cell]}), table({"x": [cell]}))
    found = keyed(one)
    assert (found.names, found.secret, found.classes) == (("x",), None, 1)


def test_missing_is_a_level_of_its_own(table: Callable[..., Table]) -> None:
    frame = pl.DataFrame({"age": [30, None, None], "sex": ["f", "f", None], "race": ["a", "a", "a"]})
    found = keyed(case(table(frame), table(frame)))
    assert len(set(found.real.key)) == 3
    assert sorted(found.real.key) == sorted(found.synthetic.key)


def test_the_stand_in_does_not_choose_the_keys(
    table: Callable[..., Table], people: Callable[..., pl.DataFrame]
) -> None:
    frame = people(600, 0).rename({"age": "a", "job": "b", "born": "c"})
    real, holdout = table(frame[:500]), table(frame[500:])
    odd = table(frame[:500].with_columns(b=pl.Series([f"new {i}" for i in range(500)])))
    one = case(real, real, holdout)
    assert keys_of(one) == keys_of(case(real, odd, holdout))
    assert keys_of(one) == keys_of(replace(one, real=one.real.take(np.arange(500)), _done={}))
