"""Guides: regressions across halves, what they tell the levels of a column, and their arrays."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.encoding.codes import Codes, Domain
from understudy.engines import guides
from understudy.engines.boost import Boost
from understudy.engines.guides import Asked, Guide, Guiding
from understudy.engines.levels import Data
from understudy.engines.scores import apart
from understudy.engines.sums import Basis
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
    return Guiding(many, 8, np.random.default_rng(seed).permutation(learned))


def guided(table: Data, many: int, column: int, before: int) -> tuple[tuple[Guide, ...], np.ndarray]:
    """The guides of a column that follows on the first `before`, and what they say of all rows."""
    who, chosen = guiding(many, table.learned), [np.arange(each) for each in range(len(table.codes))]
    chosen[column] = np.arange(before)
    scores = who.scores(table, 0, chosen)
    return who.of(table, scores, Basis.of(table, scores, who.order), column, chosen[column], chosen[column])


def codes(rows: np.ndarray, domains: tuple[Domain, ...]) -> Codes:
    return Codes(rows, np.zeros(rows.shape, dtype=np.uint16), domains)


def test_a_guide_tells_a_sum_and_noise_tells_nothing() -> None:
    """Correlation with the code, taught by the other half: above .9 where there is a sum, hardly any in noise."""
    for weight, low, high in ((1.0, 0.9, 1.0), (0.0, -0.2, 0.2)):
        table = data(summed(0, weight=weight))
        _, told = guided(table, 1, 6, 6)
        steps = told[0, :ROWS].astype(float)
        found = 0.0 if steps.std() == 0 else np.corrcoef(steps, table.codes[6, :ROWS])[0, 1]
        assert low <= found <= high


def test_the_second_guide_tells_how_far_off_the_first_is() -> None:
    """Noise whose spread hangs on a column: the guide of how far off follows that column, that of where does not."""
    rng = np.random.default_rng(1)
    first = rng.integers(0, 32, (2, ROWS + WATCHED))
    noise = rng.standard_normal(ROWS + WATCHED) * (0.1 + first[0] / 16)
    last = np.argsort(np.argsort(noise)) * 64 // len(noise)
    _, told = guided(data(np.vstack([first, last]).astype(np.uint8)), 2, 2, 2)
    follows = [
        abs(np.corrcoef(each[:ROWS], first[0, :ROWS])[0, 1]) if each.std() else 0.0 for each in told.astype(float)
    ]
    assert follows[1] < 0.3
    assert follows[0] > 0.7


def test_rows_learned_hear_what_the_other_half_teaches() -> None:
    table, who = data(summed(2)), guiding(1)
    scores = who.scores(table, 0, [np.arange(each) for each in range(7)])
    basis = Basis.of(table, scores, who.order)
    aim, asked = scores[6][0][table.codes[6]], Asked(np.arange(6), np.arange(6), np.ones(table.codes.shape[1], bool))
    guide, raw = who._one(table, basis, asked, aim, None)
    whole, *parts = basis.fitted(asked.heard, asked.known, aim)
    np.testing.assert_array_equal(guide.tables, whole.tables)
    halves = who.order[: ROWS // 2], who.order[ROWS // 2 :]
    for mine, others, part in zip(halves, halves[::-1], parts[::-1], strict=True):
        left = (aim - part.of(table.codes))[others]
        taught = guide.learned(np.ascontiguousarray(table.codes[:6, others]), left)
        seen = np.ascontiguousarray(table.codes[:6, mine])
        np.testing.assert_array_equal(raw[mine], part.of(table.codes)[mine] + taught.told(seen))
        assert not np.array_equal(raw[mine], guide.raw(table.codes, asked.before)[mine])
    np.testing.assert_allclose(raw[ROWS:], guide.raw(table.codes, asked.before)[ROWS:], atol=1e-5)


def grouped(seed: int, levels: int, weight: float = 1.0) -> np.ndarray:
    """Six columns of 32 codes, and one of levels that two of their sums tell, as far as `weight` says."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 32, (6, ROWS + WATCHED))
    sums = (first[:3].sum(axis=0) - 46.5) / 16, (first[3:].sum(axis=0) - 46.5) / 16
    turn = np.arctan2(*(weight * each + 0.2 * rng.standard_normal(ROWS + WATCHED) for each in sums))
    level = rng.permutation(levels)[np.minimum(((turn / np.pi + 1) / 2 * levels).astype(int), levels - 1)]
    return np.vstack([first, level]).astype(np.uint8)


@pytest.mark.parametrize("levels", [2, 3, 7, 20])
def test_guides_tell_categories_apart(levels: int) -> None:
    """The nearest mean of the two guides is the level's far more often than the most frequent level is."""
    for weight in (1.0, 0.0):
        rows = grouped(3, levels, weight)
        table = Data(rows, ROWS, rows.shape[1], (*[domain(32)] * 6, domain(levels, ordered=False)))
        found, told = guided(table, 2, 6, 6)
        assert len(found) == min(2, levels - 1)
        steps, truth = told[:, :ROWS].T.astype(float), rows[6, :ROWS]
        means = np.array([steps[truth == each].mean(axis=0) for each in range(levels)])
        guessed = np.linalg.norm(steps[:, None] - means[None], axis=2).argmin(axis=1)
        usual = np.bincount(truth).max() / ROWS
        assert (guessed == truth).mean() > usual + 0.3 if weight else (guessed == truth).mean() < usual + 0.07


def test_scores_of_levels_are_those_of_a_correspondence_analysis() -> None:
    """Left singular vectors of standardised residuals, but for the sign and the shrinkage."""
    rng = np.random.default_rng(4)
    level = rng.integers(0, 5, 3000)
    other = ((level[None] * [[1], [2]] + rng.integers(0, 3, (2, 3000))) % 7).astype(np.uint8)
    found = apart(level.astype(np.uint8), other, domain(5, ordered=False), [domain(7)] * 2)
    count = np.hstack(
        [np.array([[np.sum((level == i) & (each == j)) for j in range(7)] for i in range(5)]) for each in other]
    )
    share = count / count.sum()
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    left = np.linalg.svd((share - np.outer(rows, columns)) / np.sqrt(np.outer(rows, columns)))[0][:, :2]
    expected = left.T / np.sqrt(rows + 50 / 3000)
    signs = np.sign((found * expected).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(found * signs, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("target", "before", "learned"),
    [
        ({}, 0, ROWS),
        ({"ordered": False}, 0, ROWS),
        ({}, 6, 1900),
    ],
)
def test_no_guide_where_it_has_nothing_to_say(target: dict[str, bool], before: int, learned: int) -> None:
    table = data(summed(3), learned, **target)
    found, told = guided(table, 2, 6, before)
    assert found == ()
    assert told.shape == (0, ROWS + WATCHED)


def test_missing_answers_are_left_out() -> None:
    """A third of the answers missing, code 0: the guide of the others is as good."""
    rows = summed(4)
    rows[6] = np.where(rows[6] == 0, 1, rows[6])
    rows[6, ::3] = 0
    table = data(rows, missing=True)
    _, told = guided(table, 1, 6, 6)
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
    guide = guided(data(summed(5)), 1, 6, 6)[0][0]
    assert Guide(*guide).checked(6, 6) == guide
    wrong = {
        "heard": np.append(guide.heard[:-1], 6),
        "tables": guide.tables[:, :-1],
        "feature": np.full_like(guide.feature, 6),
        "above": guide.above[:, :-1],
        "values": np.full_like(guide.values, np.nan),
        "ranks": guide.ranks[:-1],
        "start": guide.start.astype(np.float64),
        "edges": guide.edges[::-1],
        "spread": -guide.spread,
    }
    for name, array in wrong.items():
        with pytest.raises(ValueError, match="guide"):
            guide._replace(**{name: array}).checked(6, 6)


def test_a_fitted_with_guides_is_restored() -> None:
    rows, domains = summed(6), (*[domain(32)] * 6, domain(64))
    engine = Boost(orders=1)
    fitted = engine.fit(codes(rows[:, :ROWS], domains), None, codes(rows[:, ROWS:], domains), np.random.default_rng(0))
    again = engine.restore(*fitted.state(), domains)
    drawn = [each.draw(500, None, None, np.random.default_rng(1)).codes for each in (fitted, again)]
    np.testing.assert_array_equal(drawn[0].coarse, drawn[1].coarse)
    arrays = fitted.state()[1]
    assert any("guide1_" in name for name in arrays)
    bounds = arrays["6/bounds"]
    for wrong in (bounds[:-1], bounds[:, ::-1], np.full_like(bounds, np.nan), bounds.astype(np.float64)):
        with pytest.raises(ValueError, match="belong together"):
            engine.restore({**fitted.state()[0]}, {**arrays, "6/bounds": wrong}, domains)


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


def test_columns_that_all_but_follow_each_other_are_drawn_so() -> None:
    """Of three columns that share 98 % of their variance, what is left is no more than 1.1 times as much as it was.

    Levels that do not begin with an ordered probit leave 1.3 times as much, without guides 1.43.
    """
    rng = np.random.default_rng(8)
    shared = rng.standard_normal(6000)
    values = shared + np.sqrt(0.02) * rng.standard_normal((3, 6000))
    rows = (np.argsort(np.argsort(values)) * 160 // 6000).astype(np.uint8)
    domains = (domain(160),) * 3
    engine = Boost(orders=1)
    fitted = engine.fit(codes(rows[:, :5400], domains), None, codes(rows[:, 5400:], domains), np.random.default_rng(0))
    drawn = fitted.draw(6000, None, None, np.random.default_rng(1)).codes.coarse
    score = np.array([NormalDist().inv_cdf((code + 0.5) / 160) for code in range(160)])
    left = [1 - np.corrcoef(score[each])[np.triu_indices(3, 1)] for each in (rows, drawn)]
    assert (left[1] / left[0]).mean() < 1.1


@given(st.integers(0, 10**6), st.integers(1, 400))
def test_steps_end_halfway_between_values(seed: int, many: int) -> None:
    """What is a little off stays on its step; few values take a step each, many about as many rows."""
    rng = np.random.default_rng(seed)
    raw = rng.choice(np.arange(many), 5000).astype(np.float32)
    edges = guides._between(raw)
    steps = np.searchsorted(edges, raw)
    assert edges.dtype == np.float32
    assert (np.diff(edges) > 0).all()
    assert np.array_equal(steps, np.searchsorted(edges, raw + rng.uniform(-0.4, 0.4, 5000)))
    assert len(edges) == many - 1 if many < 60 else len(edges) < 256
    assert np.bincount(steps).max() <= max(np.bincount(raw.astype(int)).max(), 5000 / 256) * 2
