"""Where the verdict on privacy draws its lines."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from understudy.errors import PlanError, nearest


@dataclass(frozen=True)
class Thresholds:
    """What attacks may win before a stand-in is no longer called safe.

    Attributes:
        alpha: chance that any attack at all is called significant where none wins anything (Holm).
        excess: what an attack may win on training rows beyond what it wins on holdout rows, as a share of what there
            is to win.
        copies: rows that equal a training row beyond those of the holdout that do, as a share of the rows.
    """

    alpha: float = 0.05
    excess: float = 0.05
    copies: float = 0.005

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
                raise PlanError(
                    f"thresholds.{each.name} is {value!r}", hint="use a share between 0 and 1", field="thresholds"
                )

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Thresholds":
        """The defaults, but for what is said.

        Raises:
            PlanError: a name is unknown, or a value no share.
        """
        known = [each.name for each in fields(cls)]
        for name in said:
            if name not in known:
                raise PlanError(f"no threshold '{name}'", hint=nearest(name, known), field="thresholds")
        return cls(**said)


USUAL = Thresholds()
