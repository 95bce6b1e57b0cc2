"""What one level of boosted choices is learned from: the rows that pass it, their answers, what its trees look at."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from understudy.encoding.codes import Domain
from understudy.engines.companions import Companion
from understudy.engines.contract import OnProgress
from understudy.engines.probit import Latent
from understudy.engines.scores import CODES
from understudy.execution.executors import threads
from understudy.kernels.boosting import NEVER
from understudy.kernels.halving import Halving, halve
from understudy.kernels.seeing import SAME, passing, rank_rows, rows_off
from understudy.kernels.starting import slope_and_base

PRIOR = 10.0
HALF = 0.5
FEW, ROWS_A_CODE = 32, 75
NONE = np.zeros(0, dtype=np.int64)
PLAIN = np.arange(CODES, dtype=np.uint8)
FAR = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
NEARNESS = np.searchsorted([*(1 - each for each in FAR[::-1]), *FAR], PLAIN.astype(np.int64) - SAME, "right").astype(
    np.uint8
)
"""What a distance from where a node's codes part counts as: single codes nearby, wider and wider steps farther away."""


class Data(NamedTuple):
    """Codes to learn from.

    Attributes:
        codes: uint8 (columns, rows); rows to grow on first, then those that growth is stopped by, then all others.
        learned: how many to grow on.
        watched: where those that growth is stopped by end.
        domains: one per column.
    """

    codes: NDArray[np.uint8]
    learned: int
    watched: int
    domains: tuple[Domain, ...]


class Task(NamedTuple):
    """One level of the tree of one column's codes.

    Attributes:
        column: whose codes are told.
        before: the columns that may be looked at.
        halving: the tree of codes.
        level: its level, 0 at the root.
        guides: how many of the columns, the last ones, are guides, which every tree may ask.
        latent: what the last guide says of the nodes, where codes have an order.
        companion: the column before that runs alongside.
        named: columns before whose codes are taken for names, whatever their order.
    """

    column: int
    before: NDArray[np.int64]
    halving: Halving
    level: int
    guides: int = 0
    latent: Latent | None = None
    companion: Companion | None = None
    named: NDArray[np.int64] = NONE

    @property
    def nodes(self) -> int:
        """Nodes on the level."""
        return int(self.halving.start[self.level + 1] - self.halving.start[self.level])

    @property
    def always(self) -> int:
        """How many features, the last ones, every tree may ask about: guides, and all that are no columns."""
        return self.guides + len(self.others)

    @property
    def others(self) -> list[int]:
        """The features that are no columns, as `Chooser.sees` has them."""
        node, of_guide, of_companion = range(len(self.before), len(self.before) + 3)
        there = [node] if self.nodes > 1 else []
        there += [of_guide] if self.nodes > 1 and self.latent is not None else []
        return there + ([of_companion] if self.companion is not None else [])

    @property
    def cost(self) -> float:
        """How long it is likely to take, in no unit."""
        return (len(self.before) + 3) / (1 + self.level)


class Members(NamedTuple):
    """The rows that pass a level.

    Attributes:
        rows: their numbers, ascending.
        learned: how many of them are to grow on.
        watched: where those that growth is stopped by end.
        place: the node of each, counted from 0 on the level, uint8.
        answer: the side that each takes, uint8.
    """

    rows: NDArray[np.int64]
    learned: int
    watched: int
    place: NDArray[np.uint8]
    answer: NDArray[np.uint8]


class Start(NamedTuple):
    """Where the logits of a level begin.

    Attributes:
        base: of each node, float32 (nodes,).
        slope: of the logit that the last guide gives.
    """

    base: NDArray[np.float32]
    slope: np.float32

    @classmethod
    def fitted(cls, task: Task, seen: Members, count: int, offset: NDArray[np.float32]) -> "Start":
        """What suits the first `count` members best, half a row added to both sides of each node."""
        place, answer = seen.place[:count], seen.answer[:count]
        if task.latent is not None:
            slope, base = slope_and_base(offset[:count], place, answer, task.nodes)
            return cls(base.astype(np.float32), np.float32(slope))
        high = np.bincount(place, weights=answer, minlength=task.nodes)
        low = np.bincount(place, minlength=task.nodes) - high
        return cls(np.log((high + HALF) / (low + HALF)).astype(np.float32), np.float32(0))

    def of(self, seen: Members, offset: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logit of each member, float32 (members,)."""
        return (self.base[seen.place] + self.slope * offset).astype(np.float32)


class Looked(NamedTuple):
    """What a level's trees look at.

    Attributes:
        sees: as in `Chooser`, int16 (features,).
        ranks: as in `Chooser`, uint8 (features, 256).
        sizes: codes of each, int64 (features,).
    """

    sees: NDArray[np.int16]
    ranks: NDArray[np.uint8]
    sizes: NDArray[np.int64]


class Grown(NamedTuple):
    """What was learned of one level; the arrays are as in `Chooser`."""

    task: Task
    start: Start
    looked: Looked
    feature: NDArray[np.int16]
    above: NDArray[np.uint8]
    values: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        task: Task,
        start: Start,
        looked: Looked,
        feature: NDArray[np.int16],
        above: NDArray[np.uint8],
        values: NDArray[np.float32],
    ) -> "Grown":
        """The same, but for features that no tree asks about."""
        used = np.unique(feature[above != NEVER])
        number = np.zeros(len(looked.sees), dtype=np.int16)
        number[used] = np.arange(len(used))
        kept = Looked(looked.sees[used], looked.ranks[used], looked.sizes[used])
        return cls(task, start, kept, number[feature], above, values)

    @classmethod
    def without(cls, task: Task, start: Start, depth: int) -> "Grown":
        """A level without trees."""
        looked = Looked(np.zeros(0, np.int16), np.zeros((0, CODES), np.uint8), np.zeros(0, np.int64))
        none = np.zeros((0, depth))
        return cls(
            task, start, looked, none.astype(np.int16), none.astype(np.uint8), np.zeros((0, 1 << depth), np.float32)
        )


Item = TypeVar("Item", Task, Grown)


def tasks(
    data: Data,
    column: int,
    before: NDArray[np.int64],
    guides: int = 0,
    spread: float | None = None,
    companion: Companion | None = None,
    named: NDArray[np.int64] = NONE,
) -> list[Task]:
    """The levels of a column's codes, halved by their rows.

    Args:
        data: the rows.
        column: whose codes.
        before: the columns that may be looked at, guides last.
        guides: how many guides.
        spread: how far what the last guide says is off, where codes have an order.
        companion: the column before that runs alongside.
        named: columns before whose codes are taken for names, whatever their order.
    """
    domain = data.domains[column]
    weight = np.bincount(data.codes[column], minlength=domain.size)
    halving = halve(weight.astype(np.float64), domain.ordered, domain.missing)
    latent = None if spread is None else Latent.of(weight, halving, domain.missing, spread)
    more = guides, latent, companion, named
    return [Task(column, before, halving, level, *more) for level in range(halving.levels)]


def side_by_side(
    work: Callable[[Item], Grown], items: Sequence[Item], on_progress: OnProgress | None = None
) -> list[Grown]:
    """Results in the order of the items; those that take long are begun first."""
    costs = [item.cost if isinstance(item, Task) else item.task.cost for item in items]
    order = np.argsort([-cost for cost in costs], kind="stable").tolist()
    found: dict[int, Grown] = {}
    for done, (place, grown) in enumerate(zip(order, threads(lambda each: work(items[each]), order), strict=True)):
        found[place] = grown
        if on_progress:
            on_progress(done + 1, len(items))
    return [found[place] for place in range(len(items))]


def members(data: Data, task: Task) -> Members:
    """The rows that pass a level."""
    node = task.halving.node[task.level]
    place = np.where(node >= 0, node - task.halving.start[task.level], -1).astype(np.int16)
    rows, places, answer = passing(data.codes[task.column], place, task.halving.side[task.level])
    learned, watched = np.searchsorted(rows, [data.learned, data.watched]).tolist()
    return Members(rows, learned, watched, places, answer)


def offsets(data: Data, task: Task, seen: Members) -> NDArray[np.float32]:
    """The logit that the last guide gives each member, 0 without one, float32 (members,)."""
    if task.latent is None:
        return np.zeros(len(seen.rows), dtype=np.float32)
    node = task.halving.start[task.level] + seen.place.astype(np.int64)
    return task.latent.offset[node, data.codes[task.before[-1], seen.rows]]


def features(data: Data, task: Task, seen: Members, first: NDArray[np.float32]) -> Looked:
    """All that a level's trees may look at: the columns before, and the node where there are several.

    Of codes with an order there also are how far what the last guide says lies from where the node's codes part, and
    how far the code does that a companion leads to expect.

    Codes without an order, and those taken for names, count in the order of how much more often than expected their
    rows take the high side. Where there are many codes for few rows, two, four, … neighbours count as one.
    """
    learned = slice(seen.learned)
    excess = seen.answer[learned] - 1 / (1 + np.exp(-first[learned].astype(np.float64)))
    ranks, sizes = [], []
    for column in task.before.tolist():
        domain, table = data.domains[column], PLAIN
        if not domain.ordered or column in task.named:
            table = PLAIN.copy()
            table[: domain.size] = ranked(data.codes[column, seen.rows[learned]], excess, domain.size)
        shift = _shift(domain.size, seen.learned)
        ranks.append(table >> shift)
        sizes.append((domain.size - 1 >> shift) + 1)
    shift = _shift(CODES, seen.learned)
    more = (PLAIN, task.nodes), (PLAIN >> shift, (CODES - 1 >> shift) + 1), (NEARNESS, int(NEARNESS[-1]) + 1)
    for which in task.others:
        table, size = more[which - len(task.before)]
        ranks.append(table)
        sizes.append(size)
    sees = np.array([*range(len(task.before)), *task.others], dtype=np.int16)
    return Looked(sees, np.array(ranks, dtype=np.uint8).reshape(-1, CODES), np.array(sizes, dtype=np.int64))


def _shift(size: int, rows: int) -> int:
    """By how many bits codes are shortened, so that there are 75 rows for each, or no more than 32."""
    most, shift = max(FEW, rows // ROWS_A_CODE), 0
    while size - 1 >> shift >= most:
        shift += 1
    return shift


def ranked(codes: NDArray[np.uint8], excess: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """The rank of each code by the mean of its rows' excess, shrunk by ten rows of nothing, (size,)."""
    mean = np.bincount(codes, weights=excess, minlength=size) / (np.bincount(codes, minlength=size) + PRIOR)
    return np.argsort(np.argsort(mean, kind="stable"), kind="stable")


def gathered(data: Data, task: Task, seen: Members, looked: Looked) -> NDArray[np.uint8]:
    """What the trees look at, of all members, uint8 (features, members)."""
    codes = np.empty((len(looked.sees), len(seen.rows)), dtype=np.uint8)
    nodes = slice(task.halving.start[task.level], task.halving.start[task.level + 1])
    for into, which, table in zip(codes, looked.sees.tolist(), looked.ranks, strict=True):
        if which == len(task.before):
            into[:] = seen.place
        elif which == len(task.before) + 1:
            assert task.latent is not None
            rows_off(data.codes[task.before[-1]], PLAIN, seen.rows, task.latent.parted[nodes], seen.place, table, into)
        elif which > len(task.before):
            assert task.companion is not None
            column, expected = task.companion
            rows_off(data.codes[column], expected, seen.rows, task.halving.cuts[nodes], seen.place, table, into)
        else:
            rank_rows(data.codes[task.before[which]], seen.rows, table, into)
    return codes
