"""Tables too large to hold: read from disk in batches, as often as need be.

Parquet of more than two million rows and delimited text of more than 1 GB are scanned; all else is read as a whole.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.delimited import SAMPLE, decode, name_columns, named, options
from understudy.data.dtypes import dtype_name, from_arrow, take_in
from understudy.data.endings import known_ending
from understudy.data.files import paths_of, read, refuse_other_columns, stem
from understudy.data.readers import opened
from understudy.data.table import Source, Table, chosen
from understudy.errors import SourceError

LARGE_ROWS = 2_000_000
LARGE_BYTES = 1 << 30
BLOCK = 1 << 24
BATCH_CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class Part:
    """One file of a scanned table.

    Attributes:
        path: of the file.
        rows: how many it has.
        columns: the table's column names, as this file orders them.
        delimiter: between its cells, "" for parquet.
    """

    path: Path
    rows: int
    columns: tuple[str, ...]
    delimiter: str = ""

    def frames(self, rows: int, only: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Its rows in order, `rows` at a time or so, these columns alone."""
        places = [self.columns.index(name) for name in only]
        with told(self.path):
            for table in self._text(places) if self.delimiter else self._parquet(rows, places):
                frame = from_arrow(table.rename_columns(list(only)))
                for start in range(0, frame.height, rows):
                    yield take_in(frame.slice(start, rows), str(self.path))

    def _parquet(self, rows: int, places: list[int]) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import parquet

        with parquet.ParquetFile(self.path) as file:
            names = [file.schema_arrow.names[place] for place in places]
            for batch in file.iter_batches(rows, columns=names):
                yield pa.Table.from_batches([batch]).select(names)

    def _text(self, places: list[int]) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import csv

        with csv.open_csv(self.path, **options(self.delimiter, len(self.columns), BLOCK)) as reader:
            head = 1  # the line of names comes as a row
            for batch in reader:
                yield pa.Table.from_batches([batch.slice(head)]).select([f"f{place}" for place in places])
                head = 0


@dataclass(frozen=True, eq=False)
class Scan:
    """A table on disk, or some of its rows.

    Attributes:
        parts: its files, in order.
        source: as a table's.
        member: which rows are meant, shape (rows on disk,); None for all.
    """

    parts: tuple[Part, ...]
    source: Source
    member: NDArray[np.bool_] | None = None

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return list(self.parts[0].columns)

    def __len__(self) -> int:
        return sum(part.rows for part in self.parts) if self.member is None else int(self.member.sum())

    def __repr__(self) -> str:
        return f"Scan('{self.source.name}', {len(self)} rows x {len(self.columns)} columns, on disk)"

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Table]:
        """All rows in order, about a million cells at a time, as read; `only` names the columns wanted."""
        names = self.columns if only is None else list(only)
        rows, start = max(BATCH_CELLS // max(len(names), 1), 1), 0
        for part in self.parts:
            for frame in part.frames(rows, names):
                if self.member is None:
                    yield Table(frame, self.source)
                else:
                    yield Table(frame.filter(pl.Series(self.member[start : start + frame.height])), self.source)
                start += frame.height

    def take(self, rows: NDArray[np.int64]) -> "Scan":
        """The rows at these places, in the order of the file."""
        whole = np.zeros(sum(part.rows for part in self.parts), dtype=bool)
        whole[rows if self.member is None else np.flatnonzero(self.member)[rows]] = True
        return replace(self, member=whole)

    def only(self, names: Sequence[str]) -> Table:
        """Some columns, held."""
        frames = [batch.frame for batch in self.batches(names)] if names else []
        return Table(pl.concat(frames) if frames else pl.DataFrame(), self.source)

    def sample(self, rows: int, seed: int) -> Table:
        """Some rows, held: each equally likely, in order; all where there are no more."""
        picked = chosen(len(self), rows, seed)
        found, start = [], 0
        for batch in self.batches():
            first, last = np.searchsorted(picked, [start, start + len(batch)])
            found.append(_compact(batch.frame[picked[first:last] - start]))
            start += len(batch)
        return Table(pl.concat(found, rechunk=True), self.source)


Rows = Table | Scan
"""A table that is held, or one on disk."""


def open_rows(data: Any) -> Rows:
    """The data as `read` reads it, but for large files, which stay on disk.

    Raises:
        SourceError, SourceMissing, SourceDenied: as `read`.
    """
    if isinstance(data, Scan):
        return data
    paths = paths_of(data)
    if not paths or not _large(paths):
        return read(data)
    parts = [_part(path) for path in paths]
    for part in parts[1:]:
        refuse_other_columns(parts[0].columns, part.columns, parts[0].path, part.path)
    return Scan(tuple(parts), _source(parts))


def _compact(frame: pl.DataFrame) -> pl.DataFrame:
    """A copy that does not hold on to the text of the rows left out."""
    return pl.DataFrame(pl.from_arrow(frame.to_arrow(compat_level=pl.CompatLevel.oldest())))


def _large(paths: list[Path]) -> bool:
    families = {known_ending(path).family for path in paths}
    if any(known_ending(path).gz for path in paths):
        return False
    if families == {"parquet"}:
        return sum(_parquet_rows(path) for path in paths) > LARGE_ROWS
    with opened(paths[0]):
        return families == {"delimited"} and sum(path.stat().st_size for path in paths) > LARGE_BYTES


def _parquet_rows(path: Path) -> int:
    from pyarrow import parquet

    with told(path):
        return parquet.read_metadata(path).num_rows


def _part(path: Path) -> Part:
    from pyarrow import parquet

    if known_ending(path).family == "parquet":
        with told(path):
            names, _ = name_columns(parquet.read_schema(path).names, str(path))
            return Part(path, _parquet_rows(path), tuple(names))
    names, _, delimiter = _heading(path)
    part = Part(path, 0, tuple(names), delimiter)
    return replace(part, rows=sum(frame.height for frame in part.frames(BLOCK, names[:1])))


def _heading(path: Path) -> tuple[list[str], dict[str, Any], str]:
    """Column names, their labels and the delimiter of a delimited file."""
    with opened(path), path.open("rb") as file:
        head = file.read(64 * SAMPLE)
    text, notes = decode(head[: head.rfind(b"\n") + 1], str(path))
    if notes:
        raise SourceError("a large file must be UTF-8", where=str(path), hint=f"it was {notes[0]}; save it as UTF-8")
    names, labels, delimiter = named(text, str(path), known_ending(path).name)
    if len(names) < 2:
        raise SourceError("a large file of one column cannot be scanned", where=str(path), hint="write it as parquet")
    return names, labels, delimiter


def _source(parts: Sequence[Part]) -> Source:
    """Where the table came from, and the dtypes that all of its files have."""
    first, ending = parts[0], known_ending(parts[0].path)
    found = Source(name=stem([part.path for part in parts]), kind="table", file=ending.name)
    if first.delimiter:
        labels = _heading(first.path)[1]
        return replace(found, text=True, labels=labels, delimiter=first.delimiter)
    dtypes = [_dtypes(part) for part in parts]
    for part, each in zip(parts, dtypes, strict=True):
        odd = next((name for name in first.columns if each[name] != dtypes[0][name]), None)
        if odd is not None:
            what = f"column '{odd}' is {each[odd]} in '{part.path.name}', {dtypes[0][odd]} in '{first.path.name}'"
            raise SourceError(what, where=str(part.path), hint="give the files the same types")
    labels = _schema(first)[1]
    return replace(found, dtypes=dtypes[0], labels=labels)


def _schema(part: Part) -> tuple[Any, dict[str, Any]]:
    from pyarrow import parquet

    with told(part.path):
        schema = parquet.read_schema(part.path)
    return schema, name_columns(schema.names, str(part.path))[1]


def _dtypes(part: Part) -> dict[str, str]:
    empty = from_arrow(_schema(part)[0].empty_table().rename_columns(list(part.columns)))
    take_in(empty, str(part.path))
    return {name: dtype_name(dtype) for name, dtype in empty.schema.items()}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns what the reader of a file says into our errors."""
    import pyarrow as pa

    with opened(path):
        try:
            yield
        except (pa.ArrowException, ValueError) as error:
            if isinstance(error, SourceError):
                raise
            said = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise SourceError(
                f"the file is damaged or cut short: {said}", where=str(path), hint="write it again"
            ) from None
