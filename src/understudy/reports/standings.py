"""How engines stand beside one another: means over seeds with their intervals, and who is on the front."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import inf, isfinite, sqrt
from statistics import fmean, stdev
from types import MappingProxyType
from typing import Any, Literal

from understudy.metrics.sizes import student

PEER = "peer:"
"""What the names of those engines begin with that are not ours."""
BYTES: Mapping[float, str] = MappingProxyType({1e9: " GB", 1e6: " MB", 1e3: " kB"})


@dataclass(frozen=True)
class Figure:
    """One figure of a benchmark.

    Attributes:
        title: its name in a table.
        sentence: what it is, for the page.
        style: how it is written: seconds, bytes, score (three digits), percent or ratio.
        better: "low", "high", or "half" where 0.5 is best; "none" for what is not the engine's.
    """

    title: str
    sentence: str
    style: Literal["seconds", "bytes", "score", "percent", "ratio"]
    better: Literal["low", "high", "half", "none"]


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "encode": Figure("encode", "until the rows are codes; a peer's is in its fit", "seconds", "low"),
        "fit": Figure("fit", "the rest of learning", "seconds", "low"),
        "sample": Figure("sample", "as many rows as were learned", "seconds", "low"),
        "long": Figure("long draw", "a million rows, shard by shard, not held", "seconds", "low"),
        "cpu": Figure("CPU", "processor seconds of all threads for learning and sampling", "seconds", "low"),
        "peak": Figure("peak", "largest memory of the process, reading and the long draw with it", "bytes", "low"),
        "size": Figure("model", "the model's file", "bytes", "low"),
        "shapes": Figure("shapes", "each column on its own, all rows", "score", "high"),
        "pairs": Figure("pairs", "columns two by two, all rows", "score", "high"),
        "c2st_train": Figure("C2ST train", "AUC of telling rows from training rows; below 0.5 copies", "score", "half"),
        "c2st_holdout": Figure("C2ST holdout", "AUC of telling rows from unseen real rows", "score", "half"),
        "c2st_real": Figure("C2ST real", "AUC of telling unseen real rows from training rows", "score", "none"),
        "tstr": Figure("TSTR", "trained on synthetic, tested on real rows: AUC or R²", "score", "high"),
        "trtr": Figure("TRTR", "the same, trained on real rows", "score", "none"),
        "copies": Figure("copies", "rows that equal a training row", "percent", "low"),
        "copies_real": Figure("copies real", "the same of unseen real rows", "percent", "none"),
        "distance_p5": Figure("p5 ratio", "5th percentile of the distance to training rows, over that of unseen real "
                              "rows; below 1 is too near", "ratio", "high"),
        "distance_share": Figure("share", "how often training rows are nearer than unseen ones", "score", "half"),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One engine measured on one table with one seed.

    Attributes:
        data: name of the data set.
        engine: name of the engine; a peer's begins with "peer:".
        seed: of the split, the model and the sample.
        target: the column predicted, None where none was.
        holdout: share of the rows set aside.
        long: rows of the long draw.
        rows: of the table.
        columns: of the table.
        figures: by name, None where one could not be had.
        failed: why there are none, "" where there are.
        version: of understudy.
        machine: in words.
    """

    data: str
    engine: str
    seed: int
    target: str | None
    holdout: float
    long: int
    rows: int
    columns: int
    figures: Mapping[str, float | None] = field(default_factory=dict)
    failed: str = ""
    version: str = ""
    machine: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """What a later line replaces."""
        return self.data, self.engine, self.seed

    @property
    def asked(self) -> tuple[Any, ...]:
        """What must be the same for a line to stand for another."""
        return (*self.key, self.target, self.holdout, self.long, self.rows, self.columns)


@dataclass(frozen=True)
class Mean:
    """A mean over seeds.

    Attributes:
        value: the mean.
        low: lower end of the 95 % t-interval of the mean, None for one seed.
        high: upper end.
        seeds: how many it stands on.
    """

    value: float
    low: float | None
    high: float | None
    seeds: int


@dataclass(frozen=True)
class Standing:
    """One engine on one table, over all seeds measured.

    Attributes:
        data: name of the data set.
        engine: name of the engine.
        seeds: those that were measured.
        target: the column predicted.
        rows: of the table.
        columns: of the table.
        figures: means by name; a figure that no seed has is not there.
        failed: reasons of the seeds that failed.
        front: whether no other engine is both quicker and closer.
    """

    data: str
    engine: str
    seeds: tuple[int, ...]
    target: str | None
    rows: int
    columns: int
    figures: Mapping[str, Mean]
    failed: tuple[str, ...] = ()
    front: bool = False

    @property
    def ours(self) -> bool:
        """Whether it is one of our engines."""
        return not self.engine.startswith(PEER)

    @property
    def place(self) -> tuple[float, float] | None:
        """Processor seconds and C2ST against the holdout (not below 0.5, which is perfect); None where one lacks."""
        if "cpu" not in self.figures or "c2st_holdout" not in self.figures:
            return None
        return self.figures["cpu"].value, max(0.5, self.figures["c2st_holdout"].value)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return asdict(self)


def mean_of(values: Iterable[float | None]) -> Mean | None:
    """The mean of those that are there, with its 95 % t-interval.

    >>> mean_of([1.0, 2.0, 3.0, None])
    Mean(value=2.0, low=-0.484..., high=4.484..., seeds=3)
    """
    known = [float(value) for value in values if value is not None and isfinite(value)]
    if not known:
        return None
    if len(known) == 1:
        return Mean(known[0], None, None, 1)
    half = student(len(known) - 1) * stdev(known) / sqrt(len(known))
    return Mean(fmean(known), fmean(known) - half, fmean(known) + half, len(known))


def standings(lines: Iterable[Line]) -> tuple[Standing, ...]:
    """Engines by table, in the order in which the tables came; the closest first, what failed last."""
    groups: dict[str, dict[str, list[Line]]] = {}
    for line in lines:
        groups.setdefault(line.data, {}).setdefault(line.engine, []).append(line)
    found: list[Standing] = []
    for engines in groups.values():
        rivals = [_standing(group) for group in engines.values()]
        found += [_marked(each, rivals) for each in sorted(rivals, key=_rank)]
    return tuple(found)


def _standing(group: Sequence[Line]) -> Standing:
    first = group[-1]
    means = {name: mean_of(line.figures.get(name) for line in group) for name in FIGURES}
    return Standing(
        first.data,
        first.engine,
        tuple(sorted(line.seed for line in group)),
        first.target,
        first.rows,
        first.columns,
        {name: mean for name, mean in means.items() if mean is not None},
        tuple(dict.fromkeys(line.failed for line in group if line.failed)),
    )


def _rank(standing: Standing) -> tuple[bool, float, str]:
    place = standing.place
    return place is None, 0.0 if place is None else place[1], standing.engine


def _marked(standing: Standing, rivals: Sequence[Standing]) -> Standing:
    place = standing.place
    others = [each.place for each in rivals if each is not standing and each.place is not None]
    on = place is not None and not any(beats(other, place) for other in others)
    return replace(standing, front=on)


def beats(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether one place is nowhere worse than another and somewhere better.

    >>> beats((1.0, 0.6), (2.0, 0.6)), beats((1.0, 0.7), (2.0, 0.6))
    (True, False)
    """
    return a[0] <= b[0] and a[1] <= b[1] and a != b


def written(name: str, mean: Mean | None) -> str:
    """A figure as text, its half interval behind it where there is one.

    >>> written("c2st_holdout", Mean(0.5312, 0.52, 0.5424, 3)), written("peak", Mean(2.5e9, None, None, 1))
    ('0.531 ± 0.011', '2.50 GB')
    >>> written("fit", Mean(12.34, 11.34, 13.34, 3))
    '12.3 s ± 1.0'
    """
    if mean is None:
        return "–"
    said, unit = _number(name, mean.value)
    if mean.high is None:
        return f"{said}{unit}"
    half = mean.high - mean.value
    digits = len(said.partition(".")[2])
    return f"{said}{unit} ± {half / _scale(name, mean.value):.{digits}f}"


def told(line: Line) -> str:
    """A line in a sentence."""
    shown = {name: line.figures.get(name) for name in ("cpu", "c2st_holdout", "tstr")}
    parts = [f"{FIGURES[name].title} {written(name, mean_of([value]))}" for name, value in shown.items()]
    return f"{line.data}, {line.engine}, seed {line.seed}: {line.failed or ', '.join(parts)}"


def _scale(name: str, value: float) -> float:
    style = FIGURES[name].style
    if style == "bytes":
        return next(unit for unit in (1e9, 1e6, 1e3) if value >= unit or unit == 1e3)
    return 0.01 if style == "percent" else 1.0


def _number(name: str, value: float) -> tuple[str, str]:
    """A figure in three digits or so, and its unit."""
    style, scaled = FIGURES[name].style, value / _scale(name, value)
    if style in ("score", "ratio"):
        return f"{scaled:.3f}" if style == "score" else f"{scaled:.2f}", ""
    digits = next(digits for digits, most in ((2, 10.0), (1, 100.0), (0, inf)) if abs(scaled) < most)
    unit = BYTES[_scale(name, value)] if style == "bytes" else {"seconds": " s", "percent": " %"}[style]
    return f"{scaled:.{digits}f}", unit
