"""One file as a frame, by its ending; what foreign readers complain of becomes one line of ours."""

import gzip
import json
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from understudy.data.delimited import Content, decode, held, name_columns, parse_delimited
from understudy.data.dtypes import from_arrow
from understudy.data.endings import FAMILIES, Ending, known_ending, looks_like
from understudy.errors import SourceDenied, SourceError, SourceMissing

EXACT = 2**53
KINDS_OF_FILE = {"parquet": "parquet", "arrow": "arrow or feather", "workbook": "Excel"}


def read_file(path: Path) -> Content:
    """Reads one file of a known ending.

    Raises:
        SourceError: the ending is unknown or the content is not what the ending says.
        SourceMissing: there is no such file.
        SourceDenied: it may not be read.
    """
    ending = known_ending(path)
    data = unpack(load(path), ending, str(path))
    if not data:
        raise SourceError("the file is empty", where=str(path), hint="a table needs at least its column names")
    content = READERS[ending.family](data, str(path), ending.name.removesuffix(".gz"))
    if not content.frame.width:
        raise SourceError("the file has no columns", where=str(path), hint="a table needs at least one")
    return content


def load(path: Path) -> bytes:
    """The file's bytes."""
    with opened(path):
        return path.read_bytes()


@contextmanager
def opened(path: Path) -> Iterator[None]:
    """Turns what the system says of a place into our errors."""
    try:
        yield
    except FileNotFoundError:
        raise SourceMissing("no such file or folder", where=str(path)) from None
    except PermissionError:
        raise SourceDenied(
            "may not be read", where=str(path), hint="check the permissions of it and its folder"
        ) from None
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}", where=str(path)) from None


def unpack(data: bytes, ending: Ending, where: str) -> bytes:
    """Gunzips where the ending says so.

    Raises:
        SourceError: the data is cut short, damaged or not gzipped.
    """
    if not ending.gz or not data:
        return data
    try:
        return gzip.decompress(data)
    except EOFError:
        raise SourceError("the gzip file is cut short", where=where, hint="copy or download it again") from None
    except gzip.BadGzipFile as error:
        if data.startswith(b"\x1f\x8b"):
            raise SourceError(f"the gzip file is damaged: {error}", where=where, hint="copy it again") from None
        seen = looks_like(data) or "plain text or something else"
        raise SourceError(f"this is no gzip file but {seen}", where=where, hint="drop .gz from its name") from None
    except zlib.error as error:
        raise SourceError(f"the gzip file is damaged: {error}", where=where, hint="copy it again") from None


def _json(data: bytes, where: str, _: str) -> Content:
    text, notes = decode(data, where)
    start = text.lstrip()[:1]
    if start == b"{":
        return _json_object(text, where, notes)
    if start != b"[":
        _refuse_json(text, where)
    return _framed(lambda: pl.read_json(BytesIO(text), infer_schema_length=None), text, where, notes)


def _framed(
    reader: Callable[[], pl.DataFrame],
    text: bytes,
    where: str,
    notes: tuple[str, ...],
    refuse: Callable[[bytes, str], None] | None = None,
) -> Content:
    try:
        frame = reader()
    except pl.exceptions.PolarsError as error:
        (refuse or _refuse_json)(text, where)
        raise SourceError(f"the records do not make a table: {_first_line(error)}", where=where) from None
    names, labels = name_columns(frame.columns, where)
    frame.columns = names
    return Content(frame, labels, notes=notes)


def _json_object(text: bytes, where: str, notes: tuple[str, ...]) -> Content:
    """An object of columns (lists, or objects by row label as pandas writes them); else lines of objects."""
    try:
        columns = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return _lines(text, where, "jsonl")
        _refuse_json(text, where)
        raise
    cells = {name: list(each.values()) if isinstance(each, dict) else each for name, each in columns.items()}
    wrong = next((name for name, each in cells.items() if not isinstance(each, list)), None)
    if wrong is not None:
        hint = "a table is an array of objects, or an object of arrays of equal length"
        raise SourceError(f"field '{wrong}' is no column of values", where=where, hint=hint)
    if len({len(each) for each in cells.values()}) > 1:
        sizes = ", ".join(f"{name} {len(each)}" for name, each in list(cells.items())[:6])
        raise SourceError(f"the columns have unequal lengths: {sizes}", where=where, hint="give each as many values")
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    if not rows:
        return Content(pl.DataFrame(schema=dict.fromkeys(cells, pl.String)), notes=notes)
    again = json.dumps(rows).encode()
    return _framed(lambda: pl.read_json(BytesIO(again), infer_schema_length=None), again, where, notes)


def _refuse_json(text: bytes, where: str) -> None:
    """Says where JSON breaks off, or that it is no array of objects."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        hint = "the file may be cut short" if error.pos >= len(text.rstrip()) - 1 else "check it with a JSON validator"
        what = f"broken JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise SourceError(what, where=where, hint=hint) from None
    except RecursionError:
        raise SourceError("the JSON is nested too deeply to be a table", where=where, hint="flatten it") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        hint = "a table is an array of objects, or an object of arrays of equal length"
        raise SourceError("the JSON is no table", where=where, hint=hint)
    _refuse_nested_rows(found, where)


def _refuse_nested_rows(rows: list[dict[str, Any]], where: str) -> None:
    """Names the first nested value: polars cannot even make a column where some are nested and some are not."""
    for number, row in enumerate(rows, start=1):
        for name, value in row.items():
            if isinstance(value, list | dict):
                hint = "flatten it first, one column a field or one row an item, or leave it out"
                place = f"{where}, column '{name}', record {number}"
                raise SourceError("the column holds nested values", where=place, hint=hint)


def _lines(data: bytes, where: str, _: str) -> Content:
    text, notes = decode(data, where)
    if not text.strip():
        raise SourceError("the file is empty", where=where, hint="a table needs at least one record")
    reader = lambda: pl.read_ndjson(BytesIO(text), infer_schema_length=None)  # noqa: E731
    return _framed(reader, text, where, notes, _refuse_lines)


def _refuse_lines(text: bytes, where: str) -> None:
    """Names the first line that is no JSON object or holds a nested value."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            hint = "each line must be one whole JSON object; the file may be cut short"
            raise SourceError(f"broken JSON on line {number}: {error.msg}", where=where, hint=hint) from None
        if not isinstance(row, dict):
            raise SourceError(f"line {number} is no JSON object", where=where, hint="each line must be one object")
        _refuse_nested_rows([row], f"{where}, line {number}")


def _columnar(data: bytes, where: str, ending: str) -> Content:
    """Parquet and arrow, through pyarrow: on what it cannot read, polars may end in a panic."""
    import pyarrow as pa

    family = FAMILIES[ending]
    try:
        table = _table(pa.BufferReader(held(data)), data, family)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(data, family, where, error) from None
    names, labels = name_columns(table.schema.names, where)
    return Content(from_arrow(table.rename_columns(names)), labels)


def _table(file: Any, data: bytes, family: str) -> Any:
    from pyarrow import ipc, parquet

    if family == "parquet":
        return parquet.ParquetFile(file).read()
    return (ipc.open_file if data.startswith(b"ARROW1") else ipc.open_stream)(file).read_all()


def _unreadable(data: bytes, family: str, where: str, error: Exception) -> SourceError:
    kind = KINDS_OF_FILE[family]
    seen = looks_like(data)
    if seen and kind.split()[0].lower() not in seen.lower():
        return SourceError(f"this is no {kind} file but {seen}", where=where, hint="give it its own ending")
    said = f"the {kind} file is damaged or cut short: {_first_line(error)}"
    return SourceError(said, where=where, hint="copy or write it again")


def _workbook(data: bytes, where: str, _: str) -> Content:
    """The first sheet; whole numbers become integers and midnights dates, since Excel keeps neither."""
    import fastexcel

    try:
        with _quiet("fastexcel"):
            book = fastexcel.read_excel(data)
            head = book.load_sheet(0, header_row=None, n_rows=1, dtypes="string").to_polars()
            frame = book.load_sheet(0, schema_sample_rows=None).to_polars()
    except (fastexcel.FastExcelError, OSError, ValueError) as error:
        raise _unreadable(data, "workbook", where, error) from None
    sheets = book.sheet_names
    if not frame.width:
        raise SourceError(f"the first sheet, '{sheets[0]}', is empty", where=where, hint="put the table first")
    header = ["" if name is None else name for name in head.row(0)] if head.height else frame.columns
    names, labels = name_columns(header + [""] * (frame.width - len(header)), where)
    frame.columns = names
    more = f"only the first of {len(sheets)} sheets was read, '{sheets[0]}'"
    return Content(frame.select(map(_settled, frame)), labels, notes=(more,) if len(sheets) > 1 else ())


def _settled(values: pl.Series) -> pl.Series:
    if values.dtype.is_float():
        whole = ((values == values.round()) & (values.abs() <= EXACT)).all()
        return values.cast(pl.Int64) if whole else values
    if values.dtype == pl.Datetime:
        return values.cast(pl.Date) if _midnights(values) else values.cast(pl.Datetime("us"))
    return values


def _midnights(values: pl.Series) -> bool:
    return bool((values.dt.truncate("1d") == values).all())


@contextmanager
def _quiet(logger: str) -> Iterator[None]:
    """Keeps a reader's remarks on guessed dtypes from the terminal."""
    remarks = [logging.getLogger(name) for name in (logger, f"{logger}.types", f"{logger}.types.dtype")]
    before = [each.disabled for each in remarks]
    for each in remarks:
        each.disabled = True
    try:
        yield
    finally:
        for each, was in zip(remarks, before, strict=True):
            each.disabled = was


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


READERS: dict[str, Callable[[bytes, str, str], Content]] = {
    "delimited": parse_delimited,
    "json": _json,
    "lines": _lines,
    "parquet": _columnar,
    "arrow": _columnar,
    "workbook": _workbook,
}
