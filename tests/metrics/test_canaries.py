"""Canaries: a memoriser gives them away, an honest sampler does not."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.canaries import canaries

MakeTable = Callable[..., Table]


def memoriser(table: Table, seed: int) -> Table:
    return table.take(np.random.default_rng(seed).integers(len(table), size=len(table)))


def honest(table: Table, seed: int) -> Table:
    """Normal columns, independent: nothing of a single row is kept."""
    rng = np.random.default_rng(seed)
    columns = {
        name: rng.normal(table.frame[name].mean(), table.frame[name].std(), len(table)) for name in table.columns
    }
    return Table(pl.DataFrame(columns), table.source, table.schema)


def normal(rows: int, seed: int) -> pl.DataFrame:
    values = np.random.default_rng(seed).normal(size=(rows, 4))
    return pl.DataFrame({f"n{i}": values[:, i] + values[:, 0] for i in range(4)})


def test_a_memoriser_is_caught(table: MakeTable) -> None:
    """Of rows drawn with replacement 63 % come out, and a copy is nearer than any other row."""
    found = canaries(table(normal(400, 0)), memoriser)
    assert found.value == pytest.approx(1 - np.exp(-1), abs=0.12)
    assert found.parts["p"] < 1e-6
    assert (found.parts["canaries"], found.parts["rounds"], found.parts["trials"]) == (40, 4, 80)


def test_an_honest_sampler_is_not(table: MakeTable) -> None:
    found = [canaries(table(normal(200, seed)), honest, count=20, rounds=2, seed=seed) for seed in range(25)]
    assert np.mean([each.value for each in found]) == pytest.approx(0, abs=0.08)
    assert np.mean([each.parts["p"] < 0.05 for each in found]) <= 0.16


def test_canaries_in_and_out_are_as_many(table: MakeTable, people: Callable[[int, int], pl.DataFrame]) -> None:
    """Kinds, names and missing cells are as in the table, and every canary is planted in one of two rounds."""
    seen: list[pl.DataFrame] = []

    def watched(rows: Table, seed: int) -> Table:
        seen.append(rows.frame)
        return rows

    frame = people(200, 1)
    found = canaries(table(frame), watched, count=10, rounds=2)
    assert found.value == 1
    assert [each.height for each in seen] == [105, 105]
    assert all(each.schema == frame.schema for each in seen)
    assert seen[0][:100].equals(seen[1][:100])
    planted = pl.concat([each[100:] for each in seen])
    assert planted.n_unique() == 10
    assert planted.filter(pl.col("pay").is_not_null())["pay"].is_in(frame["pay"].to_list()).all()


def test_it_repeats_itself(table: MakeTable) -> None:
    given = table(normal(100, 0))
    assert canaries(given, memoriser, seed=4) == canaries(given, memoriser, seed=4)
    assert canaries(table(normal(10, 0)), memoriser).value is None
