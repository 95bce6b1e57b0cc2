"""What a report may show of each column: bars that stand on at least k real rows, and nothing else.

Cuts between bars lie on round numbers or calendar starts chosen from the real table, never on a value of it; the first
and the last bar are open, so that no extreme is shown. A category is named only where k real rows carry it. Shares are
taken among the cells that are present.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from understudy.data.schema import Column, Schema
from understudy.data.table import Table
from understudy.reports import cuts as cutting

LEVELS = 9
"""Categories named in a picture at most; the rest are pooled."""

Group = tuple[str, str]
"""Label and tick text of one bar."""


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for and the share of the present cells in it, 0 to 1.

    Attributes:
        label: in words ("20 to 25").
        tick: text for the axis at the bar's left edge, "" where the bar is open on the left.
        real: share of the real cells.
        synthetic: share of the synthetic cells.
    """

    label: str
    tick: str
    real: float
    synthetic: float


@dataclass(frozen=True)
class Picture:
    """What may be shown of one column.

    Attributes:
        name: the column.
        kind: its kind in the schema.
        axis: "ordered" (numbers, dates), "levels" (categories) or "hidden" (no value may be shown).
        bars: left to right, or most frequent first.
        missing_real: share of missing real cells, None where it stands on fewer than k rows.
        missing_synthetic: share of missing synthetic cells.
        note: what a reader should know about the bars.
    """

    name: str
    kind: str
    axis: str
    bars: tuple[Bar, ...] = ()
    missing_real: float | None = None
    missing_synthetic: float | None = None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {**asdict(self), "bars": [asdict(bar) for bar in self.bars]}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Picture":
        """The picture that `to_dict` wrote."""
        return cls(**{**plain, "bars": tuple(Bar(**bar) for bar in plain["bars"])})


def pictures(real: Table, synthetic: Table, *, k: int = 8, hidden: Collection[str] = ()) -> tuple[Picture, ...]:
    """A k-safe picture of every column of the real table's schema.

    Args:
        real: typed table.
        synthetic: typed table with the same columns.
        k: real rows that a bar stands on at least.
        hidden: columns of which no value may be shown, beside keys, texts and personal data.
    """
    schema = real.typed
    veils = {column.name: veil(column, schema) for column in schema.columns}
    veils |= {name: veils[name] or "generated afresh" for name in hidden if name in veils}
    return tuple(
        picture(column, real.frame[column.name], synthetic.frame[column.name], k, veils[column.name])
        for column in schema.columns
    )


def veil(column: Column, schema: Schema) -> str:
    """Why no value of a column may be shown, "" where values may be."""
    if column.semantic is not None:
        return f"personal: {column.semantic.replace('_', ' ')}"
    if column.name in (schema.primary_key, schema.entity) or column.kind == "id":
        return "a key"
    return "free text" if column.kind == "text" else ""


def picture(column: Column, real: pl.Series, synthetic: pl.Series, k: int, why: str = "") -> Picture:
    """The picture of one column.

    Args:
        column: what the column is.
        real: its typed real cells.
        synthetic: its typed synthetic cells.
        k: real rows that a bar stands on at least.
        why: the reason that no value may be shown, "" where values may be.
    """
    missing = {"missing_real": safe_share(real, k), "missing_synthetic": missing_share(synthetic)}
    ours, theirs = present(real), present(synthetic)
    if why or len(ours) < k:
        return Picture(column.name, column.kind, "hidden", note=why or f"fewer than {k} real values", **missing)
    if ours.dtype.is_numeric():
        bars, note = numbers(ours, theirs, k, column.kind == "integer")
    elif ours.dtype.is_temporal():
        bars, note = times(ours, theirs, k), ""
    else:
        return Picture(column.name, column.kind, "levels", levels(ours, theirs, k), **missing)
    return Picture(column.name, column.kind, "ordered", bars, note=note, **missing)


def present(cells: pl.Series) -> pl.Series:
    """The cells that are not missing; NaN counts as missing."""
    return (cells.fill_nan(None) if cells.dtype.is_float() else cells).drop_nulls()


def missing_share(cells: pl.Series) -> float:
    """Share of missing cells, 0 for an empty column."""
    return round(1 - len(present(cells)) / len(cells), 4) if len(cells) else 0.0


def safe_share(cells: pl.Series, k: int) -> float | None:
    """Share of missing cells, None where fewer than k rows are missing or fewer than k present."""
    there = len(present(cells))
    absent = len(cells) - there
    return None if 0 < absent < k or 0 < there < k else missing_share(cells)


def numbers(real: pl.Series, synthetic: pl.Series, k: int, integer: bool) -> tuple[tuple[Bar, ...], str]:
    """Bars of a numeric column, a frequent zero counted apart, and what to know about them."""
    ours, theirs = real.cast(pl.Float64).to_numpy(), synthetic.cast(pl.Float64).to_numpy()
    zeros = int((ours == 0).sum())
    if not (zeros >= max(k, 0.2 * len(ours)) and len(ours) - zeros >= 2 * k):
        return binned(ours, theirs, cutting.number_cuts(ours, k, integer), cutting.number_names(integer)), ""
    inner = ours[ours != 0]
    zero = Bar("exactly 0", "0", share(zeros, len(ours)), share(int((theirs == 0).sum()), len(theirs)))
    cuts = cutting.number_cuts(inner, k, integer)
    rest = binned(inner, theirs[theirs != 0], cuts, cutting.number_names(integer), (len(ours), len(theirs)))
    return (zero, *rest), "zero is counted apart"


def times(real: pl.Series, synthetic: pl.Series, k: int) -> tuple[Bar, ...]:
    """Bars of a column of dates, datetimes or times of day."""
    ours, theirs = cutting.instants(real), cutting.instants(synthetic)
    cuts, names = cutting.time_cuts(ours, k, daily=real.dtype == pl.Time)
    return binned(ours, theirs, cuts, names)


def binned(
    real: np.ndarray,
    synthetic: np.ndarray,
    cuts: Sequence[Any] | np.ndarray,
    names: Callable[[Any], list[Group]],
    of: tuple[int, int] | None = None,
) -> tuple[Bar, ...]:
    """Bars between cuts.

    Args:
        real: real values, shape (n,).
        synthetic: synthetic values, shape (m,).
        cuts: ascending; each of the len(cuts) + 1 bars holds at least k real values.
        names: label and tick of each bar, given the cuts.
        of: rows that shares are taken of, the lengths of `real` and `synthetic` where None.
    """
    ours, theirs = of or (len(real), len(synthetic))
    counts = zip(cutting.counts(real, cuts), cutting.counts(synthetic, cuts), strict=True)
    return tuple(
        Bar(label, tick, share(a, ours), share(b, theirs))
        for (label, tick), (a, b) in zip(names(cuts), counts, strict=True)
    )


def levels(real: pl.Series, synthetic: pl.Series, k: int, most: int = LEVELS) -> tuple[Bar, ...]:
    """Bars of a categorical column: the most frequent levels, the rest pooled."""
    ours, theirs = tally(real), tally(synthetic)
    shown = [level for level, count in ours.items() if count >= k][:most]
    while shown and 0 < len(real) - sum(ours[level] for level in shown) < k:
        shown.pop()
    bars = [
        Bar(level, "", share(ours[level], len(real)), share(theirs.get(level, 0), len(synthetic))) for level in shown
    ]
    rest = len(real) - sum(ours[level] for level in shown)
    strange = len(synthetic) - sum(theirs.get(level, 0) for level in shown)
    if rest or strange:
        pooled = len(ours) - len(shown)
        label = f"other ({pooled} level{'s' * (pooled > 1)})" if rest else "not in the real data"
        bars.append(Bar(label, "", share(rest, len(real)), share(strange, len(synthetic))))
    return tuple(bars)


def tally(cells: pl.Series) -> dict[str, int]:
    """Rows by level, most frequent first, ties by name."""
    counted = (
        cells.cast(pl.String).alias("level").value_counts(name="rows").sort("rows", "level", descending=[True, False])
    )
    return dict(counted.iter_rows())


def share(part: int, whole: int) -> float:
    """Part of a whole to four digits, 0 of nothing."""
    return round(int(part) / whole, 4) if whole else 0.0
