"""Codes that are held to some cells of some columns, whatever the order in which the columns are drawn.

An engine draws column by column; where a column is restricted it draws allowed codes alone and says how likely they
were (importance sampling; Doucet, de Freitas and Gordon, "Sequential Monte Carlo Methods in Practice", 2001, ch. 1).
That weight is no more than one, so that a row kept with a probability of its weight is an exact draw. Where hardly any
row would be kept, the columns before are first bent towards codes that promise a weight, as weighed in a pilot, and the
weight makes up for it (the cross-entropy method: de Boer, Kroese, Mannor and Rubinstein, Annals of Operations Research
134, 2005); of several candidates a row, one is then kept by its weight: exact as candidates grow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks, stack
from understudy.engines.contract import Fitted

PILOT = 4096
MOST_PILOT, SURE = 2**18, 64.0
LEAD = 1024
FAIR = 1 / 64
EFFECTIVE = 16
MOST = 8192
CELLS, MOST_ROWS = 2**21, 2**17
BENDS, WORTH = 8, 1.1
EVEN = 1e-6


@dataclass(frozen=True, eq=False)
class Held:
    """What codes are held to, and what drawing them takes.

    Attributes:
        weighing: draws rows with their weights.
        bound: logarithm of the largest weight there can be, by which rows are kept or not; None where one of several
            candidates is kept.
        candidates: rows drawn for each one kept.
        effective: how many of them count (Kish, Survey Sampling, 1965); None where draws are exact.
    """

    weighing: "Weighing"
    bound: float | None
    candidates: float
    effective: float | None

    def draw(self, n: int, rng: Generator) -> Codes:
        """N rows."""
        found, wanted = [self.weighing.draw(0, rng)[0]], n
        while wanted:
            kept = self._chosen(wanted, rng) if self.bound is None else self._kept(wanted, self.bound, rng)
            found.append(kept)
            wanted -= len(kept)
        return stack(found)

    def _kept(self, n: int, bound: float, rng: Generator) -> Codes:
        """Up to n rows, each kept with a probability of its weight over the largest."""
        drawn = int(np.ceil(n * self.candidates * (1.1 if self.candidates > 1 else 1.0)))
        codes, weight = self.weighing.draw(min(drawn, self.weighing.block), rng)
        met = np.flatnonzero(np.log1p(-rng.random(len(weight))) <= weight - bound)
        return codes.take(met[:n])

    def _chosen(self, n: int, rng: Generator) -> Codes:
        """Up to n rows, one of each group of candidates by its weight."""
        size = int(self.candidates)
        groups = min(n, max(self.weighing.block // size, 1))
        codes, weight = self.weighing.draw(groups * size, rng)
        weight = weight.reshape(groups, size)
        best = first_kept(weight, rng)
        return codes.take((np.arange(groups) * size + best)[np.isfinite(weight.max(axis=1))])


@dataclass(frozen=True, eq=False)
class Weighing:
    """Rows under a restriction, bent towards some codes, and the weights that make up for both.

    Attributes:
        fitted: who draws.
        domains: of the columns.
        allowed: share of each cell that is allowed, by place, shape (cells,).
        temperature: of the draws.
        tilt: by place, how much each coarse code is preferred besides, in (0, 1], shape (size,).
    """

    fitted: Fitted
    domains: tuple[Domain, ...]
    allowed: Masks
    temperature: float = 1.0
    tilt: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def block(self) -> int:
        """Rows to draw at once, so that memory stays bounded."""
        return block(len(self.domains))

    def draw(self, n: int, rng: Generator) -> tuple[Codes, NDArray[np.float64]]:
        """N rows and the logarithms (nats) of their weights."""
        bent = dict(self.allowed)
        for place, prefer in self.tilt.items():
            bent[place] = np.repeat(prefer, self.domains[place].depth) * bent.get(place, 1.0)
        drawn = self.fitted.draw(n, None, bent, rng, temperature=self.temperature)
        weight = drawn.log_weight
        for place, prefer in self.tilt.items():
            weight = weight - np.log(prefer)[drawn.codes.coarse[place]]
        return drawn.codes, weight

    def pilot(self, rng: Generator) -> tuple[Codes, NDArray[np.float64]]:
        """As `draw`, of more and more rows until enough of them count."""
        codes, weight = self.draw(PILOT, rng)
        while not even(weight) and effective(weight) * len(weight) < SURE and 2 * len(weight) <= MOST_PILOT:
            parts = [self.draw(self.block, rng) for _ in range(-(-len(weight) // self.block))]
            codes = stack([codes, *(part for part, _ in parts)])
            weight = np.concatenate([weight, *(part for _, part in parts)])
        return codes, weight

    def tilted(self, codes: Codes, weight: NDArray[np.float64], rng: Generator) -> tuple["Weighing", float]:
        """Bent one column after the other while it is worth it, from a pilot on; and the effective share then."""
        bent, share = self, float(effective(weight))
        turn = np.argsort(self.fitted.order)
        before = np.flatnonzero(turn < max(turn[place] for place in self.allowed)).tolist()
        for _ in range(BENDS):
            found = {place: _promise(codes.coarse[place], codes.domains[place].size, weight) for place in before}
            place = max(found, key=lambda each: found[each][0], default=-1)
            if place < 0 or found[place][0] < WORTH:
                break
            prefer = bent.tilt.get(place, 1.0) * found[place][1]
            trial = replace(bent, tilt={**bent.tilt, place: prefer / prefer.max()})
            held, heavy = trial.pilot(rng)
            if effective(heavy) < WORTH * share:
                break
            bent, codes, weight, share = trial, held, heavy, float(effective(heavy))
        return bent, share


def hold(
    fitted: Fitted, domains: tuple[Domain, ...], allowed: Masks, rng: Generator, temperature: float = 1.0
) -> Held | None:
    """How codes are held to the allowed cells; None where the engine gives such rows no chance."""
    weighing = Weighing(fitted, domains, allowed, temperature)
    bound = _leading(weighing, rng)
    codes, weight = weighing.pilot(rng)
    if not np.isfinite(weight).any():
        return None
    acceptance = min(float(np.exp(weight - bound).mean()), 1.0)
    if acceptance >= FAIR:
        return Held(weighing, bound, 1.0 if acceptance > 1 - EVEN else 1 / acceptance, None)
    bent, share = weighing.tilted(codes, weight, rng)
    candidates = int(np.clip(np.ceil(EFFECTIVE / share), EFFECTIVE, MOST))
    return Held(bent, None, candidates, candidates * share)


def block(columns: int) -> int:
    """Rows to draw at once, so that memory stays bounded."""
    return int(np.clip(CELLS // max(columns, 1), PILOT, MOST_ROWS))


def first_kept(weight: NDArray[np.float64], rng: Generator) -> NDArray[np.int64]:
    """The candidate of each row that is kept: the first one by its weight over the largest of its row's.

    Empirical supremum rejection sampling (Caffo, Booth and Davis, Biometrika 89, 2002): the largest weight there can be
    is taken to be among the candidates.

    Args:
        weight: logarithms of the weights, shape (rows, candidates).
        rng: of the choice.
    """
    most = weight.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.argmax(np.log1p(-rng.random(weight.shape)) <= weight - most, axis=1)


def even(weight: NDArray[np.float64]) -> bool:
    """Whether all rows weigh the same, and something."""
    return bool(np.isfinite(weight).all() and np.ptp(weight) < EVEN)


def effective(weight: NDArray[np.float64]) -> Any:
    """Effective share of candidates (Kish) by logarithms of weights along the last axis; 0 where all weigh nothing."""
    most = weight.max(axis=-1, keepdims=True)
    share = np.exp(weight - np.where(np.isfinite(most), most, 0.0))
    return share.sum(axis=-1) ** 2 / np.maximum((share**2).sum(axis=-1), 1e-300) / weight.shape[-1]


def _leading(weighing: Weighing, rng: Generator) -> float:
    """Logarithm of the weight that the first restrictions give to all rows alike: no row weighs more."""
    bound, held = 0.0, {}
    for place in (each for each in weighing.fitted.order.tolist() if each in weighing.allowed):
        held[place] = weighing.allowed[place]
        _, weight = replace(weighing, allowed=held).draw(LEAD, rng)
        if not even(weight):
            break
        bound = float(weight.max())
    return bound


def _promise(coarse: NDArray[np.uint8], size: int, weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """What preferring some codes of a column would win, and the mean weight of each code's rows, about 1.

    Means are drawn towards 1 as if as many rows more of weight 1 stood on each code as make up one that counts.
    """
    share = np.exp(weight - weight.max())
    share /= share.mean()
    prior = 1.0 / float(effective(weight))
    rows = np.bincount(coarse, minlength=size)
    mean = (np.bincount(coarse, weights=share, minlength=size) + prior) / (rows + prior)
    return float((rows * mean**2).sum() / rows.sum() / ((rows * mean).sum() / rows.sum()) ** 2), mean
