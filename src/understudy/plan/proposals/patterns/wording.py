"""Columns, values and counts as they are spelt in expressions and reasons."""

from datetime import date
from typing import Any

from understudy.rules.expressions.tree import spelled_name


def sayable(name: str) -> bool:
    """Whether an expression can name a column at all."""
    return bool(name) and "`" not in name and name.isprintable()


def spelt_value(value: Any) -> str | None:
    r"""A value as an expression writes it; None where it has no spelling.

    >>> spelt_value("it's"), spelt_value(3.0), spelt_value(True), spelt_value("'\"")
    ('"it\'s"', '3', 'true', None)
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return spelt_number(value)
    if isinstance(value, str) and value.isprintable() and "\\" not in value:
        return next((f"{mark}{value}{mark}" for mark in "'\"" if mark not in value), None)
    return f"date('{value.isoformat()}')" if type(value) is date else None


def spelt_number(value: float) -> str:
    """A number without exponent or needless point.

    >>> spelt_number(1e-5), spelt_number(500001.0), spelt_number(-0.25)
    ('0.00001', '500001', '-0.25')
    """
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    import numpy as np

    return np.format_float_positional(value, trim="-")


def spelt_test(name: str, value: Any) -> str | None:
    """The test that a column has a value, None meaning missing; None where it cannot be spelt.

    >>> spelt_test("flag", False), spelt_test("x", None), spelt_test("x", "No")
    ('not flag', 'x is missing', "x == 'No'")
    """
    column = spelled_name(name)
    if value is None:
        return f"{column} is missing"
    if isinstance(value, bool):
        return column if value else f"not {column}"
    said = spelt_value(value)
    return None if said is None else f"{column} == {said}"


def listed(names: "tuple[str, ...] | list[str]", most: int = 6) -> str:
    """Names in a row, the tail counted.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], 2)
    ('a, b and c', 'a, b and 1 more')
    """
    shown = list(names) if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
