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
    "validity.rules": Words("Rules", "Rows that keep every rule of the plan.", RULE),
    "validity.nulls": Words("Missing cells", "Columns miss as many cells as they do in the real data.", RULE),
    "fidelity.accuracy": Words(
        "Counts of one, two and three columns",
        "How often values occur alone, in pairs and in threes: 100 % when exactly as often as in the real data.",
    ),
    "fidelity.distances": Words(
        "Column distances",
        "Each column's spread, missing cells included, cut at the real data's own edges: 100 % when it is the same.",
    ),
    "fidelity.structure": Words(
        "Ties between columns",
        "How strongly each two columns hang together: 100 % when as strongly as in the real data.",
    ),
    "fidelity.spmse": Words(
        "Propensity ratio",
        "How many times better than chance a simple model tells synthetic from real: 1 is perfect, below 3 is good.",
        style="number",
    ),
    "fidelity.precision": Words("Believable rows", "Synthetic rows that stand where real rows stand."),
    "fidelity.recall": Words("Variety", "Real rows whose surroundings the synthetic rows reach."),
    "fidelity.energy": Words(
        "Energy distance",
        "How far apart the synthetic and the real rows lie as two clouds: 0 when they are one.",
        style="distance",
    ),
    "utility.learners": Words(
        "Ten learners, synthetic over real",
        "How much of what ten unlike models learn from real rows they learn from the synthetic ones too: 100 % is all.",
        ceiling="taught by real rows",
        floor="guessing",
    ),
    "utility.ranking": Words(
        "Order of the learners",
        "Whether the models that do best on synthetic rows are those that do best on real ones: 1 is the same order.",
        ceiling="two real samples",
        floor="unrelated orders",
        style="number",
        span=(-1.0, 1.0),
    ),
    "utility.importance": Words(
        "Columns that matter",
        "Whether a model leans on the same columns when it is taught by synthetic rows: 1 is the same order.",
        ceiling="two real samples",
        floor="unrelated orders",
        style="number",
        span=(-1.0, 1.0),
    ),
    "utility.coefficients": Words(
        "Regression coefficients",
        "How far the intervals of a regression overlap: two real samples overlap by about 70 %, the same one by 100 %.",
    ),
    "privacy.membership_distance": Words(
        "Membership by distance",
        "Rows that lie close to a synthetic row are held for training rows: how much better than guessing that is.",
        ceiling=UNSEEN,
    ),
    "privacy.membership_density": Words(
        "Membership by density",
        "Rows around which synthetic ones are too dense are held for training rows.",
        ceiling=UNSEEN,
    ),
    "privacy.membership_classifier": Words(
        "Membership by a classifier",
        "Rows that a learner takes for synthetic are held for training rows.",
        ceiling=UNSEEN,
    ),
    "privacy.membership_outliers": Words(
        "Copied outliers",
        "Training rows that stand alone and have a near-copy, beyond unseen rows that stand alone.",
        ceiling=UNSEEN,
    ),
    "privacy.singling_out": Words(
        "Singling out",
        "Descriptions taken from synthetic rows that pick out one training row, beyond what works on unseen people.",
        ceiling=UNSEEN,
    ),
    "privacy.linkability": Words(
        "Linking two halves",
        "Two parties who know half of a row each find the same synthetic row, beyond what works on unseen people.",
        ceiling=UNSEEN,
    ),
    "privacy.inference": Words(
        "Guessing a column",
        "The closest synthetic row gives away a column of a training row, beyond what it says of unseen people.",
        ceiling=UNSEEN,
    ),
    "privacy.attribute": Words(
        "Learning a column",
        "A model trained on the stand-in knows training rows better than unseen people: by how much.",
        ceiling=UNSEEN,
    ),
    "privacy.identity": Words(
        "Found by what is known",
        "People unique by age, sex and the like who stand out in the synthetic table too, beyond people never seen.",
        ceiling=UNSEEN,
    ),
    "privacy.disclosure": Words(
        "Secrets told by what is known",
        "How often a person's secret can be read off their age, sex and the like, beyond people never seen.",
        ceiling=UNSEEN,
    ),
    "privacy.identifiability": Words(
        "Nearer than any real neighbour",
        "Training rows with a synthetic row closer than any other real row, beyond rows never seen.",
        ceiling=UNSEEN,
    ),
    "privacy.anonymity": Words(
        "Rare combinations",
        "Synthetic rows that share their age, sex and the like with fewer than four others; real rows have as many.",
        ceiling=UNSEEN,
        style="percent",
        span=(0.0, 1.0),
    ),
    "privacy.matching": Words(
        "Found again",
        "People whom an intruder who knows their age, sex and the like is expected to find, row for row.",
        ceiling="nothing replaced",
        floor="by what stays real",
    ),
    "fairness.parity": Words(
        "Gap between groups",
        "How much wider the gap between groups in the share of good outcomes is than in the real data: 0 is no change.",
        ceiling=UNSEEN,
        style="number",
        span=(-1.0, 1.0),
    ),
    "fairness.odds": Words(
        "Unequal errors",
        "How much more unevenly a model errs between groups after training on synthetic rows than on real ones.",
        ceiling="another real sample",
        floor="a model of unrelated columns",
        style="number",
        span=(-1.0, 1.0),
    ),
    "fairness.counterfactual": Words(
        "Use of the protected column",
        "How much more a prediction moves when the group alone is changed, after training on synthetic rows.",
        ceiling="another real sample",
        floor="a model of unrelated columns",
        style="number",
        span=(-1.0, 1.0),
    ),
    "fairness.subgroups": Words(
        "Groups copied alike",
        "How much better the best copied group's columns are than the worst's, at equal size: lower is fairer.",
        ceiling=UNSEEN,
        style="number",
    ),
}


LEADING = frozenset(
    {
        *("fidelity.shapes", "fidelity.pairs", "fidelity.accuracy", "fidelity.c2st_train", "fidelity.c2st_holdout"),
        *("utility.tstr", "utility.learners", "utility.coefficients"),
        *("privacy.copies", "privacy.distance_share", "privacy.distance_p5"),
        "fairness.parity",
        *(
            "validity.types",
            "validity.ranges",
            "validity.categories",
            "validity.keys",
            "validity.rules",
            "validity.nulls",
        ),
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
