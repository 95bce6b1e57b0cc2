"""Tails whose law is known."""

import numpy as np
import pytest

from understudy.metrics.tails import Tail


def test_a_tail_is_known() -> None:
    """u uniform to the power 1 / d has P(u <= r) = r^d; the bound on d makes the chance larger, not smaller."""
    rng = np.random.default_rng(0)
    logs = np.log(rng.random(4_000)) / 3
    tail = Tail.of(logs, np.arange(4_000), 400)
    assert tail is not None
    assert tail.share == pytest.approx(0.1, abs=0.001)
    assert 2.4 < tail.slope < 3
    asked = np.log(np.array([0.01, 0.1, 0.9]))
    assert (tail(asked) >= np.array([1e-6, 1e-3, 0.7])).all()
    assert tail(asked)[0] < 3e-5
    assert tail.flat()(asked)[0] == pytest.approx(tail.share)
    assert tail.counted(np.log(np.array([0.5, 2.0]))) == pytest.approx([0.125, 1.0], abs=0.02)
    assert tail.raised(logs, logs - np.log(2) / 3).times == pytest.approx(2, abs=0.2)
    assert tail.raised(logs, logs + 1).times == 1
    assert Tail.of(logs[:10], np.arange(10), 4) is None
    tied = Tail.of(np.zeros(100), np.arange(100), 10)
    assert tied is not None
    assert tied(np.array([-1.0])) == pytest.approx(1)
