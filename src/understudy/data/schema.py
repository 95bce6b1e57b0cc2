"""What the columns of a table are: kinds, keys, formats, missing codes.

A schema holds no value of the data but missing codes and date formats, so that it can be shared and stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType, NoneType
from typing import Any, Literal, get_args

from understudy.errors import SchemaError, UnknownColumn, nearest

Kind = Literal["integer", "decimal", "boolean", "categorical", "date", "datetime", "time", "id", "text", "constant"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Column:
    """One column: what it is and how its values are written.

    Attributes:
        name: the column's name, always text inside the package.
        kind: how its values are read and modelled.
        nullable: whether cells may be missing.
        missing: the codes that mean "missing" in the source, most frequent first ("" for an empty cell).
        semantic: what the value means (`email`, `card`, …), None where nothing personal or special was recognised.
        unique: whether no value may repeat.
        format: how dates and times are written (strptime; "%d.%m.%Y|%Y-%m-%d" where some are written otherwise, the
            first being the one that is written), the two spellings of a boolean as "true|false", or how a
            number is dressed, as a picture of zero ("0.0", "#,##0", "$0,00"); None for the plain form.
        decimals: digits behind the point, for decimals.
        fixed: whether decimals are always written out in full ("1.50", "3.0").
        zone: time zone of a datetime ("UTC", "+02:00", "Europe/Berlin"), None for local times.
        confidence: how sure the inference is, 0 to 1; 1 where the user said so.
        reason: why, in words a user can check.
        notes: what was noticed and not acted upon (a sentinel, infinities, a second missing code).
    """

    name: str
    kind: Kind
    nullable: bool = False
    missing: tuple[str, ...] = ()
    semantic: str | None = None
    unique: bool = False
    format: str | None = None
    decimals: int | None = None
    fixed: bool = False
    zone: str | None = None
    confidence: float = 1.0
    reason: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SchemaError(
                f"unknown kind '{self.kind}'", where=f"column '{self.name}'", hint=nearest(self.kind, KINDS)
            )


_WANTED: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "nullable": (bool,),
        "unique": (bool,),
        "fixed": (bool,),
        "decimals": (int, NoneType),
        "confidence": (int, float),
        "missing": (list,),
        "notes": (list,),
        "kind": (str,),
        "reason": (str,),
    }
)


def valued(field: str, value: Any, where: str) -> Any:
    """The value of a column's field as the field holds it: one missing code alone is a list of one.

    >>> valued("missing", "?", "column 'age'")
    ('?',)

    Raises:
        SchemaError: it is of the wrong kind.
    """
    wanted = _WANTED.get(field, (str, NoneType))
    if list in wanted:
        value = [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        names = " or ".join("nothing" if each is NoneType else each.__name__ for each in wanted)
        raise SchemaError(f"'{field}' is {value!r}", where=where, hint=f"give {names}", field=field)
    if isinstance(value, int) and field == "confidence":
        return float(value)
    return tuple(map(str, value)) if isinstance(value, list) else value


def edit_of(name: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """The user's word on a column, checked.

    Raises:
        SchemaError: it names an unknown field, or a value is of the wrong kind.
    """
    known = [each for each in Column.__dataclass_fields__ if each != "name"]
    for each in change:
        if each not in known:
            raise SchemaError(
                f"unknown field '{each}'", where=f"column '{name}'", hint=nearest(each, known), field=each
            )
    return {each: valued(each, value, f"column '{name}'") for each, value in change.items()}


@dataclass(frozen=True)
class Schema:
    """The columns of one table, in order, and what they mean together.

    Attributes:
        columns: in the order of the source.
        name: the table's name.
        primary_key: name of the column that identifies a row, None where there is none.
        entity: name of the column that says whom a row belongs to; rows of one entity are never split.
        time: name of the column that orders rows.
    """

    columns: tuple[Column, ...]
    name: str = "table"
    primary_key: str | None = None
    entity: str | None = None
    time: str | None = None
    _index: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {column.name: place for place, column in enumerate(self.columns)}
        if len(index) != len(self.columns):
            raise SchemaError("a column is named twice", where=f"table '{self.name}'")
        object.__setattr__(self, "_index", index)
        for role in (self.primary_key, self.entity, self.time):
            if role is not None and role not in index:
                raise UnknownColumn(f"no column '{role}'", where=f"table '{self.name}'", hint=nearest(role, index))

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(self._index)

    def __getitem__(self, name: str) -> Column:
        if name not in self._index:
            raise UnknownColumn(f"no column '{name}'", where=f"table '{self.name}'", hint=nearest(name, self.names))
        return self.columns[self._index[name]]

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __len__(self) -> int:
        return len(self.columns)

    def edit(self, /, **changes: Mapping[str, Any]) -> "Schema":
        """A schema in which the user's word stands: `schema.edit(zip={"kind": "categorical"})`.

        An edited column has confidence 1 and the reason "set by the user".
        """
        edited = {name: self._edited(name, change) for name, change in changes.items()}
        return replace(self, columns=tuple(edited.get(column.name, column) for column in self.columns))

    def _edited(self, name: str, change: Mapping[str, Any]) -> Column:
        return replace(self[name], **{"confidence": 1.0, "reason": "set by the user", **edit_of(name, change)})

    def keep(self, names: "tuple[str, ...] | list[str]") -> "Schema":
        """The schema of these columns alone, in the order given."""
        roles = {role: (value if value in names else None) for role, value in self.roles.items()}
        return Schema(tuple(self[name] for name in names), name=self.name, **roles)

    @property
    def roles(self) -> dict[str, str | None]:
        """Primary key, entity and time column by role."""
        return {"primary_key": self.primary_key, "entity": self.entity, "time": self.time}
