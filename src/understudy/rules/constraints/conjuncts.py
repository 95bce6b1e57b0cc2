"""What an expression says for certain: the comparisons and tests that must all hold for it to be true."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from understudy.rules.expressions import tree

Said = tuple[str, tree.Node, tree.Node]
"""A sign and what stands on its two sides."""
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
"""Each sign as it reads from the other side."""
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def conjuncts(node: tree.Node, holds: bool = True) -> Iterator[tuple[tree.Node, bool]]:
    """Parts of a condition that must each be true, or each be false where False stands beside them."""
    if isinstance(node, tree.Not):
        yield from conjuncts(node.operand, not holds)
    elif isinstance(node, tree.Chain) and set(node.operators) == {"and" if holds else "or"}:
        for each in node.operands:
            yield from conjuncts(each, holds)
    else:
        yield node, holds


def comparisons(node: tree.Node) -> Iterator[Said]:
    """Comparisons that must hold for a condition to be true; a flag that stands alone is compared with true."""
    for each, holds in conjuncts(node):
        if isinstance(each, tree.Column):
            yield "==", each, tree.Truth(holds)
        elif isinstance(each, tree.Chain) and each.level == tree.COMPARES:
            pairs = [(sign, *pair) for sign, pair in zip(each.operators, pairwise(each.operands), strict=True)]
            if holds:
                yield from pairs
            elif len(pairs) == 1:
                yield _OPPOSITE[pairs[0][0]], *pairs[0][1:]


def shifted(node: tree.Node) -> tuple[str | None, Fraction] | None:
    """A part that is a column, a number, or a column and a number added: its name and the number; else None.

    >>> from understudy.rules.expressions import parse
    >>> shifted(parse("a + 2 - 0.5").tree)
    ('a', Fraction(3, 2))
    """
    if isinstance(node, tree.Column):
        return node.name, Fraction(0)
    if isinstance(node, tree.Number):
        return None, Fraction(str(node.value))
    if isinstance(node, tree.Negative):
        inner = shifted(node.operand)
        return (None, -inner[1]) if inner is not None and inner[0] is None else None
    if isinstance(node, tree.Chain) and node.level == tree.ADDS:
        return _summed(node)
    return None


def _summed(node: tree.Chain) -> tuple[str | None, Fraction] | None:
    name, total = None, Fraction(0)
    for sign, operand in zip(("+", *node.operators), node.operands, strict=True):
        part = shifted(operand)
        if part is None or (part[0] is not None and (name is not None or sign == "-")):
            return None
        name, total = part[0] or name, total + (part[1] if sign == "+" else -part[1])
    return name, total


def constant_of(node: tree.Node) -> tuple[Any] | None:
    """The number, text or truth value that a part of an expression is, in a tuple; None where it is none."""
    match node:
        case tree.Number(value) | tree.Text(value) | tree.Truth(value):
            return (value,)
        case tree.Negative(tree.Number(value)):
            return (-value,)
        case _:
            return None
