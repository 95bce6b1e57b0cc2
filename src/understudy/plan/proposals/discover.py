"""Rules that a table obeys, found by searches and told in order."""

import polars as pl

from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.plan.proposals.formulas.computed import computed
from understudy.plan.proposals.formulas.copies import copies
from understudy.plan.proposals.formulas.orders import orders
from understudy.plan.proposals.implied import not_implied
from understudy.plan.proposals.patterns.frequencies import frequencies
from understudy.plan.proposals.patterns.patterns import patterns
from understudy.plan.proposals.proposal import Proposal, Search

FORMULAS: tuple[Search, ...] = (copies, computed, orders)
SEARCHES: tuple[Search, ...] = (*FORMULAS, patterns, frequencies)
KINDS = ("copy", "computed", "recode", "dependency", "nested", "order")


def discover(table: Table | pl.DataFrame, schema: Schema, searches: tuple[Search, ...] = SEARCHES) -> list[Proposal]:
    """The rules that searches find, the implied ones left out: exact ones first, by kind, in the table's order.

    A column is computed in one way only, the way that the earlier search proposes; no column is computed from itself
    through others; an order that formulas bring with them is left out.

    Args:
        table: typed rows.
        schema: of these columns.
        searches: each a function of typed frame and schema.
    """
    frame = table.frame if isinstance(table, Table) else table
    if not frame.height:
        return []
    found = [proposal for search in searches for proposal in search(frame, schema)]
    kept = not_implied(frame, schema, _uncircled(found))
    return sorted(kept, key=lambda each: _place(each, schema))


def _place(proposal: Proposal, schema: Schema) -> tuple[bool, int, int]:
    kind = KINDS.index(proposal.kind) if proposal.kind in KINDS else len(KINDS)
    return not proposal.exact, kind, schema.names.index(proposal.columns[0])


def _uncircled(found: list[Proposal]) -> list[Proposal]:
    """One computation a column, none that leads back to it; the exact ones first."""
    inputs: dict[str, set[str]] = {}
    kept = []
    for proposal in sorted(found, key=lambda each: each.broken > 0):
        targets = [name for name, entry in proposal.says.get("columns", {}).items() if "expression" in entry]
        sources = set(proposal.columns) - set(targets)
        if any(name in inputs or name in _below(sources, inputs) for name in targets):
            continue
        inputs |= dict.fromkeys(targets, sources)
        kept.append(proposal)
    return kept


def _below(names: set[str], inputs: dict[str, set[str]]) -> set[str]:
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += inputs.get(name, ())
    return seen
