"""Disclosure: copying is measured, and its absence is not punished."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics import disclosure
from understudy.metrics.case import case
from understudy.metrics.disclosure import rankdata, wilson


def skewed(rows: int, seed: int) -> pl.DataFrame:
    """Eight skewed categories: ties everywhere, where naive distance shares fail."""
    rng = np.random.default_rng(seed)
    return pl.DataFrame({f"c{i}": rng.geometric(0.6, rows).clip(1, 4).astype(str) for i in range(8)})


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 1.0])
def test_copies_are_counted(
    share: float, table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]
) -> None:
    frame = people(2_500, 0)
    train, fresh, holdout = frame[:1_000], frame[1_000:2_000], frame[2_000:]
    taken = int(share * 1_000)
    found = disclosure.copies(table(train), table(pl.concat([train[:taken], fresh[taken:]])), table(holdout))
    assert found.value == pytest.approx(share, abs=0.006)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= share + 0.001
    assert found.high >= share
    assert found.ceiling == pytest.approx(0, abs=0.005)


def test_common_rows_repeat_by_chance(table: Callable[..., Table]) -> None:
    frame = skewed(2_500, 0)
    found = disclosure.copies(table(frame[:1_000]), table(frame[1_000:2_000]), table(frame[2_000:]))
    assert found.value == pytest.approx(found.ceiling, abs=0.06)
    assert found.parts["common"]["synthetic"] == pytest.approx(found.parts["common"]["holdout"], abs=0.06)
    assert found.parts["common"]["synthetic"] < (found.value or 0)


def test_nulls_equal_nulls_and_not_values(table: Callable[..., Table]) -> None:
    train = table({"a": [1.0, None, 2.0], "b": ["x", "y", None]})
    fake = table({"a": [None, 2.0, 1.0, 1.0], "b": ["y", None, None, "z"]})
    assert disclosure.copies(train, fake).value == 0.5


@pytest.mark.parametrize("held", [200, 800])
def test_unseen_rows_show_no_preference(held: int, table: Callable[..., Table]) -> None:
    """Heavy ties and unequal sizes: of 40 honest stand-ins at most six may be flagged, and the mean is 0.5."""
    values, flagged, sharp = [], 0, 0
    for seed in range(40):
        frame = skewed(1_600 + held, seed)
        given = case(table(frame[:800]), table(frame[800:1_600]), table(frame[1_600:]), seed=seed)
        found = disclosure.distance_share.on(given)
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        values.append(found.value)
        flagged += not found.low <= 0.5 <= found.high
        closest = found.parts["nearest_is_train"]
        sharp += not closest["low"] <= closest["chance"] <= closest["high"]
    assert np.mean(values) == pytest.approx(0.5, abs=0.012)
    assert max(flagged, sharp) <= 6


def test_copying_moves_the_share(table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]) -> None:
    frame = people(4_500, 1)
    train, fresh, holdout = frame[:2_000], frame[2_000:4_000], table(frame[4_000:])
    shares = []
    for share in (0.0, 0.3, 1.0):
        taken = int(share * 2_000)
        fake = table(pl.concat([train.sample(taken, seed=0), fresh[taken:]]))
        shares.append(disclosure.distance_share(table(train), fake, holdout))
    values = [found.value or 0 for found in shares]
    assert values == sorted(values)
    assert (shares[2].low or 0) > 0.5
    assert shares[1].parts["nearest_is_train"]["low"] > shares[1].parts["nearest_is_train"]["chance"]


def test_the_closest_rows(trio: tuple[Table, Table], shuffle: Callable[..., pl.DataFrame]) -> None:
    train, holdout = trio
    copied = disclosure.distance_p5(train, train, holdout)
    far = disclosure.distance_p5(train, Table(shuffle(train.frame), schema=train.schema), holdout)
    assert copied.value == 0
    assert copied.ceiling == far.ceiling
    assert copied.parts["ratio"]["high"] < 1 < far.parts["ratio"]["low"]


def test_without_a_holdout_there_is_no_verdict(trio: tuple[Table, Table]) -> None:
    for score in (disclosure.copies, disclosure.distance_share, disclosure.distance_p5):
        found = score(*trio)
        assert found.ceiling is None
        assert "no privacy verdict" in found.note


def test_wilson() -> None:
    assert wilson(500, 500)[1] == pytest.approx(0.9924, abs=1e-4)
    assert wilson(0, 10)[::2] == (0.0, pytest.approx(0.2775, abs=1e-4))


def test_ranks_share_ties() -> None:
    assert rankdata(np.array([[3.0, 1.0, 3.0], [2.0, 2.0, 2.0]])).tolist() == [[2.5, 1, 2.5], [2, 2, 2]]
