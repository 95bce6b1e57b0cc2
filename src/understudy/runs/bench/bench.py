"""A benchmark: data sets, engines and seeds measured alike, in an order that can be interrupted and taken up again."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from json import loads
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from understudy.data.files import read
from understudy.data.infer import infer
from understudy.data.split import split_rows
from understudy.data.values import parse
from understudy.engines import registry
from understudy.errors import ArgumentError, SourceDenied, UnknownColumn, WriteError, nearest
from understudy.execution.executors import cores, threads
from understudy.metrics.target import guess_target
from understudy.reports.bench_page import csv, page, plain
from understudy.reports.standings import Line, Standing, standings
from understudy.reports.writing import put
from understudy.runs.bench.apart import apart, machine
from understudy.runs.bench.job import SCORES, Job, Made
from understudy.runs.bench.ledger import Ledger

HOLDOUT = 0.2
LONG = 1_000_000
LINES = "lines.jsonl"
FILES: Mapping[str, str] = MappingProxyType({"figures": "bench.json", "table": "bench.csv", "page": "bench.html"})

Maker = Callable[[Job, Path], Made]
"""Does a job in a folder: leaves `fake.arrow` there and says what it took."""
OnProgress = Callable[[str, int, int], None]
OnLine = Callable[[Line], None]


@dataclass(frozen=True)
class Bench:
    """What was measured.

    Attributes:
        folder: where the files are.
        standings: means over seeds, of all that the folder's lines hold.
        lines: every line.
        files: path of each output by role: lines, figures, table, page.
    """

    folder: Path
    standings: tuple[Standing, ...]
    lines: tuple[Line, ...]
    files: Mapping[str, Path]


@dataclass(frozen=True)
class _Set:
    """A data set: a line of its own facts, without an engine."""

    path: str
    blank: Line


def bench(
    data: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str] = "bench",
    *,
    engines: Sequence[str] | None = None,
    makers: Mapping[str, Maker] | None = None,
    seeds: int | Sequence[int] = 3,
    targets: Sequence[str] = (),
    holdout: float = HOLDOUT,
    long: int = LONG,
    cap: float = 0,
    again: bool = False,
    judges: int | None = None,
    on_progress: OnProgress | None = None,
    on_line: OnLine | None = None,
) -> Bench:
    """Measure engines on data sets, each in a process of its own, one after the other, all by the same judge.

    Every finished line goes into `lines.jsonl` at once; what stands there already is not measured again. The table,
    the page and the figures are of all lines in the folder.

    Args:
        data: paths, each as `understudy.read` takes it.
        out: folder for the outputs, made if need be.
        engines: names of our engines; all of the catalogue where None.
        makers: others to be measured too, by name: each does a job and says what it took.
        seeds: how many, from 0 up, or which.
        targets: columns to be predicted; of each data set the first one that it has, guessed where it has none.
        holdout: share of rows set aside for the judge.
        long: rows of the long draw, 0 for none.
        cap: seconds of wall time that an engine of ours may take for one job, 0 for no cap.
        again: measure what is there already, too.
        judges: judges at work at the same time, while nothing is measured; one a core where None.
        on_progress: called with (stage, done, total).
        on_line: called with every line measured.

    Raises:
        ArgumentError: no data or engine, two data sets of one name, a number out of range, an output that is an input.
        UnknownEngine: there is no such engine.
        UnknownColumn: a target that no data set has.
        UnderstudyError: as reading, splitting and writing raise.
    """
    numbers = _seeds(seeds)
    _check(long, cap)
    known = registry.names() if engines is None else [registry.entry(name).name for name in engines]
    doers: dict[str, Maker] = {**dict.fromkeys(known, partial(learn, cap=cap)), **(makers or {})}
    if not doers:
        raise ArgumentError("no engine", hint="name one at least", field="engines")
    sets = _sets(data, targets, holdout, long)
    folder = _folder(Path(out), [each.path for each in sets])
    ledger = Ledger(folder / LINES)
    jobs = [(seed, each) for seed, each in product(numbers, sets)]
    waiting = [[line for line in _blanks(each, doers, seed) if again or not ledger.holds(line)] for seed, each in jobs]
    done, total = 0, sum(len(lines) for lines in waiting)
    at_once = cores() if judges is None else max(judges, 1)
    for (_, each), lines in zip(jobs, waiting, strict=True):
        for start in range(0, len(lines), at_once):
            for line in _measured(each.path, lines[start : start + at_once], doers, at_once):
                ledger.add(line)
                done += 1
                if on_line is not None:
                    on_line(line)
                if on_progress is not None:
                    on_progress("bench", done, total)
    return _written(folder, tuple(Ledger(ledger.path)))  # read anew: another process may have added its own


def _seeds(seeds: int | Sequence[int]) -> list[int]:
    numbers = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    if not numbers or min(numbers) < 0:
        raise ArgumentError(f"seeds is {seeds}", hint="use 1 or more", field="seeds")
    return list(dict.fromkeys(numbers))


def _check(long: int, cap: float) -> None:
    if long < 0:
        raise ArgumentError(f"long is {long}", hint="use 0 or more rows", field="long")
    if cap < 0:
        raise ArgumentError(f"cap is {cap}", hint="use 0 or more seconds", field="cap")


def _sets(data: Sequence[str | os.PathLike[str]], targets: Sequence[str], holdout: float, long: int) -> list[_Set]:
    """The data sets, with everything that could be wrong about them told before anything is measured."""
    from understudy import __version__

    if not data:
        raise ArgumentError("no data", hint="name one file at least", field="data")
    found: dict[str, _Set] = {}
    columns: list[str] = []
    for path in data:
        table = read(path)
        name = table.source.name
        if name in found:
            raise ArgumentError(f"two data sets are called '{name}'", hint="rename one of the files", field="data")
        split_rows(table, holdout, seed=0)
        target = next((each for each in targets if each in table.columns), None)
        if target is None:
            schema = infer(table)
            target = guess_target(schema, parse(table, schema, strict=False).frame)
        columns += table.columns
        size = {"rows": len(table), "columns": len(table.columns), "version": __version__, "machine": machine()}
        found[name] = _Set(str(path), Line(name, "", 0, target, holdout, long, **size))
    for target in targets:
        if target not in columns:
            raise UnknownColumn(f"no data set has a column '{target}'", hint=nearest(target, columns), field="target")
    return list(found.values())


def _folder(out: Path, paths: Sequence[str]) -> Path:
    """The output folder, made; none of its files is one of the data."""
    outputs = {(out / name).resolve() for name in (LINES, *FILES.values())}
    for path in paths:
        place = Path(path).expanduser().resolve()
        if place in outputs or place == out.resolve():
            hint = "choose another folder with --out"
            raise ArgumentError("outputs would be written over the data or among them", where=path, hint=hint)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except PermissionError as error:
        raise SourceDenied("the folder may not be made", where=str(out), hint="choose another folder") from error
    except OSError as error:
        raise WriteError("the folder cannot be made", where=str(out), hint="choose another") from error
    return out


def _blanks(data: _Set, doers: Mapping[str, Maker], seed: int) -> list[Line]:
    """Lines to be measured, still without figures."""
    return [replace(data.blank, engine=engine, seed=seed) for engine in doers]


def _measured(path: str, lines: Sequence[Line], doers: Mapping[str, Maker], judges: int) -> Iterator[Line]:
    """Lines with figures: made one after the other, then judged side by side."""
    with ExitStack() as stack:
        made: list[tuple[Line, Made, Path]] = []
        for line in lines:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="understudy-bench-")))
            job = Job(path, line.data, line.engine, line.seed, line.target, line.holdout, line.long)
            job.put(folder)
            found = doers[line.engine](job, folder)
            found.put(folder)
            made.append((line, found, folder))
        yield from threads(_judged, made, judges)


def learn(job: Job, folder: Path, cap: float = 0) -> Made:
    """One of our engines does a job, in a process of its own."""
    ended = apart([sys.executable, "-m", "understudy.runs.bench.learning", folder], cap=cap)
    if ended.failure:
        return Made(failed=ended.failure)
    made = Made.of(folder)
    return replace(made, figures={**made.figures, "peak": ended.peak})


def _judged(given: tuple[Line, Made, Path]) -> Line:
    """The line with the judge's scores, or with why there are none."""
    line, made, folder = given
    if made.failed:
        return replace(line, failed=made.failed)
    # one thread a learner is the judge's own rule; polars and BLAS are held to it too, for others judge beside it
    alone: dict[str, str] = dict.fromkeys(("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    ended = apart([sys.executable, "-m", "understudy.runs.bench.judging", folder], env=alone)
    if ended.failure:
        return replace(line, figures=made.figures, failed=f"not judged: {ended.failure}")
    scores: dict[str, Any] = loads((folder / SCORES).read_text(encoding="utf-8"))
    return replace(line, figures={**made.figures, **scores})


def _written(folder: Path, lines: tuple[Line, ...]) -> Bench:
    found = standings(lines)
    texts = {"figures": plain(found, lines), "table": csv(found), "page": page(found, lines)}
    for role, text in texts.items():
        put(folder / FILES[role], text)
    places = {"lines": folder / LINES, **{role: folder / name for role, name in FILES.items()}}
    return Bench(folder, found, lines, places)
