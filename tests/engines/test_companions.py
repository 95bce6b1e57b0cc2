"""Companions: which column runs alongside, which code it leads to expect, and what that is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from understudy.encoding.codes import Codes, Domain
from understudy.engines.boost import Boost
from understudy.engines.companions import BEHIND, companions


def domain(size: int, *, ordered: bool = True, missing: bool = False) -> Domain:
    return Domain(np.ones(size, dtype=np.int64), ordered=ordered, missing=missing)


def before(columns: int) -> list[np.ndarray]:
    return [np.arange(each) for each in range(columns)]


def chain(seed: int, rows: int, same: float = 0.6, size: int = 64) -> np.ndarray:
    """Three columns: some values, mostly the same again, and that mostly the same again; elsewhere anything."""
    rng = np.random.default_rng(seed)
    told = [rng.integers(0, size, rows)]
    for _ in range(2):
        told.append(
            np.where(rng.random(rows) < same, told[-1], (told[-1] + rng.integers(-9, 10, rows)).clip(0, size - 1))
        )
    return np.array(told, dtype=np.uint8)


def test_the_column_that_correlates_most_is_the_companion() -> None:
    """Whatever its sign and place; ends of a chain take their neighbour."""
    rows = chain(0, 3000)
    found = companions(rows, [domain(64)] * 3, 0, before(3))
    assert [None if each is None else each.column for each in found] == [None, 0, 1]
    backwards = companions(63 - rows[[1, 2, 0]], [domain(64)] * 3, 0, before(3))
    assert [None if each is None else each.column for each in backwards] == [None, 0, 0]
    told = companions(rows, [domain(64)] * 3, 2, [np.array([0])])
    assert [each.column for each in told if each] == [0]


def test_the_code_to_expect_is_the_same_or_turned_around() -> None:
    rows = chain(1, 20_000)
    for sign, other in ((1, rows[1]), (-1, 63 - rows[1])):
        found = companions(np.array([rows[0], other]), [domain(64)] * 2, 0, before(2))[1]
        assert found is not None
        wanted = np.arange(64) if sign > 0 else 63 - np.arange(64)
        assert np.array_equal(found.expected[:64], wanted)
        assert found.expected.shape == (256,)
        assert not found.expected[64:].any()


@pytest.mark.parametrize("spoil", ["noise", "few codes", "no order", "no order before", "all one", "nothing before"])
def test_without_a_column_near_enough_there_is_none(spoil: str) -> None:
    rows, domains, others = chain(2, 2000)[:2], [domain(64)] * 2, before(2)
    if spoil == "noise":
        rows[1] = np.random.default_rng(3).permutation(rows[1])
    if spoil == "few codes":
        rows, domains = rows // 8, [domain(8)] * 2
    if spoil == "no order":
        domains = [domain(64), domain(64, ordered=False)]
    if spoil == "no order before":
        domains = [domain(64, ordered=False), domain(64)]
    if spoil == "all one":
        rows[0] = 5
    if spoil == "nothing before":
        others = [np.arange(0)] * 2
    assert companions(rows, domains, 0, others) == [None, None]


def test_long_tables_are_looked_at_from_end_to_end() -> None:
    """Sorted rows, whose first part alone runs alongside nothing."""
    rows = np.sort(chain(8, 150_000), axis=1)
    rows[1, :70_000] = np.random.default_rng(9).permutation(rows[1, :70_000])
    found = companions(rows, [domain(64)] * 3, 0, before(3))
    assert [None if each is None else each.column for each in found] == [None, 0, 0]


@pytest.mark.parametrize("rows", [0, 1, 20])
def test_hardly_any_rows_are_no_trouble(rows: int) -> None:
    found = companions(chain(4, rows), [domain(64)] * 3, 0, before(3))
    assert found[0] is None
    assert rows == 20 or found == [None, None, None]


def test_missing_cells_have_no_score_and_a_code_to_expect() -> None:
    """Which is the median of the column told where the companion is missing."""
    rng = np.random.default_rng(5)
    first = rng.integers(1, 64, 6000)
    second = np.where(rng.random(6000) < 0.3, 17, first)
    first[second == 17] *= rng.random((second == 17).sum()) < 0.5
    rows = np.array([first, second], dtype=np.uint8)
    found = companions(rows, [domain(64, missing=True), domain(64)], 0, before(2))[1]
    assert found is not None
    assert found.expected[0] == 17
    assert (found.expected[1:64] == np.arange(1, 64)).mean() > 0.9


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(9, 40), st.integers(9, 256), st.integers(40, 3000))
def test_codes_to_expect_are_medians_of_enough_neighbours(seed: int, size: int, most: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    first = np.minimum(rng.geometric(0.15, rows), size - 1)
    second = (first * (most // size) + rng.integers(0, 3, rows)).clip(0, most - 1)
    found = companions(np.array([first, second], dtype=np.uint8), [domain(size), domain(most)], 0, before(2))[1]
    if found is None:
        return
    for code in range(size):
        reach = 0
        while (some := np.abs(first - code) <= reach).sum() < min(BEHIND, rows):
            reach += 1
        assert found.expected[code] == np.sort(second[some])[(some.sum() - 1) // 2]


def test_correlation_is_that_of_normal_scores() -> None:
    """Just below .6 there is none, just above there is one; a curve does not lower it."""
    for correlation, there in ((0.57, False), (0.63, True)):
        both = np.random.default_rng(6).multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], 60_000)
        first, second = norm.cdf(both.T) * 256
        curved = np.searchsorted(np.quantile(second, np.linspace(0, 1, 65)[1:-1] ** 3), second)
        rows = np.array([first, curved]).astype(np.uint8)
        assert (companions(rows, [domain(256), domain(64)], 0, before(2))[1] is not None) == there


def test_what_repeats_a_column_repeats_it_in_rows_drawn() -> None:
    """Of two columns the same in six rows of ten, as many rows have the same; without companions a tenth too few."""
    real = chain(7, 6000)
    rows = Codes(real, np.zeros(real.shape, dtype=np.uint16), (domain(64),) * 3)
    valid = rows.take(slice(5400, None))
    fitted = Boost(orders=1).fit(rows.take(slice(5400)), None, valid, np.random.default_rng(0))
    drawn = fitted.draw(20_000, None, None, np.random.default_rng(1)).codes.coarse
    for one, other in ((0, 1), (1, 2)):
        wanted, found = ((each[one] == each[other]).mean() for each in (real, drawn))
        assert found == pytest.approx(wanted, abs=0.03)
