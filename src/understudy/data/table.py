"""A table: a polars frame, where it came from, and (once known) what its columns are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.schema import Schema
from understudy.errors import SchemaError
from understudy.execution.streams import stream

BATCH_CELLS = 4_000_000


@dataclass(frozen=True)
class Source:
    """Where a table came from, so that its stand-in can be given back in the same form.

    Attributes:
        name: table name (file stem, or "table").
        kind: the caller's kind: "table" (read by us), "polars", "pandas" or "arrow".
        text: whether cells are text as written in the file (csv, tsv); False where the source had types.
        dtypes: dtype of each column as the caller's library names it, empty for text.
        labels: the caller's own column labels where they are not text (pandas integers), by column name.
        file: file ending the data was read from ("csv", "csv.gz", "parquet", …), "" for frames.
        delimiter: what stands between the cells of a delimited file, "" for all else.
        notes: what was noticed on reading and settled without asking (an encoding, further sheets, an index).
    """

    name: str = "table"
    kind: str = "polars"
    text: bool = False
    dtypes: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, int | float | str] = field(default_factory=dict)
    file: str = ""
    delimiter: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """A frame with its source and, once typed, its schema.

    Two states: as read (`schema` is None; cells are what the source gave, text for csv) and typed (`schema` is set and
    `frame` holds the values: Int64, Float64, Boolean, String, Date, Datetime, Time; missing codes have become nulls).
    """

    frame: pl.DataFrame
    source: Source = field(default_factory=Source)
    schema: Schema | None = None

    @property
    def typed(self) -> Schema:
        """The schema of a typed table.

        Raises:
            SchemaError: the table has not been typed.
        """
        if self.schema is None:
            raise SchemaError("the table has no schema yet", where=self.source.name, hint="use understudy.infer")
        return self.schema

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return self.frame.columns

    def __len__(self) -> int:
        return self.frame.height

    def take(self, rows: Any) -> "Table":
        """The rows at these places, same source and schema."""
        return replace(self, frame=self.frame[rows])

    def only(self, names: Sequence[str]) -> "Table":
        """Some columns."""
        return Table(self.frame[list(names)], self.source)

    def batches(self, only: Sequence[str] | None = None) -> Iterator["Table"]:
        """All rows in order, about a million cells at a time; `only` names the columns wanted."""
        frame = self.frame if only is None else self.frame[list(only)]
        rows = max(BATCH_CELLS // max(frame.width, 1), 1)
        for start in range(0, len(self), rows):
            yield replace(self, frame=frame.slice(start, rows))

    def sample(self, rows: int, seed: int) -> "Table":
        """Some rows: each equally likely, in order; all where there are no more."""
        return self if rows >= len(self) else self.take(chosen(len(self), rows, seed))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)

    def to_pandas(self) -> Any:
        """The frame as pandas (needs the pandas extra)."""
        return self.frame.to_pandas()

    def _repr_html_(self) -> str:
        return self.frame._repr_html_()

    def __repr__(self) -> str:
        state = "typed" if self.schema is not None else "as read"
        return f"Table('{self.source.name}', {len(self)} rows x {self.frame.width} columns, {state})"


def chosen(rows: int, number: int, seed: int) -> NDArray[np.int64]:
    """Which of so many rows stand for all, ascending; the same ones wherever the rows lie.

    >>> chosen(5, 9, seed=0)
    array([0, 1, 2, 3, 4])
    """
    if number >= rows:
        return np.arange(rows)
    return np.sort(stream(seed, "rows that stand for all").choice(rows, number, replace=False, shuffle=False))
