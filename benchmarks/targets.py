"""What a target is, how a measurement is held against one, and how both are printed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from statistics import mean, median
from typing import Any, Literal

from measuring import interval, upper

Sense = Literal["<", "<=", ">=", "=", "stated"]
Configuration = Literal["product", "trees-default", "boost-default", "judge", "rules"]


@dataclass(frozen=True)
class Target:
    """What is asked.

    Attributes:
        name: of the target.
        group: the measurement that answers it.
        text: what is measured.
        configuration: with what.
        sense: which side of the bound is good; "stated" where nothing is asked.
        bound: the number asked.
        unit: of the number.
    """

    name: str
    group: str
    text: str
    configuration: Configuration
    sense: Sense = "stated"
    bound: float = 0.0
    unit: str = ""

    @property
    def asked(self) -> str:
        """The bound in words."""
        signs = {"<": "<", "<=": "≤", ">=": "≥", "=": "="}
        return "stated apart" if self.sense == "stated" else f"{signs[self.sense]} {self.bound:g} {self.unit}".rstrip()

    def holds(self, value: float) -> bool:
        """Whether a number meets it."""
        return {
            "<": value < self.bound,
            "<=": value <= self.bound,
            ">=": value >= self.bound,
            "=": value == self.bound,
            "stated": True,
        }[self.sense]


@dataclass(frozen=True)
class Found:
    """What was measured.

    Attributes:
        values: one a repetition.
        kind: "median" of repetitions with their range; "mean" over seeds with its 95 % t-interval, of which the
            unfavourable end counts; "bound" the mean with its one-sided 95 % upper bound, which counts; "worst" of
            all; "once".
        note: what helps to read it.
    """

    values: tuple[float, ...]
    kind: Literal["median", "mean", "bound", "worst", "once"] = "once"
    note: str = ""

    def against(self, target: Target) -> dict[str, Any]:
        """The figures, the one that is compared, and the result."""
        if self.kind == "mean":
            centre, (low, high) = mean(self.values), interval(self.values)
            compared = low if target.sense == ">=" else high
        elif self.kind == "bound":
            centre, low, high = mean(self.values), min(self.values), upper(self.values)
            compared = high
        else:
            low, high = min(self.values), max(self.values)
            worst = low if target.sense == ">=" else high
            centre = median(self.values) if self.kind == "median" else worst
            compared = centre
        result = "stated" if target.sense == "stated" else "met" if target.holds(compared) else "NOT MET"
        return {"measured": centre, "low": low, "high": high, "compared": compared, "result": result}


def number(value: float | None, unit: str = "") -> str:
    """A figure as it is printed.

    >>> number(0.98765), number(0.25, "s"), number(0.00307, "%"), number(140000.4, "rows/s")
    ('0.98765', '0.25 s', '0.307 %', '140 000 rows/s')
    """
    if value is None or not isfinite(value):
        return "no figure"
    if unit == "%":
        return f"{100 * value:.3g} %"
    if unit == "rows/s":
        return f"{value:,.0f} rows/s".replace(",", " ", 1)
    if unit:
        return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"
    return str(int(value)) if value == int(value) else f"{value:.5f}"


def results(targets: Sequence[Target], found: Mapping[str, Found], why: Mapping[str, str]) -> list[dict[str, Any]]:
    """One entry a target, those not measured with the reason."""
    entries = []
    for target in targets:
        entry = asdict(target) | {"asked": target.asked}
        if target.name in found:
            entry |= {"values": list(found[target.name].values), "of": found[target.name].kind}
            entry |= found[target.name].against(target) | {"note": found[target.name].note}
        else:
            entry |= {
                "result": "skipped" if target.sense == "stated" else "skipped = unmet",
                "note": why.get(target.group, "not measured"),
            }
        entries.append(entry)
    return entries


def shown(entry: Mapping[str, Any]) -> str:
    """The measurement of an entry with its interval."""
    if "values" not in entry:
        return "–"
    unit, centre = entry["unit"], number(entry["measured"], entry["unit"])
    ends = f"{number(entry['low'], unit)} to {number(entry['high'], unit)}"
    many = len(entry["values"])
    if entry["of"] == "mean":
        return f"{centre} ({ends})" if many > 1 else f"{centre} (one seed: no interval)"
    if entry["of"] == "bound":
        return f"{centre}, at most {number(entry['high'], unit)}" if many > 1 else f"{centre} (one seed: no bound)"
    if entry["of"] == "median" and many > 1:
        return f"{centre} (median of {many}: {ends})"
    return f"{centre} (worst of {many})" if entry["of"] == "worst" else f"{centre} (once)"


def table(entries: Sequence[Mapping[str, Any]]) -> str:
    """The entries as a Markdown table."""
    rows = [("name", "target", "asked", "measured", "result", "note"), ("---",) * 6]
    rows += [
        (each["name"], each["text"], each["asked"], shown(each), _loud(each["result"]), each["note"])
        for each in entries
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _loud(result: str) -> str:
    return result if result in ("met", "stated") else f"**{result}**"
