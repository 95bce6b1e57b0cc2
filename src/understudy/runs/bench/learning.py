"""The measured process: learns and draws as a job says; `python -m understudy.runs.bench.learning FOLDER`."""

import sys
from pathlib import Path
from time import perf_counter, process_time

import polars as pl

from understudy.data.table import Table
from understudy.errors import UnderstudyError
from understudy.models.fitting import fit
from understudy.models.model import Model
from understudy.reports.tables import named
from understudy.runs.bench.job import FAKE, Job, Made

WARM = 2_000


def main(folder: Path) -> None:
    """Leave what was made in the folder, or why nothing was."""
    try:
        made = learned(Job.of(folder), folder)
    except UnderstudyError as error:
        made = Made(failed=str(error))
    made.put(folder)


def learned(job: Job, folder: Path) -> Made:
    """Learn the training part and draw as many rows, then the long draw, whose rows are not held.

    Compiled code is loaded beforehand by a fit of the first 2 000 rows that does not count. `encode` is the time until
    the rows are codes, `fit` the rest of learning; `cpu` counts the processor seconds of all threads for learning and
    drawing as many rows as were learned.
    """
    train, _ = job.parts()
    _warm(train, job)
    encoded: list[float] = []

    def listen(stage: str, done: int, total: int) -> None:
        if stage == "encode" and done == total:
            encoded.append(perf_counter())

    begun, spent = perf_counter(), process_time()
    model = fit(train, engine=job.engine, seed=job.seed, on_progress=listen)
    fitted = perf_counter()
    frames = list(model.stream(len(train), seed=job.seed))
    drawn = perf_counter()
    figures = {"encode": encoded[0] - begun, "fit": fitted - encoded[0], "sample": drawn - fitted}
    figures |= {"cpu": process_time() - spent, "size": float(_size(model, folder))}
    pl.concat(frames).write_ipc(folder / FAKE)
    del frames
    if job.long:
        figures["long"] = _long(model, job)
    return Made(figures, tuple(sorted(named(model.ledger, "generated"))))


def _warm(train: Table, job: Job) -> None:
    few = train.take(slice(0, WARM))
    fit(few, engine=job.engine, seed=job.seed).sample(min(len(few), WARM), seed=job.seed)


def _size(model: Model, folder: Path) -> int:
    """Bytes of the model's file."""
    path = folder / "model.understudy"
    model.save(path)
    return path.stat().st_size


def _long(model: Model, job: Job) -> float:
    """Seconds of a draw whose shards are let go as they come."""
    begun = perf_counter()
    for _ in model.stream(job.long, seed=job.seed):
        pass
    return perf_counter() - begun


if __name__ == "__main__":
    main(Path(sys.argv[1]))
