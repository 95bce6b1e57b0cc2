"""Tables streamed into a file that appears whole or not at all."""

import contextlib
import errno
import gzip
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl

from understudy.data.endings import Ending, known_ending
from understudy.data.table import Source
from understudy.data.writers import Gate, Writer, writer_for
from understudy.errors import SchemaError, SourceDenied, WriteError

ADVICE = {
    errno.ENOSPC: "the disk is full: free some space or write elsewhere",
    errno.EDQUOT: "the quota is used up: free some space or write elsewhere",
    errno.EFBIG: "the file is larger than allowed: write elsewhere or fewer rows",
    errno.EROFS: "the disk is read-only: write elsewhere",
    errno.ENAMETOOLONG: "choose a shorter name",
}


class Sink:
    """Where frames go, one below the other; made by `sink`.

    All frames must have the columns of the first; dtypes are cast to those of the first.
    """

    def __init__(self, writer: Writer, path: Path, labels: dict[str, str]) -> None:
        self._writer, self._path, self._labels = writer, path, labels
        self._schema: pl.Schema | None = None

    def write(self, frame: pl.DataFrame) -> None:
        """Appends the rows of a frame.

        Raises:
            SchemaError: its columns are not those of the frames before.
            WriteError: the file cannot take it.
        """
        self._schema = self._schema or frame.schema
        if frame.columns != list(self._schema):
            raise SchemaError("the columns differ from those written before", where=str(self._path))
        with told(self._path):
            fitted = frame if frame.schema == self._schema else frame.cast(self._schema)
            self._writer.write(fitted.rename({old: new for old, new in self._labels.items() if old in frame.columns}))

    def finish(self) -> None:
        """Writes what comes last.

        Raises:
            WriteError: no frame was ever written, or the file cannot take the rest.
        """
        if self._schema is None:
            raise WriteError("nothing was written", where=str(self._path), hint="write at least one frame, if empty")
        with told(self._path):
            self._writer.finish()


@contextmanager
def sink(path: str | os.PathLike[str], like: Source | None = None) -> Iterator[Sink]:
    """Opens a file for streaming; its ending names the format.

    Rows go to a file beside it that takes its name on a clean exit and is removed on any exception, Ctrl-C included.
    The same frames give the same bytes. Memory stays bounded by the largest frame, but for xlsx, which is collected.

    Args:
        path: where to; the folder must exist.
        like: the source whose delimiter and empty column labels are taken over.

    Raises:
        WriteError: it cannot be written.
        SourceDenied: the place may not be written to.
        SourceError: the ending is unknown.
    """
    target = Path(path).expanduser()
    ending = known_ending(target)
    target = target.resolve()
    with _beside(target) as raw, _packed(raw, ending) as file, Gate(file) as gate:
        out = Sink(writer_for(gate, ending, like), target, _labels(ending, like))
        yield out
        out.finish()
        with told(target):
            _flush(file, raw)


@contextmanager
def _beside(target: Path) -> Iterator[BinaryIO]:
    """A file in the same folder that takes the target's name in the end, or goes."""
    path = target.with_name(f".{target.name[:60]}.{secrets.token_hex(6)}.part")
    raw = None
    try:
        with told(target):
            if target.is_dir():
                raise WriteError("this is a folder", where=str(target), hint="name a file in it")
            raw = path.open("xb")
        yield raw
        with told(target):
            raw.close()
            path.replace(target)
    except BaseException:
        # What is still buffered may not fit on the disk either, and Ctrl-C may come before the file is in hand.
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.close()
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns what the system or a library says on writing into our errors."""
    try:
        yield
    except WriteError:
        raise
    except FileNotFoundError:
        raise WriteError("no such folder", where=str(path.parent), hint="create it first") from None
    except PermissionError:
        raise SourceDenied("may not be written", where=str(path), hint="check the folder's permissions") from None
    except OSError as error:
        hint = ADVICE.get(error.errno or 0, "nothing was left behind")
        raise WriteError(f"cannot be written: {error.strerror or error}", where=str(path), hint=hint) from None
    except (pl.exceptions.PolarsError, ValueError) as error:
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise WriteError(f"the format cannot hold the table: {said}", where=str(path), hint="try parquet") from None


@contextmanager
def _packed(raw: BinaryIO, ending: Ending) -> Iterator[BinaryIO]:
    """The file, gzipped without name and time, so that the same rows give the same bytes."""
    if not ending.gz:
        yield raw
        return
    packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6)
    try:
        yield cast(BinaryIO, packed)
    finally:
        # After a failure the trailer cannot be written either, and the file is removed anyway.
        with contextlib.suppress(OSError, ValueError):
            packed.close()


def _flush(file: BinaryIO, raw: BinaryIO) -> None:
    """Everything on the disk, so that a full one speaks up before the file takes its name."""
    if file is not raw:
        file.close()
    raw.flush()
    os.fsync(raw.fileno())


def _labels(ending: Ending, like: Source | None) -> dict[str, str]:
    if like is None or ending.family in ("parquet", "arrow"):
        return {}
    labels = {name: str(label) for name, label in like.labels.items()}
    empty = [name for name, label in labels.items() if label == ""]
    # Two empty names could not stand side by side in a frame; they keep the names they were given.
    return labels if len(empty) < 2 else {name: label for name, label in labels.items() if label != ""}
