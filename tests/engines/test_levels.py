"""What a level of boosted choices is learned from: the rows that pass it, and what is seen of them."""

import numpy as np
import pytest

from understudy.encoding.codes import Domain
from understudy.engines.companions import Companion
from understudy.engines.levels import (
    PRIOR,
    Data,
    Grown,
    Looked,
    Members,
    Start,
    Task,
    features,
    gathered,
    members,
    offsets,
    side_by_side,
    tasks,
)
from understudy.kernels.boosting import NEVER

SIZES = (4, 6, 9)


def data(learned: int = 700, watched: int = 800, rows: int = 1000) -> Data:
    rng = np.random.default_rng(0)
    codes = np.array([rng.integers(0, size, rows) for size in SIZES], dtype=np.uint8)
    codes[2] = np.where(rng.random(rows) < 0.5, codes[1], codes[2])
    domains = tuple(Domain(np.ones(size, dtype=np.int64), size != 6, False) for size in SIZES)
    return Data(codes, learned, watched, domains)


def work(held: Data, column: int = 2) -> list[Task]:
    return tasks(held, column, np.arange(column))


def first(held: Data, task: Task, seen: Members) -> np.ndarray:
    """The logit that each member begins with."""
    offset = offsets(held, task, seen)
    return Start.fitted(task, seen, seen.learned, offset).of(seen, offset)


def test_every_row_passes_until_its_code_is_told() -> None:
    held = data()
    told = np.zeros(1000, dtype=int)
    for task in work(held):
        seen = members(held, task)
        told[seen.rows] += 1
        assert (np.diff(seen.rows) > 0).all()
        assert (seen.rows[: seen.learned] < 700).all()
        assert ((seen.rows[seen.learned : seen.watched] >= 700) & (seen.rows[seen.learned : seen.watched] < 800)).all()
        assert (seen.rows[seen.watched :] >= 800).all()
        assert seen.place.max() < task.nodes
    depth = (work(held)[0].halving.node >= 0).sum(axis=0)
    assert np.array_equal(told, depth[held.codes[2]])


def test_answers_lead_to_the_codes() -> None:
    held = data()
    at = np.zeros(1000, dtype=int)
    for task in work(held):
        seen = members(held, task)
        assert np.array_equal(at[seen.rows], task.halving.start[task.level] + seen.place)
        at[seen.rows] = task.halving.child[at[seen.rows], seen.answer]
    assert np.array_equal(-1 - at, held.codes[2])


def test_each_node_begins_with_its_own_log_odds() -> None:
    held = data()
    for task in work(held):
        seen = members(held, task)
        for count in (seen.learned, len(seen.rows)):
            for place, logit in enumerate(Start.fitted(task, seen, count, offsets(held, task, seen)).base):
                answer = seen.answer[:count][seen.place[:count] == place]
                assert logit == pytest.approx(np.log((answer.sum() + 0.5) / ((1 - answer).sum() + 0.5)), abs=1e-5)


def test_the_node_is_a_feature_where_there_are_several() -> None:
    held = data()
    for task in work(held):
        seen = members(held, task)
        looked = features(held, task, seen, first(held, task, seen))
        codes = gathered(held, task, seen, looked)
        assert looked.sees.tolist() == [0, 1, *([2] if task.nodes > 1 else [])]
        assert looked.sizes.tolist() == [4, 6, *([task.nodes] if task.nodes > 1 else [])]
        assert np.array_equal(codes[0], held.codes[0, seen.rows]), "an order is kept"
        if task.nodes > 1:
            assert np.array_equal(codes[2], seen.place)


def test_codes_without_an_order_are_ranked_by_what_rows_to_learn_from_say() -> None:
    held = data()
    task = work(held)[0]
    seen = members(held, task)
    looked = features(held, task, seen, first(held, task, seen))
    column, answer = held.codes[1, :700], seen.answer[: seen.learned].astype(float)
    excess = answer - 1 / (1 + np.exp(-first(held, task, seen)[0]))
    mean = [excess[column == code].sum() / ((column == code).sum() + PRIOR) for code in range(6)]
    assert np.argsort(looked.ranks[1, :6]).tolist() == np.argsort(mean).tolist()
    other = held._replace(codes=np.where(np.arange(1000) < 700, held.codes, 0).astype(np.uint8))
    again = members(other, task)
    assert np.array_equal(features(other, task, again, first(other, task, again)).ranks, looked.ranks)


def test_codes_taken_for_names_are_ranked_too() -> None:
    held = data()
    plain, named = (tasks(held, 2, np.arange(2), named=np.array(each, dtype=np.int64))[0] for each in ([], [0]))
    seen = members(held, plain)
    begin = first(held, plain, seen)
    kept, ranked = (features(held, each, seen, begin).ranks for each in (plain, named))
    assert kept[0].tolist() == list(range(256))
    assert sorted(ranked[0, :4].tolist()) == [0, 1, 2, 3]
    shares = [seen.answer[: seen.learned][held.codes[0, :700] == code].mean() for code in range(4)]
    assert np.argsort(ranked[0, :4]).tolist() == np.argsort(shares).tolist()
    assert np.array_equal(kept[1], ranked[1])


def test_features_no_tree_asks_about_are_forgotten() -> None:
    looked = Looked(np.arange(4, dtype=np.int16), np.arange(1024).reshape(4, 256).astype(np.uint8), np.full(4, 9))
    feature = np.array([[3, 0], [1, 2]], dtype=np.int16)
    above = np.array([[5, NEVER], [7, NEVER]], dtype=np.uint8)
    task = work(data())[0]
    grown = Grown.of(task, np.zeros(1, np.float32), looked, feature, above, np.zeros((2, 4), np.float32))
    assert grown.looked.sees.tolist() == [1, 3]
    assert grown.feature[:, 0].tolist() == [1, 0]
    assert (grown.feature >= 0).all()


def test_results_come_in_the_order_of_the_items() -> None:
    work_, told = work(data()), []
    found = side_by_side(
        lambda task: Grown.without(task, np.full(1, task.level, np.float32), 2),
        work_,
        lambda done, total: told.append((done, total)),
    )
    assert [each.task.level for each in found] == list(range(len(work_)))
    assert told == [(done + 1, len(work_)) for done in range(len(work_))]


def test_trees_see_how_far_the_last_guide_lies_from_where_the_node_parts() -> None:
    held = data()
    steps = np.random.default_rng(4).integers(0, 256, 1000).astype(np.uint8)
    guide = Domain(np.ones(256, dtype=np.int64), True, False)
    held = held._replace(codes=np.vstack([held.codes, steps]), domains=(*held.domains, guide))
    for task in tasks(held, 2, np.array([0, 1, 3]), guides=1, spread=0.5):
        seen = members(held, task)
        looked = features(held, task, seen, first(held, task, seen))
        found = gathered(held, task, seen, looked)
        assert task.always == (1 if task.nodes == 1 else 3)
        assert len(found) == 2 + task.always
        if task.nodes > 1:
            assert task.latent is not None
            parted = task.latent.parted[task.halving.start[task.level] + seen.place].astype(int)
            apart = np.clip(128 + steps[seen.rows].astype(int) - parted, 0, 255)
            np.testing.assert_array_equal(found[-1], looked.ranks[-1][apart])
            assert found[-1].max() < looked.sizes[-1]


def test_trees_see_how_far_the_code_to_expect_lies_from_where_the_node_parts() -> None:
    held = data()
    expected = np.zeros(256, dtype=np.uint8)
    expected[:6] = [1, 0, 3, 8, 4, 4]
    for task in tasks(held, 2, np.arange(2), companion=Companion(1, expected)):
        seen = members(held, task)
        looked = features(held, task, seen, first(held, task, seen))
        found = gathered(held, task, seen, looked)
        assert looked.sees.tolist() == [0, 1, *([2] if task.nodes > 1 else []), 4]
        assert task.always == len(looked.sees) - 2
        cut = np.array(
            [
                np.flatnonzero((node == task.halving.node[task.level]) & (task.halving.side[task.level] == 1))[0]
                for node in task.halving.start[task.level] + np.arange(task.nodes)
            ]
        )
        apart = expected[held.codes[1, seen.rows]].astype(int) - cut[seen.place]
        assert ((found[-1] > looked.ranks[-1][127]) == (apart >= 0)).all(), "one question tells which side to expect"
        for near in range(-3, 4):
            assert len(np.unique(found[-1][apart == near])) <= 1
        order = np.argsort(apart, kind="stable")
        assert (np.diff(found[-1][order].astype(int)) >= 0).all()
        assert looked.ranks[-1].max() == looked.sizes[-1] - 1


def test_each_node_adds_to_what_a_guide_says_until_as_many_rows_take_the_high_side_as_did() -> None:
    held = data()
    steps = np.clip(100 + 9 * held.codes[2].astype(int) + np.random.default_rng(5).integers(-30, 30, 1000), 0, 255)
    guide = Domain(np.ones(256, dtype=np.int64), True, False)
    held = held._replace(codes=np.vstack([held.codes, steps.astype(np.uint8)]), domains=(*held.domains, guide))
    for task in tasks(held, 2, np.array([0, 1, 3]), guides=1, spread=0.4):
        seen = members(held, task)
        assert offsets(held, task, seen).std() > 0
        learned = slice(seen.learned)
        share = 1 / (1 + np.exp(-first(held, task, seen)[learned]))
        for node in range(task.nodes):
            mine = seen.place[learned] == node
            if 30 < seen.answer[learned][mine].sum() < mine.sum() - 30:
                assert share[mine].mean() == pytest.approx(seen.answer[learned][mine].mean(), abs=0.02)
