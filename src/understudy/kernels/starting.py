"""What a level of choices begins with: one slope and a logit for each node, by logistic regression.

They set right a logit that was told beforehand (Cox, "Two further applications of a model for binary regression",
*Biometrika* 45, 1958).
"""

import numba
import numpy as np

STEPS, HALF, SURE = 25, 0.5, 1e-7


@numba.njit(cache=True, nogil=True)
def _sums(offset, place, answer, slope, base, sums):
    """The loss; the gradient and the curvature of the slope; of each node gradient, curvature, and both at once."""
    sums[:] = 0.0
    loss, gradient, curve = 0.0, 0.0, 0.0
    for node in range(len(base)):
        share = 1.0 / (1.0 + np.exp(-base[node]))
        loss += HALF * (np.log1p(np.exp(-abs(base[node]))) * 2 + abs(base[node]))
        sums[0, node] = HALF - share
        sums[1, node] = share * (1 - share)
    for row in range(len(place)):
        node, mine = place[row], np.float64(offset[row])
        logit = slope * mine + base[node]
        share = 1.0 / (1.0 + np.exp(-logit))
        left, weight = answer[row] - share, share * (1 - share)
        loss += np.log1p(np.exp(-abs(logit))) + max(logit, 0.0) - answer[row] * logit
        gradient += left * mine
        curve += weight * mine * mine
        sums[0, node] += left
        sums[1, node] += weight
        sums[2, node] += weight * mine
    return loss, gradient, curve


@numba.njit(cache=True, nogil=True)
def slope_and_base(offset, place, answer, nodes):
    """The slope of `offset` and the logit of each node under which the answers are most likely, by Newton's method.

    To each node half a row on either side is added, with nothing to begin with. A step that makes the answers less
    likely is halved.

    Args:
        offset: the logit that each row comes with, float32 (rows,).
        place: the node of each, uint8 (rows,).
        answer: the side that each takes, uint8 (rows,).
        nodes: how many nodes there are.
    """
    slope, base = 0.0, np.zeros(nodes)
    good_slope, good = 0.0, np.zeros(nodes)
    sums, least = np.zeros((3, nodes)), np.inf
    for _ in range(STEPS):
        loss, gradient, curve = _sums(offset, place, answer, slope, base, sums)
        if not loss <= least:
            slope, base = (slope + good_slope) / 2, (base + good) / 2
            continue
        done = least - loss < SURE * (len(place) + 1)
        good_slope, good, least = slope, base.copy(), loss
        if done:
            break
        toward, rest = gradient, curve + 1.0
        for node in range(nodes):
            toward -= sums[2, node] * sums[0, node] / sums[1, node]
            rest -= sums[2, node] * sums[2, node] / sums[1, node]
        step = toward / rest
        slope += step
        for node in range(nodes):
            base[node] += (sums[0, node] - sums[2, node] * step) / sums[1, node]
    return good_slope, good
