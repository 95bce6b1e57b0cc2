"""The judge measured: its time and memory, and what it says of stand-ins whose quality is known."""

import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import fmean
from time import perf_counter

import fidelity_truth
import numpy as np
import polars as pl
from measuring import ADULT, ran, understudy
from targets import Found
from targets_judge import DOSES

import understudy as us
from understudy.data.infer import infer
from understudy.data.table import Source, Table
from understudy.data.values import parse
from understudy.metrics.case import case
from understudy.metrics.catalogue import metrics
from understudy.metrics.disclosure import wilson
from understudy.metrics.measure import Measure
from understudy.plan.thresholds import USUAL
from understudy.reports.risk import Risk, is_attack, risk

SHARE, SEEDS, ROWS, HELD = 0.1, 20, 4_000, 2_000
HONEST = 100
MILLION = 1_000_000
TARGET, PROTECTED = "income", "sex"


def speed() -> dict[str, Found]:
    """Wall seconds and memory of the command, from files; the million in this process."""
    train, holdout = us.split(us.read(ADULT), SHARE, seed=0)
    model = us.fit(train, engine="trees")
    with tempfile.TemporaryDirectory() as folder:
        places = {name: Path(folder) / f"{name}.csv" for name in ("real", "synthetic", "holdout")}
        for name, table in (("real", train), ("synthetic", model.sample(seed=0)), ("holdout", holdout)):
            us.write(table, places[name])
        files = [word for name, path in places.items() for word in (f"--{name}", path)]
        command = [understudy(), "evaluate", *files, "-t", TARGET, "--protected", PROTECTED, "--quiet"]
        whole = ran([*command, "--out", Path(folder) / "r.html"])
        quick = [ran([*command, "--quick", "--out", Path(folder) / "q.html"]).seconds for _ in range(3)]
    real, fake = (_frame(model.sample(rows, seed=seed)) for seed, rows in ((1, MILLION + MILLION // 10), (2, MILLION)))
    begun = perf_counter()
    us.evaluate(real[:MILLION], fake, holdout=real[MILLION:], target=TARGET, protected=PROTECTED)
    return {
        "judge-seconds": Found((whole.seconds,), note="start and reading with it"),
        "judge-peak": Found((whole.peak / 1e9,)),
        "judge-quick": Found(tuple(quick), "median"),
        "judge-million": Found((perf_counter() - begun,), note="holdout of 100 000 rows"),
    }


def _frame(drawn: Table | pl.DataFrame) -> pl.DataFrame:
    return drawn.frame if isinstance(drawn, Table) else drawn


def truth() -> dict[str, Found]:
    """Verdicts on honest stand-ins and on those with a known share of copies; the order of known stand-ins."""
    dosed = {dose: list(_dosed(dose, SEEDS, quick=True)) for dose in DOSES}
    caught = [each.word == "unsafe" for dose in DOSES for _, each in dosed[dose]]
    found = honest() | {"truth-caught": _share(caught)}
    for dose in DOSES:
        won = fmean(each["privacy.membership_distance"].value or 0.0 for each, _ in dosed[dose])
        found[f"truth-dose-{round(100 * dose)}"] = Found((abs(won - dose),), note=f"{won:.4f}, mean of {SEEDS}")
    lost = fidelity_truth.broken(fidelity_truth.orders(SEEDS, _adult, _typed, _trees, ROWS))
    found["truth-orders"] = Found((float(len(lost)),), note="; ".join(map(str, lost)))
    bootstrap, holdout = fidelity_truth.nulls(SEEDS, _adult, _typed)
    return found | {"truth-bootstrap": Found((bootstrap,)), "truth-holdout": Found((holdout,))}


def honest(tables: int = HONEST) -> dict[str, Found]:
    """Verdicts where the stand-in is real rows never seen: every significant attack is a false alarm."""
    told = [each for _, each in _dosed(0.0, tables)]
    return {
        "truth-flagged": _share([each.word == "unsafe" for each in told]),
        "truth-level": _share([min(each.corrected.values()) < USUAL.alpha for each in told], end=True),
        "truth-safe": _share([each.word == "safe" for each in told]),
    }


def _share(told: list[bool], *, end: bool = False) -> Found:
    """A share with its interval; the lower end of that in its place where `end` says so."""
    share, low, high = wilson(sum(told), len(told))
    note = f"{sum(told)} of {len(told)}: 95 % interval {low:.3f} to {high:.3f}"
    return Found((low if end else share,), note=note)


def _dosed(dose: float, tables: int, *, quick: bool = False) -> Iterator[tuple[dict[str, Measure], Risk]]:
    """Attacks and their verdict where a share of the stand-in is training rows and the rest real rows never seen."""
    for seed in range(tables):
        frame = _adult(2 * ROWS + HELD, seed)
        train, fresh, holdout = frame[:ROWS], frame[ROWS : 2 * ROWS], frame[2 * ROWS :]
        copies = round(dose * ROWS)
        fake = pl.concat([train.sample(copies, seed=seed), fresh[copies:]])
        given = case(_typed(train), _typed(fake), _typed(holdout), target=TARGET, seed=seed, quick=quick)
        measures = {each.name: each.on(given) for each in metrics() if each.name.startswith("privacy.")}
        known = {name: each for name, each in measures.items() if each.value is not None}
        yield {name: each for name, each in known.items() if is_attack(each)}, risk(known, USUAL)


def _adult(rows: int, seed: int) -> pl.DataFrame:
    """Rows of Adult, drawn without replacement, typed."""
    frame = _whole().frame
    return frame[np.random.default_rng(seed).permutation(frame.height)[:rows]]


@cache
def _whole() -> Table:
    raw = us.read(ADULT)
    return parse(raw, infer(raw))


def _typed(frame: pl.DataFrame) -> Table:
    return Table(frame, Source(), _whole().typed)


def _trees(train: Table, seed: int) -> pl.DataFrame:
    return _frame(us.fit(train.frame, engine="trees", seed=seed).sample(seed=seed)).cast(dict(train.frame.schema))


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}: {each}\n" for name, each in truth().items()))
