"""Codes as the leaves of a binary tree, so that one of many is told by a few choices between two.

The codes, in order, are halved again and again where the two sides weigh most alike (Shannon-Fano coding; Fano, 1949):
a code is told in about as many choices as its surprise has bits, and neighbours share most of them. Codes without an
order are sorted by their weight first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Halving:
    """A binary tree of codes; its inner nodes are numbered level by level from the root, 0.

    Attributes:
        child: what stands on the low and the high side of each node: a node, or -1 - c for code c, int32 (nodes, 2).
        start: first node of each level, and the number of nodes at the end, int64 (levels + 1,).
        node: the node each code passes on each level, -1 where it has ended or has no place, int32 (levels, codes).
        side: the side it takes there, uint8 (levels, codes).
    """

    child: NDArray[np.int32]
    start: NDArray[np.int64]
    node: NDArray[np.int32]
    side: NDArray[np.uint8]

    @property
    def levels(self) -> int:
        """Choices at most until a code is told."""
        return len(self.node)

    @property
    def cuts(self) -> NDArray[np.uint8]:
        """The first code on the high side of each node, of codes in order, uint8 (nodes,)."""
        first = np.zeros(len(self.child), dtype=np.uint8)
        for node, side in zip(self.node, self.side, strict=True):
            high = np.flatnonzero((node >= 0) & (side == 1))[::-1]
            first[node[high]] = high
        return first

    @classmethod
    def of(cls, child: NDArray[np.int32], start: NDArray[np.int64], codes: int) -> "Halving":
        """The same tree from its links alone."""
        node = np.full((len(start) - 1, codes), -1, dtype=np.int32)
        side = np.zeros((len(start) - 1, codes), dtype=np.uint8)
        members: dict[int, list[int]] = {}
        for level in range(len(start) - 2, -1, -1):
            for each in range(int(start[level]), int(start[level + 1])):
                members[each] = []
                for high, below in enumerate(child[each].tolist()):
                    found = [-1 - below] if below < 0 else members[below]
                    node[level, found], side[level, found] = each, high
                    members[each] += found
        return cls(child, start, node, side)


def halve(weight: NDArray[np.float64], ordered: bool, missing: bool) -> Halving:
    """The tree for codes of these weights.

    Args:
        weight: of each code, at least 0, shape (codes,).
        ordered: whether neighbouring codes are alike.
        missing: whether code 0 means missing; it is then told first.
    """
    codes = np.arange(len(weight)) if ordered else np.argsort(-weight, kind="stable")
    codes = codes[weight[codes] > 0]
    total = np.concatenate([[0.0], np.cumsum(weight[codes])])
    child: list[list[int]] = []
    start, level = [0], [(0, len(codes))] if len(codes) > 1 else []
    while level:
        below, following = start[-1] + len(level), []
        for first, last in level:
            apart = missing and ordered and last - first == len(codes) and codes[0] == 0
            cut = 1 if apart else _middle(total, first, last)
            sides = []
            for begin, end in ((first, cut), (cut, last)):
                if end - begin == 1:
                    sides.append(-1 - int(codes[begin]))
                else:
                    sides.append(below + len(following))
                    following.append((begin, end))
            child.append(sides)
        start.append(below)
        level = following
    return Halving.of(np.array(child, dtype=np.int32).reshape(-1, 2), np.array(start, dtype=np.int64), len(weight))


def _middle(total: NDArray[np.float64], first: int, last: int) -> int:
    """Where a run of codes is cut so that its two sides weigh most alike."""
    half = (total[first] + total[last]) / 2
    return first + 1 + int(np.argmin(np.abs(total[first + 1 : last] - half)))
