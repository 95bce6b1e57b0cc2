"""A metric: a function from a case to a measure that can also be called with tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from understudy.data.table import Table
from understudy.metrics.case import Case, case
from understudy.metrics.measure import Measure

UNPAIRED = "synthetic rows are not said to stand for real rows one by one (paired)"


@dataclass(frozen=True, eq=False)
class Metric:
    """A score of the judge, by name.

    Attributes:
        name: room and score, e.g. "fidelity.shapes".
        better: "high", "low" or "target".
        score: from a case with at least one judged column and row to a measure.
        quick: whether the quick judge measures it too.
        paired: whether synthetic row i must stand for real row i; other cases are judged without it.
    """

    name: str
    better: str
    score: Callable[[Case], Measure]
    quick: bool = False
    paired: bool = False

    @property
    def summary(self) -> str:
        """What it measures, in one line."""
        return (self.score.__doc__ or "").strip().splitlines()[0]

    def on(self, given: Case) -> Measure:
        """The measure of a case, with a note instead of a value where nothing can be measured."""
        if given.quick and not self.quick:
            return self.none("left out by the quick judge")
        if self.paired and not given.paired:
            return self.none(UNPAIRED)
        lacking = _lacking(given) if not self.name.startswith("validity.") else _rowless(given)
        return self.none(lacking) if lacking else self.score(given)

    def none(self, why: str) -> Measure:
        """The measure without a value."""
        return Measure(self.name, None, note=why, better=self.better)

    def __call__(
        self,
        real: Table,
        synthetic: Table,
        holdout: Table | None = None,
        *,
        columns: Sequence[str] | None = None,
        target: str | None = None,
        protected: str | None = None,
        seed: int = 0,
        unreadable: Mapping[str, int] | None = None,
        paired: bool = False,
    ) -> Measure:
        """The measure of these typed tables; arguments as in `understudy.metrics.case.case`."""
        roles: dict[str, Any] = {"columns": columns, "target": target, "protected": protected}
        return self.on(case(real, synthetic, holdout, **roles, seed=seed, unreadable=unreadable, paired=paired))


def metric(
    name: str, better: str = "high", *, quick: bool = False, paired: bool = False
) -> Callable[[Callable[[Case], Measure]], Metric]:
    """Decorator that makes a metric of a function from case to measure; arguments as in `Metric`."""
    return lambda score: Metric(name, better, score, quick, paired)


def _rowless(given: Case) -> str:
    empty = [role for role, grid in (("real", given.real), ("synthetic", given.synthetic)) if len(grid) == 0]
    return f"the {empty[0]} table has no rows" if empty else ""


def _lacking(given: Case) -> str:
    if not given.columns:
        return "no column is judged: keys, free text and personal data are left out"
    return _rowless(given)
