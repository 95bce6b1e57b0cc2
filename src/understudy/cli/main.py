"""The command `understudy`: runs what was asked, tells errors in one line, and gives the exit code."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn

from understudy.errors import UnderstudyError

STOPPED, TERMINATED = 130, 143


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit.

    Exit codes: 0 where all went well, 2 where something asked or given was wrong (one line on stderr says what), 3
    where a gate did not hold, 130 where it was stopped by Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign gets a question mark
    with _clean_on_termination():
        code = _outcome(sys.argv[1:] if arguments is None else list(arguments))
    if code == STOPPED:
        # Files are cleared away by now; threads still drawing are not waited for.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


@contextmanager
def _clean_on_termination() -> Iterator[None]:
    """A request to end (SIGTERM) clears away what is half-written, as Ctrl-C does."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        sys.exit(TERMINATED)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _outcome(arguments: list[str]) -> int:
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except UnderstudyError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        code = STOPPED
    except BrokenPipeError:
        # Whoever read us has left; without this, Python would complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if code == STOPPED:
        sys.stderr.write("understudy: stopped; nothing half-written stays\n")
    return code


def _run(arguments: list[str]) -> int:
    """The exit code of the command line parser; imported here, so that Ctrl-C is heard while it loads."""
    import typer

    from understudy.cli.app import app

    try:
        return app(arguments or ["--help"], prog_name="understudy", standalone_mode=False) or 0
    except typer.TyperException as error:
        return _refuse(_usage(error))
    except typer.Abort as error:
        raise KeyboardInterrupt from error


def _usage(error: Exception) -> str:
    """What is wrong with the command line, and where it is explained."""
    said = getattr(error, "format_message", error.__str__)().rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "understudy"
    return f"{said}{' ' if said.endswith('?') else '; '}see: {command} --help"


def _refuse(text: str) -> int:
    sys.stderr.write(f"understudy: {' '.join(text.split())}\n")
    return 2
