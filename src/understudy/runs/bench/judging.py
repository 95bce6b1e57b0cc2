"""The judge's process: scores what lies in a job's folder; `python -m understudy.runs.bench.judging FOLDER`."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from understudy.data.infer import infer
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.metrics import catalogue
from understudy.metrics.case import Case, case, judged
from understudy.metrics.measure import Measure
from understudy.runs.bench.job import FAKE, SCORES, Job, Made

Pick = Callable[[Measure], Any]


def _part(*names: str) -> Pick:
    """What stands in a measure's parts under these names, one within the other."""

    def pick(measure: Measure) -> Any:
        found: Any = measure.parts
        for name in names:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    return pick


def _value(measure: Measure) -> Any:
    return measure.value


def _ceiling(measure: Measure) -> Any:
    return measure.ceiling


SCORED: Mapping[str, tuple[str, Pick]] = MappingProxyType(
    {
        "shapes": ("fidelity.shapes", _part("full")),
        "pairs": ("fidelity.pairs", _part("full")),
        "c2st_train": ("fidelity.c2st_train", _value),
        "c2st_holdout": ("fidelity.c2st_holdout", _value),
        "c2st_real": ("fidelity.c2st_holdout", _ceiling),
        "tstr": ("utility.tstr", _value),
        "trtr": ("utility.tstr", _part("trtr")),
        "copies": ("privacy.copies", _value),
        "copies_real": ("privacy.copies", _ceiling),
        "distance_p5": ("privacy.distance_p5", _part("ratio", "value")),
        "distance_share": ("privacy.distance_share", _value),
    }
)
"""Figure, the metric it comes from, and where in its measure it stands."""


def main(folder: Path) -> None:
    """Leave the scores in the folder."""
    (folder / SCORES).write_text(json.dumps(scores(folder)), encoding="utf-8")


def scores(folder: Path) -> dict[str, float | None]:
    """Every figure of the judge, None where it cannot be computed."""
    given = before(Job.of(folder), Made.of(folder), pl.read_ipc(folder / FAKE))
    measures = {name: catalogue.get(name).on(given) for name in dict.fromkeys(name for name, _ in SCORED.values())}
    found = {figure: pick(measures[name]) for figure, (name, pick) in SCORED.items()}
    return {figure: None if value is None else float(value) for figure, value in found.items()}


def before(job: Job, made: Made, fake: pl.DataFrame) -> Case:
    """The case: the columns that a report would judge, of the target, the training part and the holdout."""
    train, holdout = job.parts()
    schema = infer(train)
    columns = [name for name in judged(schema) if name not in made.generated]
    kept = schema.keep([name for name in schema.names if name in columns or name == job.target])
    real, unseen = (parse(table, kept, strict=False) for table in (train, holdout))
    drawn = parse(Table(fake, train.source), kept, strict=False)
    return case(real, drawn, unseen, columns=columns, target=job.target, seed=job.seed)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
