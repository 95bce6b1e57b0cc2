"""Rows as points whose distances are counted in whole steps.

The distance of two rows is the sum over columns of |a - b|, at most 1, for places on a line, and of 0 or 1 for levels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST, LONGEST = 2**16 - 1, 2**14


@dataclass(frozen=True, eq=False)
class Points:
    """Steps so small that sixteen bits still hold the distance of any two rows.

    Attributes:
        place: steps along each column, or the number of a level, uint16 (columns, rows).
        levels: columns of levels, (columns,).
        unit: steps in 1, a power of two.
    """

    place: NDArray[np.uint16]
    levels: NDArray[np.bool_]
    unit: int

    @classmethod
    def of(cls, lines: NDArray[np.float64], levels: NDArray[np.int64]) -> "Points":
        """Points from places on lines and from levels.

        Args:
            lines: places in [0, 1], nan for a missing one, which is 1 away from every other, (columns, rows).
            levels: numbers of levels of further columns; those 65 536 apart count as one, (columns, rows).

        Raises:
            ValueError: there are more than 65 535 columns.
        """
        width = len(lines) + len(levels)
        if width > MOST:
            raise ValueError(f"{width} columns: no more than {MOST} can be compared")
        unit = min(1 << (MOST // max(width, 1)).bit_length() - 1, LONGEST)
        steps = np.nan_to_num(np.rint(lines * unit), nan=2 * unit)
        place = np.concatenate([steps.astype(np.uint16), (levels % (MOST + 1)).astype(np.uint16)])
        return cls(place, np.arange(width) >= len(lines), unit)

    def __len__(self) -> int:
        return self.place.shape[1]

    def take(self, rows: slice) -> "Points":
        """These rows alone."""
        return Points(self.place[:, rows], self.levels, self.unit)
