"""Where the values of single columns must lie, all constraints taken together."""

from collections.abc import Sequence

from understudy.data.schema import Schema
from understudy.rules.constraints.constraint import Constraint, Interval
from understudy.rules.constraints.facts import facts_of


def intervals(constraints: Sequence[Constraint], schema: Schema) -> dict[str, Interval]:
    """The least and the largest value that constraints leave each column, ends included, None for an open end.

    Only what is said of a column alone counts: ranges, signs, flags, and expressions such as `0 <= age <= 120`. Strict
    ends of whole numbers and dates have moved inwards; those of others are for `Held.met` to tell.

    Args:
        constraints: each bound to the schema before.
        schema: kinds of the columns; the values are of these kinds, as Python holds them.
    """
    facts = facts_of(constraints, schema)
    lows, highs = {}, {}
    for gap in facts.gaps:
        if gap.below is None and gap.above is not None and gap.cause is not None:
            lows[gap.above] = max(gap.least, lows.get(gap.above, gap.least))
        if gap.above is None and gap.below is not None and gap.cause is not None:
            highs[gap.below] = min(-gap.least, highs.get(gap.below, -gap.least))
    found = {}
    for name in [name for name in schema.names if name in lows or name in highs]:
        ends = [places.get(name) for places in (lows, highs)]
        low, high = (None if end is None else facts.scales.value(name, end) for end in ends)
        found[name] = (low, high)
    return found
