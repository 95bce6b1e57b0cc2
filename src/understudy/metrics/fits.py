"""The fits of synthetic copies, in whatever form they come, as arrays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.errors import ArgumentError

Array = NDArray[np.float64]
FORMS = "give a statsmodels result, or a pair (estimate, variance)"
LEVELS = "fit the same formula; where a category is lacking in one copy, fix the levels or leave it out"


class Fit(NamedTuple):
    """The analysis of one copy.

    Attributes:
        names: of the coefficients, None where they have none.
        estimates: (coefficients,).
        variances: (coefficients,).
        covariance: (coefficients, coefficients), None where only variances are known.
        rows: that were analysed, None where unknown.
    """

    names: tuple[str, ...] | None
    estimates: Array
    variances: Array
    covariance: Array | None
    rows: float | None


@dataclass(frozen=True, eq=False)
class Copies:
    """The same analysis of all copies.

    Attributes:
        names: of the coefficients.
        estimates: (nests, copies, coefficients); one copy a nest unless copies are nested.
        within: (coefficients,) mean of the reported variances.
        covariance: (coefficients, coefficients) mean of the reported covariance matrices, None where a copy has none.
        rows: mean number of rows analysed, None where unknown.
    """

    names: tuple[str, ...]
    estimates: Array
    within: Array
    covariance: Array | None
    rows: float | None


def gather(fits: Iterable[Any], nested: bool) -> Copies:
    """Reads the fits of all copies.

    Args:
        fits: one a copy; nested, a sequence of fits a nest.
        nested: whether copies come in nests.

    Raises:
        ArgumentError: what is given is no sequence of fits; their names or shapes differ; a number is not finite.
    """
    groups = [_sequence(each, f"nest {at}") for at, each in enumerate(_sequence(fits, ""), 1)] if nested else None
    flat = _sequence(fits, "") if groups is None else [fit for nest in groups for fit in nest]
    sizes = {len(nest) for nest in groups or []}
    if len(sizes) > 1 or sizes == {1}:
        raise ArgumentError(
            "every nest needs the same number of copies, two or more",
            hint="draw each completed table equally often",
            field="fits",
        )
    places = [f"copy {at}" for at in range(1, len(flat) + 1)] if groups is None else _places(groups)
    found = [read(fit, place) for fit, place in zip(flat, places, strict=True)]
    names = next((fit.names for fit in found if fit.names is not None), None) or _numbered(found[0])
    found = [align(fit, names, place) for fit, place in zip(found, places, strict=True)]
    stacked = np.stack([fit.estimates for fit in found]).reshape(-1, sizes.pop() if sizes else 1, len(names))
    return Copies(
        names,
        stacked,
        np.mean([fit.variances for fit in found], axis=0),
        _mean([fit.covariance for fit in found]),
        _mean([fit.rows for fit in found]),
    )


def _places(nests: Sequence[Sequence[Any]]) -> list[str]:
    return [f"nest {m}, copy {r}" for m, nest in enumerate(nests, 1) for r in range(1, len(nest) + 1)]


def _numbered(fit: Fit) -> tuple[str, ...]:
    count = len(fit.estimates)
    return ("estimate",) if count == 1 else tuple(f"x{at}" for at in range(1, count + 1))


def _mean(values: Sequence[Any]) -> Any:
    return None if any(value is None for value in values) else np.mean(values, axis=0)


def _sequence(fits: Any, where: str) -> list[Any]:
    if hasattr(fits, "params") or isinstance(fits, Mapping | str) or not isinstance(fits, Iterable):
        raise ArgumentError("fits is not a sequence of fits", where=where, hint=f"[fit, …]; {FORMS} each", field="fits")
    found = list(fits)
    if not found:
        raise ArgumentError("there is no fit", where=where, hint="give one for each copy", field="fits")
    return found


def align(fit: Fit, names: tuple[str, ...], where: str, field: str = "fits") -> Fit:
    """The fit with its coefficients in this order; coefficients without names are taken as they come.

    Raises:
        ArgumentError: where it has other coefficients.
    """
    if fit.names == names or (fit.names is None and len(fit.estimates) == len(names)):
        return fit
    if fit.names is None or set(fit.names) != set(names):
        raise ArgumentError(_unlike(fit, names), where=where, hint=LEVELS, field=field)
    order = [fit.names.index(name) for name in names]
    matrix = None if fit.covariance is None else fit.covariance[np.ix_(order, order)]
    return Fit(names, fit.estimates[order], fit.variances[order], matrix, fit.rows)


def _unlike(fit: Fit, names: tuple[str, ...]) -> str:
    if fit.names is None:
        return f"there are {len(fit.estimates)} coefficients where others have {len(names)}"
    lacking, strange = ([n for n in a if n not in b] for a, b in ((names, fit.names), (fit.names, names)))
    said = [f"'{found[0]}' {word}" for word, found in (("is lacking", lacking), ("is new", strange)) if found]
    return f"the coefficients are not those of the others: {', '.join(said)}"


def read(fit: Any, where: str, field: str = "fits") -> Fit:
    """The analysis of one copy as arrays.

    Args:
        fit: a result as of statsmodels (`params`, `cov_params()` or `bse`, `nobs`), or a pair (estimate, variance):
            numbers, arrays, or mappings from name to value; a variance may be a covariance matrix.
        where: named in errors.
        field: named in errors.

    Raises:
        ArgumentError: where it is neither, or a number is not finite.
    """
    if hasattr(fit, "params"):
        names, estimates, spread, rows = _of_results(fit, where, field)
    elif isinstance(fit, tuple | list) and len(fit) == 2:
        names, estimates, spread, rows = _names_of(fit[0]), fit[0], fit[1], None
    else:
        raise ArgumentError("this is not a fit", where=where, hint=FORMS, field=field)
    values = np.atleast_1d(_numbers(estimates, where, field))
    if values.ndim != 1 or not len(values):
        hint = "give a pair of one vector and its covariance matrix"
        raise ArgumentError("the estimates are no vector", where=where, hint=hint, field=field)
    names = names if names is not None and len(names) == len(values) else None
    if names is not None and len(set(names)) < len(names):
        raise ArgumentError("two coefficients have one name", where=where, hint="give each its own", field=field)
    covariance = np.squeeze(_numbers(_ordered(spread, names, where, field), where, field))
    return _checked(values, covariance, names, rows, where, field)


def _of_results(fit: Any, where: str, field: str) -> tuple[tuple[str, ...] | None, Any, Any, float | None]:
    names = _names_of(fit.params)
    if names is None:
        found = getattr(getattr(fit, "model", None), "exog_names", None)
        names = None if found is None else tuple(str(each) for each in found)
    rows = getattr(fit, "nobs", None)
    return names, fit.params, _spread(fit, where, field), None if rows is None else float(rows)


def _spread(fit: Any, where: str, field: str) -> Any:
    whole = callable(getattr(fit, "cov_params", None))
    try:
        found = fit.cov_params() if whole else fit.bse
    except (AttributeError, ValueError, NotImplementedError) as error:
        raise ArgumentError(
            "the result has no covariance of its estimates",
            where=where,
            hint=f"fit it so that it has, or {FORMS}",
            field=field,
        ) from error
    return found if whole else _numbers(found, where, field) ** 2


def _names_of(value: Any) -> tuple[str, ...] | None:
    """Names in a mapping or a pandas index; a list has an `index` too, a method."""
    index = value if isinstance(value, Mapping) else getattr(value, "index", None)
    return None if index is None or callable(index) else tuple(str(each) for each in index)


def _ordered(value: Any, names: tuple[str, ...] | None, where: str, field: str) -> Any:
    """Values by name in the order of the names; a mapping of mappings becomes a matrix."""
    own = _names_of(value)
    if own is None or names is None:
        return value
    if set(own) != set(names) or len(own) != len(names):
        raise ArgumentError("estimate and variance have different names", where=where, hint=FORMS, field=field)
    order = [own.index(name) for name in names]
    if not isinstance(value, Mapping):
        plain = np.asarray(value)
        return plain[order] if plain.ndim == 1 else plain[np.ix_(order, order)]
    rows = list(value.values())
    return [_ordered(rows[at], names, where, field) for at in order]


def _numbers(value: Any, where: str, field: str) -> Array:
    plain = list(value.values()) if isinstance(value, Mapping) else value
    try:
        return np.array(plain, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError("this is no array of numbers", where=where, hint=FORMS, field=field) from error


def _checked(
    estimates: Array, spread: Array, names: tuple[str, ...] | None, rows: float | None, where: str, field: str
) -> Fit:
    count = len(estimates)
    spread = spread.reshape(1, 1) if count == 1 and spread.size == 1 else spread
    if spread.shape not in {(count,), (count, count)}:
        shape = " × ".join(str(each) for each in spread.shape) or "one number"
        said = f"{count} estimates have variances of another shape ({shape})"
        raise ArgumentError(said, where=where, hint="give a vector or a covariance matrix", field=field)
    variances = np.diag(spread).copy() if spread.ndim == 2 else spread
    bad = ~np.isfinite(estimates) | ~np.isfinite(variances) | (variances < 0)
    if bad.any():
        at = int(np.argmax(bad))
        name = names[at] if names else f"number {at + 1}"
        said = f"coefficient '{name}' is {estimates[at]:g} with a variance of {variances[at]:g}"
        raise ArgumentError(said, where=where, hint="leave out what this copy cannot estimate", field=field)
    if spread.ndim == 2 and not _covariance(spread, variances):
        raise ArgumentError("this is no covariance matrix", where=where, hint=FORMS, field=field)
    return Fit(names, estimates, variances, spread if spread.ndim == 2 else None, rows)


def _covariance(spread: Array, variances: Array) -> bool:
    scale = np.sqrt(np.outer(variances, variances))
    return bool(
        np.isfinite(spread).all()
        and (np.abs(spread - spread.T) <= 1e-6 * scale).all()
        and (np.abs(spread) <= (1 + 1e-6) * scale).all()
    )
