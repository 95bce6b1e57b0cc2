"""Rows in between as numbers, and back: where both parents are known, the cells are what the definition says."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.encoding import numeric
from understudy.models.oversampling import Levels, Measure

PARTS = st.floats(0, 1)


def measure(values: pl.Series, decimals: int | None = None) -> Measure:
    numbers = values.to_physical().cast(pl.Float64).drop_nulls()
    grid = numeric.fit(values, decimals, 1)
    return Measure(values.name, grid, numbers.mean(), numbers.std(), values.null_count() > 0)  # type: ignore[arg-type]


COLUMNS = [
    pl.Series("whole", [0, 250, 1000, 3000, None], dtype=pl.Int64),
    pl.Series("price", [0.25, 1.5, 99.75, None, 3.25]),
    pl.Series("day", [date(2020, 1, 1), date(2020, 3, 1), None, date(2021, 1, 1), date(2019, 1, 1)]),
    pl.Series("flag", [True, False, None, True, True]),
    pl.Series("word", ["a", "b", None, "c", "a"]),
]


@pytest.mark.parametrize("values", COLUMNS, ids=lambda each: each.name)
@pytest.mark.parametrize("voted", [False, True])
def test_real_rows_come_back_as_they_were(values: pl.Series, voted: bool) -> None:
    plain = values.dtype in (pl.String, pl.Boolean)
    axis = Levels(values.name, values.unique().sort(), voted) if plain else measure(values, 2)
    numbers = axis.placed(values)
    assert numbers.shape == (5, axis.width)
    assert np.isfinite(numbers).all()
    assert axis.read(numbers).equals(values, check_dtypes=True)


@given(PARTS, st.integers(0, 3), st.integers(0, 3))
def test_between_two_values_lies_the_nearest_on_the_grid(part: float, first: int, second: int) -> None:
    values = COLUMNS[0]
    axis, numbers = measure(values), measure(values).placed(values)
    made = axis.read(numbers[[first]] + part * (numbers[[second]] - numbers[[first]]))[0]
    truth = values[first] + part * (values[second] - values[first])
    assert made % 250 == 0
    assert abs(made - truth) <= 125 + 1e-6


@given(PARTS, st.integers(0, 3))
def test_beside_a_gap_the_nearer_parent_decides(part: float, there: int) -> None:
    values = COLUMNS[0]
    axis, numbers = measure(values), measure(values).placed(values)
    made = axis.read(numbers[[there]] + part * (numbers[[4]] - numbers[[there]]))[0]
    if abs(part - 0.5) > 1e-9:
        assert made == (values[there] if part < 0.5 else None)


@given(PARTS, st.integers(0, 4), st.integers(0, 4))
def test_the_nearer_parent_gives_the_level(part: float, first: int, second: int) -> None:
    values = COLUMNS[4]
    axis = Levels("word", values.unique().sort(), voted=False)
    numbers = axis.placed(values)
    made = axis.read(numbers[[first]] + part * (numbers[[second]] - numbers[[first]]))[0]
    if abs(part - 0.5) > 1e-9:
        assert made == values[first if part < 0.5 else second]


def test_two_levels_are_a_deviation_apart() -> None:
    axis = Levels("word", pl.Series(["a", "b", "c"]), voted=False)
    numbers = axis.placed(pl.Series(["a", "b", "c"]))
    gaps = np.linalg.norm(numbers[:, None] - numbers[None], axis=2)
    assert np.allclose(gaps, 1 - np.eye(3))
