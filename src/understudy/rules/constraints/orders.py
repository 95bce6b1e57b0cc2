"""Which columns must be no larger than which others, all constraints taken together."""

from collections.abc import Sequence

from understudy.data.schema import Schema
from understudy.rules.constraints.constraint import Constraint
from understudy.rules.constraints.facts import facts_of


def orders(constraints: Sequence[Constraint], schema: Schema) -> dict[tuple[str, str], bool]:
    """Pairs of columns of which constraints say that the first is no larger than the second.

    What follows along a chain counts where the cells between are never missing: a missing one leaves the ends free.

    Args:
        constraints: each bound to the schema before.
        schema: kinds of the columns.

    Returns:
        Whether the first must be smaller, by pair.
    """
    found: dict[tuple[str, str], bool] = {}
    for gap in facts_of(constraints, schema).gaps:
        if gap.below is not None and gap.above is not None and gap.below != gap.above and gap.least >= 0:
            pair = gap.below, gap.above
            found[pair] = found.get(pair, False) or gap.strict or gap.least > 0
    for middle in [name for name in schema.names if not schema[name].nullable]:
        for low, _ in [pair for pair in found if pair[1] == middle]:
            for _, high in [pair for pair in found if pair[0] == middle and pair[1] != low]:
                strict = found[low, middle] or found[middle, high]
                found[low, high] = found.get((low, high), False) or strict
    return found
