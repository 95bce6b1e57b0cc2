"""What is told as a file: in the form that its ending says, whole or not at all."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from understudy.errors import ArgumentError, SourceDenied, WriteError


class Told(Protocol):
    """What can be told as a page, as plain data and as text."""

    def to_html(self) -> str:
        """A page that needs no network."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        ...

    def to_text(self) -> str:
        """Markdown that reads as plain text."""
        ...


def data(told: Told) -> str:
    """Its JSON text, indented (UTF-8, no NaN)."""
    return json.dumps(told.to_dict(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


FORMS: Mapping[str, Callable[[Told], str]] = MappingProxyType(
    {
        ".html": lambda told: told.to_html(),
        ".htm": lambda told: told.to_html(),
        ".json": data,
        ".md": lambda told: told.to_text(),
        ".txt": lambda told: told.to_text(),
    }
)


def form(path: Path, what: str) -> Callable[[Told], str]:
    """What writes as a path's ending says.

    Args:
        path: of the file.
        what: is written, "report" or "comparison"; named in errors.

    Raises:
        ArgumentError: nothing writes that ending.
    """
    if path.suffix.lower() not in FORMS:
        raise ArgumentError(
            f"a {what} cannot be written as '{path.name}'", hint=f"use {', '.join(FORMS)}", field="output"
        )
    return FORMS[path.suffix.lower()]


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
