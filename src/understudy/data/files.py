"""Files, folders and globs as one table, and tables as files.

Endings: csv, tsv, tab, txt, json, jsonl, ndjson (each also .gz), parquet, pq, feather, arrow, ipc, xlsx. Cells of
delimited files stay text exactly as written; the other formats keep their dtypes. An empty column name becomes
"column_3" (by its place) and is written back as empty.
"""

import errno
import glob
import os
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from understudy.data.delimited import Content
from understudy.data.dtypes import dtype_name, take_in
from understudy.data.endings import Ending, ending_of, known_ending, stem_of
from understudy.data.frames import as_table
from understudy.data.readers import opened, read_file
from understudy.data.sinks import Sink, sink
from understudy.data.table import Source, Table
from understudy.errors import ArgumentError, SourceError, SourceMissing

__all__ = ["Sink", "read", "sink", "write"]

ASIDE = {"metadata.json"}


def read(source: Any, *, name: str | None = None) -> Table:
    """Reads a table.

    Args:
        source: a path, a folder or glob of like files, a list of paths, or a frame (pandas, polars, arrow, anything
            with `__arrow_c_stream__`). In a folder, hidden files, names that begin with "_" and metadata.json are
            left aside, as are files that are no tables.
        name: the table's name; the file's stem otherwise.

    Returns:
        A table as read, without a schema: text for delimited files, the source's dtypes otherwise. A `Table` is
        returned as it is, but for its name where one is given.

    Raises:
        SourceError: the content is no table, or the files do not agree.
        SourceMissing: nothing is at the place given.
        SourceDenied: it may not be read.
    """
    paths = paths_of(source)
    if not paths:
        return as_table(source, name=name)
    contents = [read_file(path) for path in paths]
    frames = [take_in(content.frame, str(path)) for content, path in zip(contents, paths, strict=True)]
    frame = frames[0] if len(frames) == 1 else _stack(frames, paths)
    return Table(frame, _source(contents, frame, paths, name or stem(paths)))


def write(data: Any, path: str | os.PathLike[str]) -> Path:
    """Writes a table or frame to a file, in the format its ending names; nothing half-written ever stays.

    Raises:
        WriteError: it cannot be written.
        SourceDenied: the place may not be written to.
        SourceError: the ending is unknown.
    """
    table = as_table(data)
    with sink(path, table.source) as out:
        out.write(table.frame)
    return Path(path)


def _source(contents: list[Content], frame: pl.DataFrame, paths: list[Path], name: str) -> Source:
    first, ending = contents[0], known_ending(paths[0])
    text = ending.family == "delimited"
    notes = [_placed(note, path, paths) for each, path in zip(contents, paths, strict=True) for note in each.notes]
    given = first.frame.schema if len(contents) == 1 else frame.schema
    return Source(
        name=name,
        kind="table",
        text=text,
        dtypes={} if text else {column: dtype_name(dtype) for column, dtype in given.items()},
        labels=first.labels,
        file=ending.name,
        delimiter=first.delimiter,
        notes=tuple(notes),
    )


def _placed(note: str, path: Path, paths: list[Path]) -> str:
    return note if len(paths) == 1 else f"{path.name}: {note}"


def paths_of(source: Any) -> list[Path]:
    """The files that a path, a folder, a glob or a list of them means; none for a frame.

    Raises:
        SourceError, SourceMissing, SourceDenied: as `read`.
    """
    return _paths(source) if isinstance(source, str | os.PathLike | list | tuple) else []


def _paths(source: Any) -> list[Path]:
    """The files meant, at least one."""
    if isinstance(source, list | tuple):
        if not source:
            raise ArgumentError("an empty list of files was given", hint="name at least one file")
        return _alike([path for each in source for path in _paths(each)], "the list")
    text = _as_text(source)
    path = Path(text).expanduser()
    with opened(path):
        there = _exists(path)
        if there and path.is_dir():
            return _alike(_in_folder(path), str(path))
    if there:
        return [path]
    if glob.has_magic(text):
        return _matches(str(path))
    raise SourceMissing("no such file or folder", where=text, hint=_advice(path))


def _as_text(source: Any) -> str:
    if not isinstance(source, str | os.PathLike):
        raise ArgumentError(f"a path was expected, not {type(source).__name__}", hint="give file names or one frame")
    text = os.fsdecode(source)
    if not text.strip():
        raise ArgumentError("the path is empty", hint="name a file, a folder or a glob")
    if "\0" in text:
        raise ArgumentError("the path holds a NUL character", hint="check the path")
    if "://" in text:
        raise SourceError(
            "addresses cannot be read yet", where=text.partition("://")[0], hint="download the file first"
        )
    return text


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise
    return True


def _in_folder(folder: Path) -> list[Path]:
    listed = sorted(each for each in folder.iterdir() if each.is_file())
    files = [each for each in listed if each.name[0] not in "._" and each.name not in ASIDE and ending_of(each)]
    # What stands under "txt" in a folder is more often a licence than a table.
    files = [each for each in files if _ending(each).name != "txt"] or files
    if not files:
        below = any(folder.glob("*/*"))
        hint = f"try the glob '{folder}/**/*.csv'" if below else "it should hold csv, json, parquet, arrow or xlsx"
        raise SourceError("the folder holds no data files", where=str(folder), hint=hint)
    return files


def _matches(pattern: str) -> list[Path]:
    found = [Path(each) for each in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - may be absolute
    files = [each for each in found if each.is_file()]
    if not files:
        raise SourceMissing("no file matches the pattern", where=pattern, hint="check it and the folder you are in")
    return _alike(files, pattern)


def _alike(paths: list[Path], where: str) -> list[Path]:
    """The paths, if they are of one format."""
    families = {_ending(path).family: path for path in reversed(paths)}
    if len(families) > 1:
        some = " and ".join(f"'{path.name}'" for path in list(families.values())[:3])
        hint = "name one kind with a glob, as in 'folder/*.csv'"
        raise SourceError(f"the files are of different formats: {some}", where=where, hint=hint)
    return paths


def _ending(path: Path) -> Ending:
    return known_ending(path)


def _advice(path: Path) -> str:
    """Names near the missing one, from the nearest folder there is."""
    folder = path.parent
    try:
        names = sorted(each.name for each in folder.iterdir())
    except OSError:
        return f"there is no folder '{folder}' that can be read"
    folded = {name.casefold(): name for name in names}
    close = [folded[each] for each in get_close_matches(path.name.casefold(), folded, n=3, cutoff=0.5)]
    tables = [name for name in names if ending_of(Path(name))]
    if close:
        return f"did you mean {' or '.join(repr(str(folder / each)) for each in close)}?"
    return f"there is {', '.join(tables[:6])}" if tables else f"'{folder}' holds no data files"


def _stack(frames: list[pl.DataFrame], paths: list[Path]) -> pl.DataFrame:
    """The frames below one another, their columns in the order of the first."""
    first = frames[0]
    for frame, path in zip(frames, paths, strict=True):
        refuse_other_columns(first.columns, frame.columns, paths[0], path)
    dtypes = pl.Schema({name: _common(name, frames, paths) for name in first.columns})
    return pl.concat([frame[list(first.columns)].cast(dtypes) for frame in frames])


def refuse_other_columns(expected: Sequence[str], found: Sequence[str], first: Path, path: Path) -> None:
    """Raises a SourceError where the columns of two files differ."""
    more = next((name for name in found if name not in set(expected)), None)
    less = next((name for name in expected if name not in set(found)), None)
    hint = "read the files one by one, or give them the same columns"
    if less is not None:
        raise SourceError(f"'{path.name}' lacks the column '{less}' of '{first.name}'", where=str(path), hint=hint)
    if more is not None:
        raise SourceError(f"'{path.name}' has a column '{more}' that '{first.name}' lacks", where=str(path), hint=hint)


def _common(name: str, frames: list[pl.DataFrame], paths: list[Path]) -> pl.DataType:
    """The dtype that holds this column of all files; a column without any value fits every dtype."""
    held = {frame[name].dtype: path for frame, path in zip(frames, paths, strict=True) if frame[name].count()}
    dtypes = list(held) or [frames[0][name].dtype]
    alike = all(dtype.is_numeric() for dtype in dtypes) or len({dtype.base_type() for dtype in dtypes}) == 1
    zones = {dtype.time_zone for dtype in dtypes if isinstance(dtype, pl.Datetime)}
    if not alike or len(zones) > 1:
        odd = dtypes[1]
        what = f"column '{name}' is {odd} in '{held[odd].name}', {dtypes[0]} in '{held[dtypes[0]].name}'"
        raise SourceError(what, where=str(held[odd]), hint="give the files the same types")
    return _widest(dtypes)


def _widest(dtypes: list[pl.DataType]) -> pl.DataType:
    empty = [pl.DataFrame(schema={"": dtype}) for dtype in dtypes]
    return pl.concat(empty, how="vertical_relaxed").dtypes[0]


def stem(paths: list[Path]) -> str:
    """The stem all files share, without the digits and signs they differ in; the folder's name otherwise."""
    stem = os.path.commonprefix([stem_of(path) for path in paths])  # noqa: RUF071 - letter by letter is meant
    stem = stem if len(paths) == 1 else stem.rstrip("0123456789-_. ")
    return stem or paths[0].resolve().parent.name or "table"
