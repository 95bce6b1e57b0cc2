"""Gates held against a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from understudy.errors import PlanError, nearest
from understudy.metrics.catalogue import names
from understudy.metrics.metric import UNPAIRED
from understudy.plan.gates import Gate
from understudy.reports.verdict import VERDICTS

if TYPE_CHECKING:
    from understudy.reports.summary import Report


@dataclass(frozen=True)
class Passage:
    """One gate, held against a report.

    Attributes:
        gate: as it was written.
        passed: whether it holds.
        text: what was found, in a sentence.
    """

    gate: str
    passed: bool
    text: str


def read(texts: Sequence[str]) -> tuple[Gate, ...]:
    """Gates whose scores and topics there are, before anything is judged.

    Raises:
        PlanError: a line is no gate, or asks for a score or a topic that there is not.
    """
    gates = tuple(Gate.read(text) for text in texts)
    for gate in gates:
        known = [*VERDICTS, *names()]
        if gate.score not in known:
            raise PlanError(f"'{gate}': no score '{gate.score}'", hint=nearest(gate.score, known), field="gates")
        if isinstance(gate.bound, str) != (gate.score in VERDICTS):
            hint = "a verdict is good, fair or poor; privacy is safe, care or unsafe"
            raise PlanError(f"'{gate}' compares a number with a verdict", hint=hint, field="gates")
    return gates


def passages(report: "Report", gates: Sequence[Gate]) -> tuple[Passage, ...]:
    """Each gate held against the report; one whose figure could not be had does not pass, and says why."""
    return tuple(_topic(report, gate) if gate.score in VERDICTS else _score(report, gate) for gate in gates)


def _topic(report: "Report", gate: Gate) -> Passage:
    found = report.verdict[gate.score]
    if found.light == "none":
        return Passage(gate.text, False, f"{gate}: {found.word}. {found.text}")
    return Passage(gate.text, gate.holds(found.light), f"{gate}: it is {found.word}. {found.text}")


def _score(report: "Report", gate: Gate) -> Passage:
    if gate.score not in report:
        return Passage(gate.text, False, f"{gate}: could not be had: {UNPAIRED}")
    measure = report[gate.score]
    figure = getattr(measure, gate.end)
    if figure is None:
        why = measure.note if measure.value is None else f"it has no {gate.end}"
        return Passage(gate.text, False, f"{gate}: could not be had: {why}")
    said = "" if gate.end == "value" else f" {gate.end}"
    return Passage(gate.text, gate.holds(figure), f"{gate}: {gate.score}{said} is {figure:.6g}")
