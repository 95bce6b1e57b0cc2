"""Boosted oblivious trees: beside an independent reimplementation in plain numpy, and by what they must learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.kernels import boosting
from understudy.kernels.boosting import NEVER

DEPTH, RATE, RIDGE = 3, 0.3, 2.0


def grow(codes, answer, sizes=None, start=None, unseen=None, truth=(), depth=DEPTH, rate=RATE, ridge=RIDGE, **more):
    """`boosting.grow` with what most tests leave as it is."""
    codes = np.ascontiguousarray(codes, dtype=np.uint8)
    sizes = np.array([each.max(initial=0) + 1 for each in codes] if sizes is None else sizes, dtype=np.int64)
    start = np.zeros(codes.shape[1]) if start is None else start
    unseen = np.zeros((len(codes), 0)) if unseen is None else unseen
    held = {"few": 1000, "fixed": 0, "rounds": 20, "patience": 5, "stretch": 1.0, **more}
    return boosting.grow(
        codes,
        sizes,
        np.asarray(answer, dtype=np.uint8),
        np.asarray(start, dtype=np.float32),
        np.ascontiguousarray(unseen, dtype=np.uint8),
        np.asarray(truth, dtype=np.uint8),
        np.zeros(len(truth), dtype=np.float32),
        depth,
        rate,
        ridge,
        *(held[name] for name in ("few", "fixed", "rounds", "patience", "stretch")),
    )


def leaves(codes, feature, above) -> np.ndarray:
    """The number that the answers spell, one row at a time."""
    found = np.zeros(codes.shape[1], dtype=np.uint8)
    for step, (each, bound) in enumerate(zip(feature, above, strict=True)):
        if bound != NEVER:
            found |= (codes[each] > bound).astype(np.uint8) << step
    return found


def gradients(score, answer) -> tuple[np.ndarray, np.ndarray]:
    share = 1 / (1 + np.exp(-np.asarray(score, dtype=np.float64)))
    return share - answer, share * (1 - share)


def gain(leaf, slope, curve, ridge) -> float:
    """Sum over leaves of G squared over H and the ridge."""
    sums = [np.bincount(leaf, weights=each) for each in (slope, curve)]
    return float((sums[0] ** 2 / (sums[1] + ridge)).sum())


def scores(codes, grown, start=0.0) -> np.ndarray:
    """Logits of rows after each number of trees, (trees + 1, rows)."""
    steps = [values[leaves(codes, *questions)] for *questions, values in zip(*grown, strict=True)]
    return np.cumsum([np.full(codes.shape[1], start), *steps], axis=0)


def logistic(score, answer) -> float:
    return float(np.logaddexp(0, np.where(np.asarray(answer) == 1, -score, score)).sum())


def table(seed: int = 0, rows: int = 3000, sizes=(7, 3, 20, 2)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.array([rng.integers(0, size, rows) for size in sizes], dtype=np.uint8)
    logit = 0.5 * codes[0] - 1.5 + (codes[1] == 1) * (codes[2] > 9)
    return codes, (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(np.uint8)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 400), st.integers(1, 5), st.floats(0.05, 20))
def test_every_question_is_the_best_there_is(seed: int, rows: int, depth: int, ridge: float) -> None:
    """Beside an exhaustive search with real numbers: what is asked wins as much, up to the rounding of gradients."""
    codes, answer = table(seed, rows)
    grown = grow(codes, answer, depth=depth, ridge=ridge, rounds=3, sizes=[7, 3, 20, 2])
    for tree, score in enumerate(scores(codes, grown)[:-1]):
        slope, curve = gradients(score, answer)
        leaf = np.zeros(rows, dtype=np.int64)
        for step in range(depth):
            before = gain(leaf, slope, curve, ridge)
            won = {
                (each, bound): gain(leaf + ((codes[each] > bound) << step), slope, curve, ridge) - before
                for each, size in enumerate((7, 3, 20, 2))
                for bound in range(size - 1)
            }
            asked = int(grown[0][tree, step]), int(grown[1][tree, step])
            close = 1e-3 * max(1.0, before + max(won.values())) + 0.02
            if asked[1] == NEVER:
                assert max(won.values()) < close
                break
            assert won[asked] > max(won.values()) - close
            leaf += (codes[asked[0]] > asked[1]) << step


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 500), st.floats(0.05, 20), st.floats(0.01, 1))
def test_leaf_values_are_newton_steps(seed: int, rows: int, ridge: float, rate: float) -> None:
    codes, answer = table(seed, rows)
    grown = grow(codes, answer, ridge=ridge, rate=rate, rounds=5)
    for tree, score in enumerate(scores(codes, grown)[:-1]):
        slope, curve = gradients(score, answer)
        leaf = leaves(codes, grown[0][tree], grown[1][tree])
        first, second = (np.bincount(leaf, weights=each, minlength=1 << DEPTH) for each in (slope, curve))
        here = np.bincount(leaf, minlength=1 << DEPTH)
        room = rate * 0.003 * np.sqrt(here + 1) * np.sqrt(here) / (second + ridge) + 1e-4
        assert (np.abs(grown[2][tree] + rate * first / (second + ridge)) <= room).all()
        assert (grown[2][tree][here == 0] == 0).all()


def test_the_loss_falls_with_every_tree() -> None:
    codes, answer = table()
    path = [logistic(score, answer) for score in scores(codes, grow(codes, answer, rate=0.1, rounds=60))]
    assert len(path) == 61
    assert (np.diff(path) < 0).all()


def test_loss_is_the_formula() -> None:
    score = np.array([-80, -3.5, 0, 0.25, 40], dtype=np.float32)
    for answer in (np.zeros(5, np.uint8), np.ones(5, np.uint8)):
        assert boosting.loss(score, answer) == pytest.approx(logistic(score.astype(float), answer), rel=1e-6)


def test_leaves_are_the_bits_of_the_answers() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 256, (5, 999)).astype(np.uint8)
    feature = rng.integers(0, 5, 8).astype(np.int16)
    above = np.array([0, 254, 128, NEVER, 3, 77, NEVER, 200], dtype=np.uint8)
    found = np.empty(999, dtype=np.uint8)
    boosting.find_leaves(codes, feature, above, found)
    assert np.array_equal(found, leaves(codes, feature, above))


def test_the_same_rows_set_the_same_values_again() -> None:
    codes, answer = table()
    feature, above, values = grow(codes, answer)
    start = np.zeros(len(answer), dtype=np.float32)
    again = boosting.refit(codes, answer, start, feature, above, RATE, RIDGE)
    assert again == pytest.approx(values, abs=1e-6)
    twice = boosting.refit(np.tile(codes, 2), np.tile(answer, 2), np.tile(start, 2), feature, above, RATE, 2 * RIDGE)
    assert twice == pytest.approx(values, abs=2e-3), "as many rows again under twice the ridge"


def test_exclusive_or_is_learned() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (4, 4000)).astype(np.uint8)
    answer = codes[0] ^ codes[2]
    score = scores(codes, grow(codes, answer, rounds=60, sizes=[2] * 4))[-1]
    assert ((score > 0) == answer).all()
    assert np.abs(score).min() > 2


def test_all_of_a_byte_is_asked_about() -> None:
    codes = np.tile(np.arange(256, dtype=np.uint8), 40)[None]
    for answer in (codes[0] == 255, codes[0] == 0):
        score = scores(codes, grow(codes, answer, rounds=40, sizes=[256]))[-1]
        assert ((score > 0) == answer).all()


@pytest.mark.parametrize("depth", range(1, 9))
def test_every_depth_beside_counting(depth: int) -> None:
    """Histograms that are subtracted give the trees that all rows counted give: every question again by brute force."""
    codes, answer = table(depth, 2000)
    feature, above, values = grow(codes, answer, depth=depth, rounds=2)
    assert feature.shape == above.shape == (2, depth)
    assert values.shape == (2, 1 << depth)
    slope, curve = gradients(np.zeros(2000), answer)
    leaf = np.zeros(2000, dtype=np.int64)
    for step in range(depth):
        bounds = [(each, bound) for each in range(4) for bound in range(codes[each].max())]
        won = [gain(leaf + ((codes[each] > bound) << step), slope, curve, RIDGE) for each, bound in bounds]
        asked = leaf + ((codes[feature[0, step]] > above[0, step]) << step)
        assert gain(asked, slope, curve, RIDGE) > max(won) - 0.1
        leaf = asked


@pytest.mark.parametrize("rows", [1, 2, 65_536, 65_537, 10**6, 10**7, 10**9])
def test_sums_of_packed_gradients_fit(rows: int) -> None:
    """All rows with the steepest gradient, or the greatest curvature, rounded up."""
    words, unit = boosting._words(rows)
    slope, curve = words >> 32, words & 0xFFFFFFFF
    assert (np.abs(slope) // 65_536 + 1).max() * rows < 2**31
    assert (curve // 65_536 + 1).max() * rows < 2**31
    assert np.abs(slope).max() + 65_535 < 2**31
    assert curve.max() + 65_535 < 2**31
    middle = boosting.REACH * boosting.STEPS
    assert slope[1, middle] / 65_536 * unit == pytest.approx(-0.5, rel=1e-4)
    assert curve[0, middle] / 65_536 * unit == pytest.approx(0.25, rel=1e-4)


@settings(max_examples=20)
@given(st.integers(1, 10**8), st.floats(-40, 40), st.integers(0, 1), st.integers(0, 300))
def test_gradients_are_right_on_average(rows: int, logit: float, answer: int, salt: int) -> None:
    """However coarse the unit: the mean over many rows, within five standard errors of rounding by chance."""
    words, unit = boosting._words(rows)
    many, held = 20_000, np.empty(20_000, dtype=np.int64)
    boosting._gradients(np.full(many, logit, np.float32), np.full(many, answer, np.uint8), words, salt, held)
    wanted = gradients(np.clip(round(logit * boosting.STEPS) / boosting.STEPS, -12, 12), answer)
    for found, real in zip(((held >> 32) * unit, (held & 0xFFFFFFFF) * unit), wanted, strict=True):
        assert found.mean() == pytest.approx(real, abs=5 * 0.5 * unit / np.sqrt(many) + 2 * unit / 65_536)
        assert np.abs(found - real).max() <= unit * 1.001


def test_what_is_rare_stays_rare_in_many_rows() -> None:
    """One row in sixteen thousand is a tenth of a unit of half a million rows' gradients."""
    rows = 500_000
    codes = np.tile(np.array([0, 0, 0, 1], dtype=np.uint8), rows // 4)[None]
    answer = np.zeros(rows, dtype=np.uint8)
    answer[np.flatnonzero(codes[0] == 0)[::16_000]] = 1
    answer[np.flatnonzero(codes[0] == 1)[::2]] = 1
    start = np.full(rows, np.log(answer.mean() / (1 - answer.mean())))
    grown = grow(codes, answer, start=start, rounds=300, depth=1)
    score = scores(np.array([[0, 1]], dtype=np.uint8), grown, start[0])[-1]
    assert 1 / (1 + np.exp(-score)) == pytest.approx([answer[codes[0] == 0].mean(), 0.5], rel=0.05)


def test_the_same_rows_grow_the_same_trees() -> None:
    codes, answer = table()
    one, other = grow(codes, answer), grow(codes.copy(), answer.copy())
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("stretch", [0.5, 1.0, 1.5, 3.0])
def test_growth_stops_by_unseen_rows_and_is_stretched(stretch: float) -> None:
    """The trees kept are the best number times the stretch, of those grown, as the unseen rows' own path says."""
    codes, answer = table(0, 400)
    unseen, truth = table(1, 400)
    held = {"rounds": 400, "patience": 10, "sizes": [7, 3, 20, 2], "rate": 0.5}
    whole = grow(codes, answer, **held)
    path = [logistic(score, truth) for score in scores(unseen, whole)]
    best, grown = 0, 0
    for grown in range(1, len(path)):
        if path[grown] < path[best]:
            best = grown
        elif grown >= max(best + 10, best * stretch):
            break
    found = grow(codes, answer, unseen=unseen, truth=truth, stretch=stretch, **held)
    assert 0 < best < 100
    assert len(found[0]) == min(int(best * stretch), grown)
    assert all(np.array_equal(a, b[: len(a)]) for a, b in zip(found, whole, strict=True))


def test_noise_keeps_no_tree_for_long() -> None:
    rng = np.random.default_rng(0)
    codes, answer = rng.integers(0, 10, (6, 1000)), rng.integers(0, 2, 1000)
    unseen, truth = rng.integers(0, 10, (6, 1000)), rng.integers(0, 2, 1000)
    assert len(grow(codes, answer, unseen=unseen, truth=truth, rounds=200)[0]) <= 5


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_next_to_no_rows(rows: int) -> None:
    feature, above, values = grow(np.ones((2, rows)), np.ones(rows), sizes=[3, 3])
    assert len(feature) == len(above) == len(values)
    assert np.isfinite(values).all()


def test_nothing_to_ask() -> None:
    answer = np.arange(100) % 2
    assert len(grow(np.zeros((2, 100)), answer, sizes=[1, 1])[0]) == 0
    assert len(grow(np.zeros((0, 100)), answer, sizes=[])[0]) == 0
    assert len(grow(np.full((1, 100), 2), answer, sizes=[4])[0]) == 0, "a constant of a wider domain"
    feature, above, _ = grow(np.array([np.zeros(100), answer]), answer)
    assert (feature[above != NEVER] == 1).all()


@pytest.mark.parametrize(("few", "fixed"), [(1, 0), (3, 0), (2, 1), (1, 3), (9, 0)])
def test_a_tree_asks_about_a_few_features_and_the_fixed_ones(few: int, fixed: int) -> None:
    """No more than so many besides the last ones; over many trees every feature has its turn."""
    rng = np.random.default_rng(few * 10 + fixed)
    codes = rng.integers(0, 16, (8, 3000))
    answer = rng.random(3000) < 1 / (1 + np.exp(-(codes - 7.5).sum(axis=0) / 8))
    feature, above, _ = grow(codes, answer, few=few, fixed=fixed, rounds=80, depth=4)
    asked = [set(one[bound != NEVER].tolist()) for one, bound in zip(feature, above, strict=True)]
    assert max(len({each for each in one if each < 8 - fixed}) for one in asked) <= few
    assert set().union(*asked) == set(range(8))
    assert len(asked) == 80


def test_features_are_dealt_evenly() -> None:
    """Each of them stands in front of a dealt hand as often as the others, and never twice."""
    order, rounds, most = np.arange(9), 9000, 4
    seen = np.zeros(9)
    for salt in range(rounds):
        boosting._deal(order, most, salt)
        assert sorted(order.tolist()) == list(range(9))
        seen[order[:most]] += 1
    expected = rounds * most / 9
    # counts without replacement vary less than chi-square says: 26.1 is its 99.9 % quantile with 8 degrees of freedom
    assert ((seen - expected) ** 2 / expected).sum() < 26.1


def test_a_tree_that_finds_nothing_among_its_few_features_does_not_end_the_growth() -> None:
    codes = np.zeros((40, 400))
    codes[-1] = np.arange(400) % 2
    answer = codes[-1]
    feature, above, _ = grow(codes, answer, sizes=[2] * 40, few=1, rounds=200, depth=1)
    assert len(feature) == 200
    assert set(feature[above != NEVER].tolist()) == {39}
