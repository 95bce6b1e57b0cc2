"""All searches in categories, gaps and codes, each told what those before it found."""

import polars as pl

from understudy.data.schema import Schema
from understudy.plan.proposals.patterns.bands import bands
from understudy.plan.proposals.patterns.coded import CodedTable
from understudy.plan.proposals.patterns.counts import counts
from understudy.plan.proposals.patterns.dependencies import dependencies
from understudy.plan.proposals.patterns.events import find_events
from understudy.plan.proposals.patterns.flags import alike, logic, one_hot, pairs_of
from understudy.plan.proposals.patterns.gaps import find_gaps
from understudy.plan.proposals.patterns.nested import nested
from understudy.plan.proposals.patterns.piles import capped, rare
from understudy.plan.proposals.patterns.thresholds import thresholds
from understudy.plan.proposals.patterns.uniqueness import unique_together
from understudy.plan.proposals.proposal import Proposal


def patterns(frame: pl.DataFrame, schema: Schema) -> list[Proposal]:
    """What columns of categories, flags, codes and gaps say of one another.

    Args:
        frame: typed rows.
        schema: of these columns.
    """
    if frame.height == 0:
        return []
    table = CodedTable(frame, schema)
    hot, gaps, banded = one_hot(table), find_gaps(table), bands(table)
    apart = pairs_of(hot) | gaps.apart
    events = find_events(table, gaps.speaking)
    logical = logic(table, events, apart)
    exact = [each for each in (*banded, *logical) if each.broken == 0]
    cut = thresholds(table, frozenset(each.columns[0] for each in exact))
    made = [*banded, *logical, *cut]
    decided = frozenset(each.columns[0] for each in made)
    apart |= pairs_of([each for each in made if each.broken == 0 or each in cut]) | alike(made)
    fixed = dependencies(table, decided, frozenset(apart))
    within = nested(table, events, apart | pairs_of(fixed))
    found = [*hot, *made, *fixed, *gaps.proposals, *within, *counts(table), *capped(table)]
    return [*found, *unique_together(table), *rare(table)]
