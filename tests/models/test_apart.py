"""Who draws changes nothing in what is drawn."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from understudy.errors import ArgumentError
from understudy.execution import shards
from understudy.models import model as models
from understudy.models.model import Model


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "SHARD_ROWS", 300)
    monkeypatch.setattr(shards, "SHARD_ROWS", 300)


@pytest.mark.parametrize(
    "asked", [{}, {"given": {"site": "east"}}, {"temperature": 1.3}, {"rebalance": {"site": {"west": 0.5}}}], ids=str
)
def test_rows_are_the_same_whoever_draws(model: Model, asked: Mapping[str, Any]) -> None:
    alone = model.sample(1000, seed=3, executor="serial", **asked)
    assert isinstance(alone, pl.DataFrame)
    assert model.sample(1000, seed=3, executor="threads", workers=3, **asked).equals(alone)
    assert model.sample(1000, seed=3, executor="processes", workers=2, **asked).equals(alone)


def test_what_is_wrong_is_told_at_once(model: Model) -> None:
    with pytest.raises(ArgumentError, match="did you mean 'threads'") as caught:
        model.stream(5, executor="thread")  # type: ignore[arg-type]
    assert caught.value.field == "executor"
    with pytest.raises(ArgumentError, match="workers"):
        model.stream(5, workers=0, executor="processes")


def test_no_rows_come_with_all_columns(model: Model) -> None:
    assert model.sample(0, executor="processes", workers=1).columns == list(model.schema.names)
