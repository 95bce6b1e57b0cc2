"""The corpus: tables of all themes, each with rows, columns, names and constants of its own for every seed.

`python -m planted.corpus --seed 0 -o folder` from `benchmarks/` writes them as parquet and prints their rules.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from planted import measured, trade
from planted.planting import Planting
from planted.process import Process, Step

THEMES: dict[str, Callable[[Planting], None]] = {
    theme.__name__: theme
    for theme in (
        trade.orders, trade.loans, trade.payroll, trade.hotel, trade.ledger, trade.inventory, trade.bills,
        measured.houses, measured.patients, measured.sensors, measured.flights, measured.survey, measured.marks,
        measured.telecom, measured.machines, measured.stocks, measured.games, measured.cars, measured.parcels,
    )
}  # fmt: skip
EACH, WITHOUT = 3, 7
FEWEST, MOST, NARROW, WIDE = 300, 20_000, 5, 40
GAP_CHANCE, GAPPY = 0.4, 0.15


def corpus(seed: int) -> list[Process]:
    """The tables of a seed: three of each theme, and some without a rule."""
    themes = [*THEMES] * EACH + ["nothing"] * WITHOUT
    return [made(theme, (seed, place)) for place, theme in enumerate(themes)]


def made(theme: str, seed: tuple[int, int]) -> Process:
    """One table of a theme."""
    draw = np.random.default_rng([*seed, 0])
    rows = round(np.exp(draw.uniform(np.log(FEWEST), np.log(MOST))))
    sketch = Planting(f"{theme}-{seed[1]:02d}", rows, (*seed, 1))
    if theme == "nothing":
        sketch.distract(sketch.whole(NARROW, 18))
    else:
        THEMES[theme](sketch)
        spare = max(WIDE - len({step.column for step in sketch.steps}), 0)
        sketch.distract(min(spare, sketch.whole(0, 9) if sketch.may(0.8) else sketch.whole(10, 25)))
    _lose(sketch)
    return sketch.process()


def broad(rows: int = 100_000, columns: int = 50, seed: int = 0) -> Process:
    """A wide, long table of two themes and columns that obey nothing, to measure time on."""
    sketch = Planting("broad", rows, (seed, 99))
    trade.orders(sketch)
    measured.patients(sketch)
    while len(sketch.process().shown) < columns:
        sketch.distract(1)
    process = sketch.process()
    kept = [name for name in process.shown if name in sketch.settled]
    others = [name for name in process.shown if name not in sketch.settled]
    shown = (*kept, *others)[:columns]
    return Process(process.name, rows, process.seed, process.steps, process.rules, shown)


def _lose(sketch: Planting) -> None:
    """Cells of some columns go missing, in two tables of five; never in columns whose gaps are the rule."""
    if not sketch.may(GAP_CHANCE):
        return
    kinds = {"missing together", "missing exactly where", "exactly one", "unique together", "running total", "one-hot"}
    barred = {name for rule in sketch.rules if rule.kind in kinds for name in rule.columns}
    first: list[Step] = list(sketch.steps)
    numbers = [step.column for step in first if step.column not in sketch.hidden | barred]
    frame = sketch.process().draw(50, 0)
    for name in numbers:
        if sketch.may(GAPPY):
            numeric = [other for other in numbers if frame[other].dtype.is_numeric()]
            driver = sketch.one([None, name, sketch.one(numeric)]) if frame[name].dtype.is_numeric() else None
            sketch.gaps(name, driver, sketch.between(0.01, 0.2))


def main() -> int:
    """Write the tables of a seed as parquet, with their rules beside them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="tables whose name holds this")
    parser.add_argument("-o", "--out", type=Path, help="folder for the tables")
    asked = parser.parse_args()
    for process in corpus(asked.seed):
        if asked.only not in process.name:
            continue
        told = [f"  {rule.kind}: {rule.text}" + (f" (noise {rule.noise:.1%})" if rule.noise else "")
                for rule in process.rules]  # fmt: skip
        heading = f"{process.name}: {process.rows} rows x {len(process.shown)} columns"
        sys.stdout.write("\n".join([heading, *told]) + "\n")
        if asked.out is not None:
            asked.out.mkdir(parents=True, exist_ok=True)
            process.table().write_parquet(asked.out / f"{process.name}.parquet")
    return 0


if __name__ == "__main__":
    sys.exit(main())
