"""Pictures of rows as a whole: where they lie, how far from the training rows, how well attacks find members."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from understudy.metrics.measure import Measure
from understudy.reports.embedding import Embedding
from understudy.reports.plots import clean, number, svg
from understudy.reports.words import words

SIDE = 250.0
LEFT, TOP, WIDE, HIGH = 34.0, 8.0, 280.0, 170.0
STROKES = 4
"""Unlike lines in one picture at most."""


def cloud(drawn: Embedding, side: str) -> str:
    """The map of one side's rows: the deeper a square, the more rows."""
    grid = getattr(drawn, side)
    most = max((share for line in (*drawn.real, *drawn.synthetic) for share in line if share), default=0.0)
    size = SIDE / max(len(grid), 1)
    squares = [
        f'<rect class="{side}" x="{number(column * size)}" y="{number(SIDE - (row + 1) * size)}" '
        f'width="{number(size)}" height="{number(size)}" fill-opacity="{max(0.08, math.sqrt(share / most)):.2f}"/>'
        for row, line in enumerate(grid)
        for column, share in enumerate(line)
        if share
    ]
    ground = f'<rect class="ground" width="{SIDE:g}" height="{SIDE:g}"/>'
    return svg(ground + "".join(squares), clean(f"map of the {side} rows"), SIDE, SIDE, "heat cloud")


def spread(measure: Measure) -> str:
    """How far rows lie from the nearest training row: synthetic beside unseen real ones; "" where it was not kept."""
    kept = measure.parts.get("spread")
    if not kept:
        return ""
    sides = [("synthetic", kept["synthetic"]), ("unseen", kept["holdout"])]
    drawn = [(kind, shares) for kind, shares in sides if shares]
    most = max(max(shares) for _, shares in drawn) or 1.0
    lines = "".join(f'<path class="line {kind}" d="{_steps(shares, most)}"/>' for kind, shares in drawn)
    ends = (f"{kept['edges'][0]:.3g}", f"{kept['edges'][-1]:.3g}")
    label = "distance to the nearest training row, synthetic beside unseen real rows"
    return svg(_axes(ends, ("", f"{100 * most:.0f} %")) + lines, label, LEFT + WIDE + 8, TOP + HIGH + 22, "plot")


def _steps(shares: Sequence[float], most: float) -> str:
    width = WIDE / len(shares)
    points = [
        f"{number(LEFT + place * width)} {number(TOP + HIGH * (1 - share / most))}h{number(width)}"
        for place, share in enumerate(shares)
    ]
    return "M" + "L".join(points)


def receivers(measures: Sequence[Measure]) -> list[Measure]:
    """The attacks that kept a curve, the strongest first, as many as can be told apart."""
    kept = [measure for measure in measures if measure.value is not None and measure.parts.get("curve")]
    return sorted(kept, key=lambda each: -float(each.value or 0))[:STROKES]


def curves(measures: Sequence[Measure]) -> str:
    """Members found against false alarms, one line an attack; the diagonal is guessing. "" where none kept a curve."""
    shown = receivers(measures)
    if not shown:
        return ""
    body = f'<path class="rule" d="M{LEFT:g} {TOP + HIGH:g}L{LEFT + WIDE:g} {TOP:g}"/>'
    for place, measure in enumerate(shown):
        points = [(0.0, 0.0), *((rate, found) for rate, found in measure.parts["curve"])]
        path = "L".join(f"{number(LEFT + WIDE * x)} {number(TOP + HIGH * (1 - y))}" for x, y in points)
        body += f'<path class="line stroke{place}" d="M{path}"><title>{clean(words(measure).title)}</title></path>'
    label = "training rows found against false alarms among unseen rows, one line an attack"
    return svg(_axes(("0", "1"), ("0", "1")) + body, label, LEFT + WIDE + 8, TOP + HIGH + 22, "plot")


def _axes(across: tuple[str, str], up: tuple[str, str]) -> str:
    base = TOP + HIGH
    return (
        f'<path class="axis" d="M{LEFT:g} {TOP:g}V{base:g}H{LEFT + WIDE:g}"/>'
        f'<text class="end" x="{LEFT:g}" y="{base + 16:g}">{across[0]}</text>'
        f'<text class="end right" x="{LEFT + WIDE:g}" y="{base + 16:g}">{across[1]}</text>'
        f'<text class="end right" x="{LEFT - 4:g}" y="{base:g}">{up[0]}</text>'
        f'<text class="end right" x="{LEFT - 4:g}" y="{TOP + 8:g}">{up[1]}</text>'
    )


def patterns(measure: Measure) -> list[Mapping[str, Any]]:
    """The patterns of missing cells that are worth a line: none where the only one is that nothing is missing."""
    kept: list[Mapping[str, Any]] = list(measure.parts.get("patterns") or ())
    return kept if any(each["columns"] for each in kept) else []
