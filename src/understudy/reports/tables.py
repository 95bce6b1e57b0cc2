"""The tables of an evaluation: read, checked against one another, typed by the real table's schema."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from typing import Any

from understudy.data import files, infer, values
from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.errors import SchemaError, TooFewRows, nearest


@dataclass(frozen=True, eq=False)
class Prepared:
    """Typed tables that share one schema.

    Attributes:
        schema: of the real table, without dropped columns.
        real: the rows learned from.
        synthetic: the stand-in.
        holdout: real rows that no model has seen, None where there are none.
        unreadable: synthetic cells by column that could not be read as their kind.
    """

    schema: Schema
    real: Table
    synthetic: Table
    holdout: Table | None
    unreadable: Mapping[str, int]


def prepared(
    real: Any, synthetic: Any, holdout: Any = None, schema: Schema | None = None, dropped: Collection[str] = ()
) -> Prepared:
    """The tables of an evaluation, ready for the judge.

    Args:
        real: path, frame or table.
        synthetic: path, frame or table.
        holdout: path, frame or table, or None.
        schema: of the real table, inferred where None.
        dropped: columns that were left out on purpose.

    Raises:
        SchemaError: the tables do not have the same columns.
        TooFewRows: a table has no rows.
    """
    raw = filled(files.read(real), "real")
    known = infer.completed(raw, schema).keep(schema.names) if schema else raw.schema or infer.infer(raw)
    known = known.keep([name for name in known.names if name not in dropped])
    other = filled(files.read(synthetic), "synthetic")
    third = None if holdout is None else filled(files.read(holdout), "holdout")
    for table, role in ((raw, "real"), (other, "synthetic"), (third, "holdout")):
        if table is not None:
            alike(table, known, role, dropped)
    typed = partial(values.parse, schema=known, strict=False)
    last = None if third is None else typed(third)
    return Prepared(known, typed(raw), typed(other), last, values.unreadable(other, known))


def filled(table: Table, role: str) -> Table:
    """The table, which has rows.

    Raises:
        TooFewRows: it has none.
    """
    if not len(table):
        raise TooFewRows(f"the {role} table has no rows", where=table.source.name, hint="give a table with rows")
    return table


def alike(table: Table, schema: Schema, role: str, dropped: Collection[str] = ()) -> None:
    """Check that a table has the columns of a schema and no others.

    Raises:
        SchemaError: columns are lacking or strange, named with the nearest there is.
    """
    lacking = [name for name in schema.names if name not in table.columns]
    strange = [name for name in table.columns if name not in schema and name not in dropped]
    if lacking:
        hint = nearest(lacking[0], strange) if strange else "give tables with the same columns"
        raise SchemaError(f"the {role} table lacks {quoted(lacking)}", where=table.source.name, hint=hint)
    if strange:
        hint = nearest(strange[0], schema.names)
        raise SchemaError(
            f"the {role} table has {quoted(strange)}, which the real one lacks", where=table.source.name, hint=hint
        )


def quoted(names: Sequence[str], most: int = 3) -> str:
    """Columns in words."""
    said = ", ".join(f"'{name}'" for name in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"column{'s' * (len(names) > 1)} {said}{more}"


def named(ledger: Sequence[Mapping[str, Any]], what: str) -> frozenset[str]:
    """The columns to which something happened, by the model's ledger."""
    return frozenset(str(entry["column"]) for entry in ledger if entry.get("what") == what)


def facts(case: Prepared) -> dict[str, int | None]:
    """How many rows stand on each side."""
    holdout = None if case.holdout is None else len(case.holdout)
    return {"real rows": len(case.real), "synthetic rows": len(case.synthetic), "holdout rows": holdout}


def versions() -> dict[str, str]:
    """Versions of what the scores depend on."""
    return {
        "python": python_version(),
        **{name: _version(name) for name in ("understudy", "numpy", "polars", "scikit-learn")},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
