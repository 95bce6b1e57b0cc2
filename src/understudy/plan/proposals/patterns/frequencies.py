"""Tables of counts: a column that says how many rows each combination of the others stands for."""

import polars as pl

from understudy.data.schema import Schema
from understudy.plan.proposals.proposal import Proposal

MOST_LEVELS, FEWEST_ROWS, LEAST, EXPECTED = 60, 20, 3, 10.0


def frequencies(frame: pl.DataFrame, schema: Schema) -> list[Proposal]:
    """A column of whole numbers beside columns of few values, of which no combination stands twice.

    It is advice: what a row stands for only people know. Chance would repeat at least ten combinations.

    Args:
        frame: typed rows.
        schema: of these columns.
    """
    return [_advised(name, frame) for name in schema.names if _counts(name, frame, schema)]


def _counts(name: str, frame: pl.DataFrame, schema: Schema) -> bool:
    values, others = frame[name], [each for each in frame.get_columns() if each.name != name]
    if schema[name].kind not in ("integer", "id") or frame.height < FEWEST_ROWS or not others:
        return False
    whole = values.cast(pl.Int64, strict=False)
    low, high = whole.min(), whole.max()
    if values.null_count() or not isinstance(low, int) or not isinstance(high, int) or low < 0 or high < LEAST:
        return False
    levels = [each.n_unique() for each in others]
    if max(levels) > min(MOST_LEVELS, frame.height // 2) or min(levels) < 2:
        return False
    cells = 1.0
    for each in levels:
        cells *= each
    repeats = frame.height * (frame.height - 1) / 2 / cells
    return (
        repeats >= EXPECTED and pl.DataFrame({str(i): each for i, each in enumerate(others)}).n_unique() == frame.height
    )


def _advised(name: str, frame: pl.DataFrame) -> Proposal:
    reason = (
        f"no combination of the other columns stands twice in {frame.height} rows: if it says how many rows each "
        f"stands for, say so with 'unroll: {name}'"
    )
    return Proposal("counts", (name,), {}, frame.height, 0, reason)
