"""Canaries: rows that nobody is, planted in the training table to see whether they come out again.

A stand-in is drawn again and again from one half of the rows with some canaries planted; the others are the control.
The judge does not know the author, so how to fit and draw is handed in.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.table import Table
from understudy.kernels.points import Points
from understudy.metrics.attack import advantage
from understudy.metrics.case import Case, case
from understudy.metrics.distances import coordinates, nearest
from understudy.metrics.measure import Measure

NAME = "privacy.membership_canaries"
FEWEST = 20


def canaries(
    table: Table,
    fit_and_sample: Callable[[Table, int], Table],
    *,
    count: int = 40,
    rounds: int = 4,
    seed: int = 0,
) -> Measure:
    """What is won by telling canaries that were learned from from those that were not.

    A canary is a row of the table's own values, each column drawn by itself. In every round half the canaries, chosen
    at random, are planted among a random half of the rows, and in the next the others among the same half. The score of
    a canary is the distance to the nearest real row over that to the nearest synthetic row; the value is 2 AUC - 1 of
    planted against left out. After Carlini, Liu, Erlingsson, Kos and Song, "The secret sharer" (USENIX Security 2019),
    with many canaries a run as in Steinke, Nasr and Jagielski, "Privacy auditing with one (1) training run" (NeurIPS
    2023). Leaving a canary in one of two rounds makes planted and left out alike, so that DeLong's interval is not too
    narrow.

    Args:
        table: typed rows to learn from.
        fit_and_sample: from (training rows, a seed) to a stand-in with the same columns.
        count: of canaries, at most a tenth of the rows, at least two.
        rounds: fits, an even number.
        seed: of all chance, also of the seeds handed on.

    Returns:
        A measure; without a value where the table has fewer than 20 rows.

    Raises:
        SchemaError: the table is not typed, or the stand-in lacks a column.
    """
    if len(table) < FEWEST:
        return Measure(NAME, None, note=f"fewer than {FEWEST} rows are too few to plant canaries in", better="low")
    rng = np.random.Generator(np.random.Philox(seed))
    birds = _birds(table, max(2, min(count, len(table) // 10)), rng)
    scores: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for _ in range(max(1, rounds // 2)):
        half, order = rng.permutation(len(table))[: len(table) // 2], rng.permutation(len(birds))
        sets = [birds.take(np.sort(side)) for side in np.array_split(order, 2)]
        for planted, left in (sets, sets[::-1]):
            rows = replace(table, frame=pl.concat([table.take(np.sort(half)).frame, planted.frame]))
            fake = fit_and_sample(rows, int(rng.integers(2**31)))
            scores.append((_scores(table, fake, planted), _scores(table, fake, left)))
    members, others = (np.concatenate(side) for side in zip(*scores, strict=True))
    note = "0 means that planted canaries cannot be told from those left out, 1 that they always can"
    return advantage(NAME, members, others, note, {"canaries": len(birds), "rounds": len(scores)})


def _birds(table: Table, count: int, rng: np.random.Generator) -> Table:
    """Rows whose columns are drawn one by one, without repeating a cell, so that keys stay unique."""
    columns = [table.frame[name].gather(rng.permutation(len(table))[:count]) for name in table.columns]
    return replace(table, frame=pl.DataFrame(columns))


def _scores(table: Table, fake: Table, birds: Table) -> NDArray[np.float64]:
    """Log of the distance to the nearest row of the table over that to the nearest synthetic row, (birds,)."""
    given = case(table, fake, birds)
    assert given.holdout is not None
    rows = coordinates(given, given.holdout)
    usual, own = (_logs(given, rows, coordinates(given, side)) for side in (given.real, given.synthetic))
    return usual - own


def _logs(given: Case, rows: Points, others: Points) -> NDArray[np.float64]:
    found = nearest(rows, others, [0, len(others)])[:, 0]
    return np.log(np.minimum(found, len(given.columns)) + 0.5 / rows.unit)
