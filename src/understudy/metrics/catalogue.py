"""Which metrics there are, in the order in which they are reported."""

from understudy.errors import UnknownName, nearest
from understudy.metrics import detection, disclosure, fidelity, utility, validity
from understudy.metrics.metric import Metric

_METRICS = (
    validity.types,
    validity.ranges,
    validity.categories,
    validity.keys,
    validity.nulls,
    fidelity.shapes,
    fidelity.pairs,
    detection.c2st_train,
    detection.c2st_holdout,
    utility.tstr,
    disclosure.copies,
    disclosure.distance_share,
    disclosure.distance_p5,
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
