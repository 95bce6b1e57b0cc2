"""Drawing one of many codes by boosted choices between two, down a binary tree of codes.

Rows are taken in blocks. On each level of the tree the rows that have not ended are gathered with the codes that the
level's trees look at, their logits are summed tree by tree, and each row goes to one side.
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from understudy.kernels.boosting import add_leaves, find_leaves
from understudy.kernels.seeing import off

BLOCK = 1024
WHOLE = -1
NOTHING = -2


class Chooser(NamedTuple):
    """The distribution of one column's codes given others', as arrays.

    Attributes:
        before: the columns it sees, int64 (predictors,).
        child: as in `Halving`, int32 (nodes, 2).
        start: first node of each level, and the end, int64 (levels + 1,).
        base: logit of the high side of each node before any tree, float32 (nodes,).
        parted: the step of the last predictor at which each node's codes part, uint8 (nodes,); else empty.
        offset: what each step of the last predictor says of each node, float32 (nodes, 256); else empty.
        slope: of that, what is added to the logit on each level, float32 (levels,).
        companion: the predictor that runs alongside, as a place in `before`, int64 (1,); else empty.
        expected: the code that each code of the companion leads to expect, uint8 (256,); else empty.
        cuts: the first code on the high side of each node, uint8 (nodes,); else empty.
        trees: first tree of each level, and the end, int64 (levels + 1,).
        seen: first feature of each level, and the end, int64 (levels + 1,).
        sees: the predictor that each feature is, as a place in `before`; len(before) for the node's own number on its
            level, one more for how far the last predictor lies from where the node's codes part, two more for how far
            the code does that the companion leads to expect, int16 (features,).
        ranks: what each code of the feature counts as, uint8 (features, 256).
        feature: which of its level's features each question is about, int16 (trees, depth).
        above: the bound of each question, uint8 (trees, depth).
        values: what each leaf adds to the logit, float32 (trees, 2**depth).
    """

    before: NDArray[np.int64]
    child: NDArray[np.int32]
    start: NDArray[np.int64]
    base: NDArray[np.float32]
    parted: NDArray[np.uint8]
    offset: NDArray[np.float32]
    slope: NDArray[np.float32]
    companion: NDArray[np.int64]
    expected: NDArray[np.uint8]
    cuts: NDArray[np.uint8]
    trees: NDArray[np.int64]
    seen: NDArray[np.int64]
    sees: NDArray[np.int16]
    ranks: NDArray[np.uint8]
    feature: NDArray[np.int16]
    above: NDArray[np.uint8]
    values: NDArray[np.float32]


class Room(NamedTuple):
    """Working arrays for one block of rows.

    Attributes:
        features: codes that a level's trees look at, uint8 (features, block).
        leaf: leaf of each row in one tree.
        score: logit of each row.
        members: rows of the block that have not ended.
        nodes: the node of each of them.
        left: what is left of each row's uniform.
    """

    features: NDArray[np.uint8]
    leaf: NDArray[np.uint8]
    score: NDArray[np.float32]
    members: NDArray[np.int64]
    nodes: NDArray[np.int64]
    left: NDArray[np.float64]


@numba.njit(cache=True, nogil=True)
def _room(chooser):
    widest = 1
    for level in range(len(chooser.seen) - 1):
        widest = max(widest, chooser.seen[level + 1] - chooser.seen[level])
    return Room(
        np.empty((widest, BLOCK), np.uint8),
        np.empty(BLOCK, np.uint8),
        np.empty(BLOCK, np.float32),
        np.empty(BLOCK, np.int64),
        np.empty(BLOCK, np.int64),
        np.empty(BLOCK, np.float64),
    )


@numba.njit(cache=True, nogil=True)
def _look(chooser, level, codes, room, count):
    """What the level's trees see of the block's first `count` members, left in `room.features`."""
    begin = chooser.seen[level]
    for each in range(begin, chooser.seen[level + 1]):
        into, table = room.features[each - begin], chooser.ranks[each]
        if chooser.sees[each] == len(chooser.before):
            for i in range(count):
                into[i] = np.uint8(room.nodes[i] - chooser.start[level])
        elif chooser.sees[each] == len(chooser.before) + 2:
            column = codes[chooser.before[chooser.companion[0]]]
            for i in range(count):
                step = chooser.expected[column[room.members[i]]]
                into[i] = table[off(step, chooser.cuts[room.nodes[i]])]
        elif chooser.sees[each] > len(chooser.before):
            steps = codes[chooser.before[-1]]
            for i in range(count):
                into[i] = table[off(steps[room.members[i]], chooser.parted[room.nodes[i]])]
        else:
            column = codes[chooser.before[chooser.sees[each]]]
            for i in range(count):
                into[i] = table[column[room.members[i]]]


@numba.njit(cache=True, nogil=True)
def _score(chooser, level, codes, room, count):
    """The logits of the block's first `count` members at their nodes, left in `room.score`."""
    for i in range(count):
        room.score[i] = chooser.base[room.nodes[i]]
    if len(chooser.offset):
        steps = codes[chooser.before[-1]]
        for i in range(count):
            room.score[i] += chooser.slope[level] * chooser.offset[room.nodes[i], steps[room.members[i]]]
    first, last = chooser.trees[level], chooser.trees[level + 1]
    if first == last:
        return
    _look(chooser, level, codes, room, count)
    for tree in range(first, last):
        find_leaves(room.features, chooser.feature[tree], chooser.above[tree], room.leaf[:count])
        add_leaves(room.leaf[:count], chooser.values[tree], room.score[:count])


@numba.njit(cache=True, nogil=True)
def _sure(logit):
    """Logarithm of the probability of a side with this logit."""
    return -np.log1p(np.exp(-logit)) if logit > -30 else logit


@numba.njit(cache=True, nogil=True)
def _either(one, other):
    """Logarithm of the sum of two probabilities given as logarithms."""
    most, least = max(one, other), min(one, other)
    return most if least == -np.inf else most + np.log1p(np.exp(least - most))


@numba.njit(cache=True, nogil=True)
def _side(below, mixed, mass, share, i):
    """Logarithm of the allowed mass below."""
    if below < 0:
        return share[-1 - below]
    if mixed[below] < 0:
        return 0.0 if mixed[below] == WHOLE else -np.inf
    return mass[mixed[below], i]


@numba.njit(cache=True, nogil=True)
def _weigh(chooser, codes, first, last, share, mixed, mass, room, heat):
    """The logarithm of the mass below every mixed node, for rows first to last, deepest nodes first.

    A code's mass is its probability given the node, to the power of `heat`, times its share.
    """
    for level in range(len(chooser.start) - 2, -1, -1):
        for node in range(chooser.start[level], chooser.start[level + 1]):
            if mixed[node] < 0:
                continue
            for i in range(last - first):
                room.members[i], room.nodes[i] = first + i, node
            _score(chooser, level, codes, room, last - first)
            low, high = chooser.child[node]
            for i in range(last - first):
                logit = np.float64(room.score[i])
                up = _sure(logit)
                for kind in range(len(share)):
                    mass[kind, mixed[node], i] = _either(
                        heat * up + _side(high, mixed, mass[kind], share[kind], i),
                        heat * (up - logit) + _side(low, mixed, mass[kind], share[kind], i),
                    )


@numba.njit(cache=True, nogil=True)
def _step(chooser, held, sides, level, share, mixed, mass, heat, room, count, first, weight, out):
    """Every member goes to one side; returns how many have not ended."""
    kept = 0
    for i in range(count):
        row, node = room.members[i], room.nodes[i]
        logit = heat * np.float64(room.score[i])
        if held[row] >= 0:
            high = sides[level, held[row]] == 1
            weight[row] += heat * _sure(np.float64(room.score[i]) if high else -np.float64(room.score[i]))
        else:
            if mixed[node] != WHOLE:
                up = _side(chooser.child[node, 1], mixed, mass, share, row - first)
                down = _side(chooser.child[node, 0], mixed, mass, share, row - first)
                logit = logit + up - down if max(up, down) > -np.inf else logit
            chance = 1.0 / (1.0 + np.exp(-logit))
            want = room.left[row - first]
            high = want < chance
            room.left[row - first] = want / chance if high else (want - chance) / (1.0 - chance)
        below = chooser.child[node, 1 if high else 0]
        if below < 0:
            out[row] = np.uint8(-1 - below)
        else:
            room.members[kept], room.nodes[kept] = row, below
            kept += 1
    return kept


@numba.njit(cache=True, nogil=True)
def choose(chooser, codes, uniform, held, sides, share, mixed, heat, weight, out):
    """Draw a code for every row, or weigh the one that it is held to.

    A distribution of codes is made sharper or flatter by powers of the probabilities of whole codes, not of single
    choices; their sums are known once every node has been asked about, so all are then to be mixed.

    Args:
        chooser: the distribution.
        codes: of all columns so far, uint8 (columns, rows).
        uniform: in [0, 1), float64 (rows,).
        held: the code of each row, -1 where it is open, int16 (rows,).
        sides: as in `Halving`, uint8 (levels, codes).
        share: logarithm of the allowed share of each code, float64 (1, codes); where `heat` is not 1 and any is
            restricted, a second row of nothing but 0.
        mixed: for each node a number if a part of what stands below is allowed, else -1 for all and -2 for nothing;
            where `heat` is not 1 its own number, int32 (nodes,).
        heat: one over the temperature.
        weight: the logarithm (nats) of what each row is held to is added, float64 (rows,).
        out: the codes, uint8 (rows,).
    """
    room = _room(chooser)
    parts = 0
    for node in range(len(mixed)):
        parts = max(parts, mixed[node] + 1)
    mass = np.zeros((len(share), parts, BLOCK if parts else 0))
    for first in range(0, len(out), BLOCK):
        last = min(first + BLOCK, len(out))
        if parts:
            _weigh(chooser, codes, first, last, share, mixed, mass, room, heat)
        for i in range(last - first):
            row = first + i
            room.members[i], room.nodes[i], room.left[i] = row, 0, uniform[row]
            if mixed[0] != WHOLE and held[row] < 0:
                weight[row] += _side(0, mixed, mass[0], share[0], i)
            if heat != 1:
                weight[row] -= mass[-1, 0, i]
        count = last - first
        for level in range(len(chooser.start) - 1):
            _score(chooser, level, codes, room, count)
            count = _step(chooser, held, sides, level, share[0], mixed, mass[0], heat, room, count, first, weight, out)
            if count == 0:
                break
