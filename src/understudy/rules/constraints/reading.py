"""Constraints as a plan says them, and as a model file holds them."""

from collections.abc import Mapping
from dataclasses import MISSING
from types import MappingProxyType
from typing import Any

from understudy.errors import PlanError, nearest
from understudy.rules.constraints.constraint import Constraint, Held, asked, nested
from understudy.rules.constraints.ordering import Inequality, Positive, Range
from understudy.rules.constraints.patterns import Increments, OneHot, Regex
from understudy.rules.constraints.remembered import Combinations, MixedScales, Nulls
from understudy.rules.constraints.stated import Conditional, Stated
from understudy.rules.constraints.together import Monotone, Unique

KINDS: Mapping[str, type[Constraint]] = MappingProxyType(
    {
        each.kind: each
        for each in (
            Range,
            Positive,
            Inequality,
            Combinations,
            Increments,
            OneHot,
            Unique,
            Nulls,
            MixedScales,
            Monotone,
            Conditional,
            Regex,
            Stated,
        )
    }
)


def read(said: str | Mapping[str, Any]) -> Constraint:
    """The constraint that a plan says: an expression, or a mapping with its kind and fields.

    >>> str(read({"kind": "inequality", "columns": ["start", "end"]}))
    'start <= end'

    Raises:
        PlanError: the kind or a field is unknown, a field is missing, or holds what it cannot; the field is named.
    """
    if isinstance(said, str):
        return Stated(said)
    if not isinstance(said, Mapping):
        hint = "write an expression, or a kind with its fields"
        raise PlanError(f"{said!r} is no constraint", hint=hint, field="constraints")
    if not isinstance(said.get("kind"), str) or said["kind"] not in KINDS:
        what = f"unknown kind '{said['kind']}'" if "kind" in said else "a constraint has no kind"
        raise PlanError(what, where="constraints", hint=nearest(str(said.get("kind", "")), KINDS), field="kind")
    kind = KINDS[said["kind"]]
    _check_fields(kind, [name for name in said if name != "kind"])
    try:
        return kind(**{name: value for name, value in said.items() if name != "kind"})
    except PlanError as error:
        where = error.where or f"constraint '{kind.kind}'"
        raise PlanError(error.what, where=where, hint=error.hint, field=error.field) from error


def _check_fields(kind: type[Constraint], names: list[Any]) -> None:
    known = {each.name: each.default is MISSING for each in asked(kind)}
    where = f"constraint '{kind.kind}'"
    for name in names:
        if name not in known:
            raise PlanError(f"unknown field '{name}'", where=where, hint=nearest(str(name), known), field=str(name))
    for name, needed in known.items():
        if needed and name not in names:
            raise PlanError(f"'{name}' is missing", where=where, hint=f"a {kind.kind} needs it", field=name)


def restore(state: Mapping[str, Any]) -> Held:
    """What `Held.state` gave, as JSON holds it.

    Raises:
        PlanError: it is no such state.
    """
    if not isinstance(state, Mapping) or set(state) != {"constraint", "seen"}:
        raise PlanError("no state of a constraint", hint="give what `state` returned", field="constraints")
    return Held(read(state["constraint"]), nested(state["seen"]))
