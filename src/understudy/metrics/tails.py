"""How likely is a value smaller than nearly all that were seen?"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

SHARE = 0.025
FEWEST = 20
CONFIDENCE = 0.05


@dataclass(frozen=True, eq=False)
class Tail:
    """The lower tail of a distribution of log ratios: P(log u <= t), counted, and below a limit extrapolated.

    Below the limit P(u <= r) ~ r^d: so the nearest of many points behaves where their density is smooth, with d the
    dimension. d is Hill's estimate (Annals of Statistics 3, 1975) at its lower 95 % bound; extrapolated p-values are
    those of Knijnenburg, Wessels, Reinders and Shmulevich (Bioinformatics 25, 2009).

    Attributes:
        seen: log ratios, sorted.
        limit: where extrapolation begins.
        share: of the seen at or below it.
        slope: d; 0 extrapolates nothing.
        times: by what the chance is raised.
    """

    seen: NDArray[np.float64]
    limit: float
    share: float
    slope: float
    times: float = 1.0

    @classmethod
    def of(cls, logs: NDArray[np.float64], rows: NDArray[np.int64], count: int) -> "Tail | None":
        """The tail of these logs, None where there are too few.

        Args:
            logs: of ratios, (values,).
            rows: which row each is of, (values,): values of one row count as one where d is bounded.
            count: values below the limit at least, where there are so many; else a fifth of them.
        """
        from scipy.stats import chi2

        if len(logs) < FEWEST:
            return None
        order = np.argsort(logs, kind="stable")
        seen, below = logs[order], min(max(count, round(SHARE * len(logs))), len(logs) // 5)
        limit = seen[below]
        fall = float((limit - seen[:below]).sum())
        freedom = 2 * len(np.unique(rows[order[:below]]))
        slope = chi2.ppf(CONFIDENCE, freedom) / freedom * below / fall if fall > 0 else 0.0
        share = (np.searchsorted(seen, limit, "right") + 1) / (len(seen) + 1)
        return cls(seen, float(limit), float(share), float(slope))

    def __call__(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The chance of values as small, 1 above the limit, (values,)."""
        below = self.times * self.share * np.exp(self.slope * np.minimum(logs - self.limit, 0))
        return np.where(logs < self.limit, np.minimum(below, 1.0), 1.0)

    def counted(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The share of the seen that are as small, raised alike, (values,)."""
        return np.minimum(self.times * np.searchsorted(self.seen, logs, "right") / len(self.seen), 1.0)

    def flat(self) -> "Tail":
        """The same without extrapolation."""
        return replace(self, slope=0.0)

    def raised(self, usual: NDArray[np.float64], found: NDArray[np.float64]) -> "Tail":
        """The same for values that are as small more often: how often `found` is at or below the limit over `usual`."""
        if not len(found):
            return self
        often = (np.sum(found <= self.limit) + 1) / (len(found) + 1)
        times = often / max(float(np.mean(usual <= self.limit)), 1 / len(found))
        return replace(self, times=max(1.0, float(times)))
