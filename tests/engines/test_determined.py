"""Columns that determine others: which they are, and that rows drawn keep to it."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.encoding.codes import Codes, Domain
from understudy.engines.boost import Boost
from understudy.engines.determined import _tau, determining


def domain(size: int, *, ordered: bool = True) -> Domain:
    return Domain(np.ones(size, dtype=np.int64), ordered=ordered, missing=False)


def renamed(seed: int, rows: int, size: int, onto: int | None = None) -> np.ndarray:
    """Codes, frequent and rare ones, and what each of them is called: another code, of `onto` where many share one."""
    rng = np.random.default_rng(seed)
    first = rng.choice(size, rows, p=rng.dirichlet(np.full(size, 2.0)))
    names = rng.permutation(size) if onto is None else rng.integers(0, onto, size)
    return np.array([first, names[first]], dtype=np.uint8)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 6), st.integers(0, 40))
def test_tau_is_that_of_all_pairs_of_rows(seed: int, size: int, most: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    told, other = rng.integers(0, size, rows).astype(np.uint8), rng.integers(0, most, rows).astype(np.uint8)
    pairs = list(combinations(range(rows), 2))
    agree = [told[i] == told[j] for i, j in pairs]
    among = [same for same, (i, j) in zip(agree, pairs, strict=True) if other[i] == other[j]]
    wanted = 0.0
    if among and not all(agree):
        wanted = (np.mean(among) - np.mean(agree)) / (1 - np.mean(agree))
    assert _tau(told, other, size, most) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.005, 0.05])
def test_a_column_with_another_name_for_each_code_is_determined(noise: float) -> None:
    """Also where one name in 200 is wrong, no more where one in twenty is; and by no column beside it."""
    rng, rows = np.random.default_rng(0), renamed(1, 6000, 40)
    rows[1] = np.where(rng.random(6000) < noise, rng.integers(0, 40, 6000), rows[1])
    table = np.array([rng.integers(0, 200, 6000), *rows], dtype=np.uint8)
    domains = [domain(200), domain(40), domain(40, ordered=False)]
    found = determining(table, domains, 0, [np.arange(each) for each in range(3)])
    assert [each.tolist() for each in found] == [[], [], [1] if noise < 0.02 else []]


def test_many_that_share_a_name_determine_it_and_it_does_not_determine_them() -> None:
    rows = renamed(2, 4000, 60, 7)
    domains = [domain(60), domain(7, ordered=False)]
    assert [each.tolist() for each in determining(rows, domains, 0, [np.arange(0), np.arange(1)])] == [[], [0]]
    turned = determining(rows[::-1].copy(), domains[::-1], 0, [np.arange(0), np.arange(1)])
    assert [each.tolist() for each in turned] == [[], []]


def test_what_is_nearly_always_the_same_is_not_determined_by_chance() -> None:
    rng = np.random.default_rng(3)
    rows = np.array([rng.integers(0, 30, 5000), rng.random(5000) < 0.005, np.zeros(5000)], dtype=np.uint8)
    domains = [domain(30), domain(2), domain(1)]
    assert not any(len(each) for each in determining(rows, domains, 0, [np.arange(each) for each in range(3)]))


def test_context_may_determine_and_single_rows_do_not() -> None:
    rows = renamed(4, 3000, 20)
    assert determining(rows, [domain(20)] * 2, 1, [np.array([0])])[0].tolist() == [0]
    alone = np.array([np.arange(200), np.arange(200)[::-1]], dtype=np.uint8)
    assert determining(alone, [domain(200)] * 2, 1, [np.array([0])])[0].tolist() == []
    assert determining(rows[:, :0], [domain(20)] * 2, 1, [np.array([0])])[0].tolist() == []


@pytest.mark.parametrize("size", [16, 150])
@pytest.mark.parametrize("ordered", [(True, False), (False, True), (True, True), (False, False)])
def test_rows_drawn_keep_names(size: int, ordered: tuple[bool, bool]) -> None:
    """One in 500 wrong at most; asked in their order, 16 of 100 were (150 codes), and 9 with guides (16 codes)."""
    real = renamed(5, 10_000, size)
    domains = domain(size, ordered=ordered[0]), domain(size, ordered=ordered[1])
    rows = Codes(real, np.zeros(real.shape, dtype=np.uint16), domains)
    names = dict(real.T.tolist())
    valid = rows.take(slice(9000, None))
    fitted = Boost(orders=1).fit(rows.take(slice(9000)), None, valid, np.random.default_rng(0))
    first, second = fitted.draw(20_000, None, None, np.random.default_rng(1)).codes.coarse
    assert np.mean([names[one] != other for one, other in zip(first.tolist(), second.tolist(), strict=True)]) < 0.002
