"""The command `understudy`."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from understudy import __version__
from understudy.cli import judging, looking, running
from understudy.errors import UnderstudyError

app = typer.Typer(
    name="understudy",
    help="A stand-in for data that may not be shared, with the proof beside it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for command in (
    running.demo,
    looking.inspect,
    looking.init,
    running.fit,
    running.sample,
    running.run,
    judging.evaluate,
    looking.engines,
    looking.metrics,
    looking.providers,
):
    app.command()(command)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"understudy {__version__}\n")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """A stand-in for data that may not be shared, with the proof beside it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; one line of error and exit code 2 where something is wrong, 130 where it was stopped."""
    sys.exit(_outcome(sys.argv[1:] if arguments is None else list(arguments)))


def _outcome(arguments: list[str]) -> int:
    try:
        return app(arguments or ["--help"], prog_name="understudy", standalone_mode=False) or 0
    except UnderstudyError as error:
        return _refuse(str(error))
    except typer.TyperException as error:
        return _refuse(f"{error.format_message()}: see understudy --help")
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("understudy: stopped; nothing half-written stays\n")
        return 130
    except BrokenPipeError:
        return 0


def _refuse(text: str) -> int:
    sys.stderr.write(f"understudy: {' '.join(text.split())}\n")
    return 2
