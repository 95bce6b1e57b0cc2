"""Scores at one common size, so that a stand-in, another real half and independent columns can be compared.

Almost every score depends on the number of rows. All are therefore taken between samples of the holdout's size: the
value between synthetic and training rows, the ceiling between the holdout and training rows, the floor between
independently shuffled columns and training rows.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from understudy.metrics.case import Case, Grid
from understudy.metrics.measure import Measure

DRAWS = 5
MOST = 50_000
UNIT = (0.0, 1.0)

Found = TypeVar("Found")
Scores = Mapping[str, float | None]
Score = Callable[[Grid], Callable[[Grid], Scores]]


@dataclass(frozen=True)
class Draw:
    """Samples of the common size.

    Attributes:
        real: training rows.
        synthetic: synthetic rows.
        holdout: holdout rows, None without a holdout.
        independent: other training rows (as far as there are enough), every column shuffled by itself.
    """

    real: Grid
    synthetic: Grid
    holdout: Grid | None
    independent: Grid


class Over(NamedTuple, Generic[Found]):
    """What was found over draws: in the synthetic rows, the holdout (nothing without one), independent columns."""

    values: list[Found]
    ceilings: list[Found]
    floors: list[Found]


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


def common(case: Case, most: int = MOST) -> int:
    """The common size: the holdout's, or half the smaller table's without one; never above `most`."""
    small = min(len(case.real), len(case.synthetic))
    return min(max(small // 2, 1) if case.holdout is None else min(small, len(case.holdout)), most)


def draws(case: Case, count: int = DRAWS, most: int = MOST) -> Iterator[Draw]:
    """Samples of the common size, the same for every metric of a case."""
    size = common(case, most)
    for number in range(count):
        rng = case.rng(f"draw {number}")
        order = rng.permutation(len(case.real))
        others = order[size : 2 * size] if len(order) >= 2 * size else rng.permutation(len(order))[:size]
        yield Draw(
            case.real.take(order[:size]),
            sample(case.synthetic, size, rng),
            None if case.holdout is None else sample(case.holdout, size, rng),
            case.real.take(others).shuffled(rng),
        )


def sample(grid: Grid, size: int, rng: np.random.Generator) -> Grid:
    """Rows without replacement, all of them where there are no more than `size`."""
    return grid if len(grid) <= size else grid.take(rng.permutation(len(grid))[:size])


def referenced(case: Case, score: Callable[[Grid, Grid], float | None]) -> dict[str, Any]:
    """Value, interval, ceiling and floor of a score over draws of the common size.

    The interval is the 95 % prediction interval of one score at this size: where the stand-in is as good as another
    real half, the ceiling lies in it. Draws that share rows agree more than they should, which is corrected for; there
    is no interval where every draw is the whole of both tables.

    Args:
        case: what is judged.
        score: from (real rows, other rows) to a figure, None where it cannot be computed.

    Returns:
        `value`, `low`, `high`, `ceiling`, `floor` for a measure and `size` and `draws` for its parts.
    """
    found = over_draws(case, lambda real: partial(score, real))
    value, ceiling, floor = (mean(values) for values in found)
    low, high = expected(case, found.values)
    parts = {"size": common(case), "draws": found.values}
    return {"value": value, "low": low, "high": high, "ceiling": ceiling, "floor": floor} | parts


def several(
    case: Case, score: Score, most: int = MOST, spans: Mapping[str, tuple[float, float]] = MappingProxyType({})
) -> dict[str, Figure]:
    """As `referenced`, for figures that share their work.

    Args:
        case: what is judged.
        score: from real rows to a function from other rows to figures, so that real rows are prepared once a draw.
        most: rows on a side.
        spans: ends of the scales at which intervals stop, 0 and 1 for a figure that is not named.

    Returns:
        The figures by name.
    """
    found, figures = over_draws(case, score, most), {}
    for name in found.values[0]:
        values, ceilings, floors = ([scores[name] for scores in side] for side in found)
        low, high = expected(case, values, most, spans.get(name, UNIT))
        figures[name] = Figure(mean(values), low, high, mean(ceilings), mean(floors))
    return figures


def over_draws(case: Case, score: Callable[[Grid], Callable[[Grid], Found]], most: int = MOST) -> Over[Found]:
    """What a score finds in every draw of the common size; `score` prepares the real rows once a draw."""
    found: Over[Found] = Over([], [], [])
    for draw in draws(case, DRAWS, most):
        against = score(draw.real)
        found.values.append(against(draw.synthetic))
        found.floors.append(against(draw.independent))
        if draw.holdout is not None:
            found.ceilings.append(against(draw.holdout))
    return found


def expected(
    case: Case, values: list[float | None], most: int = MOST, span: tuple[float, float] = UNIT
) -> tuple[float | None, float | None]:
    """The 95 % prediction interval of one more draw, none where every draw is the whole of both tables."""
    fresh = freshness(case, most)
    return interval(values, float(np.sqrt(2 / fresh)), span) if fresh > 0 else (None, None)


def freshness(case: Case, most: int = MOST) -> float:
    """How new a second draw is, from 0 (the whole of both tables again) to 2 (no row in common)."""
    size = common(case, most)
    return 2 - size / max(len(case.real), 1) - size / max(len(case.synthetic), 1)


def mean(values: list[float | None]) -> float | None:
    """The mean of those that could be computed, None where none could."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def interval(
    values: list[float | None], wider: float = 1.0, span: tuple[float, float] = UNIT
) -> tuple[float | None, float | None]:
    """The 95 % prediction interval of one more value, `wider` times as wide, in the span; nothing under two values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None, None
    half = wider * student(len(known) - 1) * float(np.std(known, ddof=1)) * np.sqrt(1 + 1 / len(known))
    return max(span[0], float(np.mean(known) - half)), min(span[1], float(np.mean(known) + half))


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, to three digits.

    >>> student(4)
    2.776
    """
    exact = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
    return exact.get(freedom, 1.95996 + 2.37 / freedom + 2.82 / freedom**2 + 2.55 / freedom**3)


def plain(value: float | np.floating | None) -> float | None:
    """A float for JSON, None for what is not a number."""
    return None if value is None or not np.isfinite(value) else float(value)
