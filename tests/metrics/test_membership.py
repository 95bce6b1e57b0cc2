"""Membership attacks: nothing is won from a stand-in that knows the population alone, and copying is."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.attack import NO_HOLDOUT
from understudy.metrics.case import Case, case
from understudy.metrics.membership import (
    membership_classifier,
    membership_density,
    membership_distance,
    nearby,
    sides,
    unfit,
)
from understudy.metrics.metric import Metric

MakeTable = Callable[..., Table]
People = Callable[[int, int], pl.DataFrame]
NEAR = (membership_distance, membership_density)
ALL = (*NEAR, membership_classifier)


def skewed(rows: int, seed: int, columns: int = 16) -> pl.DataFrame:
    """Skewed categories that depend on one another: ties everywhere."""
    rng = np.random.default_rng(seed)
    often = 0.35 + 0.6 * rng.random(rows)
    return pl.DataFrame({f"c{i:02d}": rng.geometric(often).clip(1, 4).astype(str) for i in range(columns)})


def numbers(rows: int, seed: int, columns: int = 6) -> pl.DataFrame:
    """Related numbers, one heavy-tailed, one skewed."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, columns)) @ np.random.default_rng(99).normal(size=(columns, columns))
    values[:, 0], values[:, 1] = np.exp(values[:, 0] / 2), rng.standard_t(2, rows) + values[:, 2]
    return pl.DataFrame({f"n{i}": values[:, i] for i in range(columns)})


def cases(
    make: Callable[[int, int], pl.DataFrame],
    table: MakeTable,
    seeds: int,
    stand_in: Callable[[pl.DataFrame, pl.DataFrame, int], pl.DataFrame],
    sizes: tuple[int, int] = (400, 100),
) -> Iterator[Case]:
    """Cases of 80 % training and 20 % holdout rows; `stand_in` is given (training rows, as many unseen ones, seed)."""
    rows, held = sizes
    for seed in range(seeds):
        frame = make(2 * rows + held, seed)
        train, fresh, holdout = frame[:rows], frame[rows : 2 * rows], frame[2 * rows :]
        fake = stand_in(train, fresh, seed)
        yield case(table(train), table(fake), table(holdout), seed=seed)


def flagged(metrics: Sequence[Metric], given: Iterator[Case]) -> list[tuple[float, float]]:
    """Share with p < .05, and the mean advantage, by metric."""
    found = [[metric.on(each) for metric in metrics] for each in given]
    return [
        (float(np.mean([each.parts["p"] < 0.05 for each in side])), float(np.mean([each.value for each in side])))
        for side in zip(*found, strict=True)
    ]


def copying(share: float, train: pl.DataFrame, fresh: pl.DataFrame, seed: int) -> pl.DataFrame:
    taken = int(share * len(train))
    return pl.concat([train.sample(taken, seed=seed), fresh[taken:]])


@pytest.mark.parametrize("make", [numbers, skewed])
def test_the_population_alone_gives_nothing_away(make: Callable[[int, int], pl.DataFrame], table: MakeTable) -> None:
    """Of 100 independent samples 5 are flagged on average, more than 11 in 0.4 %; the mean is 0 to its error."""
    for share, mean in flagged(NEAR, cases(make, table, 100, lambda train, fresh, seed: fresh, (300, 80))):
        assert share <= 0.11
        assert abs(mean) < 3 * 0.1 / np.sqrt(100)


def test_independent_columns_give_nothing_away(table: MakeTable, shuffle: Callable[..., pl.DataFrame]) -> None:
    """Utility, or its lack, is not membership: columns without relations are far from all rows alike."""
    for make in (numbers, skewed):
        given = cases(make, table, 40, lambda train, fresh, seed: shuffle(fresh, seed), (300, 80))
        for share, mean in flagged(NEAR, given):
            assert share <= 0.15
            assert abs(mean) < 3 * 0.1 / np.sqrt(40)


def test_a_classifier_is_not_deceived_by_unseen_rows(table: MakeTable, people: People) -> None:
    given = cases(people, table, 8, lambda train, fresh, seed: fresh, (300, 200))
    [(share, mean)] = flagged([membership_classifier], given)
    assert share <= 0.25
    assert abs(mean) < 0.1


@pytest.mark.parametrize("make", ["people", "numbers"])
def test_the_advantage_of_distance_is_the_share_of_rows_copied(make: str, table: MakeTable, people: People) -> None:
    """A copy is the highest score there is and other rows win nothing: 2 AUC - 1 = the share of members copied."""
    source = people if make == "people" else numbers
    for share in (0.0, 0.01, 0.05, 0.1, 0.3, 1.0):
        given = cases(source, table, 6, partial(copying, share), (800, 200))
        assert np.mean([membership_distance.on(each).value for each in given]) == pytest.approx(share, abs=0.07)


def test_every_attack_rises_with_the_copies(table: MakeTable) -> None:
    for metric, least in ((membership_distance, 0.25), (membership_density, 0.08), (membership_classifier, 0.02)):
        values = [
            np.mean([metric.on(each).value for each in cases(numbers, table, 2, partial(copying, share), (1_000, 600))])
            for share in (0.0, 0.3, 1.0)
        ]
        assert values == sorted(values)
        assert values[1] - values[0] > least
        assert values[2] - values[1] > least


def test_few_copies_show_at_low_false_positive_rates(table: MakeTable) -> None:
    given = next(cases(numbers, table, 1, partial(copying, 0.1), (2_000, 2_000)))
    found = membership_distance.on(given)
    assert found.parts["tpr_0.01"] > 0.09
    assert found.parts["tpr_0.001"] > 0.05
    assert found.parts["trials"] == 2_000
    assert found.parts["controls"] == found.parts["reference"] == 1_000
    assert found.parts["synthetic"] == 2_000


def test_distances_are_those_to_the_nearest_row(table: MakeTable, people: People) -> None:
    given = next(cases(people, table, 1, lambda train, fresh, seed: fresh, (60, 40)))
    near, those = nearby(given), sides(given)
    assert len(those.controls) == len(those.reference) == 20
    assert near.members == 60
    assert near.synthetic.shape[1] >= near.whole[0] == len(those.synthetic) // 2
    again = nearby(dataclasses.replace(given, synthetic=those.reference, _done={}))
    assert np.array_equal(again.synthetic.min(axis=1), near.reference.min(axis=1))


def test_the_reference_holds_no_control(table: MakeTable) -> None:
    given = next(cases(numbers, table, 1, lambda train, fresh, seed: fresh))
    those = sides(given)
    seen = {tuple(row) for row in those.reference.numbers}
    assert not any(tuple(row) in seen for row in np.vstack([those.controls.numbers, those.members.numbers]))


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_order_does_not_matter(metric: Metric, table: MakeTable, people: People) -> None:
    frame = people(700, 5)
    sides = (frame[:300], frame[300:500], frame[500:])
    turned = (side[::-1].select(reversed(frame.columns)) for side in sides)
    assert metric(*map(table, sides)) == metric(*map(table, turned))


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_without_a_holdout_there_is_no_verdict(metric: Metric, table: MakeTable) -> None:
    frame = table(numbers(50, 0))
    assert metric(frame, frame).note == NO_HOLDOUT
    few = metric(frame, frame, table(numbers(10, 1)))
    assert few.value is None
    assert "too few" in few.note


LEGAL = {
    "two rows": pl.DataFrame({"a": [1.0, 2.0]}),
    "constant": pl.DataFrame({"a": [1.0] * 60, "b": ["x"] * 60}),
    "missing": pl.DataFrame(
        {"a": pl.Series([None] * 60, dtype=pl.Float64), "b": pl.Series([None] * 60, dtype=pl.String)}
    ),
    "one column": pl.DataFrame({"a": np.arange(60.0)}),
    "one level each": pl.DataFrame({"a": [f"v{i}" for i in range(600)]}),
    "wide": numbers(60, 0, 300),
    "dates": pl.DataFrame({"d": pl.date_range(pl.date(2000, 1, 1), pl.date(2000, 2, 29), eager=True)}),
}


@pytest.mark.parametrize("name", LEGAL)
@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_nothing_raises(metric: Metric, name: str, table: MakeTable) -> None:
    frame = table(LEGAL[name])
    for fake in (frame, frame.take([0])):
        found = metric(frame, fake, frame)
        assert (found.value is None) == (name == "two rows")
        if found.value is not None:
            assert found.value == pytest.approx(0, abs=0.5)
            assert 0 <= found.parts["p"] <= 1


def test_what_is_lacking_is_said(table: MakeTable) -> None:
    frame = table(numbers(30, 0))
    assert not unfit(case(frame, frame, frame))
    assert "too few" in unfit(case(frame, frame, frame.take(range(19))))
