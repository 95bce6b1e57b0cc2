"""Rows drawn again until enough of them are as they must be."""

from collections.abc import Callable

import numpy as np
import polars as pl

from understudy.errors import ConditionError
from understudy.models.form import Form

SIFTING, LEAST = 32_768, 64

Draw = Callable[[int], pl.DataFrame]
Met = Callable[[pl.DataFrame], pl.Series]


def sifted(draw: Draw, form: Form, n: int, where: str, most: int = SIFTING, met: Met | None = None) -> pl.DataFrame:
    """N typed rows that are as they must be: what is drawn, without the rows that are not.

    Args:
        draw: draws so many rows.
        form: of the rows, whose rules they must keep.
        n: rows wanted.
        where: what they must be, in words.
        most: rows to draw at once.
        met: which rows are as they must be; those that keep the rules of a row where None.

    Raises:
        ConditionError: hardly any row is; how many of how many were.
    """
    found, have, drawn, good = [draw(0)], 0, 0, form.met if met is None else met
    while have < n:
        if drawn >= form.patience * n + 4 * SIFTING:
            share = f"{have} of {drawn} rows drawn met them"
            raise ConditionError("hardly any row meets the conditions", where=where, hint=share, field="given")
        step = _step(n - have, have, drawn, most)
        frame = draw(step)
        found.append(frame.filter(good(frame)))
        have, drawn = have + found[-1].height, drawn + step
    return pl.concat(found).head(n)


def _step(wanting: int, have: int, drawn: int, most: int) -> int:
    """Rows to draw for those wanting: a few more than the share of rows kept so far asks for."""
    share = (have + 1) / (drawn + 1) if drawn else 1.0
    return int(np.clip(np.ceil(1.05 * wanting / share) + 8 * (drawn > 0), min(LEAST, most), most)) if drawn else wanting
