"""The fidelity-time front as SVG: processor seconds to the right, how well rows are told apart upwards."""

import math
from collections.abc import Sequence

from understudy.reports.plots import clean, number, svg
from understudy.reports.standings import PEER, Standing, written

WIDTH, HEIGHT = 540, 330
LEFT, RIGHT, TOP, BOTTOM = 44, 528, 14, 284
APART = 13.0
"""Least distance between the base lines of two labels that stand over one another."""
SIGN = 6.3
"""Width of a letter."""

Place = tuple[float, float]


def front(rivals: Sequence[Standing]) -> str:
    """Every engine of one data set as a point, the front as a stepped line; "" where no engine has both figures.

    Args:
        rivals: standings of one data set.
    """
    shown = [each for each in rivals if each.place is not None]
    if not shown:
        return ""
    across, up = _across([_place(each)[0] for each in shown]), _up([_place(each)[1] for each in shown])
    points = {each.engine: (across.at(_place(each)[0]), up.at(_place(each)[1])) for each in shown}
    body = [*_grid(across, up), _reference(shown, up), _steps([points[each.engine] for each in shown if each.front])]
    body += [_whisker(each, points[each.engine], up) for each in shown]
    body += [_point(each, points[each.engine]) for each in shown]
    body += _labels(shown, points)
    best = ", ".join(each.engine for each in shown if each.front)
    label = f"{shown[0].data}: processor seconds against C2ST on the holdout for {len(shown)} engines; front: {best}"
    return svg("".join(body), clean(label), WIDTH, HEIGHT, "front")


def _place(standing: Standing) -> Place:
    assert standing.place is not None
    return standing.place


class _Scale:
    """A figure as a coordinate, with the figures that are written at the axis."""

    def __init__(self, ends: Place, pixels: Place, ticks: Sequence[float], logarithmic: bool) -> None:
        self.ends, self.pixels, self.ticks, self._logarithmic = ends, pixels, ticks, logarithmic

    def at(self, value: float) -> float:
        bend = math.log10 if self._logarithmic else float
        low, high = (bend(end) for end in self.ends)
        share = (bend(min(max(value, self.ends[0]), self.ends[1])) - low) / (high - low)
        return self.pixels[0] + share * (self.pixels[1] - self.pixels[0])


def _across(seconds: Sequence[float]) -> _Scale:
    """Seconds on a logarithmic scale, between powers of ten or their halves."""
    low, high = max(min(seconds), 1e-3) / 1.5, max(*seconds, 2e-3) * 1.5
    first, last = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high))
    marks = [factor * 10.0**power for power in range(first, last + 1) for factor in (1, 2, 5)]
    least = max(mark for mark in marks if mark <= low)
    most = min((mark for mark in marks if mark >= high), default=marks[-1])
    inside = [mark for mark in marks if least <= mark <= most]
    ticks = inside if len(inside) <= 6 else [mark for mark in inside if round(math.log10(mark), 6).is_integer()]
    return _Scale((least, most), (LEFT, RIGHT), ticks, True)


def _up(areas: Sequence[float]) -> _Scale:
    """Areas from 0.5 up, in steps of 0.1, or finer where all are close."""
    most = max(areas)
    step = next(step for step, end in ((0.01, 0.55), (0.02, 0.6), (0.05, 0.75), (0.1, math.inf)) if most <= end)
    top = min(1.0, 0.5 + step * math.ceil((most - 0.5) / step + 0.3))
    ticks = [0.5 + step * place for place in range(round((top - 0.5) / step) + 1)]
    return _Scale((0.5, max(top, 0.5 + step)), (BOTTOM, TOP), ticks, False)


def _grid(across: _Scale, up: _Scale) -> list[str]:
    drawn = []
    for tick in up.ticks:
        y = number(up.at(tick))
        drawn.append(f'<path class="rule" d="M{LEFT} {y}H{RIGHT}"/>')
        drawn.append(f'<text class="end right" x="{LEFT - 6}" y="{number(up.at(tick) + 3.5)}">{tick:.3g}</text>')
    for tick in across.ticks:
        x = number(across.at(tick))
        drawn.append(f'<path class="axis" d="M{x} {BOTTOM}v4"/>')
        drawn.append(f'<text class="end middle" x="{x}" y="{BOTTOM + 17}">{tick:g}</text>')
    drawn.append(f'<path class="axis" d="M{LEFT} {BOTTOM}H{RIGHT}"/>')
    middle = (LEFT + RIGHT) / 2
    drawn.append(f'<text class="tick middle" x="{number(middle)}" y="{HEIGHT - 8}">processor seconds</text>')
    return drawn


def _reference(shown: Sequence[Standing], up: _Scale) -> str:
    """How well real rows are told from real rows."""
    known = [each.figures["c2st_real"].value for each in shown if "c2st_real" in each.figures]
    if not known:
        return ""
    y = number(up.at(max(0.5, sum(known) / len(known))))
    return f'<path class="same" d="M{LEFT} {y}H{RIGHT}"><title>unseen real rows told from training rows</title></path>'


def _steps(points: Sequence[Place]) -> str:
    """A line that turns at every point of the front, from the quickest to the closest."""
    ordered = sorted(points)
    if not ordered:
        return ""
    turns = "".join(f"H{number(x)}V{number(y)}" for x, y in ordered[1:])
    x, y = ordered[0]
    return f'<path class="edge" d="M{number(x)} {TOP}V{number(y)}{turns}H{RIGHT}"/>'


def _whisker(standing: Standing, point: Place, up: _Scale) -> str:
    """The 95 % interval of the area."""
    mean = standing.figures["c2st_holdout"]
    if mean.low is None or mean.high is None:
        return ""
    ends = f"M{number(point[0])} {number(up.at(mean.low))}V{number(up.at(mean.high))}"
    return f'<path class="whisker{"" if standing.ours else " peer"}" d="{ends}"/>'


def _point(standing: Standing, point: Place) -> str:
    """A dot for ours, a diamond for a peer; filled on the front."""
    x, y = (number(each) for each in point)
    kind = f'class="{"own" if standing.ours else "peer"}{" on" if standing.front else ""}"'
    said = f"{standing.engine}: C2ST {written('c2st_holdout', standing.figures['c2st_holdout'])}, "
    said += f"{written('cpu', standing.figures['cpu'])} of processor time"
    title = f"<title>{clean(said)}</title>"
    if standing.ours:
        return f'<circle {kind} cx="{x}" cy="{y}" r="5.5">{title}</circle>'
    return f'<path {kind} d="M{x} {y}m0 -6.5l6.5 6.5l-6.5 6.5l-6.5 -6.5z">{title}</path>'


def _labels(shown: Sequence[Standing], points: dict[str, Place]) -> list[str]:
    """Names beside their points, moved up or down where they would cover one another or a point."""
    taken = [(x - 8, x + 8, y + 4) for x, y in points.values()]
    drawn = []
    for standing in sorted(shown, key=lambda each: points[each.engine][1], reverse=True):
        x, y = points[standing.engine]
        name = standing.engine.removeprefix(PEER)
        width = SIGN * len(name)
        left = x + 10 + width > RIGHT
        begin = x - 10 - width if left else x + 10
        base = _free(y + 4, begin, begin + width, taken)
        taken.append((begin, begin + width, base))
        kind = f"label{' own' if standing.ours else ''}{' right' if left else ''}"
        at = x - 10 if left else x + 10
        drawn.append(f'<text class="{kind}" x="{number(at)}" y="{number(base)}">{clean(name, 30)}</text>')
    return drawn


def _free(base: float, begin: float, end: float, taken: Sequence[tuple[float, float, float]]) -> float:
    """The base line nearest to the one wished where no label taken stands."""
    over = [line for first, last, line in taken if first < end and begin < last]
    tries = [base, *(base + sign * APART * step / 2 for step in range(1, 40) for sign in (-1, 1))]
    for each in tries:
        if TOP <= each <= BOTTOM - 2 and all(abs(each - line) >= APART for line in over):
            return each
    return base
