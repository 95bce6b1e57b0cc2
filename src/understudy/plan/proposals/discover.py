"""Rules that a table obeys, found by searches and told in order."""

import polars as pl

from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.plan.proposals.computed import computed
from understudy.plan.proposals.copies import copies
from understudy.plan.proposals.orders import orders
from understudy.plan.proposals.proposal import Proposal, Search

SEARCHES: tuple[Search, ...] = (copies, computed, orders)


def discover(table: Table | pl.DataFrame, schema: Schema, searches: tuple[Search, ...] = SEARCHES) -> list[Proposal]:
    """The rules that searches find, the implied ones left out, exact ones first.

    Args:
        table: typed rows.
        schema: of these columns.
        searches: each a function of typed frame and schema.
    """
    frame = table.frame if isinstance(table, Table) else table
    return [proposal for search in searches for proposal in search(frame, schema)]
