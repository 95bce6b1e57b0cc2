"""Inference from synthetic copies: one result of many fits, and how far it lies from a fit of the real rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from understudy.errors import ArgumentError, nearest
from understudy.metrics.combining import (
    RULES,
    Rule,
    Total,
    between,
    between_matrix,
    cautions,
    granted,
    matrix,
    sizes,
    total,
)
from understudy.metrics.fits import Array, Copies, Fit, align, gather, read

LEVEL = 0.975
Z = 1.959963984540054
LEAST_DF = 0.05  # below it the 97.5 % point of t exceeds 1e30, and is not computed rightly
PRIVATE = (
    "release the estimate itself under differential privacy, or draw each copy from the posterior given the noisy "
    "answers (arXiv:2205.14485) and combine those as kind='full'"
)


@dataclass(frozen=True, eq=False)
class Combined:
    """One result of the analyses of m synthetic copies.

    Attributes:
        kind: the rule.
        names: of the coefficients.
        estimates: (coefficients,) means over copies.
        std_errors: (coefficients,).
        low: lower ends of the 95 % intervals.
        high: upper ends.
        df: (coefficients,) degrees of freedom of the t distribution, infinite for the normal.
        statistic: estimates / std_errors, NaN where the standard error is 0.
        p_values: two-sided, of the coefficient being 0.
        m: copies; nests where they are nested.
        n: rows of the real table, None where unknown and not needed.
        k: rows of a copy, likewise.
        covariance: (coefficients, coefficients), None where the copies or the rule give none.
        holds: when the rule holds.
        source: the paper it is from.
        notes: what to mind here.
        copies: what was combined.
    """

    kind: str
    names: tuple[str, ...]
    estimates: Array
    std_errors: Array
    low: Array
    high: Array
    df: Array
    statistic: Array
    p_values: Array
    m: int
    n: float | None
    k: float | None
    covariance: Array | None
    holds: str
    source: str
    notes: tuple[str, ...]
    copies: Copies = field(repr=False)

    @property
    def ratio(self) -> float | None:
        """Rows of a copy for each real row, k / n; None where one is unknown."""
        return None if self.n is None or self.k is None else self.k / self.n

    def frame(self) -> pl.DataFrame:
        """A row for each coefficient."""
        return pl.DataFrame({"name": self.names, **self._columns()})

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON; what is not finite is None."""
        plain = {"kind": self.kind, "m": self.m, "n": self.n, "k": self.k}
        rest = {"holds": self.holds, "source": self.source, "notes": list(self.notes)}
        square = None if self.covariance is None else self.covariance.tolist()
        return {**plain, "coefficients": _rows(self.names, self._columns()), "covariance": square, **rest}

    def _columns(self) -> dict[str, Array]:
        shown = ("estimates", "std_errors", "low", "high", "df", "statistic", "p_values")
        heads = ("estimate", "std_error", "low", "high", "df", "statistic", "p_value")
        return {head: getattr(self, name) for head, name in zip(heads, shown, strict=True)}

    def __str__(self) -> str:
        sizes = "" if self.n is None or self.k is None else f", n = {self.n:g}, k = {self.k:g}"
        head = f"{self.kind}: m = {self.m}{sizes} ({self.source})"
        return "\n".join([head, _table(self.names, self._columns()), self.holds, *self.notes])


@dataclass(frozen=True)
class LackOfFit:
    """Whether the estimates of the copies lie as near to the real ones as chance allows.

    Attributes:
        statistic: chi-square or F.
        df: degrees of freedom, the number of coefficients.
        df_error: the second degrees of freedom of F, None for chi-square.
        p_value: of a statistic at least as large, were the synthesis right.
        note: what was taken for granted.
    """

    statistic: float
    df: int
    df_error: int | None
    p_value: float
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return dict(vars(self))

    def __str__(self) -> str:
        name = f"chi-square({self.df})" if self.df_error is None else f"F({self.df}, {self.df_error})"
        return f"{name} = {self.statistic:.4g}, p = {self.p_value:.4g}" + (f"\n{self.note}" if self.note else "")


@dataclass(frozen=True, eq=False)
class Overlap:
    """How far the intervals of the copies and of the real rows overlap.

    Attributes:
        names: of the coefficients.
        overlap: (coefficients,) 1 where the intervals are equal, below 0 where they do not touch.
        expected: (coefficients,) mean of the overlap by chance, were the synthesis right; NaN where unknown.
        difference: (coefficients,) combined − real estimate, in standard errors of the real one.
    """

    names: tuple[str, ...]
    overlap: Array
    expected: Array
    difference: Array

    @property
    def mean(self) -> float:
        """Mean overlap."""
        return float(self.overlap.mean())

    @property
    def mean_expected(self) -> float | None:
        """Mean of the expected overlap, None where unknown."""
        return _plain(self.expected.mean())

    def frame(self) -> pl.DataFrame:
        """A row for each coefficient."""
        return pl.DataFrame({"name": self.names, **self._columns()})

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        means = {"mean": self.mean, "mean_expected": self.mean_expected}
        return {**means, "coefficients": _rows(self.names, self._columns())}

    def _columns(self) -> dict[str, Array]:
        return {"overlap": self.overlap, "expected": self.expected, "difference": self.difference}

    def __str__(self) -> str:
        expected = "" if self.mean_expected is None else f", {self.mean_expected:.3f} expected by chance"
        return f"mean overlap {self.mean:.3f}{expected}\n{_table(self.names, self._columns())}"


def combine(
    fits: Iterable[Any],
    kind: str = "simple",
    *,
    n: float | None = None,
    k: float | None = None,
    private: bool = False,
) -> Combined:
    """One result of the same analysis of m synthetic copies.

    Args:
        fits: one a copy: results as of statsmodels, or pairs (estimate, variance) of numbers, arrays or mappings, where
            the variance may be a covariance matrix. For "nested" a sequence of fits for each nest.
        kind: "observed", "simple", "proper" (Raab, Nowok and Dibben 2016), "partial" (Reiter 2003), "full"
            (Raghunathan, Reiter and Rubin 2003) or "nested" (Reiter 2004); `holds` of the result says when it holds.
        n: rows of the real table; as many as k where the fits tell how many rows they had.
        k: rows of a synthetic copy; where it is not given, those of the fits.
        private: whether the copies are differentially private. No rule here holds for them.

    Returns:
        Estimates, standard errors, 95 % intervals and p-values.

    Raises:
        ArgumentError: `fits` cannot be read, differ in their coefficients, are too few for the rule, or need n and k;
            there is no such kind; the copies are differentially private.

    >>> print(combine([(1.0, 0.04), (1.2, 0.04)], n=100, k=100).std_errors.round(4))
    [0.2449]
    """
    rule = _rule(kind)
    if private:
        raise ArgumentError(
            "no combining rule holds for differentially private copies: the fits do not see the noise",
            hint=PRIVATE,
            field="private",
        )
    copies = gather(fits, kind == "nested")
    m = len(copies.estimates)
    if m < rule.fewest:
        raise ArgumentError(
            f"kind '{kind}' needs {_them(kind)} to differ", where="there is one", hint=_MORE, field="fits"
        )
    rows, real = sizes(copies, n, k, rule)
    ratio = None if rows is None or real is None else rows / real
    found = total(rule, copies, ratio)
    notes = (*granted(rule, n, real), *cautions(rule, copies, ratio, found))
    return _combined(kind, copies, (real, rows), found, notes)


_MORE = "draw more copies, with other seeds; where all columns were synthesised, 'simple' and 'proper' do with one"


def _them(kind: str) -> str:
    return "two nests or more" if kind == "nested" else "two copies or more"


def _rule(kind: str) -> Rule:
    if kind not in RULES:
        raise ArgumentError(f"no kind '{kind}'", hint=nearest(kind, RULES), field="kind")
    return RULES[kind]


def _combined(
    kind: str, copies: Copies, sizes: tuple[float | None, float | None], found: Total, notes: Sequence[str]
) -> Combined:
    from scipy.special import stdtr, stdtrit

    estimates, errors = copies.estimates.mean(axis=(0, 1)), np.sqrt(found.variances)
    near = found.df < LEAST_DF
    reach = np.where(near, np.inf, stdtrit(np.where(near, 1.0, found.df), LEVEL))
    half = np.zeros(len(errors))
    np.multiply(reach, errors, out=half, where=errors > 0)
    statistic = np.full(len(errors), np.nan)
    np.divide(estimates, errors, out=statistic, where=errors > 0)
    nests, each = copies.estimates.shape[:2]
    real, rows = sizes
    ratio = 1.0 if real is None or rows is None else rows / real
    rule = RULES[kind]
    square = None if found.mended.any() else matrix(rule.weights(nests, each, ratio), copies)
    p_values = 2 * stdtr(found.df, -np.abs(statistic))
    ends = (estimates - half, estimates + half, found.df, statistic, p_values)
    for given in (estimates, errors, *ends):
        given.setflags(write=False)
    about = (rule.holds, rule.source, tuple(notes), copies)
    return Combined(kind, copies.names, estimates, errors, *ends, nests, real, rows, square, *about)


def lack_of_fit(combined: Combined, real: Any, names: Sequence[str] | None = None) -> LackOfFit:
    """Tests whether the combined estimates differ from the real ones by more than the chance of the synthesis.

    With d the difference and V the covariance matrix of the real fit, d' W⁻¹ d is chi-square with as many degrees of
    freedom as coefficients, where W is V (n / k) / m for "observed" and "simple", V (1 + n / k) / m for "proper" and
    "full". For "partial" W is the covariance matrix between copies over m, and (m − p) / (p (m − 1)) times it is
    F(p, m − p) (Hotelling). Raab, Nowok and Dibben 2016; the vignette "Inference from fitted models in synthpop".

    Args:
        combined: of `combine`.
        real: the fit of the real rows, with its covariance matrix.
        names: of the coefficients to test; all where it is None.

    Raises:
        ArgumentError: the fit cannot be read or has other coefficients; its covariance matrix is lacking or singular;
            the sizes are unknown; there are not more copies than coefficients ("partial"); copies are nested.
    """
    from scipy.special import chdtrc, fdtrc

    fit, at = _real(combined, real), _places(combined, names)
    gap, size, m = (combined.copies.estimates.mean(axis=(0, 1)) - fit.estimates)[at], len(at), combined.m
    if combined.kind == "partial":
        if m <= size:
            said = f"{m} copies are too few to test {size} coefficients together"
            raise ArgumentError(said, hint="there must be more copies than coefficients; name fewer", field="names")
        spread = between_matrix(combined.copies.estimates[:, 0, at]) / m
        statistic = _distance(gap, spread) * (m - size) / (size * (m - 1))
        return LackOfFit(statistic, size, m - size, float(fdtrc(size, m - size, statistic)))
    if fit.covariance is None and size > 1:
        said, hint = "the real fit has no covariance matrix", "give one, or name one coefficient"
        raise ArgumentError(said, hint=hint, field="real")
    square = np.diag(fit.variances) if fit.covariance is None else fit.covariance
    statistic = _distance(gap, square[np.ix_(at, at)] * _chance(combined))
    return LackOfFit(statistic, size, None, float(chdtrc(size, statistic)), _OBSERVED.get(combined.kind, ""))


_OBSERVED = {"observed": "the copies are taken to be of one fitted model; combine as 'proper' where they are not"}


def _real(combined: Combined, real: Any) -> Fit:
    return align(read(real, "the real fit", "real"), combined.names, "the real fit", "real")


def _places(combined: Combined, names: Sequence[str] | None) -> list[int]:
    wanted = list(combined.names if names is None else dict.fromkeys(names))
    strange = [name for name in wanted if name not in combined.names]
    if strange or not wanted:
        said = f"no coefficient '{strange[0]}'" if strange else "no coefficient is named"
        raise ArgumentError(said, hint=nearest(strange[0] if strange else "", combined.names), field="names")
    return [combined.names.index(name) for name in wanted]


def _chance(combined: Combined) -> float:
    """Variance of combined − real estimate in variances of the real one, were the synthesis right."""
    if combined.kind == "nested":
        said = "there is no such test where cells were missing: the real rows have no complete fit"
        raise ArgumentError(said, hint="compare with intervals of the imputed real rows by `overlap`", field="combined")
    if combined.ratio is None:
        said = "the chance of the synthesis depends on n and k"
        raise ArgumentError(said, hint="give them to combine()", field="combined")
    drawn = 1.0 if combined.kind in {"proper", "full"} else 0.0
    return (drawn + 1 / combined.ratio) / combined.m


def _distance(gap: Array, spread: Array) -> float:
    """Mahalanobis distance, squared, by Cholesky on the scale of correlations."""
    scale = np.sqrt(np.diag(spread))
    if (scale > 0).all():
        square = spread / np.outer(scale, scale)
        if np.linalg.eigvalsh(square)[0] > 1e-10:
            solved = np.linalg.solve(np.linalg.cholesky(square), gap / scale)
            return float(solved @ solved)
    said = "the covariance matrix of the coefficients is singular"
    raise ArgumentError(said, hint="leave out a coefficient that follows from the others (names=…)", field="names")


def overlap(combined: Combined, real: Any) -> Overlap:
    """Overlap of each 95 % interval with the real fit's (± 1.96 standard errors), and the distance of the estimates.

    With I the length of what both intervals share, or minus the gap between them, it is ½ (I / length + I / real
    length): Karr, Kohnen, Oganian, Reiter and Sanil 2006, unclipped. Intervals of "observed" are as long as the real
    ones; those of other kinds are longer, which alone keeps the overlap below 1. `expected` allows for both.

    Args:
        combined: of `combine`; kind "observed" gives the measure of synthpop.
        real: the fit of the real rows.

    Raises:
        ArgumentError: the fit cannot be read or has other coefficients; a standard error is 0.
    """
    fit = _real(combined, real)
    error, long = np.sqrt(fit.variances), combined.high - combined.low
    nought = (error == 0) | (long == 0)
    if nought.any():
        where = f"coefficient '{combined.names[int(np.argmax(nought))]}'"
        raise ArgumentError("a standard error is 0", where=where, hint="leave it out of all fits", field="real")
    half, gap = Z * error, combined.estimates - fit.estimates
    shared = np.minimum(combined.high, fit.estimates + half) - np.maximum(combined.low, fit.estimates - half)
    both = (1 / long + 1 / (2 * half)) / 2
    return Overlap(combined.names, both * shared, both * _expected(combined, fit.variances, long), gap / error)


def _expected(combined: Combined, variances: Array, long: Array) -> Array:
    """E min(L, h − |d|) for normal d: L is the shorter length, h half of the sum of both."""
    from scipy.special import ndtr

    if combined.kind == "nested" or (combined.kind != "partial" and combined.ratio is None):
        return np.full(len(variances), np.nan)
    partial = combined.kind == "partial"
    spread = np.sqrt(between(combined.copies) / combined.m if partial else variances * _chance(combined))
    own = 2 * Z * np.sqrt(variances)
    spare = np.divide(np.abs(long - own) / 2, spread, out=np.full(len(long), 40.0), where=spread > 0)
    spare = np.minimum(spare, 40.0)
    lost = np.exp(-(spare**2) / 2) / np.sqrt(2 * np.pi) - spare * ndtr(-spare)
    return np.minimum(long, own) - 2 * spread * lost


def _plain(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _rows(names: Sequence[str], columns: Mapping[str, Array]) -> list[dict[str, Any]]:
    cells = zip(names, *columns.values(), strict=True)
    return [{"name": name, **dict(zip(columns, map(_plain, values), strict=True))} for name, *values in cells]


def _table(names: Sequence[str], columns: Mapping[str, Array]) -> str:
    """Right-aligned text, names to the left."""
    cells = [["", *names]] + [[head, *(f"{value:.4g}" for value in values)] for head, values in columns.items()]
    widths = [max(map(len, column)) for column in cells]
    lines = zip(*cells, strict=True)
    pad = [
        [cell.ljust(widths[0]) if not at else cell.rjust(widths[at]) for at, cell in enumerate(line)] for line in lines
    ]
    return "\n".join("  ".join(line).rstrip() for line in pad)
