"""Frames as the bytes of each format, appended one below the other."""

from datetime import date, datetime, time
from io import BytesIO
from typing import Any, BinaryIO, Protocol

import polars as pl

from understudy.data.delimited import DELIMITERS
from understudy.data.endings import Ending
from understudy.data.table import Source

SHEET_ROWS = 2**20
SHEET_COLUMNS = 2**14
SHEET_EXACT = 10**15


class Writer(Protocol):
    """What turns frames into the bytes of one format."""

    def write(self, frame: pl.DataFrame) -> None:
        """Appends the rows of a frame."""
        ...

    def finish(self) -> None:
        """Writes what comes last."""
        ...


class Gate:
    """The file as writers see it, shut after a failure: pyarrow writes its footer even when it is thrown away."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.place, self.shut = file, 0, False

    def __enter__(self) -> "Gate":
        return self

    def __exit__(self, *_: object) -> None:
        self.shut = True

    def write(self, data: Any) -> int:
        """Passes bytes on; once shut, drops them."""
        size = memoryview(data).nbytes
        if not self.shut:
            self.file.write(data)
        self.place += size
        return size

    def tell(self) -> int:
        """Bytes taken so far."""
        return self.place

    def flush(self) -> None:
        """Left to the end."""

    def close(self) -> None:
        """Left to the end."""


def writer_for(file: Gate, ending: Ending, like: Source | None) -> Writer:
    """The writer of an ending; `like` gives the delimiter where it was read from the same kind of file."""
    name = ending.name.removesuffix(".gz")
    if ending.family == "delimited":
        given = like.delimiter if like is not None and like.file.startswith(name) else ""
        return Delimited(file, "\t" if name in ("tsv", "tab") else given or ",")
    return {"json": Records, "lines": Lines, "parquet": Parquet, "arrow": Arrow, "workbook": Workbook}[ending.family](
        file
    )


class Delimited:
    """Text cells between delimiters; null is an empty cell, empty text is `""`."""

    def __init__(self, file: Gate, delimiter: str) -> None:
        self.file, self.delimiter, self.begun = file, delimiter, False

    def write(self, frame: pl.DataFrame) -> None:
        """Appends rows, below the header at first."""
        if not self.begun:
            self.file.write((self.delimiter.join(map(_quoted, frame.columns)) + "\n").encode())
            self.begun = True
        # An empty cell alone on its line would be an empty line, which readers skip.
        empty = '""' if frame.width == 1 else ""
        cells = BytesIO()
        frame.write_csv(cells, include_header=False, separator=self.delimiter, null_value=empty)
        self.file.write(cells.getbuffer())

    def finish(self) -> None:
        """Nothing comes last."""


def _quoted(name: str) -> str:
    """A column name, in quotes where any delimiter stands in it: else a reader may sniff the wrong one."""
    marks = {*DELIMITERS, '"', "\n", "\r"}
    plain = name and not marks & set(name) and name == name.strip()
    return name if plain else '"' + name.replace('"', '""') + '"'


class Lines:
    """One JSON object a line."""

    def __init__(self, file: Gate) -> None:
        self.file = file

    def write(self, frame: pl.DataFrame) -> None:
        """Appends one line a row."""
        self.file.write(_json_lines(frame))

    def finish(self) -> None:
        """Nothing comes last."""


class Records:
    """An array of JSON objects, one a line."""

    def __init__(self, file: Gate) -> None:
        self.file, self.begun = file, False

    def write(self, frame: pl.DataFrame) -> None:
        """Appends one object a row; of an empty frame nothing is left."""
        rows = _json_lines(frame).rstrip(b"\n")
        if rows:
            self.file.write((b",\n" if self.begun else b"[\n") + rows.replace(b"\n", b",\n"))
            self.begun = True

    def finish(self) -> None:
        """Closes the array."""
        self.file.write(b"\n]\n" if self.begun else b"[]\n")


def _json_lines(frame: pl.DataFrame) -> bytes:
    lines = BytesIO()
    frame.write_ndjson(lines)
    return lines.getvalue()


class Parquet:
    """Parquet with zstd, one row group a write."""

    def __init__(self, file: Gate) -> None:
        self.file, self.writer = file, None

    def write(self, frame: pl.DataFrame) -> None:
        """Appends a row group."""
        from pyarrow import parquet

        rows = frame.to_arrow()
        self.writer = self.writer or parquet.ParquetWriter(self.file, rows.schema, compression="zstd")
        self.writer.write_table(rows, row_group_size=max(1, rows.num_rows))

    def finish(self) -> None:
        """Writes the footer."""
        assert self.writer is not None
        self.writer.close()


class Arrow:
    """The arrow file format (feather 2) with zstd."""

    def __init__(self, file: Gate) -> None:
        self.file, self.writer = file, None

    def write(self, frame: pl.DataFrame) -> None:
        """Appends a record batch."""
        from pyarrow import ipc

        rows = frame.to_arrow()
        options = ipc.IpcWriteOptions(compression="zstd")
        self.writer = self.writer or ipc.new_file(self.file, rows.schema, options=options)
        self.writer.write_table(rows)

    def finish(self) -> None:
        """Writes the footer."""
        assert self.writer is not None
        self.writer.close()


class Workbook:
    """One Excel sheet. Numbers of more than 15 digits are written as text, as Excel would cut them."""

    def __init__(self, file: Gate) -> None:
        self.file, self.rows = file, 1
        self.frames: list[pl.DataFrame] = []

    def write(self, frame: pl.DataFrame) -> None:
        """Collects rows."""
        self.rows += frame.height
        if self.rows > SHEET_ROWS:
            raise ValueError(f"an Excel sheet has {SHEET_ROWS} rows at most")
        if frame.width > SHEET_COLUMNS:
            raise ValueError(f"an Excel sheet has {SHEET_COLUMNS} columns at most")
        self.frames.append(frame)

    def finish(self) -> None:
        """Writes the workbook."""
        import xlsxwriter

        made = BytesIO()
        with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
            book.set_properties({"created": datetime(2000, 1, 1)})
            _fill(book, pl.concat(self.frames))
        self.file.write(made.getbuffer())


def _fill(book: Any, frame: pl.DataFrame) -> None:
    shapes = ((datetime, "yyyy-mm-dd hh:mm:ss"), (date, "yyyy-mm-dd"), (time, "hh:mm:ss"))
    formats = {kind: book.add_format({"num_format": shape}) for kind, shape in shapes}
    sheet = book.add_worksheet()
    for place, column in enumerate(frame.iter_columns()):
        sheet.write_string(0, place, column.name)
        for row, cell in enumerate(column, start=1):
            if isinstance(cell, str):
                sheet.write_string(row, place, cell)
            elif cell is not None:
                _write_cell(sheet, row, place, cell, formats)


def _write_cell(sheet: Any, row: int, place: int, cell: Any, formats: dict[type, Any]) -> None:
    if isinstance(cell, bool):
        sheet.write_boolean(row, place, cell)
    elif isinstance(cell, int | float) and abs(cell) < SHEET_EXACT:
        sheet.write_number(row, place, cell)
    elif isinstance(cell, datetime | date | time) and _excel_can(cell):
        sheet.write_datetime(row, place, cell, formats[type(cell)])
    else:
        sheet.write_string(row, place, str(cell))


def _excel_can(cell: datetime | date | time) -> bool:
    """Excel knows no time zones and no days before 1900."""
    return getattr(cell, "tzinfo", None) is None and (isinstance(cell, time) or cell.year >= 1900)
