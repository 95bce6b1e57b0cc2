"""The verdict in words: what the scores mean together, by rules that stand here and nowhere else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from understudy.metrics.measure import Measure
from understudy.plan.thresholds import USUAL, Thresholds
from understudy.reports import found
from understudy.reports.risk import risk
from understudy.reports.words import words, written

Light = Literal["good", "fair", "poor", "none"]

VERDICTS = ("fidelity", "utility", "privacy", "validity")
GRADES: tuple[tuple[str, Light], ...] = (
    ("as good as a second real sample", "good"),
    ("close", "good"),
    ("not yet", "fair"),
    ("far", "poor"),
)
LIGHTS: Mapping[str, Light] = MappingProxyType({"safe": "good", "care": "fair", "unsafe": "poor"})
CLOSE, NOT_YET = 0.2, 0.6
"""Share of the way from ceiling to floor that a fidelity score may have lost."""
CLOSE_LEAST, NOT_YET_LEAST = 0.01, 0.03
"""The same as plain differences, for scores whose ceiling and floor lie together (column shapes)."""


@dataclass(frozen=True)
class Finding:
    """The verdict on one topic.

    Attributes:
        topic: "fidelity", "utility", "privacy" or "validity".
        light: "good", "fair", "poor", or "none" where nothing was judged.
        word: the verdict in a few words.
        text: why, in a sentence or two.
    """

    topic: str
    light: Light
    word: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What the scores mean together.

    Attributes:
        headline: one sentence.
        findings: one for each topic, in the order of the page.
    """

    headline: str
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return self.headline

    def __getitem__(self, topic: str) -> Finding:
        return next(finding for finding in self.findings if finding.topic == topic)


def verdict(measures: Iterable[Measure], lines: Thresholds = USUAL) -> Verdict:
    """The verdict on a set of scores; `lines` are those of privacy."""
    known = {measure.name: measure for measure in measures if measure.value is not None}
    findings = fidelity(known), utility(known), privacy(known, lines), validity(known)
    return Verdict(headline(*findings, partly=found.partly_real(known)), findings)


def headline(faith: Finding, use: Finding, private: Finding, valid: Finding, partly: bool = False) -> str:
    """The verdict in one sentence, the gravest first; `partly` where rows are partly real."""
    likeness = {
        "as good as a second real sample": "As good as a second real sample",
        "close": "Close to the real data",
        "not yet": "Not yet like the real data",
        "far": "Far from the real data",
    }.get(faith.word, "Likeness was not measured")
    if private.light == "poor" and partly:
        return "Its rows are partly real: guard it like the real table."
    if private.light == "poor":
        return "Gives training rows away: do not share it."
    tail = {
        "good": ", and no attack finds the people behind it",
        "fair": ", and privacy needs a closer look",
        "none": "; privacy was not judged",
    }[private.light]
    if private.light == "good" and faith.light in ("fair", "poor"):
        tail = "; no attack finds the people behind it"
    faults = ". Some cells break the rules of the table" if valid.light == "poor" else ""
    useless = ". Models trained on it do worse" if use.light == "poor" else ""
    return f"{likeness}{tail}{useless}{faults}."


def fidelity(known: Mapping[str, Measure]) -> Finding:
    """The worst grade of shapes, pairs and the classifier (against the holdout, else against training rows)."""
    classifier = "fidelity.c2st_holdout" if "fidelity.c2st_holdout" in known else "fidelity.c2st_train"
    judged = [known[name] for name in ("fidelity.shapes", "fidelity.pairs", classifier) if name in known]
    if not judged:
        return Finding("fidelity", "none", "not measured", "None of the scores of likeness could be computed.")
    worst = max(judged, key=lambda measure: (grade(measure), shortfall(measure)))
    word, light = GRADES[grade(worst)]
    return Finding("fidelity", light, word, reason(worst))


def reason(measure: Measure) -> str:
    """The sentence that names the weakest score."""
    said = words(measure)
    title, value = said.title[0].lower() + said.title[1:], written(measure.value, said.style)
    if measure.ceiling is None:
        return f"Weakest score: {title}, {value}. Without a holdout there is no second real sample to compare with."
    best = written(measure.ceiling, said.style)
    if not grade(measure):
        return f"No score falls short of a second real sample's; the nearest to it is {title}, {value} beside {best}."
    return f"Weakest score: {title}, {value}, where a second real sample scores {best}."


def grade(measure: Measure) -> int:
    """Place of a fidelity score in `GRADES`; the best one needs a ceiling."""
    value, classifier = float(measure.value or 0), ".c2st" in measure.name
    if measure.ceiling is None:
        lost, first, second = (value - 0.5, 0.1, 0.3) if classifier else (1 - value, 0.05, 0.15)
        return 1 if lost <= first else 2 if lost <= second else 3
    best = measure.low if classifier else measure.high
    lost = shortfall(measure, value if best is None else best)
    if lost <= 1e-9:
        return 0
    span = abs(measure.ceiling - measure.floor) if measure.floor is not None else (0.5 if classifier else 0.05)
    lost = shortfall(measure)
    return 1 if lost <= max(CLOSE_LEAST, CLOSE * span) else 2 if lost <= max(NOT_YET_LEAST, NOT_YET * span) else 3


def shortfall(measure: Measure, value: float | None = None) -> float:
    """How much worse than its ceiling a score is, in its own units; negative where better."""
    value = float(measure.value or 0) if value is None else value
    if ".c2st" in measure.name:
        return value - (0.5 if measure.ceiling is None else measure.ceiling)
    return (1.0 if measure.ceiling is None else measure.ceiling) - value


def utility(known: Mapping[str, Measure]) -> Finding:
    """A model trained on synthetic rows beside one trained on real rows, both tested on real rows nobody trained on."""
    measure = known.get("utility.tstr")
    if measure is None:
        return Finding(
            "utility", "none", "not measured", "Name a target column to see how well a model learns from it."
        )
    task = f"Predicting '{measure.parts['target']}': a" if measure.parts.get("target") else "A"
    value = f"{task} model trained on it scores {written(measure.value)}"
    if measure.ceiling is None:
        return Finding("utility", "none", "no reference", f"{value}; without a holdout there is nothing beside it.")
    light, word = useful(measure)
    return Finding("utility", light, word, f"{value}; trained on the real rows, {written(measure.ceiling)}.")


def useful(measure: Measure) -> tuple[Light, str]:
    """How much of what can be learned from the real rows is lost."""
    lost = shortfall(measure)
    span = float(measure.ceiling or 0) - measure.floor if measure.floor is not None else 0.0
    if lost <= 0.02 or reach(measure.parts.get("difference"), "high", -lost) >= 0:
        return "good", "as useful as the real rows"
    if lost <= max(0.05, 0.2 * span):
        return "fair", "almost as useful"
    return "poor", "less useful" if lost <= max(0.1, 0.5 * span) else "not useful"


def privacy(known: Mapping[str, Measure], lines: Thresholds) -> Finding:
    """What attacks win on training rows beyond unseen ones; no verdict where there is no holdout.

    Of rows in pairs it says first how real they are and who is found; that is no part of the verdict.
    """
    judged = risk(known, lines)
    text = f"{found.sentences(known[found.NAME])} {judged.text}" if found.NAME in known else judged.text
    if judged.word is None:
        return Finding("privacy", "none", "not judged", text)
    return Finding("privacy", LIGHTS[judged.word], judged.word, text)


def reach(part: Any, end: str, otherwise: float) -> float:
    """One end of an interval kept in a score's parts, another figure where it was not computed."""
    value = part.get(end) if isinstance(part, Mapping) else None
    return otherwise if value is None else float(value)


def validity(known: Mapping[str, Measure]) -> Finding:
    """The rule that real rows keep and the stand-in keeps least: valid to 0.1 %, small faults to 5 %.

    Missing cells in other places than in the real data break no rule: they cost the green light, no more.
    """
    judged = [measure for name, measure in known.items() if name.startswith("validity.")]
    if not judged:
        return Finding("validity", "none", "not measured", "None of the rules could be checked.")
    worst = max(judged, key=broken)
    if broken(worst) <= 0.001:
        text = "Types, ranges, categories, keys and missing cells are as in the real data."
        return Finding("validity", "good", "valid", text)
    said, value = words(worst), written(worst.value, "percent")
    beside = f", where real rows score {written(worst.ceiling, 'percent')}" if worst.ceiling not in (None, 1.0) else ""
    text = f"Weakest score: {said.title.lower()}, {value}{beside}."
    rules = max((broken(measure) for measure in judged if measure.name != "validity.nulls"), default=0.0)
    if rules > 0.05:
        return Finding("validity", "poor", "breaks the rules", text)
    return Finding("validity", "fair", "small faults" if rules > 0.001 else "cells are missing elsewhere", text)


def broken(measure: Measure) -> float:
    """How far the upper end of a validity score stays below what real rows reach."""
    best = 1.0 if measure.ceiling is None else measure.ceiling
    value = measure.value if measure.high is None else measure.high
    return best - float(value or 0)
