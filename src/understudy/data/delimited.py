"""Delimited text as a table of text: every cell exactly as written.

An empty cell is null; a cell written `""` is empty text. Only in a table of one column are both null, since there an
empty cell is an empty line, and writers put `""` for it. Empty lines elsewhere are passed over.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import polars as pl

from understudy.data.endings import looks_like
from understudy.errors import SourceError

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 1 << 15
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Content:
    """What was in one file.

    Attributes:
        frame: the cells.
        labels: column labels as written, by column name, where the name had to differ.
        delimiter: what stood between the cells, "" for formats without.
        notes: what was settled without asking.
    """

    frame: pl.DataFrame
    labels: dict[str, int | float | str] = field(default_factory=dict)
    delimiter: str = ""
    notes: tuple[str, ...] = ()


def parse_delimited(data: bytes, where: str, kind: str) -> Content:
    """Reads delimited text.

    Args:
        data: the file's bytes, unpacked.
        where: the file's name, for errors.
        kind: "csv" (delimiter sniffed), "tsv" or "tab" (tab), "txt" (only where it is clearly delimited).

    Raises:
        SourceError: empty, binary, ragged, or columns of the same name.
    """
    text, notes = decode(data, where)
    if not text.strip():
        raise SourceError("the file is empty", where=where, hint="a table needs at least a line of column names")
    names, labels, delimiter = named(text, where, kind)
    frame = _cells(text, delimiter, len(names), where)
    frame.columns = names
    return Content(frame, labels, delimiter, notes)


def named(text: bytes, where: str, kind: str) -> tuple[list[str], dict[str, int | float | str], str]:
    """Column names, their labels as `name_columns` gives them, and the delimiter; the first lines are enough.

    Raises:
        SourceError: no line of names can be made out, or two columns have the same name.
    """
    delimiter = "\t" if kind in ("tsv", "tab") else sniff(text, where, strict=kind == "txt")
    names, labels = name_columns(_header(text, delimiter, where), where)
    return names, labels, delimiter


def decode(data: bytes, where: str) -> tuple[bytes, tuple[str, ...]]:
    """The text as UTF-8 without a byte order mark, and a note where it was in another encoding.

    Raises:
        SourceError: the bytes are no text.
    """
    for mark, encoding in BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).encode(), (f"read as {encoding}",)
            except UnicodeError:
                raise SourceError(f"the file is not the {encoding} it says it is", where=where) from None
    _refuse_binary(data, where)
    data = data.removeprefix(codecs.BOM_UTF8)
    if _is_utf8(data):
        return data, ()
    for encoding in ("cp1252", "latin-1"):
        try:
            return data.decode(encoding).encode(), (f"not UTF-8, read as {encoding}",)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 reads any bytes")


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    step = 1 << 22
    try:
        for start in range(0, len(data), step):
            decoder.decode(data[start : start + step])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(data: bytes, where: str) -> None:
    seen = looks_like(data)
    if seen:
        raise SourceError(f"this is no text but {seen}", where=where, hint="give it its own ending")
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        hint = "it looks like a binary file; if it is UTF-16, save it as UTF-8"
        raise SourceError(f"the file holds NUL bytes, the first on line {line}", where=where, hint=hint)
    head = data[:SAMPLE]
    control = sum(head.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if control * 50 > len(head) and not _is_utf8(data):
        raise SourceError("this is no text: it looks like a binary file", where=where, hint="give it its own ending")


def sniff(text: bytes, where: str, *, strict: bool = False) -> str:
    r"""The delimiter: the one by which most rows have as many cells as the header, then the one with most cells.

    >>> sniff(b"id;price,EUR;note\n1;2,50;x\n", "a.csv")
    ';'

    Raises:
        SourceError: `strict`, and no delimiter cuts every row alike.
    """
    ranked = [(_agreement(text, each), -place) for place, each in enumerate(DELIMITERS)]
    (agreement, width), place = max(ranked)
    if strict and (agreement < 1 or width < 2):
        hint = "name it .csv or .tsv if it is a table"
        raise SourceError("the text is not clearly delimited by comma, semicolon, tab or bar", where=where, hint=hint)
    return DELIMITERS[-place] if width > 1 else ","


def _agreement(text: bytes, delimiter: str) -> tuple[float, int]:
    """Share of the first rows as wide as the header, and the header's width."""
    try:
        head = _head(text)
        widths = [len(row) for row in _rows(head, delimiter) if row]
    except csv.Error:
        return 0.0, 1
    whole = widths[:-1] if len(text) > len(head) and len(widths) > 2 else widths
    if whole[0] < 2:
        return 0.0, 1
    return sum(width == whole[0] for width in whole) / len(whole), whole[0]


def _header(text: bytes, delimiter: str, where: str) -> list[str]:
    try:
        return next(row for row in _rows(_head(text), delimiter) if row)
    except csv.Error as error:
        raise SourceError(f"the line of column names cannot be read: {error}", where=where) from None


def _head(text: bytes) -> bytes:
    """The first lines: enough to judge by, however long the header is."""
    start = len(text) - len(text.lstrip(b"\r\n"))
    ends = [place for place in (text.find(b"\n", start), text.find(b"\r", start)) if place >= 0]
    return text[: max(SAMPLE, 4 * min(ends, default=len(text)))]


def _rows(text: bytes, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(StringIO(text.decode(errors="replace"), newline=""), delimiter=delimiter)


def name_columns(header: list[str], where: str) -> tuple[list[str], dict[str, int | float | str]]:
    """Column names: as written, "column_3" for an empty one in third place, which is kept as its label.

    >>> name_columns(["", "a"], "x.csv")
    (['column_1', 'a'], {'column_1': ''})

    Raises:
        SourceError: two columns have the same name.
    """
    places: dict[str, int] = {}
    for place, name in enumerate(header, start=1):
        if name and name in places:
            said = f"the column name '{name}' stands twice, in columns {places[name]} and {place}"
            raise SourceError(said, where=where, hint="rename one")
        places[name] = place
    names, labels = list(header), {}
    for place, name in enumerate(header):
        if not name:
            names[place] = _free(f"column_{place + 1}", places)
            labels[names[place]] = ""
    return names, labels


def _free(name: str, taken: dict[str, int]) -> str:
    while name in taken:
        name += "_"
    return name


def _cells(text: bytes, delimiter: str, width: int, where: str) -> pl.DataFrame:
    """All rows below the header as text; columns have passing names."""
    import pyarrow as pa

    lone = width == 1
    text = text.strip(b"\r\n") + b"\n" if lone or not text.endswith((b"\n", b"\r")) else text
    try:
        table = _arrow(text, delimiter, width, block=1 << 20)
    except pa.ArrowInvalid as refused:
        if "straddling" not in str(refused):
            raise _ragged(text, delimiter, width, where, str(refused)) from None
        table = _arrow(text, delimiter, width, block=len(text) + 1)
    frame = pl.DataFrame(pl.from_arrow(table.slice(1)))
    _refuse_open_quote(frame, text, where)
    return frame.with_columns(pl.all().replace("", None)) if lone else frame


def _arrow(text: bytes, delimiter: str, width: int, block: int) -> Any:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    return arrow_csv.read_csv(pa.BufferReader(held(text)), **options(delimiter, width, block))


def held(data: bytes) -> Any:
    """A copy in memory of arrow's own.

    A thread of arrow's may be the last to let go of what was read, even after an error; were it Python's memory, and
    Python about to end, the process would be aborted.
    """
    import pyarrow as pa

    buffer = pa.allocate_buffer(len(data))
    memoryview(buffer).cast("B")[:] = data
    return buffer


def options(delimiter: str, width: int, block: int) -> dict[str, Any]:
    """How arrow is to read delimited text: as text, cell by cell, with columns f0, f1, … and the names as a row."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    types = {f"f{place}": pa.large_string() for place in range(width)}
    return {
        # The header is read as a row: arrow would drop the quotes' meaning and cannot hold two empty names.
        "read_options": arrow_csv.ReadOptions(autogenerate_column_names=True, block_size=min(block, 2**31 - 1)),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=width > 1
        ),
        "convert_options": arrow_csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    }


def _ragged(text: bytes, delimiter: str, width: int, where: str, said: str) -> SourceError:
    """Finds the first line whose cells are too many or too few; slow, and only run on the way to an error."""
    reader = csv.reader(StringIO(text.decode(), newline=""), delimiter=delimiter)
    start = 1
    try:
        for row in reader:
            if row and len(row) != width:
                many = reader.line_num - start
                hint = f"it runs on for {many + 1} lines, so a quotation mark may not be closed" if many > 1 else ""
                what = f"line {start} has {len(row)} fields where the header has {width}"
                return SourceError(what, where=where, hint=hint or "check for a delimiter inside an unquoted value")
            start = reader.line_num + 1
    except csv.Error as error:
        return SourceError(f"line {start} cannot be read: {error}", where=where, hint="check its quotation marks")
    return SourceError(f"the file cannot be read as delimited text: {said}", where=where)


def _refuse_open_quote(frame: pl.DataFrame, text: bytes, where: str) -> None:
    """A quotation mark never closed swallows the rest of the file into the last cell."""
    last = frame[-1, -1] if frame.height else None
    tail = text.rstrip(b"\r\n")
    if not last or tail.endswith(b'"'):
        return
    body = last.rstrip("\r\n").encode()
    if "\n" in last or "\r" in last or tail.endswith(b'"' + body):
        line = text.count(b"\n", 0, max(0, len(tail) - len(body))) + 1
        raise SourceError(
            f"a quotation mark opened on line {line} is never closed", where=where, hint="the file may be cut short"
        )
