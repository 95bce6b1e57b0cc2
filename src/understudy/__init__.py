"""Understudy: a stand-in for data that may not be shared, with the proof beside it.

Everything is loaded on first use; importing the package imports nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from understudy import errors as errors
    from understudy.data.files import read as read
    from understudy.data.files import write as write
    from understudy.data.infer import infer as infer
    from understudy.data.schema_files import read_schema as read_schema
    from understudy.data.split import split as split
    from understudy.metrics.inference import combine as combine
    from understudy.models.augmenting import augment as augment
    from understudy.models.fitting import fit as fit
    from understudy.models.model import Model as Model
    from understudy.models.wanted import among as among
    from understudy.models.wanted import between as between
    from understudy.models.wanted import other_than as other_than
    from understudy.models.wanted import present as present
    from understudy.plan.drafting import draft as draft
    from understudy.plan.plan import ColumnPlan as ColumnPlan
    from understudy.plan.plan import Plan as Plan
    from understudy.plan.yaml import read_plan as read_plan
    from understudy.reports.comparison import compare as compare
    from understudy.reports.summary import Report as Report
    from understudy.reports.summary import evaluate as evaluate
    from understudy.runs.estimate import estimate as estimate
    from understudy.runs.run import run as run

_PLACES = {
    "ColumnPlan": "plan.plan",
    "Model": "models.model",
    "Plan": "plan.plan",
    "Report": "reports.summary",
    "among": "models.wanted",
    "augment": "models.augmenting",
    "between": "models.wanted",
    "combine": "metrics.inference",
    "compare": "reports.comparison",
    "draft": "plan.drafting",
    "estimate": "runs.estimate",
    "evaluate": "reports.summary",
    "fit": "models.fitting",
    "infer": "data.infer",
    "other_than": "models.wanted",
    "present": "models.wanted",
    "read": "data.files",
    "read_plan": "plan.yaml",
    "read_schema": "data.schema_files",
    "run": "runs.run",
    "split": "data.split",
    "write": "data.files",
}
__all__ = [
    "ColumnPlan",
    "Model",
    "Plan",
    "Report",
    "among",
    "augment",
    "between",
    "combine",
    "compare",
    "draft",
    "estimate",
    "evaluate",
    "fit",
    "infer",
    "load",
    "other_than",
    "present",
    "read",
    "read_plan",
    "read_schema",
    "run",
    "split",
    "write",
]


def load(path: Any) -> "Model":
    """Read a model file: the same as `Model.load`."""
    from understudy.models.model import Model

    return Model.load(path)


def __getattr__(name: str) -> Any:
    if name == "errors":
        return import_module("understudy.errors")
    if name not in _PLACES:
        raise AttributeError(f"module 'understudy' has no attribute '{name}'")
    return getattr(import_module(f"understudy.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
