"""Which column of a relation reads as the derived one."""

import re

from understudy.plan.proposals.formulas.formula import Formula

DERIVED = frozenset(
    {
        "average",
        "avg",
        "bmi",
        "change",
        "cum",
        "cumulative",
        "delta",
        "diff",
        "difference",
        "gain",
        "gained",
        "gap",
        "gross",
        "growth",
        "increase",
        "margin",
        "mean",
        "net",
        "overall",
        "pct",
        "per",
        "percent",
        "percentage",
        "profit",
        "ratio",
        "remaining",
        "rounded",
        "running",
        "share",
        "spread",
        "subtotal",
        "sum",
        "total",
        "width",
    }
)


def words(name: str) -> set[str]:
    """The words of a column's name."""
    return set(re.findall("[a-z]+", re.sub("([a-z0-9])([A-Z])", r"\1 \2", name).casefold()))


def says_derived(name: str) -> bool:
    """Whether a name says that the column is computed."""
    return bool(words(name) & DERIVED)


def unlikely(formula: Formula, names: list[str], penalty: float) -> float:
    """How little a formula's target reads as the derived column of its relation; the least is taken.

    Names that say so weigh most; then `penalty`, the form's own (a total before a difference, a product before a
    ratio, a column that stands on a coarser grid than its formula would leave it last); then the place in the table,
    where derived columns stand behind; then the length.
    """
    places = [names.index(each) for each in (formula.target, *formula.inputs)]
    said = says_derived(formula.target) and not any(map(says_derived, formula.inputs))
    unsaid = not says_derived(formula.target) and any(map(says_derived, formula.inputs))
    last = places[0] == max(places)
    return penalty + 1.0 * unsaid - 1.0 * said - 0.5 * last + 0.04 * formula.cost
