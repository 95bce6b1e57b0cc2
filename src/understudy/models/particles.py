"""Codes that are held to some cells of some columns, whatever the order in which the columns are drawn.

An engine draws column by column; where a column is restricted it draws allowed codes alone and says how likely they
were (importance sampling; Doucet, de Freitas and Gordon, "Sequential Monte Carlo Methods in Practice", 2001, ch. 1).
A row kept with a probability of its weight over the largest there can be is an exact draw. No column after the last
restricted one is drawn before that is settled.

Where hardly any row would be kept, a pilot tells three things. Narrow columns before are bent towards codes that
promise a weight, and the weight makes up for it (the cross-entropy method: de Boer, Kroese, Mannor and Rubinstein,
Annals of Operations Research 134, 2005). The largest weight is taken to be as in the pilot (empirical supremum
rejection sampling: Caffo, Booth and Davis, Biometrika 89, 2002). And rows whose first columns promise little are mostly
given up before the others are drawn, by the chance that they would be anyway (rejection control: Liu, Chen and Wong,
Journal of the American Statistical Association 93, 1998). All this is exact as the pilot grows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks, stack
from understudy.engines.contract import Fitted, Sieve
from understudy.execution.executors import threads
from understudy.models.promising import Promise, promise

PILOT, MOST_PILOT = 4096, 2**17
SURE, SURER = 64.0, 256.0
LEAD = 1024
FAIR, MOST = 1 / 64, 8192
EFFECTIVE = 16
CELLS, MOST_ROWS = 2**21, 2**17
BENDS, HOPED, WORTH = 8, 1.5, 1.25
NARROW, MANY = 32, 512.0
STAGES, WORTHY = 4, 0.6
LOST = 0.25
EVEN = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Begun:
    """The first columns of rows, up to the last restricted one.

    Attributes:
        codes: coarse codes in the order of drawing, shape (columns, rows).
        weights: logarithms (nats) of the weights after each column, shape (columns, rows).
    """

    codes: NDArray[np.uint8]
    weights: Floats

    @property
    def weight(self) -> Floats:
        """Logarithms of the weights in the end, shape (rows,)."""
        return self.weights[-1]


@dataclass(frozen=True, eq=False)
class Stage:
    """After some columns: how many rows like these would be kept at the most.

    Attributes:
        promise: the mean weight still to come.
        slack: logarithm of how much more than the mean it may be.
    """

    promise: Promise
    slack: float

    def most(self, codes: NDArray[np.uint8], weight: Floats) -> Floats:
        """Logarithms of the weights that rows come to at the most, shape (rows,)."""
        return weight + self.promise(codes) + self.slack


@dataclass(frozen=True, eq=False)
class Held:
    """What codes are held to, and what drawing them takes.

    Attributes:
        weighing: draws rows with their weights.
        bound: logarithm of the largest weight there can be, by which rows are kept or not.
        candidates: rows begun for each one kept.
        effective: how many rows count (Kish, Survey Sampling, 1965) in the pilot that the bound and the stages are
            taken from; None where draws are exact.
        stages: where rows are given up early, by the columns drawn so far.
    """

    weighing: "Weighing"
    bound: float
    candidates: float
    effective: float | None
    stages: Mapping[int, Stage] = field(default_factory=dict)

    def draw(self, n: int, rng: Generator) -> Codes:
        """N rows."""
        found, wanted = [self.weighing.draw(0, rng)], n
        while wanted:
            found.append(self._kept(wanted, rng))
            wanted -= len(found[-1])
        return stack(found)

    def _kept(self, n: int, rng: Generator) -> Codes:
        """Up to n rows, each kept with a probability of its weight over the largest."""
        drawn = int(np.ceil(n * self.candidates * (1.1 if self.candidates > 1 else 1.0)))
        return self.weighing.draw(min(drawn, self.weighing.block), rng, Thinning(self, n, rng))


class Thinning:
    """Rows given up while they are drawn, so that each is kept with a probability of its weight over the largest."""

    def __init__(self, held: Held, n: int, rng: Generator) -> None:
        self.held, self.n, self.rng = held, n, rng
        self.sure: Floats | float = 0.0
        self.settled = False

    def __call__(self, codes: NDArray[np.uint8], weight: Floats) -> NDArray[np.int64] | None:
        """As a `Sieve`."""
        weighing, last = self.held.weighing, len(codes) >= self.held.weighing.last
        stage = self.held.stages.get(len(codes))
        if self.settled or not (last or stage is not None):
            return None
        weight = weighing.made_up(codes, weight)
        most = weight if last or stage is None else stage.most(codes, weight)
        chance = np.minimum(most - self.held.bound, self.sure)
        picked = np.flatnonzero(np.log1p(-self.rng.random(len(chance))) <= chance - self.sure)
        self.settled = last
        self.sure = chance[picked]
        return picked[: self.n] if last else picked


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
    tilt: Mapping[int, Floats] = field(default_factory=dict)

    @property
    def block(self) -> int:
        """Rows to draw at once, so that memory stays bounded."""
        return block(len(self.domains))

    @cached_property
    def turn(self) -> NDArray[np.int64]:
        """How many columns are drawn before each, shape (columns,)."""
        return np.argsort(self.fitted.order)

    @cached_property
    def last(self) -> int:
        """Columns drawn until nothing restricted is left."""
        return 1 + max((int(self.turn[place]) for place in self.allowed), default=0)

    def draw(self, n: int, rng: Generator, sieve: Sieve | None = None) -> Codes:
        """N rows, or what the sieve leaves of them."""
        bent = dict(self.allowed)
        for place, prefer in self.tilt.items():
            bent[place] = np.repeat(prefer, self.domains[place].depth) * bent.get(place, 1.0)
        return self.fitted.draw(n, None, bent, rng, temperature=self.temperature, sieve=sieve).codes

    def made_up(self, codes: NDArray[np.uint8], weight: Floats) -> Floats:
        """Weights of rows by their first columns, in the order of drawing, what is preferred made up for."""
        for place, prefer in self.tilt.items():
            if self.turn[place] < len(codes):
                weight = weight - np.log(prefer)[codes[self.turn[place]]]
        return weight

    def begun(self, n: int, rng: Generator) -> Begun:
        """The first columns of n rows."""
        weights: list[Floats] = []
        codes: list[NDArray[np.uint8]] = []

        def sieve(drawn: NDArray[np.uint8], weight: Floats) -> NDArray[np.int64] | None:
            if codes:
                return None
            weights.append(self.made_up(drawn, weight).copy())
            if len(drawn) < self.last:
                return None
            codes.append(drawn[: self.last].copy())
            return np.zeros(0, dtype=np.int64)

        self.draw(n, rng, sieve)
        return Begun(codes[0], np.array(weights[: self.last]))

    def pilot(self, rng: Generator, sure: float, found: Begun | None = None) -> Begun:
        """More and more rows until so many of them count."""
        found = self.begun(PILOT, rng) if found is None else found
        while not even(found.weight) and counting(found.weight) < sure and 2 * len(found.weight) <= MOST_PILOT:
            pieces, lacking = len(found.weight) // PILOT, 1.1 * sure / max(counting(found.weight), 1.0) - 1
            seeds = rng.integers(2**63, size=int(np.clip(np.ceil(pieces * lacking), 1, pieces))).tolist()
            parts = [found, *threads(lambda seed: self.begun(PILOT, Generator(Philox(seed))), seeds)]
            codes, weights = ([getattr(part, name) for part in parts] for name in ("codes", "weights"))
            found = Begun(np.concatenate(codes, axis=1), np.concatenate(weights, axis=1))
        return found

    def gains(self, begun: Begun) -> dict[int, tuple[float, Floats]]:
        """What preferring codes of each column before the last restricted one would win, and the preference."""
        order = self.fitted.order[: self.last - 1].tolist()
        sizes = (self.domains[place].size for place in order)
        found = zip(order, begun.codes, sizes, strict=False)
        return {place: _preference(codes, size, begun.weight) for place, codes, size in found}

    def tilted(self, begun: Begun, rng: Generator) -> tuple["Weighing", Begun]:
        """Bent one column after the other while it is worth it, from a pilot on; and the pilot then."""
        bent = self
        for _ in range(BENDS):
            gains = bent.gains(begun)
            if takes(begun.weight) < MANY:  # wide columns take long to draw where they are bent
                gains = {place: each for place, each in gains.items() if self.domains[place].size <= NARROW}
            place = max(gains, key=lambda each: gains[each][0], default=-1)
            if place < 0 or gains[place][0] < HOPED:
                break
            prefer = bent.tilt.get(place, 1.0) * gains[place][1]
            trial = replace(bent, tilt={**bent.tilt, place: prefer / prefer.max()})
            drawn = trial.pilot(rng, SURE)
            if takes(drawn.weight) > takes(begun.weight) / WORTH:
                break
            bent, begun = trial, drawn
        return bent, begun

    def stages(self, begun: Begun, bound: float, rng: Generator) -> dict[int, Stage]:
        """Where rows are given up early, if that saves enough."""
        found: dict[int, Stage] = {}
        sure: Floats = np.zeros(len(begun.weight))
        steps = self._steps(begun)
        seeds = rng.integers(2**63, size=len(steps)).tolist()

        def learned(each: tuple[int, int]) -> Stage:
            return self._stage(begun, each[0], bound, Generator(Philox(each[1])))

        for step, stage in zip(steps, threads(learned, [*zip(steps, seeds, strict=True)]), strict=True):
            chance = np.minimum(stage.most(begun.codes[:step], begun.weights[step - 1]) - bound, sure)
            if np.exp(chance).mean() < WORTHY * np.exp(sure).mean():
                found[step], sure = stage, chance
        return found

    def _steps(self, begun: Begun) -> list[int]:
        """After the restricted columns, after those that tell most by themselves, and each sixth of the way."""
        gains = {int(self.turn[place]) + 1: gain for place, (gain, _) in self.gains(begun).items()}
        telling = sorted(gains, key=lambda step: -gains[step])[:STAGES]
        restricted = (int(self.turn[place]) + 1 for place in self.allowed)
        steps = {*telling, *restricted, *(self.last * part // 6 for part in range(1, 6))}
        return sorted(step for step in steps if 0 < step < self.last)

    def _stage(self, begun: Begun, step: int, bound: float, rng: Generator) -> Stage:
        so_far = begun.weights[step - 1]
        with np.errstate(invalid="ignore"):
            later = np.where(np.isfinite(so_far), begun.weight - so_far, -np.inf)
        domains = [self.domains[place] for place in self.fitted.order[:step]]
        learned = promise(begun.codes[:step], domains, later, rng)
        unseen = slice(begun.codes.shape[1] // 2, None)
        most = so_far[unseen] + learned(begun.codes[:step, unseen])
        return Stage(learned, _slack(begun.weight[unseen], most, bound))


def hold(
    fitted: Fitted, domains: tuple[Domain, ...], allowed: Masks, rng: Generator, temperature: float = 1.0
) -> Held | None:
    """How codes are held to the allowed cells; None where the engine gives such rows no chance."""
    weighing = Weighing(fitted, domains, allowed, temperature)
    bound = _leading(weighing, rng)
    begun = weighing.pilot(rng, SURE)
    if not np.isfinite(begun.weight).any():
        return None
    acceptance = min(float(np.exp(begun.weight - bound).mean()), 1.0)
    if acceptance >= FAIR:
        return Held(weighing, bound, 1.0 if acceptance > 1 - EVEN else 1 / acceptance, None)
    weighing, begun = weighing.tilted(begun, rng)
    begun = weighing.pilot(rng, SURER, begun)
    bound, count = _bound(begun.weight), counting(begun.weight)
    return Held(weighing, bound, takes(begun.weight), count, weighing.stages(begun, bound, rng))


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


def counting(weight: Floats) -> float:
    """How many rows count (Kish), by logarithms of their weights."""
    return float(effective(weight)) * len(weight)


def takes(weight: Floats) -> float:
    """Rows begun for each one kept, by logarithms of the weights of some."""
    return float(1 / np.exp(np.minimum(weight - _bound(weight), 0.0)).mean())


def _leading(weighing: Weighing, rng: Generator) -> float:
    """Logarithm of the weight that the first restrictions give to all rows alike: no row weighs more."""
    bound, held = 0.0, {}
    for place in (each for each in weighing.fitted.order.tolist() if each in weighing.allowed):
        held[place] = weighing.allowed[place]
        weight = replace(weighing, allowed=held).begun(LEAD, rng).weight
        if not even(weight):
            break
        bound = float(weight.max())
    return bound


def _bound(weight: Floats) -> float:
    """Logarithm of the largest weight in a pilot; so much lies above it that a quarter of a row that counts is lost.

    It is less where more than 8 192 rows would be begun for each one kept.
    """
    share = np.sort(np.exp(weight - weight.max()))
    above = np.cumsum(share[::-1])[::-1] - share * np.arange(len(share), 0, -1)
    place = int(np.argmax(above <= LOST * share.sum() / counting(weight)))
    return float(np.log(min(share[place], MOST * share.mean())) + weight.max())


def _slack(weight: Floats, most: Floats, bound: float) -> float:
    """Logarithm of the factor for `most` at which as much weight lies above it as in `_bound`.

    Args:
        weight: logarithms of the weights of some rows.
        most: logarithms of what they are thought to be at the most, but for the factor.
        bound: beyond which weights do not count.
    """
    alive = np.isfinite(weight)
    share = np.exp(np.minimum(weight[alive] - bound, 0.0))
    lost, low, high = LOST * share.sum() / counting(weight), -8.0, 24.0
    for _ in range(32):
        middle = (low + high) / 2
        above = np.maximum(share - np.exp(np.minimum(most[alive] + middle - bound, 0.0)), 0.0).sum()
        low, high = (low, middle) if above <= lost else (middle, high)
    return high


def _preference(coarse: NDArray[np.uint8], size: int, weight: Floats) -> tuple[float, Floats]:
    """By how much fewer rows would be begun if some codes of a column were preferred, and the preference.

    Codes are preferred by the largest weights of their rows, more or less: by the fourth root of the mean fourth power,
    drawn towards that of all as if as many rows more stood on each code as make up one that counts.
    """
    share = np.exp(weight - weight.max())
    power = share**4 / (share**4).mean()
    prior = 1.0 / float(effective(weight))
    rows = np.bincount(coarse, minlength=size)
    root = ((np.bincount(coarse, weights=power, minlength=size) + prior) / (rows + prior)) ** 0.25
    return float(rows.sum() / ((share / root[coarse]).max() * (rows * root).sum())), root
