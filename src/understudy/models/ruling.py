"""What a plan's rules and computed columns come to on a table: checked, held against its rows, and reported."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from understudy.data.schema import Column, Schema
from understudy.engines.contract import Fitted
from understudy.errors import PlanError
from understudy.execution.streams import stream
from understudy.models.form import Form, Rule, kept
from understudy.models.memory import WHOLE
from understudy.plan.plan import Plan
from understudy.rules.constraints import Constraint, Held, check_together, orders
from understudy.rules.constraints.stated import Rowwise
from understudy.rules.rewriting import Rewriting, alike, rewriting, without

PILOT, MORE, LEAST = 8192, 7, 8
ENOUGH = 500
"""Rows that keep the rules of a row from which a table can be learned without the others."""
FUSED = ("combinations", "one_hot")
GIVES: Mapping[str, tuple[str, ...]] = {
    "integer": ("number",),
    "decimal": ("number",),
    "boolean": ("boolean",),
    "date": ("date",),
    "datetime": ("datetime", "date"),
    "time": ("time",),
}
"""The results of an expression that a column of a kind can hold; other kinds hold any, spelt out."""


def exempt(plan: Plan) -> set[str]:
    """Columns whose rare values may come out."""
    return {name for name, column in plan.columns.items() if column.exempt or column.action == "keep"}


def held(plan: Plan, frame: pl.DataFrame, schema: Schema) -> tuple[Held, ...]:
    """The plan's rules, with what they need to know of the real rows.

    Raises:
        UnknownColumn: a rule names a column that is dropped.
        PlanError: a rule does not fit its columns, contradicts another, or no real row keeps it.
    """
    for each in plan.constraints:
        each.bound(schema)
        _refuse_invented(each, plan)
    check_together(plan.constraints, schema)
    for each in plan.constraints:
        _refuse_mute(each, frame)
    found = tuple(each.held(frame, plan.k) for each in plan.constraints)
    for each in found:
        if frame.height and not each.whole and not each.met(frame).any():
            hint = "correct the rule, or the data"
            what = f"no real row keeps '{each.constraint}'"
            raise PlanError(what, where="constraints", hint=hint, field="constraints")
    return found


def _refuse_mute(constraint: Constraint, frame: pl.DataFrame) -> None:
    """A comparison without an answer in all rows in which its cells are present would hold whatever stands there."""
    if not isinstance(constraint, Rowwise) or constraint.whole or not constraint.expressions():
        return
    there = pl.Series([True]).new_from_index(0, frame.height)
    for name in constraint.columns:
        there &= frame[name].is_not_null()
    whole = frame.filter(there)
    if whole.height and all(each.over(whole).null_count() == whole.height for each in constraint.expressions()):
        hint = "compare what can be compared; number(x) reads digits"
        what = f"'{constraint}' says nothing of any real row"
        raise PlanError(what, where="constraints", hint=hint, field="constraints")


def _refuse_invented(constraint: Constraint, plan: Plan) -> None:
    """Invented values come when rows are drawn; only what is held in the whole table can be asked of them."""
    if constraint.kind in ("unique", "monotone"):
        return
    for name in constraint.columns:
        if plan.columns[name].action == "generate":
            hint = f"learn '{name}', or leave the rule out"
            what = f"'{constraint}' cannot be held: the values of '{name}' are invented"
            raise PlanError(what, where="constraints", hint=hint, field="constraints")


def rewritten(plan: Plan, frame: pl.DataFrame, schema: Schema) -> Rewriting:
    """Which columns are computed, and which are learned as one.

    Raises:
        ExpressionError: an expression does not fit its columns.
        PlanError: its result is nothing that the column can hold.
    """
    computed = {name: each for name, each in plan.expressions().items() if name in schema}
    for name, each in computed.items():
        _refuse_kind(schema[name], each.kind(schema))
    apart = {*plan.acting("generate"), *computed}
    groups = [each.columns for each in plan.constraints if each.kind in FUSED and not apart & set(each.columns)]
    if len(plan.by) > 1 and not any(set(plan.by) <= set(group) for group in groups):
        groups.insert(0, plan.by)
    open_ = exempt(plan)
    free = [group for group in groups if open_.issuperset(group)]
    guarded = [group for group in groups if group not in free]
    found = rewriting(frame, schema, computed, guarded, plan.k)
    opened = rewriting(frame, schema, {}, free, 1).fusions if free else ()
    return Rewriting((*found.fusions, *opened), found.formulas)


def ordered(plan: Plan, schema: Schema, rewritten: Rewriting) -> dict[tuple[str, str], bool]:
    """Pairs of columns that rules order, as `orders` gives them.

    Left out are columns whose values are needed as they are: those that tell groups apart, and those that others are
    computed from.
    """
    apart = set(plan.by).union(*(each.expression.columns for each in rewritten.formulas))
    found = orders(plan.constraints, schema)
    return {pair: strict for pair, strict in found.items() if not apart & set(pair)}


def _refuse_kind(column: Column, result: str) -> None:
    if column.kind in GIVES and result not in GIVES[column.kind]:
        hint = f"make it a {GIVES[column.kind][0]}"
        what = f"the expression gives a {result} and the column is {column.kind}"
        raise PlanError(what, where=f"column '{column.name}'", hint=hint, field=f"columns.{column.name}.expression")


def entries(form: Form, frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The ledger's entries: how many real rows differ from what is computed, and how many break each rule."""
    found = []
    for formula in form.rewriting.formulas:
        name = formula.column.name
        worked = form.rewriting.computed(without(frame, [name]), [name])[name]
        real = frame[name]
        apart = int(((~alike(worked, real).fill_null(False)) & real.is_not_null()).sum())
        text = f"computed as {formula.expression.text}; {apart} of {frame.height} real rows differ"
        found.append({"column": name, "what": "computed", "rows": apart, "values": None, "text": text})
    for each in form.held:
        broken = int((~each.met(frame)).sum())
        text = f"{each.constraint}: held in every row; {broken} of {frame.height} real rows break it"
        columns = ", ".join(each.constraint.columns)
        found.append({"column": columns, "what": "ruled", "rows": broken, "values": None, "text": text})
    return found


def sieve(form: Form, frame: pl.DataFrame, k: int) -> tuple[Rule, ...]:
    """The rules of a row that rows must keep to be learned from; none where too few do.

    Too few are fewer than half of the rows, where these are fewer than 500, and fewer than k. Rules that remember what
    real rows share are not among them: rows that break one are rare and not wrong, and columns would lose their tails.
    """
    rules = tuple(each for each in form.rules if isinstance(each, Held) and each.seen is None)
    number = int(kept(rules, frame).sum())
    return rules if number >= max(min(ENOUGH, (frame.height + 1) // 2), k) else ()


def left_out(rules: tuple[Rule, ...], frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The ledger's entry on real rows that break a rule and are not learned from."""
    rows = frame.height - int(kept(rules, frame).sum())
    text = f"{rows} of {frame.height} real rows break a rule of a row and are not learned from"
    return [{"column": WHOLE, "what": "ruled", "rows": rows, "values": None, "text": text}] if rows else []


def keeping(form: Form, fitted: Fitted, seed: int) -> tuple[float, list[dict[str, Any]]]:
    """The share of rows drawn that keep the rules of a row, and the ledger's entry on it.

    Raises:
        PlanError: hardly any row drawn does.
    """
    if not form.rules:
        return 1.0, []
    rng = stream(seed, "rules")

    def pilot() -> tuple[pl.DataFrame, int]:
        frame = form.decode(fitted.draw(PILOT, None, None, rng).codes, rng)
        return frame, int(form.met(frame).sum())

    frame, good = pilot()
    if good < LEAST:
        raise _hardly(form, frame, good)
    share = good / PILOT if good == PILOT else (good + sum(pilot()[1] for _ in range(MORE))) / (PILOT * (1 + MORE))
    text = f"{100 * share:.4g} % of rows drawn keep the rules of a row; the others are drawn again"
    return share, [{"column": WHOLE, "what": "ruled", "rows": None, "values": None, "text": text}]


def _hardly(form: Form, frame: pl.DataFrame, kept: int) -> PlanError:
    each = {str(rule.constraint): int(rule.met(frame).sum()) for rule in form.rules}
    said = ", ".join(f"{rule} ({rows} do)" for rule, rows in each.items())
    what = f"{kept if kept else 'none'} of {frame.height} rows drawn {'keep' if kept > 1 else 'keeps'} {said}"
    hint = "hardly any row keeps them together; correct or drop one" if len(each) > 1 else "correct or drop it"
    return PlanError(what, where="constraints", hint=hint, field="constraints")
