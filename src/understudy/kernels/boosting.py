"""Boosted oblivious trees for one binary choice, or for a number, given small integer codes.

Every level of an oblivious tree asks one question of all rows (Kohavi and Li, IJCAI 1995; Prokhorenkova et al.,
"CatBoost", NeurIPS 2018), so that a row's leaf is the number its answers spell: cheap to find for many rows at once.
Growth is Newton boosting of the logistic or the squared loss on histograms (Friedman, Annals of Statistics 29, 2001;
Chen and Guestrin, KDD 2016, equations 6 and 7). Gradients are whole numbers, first and second order side by side in one
word (Shi et al., "Quantized training of gradient boosting decision trees", NeurIPS 2022).
"""

import numba
import numpy as np

STEPS = 256
REACH = 12
NEVER = 255
BLOCK = 2048
FRACTION = 65_536
NOISE = np.uint64(0x0000FFFF0000FFFF)
STRIDE, SPREAD = np.uint64(6364136223846793005), np.uint64(11400714819323198485)


@numba.njit(cache=True, nogil=True)
def _words(rows):
    """Gradient (high 32 bits) and curvature (low 32 bits) by answer and logit, 2**16 to a unit; what a unit is worth.

    So many units are 1 that neither half of a word overflows when those of all rows are summed.
    """
    scale = min(2.0**14, 2.0**30 / max(rows, 1))
    words = np.empty((2, 2 * REACH * STEPS + 1), np.int64)
    for step in range(words.shape[1]):
        share = 1.0 / (1.0 + np.exp(REACH - step / STEPS))
        curve = np.int64(np.rint(share * (1 - share) * scale * FRACTION))
        for answer in range(2):
            words[answer, step] = (np.int64(np.rint((share - answer) * scale * FRACTION)) << 32) + curve
    return words, 1.0 / scale


@numba.njit(cache=True, nogil=True)
def _gradients(score, answer, words, salt, out):
    """Packed gradient and curvature of each row, in whole units.

    They are rounded up or down by chance, right on average: what is rare in many rows is worth less than half a unit a
    row, and would otherwise be nothing.
    """
    most = np.int32(words.shape[1] - 1)
    salt = np.uint64(salt + 1) * STRIDE
    for row in range(len(score)):
        step = np.int32((score[row] + np.float32(REACH)) * np.float32(STEPS) + np.float32(0.5))
        mixed = np.uint64(row) * SPREAD + salt
        mixed = (mixed ^ (mixed >> np.uint64(32))) * STRIDE
        word = words[np.uint8(answer[row]), min(max(step, 0), most)] + np.int64((mixed >> np.uint64(16)) & NOISE)
        out[row] = ((word >> 48) << 32) + ((word >> 16) & (FRACTION - 1))


@numba.njit(cache=True, nogil=True)
def _unit(rows):
    """As `_words` for the squared loss of numbers up to 8 apart: a row's curvature alone, and what a unit is worth."""
    scale = 2.0**27 / max(rows, 1)
    return np.full((1, 1), np.int64(scale)), 1.0 / np.int64(scale)


@numba.njit(cache=True, nogil=True)
def _residuals(score, answer, words, salt, out):
    """As `_gradients` for the squared loss, whose curvature is 1."""
    curve = words[0, 0]
    most = np.float32(8 * curve)
    salt = np.uint64(salt + 1) * STRIDE
    for row in range(len(score)):
        mixed = (np.uint64(row) * SPREAD + salt) * STRIDE
        chance = np.float32(mixed >> np.uint64(40)) * np.float32(2.0**-24)
        slope = np.floor((score[row] - answer[row]) * np.float32(curve) + chance)
        out[row] = (np.int64(min(max(slope, -most), most)) << 32) + curve


@numba.njit(cache=True, nogil=True)
def _ask(codes, above, bit, leaf):
    """Set a bit of the leaf of every row whose code lies above a bound."""
    zero = np.uint8(0)
    for row in range(len(leaf)):
        leaf[row] |= bit if codes[row] > above else zero


@numba.njit(cache=True, nogil=True)
def _divided(hist, leaves, width, above, sums, slot):
    """What the words of every leaf's two children come to, and which child is to be counted: that of less curvature.

    Curvature stands for rows, which nobody has counted. `slot` says where the child's histogram begins, -1 for others.
    """
    for low in range(leaves):
        high, below = low + leaves, np.int64(0)
        for code in range(above + 1):
            below += hist[low * width + code]
        sums[low], sums[high] = below, sums[low] - below
        lighter = (sums[high] & 0xFFFFFFFF) <= (below & 0xFFFFFFFF)
        slot[low], slot[high] = (-1, high * width) if lighter else (high * width, -1)


@numba.njit(cache=True, nogil=True)
def _listed(leaf, slot, words, members, places, held):
    """Rows of the children to be counted, where the histogram of each begins, and its word; returns how many."""
    count = 0
    for row in range(len(leaf)):
        place = slot[leaf[row]]
        members[count], places[count], held[count] = np.uint32(row), np.uint32(place), words[row]
        count += place >= 0
    return count


@numba.njit(cache=True, nogil=True)
def _count_all(codes, words, hist):
    for row in range(len(codes)):
        hist[codes[row]] += words[row]


@numba.njit(cache=True, nogil=True)
def _count_some(codes, members, places, held, count, hist):
    for i in range(count):
        hist[places[i] + codes[members[i]]] += held[i]


@numba.njit(cache=True, nogil=True)
def _divide(hist, half, slot, width, size):
    """The other child's histogram is what is left of the parent's; both end where the leaf's number says."""
    for low in range(half):
        high = low + half
        parent, child = hist[low * width : low * width + size], hist[high * width : high * width + size]
        if slot[high] >= 0:
            for code in range(size):
                parent[code] -= child[code]
        else:
            for code in range(size):
                mine = child[code]
                child[code] = parent[code] - mine
                parent[code] = mine


@numba.njit(cache=True, nogil=True)
def _fill(features, sizes, some, words, leaf, leaves, width, slot, members, places, held, hist):
    """Histograms of some features in every leaf; where there are several, those of half as many are there."""
    if leaves == 1:
        for each in some:
            hist[each, :width] = 0
            _count_all(features[each], words, hist[each])
        return
    half = leaves >> 1
    count = _listed(leaf, slot, words, members, places, held)
    for each in some:
        hist[each, half * width : leaves * width] = 0
        _count_some(features[each], members, places, held, count, hist[each])
        _divide(hist[each], half, slot, width, sizes[each])


@numba.njit(cache=True, nogil=True, fastmath=True)
def _gains(hist, leaves, width, size, ridge, gains, first, second):
    """What each bound would win, summed over leaves, in gains[: size - 1]; returns the score without a split."""
    gains[:size] = np.float32(0)
    whole = 0.0
    for leaf in range(leaves):
        here = hist[leaf * width : leaf * width + size]
        total = np.int64(0)
        for code in range(size):
            total += here[code]
            first[code] = np.int32(total >> 32)
            second[code] = np.int32(total & 0xFFFFFFFF)
        if total == 0:
            continue
        slope, curve = np.float32(first[size - 1]), np.float32(second[size - 1])
        whole += slope * slope / (curve + ridge)
        for code in range(size - 1):
            low, bend = np.float32(first[code]), np.float32(second[code])
            high = slope - low
            gains[code] += low * low / (bend + ridge) + high * high / (curve - bend + ridge)
    return whole


@numba.njit(cache=True, nogil=True)
def _best(hist, sizes, some, leaves, width, ridge, gains, first, second):
    """The feature, of some, and the bound that win most, and how much."""
    won, feature, above = 0.0, -1, 0
    for each in some:
        size = sizes[each]
        if size < 2:
            continue
        whole = _gains(hist[each], leaves, width, size, ridge, gains, first, second)
        for code in range(size - 1):
            if gains[code] - whole > won:
                won, feature, above = gains[code] - whole, each, code
    return won, feature, above


@numba.njit(cache=True, nogil=True)
def _values(sums, unit, ridge, rate, out):
    """A Newton step for each leaf."""
    for each in range(len(sums)):
        slope, curve = (sums[each] >> 32) * unit, (sums[each] & 0xFFFFFFFF) * unit
        out[each] = -rate * slope / (curve + ridge)


@numba.njit(cache=True, nogil=True)
def add_leaves(leaf, values, score):
    """Add to the logit of every row what its leaf says."""
    for row in range(len(score)):
        score[row] += values[leaf[row]]


@numba.njit(cache=True, nogil=True)
def loss(score, answer):
    """Sum of the logistic loss, nats."""
    total = 0.0
    for row in range(len(score)):
        signed = score[row] if answer[row] else -score[row]
        total += np.log1p(np.exp(-signed)) if signed > -30 else -signed
    return total


@numba.njit(cache=True, nogil=True)
def squares(score, answer):
    """Half the sum of squared differences."""
    total = 0.0
    for row in range(len(score)):
        total += (score[row] - answer[row]) ** 2
    return total / 2


@numba.njit(cache=True, nogil=True)
def _deal(order, most, salt):
    """Bring so many of the numbers in `order` to its front, by chance (the shuffle of Fisher and Yates, cut short)."""
    state = np.uint64(salt + 1) * SPREAD
    for place in range(most):
        state = state * STRIDE + SPREAD
        other = place + np.int64((state >> np.uint64(33)) % np.uint64(len(order) - place))
        order[place], order[other] = order[other], order[place]


@numba.njit(cache=True, nogil=True)
def find_leaves(features, feature, above, out):
    """The leaf of every row in one tree."""
    out[:] = np.uint8(0)
    for step in range(len(feature)):
        if above[step] != NEVER:
            _ask(features[feature[step]], above[step], np.uint8(1 << step), out)


@numba.njit(cache=True, nogil=True)
def grow(
    features,
    sizes,
    answer,
    start,
    unseen,
    truth,
    begin,
    depth,
    rate,
    ridge,
    few,
    fixed,
    rounds,
    patience,
    stretch,
    squared=False,
):
    """Boost one answer, until unseen rows stop gaining.

    Args:
        features: codes, uint8 (features, rows).
        sizes: codes of each feature, at most 256, int64 (features,).
        answer: 0 or 1, uint8 (rows,); or a number, float32 (rows,).
        start: logits, or numbers, to begin with, float32 (rows,).
        unseen: codes of rows to stop by, uint8 (features, unseen rows); none to grow all rounds.
        truth: their answers, as `answer`.
        begin: their `start`, float32 (unseen rows,).
        depth: questions a tree asks, at most 8.
        rate: share of a Newton step that is taken.
        ridge: curvature added to each leaf.
        few: features that a tree asks about, chosen by chance, anew for each (Ho, IEEE PAMI 20, 1998).
        fixed: how many features, the last ones, each tree may ask about besides.
        rounds: trees at most.
        patience: rounds without a gain for unseen rows after which growth may stop.
        stretch: trees kept, as a multiple of those that suit unseen rows best, at least 1.
        squared: whether the answer is a number and the loss squared, not logistic.

    Returns:
        feature asked, int16 (trees, depth); bound above which the answer is yes, uint8 (trees, depth), 255 for a
        question that is not asked; leaf values, float32 (trees, 2**depth).
    """
    rows, count = len(answer), len(sizes)
    most, width = 1 << depth, 1
    for each in range(count):
        width = max(width, sizes[each])
    feature = np.zeros((rounds, depth), np.int16)
    above = np.full((rounds, depth), NEVER, np.uint8)
    values = np.zeros((rounds, most), np.float32)
    words, unit = _unit(rows) if squared else _words(rows)
    score, theirs = start.copy(), begin.copy()
    held, gathered = np.empty(rows, np.int64), np.empty(rows + 1, np.int64)
    members, places = np.empty(rows + 1, np.uint32), np.empty(rows + 1, np.uint32)
    leaf, other = np.empty(rows, np.uint8), np.empty(len(truth), np.uint8)
    hist = np.empty((count, most // 2 * width), np.int64)
    gains, first, second = np.empty(width, np.float32), np.empty(width, np.int32), np.empty(width, np.int32)
    slot, sums = np.zeros(most, np.int32), np.zeros(most, np.int64)
    best, kept, grown = squares(theirs, truth) if squared else loss(theirs, truth), 0, 0
    firm = np.float32(ridge / unit)
    order = (np.arange(count) - fixed) % max(count, 1)
    seen = min(few + fixed, count)
    for tree in range(rounds):
        if squared:
            _residuals(score, answer, words, tree, held)
        else:
            _gradients(score, answer, words, tree, held)
        leaf[:], sums[:] = np.uint8(0), 0
        sums[0] = held.sum()
        if seen < count:
            _deal(order[fixed:], seen - fixed, tree)
        some = order[:seen]
        asked = 0
        for step in range(depth):
            leaves = 1 << step
            _fill(features, sizes, some, held, leaf, leaves, width, slot, members, places, gathered, hist)
            won, chosen, bound = _best(hist, sizes, some, leaves, width, firm, gains, first, second)
            if chosen < 0 or won <= 0:
                break
            feature[tree, step], above[tree, step] = chosen, bound
            _divided(hist[chosen], leaves, width, bound, sums, slot)
            _ask(features[chosen], np.uint8(bound), np.uint8(1 << step), leaf)
            asked += 1
        if asked == 0 and seen == count:
            break
        _values(sums, unit, ridge, rate, values[tree])
        add_leaves(leaf, values[tree], score)
        grown = tree + 1
        if len(truth) == 0:
            kept = grown
            continue
        find_leaves(unseen, feature[tree], above[tree], other)
        add_leaves(other, values[tree], theirs)
        now = squares(theirs, truth) if squared else loss(theirs, truth)
        if now < best:
            best, kept = now, grown
        elif grown >= max(kept + patience, kept * stretch):
            break
    kept = min(int(kept * stretch), grown)
    return feature[:kept].copy(), above[:kept].copy(), values[:kept].copy()


@numba.njit(cache=True, nogil=True)
def summed(features, start, feature, above, values, out):
    """What the trees add up to for every row, beginning with `start`, written to `out`, float32 (rows,)."""
    leaf = np.empty(BLOCK, np.uint8)
    out[:] = start
    for first in range(0, len(out), BLOCK):
        last = min(first + BLOCK, len(out))
        block = np.ascontiguousarray(features[:, first:last])
        for tree in range(len(feature)):
            find_leaves(block, feature[tree], above[tree], leaf[: last - first])
            add_leaves(leaf[: last - first], values[tree], out[first:last])


@numba.njit(cache=True, nogil=True)
def refit(features, answer, start, feature, above, rate, ridge, squared=False):
    """Leaf values of the same trees for other rows, float32 (trees, 2**depth); the arguments are those of `grow`."""
    rows, trees = len(answer), len(feature)
    most = 1 << feature.shape[1]
    values, sums = np.zeros((trees, most), np.float32), np.zeros(most, np.int64)
    words, unit = _unit(rows) if squared else _words(rows)
    score, held, leaf = start.copy(), np.empty(rows, np.int64), np.empty(rows, np.uint8)
    for tree in range(trees):
        if squared:
            _residuals(score, answer, words, tree, held)
        else:
            _gradients(score, answer, words, tree, held)
        find_leaves(features, feature[tree], above[tree], leaf)
        sums[:] = 0
        for row in range(rows):
            sums[leaf[row]] += held[row]
        _values(sums, unit, ridge, rate, values[tree])
        add_leaves(leaf, values[tree], score)
    return values
