"""One job of a benchmark: an engine, a table, a seed; and what was made of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from understudy.data.files import read
from understudy.data.split import split_rows
from understudy.data.table import Table

JOB, MADE, FAKE, SCORES = "job.json", "made.json", "fake.arrow", "scores.json"


@dataclass(frozen=True)
class Job:
    """What is to be measured.

    Attributes:
        path: of the data, as `understudy.read` takes it.
        data: name of the data set.
        engine: name of the engine.
        seed: of the split, the model and the sample.
        target: the column that the judge predicts, None for none.
        holdout: share of rows set aside for the judge.
        long: rows of the long draw, 0 for none.
    """

    path: str
    data: str
    engine: str
    seed: int
    target: str | None
    holdout: float
    long: int

    def parts(self) -> tuple[Table, Table]:
        """The rows to learn from, and the judge's; the same for every engine."""
        table = read(self.path)
        ours, judges = split_rows(table, self.holdout, seed=self.seed)
        return table.take(ours), table.take(judges)

    def put(self, folder: Path) -> None:
        """Write the job into a folder."""
        (folder / JOB).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def of(cls, folder: Path) -> "Job":
        """The job in a folder."""
        return cls(**json.loads((folder / JOB).read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Made:
    """What an engine made; its rows lie in the job's folder as `fake.arrow`, a polars frame.

    Attributes:
        figures: times in seconds, sizes in bytes.
        generated: columns whose values were invented afresh, which are not judged.
        failed: why there are no rows, "" where there are.
    """

    figures: Mapping[str, float | None] = field(default_factory=dict)
    generated: tuple[str, ...] = ()
    failed: str = ""

    def put(self, folder: Path) -> None:
        """Write it into the job's folder."""
        (folder / MADE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def of(cls, folder: Path) -> "Made":
        """What lies in a job's folder."""
        known = json.loads((folder / MADE).read_text(encoding="utf-8"))
        return cls(known["figures"], tuple(known["generated"]), known["failed"])
