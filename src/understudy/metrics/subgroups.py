"""Subgroup fidelity: is every group of people copied as faithfully as the others?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.groups import Groups, groups_of
from understudy.metrics.marginals import ks_complement, tv_complement
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import plain, sample, student

DRAWS = 10
MOST = 1_000
COLUMNS = 60

Floats = NDArray[np.float64]


@metric("fairness.subgroups", better="low")
def subgroups(case: Case) -> Measure:
    """Subgroup fidelity: how much better the best copied group's columns are than those of the worst.

    The score of a group is the mean over the other columns of KSComplement or TVComplement (as in `fidelity.shapes`)
    between its synthetic and its real rows, mean over 10 draws of equally many rows of every group: as many as the
    smallest group has in the holdout (half of what it has in the smaller table without one), at most 1 000. The ceiling
    is the same of the holdout, whose groups differ by chance and shape as well, the floor that of independent columns.
    At most 60 columns, drawn by chance.
    """
    groups = case.once(groups_of)
    if isinstance(groups, str):
        return subgroups.none(groups)
    rng = case.rng("subgroups")
    columns = _columns(case, groups, rng)
    if not len(columns):
        return subgroups.none(f"'{groups.name}' is the only judged column: there is nothing to compare")
    tables = {"synthetic": case.synthetic, "holdout": case.holdout, "floor": case.real.shuffled(rng)}
    members = {role: _members(groups, grid) for role, grid in tables.items() if grid is not None}
    real = _members(groups, case.real)
    size = _size(real, members)
    scores = {role: _scores(case, columns, (real, other), size, rng) for role, other in members.items()}
    if not np.isfinite(scores["synthetic"]).any():
        return subgroups.none("no other judged column has a value on both sides")
    half = _half(scores["synthetic"], size, real, members["synthetic"])
    parts = {"protected": groups.name, "size": size, "columns": len(columns)}
    parts |= _by(groups, scores) | {"lost": list(groups.lost), "others": groups.others}
    parts["shares"] = _shares(groups, case)
    return _measure(scores, half, parts)


def _columns(case: Case, groups: Groups, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places of the columns compared."""
    places = np.array([i for i, name in enumerate(case.columns) if name != groups.name], dtype=np.int64)
    return places if len(places) <= COLUMNS else np.sort(rng.choice(places, COLUMNS, replace=False))


def _members(groups: Groups, grid: Grid) -> list[Grid]:
    """The rows of each group."""
    found = groups.of(grid)
    return [grid.take(np.flatnonzero(found == each)) for each in range(len(groups))]


def _size(real: Sequence[Grid], members: dict[str, list[Grid]]) -> int:
    """Rows of every group that are compared."""
    both = min(len(each) for each in [*real, *members["synthetic"]])
    if "holdout" not in members:
        return min(max(both // 2, 1), MOST)
    return min(both, *(len(each) for each in members["holdout"]), MOST)


def _scores(
    case: Case, columns: NDArray[np.int64], sides: tuple[list[Grid], list[Grid]], size: int, rng: np.random.Generator
) -> Floats:
    """The score of each group in each draw, (draws, groups), NaN where no column has values on both sides."""
    drawn = range(DRAWS)
    return np.array(
        [
            [
                _score(case, columns, sample(first, size, rng), sample(second, size, rng))
                for first, second in zip(*sides, strict=True)
            ]
            for _ in drawn
        ]
    )


def _score(case: Case, columns: NDArray[np.int64], real: Grid, other: Grid) -> float:
    found = np.array([_alike(case, int(place), real, other) for place in columns])
    return float(found[~np.isnan(found)].mean()) if not np.isnan(found).all() else float("nan")


def _alike(case: Case, place: int, real: Grid, other: Grid) -> float:
    if place < len(case.numeric):
        return ks_complement(real.numbers[:, place], other.numbers[:, place])
    place -= len(case.numeric)
    return tv_complement(real.codes[:, place], other.codes[:, place], len(case.levels[place]))


def _spread(scores: Floats) -> float | None:
    """The best group's mean score minus the worst's, None where fewer than two groups have one."""
    means = scores.mean(axis=0)
    known = means[np.isfinite(means)]
    return float(known.max() - known.min()) if len(known) > 1 else None


def _half(scores: Floats, size: int, real: Sequence[Grid], other: Sequence[Grid]) -> float | None:
    """Half the width of the 95 % interval of the spread, None where every draw is all of a group's rows.

    The variance of a difference of two groups is read off the draws. Draws of n from N rows vary by 1 - n / N of what
    fresh samples would, and their mean keeps n / N of it, which is put right (Politis and Romano 1994).
    """
    means = np.where(np.isfinite(scores.mean(axis=0)), scores.mean(axis=0), np.nan)
    best, worst = int(np.nanargmax(means)), int(np.nanargmin(means))
    fresh = np.mean([1 - size / len(side[each]) for side in (real, other) for each in (best, worst)])
    if fresh <= 0:
        return None
    spread = float((scores[:, best] - scores[:, worst]).std(ddof=1))
    return student(DRAWS - 1) * spread * float(np.sqrt((1 - fresh) / fresh + 1 / DRAWS))


def _by(groups: Groups, scores: dict[str, Floats]) -> dict[str, Any]:
    """The score of each group on each side, and the worst group."""
    means = {role: each.mean(axis=0) for role, each in scores.items()}
    by = {label: {role: plain(each[i]) for role, each in means.items()} for i, label in enumerate(groups.labels)}
    worst = int(np.nanargmin(means["synthetic"]))
    return {"by": by, "worst": {"group": groups.labels[worst], **by[groups.labels[worst]]}}


def _shares(groups: Groups, case: Case) -> dict[str, dict[str, float]]:
    """The share of each group in the real and in the synthetic rows."""
    real, other = groups.shares(case.real), groups.shares(case.synthetic)
    return {
        label: {"real": float(first), "synthetic": float(second)}
        for label, first, second in zip(groups.labels, real, other, strict=True)
    }


def _measure(scores: dict[str, Floats], half: float | None, parts: dict[str, Any]) -> Measure:
    value, worst = _spread(scores["synthetic"]), parts["worst"]
    if value is None:
        return subgroups.none("fewer than two groups have values to compare")
    ceiling = _spread(scores["holdout"]) if "holdout" in scores else None
    low, high = (None, None) if half is None else (max(0.0, value - half), min(1.0, value + half))
    note = f"'{worst['group']}' is copied worst, at {worst['synthetic']:.3f}"
    note += f" where unseen real rows reach {worst['holdout']:.3f}" if worst.get("holdout") is not None else ""
    if parts["lost"]:
        note += f"; {len(parts['lost'])} real groups have too few synthetic rows to be compared alone"
    return Measure("fairness.subgroups", value, low, high, ceiling, _spread(scores["floor"]), parts, note, "low")
