"""A plan: everything that is asked of a run, and nothing of what it learns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from understudy.errors import PlanError, UnknownColumn, nearest
from understudy.plan.gates import Gate
from understudy.plan.shares import filtered, rebalanced
from understudy.plan.thresholds import Thresholds
from understudy.rules.constraints import Constraint, read
from understudy.rules.expressions import Expression, parse
from understudy.rules.rewriting import ordered

Action = Literal["learn", "compute", "generate", "keep", "drop"]
ACTIONS: tuple[str, ...] = get_args(Action)
Privacy = Literal["relaxed", "standard", "tight"]
PRIVACIES: tuple[str, ...] = get_args(Privacy)
MOST_POOL = 16
MOST_COPIES = 1000
MOST_ROWS = 10**12


@dataclass(frozen=True)
class ColumnPlan:
    """What happens to one column.

    Attributes:
        action: None for what is proposed; `learn` its distribution; `compute` it from others in every row; `generate`
            values afresh in its format, learning only its gaps; `keep` its real values as they are (they may come out
            even where a single row carries them); `drop` it.
        provider: who invents the values of a generated column; None for the one that is proposed.
        exempt: whether a learned column's rare categories and extremes may come out.
        expression: what a computed column is, as `rules.expressions` reads it.
        says: the user's word on the column's schema ("kind", "format", "missing", …), which always wins.
        reason: why, as proposed; a comment, so that plans that differ in it alone are equal.
    """

    action: Action | None = None
    provider: str | None = None
    exempt: bool = False
    expression: str | None = None
    says: Mapping[str, Any] = field(default_factory=dict)
    reason: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        said = {name: tuple(each) if isinstance(each, list) else each for name, each in self.says.items()}
        object.__setattr__(self, "says", said)
        if self.action is not None and self.action not in ACTIONS:
            raise PlanError(f"unknown action '{self.action}'", hint=nearest(str(self.action), ACTIONS), field="action")
        if self.provider is not None and self.action not in (None, "generate"):
            raise PlanError(
                f"a column to {self.action} has no provider", hint="use 'action: generate'", field="provider"
            )
        if self.expression is None:
            if self.action == "compute":
                hint = "say what it is: 'expression: price * quantity' for example"
                raise PlanError("a column to compute has no expression", hint=hint, field="expression")
            return
        if self.action not in (None, "compute"):
            hint = "use 'action: compute'"
            raise PlanError(f"a column to {self.action} has no expression", hint=hint, field="expression")
        if not isinstance(self.expression, str):
            raise PlanError(f"expression is {self.expression!r}", hint="use text", field="expression")
        parse(self.expression)

    def over(self, proposed: "ColumnPlan") -> "ColumnPlan":
        """This treatment, with the proposed one where it is left open.

        A provider named alone asks to generate, an expression to compute.
        """
        action = self.action
        if action is None and self.expression is not None:
            action = "compute"
        if action is None:
            action = proposed.action if self.provider is None else "generate"
        provider = self.provider
        if provider is None and action == "generate":
            provider = proposed.provider
        agreed = action == proposed.action and not self.reason
        return replace(self, action=action, provider=provider, reason=proposed.reason if agreed else self.reason)


@dataclass(frozen=True)
class Plan:
    """What is asked of a run.

    Attributes:
        columns: by column name; columns not named are treated as proposed.
        data: where the real data is; None where it is handed over.
        engine: name in the catalogue.
        options: the engine's hyper-parameters that differ from its defaults.
        rows: rows to draw; None for as many as the real table has.
        seed: of every draw but the noise of differential privacy.
        k: training rows that must carry whatever is written out.
        privacy: what is done against remembering training rows while the engine learns. `relaxed`: nothing is measured;
            `standard`: attacks on what is drawn may win 0.01 beyond chance, else the engine learns again, more
            smoothly; `tight`: they may win nothing, nor may whoever holds the model, and the engine begins smoother.
        calibrate: rows drawn for each one kept, so that counts of single, pairs and triples of columns come out as
            among the training rows; None for none.
        holdout: share of rows kept for the judge; None for 10 %, or 20 % below 10 000 rows.
        entity: column that says whom a row belongs to; no entity is split.
        time: column that orders rows; the holdout is the latest part.
        target: column that the judge predicts; None to guess.
        protected: column by which people may be treated unlike; None for no look at fairness.
        thresholds: where the verdict on privacy draws its lines, as far as they differ from `Thresholds`.
        gates: what the report must reach, as `Gate.read` reads it.
        constraints: rules that every row keeps, as `rules.constraints` reads them.
        unroll: column that says how many like rows a row stands for: rows are learned one by one, and like rows that
            are drawn come out as one, counted; None where a row is one.
        by: columns whose groups are learned apart; groups of fewer than 500 rows are learned together.
        replace: columns of the real rows that are drawn anew, all else staying as it is (partial synthesis); none for
            rows that are drawn whole.
        copies: stand-ins to draw from the one model.
        rebalance: the column whose shares are set anew when rows are drawn, and the share of each of its values.
        impute: whether the missing cells of learned columns are filled by what the rest of their rows says.
        filters: `near` drops rows nearer to a real one than all but this share of unseen real rows are; `outlying` rows
            farther from all real ones than all but this share of real rows are from each other.
        output: file name of the synthetic table; None for the input's format.
    """

    columns: Mapping[str, ColumnPlan] = field(default_factory=dict)
    data: str | None = None
    engine: str = "boost"
    options: Mapping[str, Any] = field(default_factory=dict)
    rows: int | None = None
    seed: int = 0
    k: int = 8
    privacy: Privacy = "standard"
    calibrate: float | None = None
    holdout: float | None = None
    entity: str | None = None
    time: str | None = None
    target: str | None = None
    protected: str | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    gates: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    unroll: str | None = None
    by: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    copies: int = 1
    rebalance: Mapping[str, Mapping[Any, float]] = field(default_factory=dict)
    impute: bool = False
    filters: Mapping[str, float] = field(default_factory=dict)
    output: str | None = None

    def __post_init__(self) -> None:
        if self.rows is not None:
            _within("rows", self.rows, 0, None)
            if self.rows > MOST_ROWS:
                raise PlanError(f"rows is {self.rows}", hint=f"use {MOST_ROWS} at most", field="rows")
        _within("k", self.k, 1, None)
        _within("copies", self.copies, 1, MOST_COPIES)
        _within("seed", self.seed, 0, 2**63 - 1)
        if self.privacy not in PRIVACIES:
            hint = nearest(str(self.privacy), PRIVACIES)
            raise PlanError(f"unknown privacy {self.privacy!r}", hint=hint, field="privacy")
        if self.calibrate is not None:
            _check_pool(self.calibrate)
        share = self.holdout
        if share is not None and (not isinstance(share, int | float) or not 0 < share < 1):
            raise PlanError(f"holdout is {share!r}", hint="use a share between 0 and 1", field="holdout")
        Thresholds.of(self.thresholds)
        object.__setattr__(self, "gates", _lines(self.gates))
        object.__setattr__(self, "constraints", _rules(self.constraints))
        for name in ("by", "replace"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        object.__setattr__(self, "rebalance", rebalanced(self.rebalance))
        object.__setattr__(self, "filters", filtered(self.filters))
        if not isinstance(self.impute, bool):
            raise PlanError(f"impute is {self.impute!r}", hint="use true or false", field="impute")
        for name in ("rebalance", "impute", "filters", "unroll", "rows"):
            if self.replace and getattr(self, name):
                raise PlanError(f"'replace' and '{name}' do not go together", hint="leave one out", field=name)
        ordered(self.expressions())

    def over(self, proposed: "Plan") -> "Plan":
        """This plan, with what is proposed wherever it leaves a column's treatment open."""
        said = {
            name: column.over(proposed.columns[name]) if name in proposed.columns else column
            for name, column in self.columns.items()
        }
        return replace(self, columns={**proposed.columns, **said})

    def acting(self, action: Action) -> list[str]:
        """The columns of one action, in order."""
        return [name for name, column in self.columns.items() if column.action == action]

    def edits(self) -> dict[str, Mapping[str, Any]]:
        """The user's word on the schema, by column."""
        return {name: column.says for name, column in self.columns.items() if column.says}

    def expressions(self) -> dict[str, Expression]:
        """What each computed column is."""
        said = {name: column.expression for name, column in self.columns.items()}
        return {name: parse(text) for name, text in said.items() if text is not None}

    def check(self, columns: Sequence[str]) -> None:
        """Every column named is one of the table's, and what rules and expressions need is not dropped.

        Raises:
            UnknownColumn: one is not, the nearest is suggested; or is dropped.
        """
        roles = {name: getattr(self, name) for name in ("unroll", "entity", "time", "target", "protected")}
        named = [(f"columns.{name}", name) for name in self.columns]
        named += [(role, name) for role, name in roles.items() if name is not None]
        named += [(role, name) for role in ("by", "replace", "rebalance") for name in getattr(self, role)]
        needing = [
            (f"columns.{name}.expression", needed)
            for name, each in self.expressions().items()
            for needed in each.columns
        ]
        for number, each in enumerate(self.constraints):
            needing += [(f"constraints[{number}]", needed) for needed in each.columns]
        for place, name in named + needing:
            if name not in columns:
                raise UnknownColumn(f"no column '{name}'", where=place, hint=nearest(name, columns), field=place)
        dropped = set(self.acting("drop"))
        for place, name in needing:
            if name in dropped:
                hint = "the plan drops it; learn it, or take out what needs it"
                raise UnknownColumn(f"no column '{name}' is left", where=place, hint=hint, field=place)


def _lines(gates: Any) -> tuple[str, ...]:
    if isinstance(gates, str) or not isinstance(gates, Sequence):
        raise PlanError(f"gates is {gates!r}", hint="give a list of gates", field="gates")
    return tuple(Gate.read(each).text for each in gates)


def _names(field: str, said: Any) -> tuple[str, ...]:
    names = (said,) if isinstance(said, str) else said
    if not isinstance(names, Sequence) or not all(isinstance(each, str) for each in names):
        raise PlanError(f"{field} is {said!r}", hint="give a list of columns", field=field)
    return tuple(dict.fromkeys(names))


def _rules(constraints: Any) -> tuple[Constraint, ...]:
    if isinstance(constraints, str | Mapping) or not isinstance(constraints, Sequence):
        raise PlanError(f"constraints is {constraints!r}", hint="give a list of constraints", field="constraints")
    return tuple(read(each) if isinstance(each, str | Mapping) else each for each in constraints)


def _check_pool(said: Any) -> None:
    if isinstance(said, bool) or not isinstance(said, int | float) or not 1 < said <= MOST_POOL:
        hint = f"use a number above 1 and up to {MOST_POOL}, 2 for example"
        raise PlanError(f"calibrate is {said!r}", hint=hint, field="calibrate")


def _within(name: str, value: Any, low: int, high: int | None) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PlanError(f"{name} is {value!r}", hint="use a whole number", field=name)
    if value < low or (high is not None and value > high):
        hint = f"use {low} or more" if high is None else f"use {low} to {high}"
        raise PlanError(f"{name} is {value}", hint=hint, field=name)
