"""Guides: what the columns before say of where a column's code lies, as features of its levels.

The levels of a column are learned apart, though where its value lies is one function of the columns before it. A guide
is that function: a sum of functions of them by least squares, and trees boosted by the squared loss for what it leaves.
Of an ordered column the first tells the normal score of the code, the second how far off the first is (absolute
residuals regressed: Carroll and Ruppert, *Transformation and Weighting in Regression*, 1988, section 3.3). Of
categories each tells a score by which the columns before set them apart most (correspondence analysis: Greenacre,
*Theory and Applications of Correspondence Analysis*, 1984, section 4.1). Rows learned see what a guide of the same
questions says that was taught by the other half of them (Wolpert, "Stacked generalization", *Neural Networks* 5, 1992):
one that knew their answers would be trusted too much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from understudy.encoding.codes import Domain
from understudy.engines.levels import Data, ranked
from understudy.engines.probit import MIDDLE, STEP
from understudy.engines.scores import CODES, COUNTED, LEAST_CODES, apart, normal
from understudy.engines.sums import Basis, Sum
from understudy.execution.algebra import one_thread
from understudy.execution.executors import threads
from understudy.kernels import boosting
from understudy.kernels.seeing import rank_rows

LEAST_ROWS, LEAST_BEFORE = 2000, 1
MOST_AFTER = 32
RATE, RIDGE, DEPTH, ROUNDS, PATIENCE = 0.2, 16.0, 4, 300, 15
EVEN = ((np.arange(1, CODES) - MIDDLE) * STEP).astype(np.float32)
FORMS = {"heard": (np.int64, 1), "tables": (np.float32, 2), "ranks": (np.uint8, 2), "feature": (np.int16, 2)}
FORMS |= {"above": (np.uint8, 2), "values": (np.float32, 2), "start": (np.float32, 1), "edges": (np.float32, 1)}
FORMS |= {"spread": (np.float32, 1)}


class Guide(NamedTuple):
    """A regression on the codes of the columns before, in at most 256 steps.

    Attributes:
        heard: columns of which functions are added up, int64 (heard,).
        tables: what their codes count, float32 (heard, 256).
        ranks: what each code of a column that trees ask about counts as, uint8 (predictors, 256).
        feature: which of those columns each question is about, int16 (trees, depth).
        above: the bound of each question, uint8 (trees, depth).
        values: what each leaf adds, float32 (trees, 2**depth).
        start: what they are added to, float32 (1,).
        edges: where the steps end, ascending, float32 (steps - 1,).
        spread: standard deviation of what it leaves, float32 (1,).
    """

    heard: NDArray[np.int64]
    tables: NDArray[np.float32]
    ranks: NDArray[np.uint8]
    feature: NDArray[np.int16]
    above: NDArray[np.uint8]
    values: NDArray[np.float32]
    start: NDArray[np.float32]
    edges: NDArray[np.float32]
    spread: NDArray[np.float32]

    def raw(self, codes: NDArray[np.uint8], before: NDArray[np.int64]) -> NDArray[np.float32]:
        """What it says of rows, float32 (rows,), from the codes of all columns so far and which of them trees ask."""
        seen = _seen(codes[before], np.arange(codes.shape[1]), self.ranks)
        return Sum(self.heard, self.tables).of(codes) + self.told(seen)

    def told(self, seen: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What its trees say of rows, float32 (rows,), from ranks of codes, (predictors, rows)."""
        out = np.empty(seen.shape[1], dtype=np.float32)
        boosting.summed(seen, self.start[0], self.feature, self.above, self.values, out)
        return out

    def learned(self, seen: NDArray[np.uint8], aim: NDArray[np.float32]) -> "Guide":
        """The same questions, answered by other rows."""
        start = np.array([aim.mean()], dtype=np.float32)
        values = boosting.refit(seen, aim, np.repeat(start, len(aim)), self.feature, self.above, RATE, RIDGE, True)
        return self._replace(values=values, start=start)

    def steps(self, raw: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The step that each lies on, uint8."""
        return np.searchsorted(self.edges, raw).astype(np.uint8)

    def checked(self, predictors: int, place: int) -> "Guide":
        """The same, once it is sure that its arrays can be read: they may come from a file.

        Args:
            predictors: columns that trees ask about.
            place: columns drawn before.

        Raises:
            ValueError: the arrays do not belong together.
        """
        trees, depth = self.feature.shape if self.feature.ndim == 2 else (0, 0)
        right = (
            all((array.dtype, array.ndim) == FORMS[name] for name, array in self._asdict().items())
            and self.tables.shape == (len(self.heard), CODES)
            and bool(((self.heard >= 0) & (self.heard < place)).all())
            and self.feature.shape == self.above.shape
            and 1 <= depth <= 8
            and self.values.shape == (trees, 1 << depth)
            and self.ranks.shape == (predictors, CODES)
            and self.start.shape == self.spread.shape == (1,)
            and bool(self.spread > 0)
            and len(self.edges) < CODES
            and bool((np.diff(self.edges) > 0).all())
            and bool(((self.feature >= 0) & (self.feature < predictors)).all())
            and all(
                bool(np.isfinite(each).all())
                for each in (self.tables, self.values, self.start, self.edges, self.spread)
            )
        )
        if not right:
            raise ValueError("the arrays of a guide do not belong together")
        return self


class Guided(NamedTuple):
    """Rows to learn from with what guides say of them as further columns.

    Attributes:
        data: the rows.
        before: of each column told, the columns its levels look at, those of its guides last.
        guides: of each column told; of an ordered one the last tells where its value lies.
    """

    data: Data
    before: list[NDArray[np.int64]]
    guides: list[tuple[Guide, ...]]


class Asked(NamedTuple):
    """What a guide is learned from.

    Attributes:
        before: columns that its trees may ask about.
        heard: columns of which functions are added up.
        known: the rows that have an answer, of all rows.
    """

    before: NDArray[np.int64]
    heard: NDArray[np.int64]
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class Guiding:
    """How guides are fitted.

    Attributes:
        many: guides a column: 0, 1 or 2.
        few: columns that a tree asks about at most.
        order: of the rows learned, by chance, int64 (rows,).
    """

    many: int
    few: int
    order: NDArray[np.int64]

    def all(
        self,
        data: Data,
        given: int,
        chosen: Sequence[NDArray[np.int64]],
        far: Sequence[NDArray[np.int64]],
        sure: Sequence[bool],
    ) -> Guided:
        """Guides for every column after the first `given`.

        Args:
            data: the rows.
            given: columns that are not told.
            chosen: the columns that each column's trees may ask about.
            far: the columns of which its guides may add up functions.
            sure: whether another column determines it, so that it needs none.
        """
        if not self.many or len(self.order) < LEAST_ROWS or len(data.codes) <= LEAST_BEFORE:
            return Guided(data, list(chosen), [()] * len(chosen))
        with one_thread():
            scores = self.scores(data, given, chosen)
            basis = Basis.of(data, scores, self.order)
            asked = (mine[: 0 if told else None] for mine, told in zip(chosen, sure, strict=True))
            work = zip(range(given, len(data.domains)), asked, far, strict=True)
            found = [*threads(lambda each: self.of(data, scores, basis, *each), work)]
        before, codes = [], [data.codes]
        end = len(data.codes)
        for mine, (guides, told) in zip(chosen, found, strict=True):
            before.append(np.concatenate([mine, np.arange(end, end + len(guides))]))
            codes.append(told)
            end += len(guides)
        stepped = (
            Domain(np.ones(len(each.edges) + 1, dtype=np.int64), True, False) for mine, _ in found for each in mine
        )
        domains = (*data.domains, *stepped)
        more = data._replace(codes=np.concatenate(codes), domains=domains) if end > len(data.codes) else data
        return Guided(more, before, [guides for guides, _ in found])

    def scores(self, data: Data, given: int, chosen: Sequence[NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        """Scores of every column's codes, float32 (scores, size): normal ones, or those that set levels apart."""
        some = self.order[:COUNTED]

        def scored(column: int) -> NDArray[np.float32]:
            domain, target = data.domains[column], data.codes[column]
            if domain.ordered:
                return normal(target[: data.learned], domain)[None]
            beside = chosen[column - given].tolist() if column >= given else []
            if len(beside) < LEAST_BEFORE:
                beside += [each for each, mine in enumerate(chosen, given) if column in mine][:MOST_AFTER]
            others = data.codes[np.ix_(beside, some)]
            return apart(target[some], others, domain, [data.domains[each] for each in beside])

        return [*threads(scored, range(len(data.domains)))]

    def of(
        self,
        data: Data,
        scores: Sequence[NDArray[np.float32]],
        basis: Basis,
        column: int,
        before: NDArray[np.int64],
        heard: NDArray[np.int64],
    ) -> tuple[tuple[Guide, ...], NDArray[np.uint8]]:
        """The guides of a column, and the steps on which they put all rows, uint8 (guides, rows)."""
        domain, target = data.domains[column], data.codes[column]
        known = target >= int(domain.missing and domain.ordered)
        guides: tuple[Guide, ...] = ()
        told = np.zeros((0, len(target)), dtype=np.uint8)
        if domain.size < (LEAST_CODES if domain.ordered else 2) or len(before) < LEAST_BEFORE:
            return guides, told
        if known[: data.learned].sum() < LEAST_ROWS or not known[data.learned : data.watched].any():
            return guides, told
        asked = Asked(before, heard, known)
        raw = aim = scores[column][0][target]
        for place in range(self.many if domain.ordered else min(self.many, len(scores[column]))):
            if place:
                aim = np.abs(aim - raw) if domain.ordered else scores[column][place][target]
            guide, raw = self._one(data, basis, asked, aim, EVEN if domain.ordered and not place else None)
            guides = guide, *guides
            told = np.concatenate([guide.steps(raw)[None], told])
        return guides, told

    def _one(
        self, data: Data, basis: Basis, asked: Asked, aim: NDArray[np.float32], edges: NDArray[np.float32] | None
    ) -> tuple[Guide, NDArray[np.float32]]:
        """A guide, and what it says of all rows: of those learned, what it says if the other half of them taught it."""
        before, known = asked.before, asked.known
        halves = [half[known[half]] for half in np.split(self.order, [len(self.order) // 2])]
        learned = np.concatenate(halves)
        watched = np.flatnonzero(known[data.learned : data.watched]) + data.learned
        whole, *parts = basis.fitted(asked.heard, known, aim)
        raw = whole.of(data.codes)
        left = aim - raw
        start = np.array([left[learned].mean()], dtype=np.float32)
        ranks = np.tile(np.arange(CODES, dtype=np.uint8), (len(before), 1))
        excess = left[learned].astype(np.float64) - start[0]
        domains = [data.domains[each] for each in before.tolist()]
        for domain, mine, table in zip(domains, before, ranks, strict=True):
            if not domain.ordered:
                table[: domain.size] = ranked(data.codes[mine, learned], excess, domain.size)
        sizes = np.array([domain.size for domain in domains], dtype=np.int64)
        codes = data.codes[before]
        own, unseen = _seen(codes, learned, ranks), _seen(codes, watched, ranks)
        sides = own, sizes, left[learned], start.repeat(len(learned)), unseen, left[watched], start.repeat(len(watched))
        grown = boosting.grow(*sides, DEPTH, RATE, RIDGE, self.few, 0, ROUNDS, PATIENCE, 1.0, True)
        guide = Guide(*whole, ranks, *grown, start, np.zeros(0, dtype=np.float32), np.ones(1, dtype=np.float32))
        raw += guide.told(_seen(codes, np.arange(len(raw)), ranks))
        for mine, others, taught in zip(halves, halves[::-1], parts[::-1], strict=True):
            told = taught.of(data.codes)
            other = guide.learned(_seen(codes, others, ranks), (aim - told)[others])
            raw[mine] = told[mine] + other.told(_seen(codes, mine, ranks))
        if edges is None:
            edges = _between(raw[: data.learned])
        deviation = np.sqrt(np.square(aim - raw)[learned].mean(keepdims=True))
        return guide._replace(edges=edges, spread=np.maximum(deviation, STEP).astype(np.float32)), raw


def _between(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where 256 steps of about as many rows end: halfway to the next value that occurs, ascending, float32 (edges,).

    Where few values occur, what rows learned hear is never quite what others do; it falls on the same step.
    """
    values = np.unique(raw)
    ends = np.quantile(raw, np.arange(1, CODES) / CODES, method="lower")
    last = np.searchsorted(values, np.unique(ends))
    last = last[last < len(values) - 1]
    return np.unique((values[last] + values[last + 1]) / 2).astype(np.float32)


def spread(guides: Sequence[Guide], domain: Domain) -> float | None:
    """How far what the last guide of ordered codes says is off, None where there is none."""
    return float(guides[-1].spread[0]) if guides and domain.ordered else None


def _seen(codes: NDArray[np.uint8], rows: NDArray[np.int64], ranks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ranks of some rows' codes, uint8 (predictors, rows)."""
    out = np.empty((len(codes), len(rows)), dtype=np.uint8)
    for mine, table, into in zip(codes, ranks, out, strict=True):
        rank_rows(mine, rows, table, into)
    return out
