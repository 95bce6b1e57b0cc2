"""Rules that follow from formulas: they hold however the columns that nothing computes are shuffled."""

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from understudy.data.schema import Schema
from understudy.execution.streams import stream
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.constraints import read
from understudy.rules.expressions import Expression, parse
from understudy.rules.rewriting import ordered

ROWS, TELLING = 5000, 5


def expressions(proposals: Iterable[Proposal]) -> dict[str, Expression]:
    """The formula of each computed column, in an order in which each comes after its inputs."""
    found: dict[str, Expression] = {}
    for proposal in proposals:
        for name, entry in proposal.says.get("columns", {}).items():
            if "expression" in entry and not proposal.broken:
                found.setdefault(name, parse(entry["expression"]))
    return {name: found[name] for name in ordered(found)}


def shuffled(frame: pl.DataFrame, formulas: Mapping[str, Expression]) -> pl.DataFrame:
    """Rows whose free columns are shuffled, each for itself, and whose computed columns follow from them."""
    rng = stream(0, "proposals implied")
    rows = frame[np.sort(rng.integers(frame.height, size=min(ROWS, 4 * frame.height)))]
    free = [each for each in rows if each.name not in formulas]
    mixed = pl.DataFrame({each.name: each.gather(rng.permutation(len(each))) for each in free})
    for name, formula in formulas.items():
        mixed = mixed.with_columns(formula.over(mixed).alias(name))
    return mixed


def not_implied(frame: pl.DataFrame, schema: Schema, proposals: list[Proposal]) -> list[Proposal]:
    """The proposals less the rules that formulas bring with them."""
    formulas = expressions(proposals)
    if not formulas or not frame.height:
        return proposals
    mixed, apart = shuffled(frame, formulas), shuffled(frame, {})
    return [each for each in proposals if not _follows(each, formulas, frame, schema, mixed, apart)]


def _follows(
    proposal: Proposal,
    formulas: Mapping[str, Expression],
    frame: pl.DataFrame,
    schema: Schema,
    mixed: pl.DataFrame,
    apart: pl.DataFrame,
) -> bool:
    """Whether rules on a computed column hold where only its inputs are mixed, and break where it is mixed too."""
    if proposal.says.get("columns") or not set(proposal.columns) & set(formulas):
        return False
    rules = [read(each) for each in proposal.says.get("constraints", ())]
    if not rules or any(each.whole for each in rules):
        return False
    for each in rules:
        each.bound(schema)
    held = [each.held(frame, 1) for each in rules]
    breaks = sum(int((~each.met(apart)).sum()) for each in held)
    return breaks >= TELLING and all(each.met(mixed).all() for each in held)
