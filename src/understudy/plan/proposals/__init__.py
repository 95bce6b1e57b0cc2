"""What is proposed for a table: a treatment for every column, and the rules that its columns obey."""

from understudy.plan.proposals.discover import discover
from understudy.plan.proposals.proposal import Proposal
from understudy.plan.proposals.treatment import propose

__all__ = ["Proposal", "discover", "propose"]
