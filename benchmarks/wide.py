"""A wide table of mixed columns, made from a few latent factors, and what the judge says of its stand-in.

No real data in it: every row is a draw of eight latent factors, every column a nonlinear function of two to four of
them with noise of its own, brought to one of several shapes. `python benchmarks/wide.py -o wide.parquet` writes it.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl
from measuring import ROOT
from numpy.random import Generator
from numpy.typing import NDArray

import understudy as us
from understudy.data.table import Source, Table
from understudy.reports.summary import Report

ROWS, COLUMNS, FACTORS, SEED = 10_000, 100, 8, 1
TARGET = "outcome"
NUMERIC_SHARE = 0.6
MISSING_SHARE = 0.15
STEEPNESS = 30.0
LETTERS = "ABCDEFGHIJKLMNOPQRST"
Values = NDArray[np.float64]


def generate(rows: int = ROWS, columns: int = COLUMNS, seed: int = SEED) -> pl.DataFrame:
    """The table: six columns in ten numeric, the others categories of 2 to 20 levels, the last one a binary target.

    The functions hang on the seed alone, so that tables of other lengths are of the same population.
    """
    plan, draw = (np.random.default_rng([seed, part]) for part in (0, 1))
    factors = draw.standard_normal((FACTORS, rows))
    numeric = round(NUMERIC_SHARE * columns)
    shapes = list(SHAPES)
    made: dict[str, pl.Series] = {}
    for place in range(columns - 1):
        shape = shapes[place % len(shapes)] if place < numeric else "levels"
        name = f"{shape}_{place + 1:03d}"
        make = SHAPES.get(shape, _levels)
        values = make(_score(factors, plan, draw), factors, plan, draw)
        made[name] = _gaps(pl.Series(name, values), factors, plan, draw)
    made[TARGET] = pl.Series(TARGET, np.where(_outcome(factors, draw), "yes", "no"))
    return pl.DataFrame(list(made.values()))


def _score(factors: Values, plan: Generator, draw: Generator) -> Values:
    """A nonlinear function of two to four factors with noise, of mean 0 and deviation 1."""
    used = factors[plan.choice(FACTORS, plan.integers(2, 5), replace=False)]
    weights = plan.normal(0, 1, len(used))
    bent = [FORMS[plan.integers(len(FORMS))](each) for each in used]
    mixed = sum(weight * each for weight, each in zip(weights, bent, strict=True))
    told = _standard(used[0] + 0.3 * used[0] * used[1] + mixed)
    share = plan.uniform(0.7, 0.98)
    return np.sqrt(share) * told + np.sqrt(1 - share) * draw.standard_normal(factors.shape[1])


FORMS: tuple[Callable[[Values], Values], ...] = (
    lambda z: z,
    lambda z: np.tanh(2 * z),
    lambda z: np.sin(2 * z),
    lambda z: z * z - 1,
    lambda z: np.maximum(z, 0),
)


def _standard(values: Values) -> Values:
    return (values - values.mean()) / max(float(values.std()), 1e-9)


def _normal(score: Values, _: Values, plan: Generator, draw: Generator) -> Values:
    return np.round(plan.uniform(-50, 200) + plan.uniform(1, 40) * score, int(plan.integers(1, 4)))


def _lognormal(score: Values, _: Values, plan: Generator, draw: Generator) -> Values:
    return np.round(np.exp(plan.uniform(1, 6) + plan.uniform(0.4, 1.1) * score), 2)


def _zeros(score: Values, factors: Values, plan: Generator, draw: Generator) -> Values:
    empty = _score(factors, plan, draw) < plan.uniform(-0.5, 1.2)
    return np.where(empty, 0.0, np.round(np.exp(plan.uniform(2, 7) + 0.8 * score), 2))


def _counts(score: Values, _: Values, plan: Generator, draw: Generator) -> NDArray[np.int64]:
    return draw.poisson(np.exp(np.minimum(plan.uniform(0, 3) + 0.7 * score, 9.0)))


def _whole(score: Values, _: Values, plan: Generator, draw: Generator) -> NDArray[np.int64]:
    low, high = int(plan.integers(0, 20)), int(plan.integers(60, 100))
    return np.clip(np.rint((low + high) / 2 + plan.uniform(8, 20) * score), low, high).astype(np.int64)


SHAPES: Mapping[str, Callable[..., NDArray]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "zeros": _zeros,
    "counts": _counts,
    "whole": _whole,
}


def _levels(score: Values, _: Values, plan: Generator, draw: Generator) -> NDArray[np.str_]:
    """Two to twenty levels of unlike frequency: the score cut in pieces, their names in no order."""
    many = int(plan.integers(2, 21))
    ends = np.cumsum(plan.dirichlet(np.full(many, 1.5)))[:-1]
    cuts = _quantiles(ends)
    names = np.array([f"level {LETTERS[each]}" for each in plan.permutation(many)])
    return names[np.searchsorted(cuts, score)]


def _quantiles(shares: Values) -> Values:
    """Of the normal distribution."""
    from scipy.stats import norm

    return norm.ppf(np.clip(shares, 1e-6, 1 - 1e-6))


def _gaps(values: pl.Series, factors: Values, plan: Generator, draw: Generator) -> pl.Series:
    """Some columns lack values, the more often the higher one of the factors is."""
    has, share, factor = plan.random() < MISSING_SHARE, plan.uniform(0.02, 0.2), plan.integers(FACTORS)
    chance = np.clip(2 * share / (1 + np.exp(-2 * factors[factor])), 0, 1)
    gone = draw.random(len(values)) < chance
    return values.set(pl.Series(gone), None) if has else values


def _outcome(factors: Values, draw: Generator) -> NDArray[np.bool_]:
    """Told by six of the factors, the first one most, with bends and a product; 30 % are true."""
    told = factors[0] + 0.2 * np.tanh(1.5 * factors[1]) - 0.1 * factors[2] + 0.1 * factors[3] * factors[4]
    told = _standard(told + 0.2 * np.maximum(factors[5], 0))
    return draw.random(len(told)) < 1 / (1 + np.exp(-STEEPNESS * (told - 0.5)))


def judged(engine: str = "trees", seed: int = 0, rows: int = ROWS, columns: int = COLUMNS) -> tuple[Report, float]:
    """The judge's report on a stand-in of nine tenths of the table, and the seconds that learning took."""
    table = Table(generate(rows, columns), Source("wide", kind="table"))
    train, holdout = us.split(table, 0.1, seed=seed)
    begun = perf_counter()
    model = us.fit(train, engine=engine, seed=seed)
    spent = perf_counter() - begun
    fake = model.sample(seed=seed)
    report = us.evaluate(
        train, fake, holdout=holdout, target=TARGET, schema=model.schema, seed=seed, ledger=model.ledger
    )
    return report, spent


def main() -> int:
    """Write the table, or judge an engine on it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--columns", type=int, default=COLUMNS)
    parser.add_argument("--seed", type=int, default=SEED, help="of the table; of split and model where it is judged")
    parser.add_argument("--engine", help="judge this engine on the table")
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "wide.parquet", help="file for the table")
    asked = parser.parse_args()
    if asked.engine is None:
        us.write(generate(asked.rows, asked.columns, asked.seed), asked.out)
        sys.stdout.write(f"{asked.out}\n")
        return 0
    report, spent = judged(asked.engine, asked.seed, asked.rows, asked.columns)
    useful = report["utility.tstr"]
    found = {name: report[name].value for name in ("fidelity.shapes", "fidelity.pairs", "fidelity.c2st_holdout")}
    found |= {"tstr": useful.value, "trtr": useful.parts["trtr"], "fit seconds": spent}
    sys.stdout.write("".join(f"{name}: {value:.4f}\n" for name, value in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
