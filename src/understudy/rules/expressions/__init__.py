"""A small safe language over columns: read to our own tree, evaluated by polars, never by Python."""

from understudy.rules.expressions.expression import Expression, parse
from understudy.rules.expressions.tree import spelled_literal, spelled_name

__all__ = ["Expression", "parse", "spelled_literal", "spelled_name"]
