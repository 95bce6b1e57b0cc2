"""What an attack wins on training rows beyond what it wins on rows that no model has seen."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.exchange import fisher, permuted
from understudy.metrics.measure import Measure
from understudy.metrics.ranking import auc, midranks

UNJUDGED = "without a holdout there is no privacy verdict"
NO_HOLDOUT = f"there is no holdout; {UNJUDGED}"
Z = 1.959964
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def advantage(
    name: str, members: NDArray[np.float64], others: NDArray[np.float64], note: str, parts: Mapping[str, Any]
) -> Measure:
    """A membership attack's measure: 2 AUC - 1 of a score that should be high for training rows.

    Its control is built in: holdout rows are of the same population, so that 0 is what guessing wins. The interval is
    DeLong's, the one-sided p-value that of the rank sum (Wilcoxon, Mann and Whitney, with mid-ranks). `parts` has the
    share of members found at false positive rates of 1 % and 0.1 %.

    Args:
        name: of the measure.
        members: scores of training rows, (rows,).
        others: scores of as many or fewer holdout rows, (rows,).
        note: what was tried, in a sentence.
        parts: further figures.
    """
    truth, scores = np.arange(len(members) + len(others)) < len(members), np.concatenate([members, others])
    area, variance = auc(truth, scores)
    ranks = midranks(scores)
    error = float(np.sqrt(variance)) if np.isfinite(variance) else float("inf")
    # where every member is told from every other the variance is 0: no surer than one pair of either kind allows
    error = max(error, 0.5 / max(min(len(members), len(others)), 1))
    found: dict[str, Any] = {"p": permuted(ranks[truth], ranks[~truth])}
    found |= {f"tpr_{rate:g}": found_at(members, others, rate) for rate in (0.01, 0.001)}
    found["curve"] = curve(members, others)
    more = {"auc": area, "success": area, "control": 0.5, "trials": len(members), "controls": len(others)}
    return _measure(name, 2 * area - 1, (2 * error, 2 * error), note, {**more, **found, **parts})


def curve(members: NDArray[np.float64], others: NDArray[np.float64]) -> list[list[float]]:
    """Points of the ROC curve, [false positive rate, share of members found], at fixed rates."""
    ranked = np.sort(others)[::-1]
    points = []
    for rate in RATES:
        limit = ranked[min(int(len(others) * rate), len(others) - 1)]
        points.append([rate, 1.0 if rate == 1 else round(float((members > limit).mean()), 3)])
    return points


def found_at(members: NDArray[np.float64], others: NDArray[np.float64], rate: float) -> float | None:
    """Share of members above the score that this share of others exceeds; None where others are too few for it."""
    if len(others) * rate < 1:
        return None
    limit = np.sort(others)[::-1][int(len(others) * rate)]
    return float((members > limit).mean())


def shares(
    name: str, hits: float, trials: int, control_hits: float, controls: int, note: str, parts: Mapping[str, Any]
) -> Measure:
    """A guessing attack's measure: (success - control) / (1 - control), the residual risk.

    Giomi, Boenisch, Wehmeyer and Tasnádi, "A unified framework for quantifying privacy risk in synthetic data" (PoPETs
    2023, equation 6), but from the plain shares: their Wilson centres are drawn to one half, the more so the fewer the
    guesses, which looks like risk where the two counts differ. The interval is Newcombe's for the difference, from
    Wilson's ends (Statistics in Medicine 17, 1998, method 10); the one-sided p-value is Fisher's, of counts rounded,
    unless `parts` has one: that of guesses which depend on one another.

    Args:
        name: of the measure.
        hits: right guesses about training rows.
        trials: guesses about training rows, at least 1.
        control_hits: right guesses about holdout rows, by the same attack.
        controls: guesses about holdout rows, at least 1.
        note: what was tried, in a sentence.
        parts: further figures, with `p` where it is not Fisher's.
    """
    success, control = hits / trials, control_hits / controls
    left = max(1 - control, 1 / (2 * controls))
    ours, theirs = (wilson(*each) for each in ((hits, trials), (control_hits, controls)))
    down = float(np.hypot(success - ours[0], theirs[1] - control)) / left
    up = float(np.hypot(ours[1] - success, control - theirs[0])) / left
    more = {"success": success, "control": control, "trials": trials, "controls": controls}
    p = {} if "p" in parts else {"p": fisher(round(hits), trials, round(control_hits), controls)}
    return _measure(name, (success - control) / left, (down / Z, up / Z), note, {**more, **p, **parts})


def wilson(hits: float, count: int) -> tuple[float, float]:
    """Ends of Wilson's 95 % interval."""
    centre, half = wilson_centre(hits, count)
    return min(max(0.0, centre - half), hits / count), max(min(1.0, centre + half), hits / count)


def wilson_centre(hits: float, count: int) -> tuple[float, float]:
    """Centre and half width of Wilson's 95 % interval of a share.

    >>> [round(x, 4) for x in wilson_centre(500, 500)]
    [0.9962, 0.0038]
    """
    scale = 1 + Z**2 / count
    share = hits / count
    half = Z * np.sqrt(max(share * (1 - share), 0.0) / count + Z**2 / (4 * count**2)) / scale
    return float((share + Z**2 / (2 * count)) / scale), float(half)


def _measure(name: str, excess: float, errors: tuple[float, float], note: str, parts: Mapping[str, Any]) -> Measure:
    """The measure of an excess with its standard errors downwards and upwards."""
    (down, up), excess = errors, min(max(excess, -1.0), 1.0)
    low, high = max(-1.0, excess - Z * down), min(1.0, excess + Z * up)
    known = {"error": down if excess > 0 else up, **parts}
    return Measure(name, float(excess), float(low), float(high), ceiling=0.0, parts=known, note=note, better="low")


def holm(ps: Mapping[str, float]) -> dict[str, float]:
    """p-values corrected so that the chance of any false alarm among them is held (Holm 1979).

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.5})
    {'a': 0.03, 'b': 0.08, 'c': 0.5}
    """
    order = sorted(ps, key=ps.__getitem__)
    found, worst = {}, 0.0
    for place, name in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - place) * ps[name]))
        found[name] = worst
    return {name: found[name] for name in ps}
