"""Whether cells can be missing as several rules ask at once."""

from collections.abc import Collection, Sequence

from understudy.rules.constraints.constraint import Constraint
from understudy.rules.constraints.facts import Present

MOST_STEPS = 20_000


def together(rules: Sequence[Present], present: Collection[str] = ()) -> bool:
    """Whether some pattern of missing cells meets all rules while the cells of `present` are there.

    Where the search grows beyond its limit the answer is yes.
    """
    asked = [*rules, *(Present((name,), frozenset([1]), None) for name in present)]
    columns = sorted({name for rule in asked for name in rule.columns}, key=lambda name: _freedom(asked, name))
    left = [MOST_STEPS]
    return _filled(asked, columns, {}, left)


def _freedom(rules: Sequence[Present], name: str) -> tuple[int, str]:
    """Columns that a rule settles alone come first, then neighbours by name."""
    return min(len(rule.columns) for rule in rules if name in rule.columns), name


def _filled(rules: Sequence[Present], columns: Sequence[str], chosen: dict[str, int], left: list[int]) -> bool:
    left[0] -= 1
    if left[0] < 0:
        return True
    if not all(_open(rule, chosen) for rule in rules):
        return False
    if len(chosen) == len(columns):
        return True
    name = columns[len(chosen)]
    return any(_filled(rules, columns, {**chosen, name: here}, left) for here in (1, 0))


def _open(rule: Present, chosen: dict[str, int]) -> bool:
    """Whether a rule can still be met by the cells that are not settled."""
    settled = [chosen[name] for name in rule.columns if name in chosen]
    least, most = sum(settled), sum(settled) + len(rule.columns) - len(settled)
    return any(least <= count <= most for count in rule.counts)


def conflicting(rules: Sequence[Present]) -> list[Constraint]:
    """Constraints that leave no pattern of missing cells, none of which could be taken out; none where there is one."""
    if together(rules):
        return []
    kept = list(rules)
    for rule in [rule for rule in rules if rule.cause is not None]:
        fewer = [each for each in kept if each is not rule]
        kept = kept if together(fewer) else fewer
    return list(dict.fromkeys(rule.cause for rule in kept if rule.cause is not None))
