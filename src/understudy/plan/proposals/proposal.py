"""A rule found in a table, with its evidence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from understudy.data.schema import Schema

ENOUGH_ROWS = 20


@dataclass(frozen=True)
class Proposal:
    """One rule that columns obey, and what it was held against.

    Attributes:
        kind: "computed", "copy", "recode", "dependency", "nested", "order", "sentinel", "capped", "rare", "counts",
            "one_hot", "nulls", …
        columns: the column or columns that it decides first, then those it leans on.
        says: what to write in the plan: `{"columns": {name: {"action": "compute", "expression": "a + b"}}}` or
            `{"constraints": [...]}`, each a mapping or the text of an expression.
        rows: rows it was held against: those in which every value it needs is present.
        broken: how many of them break it.
        reason: one sentence with the evidence.
        support: rows in which it says something that chance would not; None for all rows.
    """

    kind: str
    columns: tuple[str, ...]
    says: Mapping[str, Any] = field(hash=False)
    rows: int
    broken: int
    reason: str
    support: int | None = None

    @property
    def exact(self) -> bool:
        """Whether no row breaks it and so many speak for it that it is no accident."""
        supporting = self.rows if self.support is None else self.support
        return self.broken == 0 and supporting >= ENOUGH_ROWS


Search = Callable[[pl.DataFrame, Schema], list[Proposal]]
