"""Ids and UUIDs: letters and digits where the real ones have them, literals where at least k different ones do."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from math import prod

import polars as pl

from understudy.providers.layouts import DIGITS, HEX, LOWER, UPPER, Chars, Layout, Literal, Part
from understudy.providers.learning import by_shape, distinct, mostly, shared, texts
from understudy.providers.provider import Growth, Invented
from understudy.providers.repeats import learn

CLASSES = {"0": DIGITS, "a": LOWER, "A": UPPER}
MIXTURES = ((HEX, "h"), (HEX.upper(), "H"), (LOWER + DIGITS, "n"), (UPPER + DIGITS, "N"), (LOWER + UPPER + DIGITS, "x"))
ALPHABETS = {**CLASSES, **{sign: letters for letters, sign in MIXTURES}}
COVERED = 0.95
ROOM = 16
MOST_TOKENS = 32
UUID = re.compile(r"(\{|urn:uuid:)?([0-9a-fA-F]{8})(-?)([0-9a-fA-F]{4})\3([0-9a-fA-F]{4})\3.{4}\3.{12}\}?")


def fit_id(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Ids in the template of the real ones: "M14860" gives M, L or H and five digits, in the real shares."""
    seen = distinct(values)
    room = ROOM * values.n_unique() / max(1, len(seen))
    groups = _groups(seen, k).items()
    layouts = tuple(layout for shape, members in groups for layout in templates(shape, members, k, room))
    layouts = layouts or (_plain(seen),)
    repeats = None if unique else learn(texts(values), k)
    return Invented("id", unique, layouts, growth(layouts), repeats)


def fit_uuid(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Random UUIDs, dashes, case and version as in the real ones."""
    found = [UUID.fullmatch(value) for value in distinct(values)]
    upper = mostly([each[2] == each[2].upper() for each in found if each])
    keys = [(each[1] or "", each[3], each[5][0].lower()) for each in found if each]
    kept = shared(keys, k) or {("", "-", "4"): 1}
    layouts = tuple(_uuid(*key, upper=upper, weight=float(count)) for key, count in kept.items())
    return Invented("uuid", unique, layouts, None, None if unique else learn(texts(values), k))


def _uuid(around: str, dash: str, version: str, *, upper: bool, weight: float) -> Layout:
    hexes = HEX.upper() if upper else HEX
    lead = version.upper() if upper else version
    variant = "89AB" if upper else "89ab"
    groups = ([hexes] * 8, [hexes] * 4, [lead, *[hexes] * 3], [variant, *[hexes] * 3], [hexes] * 12)
    letters = [each for group in groups for each in (*group, dash) if each]
    body = Chars(tuple(letters[:-1] if dash else letters))
    return Layout((Literal(around), body, Literal("}" if around == "{" else "")), weight)


def shape_of(value: str) -> str:
    """Digits as 0, letters as a or A, everything else as it is.

    >>> shape_of("INV-2023/x7")
    'AAA-0000/a0'
    """
    return "".join(_sign(char) for char in value)


def _sign(char: str) -> str:
    if char.isdigit():
        return "0"
    if char.isalpha():
        return "A" if char.isupper() else "a"
    return char


def _groups(seen: list[str], k: int) -> dict[str, list[str]]:
    plain = by_shape(seen, shape_of, k)
    if sum(map(len, plain.values())) >= len(seen) / 2:
        return plain
    sign = _mixture(seen)
    return by_shape(seen, lambda value: "".join(sign if char.isalnum() else char for char in value), k)


def _mixture(seen: list[str]) -> str:
    """The tightest class of letters and digits together that nearly all values stay in, for ids such as hashes."""
    used = [{char for char in value if char.isalnum()} for value in seen]
    fitting = (sign for letters, sign in MIXTURES if mostly([each <= set(letters) for each in used], COVERED))
    return next(fitting, "x")


def _plain(seen: list[str]) -> Layout:
    """A layout of letter and digit classes alone, for too few values to learn more; marks become dashes."""
    shape, _ = Counter(map(shape_of, seen)).most_common(1)[0] if seen else ("00000000", 0)
    same = [value for value in seen if shape_of(value) == shape]
    return Layout(
        (Chars(tuple(_class(place, shape, same) if sign in CLASSES else "-" for place, sign in enumerate(shape))),)
    )


def templates(shape: str, members: Sequence[str], k: int, room: float = ROOM) -> list[Layout]:
    """Layouts of the values of one shape.

    A run of letters or digits is a literal where k different values share each of its spellings; elsewhere each
    position has the characters that k values have there. From the end on, positions are widened to whole classes until
    there are `room` times as many spellings as values, so that few of the real values come out by chance.
    """
    runs = [each.span() for each in re.finditer(r"A+|a+|0+", shape)]
    fixed = [span for span in runs if _is_literal(span, members, k)]
    while True:
        kept = by_shape(members, partial(_tokens, fixed), k)
        if kept or not fixed:
            break
        fixed = fixed[:-1]
    return [_template(shape, fixed, tokens, group, k, room) for tokens, group in kept.items()]


def _tokens(spans: Sequence[tuple[int, int]], value: str) -> tuple[str, ...]:
    return tuple(value[low:high] for low, high in spans)


def _is_literal(span: tuple[int, int], members: Sequence[str], k: int) -> bool:
    counts = Counter(value[slice(*span)] for value in members)
    rows = [count for count in counts.values() if count >= k]
    return len(rows) <= MOST_TOKENS and sum(rows) >= COVERED * len(members)


def _template(
    shape: str, fixed: list[tuple[int, int]], tokens: tuple[str, ...], members: Sequence[str], k: int, room: float
) -> Layout:
    literal = {
        low + step: char for (low, _), token in zip(fixed, tokens, strict=True) for step, char in enumerate(token)
    }
    whole = [literal.get(place, _class(place, shape, members)) for place in range(len(shape))]
    narrow = [
        _supported(place, members, k, letters) if len(letters) > 1 else letters for place, letters in enumerate(whole)
    ]
    for place in reversed(range(len(shape))):
        if prod(map(len, narrow)) >= room * len(members):
            break
        narrow[place] = whole[place]
    return Layout(tuple(_parts(narrow)), float(len(members)))


def _class(place: int, shape: str, members: Sequence[str]) -> str:
    """All characters of the sign at this place; a number that never begins with 0 never will."""
    letters = ALPHABETS.get(shape[place], shape[place])
    leads = letters == DIGITS and (place == 0 or shape[place - 1] != "0")
    return letters[1:] if leads and all(value[place] != "0" for value in members) else letters


def _supported(place: int, members: Sequence[str], k: int, letters: str) -> str:
    counts = Counter(value[place] for value in members)
    kept = "".join(sorted(char for char, count in counts.items() if count >= k and char in letters))
    covered = sum(counts[char] for char in kept) >= COVERED * len(members)
    return kept if kept and covered else letters


def _parts(alphabets: list[str]) -> list[Part]:
    """Runs of ASCII positions, and the other signs as literals between them."""
    parts: list[Part] = []
    for letters in alphabets:
        if not (letters.isascii() and letters.isprintable()):
            parts.append(Literal(letters))
        elif parts and isinstance(parts[-1], Chars):
            parts[-1] = Chars((*parts[-1].alphabets, letters))
        else:
            parts.append(Chars((letters,)))
    return parts


def width(layout: Layout) -> int:
    """Characters of a layout of Chars and Literals."""
    return sum(
        len(part.alphabets) if isinstance(part, Chars) else len(getattr(part, "text", "")) for part in layout.parts
    )


def growth(layouts: Sequence[Layout]) -> Growth:
    """The first layout with so many digits at its end that it is longer than every layout."""
    longest = max(map(width, layouts))
    return Growth(layouts[0], len(layouts[0].parts), longest - width(layouts[0]) + 1)
