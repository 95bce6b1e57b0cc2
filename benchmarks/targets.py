"""The targets of the first issue, and how a measurement is held against one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from statistics import mean, median
from typing import Any, Literal

from measuring import interval

Sense = Literal["<", "<=", ">=", "=", "stated"]


@dataclass(frozen=True)
class Target:
    """What is asked.

    Attributes:
        name: of the target.
        group: the measurement that answers it.
        text: what is measured.
        sense: which side of the bound is good; "stated" where nothing is asked.
        bound: the number asked.
        unit: of the number.
    """

    name: str
    group: str
    text: str
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
            unfavourable end counts; "worst" of all; "once".
        note: what helps to read it.
    """

    values: tuple[float, ...]
    kind: Literal["median", "mean", "worst", "once"] = "once"
    note: str = ""

    def against(self, target: Target) -> dict[str, Any]:
        """The figures, the one that is compared, and the result."""
        if self.kind == "mean":
            centre, (low, high) = mean(self.values), interval(self.values)
            compared = low if target.sense == ">=" else high
        else:
            low, high = min(self.values), max(self.values)
            worst = low if target.sense == ">=" else high
            centre = median(self.values) if self.kind == "median" else worst
            compared = centre
        result = "stated" if target.sense == "stated" else "met" if target.holds(compared) else "NOT MET"
        return {"measured": centre, "low": low, "high": high, "compared": compared, "result": result}


ALL = (
    Target("demo-fresh", "demo", "`make demo` on a fresh clone, warm package cache", "<", 180, "s"),
    Target("demo-again", "demo", "`make demo` the second time", "<", 30, "s"),
    Target("import", "start", '`python -c "import understudy"`, the whole process', "<", 0.3, "s"),
    Target("help", "start", "`understudy --help`, the whole process", "<", 0.3, "s"),
    Target("used", "start", "a process that imports every public name of the package", unit="s"),
    Target("run", "run", "`understudy run adult.csv.gz --seed 0 --json`, file to files with the judge", "<", 60, "s"),
    Target("run-peak", "run", "its peak memory", unit="GB"),
    Target("encode", "trees", "encoding 90 % of Adult: codebook learned and rows encoded", "<=", 1, "s"),
    Target("fit", "trees", "`trees` fit on these codes, after warm-up", "<=", 0.5, "s"),
    Target("draw", "trees", "`trees` sampling as many rows, as codes, after warm-up", "<=", 0.3, "s"),
    Target("sample", "trees", "`Model.sample` of as many rows, decoded and written as text cells", unit="s"),
    Target("first-fit", "trees", "first fit in a new process, compilation cached by an earlier one", unit="s"),
    Target("first-draw", "trees", "first draw in a new process, compilation cached by an earlier one", unit="s"),
    Target("compile-fit", "trees", "first fit of all, compiled on the way (empty cache)", unit="s"),
    Target("compile-draw", "trees", "first draw of all, compiled on the way (empty cache)", unit="s"),
    Target("shapes", "scores", "Column Shapes, full size", ">=", 0.99),
    Target("pairs", "scores", "Column Pair Trends, full size", ">=", 0.98),
    Target("c2st", "scores", "C2ST AUC against the holdout", "<=", 0.57),
    Target("tstr", "scores", "TSTR AUC − TRTR AUC, income", ">=", -0.02),
    Target("copies", "scores", "exact copies of training rows − the holdout's share", "<=", 0, "%"),
    Target("p5", "scores", "5th percentile of distance to training rows / the holdout's", ">=", 1),
    Target("gain-values", "protection", "capital_gain: values out neither real nor on a learned grid", "=", 0),
    Target("gain-zeros", "protection", "capital_gain: zeros, distance from the training share", "<=", 0.01),
    Target("countries", "protection", "native_country: categories of 8 or more training rows that are lost", "=", 0),
    Target("long-peak-1", "long", "10 million rows of Adult to parquet, 1 worker: peak memory", "<", 1.5, "GB"),
    Target("long-peak-4", "long", "10 million rows of Adult to parquet, 4 workers: peak memory", "<", 1.5, "GB"),
    Target("long-bytes", "long", "its bytes differ between 1 and 4 workers", "=", 0),
    Target("long-rate-1", "long", "its rows a second, 1 worker", unit="rows/s"),
    Target("long-rate-4", "long", "its rows a second, 4 workers", unit="rows/s"),
)
GROUPS = tuple(dict.fromkeys(target.group for target in ALL))


def number(value: float, unit: str = "") -> str:
    """A figure as it is printed.

    >>> number(0.98765), number(0.25, "s"), number(0.00307, "%"), number(140000.4, "rows/s")
    ('0.98765', '0.25 s', '0.307 %', '140 000 rows/s')
    """
    if isnan(value):
        return "no figure"
    if unit == "%":
        return f"{100 * value:.3g} %"
    if unit == "rows/s":
        return f"{value:,.0f} rows/s".replace(",", " ", 1)
    if unit:
        return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"
    return str(int(value)) if value == int(value) else f"{value:.5f}"


def results(found: Mapping[str, Found], why: Mapping[str, str]) -> list[dict[str, Any]]:
    """One entry a target, those not measured with the reason."""
    entries = []
    for target in ALL:
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
