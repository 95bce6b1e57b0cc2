"""The tree of an expression: its nodes, how they are walked, and how they are spelled.

Operators of one level that follow each other are one node (`a + b - c`), so that a long sum is wide, not deep.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from understudy.rules.expressions.tokens import continues_name, starts_name

IMPLIES, OR, AND, NOT, COMPARES, ADDS, MULTIPLIES, NEGATES, POWERS, ATOM = range(1, 11)
LEVELS: Mapping[str, int] = MappingProxyType(
    {
        "or": OR,
        "and": AND,
        **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), COMPARES),
        **dict.fromkeys(("+", "-"), ADDS),
        **dict.fromkeys(("*", "/", "//", "%"), MULTIPLIES),
    }
)
RESERVED = frozenset({"and", "or", "not", "in", "is", "missing", "present", "true", "false"})


@dataclass(frozen=True)
class Number:
    """A number, never negative: a sign is a node of its own."""

    value: int | float


@dataclass(frozen=True)
class Text:
    """A text."""

    value: str


@dataclass(frozen=True)
class Truth:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Missing:
    """The value `missing`."""


@dataclass(frozen=True)
class Column:
    """A column, by name."""

    name: str


@dataclass(frozen=True)
class Negative:
    """`-operand`."""

    operand: "Node"


@dataclass(frozen=True)
class Not:
    """`not operand`."""

    operand: "Node"


@dataclass(frozen=True)
class Power:
    """`base ** exponent`."""

    base: "Node"
    exponent: "Node"


@dataclass(frozen=True)
class Chain:
    """Operands joined by operators of one level, read from the left: `a + b - c`, `a <= b < c`, `a and b and c`."""

    operators: tuple[str, ...]
    operands: tuple["Node", ...]

    @property
    def level(self) -> int:
        """The level that all its operators share."""
        return LEVELS[self.operators[0]]


@dataclass(frozen=True)
class Implies:
    """`when -> then`."""

    when: "Node"
    then: "Node"


@dataclass(frozen=True)
class Among:
    """`operand in (members)`, or `not in`."""

    operand: "Node"
    members: tuple["Node", ...]
    absent: bool = False


@dataclass(frozen=True)
class Presence:
    """`operand is missing`, or `is present`."""

    operand: "Node"
    missing: bool


@dataclass(frozen=True)
class Call:
    """A function of its arguments."""

    function: str
    arguments: tuple["Node", ...]


Node = (
    Number | Text | Truth | Missing | Column | Negative | Not | Power | Chain | Implies | Among | Presence | Call
)  # every node there is


def chain(first: Node, operators: tuple[str, ...], rest: tuple[Node, ...]) -> Node:
    """A chain, joined with its first operand where that means the same: (a + b) - c is a + b - c."""
    if not operators:
        return first
    level = LEVELS[operators[0]]
    if isinstance(first, Chain) and first.level == level != COMPARES:
        return Chain(first.operators + operators, first.operands + rest)
    return Chain(operators, (first, *rest))


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes right below a node, in the order they are written."""
    match node:
        case Negative(operand) | Not(operand) | Presence(operand):
            return (operand,)
        case Power(base, exponent):
            return (base, exponent)
        case Chain(_, operands):
            return operands
        case Implies(when, then):
            return (when, then)
        case Among(operand, members):
            return (operand, *members)
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order they are written."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(parts(here)))


def size(node: Node) -> int:
    """How many nodes a tree has, each operator of a chain counted as one."""
    return sum(len(each.operators) if isinstance(each, Chain) else 1 for each in walk(node))


def depth(node: Node) -> int:
    """How many levels a tree has."""
    levels, below = 0, [node]
    while below:
        levels, below = levels + 1, [part for each in below for part in parts(each)]
    return levels


def level_of(node: Node) -> int:
    """How tightly a node binds, from `IMPLIES` to `ATOM`."""
    match node:
        case Chain():
            return node.level
        case Implies():
            return IMPLIES
        case Not():
            return NOT
        case Among() | Presence():
            return COMPARES
        case Negative():
            return NEGATES
        case Power():
            return POWERS
        case _:
            return ATOM


def spelled(node: Node, least: int = IMPLIES) -> str:
    """The canonical text of a node, in brackets where it binds less tightly than its surroundings ask."""
    text = _spelled(node)
    return text if level_of(node) >= least else f"({text})"


def _spelled(node: Node) -> str:
    match node:
        case Number() | Text() | Truth() | Missing():
            return spelled_literal(None if isinstance(node, Missing) else node.value)
        case Column(name):
            return spelled_name(name)
        case Negative(operand):
            return f"-{spelled(operand, NEGATES)}"
        case Not(operand):
            return f"not {spelled(operand, NOT)}"
        case Power(base, exponent):
            return f"{spelled(base, ATOM)} ** {spelled(exponent, NEGATES)}"
        case Implies(when, then):
            return f"{spelled(when, OR)} -> {spelled(then)}"
        case Presence(operand, missing):
            return f"{spelled(operand, ADDS)} is {'missing' if missing else 'present'}"
        case Among(operand, members, absent):
            return f"{spelled(operand, ADDS)} {'not in' if absent else 'in'} ({_listed(members)})"
        case Call(function, arguments):
            return f"{function}({_listed(arguments)})"
        case Chain(operators, operands):
            first, *rest = (spelled(each, node.level + 1) for each in operands)
            return " ".join([first, *(f"{sign} {each}" for sign, each in zip(operators, rest, strict=True))])


def _listed(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(spelled, nodes))


def spelled_text(text: str) -> str:
    """A text as an expression writes it.

    >>> spelled_text("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def spelled_name(name: str) -> str:
    """A column's name as an expression writes it, in backticks where it is no bare name.

    >>> spelled_name("check in"), spelled_name("größe")
    ('`check in`', 'größe')
    """
    bare = name[:1] and starts_name(name[0]) and all(map(continues_name, name)) and name not in RESERVED
    return name if bare else "`" + name.replace("`", "``") + "`"


def spelled_literal(value: "str | bool | int | float | None") -> str:
    """A value as an expression writes it.

    >>> [spelled_literal(each) for each in ("a", True, -2, 0.5, None)]
    ["'a'", 'true', '-2', '0.5', 'missing']
    """
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return spelled_text(value) if isinstance(value, str) else repr(value)
