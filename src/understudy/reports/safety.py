"""What of a score's parts may be shared: no share so fine that fewer than k real rows decide its last digit.

A synthetic table is known to whoever holds the report. Exact shares of it, taken against the real table, would then
give away where the real extremes lie or that a single row lacks a cell.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from understudy.metrics.measure import Measure

NAMED = 8
"""Training rows that carry a level which the judge names."""
SHOWN = 40
"""Columns up to which the matrices of pairs stay among the parts."""


def shareable(measure: Measure, rows: int, k: int) -> Measure:
    """A score whose parts may be shared.

    Args:
        measure: as the judge gave it.
        rows: real rows behind it.
        k: real rows that anything shown stands on at least.
    """
    parts = dict(measure.parts)
    if measure.name == "validity.ranges":  # with the synthetic range, the covered share is the real range
        parts = {name: part for name, part in parts.items() if name not in ("coverage", "covered")}
    if measure.name.startswith("fairness."):  # rates of small groups may stand on fewer than k rows of an outcome
        parts = {name: part for name, part in parts.items() if name != "by"}
    if isinstance(parts.get("majority"), Mapping) and k > NAMED:
        parts["majority"] = {name: each for name, each in parts["majority"].items() if name != "level"}
    if "patterns" in parts:
        parts["patterns"] = [_unnumbered(each) for each in parts["patterns"] if each["rows"] >= k]
    if measure.name.startswith("validity."):
        parts = coarse(parts, digits(rows, k))
    if measure.name == "fidelity.pairs" and len(parts.get("names", ())) > SHOWN:
        parts = {name: part for name, part in parts.items() if name not in ("names", "score", "real", "synthetic")}
    return replace(measure, parts=parts)


def _unnumbered(pattern: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in pattern.items() if name != "rows"}


def digits(rows: int, k: int) -> int:
    """Digits of a share such that a step of the last one stands for at least k rows.

    >>> digits(24_000, 8), digits(100, 8), digits(5, 8)
    (3, 1, 0)
    """
    return max(0, math.floor(math.log10(rows / k))) if rows > k else 0


def coarse(part: Any, places: int) -> Any:
    """Parts with every number that is no count rounded."""
    if isinstance(part, Mapping):
        return {name: coarse(each, places) for name, each in part.items()}
    if isinstance(part, list | tuple):
        return [coarse(each, places) for each in part]
    return round(part, places) if isinstance(part, float) else part
