"""What a proposal claims of a table, tried on rows: one boolean a row, whatever words the proposal chose.

Constraints are read here apart from the product, so that a fault of its own cannot hide itself; only the language of
expressions is the product's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations, pairwise, permutations
from operator import and_, or_
from typing import Any

import polars as pl

from planted.process import same

Claim = Callable[[pl.DataFrame], pl.Series]
UNSEEN = 0.05


class UnreadableError(Exception):
    """A proposal says something that is not judged here."""


def claims(says: Mapping[str, Any], table: pl.DataFrame, fresh: pl.DataFrame) -> list[Claim]:
    """Everything that a proposal says.

    Args:
        says: what it would write in the plan.
        table: typed rows it was found in; what a claim needs to know of real rows is taken from here.
        fresh: typed rows of the same process, which show what hangs on what.

    Raises:
        UnreadableError: nothing in it can be tried on rows.
    """
    told: list[Claim] = []
    for name, entry in says.get("columns", {}).items():
        if entry.get("action") != "compute":
            raise UnreadableError(f"action {entry.get('action')!r}")
        told.append(_equal(name, str(entry["expression"])))
    told.extend(_constraint(entry, table, fresh) for entry in says.get("constraints", ()))
    if not told:
        raise UnreadableError("no claim")
    return told


def value_of(text: str, frame: pl.DataFrame) -> pl.Series:
    """An expression over rows, by the product's language."""
    from understudy.rules.expressions import parse

    return parse(text).over(frame)


def _equal(name: str, text: str) -> Claim:
    return lambda frame: agree(frame[name], value_of(text, frame))


def agree(left: pl.Series, right: pl.Series) -> pl.Series:
    """Where two columns say the same: numbers by value, dates by moment, a category in digits as its number."""
    pair = [each.cast(pl.Int64) if each.dtype == pl.Boolean else each for each in (left, right)]
    if left.dtype == right.dtype == pl.Boolean:
        return (left == right).fill_null(value=True)
    if {each.dtype for each in pair} == {pl.Date, pl.Datetime} or any(each.dtype == pl.Datetime for each in pair):
        pair = [each.cast(pl.Datetime("us")) for each in pair]
    elif any(each.dtype.is_numeric() for each in pair) and any(each.dtype == pl.String for each in pair):
        pair = [each.cast(pl.Float64, strict=False) for each in pair]
    return same(*pair)


def _constraint(entry: str | Mapping[str, Any], table: pl.DataFrame, fresh: pl.DataFrame) -> Claim:
    if isinstance(entry, str):
        return lambda frame: _true(value_of(entry, frame))
    kind = str(entry.get("kind"))
    if kind == "combinations":
        return _together(list(entry["columns"]), table, fresh)
    if kind == "nulls" and entry["rule"] == "as_seen":
        seen = table.select(pl.col(entry["columns"]).is_null()).unique()
        return lambda frame: _among(frame.select(pl.col(entry["columns"]).is_null()), seen)
    if kind not in KINDS:
        raise UnreadableError(f"constraint {kind!r}")
    return lambda frame: KINDS[kind](entry, frame)


def _true(told: pl.Series) -> pl.Series:
    return told.cast(pl.Boolean).fill_null(value=True)


def _row(frame: pl.DataFrame, told: pl.Expr) -> pl.Series:
    return frame.select(told.fill_null(value=True).alias("met")).to_series()


def _range(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    value, ends = pl.col(entry["column"]), []
    for end, strict, loose in (("low", value.gt, value.ge), ("high", value.lt, value.le)):
        if entry.get(end) is not None:
            ends.append((strict if entry.get("strict") else loose)(entry[end]))
    return _row(frame, pl.all_horizontal(pl.lit(value=True), *ends))


def _positive(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    strict = entry.get("strict")
    names = entry.get("columns") or [entry["column"]]
    return _row(frame, pl.all_horizontal(*(pl.col(name) > 0 if strict else pl.col(name) >= 0 for name in names)))


def _inequality(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    strict, met = entry.get("strict"), []
    for low, high in pairwise(entry["columns"]):
        told = pl.col(low) < pl.col(high) if strict else pl.col(low) <= pl.col(high)
        met.append(told.fill_null(value=True))
    return _row(frame, pl.all_horizontal(*met))


def _one_hot(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    return _row(frame, sum((pl.col(name).cast(pl.Int64) for name in entry["columns"]), pl.lit(0)) == 1)


def _unique(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    missing = frame.select(pl.any_horizontal(pl.col(entry["columns"]).is_null())).to_series()
    return ~frame.select(pl.struct(entry["columns"])).to_series().is_duplicated() | missing


def _nulls(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    names = entry["columns"]
    present = frame.select(pl.sum_horizontal(pl.col(names).is_not_null().cast(pl.Int64))).to_series()
    allowed = {"all_or_none": [0, len(names)], "exactly_one": [1], "at_least_one": [*range(1, len(names) + 1)]}
    return present.is_in(allowed[entry["rule"]])


def _conditional(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    when, then = (value_of(str(entry[part]), frame).cast(pl.Boolean) for part in ("when", "then"))
    return (~when | then).fill_null(value=True)


def _increments(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    over = (pl.col(entry["column"]) - entry.get("start", 0)) / entry["step"]
    return _row(frame, (over - over.round(0)).abs() < pl.lit(1e-6))


def _monotone(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    by, order = list(entry.get("by") or ()), entry.get("order")
    frame = frame.with_row_index(" place")
    if order:
        frame = frame.sort(order, maintain_order=True)
    step = pl.col(entry["column"]).diff()
    step = (step.over(by) if by else step).cast(pl.Float64)
    step = -step if entry.get("decreasing") else step
    met = (step > 0 if entry.get("strict") else step >= 0).fill_null(value=True)
    return frame.with_columns(met.alias(" met")).sort(" place")[" met"]


def _regex(entry: Mapping[str, Any], frame: pl.DataFrame) -> pl.Series:
    return _row(frame, pl.col(entry["column"]).cast(pl.String).str.contains(f"^(?:{entry['pattern']})$"))


KINDS: Mapping[str, Callable[[Mapping[str, Any], pl.DataFrame], pl.Series]] = {
    "expression": lambda entry, frame: _true(value_of(str(entry["text"]), frame)),
    "range": _range,
    "positive": _positive,
    "inequality": _inequality,
    "one_hot": _one_hot,
    "unique": _unique,
    "nulls": _nulls,
    "conditional": _conditional,
    "increments": _increments,
    "monotone": _monotone,
    "regex": _regex,
}


def _together(names: list[str], table: pl.DataFrame, fresh: pl.DataFrame) -> Claim:
    """Only combinations that were seen.

    Where some of the columns fix the others, it says so of each of them alone and of each link of a chain, and nothing
    of values that the table did not show (a new town may lie in any county).
    """
    known = determinant(names, _rows(names, table, fresh))
    if known is None:
        return _closed(names, [[name] for name in names], table)
    new = ~_among(fresh.select(known).drop_nulls(), table.select(known).drop_nulls().unique())
    whole = len(known) == 1 or new.sum() <= UNSEEN * fresh.height
    shown = [known] if whole else [[name] for name in known]
    told = [_closed([*known, name], shown, table) for name in names if name not in known]
    links = [pair for pair in permutations(names, 2) if determinant(pair, _rows(pair, table, fresh)) == [pair[0]]]
    told += [_closed([one, other], [[one]], table) for one, other in links]
    return lambda frame: reduce(and_, (claim(frame) for claim in told))


def _rows(names: Sequence[str], *frames: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame.select(names).drop_nulls().unique() for frame in frames]).unique()


def _closed(names: list[str], shown: Sequence[list[str]], table: pl.DataFrame) -> Claim:
    """Combinations that were seen, or of which some part was not; a missing cell meets it."""
    seen = table.select(names).drop_nulls().unique()
    parts = [table.select(each).drop_nulls().unique() for each in shown]

    def met(frame: pl.DataFrame) -> pl.Series:
        missing = frame.select(pl.any_horizontal(pl.col(names).is_null())).to_series()
        new = [~_among(frame.select(part.columns), part) for part in parts]
        return reduce(or_, new, _among(frame.select(names), seen) | missing)

    return met


def determinant(names: Sequence[str], rows: pl.DataFrame) -> list[str] | None:
    """The fewest columns that fix all others, each of them needed; None where no such columns are.

    >>> determinant(["city", "land"], pl.DataFrame({"city": ["a", "b", "c"], "land": ["x", "x", "y"]}))
    ['city']
    """
    for known in _parts(names):
        rest = [name for name in names if name not in known]
        if _fixes(known, rest, rows):
            idle = any(_fixes([name for name in known if name != each], rest, rows) for each in known)
            return None if idle and len(known) > 1 else known
    return None


def _parts(names: Sequence[str]) -> Iterator[list[str]]:
    for size in range(1, len(names)):
        yield from map(list, combinations(names, size))


def _fixes(known: Sequence[str], rest: Sequence[str], rows: pl.DataFrame) -> bool:
    if not known:
        return False
    return rows.select(known).n_unique() == rows.select([*known, *rest]).n_unique()


def _among(rows: pl.DataFrame, seen: pl.DataFrame) -> pl.Series:
    """Which rows stand among those seen, a missing cell being like another."""
    marked = rows.join(seen.with_columns(pl.lit(value=True).alias(" seen")), on=rows.columns, how="left",
                       nulls_equal=True, maintain_order="left")  # fmt: skip
    return marked[" seen"].fill_null(value=False)
