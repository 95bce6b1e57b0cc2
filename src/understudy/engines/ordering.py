"""The order in which columns are drawn, by what rows that were not learned say.

Any order gives the same joint distribution in theory, not from finite rows: a relation may be plain in one direction
and intricate in the other. A few orders are tried on a sample; that under which held-out rows are most likely wins.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Masks
from understudy.engines.contract import Arrays, Attack, Drawn, Engine, Fitted, Known, Sieve
from understudy.kernels.dependence import dependence

LEARNED = 8192
ASKED = 4096
FEWEST = 100
MOST_COLUMNS = 64
SURE = 1.0
LOWEST = -100.0


@dataclass(frozen=True, eq=False)
class Reordered:
    """A distribution learned of the same columns in another order.

    Attributes:
        fitted: over the columns as they are drawn.
        order: the place in the table of each column drawn, shape (columns,).
    """

    fitted: Fitted
    order: NDArray[np.int64]

    def draw(
        self,
        n: int,
        context: Codes | None,
        allowed: Masks | None,
        rng: Generator,
        *,
        known: Known | None = None,
        temperature: float = 1.0,
        sieve: Sieve | None = None,
    ) -> Drawn:
        """Draw n rows in the order learned; they come back in the table's."""
        place = np.argsort(self.order)
        masks = None if allowed is None else {int(place[each]): share for each, share in allowed.items()}
        told = None if known is None else {int(place[each]): cells for each, cells in known.items()}
        drawn = self.fitted.draw(n, context, masks, rng, known=told, temperature=temperature, sieve=sieve)
        return Drawn(rearranged(drawn.codes, place), drawn.log_weight)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """As the engine's, with the order."""
        plain, arrays = self.fitted.state()
        return {**plain, "order": self.order.tolist()}, arrays


def rearranged(codes: Codes, order: NDArray[np.int64]) -> Codes:
    """The same rows with their columns in this order."""
    return Codes(codes.coarse[order], codes.fine[order], tuple(codes.domains[each] for each in order.tolist()))


def restored(plain: Mapping[str, Any], domains: tuple, restore: Callable[[tuple], Fitted]) -> Fitted:
    """The inverse of `state`, of a distribution with or without an order of its own.

    Raises:
        ValueError: the order is none of these columns.
    """
    if "order" not in plain:
        return restore(domains)
    order = np.array(plain["order"], dtype=np.int64)
    if not np.array_equal(np.sort(order), np.arange(len(domains))):
        raise ValueError("the order of the columns is none")
    return Reordered(restore(tuple(domains[each] for each in order.tolist())), order)


def in_order(
    fit: Callable[[Codes, Codes, Attack | None], Fitted],
    order: NDArray[np.int64],
    rows: Codes,
    valid: Codes,
    attack: Attack | None,
) -> Fitted:
    """What `fit` learns of the columns in this order."""
    if np.array_equal(order, np.arange(len(order))):
        return fit(rows, valid, attack)
    against = None if attack is None else lambda fitted: attack(Reordered(fitted, order))
    return Reordered(fit(rearranged(rows, order), rearranged(valid, order), against), order)


def best(
    trial: Engine, most: int, rows: Codes, context: Codes | None, valid: Codes, rng: Generator
) -> NDArray[np.int64]:
    """The order under which validation rows are most likely; the table's where none is surely better.

    Args:
        trial: learns each order; must not try orders itself.
        most: orders tried at most, the table's among them.
        rows: learned, at most 8 192 of them.
        context: as in `Engine.fit`.
        valid: asked, at most 4 096 of them; with fewer than 100, or more than 64 columns, there is no choice.
        rng: of the sample.
    """
    given = np.arange(len(rows.domains))
    if most < 2 or not 1 < len(given) <= MOST_COLUMNS or len(valid) < FEWEST:
        return given
    picked, asked = (rng.permutation(len(part))[:size] for part, size in ((rows, LEARNED), (valid, ASKED)))
    learned, unseen = rows.take(picked), valid.take(asked)
    before, after = (None if context is None else context.take(part) for part in (picked, len(rows) + asked))
    tried = _candidates(learned, rng)[:most]
    scores = [_likelihood(trial, order, learned, before, after, unseen) for order in tried]
    gains = [float(score.mean()) - SURE * float((score - scores[0]).std()) / np.sqrt(len(score)) for score in scores]
    return tried[int(np.argmax(gains))]


def _candidates(rows: Codes, rng: Generator) -> list[NDArray[np.int64]]:
    """The table's order; backwards; columns of most bits first; each next to the one it hangs on most."""
    given = np.arange(len(rows.domains))
    sizes = [domain.size for domain in rows.domains]
    widest = np.argsort(
        [-_entropy(column, size) for column, size in zip(rows.coarse, sizes, strict=True)], kind="stable"
    )
    return [given, given[::-1].copy(), widest, _neighbours(dependence(rows.coarse, sizes, rng))]


def _entropy(codes: NDArray[np.uint8], size: int) -> float:
    share = np.bincount(codes, minlength=size) / max(len(codes), 1)
    return float(-(share[share > 0] * np.log(share[share > 0])).sum())


def _neighbours(told: NDArray[np.float64]) -> NDArray[np.int64]:
    """From the column that hangs least on others, always on to the one that hangs most on a column already there."""
    order = [int(np.argmin(told.sum(axis=1)))]
    while len(order) < len(told):
        rest = np.setdiff1d(np.arange(len(told)), order)
        order.append(int(rest[np.argmax(told[rest][:, order].max(axis=1))]))
    return np.array(order, dtype=np.int64)


def _likelihood(
    trial: Engine, order: NDArray[np.int64], learned: Codes, before: Codes | None, after: Codes | None, unseen: Codes
) -> NDArray[np.float64]:
    """Log-probability of unseen rows, nats, by what the trial engine learns in this order."""
    rng = np.random.Generator(np.random.Philox(0))
    rows, asked = rearranged(learned, order), rearranged(unseen, order)
    fitted = trial.fit(rows, before, asked.take(slice(0, 0)), rng)
    known = {place: asked.cells(place) for place in range(len(order))}
    return np.maximum(fitted.draw(len(asked), after, None, rng, known=known).log_weight, LOWEST * len(order))
