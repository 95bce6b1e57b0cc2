"""Several figures of one comparison at once, each with its interval, ceiling and floor at the common size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from understudy.metrics.case import Case, Grid
from understudy.metrics.measure import Measure
from understudy.metrics.sizes import DRAWS, MOST, common, draws, mean, student

Scores = Mapping[str, float | None]
Score = Callable[[Grid], Callable[[Grid], Scores]]


@dataclass(frozen=True)
class Figure:
    """One figure; the fields are those of `understudy.metrics.measure.Measure`."""

    value: float | None
    low: float | None
    high: float | None
    ceiling: float | None
    floor: float | None

    def to_dict(self) -> dict[str, float | None]:
        """Plain data, ready for the parts of a measure."""
        return dict(vars(self))

    def measure(self, name: str, parts: Mapping[str, Any], note: str, better: str = "high") -> Measure:
        """The measure of which this is the figure."""
        return Measure(name, self.value, self.low, self.high, self.ceiling, self.floor, parts, note, better)


def several(
    case: Case, score: Score, most: int = MOST, spans: Mapping[str, tuple[float, float]] = MappingProxyType({})
) -> dict[str, Figure]:
    """As `understudy.metrics.sizes.referenced`, for figures that share their work.

    Args:
        case: what is judged.
        score: from real rows to a function from other rows to figures, so that real rows are prepared once a draw.
        most: rows on a side.
        spans: ends of the scales at which intervals stop, 0 and 1 for a figure that is not named.

    Returns:
        The figures by name.
    """
    found: dict[str, list[Scores]] = {"value": [], "ceiling": [], "floor": []}
    for draw in draws(case, DRAWS, most):
        against = score(draw.real)
        found["value"].append(against(draw.synthetic))
        found["floor"].append(against(draw.independent))
        if draw.holdout is not None:
            found["ceiling"].append(against(draw.holdout))
    fresh, figures = freshness(case, most), {}
    for name in found["value"][0]:
        values = {role: [row[name] for row in rows] for role, rows in found.items()}
        low, high = around(values["value"], fresh, spans.get(name, (0.0, 1.0)))
        figures[name] = Figure(mean(values["value"]), low, high, mean(values["ceiling"]), mean(values["floor"]))
    return figures


def freshness(case: Case, most: int = MOST) -> float:
    """How new a second draw is, from 0 (the whole of both tables again) to 2 (no row in common)."""
    size = common(case, most)
    return 2 - size / max(len(case.real), 1) - size / max(len(case.synthetic), 1)


def around(values: list[float | None], fresh: float, span: tuple[float, float]) -> tuple[float | None, float | None]:
    """The 95 % prediction interval of one more value, as in `understudy.metrics.sizes`, within the span."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or fresh <= 0:
        return None, None
    error = float(np.std(known, ddof=1)) * np.sqrt((1 + 1 / len(known)) * 2 / fresh)
    middle, half = float(np.mean(known)), float(student(len(known) - 1) * error)
    return max(span[0], middle - half), min(span[1], middle + half)
