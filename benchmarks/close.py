"""How close the default engine's stand-ins come, on public tables and on a wide one; a fresh split for each seed."""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from time import perf_counter, process_time
from typing import Any

import judges
import wide
from measuring import interval, ran
from stand_in import FIRST_SEED, StandIn, figures, of_set, stand_in, stand_ins
from targets import Found

import understudy as us
from understudy.data.table import Source, Table
from understudy.metrics.case import Case

SEEDS = range(FIRST_SEED, FIRST_SEED + 5)
REPEATS = 3
CLOSE = ("c2st_holdout", "pairs", "tstr", "trtr", "copies", "copies_real", "distance_p5")
WIDE = ("c2st_train", "c2st_holdout", "tstr", "trtr")
WIDE_HOLDOUT = 0.2


def public(data: str, *, qa: bool = False, engine: str = "boost", draws: int = 1) -> dict[str, Found]:
    """The judge's figures on a public table, mean of so many stand-ins a model, and mostlyai-qa's overall accuracy."""
    short = data.partition("_")[0]
    made = [of_set(data, engine, seed) for seed in SEEDS]
    found = [_averaged([judged(case) for case in stand_ins(each, draws)]) for each in made]
    if qa:
        found = [{**each, "qa": _qa(one)} for each, one in zip(found, made, strict=True)]
    return {f"{short}-{name}": each for name, each in over_seeds(found).items()}


def _averaged(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: mean(each[name] for each in found) for name in found[0]}


def judged(case: Case) -> dict[str, float]:
    """The figures of one stand-in."""
    found = figures(case, CLOSE)
    return {**found, "copies": found["copies"] - found["copies_real"]}


def over_seeds(found: Sequence[Mapping[str, float]]) -> dict[str, Found]:
    """Figures that are held against a target, one value a seed, with what helps to read them."""
    every = {name: tuple(each[name] for each in found) for name in found[0]}
    notes = {}
    if "trtr" in every:
        real = every.pop("trtr")
        apart = [own - theirs for own, theirs in zip(every["tstr"], real, strict=True)]
        low, high = interval(apart)
        notes["tstr"] = f"trained on the real rows {mean(real):.4f}, apart {mean(apart):.4f} ({low:.4f} to {high:.4f})"
    if "copies_real" in every:
        notes["copies"] = f"the holdout's share {mean(every.pop('copies_real')):.4%}"
    return {name: Found(values, "mean", notes.get(name, "")) for name, values in every.items()}


def _qa(made: StandIn) -> float:
    return judges.qa(made.train, made.fake, schema=made.model.schema)


def broad() -> dict[str, Found]:
    """A hundred mixed columns: seconds of both engines, closeness of the default one."""
    found = {f"wide-{engine}-seconds": broad_time(engine) for engine in ("trees", "boost")}
    rows = round(wide.ROWS / (1 - WIDE_HOLDOUT))
    table = Table(wide.generate(rows), Source("wide", kind="table"))
    made = (stand_in(table, "boost", seed, wide.TARGET, WIDE_HOLDOUT).case for seed in SEEDS)
    scores = over_seeds([figures(each, WIDE) for each in made])
    return found | {f"wide-{name}": each for name, each in scores.items()}


def broad_time(engine: str) -> Found:
    """Wall seconds of fit and sample of 10 000 rows, in a process that has done both before."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said.json"
        ran([sys.executable, __file__, engine], stdout=said)
        times = json.loads(said.read_text(encoding="utf-8"))
    fits, draws, spent = (mean(each[place] for each in times) for place in range(3))
    note = f"warm process; on average fit {fits:.2f} s, sample {draws:.2f} s, processor {spent:.2f} s"
    return Found(tuple(fit + draw for fit, draw, _ in times), "median", note)


def _times(engine: str, rows: int = wide.ROWS, columns: int = wide.COLUMNS) -> list[tuple[float, float, float]]:
    """Wall seconds of fit and of sample, and processor seconds of both, the first time left out."""
    frame, times = wide.generate(rows, columns), []
    for seed in range(1 + REPEATS):
        begun, spent = perf_counter(), process_time()
        model: Any = us.fit(frame, engine=engine, seed=seed)
        fitted = perf_counter()
        model.sample(seed=seed)
        times.append((fitted - begun, perf_counter() - fitted, process_time() - spent))
    return times[1:]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_times(sys.argv[1])))
