"""Train on synthetic, test on real; and which column is the target."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics import utility
from understudy.metrics.case import case
from understudy.metrics.target import guess_target, target_of


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ({"Income": [1, 2, 3], "b": ["x", "y", "x"]}, "Income"),
        ({"a": list("xyxy"), "b": [1, 2, 1, 2], "same": [1, 1, 1, 1]}, "b"),
        ({"target": [1, 1, 1, 1], "b": ["x", "y", "x", "y"]}, "b"),
        ({"a": np.arange(40) / 7, "b": np.arange(40), "c": [f"v{each}" for each in range(40)]}, "b"),
        ({"a": ["x", "y"] * 100, "rare": [0] * 197 + [1] * 3}, "a"),
        ({"c": [f"v{each}" for each in range(40)]}, None),
        ({"a": pl.Series([None, None, None], dtype=pl.Float64)}, None),
    ],
)
def test_the_guessed_target(frame: dict[str, Any], expected: str | None, table: Callable[..., Table]) -> None:
    found = table(frame)
    assert guess_target(found.typed, found.frame) == expected


def test_classes_are_those_often_enough(table: Callable[..., Table]) -> None:
    values = ["a"] * 200 + ["b"] * 30 + ["c"] * 9 + [None] * 5
    given = case(table({"y": values, "x": range(244)}), table({"y": ["a", "d"], "x": [1, 2]}), target="y")
    target = target_of(given)
    assert target is not None
    assert (target.classes, target.guessed) == (2, False)
    found = target.of(given.real)
    assert (int((found == 0).sum()), int((found == 1).sum()), int(np.isnan(found).sum())) == (200, 30, 14)
    assert np.isnan(target.of(given.synthetic)).sum() == 1


def test_a_holdout_learns_as_well_and_a_shuffle_nothing(
    trio: tuple[Table, Table], shuffle: Callable[..., pl.DataFrame]
) -> None:
    train, holdout = trio
    good = utility.tstr(train, train, holdout, target="rich")
    bad = utility.tstr(train, Table(shuffle(train.frame), schema=train.schema), holdout, target="rich")
    assert good.value == good.ceiling == good.parts["trtr"]
    assert good.value is not None
    assert good.value > 0.9
    assert good.parts["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert bad.value == pytest.approx(0.5, abs=0.1)
    assert bad.parts["difference"]["high"] < -0.2
    assert bad.floor == 0.5


@pytest.mark.parametrize(("target", "score", "floor"), [("age", "R²", 0.0), ("job", "macro AUC", 0.5)])
def test_numbers_and_many_classes(target: str, score: str, floor: float, trio: tuple[Table, Table]) -> None:
    train, holdout = trio
    found = utility.tstr(train, train, holdout, target=target)
    assert found.parts["score"] == score
    assert found.floor == floor
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert floor + 0.1 < found.low < found.value < found.high <= 1


def test_the_note_says_that_it_guessed(trio: tuple[Table, Table]) -> None:
    found = utility.tstr(*trio)
    assert found.parts["guessed"]
    assert "guessed" in found.note
    assert "want of a holdout" in found.note
    assert found.ceiling is None


@pytest.mark.parametrize(
    ("real", "synthetic", "why"),
    [
        ({"y": ["a", "b"] * 20}, {"y": ["a", "b"] * 20}, "only judged column"),
        ({"y": ["a", "b"] * 20, "x": range(40)}, {"y": ["a"] * 40, "x": range(40)}, "one value in the synthetic"),
        ({"y": ["a", "b"] * 20, "x": range(40)}, {"y": ["c"] * 40, "x": range(40)}, "usable value"),
        ({"y": ["a"] * 40, "x": [1] * 40}, {"y": ["a"] * 40, "x": [1] * 40}, "no judged column"),
        ({"y": ["a", "b"], "x": [1, 2]}, {"y": ["a", "b"], "x": [1, 2]}, "no judged column"),
    ],
)
def test_what_cannot_be_scored_says_why(real: Any, synthetic: Any, why: str, table: Callable[..., Table]) -> None:
    found = utility.tstr(table(real), table(synthetic), table(real))
    assert found.value is None
    assert why in found.note
