"""What engines share about the digits of a cell: tables side by side, allowed shares, the fine digit."""

import numpy as np
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain
from understudy.kernels import histograms


def joined(context: Codes, rows: Codes) -> Codes:
    """The columns of the context, and then those of the rows."""
    return Codes(
        np.concatenate([context.coarse, rows.coarse]),
        np.concatenate([context.fine, rows.fine]),
        context.domains + rows.domains,
    )


def beside(context: Codes | None, rows: Codes, valid: Codes) -> tuple[Codes, Codes]:
    """Rows and validation rows, each after its part of the context, which is that of the rows first."""
    if context is None:
        return rows, valid
    count = len(rows)
    return joined(context.take(slice(count)), rows), joined(context.take(slice(count, None)), valid)


def part(within: NDArray[np.float64], cells: NDArray[np.float64], domain: Domain) -> NDArray[np.float64]:
    """The share of each coarse code's mass that is allowed, shape (size,)."""
    whole = np.add.reduceat(cells, domain.start[:-1])
    return np.add.reduceat(within, domain.start[:-1]) / np.where(whole > 0, whole, 1.0)


def draw_fine(
    within: NDArray[np.float64], domain: Domain, coarse: NDArray[np.uint8], uniform: NDArray[np.float64]
) -> NDArray[np.uint16]:
    """A fine digit by the frequency of cells under the coarse one."""
    fine = np.empty(len(coarse), dtype=np.uint16)
    histograms.draw_within(np.cumsum(within), domain.start, coarse, uniform, fine)
    return fine
