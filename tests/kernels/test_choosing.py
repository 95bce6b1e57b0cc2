"""Drawing codes by choices: beside the distribution that the arrays spell, worked out code by code in plain numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.kernels.boosting import NEVER
from understudy.kernels.choosing import BLOCK, NOTHING, WHOLE, Chooser, choose
from understudy.kernels.halving import Halving, halve

HEATS = (1.0, 0.4, 3.0)


def chooser(seed: int, codes: int, predictors: int = 2, trees: int = 3, depth: int = 2) -> tuple[Chooser, Halving]:
    """A distribution of so many codes given some columns, made up; the last code but one has no place."""
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 20, codes).astype(np.float64)
    if codes > 2:
        weight[-2] = 0
    halving = halve(weight, True, False)
    levels, features = halving.levels, predictors + 3
    count = levels * trees
    return Chooser(
        before=np.arange(predictors)[::-1].copy(),
        child=halving.child,
        start=halving.start,
        base=rng.normal(0, 1, len(halving.child)).astype(np.float32),
        parted=rng.integers(0, 12, len(halving.child)).astype(np.uint8),
        offset=rng.normal(0, 1, (len(halving.child), 256)).astype(np.float32),
        companion=np.array([predictors // 2]),
        expected=rng.integers(0, codes, 256).astype(np.uint8),
        cuts=halving.cuts,
        slope=rng.normal(1, 0.5, levels).astype(np.float32),
        trees=np.arange(levels + 1) * trees,
        seen=np.arange(levels + 1) * features,
        sees=np.tile(np.arange(features), levels).astype(np.int16),
        ranks=rng.integers(0, 6, (levels * features, 256)).astype(np.uint8),
        feature=rng.integers(0, features, (count, depth)).astype(np.int16),
        above=np.where(rng.random((count, depth)) < 0.2, NEVER, rng.integers(0, 5, (count, depth))).astype(np.uint8),
        values=rng.normal(0, 1, (count, 1 << depth)).astype(np.float32),
    ), halving


def logit(held: Chooser, row: np.ndarray, level: int, node: int) -> float:
    """The logit of a node's high side for one row of codes."""
    total = float(held.base[node]) + float(held.slope[level] * held.offset[node, row[held.before[-1]]])
    for tree in range(held.trees[level], held.trees[level + 1]):
        leaf = 0
        for step, (feature, above) in enumerate(zip(held.feature[tree], held.above[tree], strict=True)):
            each = held.seen[level] + feature
            if above == NEVER:
                continue
            if held.sees[each] == len(held.before):
                code = node - held.start[level]
            elif held.sees[each] == len(held.before) + 2:
                apart = int(held.expected[row[held.before[held.companion[0]]]]) - int(held.cuts[node]) + 128
                code = held.ranks[each][np.clip(apart, 0, 255)]
            elif held.sees[each] > len(held.before):
                apart = int(row[held.before[-1]]) - int(held.parted[node]) + 128
                code = held.ranks[each][np.clip(apart, 0, 255)]
            else:
                code = held.ranks[each][row[held.before[held.sees[each]]]]
            leaf |= int(code > above) << step
        total += float(held.values[tree, leaf])
    return total


def shares(held: Chooser, halving: Halving, row: np.ndarray, codes: int, heat: float = 1.0) -> np.ndarray:
    """The probability of each code: the product of those of its choices, to a power, made to sum to 1."""
    found = np.zeros(codes)
    for code in range(codes):
        told = [level for level in range(halving.levels) if halving.node[level, code] >= 0]
        if told:
            chances = [
                1
                / (
                    1
                    + np.exp(
                        -logit(held, row, level, halving.node[level, code]) * (halving.side[level, code] * 2.0 - 1)
                    )
                )
                for level in told
            ]
            found[code] = np.prod(chances) ** heat
    return found / found.sum()


def mixed(held: Chooser, share: np.ndarray, heat: float) -> np.ndarray:
    """As `choose` takes it, by what stands below each node."""
    if heat != 1:
        return np.arange(len(held.child), dtype=np.int32)
    below: dict[int, list[float]] = {}
    for node in range(len(held.child) - 1, -1, -1):
        below[node] = [part for each in held.child[node] for part in ([share[-1 - each]] if each < 0 else below[each])]
    found, parts = np.full(len(held.child), WHOLE, dtype=np.int32), 0
    for node in range(len(held.child)):
        if max(below[node]) == 0:
            found[node] = NOTHING
        elif min(below[node]) < 1:
            found[node], parts = parts, parts + 1
    return found


def drawn(held, halving, rows, codes, share=None, known=None, heat=1.0, seed=0) -> tuple[np.ndarray, np.ndarray]:
    """Codes and weights of rows."""
    n = rows.shape[1]
    allowed = np.ones(codes) if share is None else share
    known = np.full(n, -1, dtype=np.int16) if known is None else known.astype(np.int16)
    with np.errstate(divide="ignore"):
        logs = np.log(allowed)[None]
    if heat != 1 and share is not None:
        logs = np.concatenate([logs, np.zeros_like(logs)])
    weight, out = np.zeros(n), np.zeros(n, dtype=np.uint8)
    uniform = np.random.default_rng(seed).random(n)
    choose(held, rows, uniform, known, halving.side, logs, mixed(held, allowed, heat), heat, weight, out)
    return out, weight


def rows_of(seed: int, n: int, columns: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (columns, n)).astype(np.uint8)


def statistic(found: np.ndarray, share: np.ndarray, n: int) -> tuple[float, int]:
    """Chi-square of the codes that may be, and its degrees of freedom."""
    some = share * n > 1
    other = np.array([found[~some].sum()]), np.array([share[~some].sum() * n])
    counts, wanted = np.append(found[some], other[0]), np.append(share[some] * n, other[1])
    held = wanted > 1e-9
    return float(((counts[held] - wanted[held]) ** 2 / wanted[held]).sum()), int(held.sum()) - 1


@pytest.mark.parametrize("heat", HEATS)
@pytest.mark.parametrize("codes", [2, 3, 9, 40])
@pytest.mark.parametrize("share", [False, True], ids=["free", "restricted"])
def test_frequencies_are_the_probabilities(codes: int, heat: float, share: bool) -> None:
    """Chi-square below its mean and five standard deviations; nothing that is not allowed is ever drawn."""
    held, halving = chooser(codes, codes)
    allowed = np.random.default_rng(codes).choice([0, 0.3, 1], codes) if share else None
    if allowed is not None:
        allowed[:2] = 0.5, 0.25
    n = 40_000
    for seed in range(3):
        row = rows_of(seed, 1)
        out, weight = drawn(held, halving, np.tile(row, n), codes, allowed, heat=heat, seed=seed)
        wanted = shares(held, halving, row[:, 0], codes, heat)
        if allowed is not None:
            assert np.exp(weight) == pytest.approx((wanted * allowed).sum(), rel=1e-4)
            wanted = wanted * allowed / (wanted * allowed).sum()
        else:
            assert weight == pytest.approx(0, abs=1e-12)
        found = np.bincount(out, minlength=codes)
        assert (found[wanted == 0] == 0).all()
        chi, freedom = statistic(found, wanted, n)
        assert chi < freedom + 5 * np.sqrt(2 * max(freedom, 1))


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(2, 60), st.floats(0.05, 20))
def test_held_codes_weigh_what_their_choices_multiply_to(seed: int, codes: int, heat: float) -> None:
    held, halving = chooser(seed, codes)
    row = rows_of(seed, 1)
    for each in (1.0, heat):
        out, weight = drawn(held, halving, np.tile(row, codes), codes, known=np.arange(codes), heat=each)
        wanted = shares(held, halving, row[:, 0], codes, each)
        some = wanted > 0
        assert np.array_equal(out[some], np.arange(codes)[some])
        assert np.exp(weight[some]) == pytest.approx(wanted[some], rel=1e-3, abs=1e-9)


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(2, 30), st.floats(0.05, 20), st.floats(0, 1))
def test_a_restriction_weighs_the_sum_of_its_parts(seed: int, codes: int, heat: float, none: float) -> None:
    held, halving = chooser(seed, codes)
    rng = np.random.default_rng(seed)
    allowed = np.where(rng.random(codes) < none, 0, rng.choice([1.0, 0.5, 0.01], codes))
    rows = rows_of(seed, 30)
    for each in (1.0, heat):
        out, weight = drawn(held, halving, rows, codes, allowed, heat=each)
        wanted = [(shares(held, halving, row, codes, each) * allowed).sum() for row in rows.T]
        assert np.exp(weight) == pytest.approx(wanted, rel=1e-3, abs=1e-12)
        assert (allowed[out[np.isfinite(weight)]] > 0).all()
        if not any(wanted):
            assert np.isneginf(weight).all()


@pytest.mark.parametrize("heat", HEATS)
def test_held_and_open_rows_stand_side_by_side(heat: float) -> None:
    """A row's weight does not depend on what stands beside it, nor on the block it falls in."""
    codes, n = 12, 2 * BLOCK + 7
    held, halving = chooser(1, codes)
    allowed = np.array([1.0, 0.5, 0] * 4)
    rows = rows_of(2, n)
    rng = np.random.default_rng(3)
    known = np.where(rng.random(n) < 0.5, rng.integers(0, 10, n), -1)
    out, weight = drawn(held, halving, rows, codes, allowed, known, heat)
    fixed = known >= 0
    alone = drawn(held, halving, rows[:, fixed], codes, None, known[fixed], heat)
    assert np.array_equal(out[fixed], known[fixed])
    assert weight[fixed] == pytest.approx(alone[1])
    assert weight[~fixed] == pytest.approx(drawn(held, halving, rows, codes, allowed, None, heat)[1][~fixed])
    assert (allowed[out[~fixed]] > 0).all()


def test_uniforms_decide_and_nothing_else_does() -> None:
    """Codes ascend with the uniform's complement: the high side is taken below its chance."""
    codes = 20
    held, halving = chooser(5, codes)
    row = rows_of(5, 1)
    wanted = shares(held, halving, row[:, 0], codes)
    uniform = (np.arange(5000) + 0.5) / 5000
    out, weight = np.zeros(5000, np.uint8), np.zeros(5000)
    free = np.full(5000, -1, np.int16), halving.side, np.zeros((1, codes)), mixed(held, np.ones(codes), 1.0)
    choose(held, np.tile(row, 5000), uniform, *free, 1.0, weight, out)
    assert (np.diff(out.astype(int)) <= 0).all()
    assert np.bincount(out, minlength=codes) / 5000 == pytest.approx(wanted, abs=1 / 5000 + 1e-6)


@pytest.mark.parametrize("heat", [1e-3, 1e3])
def test_any_temperature_is_met_without_overflow(heat: float) -> None:
    held, halving = chooser(7, 50)
    row = rows_of(7, 1)
    out, weight = drawn(held, halving, np.tile(row, 49), 50, known=np.r_[0:48, 49], heat=heat)
    share = np.exp(weight)
    assert share.sum() == pytest.approx(1, abs=1e-6)
    one = shares(held, halving, row[:, 0], 50)[np.r_[0:48, 49]]
    if heat > 1:
        assert share.argmax() == one.argmax()
        assert share.max() > 0.99
    else:
        assert share == pytest.approx(1 / 49, rel=0.02)
    assert len(np.unique(out)) == 49


def test_choices_as_good_as_certain_weigh_a_finite_amount() -> None:
    held, halving = chooser(3, 2, trees=0)
    held = held._replace(base=np.array([90.0], dtype=np.float32), offset=np.zeros((1, 256), dtype=np.float32))
    _, weight = drawn(held, halving, rows_of(0, 2), 2, known=np.array([0, 1]))
    assert weight == pytest.approx([-90, 0], abs=1e-6)
