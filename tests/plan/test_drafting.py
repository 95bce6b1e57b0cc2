"""Drafts of plans: what is proposed for whole tables."""

import warnings

import polars as pl

from understudy.plan.drafting import draft


def test_a_table_without_rows_is_drafted_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drafted = draft(pl.DataFrame({"a": [], "b": []}, schema={"a": pl.Int64, "b": pl.Float64}))
    assert list(drafted.plan.columns) == ["a", "b"]
    assert (drafted.plan.constraints, drafted.aside) == ((), ())
