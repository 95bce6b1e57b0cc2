"""A column told by boosted choices: drawing it, weighing what rows are held to, and the arrays that a file holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Domain
from understudy.engines.contract import Arrays
from understudy.engines.digits import draw_fine, part
from understudy.engines.guides import Guide
from understudy.engines.levels import Grown, Task
from understudy.engines.probit import Latent
from understudy.engines.scores import CODES
from understudy.kernels.boosting import NEVER
from understudy.kernels.choosing import NOTHING, WHOLE, Chooser, choose
from understudy.kernels.halving import Halving, halve

FORMS = {
    "before": (np.int64, 1),
    "child": (np.int32, 2),
    "start": (np.int64, 1),
    "base": (np.float32, 1),
    "slope": (np.float32, 1),
    "companion": (np.int64, 1),
    "expected": (np.uint8, 1),
    "cuts": (np.uint8, 1),
    "trees": (np.int64, 1),
    "seen": (np.int64, 1),
    "sees": (np.int16, 1),
    "ranks": (np.uint8, 2),
    "feature": (np.int16, 2),
    "above": (np.uint8, 2),
    "values": (np.float32, 2),
}


@dataclass(frozen=True, eq=False)
class Conditional:
    """The distribution of one column's codes given the columns before it.

    Attributes:
        chooser: draws the coarse code.
        cells: training rows in each (coarse, fine) cell, shape (cells,).
        guides: what they say of a row are the last codes that the chooser sees, behind those of `chooser.before`.
        latent: what the last guide says of the nodes, where codes have an order; in the chooser as well.
    """

    chooser: Chooser
    cells: NDArray[np.float64]
    guides: tuple[Guide, ...] = ()
    latent: Latent | None = None

    def draw(
        self,
        domain: Domain,
        codes: NDArray[np.uint8],
        allowed: NDArray[np.float64] | None,
        known: NDArray[np.int64] | None,
        temperature: float,
        rng: Generator,
        coarse: NDArray[np.uint8],
        fine: NDArray[np.uint16],
    ) -> NDArray[np.float64]:
        """As `Column.draw`."""
        rows, weight, heat = len(coarse), np.zeros(len(coarse)), 1 / temperature
        within = self.cells if allowed is None else self.cells * allowed
        share = np.ones(domain.size) if allowed is None else part(within, self.cells, domain)
        held = np.full(rows, -1, dtype=np.int16)
        fixed = np.flatnonzero(known >= 0) if known is not None else np.zeros(0, dtype=np.int64)
        cell = known[fixed] if known is not None else fixed
        held[fixed], below = domain.split(cell)
        if len(self.chooser.child):
            asked = self.sides, *_asked(self.chooser.child, share, heat)
            sees, codes = self.seen(codes)
            choose(sees, codes, rng.random(rows), held, *asked, heat, weight, coarse)
        else:
            coarse[:] = only = int(np.argmax(np.add.reduceat(self.cells, domain.start[:-1])))
            with np.errstate(divide="ignore"):
                weight[held < 0] = np.log(share[only])
        if domain.cells > domain.size and len(fixed) < rows:
            fine[:] = draw_fine(within, domain, coarse, rng.random(rows))
        whole = np.add.reduceat(self.cells, domain.start[:-1])[held[fixed]]
        with np.errstate(divide="ignore"):
            weight[fixed] += np.log(self.cells[cell] / np.where(whole > 0, whole, 1.0))
        coarse[fixed], fine[fixed] = held[fixed], below
        return weight

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `restore` takes."""
        guides = {
            f"guide{place}_{name}": array
            for place, guide in enumerate(self.guides)
            for name, array in guide._asdict().items()
        }
        held = {name: array for name, array in self.chooser._asdict().items() if name in FORMS}
        bounds = {} if self.latent is None else {"bounds": self.latent.bounds}
        return {**held, "cells": self.cells, **bounds, **guides}

    @classmethod
    def restore(cls, arrays: Arrays, domain: Domain, place: int) -> "Conditional":
        """The inverse of `arrays`.

        Raises:
            ValueError: the arrays do not belong together.
        """
        many = sum(name.endswith("_edges") for name in arrays)
        guides = tuple(Guide(*(arrays[f"guide{each}_{name}"] for name in Guide._fields)) for each in range(many))
        latent = _latent(arrays["bounds"], len(arrays["child"]), guides) if "bounds" in arrays else None
        held = Chooser(**{name: arrays[name] for name in FORMS}, **_told(latent))
        return cls(held, arrays["cells"], guides, latent).checked(domain, place)

    def seen(self, codes: NDArray[np.uint8]) -> tuple[Chooser, NDArray[np.uint8]]:
        """The chooser and the codes that it sees: those given, or those before and what the guides say of them."""
        if not self.guides:
            return self.chooser, codes
        before = self.chooser.before
        every = np.stack([*codes[before], *(guide.steps(guide.raw(codes, before)) for guide in self.guides)])
        return self.chooser._replace(before=np.arange(len(every))), every

    @cached_property
    def sides(self) -> NDArray[np.uint8]:
        """The side that each code takes on each level, uint8 (levels, codes)."""
        return Halving.of(self.chooser.child, self.chooser.start, CODES).side

    def checked(self, domain: Domain, place: int) -> "Conditional":
        """The same, once it is sure that drawing stays within the arrays: they may come from a file.

        Raises:
            ValueError: the arrays do not belong together.
        """
        for guide in self.guides:
            guide.checked(len(self.chooser.before), place)
        if not (
            _formed(self.chooser)
            and _linked(self.chooser, domain.size)
            and _grounded(self.chooser, place, len(self.guides))
        ):
            raise ValueError("the arrays of boosted choices do not belong together")
        counts = self.cells.dtype == np.float64 and self.cells.shape == (domain.cells,)
        if not counts or not bool((self.cells >= 0).all() and np.isfinite(self.cells).all()):
            raise ValueError("the cells of boosted choices do not belong together")
        return self


def chooser(before: NDArray[np.int64], levels: Sequence[Grown], depth: int) -> Chooser:
    """The levels of one column as one set of arrays."""
    halving = levels[0].task.halving if levels else halve(np.ones(1), ordered=True, missing=False)
    none = np.zeros((0, depth))
    return Chooser(
        before=before,
        child=halving.child,
        start=halving.start,
        base=np.concatenate([np.zeros(0, np.float32), *(each.start.base for each in levels)]),
        slope=np.array([each.start.slope for each in levels], dtype=np.float32),
        **_told(levels[0].task.latent if levels else None),
        **_alongside(before, levels[0].task if levels else None),
        trees=np.cumsum([0, *(len(each.feature) for each in levels)]),
        seen=np.cumsum([0, *(len(each.looked.sees) for each in levels)]),
        sees=np.concatenate([np.zeros(0, np.int16), *(each.looked.sees for each in levels)]),
        ranks=np.concatenate([np.zeros((0, CODES), np.uint8), *(each.looked.ranks for each in levels)]),
        feature=np.concatenate([none.astype(np.int16), *(each.feature for each in levels)]),
        above=np.concatenate([none.astype(np.uint8), *(each.above for each in levels)]),
        values=np.concatenate([np.zeros((0, 1 << depth), np.float32), *(each.values for each in levels)]),
    )


def _alongside(before: NDArray[np.int64], task: Task | None) -> dict[str, NDArray[Any]]:
    """What a chooser holds of a companion."""
    if task is None or task.companion is None:
        return {"companion": np.zeros(0, np.int64), "expected": np.zeros(0, np.uint8), "cuts": np.zeros(0, np.uint8)}
    column, expected = task.companion
    return {"companion": np.flatnonzero(before == column), "expected": expected, "cuts": task.halving.cuts}


def _latent(bounds: NDArray[np.float32], nodes: int, guides: Sequence[Guide]) -> Latent:
    """What the last guide says of the nodes, from arrays that may come from a file.

    Raises:
        ValueError: they do not belong together.
    """
    spread = guides[-1].spread if guides else np.zeros(1, np.float32)
    formed = bounds.dtype == spread.dtype == np.float32 and bounds.shape == (nodes, 3) and spread.shape == (1,)
    if not formed or not (spread[0] > 0 and bool((bounds[:, :-1] <= bounds[:, 1:]).all())):
        raise ValueError("the bounds of boosted choices do not belong together")
    return Latent(bounds, float(spread[0]))


def _told(latent: Latent | None) -> dict[str, NDArray[Any]]:
    """What a chooser holds of what the last guide says of the nodes."""
    if latent is None:
        return {"parted": np.zeros(0, np.uint8), "offset": np.zeros((0, CODES), np.float32)}
    return {"parted": latent.parted, "offset": latent.offset}


def _asked(
    child: NDArray[np.int32], share: NDArray[np.float64], heat: float
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """The shares and the nodes in part allowed, as `choose` takes them."""
    with np.errstate(divide="ignore"):
        logs = np.log(share)[None]
    if heat == 1:
        return logs, _mixed(child, share)
    free = np.zeros_like(logs)
    return (np.concatenate([logs, free]) if logs.any() else free), np.arange(len(child), dtype=np.int32)


def _mixed(child: NDArray[np.int32], share: NDArray[np.float64]) -> NDArray[np.int32]:
    """Which nodes have only a part of what stands below allowed, as `choose` takes it."""
    mixed = np.full(len(child), WHOLE, dtype=np.int32)
    least, most = np.ones(len(child)), np.ones(len(child))
    for node in range(len(child) - 1, -1, -1):
        below = [(share[-1 - each],) * 2 if each < 0 else (least[each], most[each]) for each in child[node].tolist()]
        least[node], most[node] = min(low for low, _ in below), max(high for _, high in below)
    parts = (least < 1) & (most > 0)
    mixed[most <= 0] = NOTHING
    mixed[parts] = np.arange(int(parts.sum()))
    return mixed


def _formed(held: Chooser) -> bool:
    """Whether every array is of the type and the number of dimensions that `choose` reads."""
    return all((getattr(held, name).dtype, getattr(held, name).ndim) == form for name, form in FORMS.items())


def _linked(held: Chooser, codes: int) -> bool:
    """Whether links lead down to codes, none twice, and nodes, trees and features are numbered level by level."""
    nodes, levels = len(held.child), len(held.start) - 1
    if levels < 0 or held.child.shape != (nodes, 2) or held.start[0] != 0 or held.start[-1] != nodes:
        return False
    below = held.child[held.child >= 0]
    ends = np.sort(-1 - held.child[held.child < 0])
    level = np.searchsorted(held.start, np.arange(nodes), side="right") - 1
    own = np.repeat(level, 2)[held.child.ravel() >= 0]
    return (
        bool((np.diff(held.start) > 0).all())
        and bool((np.diff(held.start) <= CODES).all())
        and np.array_equal(np.sort(below), np.arange(1, nodes))
        and len(ends) == (nodes + 1 if nodes else 0)
        and bool((np.diff(ends) > 0).all() and (ends < codes).all())
        and bool((level[below] == own + 1).all())
        and all(
            len(each) == levels + 1 and each[0] == 0 and bool((each[1:] >= each[:-1]).all())
            for each in (held.trees, held.seen)
        )
        and held.base.shape == (nodes,)
        and bool(np.isfinite(held.base).all())
        and held.slope.shape == (levels,)
        and bool(np.isfinite(held.slope).all())
    )


def _grounded(held: Chooser, place: int, guides: int) -> bool:
    """Whether trees ask about features there are, and features about guides or columns drawn before."""
    trees, features = int(held.trees[-1]), int(held.seen[-1])
    depth = held.feature.shape[1] if held.feature.ndim == 2 else 0
    shapes = (
        held.feature.shape == held.above.shape == (trees, depth)
        and 1 <= depth <= 8
        and held.values.shape == (trees, 1 << depth)
        and held.sees.shape == (features,)
        and held.ranks.shape == (features, CODES)
    )
    alone = held.companion.shape == held.expected.shape == held.cuts.shape == (0,)
    beside = held.companion.shape == (1,) and held.expected.shape == (CODES,) and held.cuts.shape == (len(held.child),)
    if not shapes or not (alone or beside) or not bool(((held.before >= 0) & (held.before < place)).all()):
        return False
    if beside and not 0 <= held.companion[0] < len(held.before):
        return False
    node = len(held.before) + guides
    known = (held.sees >= 0) & (held.sees <= node)
    known |= (held.sees == node + 1) & (len(held.offset) > 0) | (held.sees == node + 2) & beside
    own = np.repeat(np.diff(held.seen), np.diff(held.trees))[:, None]
    asked = held.above != NEVER
    return (
        bool(known.all())
        and bool((held.feature >= 0).all())
        and bool((held.feature < own)[asked].all())
        and bool(np.isfinite(held.values).all())
    )
