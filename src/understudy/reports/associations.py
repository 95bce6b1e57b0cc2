"""How strongly pairs of columns go together, real beside synthetic: the figures behind the heat-maps.

Association is Cramér's V with Bergsma's bias correction (Journal of the Korean Statistical Society 42, 2013) on binned
values: 0 where one column says nothing about the other, 1 where it decides it. Bins come from the real table and are
never shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

BINS = 10
ROWS = 20_000
"""Rows compared at most."""
SHOWN = 40
"""Columns in a heat-map at most."""
WORST = 12
"""Pairs listed."""

Matrix = tuple[tuple[float | None, ...], ...]


def associations(
    real: pl.DataFrame, synthetic: pl.DataFrame, names: Sequence[str], seed: int = 0
) -> tuple[Matrix, Matrix]:
    """Association of every pair of columns in the real and in the synthetic frame.

    Args:
        real: typed real frame.
        synthetic: typed synthetic frame.
        names: columns compared, in order.
        seed: of the rows drawn where a frame has more than 20 000.

    Returns:
        Two symmetric matrices over `names`, entries 0 to 1, None on the diagonal and where a column is constant.
    """
    ours, theirs = drawn(real[list(names)], seed), drawn(synthetic[list(names)], seed)
    coders = [codes(ours[name], theirs[name]) for name in names]
    return cramer([pair[0] for pair in coders]), cramer([pair[1] for pair in coders])


def drawn(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """At most 20 000 rows of a frame."""
    if frame.height <= ROWS:
        return frame
    rng = np.random.Generator(np.random.Philox(seed))
    return frame[np.sort(rng.choice(frame.height, ROWS, replace=False))]


def codes(real: pl.Series, synthetic: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """A column of both frames as small codes, shape (n,) and (m,); missing is a code of its own."""
    if real.dtype.is_numeric() or real.dtype.is_temporal():
        return bins(real, synthetic)
    ours, theirs = real.cast(pl.String), synthetic.cast(pl.String)
    counted = ours.drop_nulls().alias("level").value_counts(name="rows").sort("rows", "level", descending=[True, False])
    top = {level: place + 2 for place, level in enumerate(counted["level"].head(BINS).to_list())}
    both = [cells.replace_strict(top, default=1, return_dtype=pl.Int64) for cells in (ours, theirs)]
    return tuple(  # type: ignore[return-value]
        place.set(cells.is_null(), 0).to_numpy() for place, cells in zip(both, (ours, theirs), strict=True)
    )


def bins(real: pl.Series, synthetic: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Codes of an ordered column by quantiles of the real values."""
    ours, theirs = (cells.to_physical().cast(pl.Float64) for cells in (real, synthetic))
    there = ours.drop_nulls().drop_nans().to_numpy()
    edges = (
        np.unique(np.quantile(there, np.linspace(0, 1, BINS + 1)[1:-1], method="lower")) if len(there) else np.empty(0)
    )
    return placed(ours, edges), placed(theirs, edges)


def placed(cells: pl.Series, edges: np.ndarray) -> np.ndarray:
    """Bin of each cell, 0 where it is missing."""
    values = cells.fill_null(float("nan")).to_numpy()
    return np.where(np.isnan(values), 0, 1 + np.searchsorted(edges, values, side="left"))


def cramer(columns: Sequence[np.ndarray]) -> Matrix:
    """Bias-corrected Cramér's V of every pair.

    Args:
        columns: codes, each of shape (n,).
    """
    rows = len(columns[0]) if columns else 0
    if rows < 2:
        return tuple(tuple(None for _ in columns) for _ in columns)
    compact = [np.unique(column, return_inverse=True)[1] for column in columns]
    sizes = np.array([int(column.max()) + 1 for column in compact])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    hot = np.zeros((rows, int(sizes.sum())), dtype=np.float32)
    for start, column in zip(starts, compact, strict=True):
        hot[np.arange(rows), start + column] = 1
    joint = (hot.T @ hot).astype(np.float64) / rows
    margin = np.diag(joint)
    cells = joint**2 / np.outer(margin, margin)
    return corrected(np.add.reduceat(np.add.reduceat(cells, starts, 0), starts, 1) - 1, sizes, rows)


def corrected(phi: np.ndarray, sizes: np.ndarray, rows: int) -> Matrix:
    """Cramér's V from phi squared, shape (d, d), after Bergsma's correction."""
    less = sizes - 1
    clean = np.maximum(0, phi - np.outer(less, less) / (rows - 1))
    shrunk = less - less**2 / (rows - 1)
    width = np.minimum.outer(shrunk, shrunk)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(width > 1e-9, np.sqrt(clean / width), np.nan)
    np.fill_diagonal(value, np.nan)
    return tuple(tuple(plain(each) for each in row) for row in np.minimum(value, 1.0))


def plain(value: Any) -> float | None:
    """A number to four digits, None where there is none."""
    return None if np.isnan(value) else round(float(value), 4)


@dataclass(frozen=True)
class Pairs:
    """The heat-maps of pairs, and the pairs that agree least.

    Attributes:
        columns: names along both axes.
        real: association in the real table, symmetric, None where there is none.
        synthetic: association in the synthetic table.
        score: the judge's score of each pair, 1 for the same joint distribution.
        worst: (column, column, score), lowest score first.
        total: pairs judged in all.
    """

    columns: tuple[str, ...] = ()
    real: Matrix = ()
    synthetic: Matrix = ()
    score: Matrix = ()
    worst: tuple[tuple[str, str, float], ...] = ()
    total: int = 0

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Pairs":
        """The pairs that `dataclasses.asdict` and JSON wrote."""
        rows = {name: tuple(tuple(row) for row in plain[name]) for name in ("real", "synthetic", "score", "worst")}
        return cls(columns=tuple(plain["columns"]), total=plain["total"], **rows)


def pairs(
    real: pl.DataFrame, synthetic: pl.DataFrame, names: Sequence[str], parts: Mapping[str, Any], seed: int = 0
) -> Pairs:
    """The heat-maps of a table; of a wide one, those columns that stand in its worst pairs.

    Args:
        real: typed real frame.
        synthetic: typed synthetic frame.
        names: columns judged, in order.
        parts: of the score `fidelity.pairs`: `names`, `score` (matrix over them), `worst`, `counted`.
        seed: of the rows drawn where a frame is long.
    """
    scores = listed(parts)
    ranked = sorted(scores, key=lambda each: (each[2], each[0], each[1]))
    counted = [(*each["columns"], round(each["score"], 4)) for each in parts.get("worst", ())]
    worst, total = (counted, parts.get("counted", len(counted))) if counted else (ranked[:WORST], len(ranked))
    shown = chosen(names, [*worst, *ranked])
    if len(shown) < 2:
        return Pairs()
    ours, theirs = associations(real, synthetic, shown, seed)
    return Pairs(tuple(shown), ours, theirs, square(shown, scores), tuple(worst), int(total))


def listed(parts: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """The scores of pairs, each once, from their matrix."""
    names, matrix = parts.get("names", ()), parts.get("score", ())
    return [
        (names[i], names[j], round(float(row[j]), 4))
        for i, row in enumerate(matrix)
        for j in range(i + 1, len(names))
        if row[j] is not None
    ]


def chosen(names: Sequence[str], worst: Sequence[tuple[str, str, float]]) -> list[str]:
    """The columns a heat-map has room for, in their order."""
    if len(names) <= SHOWN:
        return list(names)
    ranked = dict.fromkeys([*(name for a, b, _ in worst for name in (a, b) if name in names), *names])
    kept = set(list(ranked)[:SHOWN])
    return [name for name in names if name in kept]


def square(names: Sequence[str], scores: Sequence[tuple[str, str, float]]) -> Matrix:
    """Scores of pairs as a symmetric matrix over some columns."""
    known = {frozenset((a, b)): score for a, b, score in scores}
    return tuple(tuple(known.get(frozenset((a, b))) if a != b else None for b in names) for a in names)
