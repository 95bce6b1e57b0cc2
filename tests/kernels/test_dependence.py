"""How much columns tell of one another: against the formula, and which are chosen."""

import numpy as np
import pytest

from understudy.kernels.dependence import _information, dependence, nearest_columns
from understudy.kernels.dependence import information as all_information


def information(first: np.ndarray, second: np.ndarray) -> float:
    """Mutual information (nats) with the Miller-Madow correction."""
    joint = np.histogram2d(first, second, bins=(np.arange(first.max() + 2), np.arange(second.max() + 2)))[0]
    share = joint / joint.sum()
    apart = np.outer(share.sum(axis=1), share.sum(axis=0))
    some = share > 0
    kinds = [(joint.sum(axis=axis) > 0).sum() - 1 for axis in (0, 1)]
    return float((share[some] * np.log(share[some] / apart[some])).sum() - kinds[0] * kinds[1] / (2 * len(first)))


@pytest.mark.parametrize("noise", [0.0, 0.5, 1.0])
def test_information_is_the_formula(noise: float) -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(0, 7, 3000).astype(np.uint8)
    second = np.where(rng.random(3000) < noise, rng.integers(0, 5, 3000), first % 5).astype(np.uint8)
    assert _information(first, second, 7, 5) == pytest.approx(information(first, second), abs=1e-9)


def test_independent_columns_tell_nothing_on_average() -> None:
    rng = np.random.default_rng(0)
    found = [_information(*rng.integers(0, 10, (2, 2000)).astype(np.uint8), 10, 10) for _ in range(100)]
    assert np.mean(found) == pytest.approx(0, abs=0.002)


def test_the_columns_that_tell_most_are_chosen() -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 40, (20, 3000)).astype(np.uint8)
    coarse[17] = coarse[3]
    coarse[18] = coarse[5] // 2 + coarse[11] % 2
    coarse[19] = np.where(rng.random(3000) < 0.5, coarse[2], coarse[19])
    chosen = nearest_columns(coarse, [40] * 20, 2, 0, np.random.default_rng(0))
    assert [len(each) for each in chosen[:4]] == [0, 1, 2, 2]
    assert all((each < place).all() for place, each in enumerate(chosen))
    assert 3 in chosen[17]
    assert 5 in chosen[18]
    assert 2 in chosen[19]
    assert all((np.diff(each) > 0).all() for each in chosen)


def test_context_columns_are_never_chosen_for() -> None:
    coarse = np.random.default_rng(0).integers(0, 4, (6, 100)).astype(np.uint8)
    for most in (0, 2, 100):
        chosen = nearest_columns(coarse, [4] * 6, most, 2, np.random.default_rng(0))
        assert len(chosen) == 4
        assert [len(each) for each in chosen] == [min(most, place) for place in range(2, 6)]


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_few_rows_do_not_hurt(rows: int) -> None:
    coarse = np.zeros((5, rows), dtype=np.uint8)
    assert len(nearest_columns(coarse, [200] * 5, 1, 0, np.random.default_rng(0))) == 5


def test_the_same_generator_chooses_the_same() -> None:
    coarse = np.random.default_rng(0).integers(0, 4, (30, 5000)).astype(np.uint8)
    first, second = (nearest_columns(coarse, [4] * 30, 3, 0, np.random.default_rng(7)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_all_pairs_at_once_are_the_pairs_one_by_one() -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 5, (4, 2000)).astype(np.uint8)
    coarse[3] = (coarse[0] + coarse[1]) % 5
    coarse[2] = np.where(rng.random(2000) < 0.5, coarse[0], coarse[2])
    found = all_information(coarse, [5] * 4)
    assert np.array_equal(found, found.T)
    assert (np.diag(found) == 0).all()
    for one in range(4):
        for other in range(one):
            assert found[one, other] == pytest.approx(information(coarse[other], coarse[one]), abs=1e-9)


def test_dependence_of_a_sample_stands_for_all_rows() -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 200, (3, 20_000)).astype(np.uint8)
    coarse[2] = coarse[0]
    found = dependence(coarse, [200] * 3, np.random.default_rng(0))
    assert found[0, 2] == pytest.approx(np.log(16), abs=0.1), "codes gathered into 16 groups of like mass"
    assert found[0, 1] == pytest.approx(0, abs=0.05)
    assert found[1, 2] == pytest.approx(0, abs=0.05)
    assert np.array_equal(found, dependence(coarse, [200] * 3, np.random.default_rng(0)))


def test_dependence_of_no_rows_is_none() -> None:
    assert (dependence(np.zeros((3, 0), np.uint8), [4, 4, 4], np.random.default_rng(0)) == 0).all()
