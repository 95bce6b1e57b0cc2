"""Growing trees against brute force, and routing."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.kernels import trees as kernel

EPS = 1e-9


def grown(
    target: np.ndarray,
    predictors: np.ndarray,
    *,
    nominal: bool = True,
    unordered: bool = False,
    least: int = 1,
    gain: float = 0.0,
    penalty: float = 0.0,
    groups: int = 256,
    nodes: int = 1023,
) -> kernel.Tree:
    rows = len(target)
    number = np.arange(rows + 1, dtype=np.float64)
    number[1:] *= np.log(number[1:])
    predictors = np.ascontiguousarray(predictors, dtype=np.uint8).reshape(-1, rows)
    sizes = np.array([int(each.max(initial=0)) + 1 for each in predictors], dtype=np.int64)
    return kernel.Tree(
        *kernel.grow(
            target.astype(np.uint8),
            int(target.max(initial=0)) + 1,
            nominal,
            predictors,
            sizes,
            np.full(len(predictors), unordered),
            least,
            gain,
            penalty,
            groups,
            nodes,
            number,
        )
    )


def likelihood(target: np.ndarray) -> float:
    """Log-likelihood (nats) of codes under their own histogram."""
    counts = np.bincount(target)
    counts = counts[counts > 0]
    return float((counts * np.log(counts / counts.sum())).sum())


def best_split(target: np.ndarray, predictors: np.ndarray, unordered: bool, least: int) -> float:
    """The most that any split wins, less what its search costs, over every predictor and every way to cut it."""
    best = -np.inf
    for codes in predictors:
        kinds = np.unique(codes)
        if unordered:
            sides = [set(each) for size in range(1, len(kinds)) for each in combinations(kinds.tolist(), size)]
        else:
            sides = [set(kinds[:place].tolist()) for place in range(1, len(kinds))]
        cost = np.log(len(kinds)) + (0.3 * (len(kinds) - 1) if unordered else 0.0)
        for side in sides:
            low = np.isin(codes, list(side))
            if min(low.sum(), (~low).sum()) >= least:
                best = max(best, likelihood(target[low]) + likelihood(target[~low]) - likelihood(target) - cost)
    return best


def root_gain(tree: kernel.Tree, target: np.ndarray, predictors: np.ndarray, unordered: bool) -> float:
    if tree.feature[0] < 0:
        return -np.inf
    codes = predictors[tree.feature[0]].astype(int)
    words = tree.mask[0][codes >> 6] >> (codes & 63).astype(np.uint64)
    low = (words & np.uint64(1)).astype(bool)
    kinds = len(np.unique(codes))
    cost = np.log(kinds) + (0.3 * (kinds - 1) if unordered else 0.0)
    return likelihood(target[low]) + likelihood(target[~low]) - likelihood(target) - cost


@st.composite
def tables(draw: st.DrawFn, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = draw(st.integers(2, 40)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    predictors = rng.integers(0, draw(st.integers(2, 6)), (columns, rows))
    noise = rng.integers(0, classes, rows)
    target = np.where(rng.random(rows) < draw(st.floats(0, 1)), noise, predictors[0] % classes)
    return target, predictors


@given(tables(), st.integers(1, 5))
@settings(deadline=None, max_examples=150)
def test_the_first_split_is_the_best_there_is(table: tuple, least: int) -> None:
    target, predictors = table
    tree = grown(target, predictors, least=least)
    best = best_split(target, predictors, False, least)
    if best > EPS and len(target) >= 2 * least:
        assert root_gain(tree, target, predictors, False) == pytest.approx(best, abs=1e-9)
    elif best < -EPS:
        assert tree.feature.tolist() == [-1]


@given(tables(classes=2), st.integers(1, 3))
@settings(deadline=None, max_examples=100)
def test_codes_without_order_are_divided_as_well_as_by_trying_every_set(table: tuple, least: int) -> None:
    """For two classes the best set is among the cuts of the codes sorted by their mean (Breiman et al., th. 4.5)."""
    target, predictors = table
    tree = grown(target, predictors, unordered=True, least=1)
    best = best_split(target, predictors, True, 1)
    if best > EPS:
        assert root_gain(tree, target, predictors, True) == pytest.approx(best, abs=1e-9)
    kept = grown(target, predictors, unordered=True, least=least)
    assert np.bincount(kept.route(predictors.astype(np.uint8))).max() <= len(target)


@given(tables(), st.integers(1, 8), st.floats(0, 5), st.booleans(), st.booleans(), st.sampled_from([2, 4, 256]))
@settings(deadline=None, max_examples=150)
def test_the_tree_is_whole(table: tuple, least: int, gain: float, nominal: bool, unordered: bool, groups: int) -> None:
    target, predictors = table
    tree = grown(target, predictors, least=least, gain=gain, nominal=nominal, unordered=unordered, groups=groups)
    nodes = len(tree.feature)
    assert tree.parent[0] == -1
    assert (tree.parent[1:] < np.arange(1, nodes)).all()
    inner = np.flatnonzero(tree.feature >= 0)
    assert sorted(np.r_[tree.left[inner], tree.left[inner] + 1]) == list(range(1, nodes))
    for node in inner:
        assert tree.parent[tree.left[node]] == tree.parent[tree.left[node] + 1] == node
    leaf = tree.route(predictors.astype(np.uint8))
    assert (tree.feature[leaf] < 0).all()
    if nodes > 1:
        assert np.bincount(leaf, minlength=nodes)[tree.feature < 0].min() >= least
    total = sum(likelihood(target[leaf == each]) for each in np.unique(leaf))
    assert total >= likelihood(target) - EPS


def test_rows_follow_the_masks_down() -> None:
    rng = np.random.default_rng(0)
    predictors = rng.integers(0, 200, (3, 500)).astype(np.uint8)
    target = (predictors[0] // 50 + predictors[1] // 100) % 5
    tree = grown(target, predictors, least=5)
    for row, leaf in enumerate(tree.route(predictors)):
        node = 0
        while tree.feature[node] >= 0:
            code = int(predictors[tree.feature[node], row])
            goes = int(tree.mask[node][code >> 6]) >> (code & 63) & 1
            node = int(tree.left[node]) + (0 if goes else 1)
        assert node == leaf


def test_an_exclusive_or_needs_depth_two() -> None:
    first, second = np.array([0, 0, 1, 1] * 25), np.array([0, 1, 0, 1] * 25)
    target, predictors = first ^ second, np.array([first, second])
    assert len(grown(target, predictors, nodes=3, gain=-5).feature) == 3
    tree = grown(target, predictors, gain=-5, nodes=7)
    assert len(tree.feature) == 7
    leaf = tree.route(predictors.astype(np.uint8))
    assert all(len(np.unique(target[leaf == each])) == 1 for each in np.unique(leaf))
    assert len(np.unique(leaf)) == 4


def test_growth_stops_where_it_is_told() -> None:
    rng = np.random.default_rng(0)
    target = rng.integers(0, 5, 400)
    predictors = np.array([target * 7 % 5, rng.integers(0, 50, 400)])
    assert len(grown(target, predictors, nodes=1).feature) == 1
    assert len(grown(target, predictors, nodes=5).feature) <= 5
    assert len(grown(target, predictors, gain=1e6).feature) == 1
    assert len(grown(target, predictors, least=201).feature) == 1
    assert len(grown(target, predictors[:0]).feature) == 1
    assert len(grown(np.zeros(400, dtype=int), predictors).feature) == 1
    few = grown(target, predictors, least=5)
    noise = grown(target[rng.permutation(400)], predictors, least=5, gain=2.0, penalty=1.0)
    assert len(few.feature) > 3
    assert len(noise.feature) <= 3


@pytest.mark.parametrize("nominal", [False, True])
def test_many_ordered_codes_are_told_by_their_size(nominal: bool) -> None:
    rng = np.random.default_rng(0)
    scale = rng.integers(0, 250, 5000)
    target = np.clip(scale + rng.integers(-5, 6, 5000), 0, 255)
    predictors = np.array([scale, rng.integers(0, 250, 5000)])
    tree = grown(target, predictors, nominal=nominal, least=15, gain=2.0, groups=16)
    assert tree.feature[0] == 0
    leaf = tree.route(predictors.astype(np.uint8))
    spread = [np.std(target[leaf == each]) for each in np.unique(leaf)]
    assert np.mean(spread) < np.std(target) / 8


def test_all_256_codes_have_a_place() -> None:
    codes = np.repeat(np.arange(256), 20)
    target = (codes * 37 % 251 > 120).astype(int)
    for unordered in (False, True):
        tree = grown(target, codes[None], unordered=unordered, least=20)
        leaf = tree.route(codes[None].astype(np.uint8))
        assert all(len(np.unique(target[leaf == each])) == 1 for each in np.unique(leaf))


def test_among_many_predictors_those_that_tell_are_found() -> None:
    """Two of forty tell of the target, in nodes large and small, wherever they stand."""
    rng = np.random.default_rng(0)
    predictors = rng.integers(0, 8, (40, 40_000)).astype(np.uint8)
    target = ((predictors[37] > 3) * 2 + (predictors[11] > 5)).astype(np.uint8)
    target = np.where(rng.random(40_000) < 0.1, rng.integers(0, 4, 40_000), target).astype(np.uint8)
    table = np.arange(40_001) * np.log(np.maximum(np.arange(40_001), 1))
    sizes, unordered = np.full(40, 8), np.zeros(40, dtype=bool)
    grown = kernel.Tree(*kernel.grow(target, 4, False, predictors, sizes, unordered, 20, 2.0, 1.0, 16, 4096, table))
    assert set(grown.feature[:7][grown.feature[:7] >= 0].tolist()) == {11, 37}
    asked = grown.feature[grown.feature >= 0]
    assert np.isin(asked, [11, 37]).sum() == 3, "noise is not worth another split of what they tell"
    leaf = grown.route(predictors)
    right = np.array([np.bincount(target[leaf == each], minlength=4).argmax() for each in range(len(grown.feature))])
    assert (right[leaf] == target).mean() > 0.9
