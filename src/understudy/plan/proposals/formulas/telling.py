"""A formula with its evidence, as a proposal in words."""

from understudy.data.evidence import spaced
from understudy.plan.proposals.formulas.formula import Evidence, Formula
from understudy.plan.proposals.proposal import Proposal


def proposal_of(formula: Formula, found: Evidence) -> Proposal:
    """The proposal to compute a column; a bare name is a copy."""
    bare = formula.text.strip("`") == formula.inputs[0] and len(formula.inputs) == 1
    says = {"columns": {formula.target: {"action": "compute", "expression": formula.text}}}
    columns = (formula.target, *formula.inputs)
    support = int(found.expected) if formula.sure else 0
    kind = "copy" if bare else "computed"
    return Proposal(kind, columns, says, found.rows, found.broken, reason_of(formula, found), support)


def reason_of(formula: Formula, found: Evidence) -> str:
    """One sentence: the formula, in how many rows it holds, and what is odd about the others."""
    text = f"{formula.text} {told(found.rows, found.broken)}"
    if not formula.sure:
        text += "; other constants would do as well"
    if found.ties:
        text += f"; halves are rounded the other way in {rows(found.ties)}"
    if found.gaps:
        text += f"; it has gaps of its own in {rows(found.gaps)}"
    if found.lost:
        text += f"; it would be missing in {rows(found.lost)} more"
    return text


def told(count: int, broken: int) -> str:
    """In how many rows something holds: "in all 21 613 rows", "in all but 2 of 21 613 rows"."""
    return f"in all but {spaced(broken)} of {rows(count)}" if broken else f"in all {rows(count)}"


def rows(count: int) -> str:
    """A count of rows: "1 row", "2 300 rows"."""
    return f"{spaced(count)} row{'' if count == 1 else 's'}"
