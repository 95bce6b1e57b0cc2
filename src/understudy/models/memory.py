"""Memory: whether what was learned gives away the rows it was learned from, measured while a model is fitted.

Of the training rows a part is held back while the engine learns the others: its validation rows. Had the engine learned
the pattern alone, no attack on what it draws could tell the two parts apart. Four attacks try, in the space of codes:

- membership: the rows learned lie nearer to rows drawn (Chen, Yu, Zhang and Fritz, "GAN-Leaks", CCS 2020);
- distance: rows drawn lie nearer to rows learned than to as many that were not;
- copies: rows learned come out again, code for code, more often than rows that were not learned do;
- likelihood: rows learned are more probable (Yeom, Giacomelli, Fredrikson and Jha, CSF 2018); whoever tries it must
  hold the model, not only what it draws.

What an attack wins beyond chance is its excess. Rows learned and rows held back are alike but for the learning, so that
excess is 0 on average where nothing is remembered, whatever the table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, stack
from understudy.engines.contract import Engine, Fitted, tightened
from understudy.execution.executors import cores, threads
from understudy.execution.streams import stream
from understudy.kernels.nearest import nearest
from understudy.kernels.points import Points
from understudy.plan.plan import Privacy

ALLOWANCE: Mapping[str, float] = {"standard": 0.01, "tight": 0.0}
ATTACKS = ("membership", "distance", "copies", "likelihood")
DRAWN_ALONE = ATTACKS[:3]
SURE = 2.241
"""Quantile of the normal distribution at 1 - 0.05 / 4: the lower ends of four excesses hold together with 95 %."""
QUERIES = 2_500
SPREAD = 3
BLOCKS = 4
DRAWN = 5_000
MOST_DRAWN = 200_000
WORK = 7.0e8
Draw = Callable[[Fitted, int, Generator], Codes]
WHOLE = "(all columns)"


@dataclass(frozen=True)
class Excess:
    """What an attack wins beyond chance.

    Attributes:
        value: 0 where nothing is remembered, 0.5 at the most; for copies a share, 1 at the most.
        error: its standard error.
    """

    value: float
    error: float

    @property
    def low(self) -> float:
        """What it is at least: the one-sided bounds of all four attacks hold together with 95 %."""
        return self.value - SURE * self.error


@dataclass(frozen=True)
class Memory:
    """What four attacks won against a model while it was fitted, and what was done about it.

    Attributes:
        membership: nearness of rows drawn tells rows learned from others (area under the curve, less one half).
        distance: rows drawn lie nearer to rows learned (share, ties as halves, less one half).
        copies: rows learned are drawn again (share, less that of other rows).
        likelihood: the model's own probability tells rows learned from others (area under the curve, less one half).
        rows: rows of either sort that were asked about.
        drawn: rows drawn for it.
        rounds: how often the engine learned again, more smoothly.
        options: hyper-parameters that were changed for it, as last used.
        remembers: attacks whose excess stays beyond what the plan allows.
    """

    membership: Excess
    distance: Excess
    copies: Excess
    likelihood: Excess
    rows: int
    drawn: int
    rounds: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    remembers: tuple[str, ...] = ()

    def beyond(self, privacy: Privacy) -> tuple[str, ...]:
        """The attacks whose excess is surely more than a level of privacy allows; "relaxed" allows all."""
        if privacy == "relaxed":
            return ()
        counted = ATTACKS if privacy == "tight" else DRAWN_ALONE
        return tuple(name for name in counted if getattr(self, name).low > ALLOWANCE[privacy])

    def __str__(self) -> str:
        shares = (("membership", "membership AUC", 0.5), ("distance", "distance share", 0.5))
        shares += (("copies", "excess copies", 0.0), ("likelihood", "likelihood AUC", 0.5))
        return ", ".join(f"{words} {_figure(getattr(self, name), chance)}" for name, words, chance in shares)

    def state(self) -> dict[str, Any]:
        """Plain data that `restore` takes."""
        excesses = {name: [getattr(self, name).value, getattr(self, name).error] for name in ATTACKS}
        counts = {"rows": self.rows, "drawn": self.drawn, "rounds": self.rounds}
        return {**excesses, **counts, "options": dict(self.options), "remembers": list(self.remembers)}

    @classmethod
    def restore(cls, plain: Mapping[str, Any]) -> "Memory":
        """The inverse of `state`."""
        excesses = {name: Excess(*map(float, plain[name])) for name in ATTACKS}
        return cls(**{**plain, **excesses, "remembers": tuple(plain["remembers"])})


def _figure(excess: Excess, chance: float) -> str:
    return f"{chance + excess.value:.3f} ± {excess.error:.3f}"


class Watch:
    """The attack that an engine is fitted under: measures every attempt, and says whether it must be smoother.

    Args:
        learned: the rows that the engine learns first.
        unseen: as yet unlearned rows of the same table, at least one.
        privacy: what is allowed; "relaxed" measures nothing.
        seed: of the plan.
    """

    def __init__(self, learned: Codes, unseen: Codes, privacy: Privacy, seed: int) -> None:
        self.learned, self.unseen, self.seed = learned, unseen, seed
        self.privacy: Privacy = privacy
        self.alone: Fitted | None = None
        self.found: list[Memory] = []

    def __call__(self, fitted: Fitted) -> bool:
        """Whether what was learned of `learned` alone remembers it."""
        self.alone = fitted
        if self.privacy == "relaxed":
            return False
        self.found.append(self.measure(fitted))
        return bool(self.found[-1].remembers)

    def measure(self, fitted: Fitted, draw: Draw | None = None) -> Memory:
        """What attacks win against rows drawn.

        Args:
            fitted: what was learned of `learned` alone.
            draw: how rows are drawn from it; every row as it comes where None.
        """
        memory = measured(fitted, self.learned, self.unseen, stream(self.seed, "memory"), draw)
        return replace(memory, remembers=memory.beyond(self.privacy))

    def memory(self, asked: Engine, begun: Engine) -> Memory | None:
        """What was found last, and what it took; None where nothing was measured.

        Args:
            asked: the engine with the plan's options.
            begun: the engine that was fitted under this attack.
        """
        if not self.found:
            return None
        rounds = len(self.found) - 1
        return replace(self.found[-1], rounds=rounds, options=_changed(asked, tightened(begun, rounds)))


def entries(found: Memory | None, asked: Engine, privacy: Privacy) -> list[dict[str, Any]]:
    """The ledger's entries: what was done against remembering, and whether it was in vain.

    Args:
        found: what was measured, None where nothing was.
        asked: the engine with the plan's options.
        privacy: of the plan.
    """
    begun = asked.tightened() if privacy == "tight" else asked
    options, rounds = (_changed(asked, begun), 0) if found is None else (found.options, found.rounds)
    told = []
    if options:
        why = f"training rows were remembered; learned again, times: {rounds}" if rounds else "as asked"
        told.append(("smoothed", "; ".join([why, *(f"{name} is {_short(value)}" for name, value in options.items())])))
    if found is not None and found.remembers:
        won = " and ".join(found.remembers)
        told.append(("remembered", f"{won} win more on training rows than privacy allows: {found}"))
    return [{"column": WHOLE, "what": what, "rows": None, "values": None, "text": text} for what, text in told]


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _changed(asked: Engine, used: Engine) -> dict[str, Any]:
    return {name: value for name, value in vars(used).items() if value != getattr(asked, name)}


def measured(fitted: Fitted, learned: Codes, unseen: Codes, rng: Generator, draw: Draw | None = None) -> Memory:
    """What four attacks win.

    Of each part at most 2 500 rows are asked about; as many rows are drawn as were learned, fewer where comparing them
    would take more than 7e8 cells. By chance the rows of one part lie a little farther out than those of the other;
    how well their distance to as many further rows of the table tells them apart is taken off the first attack.

    Args:
        fitted: what was learned of `learned` alone.
        learned: rows learned.
        unseen: rows of the same table that were not, at least one.
        rng: of the rows asked about and those drawn.
        draw: how rows are drawn; every row as it comes where None.
    """
    outside = _some(unseen, QUERIES, rng)
    order = rng.permutation(len(learned))
    inside = learned.take(order[: SPREAD * len(outside)])
    count = min(len(outside), len(inside))
    members, others = inside.take(slice(count)), outside.take(slice(count))
    wanted = min(len(learned), MOST_DRAWN)
    drawn = fitted.draw(wanted, None, None, rng).codes if draw is None else draw(fitted, wanted, rng)
    width = max(len(learned.domains), 1)
    near = drawn.take(slice(max(1, int(WORK / (2 * count * width)))))
    place = _places(stack([inside, outside]))
    asked, further = place(stack([members, others])), learned.take(order[count:][: len(near)])
    away, usual = (
        -nearest(asked, place(rows), [0, len(rows)], cores())[:, 0] if len(rows) else np.zeros(len(asked))
        for rows in (near, further)
    )
    return Memory(
        membership=_separation(away[:count], away[count:], usual[:count], usual[count:]),
        distance=_preference(place(drawn.take(slice(DRAWN))), place(inside), place(outside)),
        copies=_repeated(drawn, members, others),
        likelihood=_separation(*threads(lambda part: _log_prob(fitted, part), (members, others))),
        rows=count,
        drawn=len(drawn),
    )


def _some(rows: Codes, most: int, rng: Generator) -> Codes:
    return rows.take(rng.permutation(len(rows))[:most])


def _log_prob(fitted: Fitted, rows: Codes) -> NDArray[np.float64]:
    rng = stream(0, "memory")  # nothing is left to chance
    known = {column: rows.cells(column) for column in range(len(rows.domains))}
    return fitted.draw(len(rows), None, None, rng, known=known).log_weight


def _places(rows: Codes) -> Callable[[Codes], Points]:
    """What turns codes into points: ranks among `rows` of ordered cells, levels for others.

    A missing cell is 1 away from every other.
    """
    ordered = np.array([domain.ordered for domain in rows.domains], dtype=bool)
    lines, levels = (np.flatnonzero(side).tolist() for side in (ordered, ~ordered))
    ranks = {column: _ranks(rows.domains[column], rows.cells(column)) for column in lines}

    def place(codes: Codes) -> Points:
        on_lines, in_levels = np.empty((len(lines), len(codes))), np.empty((len(levels), len(codes)), dtype=np.int64)
        for into, column in zip(on_lines, lines, strict=True):
            into[:] = ranks[column][codes.cells(column)]
        for into, column in zip(in_levels, levels, strict=True):
            into[:] = codes.cells(column)
        return Points.of(on_lines, in_levels)

    return place


def _ranks(domain: Domain, cells: NDArray[np.int64]) -> NDArray[np.float64]:
    counts = np.bincount(cells, minlength=domain.cells).astype(np.float64)
    gaps = int(domain.start[1]) if domain.missing else 0
    counts[:gaps] = 0
    ranks = (np.cumsum(counts) - counts / 2) / max(counts.sum(), 1.0)
    ranks[:gaps] = np.nan
    return ranks


def _separation(
    members: NDArray[np.float64],
    others: NDArray[np.float64],
    usual: NDArray[np.float64] | None = None,
    besides: NDArray[np.float64] | None = None,
) -> Excess:
    """Area under the curve of a score that should be high for members, less one half.

    Its error is that of DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988), for the difference of two areas where
    a second score of the same rows is given, which knows no members: `usual` of the members, `besides` of the others.
    """
    above, below = _beaten(members, others), 1 - _beaten(others, members)
    if usual is not None and besides is not None:
        above, below = above - _beaten(usual, besides) + 0.5, below - (1 - _beaten(besides, usual)) + 0.5
    spread = sum(float(side.var(ddof=1)) / len(side) for side in (above, below) if len(side) > 1)
    return Excess(float(above.mean()) - 0.5, float(np.sqrt(spread)))


def _beaten(scores: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each score the share of the others below it, ties as halves."""
    ordered = np.sort(others)
    both = np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")
    return both / (2 * len(others))


def _preference(drawn: Points, inside: Points, outside: Points) -> Excess:
    """How often rows drawn lie nearer to a block of rows learned than to a block of others, less one half.

    The error is the larger of two: from the spread over the rows drawn, and from that over the blocks.
    """
    size = max(len(outside) // BLOCKS, 1)
    near, far = (
        nearest(drawn, side, range(0, len(side) // size * size + 1, size), cores()) for side in (inside, outside)
    )
    if not near.shape[1]:
        return Excess(0.0, 0.5)
    won = np.zeros((near.shape[1], far.shape[1]))
    rows = np.zeros(len(drawn))
    for i in range(near.shape[1]):
        for j in range(far.shape[1]):
            wins = np.sign(far[:, j] - near[:, i]) / 2
            won[i, j] = wins.mean()
            rows += wins / won.size
    own, other = won.mean(axis=1), won.mean(axis=0)
    freedom = len(own) + len(other) - 2
    squares = ((own - own.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum()
    blocks = np.sqrt(squares / freedom * (1 / len(own) + 1 / len(other))) if freedom else 0.0
    # few blocks: widened so that the normal quantile gives Student's bound
    wider = 1 + (SURE**2 + 1) / (4 * freedom) if freedom else 1.0
    return Excess(float(rows.mean()), float(max(rows.std() / np.sqrt(len(rows)), blocks * wider)))


def _repeated(drawn: Codes, members: Codes, others: Codes) -> Excess:
    """Share of members among the rows drawn, less that of others; the error is that of the pooled share."""
    known = np.unique(_digests(drawn))
    again, chance = (np.isin(_digests(side), known) for side in (members, others))
    pooled = (again.sum() + chance.sum() + 1) / (len(again) + len(chance) + 2)
    error = np.sqrt(pooled * (1 - pooled) * (1 / len(again) + 1 / len(chance)))
    return Excess(float(again.mean() - chance.mean()), float(error))


def _digests(rows: Codes) -> NDArray[np.uint64]:
    """A number for each row, equal where all its digits are; others meet in one with a chance of 2^-64."""
    odd = stream(0, "digests").integers(0, 2**63, len(rows.domains), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    total = np.zeros(len(rows), dtype=np.uint64)
    for column, factor in enumerate(odd):
        total = (total + rows.cells(column).astype(np.uint64) + np.uint64(1)) * factor
    return total
