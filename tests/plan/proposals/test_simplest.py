"""The simplest number in an interval."""

from hypothesis import given
from hypothesis import strategies as st

from understudy.plan.proposals.formulas.simplest import digits_of, divisor_of, simple_factor, simplest


@given(st.integers(1, 9999), st.integers(0, 4), st.floats(1e-9, 1e-6))
def test_a_decimal_is_found_again_from_a_narrow_interval(whole: int, decimals: int, width: float) -> None:
    value = whole / 10**decimals
    found = simplest(value - width * value, value + width * value)
    assert found is not None
    assert abs(found - value) <= 1e-6 * value
    assert digits_of(found) <= digits_of(value)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_what_is_found_lies_inside(low: float, width: float) -> None:
    found = simplest(low, low + width)
    assert found is not None
    assert low - 1e-9 * (abs(low) + 1) <= found <= low + width + 1e-9 * (abs(low) + 1)


def test_no_number_lies_in_an_empty_interval() -> None:
    assert simplest(2.0, 1.0) is None
    assert simplest(float("nan"), 1.0) is None


def test_a_third_is_spelled_as_a_division() -> None:
    assert simple_factor(0.333333, 0.333334) == 1 / 3
    assert divisor_of(1 / 3) == 3
    assert divisor_of(0.25) == 0
