"""Recodes, chains of dependent columns, and pairs of columns that fix a third: all fused by combinations."""

from collections.abc import Sequence
from itertools import combinations

from understudy.data.evidence import spaced
from understudy.plan.proposals.patterns.coded import CodedTable
from understudy.plan.proposals.patterns.determining import Dependency, paired, single
from understudy.plan.proposals.patterns.wording import listed
from understudy.plan.proposals.proposal import Proposal


def dependencies(
    table: CodedTable, decided: frozenset[str] = frozenset(), apart: frozenset[frozenset[str]] = frozenset()
) -> list[Proposal]:
    """Columns that other columns fix, one-to-one ones merged, chains told once.

    Args:
        table: the columns.
        decided: columns that a rule found before computes; nothing is said on what fixes them.
        apart: pairs of columns of which all is said already.
    """
    known = [each for each in single(table) if each.on not in decided and frozenset((*each.by, each.on)) not in apart]
    exact = [each for each in known if each.broken == 0]
    classes = _classes(table, exact)
    told = [proposal for one in classes if (proposal := _chain(table, one, classes, exact)) is not None]
    nearly = [_nearly(table, each) for each in _irredundant([each for each in known if each.broken], exact)]
    two = [each for each in paired(table, known, decided) if not _is_known(each, apart)]
    return told + nearly + _pairs(table, [each for each in two if not _follows(each, two, known)], classes)


def _is_known(each: Dependency, apart: frozenset[frozenset[str]]) -> bool:
    """Whether any two of three columns are told of already."""
    return all(frozenset(pair) in apart for pair in combinations((*each.by, each.on), 2))


def _follows(each: Dependency, two: Sequence[Dependency], known: Sequence[Dependency]) -> bool:
    """Whether another pair fixes the same, one of which a column of this pair fixes."""
    fixes = {(one.by[0], one.on) for one in known}
    back = {(on, by) for by, on in fixes}
    for other in two:
        if other.on == each.on and other.by != each.by and other.broken <= each.broken:
            steps = [[name == by or (by, name) in fixes - back for name in other.by] for by in each.by]
            if (steps[0][0] and steps[1][1]) or (steps[0][1] and steps[1][0]):
                return True
    return False


def _classes(table: CodedTable, exact: Sequence[Dependency]) -> list[tuple[str, ...]]:
    """Columns that fix each other, in order of the table."""
    edges = {(each.by[0], each.on) for each in exact}
    touched = [name for name in table.frame.columns if any(name in edge for edge in edges)]
    found: list[tuple[str, ...]] = []
    for name in touched:
        if any(name in each for each in found):
            continue
        found.append(tuple(other for other in touched if other == name or {(name, other), (other, name)} <= edges))
    return found


def _chain(
    table: CodedTable, top: tuple[str, ...], classes: Sequence[tuple[str, ...]], exact: Sequence[Dependency]
) -> Proposal | None:
    """What a class of columns fixes, all in one; None where another class fixes it, or it fixes nothing."""
    edges = {(each.by[0], each.on): each for each in exact}
    if any((other[0], top[0]) in edges for other in classes if other != top):
        return None
    below = [each for each in classes if each != top and (top[0], each[0]) in edges]
    below.sort(key=lambda each: -table[each[0]].levels)
    fixed = [name for each in below for name in each]
    evidence = [edges[top[0], name] for name in (*top[1:], *fixed)]
    if not evidence:
        return None
    rows, chance = min(each.rows for each in evidence), min(each.chance for each in evidence)
    columns = (*top, *fixed)
    if not fixed:
        names = (*top[1:], top[0]) if len(top) == 2 else top
        reason = f"{listed(top)} are one-to-one: {table[top[0]].levels} pairs in {spaced(rows)} rows"
        return _combined("recode", names, rows, 0, reason, chance)
    values = spaced(table[top[0]].levels)
    reason = f"{top[0]} ({values} values) fixes {listed([*top[1:], *fixed])} in all {spaced(rows)} rows"
    return _combined("dependency", columns, rows, 0, reason, chance)


def _irredundant(nearly: Sequence[Dependency], exact: Sequence[Dependency]) -> list[Dependency]:
    """Of nearly exact dependencies those that no other explains together with an exact one."""
    held = {(each.by[0], each.on) for each in exact}
    best: list[Dependency] = []
    for each in sorted(nearly, key=lambda each: each.broken):
        by, on = each.by[0], each.on
        implied = any((by, last.by[0]) in held and last.on == on for last in best)
        implied |= any(last.by[0] == by and (last.on, on) in held for last in best)
        turned = any(last.by[0] == on and last.on == by for last in best)
        best += [] if implied or turned else [each]
    return best


def _nearly(table: CodedTable, each: Dependency) -> Proposal:
    by = each.by[0]
    reason = (
        f"{by} ({spaced(table[by].levels)} values) fixes {each.on} in all but {spaced(each.broken)} of "
        f"{spaced(each.rows)} rows; chance would miss {spaced(each.chance)}"
    )
    return _combined("dependency", (by, each.on), each.rows, each.broken, reason, each.chance)


def _pairs(table: CodedTable, found: Sequence[Dependency], classes: Sequence[tuple[str, ...]]) -> list[Proposal]:
    """One proposal a set of columns and a pair of classes, however many ways it can be read."""
    first = {name: each[0] for each in classes for name in each}
    told: dict[frozenset[str], Dependency] = {}
    for each in sorted(found, key=lambda each: (each.broken, -each.chance)):
        same = frozenset(first.get(name, name) for name in (*each.by, each.on))
        if same not in told and not any(each.on == last.on and set(last.by) == set(each.by) for last in told.values()):
            told[same] = each
    grouped: dict[tuple[str, ...], list[Dependency]] = {}
    for each in told.values():
        grouped.setdefault(each.by if each.broken == 0 else (*each.by, each.on), []).append(each)
    return [_pair(table, each) for each in grouped.values()]


def _pair(table: CodedTable, found: Sequence[Dependency]) -> Proposal:
    by, rows = found[0].by, min(each.rows for each in found)
    broken, chance = max(each.broken for each in found), min(each.chance for each in found)
    whole = f"in all {spaced(rows)} rows" if not broken else f"in all but {spaced(broken)} of {spaced(rows)} rows"
    reason = f"{by[0]} and {by[1]} together fix {listed([each.on for each in found])} {whole}, neither does alone"
    return _combined("dependency", (*by, *(each.on for each in found)), rows, broken, reason, chance)


def _combined(kind: str, columns: tuple[str, ...], rows: int, broken: int, reason: str, chance: int) -> Proposal:
    says = {"constraints": [{"kind": "combinations", "columns": list(columns)}]}
    return Proposal(kind, columns, says, rows, broken, reason, chance)
