"""Plans as YAML: written with a comment on every choice, read with the line of every mistake."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from understudy.data.schema import Column
from understudy.errors import ExpressionError, PlanError, SourceDenied, SourceMissing, nearest
from understudy.plan.plan import ColumnPlan, Plan
from understudy.rules.constraints import Constraint, read
from understudy.rules.constraints.values import bare

VERSION = 1
COMMENTS = {
    "data": "where the real data is",
    "engine": "see: understudy engines",
    "options": "hyper-parameters of the engine that differ from its defaults",
    "rows": "rows to draw; null for as many as the real table has",
    "seed": "the same seed gives the same bytes",
    "k": "rows that must carry whatever is written out",
    "privacy": "against remembering training rows: relaxed, standard or tight",
    "calibrate": "rows drawn for each one kept to match counts, 2 for example; null for none",
    "holdout": "share of rows kept for the judge; null for 10 %, or 20 % below 10 000 rows",
    "entity": "column that says whom a row belongs to; no entity is split between training and judge",
    "time": "column that orders rows; the judge gets the latest part",
    "target": "column that the judge predicts; null to guess",
    "protected": "column by which people may be treated unlike; null for no look at fairness",
    "thresholds": "lines of the verdict on privacy that differ from alpha 0.05, excess 0.05, copies 0.005",
    "gates": "what the report must reach, [fidelity.pairs>=0.95, privacy=safe] for example",
    "constraints": "rules that every row keeps: an expression (start <= end), or a kind and its fields",
    "unroll": "column that says how many like rows a row stands for; null where a row is one",
    "by": "columns whose groups are learned apart; small groups are learned together",
    "replace": "columns of the real rows to draw anew, all else kept (partial synthesis); none to draw whole rows",
    "copies": "stand-ins to draw from the one model",
    "rebalance": "shares of a column's values set anew, {income: {'>50K': 0.5}} for example; the others share the rest",
    "impute": "whether missing cells of learned columns are filled, so that rows come out complete",
    "filters": "rows drawn to drop and replace, {near: 0.05, outlying: 0.01} for example",
    "output": "file name of the synthetic table; null for the input's format",
}
NONE: Mapping[Constraint, str] = MappingProxyType({})
COLUMN_FIELDS = ("action", "provider", "exempt", "expression")
MOST_CHARACTERS, MOST_LEVELS = 2_000_000, 20
FILLED = frozenset(each.name for each in fields(Plan) if each.default is not None and each.default is not MISSING)


def to_yaml(plan: Plan, reasons: Mapping[Constraint, str] = NONE, aside: Sequence[str] = ()) -> str:
    """The plan as YAML text with comments; `from_yaml` gives it back.

    Args:
        plan: to write.
        reasons: a comment on a constraint.
        aside: lines that stand as comments at the end: what was proposed and not applied.
    """
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    top = CommentedMap(version=VERSION)
    for name, comment in COMMENTS.items():
        value = [each.to_plain() for each in plan.constraints] if name == "constraints" else getattr(plan, name)
        top[name] = _spelt(value)
        top.yaml_add_eol_comment(comment, name)
    if plan.constraints:
        top["constraints"] = CommentedSeq(_flat(each.to_plain()) for each in plan.constraints)
        top.yaml_add_eol_comment(COMMENTS["constraints"], "constraints")
        for place, each in enumerate(plan.constraints):
            if each in reasons:
                top["constraints"].yaml_add_eol_comment(_line_of(reasons[each]), place)
    top["columns"] = CommentedMap({name: _written(column) for name, column in plan.columns.items()})
    actions = (
        "learn, compute (by an expression), generate (values invented afresh), keep (real values may come out) or drop"
    )
    top.yaml_set_comment_before_after_key("columns", before=f"\naction: {actions}")
    for name, column in plan.columns.items():
        if reason := _line_of(column.reason):
            top["columns"][name].yaml_add_eol_comment(reason, "action")
    return _dumped(top) + "".join(f"# {_line_of(each)}".rstrip() + "\n" for each in aside)


def _line_of(text: str) -> str:
    """A text as a comment: in one line."""
    return "".join(each if each.isprintable() else " " for each in text).strip()


def _flat(said: Any) -> Any:
    """A rule's fields in one line."""
    from ruamel.yaml.comments import CommentedMap

    if not isinstance(said, Mapping):
        return said
    found = CommentedMap(said)
    found.fa.set_flow_style()
    return found


def _spelt(value: Any) -> Any:
    """A field as YAML writes it."""
    if isinstance(value, Mapping):
        return {name: _spelt(each) for name, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _written(column: ColumnPlan) -> Any:
    from ruamel.yaml.comments import CommentedMap

    written = CommentedMap(action=column.action)
    if column.provider is not None:
        written["provider"] = column.provider
    if column.exempt:
        written["exempt"] = True
    if column.expression is not None:
        written["expression"] = column.expression
    if column.says:
        written["schema"] = {
            name: list(said) if isinstance(said, tuple) else said for name, said in column.says.items()
        }
    return written


def _dumped(top: Any) -> str:
    from io import StringIO

    from ruamel.yaml import YAML, RoundTripRepresenter

    class Spelt(RoundTripRepresenter):
        """Ours alone: representers are added to a class."""

    Spelt.add_representer(type(None), lambda to, _: to.represent_scalar("tag:yaml.org,2002:null", "null"))
    Spelt.add_representer(str, _quoted)
    text, yaml = StringIO(), YAML()
    yaml.Representer = Spelt
    yaml.width = 4096
    yaml.dump(top, text)
    return text.getvalue()


def _quoted(representer: Any, text: str) -> Any:
    """Text with line breaks and other invisible characters is escaped, or YAML would fold it."""
    return representer.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


def read_plan(path: str | Path) -> Plan:
    """The plan in a file; a relative `data` is taken from the file's folder.

    Raises:
        SourceMissing: there is no such file.
        SourceDenied: it may not be read.
        PlanError: the file is no plan; the line and the field are named.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceMissing(f"no plan at '{path}'", hint="write one with: understudy init DATA -o plan.yaml")
    try:
        text = path.read_text(encoding="utf-8")
    except PermissionError as error:
        raise SourceDenied(f"the plan at '{path}' may not be read", hint="check its permissions") from error
    except UnicodeDecodeError as error:
        raise PlanError("the plan is no UTF-8 text", where=path.name, hint="save it as UTF-8") from error
    plan = from_yaml(text, where=path.name)
    return plan if plan.data is None else replace(plan, data=str(path.parent / Path(plan.data).expanduser()))


def from_yaml(text: str, *, where: str = "plan") -> Plan:
    """The plan that a text spells.

    Raises:
        PlanError: the text is no YAML, or no plan; the line and the field are named.
    """
    found = _loaded(text, where)
    known = {*COMMENTS, "version", "columns"}
    _refuse_unknown(found, known, where, "")
    if found.get("version", VERSION) != VERSION:
        said, line = found["version"], _line(found, "version")
        advice = f"this version reads {VERSION}"
        raise PlanError(f"version {said!r} is not known", where=f"{where}, line {line}", hint=advice, field="version")
    entries = _mapping(found.get("columns"), f"{where}, line {_line(found, 'columns')}", "columns")
    columns = {
        str(name): _column(str(name), entry, where, f"{where}, line {_line(entries, name)}")
        for name, entry in entries.items()
    }
    said: dict[str, Any] = {name: bare(found[name]) for name in COMMENTS if name in found}
    said = {name: each for name, each in said.items() if each is not None or name not in FILLED}
    for name in ("data", "engine", "entity", "time", "target", "protected", "unroll", "output"):
        if said.get(name) is not None and not isinstance(said[name], str):
            line = _line(found, name)
            raise PlanError(f"{name} is {said[name]!r}", where=f"{where}, line {line}", hint="use text", field=name)
    for name in ("options", "thresholds", "filters"):
        said[name] = _plain(said.get(name), f"{where}, line {_line(found, name)}", name)
    for name in ("gates", "by", "replace"):
        if isinstance(said.get(name), Sequence) and not isinstance(said[name], str):
            said[name] = tuple(bare(each) for each in said[name])
    said["constraints"] = _constraints(found, where)
    try:
        return Plan(columns=columns, **said)
    except PlanError as error:
        line = _deepest(found, error.field)
        raise PlanError(error.what, where=f"{where}, line {line}", hint=error.hint, field=error.field) from error


def _constraints(found: Mapping[str, Any], where: str) -> tuple[Constraint, ...]:
    """The rules, each with the line of its mistake."""
    said = found.get("constraints")
    if said is None:
        return ()
    place = f"{where}, line {_line(found, 'constraints')}"
    if isinstance(said, str | Mapping) or not isinstance(said, Sequence):
        raise PlanError(f"constraints is {said!r}", where=place, hint="give a list of rules", field="constraints")
    rules = []
    for number, each in enumerate(said):
        line = f"{where}, line {_item(said, number)}"
        try:
            rules.append(read(_ruled(each, line)))
        except (PlanError, ExpressionError) as error:
            raise PlanError(
                error.what, where=f"{line}, constraint {number + 1}", hint=error.hint, field="constraints"
            ) from error
    return tuple(rules)


def _ruled(said: Any, where: str) -> Any:
    """A rule as plain data: text, or a mapping to plain values and flat lists of them."""
    if not isinstance(said, Mapping):
        return bare(said)
    return {
        name: [bare(each) for each in value] if isinstance(value, list) else value
        for name, value in _plain(said, where, "constraints").items()
    }


def _refuse_tricks(text: str, where: str) -> None:
    """No aliases, by which a small text can stand for a huge one, no tags, which ask for objects, no endless nests."""
    from ruamel.yaml import YAML
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

    if len(text) > MOST_CHARACTERS:
        raise PlanError(f"the plan has {len(text)} characters", where=where, hint=f"{MOST_CHARACTERS} at most are read")
    depth = 0
    for event in YAML(typ="rt", pure=True).parse(text):
        line = f"{where}, line {event.start_mark.line + 1}"
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MOST_LEVELS:
            raise PlanError("the plan is nested too deeply", where=line, hint=f"{MOST_LEVELS} levels at most are read")
        if isinstance(event, AliasEvent):
            raise PlanError(f"'*{event.anchor}' stands for something else", where=line, hint="write it out")
        if getattr(event, "tag", None) is not None:
            raise PlanError(f"the tag '{event.tag}' is not read", where=line, hint="leave it out")


def _loaded(text: str, where: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        _refuse_tricks(text, where)
        found = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise PlanError(
            f"no valid YAML: {error.problem}", where=f"{where}{line}", hint="check indents and quotes"
        ) from error
    except YAMLError as error:
        raise PlanError("no valid YAML", where=where, hint=str(error)) from error
    return _mapping(found, where, "plan")


def _column(name: str, entry: Any, file: str, where: str) -> ColumnPlan:
    if isinstance(entry, str):
        entry = {"action": entry}
    found = _mapping(entry, where, f"columns.{name}")
    _refuse_unknown(found, {*COLUMN_FIELDS, "schema"}, file, f"columns.{name}.")
    said = dict(found)
    if not isinstance(said.get("exempt", False), bool):
        raise PlanError(f"exempt is {said['exempt']!r}", where=where, hint="use true or false", field="exempt")
    edits = _mapping(said.pop("schema", None), where, f"columns.{name}.schema")
    _refuse_unknown(edits, set(Column.__dataclass_fields__) - {"name"}, file, f"columns.{name}.schema.")
    says = _plain(edits, where, f"columns.{name}.schema")
    place = f"{where}, column '{name}'"
    try:
        return ColumnPlan(**said, says=says)
    except ExpressionError as error:
        place = f"{place}, {error.where}" if error.where else place
        raise PlanError(error.what, where=place, hint=error.hint, field=f"columns.{name}.expression") from error
    except PlanError as error:
        raise PlanError(error.what, where=place, hint=error.hint, field=error.field) from error


def _mapping(found: Any, where: str, field: str) -> Mapping[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise PlanError(f"'{field}' is no mapping of names to values", where=where, hint="check indents", field=field)
    return found


def _plain(found: Any, where: str, field: str) -> dict[str, Any]:
    """A mapping to plain values and flat lists; nothing nested, so that no alias can swell it."""
    said = dict(_mapping(found, where, field))
    for name, value in said.items():
        if any(isinstance(each, list | Mapping) for each in (value if isinstance(value, list) else [value])):
            raise PlanError(
                f"'{field}.{name}' is no plain value", where=where, hint="use text or a number", field=field
            )
    return {str(name): bare(value) for name, value in said.items()}


def _refuse_unknown(found: Mapping[str, Any], known: set[str], where: str, prefix: str) -> None:
    for name in found:
        if name not in known:
            raise PlanError(
                f"unknown field '{prefix}{name}'",
                where=f"{where}, line {_line(found, name)}",
                hint=nearest(str(name), sorted(known)),
                field=str(name),
            )


def _line(found: Any, name: str) -> int:
    """The line (from 1) on which a name stands."""
    try:
        return found.lc.key(name)[0] + 1
    except (AttributeError, KeyError, TypeError):
        return 1


def _deepest(found: Any, field: str) -> int:
    """The line (from 1) of the field within fields that a dotted name leads to, as far as it does."""
    name = next((each for each in found if field == str(each) or field.startswith(f"{each}.")), None)
    if name is None:
        return _line(found, field)
    inner, rest = found[name], field[len(str(name)) + 1 :]
    deeper = (
        rest and isinstance(inner, Mapping) and any(rest == str(each) or rest.startswith(f"{each}.") for each in inner)
    )
    return _deepest(inner, rest) if deeper else _line(found, name)


def _item(found: Any, number: int) -> int:
    """The line (from 1) on which an item of a list stands."""
    return found.lc.item(number)[0] + 1
