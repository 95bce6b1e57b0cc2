"""Why a stand-in falls short: what is wrong with single columns and pairs, in words, and what to change.

Only what is both large and sure is named: a gap of at least a point, and of more than four standard errors. Every
figure is a share of at least k real rows or a difference of such shares; no value of the real table is named but a
level or a repeated number that k real rows carry.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.metrics.case import NUMERIC, as_numbers
from understudy.metrics.marginals import ks_complement

LARGE, SURE = 0.01, 4.0
MOST = 12
TAIL = 0.005
EMPTY = 0.2
SHIFT = 0.1
APART = 0.03
"""Largest gap of the distribution functions from which the middle half is looked at: few values make quantiles jump."""
WEAKER = 0.1
Matrix = Sequence[Sequence[float | None]]


@dataclass(frozen=True)
class Diagnosis:
    """One thing that is wrong.

    Attributes:
        columns: the column, or the two columns, that it is about.
        kind: "share", "missing", "tail", "shift", "spread", "level", "lost", "weaker" or "invented".
        text: what is wrong, in a sentence.
        advice: what to change.
        size: how large it is, in [0, 1], to order by.
    """

    columns: tuple[str, ...]
    kind: str
    text: str
    advice: str
    size: float

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> "Diagnosis":
        """What `asdict` gave."""
        return cls(**{**known, "columns": tuple(known["columns"])})


ADVICE: Mapping[str, str] = {
    "share": "try the engine boost, or calibrate: 2, which matches counts of single columns",
    "missing": "try calibrate: 2; gaps that hang on a column left out of the plan cannot be learned",
    "tail": "extremes stop where k rows stand: lower k, or set exempt: true for the column if its extremes may be told",
    "shift": "try calibrate: 2, or more training rows",
    "spread": "extremes stop where k rows stand: lower k or exempt the column; else try calibrate: 2",
    "level": "levels of fewer than k rows are withheld: lower k, or set exempt: true if they may be told",
    "lost": "try the engine boost; where a table has many columns, a higher option predecessors",
    "weaker": "try the engine boost with more trees (option stretch), or privacy: relaxed, and look at the attacks",
    "invented": "try the engine boost with a higher option ridge, or more training rows",
}


def diagnoses(
    real: Table,
    synthetic: Table,
    columns: Sequence[str],
    bonds: tuple[Sequence[str], Matrix, Matrix],
    k: int,
) -> tuple[Diagnosis, ...]:
    """What is wrong, the largest first; nothing where nothing large and sure is.

    Args:
        real: the rows learned from, typed.
        synthetic: the stand-in, typed by the same schema.
        columns: those looked at.
        bonds: names, and how strongly each two columns go together (0 to 1) in the real and in the synthetic rows.
        k: real rows that anything named stands on at least.
    """
    found = [each for name in columns for each in of_column(real, synthetic, name, k)]
    found += pairs(*bonds)
    return tuple(sorted(found, key=lambda each: -each.size)[:MOST])


def of_column(real: Table, synthetic: Table, name: str, k: int) -> Iterator[Diagnosis]:
    """What is wrong with one column."""
    ours, theirs = real.frame[name], synthetic.frame[name]
    yield from _missing(name, ours.null_count(), len(ours), theirs.null_count(), len(theirs), k)
    if _kind(real.typed, name) in NUMERIC:
        first, second = (each[~np.isnan(each)] for each in (as_numbers(ours), as_numbers(theirs)))
        if min(len(first), len(second)) >= 1 / TAIL:
            yield from _numbers(name, first, second, k)
    else:
        yield from _levels(name, *_counted(ours, theirs), k)


def _kind(schema: Schema, name: str) -> str:
    return schema[name].kind


def _gap(real: float, rows: int, synthetic: float, others: int) -> float:
    """The difference of two shares, 0 where it is neither large nor sure."""
    pooled = (real * rows + synthetic * others) / (rows + others)
    error = np.sqrt(max(pooled * (1 - pooled), 1e-12) * (1 / rows + 1 / others))
    gap = synthetic - real
    return gap if abs(gap) >= LARGE and abs(gap) > SURE * error else 0.0


def _said(gap: float) -> str:
    points = f"{100 * abs(gap):.1f}"
    return f"{points} points {'high' if gap > 0 else 'low'}"


def _missing(name: str, gone: int, rows: int, lost: int, others: int, k: int) -> Iterator[Diagnosis]:
    gap = _gap(gone / rows, rows, lost / others, others)
    if gap and (gone >= k or gone == 0):
        yield _of(name, "missing", f"the share of missing cells is {_said(gap)}", abs(gap))


def _numbers(name: str, real: NDArray[np.float64], synthetic: NDArray[np.float64], k: int) -> Iterator[Diagnosis]:
    values, counts = np.unique(real, return_counts=True)
    top = values[counts.argmax()]
    often = counts.max() / len(real)
    gap = _gap(often, len(real), float((synthetic == top).mean()), len(synthetic))
    if gap and counts.max() >= max(k, 0.02 * len(real)):
        yield _of(name, "share", f"the share of {top:g} is {_said(gap)}", abs(gap))
    yield from _tails(name, real, synthetic, k)
    low, middle, high = np.quantile(real, [0.25, 0.5, 0.75])
    if high > low and 1 - ks_complement(real, synthetic) > max(APART, 2 * np.sqrt(1 / len(real) + 1 / len(synthetic))):
        shift = (np.median(synthetic) - middle) / (high - low)
        if abs(shift) > SHIFT:
            way = "up" if shift > 0 else "down"
            text = f"its middle is shifted {way} by {100 * abs(shift):.0f} % of the spread of its middle half"
            yield _of(name, "shift", text, min(abs(float(shift)), 1.0) / 2)
        wide = float(np.subtract(*np.quantile(synthetic, [0.75, 0.25])) / (high - low))
        if not 1 / (1 + EMPTY) < wide < 1 + EMPTY:
            text = f"its middle half is {'wider' if wide > 1 else 'narrower'} by {100 * abs(wide - 1):.0f} %"
            yield _of(name, "spread", text, min(abs(wide - 1), 1.0) / 2)


def _tails(name: str, real: NDArray[np.float64], synthetic: NDArray[np.float64], k: int) -> Iterator[Diagnosis]:
    """The outermost half per cent on either side: cut off, or much too heavy."""
    for level, side in ((1 - TAIL, "beyond 99.5 %"), (TAIL, "below 0.5 %")):
        edge = np.quantile(real, level)
        out = (real > edge, synthetic > edge) if level > 0.5 else (real < edge, synthetic < edge)
        usual, found = (float(each.mean()) for each in out)
        if usual * len(real) < max(k, 0.5 * TAIL * len(real)):
            continue
        error = np.sqrt(usual * (1 / len(real) + 1 / len(synthetic)))
        if found < EMPTY * usual and usual - found > 3 * error:
            yield _of(name, "tail", f"the tail {side} of the real values is missing", usual - found + LARGE)
        elif found > 3 * usual and found - usual > 3 * error:
            yield _of(name, "tail", f"the tail {side} of the real values is {found / usual:.0f} times as heavy", found)


def _counted(ours: Any, theirs: Any) -> tuple[dict[str, int], dict[str, int]]:
    import polars as pl

    found = []
    for cells in (ours, theirs):
        known = cells.drop_nulls().cast(pl.String).value_counts(name="rows")
        found.append(dict(zip(known[known.columns[0]].to_list(), known["rows"].to_list(), strict=True)))
    return found[0], found[1]


def _levels(name: str, real: Mapping[str, int], synthetic: Mapping[str, int], k: int) -> Iterator[Diagnosis]:
    rows, others = sum(real.values()), sum(synthetic.values())
    if not rows or not others:
        return
    gone = [level for level in real if level not in synthetic]
    lost = sum(real[level] for level in gone)
    if lost / rows >= LARGE and lost >= k:
        some = f"{len(gone)} level{'s' if len(gone) > 1 else ''}"
        yield _of(name, "level", f"{some} with {100 * lost / rows:.1f} % of the real rows never come out", lost / rows)
    gaps = {
        level: _gap(count / rows, rows, synthetic.get(level, 0) / others, others)
        for level, count in real.items()
        if count >= k and level not in gone
    }
    worst = max(gaps, key=lambda level: abs(gaps[level]), default=None)
    if worst is not None and gaps[worst]:
        yield _of(name, "share", f"the share of '{worst}' is {_said(gaps[worst])}", abs(gaps[worst]))


def _of(name: str, kind: str, text: str, size: float) -> Diagnosis:
    return Diagnosis((name,), kind, text, ADVICE[kind], float(size))


def pairs(names: Sequence[str], real: Matrix, synthetic: Matrix) -> Iterator[Diagnosis]:
    """Pairs of columns that go together otherwise than in the real rows."""
    for place, first in enumerate(names):
        for other in range(place + 1, len(names)):
            bond, found = real[place][other], synthetic[place][other]
            if bond is not None and found is not None and abs(bond - found) > WEAKER:
                yield _pair((first, names[other]), bond, found)


def _pair(columns: tuple[str, str], bond: float, found: float) -> Diagnosis:
    figures = f"({bond:.2f} there, {found:.2f} here)"
    if found < bond / 3:
        kind, text = "lost", f"goes with '{columns[1]}' in the real data, not here {figures}"
    elif found < bond:
        kind, text = "weaker", f"goes less with '{columns[1]}' than in the real data {figures}"
    else:
        kind, text = "invented", f"goes more with '{columns[1]}' than in the real data {figures}"
    return Diagnosis(columns, kind, text, ADVICE[kind], abs(bond - found) / 2)
