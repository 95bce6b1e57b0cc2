"""Plots as inline SVG text: no script, no style attribute, labels escaped, every plot named for a screen reader."""

import math
from collections.abc import Sequence
from html import escape

from understudy.metrics.measure import Measure
from understudy.reports.associations import Matrix
from understudy.reports.pictures import Bar, Picture
from understudy.reports.words import references, words, written

WIDTH = 320
LEFT, RIGHT = 8, 312
STARTS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5)
TITLED = 24
"""Columns up to which every cell of a heat-map has a title of its own."""


def clean(text: str, most: int = 0) -> str:
    """Text fit for a page: no control characters, cut to a length, escaped."""
    shown = "".join(sign if sign.isprintable() else " " for sign in str(text))
    shown = " ".join(shown.split()) or "(empty)"
    shown = shown if not most or len(shown) <= most else shown[: most - 1].rstrip() + "…"
    return escape(shown)


def number(value: float) -> str:
    """A coordinate, as short as it can be written."""
    return f"{value:.1f}".removesuffix(".0")


def svg(body: str, label: str, width: float, height: float, kind: str) -> str:
    """An SVG element with a name."""
    return (
        f'<svg class="{kind}" viewBox="0 0 {number(width)} {number(height)}" role="img" aria-label="{label}">'
        f"{body}</svg>"
    )


def percent(share: float) -> str:
    """A share as text with one digit."""
    return f"{100 * share:.1f} %"


# scales


def ends(measure: Measure) -> tuple[float, float]:
    """Ends of a score's scale: fixed by its definition, else round numbers around everything marked on it."""
    marks = [measure.value, measure.low, measure.high, measure.ceiling, measure.floor]
    known = [float(each) for each in marks if each is not None]
    least, most = min(known), max(known)
    span = words(measure).span
    if span is not None:
        return min(span[0], math.floor(least * 10) / 10), max(span[1], most)
    if measure.name.startswith("privacy.") or most > 1:
        top = round_up(1.15 * most if most > 0 else 0.01)
        return min(0.0, least), min(top, 1.0) if words(measure).style == "percent" else top
    return next((start for start in STARTS if start <= least), min(0.0, math.floor(least))), 1.0


def round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * factor for factor in (1, 1.5, 2, 3, 5, 10) if power * factor >= value * (1 - 1e-9))


def scale(measure: Measure) -> str:
    """A score on a horizontal scale with its interval, ceiling and floor; "" where it has no value."""
    if measure.value is None:
        return ""
    low, high = ends(measure)

    def at(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (min(max(value, low), high) - low) / (high - low)

    said, style = words(measure), words(measure).style
    parts = [f'<rect class="track" x="{LEFT}" y="14" width="{RIGHT - LEFT}" height="8" rx="4"/>']
    if measure.ceiling is not None:
        first, last = (LEFT, at(measure.ceiling)) if lower_is_better(measure) else (at(measure.ceiling), RIGHT)
        parts.append(
            f'<rect class="zone" x="{number(first)}" y="14" width="{number(last - first)}" height="8" rx="3"/>'
        )
    if measure.floor is not None:
        x = number(at(measure.floor))
        parts.append(f'<path class="floor" d="M{x} 11l6 7-6 7-6-7z"><title>{said.floor}</title></path>')
    if measure.low is not None and measure.high is not None:
        a, b = at(measure.low), at(measure.high)
        parts.append(f'<rect class="interval" x="{number(a)}" y="15" width="{number(b - a)}" height="6"/>')
    if measure.ceiling is not None:
        x = at(measure.ceiling)
        parts.append(f'<rect class="ceiling" x="{number(x - 1.5)}" y="5" width="3" height="26" rx="1"/>')
    parts.append(f'<circle class="value" cx="{number(at(measure.value))}" cy="18" r="6.5"/>')
    parts.append(f'<text class="end" x="{LEFT}" y="41">{end(low, style)}</text>')
    parts.append(f'<text class="end right" x="{RIGHT}" y="41">{end(high, style)}</text>')
    marks = "".join(f", {name} {value}" for _, name, value in references(measure))
    label = (
        f"{said.title}: {written(measure.value, style)}{marks}, on a scale from {end(low, style)} to {end(high, style)}"
    )
    return svg("".join(parts), clean(label), WIDTH, 44, "scale")


def end(value: float, style: str) -> str:
    """The number at an end of a scale."""
    return f"{100 * value:.3g} %" if style == "percent" else f"{value:.3g}"


def lower_is_better(measure: Measure) -> bool:
    """Whether the good end of a score's scale is on the left."""
    return (
        ".c2st" in measure.name
        or measure.name in ("privacy.copies", "privacy.distance_share")
        or measure.better == "low"
    )


def icon(light: str) -> str:
    """The sign of a traffic light: its form says as much as its colour."""
    forms = {
        "good": '<circle cx="12" cy="12" r="11"/><path d="M6.5 12.5l3.7 3.7 7.3-8"/>',
        "fair": '<path class="body" d="M12 1.5l11 20H1z"/><path d="M12 9v6M12 18v.6"/>',
        "poor": '<path class="body" d="M7.5 1h9L23 7.500v9L16.500 23h-9L1 16.500v-9z"/><path d="M8 8l8 8M16 8l-8 8"/>',
        "none": '<circle cx="12" cy="12" r="10"/><path d="M7.500 12h9"/>',
    }
    return f'<svg class="icon {light}" viewBox="0 0 24 24" aria-hidden="true">{forms[light]}</svg>'


# columns


def column(picture: Picture) -> str:
    """A column's bars, real beside synthetic; "" where nothing may be shown."""
    if not picture.bars:
        return ""
    return levels(picture) if picture.axis == "levels" else ordered(picture)


def told(picture: Picture) -> str:
    """What a plot shows, for those who cannot see it."""
    apart = max(picture.bars, key=lambda bar: abs(bar.real - bar.synthetic))
    return clean(
        f"{picture.name}, real beside synthetic in {len(picture.bars)} bars; they differ most at {apart.label}: "
        f"{percent(apart.real)} real, {percent(apart.synthetic)} synthetic"
    )


def title(bar: Bar) -> str:
    """What one bar says."""
    return f"<title>{clean(bar.label, 80)}: real {percent(bar.real)}, synthetic {percent(bar.synthetic)}</title>"


def ordered(picture: Picture, top: float = 16, floor: float = 134) -> str:
    """Vertical bars for the real cells, a stepped line for the synthetic ones.

    Args:
        picture: a column with ordered bars; a bar apart is the first one.
        top: height of the tallest bar's upper end on the page.
        floor: height of the axis.
    """
    bars = picture.bars
    xs, width = places(len(bars), apart=bool(picture.note))
    tallest = max(max(bar.real, bar.synthetic) for bar in bars) or 1.0

    def up(share: float) -> float:
        return floor - (floor - top) * share / tallest

    steps = [f"{number(x)} {number(up(bar.synthetic))}h{number(width)}" for x, bar in zip(xs, bars, strict=True)]
    line = f"M{steps[0]}M{'L'.join(steps[1:])}" if picture.note and steps[1:] else f"M{'L'.join(steps)}"
    body = [
        f'<text class="end" x="4" y="10">{percent(tallest)}</text>',
        f'<path class="rule" d="M4 {number(top)}H{WIDTH - 4}"/>',
        *(
            block("real", x + 0.5, up(bar.real), width - 1, floor - up(bar.real))
            for x, bar in zip(xs, bars, strict=True)
        ),
        f'<path class="axis" d="M4 {number(floor)}H{WIDTH - 4}"/><path class="step" d="{line}"/>',
        *(block("hit", x, 0, width, floor, title(bar)) for x, bar in zip(xs, bars, strict=True)),
        ticks(bars, xs, floor),
    ]
    return svg("".join(body), told(picture), WIDTH, floor + 22, "plot")


def places(count: int, apart: bool) -> tuple[list[float], float]:
    """Left edges and width of bars, the first one set apart from the others or not."""
    gap = 10.0 if apart and count > 1 else 0.0
    width = (WIDTH - 8 - gap) / count
    return [4 + place * width + (gap if place else 0) for place in range(count)], width


def block(kind: str, x: float, y: float, width: float, height: float, inner: str = "") -> str:
    """A rectangle of a class."""
    shape = f'<rect class="{kind}" x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f"{shape}>{inner}</rect>" if inner else f"{shape}/>"


def ticks(bars: Sequence[Bar], xs: Sequence[float], height: float) -> str:
    """As many axis labels as fit, at the left edges of their bars."""
    longest = max(len(bar.tick) for bar in bars)
    room, last, drawn = 6.2 * longest + 14, -math.inf, []
    for x, bar in zip(xs, bars, strict=True):
        if bar.tick and x - last >= room and x <= WIDTH - 6.2 * len(bar.tick):
            last = x
            drawn.append(
                f'<path class="axis" d="M{number(x)} {number(height)}v4"/>'
                f'<text class="tick" x="{number(x)}" y="{number(height + 16)}">{clean(bar.tick)}</text>'
            )
    return "".join(drawn)


def levels(picture: Picture, label: float = 118) -> str:
    """Pairs of horizontal bars, one pair for each category.

    Args:
        picture: a column with levels.
        label: room for the names.
    """
    row = min(30.0, max(15.0, 150 / len(picture.bars)))
    longest = max(max(bar.real, bar.synthetic) for bar in picture.bars) or 1.0
    scaled = (WIDTH - label - 46) / longest
    body = [level(bar, 3 + place * row, row, label, scaled) for place, bar in enumerate(picture.bars)]
    return svg("".join(body), told(picture), WIDTH, 6 + row * len(picture.bars), "plot")


def level(bar: Bar, y: float, row: float, label: float, scaled: float) -> str:
    """One category: its name, its two bars, the real share in figures."""
    real, synthetic, line = bar.real * scaled, bar.synthetic * scaled, number(y + 0.37 * row + 4)
    end = number(label + max(real, synthetic) + 5)
    return (
        f'<text class="level" x="{number(label - 6)}" y="{line}">{clean(bar.label, 18)}</text>'
        + block("real", label, y, real, 0.42 * row)
        + block("synthetic", label, y + 0.42 * row, synthetic, 0.32 * row)
        + f'<text class="end" x="{end}" y="{line}">{percent(bar.real)}</text>'
        + block("hit", 0, y - 2, WIDTH, row, title(bar))
    )


# pairs


def heat(names: Sequence[str], matrix: Matrix, kind: str, said: str, full: float = 1.0) -> str:
    """A heat-map of pairs.

    Args:
        names: along both axes.
        matrix: values from 0 to `full`, None where there is none.
        kind: class of the cells ("bond", "gap").
        said: what a value is called in titles.
        full: the value drawn in the deepest colour.
    """
    count, edge, corner = len(names), 250.0, 86.0
    size = edge / count
    font = min(10.5, size * 0.95 + 1)
    letters = int(corner / (0.56 * font)) - 1
    body = [
        f'<text class="name" x="{number(corner - 4)}" y="{number(corner + (place + 0.5) * size + font * 0.35)}" '
        f'font-size="{number(font)}">{clean(name, letters)}</text>'
        f'<text class="name up" transform="translate({number(corner + (place + 0.5) * size + font * 0.35)} '
        f'{number(corner - 4)}) rotate(-90)" font-size="{number(font)}">{clean(name, letters)}</text>'
        for place, name in enumerate(names)
    ]
    body.append(f'<rect class="ground" x="{number(corner)}" y="{number(corner)}" width="{edge:g}" height="{edge:g}"/>')
    draw = titled if count <= TITLED else grouped
    body.append(draw(names, matrix, kind, said, full, size, corner))
    return svg(
        "".join(body), clean(f"{said}, {count} by {count} columns"), corner + edge + 2, corner + edge + 2, "heat"
    )


def deep(value: float, full: float) -> int:
    """Depth of colour, 0 to 20."""
    return round(20 * min(max(value / full, 0.0), 1.0))


def titled(names: Sequence[str], matrix: Matrix, kind: str, said: str, full: float, size: float, corner: float) -> str:
    """Cells with a title each."""
    return "".join(
        f'<rect class="{kind}" x="{number(corner + j * size)}" y="{number(corner + i * size)}" width="{number(size)}" '
        f'height="{number(size)}" fill-opacity="{deep(value, full) / 20:g}">'
        f"<title>{clean(names[i], 40)} and {clean(names[j], 40)}: {said} {value:.2f}</title></rect>"
        for i, row in enumerate(matrix)
        for j, value in enumerate(row)
        if value is not None
    )


def grouped(names: Sequence[str], matrix: Matrix, kind: str, said: str, full: float, size: float, corner: float) -> str:
    """Cells of one depth as one path, for wide tables."""
    paths: dict[int, list[str]] = {}
    for i, row in enumerate(matrix):
        for j, value in enumerate(row):
            if value is not None and deep(value, full):
                move = f"M{number(corner + j * size)} {number(corner + i * size)}h{size:.2f}v{size:.2f}h-{size:.2f}z"
                paths.setdefault(deep(value, full), []).append(move)
    return "".join(
        f'<path class="{kind}" fill-opacity="{depth / 20:g}" d="{"".join(moves)}"/>' for depth, moves in paths.items()
    )
