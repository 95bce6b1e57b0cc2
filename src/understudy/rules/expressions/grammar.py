"""Tokens to a tree, by precedence climbing."""

from collections.abc import Callable
from typing import NoReturn

from understudy.errors import ExpressionError, nearest
from understudy.rules.expressions.functions import FUNCTIONS
from understudy.rules.expressions.tokens import Token, place, shortened, tokens_of
from understudy.rules.expressions.tree import (
    COMPARES,
    IMPLIES,
    LEVELS,
    NEGATES,
    NOT,
    POWERS,
    RESERVED,
    Among,
    Call,
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
    chain,
    depth,
    size,
    walk,
)

MOST_NODES = 500
MOST_LEVELS = 100
MOST_REGEXES = 20
_MOST_NESTED = 210  # the canonical text of a tree of 100 levels may hold a bracket at each
_ALIKE = {"=": "==", "<>": "!="}
_ELSEWHERE = {
    "AND": "write 'and'",
    "OR": "write 'or'",
    "NOT": "write 'not'",
    "IN": "write 'in'",
    "IS": "write 'is'",
    "null": "write 'missing'",
    "NULL": "write 'missing'",
    "None": "write 'missing'",
    "like": "write matches(x, 'regex')",
    "between": "write 'low <= x <= high'",
    "lambda": "there is nothing but columns and the functions of docs/expressions.md",
    "if": "write if(condition, value, otherwise)",
    "else": "write if(condition, value, otherwise)",
}


def tree_of(text: str) -> Node:
    """The tree of an expression.

    Raises:
        ExpressionError: it cannot be read, or is longer or deeper than the limits.
    """
    tree = _Reader(text).whole()
    regexes = sum(isinstance(node, Call) and node.function == "matches" for node in walk(tree))
    counts = (
        ("terms", size(tree), MOST_NODES),
        ("levels", depth(tree), MOST_LEVELS),
        ("regexes", regexes, MOST_REGEXES),
    )
    for what, count, most in counts:
        if count > most:
            raise ExpressionError(
                f"the expression has {count} {what}", where=shortened(text), hint=f"at most {most} do"
            )
    return tree


class _Reader:
    """A walk over the tokens, from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.at, self.nested = text, tokens_of(text), 0, 0

    def whole(self) -> Node:
        tree = self.level(IMPLIES)
        if self.here.sort != "end":
            self.fail(f"'{self.spelling(self.here)}' is not expected here", self.advice())
        return tree

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def fail(self, what: str, hint: str = "", token: Token | None = None) -> NoReturn:
        where = place(self.text, (token or self.here).start)
        raise ExpressionError(what, where=where, hint=hint)

    def spelling(self, token: Token) -> str:
        return shortened(token.text)

    def advice(self) -> str:
        known = _ELSEWHERE.get(self.here.text)
        return known if known and self.here.sort == "name" else "an operator or the end would fit"

    def word(self, *words: str) -> bool:
        """Whether the token here is one of these signs or words."""
        return self.here.sort in ("sign", "name") and self.here.text in words

    def take(self) -> Token:
        token = self.here
        self.at += 1
        return token

    def expect(self, sign: str, hint: str) -> None:
        if not self.word(sign):
            seen = "the expression ends" if self.here.sort == "end" else f"'{self.spelling(self.here)}' stands"
            self.fail(f"{seen} where '{sign}' is expected", hint)
        self.take()

    def operator(self) -> str:
        """The canonical operator here, "" where there is none."""
        if self.here.sort not in ("sign", "name"):
            return ""
        return _ALIKE.get(self.here.text, self.here.text)

    def level(self, least: int) -> Node:
        """The longest expression from here whose operators bind at least so tightly."""
        self.nest(1)
        left = self.prefix()
        while (right := self.longer(left, least)) is not None:
            left = right
        self.nested -= 1
        return left

    def nest(self, levels: int) -> None:
        """Counts levels down, long before Python's own stack would run out."""
        self.nested += levels
        if self.nested > _MOST_NESTED:
            self.fail("the expression is nested too deeply", f"at most {MOST_LEVELS} levels do")

    def longer(self, left: Node, least: int) -> Node | None:
        """What has been read, joined with the operators of the next level; None where none follows."""
        operator = self.operator()
        if operator == "**" and least <= POWERS:
            self.take()
            return Power(left, self.level(NEGATES))
        if operator in ("in", "is", "not") and least <= COMPARES:
            return self.unchained(self.tested(left))
        if operator in LEVELS and least <= LEVELS[operator]:
            joined = self.joined(left, LEVELS[operator])
            return self.unchained(joined) if LEVELS[operator] == COMPARES else joined
        if operator == "->" and least <= IMPLIES:
            self.take()
            return Implies(left, self.level(IMPLIES))
        return None

    def joined(self, left: Node, level: int) -> Node:
        operators: list[str] = []
        operands: list[Node] = []
        while LEVELS.get(self.operator()) == level:
            operators.append(self.operator())
            self.take()
            operands.append(self.level(level + 1))
        return chain(left, tuple(operators), tuple(operands))

    def unchained(self, node: Node) -> Node:
        """A comparison or test, which another may not follow without brackets."""
        if self.operator() in ("in", "is", "not") or LEVELS.get(self.operator()) == COMPARES:
            self.fail("a second test follows the first", "put brackets around one of them")
        return node

    def tested(self, left: Node) -> Node:
        """`in`, `not in`, `is missing`, `is present`."""
        word = self.take()
        if word.text == "is":
            opposite = self.word("not") and bool(self.take())
            if not self.word("missing", "present"):
                self.fail("after 'is' stands 'missing' or 'present'", "write == to compare")
            return Presence(left, (self.take().text == "missing") != opposite)
        if word.text == "not" and not self.word("in"):
            self.fail("'not' is not expected here", "an operator or the end would fit", word)
        absent = word.text == "not" and bool(self.take())
        if not self.word("("):
            self.fail("after 'in' stands a list in brackets", "write x in (1, 2)")
        return Among(left, self.listed(), absent)

    def listed(self) -> tuple[Node, ...]:
        """Expressions in brackets, separated by commas."""
        self.take()
        found: list[Node] = []
        while not self.word(")"):
            found.append(self.level(IMPLIES))
            if not self.word(","):
                break
            self.take()
        self.expect(")", "close the bracket")
        if not found:
            self.fail("the brackets are empty", "name at least one value", self.tokens[self.at - 1])
        return tuple(found)

    def prefix(self) -> Node:
        """A number, text, column, call or bracket, or an operator that stands before its operand."""
        token = self.take()
        match token.sort:
            case "number":
                return self.number(token)
            case "text":
                return Text(token.text)
            case "quoted":
                return Column(token.text)
            case "name":
                return Not(self.level(NOT)) if token.text == "not" else self.named(token)
            case "end":
                self.fail("the expression ends too early", "a column or a value is missing", token)
        if token.text in ("-", "+"):
            operand = self.level(NEGATES)
            return Negative(operand) if token.text == "-" else operand
        if token.text != "(":
            self.fail(f"'{token.text}' is not expected here", "a column or a value would fit", token)
        inside = self.level(IMPLIES)
        self.expect(")", "close the bracket")
        return inside

    def number(self, token: Token) -> Node:
        whole = token.text.isdigit() and int(token.text) < 2**63
        value = int(token.text) if whole else float(token.text)
        if value == float("inf"):
            self.fail("the number is too large", "at most 1.7e308 do", token)
        return Number(value)

    def named(self, token: Token) -> Node:
        if token.text in _WORDS:
            return _WORDS[token.text]()
        if token.text in RESERVED:
            self.fail(f"'{token.text}' is not expected here", "a column of this name stands in `backticks`", token)
        return self.call(token) if self.word("(") else Column(token.text)

    def call(self, token: Token) -> Node:
        if token.text not in FUNCTIONS:
            self.fail(f"no function '{shortened(token.text)}'", nearest(token.text, FUNCTIONS), token)
        self.nest(1)
        arguments = self.listed()
        self.nested -= 1
        function, node = FUNCTIONS[token.text], Call(token.text, arguments)
        if len(arguments) not in function.takes:
            given = "one value" if len(arguments) == 1 else f"{len(arguments)} values"
            self.fail(f"'{token.text}' is given {given}", f"write {function.usage}", token)
        if fault := function.fault(node):
            self.fail(fault, f"write {function.usage}", token)
        return node


_WORDS: dict[str, Callable[[], Node]] = {
    "true": lambda: Truth(True),
    "false": lambda: Truth(False),
    "missing": Missing,
}
