"""Codes told by choices between two: every code once, in about as many choices as its surprise has bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.kernels.halving import Halving, halve

weights = st.lists(st.one_of(st.just(0), st.integers(1, 10**6)), min_size=0, max_size=256).map(
    lambda each: np.array(each, dtype=np.float64)
)


def paths(tree: Halving) -> dict[int, list[tuple[int, int]]]:
    """The (node, side) pairs that lead to each code, followed link by link; every leaf is met."""
    found: dict[int, list[tuple[int, int]]] = {}
    waiting: list[tuple[int, list[tuple[int, int]]]] = [(0, [])] if len(tree.child) else []
    while waiting:
        node, path = waiting.pop()
        for side, below in enumerate(tree.child[node].tolist()):
            here = [*path, (node, side)]
            if below < 0:
                assert -1 - below not in found, "no code stands twice"
                found[-1 - below] = here
            else:
                waiting.append((below, here))
    return found


def entropy(weight: np.ndarray) -> float:
    share = weight[weight > 0] / weight.sum()
    return float(-(share * np.log2(share)).sum())


@given(weights, st.booleans(), st.booleans())
def test_every_code_of_weight_is_a_leaf_once_and_no_other(weight: np.ndarray, ordered: bool, missing: bool) -> None:
    tree = halve(weight, ordered, missing)
    some = np.flatnonzero(weight)
    assert sorted(paths(tree)) == (some.tolist() if len(some) > 1 else [])
    assert len(tree.child) == max(len(some) - 1, 0)


@given(weights, st.booleans(), st.booleans())
def test_nodes_and_sides_are_those_of_the_paths(weight: np.ndarray, ordered: bool, missing: bool) -> None:
    tree = halve(weight, ordered, missing)
    for code, path in paths(tree).items():
        ends = len(path)
        assert tree.node[:ends, code].tolist() == [node for node, _ in path]
        assert tree.side[:ends, code].tolist() == [side for _, side in path]
        assert (tree.node[ends:, code] == -1).all()
        levels = np.searchsorted(tree.start, tree.node[:ends, code], side="right") - 1
        assert levels.tolist() == list(range(ends)), "a level down with every choice"
    assert (tree.node[:, weight == 0] == -1).all()


@given(weights.filter(lambda each: (each > 0).sum() > 1))
def test_expected_choices_lie_within_two_bits_of_the_entropy(weight: np.ndarray) -> None:
    """Shannon-Fano by halves: at most the entropy and two bits (Horibe, 1977)."""
    for ordered in (True, False):
        depth = {code: len(path) for code, path in paths(halve(weight, ordered, False)).items()}
        expected = sum(weight[code] * many for code, many in depth.items()) / weight.sum()
        assert entropy(weight) - 1e-9 <= expected <= entropy(weight) + 2


@given(weights, st.booleans())
def test_neighbours_stay_together(weight: np.ndarray, missing: bool) -> None:
    """What stands below a node of ordered codes is a run of them, the low side before the high one."""
    found = paths(halve(weight, True, missing))
    order = sorted(found, key=lambda code: [side for _, side in found[code]])
    assert order == sorted(found)


@given(weights, st.booleans())
def test_a_cut_is_the_first_code_on_the_high_side(weight: np.ndarray, missing: bool) -> None:
    tree = halve(weight, True, missing)
    cuts: dict[int, int] = {}
    for code, path in sorted(paths(tree).items(), reverse=True):
        cuts |= {node: code for node, side in path if side}
    assert tree.cuts.dtype == np.uint8
    assert tree.cuts.tolist() == [cuts[node] for node in range(len(tree.child))]


def test_codes_without_an_order_stand_by_weight() -> None:
    found = paths(halve(np.array([1.0, 8, 2, 4]), False, False))
    assert [len(found[code]) for code in (1, 3, 2, 0)] == [1, 2, 3, 3]


@given(weights.filter(lambda each: len(each) > 1 and each[0] > 0 and (each[1:] > 0).any()))
def test_missing_is_told_first(weight: np.ndarray) -> None:
    assert paths(halve(weight, True, True))[0] == [(0, 0)]


def test_missing_is_only_told_first_where_any_is() -> None:
    assert len(paths(halve(np.array([0.0, 1, 1, 1, 1]), True, True))[1]) == 2


@given(weights, st.booleans(), st.booleans())
def test_links_alone_give_the_same_tree(weight: np.ndarray, ordered: bool, missing: bool) -> None:
    tree = halve(weight, ordered, missing)
    again = Halving.of(tree.child, tree.start, len(weight))
    for name in ("child", "start", "node", "side"):
        one, other = getattr(tree, name), getattr(again, name)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


@pytest.mark.parametrize("weight", [[], [0.0], [3.0], [0.0, 3.0, 0.0]])
def test_nothing_to_choose(weight: list[float]) -> None:
    tree = halve(np.array(weight), True, True)
    assert tree.levels == 0
    assert tree.child.shape == (0, 2)
    assert tree.start.tolist() == [0]
    assert tree.node.shape == tree.side.shape == (0, len(weight))


def test_a_level_has_no_more_nodes_than_a_byte_counts() -> None:
    tree = halve(np.ones(256), True, False)
    assert tree.levels == 8
    assert np.diff(tree.start).tolist() == [1 << level for level in range(8)]
