"""Ground truth of the fidelity scores: stand-ins of known quality must stand in the known order.

`orders(seeds)` gives every score of five stand-ins, and `broken(found)` the orders that do not hold on average; both
S_pMSE nulls are in `nulls(seeds)`. About five seconds a seed on one core.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from understudy.data.table import Table
from understudy.metrics import accuracy, column_distances, energy, propensity, structure, support
from understudy.metrics.case import case

METRICS = (
    accuracy.accuracy,
    column_distances.distances,
    propensity.spmse,
    support.precision,
    support.recall,
    energy.energy,
    structure.structure,
)
ORDER = ("holdout", "bootstrap", "trees", "independent", "uniform")
MARGINAL = {"fidelity.distances"}
"""Scores of columns alone: independent columns of the real values are right by definition, and stand aside."""
TOLERANCE = {"fidelity.energy": 0.0005, "fidelity.precision": 0.02, "fidelity.spmse": 0.5}
"""What a mean over 20 seeds of 4 000 rows may be out of order by; 0.01 for the scores that are not named. `trees` is
fitted to the very training rows, and a real sample is not: it may come a little nearer to them than real rows do.
Precision hardly tells two stand-ins that are both far off: balls around real outliers are wide and take in noise."""


def uniform(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Noise: every column even over its range or levels, as many missing cells as in the real table."""
    found = {}
    for name in frame.columns:
        known, rows = frame[name].drop_nulls(), frame.height
        if known.dtype in (pl.String, pl.Boolean):
            column = known.unique().sort()[rng.integers(0, known.n_unique(), rows)]
        else:
            steps = known.cast(pl.Int64) if known.dtype.is_temporal() else known.cast(pl.Float64)
            low, high = float(steps.min()), float(steps.max())  # type: ignore[arg-type]
            column = pl.Series(rng.uniform(low, high, rows)).cast(steps.dtype).cast(known.dtype)
        lost = pl.Series(rng.random(rows) < frame[name].null_count() / rows)
        found[name] = pl.select(pl.when(lost).then(None).otherwise(column).alias(name)).to_series()
    return pl.DataFrame(found)


def stand_ins(
    train: pl.DataFrame, other: pl.DataFrame, trees: pl.DataFrame, rng: np.random.Generator
) -> dict[str, pl.DataFrame]:
    """Stand-ins from the best to the worst; the holdout itself is the ceiling of every measure."""
    shuffled = [train[name].shuffle(seed=int(rng.integers(2**31))) for name in train.columns]
    bootstrap = other[rng.integers(0, other.height, train.height)]
    noise = uniform(train, rng)
    return {"bootstrap": bootstrap, "trees": trees, "independent": pl.DataFrame(shuffled), "uniform": noise}


def orders(
    seeds: int,
    people: Callable[[int, int], pl.DataFrame],
    table: Callable[[pl.DataFrame], Table],
    fit: Callable[[Table, int], pl.DataFrame],
    rows: int = 4_000,
) -> dict[str, dict[str, float]]:
    """Mean score of every stand-in by metric.

    Args:
        seeds: how many tables.
        people: from rows and seed to a frame.
        table: from a frame to a typed table.
        fit: from training rows and seed to the rows of a fitted engine.
        rows: training rows; the holdout has a quarter of them.
    """
    found: dict[str, dict[str, list[float]]] = {metric.name: {name: [] for name in ORDER} for metric in METRICS}
    for seed in range(seeds):
        frame, rng = people(2 * rows + rows // 4, seed), np.random.default_rng(seed)
        train, other, holdout = frame[:rows], frame[rows : 2 * rows], frame[2 * rows :]
        for name, fake in stand_ins(train, other, fit(table(train), seed), rng).items():
            given = case(table(train), table(fake), table(holdout), seed=seed)
            for metric in METRICS:
                measure = metric.on(given)
                found[metric.name][name].append(_known(measure.value))
                if name == "bootstrap":
                    found[metric.name]["holdout"].append(_known(measure.ceiling))
    return {metric: {name: float(np.mean(row)) for name, row in rows.items()} for metric, rows in found.items()}


def _known(value: float | None) -> float:
    return float("nan") if value is None else value


def broken(found: Mapping[str, Mapping[str, float]], slack: float = 1.0) -> list[tuple[Any, ...]]:
    """Orders that do not hold: metric, the better stand-in, its score, the worse one, its score.

    Args:
        found: mean scores by metric and stand-in.
        slack: how many times the tolerances are allowed, for fewer seeds than twenty.
    """
    lost = []
    lower = {metric.name for metric in METRICS if metric.better == "low"}
    for name, scores in found.items():
        order = [each for each in ORDER if not (each == "independent" and name in MARGINAL)]
        sign = -1 if name in lower else 1
        for better, worse in pairwise(order):
            if not sign * scores[better] >= sign * scores[worse] - slack * TOLERANCE.get(name, 0.01):
                lost.append((name, better, scores[better], worse, scores[worse]))
    return lost


def nulls(
    seeds: int, people: Callable[[int, int], pl.DataFrame], table: Callable[[pl.DataFrame], Table], rows: int = 2_000
) -> tuple[float, float]:
    """Mean S_pMSE of bootstraps of the training rows (1 by theory) and of as many holdout rows (2)."""
    found = []
    for seed in range(seeds):
        frame, rng = people(2 * rows, seed), np.random.default_rng(seed)
        train = frame[:rows]
        given = case(table(train), table(train[rng.integers(0, rows, rows)]), table(frame[rows:]), seed=seed)
        measure = propensity.spmse.on(given)
        found.append((_known(measure.value), _known(measure.ceiling)))
    bootstrap, holdout = np.mean(found, axis=0)
    return float(bootstrap), float(holdout)
