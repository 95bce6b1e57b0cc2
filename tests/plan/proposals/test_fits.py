"""Affine functions found again from their values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.plan.proposals.formulas.fits import fitted
from understudy.plan.proposals.formulas.simplest import digits_of


@settings(deadline=None, max_examples=60)
@given(
    slope=st.integers(-400, 400).filter(bool),
    offset=st.integers(-900, 900),
    seed=st.integers(0, 99),
    strays=st.sampled_from([0.0, 0.01]),
)
def test_an_exact_line_is_found_whatever_its_constants(slope: int, offset: int, seed: int, strays: float) -> None:
    rng = np.random.default_rng(seed)
    f = rng.normal(40, 12, 800).round(2)
    y = slope / 100 * f + offset / 10
    wrong = rng.random(800) < strays
    fit = fitted(np.where(wrong, y + rng.normal(0, 50, 800), y), f, 0.0)
    assert fit is not None
    assert fit.mode == "exact"
    assert np.allclose(fit.over(f), y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("mode", ["round", "floor", "ceil"])
@pytest.mark.parametrize("slope", [0.19, 1.075, 2.54, 1 / 12, 1.609344])
def test_rounding_is_told_from_cutting(mode: str, slope: float) -> None:
    f = np.random.default_rng(7).uniform(1, 4000, 3000).round(1)
    y = {"round": lambda x: np.floor(x + 0.5), "floor": np.floor, "ceil": np.ceil}[mode](f * slope)
    fit = fitted(y, f, 1.0)
    assert fit is not None
    assert (fit.mode, fit.offset) == (mode, 0.0)
    assert (1 / fit.slope if fit.divides else fit.slope) == pytest.approx(slope, rel=1e-5)


def test_a_constant_that_any_other_would_replace_is_not_sure() -> None:
    f = np.random.default_rng(1).uniform(10, 90, 300)
    fit = fitted(np.round(f * 0.73519), f, 1.0)
    assert fit is not None
    assert not fit.sure or digits_of(fit.slope) <= 2


def test_noise_is_no_line() -> None:
    rng = np.random.default_rng(2)
    assert fitted(rng.normal(size=500), rng.normal(size=500), 0.01) is None
