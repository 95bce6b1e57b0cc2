"""Large tables: ten million rows from disk, growth with rows and columns, a million rows drawn.

Every figure comes from a process of its own; the data are Adult's rows drawn again, numbers shaken, written in pieces.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
from measuring import ADULT, Ran, ran
from targets import Found

import understudy as us
from understudy.data.values import parse

ROWS = 10_000_000
PIECE = 500_000
MILLION = 1_000_000
REPEATS = 3
GB = 1e9
SHAKEN = {"age": 2, "fnlwgt": 5000, "hours_per_week": 2}
GROWN = {"trees": (100_000, 10), "boost": (20_000, 10)}
"""The smaller of two tables, rows and columns, by engine."""


def write(path: Path, rows: int, seed: int = 0) -> Path:
    """A parquet file of so many rows of 15 columns."""
    import pyarrow.parquet as parquet

    table = us.read(ADULT)
    frame = parse(table, us.infer(table)).frame
    rng = np.random.default_rng(seed)
    writer = None
    for start in range(0, rows, PIECE):
        some = frame[rng.integers(len(frame), size=min(PIECE, rows - start))]
        shaken = [
            (pl.col(name) + pl.Series(rng.integers(-most, most + 1, some.height))).clip(1)
            for name, most in SHAKEN.items()
        ]
        piece = some.with_columns(shaken).to_arrow()
        writer = writer or parquet.ParquetWriter(path, piece.schema)
        writer.write_table(piece)
    if writer:
        writer.close()
    return path


def large(rows: int = ROWS, engine: str = "trees") -> dict[str, Found]:
    """`us.fit` of a parquet file that is not held, and what was estimated."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "large.parquet", rows)
        done, said = _measured("fit", path, engine)
    expected = said["expected"]
    note = f"fit {said['seconds']:.0f} s of it; estimated {expected['seconds']:.0f} s, {expected['bytes'] / GB:.1f} GB"
    return {"large-fit": Found((done.seconds,), note=note), "large-peak": Found((done.peak / GB,), note=note)}


def growth(engine: str = "trees") -> dict[str, Found]:
    """Time and memory of a fit at ten times the rows, and at ten times the columns."""
    rows, columns = GROWN[engine]
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"small": (rows, columns), "rows": (10 * rows, columns), "columns": (rows, 10 * columns)}
        found = {}
        for name, (many, wide) in sizes.items():
            path = Path(folder) / f"{name}.parquet"
            ran([sys.executable, "wide.py", "--rows", many, "--columns", wide, "-o", path], cwd=Path(__file__).parent)
            found[name] = _measured("fit", path, engine)
    (small, first), base = found.pop("small"), "of the whole process"
    figures = {}
    for name, (done, said) in found.items():
        note = f"{first['seconds']:.1f} s to {said['seconds']:.1f} s"
        figures[f"{engine}-{name}-time"] = Found((said["seconds"] / first["seconds"],), note=note)
        note = f"{small.peak / GB:.2f} GB to {done.peak / GB:.2f} GB, {base}"
        figures[f"{engine}-{name}-peak"] = Found((done.peak / small.peak,), note=note)
    return figures


def million(engine: str = "trees") -> dict[str, Found]:
    """A million rows of Adult into memory, by four threads and by four processes, after a first call."""
    with tempfile.TemporaryDirectory() as folder:
        path = us.fit(us.read(ADULT), engine=engine, seed=0).save(Path(folder) / "adult.understudy")
        done, said = _measured("draw", path, engine)
    times = tuple(said["threads"])
    note = f"{MILLION / median(times):,.0f} rows/s; peak {done.peak / GB:.2f} GB"
    return {f"{engine}-million": Found(times, "median", note)}


def _measured(what: str, path: Path, engine: str) -> tuple[Ran, Mapping[str, Any]]:
    """A process that runs this file, and what it said."""
    out = path.with_suffix(".json")
    done = ran([sys.executable, __file__, what, path, engine], stdout=out)
    return done, json.loads(out.read_text(encoding="utf-8"))


def _fit(path: Path, engine: str) -> dict[str, Any]:
    table = us.read(ADULT)
    us.fit(table.take(np.arange(3000)), engine=engine)  # compiled code is loaded by a first fit that does not count
    expected = us.estimate(path, engine)
    begun = perf_counter()
    us.fit(path, engine=engine, seed=0)
    return {
        "seconds": perf_counter() - begun,
        "expected": {"seconds": expected.seconds, "bytes": expected.bytes},
    }


def _draw(path: Path, engine: str) -> dict[str, Any]:
    model = us.load(path)
    model.sample(100_000)
    times = []
    for seed in range(REPEATS):
        begun = perf_counter()
        model.sample(MILLION, seed=seed, workers=4)
        times.append(perf_counter() - begun)
    return {"threads": times}


if __name__ == "__main__":
    asked, place, name = sys.argv[1:]
    sys.stdout.write(json.dumps({"fit": _fit, "draw": _draw}[asked](Path(place), name)))
