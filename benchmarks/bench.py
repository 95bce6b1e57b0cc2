"""A quick table of our engines over small real tables; `make bench`.

Writes nothing unless `--out` names a file.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import polars as pl
from measuring import ADULT, SHARED, Stopwatch, machine

import understudy as us
from understudy.data.embedded import hotels_path
from understudy.data.table import Source, Table
from understudy.engines import registry
from understudy.metrics import catalogue
from understudy.metrics.case import case, judged
from understudy.reports.tables import named, prepared

HOUSING = SHARED / "california_housing" / "housing.csv.gz"
BUNDLED = {"breast_cancer": "target", "wine": "target", "diabetes": "target"}
METRICS = ("fidelity.c2st_holdout", "utility.tstr", "privacy.copies", "privacy.distance_p5")
HEADS = ("table", "rows", "columns", "engine", "encode s", "fit s", "sample s")
HEADS += ("C2ST", "TSTR", "TRTR", "copies %", "holdout %", "p5 ratio")


def main() -> int:
    """Measure and print."""
    asked = _asked()
    begun, lines = perf_counter(), []
    for name, table, target in _tables():
        if asked.tables and name not in asked.tables:
            continue
        for engine in asked.engines:
            lines.append(_line(name, table, target, engine, asked.seed))
            sys.stderr.write(f"{name}, {engine}: {perf_counter() - begun:.0f} s\n")
    page = _page(lines)
    sys.stdout.write(page)
    if asked.out is not None:
        plain = {**machine(), "seed": asked.seed, "lines": [dict(zip(HEADS, line, strict=True)) for line in lines]}
        asked.out.write_text(
            json.dumps(plain, indent=1) + "\n" if asked.out.suffix == ".json" else page, encoding="utf-8"
        )
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engines", nargs="+", default=registry.names(), choices=registry.names())
    parser.add_argument("--tables", nargs="+", help="only these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file for the table (.md) or the figures (.json)")
    return parser.parse_args()


def _tables() -> Iterator[tuple[str, Table, str]]:
    """Name, rows and target of every table that this machine has."""
    yield "hotels", us.read(hotels_path()), "room_rate"
    for name, target in BUNDLED.items():
        yield name, _bundled(name, target), target
    if HOUSING.exists():
        yield "california_housing", us.read(HOUSING), "median_house_value"
    if ADULT.exists():
        yield "adult", us.read(ADULT), "income"


def _bundled(name: str, target: str) -> Table:
    """A table that scikit-learn carries."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    columns = [str(each) for each in bunch.feature_names]
    frame = pl.DataFrame(bunch.data, schema=columns).with_columns(pl.Series(target, bunch.target))
    return Table(frame, Source(name, kind="table"))


def _line(name: str, table: Table, target: str, engine: str, seed: int) -> tuple:
    """One engine on one table; its compiled code is loaded by a first fit that does not count."""
    watch = Stopwatch()
    train, holdout = us.split(table, seed=seed)
    us.fit(train, engine=engine, seed=seed).sample(seed=seed)
    model = us.fit(train, engine=engine, seed=seed, on_progress=watch.on_progress)
    with watch.time("sample"):
        fake = model.sample(seed=seed)
    detected, useful, copied, near = _measures(train, fake, holdout, model, target, seed)
    times = (watch.seconds[each] for each in ("encode", "fit", "sample"))
    ratio = near.value / near.ceiling if near.value is not None and near.ceiling else None
    shares = (None if each is None else 100 * each for each in (copied.value, copied.ceiling))
    scores = (detected.value, useful.value, useful.parts.get("trtr"), *shares, ratio)
    return (name, len(table), len(table.columns), engine, *times, *scores)


def _measures(train: Table, fake: Table, holdout: Table, model: us.Model, target: str, seed: int) -> tuple:
    """The scores shown, of the columns that a report would judge."""
    entries = model.ledger
    tables = prepared(train, fake, holdout, model.schema, dropped=named(entries, "dropped"))
    generated = named(entries, "generated")
    columns = [each for each in judged(tables.schema) if each not in generated]
    given = case(tables.real, tables.synthetic, tables.holdout, columns=columns, target=target, seed=seed)
    return tuple(catalogue.get(each).on(given) for each in METRICS)


def _page(lines: Sequence[tuple]) -> str:
    """The table as Markdown, its columns aligned."""
    cells = [HEADS, *(tuple(_cell(each) for each in line) for line in lines)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(HEADS))]
    cells.insert(1, tuple("-" * width for width in widths))
    rows = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "".join(f"| {row} |\n" for row in rows)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
