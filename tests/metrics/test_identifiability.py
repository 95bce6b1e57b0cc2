"""Identifiability: known answers, honest stand-ins, copies."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.identifiability import identifiability, nearer


def strangers(rows: int, name: str) -> pl.DataFrame:
    """Rows that share no cell with any other: all lie as far apart as can be."""
    return pl.DataFrame({f"c{i}": [f"{name}{row}" for row in range(rows)] for i in range(3)})


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_of_strangers_those_copied_are_identifiable(share: float, table: Callable[..., Table]) -> None:
    """A copied row lies at 0 and all others at 1: the share is the copied one's, up to which rows are asked."""
    train, taken = strangers(3_000, "t"), int(3_000 * share)
    fake = pl.concat([train[:taken], strangers(3_000 - taken, "s")])
    found = identifiability(table(train), table(fake), table(strangers(1_000, "h")))
    assert found.parts["unseen"] == 0
    assert found.parts["identifiable"] == pytest.approx(share, abs=0.04)
    assert found.value == pytest.approx(share, abs=0.04)
    assert (found.parts["p"] < 0.001) == (share > 0)
    assert (found.parts["real"], found.parts["synthetic"], found.parts["trials"]) == (2_000, 3_000, 1_000)


def test_all_rows_alike_are_not_identifiable(table: Callable[..., Table]) -> None:
    frame = pl.DataFrame({"x": ["a"] * 30, "y": [1.0] * 30})
    found = identifiability(table(frame), table(frame), table(frame))
    assert found.parts["identifiable"] == found.parts["unseen"] == 0
    assert found.parts["p"] > 0.05


def test_by_brute_force(table: Callable[..., Table]) -> None:
    """Two rows of levels: the one asked is nearer to a synthetic row than to the other, or not."""
    train = table({"a": ["x", "y"], "b": ["u", "v"], "c": ["p", "p"]})
    holdout = table({"a": ["z", "z"], "b": ["u", "v"], "c": ["q", "q"]})
    for cells, expected in ((("x", "v", "p"), True), (("z", "w", "p"), False), (("z", "w", "q"), False)):
        fake = table({name: [cell] * 2 for name, cell in zip("abc", cells, strict=True)})
        one = case(train, fake, holdout)
        assert one.holdout is not None
        found = nearer(one, one.holdout)
        assert found.members.tolist() == [expected]
    assert (found.real, found.synthetic) == (1, 2)
    # with z and q the last stand-in is nearer to holdout rows than x u p or y v p can be
    assert found.others.tolist() == [True, True]


@pytest.mark.parametrize("sizes", [(300, 300, 100), (150, 400, 300)])
def test_honest_stand_ins_are_not_flagged(
    sizes: tuple[int, int, int], table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]
) -> None:
    """120 independent samples each: at most 7 % have p < 0.05, and the mean excess is about 0."""
    ends, found = np.cumsum(sizes), []
    for seed in range(120):
        frame = people(int(ends[-1]), seed)
        parts = (table(frame[: ends[0]]), table(frame[ends[0] : ends[1]]), table(frame[ends[1] :]))
        found.append(identifiability.on(case(*parts, seed=seed)))
    assert np.mean([measure.parts["p"] < 0.05 for measure in found]) <= 0.07
    assert np.mean([measure.value for measure in found]) == pytest.approx(0, abs=0.05)


def test_the_excess_is_the_copied_share(
    table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]
) -> None:
    frame = people(5_000, 0)
    train, fresh, holdout = frame[:2_000], frame[2_000:4_000], frame[4_000:]
    for share in (0.0, 0.1, 0.3, 1.0):
        fake = pl.concat([train[: int(share * 2_000)], fresh[int(share * 2_000) :]])
        found = identifiability(table(train), table(fake), table(holdout))
        assert found.low is not None
        assert found.high is not None
        assert found.low <= share + 0.01
        assert found.high >= share - 0.01
        assert found.value == pytest.approx(share, abs=0.12)


def test_the_order_of_rows_does_not_matter(
    table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]
) -> None:
    first, second, third = people(200, 0), people(200, 1), people(100, 2)
    turned = identifiability(table(first[::-1]), table(second[::-1]), table(third[::-1]))
    assert turned == identifiability(table(first), table(second), table(third))


def test_what_cannot_be_computed_says_why(table: Callable[..., Table]) -> None:
    one = table({"x": ["a"], "y": [1.0]})
    assert "no privacy verdict" in identifiability(one, one).note
    assert "one training row" in identifiability(one, one, one).note
    void = table(pl.DataFrame({"x": [None, None], "y": [None, None]}, schema={"x": pl.Float64, "y": pl.String}))
    assert identifiability(void, void, void).parts["identifiable"] == 0
