"""The catalogue answers fast and knows every metric."""

import subprocess
import sys

import pytest

from understudy.errors import UnknownName
from understudy.metrics import catalogue


def test_every_metric_has_a_name_a_direction_and_a_line() -> None:
    assert len(set(catalogue.names())) == len(catalogue.metrics()) >= 29
    for metric in catalogue.metrics():
        assert metric.better in ("high", "low", "target")
        assert 20 < len(catalogue.summary(metric.name)) < 120
        assert catalogue.summary(metric.name).endswith((".", ").", "?"))


def test_an_unknown_metric_gets_advice() -> None:
    with pytest.raises(UnknownName, match=r"fidelity\.shapes"):
        catalogue.summary("fidelity.shape")


def test_it_loads_nothing_heavy() -> None:
    heavy = "{'sklearn', 'numba', 'pandas', 'scipy'}"
    code = f"import sys; from understudy.metrics import catalogue, judge; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
