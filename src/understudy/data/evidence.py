"""What a column's cells say before anything is decided: distinct cells with their counts, what its name suggests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from understudy.data import formats
from understudy.data.schema import Column, Kind
from understudy.data.semantics import Meaning, words_of
from understudy.data.table import Table
from understudy.data.values import as_text, is_text

STRONG_KEYS = frozenset({"id", "ids", "key", "uid", "uuid", "guid", "pk", "nbr", "identifier"})
WEAK_KEYS = frozenset({"number", "no", "num", "nr", "ref", "reference", "serial", "barcode", "isbn", "ticket", "code"})
ACCOUNTS = frozenset({"account", "acct", "iban", "ssn", "passport", "licence", "license", "policy"})
WHOSE = frozenset(
    {"patient", "customer", "client", "user", "member", "subject", "account", "person", "employee", "student", "guest"}
    | {"household", "passenger", "donor", "holder", "card", "device", "citizen", "tenant", "subscriber", "borrower"}
)
CODED = frozenset(
    {"type", "category", "cat", "class", "group", "cluster", "segment", "sex", "gender", "marital", "marriage", "code"}
    | {"education", "race", "ethnicity", "religion", "nationality", "country", "region", "state", "district", "county"}
    | {"city", "channel", "status", "occupation", "department", "division", "store", "branch", "source", "disposition"}
)
PLACES = frozenset({"city", "town", "state", "country", "region", "province", "county", "nationality", "district"})
POSTAL = frozenset({"zip", "zipcode", "postal", "postcode", "postalcode", "plz"})
COUNTED = frozenset({"num", "number", "count", "years", "amount", "level", "score", "index", "rate", "total", "age"})
DATED = frozenset({"date", "day", "dt", "datum", "dob", "birthday", "birthdate", "dated"})
_NOT_CODED = ("other", "unknown", "not available", "not applicable", "undefined", "unspecified")
SUSPECTS = (formats.MISSING_WORDS | set(_NOT_CODED[1:])) - {"-", ".", "..", "?"}


@dataclass(frozen=True)
class Cells:
    """The cells of one column, counted.

    Attributes:
        name: the column's name.
        values: distinct cells that are not null, as the source gave them.
        counts: how many cells hold each.
        rows: cells in all.
        dtype: the name of the dtype that the source had, "" for text.
    """

    name: str
    values: pl.Series
    counts: pl.Series
    rows: int
    dtype: str = ""

    @cached_property
    def nulls(self) -> int:
        """Cells that are null."""
        return self.rows - self.filled

    @cached_property
    def filled(self) -> int:
        """Cells that are not null."""
        return int(self.counts.sum())

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the column's name."""
        return frozenset(words_of(self.name))

    @property
    def textual(self) -> bool:
        """Whether cells are text."""
        return is_text(self.values.dtype)

    @property
    def labelled(self) -> bool:
        """Whether the source itself calls the column categorical."""
        return self.dtype.lower().startswith(("categor", "enum", "dictionary"))

    @cached_property
    def text(self) -> pl.Series:
        """Distinct cells as text."""
        return as_text(self.values)

    @cached_property
    def unique(self) -> bool:
        """Whether no value repeats and there is more than one."""
        return len(self.values) == self.filled > 1

    @property
    def share(self) -> float:
        """Distinct values by cells that are not missing."""
        return len(self.values) / max(1, self.filled)

    def only(self, mask: pl.Series, values: pl.Series | None = None) -> "Cells":
        """The cells where a mask over distinct values holds, with other values in their place where given."""
        held = self.values if values is None else values
        return Cells(self.name, held.filter(mask), self.counts.filter(mask), self.rows, self.dtype)

    def count(self, mask: pl.Series) -> int:
        """How many cells a mask over distinct values stands for."""
        return int(self.counts.filter(mask).sum())

    @cached_property
    def sample(self) -> list[str]:
        """Up to 200 distinct cells, evenly picked, without blanks around them."""
        step = max(1, len(self.text) // 200)
        return [cell.strip() for cell in self.text.gather_every(step).head(200).to_list()]

    @cached_property
    def says_key(self) -> bool:
        """Whether the column's name says it names things (`patient_nbr`, `UID`, `customerid`)."""
        glued = any(word.endswith("id") and word[:-2] in WHOSE | {"row", "order", "product"} for word in self.words)
        return bool(self.words & STRONG_KEYS) or glued

    @cached_property
    def says_whose(self) -> bool:
        """Whether the name says whom a row belongs to."""
        return bool(self.words & WHOSE) or any(word.endswith("id") and word[:-2] in WHOSE for word in self.words)

    @cached_property
    def ends_as_number(self) -> bool:
        """Whether the name ends as names of numbers on papers do: `birth_number`, `ticket no`."""
        return (words_of(self.name) or [""])[-1] in WEAK_KEYS


def counted(table: Table) -> Iterator[Cells]:
    """The cells of each column, counted, in order."""
    frame = table.frame.with_columns(_countable(column) for column in table.frame.get_columns())
    dtypes = {} if table.source.text else table.source.dtypes
    lists = frame.select(pl.all().value_counts().implode()) if frame.height and frame.width else None
    for name in frame.columns:
        pairs = frame[name].value_counts() if lists is None else lists[name][0].struct.unnest()
        values, counts = pairs.get_columns()
        kept = values.is_not_null()
        if not kept.all():
            values, counts = values.filter(kept), counts.filter(kept)
        yield Cells(name, values.alias(name), counts, frame.height, dtypes.get(name, ""))


def _countable(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if dtype.is_float():
        return column.fill_nan(None)
    plain = dtype.is_integer() or dtype in (pl.String, pl.Boolean, pl.Date, pl.Datetime, pl.Time, pl.Duration)
    return column if plain else as_text(column)


def spaced(number: int) -> str:
    """A count as people read it.

    >>> spaced(48842)
    '48 842'
    """
    return f"{number:,}".replace(",", " ")


def celled(number: int) -> str:
    """A number of cells.

    >>> celled(1), celled(1645)
    ('1 cell', '1 645 cells')
    """
    return f"{spaced(number)} cell{'' if number == 1 else 's'}"


def apart(values: pl.Series, counts: pl.Series) -> list[tuple[str, int]]:
    """Values that look like codes for "missing": 999, -1 and the like, frequent and away from all others.

    Args:
        values: distinct numbers.
        counts: how many cells hold each.

    Returns:
        Each such value as text with its count.
    """
    if len(values) < 5:
        return []
    found = []
    for at in (values.arg_min(), values.arg_max()):
        if at is None:
            continue
        value, rest = float(values[at]), values.filter(values != values[at])
        low, high = float(rest.min()), float(rest.max())  # type: ignore[arg-type]
        gap = low - value if value < low else value - high
        digits = re.fullmatch(r"-?(?:9{2,9}|8{2,9}|7{2,9}|1|9)(?:\.0+)?", f"{value:.1f}")
        sign = value < 0 <= low
        if (
            digits
            and (sign or gap > (high - low) / 2)
            and (value < 0 or value > 9)
            and counts[at] >= max(3, counts.sum() // 2000)
        ):
            found.append((f"{value:g}", int(counts[at])))
    return found


def made(cells: Cells, kind: Kind, sure: float, reason: str, **fields: Any) -> Column:
    """A column found from its cells."""
    missing = fields.pop("missing", ())
    gone = cells.nulls > 0 or bool(missing)
    return Column(cells.name, kind, nullable=gone, missing=missing, confidence=sure, reason=reason, **fields)


def meant(cells: Cells, meaning: Meaning | None) -> Column | None:
    """A column whose values mean something; keys are ids, all else is text."""
    if meaning is None:
        return None
    kind: Kind = "id" if meaning.key else "text"
    return made(cells, kind, meaning.confidence, meaning.reason, semantic=meaning.semantic, unique=cells.unique)


def codes(cells: Cells, mask: pl.Series | None = None) -> tuple[str, ...]:
    """Missing codes as written, most frequent first: those a mask marks, "?" without one, "" for empty cells."""
    if not cells.textual:
        return ()
    marked = cells.only(cells.text == "?" if mask is None else mask)
    tally = {"": cells.nulls} if cells.nulls else {}
    for code, count in zip(marked.values.to_list(), marked.counts.to_list(), strict=True):
        tally[code.strip()] = tally.get(code.strip(), 0) + count
    return tuple(sorted(tally, key=lambda code: -tally[code]))


def said(codes: tuple[str, ...]) -> tuple[str, ...]:
    """A note where cells are missing in several writings."""
    if len(codes) < 2:
        return ()
    listed = ", ".join(f"'{code}'" for code in codes)
    return (f"missing cells are written {listed}; they are written back as '{codes[0]}'",)


def shared(known: Cells) -> str:
    """How many cells are meant, out of how many."""
    return f"{spaced(known.filled)} of {spaced(known.rows)} cells"
