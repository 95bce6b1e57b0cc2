"""Linkability: can two parties who know different columns of a person find each other through the stand-in?"""

import numpy as np
from numpy.typing import NDArray

from understudy.kernels.points import Points
from understudy.metrics.attack import NO_HOLDOUT
from understudy.metrics.case import Case
from understudy.metrics.distances import workers
from understudy.metrics.guessing import Targets, compared, targets, varying, worst
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric

SPLITS = 5
DRAWN = 10
NEAREST = 5


@metric("privacy.linkability", better="low")
def linkability(case: Case) -> Measure:
    """Linkability: links between two halves of a row that the synthetic rows give away, beyond those of unseen rows.

    The columns are split at random into two halves, known to two parties. Each looks for the synthetic row nearest to
    a target by its own half (distance as in `understudy.metrics.distances`); the link is right if both find the same
    row. Mean over five splits and at most 2 000 training rows, minus the same for as many holdout rows: the residual
    risk (success - control) / (1 - control). Giomi et al. (PoPETs 2023, section 5.3). `parts["five"]` lets each party
    look at its five nearest rows; `parts["splits"]` has the worst split; `parts["naive"]` is what guessing a row wins.
    """
    if case.holdout is None:
        return linkability.none(NO_HOLDOUT)
    columns = varying(case)
    if len(columns) < 2:
        return linkability.none("two parties need a column each: fewer than two columns vary among the training rows")
    found, halves = case.once(targets), _halves(columns, case.rng("linkability"))
    once, often = (np.array(each).T for each in zip(*(_linked(case, found, half) for half in halves), strict=True))
    names = [" + ".join(case.columns[place] for place in half) for half, _ in halves]
    by = {name: compared(name, *found.sides(each)) for name, each in zip(names, once.T, strict=True)}
    parts = {
        "splits": worst("split", by, "", {"of": len(halves)}).parts,
        "five": _plain(compared("five", *found.sides(often.mean(axis=1)))),
        "naive": 1 / len(found.synthetic),
        "rows": len(found.synthetic),
    }
    note = "how much more often two halves of a training row lead to one synthetic row than two halves of an unseen row"
    return compared("privacy.linkability", *found.sides(once.mean(axis=1)), note, parts)


def _halves(columns: list[int], rng: np.random.Generator) -> list[tuple[list[int], list[int]]]:
    """Up to five random splits in two, none twice."""
    middle = len(columns) // 2
    orders = [rng.permutation(columns).tolist() for _ in range(DRAWN * SPLITS)]
    splits = [(sorted(order[:middle]), sorted(order[middle:])) for order in orders]
    return list({frozenset(map(frozenset, split)): split for split in reversed(splits)}.values())[:SPLITS]


def _linked(
    case: Case, found: Targets, halves: tuple[list[int], list[int]]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether both parties' nearest rows are one, and whether their five nearest have one in common, (targets,)."""
    rng = case.rng(f"linkability {halves[0]}")
    first, second = (_seen(found, half, rng) for half in halves)
    common = (first[:, :, None] == second[:, None, :]).any(axis=(1, 2))
    return first[:, 0] == second[:, 0], common


def _seen(found: Targets, half: list[int], rng: np.random.Generator) -> NDArray[np.int64]:
    """The nearest synthetic rows by these columns.

    Each party has an order of its own: two that prefer the same row among equals would meet too often.
    """
    from understudy.kernels.neighbours import neighbours

    order = rng.permutation(len(found.known))
    rows, others = (Points(each.place[half], each.levels[half], each.unit) for each in (found.points, found.known))
    mixed = Points(others.place[:, order], others.levels, others.unit)
    return order[neighbours(rows, mixed, NEAREST, workers())]


def _plain(measure: Measure) -> dict[str, float | None]:
    figures = {key: measure.parts[key] for key in ("p", "success", "control")}
    return {"value": measure.value, "low": measure.low, "high": measure.high, **figures}
