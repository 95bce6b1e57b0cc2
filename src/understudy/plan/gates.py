"""Gates: what a report must reach, as one line each: `fidelity.pairs>=0.95`, `privacy=safe`."""

import re
from dataclasses import dataclass
from typing import Literal

from understudy.errors import PlanError, nearest

Sign = Literal[">=", "<=", ">", "<", "="]
ENDS = ("value", "low", "high", "ceiling", "floor")
LINE = re.compile(r"\s*([a-z0-9_]+(?:\.[a-z0-9_]+){0,2})\s*(>=|<=|==|=|>|<)\s*([^\s<>=]+)\s*")
RANKS: dict[str, int] = {"poor": 0, "fair": 1, "good": 2, "unsafe": 0, "care": 1, "safe": 2}
"""Words of verdicts, the worst first."""
HINT = "write a score and a bound, 'fidelity.pairs>=0.95', or a verdict, 'privacy=safe'"


@dataclass(frozen=True)
class Gate:
    """One condition on a report.

    Attributes:
        text: as it was written.
        score: a score's name ("fidelity.pairs"), or a topic ("privacy") whose verdict is asked.
        end: which of the score's figures: value, low, high, ceiling or floor.
        sign: how it must lie to the bound.
        bound: a number for a score, a word of `RANKS` for a topic.
    """

    text: str
    score: str
    end: str
    sign: Sign
    bound: float | str

    @classmethod
    def read(cls, text: str) -> "Gate":
        """The gate that a line spells.

        >>> Gate.read("fidelity.pairs>=0.95").bound
        0.95

        Raises:
            PlanError: it spells none.
        """
        found = LINE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise PlanError(f"'{text}' is no gate", hint=HINT, field="gates")
        name, sign, bound = found.groups()
        parts = name.split(".")
        end = parts.pop() if len(parts) == 3 else "value"
        if end not in ENDS:
            raise PlanError(f"'{text}': a score has no '{end}'", hint=nearest(end, ENDS), field="gates")
        known = _word(text, bound) if len(parts) == 1 else _number(text, bound)
        return cls(text.strip(), ".".join(parts), end, "=" if sign == "==" else sign, known)  # type: ignore[arg-type]

    def holds(self, found: float | str) -> bool:
        """Whether a score's figure, or a verdict's word, passes."""
        first, second = (RANKS[each] if isinstance(each, str) else each for each in (found, self.bound))
        compare = {
            ">=": first >= second,
            "<=": first <= second,
            ">": first > second,
            "<": first < second,
            "=": first == second,
        }
        return compare[self.sign]

    def __str__(self) -> str:
        return self.text


def _word(text: str, bound: str) -> str:
    if bound not in RANKS:
        raise PlanError(f"'{text}': no verdict '{bound}'", hint=nearest(bound, RANKS), field="gates")
    return bound


def _number(text: str, bound: str) -> float:
    try:
        number = float(bound)
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise PlanError(f"'{text}': '{bound}' is no number", hint=HINT, field="gates")
    return number
