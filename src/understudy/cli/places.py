"""Whether an output may go where it was asked to go, told before any work is done."""

import os
from pathlib import Path

from understudy.errors import ArgumentError, SourceDenied, WriteError


def refuse_unwritable(out: Path) -> None:
    """A file can be made there.

    Raises:
        WriteError: the folder is missing, or a folder stands in the file's place.
        SourceDenied: the folder may not be written to.
    """
    place = out.expanduser().resolve()
    try:
        if not place.parent.is_dir():
            raise WriteError("no such folder", where=str(out.parent), hint="create it first")
        if place.is_dir():
            raise WriteError("this is a folder", where=str(out), hint="name a file in it")
        allowed = os.access(place.parent, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)
    except PermissionError:
        allowed = False
    if not allowed:
        raise SourceDenied("may not be written", where=str(out), hint="check the folder's permissions")


def refuse_replacing(out: Path, *inputs: str | Path | None) -> None:
    """The output is none of the inputs.

    Raises:
        ArgumentError: it is.
    """
    for each in inputs:
        if each is not None and Path(each).expanduser().resolve() == out.expanduser().resolve():
            raise ArgumentError("the output would replace an input", where=str(out), hint="choose another --out")
