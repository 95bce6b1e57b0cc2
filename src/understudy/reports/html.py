"""The report as one page: no network, no script, nothing unescaped."""

from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from understudy.metrics.measure import Measure
from understudy.reports import curves, found, plots, words
from understudy.reports.associations import Matrix
from understudy.reports.pictures import Picture
from understudy.reports.risk import is_attack, risk

if TYPE_CHECKING:
    from jinja2 import Template

    from understudy.reports.summary import Report

HERE = Path(__file__).parent / "templates"
OPEN = 12
"""Columns shown before the fold of a wide table."""
FOLD = 24
"""Columns from which a table counts as wide."""


def page(report: "Report") -> str:
    """The report as a self-contained HTML page.

    The page carries its own content security policy: only its own style sheet, known by its hash, may apply.
    """
    style = (HERE / "report.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return template("report.html.j2").render(report=report, style=markup(style), digest=digest, **content(report))


def embedded(report: "Report", height: int = 760) -> str:
    """The page within a frame of its own, for notebooks."""
    return (
        f'<iframe sandbox width="100%" height="{height}" style="border:0" title="Report on {escape(report.name)}" '
        f'srcdoc="{escape(page(report), quote=True)}"></iframe>'
    )


def content(report: "Report") -> dict[str, Any]:
    """What the template shows, worst first."""
    columns = sorted(report.columns, key=lambda picture: order(picture, column_scores(report)))
    shown = len(columns) if len(columns) <= FOLD else OPEN
    attacked = attacks(report)
    return {
        "attacks": attacked,
        "roc": markup(curves.curves([measure for measure, _ in attacked])),
        "receivers": curves.receivers([measure for measure, _ in attacked]),
        "distances": markup(curves.spread(report["privacy.distance_p5"]) if "privacy.distance_p5" in report else ""),
        "cloud": lambda side: markup(curves.cloud(report.embedding, side)),
        "patterns": curves.patterns(report["validity.nulls"]) if "validity.nulls" in report else [],
        "topics": words.topics(tuple(each for each in report.measures if not apart(each))),
        "matching": next((each for each in report.measures if each.name == found.NAME), None),
        "first": columns[:shown],
        "rest": columns[shown:],
        "scores": column_scores(report),
        "maps": maps(report),
        "ledger": ledger(report),
        "provenance": flat(report.provenance),
        "holdout": any(measure.ceiling is not None for measure in report.measures if "fidelity" in measure.name),
    }


def attacks(report: "Report") -> list[tuple[Measure, float | None]]:
    """The attacks with their corrected p-values, the strongest first, those that could not be tried last."""
    known = {each.name: each for each in report.measures if is_attack(each)}
    corrected = risk({name: each for name, each in known.items() if each.value is not None}, report.lines).corrected
    ranked = sorted(known.values(), key=lambda each: -float(each.value or 0))
    return [(each, corrected.get(each.name)) for each in ranked]


def apart(measure: Measure) -> bool:
    """Whether a score stands in a section of its own."""
    return is_attack(measure) or measure.name == found.NAME


def leading(measures: list[Measure]) -> list[Measure]:
    """The scores shown at full length."""
    return [each for each in measures if each.name in words.LEADING or each.name not in words.CATALOGUE]


def further(measures: list[Measure]) -> list[Measure]:
    """The others, shown as lines of a table."""
    shown = leading(measures)
    return [each for each in measures if each not in shown]


def column_scores(report: "Report") -> Mapping[str, float]:
    """The score of each column's shape, as far as it was judged."""
    found = report["fidelity.shapes"].parts.get("by", {}) if "fidelity.shapes" in report else {}
    return {name: float(score) for name, score in found.items() if score is not None}


def order(picture: Picture, scores: Mapping[str, float]) -> tuple[bool, float]:
    """Worst scores first, then what was not judged, what shows nothing last."""
    return picture.axis == "hidden", scores.get(picture.name, 2.0)


def maps(report: "Report") -> list[tuple[str, str, Any]]:
    """The heat-maps: title, sentence, plot."""
    pairs = report.pairs
    if not pairs.columns:
        return []
    gap = difference(pairs.real, pairs.synthetic)
    full = max(0.3, *(value for row in gap for value in row if value is not None), 0.0)
    drawn = (
        ("Real", "how strongly two columns go together", pairs.real, "bond", "association", 1.0),
        ("Synthetic", "the same in the stand-in", pairs.synthetic, "bond", "association", 1.0),
        ("Difference", "the redder, the further apart", gap, "gap", "difference", full),
    )
    return [
        (title, sentence, markup(plots.heat(pairs.columns, matrix, kind, name, deepest)))
        for title, sentence, matrix, kind, name, deepest in drawn
    ]


def difference(real: Matrix, synthetic: Matrix) -> Matrix:
    """How far two matrices lie apart, None where either has no entry."""
    return tuple(
        tuple(None if a is None or b is None else abs(a - b) for a, b in zip(first, second, strict=True))
        for first, second in zip(real, synthetic, strict=True)
    )


def ledger(report: "Report") -> list[tuple[str, list[Mapping[str, Any]]]]:
    """What happened to columns, by what it was."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in report.ledger:
        found.setdefault(str(entry.get("what", "")), []).append(entry)
    return list(found.items())


def flat(known: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Nested facts as lines."""
    lines: list[tuple[str, str]] = []
    for name, value in known.items():
        if isinstance(value, Mapping):
            lines += flat(value, f"{above}{name}: ")
        elif value is not None:
            lines.append((f"{above}{name}", said(value)))
    return lines


def said(value: Any) -> str:
    """A fact as text."""
    if isinstance(value, list):
        return ", ".join(said(each) for each in value)
    return (
        f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000 else str(value)
    )


@lru_cache(maxsize=4)
def template(name: str) -> "Template":
    """A template of this folder, which can draw and name scores."""
    from jinja2 import Environment, FileSystemLoader

    house = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    house.globals |= {
        "scale": lambda measure: markup(plots.scale(measure)),
        "column": lambda picture: markup(plots.column(picture)),
        "found": found,
        "leading": leading,
        "further": further,
        "icon": lambda light: markup(plots.icon(light)),
        "clean": lambda text, most=0: markup(plots.clean(text, most)),
        "percent": plots.percent,
        "words": words.words,
        "written": words.written,
        "interval": words.interval,
        "references": words.references,
        "topic_title": lambda name: words.TOPICS[name][0],
    }
    return house.get_template(name)


def markup(text: str) -> Any:
    """Text that is markup already."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - built from escaped parts in `plots`, or our own style sheet
