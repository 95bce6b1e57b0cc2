"""A number with everything needed to read it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Measure:
    """One score of the judge.

    Attributes:
        name: room and score, e.g. "fidelity.shapes".
        value: the score, None where it cannot be computed (the note says why).
        low: lower end of the 95 % interval, None where there is none.
        high: upper end.
        ceiling: the score of real data (the holdout against the training rows) at the same size.
        floor: the score of independent columns at the same size.
        parts: the score taken apart (by column, by pair, by learner), or further figures.
        note: what it means, in a sentence.
        better: "high", "low", or "target" (closest to the ceiling is best).
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    ceiling: float | None = None
    floor: float | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    better: str = "high"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return asdict(self)
