"""Rows drawn again until enough of them are as they must be."""

from collections.abc import Callable

import numpy as np
import polars as pl

from understudy.errors import ConditionError

SIFTED, SIFTING, LEAST = 20_000, 32_768, 64
MOST_DRAWN = 2**26
FEW = 8

Draw = Callable[[int], pl.DataFrame]
Met = Callable[[pl.DataFrame], pl.Series]


def sifted(draw: Draw, met: Met, n: int, where: str, most: int = SIFTING) -> pl.DataFrame:
    """N typed rows that are as they must be: what is drawn, without the rows that are not.

    What is spent is bounded: drawing ends early where one row in 20 000 is as it must be, or fewer, and where more than
    2**26 rows would be drawn in all (less in proportion where few are drawn at once, as they take more each).

    Args:
        draw: draws so many rows.
        met: which rows are as they must be.
        n: rows wanted.
        where: what they must be, in words.
        most: rows to draw at once.

    Raises:
        ConditionError: hardly any row is; how many of how many were.
    """
    found, have, drawn = [draw(0)], 0, 0
    share = most / SIFTING
    first, each = FEW * max(SIFTED * share, LEAST) + 4 * most, max(min(SIFTED, share * MOST_DRAWN / max(n, 1)), LEAST)
    while have < n:
        if drawn >= first + each * have:
            hint = f"{have} of {drawn} rows drawn met them, and {n} are wanted"
            raise ConditionError("hardly any row meets the conditions", where=where, hint=hint, field="given")
        step = _step(n - have, have, drawn, most)
        frame = draw(step)
        found.append(frame.filter(met(frame)))
        have, drawn = have + found[-1].height, drawn + step
    return pl.concat(found).head(n)


def _step(wanting: int, have: int, drawn: int, most: int) -> int:
    """Rows to draw for those wanting: a few more than the share of rows kept so far asks for."""
    if not drawn:
        return wanting
    share = (have + 1) / (drawn + 1)
    return int(np.clip(np.ceil(1.05 * wanting / share) + 8, min(LEAST, most), most))
