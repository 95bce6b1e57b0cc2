"""A distribution for each group of rows, learned apart; small groups are learned together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.encoding.codes import Codes, Domain, Masks
from understudy.engines.contract import Arrays, Attack, Drawn, Engine, Fitted, Known, OnProgress, Sieve, settled, sieved
from understudy.errors import PlanError
from understudy.models.form import Form, Member, places_of

FEWEST = 500
MOST = 64


@dataclass(frozen=True, eq=False)
class Strata:
    """What was learned of each group.

    Attributes:
        place: of the column that says which group a row is in.
        group: of each of its cells, shape (cells,).
        share: of the rows in each group, shape (groups,).
        fitted: of each group, over all columns.
    """

    place: int
    group: NDArray[np.int64]
    share: NDArray[np.float64]
    fitted: tuple[Fitted, ...]

    @property
    def order(self) -> NDArray[np.int64]:
        """The group's column first, then as in the groups, which have one order."""
        order = self.fitted[0].order
        return np.r_[self.place, order[order != self.place]]

    def draw(
        self,
        n: int,
        context: Codes | None,
        allowed: Masks | None,
        rng: Generator,
        *,
        known: Known | None = None,
        temperature: float = 1.0,
        sieve: Sieve | None = None,
    ) -> Drawn:
        """Draw n rows, each from its group; a group is drawn by its share where none is known."""
        told = {} if known is None else known
        group, weight = self._groups(n, allowed, told, rng, temperature)
        coarse, fine, domains = None, None, ()
        for each, fitted in enumerate(self.fitted):
            rows = np.flatnonzero(group == each)
            here = {place: cells[rows] for place, cells in told.items()}
            drawn = fitted.draw(len(rows), None, allowed, rng, known=here, temperature=temperature)
            if coarse is None or fine is None:
                domains = drawn.codes.domains
                coarse = np.empty((len(domains), n), dtype=np.uint8)
                fine = np.empty((len(domains), n), dtype=np.uint16)
            coarse[:, rows], fine[:, rows] = drawn.codes.coarse, drawn.codes.fine
            weight[rows] += drawn.log_weight
        assert coarse is not None
        assert fine is not None
        return sieved(Drawn(Codes(coarse, fine, domains), weight), self.order, sieve)

    def _groups(
        self, n: int, allowed: Masks | None, told: Known, rng: Generator, temperature: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """A group for each row, and the logarithm of the probability of what it was held to."""
        share = self.share ** (1 / temperature)
        share = share / share.sum()
        able = share
        if allowed is not None and self.place in allowed:
            able = share * (np.bincount(self.group, allowed[self.place], minlength=len(share)) > 0)
        if not able.any():
            return np.zeros(n, dtype=np.int64), np.full(n, -np.inf)
        group = rng.choice(len(share), n, p=able / able.sum())
        weight = np.full(n, np.log(able.sum()))
        cells = told.get(self.place)
        if cells is not None:
            sure = cells >= 0
            group[sure] = self.group[cells[sure]]
            weight[sure] = np.log(share[group[sure]])
        return group, weight

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Plain data and arrays that `restored` takes."""
        states = [each.state() for each in self.fitted]
        arrays = {f"{place}/{name}": held for place, (_, each) in enumerate(states) for name, held in each.items()}
        plain = {"place": self.place, "groups": [each for each, _ in states]}
        return plain, {**arrays, "group": self.group, "share": self.share}


def restored(engine: Engine, plain: Mapping[str, Any], arrays: Arrays, domains: tuple[Domain, ...]) -> Strata:
    """The inverse of `Strata.state`.

    Raises:
        ValueError: the parts do not belong together.
    """
    place, group, share = plain["place"], arrays["group"], arrays["share"]
    if len(share) != len(plain["groups"]) or len(group) != domains[place].cells or group.max() >= len(share):
        raise ValueError("the groups do not agree")
    fitted = []
    for number, each in enumerate(plain["groups"]):
        prefix = f"{number}/"
        own = {name.removeprefix(prefix): held for name, held in arrays.items() if name.startswith(prefix)}
        fitted.append(engine.restore(each, own, domains))
    return Strata(int(place), group, share, tuple(fitted))


def labels(form: Form, by: Sequence[str]) -> tuple[int, NDArray[np.int64]]:
    """The place of the column that tells groups apart, and the label of each of its cells, shape (cells,).

    Raises:
        PlanError: a column is not learned, or they are not told by one learned column.
    """
    for name in by:
        if name not in form.learned:
            hint = "name columns that are learned"
            raise PlanError(f"'{name}' is not learned and makes no groups", where="by", hint=hint, field="by")
    places = {form.place(name) for name in by}
    if len(places) > 1:
        hint = "hardly any combination of them is carried by enough rows; name fewer"
        raise PlanError(f"{', '.join(by)} make no groups together", where="by", hint=hint, field="by")
    place = places.pop()
    fusion = form.rewriting.fusion(by[0])
    cells = np.arange(form.book.domains[place].cells)
    if fusion is None:
        return place, cells
    member = form.code(by[0])
    assert isinstance(member, Member)
    alike = pl.DataFrame([fusion.table[name].alias(f"c{at}") for at, name in enumerate(by)])
    told = alike.select(pl.struct(pl.all()).rank("dense").alias("group"))["group"].to_numpy().astype(np.int64) - 1
    found = np.full(len(cells), told.max() + 1, dtype=np.int64)
    found[places_of(fusion, member.code)] = told
    return place, found


def groups(cells: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group of each cell of a column: a label that 500 rows carry is a group of its own, the others share the last.

    Args:
        cells: of the rows, shape (rows,).
        labels: of each cell, shape (cells,).
    """
    rows = np.bincount(labels[cells], minlength=labels.max() + 1)
    order = np.argsort(-rows, kind="stable")[:MOST]
    large = order[rows[order] >= FEWEST]
    number = np.full(len(rows), len(large), dtype=np.int64)
    number[large] = np.arange(len(large))
    group = number[labels]
    pooled = rows[number == len(large)].sum()
    return group if pooled else np.where(group == len(large), 0, group)


def fit(
    engine: Engine,
    place: int,
    labels: NDArray[np.int64],
    rows: Codes,
    valid: Codes,
    rng: Generator,
    on_progress: OnProgress | None = None,
    attack: Attack | None = None,
) -> Strata:
    """Learn each group apart.

    Args:
        engine: learns each; in the table's order, so that groups have one.
        place: of the column that tells groups apart.
        labels: of its cells, as `labels` gives them.
        rows: as in `Engine.fit`.
        valid: as in `Engine.fit`.
        rng: as in `Engine.fit`.
        on_progress: called with (groups done, groups).
        attack: asked of what was learned of `rows` alone, all groups together.
    """
    if hasattr(engine, "orders"):
        engine = replace(engine, orders=1)  # type: ignore[type-var]
    group = groups(np.r_[rows.cells(place), valid.cells(place)], labels)
    number = int(group.max()) + 1
    here, there = group[rows.cells(place)], group[valid.cells(place)]
    share = np.bincount(np.r_[here, there], minlength=number) / (len(rows) + len(valid))

    def learn(engine: Engine) -> tuple[Strata, Strata]:
        whole, alone = [], []
        for each in range(number):
            parts = rows.take(np.flatnonzero(here == each)), valid.take(np.flatnonzero(there == each))
            caught: list[Fitted] = []

            def catch(fitted: Fitted, caught: list[Fitted] = caught) -> bool:
                caught.append(fitted)
                return False

            whole.append(engine.fit(parts[0], None, parts[1], rng, None, catch if attack is not None else None))
            alone.append(caught[0] if caught else whole[-1])
            if on_progress is not None:
                on_progress(each + 1, number)
        return (Strata(place, group, share, tuple(whole)), Strata(place, group, share, tuple(alone)))

    if attack is None:
        return learn(engine)[0]
    return settled(engine, learn, lambda learned: attack(learned[1]))[0]
