"""A table of every kind of column, and the model learned from it once."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

import understudy as us
from understudy.models.model import TABLE, Model
from understudy.models.ruling import keeping
from understudy.plan.plan import ColumnPlan, Plan
from understudy.rules.constraints import read

ROWS = 4000


def staff(rows: int = ROWS, seed: int = 0) -> pl.DataFrame:
    """Sites, ages, pay by site, leave dates with gaps, a flag that depends on age, a key and a mail address."""
    rng = np.random.default_rng(seed)
    site = rng.choice(["north", "south", "east", "west"], rows, p=[0.5, 0.3, 0.15, 0.05])
    age = np.clip(rng.normal(40, 12, rows).astype(int), 18, 80)
    base = np.select([site == "north", site == "south"], [30_000, 40_000], 50_000)
    pay = (base * rng.lognormal(0, 0.2, rows)).round(2)
    left = pl.Series("left", (np.datetime64("2015-01-01") + rng.integers(0, 2000, rows)).astype("datetime64[D]"))
    return pl.DataFrame(
        {
            "key": [f"K-{number:06d}" for number in rng.permutation(rows)],
            "mail": [f"user{number}@example.org" for number in range(rows)],
            "site": site,
            "age": age,
            "pay": pay,
            "left": left.cast(pl.Date).set(pl.Series(rng.random(rows) < 0.3), None),
            "senior": rng.random(rows) < np.where(age > 45, 0.9, 0.1),
            "bonus": np.where(rng.random(rows) < 0.6, 0, rng.integers(1, 40, rows) * 250),
        }
    )


@pytest.fixture(scope="session")
def real() -> pl.DataFrame:
    return staff()


@pytest.fixture(scope="session")
def model(real: pl.DataFrame) -> Model:
    return us.fit(real, seed=0)


@pytest.fixture(scope="session")
def small() -> Model:
    """A model whose file is small."""
    frame = pl.DataFrame(
        {"a": [1, 2, 3] * 20, "d": [date(2020, 1, 1), date(2021, 1, 1)] * 30, "c": ["x", "y", None] * 20}
    )
    return us.fit(frame, Plan(columns={"a": ColumnPlan(says={"kind": "integer"})}))


def sworn(model: Model, frame: pl.DataFrame, *rules: Any) -> Model:
    """A model that has learned from all rows, held to rules that many of them break."""
    held = tuple(read(each).held(frame, 8) for each in rules)
    share, _ = keeping(replace(model.form, held=held), model.fitted[TABLE], 0)
    return replace(model, held=held, share=share)
