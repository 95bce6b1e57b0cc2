"""Proposals held against the process that made the table: what was found, what is false, what says nothing new.

A planted rule is found where the true proposals together refuse the rows in which it, and it alone, is broken. A
proposal is false where fresh rows of the process break it (more than 2 in 50 000); it is empty where no row breaks it
that is made of real values; it is redundant where every row that breaks it breaks another proposal as well. It is right
where it refuses rows that break a planted rule, and neutral where it is true without one. What is not called exact, or
has nothing to write in a plan, counts on no side.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planted.claims import Claim, UnreadableError, claims
from planted.process import Process, Rule, decimals
from understudy.data.infer import infer
from understudy.data.schema import Schema
from understudy.data.table import Source, Table
from understudy.data.values import parse
from understudy.errors import UnderstudyError

FRESH, BREAKING, SHUFFLED = 50_000, 4_000, 2_000
UNSEEN = 2  # fresh rows: what breaks in fewer than 1 of 20 000 cannot show in tables of at most so many rows
FOUND, TOUCHED = 0.9, 0.1
Word = Literal["right", "neutral", "redundant", "empty", "false", "unread"]
Flags = NDArray[np.bool_]


class Proposed(Protocol):
    """What is read of a proposal."""

    @property
    def kind(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def says(self) -> Mapping[str, Any]: ...
    @property
    def exact(self) -> bool: ...


Find = Callable[[pl.DataFrame, Schema], Sequence[Proposed]]


@dataclass(frozen=True)
class Verdict:
    """What became of one exact proposal; `why` names the share of rows that break it, or the planted rule it tells."""

    proposal: Proposed
    word: Word
    why: str = ""


@dataclass(frozen=True)
class Recalled:
    """A planted exact rule, and the share of rows breaking it that the true proposals refuse."""

    rule: Rule
    refused: float

    @property
    def found(self) -> bool:
        """Whether nearly all are refused."""
        return self.refused >= FOUND


@dataclass(frozen=True)
class Judged:
    """One table: its planted exact rules and the exact proposals."""

    name: str
    rules: tuple[Recalled, ...]
    verdicts: tuple[Verdict, ...]
    seconds: float = 0.0


@dataclass(frozen=True)
class Trial:
    """Rows that proposals are tried on, typed as the table is.

    Attributes:
        table: the rows that were searched.
        fresh: others of the same process.
        ties: fresh rows in which a rounded value might as well be its neighbour.
        broken: for each planted exact rule rows of which some break it, and which these are.
    """

    table: pl.DataFrame
    schema: Schema
    fresh: pl.DataFrame
    ties: Flags
    broken: Mapping[Rule, tuple[pl.DataFrame, Flags]]


def trial(process: Process) -> Trial:
    """The table, fresh rows, and rows that break each exact rule."""
    drawn = process.table()
    schema = infer(Table(drawn, Source(process.name)))
    fresh = process.draw(FRESH, process.seed + 1)
    broken = {}
    for place, rule in enumerate(rule for rule in process.rules if not rule.noise):
        rows = process.draw(BREAKING, process.seed + 2 + place, breaking=rule)
        broken[rule] = typed(rows, schema), ~rule.met(rows).to_numpy()
    ties = [rule.ties(fresh).to_numpy() for rule in process.rules if rule.ties is not None]
    halves = np.logical_or.reduce([np.zeros(FRESH, bool), *ties])
    return Trial(typed(drawn, schema), schema, typed(fresh, schema), halves, broken)


def typed(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Rows as searches see them."""
    return parse(Table(frame, Source(schema.name)), schema).frame


def judged(process: Process, proposals: Sequence[Proposed], tried: Trial, seconds: float = 0.0) -> Judged:
    """What the exact proposals of a table are worth."""
    true: list[tuple[Proposed, list[Claim]]] = []
    verdicts: list[Verdict] = []
    for proposal in proposals:
        if not proposal.exact or not proposal.says:
            continue
        try:
            said = claims(proposal.says, tried.table, tried.fresh)
            broken = _held_against(proposal, said, tried)
        except (UnreadableError, UnderstudyError, pl.exceptions.PolarsError, KeyError) as error:
            verdicts.append(Verdict(proposal, "unread", f"{type(error).__name__}: {error}"))
            continue
        if broken.sum() > UNSEEN:
            verdicts.append(Verdict(proposal, "false", f"{broken.mean():.3%} of fresh rows break it"))
        else:
            true.append((proposal, said))
    refused = {rule: np.array([~met(said, rows) for _, said in true]).reshape(len(true), len(rows))
               for rule, (rows, _) in tried.broken.items()}  # fmt: skip
    verdicts += _worth(true, refused, tried)
    rules = [
        Recalled(rule, _share(np.logical_or.reduce(refused[rule], axis=0), flags))
        for rule, (_, flags) in tried.broken.items()
    ]
    return Judged(process.name, tuple(rules), tuple(verdicts), seconds)


def met(said: Sequence[Claim], frame: pl.DataFrame) -> Flags:
    """Rows in which all claims hold."""
    return np.logical_and.reduce([claim(frame).to_numpy() for claim in said])


def _share(told: Flags, among: Flags) -> float:
    return float(told[among].mean()) if among.any() else 0.0


def _held_against(proposal: Proposed, said: Sequence[Claim], tried: Trial) -> Flags:
    """Fresh rows that break a proposal, but for computed values that are one step off where a half was rounded."""
    fresh, broken = tried.fresh, ~met(said, tried.fresh)
    halves = broken & tried.ties
    computed = [name for name, entry in proposal.says.get("columns", {}).items() if "expression" in entry]
    if not halves.any() or len(computed) != 1 or not fresh[computed[0]].dtype.is_numeric():
        return broken
    name = computed[0]
    step = 10.0 ** -decimals(fresh[name])
    for sign in (1, -1):
        halves &= ~met(said, fresh.with_columns(fresh[name] + sign * step))
    return broken & (halves | ~tried.ties)


def _worth(true: Sequence[tuple[Proposed, list[Claim]]], refused: Mapping[Rule, Flags], tried: Trial) -> list[Verdict]:
    """Empty, redundant, right or neutral."""
    few = tried.fresh.head(SHUFFLED)
    pool = [*refused.values()]
    touched = sorted({name for proposal, _ in true for name in proposal.columns if name in few.columns})
    for name in touched:
        rows = few.with_columns(few[name].sample(fraction=1.0, shuffle=True, seed=0).alias(name))
        pool.append(np.array([~met(said, rows) for _, said in true]).reshape(len(true), len(rows)))
    broken = np.hstack(pool) if pool else np.zeros((len(true), 0), bool)
    spare = _spare(broken)
    verdicts = []
    for place, (proposal, _) in enumerate(true):
        shares = {rule: _share(flags[place], tried.broken[rule][1]) for rule, flags in refused.items()}
        best = max(shares, key=lambda rule: shares[rule], default=None)
        told = f"{best.kind}: {best.text}" if best is not None and shares[best] >= TOUCHED else ""
        if not broken[place].any():
            verdicts.append(Verdict(proposal, "empty", "no row of real values breaks it"))
        elif place in spare:
            verdicts.append(Verdict(proposal, "redundant", f"what breaks it breaks {spare[place]} other(s) as well"))
        else:
            verdicts.append(Verdict(proposal, "right" if told else "neutral", told))
    return verdicts


def _spare(broken: Flags) -> dict[int, int]:
    """Proposals that those which are kept imply, the last said first, with how many others refuse their rows."""
    kept, spare = list(range(len(broken))), {}
    for place in reversed(range(len(broken))):
        others = [each for each in kept if each != place]
        rows = broken[place]
        if not rows.any() or not others:
            continue
        alone = rows & ~broken[others].any(axis=0)
        if alone.sum() <= 0.002 * rows.sum():
            kept = others
            spare[place] = int((broken[others][:, rows].mean(axis=1) > TOUCHED).sum())
    return spare
