"""Rules that rows must meet: what a plan says, what is held of real rows to check it, and what contradicts itself."""

from understudy.rules.constraints.constraint import Constraint, Held, broken
from understudy.rules.constraints.contradictions import check_together
from understudy.rules.constraints.intervals import intervals
from understudy.rules.constraints.orders import orders
from understudy.rules.constraints.reading import KINDS, read, restore

__all__ = ["KINDS", "Constraint", "Held", "broken", "check_together", "intervals", "orders", "read", "restore"]
