"""An expression over the columns of a table."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from understudy.data.schema import Schema
from understudy.rules.expressions.frames import kind_of, over
from understudy.rules.expressions.grammar import tree_of
from understudy.rules.expressions.inversion import solved
from understudy.rules.expressions.tree import Call, Column, Node, spelled, walk
from understudy.rules.expressions.values import Kind


@dataclass(frozen=True)
class Expression:
    """A formula over columns: it names them, knows its kind, and is evaluated over typed frames.

    >>> parse("a+b*2 <= 10").text
    'a + b * 2 <= 10'
    """

    tree: Node

    def __str__(self) -> str:
        return self.text

    @cached_property
    def text(self) -> str:
        """Its canonical spelling, which is read back as the same expression."""
        return spelled(self.tree)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns it names, in order of first mention."""
        return tuple(dict.fromkeys(node.name for node in walk(self.tree) if isinstance(node, Column)))

    @property
    def running(self) -> bool:
        """Whether a row's value depends on the rows before it: running totals."""
        return any(isinstance(node, Call) and node.function == "cumsum" for node in walk(self.tree))

    def kind(self, schema: Schema) -> Kind:
        """What it gives: "number", "text", "boolean", "date", "datetime" or "time".

        Raises:
            UnknownColumn: it names a column that the schema lacks.
            ExpressionError: the kinds of its operands do not fit; the line says where.
        """
        return kind_of(self.tree, schema)

    def over(self, frame: pl.DataFrame) -> pl.Series:
        """Its values over a typed frame, one a row, null where missing.

        Data never make it fail: a division by zero, a logarithm of 0, a text that is no number are missing.

        Raises:
            UnknownColumn: it names a column that the frame lacks.
            ExpressionError: the kinds of its operands do not fit.
        """
        return over(self.tree, frame)

    def solved(self, column: str, result: str) -> "Expression | None":
        """The expression of one of its columns in terms of what it gives and of its other columns.

        >>> str(parse("2 * a - b").solved("b", "y"))
        'a * 2 - y'

        Args:
            column: the column to solve for.
            result: the name of the column that holds what this expression gives.

        Returns:
            None where it is not linear in the column with a constant weight other than 0.
        """
        tree = solved(self.tree, column, result)
        return None if tree is None else Expression(tree)


def parse(text: str) -> Expression:
    """An expression read from text.

    Raises:
        ExpressionError: it cannot be read, or is beyond the limits (20 000 characters, 500 terms, 100 levels); the
            line names the place.
    """
    return Expression(tree_of(text))
