"""Expressions that are linear in a column, solved for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from understudy.rules.expressions.grammar import MOST_LEVELS, MOST_NODES
from understudy.rules.expressions.tree import (
    ADDS,
    MULTIPLIES,
    Call,
    Chain,
    Column,
    Negative,
    Node,
    Number,
    chain,
    depth,
    size,
    walk,
)

_MOST = 10**30  # weights beyond this, or its inverse, are beyond what floats invert well


@dataclass(frozen=True)
class Form:
    """A weighted sum of parts and a constant; parts are what is not linear itself.

    Attributes:
        terms: weight by part, in order of mention.
        constant: what is added to them.
    """

    terms: Mapping[Node, Fraction]
    constant: Fraction = Fraction(0)

    def __add__(self, other: "Form") -> "Form":
        terms = dict(self.terms)
        for part, weight in other.terms.items():
            terms[part] = terms.get(part, Fraction(0)) + weight
        return Form(terms, self.constant + other.constant)

    def times(self, factor: Fraction) -> "Form":
        """All of it, so many times."""
        return Form({part: weight * factor for part, weight in self.terms.items()}, self.constant * factor)


def linear(node: Node) -> Form:
    """A node as a weighted sum, the node itself with weight 1 where it is none."""
    match node:
        case Number(value):
            return Form({}, Fraction(str(value)))
        case Negative(operand):
            return linear(operand).times(Fraction(-1))
        case Chain() if node.level == ADDS:
            return _sum([linear(each) for each in node.operands], node.operators)
        case Chain() if node.level == MULTIPLIES:
            return _product(node)
        case Call("sum", arguments):
            return _sum([linear(each) for each in arguments])
        case Call("mean", arguments):
            return _sum([linear(each) for each in arguments]).times(Fraction(1, len(arguments)))
        case _:
            return Form({node: Fraction(1)})


def _sum(forms: list[Form], operators: tuple[str, ...] = ()) -> Form:
    signs = [Fraction(-1 if sign == "-" else 1) for sign in operators or ["+"] * (len(forms) - 1)]
    return reduce(Form.__add__, (form.times(sign) for form, sign in zip(forms[1:], signs, strict=True)), forms[0])


def _product(node: Chain) -> Form:
    """A product from the left; linear as long as all factors but one are numbers."""
    left = linear(node.operands[0])
    for at, operator in enumerate(node.operators):
        right = linear(node.operands[at + 1])
        if operator == "*" and not right.terms:
            left = left.times(right.constant)
        elif operator == "*" and not left.terms:
            left = right.times(left.constant)
        elif operator == "/" and not right.terms and right.constant:
            left = left.times(1 / right.constant)
        else:
            left = Form({Chain(node.operators[: at + 1], node.operands[: at + 2]): Fraction(1)})
    return left


def solved(tree: Node, column: str, result: str) -> Node | None:
    """A column in terms of what the tree gives and of the other columns.

    Args:
        tree: what gives `result`.
        column: the column to solve for.
        result: the name of the column that holds what the tree gives.

    Returns:
        None where the tree is not linear in the column with a constant weight other than 0.
    """
    form = linear(tree)
    rest = {part: weight for part, weight in form.terms.items() if part != Column(column) and weight}
    weight = form.terms.get(Column(column), Fraction(0))
    if not weight or any(Column(column) in walk(part) for part in rest):
        return None
    inverse = Form({Column(result): Fraction(1)}) + Form(rest, form.constant).times(Fraction(-1))
    found = _written(inverse, weight)
    return found if found and size(found) <= MOST_NODES and depth(found) <= MOST_LEVELS else None


def _written(form: Form, divisor: Fraction) -> Node | None:
    """A form over a number as a tree; each term is divided where that leaves one of them bare."""
    apart = abs(divisor) != 1 and any(abs(weight) == abs(divisor) for weight in form.terms.values())
    form, divisor = (
        form.times(1 / (divisor if apart else divisor / abs(divisor))),
        Fraction(1) if apart else abs(divisor),
    )
    weights = [*form.terms.values(), form.constant, divisor]
    if any(weight and not Fraction(1, _MOST) < abs(weight) < _MOST for weight in weights):
        return None
    return _weighted(_added(form), 1 / divisor)


def _added(form: Form) -> Node:
    """The terms of a form one after the other, a positive one first."""
    terms = sorted(((weight, part) for part, weight in form.terms.items() if weight), key=lambda each: each[0] < 0)
    signed = [(weight > 0, _weighted(part, abs(weight))) for weight, part in terms]
    if form.constant:
        signed.append((form.constant > 0, _constant(abs(form.constant))))
    signed.sort(key=lambda each: not each[0])
    (positive, first), *rest = signed
    start = first if positive else Negative(first)
    return chain(start, tuple("+" if plus else "-" for plus, _ in rest), tuple(part for _, part in rest))


def _weighted(part: Node, weight: Fraction) -> Node:
    """A part so many times, written with whole numbers or short decimals where that is exact."""
    if weight == 1:
        return part
    over = 1 / weight
    if weight.denominator == 1 or (_short(weight) and over.denominator != 1 and not _short(over)):
        return chain(part, ("*",), (_number(weight),))
    if over.denominator == 1 or _short(over):
        return chain(part, ("/",), (_number(over),))
    return chain(part, ("*", "/"), (Number(weight.numerator), Number(weight.denominator)))


def _short(weight: Fraction) -> bool:
    """Whether a decimal spells it exactly."""
    return Fraction(str(float(weight))) == weight


def _number(weight: Fraction) -> Number:
    return Number(weight.numerator if weight.denominator == 1 and weight.numerator < 2**63 else float(weight))


def _constant(weight: Fraction) -> Node:
    if weight.denominator == 1 or _short(weight):
        return _number(weight)
    return Chain(("/",), (Number(weight.numerator), Number(weight.denominator)))
