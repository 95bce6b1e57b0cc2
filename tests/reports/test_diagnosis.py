"""Diagnoses: each fault planted is named, and nothing else."""

import numpy as np
import polars as pl
import pytest

from understudy.data.schema import Column, Schema
from understudy.data.table import Source, Table
from understudy.reports.associations import associations
from understudy.reports.diagnosis import Diagnosis, diagnoses

SCHEMA = Schema((Column("age", "integer"), Column("gain", "decimal"), Column("job", "categorical")))
NAMES = ["age", "gain", "job"]


def sample(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.integers(17, 90, rows)
    gain = np.where(rng.random(rows) < 0.5, 0.0, np.exp(rng.normal(size=rows)) * age)
    job = np.array(["clerk", "cook", "guard"])[np.clip(age // 25 - 1 + (rng.random(rows) < 0.1), 0, 2)]
    lost = rng.random(rows) < 0.1
    frame = pl.DataFrame({"age": age, "gain": gain, "job": job})
    return frame.with_columns(pl.when(pl.Series(lost)).then(None).otherwise(pl.col("job")).alias("job"))


def found(other: pl.DataFrame, rows: int = 6_000) -> list[Diagnosis]:
    ours, theirs = (Table(frame, Source(), SCHEMA) for frame in (sample(rows, 0), other))
    bonds = associations(ours.frame, theirs.frame, NAMES)
    return list(diagnoses(ours, theirs, NAMES, (NAMES, *bonds), 8))


@pytest.mark.parametrize("seed", range(1, 9))
def test_another_real_sample_has_no_fault(seed: int) -> None:
    assert found(sample(6_000, seed)) == []


FAULTS = {
    "tail": (pl.col("gain").clip(upper_bound=300.0), "gain", "beyond 99.5 % of the real values is missing"),
    "share": (pl.when(pl.col("age") % 5 == 0).then(1.0).otherwise(pl.col("gain")), "gain", "the share of 0 is"),
    "missing": (pl.col("job").fill_null("cook"), "job", "the share of missing cells is 1"),
    "level": (pl.col("job").replace("guard", "cook"), "job", "1 level with"),
    "shift": (pl.col("age") + 20, "age", "shifted up"),
    "spread": ((pl.col("age") - 53) * 2 + 53, "age", "is wider by"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_planted_fault_is_named(kind: str) -> None:
    change, column, said = FAULTS[kind]
    told = [each for each in found(sample(6_000, 1).with_columns(change.alias(column))) if each.kind == kind]
    assert [each.columns[0] for each in told] == [column]
    assert said in told[0].text
    assert told[0].advice


def test_a_bond_that_is_lost_is_named() -> None:
    told = found(sample(6_000, 1).with_columns(pl.col("age").shuffle(seed=1)))
    assert ("lost", ("age", "job")) in [(each.kind, each.columns) for each in told]
    assert "goes with 'job' in the real data, not here" in told[0].text


def test_the_largest_comes_first_and_nothing_raises_on_the_smallest_tables() -> None:
    told = found(sample(6_000, 1).with_columns(pl.col("age").shuffle(seed=1), pl.col("gain") * 0))
    sizes = [each.size for each in told]
    assert sizes == sorted(sizes, reverse=True)
    for rows in (1, 2, 30):
        found(sample(rows, 2), rows)


def test_a_rare_level_is_not_named() -> None:
    rare = sample(6_000, 0).with_columns(
        pl.when(pl.int_range(6_000) < 5).then(pl.lit("pope")).otherwise("job").alias("job")
    )
    ours, theirs = (Table(frame, Source(), SCHEMA) for frame in (rare, sample(6_000, 1)))
    told = diagnoses(ours, theirs, NAMES, ([], (), ()), 8)
    assert "pope" not in str(told)
