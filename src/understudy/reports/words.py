"""The judge's scores in plain words: a title, one sentence, the names of the references, how the number is written."""

from dataclasses import dataclass
from typing import Literal

from understudy.metrics.measure import Measure

TOPICS: dict[str, tuple[str, str]] = {
    "fidelity": ("Fidelity", "Does it look like the real data?"),
    "utility": ("Utility", "Can it be worked with in place of the real data?"),
    "privacy": ("Privacy", "Did it learn the pattern, or copy the people?"),
    "validity": ("Validity", "Does every cell obey the rules of the table?"),
    "fairness": ("Fairness", "Does it treat groups of people as the real data do?"),
}
"""Topics in the order of the page: title and the question answered."""


@dataclass(frozen=True)
class Words:
    """How a score is spoken of.

    Attributes:
        title: its name on the page.
        sentence: what it measures, for somebody who never saw it.
        ceiling: what the upper reference is.
        floor: what the lower reference is.
        style: "percent", "number" for anything that is no share, "distance" for what may be tiny.
        span: ends of the scale where they are fixed by the definition.
    """

    title: str
    sentence: str
    ceiling: str = "second real sample"
    floor: str = "unrelated columns"
    style: Literal["percent", "number", "distance"] = "percent"
    span: tuple[float, float] | None = None


RULE = "real rows"
UNSEEN = "unseen real rows"
CATALOGUE: dict[str, Words] = {
    "fidelity.shapes": Words(
        "Column shapes", "Each column on its own: 100 % when its values are spread exactly as in the real data."
    ),
    "fidelity.pairs": Words(
        "Column pairs", "Columns two by two: 100 % when they go together exactly as in the real data."
    ),
    "fidelity.c2st_holdout": Words(
        "Told apart from unseen real rows",
        "A classifier tries to tell synthetic rows from real rows never trained on: 0.5 is a coin flip, 1 is certain.",
        style="number",
        span=(0.5, 1.0),
    ),
    "fidelity.c2st_train": Words(
        "Told apart from training rows",
        "The same classifier against the rows learned from: 0.5 is a coin flip; well below 0.5 hints at repeated rows.",
        style="number",
        span=(0.5, 1.0),
    ),
    "utility.tstr": Words(
        "Trained on synthetic, tested on real",
        "A model is trained on the synthetic rows and tested on real ones, beside a model trained on the real rows.",
        ceiling="trained on real rows",
        floor="guessing",
        style="number",
    ),
    "privacy.copies": Words(
        "Exact copies",
        "Synthetic rows that equal a training row. Real rows never trained on show how many happen by chance.",
        ceiling=UNSEEN,
    ),
    "privacy.distance_share": Words(
        "Nearer to training rows",
        "How often a synthetic row stands nearer to a training row than to an unseen real row: one half is chance.",
        ceiling="chance",
        style="number",
        span=(0.0, 1.0),
    ),
    "privacy.distance_p5": Words(
        "Distance of the nearest 5 %",
        "How far the closest synthetic rows keep from the training rows, beside how far unseen real rows keep.",
        ceiling=UNSEEN,
        style="distance",
    ),
    "validity.types": Words("Types", "Cells that can be read as what their column holds.", RULE),
    "validity.ranges": Words("Ranges", "Numbers and dates that stay within the real range.", RULE),
    "validity.categories": Words("Categories", "Categories that exist in the real data.", RULE),
    "validity.keys": Words("Keys", "Keys that are present and never repeat.", RULE),
    "validity.nulls": Words("Missing cells", "Columns miss as many cells as they do in the real data.", RULE),
}


LEADING = frozenset(
    {
        *("fidelity.shapes", "fidelity.pairs", "fidelity.accuracy", "fidelity.c2st_train", "fidelity.c2st_holdout"),
        *("utility.tstr", "utility.learners", "utility.coefficients"),
        *("privacy.copies", "privacy.distance_share", "privacy.distance_p5"),
        *("validity.types", "validity.ranges", "validity.categories", "validity.keys", "validity.nulls"),
    }
)
"""Scores shown at full length; others stand in a table."""


def words(measure: Measure) -> Words:
    """How a score is spoken of; a score without an entry speaks by its own note."""
    title = measure.name.rpartition(".")[2].replace("_", " ").capitalize()
    return CATALOGUE.get(measure.name) or Words(title, measure.note, style="number")


def topic(measure: Measure) -> str:
    """The first part of a score's name: "fidelity", "privacy"."""
    return measure.name.partition(".")[0]


def topics(measures: tuple[Measure, ...]) -> list[tuple[str, str, list[Measure]]]:
    """The scores by topic in the order of the page: title, question, scores. Unknown topics come last."""
    order = list(dict.fromkeys([*TOPICS, *(topic(each) for each in measures)]))
    parts = ((TOPICS.get(name, (name.capitalize(), "")), [m for m in measures if topic(m) == name]) for name in order)
    return [(title, question, scores) for (title, question), scores in parts if scores]


def written(value: float | None, style: str = "number") -> str:
    """A score as text.

    >>> written(0.98765, "percent"), written(0.99999, "percent"), written(1, "percent"), written(0.5712), written(None)
    ('98.8 %', '>99.99 %', '100 %', '0.571', '–')
    >>> written(0.00341, "distance")
    '0.00341'
    """
    if value is None:
        return "–"
    if style == "distance":
        return f"{value:.3g}"
    if style == "number":
        return f"{value:.3f}" if abs(value) < 100 else f"{value:,.0f}"
    if value in (0, 1):
        return f"{100 * value:.0f} %"
    if value > 0.9999 or 0 < value < 0.0001:
        return ">99.99 %" if value > 0.5 else "<0.01 %"
    return f"{100 * value:.{2 if value > 0.995 or value < 0.005 else 1}f} %"


def interval(measure: Measure) -> str:
    """The 95 % interval as text, "" where there is none."""
    if measure.low is None or measure.high is None:
        return ""
    style = words(measure).style
    if style != "percent":
        return f"{written(measure.low, style)} – {written(measure.high, style)}"
    digits = 2 if measure.low > 0.995 or measure.high < 0.005 else 1
    return f"{100 * measure.low:.{digits}f} – {100 * measure.high:.{digits}f} %"


def references(measure: Measure) -> list[tuple[str, str, str]]:
    """The references a score has: role ("ceiling", "floor"), name, value as text."""
    said = words(measure)
    both = (("ceiling", said.ceiling, measure.ceiling), ("floor", said.floor, measure.floor))
    return [(role, name, written(value, said.style)) for role, name, value in both if value is not None]
