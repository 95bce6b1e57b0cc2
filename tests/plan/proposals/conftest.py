"""Tables with planted rules, typed as searches see them."""

from collections.abc import Callable, Mapping

import polars as pl
import pytest

from understudy.data.infer import infer
from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.plan.proposals import Proposal, discover

Typed = tuple[pl.DataFrame, Schema]


def typed(columns: Mapping[str, object]) -> Typed:
    """Columns as a typed frame with its schema."""
    table = Table(pl.DataFrame(columns))
    schema = infer(table)
    return parse(table, schema).frame, schema


def formulas(found: list[Proposal]) -> dict[str, str]:
    """Expressions by computed column."""
    return {name: entry["expression"] for each in found for name, entry in each.says.get("columns", {}).items()}


@pytest.fixture
def find() -> Callable[[Mapping[str, object]], list[Proposal]]:
    """What is proposed for columns."""
    return lambda columns: discover(*typed(columns))


@pytest.fixture
def computes(
    find: Callable[[Mapping[str, object]], list[Proposal]],
) -> Callable[[Mapping[str, object]], dict[str, str]]:
    """The expressions that are proposed for columns and are exact, by column."""
    return lambda columns: formulas([each for each in find(columns) if each.exact])
