"""Calibration: of more rows than asked for, those are kept whose counts come nearest to the training rows'.

An engine draws rows one by one, so that counts of single columns, pairs and triples differ from the training rows' by
its error and by chance. Drawing a pool and keeping a part of it takes both down: rows are weighted by raking and chosen
in proportion, then swapped (as the winners of the MOSTLY AI Prize did, 2025). What the counts of the training rows owe
to chance is not to be fitted: cells of few rows are left open, and how far to go is chosen on rows held back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import MOST_COARSE, Codes, Domain
from understudy.engines.contract import Arrays, Fitted
from understudy.kernels import raking
from understudy.kernels.dependence import information
from understudy.models.memory import WHOLE
from understudy.plan.plan import MOST_POOL

LEVELS = (MOST_COARSE, 16, 5)
"""Groups of codes at most by which single columns, pairs and triples are counted."""
PAIRS, TRIPLES = 300, 100
RAKED, SWAPPED = 1, 2
STRENGTHS = (0.25, 0.5, 0.75, 1.0)
UNJUDGED = 0.5
FEWEST = 30
"""Training rows that a cell stands on at least: fewer are more chance than pattern."""
LEAST = 4.0
BLOCK = 262_144
TRIED, MOST_TRIALS = 20_000, 20
SAMPLE = 5_000

Set = tuple[tuple[int, int], ...]
"""Columns that are counted together, each with its level."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Counts of the training rows, and how far rows drawn are to be brought to them.

    Attributes:
        column: the column that each view is of, int32 (views,).
        groups: group of each code in each view, uint8 (views, 256).
        view: which views make each histogram, int32 (histograms, 3).
        stride: what each of them counts in the cell's number, 0 for one not used, int32 (histograms, 3).
        offset: first cell of each histogram, int64 (histograms,).
        counts: training rows in each cell, -1 where there are fewer than k or 30, int32 (cells,).
        rows: training rows.
        pool: rows drawn for each one kept.
        strength: how far counts are brought from those of the rows drawn (0) to those of the training rows (1).
    """

    column: NDArray[np.int32]
    groups: NDArray[np.uint8]
    view: NDArray[np.int32]
    stride: NDArray[np.int32]
    offset: NDArray[np.int64]
    counts: NDArray[np.int32]
    rows: int
    pool: float
    strength: float
    ARRAYS: ClassVar[Mapping[str, str]] = {
        "column": "int32",
        "groups": "uint8",
        "view": "int32",
        "stride": "int32",
        "offset": "int64",
        "counts": "int32",
    }

    def draw(self, fitted: Fitted, n: int, rng: Generator) -> Codes:
        """N rows whose counts come near the training rows'; no row drawn is kept twice."""
        drawn = fitted.draw(int(np.ceil(self.pool * n)), None, None, rng).codes
        return drawn.take(np.sort(self.chosen(drawn, n, rng)))

    def chosen(self, drawn: Codes, n: int, rng: Generator) -> NDArray[np.int64]:
        """Numbers of the n rows to keep."""
        if not n or not len(self.offset):
            return np.arange(n)
        digits, shape = self._digits(drawn), (self.view, self.stride, self.offset)
        own = self._cells(digits) * (n / len(drawn))
        target = own + self.strength * (self.counts * (n / self.rows) - own)
        target[(self.counts < 0) | (target < LEAST)] = -1.0
        chance = raking.rake(digits, *shape, target, n, RAKED)
        chosen, spare = _systematic(chance, n, rng)
        counts = raking.count(digits, chosen, *shape, len(target))
        for _ in range(SWAPPED if len(spare) else 0):
            raking.swap(digits, *shape, target, counts, chosen, spare, rng.integers(len(spare), size=n))
        return chosen

    def weakened(self, gives_away: Callable[["Calibration"], bool]) -> "Calibration | None":
        """The same as strong as it may be; None where every strength gives rows away."""
        strengths = [self.strength, *(each for each in STRENGTHS[::-1] if each < self.strength)]
        tried = (replace(self, strength=each) for each in strengths)
        return next((each for each in tried if not gives_away(each)), None)

    def of(self, parts: Sequence[Codes], k: int) -> "Calibration":
        """The same with the counts of these rows."""
        counts = sum((self._counted(part) for part in parts), np.zeros(len(self.counts)))
        known = np.where(counts >= max(k, FEWEST), counts, -1).astype(np.int32)
        return replace(self, counts=known, rows=sum(len(part) for part in parts))

    def distance(self, rows: Codes, others: Codes) -> float:
        """Mean over histograms of the total variation between two tables, in cells that are counted."""
        one, two = (self._counted(each) / len(each) for each in (rows, others))
        return float(np.abs(one - two)[self.counts >= 0].sum() / 2 / max(len(self.offset), 1))

    def _counted(self, rows: Codes) -> NDArray[np.float64]:
        """Rows in each cell, block by block: digits take more room than codes."""
        blocks = (self._digits(rows.take(slice(at, at + BLOCK))) for at in range(0, len(rows), BLOCK))
        return sum((self._cells(each) for each in blocks), np.zeros(len(self.counts)))

    def _cells(self, digits: NDArray[np.uint8]) -> NDArray[np.float64]:
        every = np.arange(len(digits))
        return raking.count(digits, every, self.view, self.stride, self.offset, len(self.counts))

    def _digits(self, rows: Codes) -> NDArray[np.uint8]:
        digits = np.empty((len(rows), len(self.column)), dtype=np.uint8)
        for view, column in enumerate(self.column):
            digits[:, view] = self.groups[view][rows.coarse[column]]
        return digits

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Plain data and arrays that `restore` takes."""
        plain = {"rows": self.rows, "pool": self.pool, "strength": self.strength}
        return plain, {name: getattr(self, name) for name in self.ARRAYS}

    @classmethod
    def restore(cls, plain: Mapping[str, Any], arrays: Arrays, columns: int) -> "Calibration":
        """The inverse of `state`, for a table of so many columns.

        Raises:
            ValueError: the arrays do not belong together.
        """
        found = cls(**{name: arrays[name] for name in cls.ARRAYS}, **plain)
        if not _sound(found, columns):
            raise ValueError("the arrays of a calibration do not belong together")
        return found


def _sound(found: Calibration, columns: int) -> bool:
    """Whether drawing stays within the arrays, and within reason: they may come from a file."""
    views, histograms = len(found.column), len(found.offset)
    shapes = {
        "column": (views,),
        "groups": (views, MOST_COARSE),
        "view": (histograms, 3),
        "stride": (histograms, 3),
        "offset": (histograms,),
        "counts": (len(found.counts),),
    }
    held = {name: getattr(found, name) for name in shapes}
    return (
        all(each.shape == shapes[name] and each.dtype == Calibration.ARRAYS[name] for name, each in held.items())
        and bool(((found.column >= 0) & (found.column < columns)).all())
        and bool(((found.view >= 0) & (found.view < views)).all())
        and bool((found.stride >= 0).all() and (found.offset >= 0).all())
        and bool((_last(found) < len(found.counts)).all())
        and found.rows > 0
        and 1 < found.pool <= MOST_POOL
        and 0 < found.strength <= 1
    )


def _last(found: Calibration) -> NDArray[np.int64]:
    """The highest cell that each histogram can name."""
    most = found.groups.max(axis=1, initial=0).astype(np.int64)
    return found.offset + (most[found.view] * found.stride).sum(axis=1)


def fit(alone: Fitted | None, rows: Codes, valid: Codes, k: int, pool: float, rng: Generator) -> Calibration | None:
    """What brings rows drawn nearest to rows held back; None where drawing alone does.

    Args:
        alone: what an engine learned of `rows` alone; None where there are no rows held back to judge it by.
        rows: training rows but those held back.
        valid: rows held back.
        k: training rows in each cell that is kept.
        pool: rows drawn for each one kept.
        rng: of the draws.
    """
    if not len(rows.domains):
        return None
    part = _shaped(rows, pool, rng).of([rows], k)
    if alone is None or not len(valid):
        return replace(part, strength=UNJUDGED)
    n = min(len(rows), TRIED)
    seeds = rng.integers(2**63, size=min(TRIED // n, MOST_TRIALS))
    pools = [alone.draw(int(np.ceil(pool * n)), None, None, np.random.default_rng(seed)).codes for seed in seeds]

    def away(strength: float | None) -> float:
        """Mean distance from the rows held back; None for rows as they are drawn."""
        tried = None if strength is None else replace(part, strength=strength)
        kept = (
            slice(n) if tried is None else tried.chosen(drawn, n, np.random.default_rng(seed))
            for drawn, seed in zip(pools, seeds, strict=True)
        )
        return fmean(part.distance(drawn.take(each), valid) for drawn, each in zip(pools, kept, strict=True))

    best = min((None, *STRENGTHS), key=away)
    return None if best is None else replace(part, strength=best)


def entries(asked: float | None, found: Calibration | None) -> list[dict[str, Any]]:
    """The ledger's entries on a calibration: what it does, or why there is none though it was asked for."""
    if asked is None:
        return []
    text = "not calibrated: rows drawn are as near to unseen ones as rows chosen among more"
    if found is not None:
        sizes = np.bincount((found.stride > 0).sum(axis=1), minlength=4)[1:]
        counted = f"{sizes[0]} columns, {sizes[1]} pairs, {sizes[2]} triples"
        text = f"one row kept of {asked:g} drawn, by the counts of {counted}, strength {found.strength:g}"
        text += "; not under conditions"
    return [{"column": WHOLE, "what": "calibrated", "rows": None, "values": None, "text": text}]


def _shaped(rows: Codes, pool: float, rng: Generator) -> Calibration:
    """The histograms of a table, with nothing counted yet: every column, the pairs and triples that tell most."""
    levels = [_grouped(rows.coarse[column], domain) for column, domain in enumerate(rows.domains)]
    some = rows.take(rng.permutation(len(rows))[:SAMPLE]).coarse
    grouped = np.stack([each[1][codes] for each, codes in zip(levels, some, strict=True)])
    tells = information(grouped, [int(each[1].max()) + 1 for each in levels])
    sets: list[Set] = [((column, 0),) for column in range(len(levels))]
    pairs = _pairs(tells)
    sets += [tuple((column, 1) for column in pair) for pair in pairs]
    sets += [tuple((column, 2) for column in triple) for triple in _triples(tells, pairs)]
    return _laid_out(sets, levels, len(rows), pool)


def _laid_out(sets: list[Set], levels: list[list[NDArray[np.uint8]]], rows: int, pool: float) -> Calibration:
    """Histograms of these sets of views, cell after cell."""
    views = sorted({member for members in sets for member in members})
    groups = np.array([levels[column][level] for column, level in views])
    sizes = groups.max(axis=1).astype(np.int64) + 1
    view, stride = np.zeros((len(sets), 3), dtype=np.int32), np.zeros((len(sets), 3), dtype=np.int32)
    offset, cells = np.zeros(len(sets), dtype=np.int64), 0
    for place, members in enumerate(sets):
        offset[place], here = cells, 1
        for slot, member in enumerate(members):
            view[place, slot], stride[place, slot] = views.index(member), here
            here *= int(sizes[view[place, slot]])
        cells += here
    column = np.array([column for column, _ in views], dtype=np.int32)
    counts = np.zeros(cells, dtype=np.int32)
    return Calibration(column, groups, view, stride, offset, counts, rows, pool, 1.0)


def _pairs(tells: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The pairs of columns that tell most of one another."""
    first, second = np.triu_indices(len(tells), 1)
    order = np.argsort(-tells[first, second], kind="stable")[:PAIRS]
    return [(int(first[each]), int(second[each])) for each in order]


def _triples(tells: NDArray[np.float64], pairs: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """The triples around these pairs whose three pairs tell most together."""
    found = {tuple(sorted((*pair, other))) for pair in pairs for other in range(len(tells)) if other not in pair}
    scored = {each: sum(float(tells[pair]) for pair in combinations(each, 2)) for each in sorted(found)}
    return sorted(scored, key=lambda each: -scored[each])[:TRIPLES]  # type: ignore[return-value]


def _grouped(codes: NDArray[np.uint8], domain: Domain) -> list[NDArray[np.uint8]]:
    """For each level the group of each code, uint8 (256,).

    Codes in order are gathered with their neighbours into groups of like mass, a missing one aside; of others, the most
    frequent stay alone and the rest is one group.
    """
    counts = np.bincount(codes, minlength=MOST_COARSE)[: domain.size]
    return [_gathered(counts, domain, most) for most in LEVELS]


def _gathered(counts: NDArray[np.int64], domain: Domain, most: int) -> NDArray[np.uint8]:
    group = np.zeros(MOST_COARSE, dtype=np.uint8)
    if domain.size <= most:
        group[: domain.size] = np.arange(domain.size)
    elif domain.ordered:
        gap = int(domain.missing)
        mass = np.cumsum(counts[gap:]) - counts[gap:] / 2
        group[gap : domain.size] = gap + np.minimum(mass * (most - gap) / max(counts[gap:].sum(), 1), most - gap - 1)
    else:
        rank = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
        group[: domain.size] = np.minimum(rank, most - 1)
    return group


def _systematic(chance: NDArray[np.float64], n: int, rng: Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of n rows, each with its chance and none twice, and those of the others.

    Systematic sampling (Madow, Annals of Mathematical Statistics 20, 1949); chances are scaled to sum to n, 1 at most.
    """
    share = chance.copy()
    for _ in range(50):
        certain = share >= 1.0
        rest = share[~certain].sum()
        if rest <= 0 or abs(rest + certain.sum() - n) < 1e-9 * n:
            break
        share[~certain] *= (n - certain.sum()) / rest
        np.minimum(share, 1.0, out=share)
    steps = np.floor(np.cumsum(share) + rng.random())
    taken = np.diff(steps, prepend=0.0) > 0
    chosen, spare = np.flatnonzero(taken), np.flatnonzero(~taken)
    if len(chosen) > n:
        return chosen[:n], np.r_[spare, chosen[n:]]
    return np.r_[chosen, spare[: n - len(chosen)]], spare[n - len(chosen) :]
