"""Histograms in the nodes of a tree, shrunk towards the nodes above.

A leaf's histogram alone is noisy and remembers its rows; its parent's is steadier and less to the point. `shrink` mixes
them by the Witten-Bell escape (Witten and Bell, IEEE Transactions on Information Theory 37, 1991, method C): a node
that has seen `t` distinct codes in `n` rows gives weight `a t / (n + a t)` to its parent. `shrink_ordered` does so bit
by bit for codes in order.
"""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def count(leaf, target, parent, classes):
    """Rows of each code in each node, ancestors included, float64 (nodes, classes)."""
    nodes = parent.shape[0]
    counts = np.zeros((nodes, classes), dtype=np.float64)
    for row in range(leaf.shape[0]):
        counts[leaf[row], target[row]] += 1
    for node in range(nodes - 1, 0, -1):
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
            if node == 0:
                above = 1.0 / kinds if counts[0, each] > 0 else 0.0
            else:
                above = share[parent[node], each]
            share[node, each] = (
                (counts[node, each] + weight * above) / (total + weight) if total + weight > 0 else above
            )
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
            if node == 0:
                kinds += counts[node, each] > 0
            else:
                above[leaves + each] = share[parent[node], each]
        if node == 0:
            for each in range(classes):
                above[leaves + each] = 1.0 / kinds if counts[0, each] > 0 else 0.0
        for run in range(leaves - 1, 0, -1):
            own[run] = own[2 * run] + own[2 * run + 1]
            above[run] = above[2 * run] + above[2 * run + 1]
        mine[1] = 1.0
        for run in range(1, leaves):
            seen = (own[2 * run] > 0) + (own[2 * run + 1] > 0)
            weight = escape * max(seen, 1)
            for child in range(2 * run, 2 * run + 2):
                prior = above[child] / above[run] if above[run] > 0 else 0.0
                whole = own[run] + weight
                mine[child] = mine[run] * ((own[child] + weight * prior) / whole if whole > 0 else prior)
        for each in range(classes):
            share[node, each] = mine[leaves + each]
    return share


@numba.njit(cache=True, nogil=True)
def draw_within(total, start, coarse, uniform, out):
    """A fine digit for each row, by the rows of the cells under its coarse one.

    Args:
        total: rows of all cells up to and with each, float64 (cells,).
        start: first cell of each coarse code, and the number of cells at the end, int64 (codes + 1,).
        coarse: coarse digits, uint8 (rows,).
        uniform: in [0, 1), float64 (rows,).
        out: the fine digits, uint16 (rows,).
    """
    for row in range(len(coarse)):
        low, high = start[coarse[row]], start[coarse[row] + 1] - 1
        first = low
        if low < high:
            before = total[low - 1] if low > 0 else 0.0
            want = before + uniform[row] * (total[high] - before)
            while low < high:
                middle = (low + high) >> 1
                if total[middle] > want:
                    high = middle
                else:
                    low = middle + 1
        out[row] = low - first
