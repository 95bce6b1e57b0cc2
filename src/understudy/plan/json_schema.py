"""The form of a plan file as JSON Schema, for editors and forms; read off the plan's own fields."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from understudy.data.schema import Column
from understudy.plan.plan import ColumnPlan, Plan
from understudy.plan.yaml import COLUMN_FIELDS, COMMENTS, VERSION
from understudy.rules.constraints import KINDS, Constraint
from understudy.rules.constraints.constraint import asked

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PLAIN: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
}


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a plan file; every plan that `to_yaml` writes fits it."""
    hints = get_type_hints(Plan)
    own = {
        each.name: {**_listed(each.name, hints[each.name]), **_default(each), "description": COMMENTS[each.name]}
        for each in fields(Plan)
        if each.name in COMMENTS and each.name != "constraints"
    }
    rules = {"type": "array", "items": {"anyOf": _rules()}, "default": [], "description": COMMENTS["constraints"]}
    columns = {"type": "object", "additionalProperties": {"$ref": "#/$defs/column"}}
    return {
        "$schema": DIALECT,
        "title": "A plan of Understudy",
        "type": "object",
        "properties": {"version": {"const": VERSION}, **own, "constraints": rules, "columns": columns},
        "additionalProperties": False,
        "$defs": {"column": _column()},
    }


def _column() -> dict[str, Any]:
    hints, known = get_type_hints(ColumnPlan), {each.name: each for each in fields(ColumnPlan)}
    own = {name: {**_typed(hints[name]), **_default(known[name])} for name in COLUMN_FIELDS}
    said = {name: {} for name in Column.__dataclass_fields__ if name != "name"}
    edits = {"type": "object", "properties": said, "additionalProperties": False}
    whole = {"type": "object", "properties": {**own, "schema": edits}, "additionalProperties": False}
    return {"anyOf": [own["action"], whole]}


def _rules() -> list[dict[str, Any]]:
    """An expression, or one of the kinds."""
    return [{"type": "string"}, *(_kind(name, kind) for name, kind in KINDS.items())]


def _kind(name: str, kind: type[Constraint]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    own = asked(kind)
    said = {each.name: {**_listed(each.name, hints[each.name]), **_default(each)} for each in own}
    needed = ["kind", *(each.name for each in own if each.default is MISSING)]
    properties = {"kind": {"const": name}, **said}
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _listed(name: str, hint: Any) -> dict[str, Any]:
    """A list of columns may be one column's name."""
    typed = _typed(hint)
    return {"anyOf": [typed, PLAIN[str]]} if name in ("columns", "by", "replace") else typed


def _typed(hint: Any) -> dict[str, Any]:
    kind, parts = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        return {"anyOf": [_typed(each) for each in parts]}
    if kind is Literal:
        return {"enum": list(parts)}
    if hint in PLAIN:
        return dict(PLAIN[hint])
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return {"type": "object", "additionalProperties": _typed(parts[1])}
    return {"type": "array", "items": _typed(parts[0])}


def _default(each: Field[Any]) -> dict[str, Any]:
    if each.default is MISSING:
        return {}
    return {"default": list(each.default) if isinstance(each.default, tuple) else each.default}
