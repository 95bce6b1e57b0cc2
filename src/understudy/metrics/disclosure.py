"""Disclosure: does the stand-in lie closer to the rows it was learned from than new real rows do?

Distances are a smell test: they find copying, and cannot prove its absence.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.attack import NO_HOLDOUT, UNJUDGED
from understudy.metrics.case import Case, Grid
from understudy.metrics.distances import distances
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import common, draws, mean, student

RESAMPLES = 500
BARS = 20


@metric("privacy.copies", better="low", quick=True)
def copies(case: Case) -> Measure:
    """Exact copies: share of synthetic rows that equal a training row in every judged column.

    All synthetic rows against all training rows, with Wilson's 95 % interval; the ceiling is the share of holdout
    rows that do, since common rows repeat by chance; the floor that of independently shuffled columns.
    `parts["common"]` has the shares between samples of the common size.
    """
    share, low, high = _share(case.real, case.synthetic)
    floor = _share(case.real, case.real.shuffled(case.rng("copies")))[0]
    parts: dict[str, Any] = {"full": share, "rows": round(share * len(case.synthetic)), "common": _common(case)}
    ceiling = None
    note = f"{parts['rows']} of {len(case.synthetic)} synthetic rows equal a training row"
    if case.holdout is not None:
        ceiling, *ends = _share(case.real, case.holdout)
        parts["holdout"] = {"value": ceiling, "low": ends[0], "high": ends[1]}
        note += f"; {ceiling:.2%} of the holdout rows do"
    else:
        note += f"; {UNJUDGED}"
    return Measure("privacy.copies", share, low, high, ceiling, floor, parts, note, "low")


def _share(real: Grid, other: Grid) -> tuple[float, float, float]:
    """Share of other rows found among the real ones, with Wilson's interval."""
    names = real.frame().columns
    same = other.frame().join(real.frame().unique(), on=names, how="semi", nulls_equal=True).height
    return wilson(same, len(other))


def wilson(hits: int, count: int) -> tuple[float, float, float]:
    """A share with Wilson's 95 % interval.

    >>> [round(x, 4) for x in wilson(500, 500)]
    [1.0, 0.9924, 1.0]
    """
    z = 1.959964
    share, scale = hits / count, 1 + z**2 / count
    middle = (share + z**2 / (2 * count)) / scale
    half = z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / scale
    return share, max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _common(case: Case) -> dict[str, Any]:
    found: list[tuple[float | None, float | None]] = [
        (_share(draw.real, draw.synthetic)[0], None if draw.holdout is None else _share(draw.real, draw.holdout)[0])
        for draw in draws(case)
    ]
    synthetic, holdout = (mean(list(side)) for side in zip(*found, strict=True))
    return {"size": common(case), "synthetic": synthetic, "holdout": holdout}


@metric("privacy.distance_share", better="target", quick=True)
def distance_share(case: Case) -> Measure:
    """Distance share: how often a synthetic row lies nearer to training rows than to as many holdout rows.

    P(d_train < d_holdout) + P(equal) / 2 over synthetic rows and over blocks of training and holdout rows of one size,
    so that 0.5 means no preference whatever the ties and sizes. The interval is the wider of two, from the spread
    over synthetic rows and from that over real blocks. `parts["nearest_is_train"]` is the share of rows whose nearest
    real row is a training row, beside what chance gives: it sees copying from a long training table more sharply.
    """
    if case.holdout is None:
        return distance_share.none(NO_HOLDOUT)
    found = case.once(distances)
    if found.train_blocks is None or found.holdout_blocks is None:
        return distance_share.none(NO_HOLDOUT)
    near, far = found.train_blocks, found.holdout_blocks
    ranks = rankdata(np.hstack([near, far]))
    inside, outside = ranks[:, : near.shape[1]], ranks[:, near.shape[1] :]
    count = ranks.shape[1]
    rows = 0.5 + (outside.mean(axis=1) - inside.mean(axis=1)) / count
    half = max(_by_rows(rows), _by_blocks(inside.mean(axis=0) / count, outside.mean(axis=0) / count))
    value = float(rows.mean())
    parts = {"rows": len(rows), "train_blocks": near.shape[1], "holdout_blocks": far.shape[1]}
    parts |= {"nearest_is_train": _nearest_is_train(near, far)}
    note = "0.5 means that synthetic rows are no nearer to the training rows than to unseen ones"
    low, high = max(0.0, value - half), min(1.0, value + half)
    return Measure("privacy.distance_share", value, low, high, 0.5, None, parts, note, "target")


def rankdata(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks within each row from 1, ties sharing their mean."""
    ordered = np.sort(values, axis=1)[:, None, :]
    return ((ordered < values[:, :, None]).sum(axis=2) + (ordered <= values[:, :, None]).sum(axis=2) + 1) / 2


def _by_rows(rows: NDArray[np.float64]) -> float:
    """Half the width of the 95 % interval of a mean over rows."""
    return 1.96 * float(rows.std() / np.sqrt(len(rows)))


def _by_blocks(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """Half the width of the 95 % interval of the difference of two means over blocks of equal spread."""
    freedom = len(inside) + len(outside) - 2
    if freedom < 1:
        return 0.0
    squares = ((inside - inside.mean()) ** 2).sum() + ((outside - outside.mean()) ** 2).sum()
    return float(student(freedom) * np.sqrt(squares / freedom * (1 / len(inside) + 1 / len(outside))))


def _nearest_is_train(near: NDArray[np.float64], far: NDArray[np.float64]) -> dict[str, float]:
    blocks = np.hstack([near, far])
    best = blocks == blocks.min(axis=1, keepdims=True)
    won = best / best.sum(axis=1, keepdims=True)
    inside, outside = won[:, : near.shape[1]], won[:, near.shape[1] :]
    rows = inside.sum(axis=1)
    # wins sum to one, so that the share is linear in the difference of the two means, with this slope
    slope = near.shape[1] * far.shape[1] / blocks.shape[1]
    half = max(_by_rows(rows), slope * _by_blocks(inside.mean(axis=0), outside.mean(axis=0)))
    share = float(rows.mean())
    chance = near.shape[1] / blocks.shape[1]
    return {"value": share, "low": max(0.0, share - half), "high": min(1.0, share + half), "chance": chance}


@metric("privacy.distance_p5", better="high", quick=True)
def distance_p5(case: Case) -> Measure:
    """Closest rows: 5th percentile of the distance from synthetic rows to the nearest training row.

    Distance as in `understudy.metrics.distances`, in [0, 1]. The ceiling is the same figure for holdout rows, which
    the stand-in should not undercut; `parts["ratio"]` is synthetic / holdout. Bootstrap intervals over the rows.
    """
    found = case.once(distances)
    rng = case.rng("p5")
    own = _p5(found.synthetic, rng)
    value, low, high = _p5_of(found.synthetic), *_ends(own)
    parts: dict[str, Any] = {"rows": len(found.synthetic), "training": found.training, "synthetic": value}
    parts["spread"] = _spread(found.synthetic, found.holdout)
    if found.holdout is None:
        note = f"5th percentile of the distance to the nearest training row; {UNJUDGED}"
        return Measure("privacy.distance_p5", value, low, high, None, None, parts, note, "high")
    ceiling = _p5_of(found.holdout)
    parts |= {"holdout": ceiling, "ratio": _ratio(value, ceiling, own, _p5(found.holdout, rng))}
    note = "5th percentile of the distance to the nearest training row; that of unseen real rows is the ceiling"
    return Measure("privacy.distance_p5", value, low, high, ceiling, None, parts, note, "high")


def _spread(synthetic: NDArray[np.float64], holdout: NDArray[np.float64] | None) -> dict[str, Any]:
    """Shares of rows by distance, in bars of equal width up to where 99 % of them lie; the last bar is open."""
    both = synthetic if holdout is None else np.concatenate([synthetic, holdout])
    top = float(np.quantile(both, 0.99)) or 1.0
    edges = np.linspace(0, top, BARS + 1)

    def shares(values: NDArray[np.float64]) -> list[float]:
        counts = np.histogram(np.minimum(values, top), edges)[0]
        return [round(float(each), 3) for each in counts / len(values)]

    return {
        "edges": [float(f"{each:.3g}") for each in edges],
        "synthetic": shares(synthetic),
        "holdout": None if holdout is None else shares(holdout),
    }


def _p5_of(values: NDArray[np.float64]) -> float:
    return float(np.quantile(values, 0.05))


def _p5(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    return np.quantile(values[rng.integers(len(values), size=(RESAMPLES, len(values)))], 0.05, axis=1)


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


def _ratio(value: float, ceiling: float, own: NDArray, unseen: NDArray) -> dict[str, float] | None:
    """Synthetic over holdout with its interval, None where a holdout percentile is 0."""
    if not ceiling or not unseen.all():
        return None
    low, high = _ends(own / unseen)
    return {"value": value / ceiling, "low": low, "high": high}
