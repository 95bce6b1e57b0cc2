"""Text to a file: whole or not at all."""

import os
from pathlib import Path

from understudy.errors import SourceDenied, WriteError


def put(path: Path, text: str) -> Path:
    """Write text beside its place, then move it there.

    Raises:
        SourceDenied: the folder may not be written to.
        WriteError: the folder is missing, the disk is full, or the place is taken by a folder.
    """
    try:
        _put(path, path.with_name(f".{path.name}.{os.getpid()}.part"), text)
    except PermissionError as error:
        raise SourceDenied("no permission to write", where=str(path), hint="choose another folder") from error
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise WriteError(f"the report could not be written: {said}", where=str(path)) from error
    return path


def _put(path: Path, beside: Path, text: str) -> None:
    beside.touch()
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
