"""Entropy trees: rows divided so that one code is told by others.

A tree is grown by recursive splits that raise the log-likelihood of the target code most (CART and C4.5 with the
entropy criterion: Breiman, Friedman, Olshen and Stone, 1984, ch. 4; Quinlan, 1993).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

WORDS = 4
BLOCK = 256
LOOKED = 65_536
FEW, SMALL, SCREEN = 8, 2048, 8


@dataclass(frozen=True, eq=False)
class Tree:
    """A grown tree; node 0 is the root, children come after their parents.

    Attributes:
        feature: predictor that each node splits on, -1 for leaves, shape (nodes,).
        mask: codes of the predictor that go left, as a 256-bit set, shape (nodes, 4).
        left: left child of each node; the right child follows it, 0 for leaves.
        parent: parent of each node, -1 for the root.
    """

    feature: NDArray[np.int16]
    mask: NDArray[np.uint64]
    left: NDArray[np.int32]
    parent: NDArray[np.int32]

    def route(self, predictors: NDArray[np.uint8]) -> NDArray[np.int32]:
        """The leaf of every row, shape (rows,), for predictors of shape (predictors, rows)."""
        return route(self.feature, self.mask, self.left, predictors)


class Desk(NamedTuple):
    """Working arrays of one growth, used again at every node.

    Attributes:
        rows_of: rows of each target code in the node.
        group: the group each target code is gathered into.
        rows: rows of each group.
        seen: the groups that have rows, first ones first.
        scores: value of each group by which codes without an order are sorted.
        hist: rows of each predictor code and group; zero between uses.
        ranks: predictor codes that occur, in the order in which they are split.
        keys: mean score of each of them.
        met: groups that occur with each predictor code, in no order.
        kinds: how many of them there are, by predictor code.
        low: rows of each group on the low side of a sweep.
        high: rows of each group on the high side.
        low_worth: n log n of them, by group.
        high_worth: the same of the high side.
        mine: the group of each row looked at.
        looked: which row that is.
    """

    rows_of: NDArray[np.int64]
    group: NDArray[np.int64]
    rows: NDArray[np.int64]
    seen: NDArray[np.int64]
    scores: NDArray[np.float64]
    hist: NDArray[np.int32]
    ranks: NDArray[np.int64]
    keys: NDArray[np.float64]
    met: NDArray[np.uint8]
    kinds: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    low_worth: NDArray[np.float64]
    high_worth: NDArray[np.float64]
    mine: NDArray[np.uint8]
    looked: NDArray[np.uint32]


@numba.njit(cache=True, nogil=True)
def _desk(classes, groups, widest, rows):
    most = max(classes, 3 * groups + 2)
    return Desk(
        np.zeros(classes, np.int64),
        np.zeros(classes, np.int64),
        np.zeros(most, np.int64),
        np.zeros(most, np.int64),
        np.zeros(most),
        np.zeros((widest, most), np.int32),
        np.zeros(widest, np.int64),
        np.zeros(widest),
        np.zeros((widest, most + 1), np.uint8),
        np.zeros(widest, np.int64),
        np.zeros(most, np.int64),
        np.zeros(most, np.int64),
        np.zeros(most),
        np.zeros(most),
        np.empty(rows, np.uint8),
        np.empty(rows, np.uint32),
    )


@numba.njit(cache=True, nogil=True)
def _gather(desk, count, most, nominal):
    """Neighbouring target codes gathered into groups of like mass in this node, and the rows of each group.

    A code that fills a group alone keeps one; the others share about `most` more.
    """
    rows_of, kinds, small = desk.rows_of, 0, 0
    for code in range(rows_of.shape[0]):
        kinds += rows_of[code] > 0
        small += rows_of[code] if rows_of[code] * most < count else 0
    desk.rows[:], last, held = 0, 0, 0
    for code in range(rows_of.shape[0]):
        if nominal or kinds <= most:
            desk.group[code] = code
        elif rows_of[code] * most >= count:
            last += held > 0
            desk.group[code] = last
            last, held = last + 1, 0
        else:
            desk.group[code] = last
            held += rows_of[code]
            if held * most >= small and held > 0:
                last, held = last + 1, 0
        desk.rows[desk.group[code]] += rows_of[code]


@numba.njit(cache=True, nogil=True)
def _look(desk, target, order, first, last, stride, groups, nominal):
    """The target's groups in a node, left on the desk: how many of them have rows, and how many rows were looked at."""
    desk.rows_of[:], count = 0, 0
    for i in range(first, last, stride):
        row = order[i]
        desk.looked[count], desk.mine[count] = row, target[row]
        desk.rows_of[target[row]] += 1
        count += 1
    _gather(desk, count, groups, nominal)
    for i in range(count):
        desk.mine[i] = desk.group[desk.mine[i]]
    kinds, top = 0, 0
    for each in range(desk.rows.shape[0]):
        desk.scores[each] = 0.0 if nominal else float(each)
        if desk.rows[each] > 0:
            desk.seen[kinds] = each
            kinds += 1
        if desk.rows[each] > desk.rows[top]:
            top = each
    if nominal:
        desk.scores[top] = 1.0
    return kinds, count


@numba.njit(cache=True, nogil=True)
def _count(desk, codes, size, count, kinds):
    """Rows of each predictor code, and of each group with it; the groups to look at with a code: all, where few are."""
    hist, met, found = desk.hist, desk.met, desk.kinds
    found[:size] = 0
    if kinds <= FEW:
        met[:size, :kinds] = desk.seen[:kinds]
        for i in range(count):
            hist[codes[desk.looked[i]], desk.mine[i]] += 1
        for code in range(size):
            rows = 0
            for s in range(kinds):
                rows += hist[code, desk.seen[s]]
            found[code] = kinds if rows else 0
    else:
        for i in range(count):
            code, each = codes[desk.looked[i]], desk.mine[i]
            before = hist[code, each]
            met[code, found[code]] = each
            found[code] += before == 0
            hist[code, each] = before + 1


@numba.njit(cache=True, nogil=True)
def _rank(desk, size, unordered):
    """Predictor codes that occur, ascending, or by the mean score of the target; returns how many."""
    present = 0
    for code in range(size):
        if desk.kinds[code] == 0:
            continue
        mean = float(code)
        if unordered:
            mean, total = 0.0, 0
            for s in range(desk.kinds[code]):
                each = desk.met[code, s]
                mean += desk.hist[code, each] * desk.scores[each]
                total += desk.hist[code, each]
            mean /= total
        place = present
        while place > 0 and desk.keys[place - 1] > mean:
            desk.keys[place], desk.ranks[place] = desk.keys[place - 1], desk.ranks[place - 1]
            place -= 1
        desk.keys[place], desk.ranks[place] = mean, code
        present += 1
    return present


@numba.njit(cache=True, nogil=True)
def _sweep(desk, present, kinds, count, least, table):
    """The best cut of the ranked codes: the log-likelihood (nats) of the two sides, and how many codes go low."""
    low_sum, high_sum, low = 0.0, 0.0, 0
    for s in range(kinds):
        each = desk.seen[s]
        desk.low[each], desk.high[each] = 0, desk.rows[each]
        desk.low_worth[each], desk.high_worth[each] = 0.0, table[desk.rows[each]]
        high_sum += desk.high_worth[each]
    best, cut = -np.inf, 0
    for r in range(present - 1):
        code = desk.ranks[r]
        for s in range(desk.kinds[code]):
            each = desk.met[code, s]
            moved = desk.hist[code, each]
            low += moved
            desk.low[each] += moved
            desk.high[each] -= moved
            worth = table[desk.low[each]]
            low_sum += worth - desk.low_worth[each]
            desk.low_worth[each] = worth
            worth = table[desk.high[each]]
            high_sum += worth - desk.high_worth[each]
            desk.high_worth[each] = worth
        if low >= least and count - low >= least:
            won = low_sum + high_sum - table[low] - table[count - low]
            if won > best:
                best, cut = won, r + 1
    return best, cut


@numba.njit(cache=True, nogil=True)
def _try(desk, codes, size, unordered, count, kinds, least, table, goes):
    """Split a node on one predictor as well as can be; its codes that go left are left in `goes` if it can be split."""
    _count(desk, codes, size, count, kinds)
    present = _rank(desk, size, unordered)
    won, cut = _sweep(desk, present, kinds, count, least, table)
    for r in range(present):
        for s in range(desk.kinds[desk.ranks[r]]):
            desk.hist[desk.ranks[r], desk.met[desk.ranks[r], s]] = 0
    if cut == 0:
        return -np.inf
    goes[:] = np.uint64(0)
    if unordered:
        for r in range(cut):
            _add(goes, desk.ranks[r])
    else:
        for code in range(desk.ranks[cut - 1] + 1):
            _add(goes, code)
    return won - np.log(present) - (0.3 * (present - 1) if unordered else 0.0)


@numba.njit(cache=True, nogil=True)
def _worths(desk, predictors, sizes, unordered, some, where, groups, nominal, least, table, worth, goes):
    """What some predictors win in a node, left in `worth`, minus infinity for all others; how many groups have rows.

    The codes that go left when a node is split on each of them are left in `goes`.
    """
    target, order, first, last, stride = where
    kinds, count = _look(desk, target, order, first, last, stride, groups, nominal)
    worth[:] = -np.inf
    for j in some if kinds > 1 else some[:0]:
        worth[j] = _try(desk, predictors[j], sizes[j], unordered[j], count, kinds, max(least, 1), table, goes[j])
    return kinds


@numba.njit(cache=True, nogil=True)
def _foremost(worth):
    """The predictors that win most, in their own order."""
    return np.sort(np.argsort(-worth, kind="mergesort")[:FEW])


@numba.njit(cache=True, nogil=True)
def _add(members, code):
    members[code >> 6] |= np.uint64(1) << np.uint64(code & 63)


@numba.njit(cache=True, nogil=True)
def _has(members, code):
    return (members[code >> 6] >> np.uint64(code & 63)) & np.uint64(1)


@numba.njit(cache=True, nogil=True)
def _part(order, spare, codes, goes, first, last):
    """Rows that go left moved before those that go right; returns where the right ones begin."""
    into, aside = first, 0
    for i in range(first, last):
        row = order[i]
        side = np.int64(_has(goes, np.int64(codes[row])))
        order[into], spare[aside] = row, row
        into += side
        aside += 1 - side
    order[into:last] = spare[:aside]
    return into


@numba.njit(cache=True, nogil=True)
def grow(target, classes, nominal, predictors, sizes, unordered, least, gain, penalty, groups, most_nodes, table):
    """Grow a tree, breadth first.

    A node of more than 65 536 rows is split by what every second, third, … of them say, as many as are not more. Where
    there are more than eight predictors, every eighth of a node's rows says which eight of them are tried; of nodes of
    at most 2 048 rows the first of a branch tries all, and those below it the eight that won most there.

    Args:
        target: code to predict, uint8 (rows,).
        classes: how many codes the target has.
        nominal: whether the target's codes have no order.
        predictors: codes to predict from, uint8 (predictors, rows).
        sizes: codes of each predictor, int64 (predictors,).
        unordered: which predictors have no order, bool (predictors,).
        least: rows that each side of a split must keep.
        gain: log-likelihood (nats) that a split must win, after the price of having been searched for: log c for c
            codes of a predictor in order, and 0.3 (c - 1) more where they have none and were sorted by the target.
        penalty: nats it must win for each further group of target codes in the node; what chance wins grows with them
            (the likelihood ratio is a chi-square with a degree of freedom each).
        groups: groups that the codes of an ordered target are gathered into, in every node, when splits are compared.
        most_nodes: nodes at which growth stops.
        table: n log n for n = 0 … rows (or 65 536 if there are more), float64.

    Returns:
        feature, mask, left, parent as in `Tree`.
    """
    rows = target.shape[0]
    feature = np.full(most_nodes, -1, np.int16)
    mask = np.zeros((most_nodes, WORDS), np.uint64)
    left = np.zeros(most_nodes, np.int32)
    parent = np.full(most_nodes, -1, np.int32)
    begin, end = np.zeros(most_nodes, np.int64), np.zeros(most_nodes, np.int64)
    order, spare = np.arange(rows).astype(np.int32), np.empty(rows, np.int32)
    desk = _desk(classes, groups, max(1, sizes.max()) if len(sizes) else 1, min(rows, LOOKED))
    every, worth = np.arange(predictors.shape[0]), np.zeros(predictors.shape[0])
    goes = np.zeros((predictors.shape[0], WORDS), np.uint64)
    handed = np.full((most_nodes, FEW), -1, np.int64)
    nodes, end[0] = 1, rows
    node = -1
    while node + 1 < nodes and nodes + 2 <= most_nodes:
        node += 1
        first, last = begin[node], end[node]
        if last - first < 2 * least:
            continue
        stride = (last - first + LOOKED - 1) // LOOKED
        some = every if handed[node, 0] < 0 else handed[node]
        if len(some) > FEW and last - first > SMALL:
            where = target, order, first, last, SCREEN * stride
            fewest = least // SCREEN
            _worths(desk, predictors, sizes, unordered, every, where, groups, nominal, fewest, table, worth, goes)
            some = _foremost(worth)
        where = target, order, first, last, stride
        kinds = _worths(desk, predictors, sizes, unordered, some, where, groups, nominal, least, table, worth, goes)
        if kinds < 2:
            continue
        base = -table[(last - first + stride - 1) // stride]
        for s in range(kinds):
            base += table[desk.rows[desk.seen[s]]]
        best = base + gain + penalty * (kinds - 1)
        for j in some:
            if worth[j] > best:
                best, feature[node] = worth[j], j
        if feature[node] < 0:
            continue
        mask[node] = goes[feature[node]]
        middle = _part(order, spare, predictors[feature[node]], mask[node], first, last)
        if handed[node, 0] >= 0:
            handed[nodes : nodes + 2] = handed[node]
        elif last - first <= SMALL and len(every) > FEW:
            handed[nodes : nodes + 2] = _foremost(worth)
        left[node] = nodes
        parent[nodes : nodes + 2] = node
        begin[nodes], end[nodes] = first, middle
        begin[nodes + 1], end[nodes + 1] = middle, last
        nodes += 2
    return feature[:nodes].copy(), mask[:nodes].copy(), left[:nodes].copy(), parent[:nodes].copy()


@numba.njit(cache=True, nogil=True)
def route(feature, mask, left, predictors):
    """The leaf of every row, int32 (rows,), for the arrays of a `Tree` and predictors uint8 (predictors, rows).

    Rows of a block go down side by side, so that none waits for another's look into memory.
    """
    rows = predictors.shape[1]
    leaf = np.zeros(rows, dtype=np.int32)
    members = np.empty(BLOCK, np.int32)
    for first in range(0, rows if feature[0] >= 0 else 0, BLOCK):
        count = min(BLOCK, rows - first)
        for i in range(count):
            members[i] = first + i
        while count:
            kept = 0
            for i in range(count):
                row = members[i]
                node = leaf[row]
                goes = _has(mask[node], np.int64(predictors[feature[node], row]))
                node = left[node] + np.int32(1) - np.int32(goes)
                leaf[row], members[kept] = node, row
                kept += feature[node] >= 0
            count = kept
    return leaf
