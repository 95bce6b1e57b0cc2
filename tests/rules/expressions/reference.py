"""The language once more, row by row in plain Python: slow, and written without a look at the polars expressions."""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from understudy.rules.expressions.tree import (
    Among,
    Call,
    Chain,
    Column,
    Implies,
    Missing,
    Negative,
    Node,
    Not,
    Number,
    Power,
    Presence,
    Text,
    Truth,
)

Row = Mapping[str, Any]


def finite(value: float, whole: bool) -> Any:
    if isinstance(value, complex) or math.isnan(value) or math.isinf(value):
        return None
    return int(value) if whole else float(value)


def arithmetic(sign: str, a: Any, b: Any) -> Any:
    if a is None or b is None:
        return None
    if isinstance(a, date) and isinstance(b, date):
        return (a - b).days
    if isinstance(a, date):
        return moved(a, b if sign == "+" else -b)
    if isinstance(b, date):
        return moved(b, a)
    whole = all(isinstance(each, int) for each in (a, b))
    a, b = float(a), float(b)
    try:
        match sign:
            case "+":
                return finite(a + b, whole)
            case "-":
                return finite(a - b, whole)
            case "*":
                return finite(a * b, whole)
            case "/":
                return finite(a / b, False)
            case "//":
                return finite(math.floor(a / b), True)
            case "%":
                return finite(a - b * math.floor(a / b), whole)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    raise AssertionError(sign)


def moved(day: date, days: float) -> date | None:
    try:
        return day + timedelta(days=math.floor(days))
    except OverflowError:
        return None


def compare(sign: str, a: Any, b: Any) -> bool | None:
    if a is None or b is None:
        return None
    if isinstance(a, str) != isinstance(b, str):
        return spelled(sign, a, b)
    if isinstance(a, str | date) or (isinstance(a, int) and isinstance(b, int)):
        below, same = a < b, a == b
    else:
        same = abs(float(a) - float(b)) <= 1e-9 * max(abs(float(a)), abs(float(b)))
        below = a < b and not same
    return {
        "==": same,
        "!=": not same,
        "<": below,
        "<=": below or same,
        ">": not below and not same,
        ">=": not below,
    }[sign]


def spelled(sign: str, a: Any, b: Any) -> bool | None:
    read = [as_number(each) if isinstance(each, str) else each for each in (a, b)]
    if None not in read:
        return compare(sign, *read)
    return {"==": False, "!=": True}.get(sign)


def as_number(text: str) -> float | None:
    try:
        return finite(float(text), False)
    except ValueError:
        return None


def every(truths: Iterator[bool | None]) -> bool | None:
    seen = list(truths)
    return False if False in seen else None if None in seen else True


def some(truths: Iterator[bool | None]) -> bool | None:
    return negated(every(negated(each) for each in truths))


def negated(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def power(x: float, y: float) -> Any:
    try:
        return finite(float(x) ** y, isinstance(x, int) and isinstance(y, int))
    except (OverflowError, ZeroDivisionError):
        return None


def rounded(x: float, digits: float = 0) -> Any:
    scale = 10.0 ** abs(digits)
    scaled = x * scale if digits >= 0 else x / scale
    if abs(scaled) >= 2.0**52:
        return finite(x, digits <= 0 or isinstance(x, int))
    size = math.floor(abs(scaled) + min(abs(scaled) * 2.0**-50, 1e-6) + 0.5)
    size = math.copysign(size, scaled)
    return finite(size / scale if digits >= 0 else size * scale, digits <= 0 or isinstance(x, int))


def written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def whole_like(pick: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: pick(values)


PLAIN: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "round": rounded,
    "floor": lambda x: math.floor(x),
    "ceil": lambda x: math.ceil(x),
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else None,
    "min": whole_like(min),
    "max": whole_like(max),
    "sum": lambda *values: total(values),
    "mean": lambda *values: arithmetic("/", total(values), len(values)),
    "text": written,
    "concat": lambda *values: "".join(map(written, values)),
    "length": len,
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
    "left": lambda text, count: text[: max(0, math.floor(count))],
    "right": lambda text, count: text[max(0, len(text) - max(0, math.floor(count))) :],
    "contains": lambda text, part: part in text,
    "starts": str.startswith,
    "ends": str.endswith,
    "replace": str.replace,
    "year": lambda day: day.year,
    "quarter": lambda day: (day.month + 2) // 3,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "weekday": date.isoweekday,
    "days": lambda a, b: (a - b).days,
    "hours": lambda a, b: (a - b).days * 24,
}


def total(values: tuple[Any, ...]) -> Any:
    found = values[0]
    for each in values[1:]:
        found = arithmetic("+", found, each)
    return found


def made(year: float, month: float, day: float) -> date | None:
    try:
        return date(*(int(each) if each == int(each) else -1 for each in (year, month, day)))
    except (ValueError, OverflowError):
        return None


def called(function: str, values: list[Any]) -> Any:
    if function == "if":
        return values[1] if values[0] else values[2]
    if function == "coalesce":
        return next((each for each in values if each is not None), None)
    if None in values:
        return None
    if function == "number":
        return as_number(values[0]) if isinstance(values[0], str) else values[0]
    return made(*values) if function == "date" else PLAIN[function](*values)


def value(node: Node, row: Row) -> Any:
    def of(part: Node) -> Any:
        return value(part, row)

    match node:
        case Number() | Text() | Truth():
            return node.value
        case Missing():
            return None
        case Column(name):
            return row[name]
        case Implies(when, then):
            return some(iter([negated(of(when)), of(then)]))
        case Presence(operand, missing):
            return (of(operand) is None) == missing
        case Among(operand, members, absent):
            found = some(compare("==", of(operand), of(member)) for member in members)
            return negated(found) if absent else found
        case Call(function, arguments):
            return called(function, [of(each) for each in arguments])
        case Chain(operators, operands):
            return chained(operators, [of(each) for each in operands])
        case Negative() | Not() | Power():
            return bent(node, of)


def bent(node: Negative | Not | Power, of: Callable[[Node], Any]) -> Any:
    match node:
        case Negative(operand):
            return None if of(operand) is None else -of(operand)
        case Not(operand):
            return negated(of(operand))
        case Power(base, exponent):
            x, y = of(base), of(exponent)
            return None if x is None or y is None else power(x, y)


def chained(operators: tuple[str, ...], values: list[Any]) -> Any:
    if operators[0] in ("and", "or"):
        return (every if operators[0] == "and" else some)(iter(values))
    if operators[0] in ("==", "!=", "<", "<=", ">", ">="):
        pairs = zip(operators, pairwise(values), strict=True)
        return every(compare(sign, a, b) for sign, (a, b) in pairs)
    found = values[0]
    for sign, each in zip(operators, values[1:], strict=True):
        found = arithmetic(sign, found, each)
    return found


def alike(expected: Any, got: Any) -> bool:
    """Whether two cells are the same, numbers but for the last digits."""
    if expected is None or got is None:
        # a whole number beyond 64 bits is missing
        return expected is got or (isinstance(expected, int) and abs(expected) >= 2**63)
    if isinstance(expected, bool | str | date | datetime):
        return type(expected) is type(got) and expected == got
    return math.isclose(expected, got, rel_tol=1e-9) and not isinstance(got, bool)
