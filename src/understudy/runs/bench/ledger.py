"""What has been measured: one line of JSON each, so that an interrupted benchmark goes on where it stopped."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from understudy.errors import SourceDenied, SourceError, WriteError
from understudy.reports.standings import Line


class Ledger:
    """The lines in a file; a later one replaces an earlier one of the same data, engine and seed.

    Args:
        path: of the file, begun if need be.

    Raises:
        SourceError: it holds something else.
        SourceDenied: it may not be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = {line.key: line for line in _read(path)}

    def __iter__(self) -> Iterator[Line]:
        return iter(self._known.values())

    def holds(self, line: Line) -> bool:
        """Whether the same has been measured already."""
        known = self._known.get(line.key)
        return known is not None and known.asked == line.asked

    def add(self, line: Line) -> None:
        """Write a line behind the others.

        Raises:
            SourceDenied: the file may not be written.
            WriteError: it cannot be.
        """
        try:
            with self.path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
        except PermissionError as error:
            raise SourceDenied("the file may not be written", where=str(self.path)) from error
        except OSError as error:
            raise WriteError("the line cannot be written", where=str(self.path), hint=error.strerror or "") from error
        self._known[line.key] = line


def _read(path: Path) -> list[Line]:
    """All lines; one that was cut off while it was written is the last and has no end."""
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except PermissionError as error:
        raise SourceDenied("the file may not be read", where=str(path)) from error
    whole, _, rest = text.rpartition("\n")
    if rest:
        path.write_text(f"{whole}\n" if whole else "", encoding="utf-8", newline="\n")
    return [_line(path, number, each) for number, each in enumerate(whole.splitlines(), 1)]


def _line(path: Path, number: int, text: str) -> Line:
    try:
        return Line(**json.loads(text))
    except (ValueError, TypeError) as error:
        hint = "name another folder, or remove the file"
        raise SourceError("this is no line of a benchmark", where=f"{path}, line {number}", hint=hint) from error
