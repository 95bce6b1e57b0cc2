"""How numbers and booleans are written: found from cells, read from text, written back (dates are in `moments`).

A number's form is a picture of zero: `None` (shortest), `"0.0"` (at least one digit behind the point), `"#,##0"`
(thousands), `"0,0"` (decimal comma), `"$#,##0.00"`, `"0%"`. A boolean's form is its two spellings, `"yes|no"`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

INTEGER = r"^[+-]?(?:0|[1-9][0-9]{0,17})$"
NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
PADDED = r"^[+-]?0[0-9]+$"
INFINITE = frozenset({f"{sign}{word}" for sign in ("", "+", "-") for word in ("inf", "infinity")})
_WORDS = (
    "?|na|n/a|n.a.|<na>|#n/a|#na|#null!|null|nan|-nan|none|nil|nat|-|--|---|.|..|missing|(missing)|(null)|[null]|\\n"
)
MISSING_WORDS = frozenset(_WORDS.split("|"))
TRUTHS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"), ("1", "0"))
_ZERO_DATES = frozenset({"0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00.00.0000"})
_FEW = 512
_EXACT = 2.0**52


def matching(cells: pl.Series, pattern: str) -> pl.Series:
    """Which cells hold a match of a pattern (syntax common to Python and Rust); quick for few cells and for many."""
    if len(cells) >= _FEW:
        return cells.str.contains(pattern)
    found = re.compile(pattern).search
    return pl.Series(cells.name, [bool(found(cell)) for cell in cells], dtype=pl.Boolean)


def stripped(cells: pl.Series) -> pl.Series:
    """Cells without blanks around them."""
    if len(cells) >= _FEW:
        return cells.str.strip_chars()
    return pl.Series(cells.name, [cell if cell is None else cell.strip() for cell in cells], dtype=pl.String)


def says_missing(cells: pl.Series) -> pl.Series:
    """Which cells (without blanks around them) hold a usual word for "missing", or nothing."""
    return _among(cells, MISSING_WORDS | _ZERO_DATES | {""})


def says_infinite(cells: pl.Series) -> pl.Series:
    """Which cells (without blanks around them) hold an infinity."""
    return _among(cells, INFINITE)


def _among(cells: pl.Series, words: frozenset[str]) -> pl.Series:
    if len(cells) < _FEW:
        return pl.Series(cells.name, [cell.lower() in words for cell in cells], dtype=pl.Boolean)
    return (cells.str.len_bytes() <= 20) & cells.str.to_lowercase().is_in(words)


# --- numbers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NumberForm:
    """A picture of zero, taken apart: signs around it, thousands mark, decimal mark, least digits behind it."""

    prefix: str = ""
    thousands: str = ""
    point: str = "."
    least: int = 0
    suffix: str = ""

    @property
    def picture(self) -> str | None:
        """The form as `Column.format` holds it, None for the plain one."""
        whole = f"#{self.thousands}##0" if self.thousands else "0"
        mark = self.point + "0" * self.least if self.least or self.point != "." else ""
        text = f"{self.prefix}{whole}{mark}{self.suffix}"
        return None if text == "0" else text


_PICTURE = re.compile(
    r"(?P<prefix>[^#0-9]*?)(?:#(?P<thousands>[^0-9#])##)?0(?:(?P<point>[.,])(?P<least>0*))?(?P<suffix>[^0-9]*)"
)
_COINS = r"[$€£¥]|USD|EUR|GBP|CHF"
_DRESSED = re.compile(
    rf"[+-]?(?P<prefix>(?:{_COINS})?\s?)"
    r"(?P<whole>[0-9]{1,3}(?P<thousands>[,.' \u00a0\u202f])[0-9]{3}(?:(?P=thousands)[0-9]{3})*|[0-9]+)"
    rf"(?:(?P<point>[.,])(?P<part>[0-9]+))?(?P<suffix>\s?(?:{_COINS}|%)?)"
)


@lru_cache(maxsize=256)
def number_form(picture: str | None) -> NumberForm:
    """The form that a picture shows.

    >>> number_form("$#,##0.00").thousands
    ','
    """
    match = _PICTURE.fullmatch(picture or "0")
    if match is None:
        return NumberForm()
    part = match.groupdict()
    return NumberForm(
        part["prefix"], part["thousands"] or "", part["point"] or ".", len(part["least"] or ""), part["suffix"]
    )


def find_number_form(sample: Sequence[str]) -> str | None:
    """The picture of numbers that carry marks ("$1,200.50", "12 %", "1,5"), None where the cells are no such numbers.

    >>> find_number_form(["$1,200.50", "$3.00"])
    '$#,##0.0'
    """
    matches = [_DRESSED.fullmatch(cell) for cell in sample]
    parts = [match.groupdict() for match in matches if match]
    if not parts or len(parts) < len(sample):
        return None
    around = {(part["prefix"], part["suffix"]) for part in parts}
    points, thousands = ({part[mark] for part in parts} - {None} for mark in ("point", "thousands"))
    if thousands == {","} and not points and _comma_is_point(sample):
        points, thousands = {","}, set()
    if points == thousands == {","}:  # 1,234 beside 1,5: both are decimal commas
        thousands = set()
    if len(around) > 1 or len(points) > 1 or len(thousands) > 1 or points & thousands:
        return None
    (prefix, suffix), point = around.pop(), next(iter(points), ".")
    whole_too = any(part["point"] is None and (thousands or part["thousands"] is None) for part in parts)
    return NumberForm(prefix, next(iter(thousands), ""), point, int(bool(points) and not whole_too), suffix).picture


def _comma_is_point(sample: Sequence[str]) -> bool:
    """Cells like "0,125" cannot be thousands."""
    return any(re.match(r"[+-]?0,", cell) for cell in sample)


def read_numbers(cells: pl.Series, picture: str | None) -> pl.Series:
    """Numbers out of text as Float64; null where a cell is none, infinities kept."""
    plain = _undressed(stripped(cells), picture)
    return plain.cast(pl.Float64, strict=False).fill_nan(None)


def read_integers(cells: pl.Series, picture: str | None) -> pl.Series:
    """Whole numbers out of text as Int64, or UInt64 where they are too large for it; null where a cell is none."""
    plain = _undressed(stripped(cells), picture)
    whole = plain.cast(pl.Int64, strict=False)
    if whole.null_count() == plain.null_count():
        return whole
    large = plain.cast(pl.UInt64, strict=False)
    if large.null_count() < whole.null_count():
        return large
    real = plain.cast(pl.Float64, strict=False)
    exact = real.is_finite() & (real == real.round()) & (real.abs() < _EXACT)
    return whole.zip_with(
        whole.is_not_null() | ~exact.fill_null(False), real.set(~exact, None).cast(pl.Int64, strict=False)
    )


def _undressed(cells: pl.Series, picture: str | None) -> pl.Series:
    form = number_form(picture)
    for mark in filter(None, (form.prefix, form.suffix, form.thousands)):
        cells = cells.str.replace_all(mark, "", literal=True)
    if form.point != ".":
        cells = cells.str.replace(form.point, ".", literal=True)
    return cells


def write_integers(values: pl.Series, picture: str | None) -> pl.Series:
    """Whole numbers as text, in the form of a picture."""
    return _dressed(values.cast(pl.String), number_form(picture))


def write_decimals(values: pl.Series, decimals: int | None, fixed: bool, picture: str | None) -> pl.Series:
    """Decimals as text: `decimals` digits where fixed, else no more than that and as few as say the same number."""
    form = number_form(picture)
    plain = _fixed(values, decimals) if fixed and decimals is not None else _shortest(values, decimals, form.least)
    return _dressed(plain, form)


def _fixed(values: pl.Series, decimals: int) -> pl.Series:
    largest = float(values.abs().max() or 0.0)  # type: ignore[arg-type]
    if decimals <= 15 and largest * 10.0**decimals < _EXACT:
        return values.cast(pl.Decimal(38, decimals)).cast(pl.String)
    return pl.Series(
        values.name, [None if each is None else f"{each:.{decimals}f}" for each in values], dtype=pl.String
    )


def _shortest(values: pl.Series, decimals: int | None, least: int) -> pl.Series:
    if decimals is not None and decimals <= 15:
        near = values.abs() < _EXACT / 10.0**decimals
        values = values.zip_with(~near.fill_null(False), values.round(decimals))
    text = (values + 0.0).cast(pl.String)
    if text.str.contains("e", literal=True).any():
        text = pl.Series(values.name, [_unexponential(each) for each in text], dtype=pl.String)
    return text if least else text.str.strip_suffix(".0")


def _unexponential(text: str | None) -> str | None:
    if text is None or "e" not in text:
        return text
    _, exponent = text.split("e")
    if abs(int(exponent)) > 30:
        return text
    from decimal import Decimal

    plain = format(Decimal(text), "f")
    return plain if "." in plain else f"{plain}.0"


def _dressed(plain: pl.Series, form: NumberForm) -> pl.Series:
    if form in (NumberForm(), NumberForm(least=1)):
        return plain
    sign = plain.str.extract(r"^(-?)")
    whole = plain.str.extract(r"^-?([0-9]+)")
    part = plain.str.extract(r"\.([0-9]+)$")
    if form.thousands:
        whole = (
            whole.str.reverse().str.replace_all(r"([0-9]{3})", "${1}\u0000").str.strip_chars_end("\u0000").str.reverse()
        )
        whole = whole.str.replace_all("\u0000", form.thousands, literal=True)
    behind = (form.point + part).fill_null("")
    return (sign + form.prefix + whole + behind + form.suffix).alias(plain.name)


def digits_behind(cells: pl.Series, picture: str | None = None) -> tuple[int, int]:
    """Least and most digits behind the point of numbers in text; powers of ten count where all others are whole."""
    plain = _undressed(stripped(cells), picture)
    scientific = matching(plain, "[eE]")
    cells, powers = plain.filter(~scientific), plain.filter(scientific)
    length, at = cells.str.len_bytes().cast(pl.Int64), cells.str.find(".", literal=True).cast(pl.Int64)
    behind = (length - at - 1).fill_null(0)
    both = [int(behind.min()), int(behind.max())] if len(behind) else []  # type: ignore[arg-type]
    if not any(both):
        both += [_behind(_unexponential(cell.lower()) or "") for cell in powers]
    return (min(both), max(both)) if both else (0, 0)


def _behind(number: str) -> int:
    return len(number.partition(".")[2].rstrip("0"))


# --- booleans ----------------------------------------------------------------------------------------------------


def find_spellings(cells: Iterable[str]) -> str | None:
    """The two spellings of a boolean as "true|false", None where the cells are not exactly such a pair.

    >>> find_spellings(["No", "Yes"])
    'Yes|No'
    """
    seen = set(cells)
    for yes, no in TRUTHS:
        for style in (str.lower, str.upper, str.title):
            if seen == {style(yes), style(no)}:
                return f"{style(yes)}|{style(no)}"
    return None


def read_booleans(cells: pl.Series, spellings: str | None) -> pl.Series:
    """Booleans out of text; without spellings any usual one is read; null where a cell is none."""
    text = stripped(cells)
    if spellings and "|" in spellings:
        yes, no = spellings.split("|", 1)
        known = {yes: True, no: False}
    else:
        text, known = (
            text.str.to_lowercase(),
            {word: truth for pair in TRUTHS for word, truth in zip(pair, (True, False), strict=True)},
        )
    return text.replace_strict(known, default=None, return_dtype=pl.Boolean)


def write_booleans(values: pl.Series, spellings: str | None) -> pl.Series:
    """Booleans as text, "true" and "false" where no spellings are known."""
    yes, no = (spellings or "true|false").split("|", 1)
    return values.replace_strict({True: yes, False: no}, default=None, return_dtype=pl.String)
