"""The text of an expression cut into tokens, each with its place."""

import re
from dataclasses import dataclass
from typing import Literal

from understudy.errors import ExpressionError

MOST_CHARACTERS = 20_000
MOST_DIGITS = 100
Sort = Literal["number", "text", "name", "quoted", "sign", "end"]

_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SIGNS = ("->", "<=", ">=", "==", "!=", "<>", "//", "**", *"+-*/%<>=(),")
_FOREIGN = {
    "&": "write 'and'",
    "|": "write 'or'",
    "!": "write 'not'",
    "^": "write '**' for powers",
    ".": "a column whose name holds other signs stands in `backticks`",
    "[": "there are no lists; write 'x in (1, 2)'",
    ";": "an expression is one formula",
    ":": "an expression is one formula",
    "≤": "write '<='",
    "≥": "write '>='",
    "≠": "write '!='",
    "×": "write '*'",
    "−": "write '-'",
}


@dataclass(frozen=True)
class Token:
    """One token: its sort, its text (quotes taken off) and where it starts, counted from 0."""

    sort: Sort
    text: str
    start: int


def place(text: str, start: int) -> str:
    """Where in an expression something stands: "character 3, at '+ 2'"."""
    if start >= len(text):
        return "at the end"
    return f"character {start + 1}, at '{shortened(text[start:])}'"


def shortened(text: str, most: int = 30) -> str:
    """A text in one line and at most so many characters, for errors."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def tokens_of(text: str) -> list[Token]:
    """The tokens of an expression, the last one of sort "end".

    Raises:
        ExpressionError: the text is too long, holds a sign that means nothing, or leaves a quotation open.
    """
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(text)} characters", where=shortened(text), hint=f"at most {MOST_CHARACTERS} do"
        )
    found, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token, at = _token(text, at)
        found.append(token)
    return [*found, Token("end", "", len(text))]


def _token(text: str, at: int) -> tuple[Token, int]:
    """The token that starts here, and where it ends."""
    if text[at] in "'\"`":
        return _quoted(text, at)
    if number := _NUMBER.match(text, at):
        return _number(text, number)
    if starts_name(text[at]):
        end = at + 1
        while end < len(text) and continues_name(text[end]):
            end += 1
        return Token("name", text[at:end], at), end
    for sign in _SIGNS:
        if text.startswith(sign, at):
            return Token("sign", sign, at), at + len(sign)
    raise ExpressionError(
        f"'{text[at]}' means nothing here",
        where=place(text, at),
        hint=_FOREIGN.get(text[at], "see docs/expressions.md"),
    )


def starts_name(sign: str) -> bool:
    """Whether a bare name may begin with a character: a letter of any alphabet, or "_"."""
    return sign.isidentifier()


def continues_name(sign: str) -> bool:
    """Whether a bare name may hold a character: letters and their marks, digits, "_"."""
    return f"a{sign}".isidentifier() or sign.isalnum()


def _quoted(text: str, at: int) -> tuple[Token, int]:
    """A text or a quoted name; the quote itself is written twice inside."""
    quote, pieces, start = text[at], [], at + 1
    while True:
        end = text.find(quote, start)
        if end < 0:
            raise ExpressionError("a quotation is left open", where=place(text, at), hint=f"close it with {quote}")
        pieces.append(text[start:end])
        if text[end + 1 : end + 2] != quote:
            break
        start = end + 2
    return Token("quoted" if quote == "`" else "text", quote.join(pieces), at), end + 1


def _number(text: str, found: re.Match[str]) -> tuple[Token, int]:
    end = found.end()
    if end - found.start() > MOST_DIGITS:
        raise ExpressionError(
            f"a number of {end - found.start()} digits", where=place(text, found.start()), hint=f"{MOST_DIGITS} at most"
        )
    if end < len(text) and (continues_name(text[end]) or text[end] == "."):
        raise ExpressionError(
            "a number runs into a name",
            where=place(text, found.start()),
            hint="a column whose name begins with a digit stands in `backticks`",
        )
    return Token("number", found.group(), found.start()), end
