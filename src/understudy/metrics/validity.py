"""Validity: could each cell, and the keys, stand in a table of this schema?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.table import Table
from understudy.metrics.case import Case, Grid, Rules
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import mean, referenced

PATTERNS = 8
Scores = dict[str, float | None]


@metric("validity.types", quick=True)
def types(case: Case) -> Measure:
    """Types: share of synthetic cells that can be read as their column's kind.

    Cells that could not be read are counted before typing (`understudy.data.values.unreadable`); without that count
    the tables are taken to be typed already. All columns, judged or not; a column that is lacking scores 0.
    """
    table, rows = case.tables[1], len(case.tables[1])
    lost = {
        name: min(case.unreadable.get(name, 0), rows) if name in table.columns else rows for name in case.schema.names
    }
    by: Scores = {name: 1 - count / rows for name, count in lost.items()}
    wrong = {name: count for name, count in lost.items() if count}
    note = (
        f"{sum(wrong.values())} cells in {len(wrong)} columns cannot be read as their kind"
        if wrong
        else "every cell can be read as its kind"
    )
    return Measure(
        "validity.types", mean(list(by.values())), ceiling=1.0, parts={"by": by, "unreadable": wrong}, note=note
    )


@metric("validity.ranges", quick=True)
def ranges(case: Case) -> Measure:
    """Ranges: share of synthetic numbers and dates between the smallest and the largest real value.

    Mean over numeric columns; `parts["coverage"]` is the share of the real range that the synthetic values span. A
    stand-in that hides the extremes on purpose keeps 1 here and loses a little coverage.
    """
    by, coverage = _each(case, case.numeric, _inside), _each(case, case.numeric, _span)
    return _adherence("validity.ranges", case, by, coverage, _inside, case.numeric, "no numeric column is judged")


@metric("validity.categories", quick=True)
def categories(case: Case) -> Measure:
    """Categories: share of synthetic categories that the real table knows.

    Mean over discrete columns; `parts["coverage"]` is the share of the real categories that occur among the synthetic
    values. Rare categories withheld on purpose cost coverage, not this score.
    """
    by, coverage = _each(case, case.discrete, _known), _each(case, case.discrete, _covered)
    return _adherence("validity.categories", case, by, coverage, _known, case.discrete, "no discrete column is judged")


Compare = Callable[[NDArray, NDArray], float | None]


def _each(case: Case, names: tuple[str, ...], compare: Compare, other: Grid | None = None) -> Scores:
    against = case.synthetic if other is None else other
    found = {name: compare(_values(case, case.real, name), _values(case, against, name)) for name in names}
    return {name: found[name] for name in case.schema.names if name in found}


def _values(case: Case, grid: Grid, name: str) -> NDArray:
    if name in case.numeric:
        column = grid.numbers[:, case.numeric.index(name)]
        return column[~np.isnan(column)]
    column = grid.codes[:, case.discrete.index(name)]
    return column[column >= 0]


def _inside(real: NDArray, other: NDArray) -> float | None:
    return float(((other >= real.min()) & (other <= real.max())).mean()) if len(real) and len(other) else None


def _span(real: NDArray, other: NDArray) -> float | None:
    if not len(real) or not len(other):
        return None
    width = real.max() - real.min()
    shared = min(real.max(), other.max()) - max(real.min(), other.min())
    return float(np.clip(shared / width, 0, 1)) if width > 0 else float(shared >= 0)


def _known(real: NDArray, other: NDArray) -> float | None:
    return float(np.isin(other, real).mean()) if len(real) and len(other) else None


def _covered(real: NDArray, other: NDArray) -> float | None:
    return float(np.isin(np.unique(real), other).mean()) if len(real) else None


def _adherence(
    name: str, case: Case, by: Scores, coverage: Scores, compare: Compare, names: tuple[str, ...], empty: str
) -> Measure:
    value = mean(list(by.values()))
    ceiling = None if case.holdout is None else mean(list(_each(case, names, compare, case.holdout).values()))
    parts = {"by": by, "coverage": coverage, "covered": mean(list(coverage.values())), "full": value}
    why = "" if value is not None else empty if not names else "no column has a value on both sides"
    return Measure(name, value, ceiling=ceiling, parts=parts, note=why or "share of cells that the real table allows")


@metric("validity.keys", quick=True)
def keys(case: Case) -> Measure:
    """Keys: share of synthetic key cells that are present and repeat no other.

    The primary key and every column whose values may not repeat; mean over them.
    """
    schema, table = case.schema, case.tables[1]
    names = [each.name for each in schema.columns if each.unique or each.name == schema.primary_key]
    if not names:
        return keys.none("the real table has no key")
    by: Scores = {name: _fresh(table.frame[name]) if name in table.columns else 0.0 for name in names}
    parts = {"by": by, "primary_key": schema.primary_key}
    return Measure("validity.keys", mean(list(by.values())), ceiling=1.0, parts=parts, note="present and not repeated")


def _fresh(values: pl.Series) -> float:
    return values.drop_nulls().n_unique() / len(values)


@metric("validity.rules", quick=True)
def rules(case: Case) -> Measure:
    """Rules: share of synthetic rows that keep every rule of the plan; the holdout's share beside it.

    `parts["by"]` has the share of rows that keep each rule, `parts["real"]` that of training rows.
    """
    if not case.rules:
        return rules.none("no rules were given")
    real, synthetic, holdout = (_kept(case.rules, table) for table in case.tables)
    assert synthetic is not None
    by, beside = synthetic[1], None if real is None else real[1]
    ceiling, parts = None if holdout is None else holdout[0], {"by": by, "real": beside}
    return Measure("validity.rules", synthetic[0], ceiling=ceiling, parts=parts, note="rows that keep all rules")


def _kept(rules: Rules, table: Table | None) -> tuple[float, Scores] | None:
    """The share of rows that keep all rules, and the share that keep each."""
    if table is None:
        return None
    all_ = np.ones(len(table), dtype=bool)
    by: Scores = {}
    for said, met in rules.items():
        kept = met(table.frame).to_numpy()
        by[said], all_ = float(kept.mean()), all_ & kept
    return float(all_.mean()), by


@metric("validity.nulls", quick=True)
def nulls(case: Case) -> Measure:
    """Nulls: how alike the patterns of missing cells are, 1 minus the total variation distance.

    A pattern is the set of judged columns that a row lacks, so both the rate in each column and what is missing
    together count. `parts["by"]` is 1 minus the gap between the rates, by column.
    """
    if not case.columns:
        return nulls.none("no column is judged: keys, free text and personal data are left out")
    known = referenced(case, _alike)
    real, synthetic = (grid.nulls().mean(axis=0) for grid in (case.real, case.synthetic))
    order = case.ordered()
    parts: dict[str, Any] = {
        "full": _alike(case.real, case.synthetic),
        "by": {case.columns[i]: 1 - abs(float(real[i] - synthetic[i])) for i in order},
        "real": {case.columns[i]: float(real[i]) for i in order},
        "synthetic": {case.columns[i]: float(synthetic[i]) for i in order},
        "size": known["size"],
        "draws": known["draws"],
    }
    parts["patterns"] = _patterns(case)
    figures = {key: known[key] for key in ("value", "low", "high", "ceiling", "floor")}
    return Measure("validity.nulls", parts=parts, note="1 minus the distance between the patterns of nulls", **figures)


def _patterns(case: Case) -> list[dict[str, Any]]:
    """The most frequent patterns of missing cells in the real rows: columns, share of real and of synthetic rows."""
    first, second = case.real.nulls(), case.synthetic.nulls()
    kept, counts = np.unique(first, axis=0, return_counts=True)
    found = []
    for place in np.argsort(-counts, kind="stable")[:PATTERNS]:
        names = [case.columns[i] for i in case.ordered() if kept[place][i]]
        share = float((second == kept[place]).all(axis=1).mean())
        found.append(
            {"columns": names, "rows": int(counts[place]), "real": counts[place] / len(first), "synthetic": share}
        )
    return found


def _alike(real: Grid, other: Grid) -> float:
    first, second = real.nulls(), other.nulls()
    ever = first.any(axis=0) | second.any(axis=0)
    packed = np.packbits(np.vstack([first, second])[:, ever], axis=1)
    _, place = np.unique(packed, axis=0, return_inverse=True)
    place = place.reshape(-1)
    left, right = np.bincount(place[: len(first)], minlength=place.max() + 1), np.bincount(place[len(first) :])
    right = np.pad(right, (0, len(left) - len(right)))
    return float(1 - np.abs(left / len(first) - right / len(second)).sum() / 2)
