"""Every error a user can meet.

One root, `UnderstudyError`. Each class also subclasses the builtin that a caller would naturally catch. A message says
what went wrong, where (table, column, value, row) and what to try, in one line.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class UnderstudyError(Exception):
    """Root of every error raised on purpose.

    Args:
        what: what went wrong, in one sentence without a full stop.
        where: table, column, row or file it concerns.
        hint: what to try.
        field: the plan or command field at fault, for forms and the 422 answer.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", field: str = "") -> None:
        self.what, self.where, self.hint, self.field = what, where, hint, field
        super().__init__(what)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f": {self.hint}" if self.hint else ""
        return " ".join(f"{self.what}{place}{advice}".split())


class SourceError(UnderstudyError, ValueError):
    """The data given cannot be read as a table."""


class SourceMissing(UnderstudyError, FileNotFoundError):
    """No file, folder or match at the place given."""


class SourceDenied(UnderstudyError, PermissionError):
    """The place given may not be read or written."""


class WriteError(UnderstudyError, OSError):
    """An output could not be written; nothing half-written stays."""


class SchemaError(UnderstudyError, ValueError):
    """A schema is malformed or does not fit its data."""


class TooFewRows(UnderstudyError, ValueError):
    """The table has too few rows for what was asked."""


class UnknownColumn(UnderstudyError, KeyError):
    """A column was named that the table lacks."""


class UnknownEngine(UnderstudyError, LookupError):
    """An engine was named that the catalogue lacks."""


class UnknownName(UnderstudyError, LookupError):
    """A metric, provider or other catalogue entry was named that does not exist."""


class ArgumentError(UnderstudyError, ValueError):
    """An argument is out of range or of the wrong kind."""


class PlanError(UnderstudyError, ValueError):
    """A plan is malformed or contradicts its data."""


class ExpressionError(UnderstudyError, ValueError):
    """An expression cannot be read, or its operands do not fit."""


class ConditionError(UnderstudyError, ValueError):
    """A condition (`given`) cannot be met by the model."""


class ModelFileError(UnderstudyError, ValueError):
    """A model file is truncated, tampered with, or of another version."""


class MissingExtra(UnderstudyError, ImportError):
    """An optional dependency is needed that is not installed."""


def nearest(name: str, names: Iterable[str]) -> str:
    """The advice "did you mean …", or the names there are.

    >>> nearest("tree", ["trees", "bootstrap"])
    "did you mean 'trees'?"
    """
    known = [str(each) for each in names]
    folded = {each.casefold(): each for each in known}
    close = get_close_matches(str(name).casefold(), folded, n=1)
    if close:
        return f"did you mean '{folded[close[0]]}'?"
    listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"there is {listed}" if known else "there is none"
