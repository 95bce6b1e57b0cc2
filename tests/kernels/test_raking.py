"""Raking and swapping against brute force: counts are counts, chances meet targets, every swap pays."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from understudy.kernels import raking

SIZES = (3, 4, 2)
SETS = ((0,), (1,), (0, 1), (1, 2), (0, 1, 2))


def layout() -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Histograms of three digits: views, strides, offsets, cells."""
    view, stride = np.zeros((len(SETS), 3), dtype=np.int32), np.zeros((len(SETS), 3), dtype=np.int32)
    offset, cells = np.zeros(len(SETS), dtype=np.int64), 0
    for place, members in enumerate(SETS):
        offset[place], here = cells, 1
        for slot, member in enumerate(members):
            view[place, slot], stride[place, slot] = member, here
            here *= SIZES[member]
        cells += here
    return view, stride, offset, cells


def some(rows: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(0, size, rows) for size in SIZES], axis=1).astype(np.uint8)


def counted(digits: np.ndarray) -> np.ndarray:
    """The counts of all histograms, the slow way."""
    found = []
    for members in SETS:
        counts = np.zeros([SIZES[member] for member in members[::-1]])
        np.add.at(counts, tuple(digits[:, member] for member in members[::-1]), 1)
        found.append(counts.ravel())
    return np.concatenate(found)


seeds = st.integers(0, 10**6)


@given(st.integers(0, 60), seeds)
def test_counts_are_counts(rows: int, seed: int) -> None:
    digits, (view, stride, offset, cells) = some(60, seed), layout()
    picked = np.random.default_rng(seed).permutation(60)[:rows]
    assert np.array_equal(raking.count(digits, picked, view, stride, offset, cells), counted(digits[picked]))


def test_expected_counts_meet_targets_that_can_be_met() -> None:
    """Targets come from a tilted table, so that they agree with each other."""
    digits, (view, stride, offset, _) = some(20_000, 0), layout()
    tilt = np.array([0.5, 1.0, 1.6])[digits[:, 0]] * np.array([1.5, 1.0, 0.7, 1.2])[digits[:, 1]]
    rng = np.random.default_rng(1)
    kept = rng.random(20_000) < tilt / tilt.mean() / 4
    target = counted(digits[kept])
    chance = raking.rake(digits, view, stride, offset, target, int(kept.sum()), 30)
    assert chance.max() <= 1
    base = kept.sum() / 20_000
    assert (chance >= base / raking.MOST_TILT - 1e-12).all()
    assert (chance <= base * raking.MOST_TILT + 1e-12).all()
    last = len(counted(digits)) - np.prod(SIZES)
    expected = np.zeros(np.prod(SIZES))
    place = digits[:, 0] + 3 * digits[:, 1].astype(int) + 12 * digits[:, 2]
    np.add.at(expected, place, chance)
    assert np.allclose(expected, target[last:], rtol=1e-3)


def test_open_cells_tilt_nothing() -> None:
    digits, (view, stride, offset, cells) = some(500, 0), layout()
    chance = raking.rake(digits, view, stride, offset, np.full(cells, -1.0), 100, 3)
    assert np.allclose(chance, 0.2)


@given(seeds, st.integers(1, 40))
def test_every_swap_brings_counts_nearer(seed: int, wanted: int) -> None:
    digits, (view, stride, offset, cells) = some(80, seed), layout()
    rng = np.random.default_rng(seed)
    order = rng.permutation(80)
    chosen, spare = order[:wanted].copy(), order[wanted:].copy()
    target = np.where(rng.random(cells) < 0.2, -1.0, counted(some(wanted, seed + 1)))
    counts = counted(digits[chosen])
    closed = target >= 0

    def away() -> float:
        return np.abs(counted(digits[chosen]) - target)[closed].sum()

    before = away()
    done = raking.swap(
        digits, view, stride, offset, target, counts, chosen, spare, rng.integers(len(spare), size=wanted)
    )
    assert np.array_equal(counts, counted(digits[chosen]))
    assert sorted([*chosen, *spare]) == list(range(80))
    assert away() < before if done else away() == before
    assert np.array_equal(np.sort(chosen), np.sort(order[:wanted])) or done


def test_a_swap_that_pays_is_made() -> None:
    """One row of a wrong code, one spare row of the right one."""
    view, stride, offset, _ = layout()
    digits = np.array([[0, 0, 0], [1, 0, 0]], dtype=np.uint8)
    chosen, spare, target = np.array([0]), np.array([1]), counted(digits[1:])
    counts = counted(digits[:1])
    assert raking.swap(digits, view, stride, offset, target, counts, chosen, spare, np.array([0])) == 1
    assert (chosen[0], spare[0]) == (1, 0)
    assert np.array_equal(counts, target)
