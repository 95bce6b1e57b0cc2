"""A folder of outputs that change together or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from understudy.errors import SourceDenied, UnderstudyError, WriteError


@contextmanager
def together(out: Path) -> Iterator[Path]:
    """A passing folder inside `out`; on a clean exit its files take the place of those of the same name in `out`.

    On any exception, Ctrl-C included, it goes, as do the folders that were made for it, and the files of an earlier
    run stay as they were.

    Args:
        out: made if need be.

    Raises:
        SourceDenied: the folder may not be written to.
        WriteError: it cannot be made, the disk is full, or a folder stands where a file should go.
    """
    made = [each for each in (out, *out.parents) if not each.exists()]
    try:
        with _told(out):
            out.mkdir(parents=True, exist_ok=True)
            beside = Path(mkdtemp(prefix=".run-", dir=out.resolve()))
        try:
            with _told(out, beside):
                yield beside
                _settle(beside, out)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    finally:
        for each in made:
            with suppress(OSError):  # not empty: the outputs are in it, or somebody else's files
                each.rmdir()


@contextmanager
def _told(out: Path, beside: Path | None = None) -> Iterator[None]:
    """What the system says on writing as one of our errors, and places as the user knows them."""
    try:
        yield
    except UnderstudyError as error:
        if beside is None or str(beside) not in error.where:
            raise
        where = error.where.replace(str(beside), str(out))
        raise type(error)(error.what, where=where, hint=error.hint, field=error.field) from error
    except PermissionError as error:
        raise SourceDenied("the folder may not be written to", where=str(out), hint="choose another folder") from error
    except (FileExistsError, NotADirectoryError) as error:
        raise WriteError("a file stands where the folder should be", where=str(out), hint="choose another") from error
    except OSError as error:
        raise WriteError("the outputs cannot be written", where=str(out), hint=error.strerror or str(error)) from error


def _settle(beside: Path, out: Path) -> None:
    """Moves all files, or none: what stood there before comes back if one cannot be moved."""
    files = sorted(beside.iterdir())
    for file in files:
        if (out / file.name).is_dir():
            raise WriteError("a folder stands where a file should go", where=str(out / file.name), hint="move it away")
    before = beside / "before"
    before.mkdir()
    try:
        for file in files:
            with suppress(FileNotFoundError):
                (out / file.name).replace(before / file.name)
            file.replace(out / file.name)
    except BaseException:
        _restore(files, before, out)
        raise


def _restore(files: list[Path], before: Path, out: Path) -> None:
    for file in files:
        if not file.exists():
            (out / file.name).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            (before / file.name).replace(out / file.name)
