"""How close and how private the stand-in of Adult is: a fresh split, a fresh model and a fresh sample for each seed."""

from functools import cache
from statistics import mean
from typing import NamedTuple

import numpy as np
import polars as pl
from measuring import ADULT
from stand_in import FIRST_SEED
from targets import Found

import understudy as us
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.encoding.numeric import Numeric, to_ticks
from understudy.models.model import TABLE, Model

K = 8
DRAWN = 100_000


class Learned(NamedTuple):
    """The parts of a split, and the model of the first."""

    train: Table
    holdout: Table
    model: Model


@cache
def learned(seed: int) -> Learned:
    """Adult split nine to one, and the model of the larger part by `trees`."""
    train, holdout = us.split(us.read(ADULT), 0.1, seed=seed)
    return Learned(train, holdout, us.fit(train, engine="trees", seed=seed))


def scores(seeds: int) -> dict[str, Found]:
    """The judge's scores, as many synthetic rows as training rows."""
    found = [_scores(seed) for seed in range(FIRST_SEED, FIRST_SEED + seeds)]
    every = {name: [each[name] for each in found] for name in found[0]}
    notes = {
        "tstr": f"TSTR {mean(every['own']):.4f}, TRTR {mean(every['trtr']):.4f}",
        "copies": f"stand-in {mean(every['copied']):.4%}, holdout {mean(every['repeated']):.4%}",
    }
    names = ("shapes", "pairs", "c2st", "tstr", "copies", "p5")
    return {name: Found(tuple(every[name]), "mean", notes.get(name, "")) for name in names}


def _scores(seed: int) -> dict[str, float]:
    train, holdout, model = learned(seed)
    fake = model.sample(seed=seed)
    report = us.evaluate(
        train, fake, holdout=holdout, target="income", schema=model.schema, seed=seed, ledger=model.ledger
    )
    useful, copied, near = report["utility.tstr"], report["privacy.copies"], report["privacy.distance_p5"]
    return {
        "shapes": report["fidelity.shapes"].parts["full"],
        "pairs": report["fidelity.pairs"].parts["full"],
        "c2st": _known(report["fidelity.c2st_holdout"].value),
        "own": _known(useful.value),
        "trtr": useful.parts["trtr"],
        "tstr": _known(useful.value) - useful.parts["trtr"],
        "copied": _known(copied.value),
        "repeated": _known(copied.ceiling),
        "copies": _known(copied.value) - _known(copied.ceiling),
        "p5": _known(near.value) / _known(near.ceiling),
    }


def _known(value: float | None) -> float:
    return np.nan if value is None else value


def protection(seeds: int) -> dict[str, Found]:
    """What comes out of two columns in a long sample."""
    strays, zeros, lost, notes = [], [], [], []
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        train, _, model = learned(seed)
        real = parse(train, model.schema).frame
        fake = parse(model.sample(DRAWN, seed=seed), model.schema).frame
        new, stray = _strays(real["capital_gain"], fake["capital_gain"], model)
        strays.append(float(stray))
        notes.append(new)
        zeros.append(abs(_zeros(real["capital_gain"]) - _zeros(fake["capital_gain"])))
        lost.append(float(len(_carried(real["native_country"]) - set(fake["native_country"]))))
    grid = f"of {DRAWN} rows a seed; on the grid but not real: {max(notes)} values at most"
    return {
        "gain-values": Found(tuple(strays), "worst", grid),
        "gain-zeros": Found(tuple(zeros), "mean"),
        "countries": Found(tuple(lost), "worst", f"in {DRAWN} rows a seed"),
    }


def _strays(real: pl.Series, fake: pl.Series, model: Model) -> tuple[int, int]:
    """Distinct values that are not real, and how many of them stand on no learned grid either."""
    code = model.codebooks[TABLE].columns[real.name]
    assert isinstance(code, Numeric)
    assert code.cells is not None
    new = fake.drop_nulls().unique().filter(~fake.drop_nulls().unique().is_in(real.unique().implode())).to_numpy()
    if not len(new) or code.decimals is None:
        return len(new), len(new)
    ticks = to_ticks(new, code.decimals, code.unit)
    exact = np.isclose(ticks * code.unit / 10.0**code.decimals, new)
    wide = code.cells.low < code.cells.high
    inside = (code.cells.low[wide, None] <= ticks) & (ticks <= code.cells.high[wide, None])
    return len(new), int((~(exact & inside.any(axis=0))).sum())


def _zeros(values: pl.Series) -> float:
    return float((values == 0).mean() or 0.0)


def _carried(values: pl.Series) -> set[str]:
    """Categories that k rows or more carry."""
    counts = values.drop_nulls().value_counts(name="rows")
    return set(counts.filter(pl.col("rows") >= K)[values.name])
