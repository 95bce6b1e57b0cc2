"""Outliers: is a row that stands alone among real rows, as few people do, repeated by the stand-in?

Averages over rows cannot see one copied row; this attack looks for it. A row is isolated if the nearest other real row
is far. For each isolated training row u = distance to the nearest synthetic row / distance to the nearest real row.
How small u is between honest rows the real rows themselves tell: they are cut at random in rows that choose, rows that
play the stand-in and rows to compare with, and the most isolated rows are looked at again. Rows are chosen by other
rows than they are compared with: the most isolated of many owe it in part to chance, which does not repeat itself.

The distance of two rows is the sum over columns of 0 or 1 for categories and, for numbers, of the mean of two gaps:
that of ranks, and that of asinh((x - median) / spread), which keeps far values far where ranks put them side by side.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import cpu_count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import Points
from understudy.metrics.case import Case, Grid
from understudy.metrics.disclosure import wilson
from understudy.metrics.exchange import fisher
from understudy.metrics.measure import Measure
from understudy.metrics.membership import NO_HOLDOUT
from understudy.metrics.metric import metric
from understudy.metrics.sizes import sample
from understudy.metrics.tails import Tail
from understudy.metrics.twins import Twins

TRAINING = 40_000
UNSEEN = 10_000
SYNTHETIC = 200_000
FEWEST = 40
CANDIDATES = 6_000
TARGETS = 400
UNSEEN_PER_TARGET = 8
WORK = 8.0e9
THREADS = 4
KNOTS = np.linspace(0, 1, 101)
# of forty blocks of real rows eight always choose, twenty-two more choose the targets, ten are compared with
BLOCKS, ALWAYS, CHOOSING, CHOOSING_AGAIN = 40, 8, 30, 18
REPLAYS = 40
LEVEL, SINGLE = 0.05, 0.8
# rows an eighth as isolated as the least isolated target show how often isolated rows have twins
LESS = 8

Places = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Search:
    """How near the stand-in comes to isolated rows: logs of u, the smaller the nearer.

    Attributes:
        targets: of the most isolated training rows, the most isolated first.
        controls: of the holdout rows that are as isolated.
        places: how many targets are at least as isolated as each control, (controls,).
        near: distances of the targets to the nearest synthetic row.
        chance: how likely as small a u is between honest rows whose density is smooth.
        twins: how likely a synthetic row as near is an honest twin.
        replays: (replays, targets) log u between real rows alone, the most isolated first, inf where there were fewer.
        searched: training rows among which the targets are the most isolated.
    """

    targets: Values
    controls: Values
    places: Places
    near: Values
    chance: Tail
    twins: Twins
    replays: Values
    searched: int


class Rows(NamedTuple):
    """Real rows that may be isolated.

    Attributes:
        nearest: (rows, blocks) distance to the nearest other row of each block of the real rows.
        training: (rows,) which are training rows.
        points: the rows themselves.
    """

    nearest: Values
    training: NDArray[np.bool_]
    points: Points


class Replays(NamedTuple):
    """Logs of u between real rows alone.

    Attributes:
        logs: (replays, most) of the most isolated rows, the most isolated first, inf where there were fewer.
        rows: (replays, most) which row each is of.
        unseen: (values,) of isolated holdout rows.
    """

    logs: Values
    rows: Places
    unseen: Values


@metric("privacy.membership_outliers", better="low", quick=True)
def membership_outliers(case: Case) -> Measure:
    """Copied outliers: share of the most isolated training rows that have a near-copy in the stand-in.

    A target is a near-copy where the chance of as small a u between honest rows is below its part of 5 %. Parts fall as
    1 / √place in the order of isolation, so that the most isolated rows are not drowned by the others (Genovese, Roeder
    and Wasserman, "False discovery control with p-value weighting", Biometrika 93, 2006). That chance is counted
    between real rows and extrapolated by a power law, as a density has that is smooth at the scale of u (see
    `understudy.metrics.tails`); without numeric columns nothing is extrapolated. The value is the share of near-copies
    among the targets minus that among holdout rows as isolated, with Newcombe's interval.

    A near-copy may be an honest twin, so that it is held against twins of real rows (`understudy.metrics.twins`).
    `parts["p"]` is family-wise, of two tests with four fifths and a fifth of the level. One looks for a single copy:
    the weighted Bonferroni p, but of each target at least the chance that one of those as isolated has a twin as near;
    it is never below the share of replays between real rows that gave as small a one. The other counts: the chance of
    so many near-copies at the rate of twins, and, where controls have near-copies too, no less than Fisher's exact p of
    the two shares. `parts["twins"]` is the rate of equal twins.
    """
    if case.holdout is None:
        return membership_outliers.none(NO_HOLDOUT)
    if min(len(case.holdout), len(case.real)) < FEWEST:
        return membership_outliers.none(f"fewer than {FEWEST} training or holdout rows are too few to find outliers")
    found = search(case)
    if found is None:
        return membership_outliers.none("no training row stands alone: each has its like among the real rows")
    return _measured(found)


def search(case: Case) -> Search | None:
    """Isolated rows and how near the stand-in comes to them, None where no training row is isolated.

    At most 40 000 training rows, 10 000 holdout rows and 200 000 synthetic rows are looked at, fewer where the table
    is wide.
    """
    assert case.holdout is not None
    rng, width = case.rng("outliers"), len(case.columns)
    most = np.sqrt(WORK * BLOCKS / ALWAYS / width)
    training = sample(case.real, min(TRAINING, int(0.8 * most)), rng)
    unseen = sample(case.holdout, min(UNSEEN, int(0.2 * most)), rng)
    points, fakes, step = _points(training.over(unseen), case.synthetic)
    rows = _candidates(points, len(training), width, rng)
    alone = rows.nearest[:, :CHOOSING].min(axis=1)
    targets, controls, others = _chosen(alone, rows.training, len(unseen), rng)
    asked = np.concatenate([targets, controls, others])
    fakes = _take(fakes, rng.permutation(len(fakes))[: min(SYNTHETIC, int(2 * WORK / (max(len(asked), 1) * width)))])
    near = _blocks(_take(rows.points, asked), fakes, [0, len(fakes)])[:, 0]
    logs = _log(near, step) - _log(rows.nearest[asked, CHOOSING:].min(axis=1), step)
    own, same, every = np.split(logs, np.cumsum([len(targets), len(controls)]))
    broad = every[: max(len(unseen) // 4, 5 * min(TARGETS, len(unseen) // UNSEEN_PER_TARGET))]
    again = round(len(targets) * len(points) / len(training))
    replays = _replays(rows, (again, len(broad)), len(fakes) / len(points), step, rng)
    known = np.isfinite(replays.logs)
    chance = Tail.of(replays.logs[known], replays.rows[known], 3 * REPLAYS) if len(targets) else None
    if chance is None:
        return None
    # a stand-in that comes nearer to isolated holdout rows than real rows do is honest too: independent columns fill
    # the gaps between real rows
    chance = chance.raised(replays.unseen, broad)
    above = np.searchsorted(-alone[targets], -alone[controls], "right")
    chance = chance if case.numeric else chance.flat()
    times = len(fakes) / (len(points) * (1 - ALWAYS / BLOCKS))
    twins = Twins.of(rows.nearest, ALWAYS, alone[targets[-1]] / LESS, near[len(asked) - len(others) :], times)
    found = replays.logs[:, : len(targets)]
    return Search(own, same, above, near[: len(targets)], chance, twins, found, len(training))


def _candidates(points: Points, training: int, width: int, rng: np.random.Generator) -> Rows:
    """The rows that are most isolated from the blocks that always choose, with the nearest rows of all blocks."""
    count = len(points)
    order = rng.permutation(count)
    starts = [place * count // BLOCKS for place in range(BLOCKS + 1)]
    home = np.empty(count, dtype=np.int64)
    home[order] = np.searchsorted(starts, np.arange(count), "right") - 1
    mixed = _take(points, order)
    alone = _but_own(_blocks(points, mixed, starts[: ALWAYS + 1]), home).min(axis=1)
    most = min(CANDIDATES, max(2 * FEWEST, int(WORK / (count * width))))
    kept = np.sort(np.argsort(-alone, kind="stable")[:most])
    nearest = _but_own(_blocks(_take(points, kept), mixed, starts), home[kept])
    return Rows(nearest, kept < training, _take(points, kept))


def _but_own(nearest: Values, home: Places) -> Values:
    """The same without the block that a row is in itself."""
    inside = np.flatnonzero(home < nearest.shape[1])
    nearest[inside, home[inside]] = np.inf
    return nearest


def _chosen(
    alone: Values, training: NDArray[np.bool_], unseen: int, rng: np.random.Generator
) -> tuple[Places, Places, Places]:
    """Targets, holdout rows as isolated, and the most isolated holdout rows."""
    order = _ranked(alone, rng)
    count = min(TARGETS, unseen // UNSEEN_PER_TARGET)
    targets, others = order[training[order]][:count], order[~training[order]]
    limit = alone[targets[-1]] if len(targets) else np.inf
    return targets, others[alone[others] >= limit], others[: max(unseen // 4, 10 * count)]


def _replays(rows: Rows, sizes: tuple[int, int], share: float, step: float, rng: np.random.Generator) -> Replays:
    """The search among real rows alone, with real blocks in the place of the stand-in.

    Args:
        rows: which may be isolated.
        sizes: how many of the most isolated rows, and of isolated holdout rows, are looked at.
        share: synthetic rows / real rows.
        step: the resolution of distances.
        rng: of the splits.
    """
    free = BLOCKS - CHOOSING_AGAIN
    playing = int(np.clip(round(free * share / (share + 1 - CHOOSING / BLOCKS)), 2, free - 2))
    logs, places = np.full((REPLAYS, sizes[0]), np.inf), np.zeros((REPLAYS, sizes[0]), dtype=np.int64)
    unseen: list[Values] = []
    for number in range(REPLAYS):
        order = np.concatenate([np.arange(ALWAYS), ALWAYS + rng.permutation(BLOCKS - ALWAYS)])
        first, second, third = np.split(order, [CHOOSING_AGAIN, CHOOSING_AGAIN + playing])
        ranked = _ranked(rows.nearest[:, first].min(axis=1), rng)
        near = _log(rows.nearest[:, second].min(axis=1), step) - _log(rows.nearest[:, third].min(axis=1), step)
        most = ranked[: sizes[0]]
        logs[number, : len(most)], places[number, : len(most)] = near[most], most
        unseen.append(near[ranked[~rows.training[ranked]][: sizes[1]]])
    return Replays(logs, places, np.concatenate(unseen))


def _ranked(alone: Values, rng: np.random.Generator) -> Places:
    """Rows that are isolated at all, the most isolated first."""
    order = np.lexsort([rng.random(len(alone)), -alone])
    return order[alone[order] > 0]


def _log(distances: Values, step: float) -> Values:
    return np.log(distances + step)


def _blocks(rows: Points, others: Points, starts: list[int]) -> Values:
    from understudy.kernels.nearest import nearest

    return nearest(rows, others, starts, min(THREADS, cpu_count() or 1))


def _take(points: Points, rows: Places) -> Points:
    return Points(points.place[:, rows], points.levels, points.unit)


def _points(real: Grid, synthetic: Grid) -> tuple[Points, Points, float]:
    """Real and synthetic rows on one scale, which all real rows make alike, and its resolution.

    The resolution is half the chance that two rows share a value of the column where fewest do: about half the way to
    the next value. Nearer than that rows are by chance wherever values repeat.
    """
    scales = [_scale(column) for column in real.numbers.T]
    first, second = (_placed(side, scales) for side in (real, synthetic))
    ties = min([1.0, *(_ties(column) for column in real.numbers.T)])
    return first, second, max(ties, 1 / first.unit) / 2


def _placed(side: Grid, scales: Sequence[Callable[[Values], Values]]) -> Points:
    lines = [scale(column) for scale, column in zip(scales, side.numbers.T, strict=True)]
    return Points.of(np.reshape(lines, side.numbers.T.shape), side.codes.T.astype(np.int64) + 1)


def _ties(column: Values) -> float:
    """The chance that two rows share a number."""
    often = np.unique(column[~np.isnan(column)], return_counts=True)[1].astype(float)
    return float((often * (often - 1)).sum() / (len(column) * max(len(column) - 1, 1)))


def _scale(real: Values) -> Callable[[Values], Values]:
    """From a column's numbers to places in [0, 1]: half rank, half asinh between the real ends."""
    known = real[~np.isnan(real)]
    if not len(known):
        return lambda column: np.where(np.isnan(column), np.nan, 0.0)
    knots, place = np.unique(np.quantile(known, KNOTS, method="inverted_cdf"), return_inverse=True)
    ranks = np.bincount(place, KNOTS) / np.bincount(place)
    middle = np.median(known)
    apart = np.abs(known - middle)
    spread = np.median(apart[apart > 0]) if apart.any() else 1.0
    low, high = np.arcsinh((np.array([known.min(), known.max()]) - middle) / spread)

    def scaled(column: Values) -> Values:
        bent = np.clip((np.arcsinh((column - middle) / spread) - low) / max(high - low, 1e-9), 0, 1)
        return (np.interp(column, knots, ranks) + bent) / 2

    return scaled


def _measured(found: Search) -> Measure:
    count, controls = len(found.targets), len(found.controls)
    tries = _tries(count)
    hit = found.chance(found.targets) * tries <= LEVEL
    hits = int(hit.sum())
    others = int((found.chance(found.controls) * tries[np.maximum(found.places, 1) - 1] <= LEVEL).sum())
    share, low, high = difference(hits, count, others, controls)
    parts = {
        "p": min(1.0, _single(found) / SINGLE, _many(found, hit, others) / (1 - SINGLE)),
        "success": hits / count,
        "control": others / controls if controls else None,
        "trials": count,
        "controls": controls,
        "searched": found.searched,
        "nearest": float(np.exp(found.targets.min())),
        "twins": found.twins.rate,
    }
    note = f"{hits} of the {count} most isolated training rows have a near-copy, {others} of {controls} unseen ones do"
    return Measure("privacy.membership_outliers", share, low, high, 0.0, None, parts, note, "low")


def _tries(count: int) -> Values:
    """1 / the part of the level of each target, (count,)."""
    place = np.sqrt(np.arange(1, count + 1))
    return place * (1 / place).sum()


def _single(found: Search) -> float:
    """Weighted Bonferroni p of a single target, no smaller than that of a twin.

    Targets take part as long as a copy of one, no twin being as near, would be clear.
    """
    places = np.arange(1, len(found.targets) + 1)
    most = int((found.twins.first(places, np.zeros(len(places))) <= LEVEL * SINGLE).sum())
    if not most:
        return 1.0
    tries, twins = _tries(most), found.twins.first(places[:most], found.near[:most])
    least = float(np.maximum(_ps(found)[:most] * tries, twins).min())
    smallest = (found.chance(found.targets)[:most] * tries).min()
    replayed = (found.chance(found.replays)[:, :most] * tries).min(axis=1) <= smallest
    return min(1.0, max(least, float(replayed.mean())))


def _ps(found: Search) -> Values:
    """p-values of the targets: never below the share of real rows, or of controls, that are as near."""
    ps = np.maximum(found.chance(found.targets), found.chance.counted(found.targets))
    nearer = np.searchsorted(np.sort(found.controls), found.targets, "right")
    return np.maximum(ps, nearer / max(len(found.controls), 1))


def _many(found: Search, hit: NDArray[np.bool_], others: int) -> float:
    """Chance of so many near-copies if they were twins, and, where controls have some, if targets had no more."""
    if not hit.any():
        return 1.0
    hits, count = int(hit.sum()), len(hit)
    twins = found.twins.many(hits, count, float(found.near[hit].max()))
    return max(twins, fisher(hits, count, others, len(found.controls))) if others else twins


def difference(hits: int, trials: int, others: int, controls: int) -> tuple[float, float, float]:
    """The difference of two shares with Newcombe's 95 % interval (Statistics in Medicine 17, 1998, method 10).

    Without controls their share counts as 0, and may be anything.

    >>> [round(x, 4) for x in difference(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    first, low, high = wilson(hits, trials)
    second, least, most = wilson(others, controls) if controls else (0.0, 0.0, 1.0)
    gap = first - second
    return gap, gap - float(np.hypot(first - low, most - second)), gap + float(np.hypot(high - first, second - least))
