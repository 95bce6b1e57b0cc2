"""Guides: regressions across folds, what they tell the levels of an ordered column, and their arrays."""

from dataclasses import replace

import numpy as np
import pytest

from understudy.encoding.codes import Codes, Domain
from understudy.engines import guides
from understudy.engines.boost import Boost
from understudy.engines.guides import Guide, Guiding
from understudy.engines.levels import Data
from understudy.kernels import boosting

ROWS, WATCHED = 4000, 400


def domain(size: int, *, ordered: bool = True, missing: bool = False) -> Domain:
    return Domain(np.ones(size, dtype=np.int64), ordered=ordered, missing=missing)


def summed(seed: int, rows: int = ROWS + WATCHED, weight: float = 1.0) -> np.ndarray:
    """Six columns of 32 codes, and one of 64 that is their sum, as far as `weight` says, and noise; uint8 (7, rows)."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 32, (6, rows))
    told = weight * (first.sum(axis=0) - 93) / 22.6 + 0.3 * rng.standard_normal(rows)
    last = np.argsort(np.argsort(told)) * 64 // rows
    return np.vstack([first, last]).astype(np.uint8)


def data(codes: np.ndarray, learned: int = ROWS, **target: bool) -> Data:
    domains = (*[domain(32)] * (len(codes) - 1), domain(64, **target))
    return Data(codes, learned, codes.shape[1], domains)


def guiding(many: int, learned: int = ROWS, seed: int = 99) -> Guiding:
    return Guiding(many, 8, np.random.default_rng(seed).integers(guides.FOLDS, size=learned))


def codes(rows: np.ndarray, domains: tuple[Domain, ...]) -> Codes:
    return Codes(rows, np.zeros(rows.shape, dtype=np.uint16), domains)


def test_a_guide_tells_a_sum_and_noise_tells_nothing() -> None:
    """Correlation with the code, rows of other folds speaking: above .9 where there is a sum, near 0 in noise."""
    for weight, low, high in ((1.0, 0.9, 1.0), (0.0, -0.05, 0.05)):
        table = data(summed(0, weight=weight))
        _, told = guiding(1).of(table, 6, np.arange(6))
        steps = told[0, :ROWS].astype(float)
        found = 0.0 if steps.std() == 0 else np.corrcoef(steps, table.codes[6, :ROWS])[0, 1]
        assert low <= found <= high


def test_the_second_guide_tells_how_far_off_the_first_is() -> None:
    """Noise whose spread hangs on a column: the second guide follows that column, the first does not."""
    rng = np.random.default_rng(1)
    first = rng.integers(0, 32, (2, ROWS + WATCHED))
    noise = rng.standard_normal(ROWS + WATCHED) * (0.1 + first[0] / 16)
    last = np.argsort(np.argsort(noise)) * 64 // len(noise)
    _, told = guiding(2).of(data(np.vstack([first, last]).astype(np.uint8)), 2, np.arange(2))
    follows = [
        abs(np.corrcoef(each[:ROWS], first[0, :ROWS])[0, 1]) if each.std() else 0.0 for each in told.astype(float)
    ]
    assert follows[0] < 0.3
    assert follows[1] > 0.7


def test_what_a_guide_says_of_a_row_learned_does_not_hang_on_its_answer() -> None:
    """The answer of one row changed: rows of its own fold hear the same of their guide before it is cut in steps."""
    rows = summed(2)
    other = rows.copy()
    other[6, 5] = 63 - other[6, 5]
    who = guiding(1)
    mine = np.flatnonzero(who.fold == who.fold[5])
    raws = []
    for each in (rows, other):
        table = data(each)
        aim = np.linspace(-2, 2, 64, dtype=np.float32)[each[6]]
        raws.append(who._one(each[:6], aim, np.ones(len(aim), bool), table.domains[:6], table)[1])
    np.testing.assert_array_equal(raws[0][mine], raws[1][mine])
    assert not np.array_equal(raws[0], raws[1])


@pytest.mark.parametrize(
    ("target", "before", "learned"),
    [
        ({"ordered": False}, 6, ROWS),
        ({}, 1, ROWS),
        ({}, 6, 400),
    ],
)
def test_no_guide_where_it_has_nothing_to_say(target: dict[str, bool], before: int, learned: int) -> None:
    table = data(summed(3), learned, **target)
    found, told = guiding(2, learned).of(table, 6, np.arange(before))
    assert found == ()
    assert told.shape == (0, ROWS + WATCHED)


def test_missing_answers_are_left_out() -> None:
    """A third of the answers missing, code 0: the guide of the others is as good."""
    rows = summed(4)
    rows[6] = np.where(rows[6] == 0, 1, rows[6])
    rows[6, ::3] = 0
    table = data(rows, missing=True)
    _, told = guiding(1).of(table, 6, np.arange(6))
    there = table.codes[6, :ROWS] > 0
    assert np.corrcoef(told[0, :ROWS][there], table.codes[6, :ROWS][there])[0, 1] > 0.9


def test_a_column_is_told_better_with_guides() -> None:
    """Unseen rows of a sum of six columns are at least .03 nats a row more likely, mean of three tables."""
    gains = []
    for seed in range(3):
        rows, unseen = summed(seed), summed(100 + seed)
        domains = (*[domain(32)] * 6, domain(64))
        told = []
        for many in (0, 2):
            engine = Boost(orders=1, guides=many)
            fitted = engine.fit(
                codes(rows[:, :ROWS], domains), None, codes(rows[:, ROWS:], domains), np.random.default_rng(99)
            )
            known = {place: unseen[place].astype(np.int64) for place in range(7)}
            held = fitted.draw(unseen.shape[1], None, None, np.random.default_rng(0), known=known)
            told.append(held.log_weight.mean())
        gains.append(told[1] - told[0])
    assert np.mean(gains) > 0.03


def test_a_guide_survives_its_arrays_and_wrong_ones_are_refused() -> None:
    guide = guiding(1).of(data(summed(5)), 6, np.arange(6))[0][0]
    assert Guide(*guide).checked(6) == guide
    wrong = {
        "feature": np.full_like(guide.feature, 6),
        "above": guide.above[:, :-1],
        "values": np.full_like(guide.values, np.nan),
        "ranks": guide.ranks[:-1],
        "start": guide.start.astype(np.float64),
        "edges": guide.edges[::-1],
    }
    for name, array in wrong.items():
        with pytest.raises(ValueError, match="guide"):
            guide._replace(**{name: array}).checked(6)


def test_a_fitted_with_guides_is_restored() -> None:
    rows, domains = summed(6), (*[domain(32)] * 6, domain(64))
    engine = Boost(orders=1)
    fitted = engine.fit(codes(rows[:, :ROWS], domains), None, codes(rows[:, ROWS:], domains), np.random.default_rng(0))
    again = engine.restore(*fitted.state(), domains)
    drawn = [each.draw(500, None, None, np.random.default_rng(1)).codes for each in (fitted, again)]
    np.testing.assert_array_equal(drawn[0].coarse, drawn[1].coarse)
    arrays = fitted.state()[1]
    assert any("guide1_" in name for name in arrays)


def test_squared_loss_trees_are_newton_steps() -> None:
    """One tree, one question: the bound between the two means, and each side's sum of residuals / (rows + ridge)."""
    features = np.array([[0] * 30 + [1] * 70], dtype=np.uint8)
    answer = np.where(features[0] == 1, 1.5, -0.5).astype(np.float32)
    none = np.zeros((1, 0), np.uint8), np.zeros(0, np.float32), np.zeros(0, np.float32)
    start = np.zeros(100, np.float32)
    feature, above, values = boosting.grow(
        features, np.array([2]), answer, start, *none, 1, 0.5, 4.0, 8, 0, 1, 5, 1.0, True
    )
    assert (feature[0, 0], above[0, 0]) == (0, 0)
    np.testing.assert_allclose(values[0], [0.5 * -15 / 34, 0.5 * 105 / 74], atol=1e-4)


def test_guides_can_be_switched_off() -> None:
    rows, domains = summed(7, 600), (*[domain(32)] * 6, domain(64))
    engine = replace(Boost(orders=1), guides=0)
    fitted = engine.fit(codes(rows[:, :540], domains), None, codes(rows[:, 540:], domains), np.random.default_rng(0))
    assert not any("guide" in name for name in fitted.state()[1])
