"""Entropy trees: the distribution of one code given others, as a tree of histograms.

A tree is grown by recursive splits that raise the log-likelihood of the target code most (C4.5 and CART with the entropy
criterion: Breiman et al., 1984, ch. 4; Quinlan, 1993). The histogram of a leaf is then shrunk towards its ancestors'
with the Witten-Bell escape (Witten and Bell, IEEE Trans. Inf. Theory 37, 1991, method C): a node that has seen `t`
distinct codes in `n` rows gives weight `a t / (n + a t)` to its parent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

WORDS = 4


@dataclass(frozen=True, eq=False)
class Tree:
    """Grown trees; children come after their parents.

    Attributes:
        feature: predictor that each node splits on, -1 for leaves, shape (nodes,).
        mask: codes of the predictor that go left, as a 256-bit set, shape (nodes, 4).
        left: left child of each node; the right child follows it, 0 for leaves.
        parent: parent of each node, -1 for roots.
        roots: node at which each tree begins, shape (trees,).
    """

    feature: NDArray[np.int16]
    mask: NDArray[np.uint64]
    left: NDArray[np.int32]
    parent: NDArray[np.int32]
    roots: NDArray[np.int32]

    def route(self, predictors: NDArray[np.uint8], tree: NDArray[np.intp] | int) -> NDArray[np.int32]:
        """The leaf of every row in the tree of that number, shape (rows,)."""
        root = np.broadcast_to(self.roots[tree], predictors.shape[1]).astype(np.int32)
        return route(self.feature, self.mask, self.left, root, predictors)


def forest(trees: Sequence[Tree]) -> Tree:
    """Several trees as one, their nodes one after the other."""
    shift = np.cumsum([0, *(len(tree.feature) for tree in trees)])[:-1].astype(np.int32)
    pairs = list(zip(trees, shift, strict=True))
    return Tree(
        np.concatenate([tree.feature for tree in trees]),
        np.concatenate([tree.mask for tree in trees]),
        np.concatenate([np.where(tree.feature >= 0, tree.left + by, 0) for tree, by in pairs]).astype(np.int32),
        np.concatenate([np.where(tree.parent >= 0, tree.parent + by, -1) for tree, by in pairs]).astype(np.int32),
        np.concatenate([tree.roots + by for tree, by in pairs]).astype(np.int32),
    )


@numba.njit(cache=True, nogil=True)
def _order_codes(hist, totals, scores, size, order, keys):
    """Codes present in a node by the mean score of the target; returns how many."""
    present = 0
    for code in range(size):
        if totals[code] > 0:
            mean = 0.0
            for each in range(hist.shape[1]):
                mean += hist[code, each] * scores[each]
            keys[present] = mean / totals[code]
            order[present] = code
            present += 1
    for i in range(1, present):
        key, code = keys[i], order[i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1], order[j + 1] = keys[j], order[j]
            j -= 1
        keys[j + 1], order[j + 1] = key, code
    return present


@numba.njit(cache=True, nogil=True)
def _gather(rows, count, most, nominal, group, gathered):
    """Neighbouring target codes gathered into groups of like mass in this node, and the rows of each group.

    A code that fills a group alone keeps one; the others share about `most` more.
    """
    kinds, small = 0, 0
    for code in range(rows.shape[0]):
        kinds += rows[code] > 0
        small += rows[code] if rows[code] * most < count else 0
    gathered[:] = 0
    last, held = 0, 0
    for code in range(rows.shape[0]):
        if nominal or kinds <= most:
            group[code] = code
        elif rows[code] * most >= count:
            last += held > 0
            group[code] = last
            last, held = last + 1, 0
        else:
            group[code] = last
            held += rows[code]
            if held * most >= small and held > 0:
                last, held = last + 1, 0
        gathered[group[code]] += rows[code]


@numba.njit(cache=True, nogil=True)
def grow(target, classes, nominal, predictors, sizes, unordered, least, gain, groups, most_nodes, table):
    """Grow a tree.

    Args:
        target: code to predict, uint8 (rows,).
        classes: how many codes the target has.
        nominal: whether the target's codes have no order.
        predictors: codes to predict from, uint8 (predictors, rows).
        sizes: codes of each predictor, int64 (predictors,).
        unordered: which predictors have no order, bool (predictors,).
        least: rows that each side of a split must keep.
        gain: log-likelihood (nats) that a split must win, besides a quarter for each further group of target codes
            in the node (what chance wins grows with them: the likelihood ratio is a chi-square of as many degrees).
        groups: groups that the codes of an ordered target are gathered into, in every node, when splits are compared.
        most_nodes: nodes at which growth stops.
        table: n log n for n = 0 … rows, float64.

    Returns:
        feature, mask, left, parent as in `Tree`.
    """
    rows = target.shape[0]
    feature = np.full(most_nodes, -1, dtype=np.int16)
    mask = np.zeros((most_nodes, WORDS), dtype=np.uint64)
    left = np.zeros(most_nodes, dtype=np.int32)
    parent = np.full(most_nodes, -1, dtype=np.int32)
    begin = np.zeros(most_nodes, dtype=np.int64)
    end = np.zeros(most_nodes, dtype=np.int64)
    order = np.arange(rows).astype(np.int32)
    spare = np.empty(rows, dtype=np.int32)
    end[0] = rows
    nodes = 1
    node = 0
    codes_here = np.zeros(classes, dtype=np.int64)
    here = np.zeros(max(classes, 3 * groups + 2), dtype=np.int64)
    side = np.zeros(here.shape[0], dtype=np.int64)
    rest = np.zeros(here.shape[0], dtype=np.int64)
    scores = np.zeros(here.shape[0])
    widest = 1
    for each in sizes:
        widest = max(widest, each)
    hist = np.zeros((widest, here.shape[0]), dtype=np.int32)
    totals = np.zeros(widest, dtype=np.int64)
    ranks = np.empty(widest, dtype=np.int64)
    best_ranks = np.empty(widest, dtype=np.int64)
    keys = np.empty(widest)
    seen = np.empty(here.shape[0], dtype=np.int64)
    group = np.zeros(classes, dtype=np.int64)
    while node < nodes and nodes + 2 <= most_nodes:
        first, last = begin[node], end[node]
        count = last - first
        if count < 2 * least:
            node += 1
            continue
        codes_here[:] = 0
        for i in range(first, last):
            codes_here[target[order[i]]] += 1
        _gather(codes_here, count, groups, nominal, group, here)
        kinds = 0
        whole = 0.0
        for each in range(here.shape[0]):
            if here[each] > 0:
                seen[kinds] = each
                kinds += 1
                whole += table[here[each]]
        if kinds < 2:
            node += 1
            continue
        top = 0
        for each in range(here.shape[0]):
            scores[each] = 0.0 if nominal else float(each)
            if here[each] > here[top]:
                top = each
        if nominal:
            scores[top] = 1.0
        best, best_feature, best_cut, best_present = -1e300, -1, 0, 0
        base = whole - table[count]
        for j in range(predictors.shape[0]):
            size = sizes[j]
            codes = predictors[j]
            totals[:size] = 0
            for i in range(first, last):
                row = order[i]
                code = codes[row]
                hist[code, group[target[row]]] += 1
                totals[code] += 1
            present = 0
            if unordered[j]:
                present = _order_codes(hist[:size], totals, scores, size, ranks, keys)
            else:
                for code in range(size):
                    if totals[code] > 0:
                        ranks[present] = code
                        present += 1
            cost = np.log(max(present, 1)) + (0.3 * (present - 1) if unordered[j] else 0.0)
            for s in range(kinds):
                side[seen[s]] = 0
                rest[seen[s]] = here[seen[s]]
            low, low_sum, high_sum = 0, 0.0, whole
            for r in range(present):
                code = ranks[r]
                if r < present - 1:
                    for s in range(kinds):
                        each = seen[s]
                        moved = hist[code, each]
                        if moved > 0:
                            low_sum += table[side[each] + moved] - table[side[each]]
                            high_sum += table[rest[each] - moved] - table[rest[each]]
                            side[each] += moved
                            rest[each] -= moved
                    low += totals[code]
                    if low >= least and count - low >= least:
                        won = low_sum + high_sum - table[low] - table[count - low] - base - cost
                        if won > best:
                            best, best_feature, best_cut, best_present = won, j, r + 1, present
                            for q in range(present):
                                best_ranks[q] = ranks[q]
                for s in range(kinds):
                    hist[code, seen[s]] = 0
        if best_feature < 0 or best < gain + 0.25 * (kinds - 1):
            node += 1
            continue
        for q in range(best_cut):
            code = best_ranks[q]
            mask[node, code >> 6] |= np.uint64(1) << np.uint64(code & 63)
        if not unordered[best_feature]:
            edge = best_ranks[best_cut - 1]
            for code in range(edge):
                mask[node, code >> 6] |= np.uint64(1) << np.uint64(code & 63)
        codes = predictors[best_feature]
        into, aside = first, 0
        for i in range(first, last):
            row = order[i]
            code = np.int64(codes[row])
            if (mask[node, code >> 6] >> np.uint64(code & 63)) & np.uint64(1):
                order[into] = row
                into += 1
            else:
                spare[aside] = row
                aside += 1
        for i in range(aside):
            order[into + i] = spare[i]
        feature[node] = best_feature
        left[node] = nodes
        for child in range(2):
            parent[nodes + child] = node
            begin[nodes + child] = first if child == 0 else into
            end[nodes + child] = into if child == 0 else last
        nodes += 2
        node += 1
    return feature[:nodes].copy(), mask[:nodes].copy(), left[:nodes].copy(), parent[:nodes].copy()


@numba.njit(cache=True, nogil=True)
def route(feature, mask, left, root, predictors):
    """The leaf of every row from its root down, int32 (rows,).

    Args:
        feature: as in `Tree`.
        mask: as in `Tree`.
        left: as in `Tree`.
        root: node at which each row starts, int32 (rows,).
        predictors: uint8 (predictors, rows).
    """
    rows = predictors.shape[1]
    leaf = np.empty(rows, dtype=np.int32)
    for row in range(rows):
        node = root[row]
        while feature[node] >= 0:
            code = np.int64(predictors[feature[node], row])
            goes = (mask[node, code >> 6] >> np.uint64(code & 63)) & np.uint64(1)
            node = left[node] + (0 if goes else 1)
        leaf[row] = node
    return leaf


@numba.njit(cache=True, nogil=True)
def count(leaf, target, parent, classes):
    """Rows of each code in each node, ancestors included, float32 (nodes, classes)."""
    nodes = parent.shape[0]
    counts = np.zeros((nodes, classes), dtype=np.float32)
    for row in range(leaf.shape[0]):
        counts[leaf[row], target[row]] += 1
    for node in range(nodes - 1, -1, -1):
        if parent[node] >= 0:
            for each in range(classes):
                counts[parent[node], each] += counts[node, each]
    return counts


@numba.njit(cache=True, nogil=True)
def shrink(counts, parent, escape):
    """Distribution of the code in each node, shrunk towards its ancestors', float32 (nodes, classes).

    The root is shrunk towards the codes it has seen, uniformly, with the same escape.
    """
    nodes, classes = counts.shape
    share = np.zeros((nodes, classes), dtype=np.float32)
    for node in range(nodes):
        total, kinds = 0.0, 0
        for each in range(classes):
            total += counts[node, each]
            kinds += counts[node, each] > 0
        weight = escape * kinds
        for each in range(classes):
            if parent[node] < 0:
                above = 1.0 / kinds if counts[node, each] > 0 else 0.0
            else:
                above = share[parent[node], each]
            share[node, each] = (counts[node, each] + weight * above) / (total + weight) if total + weight > 0 else above
    return share


@numba.njit(cache=True, nogil=True)
def log_likelihood(share, leaf, target):
    """Sum of the logarithms (nats) of the share of each row's code in its leaf; codes of no share count as e^-20."""
    total = 0.0
    for row in range(leaf.shape[0]):
        here = share[leaf[row], target[row]]
        total += np.log(here) if here > 0 else -20.0
    return total


@numba.njit(cache=True, nogil=True)
def draw(cumulative, leaf, uniform, out):
    """A code for each row from the cumulative distribution of its leaf, written to `out`, uint8 (rows,)."""
    classes = cumulative.shape[1]
    for row in range(leaf.shape[0]):
        table = cumulative[leaf[row]]
        want = uniform[row] * table[classes - 1]
        low, high = 0, classes - 1
        while low < high:
            middle = (low + high) >> 1
            if table[middle] > want:
                high = middle
            else:
                low = middle + 1
        out[row] = low


@numba.njit(cache=True, nogil=True)
def shrink_ordered(counts, parent, escape):
    """As `shrink`, for codes in order: shrunk bit by bit down a binary tree of neighbouring codes.

    A Polya tree (Lavine, Annals of Statistics 20, 1992) centred on the parent node's distribution: where a run of
    neighbouring codes has many rows in the node, the node says how they divide; where it has few, its parent does.
    """
    nodes, classes = counts.shape
    share = np.zeros((nodes, classes), dtype=np.float32)
    leaves = 1
    while leaves < classes:
        leaves *= 2
    own = np.zeros(2 * leaves)
    above = np.zeros(2 * leaves)
    mine = np.zeros(2 * leaves)
    for node in range(nodes):
        kinds = 0
        for each in range(classes):
            own[leaves + each] = counts[node, each]
            if parent[node] < 0:
                kinds += counts[node, each] > 0
            else:
                above[leaves + each] = share[parent[node], each]
        if parent[node] < 0:
            for each in range(classes):
                above[leaves + each] = 1.0 / kinds if counts[node, each] > 0 else 0.0
        for run in range(leaves - 1, 0, -1):
            own[run] = own[2 * run] + own[2 * run + 1]
            above[run] = above[2 * run] + above[2 * run + 1]
        mine[1] = 1.0
        for run in range(1, leaves):
            seen = (own[2 * run] > 0) + (own[2 * run + 1] > 0)
            weight = escape * max(seen, 1)
            for child in range(2 * run, 2 * run + 2):
                prior = above[child] / above[run] if above[run] > 0 else 0.0
                mine[child] = mine[run] * (own[child] + weight * prior) / (own[run] + weight)
        for each in range(classes):
            share[node, each] = mine[leaves + each]
    return share
