"""Real rows with new ones beside them, so that the classes of a column have the sizes that are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import polars as pl

from understudy.data.appending import appended
from understudy.data.files import read
from understudy.data.table import Table
from understudy.data.values import parse, render
from understudy.errors import ArgumentError, PlanError, UnknownColumn, nearest
from understudy.execution.streams import stream
from understudy.models.classes import classes_of, lacking
from understudy.models.drawing import Drawer
from understudy.models.fitting import OnProgress, described, fit, silent
from understudy.models.gathering import Gathering
from understudy.models.oversampling import oversampler
from understudy.plan.applying import Applied, plan_of
from understudy.plan.plan import ColumnPlan, Plan

Method = Literal["engine", "smote", "smotenc", "adasyn"]
METHODS: tuple[str, ...] = get_args(Method)


@dataclass(frozen=True, eq=False)
class Augmented:
    """Real rows and new ones.

    Attributes:
        data: all of them, in the kind of frame that was given; the new rows stand below.
        real: rows of each class that were there, by the class as it stands in the frame.
        added: new rows by class.
        dropped: rows drawn that were dropped and replaced, by the rule they broke.
    """

    data: Any
    real: Mapping[Any, int]
    added: Mapping[Any, int]
    dropped: Mapping[str, int]


def augment(
    data: Any,
    column: str,
    to: Any = "balanced",
    *,
    method: Method = "engine",
    plan: Plan | Applied | None = None,
    seed: int = 0,
    marked: str | None = None,
) -> Any:
    """The real rows as they came, and new rows that fill the classes of a column.

    Args:
        data: a frame, or a path; not changed.
        column: whose classes are filled: categories, booleans or whole numbers.
        to: "balanced" for as many rows of each class as the largest has; or by class how many rows there are to be (a
            whole number) or what share of all rows (below 1); classes not named stay as they are.
        method: "engine" draws from a model of the table, given the class; "smote" (Chawla, Bowyer, Hall and Kegelmeyer,
            2002), "smotenc" (its section 6.1) and "adasyn" (He, Bai, Garcia and Li, 2008) place rows between real ones
            of the class, by imbalanced-learn.
        plan: what to do with each column, and the rules that new rows keep; proposed where None.
        seed: the same seed gives the same rows.
        marked: name of a column to add that says which rows are new.

    Returns:
        The kind of frame that was given, a `Table` for a path. Columns that the plan drops are left out.

    Raises:
        UnknownColumn: there is no such column.
        ArgumentError: the column has no classes or one alone; a class is unknown, too small for the method, or would
            have to lose rows; or an argument is out of range.
        PlanError: the plan drops or invents the column.
        ConditionError: hardly any row that is drawn keeps the rules.
        MissingExtra: imbalanced-learn is not installed.
    """
    return augmented(data, column, to, method=method, plan=plan, seed=seed, marked=marked).data


def augmented(
    data: Any,
    column: str,
    to: Any = "balanced",
    *,
    method: Method = "engine",
    plan: Plan | Applied | None = None,
    seed: int = 0,
    marked: str | None = None,
    on_progress: OnProgress = silent,
) -> Augmented:
    """As `augment`, with what was added and dropped; `on_progress` is called with (stage, done, total)."""
    if method not in METHODS:
        raise ArgumentError(f"no method '{method}'", hint=nearest(str(method), METHODS), field="method")
    stream(seed, "augment")
    table = read(data)
    if marked is not None and (not isinstance(marked, str) or marked in table.columns):
        raise ArgumentError(f"marked is {marked!r}", hint="name a column that is not there yet", field="marked")
    asked = _asked(plan_of(plan), column, table, seed)
    looked = described(table, None, asked if method == "engine" else replace(asked, k=1), on_progress)
    _refuse_unlearned(looked.plan.columns[column], column)
    form = looked.form
    typed = parse(table, form.schema).frame
    classes = classes_of(typed[column], form.schema[column])
    wanted = lacking(classes, typed.height, to, column, form)
    gathering = Gathering(typed, column, form)
    if not wanted:
        made, dropped = typed.head(0), {}
    elif method == "engine":
        model = fit(table, asked, on_progress=on_progress)
        gathering = replace(gathering, form=model.form)
        given = {each: model.drawer(model.meet({column: each}, seed), 1.0, seed, None) for each in wanted}
        made, dropped = gathering.gathered(wanted, given, on_progress)
    else:
        between = oversampler(typed, column, form, method, classes, wanted)
        drawer = Drawer(between, form, looked.providers, table.source, frozenset({column}), seed, None)
        of = {each: replace(drawer, rows=between.of(each)) for each in wanted}
        made, dropped = gathering.gathered(wanted, of, on_progress)
    whole = appended(data, table, render(made, form.schema, table.source), marked)
    column_of = pl.DataFrame({column: pl.Series(list(classes), dtype=typed[column].dtype)})
    named = dict(zip(classes, render(column_of, form.schema, table.source)[column].to_list(), strict=True))
    real, added = ({named[each]: rows for each, rows in counts.items()} for counts in (classes, wanted))
    return Augmented(whole, real, added, dropped)


def _asked(plan: Plan, column: str, table: Table, seed: int) -> Plan:
    """The plan with the class learned, however rare: its real rows come out beside the new ones anyway."""
    if column not in table.columns:
        where = f"table '{table.source.name}'"
        raise UnknownColumn(f"no column '{column}'", where=where, hint=nearest(column, table.columns), field="column")
    plan.check(table.columns)
    said = plan.columns.get(column, ColumnPlan())
    if said.action is None and said.expression is None and said.provider is None:
        said = replace(said, action="learn", exempt=True)
    elif said.action == "learn":
        said = replace(said, exempt=True)
    blank: dict[str, Any] = {"replace": (), "rebalance": {}, "filters": {}, "impute": False, "calibrate": None}
    return replace(plan, columns={**plan.columns, column: said}, data=None, seed=seed, **blank)


def _refuse_unlearned(said: ColumnPlan, column: str) -> None:
    if said.action in ("drop", "generate"):
        what = "is left out" if said.action == "drop" else "has invented values"
        hint = "learn it"
        raise PlanError(f"'{column}' {what} and has no classes to fill", where="plan", hint=hint, field="columns")
