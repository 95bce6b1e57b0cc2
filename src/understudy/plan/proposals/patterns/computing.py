"""How a column that follows from others is said: computed where that restores it, else held to what it should be."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from understudy.plan.proposals.patterns.coded import CodedTable
from understudy.rules.expressions.tree import spelled_name


def following(table: CodedTable, name: str, text: str, inputs: Sequence[str]) -> Mapping[str, Any]:
    """What a plan says of a column that equals an expression wherever all is present.

    It is computed where its gaps are those of the columns that it follows from; otherwise computing it would make or
    fill gaps, and it is a constraint.
    """
    gone = np.logical_or.reduce([table[each].codes < 0 for each in inputs])
    lacking = [each for each in inputs if (table[each].codes < 0).any()]
    chooses = text.startswith("if(")
    if np.array_equal(table[name].codes < 0, gone):
        if chooses and lacking:  # a choice by something missing falls to its last value
            text = f"if({' or '.join(f'{spelled_name(each)} is missing' for each in lacking)}, missing, {text})"
        return {"columns": {name: {"action": "compute", "expression": text}}}
    bare = chooses or text.replace("_", "").isalnum()
    said = f"{spelled_name(name)} == {text if bare else f'({text})'}"
    if chooses and lacking:
        said = f"{' and '.join(f'{spelled_name(each)} is present' for each in lacking)} -> {said}"
    return {"constraints": [said]}
