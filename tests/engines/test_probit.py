"""The ordered probit that levels begin with: beside rows drawn by it, and the normal distribution written out."""

from statistics import NormalDist

import numpy as np
import pytest

from understudy.engines.probit import MIDDLE, STEP, Latent
from understudy.kernels.halving import Halving, halve


def made(weight: np.ndarray, missing: bool, spread: float) -> tuple[Halving, Latent]:
    halving = halve(weight.astype(np.float64), True, missing)
    return halving, Latent.of(weight, halving, missing, spread)


def under(halving: Halving, node: int, side: int | None = None) -> np.ndarray:
    """The codes under a node, or under one of its sides."""
    here = halving.node == node
    return np.flatnonzero((here if side is None else here & (halving.side == side)).any(axis=0))


@pytest.mark.parametrize("missing", [False, True])
def test_bounds_are_normal_scores_of_the_shares_below(missing: bool) -> None:
    """Missing cells stand below all others, and do not count; codes that no row has have no place."""
    weight = np.array([70, 10, 40, 0, 25, 25, 100, 3, 60])
    halving, latent = made(weight, missing, 1.0)
    there = np.where(np.arange(9) < missing, 0, weight)
    score = lambda code: NormalDist().inv_cdf(there[:code].sum() / there.sum())  # noqa: E731
    for node in range(int(missing), len(halving.child)):
        codes, low = under(halving, node), under(halving, node, 0)
        found = latent.bounds[node]
        assert found[1] == pytest.approx(score(low.max() + 1), abs=1e-5)
        assert (
            np.isneginf(found[0]) if codes.min() == missing else found[0] == pytest.approx(score(codes.min()), abs=1e-5)
        )
        assert (
            np.isposinf(found[2]) if codes.max() == 8 else found[2] == pytest.approx(score(codes.max() + 1), abs=1e-5)
        )
        assert abs((int(latent.parted[node]) - MIDDLE) * STEP - found[1]) <= STEP / 2 + 1e-6
    if missing:
        assert not latent.bounds[0].any()
        assert not latent.offset[0].any()


def test_what_levels_begin_with_is_the_share_of_rows_drawn_by_it() -> None:
    """Rows whose score is what the guide says and normal noise: each node's sides, as often as the logit says."""
    rng = np.random.default_rng(0)
    weight, spread = rng.integers(20, 60, 30), 0.5
    halving, latent = made(weight, False, spread)
    share = np.cumsum(weight) / weight.sum()
    edges = np.array([NormalDist().inv_cdf(each) for each in share[:-1].tolist()])
    for step in (60, 128, 170):
        said = (step + 0.5 - MIDDLE) * STEP
        code = np.searchsorted(edges, said + spread * rng.standard_normal(400_000))
        for node in range(len(halving.child)):
            low, high = (np.isin(code, under(halving, node, side)).sum() for side in (0, 1))
            if low + high > 2000:
                chance = 1 / (1 + np.exp(-float(latent.offset[node, step])))
                error = np.sqrt(chance * (1 - chance) / (low + high))
                assert high / (low + high) == pytest.approx(chance, abs=5 * error + 1e-4)


def test_logits_are_bounded_and_rise_with_what_the_guide_says() -> None:
    _, latent = made(np.full(64, 50), False, 0.05)
    assert np.isfinite(latent.offset).all()
    assert np.abs(latent.offset).max() == 12
    assert (np.diff(latent.offset.astype(np.float64), axis=1) >= -1e-4).all()
