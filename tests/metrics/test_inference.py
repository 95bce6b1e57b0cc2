"""Inference from synthetic copies: hand-worked rules, published coverage, the laws of the tests under the null."""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.errors import ArgumentError
from understudy.metrics.inference import Combined, combine, lack_of_fit, overlap

RUNS = 20_000
THREE = [(1.0, 0.04), (1.2, 0.04), (1.1, 0.10)]  # mean 1.1, v̄ = 0.06, b = 0.01
KINDS = ["observed", "simple", "proper", "partial", "full"]


def covers(combined: Combined, truth: float = 0.0) -> float:
    return float(((combined.low <= truth) & (truth <= combined.high)).mean())


# --- the rules by hand -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "variance", "df"),
    [
        ("observed", 0.06 / 2, np.inf),
        ("simple", 0.06 * (1 / 2 + 1 / 3), np.inf),
        ("proper", 0.06 * (1 / 2 + (1 + 1 / 2) / 3), np.inf),
        ("partial", 0.06 / 2 + 0.01 / 3, 2 * (1 + 3 * 0.03 / 0.01) ** 2),
        ("full", 0.06 / 2, np.inf),  # (4/3) 0.01 − 0.06 is negative
    ],
)
def test_variances_by_hand(kind: str, variance: float, df: float) -> None:
    found = combine(THREE, kind, n=200, k=100)
    assert found.estimates == pytest.approx([1.1])
    assert found.std_errors**2 == pytest.approx([variance])
    assert found.df == pytest.approx([df])
    assert found.names == ("estimate",)
    assert (found.m, found.n, found.k) == (3, 200, 100)
    if kind != "full":
        assert found.covariance == pytest.approx(np.array([[variance]]))


def test_intervals_and_p_values_by_hand() -> None:
    found = combine([(1.0, 1.0)], "simple", n=1, k=1)
    half = 1.959964 * np.sqrt(2)
    assert [*found.low, *found.high] == pytest.approx([1 - half, 1 + half], abs=1e-5)
    assert found.p_values == pytest.approx([0.4795], abs=1e-4)  # 2 Φ(−1/√2)
    # t with ν = 4 (1 + 1)² = 16: 97.5 % point 2.1199
    copies = [(x, 1 / 5) for x in np.array([-1, -1, 0, 1, 1]) + 3.0]  # b = 1, b/m = v̄ = 0.2
    found = combine(copies, "partial")
    assert found.df == pytest.approx([16.0])
    assert (found.high - found.low) / 2 == pytest.approx([2.1199 * np.sqrt(0.4)], rel=1e-4)


def test_full_by_hand() -> None:
    found = combine([(1.0, 0.5), (2.0, 0.5), (3.0, 0.5)], "full")  # b = 1, r = 8/3
    assert found.std_errors**2 == pytest.approx([4 / 3 - 1 / 2])
    assert found.df == pytest.approx([2 * (1 - 3 / 8) ** 2])
    assert any("less than one degree of freedom" in note for note in found.notes)


def test_full_says_when_a_negative_variance_was_mended() -> None:
    found = combine([((1.0, 1.0), (0.04, 0.004)), ((1.2, 1.2), (0.04, 0.004))], "full", n=100, k=50)
    assert found.std_errors**2 == pytest.approx([0.04 / 2, 1.5 * 0.02 - 0.004])
    assert np.isinf(found.df[0])
    assert np.isfinite(found.df[1])
    assert found.covariance is None
    assert any("the variance of 'x1' came out negative: v̄ k / n stands in" in note for note in found.notes)
    with pytest.raises(ArgumentError, match=r"negative, and n and k are needed .*'estimate'"):
        combine([(1.0, 1.0), (1.1, 1.0)], "full")


def test_a_hair_above_zero_the_full_interval_is_the_whole_line() -> None:
    found = combine([(0.0, 1.0), (1.1551, 1.0)], "full")  # (3/2) b = 1.00069
    assert found.low == [-np.inf]
    assert found.high == [np.inf]
    assert found.to_dict()["coefficients"][0]["low"] is None


def test_nested_by_hand() -> None:
    nests = [[(1.0, 0.1), (1.2, 0.1)], [(2.0, 0.1), (2.2, 0.1)]]  # B = 0.5, w = 0.02
    found = combine(nests, "nested")
    variance = 1.5 * 0.5 - 0.02 / 2 + 0.1
    assert found.std_errors**2 == pytest.approx([variance])
    assert found.df == pytest.approx([variance**2 / (0.75**2 / 1 + 0.01**2 / 2)])
    assert found.m == 2
    assert found.covariance == pytest.approx(np.array([[variance]]))


def test_nested_says_when_a_negative_variance_was_mended() -> None:
    found = combine([[(0.0, 0.1), (2.0, 0.1)], [(0.1, 0.1), (2.1, 0.1)]], "nested")  # B = 0.005, w = 2
    assert found.std_errors**2 == pytest.approx([0.1 + 1.5 * 0.005])
    assert found.df == pytest.approx([(1 + 0.1 / (1.5 * 0.005)) ** 2])
    assert any("negative" in note for note in found.notes)


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 5)), min_size=2, max_size=6),
    st.sampled_from(KINDS),
    st.floats(0.1, 10),
    st.randoms(use_true_random=False),
)
def test_order_of_copies_and_units_do_not_matter(fits: list, kind: str, unit: float, random: Any) -> None:
    first = combine(fits, kind, n=70, k=50)
    mixed = [(unit * q + 1, unit**2 * v) for q, v in fits]
    random.shuffle(mixed)
    other = combine(mixed, kind, n=70, k=50)
    assert other.estimates == pytest.approx(unit * first.estimates + 1, abs=1e-9)
    assert other.std_errors == pytest.approx(unit * first.std_errors, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_covariance_matrix_combines_like_every_sum_of_coefficients(kind: str) -> None:
    rng = np.random.default_rng(0)
    square = np.array([[1.0, 0.7], [0.7, 2.0]])
    fits = [(rng.multivariate_normal([0, 0], 3 * square), square * (1 + at / 100)) for at in range(60)]
    found, sums = combine(fits, kind, n=10, k=15), np.array([1.0, -2.0])
    single = combine([(sums @ q, sums @ v @ sums) for q, v in fits], kind, n=10, k=15)
    assert found.covariance is not None
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(found.std_errors)
    assert sums @ found.covariance @ sums == pytest.approx(single.std_errors[0] ** 2)


def test_nested_covariance_matrix_combines_like_every_sum_of_coefficients() -> None:
    rng = np.random.default_rng(0)
    square, sums = np.array([[1.0, 0.7], [0.7, 2.0]]), np.array([1.0, -2.0])
    means = rng.multivariate_normal([0, 0], 2 * square, 4)
    nests = [[(mean + rng.multivariate_normal([0, 0], square / 2), square) for _ in range(3)] for mean in means]
    found = combine(nests, "nested")
    single = combine([[(sums @ q, sums @ v @ sums) for q, v in nest] for nest in nests], "nested")
    assert found.covariance is not None
    assert sums @ found.covariance @ sums == pytest.approx(single.std_errors[0] ** 2)


# --- coverage ----------------------------------------------------------------------------------------------------


def normal_copies(n: int, k: int, m: int, proper: bool, runs: int = RUNS, seed: int = 0) -> list[tuple]:
    """Means of normal copies of normal rows with mean 0, and their variances: a coefficient for each run.

    Drawn through mean and variance, which are sufficient and independent: the same law as of rows one by one.
    """
    rng = np.random.default_rng(seed)
    mean, spread = rng.normal(0, n**-0.5, runs), rng.chisquare(n - 1, runs) / (n - 1)
    copies = []
    for _ in range(m):
        center, scale = mean, spread
        if proper:
            scale = spread * (n - 1) / rng.chisquare(n - 1, runs)
            center = rng.normal(mean, np.sqrt(scale / n))
        copies.append((rng.normal(center, np.sqrt(scale / k)), scale * rng.chisquare(k - 1, runs) / (k - 1) / k))
    return copies


def by_normal(estimates: np.ndarray, variances: np.ndarray) -> float:
    """Coverage of 0 by ± 1.96 standard errors; where the variance is negative it fails."""
    return float(((variances > 0) & (estimates**2 <= 1.959964**2 * variances)).mean())


@pytest.mark.parametrize(
    ("k", "m", "proper", "naive", "raab", "partial", "full"),
    [
        (500, 1, False, 0.835, 0.949, None, None),
        (500, 5, False, 0.929, 0.950, 0.948, 0.376),
        (500, 5, True, 0.908, 0.953, 0.944, 0.691),
        (500, 20, True, 0.940, 0.951, 0.951, 0.872),
        (100, 5, False, 0.996, 0.950, 0.999, 0.457),
    ],
)
def test_coverage_table(
    k: int, m: int, proper: bool, naive: float, raab: float, partial: float | None, full: float | None
) -> None:
    copies = normal_copies(500, k, m, proper)
    found = combine(copies, "proper" if proper else "simple", n=500, k=k)
    within = np.mean([v for _, v in copies], axis=0)
    assert by_normal(found.estimates, within) == pytest.approx(naive, abs=0.01)
    assert covers(found) == pytest.approx(raab, abs=0.01)
    assert covers(found) == pytest.approx(0.95, abs=0.006)
    if partial is not None and full is not None:
        assert covers(combine(copies, "partial")) == pytest.approx(partial, abs=0.01)  # without k / n
        assert covers(combine(copies, "partial", n=500, k=k)) == pytest.approx(0.95, abs=0.01)
        b = np.var([q for q, _ in copies], axis=0, ddof=1)
        assert by_normal(found.estimates, (1 + 1 / m) * b - within) == pytest.approx(full, abs=0.01)


def test_share_of_negative_variances() -> None:
    found = combine(normal_copies(500, 500, 5, True), "full", n=500, k=500)
    share = 1 - np.exp(-5 / 6) * (1 + 5 / 6)  # b is 2 v̄ χ² / 4, and χ² of four degrees of freedom falls below 5 / 3
    assert np.isinf(found.df).mean() == pytest.approx(share, abs=0.01)
    assert covers(found) > 0.93


def test_observed_gives_the_interval_of_the_real_rows() -> None:
    found = combine(normal_copies(500, 100, 200, False, runs=2_000), "observed", n=500, k=100)
    assert found.std_errors.mean() == pytest.approx(500**-0.5, rel=0.005)


def test_partial_copies_with_kept_columns() -> None:
    """Estimates of copies vary less than simple synthesis would have it; simple is too wide, and says so."""
    rng = np.random.default_rng(0)
    real = rng.normal(size=RUNS)
    copies = [(rng.normal(real, 0.3), np.ones(RUNS)) for _ in range(3)]
    assert covers(combine(copies, "partial")) == pytest.approx(0.95, abs=0.006)
    assert covers(combine(copies, "simple", n=9, k=9)) > 0.97
    few = combine([(rng.normal(0, 0.3, 4), np.ones(4)) for _ in range(10)], "simple", n=9, k=9)
    assert any("were columns kept" in note for note in few.notes)


def test_nested_copies() -> None:
    """The model of Reiter 2004: imputation adds 0.5 to a variance of 1, synthesis 1 in each copy."""
    rng = np.random.default_rng(0)
    observed = rng.normal(0, np.sqrt(1.5), RUNS)
    nests = []
    for _ in range(10):
        completed = rng.normal(observed, np.sqrt(0.5))
        nests.append([(rng.normal(completed), np.ones(RUNS)) for _ in range(5)])
    assert covers(combine(nests, "nested")) == pytest.approx(0.95, abs=0.01)


def test_copies_unlike_the_rule_are_told() -> None:
    proper = normal_copies(500, 500, 80, True, runs=4)
    assert any("were parameters drawn anew" in note for note in combine(proper, "simple", n=500, k=500).notes)
    assert not combine(proper, "proper", n=500, k=500).notes
    plain = normal_copies(500, 500, 80, False, runs=4)
    assert not combine(plain, "simple", n=500, k=500).notes
    assert any("less than this rule" in note for note in combine(plain, "proper", n=500, k=500).notes)
    assert any("copies alike" in note for note in combine([(1.0, 0.1)] * 5, "simple", n=9, k=9).notes)


# --- against the real rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("m", "null"), [(1, 0.7965), (5, 0.909), (10, 0.936), (200, 0.986)])
def test_overlap_by_chance(m: int, null: float) -> None:
    rng = np.random.default_rng(m)
    count = 4_000 if m == 200 else RUNS
    real = rng.normal(size=count)
    found = overlap(
        combine([(rng.normal(real), np.ones(count)) for _ in range(m)], "observed", n=50, k=50), (real, np.ones(count))
    )
    assert found.expected == pytest.approx(np.full(count, null), abs=6e-4)
    assert found.mean == pytest.approx(null, abs=0.005)
    assert np.abs(found.difference).mean() == pytest.approx(np.sqrt(2 / np.pi / m), rel=0.03)


@pytest.mark.parametrize(
    ("kind", "m", "k", "spread"),
    [("simple", 1, 50, 1), ("simple", 3, 20, 1), ("proper", 2, 100, 1 + 2), ("partial", 40, 50, 0.2)],
)
def test_overlap_by_chance_where_lengths_differ(kind: str, m: int, k: int, spread: float) -> None:
    """The real variance is 1, n = 50; `spread` is the variance of a copy in those it reports."""
    rng = np.random.default_rng(0)
    real, within = rng.normal(size=RUNS), np.full(RUNS, 50 / k)
    copies = [(rng.normal(real, np.sqrt(spread * within)), within) for _ in range(m)]
    found = overlap(combine(copies, kind, n=50, k=k), (real, np.ones(RUNS)))
    assert found.mean_expected == pytest.approx(found.mean, abs=0.005)


def test_overlap_by_hand() -> None:
    z, real = 1.959964, [0.0, 0.0, 0.0, 0.0]
    found = combine([([0.0, z, 4 * z, 0.0], [1.0, 1.0, 1.0, 4.0])], "observed", n=1, k=1)
    done = overlap(found, (real, np.ones(4)))
    assert done.overlap == pytest.approx([1.0, 0.5, -1.0, 0.75], abs=1e-6)  # last: ½ (1 + ½)
    assert done.difference == pytest.approx([0.0, z, 4 * z, 0.0])
    assert done.mean == pytest.approx(0.3125)
    assert json.loads(json.dumps(done.to_dict()))["coefficients"][2]["overlap"] == pytest.approx(-1)
    assert "mean overlap 0.312" in str(done)
    assert done.frame().columns == ["name", "overlap", "expected", "difference"]


def test_overlap_of_an_endless_interval_is_a_half() -> None:
    found = combine([(0.0, 1.0), (1.1551, 1.0)], "full")
    done = overlap(found, (0.0, 1.0))
    assert done.overlap == pytest.approx([0.5])
    assert done.mean_expected is None
    assert overlap(combine([(0.0, 1.0), (1.1551, 1.0)], "full", n=5, k=5), (0.0, 1.0)).mean_expected == pytest.approx(
        0.5
    )


def test_overlap_with_a_rule_that_has_no_null() -> None:
    found = overlap(combine([[(1.0, 0.1), (1.2, 0.1)], [(1.1, 0.1), (1.3, 0.1)]], "nested"), (1.0, 0.1))
    assert found.mean_expected is None
    assert 0 < found.mean < 1


def least_squares(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Last column on the others: coefficients and their covariance matrix."""
    x, y = np.column_stack([np.ones(len(rows)), rows[:, :-1]]), rows[:, -1]
    inverse = np.linalg.inv(x.T @ x)
    found = inverse @ x.T @ y
    return found, inverse * ((y - x @ found) ** 2).sum() / (len(y) - x.shape[1])


def normal_rows(like: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    return rng.multivariate_normal(like.mean(axis=0), np.cov(like, rowvar=False), size, method="cholesky")


def test_lack_of_fit_of_regressions_is_chi_square() -> None:
    """Correlated regressors; copies of another size, all columns drawn from the normal fitted to the real rows."""
    rng = np.random.default_rng(0)
    square = np.array([[1.0, 0.8, 0.5, 0.6], [0.8, 1.0, 0.6, 0.3], [0.5, 0.6, 1.0, 0.4], [0.6, 0.3, 0.4, 1.0]])
    tests = []
    for _ in range(400):
        real = rng.multivariate_normal([2, 1, 0, 3], square, 400, method="cholesky")
        fits = [least_squares(normal_rows(real, 250, rng)) for _ in range(3)]
        tests.append(lack_of_fit(combine(fits, "simple", n=400, k=250), least_squares(real)))
    assert {test.df for test in tests} == {4}
    assert np.mean([test.statistic for test in tests]) == pytest.approx(4, abs=0.43)  # three standard errors
    assert np.mean([test.p_value < 0.05 for test in tests]) == pytest.approx(0.05, abs=0.033)


@pytest.mark.parametrize(("kind", "spread"), [("simple", 1.0), ("proper", 1 + 1 / 2), ("full", 1 + 1 / 2)])
def test_lack_of_fit_is_chi_square(kind: str, spread: float) -> None:
    """Normal estimates, n = 100, k = 50: V of the real fit is half of what copies report."""
    rng = np.random.default_rng(0)
    square = np.array([[1.0, 0.9, 0.2], [0.9, 2.0, 0.5], [0.2, 0.5, 0.5]])
    tests = []
    for _ in range(800):
        drawn = rng.multivariate_normal([1, 2, 3], square * spread, 4, method="cholesky")
        combined = combine([(each, square) for each in drawn], kind, n=100, k=50)
        tests.append(lack_of_fit(combined, ([1, 2, 3], square / 2)))
    p_values = np.array([test.p_value for test in tests])
    assert np.mean([test.statistic for test in tests]) == pytest.approx(3, abs=0.26)
    assert (p_values < 0.05).mean() == pytest.approx(0.05, abs=0.024)
    assert np.abs(np.sort(p_values) - np.linspace(0, 1, len(p_values))).max() < 0.058  # Kolmogorov, 1 %


def test_lack_of_fit_of_partial_copies_is_f() -> None:
    rng = np.random.default_rng(0)
    square = np.array([[1.0, 0.9], [0.9, 2.0]])
    tests = []
    for _ in range(800):
        drawn = rng.multivariate_normal([1, 2], square * 0.3, 6, method="cholesky")
        tests.append(lack_of_fit(combine([(each, square) for each in drawn], "partial"), ([1, 2], square)))
    p_values = np.array([test.p_value for test in tests])
    assert {(test.df, test.df_error) for test in tests} == {(2, 4)}
    assert (p_values < 0.05).mean() == pytest.approx(0.05, abs=0.024)
    assert np.abs(np.sort(p_values) - np.linspace(0, 1, len(p_values))).max() < 0.058


def test_lack_of_fit_by_hand() -> None:
    square = np.array([[2.0, 1.0], [1.0, 2.0]])
    found = combine([([1.0, 0.0], square), ([1.0, 2.0], square)], "simple", n=100, k=50)
    test = lack_of_fit(found, ([0.0, 0.0], square))
    assert test.statistic == pytest.approx(2 / 3)  # (1, 1) V⁻¹ (1, 1)' = 2/3, over (n / k) / m = 1
    assert test.p_value == pytest.approx(np.exp(-1 / 3))
    assert lack_of_fit(found, ([0.0, 0.0], [2.0, 2.0]), names=["x2"]).statistic == pytest.approx(1 / 2)
    assert lack_of_fit(combine([(1.0, 1.0), (3.0, 1.0)], "partial"), (0.0, 1.0)).statistic == pytest.approx(4)
    assert str(test) == "chi-square(2) = 0.6667, p = 0.7165"
    assert "taken to be of one fitted model" in lack_of_fit(combine([(1, 1)], "observed", n=1, k=1), (0, 1)).note


def test_lack_of_fit_sees_a_wrong_coefficient_that_overlap_does_not() -> None:
    """Two coefficients so correlated that both intervals overlap while their sum is far off."""
    square = np.array([[1.0, -0.99], [-0.99, 1.0]])
    found = combine([([0.5, 0.5], square)], "observed", n=10, k=10)
    assert overlap(found, ([0.0, 0.0], square)).overlap.min() > 0.85
    assert lack_of_fit(found, ([0.0, 0.0], square)).p_value < 1e-5


# --- what fits may be --------------------------------------------------------------------------------------------


@dataclass
class Results:
    """A result as statsmodels gives it."""

    params: Any
    cov: Any
    nobs: float = 100.0
    model: Any = None

    def cov_params(self) -> Any:
        return self.cov


def test_forms_of_a_fit_agree() -> None:
    names, values, square = ["a", "b"], [1.0, 2.0], np.array([[0.2, 0.1], [0.1, 0.3]])
    frame = pd.DataFrame(square, names, names)
    nested = {"b": {"b": 0.3, "a": 0.1}, "a": {"b": 0.1, "a": 0.2}}
    model = SimpleNamespace(exog_names=names)
    forms = [
        Results(pd.Series(values, names), frame),
        Results(pd.Series(values[::-1], names[::-1]), frame),
        Results(np.array(values), square, model=model),
        (dict(zip(names, values, strict=True)), nested),
        (pd.Series(values, names), frame.loc[["b", "a"], ["b", "a"]]),
        (dict(zip(names, values, strict=True)), square),
    ]
    for form in forms:
        found = combine([form], n=100, k=100)
        assert dict(zip(found.names, found.estimates, strict=True)) == {"a": 1.0, "b": 2.0}
        at = [found.names.index(name) for name in names]
        assert found.covariance is not None
        assert found.covariance[np.ix_(at, at)] == pytest.approx(2 * square)
    together = combine(forms, n=100, k=100)
    assert together.std_errors == pytest.approx(np.sqrt([0.2 * (1 + 1 / 6), 0.3 * (1 + 1 / 6)]))
    assert combine([(values, pl.Series([0.2, 0.3]))], n=1, k=1).std_errors == pytest.approx(np.sqrt([0.4, 0.6]))


def test_variances_without_covariances_do() -> None:
    bare = SimpleNamespace(params=pd.Series([1.0, 2.0], ["a", "b"]), bse=pd.Series([0.1, 0.2], ["a", "b"]), nobs=50)
    found = combine([bare, ({"b": 2.0, "a": 1.0}, {"a": 0.01, "b": 0.04})], n=50, k=50)
    assert found.std_errors == pytest.approx(np.sqrt([0.015, 0.06]))
    assert found.covariance is None


def test_rows_come_from_the_fits() -> None:
    fit = Results(pd.Series([1.0], ["a"]), [[0.1]], nobs=80.0)
    found = combine([fit, fit])
    assert (found.n, found.k) == (80, 80)
    assert "taken to be k = 80" in found.notes[0]
    assert combine([fit], n=160).std_errors ** 2 == pytest.approx([0.1 * (0.5 + 1)])
    assert combine([fit], k=40, n=80).std_errors ** 2 == pytest.approx([0.1 * (0.5 + 1)])


@pytest.mark.skipif(find_spec("statsmodels") is None, reason="statsmodels is not installed")
def test_statsmodels_results() -> None:
    from statsmodels.api import GLM, OLS, Logit, families

    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"one": 1.0, "x": rng.normal(size=200)})
    score = rows["x"] + rng.normal(size=200)
    for fit in [
        OLS(score, rows).fit(),
        OLS(score.to_numpy(), rows.to_numpy()).fit(),
        OLS(score, rows).fit(cov_type="HC3"),
        Logit((score > 0).astype(float), rows).fit(disp=0),
        GLM((score > 0).astype(float), rows, family=families.Binomial()).fit(),
    ]:
        found = combine([fit])
        assert found.k == 200
        assert found.std_errors == pytest.approx(np.sqrt(2) * np.asarray(fit.bse))
        assert overlap(combine([fit], "observed"), fit).overlap == pytest.approx([1.0, 1.0])
        assert lack_of_fit(found, fit).statistic == pytest.approx(0)


def test_a_result_prints_and_is_plain_data() -> None:
    found = combine([({"age": 1.5, "sex": -0.2}, {"age": 0.04, "sex": 0.0})], n=100, k=100)
    lines = str(found).splitlines()
    assert lines[0] == "simple: m = 1, n = 100, k = 100 (Raab, Nowok and Dibben 2016)"
    assert lines[1].split() == ["estimate", "std_error", "low", "high", "df", "statistic", "p_value"]
    assert lines[2].split()[:3] == ["age", "1.5", "0.2828"]
    assert "holds where every column" in str(found)
    assert "the standard error of 'sex' is 0" in str(found)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["coefficients"][1]["p_value"] is None
    assert plain["coefficients"][0]["df"] is None
    assert found.frame()["name"].to_list() == ["age", "sex"]
    assert found.frame().height == 2


# --- what is refused ---------------------------------------------------------------------------------------------

PAIR = ((1.0, 2.0), (0.1, 0.1))
TRIPLE = ((1.0, 2.0, 3.0), (0.1, 0.1, 0.1))
SQUARE = np.eye(2)


@pytest.mark.parametrize(
    ("arguments", "said", "field"),
    [
        (([PAIR], "simpel"), "no kind 'simpel': did you mean 'simple'?", "kind"),
        (([PAIR], "partial"), "kind 'partial' needs two copies or more", "fits"),
        (([PAIR], "full"), "kind 'full' needs two copies or more", "fits"),
        (([[PAIR, PAIR]], "nested"), "kind 'nested' needs two nests or more", "fits"),
        (([[PAIR, PAIR], [PAIR]], "nested"), "every nest needs the same number of copies", "fits"),
        (([[PAIR], [PAIR]], "nested"), "every nest needs the same number of copies", "fits"),
        (([TRIPLE, TRIPLE], "nested"), "this is not a fit (nest 1, copy 1)", "fits"),
        (([PAIR],), "give k, the rows of each synthetic copy", "k"),
        (([], "simple"), "there is no fit", "fits"),
        ((TRIPLE,), "this is not a fit (copy 1)", "fits"),
        ((Results(1, 1),), "fits is not a sequence of fits", "fits"),
        (({"a": PAIR},), "fits is not a sequence of fits", "fits"),
        (([PAIR, (1.0, 0.1)],), "there are 1 coefficients where others have 2 (copy 2)", "fits"),
        (([({"a": 1}, [1]), ({"b": 1}, [1])],), "'a' is lacking, 'b' is new (copy 2)", "fits"),
        (([({"a": 1}, {"b": 1})],), "estimate and variance have different names (copy 1)", "fits"),
        (([((1.0, np.nan), (1, 1))],), "coefficient 'number 2' is nan", "fits"),
        (([({"a": 1.0}, {"a": np.inf})],), "coefficient 'a' is 1 with a variance of inf", "fits"),
        (([(1.0, -0.1)],), "with a variance of -0.1", "fits"),
        (([((1, 2), (1, 1, 1))],), "2 estimates have variances of another shape (3)", "fits"),
        (([((1, 2), 1)],), "2 estimates have variances of another shape (one number)", "fits"),
        (([((1, 2), [[1, 2], [0, 1]])],), "this is no covariance matrix", "fits"),
        (([((1, 2), [[1, 3], [3, 1]])],), "this is no covariance matrix", "fits"),
        (([([], [])],), "the estimates are no vector", "fits"),
        (([("one", 1)],), "this is no array of numbers", "fits"),
        (([(SQUARE, SQUARE)],), "the estimates are no vector", "fits"),
        (([(pd.Series([1, 2], ["a", "a"]), (1, 1))],), "two coefficients have one name", "fits"),
        (([SimpleNamespace(params=[1.0])],), "the result has no covariance", "fits"),
        (([SimpleNamespace(params=[1.0], bse=["one"])],), "this is no array of numbers (copy 1)", "fits"),
    ],
)
def test_refusals(arguments: tuple, said: str, field: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        combine(*arguments)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.field == field
    assert caught.value.hint


def test_private_copies_are_refused_by_every_kind() -> None:
    for kind in [*KINDS, "nested"]:
        with pytest.raises(ArgumentError, match="no combining rule holds for differentially private copies") as caught:
            combine([PAIR, PAIR], kind, n=10, k=10, private=True)
        assert caught.value.field == "private"


@pytest.mark.parametrize("size", [0, -5, np.nan, np.inf, "many"])
def test_sizes_are_positive_numbers(size: Any) -> None:
    with pytest.raises(ArgumentError, match="n is no number of rows"):
        combine([PAIR], n=size, k=10)


def test_half_of_the_sizes_is_not_enough() -> None:
    with pytest.raises(ArgumentError, match="give n, the rows of the real table"):
        combine([PAIR, PAIR], "partial", k=10)
    with pytest.raises(ArgumentError, match="give k, the rows of each synthetic copy"):
        combine([PAIR, PAIR], "partial", n=10)


def test_comparisons_that_are_refused() -> None:
    found = combine([((1, 2), SQUARE), ((2, 3), SQUARE)], "partial")
    nested = combine([[PAIR, PAIR], [PAIR, PAIR]], "nested")
    for call, said in [
        (lambda: lack_of_fit(found, PAIR), "2 copies are too few to test 2 coefficients"),
        (lambda: lack_of_fit(found, PAIR, names=["x3"]), "no coefficient 'x3'"),
        (lambda: lack_of_fit(found, PAIR, names=[]), "no coefficient is named"),
        (lambda: lack_of_fit(found, (1.0, 1.0)), "there are 1 coefficients where others have 2 (the real fit)"),
        (lambda: lack_of_fit(nested, ((1, 2), SQUARE)), "no such test where cells were missing"),
        (lambda: lack_of_fit(combine([PAIR], n=1, k=1), PAIR), "the real fit has no covariance matrix"),
        (lambda: lack_of_fit(combine([PAIR], n=1, k=1), ((1, 2), np.ones((2, 2)))), "is singular"),
        (lambda: lack_of_fit(combine([PAIR], n=1, k=1), ((1, 2), np.zeros((2, 2)))), "is singular"),
        (lambda: overlap(combine([PAIR], n=1, k=1), ((1, 2), (1, 0))), "a standard error is 0 (coefficient 'x2')"),
        (lambda: lack_of_fit(combine([(0.0, 1.0), (9.0, 1.0)], "full"), (1.0, 1.0)), "depends on n and k"),
    ]:
        with pytest.raises(ArgumentError) as caught:
            call()
        assert said in str(caught.value)


def test_inputs_are_not_changed() -> None:
    values, square = np.array([1.0, 2.0]), np.eye(2)
    fits = [(values, square)] * 2
    combine(fits, "full", n=1, k=1)
    assert values.tolist() == [1.0, 2.0]
    assert square.tolist() == np.eye(2).tolist()
    assert len(fits) == 2


def test_a_result_cannot_be_changed() -> None:
    found = combine([PAIR], n=1, k=1)
    with pytest.raises(ValueError, match="read-only"):
        found.low[0] = 0.0
    with pytest.raises(AttributeError):
        found.kind = "proper"  # type: ignore[misc]
