"""Columns that repeat another."""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from understudy.plan.proposals import Proposal

Find = Callable[[Mapping[str, object]], list[Proposal]]


def test_the_later_column_is_the_copy(find: Find) -> None:
    rng = np.random.default_rng(0)
    first, word = rng.normal(size=400), rng.choice(["x", "y", "z"], 400)
    (found,) = find({"rv1": first, "other": rng.normal(size=400), "rv2": first})
    assert (found.kind, found.columns, found.exact) == ("copy", ("rv2", "rv1"), True)
    (found,) = find({"word": word, "same": word})
    assert found.says == {"columns": {"same": {"action": "compute", "expression": "word"}}}


def test_a_flag_may_be_the_opposite_of_another(find: Find) -> None:
    flag = np.random.default_rng(1).random(300) < 0.3
    (found,) = find({"paid": flag, "open": ~flag})
    assert found.says["columns"]["open"]["expression"] == "not paid"


def test_a_column_with_gaps_is_computed_from_the_one_without(find: Find) -> None:
    full = np.random.default_rng(2).normal(size=300).round(3)
    gappy = pl.Series(full).set(pl.Series(np.arange(300) % 5 == 0), None)
    (found,) = find({"gappy": gappy, "full": full})
    assert found.columns == ("gappy", "full")
    assert "gaps of its own in 60 rows" in found.reason


def test_flags_that_are_nearly_always_alike_are_no_copies(find: Find) -> None:
    rng = np.random.default_rng(3)
    assert find({"a": rng.random(500) < 0.02, "b": rng.random(500) < 0.02}) == []
