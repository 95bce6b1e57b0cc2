"""Matching: who can be found again in a partly synthetic table, where row i stands for row i of the real one.

An intruder knows some columns of a person who is in the table, as they are in the real row j, and matches them with the
synthetic rows; where c_j rows match, each is as likely. I_j tells whether row j is among them. Reiter and Mitra,
"Estimating risks of identification disclosure in partially synthetic data" (Journal of Privacy and Confidentiality 1,
2009, section 3); Drechsler and Reiter, "Accounting for intruder uncertainty due to sampling when estimating
identification disclosure risks in partially synthetic data" (Privacy in Statistical Databases 2008).

The score of the catalogue, `matching`, is measured where rows are said to correspond; the figures are functions too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.table import Table
from understudy.errors import ArgumentError, UnknownColumn, nearest
from understudy.metrics.attack import wilson
from understudy.metrics.case import Case, as_numbers, judged, one_by_one
from understudy.metrics.keys import cuts, grouped, keys_of, numbered
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric

PAIRS = 2_000_000

Rows = Table | pl.DataFrame
Tolerances = Mapping[str, float | timedelta]


@dataclass(frozen=True, eq=False)
class Matches:
    """How the rows of a real table match those of its partly synthetic stand-in.

    Attributes:
        count: c, the synthetic rows that match each real row, (rows,).
        right: I, whether its own synthetic row is among them, (rows,).
    """

    count: NDArray[np.int64]
    right: NDArray[np.bool_]

    @property
    def expected_risk(self) -> float:
        """Sum of I_j / c_j: how many people an intruder who picks among the matches is expected to find."""
        return float((self.right / np.maximum(self.count, 1)).sum())

    @property
    def share(self) -> float:
        """The expected risk as a share of the people; 0 where there is nobody."""
        return self.expected_risk / max(len(self.count), 1)

    @property
    def true_rate(self) -> float:
        """Share of people of whom one row alone matches, rightly; 0 where there is nobody."""
        return float(((self.count == 1) & self.right).sum() / max(len(self.count), 1))

    @property
    def false_rate(self) -> float | None:
        """Share of wrong matches among those of one row alone; None where there is none."""
        alone = self.count == 1
        return float((alone & ~self.right).sum() / alone.sum()) if alone.any() else None

    def figures(self) -> dict[str, float | int | None]:
        """The figures by name: `expected` as a share, `unique` for people of whom one row alone matches."""
        alone = int((self.count == 1).sum())
        return {"expected": self.share, "true_rate": self.true_rate, "false_rate": self.false_rate, "unique": alone}


@metric("privacy.matching", better="low", quick=True, paired=True)
def matching(case: Case) -> Measure:
    """Expected match risk: share of people whom an intruder who knows their keys finds, where row i is real row i.

    The intruder matches by the keys of other attacks (`keys.keys_of`) as they are in the real table. A key stays where
    each row has its real cell; one that was drawn anew, if it is a number, matches within its group (`keys.grouped`).
    Drawn values may lead astray, so the intruder may as well ignore them, match by the keys that stay, and pick any row
    where none does: the measure is the larger of the two (`parts["way"]`: known or kept). The floor is the latter; the
    ceiling is the real table in the place of the synthetic one, nothing replaced, which no stand-in exceeds. The
    interval is Wilson's, too wide for hits that are shares. `parts["ways"]` has `Matches.figures` of these three and of
    an intruder who knows every judged column that stays (`all_kept`); those of the measure stand beside them.
    `parts["kept"]` are all columns that stay, `parts["names"]` those of them that are no columns to be judged: keys,
    free text, personal data.
    """
    known, stay = keys_of(case), _kept(case)
    left = [name for name in known if name in stay]
    ways = {"known": _found(case, known, stay), "kept": _found(case, left, stay)}
    ways["untouched"] = matches(case.tables[0], case.tables[0], known)
    if every := [name for name in case.columns if name in stay]:
        ways["all_kept"] = _found(case, every, stay)
    way = max(("known", "kept"), key=lambda each: ways[each].share)
    found = ways[way]
    parts: dict[str, Any] = {"keys": list(known), "replaced": [name for name in known if name not in stay]}
    parts |= {"kept": stay, "names": [name for name in stay if name not in judged(case.schema)]}
    parts |= {"columns": len(case.schema.names), "way": way, **found.figures()}
    parts |= {"ways": {name: each.figures() for name, each in ways.items()}}
    low, high = wilson(found.expected_risk, len(found.count))
    ends = {"low": low, "high": high, "ceiling": ways["untouched"].share, "floor": ways["kept"].share}
    note = f"{found.share:.1%} of the people are expected to be found by {', '.join(known)}"
    note += f"; {ends['ceiling']:.1%} had nothing been replaced"
    return Measure("privacy.matching", found.share, **ends, parts=parts, note=note, better="low")


def _kept(case: Case) -> list[str]:
    """Columns in which each synthetic row has its own real row's cell, of all columns of the tables."""
    real, synthetic = (table.frame for table in case.tables[:2])
    both = [name for name in case.schema.names if name in real.columns and name in synthetic.columns]
    return [name for name in both if synthetic[name].equals(real[name], null_equal=True)]


def _found(case: Case, known: Sequence[str], stay: Sequence[str]) -> Matches:
    """Matches by these keys; who knows none picks any row."""
    rows = len(case.tables[0])
    if not known:
        return Matches(np.full(rows, rows), np.ones(rows, dtype=bool))
    sides = [
        pl.DataFrame({name: table.frame[name] if name in stay else _coarse(case, table.frame[name]) for name in known})
        for table in case.tables[:2]
    ]
    return matches(sides[0], sides[1], known)


def _coarse(case: Case, values: pl.Series) -> pl.Series:
    """A key that was drawn anew: a number as its group, else as it is."""
    if values.name not in case.numeric:
        return values
    return pl.Series(values.name, grouped(as_numbers(values), cuts(case, values.name)))


def expected_match_risk(
    real: Rows, synthetic: Rows, known: Sequence[str], tolerances: Tolerances | None = None
) -> float:
    """Expected number of people found: the sum over rows of I_j / c_j; divided by the rows it is a share.

    Args:
        real: the real rows, typed.
        synthetic: the stand-in, typed, its row i for row i of the real table.
        known: columns that the intruder knows, kept or replaced.
        tolerances: how far a known number may lie off and still match, by column, in its unit; a `timedelta` for dates
            and times. Other columns must be equal; a missing cell matches a missing one alone.

    Raises:
        ArgumentError: no column is known, or a tolerance is negative or of a column that is not known or no number.
        SchemaError: the tables have not the same number of rows.
        UnknownColumn: a known column is in neither or one table alone.

    >>> real = pl.DataFrame({"town": ["a", "a", "b"], "age": [30, 40, 50]})
    >>> expected_match_risk(real, pl.DataFrame({"town": ["a", "a", "b"], "age": [31, 70, 51]}), ["town"])
    2.0
    """
    return matches(real, synthetic, known, tolerances).expected_risk


def true_match_rate(real: Rows, synthetic: Rows, known: Sequence[str], tolerances: Tolerances | None = None) -> float:
    """Share of people of whom one synthetic row alone matches, and it is theirs; arguments as `expected_match_risk`."""
    return matches(real, synthetic, known, tolerances).true_rate


def false_match_rate(
    real: Rows, synthetic: Rows, known: Sequence[str], tolerances: Tolerances | None = None
) -> float | None:
    """Share of wrong ones among matches of one row alone; None without any; arguments as `expected_match_risk`."""
    return matches(real, synthetic, known, tolerances).false_rate


def matches(real: Rows, synthetic: Rows, known: Sequence[str], tolerances: Tolerances | None = None) -> Matches:
    """How many synthetic rows match each real row, and whether its own does; arguments as `expected_match_risk`.

    Memory is linear in the rows; time too, but with two tolerances or more it grows with the pairs of rows that match
    in all but the second to last of them.
    """
    first, second = _frame(real), _frame(synthetic)
    near = _tolerances(tolerances or {}, known)
    _check(first, second, known, near)
    exact = [name for name in known if name not in near]
    lines = [tuple(as_numbers(frame[name]) for frame in (first, second)) for name in near]
    kind = _kinds(first, second, exact, lines)
    if not lines:
        count = np.bincount(kind[1], minlength=int(max(each.max(initial=0) for each in kind)) + 1)[kind[0]]
        return Matches(count, kind[0] == kind[1])
    gaps = list(near.values())
    own = [within(mine, theirs, gap) for (mine, theirs), gap in zip(lines, gaps, strict=True)]
    return Matches(_near(kind, lines, gaps), np.logical_and.reduce([kind[0] == kind[1], *own]))


def within(mine: NDArray[np.float64], theirs: NDArray[np.float64], gap: float) -> NDArray[np.bool_]:
    """Whether two numbers lie no farther apart than this, or both are missing."""
    return (mine - gap <= theirs) & (theirs <= mine + gap) | np.isnan(mine) & np.isnan(theirs)


def _near(
    kind: Sequence[NDArray[np.int64]], lines: Sequence[tuple[NDArray[np.float64], ...]], gaps: Sequence[float]
) -> NDArray[np.int64]:
    """Synthetic rows of each real row's kind that lie within all gaps, (rows,)."""
    low, high, order = _window(kind, lines[0], gaps[0])
    if len(lines) == 1:
        return high - low
    count = np.zeros(len(low), dtype=np.int64)
    for rows in _chunks(high - low):
        span = (high - low)[rows]
        mine = np.repeat(rows, span)
        place = np.arange(len(mine)) - np.repeat(np.cumsum(span) - span, span) + np.repeat(low[rows], span)
        theirs = order[place]
        met = [within(line[0][mine], line[1][theirs], gap) for line, gap in zip(lines[1:], gaps[1:], strict=True)]
        np.add.at(count, mine[np.logical_and.reduce(met)], 1)
    return count


def _window(
    kind: Sequence[NDArray[np.int64]], line: tuple[NDArray[np.float64], ...], gap: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where, in synthetic rows sorted by kind and number, those stand that each real row matches: from, to, order."""
    mine, theirs = (np.nan_to_num(side) for side in line)
    places = [_places(np.concatenate([theirs, mine + sign * gap]), len(theirs)) for sign in (-1, 1)]
    edges = []
    for side, (held, asked) in zip(("left", "right"), places, strict=True):
        size = int(max(held.max(initial=0), asked.max(initial=0))) + 1
        edges.append(np.searchsorted(np.sort(kind[1] * size + held), kind[0] * size + asked, side=side))
    return edges[0], edges[1], np.lexsort((theirs, kind[1]))


def _places(values: NDArray[np.float64], held: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ranks of values that keep their order and ties, the first so many and the others."""
    ranks = np.unique(values, return_inverse=True)[1]
    return ranks[:held], ranks[held:]


def _chunks(spans: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Rows in order, together of about as many pairs as fit."""
    turn = (np.cumsum(spans) - spans) // PAIRS
    yield from (np.flatnonzero(turn == each) for each in np.unique(turn))


def _kinds(
    first: pl.DataFrame, second: pl.DataFrame, exact: Sequence[str], lines: Sequence[tuple[NDArray[np.float64], ...]]
) -> list[NDArray[np.int64]]:
    """One number for each row: the same for rows alike in the exact columns and in what is missing of the others."""
    columns = [_codes(first[name], second[name]) for name in exact]
    columns += [tuple(np.isnan(side).astype(np.int64) for side in line) for line in lines]
    return numbered([np.column_stack(side) for side in zip(*columns, strict=True)])


def _codes(first: pl.Series, second: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the values of a column, the same in both tables; missing is a value."""
    if first.dtype != second.dtype:
        kind = pl.Float64 if first.dtype.is_numeric() and second.dtype.is_numeric() else pl.String
        first, second = first.cast(kind), second.cast(kind)
    ranks = pl.concat([first, second]).rank("dense").fill_null(0).to_numpy()
    return ranks[: len(first)].astype(np.int64), ranks[len(first) :].astype(np.int64)


def _frame(rows: Rows) -> pl.DataFrame:
    return rows.frame if isinstance(rows, Table) else rows


def _tolerances(given: Tolerances, known: Sequence[str]) -> dict[str, float]:
    """Tolerances as numbers, microseconds for dates and times."""
    strange = [name for name in given if name not in known]
    if strange:
        raise ArgumentError(
            f"a tolerance is given for '{strange[0]}', which is not known", hint=nearest(strange[0], known)
        )
    gaps = {name: gap / timedelta(microseconds=1) if isinstance(gap, timedelta) else gap for name, gap in given.items()}
    for name, gap in gaps.items():
        if not gap >= 0:
            raise ArgumentError(f"the tolerance of '{name}' is {gap}", hint="give 0 or more", field="tolerances")
    return gaps


def _check(first: pl.DataFrame, second: pl.DataFrame, known: Sequence[str], near: Mapping[str, float]) -> None:
    if not known:
        raise ArgumentError("no column is known", hint="name those that an intruder knows", field="known")
    for role, frame in (("real", first), ("synthetic", second)):
        for name in known:
            if name not in frame.columns:
                raise UnknownColumn(f"no column '{name}'", where=f"{role} table", hint=nearest(name, frame.columns))
            if name in near and not (frame[name].dtype.is_numeric() or frame[name].dtype.is_temporal()):
                raise ArgumentError(
                    f"'{name}' is no number and has no tolerance", hint="leave it out", field="tolerances"
                )
    one_by_one(first.height, second.height)
