"""Which metrics there are, in the order in which they are reported."""

from understudy.errors import UnknownName, nearest
from understudy.metrics import (
    accuracy,
    anonymity,
    attributes,
    coefficients,
    column_distances,
    detection,
    disclosure,
    energy,
    fairness,
    fidelity,
    identifiability,
    linking,
    matching,
    membership,
    outliers,
    panel,
    propensity,
    reidentification,
    singling,
    structure,
    subgroups,
    support,
    utility,
    validity,
)
from understudy.metrics.metric import Metric

_METRICS = (
    validity.types,
    validity.ranges,
    validity.categories,
    validity.keys,
    validity.rules,
    validity.nulls,
    fidelity.shapes,
    fidelity.pairs,
    accuracy.accuracy,
    column_distances.distances,
    structure.structure,
    propensity.spmse,
    support.precision,
    support.recall,
    energy.energy,
    detection.c2st_train,
    detection.c2st_holdout,
    utility.tstr,
    panel.learners,
    panel.ranking,
    panel.importance,
    coefficients.coefficients,
    disclosure.copies,
    disclosure.distance_share,
    disclosure.distance_p5,
    membership.membership_distance,
    membership.membership_density,
    membership.membership_classifier,
    outliers.membership_outliers,
    singling.singling_out,
    linking.linkability,
    attributes.inference,
    attributes.attribute,
    reidentification.identity,
    reidentification.disclosure,
    matching.matching,
    identifiability.identifiability,
    anonymity.anonymity,
    fairness.parity,
    fairness.odds,
    fairness.counterfactual,
    subgroups.subgroups,
)


def metrics() -> tuple[Metric, ...]:
    """Every metric, in order."""
    return _METRICS


def names() -> list[str]:
    """The names of all metrics, in order.

    >>> names()[:2]
    ['validity.types', 'validity.ranges']
    """
    return [metric.name for metric in _METRICS]


def get(name: str) -> Metric:
    """The metric of this name.

    Raises:
        UnknownName: there is none.
    """
    known = {metric.name: metric for metric in _METRICS}
    if name not in known:
        raise UnknownName(f"no metric '{name}'", hint=nearest(name, known))
    return known[name]


def summary(name: str) -> str:
    """What a metric measures, in one line.

    Raises:
        UnknownName: there is none of this name.
    """
    return get(name).summary
