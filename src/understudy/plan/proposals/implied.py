"""Orders that follow from formulas: they hold however the columns that nothing computes are shuffled."""

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from understudy.execution.streams import stream
from understudy.plan.proposals.proposal import Proposal
from understudy.rules.expressions import Expression, parse

ROWS = 5000


def expressions(proposals: Iterable[Proposal]) -> dict[str, Expression]:
    """The formula of each computed column, in an order in which each comes after its inputs."""
    found: dict[str, Expression] = {}
    for proposal in proposals:
        for name, entry in proposal.says.get("columns", {}).items():
            if "expression" in entry and not proposal.broken:
                found.setdefault(name, parse(entry["expression"]))
    return _sorted(found)


def _sorted(found: Mapping[str, Expression]) -> dict[str, Expression]:
    waiting, done = dict(found), dict[str, Expression]()
    while waiting:
        ready = [name for name, each in waiting.items() if not set(each.columns) & (set(waiting) - {name})]
        if not ready:
            return done
        done |= {name: waiting.pop(name) for name in ready}
    return done


def shuffled(frame: pl.DataFrame, formulas: Mapping[str, Expression]) -> pl.DataFrame:
    """Rows whose free columns are shuffled, each for itself, and whose computed columns follow from them."""
    rng = stream(0, "proposals implied")
    rows = frame[np.sort(rng.integers(frame.height, size=min(ROWS, 4 * frame.height)))]
    free = [each for each in rows if each.name not in formulas]
    mixed = pl.DataFrame([each.gather(rng.permutation(len(each))) for each in free])
    for name, formula in formulas.items():
        mixed = mixed.with_columns(formula.over(mixed).alias(name))
    return mixed


def not_implied(frame: pl.DataFrame, proposals: list[Proposal]) -> list[Proposal]:
    """The proposals less the orders that formulas bring with them."""
    formulas = expressions(proposals)
    if not formulas or not frame.height:
        return proposals
    mixed = shuffled(frame, formulas)
    return [each for each in proposals if each.kind != "order" or not _follows(each, formulas, mixed)]


def _follows(order: Proposal, formulas: Mapping[str, Expression], mixed: pl.DataFrame) -> bool:
    if not set(order.columns) & set(formulas):
        return False
    return all(parse(text).over(mixed).fill_null(True).all() for text in order.says["constraints"])
