"""Fairness: does the stand-in treat groups of people as unlike as the real table does, no more and no less?

Every figure is that of the synthetic table minus that of the real one, so that 0 says that the stand-in neither adds
unfairness nor hides it. Groups and outcome are defined in `understudy.metrics.groups`. No rate counts that stands on
fewer than 20 rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import Case, Grid
from understudy.metrics.groups import FEWEST, Groups, Outcome, compared
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import DRAWS, mean, plain, sample
from understudy.metrics.treatment import Contrast, Models, contrast, models_of, shared_use, uses

Z = 1.959964

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tally:
    """How often the outcome is positive in each group.

    Attributes:
        hits: positive rows, (groups,).
        rows: rows whose outcome is known, (groups,).
    """

    hits: NDArray[np.int64]
    rows: NDArray[np.int64]

    @property
    def rates(self) -> Floats:
        """Shares of positive rows, (groups,)."""
        return self.hits / np.maximum(self.rows, 1)

    @property
    def variances(self) -> Floats:
        """Of the rates, with one hit and one miss added so that none is 0 (Agresti and Caffo 2000)."""
        share = (self.hits + 1) / (self.rows + 2)
        return share * (1 - share) / (self.rows + 2)


def tally(group: NDArray[np.int64], outcome: Floats, groups: int) -> Tally:
    """The tally of rows with a group (not -1) and an outcome (not NaN)."""
    known = (group >= 0) & ~np.isnan(outcome)
    rows = np.bincount(group[known], minlength=groups)
    return Tally(np.bincount(group[known & (outcome == 1)], minlength=groups), rows)


def gap(rates: Floats, counted: NDArray[np.bool_]) -> Floats:
    """The widest gap between counted groups over the last axis; NaN where fewer than two are counted."""
    high = np.where(counted, rates, -np.inf).max(axis=-1, initial=-1)
    wide = high - np.where(counted, rates, np.inf).min(axis=-1, initial=2)
    return np.where(counted.sum(axis=-1) > 1, wide, np.nan)


def gap_difference(real: Tally, other: Tally) -> tuple[float, float]:
    """The gap of `other` minus that of `real` and its standard error (independent binomials); NaN without two groups.

    Both gaps are between the groups that are counted on both sides. The error takes the groups farthest apart for
    known (delta method), which is a little too wide where several are as far apart.
    """
    counted = (real.rows >= FEWEST) & (other.rows >= FEWEST)
    if counted.sum() < 2:
        return float("nan"), float("nan")
    ends = [_ends(side, counted) for side in (real, other)]
    variance = sum(side.variances[list(pair)].sum() for side, pair in zip((real, other), ends, strict=True))
    wide = [side.rates[high] - side.rates[low] for side, (low, high) in zip((real, other), ends, strict=True)]
    return float(wide[1] - wide[0]), float(np.sqrt(variance))


def _ends(side: Tally, counted: NDArray[np.bool_]) -> tuple[int, int]:
    """The counted groups of the lowest and of the highest rate."""
    low, high = np.where(counted, side.rates, np.inf).argmin(), np.where(counted, side.rates, -np.inf).argmax()
    return int(low), int(high)


@metric("fairness.parity", better="target")
def parity(case: Case) -> Measure:
    """Demographic parity: the gap between groups in how often the outcome is positive, synthetic minus real.

    The gap is max P(Y = 1 | a) - min P(Y = 1 | a) over groups a (Dwork et al. 2012, arXiv:1104.3913), between equally
    many synthetic and real rows, since small groups widen it by chance. The interval is that of independent binomials.
    The ceiling is the holdout's gap minus that of as many real rows, the floor that of independent columns.
    `parts["impact"]` is the disparate impact min / max (Feldman et al. 2015, arXiv:1412.3756), `parts["model"]` the gap
    in the predictions of learners trained on either side.
    """
    asked = compared(case)
    if isinstance(asked, str):
        return parity.none(asked)
    groups, outcome = asked
    rng = case.rng("parity")
    size = min(len(case.real), len(case.synthetic))
    rows = sample(case.real, size, rng)
    real, other = _tallied(groups, outcome, rows), _tallied(groups, outcome, sample(case.synthetic, size, rng))
    value, error = gap_difference(real, other)
    if not np.isfinite(value):
        return parity.none(f"fewer than two groups of '{groups.name}' have {FEWEST} rows with '{outcome.name}' a side")
    floor = gap_difference(real, _tallied(groups, outcome, rows.shuffled(rng)))[0]
    parts = _said(groups, outcome) | {"size": size} | _rates(groups, real, other) | {"model": _predicted(case)}
    note = f"the widest gap between groups of '{groups.name}' in how often '{outcome.name}' is {outcome.positive} is "
    note += f"{parts['synthetic']:.3f} in the synthetic rows and {parts['real']:.3f} in the real ones"
    note += "" if parts["same_ends"] else ", between other groups"
    known = (value, *_around(value, Z * error), _unseen(case, groups, outcome), plain(floor))
    return Measure("fairness.parity", *known, parts, note + _lost(groups), "target")


def _tallied(groups: Groups, outcome: Outcome, grid: Grid) -> Tally:
    return tally(groups.of(grid), outcome.of(grid), len(groups))


def _unseen(case: Case, groups: Groups, outcome: Outcome) -> float | None:
    """The holdout's gap minus that of as many real rows, mean over draws of these."""
    holdout = case.holdout
    if holdout is None:
        return None
    rng, size = case.rng("parity ceiling"), min(len(case.real), len(holdout))
    unseen = _tallied(groups, outcome, sample(holdout, size, rng))
    others = [_tallied(groups, outcome, sample(case.real, size, rng)) for _ in range(DRAWS)]
    return mean([plain(gap_difference(each, unseen)[0]) for each in others])


def _said(groups: Groups, outcome: Outcome) -> dict[str, Any]:
    """Who is compared by what."""
    who = {"protected": groups.name, "groups": list(groups.labels), "others": groups.others, "lost": list(groups.lost)}
    return who | {"target": outcome.name, "guessed": outcome.guessed, "positive": outcome.positive}


def _lost(groups: Groups) -> str:
    if not groups.lost:
        return ""
    return f"; {len(groups.lost)} of its real groups have fewer than {FEWEST} synthetic rows and are not compared alone"


def _rates(groups: Groups, real: Tally, other: Tally) -> dict[str, Any]:
    """Gaps, rates and disparate impact of both sides, over the groups that are counted on both."""
    counted = (real.rows >= FEWEST) & (other.rows >= FEWEST)
    low, high = _ends(real, counted)
    gaps = [float(gap(side.rates, counted)) for side in (real, other)]
    by = {
        groups.labels[each]: {"real": float(real.rates[each]), "synthetic": float(other.rates[each])}
        for each in np.flatnonzero(counted)
    }
    same = float(other.rates[high] - other.rates[low])
    sides = {"real": gaps[0], "synthetic": gaps[1], "same_groups": same - gaps[0], "same_ends": same == gaps[1]}
    return sides | {"by": by, "impact": _impact(real.rates[counted], other.rates[counted])}


def _impact(real: Floats, other: Floats) -> dict[str, float | None]:
    """Lowest over highest rate on both sides and their difference, None where no row is positive."""
    first, second = (float(side.min() / side.max()) if side.max() > 0 else None for side in (real, other))
    both = None if first is None or second is None else second - first
    return {"real": first, "synthetic": second, "difference": both}


def _around(value: float, half: float) -> tuple[float, float]:
    return max(-1.0, value - half), min(1.0, value + half)


def _predicted(case: Case) -> dict[str, Any]:
    """The gap in learners' predictions on both sides, by group too; a note where there are none."""
    models = case.once(models_of)
    if isinstance(models, str):
        return {"value": None, "note": models}
    found = _figures(models, parity_gaps)
    if not np.isfinite(found.difference):
        return {"value": None, "note": f"fewer than two groups have {FEWEST} test rows"}
    rows, hits = models.tallies()
    rates = hits[0].sum(axis=1) / np.maximum(rows[0].sum(axis=1), 1)
    counted = rows[0].sum(axis=(1, 2)) >= FEWEST
    other, real = (each.mean(axis=1) for each in _split(models, rates)[:2])
    by = {
        label: {"real": float(real[place]), "synthetic": float(other[place])}
        for place, label in enumerate(models.groups.labels)
        if counted[place]
    }
    return _sides(found) | {"by": by, "impact": _impact(real[counted], other[counted])} | _sizes(models)


def _sides(found: Contrast) -> dict[str, Any]:
    low, high = _around(found.difference, found.half)
    both = {"real": found.real, "synthetic": found.synthetic}
    return {"value": found.difference, "low": low, "high": high, "ceiling": found.ceiling, "floor": found.floor} | both


def _sizes(models: Models) -> dict[str, int]:
    return {"train_rows": models.rows, "learners": len(models.real), "test_rows": len(models.cell)}


def _split(models: Models, figures: Floats) -> list[Floats]:
    """Figures with learners along the last axis: synthetic, real, independent."""
    count = len(models.real)
    return np.split(figures, [count, 2 * count], axis=-1)


def _figures(models: Models, statistic: Callable[[Floats, Floats], Floats]) -> Contrast:
    """The contrast of a statistic of predictions, with a bootstrap over the test rows."""
    found = statistic(*models.tallies())
    synthetic, real, _ = (each.mean(axis=1) for each in _split(models, found[1:]))
    return contrast(found[0], len(models.real), float((synthetic - real).std(ddof=1)))


def parity_gaps(rows: Floats, hits: Floats) -> Floats:
    """The gap between groups in the rate of positive predictions.

    Args:
        rows: (samples, groups, 2, 1), by group and outcome; the first sample says which groups count.
        hits: those predicted positive, (samples, groups, 2, learners).

    Returns:
        (samples, learners).
    """
    rates = hits.sum(axis=2) / np.maximum(rows.sum(axis=2), 1)
    return gap(np.moveaxis(rates, 1, -1), rows[0].sum(axis=(1, 2)) >= FEWEST)


def odds_gaps(rows: Floats, hits: Floats) -> Floats:
    """The wider of the gaps in the true and the false positive rate; arguments and result as for `parity_gaps`."""
    rates = hits / np.maximum(rows, 1)
    wide = [gap(np.moveaxis(rates[:, :, truth], 1, -1), rows[0, :, truth, 0] >= FEWEST) for truth in (0, 1)]
    return np.fmax(*wide)


@metric("fairness.odds", better="target")
def odds(case: Case) -> Measure:
    """Equalised odds: the gap between groups in a model's error rates, trained on synthetic minus on real rows.

    The gap is the wider of those in the true and in the false positive rate on the holdout (Hardt, Price and Srebro
    2016, arXiv:1610.02413), of boosted trees (settings in `understudy.metrics.learners`) that predict at even odds.
    Value and interval as in `understudy.metrics.treatment`. The ceiling is half the real learners minus the other half,
    the floor
    learners trained on independent columns minus the real ones.
    """
    models = case.once(models_of)
    if isinstance(models, str):
        return odds.none(models)
    said = np.array([each.positive for each in models.learners])
    if said.all() or not said.any():
        return odds.none(f"every learner predicts the same '{models.outcome.name}' for every test row")
    found = _figures(models, odds_gaps)
    if not np.isfinite(found.difference):
        return odds.none(f"fewer than two groups of '{models.groups.name}' have {FEWEST} test rows of one outcome")
    note = f"the widest gap in true or false positive rates between groups of '{models.groups.name}' is "
    note += f"{found.synthetic:.3f} after training on synthetic rows and {found.real:.3f} after training on real ones"
    return _measure("fairness.odds", case, models, found, note, {"by": _errors(models)})


def _errors(models: Models) -> dict[str, Any]:
    """True and false positive rates by group, None where they stand on fewer than 20 rows."""
    rows, hits = (each[0] for each in models.tallies())
    rates = np.where(rows >= FEWEST, hits / np.maximum(rows, 1), np.nan)
    sides = dict(zip(("synthetic", "real"), _split(models, rates)[:2], strict=True))
    kinds = (("tpr", 1), ("fpr", 0))
    return {
        label: {
            f"{kind}_{side}": plain(each[place, truth].mean()) for kind, truth in kinds for side, each in sides.items()
        }
        for place, label in enumerate(models.groups.labels)
    }


def _measure(name: str, case: Case, models: Models, found: Contrast, note: str, parts: dict[str, Any]) -> Measure:
    known = _sides(found)
    parts |= (
        _said(models.groups, models.outcome) | _sizes(models) | {side: known[side] for side in ("real", "synthetic")}
    )
    note += "" if case.holdout is not None else ", on real rows kept from training for want of a holdout"
    note += _lost(models.groups)
    return Measure(name, known["value"], known["low"], known["high"], found.ceiling, found.floor, parts, note, "target")


@metric("fairness.counterfactual", better="target")
def counterfactual(case: Case) -> Measure:
    """Use of the protected column: how a prediction moves when it alone is changed, synthetic minus real training.

    Mean over test rows of |f(x, a) - f(x, b)| over ordered pairs of groups, weighted by their shares, where f is the
    probability of the positive outcome: what fairness through unawareness asks to be 0 (Kusner et al. 2017,
    arXiv:1703.06856). Columns that follow from the protected one stay as they are. Learners, ceiling and floor as for
    `fairness.odds`. A learner uses every column a little by chance: `parts["shared"]` is what is left of it when
    learners from different rows are compared.
    """
    models = case.once(models_of)
    if isinstance(models, str):
        return counterfactual.none(models)
    shares = models.groups.shares(case.real)
    use = uses([each.flipped for each in models.learners], shares)
    synthetic, real, _ = (each.mean(axis=1) for each in _split(models, use.T))
    error = (synthetic - real).std() / np.sqrt(len(real))
    found = contrast(use.mean(axis=1), len(models.real), float(error))
    sides = (("synthetic", models.synthetic), ("real", models.real))
    shared = {side: shared_use([each.flipped for each in learners], shares) for side, learners in sides}
    note = f"changing '{models.groups.name}' alone moves the chance that '{models.outcome.name}' is "
    note += f"{models.outcome.positive} by {found.synthetic:.3f} after training on synthetic rows and by "
    note += f"{found.real:.3f} after training on real ones"
    if shared["synthetic"] is not None and shared["real"] is not None:
        note += (
            f" (learners of one side agree on {shared['synthetic']:.3f} and {shared['real']:.3f}, the rest is chance)"
        )
    return _measure("fairness.counterfactual", case, models, found, note, {"flipped_rows": len(real), "shared": shared})
