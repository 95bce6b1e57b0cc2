"""Payment cards."""

from collections.abc import Sequence

import polars as pl

from understudy.providers.ids import shape_of
from understudy.providers.layouts import DIGITS, Chars, Layout
from understudy.providers.learning import by_shape, distinct, mostly, shared, texts
from understudy.providers.provider import Invented
from understudy.providers.repeats import learn

VALID = 0.95


def fit_card(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Card numbers: length, grouping and first digit as in the real ones, with a check digit where those have one."""
    seen = distinct(values)
    luhn = mostly([passes(value) for value in seen], VALID) or not seen
    groups = by_shape(seen, _card_shape, k) or {"0" * 16: ["4" + "0" * 15] * k}
    layouts = tuple(layout for shape, members in groups.items() for layout in _cards(shape, members, luhn, k))
    return Invented("card", unique, layouts, None, None if unique else learn(texts(values), k))


def passes(number: str) -> bool:
    """Whether the digits pass the Luhn check (ISO/IEC 7812-1, annex B).

    >>> passes("4539 1488 0343 6467"), passes("4539148803436468")
    (True, False)
    """
    digits = [int(char) for char in number if char in DIGITS]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(digits) > 1 and (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _card_shape(value: str) -> str | None:
    shape = shape_of(value.strip())
    return shape if set(shape) <= set("0 -.") and 12 <= shape.count("0") <= 19 and shape[0] == "0" else None


def _cards(shape: str, members: Sequence[str], luhn: bool, k: int) -> list[Layout]:
    """One layout per first digit, which says the network; nothing of the issuer's number behind it is kept."""
    firsts = shared([value.strip()[0] for value in members], k) or {"4": len(members)}
    rest = tuple(DIGITS if sign == "0" else sign for sign in shape[1:])
    return [Layout((Chars((first, *rest), luhn),), float(count)) for first, count in firsts.items()]
