"""Several stand-ins of one table, judged alike and set side by side."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from understudy.errors import ArgumentError
from understudy.metrics.measure import Measure
from understudy.reports.summary import Report, evaluate
from understudy.reports.text import SIGNS, table
from understudy.reports.words import TOPICS, topics, words, written
from understudy.reports.writing import data, form, put

FORMAT, VERSION = "understudy comparison", 1


@dataclass(frozen=True)
class Comparison:
    """Reports on several stand-ins, against the same real rows, holdout and seed.

    Attributes:
        reports: by the name of the stand-in, in the order given.
    """

    reports: Mapping[str, Report]

    def __getitem__(self, name: str) -> Report:
        return self.reports[name]

    def scores(self) -> list[tuple[str, list[tuple[Measure, list[Measure]]]]]:
        """By topic: each score's references (those of the first stand-in) with the measures of all of them."""
        first = next(iter(self.reports.values()))
        return [
            (title, [(measure, [each[measure.name] for each in self.reports.values()]) for measure in measures])
            for title, _, measures in topics(first.measures)
        ]

    def best(self, measures: Sequence[Measure]) -> frozenset[int]:
        """Places of the stand-ins that score best; none where all score alike or one alone was measured."""
        lost = [None if each.value is None else distance(each) for each in measures]
        known = [each for each in lost if each is not None]
        if len(known) < 2 or min(known) == max(known):
            return frozenset()
        return frozenset(place for place, each in enumerate(lost) if each == min(known))

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        reports = {name: report.to_dict() for name, report in self.reports.items()}
        return {"format": FORMAT, "version": VERSION, "reports": reports}

    def to_json(self) -> str:
        """The comparison as JSON text."""
        return data(self)

    def to_text(self) -> str:
        """Verdicts and scores as Markdown that reads as plain text."""
        parts = ["# Stand-ins side by side", self._verdicts()]
        heads = ("Score", "Real sample", *self.reports)
        parts += [f"## {title}\n\n{table(heads, map(self._line, rows))}" for title, rows in self.scores()]
        return "\n\n".join([*parts, "A dot marks the best of each line."]) + "\n"

    def _verdicts(self) -> str:
        topic = next(iter(self.reports.values())).verdict.findings
        rows = [
            (TOPICS[each.topic][0], "", *(self._light(report, each.topic) for report in self.reports.values()))
            for each in topic
        ]
        return table(("Verdict", "", *self.reports), rows)

    def _light(self, report: Report, topic: str) -> str:
        found = report.verdict[topic]
        return f"{SIGNS[found.light]} {found.word}"

    def _line(self, row: tuple[Measure, list[Measure]]) -> tuple[str, ...]:
        measure, others = row
        said, best = words(measure), self.best(others)
        cells = [
            f"{written(each.value, said.style)}{' •' if place in best else ''}" for place, each in enumerate(others)
        ]
        return (said.title, "" if measure.ceiling is None else written(measure.ceiling, said.style), *cells)

    def to_html(self) -> str:
        """The comparison as a self-contained page."""
        from understudy.reports.html import HERE, markup, template

        style = (HERE / "report.css").read_text(encoding="utf-8")
        digest = b64encode(sha256(style.encode()).digest()).decode()
        return template("comparison.html.j2").render(
            found=self, style=markup(style), digest=digest, heads=list(self.reports)
        )

    def save(self, path: str | Path) -> Path:
        """Write the comparison as its ending says: `.html`, `.json`, `.md` or `.txt`.

        Raises:
            ArgumentError: another ending.
            WriteError: it could not be written; nothing half-written stays.
        """
        path = Path(path)
        return put(path, form(path, "comparison")(self))

    def __str__(self) -> str:
        return self.to_text()


def distance(measure: Measure) -> float:
    """How far a score lies from the best there is: from its ceiling for a target, else as it is better."""
    value = float(measure.value or 0)
    if measure.better == "target":
        return abs(value - (0.5 if measure.ceiling is None else measure.ceiling))
    return value if measure.better == "low" else -value


def compare(real: Any, synthetic: Mapping[str, Any], **how: Any) -> Comparison:
    """Judge several stand-ins of one table alike.

    Args:
        real: the rows learned from: a path, a frame or a table.
        synthetic: the stand-ins by name, each with the same columns.
        how: as in `evaluate`: `holdout`, `target`, `protected`, `schema`, `columns`, `k`, `seed`, `thresholds`.

    Raises:
        ArgumentError: no stand-in is given.
        UnderstudyError: as `evaluate` raises.
    """
    if not synthetic:
        raise ArgumentError("no stand-in is given", hint="give at least one", field="synthetic")
    return Comparison({str(name): evaluate(real, each, **how) for name, each in synthetic.items()})
