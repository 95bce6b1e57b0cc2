"""Rows as points at the distances of `understudy.metrics.distances`, so that draws of rows and references work."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from understudy.kernels.points import Points
from understudy.metrics.case import Case, Grid
from understudy.metrics.distances import coordinates


@dataclass(frozen=True, eq=False)
class Placed:
    """A case whose codes are steps along columns.

    Attributes:
        case: with grids of steps, numeric columns first.
        points: from such a grid to points.
        unit: steps in a distance of 1.
    """

    case: Case
    points: Callable[[Grid], Points]
    unit: int


def placed(case: Case) -> Placed:
    """All rows of a case as points, ranks among the training rows and levels."""
    own = coordinates(case, case.real)

    def steps(grid: Grid) -> Grid:
        places = own if grid is case.real else coordinates(case, grid)
        return Grid(grid.numbers[:, :0], np.ascontiguousarray(places.place.T.astype(np.int32)))

    def points(grid: Grid) -> Points:
        return Points(np.ascontiguousarray(grid.codes.T.astype(np.uint16)), own.levels, own.unit)

    holdout = None if case.holdout is None else steps(case.holdout)
    moved = replace(case, real=steps(case.real), synthetic=steps(case.synthetic), holdout=holdout, _done={})
    return Placed(moved, points, own.unit)
