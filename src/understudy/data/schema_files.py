"""Schemas in files: our own YAML, written for people to edit, and the metadata JSON of SDV."""

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from understudy.data.schema import KINDS, Column, Schema, valued
from understudy.errors import SchemaError, SourceDenied, SourceMissing, UnknownColumn, nearest

VERSION = 1
_DOUBTFUL = 0.8
_HEAD = f"""\
# A schema: what each column is. Edit freely; what you write wins over what was found.
# kind: {" | ".join(KINDS)}
# missing: codes that mean "missing", the one to write back first ("" is an empty cell)
# format: dates by strptime codes, booleans as "true|false", numbers as a picture of zero ("$#,##0.00")
"""
_OWN = tuple(each for each in fields(Column) if each.name != "name")
_ROLES = ("primary_key", "entity", "time")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ .()/-]*[A-Za-z0-9_)]|[A-Za-z_]")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "none"})


def to_yaml(schema: Schema) -> str:
    """A schema as YAML: one block a column, its confidence and reason beside it, doubtful ones marked for a look.

    `from_yaml(to_yaml(schema)) == schema`.
    """
    lines = [_HEAD, f"version: {VERSION}", f"table: {_scalar(schema.name)}"]
    lines += [f"{role}: {_scalar(name)}" for role, name in schema.roles.items() if name is not None]
    lines += ["columns:" if schema.columns else "columns: {}"]
    for column in schema.columns:
        lines += _block(column)
    return "\n".join(lines) + "\n"


def _block(column: Column) -> list[str]:
    doubt = [f"  # only {column.confidence:.0%} sure: please check"] if column.confidence < _DOUBTFUL else []
    lines = [*doubt, f"  {_scalar(column.name)}:"]
    for each in _OWN:
        value = getattr(column, each.name)
        if each.default is MISSING or value != each.default or each.name == "confidence":
            lines += _entry(each.name, value)
    return lines


def _entry(name: str, value: Any) -> list[str]:
    if name == "notes":
        return ["    notes:", *(f"      - {_scalar(note)}" for note in value)]
    if isinstance(value, tuple):
        return [f"    {name}: [{', '.join(map(_scalar, value))}]"]
    return [f"    {name}: {_scalar(value)}"]


def _scalar(value: Any) -> str:
    """A value as YAML 1.2 reads it back (and 1.1 too): text is quoted wherever it could be taken for something else."""
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    code = ord(character)
    if character.isprintable() and code not in (0xFEFF, 0x85):
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def from_yaml(text: str, *, where: str = "schema") -> Schema:
    """A schema out of our YAML.

    Args:
        text: as `to_yaml` writes it, or shorter: `columns: {age: integer}` is enough; a column may be its kind alone.
        where: named in errors.

    Raises:
        SchemaError: no YAML, or a field or kind that does not exist; says the line or the nearest name.
        UnknownColumn: a role names a column that is not there.
    """
    return _schema(_mapping(_loaded(text, where), where), where)


def _loaded(text: str, where: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise SchemaError(
            f"no valid YAML: {error.problem}", where=f"{where}{line}", hint="check indents and quotes"
        ) from error
    except (YAMLError, ValueError) as error:
        raise SchemaError(f"no valid YAML: {error}", where=where, hint="check for control characters") from error


def _mapping(found: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise SchemaError("no mapping of names to values", where=where, hint="start with 'columns:'")
    return found


def _schema(found: Mapping[str, Any], where: str) -> Schema:
    known = {"version", "table", "columns", *_ROLES}
    for each in found:
        if each not in known:
            raise SchemaError(f"unknown entry '{each}'", where=where, hint=nearest(str(each), known))
    if found.get("version", VERSION) != VERSION:
        raise SchemaError(f"version {found['version']} is not known", where=where, hint=f"this version reads {VERSION}")
    if "columns" not in found:
        raise SchemaError("no columns", where=where, hint="add 'columns:' with one entry a column")
    columns = _mapping(found["columns"] or {}, f"{where}, columns")
    made = tuple(_column(str(name), entry, where) for name, entry in columns.items())
    roles = {role: str(found[role]) for role in _ROLES if found.get(role) is not None}
    return Schema(made, name=str(found.get("table", "table")), **roles)


def _column(name: str, entry: Any, where: str) -> Column:
    place = f"{where}, column '{name}'"
    if isinstance(entry, str):
        entry = {"kind": entry}
    said = dict(_mapping(entry, place))
    known = {each.name: each for each in _OWN}
    for each in said:
        if each not in known:
            raise SchemaError(f"unknown field '{each}'", where=place, hint=nearest(str(each), known))
    if "kind" not in said:
        raise SchemaError("no kind", where=place, hint=f"one of {', '.join(KINDS)}")
    if said["kind"] not in KINDS:
        raise SchemaError(f"unknown kind '{said['kind']}'", where=place, hint=nearest(str(said["kind"]), KINDS))
    said = {each: valued(each, value, place) for each, value in said.items()}
    return Column(name, **said)


def read_schema(path: str | Path) -> Schema | dict[str, Schema]:
    """A schema out of a file: our YAML (`.yaml`, `.yml`) or SDV's metadata (`.json`).

    Returns:
        One schema, or schemas by table where the metadata describes several.

    Raises:
        SourceMissing: there is no such file.
        SourceDenied: the file may not be read.
        SchemaError: the file is no schema.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SourceMissing("no such file", where=str(path), hint="give a .yaml schema or an SDV .json") from error
    except (PermissionError, IsADirectoryError) as error:
        raise SourceDenied("the file may not be read", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise SchemaError("no text in UTF-8", where=str(path)) from error
    if path.suffix.lower() != ".json":
        return from_yaml(text, where=str(path))
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise SchemaError(f"no valid JSON: {error.msg}", where=f"{path}, line {error.lineno}") from error
    return from_sdv(_mapping(found, str(path)), name=path.stem, where=str(path))


def read_one(path: str | Path) -> Schema:
    """The one schema in a file.

    Raises:
        SchemaError: the file describes several tables, or as `read_schema`.
    """
    found = read_schema(path)
    if isinstance(found, Schema):
        return found
    if len(found) == 1:
        return next(iter(found.values()))
    raise SchemaError(f"{len(found)} tables", where=str(path), hint="give metadata of one table")


def edits(schema: Schema) -> dict[str, dict[str, Any]]:
    """What a schema says for sure, as edits for `infer`: columns of confidence 1, their fields that are no default."""
    sure = (column for column in schema.columns if column.confidence == 1)
    return {column.name: spoken(column) for column in sure}


def spoken(column: Column) -> dict[str, Any]:
    """What a column says, as an edit for `infer`: its fields that are no default, but confidence and reason."""
    said = {each.name: getattr(column, each.name) for each in _OWN if each.name not in ("confidence", "reason")}
    return {
        each.name: said[each.name]
        for each in _OWN
        if each.name in said and (each.name == "kind" or said[each.name] != each.default)
    }


# --- SDV metadata ------------------------------------------------------------------------------------------------

_VERSIONS = ("V1", "SINGLE_TABLE_V1", "MULTI_TABLE_V1")
_KINDS = {
    "categorical": "categorical",
    "boolean": "boolean",
    "id": "id",
    "numerical": "decimal",
    "datetime": "datetime",
    "unknown": "text",
}
_MEANINGS = {
    "email": "email",
    "company_email": "email",
    "free_email": "email",
    "safe_email": "email",
    "ascii_email": "email",
    "phone_number": "phone",
    "name": "person_name",
    "first_name": "first_name",
    "last_name": "last_name",
    "address": "address",
    "street_address": "address",
    "credit_card_number": "card",
    "uuid4": "uuid",
    "url": "url",
    "uri": "url",
    "ipv4_address": "ip",
    "ipv6_address": "ip",
    "ipv4": "ip",
    "ipv6": "ip",
}
_KEYS = frozenset({"card", "uuid"})


def from_sdv(found: Mapping[str, Any], *, name: str = "table", where: str = "metadata") -> Schema | dict[str, Schema]:
    """Schemas out of SDV metadata of the versions V1, SINGLE_TABLE_V1 and MULTI_TABLE_V1.

    What the metadata leaves open (a numerical column without a representation, an unknown one) has a confidence of 0.5,
    so that `edits` leaves it to inference. Relationships are not read yet.

    Returns:
        One schema for a single table, else schemas by table.

    Raises:
        SchemaError: the version, an sdtype or the structure is not known.
    """
    version = found.get("METADATA_SPEC_VERSION")
    if version not in _VERSIONS:
        raise SchemaError(
            f"metadata version {version!r} is not known", where=where, hint=f"one of {', '.join(_VERSIONS)}"
        )
    if version == "SINGLE_TABLE_V1":
        return _sdv_table(found, name, where)
    tables = _mapping(found.get("tables", {}), f"{where}, tables")
    made = {
        each: _sdv_table(_mapping(table, where), each, f"{where}, table '{each}'") for each, table in tables.items()
    }
    return next(iter(made.values())) if version == "V1" and len(made) == 1 else made


def _sdv_table(found: Mapping[str, Any], name: str, where: str) -> Schema:
    columns = _mapping(found.get("columns", {}), f"{where}, columns")
    keys = found.get("primary_key")
    key = keys if isinstance(keys, str) else None
    made = tuple(_sdv_column(each, _mapping(column, where), each == key, where) for each, column in columns.items())
    roles = {"primary_key": key, "entity": found.get("sequence_key"), "time": found.get("sequence_index")}
    try:
        return Schema(made, name=name, **{role: each for role, each in roles.items() if isinstance(each, str)})
    except UnknownColumn as error:
        raise SchemaError(error.what, where=where, hint=error.hint) from error


def _sdv_column(name: str, found: Mapping[str, Any], key: bool, where: str) -> Column:
    sdtype = str(found.get("sdtype", "unknown"))
    reason, meaning = f"metadata says {sdtype}", _MEANINGS.get(sdtype)
    if meaning is not None:
        return Column(name, "id" if key or meaning in _KEYS else "text", semantic=meaning, unique=key, reason=reason)
    if sdtype == "numerical":
        return _sdv_number(name, str(found.get("computer_representation", "")), reason)
    if sdtype == "datetime":
        return _sdv_moment(name, found.get("datetime_format"), reason)
    kind = _KINDS.get(sdtype)
    if kind is None:  # a Faker type that has no meaning here yet: personal or not, it is text
        return Column(
            name, "text", unique=key, confidence=0.5, reason=reason, notes=(f"sdtype {sdtype} is read as text",)
        )
    notes = (f"its ids are written like {found['regex_format']}",) if "regex_format" in found else ()
    sure = 0.5 if sdtype == "unknown" else 1.0
    return Column(name, kind, unique=key, confidence=sure, reason=reason, notes=notes)  # type: ignore[arg-type]


def _sdv_number(name: str, representation: str, reason: str) -> Column:
    if representation.lower().startswith(("int", "uint")):
        return Column(name, "integer", reason=f"{reason}, {representation}")
    if representation.lower().startswith("float"):
        return Column(name, "decimal", reason=f"{reason}, {representation}")
    return Column(name, "decimal", confidence=0.5, reason=reason)


def _sdv_moment(name: str, form: Any, reason: str) -> Column:
    if not isinstance(form, str):
        return Column(name, "datetime", confidence=0.5, reason=reason)
    clock = bool(re.search(r"%[-#]?[HIMSfpTXRrcs]", form))
    day = bool(re.search(r"%[-#]?[dmyYbBjFDxcs]", form))
    kind = "datetime" if clock and day else "time" if clock else "date"
    return Column(name, kind, format=form, zone="UTC" if re.search("%:?z", form) else None, reason=reason)
