"""What the schema proposes for every column."""

from understudy.data.schema import Column, Schema
from understudy.data.semantics import PERSONAL
from understudy.plan.plan import ColumnPlan, Plan

INVENTED_KINDS = frozenset({"id", "text"})
INVENTED_MEANINGS = PERSONAL | {"uuid", "url"}


def propose(schema: Schema) -> Plan:
    """A plan that learns every column but keys, free text and personal data, which are invented afresh."""
    return Plan(columns={column.name: _proposed(column) for column in schema.columns})


def _proposed(column: Column) -> ColumnPlan:
    if column.semantic in INVENTED_MEANINGS:
        return ColumnPlan("generate", column.semantic, reason=column.reason)
    if column.kind in INVENTED_KINDS:
        return ColumnPlan("generate", column.kind, reason=column.reason)
    return ColumnPlan("learn", reason=column.reason)
