"""Cells: what may be written out, where extremes stop, how many coarse codes there are."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from understudy.encoding import cells as cutting
from understudy.encoding.cells import MOST_CODES, Cells

I64 = np.iinfo(np.int64)
KS = st.integers(1, 30)


def columns() -> st.SearchStrategy[np.ndarray]:
    """Whole and broken numbers, few and many, repeated and lone, small and as large as they come."""
    whole = st.integers(I64.min, I64.max) | st.integers(-20, 20) | st.sampled_from([0, 100, 200, 99_999])
    broken = st.floats(-1e308, 1e308) | st.floats(-1, 1) | st.sampled_from([0.0, -0.0, 0.5, 1e-300, 1e300])

    def table(values: st.SearchStrategy, kind: type) -> st.SearchStrategy[np.ndarray]:
        runs = st.lists(st.tuples(values, st.integers(1, 25)), min_size=1, max_size=60)
        return runs.map(lambda found: np.repeat(*map(np.array, zip(*found, strict=True))).astype(kind))

    return table(whole, np.int64) | table(broken, np.float64)


def cut(values: np.ndarray, k: int) -> Cells | None:
    """Cells of values in any order."""
    return cutting.cut(*np.unique(values, return_counts=True), k)


def check(cells: Cells, values: np.ndarray, k: int) -> None:
    low, high = cells.low, cells.high
    assert (low <= high).all()
    assert (high[:-1] < low[1:]).all(), "cells are disjoint and ascend"
    assert low.dtype == high.dtype == values.dtype
    assert cells.codes.sum() == len(low)
    assert (cells.codes >= 1).all()
    assert len(cells.codes) <= MOST_CODES
    assert cells.rows.sum() == len(values)


@given(columns(), KS)
@settings(deadline=None, max_examples=400)
@example(np.arange(I64.max - 12, I64.max), 8)
@example(np.array([I64.min] * 4 + [I64.max] * 4 + list(range(20))), 8)
@example(np.repeat([-1, 0, 2, 12], [23, 9, 2, 10]), 10)
def test_whatever_is_written_stands_on_k_rows(values: np.ndarray, k: int) -> None:
    cells = cut(values, k)
    if len(values) < k:
        assert cells is None
        return
    assert cells is not None
    check(cells, values, k)
    distinct, counts = np.unique(values, return_counts=True)
    carried = dict(zip(distinct.tolist(), counts.tolist(), strict=True))
    if len(cells.low) == 1 and cells.low[0] == cells.high[0] and carried.get(cells.low[0].item(), 0) < k:
        return  # the mean of the k middle rows, where no cell could be made
    for low, high, rows in zip(cells.low.tolist(), cells.high.tolist(), cells.rows.tolist(), strict=True):
        mean = low == high and carried.get(low, 0) < k  # of neighbours gathered, in a column of few values
        assert (rows if mean else counts[(distinct >= low) & (distinct <= high)].sum()) >= k
    ordered = np.sort(values)
    assert (values <= cells.low[0]).sum() >= k
    assert (values >= cells.high[-1]).sum() >= k
    assert cells.low[0] >= ordered[k - 1]
    assert cells.high[-1] <= ordered[-k]


@given(columns(), KS)
@settings(deadline=None)
def test_every_value_goes_to_its_cell_or_the_nearest(values: np.ndarray, k: int) -> None:
    cells = cut(values, k)
    if cells is None:
        return
    home = cells.find(values)
    inside = (cells.low[home] <= values) & (values <= cells.high[home])
    for value, place in list(zip(values[~inside].tolist(), home[~inside].tolist(), strict=True))[:20]:
        gaps = [max(float(a) - value, value - float(b), 0.0) for a, b in zip(cells.low, cells.high, strict=True)]
        nearest = [cell for cell, gap in enumerate(gaps) if gap == min(gaps)]  # several where 0.25 - 1e-82 is 0.25
        passed_by = not cells.heavy[place] and any(cells.heavy[each] and abs(each - place) == 1 for each in nearest)
        assert passed_by or gaps[place] <= min(gaps) * (1 + 1e-12)
    outside = int(((values < cells.low[0]) | (values > cells.high[-1])).sum())
    assert cells.clipped == outside
    assert cells.snapped == int((~inside).sum()) - outside


@given(columns())
@settings(deadline=None)
def test_where_one_row_is_enough_every_value_is_written(values: np.ndarray) -> None:
    cells = cut(values, 1)
    assert cells is not None
    assert np.array_equal(cells.low, np.unique(values))
    assert np.array_equal(cells.high, cells.low)
    assert cells.clipped == cells.snapped == 0


def test_extremes_stop_exactly_at_the_kth_row() -> None:
    values = np.random.default_rng(0).normal(size=5000)
    for k in (2, 8, 40):
        cells = cut(values, k)
        assert cells is not None
        ordered = np.sort(values)
        assert cells.low[0] == ordered[k - 1]
        assert cells.high[-1] == ordered[-k]
        assert cells.clipped == 2 * (k - 1)


def test_one_row_enough_holds_for_large_tables_too() -> None:
    values = np.r_[np.random.default_rng(0).normal(size=100_000), 1e6]
    cells = cut(values, 1)
    assert cells is not None
    assert cells.high[-1] == 1e6
    assert len(cells.codes) <= MOST_CODES


@pytest.mark.parametrize("atoms", [0, 10, 200, 254, 255, 256, 300, 1000, 4000])
@pytest.mark.parametrize("lone", [0, 500, 20_000])
@pytest.mark.parametrize("missing_between", [1, 1000])
def test_coarse_codes_never_exceed_their_bound(atoms: int, lone: int, missing_between: int) -> None:
    rng = np.random.default_rng(atoms + lone)
    if atoms + lone == 0:
        return
    frequent = np.repeat(np.arange(atoms) * missing_between * 7, rng.integers(40, 60, atoms))
    values = np.r_[frequent, rng.integers(-50_000, 10_000_000, lone)]
    cells = cut(values, 8)
    assert cells is not None
    check(cells, values, 8)


@given(st.integers(1, 3000), st.integers(0, 2000), st.floats(0.05, 3.0), st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_the_bound_holds_for_atoms_of_every_skew_among_bins(atoms: int, lone: int, skew: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = np.maximum((20_000 / np.arange(1, atoms + 1) ** skew).astype(int), 1)
    values = np.r_[np.repeat(rng.permutation(atoms) * 10.0, counts), rng.normal(size=lone) * atoms * 10]
    cells = cut(values, 8)
    assert cells is not None
    check(cells, values, 8)


def test_tails_have_finer_codes_than_the_middle() -> None:
    values = np.random.default_rng(1).pareto(1.2, 50_000)
    cells = cut(values, 8)
    assert cells is not None
    starts = np.r_[0, np.cumsum(cells.codes)[:-1]]
    mass = np.add.reduceat(cells.rows, starts)
    assert mass[-1] < mass[len(mass) // 2]
    assert mass.max() < len(values) / 60


def test_the_tail_of_a_column_told_to_the_ten_is_kept() -> None:
    """Areas, most of them multiples of ten: many rows stand on each frequent one, and lone ones in the long tail."""
    rng = np.random.default_rng(0)
    areas = 10 * np.rint(np.exp(5.2 + 0.4 * rng.standard_normal(15_000))).astype(np.int64)
    areas += rng.integers(1, 10, len(areas)) * (rng.random(len(areas)) < 0.005)
    cells = cut(areas, 8)
    assert cells is not None
    assert cells.high[-1] == np.sort(areas)[-8]
    assert cells.clipped <= 14


SMOOTH = {
    "lognormal": lambda rng, rows: rng.lognormal(1, 1, rows),
    "pareto": lambda rng, rows: rng.pareto(1.5, rows) + 1,
    "student": lambda rng, rows: rng.standard_t(2, rows),
    "zeros": lambda rng, rows: np.where(rng.random(rows) < 0.4, 0, rng.lognormal(1, 1, rows)),
    "apart": lambda rng, rows: np.where(rng.random(rows) < 0.6, rng.normal(0, 1, rows), rng.normal(30, 3, rows)),
}


@pytest.mark.parametrize("rows", [10_000, 100_000, 1_000_000])
@pytest.mark.parametrize("steps", [1, 10, 100, 300, 1000])
@pytest.mark.parametrize("shape", SMOOTH)
def test_a_smooth_density_keeps_its_tails_however_many_rows_share_a_value(shape: str, steps: int, rows: int) -> None:
    """So many steps of the grid to a unit: of many rows the middle's values are frequent, a tail's are not."""
    rng = np.random.default_rng(rows + steps)
    values = np.rint(SMOOTH[shape](rng, rows) * steps).astype(np.int64)
    cells = cut(values, 8)
    assert cells is not None
    assert cells.clipped <= 28
    drawn = rng.integers(np.repeat(cells.low, cells.rows), np.repeat(cells.high, cells.rows), endpoint=True)
    assert ks_2samp(drawn, values, method="asymp").statistic < 0.01
    far = [0.99, 1 - 100 / rows]
    assert np.quantile(drawn, far) == pytest.approx(np.quantile(values, far), rel=0.25, abs=2)


def test_the_tail_of_few_values_does_not_lie_on_its_first() -> None:
    """Values two apart, of which one in ten is rare and far out: some are written there, each for k rows."""
    rng = np.random.default_rng(0)
    frequent, rare = 2 * np.arange(40), 1000 + 2 * np.arange(0, 400, 2) ** 2
    values = np.r_[rng.choice(frequent, 9_000), rng.choice(rare, 1_000)]
    cells = cut(values, 8)
    assert cells is not None
    assert (cells.low == cells.high).all()
    assert cells.clipped <= 28
    assert cells.rows[cells.low >= 1000].sum() >= 900
    assert cells.rows.min() >= 8


@pytest.mark.parametrize("step", [1, 7, 10])
def test_few_values_far_apart_stay_few(step: int) -> None:
    """Amounts of a tariff, some of them rare: no other is written, whatever they are multiples of."""
    rng = np.random.default_rng(0)
    amounts = step * (300 * np.arange(60) ** 2 + 14)
    rows = rng.choice(amounts, 20_000, p=np.r_[np.full(40, 0.99 / 40), np.full(20, 0.01 / 20)])
    cells = cut(rows, 12)
    assert cells is not None
    assert (cells.low == cells.high).all()
    assert np.isin(cells.low, amounts).all()
