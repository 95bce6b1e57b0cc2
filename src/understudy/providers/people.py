"""People and places: names and postal addresses of nobody and nowhere."""

import re
from collections.abc import Iterator, Sequence

import polars as pl

from understudy.providers.ids import shape_of
from understudy.providers.layouts import DIGITS, LOWER, UPPER, Chars, Layout, Literal, Part, Pool
from understudy.providers.learning import distinct, shared, texts
from understudy.providers.pools import SUFFIXES, TITLES, UNITS, states
from understudy.providers.provider import Growth, Invented
from understudy.providers.repeats import learn

NAME_TOKEN = re.compile(r"[^\W\d_]+|.", re.S)
NAME_MARKS = frozenset(" ,.-'’")
ADDRESS_TOKEN = re.compile(r"\w+|\W", re.S)
ADDRESS_MARKS = frozenset(" ,.;:-/#'’()\n\r\t")
WITHIN_NAME = frozenset(["= ", "=-", "='", "=’", "=."])
PARTICLES = frozenset(["van", "von", "der", "den", "de", "da", "di", "du", "la", "le", "del", "dos", "bin", "al", "y"])
MOST_PIECES = 60
MOST_NUMBER = 12
Shape = tuple[str, ...]
"""A value piece by piece: the sign of a class with what it needs, or "=" and a literal."""


def fit_person_name(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Full names: order, comma, initials, titles and case as in the real ones, names from a public list."""
    kept = shared([_name_shape(value) for value in distinct(values)], k) or {("Wt", "= ", "Wt"): 1}
    layouts = tuple(Layout(tuple(_named(shape, unique)), float(count)) for shape, count in kept.items())
    return Invented("person_name", unique, layouts, _behind(layouts[0]), None if unique else learn(texts(values), k))


def fit_first_name(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """First names from a public list, as frequent as they are borne, case as in the real ones."""
    return _single("first_name", "first", values, unique, k)


def fit_last_name(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Last names from a public list, as frequent as they are borne, case as in the real ones."""
    return _single("last_name", "last", values, unique, k)


def _single(name: str, pool: str, values: pl.Series, unique: bool, k: int) -> Invented:
    kept = shared([_case(value) for value in distinct(values)], k) or {"title": 1}
    parts = {case: (Pool(pool if unique else f"{pool}_popular", case),) for case in kept}
    layouts = tuple(Layout(parts[case], float(count)) for case, count in kept.items())
    return Invented(name, unique, layouts, _behind(layouts[0]))


def _behind(layout: Layout) -> Growth:
    """Numbers behind a name: "Ann Smith 7"."""
    return Growth(Layout((*layout.parts, Literal(" "))), len(layout.parts) + 1)


def _case(word: str) -> str:
    if word.isupper():
        return "upper"
    return "lower" if word.islower() else "title"


def _name_shape(value: str) -> Shape | None:
    """Titles and marks as they are, words and initials as classes with their case; None if there is anything else."""
    tokens = NAME_TOKEN.findall(value.strip())
    shape = tuple(_name_piece(token, place == 0) for place, token in enumerate(tokens))
    words = sum(piece.startswith("W") for piece in shape)
    return shape if 1 <= words <= 4 and "" not in shape else None


def _name_piece(token: str, first: bool) -> str:
    if (first and token.title() in TITLES) or (not first and token in SUFFIXES | PARTICLES):
        return f"={token}"
    if not token.isalpha():
        return f"={token}" if token in NAME_MARKS else ""
    return ("I" if len(token) == 1 else "W") + _case(token)[0]


CASES = {"u": "upper", "l": "lower", "t": "title"}


def _named(shape: Shape, unique: bool) -> Iterator[Part]:
    """The last word is the last name, or the first one where a comma follows it."""
    words = [place for place, piece in enumerate(shape) if piece[0] == "W"]
    reversed_ = len(words) > 1 and shape[words[0] + 1] == "=,"
    family = words[0] if reversed_ else words[-1]
    for place, piece in enumerate(shape):
        if piece[0] == "=":
            yield Literal(piece[1:])
        elif piece[0] == "I":
            yield Chars((LOWER if piece[1] == "l" else UPPER,))
        else:
            pool = "last" if place == family else "first"
            yield Pool(pool if unique else f"{pool}_popular", CASES[piece[1]])


def fit_address(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Postal addresses: lines, marks, number lengths and order as in the real ones, state and postcode in keeping."""
    kept = shared([_address_shape(value) for value in distinct(values)], k) or {DEFAULT: 1}
    layouts = tuple(Layout(tuple(_placed(shape)), float(count)) for shape, count in kept.items())
    return Invented(
        "address", unique, layouts, _numbered(layouts[0], tuple(kept)), None if unique else learn(texts(values), k)
    )


DEFAULT = ("#3", "= ", "Wt", "=\n", "Wt", "=,", "= ", "Z")


def _numbered(layout: Layout, shapes: Sequence[Shape]) -> Growth:
    """A number behind the address, longer than any number that a real one has."""
    longest = max((int(piece[1:]) for shape in shapes for piece in shape if piece[0] == "#"), default=0)
    return Growth(Layout((*layout.parts, Literal(" "))), len(layout.parts) + 1, longest + 1)


def _address_shape(value: str) -> Shape | None:
    case = _case(value)[0]
    pieces = [_address_piece(token, case) for token in ADDRESS_TOKEN.findall(value.strip())]
    if "" in pieces or len(pieces) > MOST_PIECES:
        return None
    return tuple(_with_postcodes(tuple(_words_together(pieces))))


def _address_piece(token: str, case: str) -> str:
    if token in UNITS:
        return f"={token}"
    if token.isalpha():
        return "S" if token in states() else f"={token}" if case == "t" and _is_code(token) else "W" + case
    if not token.isascii() or (token.isdigit() and len(token) > MOST_NUMBER):
        return ""
    if not token.isalnum():
        return f"={token}" if token in ADDRESS_MARKS else ""
    return f"#{len(token)}" if token.isdigit() else "C" + shape_of(token)


def _is_code(word: str) -> bool:
    """Whether a word is an abbreviation of an office or a country: "APO", "FPO", "USA"."""
    return 2 <= len(word) <= 4 and word.isascii() and word.isupper()


def _words_together(pieces: Sequence[str]) -> Iterator[str]:
    """Words that follow each other with no more than spaces, dots, dashes or apostrophes between are one name."""
    pending: list[str] = []
    within_name = False
    for piece in pieces:
        if within_name and piece in WITHIN_NAME:
            pending.append(piece)
            continue
        if within_name and piece[0] == "W":
            pending = []
            continue
        yield from (*pending, piece)
        pending, within_name = [], piece[0] == "W"
    yield from pending


def _with_postcodes(shape: Shape) -> Iterator[str]:
    """The shape with "Z" for a state, a space and five digits."""
    place = 0
    while place < len(shape):
        found = shape[place : place + 3] == ("S", "= ", "#5")
        yield "Z" if found else shape[place]
        place += 3 if found else 1


def _placed(shape: Shape) -> Iterator[Part]:
    """The first name of a place is the street, the second the city, the third a state, further ones cities again."""
    names = iter(("street", "city", "state_name"))
    for piece in shape:
        if piece[0] == "W":
            yield from _place(next(names, "city"), CASES[piece[1]])
        else:
            yield _plain(piece)


def _place(kind: str, case: str) -> tuple[Part, ...]:
    pools = (Pool("last", case), Literal(" "), Pool("street", case))
    return pools if kind == "street" else (Pool(kind, case),)


def _plain(piece: str) -> Part:
    sign, rest = piece[0], piece[1:]
    if sign in "SZ":
        return Pool("state" if sign == "S" else "state_zip")
    if sign == "#":
        return Chars((DIGITS[1:], *(DIGITS,) * (int(rest) - 1)))
    if sign == "C":
        return Chars(tuple({"0": DIGITS, "A": UPPER, "a": LOWER}[each] for each in rest))
    return Literal(rest)
