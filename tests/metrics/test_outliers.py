"""Copied outliers: one is found, and honest stand-ins are not blamed."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.case import case
from understudy.metrics.disclosure import distance_share
from understudy.metrics.measure import Measure
from understudy.metrics.membership import NO_HOLDOUT, membership_distance
from understudy.metrics.outliers import difference, membership_outliers, search

MakeTable = Callable[..., Table]
People = Callable[[int, int], pl.DataFrame]
ROWS, HELD = 400, 100


def numbers(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, 5)) @ np.random.default_rng(9).normal(size=(5, 5))
    values[:, 0], values[:, 1] = np.exp(values[:, 0] / 2), rng.standard_t(2, rows)
    return pl.DataFrame({f"n{i}": values[:, i] for i in range(5)})


def skewed(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    often = 0.35 + 0.6 * rng.random(rows)
    return pl.DataFrame({f"c{i:02d}": rng.geometric(often).clip(1, 4).astype(str) for i in range(12)})


def clusters(rows: int, seed: int) -> pl.DataFrame:
    """Thirty tight groups, some so rare that their only row in a table is isolated, though others like it exist."""
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(7)
    group = rng.choice(30, rows, p=fixed.dirichlet(np.full(30, 0.3)))
    values = fixed.normal(size=(30, 5))[group] * 5 + rng.normal(size=(rows, 5)) * np.linspace(0.05, 1, 30)[group, None]
    return pl.DataFrame({f"n{i}": values[:, i] for i in range(5)})


def guests(rows: int, seed: int) -> pl.DataFrame:
    """Numbers beside categories."""
    rng, levels = np.random.default_rng(seed), list("abcdef")
    groups = {f"g{i}": rng.choice(levels, rows, p=[0.5, 0.2, 0.15, 0.1, 0.04, 0.01]) for i in range(3)}
    return numbers(rows, seed + 10_000).with_columns(pl.Series(name, values) for name, values in groups.items())


MADE = {"numbers": numbers, "guests": guests, "skewed": skewed, "clusters": clusters}


def parts(name: str, seed: int, people: People) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    frame = {**MADE, "people": people}[name](2 * ROWS + HELD, seed)
    return frame[:ROWS], frame[ROWS : 2 * ROWS], frame[2 * ROWS :]


def odd(row: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """A row like no other: every number eight interquartile ranges above the median."""
    far = [
        (pl.lit(rows[name].median() + 8 * (rows[name].quantile(0.75) - rows[name].quantile(0.25))))
        .cast(kind)
        .alias(name)
        for name, kind in rows.schema.items()
        if kind.is_numeric()
    ]
    return row.with_columns(far)


def noisy(row: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Every number off by one per cent or so."""
    rng = np.random.default_rng(seed)
    kinds = row.schema.items()
    return row.with_columns(
        (pl.col(name) * (1 + 0.01 * rng.normal())).cast(kind) for name, kind in kinds if kind.is_numeric()
    )


@pytest.mark.parametrize("name", ["numbers", "guests"])
@pytest.mark.parametrize("noise", [False, True])
def test_one_copied_outlier_is_found(name: str, noise: bool, table: MakeTable, people: People) -> None:
    found = []
    for seed in range(20):
        train, fresh, holdout = parts(name, seed, people)
        row = odd(train[:1], train)
        fake = pl.concat([noisy(row, seed) if noise else row, fresh[1:]])
        found.append(membership_outliers(table(pl.concat([row, train[1:]])), table(fake), table(holdout), seed=seed))
    assert sum(each.parts["p"] < 0.05 for each in found) >= 19
    assert all((each.value or 0) > 0 for each in found if each.parts["p"] < 0.05)


def test_averages_do_not_see_it(table: MakeTable, people: People) -> None:
    train, fresh, holdout = parts("numbers", 1, people)
    row = odd(train[:1], train)
    tables = table(pl.concat([row, train[1:]])), table(pl.concat([row, fresh[1:]])), table(holdout)
    assert membership_outliers(*tables).parts["p"] < 0.0045
    assert membership_distance(*tables).parts["p"] > 0.05
    share = distance_share(*tables)
    assert share.low is not None
    assert share.low < 0.5


@pytest.mark.parametrize("name", ["numbers", "guests", "people", "skewed", "clusters"])
@pytest.mark.parametrize("related", [True, False])
def test_honest_rows_are_not_blamed(
    name: str, related: bool, table: MakeTable, people: People, shuffle: Callable[..., pl.DataFrame]
) -> None:
    """Of 25 honest stand-ins more than three would be flagged in 3 % of runs if one in twenty were."""
    found = []
    for seed in range(25):
        train, fresh, holdout = parts(name, seed, people)
        fake = fresh if related else shuffle(fresh, seed)
        found.append(membership_outliers(table(train), table(fake), table(holdout), seed=seed))
    assert sum(each.parts["p"] < 0.05 for each in found) <= 3


def test_the_value_is_the_share_of_outliers_copied(table: MakeTable) -> None:
    frame = numbers(4_000, 2)
    train, fresh, holdout = frame[:1_600], frame[1_600:3_200], frame[3_200:]

    def value(share: float) -> float:
        taken = int(share * len(train))
        fake = pl.concat([train.sample(taken, seed=0), fresh[taken:]])
        return membership_outliers(table(train), table(fake), table(holdout)).value or 0

    assert value(0.0) == pytest.approx(0, abs=0.02)
    assert value(0.1) == pytest.approx(0.1, abs=0.07)
    assert value(0.3) == pytest.approx(0.3, abs=0.12)
    assert value(1.0) > 0.95


def test_lone_rows_are_the_targets(table: MakeTable) -> None:
    """Three rows far from the rest are the first targets, and a copy of one has u = 0."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.normal(size=500), "b": rng.normal(size=500), "c": rng.normal(size=500)})
    far = pl.DataFrame({"a": [50.0, -50.0, 50.0], "b": [50.0, 50.0, -50.0], "c": [0.0, 0.0, 0.0]})
    train = pl.concat([far, frame[:297]])
    found = search(case(table(train), table(pl.concat([far[1:2], frame[300:400]])), table(frame[400:])))
    assert found is not None
    assert len(found.targets) == 100 // 8
    assert found.targets.min() < np.log(1e-3) < np.sort(found.targets)[1]


def test_newcombe() -> None:
    """Newcombe 1998, table II, method 10."""
    assert difference(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert difference(9, 10, 3, 10) == pytest.approx((0.6, 0.1705, 0.8090), abs=1e-4)
    assert difference(0, 10, 0, 0)[0] == 0


def fields(found: Measure) -> dict[str, object]:
    return found.to_dict()


def test_order_does_not_matter(table: MakeTable, people: People) -> None:
    sides = parts("people", 3, people)
    turned = (side[::-1].select(reversed(side.columns)) for side in sides)
    assert fields(membership_outliers(*map(table, sides))) == fields(membership_outliers(*map(table, turned)))


def test_it_says_what_is_lacking(table: MakeTable) -> None:
    frame = table(numbers(60, 0))
    assert membership_outliers(frame, frame).note == NO_HOLDOUT
    assert "too few" in membership_outliers(frame, frame, table(numbers(30, 1))).note
    same = table({"a": [1.0] * 60, "b": ["x"] * 60})
    assert "stands alone" in membership_outliers(same, same, same).note


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": pl.Series([None] * 60, dtype=pl.Float64), "b": pl.Series([None] * 60, dtype=pl.String)}),
        pl.DataFrame({"a": np.arange(60.0)}),
        pl.DataFrame({"a": [f"v{i}" for i in range(600)]}),
        pl.DataFrame({f"n{i:03d}": np.random.default_rng(i).normal(size=60) for i in range(300)}),
        pl.DataFrame({"d": pl.date_range(pl.date(2000, 1, 1), pl.date(2000, 2, 29), eager=True)}),
        pl.DataFrame({"a": [1e300, *[0.0] * 59], "b": ["x", *["y"] * 59]}),
    ],
    ids=["missing", "one column", "one level each", "wide", "dates", "huge"],
)
def test_nothing_raises(frame: pl.DataFrame, table: MakeTable) -> None:
    real = table(frame)
    for fake in (real, real.take([0])):
        found = membership_outliers(real, fake, real)
        assert found.note
        assert found.value is None or 0 <= found.parts["p"] <= 1
