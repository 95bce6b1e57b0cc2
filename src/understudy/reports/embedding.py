"""A map of the rows: where real and synthetic rows lie along the two directions in which real rows differ most.

Only how many rows stand in each square is shown, and squares with fewer than k real rows show no real rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.sizes import sample

MOST_SQUARES, LEAST_SQUARES = 28, 6
ROWS = 20_000
LEVELS = 20
CUT = 0.005


@dataclass(frozen=True)
class Embedding:
    """Shares of rows by square, over the two first principal components of mixed columns.

    Attributes:
        real: share of the real rows in each square, rows of squares from the bottom, None under k rows.
        synthetic: the same of the synthetic rows.
        explained: share of the spread along either direction.
    """

    real: tuple[tuple[float | None, ...], ...] = ()
    synthetic: tuple[tuple[float | None, ...], ...] = ()
    explained: tuple[float, ...] = ()

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> "Embedding":
        """What `asdict` and JSON wrote."""
        grids = {name: tuple(tuple(row) for row in known[name]) for name in ("real", "synthetic")}
        return cls(**grids, explained=tuple(known["explained"]))


def embedding(case: Case, k: int) -> Embedding:
    """The map of a case; empty where there are fewer than two directions or 10 k rows.

    Numbers count by their normal scores among the real rows, levels by indicators divided by the root of their share
    (principal components of mixed data: Pagès, "Analyse factorielle de données mixtes", Revue de statistique appliquée
    52, 2004); a missing level is a level of its own, a missing number lies in the middle. Axes end where all but 0.5 %
    of the real rows lie; rows beyond stand in the outermost squares.

    Args:
        case: what is judged.
        k: real rows that a square shown stands on at least.
    """
    rng = case.rng("embedding")
    real, synthetic = (sample(grid, ROWS, rng) for grid in (case.real, case.synthetic))
    if min(len(real), len(synthetic)) < 10 * k:
        return Embedding()
    first, second = _features(case, real), _features(case, synthetic)
    middle = first.mean(axis=0)
    values, axes = np.linalg.eigh((first - middle).T @ (first - middle) / len(first))
    if len(values) < 2 or values[-2] <= 1e-12:
        return Embedding()
    turn = axes[:, [-1, -2]] * np.where(np.abs(axes).max(axis=0) == axes.max(axis=0), 1, -1)[[-1, -2]]
    ours, theirs = (first - middle) @ turn, (second - middle) @ turn
    ends = np.quantile(ours, [CUT, 1 - CUT], axis=0)
    many = int(np.clip(np.sqrt(len(ours) / (4 * k)), LEAST_SQUARES, MOST_SQUARES))
    return Embedding(
        _shares(_counted(ours, ends, many), k),
        _shares(_counted(theirs, ends, many), k),
        tuple(round(float(each / values.sum()), 3) for each in values[[-1, -2]]),
    )


def _features(case: Case, grid: Grid) -> NDArray[np.float64]:
    """Columns of the mixed principal components, (rows, features)."""
    parts: list[NDArray[np.float64]] = []
    for place in range(len(case.numeric)):
        parts += _number(case.real.numbers[:, place], grid.numbers[:, place])
    for place, levels in enumerate(case.levels):
        parts += _levels(case.real.codes[:, place], grid.codes[:, place], len(levels))
    return np.column_stack(parts) if parts else np.zeros((len(grid), 0))


def _number(real: NDArray[np.float64], column: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    from scipy.special import ndtri

    known = np.sort(real[~np.isnan(real)])
    if not len(known) or known[0] == known[-1]:
        return []
    both = np.searchsorted(known, column, "left") + np.searchsorted(known, column, "right")
    scores = ndtri(np.clip(both / 2, 0.5, len(known) - 0.5) / len(known))
    return [np.where(np.isnan(column), 0.0, scores)]


def _levels(real: NDArray[np.int32], column: NDArray[np.int32], many: int) -> list[NDArray[np.float64]]:
    counts = np.bincount(real + 1, minlength=many + 1)
    top = np.argsort(-counts, kind="stable")[:LEVELS]
    shares = counts / len(real)
    return [(column + 1 == level) / np.sqrt(shares[level]) for level in top if 0 < shares[level] < 1]


def _counted(points: NDArray[np.float64], ends: NDArray[np.float64], many: int) -> NDArray[np.int64]:
    width = np.maximum(ends[1] - ends[0], 1e-12)
    square = np.clip(((points - ends[0]) / width * many).astype(np.int64), 0, many - 1)
    return np.bincount(square[:, 1] * many + square[:, 0], minlength=many**2).reshape(many, many)


def _shares(counts: NDArray[np.int64], k: int) -> tuple[tuple[float | None, ...], ...]:
    rows = int(counts.sum())
    return tuple(tuple(None if each < k else round(float(each / rows), 4) for each in line) for line in counts.tolist())
