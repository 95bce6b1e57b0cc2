"""Attacks: excess, interval, p-value, and the correction for many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.metrics.attack import advantage, found_at, holm, shares, wilson_centre


def test_wilson_as_published() -> None:
    centre, half = wilson_centre(500, 500)
    assert round(centre, 4) == 0.9962
    assert centre + half == pytest.approx(1.0)


def test_unequal_counts_of_the_same_share_are_no_risk() -> None:
    for hits, trials, control_hits, controls in ((0, 10, 0, 30), (39_000, 39_000, 9_800, 9_800), (50, 100, 10, 20)):
        found = shares("privacy.x", hits, trials, control_hits, controls, "", {})
        assert found.value == 0
        assert found.parts["p"] > 0.5


def test_shares_by_hand() -> None:
    found = shares("privacy.x", 60, 100, 50, 100, "", {})
    assert found.value == pytest.approx(0.2)  # a tenth of the half that is left
    # Newcombe's example (1998, table II, method 10): 56/70 against 48/80 gives 0.0524 to 0.3339
    other = shares("privacy.x", 56, 70, 48, 80, "", {})
    assert (other.low, other.high) == pytest.approx((0.0524 / 0.4, 0.3339 / 0.4), abs=2e-3)


@pytest.mark.parametrize(("trials", "controls", "share"), [(200, 200, 0.3), (1_000, 200, 0.05), (400, 100, 0.9)])
def test_guessing_that_wins_nothing_is_seldom_significant(trials: int, controls: int, share: float) -> None:
    rng = np.random.default_rng(0)
    hits, others = rng.binomial(trials, share, 2_000), rng.binomial(controls, share, 2_000)
    ps = [shares("privacy.x", a, trials, b, controls, "", {}).parts["p"] for a, b in zip(hits, others, strict=True)]
    assert 0.005 < np.mean(np.array(ps) < 0.05) < 0.06


def test_advantage_of_no_knowledge_and_of_all() -> None:
    rng = np.random.default_rng(0)
    found = [advantage("privacy.x", *rng.normal(size=(2, 200)), "", {}) for _ in range(400)]
    assert 0.03 < np.mean([each.parts["p"] < 0.05 for each in found]) < 0.075
    assert 0.93 < np.mean([each.low <= 0 <= each.high for each in found]) < 0.97
    told = advantage("privacy.x", np.ones(200), np.zeros(200), "", {})
    assert told.value == 1
    assert told.parts["p"] < 1e-6
    assert told.parts["tpr_0.01"] == 1


@given(st.integers(0, 99), st.integers(2, 60), st.integers(2, 60))
def test_bounds_and_symmetry(seed: int, members: int, others: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 4, members).astype(float), rng.integers(0, 4, others).astype(float)
    found = advantage("privacy.x", first, second, "", {})
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert advantage("privacy.x", second, first, "", {}).value == pytest.approx(-found.value)
    assert all(0 <= share <= 1 for _, share in found.parts["curve"])


def test_a_rate_too_small_for_the_controls_has_no_figure() -> None:
    assert found_at(np.ones(10), np.zeros(99), 0.01) is None
    assert found_at(np.ones(10), np.zeros(100), 0.01) == 1
    assert found_at(np.zeros(10), np.zeros(100), 0.01) == 0


def test_holm_by_hand() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})
    assert holm({}) == {}


def test_holm_keeps_the_chance_of_any_false_alarm() -> None:
    rng = np.random.default_rng(0)
    alarms = [min(holm(dict(enumerate(rng.random(8)))).values()) < 0.05 for _ in range(4_000)]
    assert 0.035 < np.mean(alarms) < 0.06
