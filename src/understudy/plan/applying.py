"""From rules found in a table to a plan: the exact ones applied, the others left to the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from understudy.data.schema import Schema
from understudy.errors import ArgumentError, UnderstudyError
from understudy.plan.plan import Plan
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.constraints import Constraint, check_together, read
from understudy.rules.expressions import parse


@dataclass(frozen=True)
class Applied:
    """A plan with rules, and what was left out.

    Attributes:
        plan: with the exact rules.
        reasons: of each constraint that was added.
        aside: the proposals that were not applied: inexact ones, advice, and those that the plan has no place for.
    """

    plan: Plan
    reasons: Mapping[Constraint, str]
    aside: tuple[Proposal, ...]


def plan_of(said: Any) -> Plan:
    """The plan that is asked for: one, the plan of a draft, or an empty one for None.

    Raises:
        ArgumentError: it is none of these.
    """
    found = Plan() if said is None else said.plan if isinstance(said, Applied) else said
    if not isinstance(found, Plan):
        hint = "use us.Plan(...), us.draft(data), or us.read_plan(path)"
        raise ArgumentError(f"plan is {said!r:.80}", hint=hint, field="plan")
    return found


def apply(plan: Plan, proposals: Sequence[Proposal], frame: pl.DataFrame, schema: Schema) -> Applied:
    """The plan with every exact proposal that fits it.

    A proposal is left out whole where a column that it computes is not learned or would lose cells, for want of an
    input that is missing, or where it contradicts what is there.

    Args:
        plan: with the treatment of every column.
        proposals: in the order of preference.
        frame: the real rows, typed.
        schema: of them.
    """
    reasons: dict[Constraint, str] = {}
    aside = []
    for proposal in proposals:
        made = _with(plan, proposal, frame, schema) if proposal.exact and proposal.says else None
        if made is None:
            aside.append(proposal)
            continue
        reasons.update({each: proposal.reason for each in made.constraints if each not in plan.constraints})
        plan = made
    return Applied(plan, reasons, tuple(aside))


def _with(plan: Plan, proposal: Proposal, frame: pl.DataFrame, schema: Schema) -> Plan | None:
    """The plan with one proposal; None where it has no place there."""
    columns: Mapping[str, Mapping[str, Any]] = proposal.says.get("columns", {})
    if any(plan.columns[name].action != "learn" or _loses(name, said, frame) for name, said in columns.items()):
        return None
    changed = {name: replace(plan.columns[name], **said, reason=proposal.reason) for name, said in columns.items()}
    rules = tuple(read(each) for each in proposal.says.get("constraints", ()))
    if any(plan.columns[name].action == "generate" for rule in rules if rule.kind != "unique" for name in rule.columns):
        return None
    new = tuple(each for each in rules if each not in plan.constraints)
    try:
        made = replace(plan, columns={**plan.columns, **changed}, constraints=(*plan.constraints, *new))
        check_together(made.constraints, schema)
    except UnderstudyError:
        return None  # what contradicts an earlier proposal is told aside
    return made


def _loses(name: str, said: Mapping[str, Any], frame: pl.DataFrame) -> bool:
    """Whether cells are present for which the expression has no value."""
    text = said.get("expression")
    return text is not None and bool((parse(text).over(frame).is_null() & frame[name].is_not_null()).any())


def told(proposal: Proposal) -> str:
    """A proposal in one line: what it says and why."""
    said = [f"columns.{name}: {_spelt(each)}" for name, each in proposal.says.get("columns", {}).items()]
    said += [each if isinstance(each, str) else _spelt(each) for each in proposal.says.get("constraints", ())]
    return f"{proposal.reason}: {'; '.join(said)}" if said else f"{proposal.columns[0]}: {proposal.reason}"


def _spelt(said: Mapping[str, Any]) -> str:
    fields = (
        f"{name}: [{', '.join(each)}]" if isinstance(each, list) else f"{name}: {each}" for name, each in said.items()
    )
    return f"{{{', '.join(fields)}}}"
