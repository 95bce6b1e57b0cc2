"""From cells to a schema: what each column is, how sure that is, and why, in words a user can check."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import polars as pl

from understudy.data import evidence, formats, quantities, semantics, wording
from understudy.data.evidence import Cells, celled, spaced
from understudy.data.schema import Column, Kind, Schema, edit_of
from understudy.data.schema_files import spoken
from understudy.data.table import Table
from understudy.data.values import CODECS
from understudy.errors import UnknownColumn, nearest

_NONE: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


def infer(table: Table, *, edits: Mapping[str, Mapping[str, Any]] = _NONE) -> Schema:
    """The schema of a table as read.

    Every cell is looked at (by its distinct values); only what a value means is judged on a sample.

    Args:
        table: as read: text cells of a file, or typed columns.
        edits: the user's word by column, fields of `Column`; what an edit leaves open is filled in from the cells.

    Raises:
        UnknownColumn: an edit names a column that the table lacks.
        SchemaError: an edit names an unknown field or kind.
    """
    for name in edits:
        if name not in table.frame.columns:
            raise UnknownColumn(
                f"no column '{name}'", where=f"table '{table.source.name}'", hint=nearest(name, table.frame.columns)
            )
    said = {name: edit_of(name, change) for name, change in edits.items()}
    columns = [_column(cells, said.get(cells.name)) for cells in evidence.counted(table)]
    return Schema(tuple(columns), name=table.source.name, primary_key=_primary_key(columns))


def completed(table: Table, schema: Schema, *, edits: Mapping[str, Mapping[str, Any]] = _NONE) -> Schema:
    """A schema that may leave things open (SDV's metadata knows no formats), filled in from the table's cells.

    What it says stands, with the reason and confidence it gives; columns it does not name are inferred.

    Raises:
        UnknownColumn: it names a column that the table lacks.
        SchemaError: as `infer`.
    """
    said = {column.name: spoken(column) for column in schema.columns}
    whole = infer(table, edits={**said, **{name: {**said.get(name, {}), **edit} for name, edit in edits.items()}})
    return replace(whole, **schema.roles)


def _column(cells: Cells, change: Mapping[str, Any] | None = None) -> Column:
    if change is not None:
        return _edited(cells, change)
    column = None if cells.values.dtype.is_float() else _constant(cells)
    if column is None and not cells.textual:
        column = _native(cells)
    if column is None and not cells.labelled:
        column = quantities.measured(cells)
    return _sized(column or wording.worded(cells), cells)


def _sized(column: Column, cells: Cells) -> Column:
    """Few cells make nobody sure."""
    known = cells.rows - cells.nulls
    doubt = known / (known + 1) if known else 0.3
    return replace(column, confidence=round(column.confidence * doubt, 2))


def _primary_key(columns: list[Column]) -> str | None:
    keys = (each for each in columns if each.kind == "id" and each.unique and not each.nullable)
    return next((each.name for each in keys if each.semantic not in semantics.PERSONAL), None)


def _constant(cells: Cells) -> Column | None:
    """One value or none; a single e-mail address is an address all the same."""
    known = cells.only(cells.text != "?") if cells.textual else cells
    if len(known.values) > 1:
        return None
    if cells.textual and len(known.values) and semantics.recognise(cells.name, known.text):
        return None
    if not len(known.values):
        return evidence.made(
            cells, "constant", 0.9, f"all {spaced(cells.rows)} cells are missing", missing=evidence.codes(cells)
        )
    reason = f"one value in all of {spaced(known.filled)} cells that are not missing"
    zone = getattr(cells.values.dtype, "time_zone", None)
    return evidence.made(cells, "constant", 0.95, reason, missing=evidence.codes(cells), zone=zone)


def _native(cells: Cells) -> Column:
    """A column whose source had types: they are believed, codes and keys are looked for."""
    dtype, values = cells.values.dtype, cells.values
    if dtype.is_float():
        finite = values.is_finite()
        endless = cells.count(~finite)
        column = _constant(known := cells.only(finite)) or quantities.decimals(known, known.text, None)
        note = (f"{celled(endless)} infinite, read as missing",) if endless else ()
        return replace(column, nullable=column.nullable or endless > 0, notes=(*column.notes, *note))
    if cells.labelled:
        return wording.categories(cells.only(values.is_not_null(), cells.text))
    if dtype.is_integer():
        return quantities.whole_numbers(cells, values)
    if dtype == pl.Boolean:
        return evidence.made(cells, "boolean", 0.99, "the source says so")
    if dtype == pl.Duration:
        return evidence.made(cells, "integer", 0.8, f"lengths of time, counted in {dtype}")
    zone = getattr(dtype, "time_zone", None)
    kind: Kind = "time" if dtype == pl.Time else "date" if dtype == pl.Date else "datetime"
    return evidence.made(cells, kind, 0.99, "the source says so", zone=zone)


# --- the user's word ---------------------------------------------------------------------------------------------


def _edited(cells: Cells, change: Mapping[str, Any]) -> Column:
    """A column as the user wants it; what the edit leaves open about writing is found in the cells."""
    seen = cells
    if cells.textual and "missing" in change:
        seen = cells.only(~formats.stripped(cells.text).is_in(list(change["missing"])))
    column = _column(seen)
    edited = Schema((column,)).edit(**{column.name: change})[column.name]
    if edited.kind == column.kind:
        return edited
    found = _written(edited, seen)
    return replace(edited, **{field: value for field, value in found.items() if field not in change})


def _written(column: Column, cells: Cells) -> dict[str, Any]:
    """How cells are written, read as the kind that the user said."""
    plain = formats.stripped(cells.text)
    gone = formats.says_missing(plain)
    known = cells.only(~(gone | formats.says_infinite(plain)), plain)
    shape: dict[str, Any] = {"format": None, "decimals": None, "fixed": False}
    shape["zone"] = getattr(cells.values.dtype, "time_zone", None)
    if CODECS[column.kind].blanks and cells.textual:
        shape["missing"] = evidence.codes(cells, gone)
        shape["nullable"] = bool(shape["missing"])
    if not len(known.values) or not cells.textual:
        return shape
    found = _shape(column, known)
    return shape | {field: getattr(found, field) for field in shape if found and field not in ("missing", "nullable")}


def _shape(column: Column, known: Cells) -> Column | None:
    if column.kind in ("date", "datetime", "time"):
        return quantities.dated(known) or quantities.dates_in_digits(known, formats.read_integers(known.values, None))
    if column.kind == "boolean":
        return quantities.truths(known)
    if column.kind not in ("integer", "decimal"):
        return None
    numbers = known.only(formats.matching(known.values, formats.NUMBER))
    picture = None if len(numbers.values) else formats.find_number_form(known.sample)
    found = quantities.decimals(
        numbers if picture is None else known, numbers.values if picture is None else known.values, picture
    )
    return found if column.kind == "decimal" else replace(found, format=picture, decimals=None, fixed=False)
