"""Domains and codes: digits, cell numbers, rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.encoding.codes import Codes, Domain, stack

DEPTHS = st.lists(st.integers(1, 40), min_size=1, max_size=256).map(lambda each: np.array(each, dtype=np.int64))


@given(DEPTHS)
def test_digits_and_cell_numbers_are_one_to_one(depth: np.ndarray) -> None:
    domain = Domain(depth, ordered=True, missing=False)
    cells = np.arange(domain.cells)
    coarse, fine = domain.split(cells)
    assert np.array_equal(domain.cell(coarse, fine), cells)
    assert (fine < depth[coarse]).all()
    assert (np.diff(coarse.astype(int)) >= 0).all()
    assert domain.size == len(depth)


@pytest.mark.parametrize("depth", [[], [1] * 257, [1, 0], [65_537], [-1, 5]])
def test_a_domain_that_does_not_fit_its_digits_is_refused(depth: list[int]) -> None:
    with pytest.raises(ValueError, match="code"):
        Domain(np.array(depth, dtype=np.int64), ordered=True, missing=False)


def test_the_widest_domain_fits() -> None:
    domain = Domain(np.full(256, 65_536), ordered=True, missing=True)
    last = np.array([domain.cells - 1])
    assert [int(each[0]) for each in domain.split(last)] == [255, 65_535]


def test_rows_are_taken_and_stacked() -> None:
    domains = (
        Domain(np.array([1, 3]), ordered=True, missing=False),
        Domain(np.array([2]), ordered=False, missing=False),
    )
    codes = Codes(
        np.array([[0, 1, 1], [0, 0, 0]], dtype=np.uint8), np.array([[0, 2, 1], [1, 0, 1]], dtype=np.uint16), domains
    )
    assert len(codes) == 3
    assert codes.cells(0).tolist() == [0, 3, 2]
    assert codes.take(np.array([2, 0])).cells(0).tolist() == [2, 0]
    whole = stack([codes, codes.take(slice(0, 0)), codes.take(slice(1, 2))])
    assert whole.cells(0).tolist() == [0, 3, 2, 3]
    assert whole.domains is domains
