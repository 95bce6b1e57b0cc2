"""A process in the making: its columns, with names and constants of their own for every seed."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from planted.process import Make, Process, Rule, Step

WORDS = (
    "stable", "late", "called back", "see file", "checked twice", "new", "moved", "asked for a copy", "left a message",
    "paid in part", "no answer", "closed", "reviewed", "to be seen again", "sent on", "partly done", "as agreed",
)  # fmt: skip
HEADS = (
    "Nor", "Ash", "Wes", "East", "Gran", "Lin", "Mar", "Bel", "Kings", "Hol", "Oak", "Stan", "Wood", "Har", "Thorn",
    "Fair", "Ald", "Brad", "Cam", "Dun", "El", "Fen",
)  # fmt: skip
TAILS = (
    "ville", "ton", "ford", "bury", "mouth", "field", "wick", "ham", "dale", "port", "stead", "bridge", "church", "ley",
    "worth", "gate", "minster",
)  # fmt: skip
FLAGS = ((0, 1), (False, True), ("no", "yes"), ("N", "Y"))


class Sketch:
    """Collects the steps and rules of one process.

    Args:
        name: of the process.
        rows: of its table.
        seed: what every choice hangs on.
    """

    def __init__(self, name: str, rows: int, seed: Sequence[int]) -> None:
        self.title, self.rows, self.seed = name, rows, tuple(seed)
        self.draw = np.random.default_rng(list(seed))
        self.steps: list[Step] = []
        self.rules: list[Rule] = []
        self.hidden: set[str] = set()
        self.levels: dict[str, list[Any]] = {}
        self.settled: set[str] = set()
        self._spelling = int(self.draw.integers(5))
        self.halves_up = self.may()
        self._flags = FLAGS[int(self.draw.integers(len(FLAGS)))]

    def may(self, chance: float = 0.5) -> bool:
        """A coin."""
        return bool(self.draw.random() < chance)

    def between(self, low: float, high: float, digits: int = 2) -> float:
        """A constant of the process; never one that ends in a zero or a five, so that rounding has few ties."""
        value = int(self.draw.integers(round(low * 10**digits), round(high * 10**digits) + 1))
        value += {0: 1, 5: 2}.get(value % 10, 0) if digits else 0
        return round(value / 10**digits, digits)

    def whole(self, low: int, high: int) -> int:
        """A whole constant."""
        return int(self.draw.integers(low, high + 1))

    def one(self, choices: Sequence[Any]) -> Any:
        """One of several."""
        return choices[int(self.draw.integers(len(choices)))]

    def title_of(self, names: str) -> str:
        """One of the names between bars, spelled as this table spells, not taken yet."""
        words = self.one(names.split("|")).split("_")
        told = [
            "_".join(words),
            words[0] + "".join(word.capitalize() for word in words[1:]),
            "".join(word.capitalize() for word in words),
            " ".join(words).capitalize(),
            "_".join(words).upper(),
        ][self._spelling]
        taken, plain, number = {step.column for step in self.steps}, told, 2
        while told in taken:
            told, number = f"{plain}{'_' if self._spelling != 3 else ' '}{number}", number + 1
        return told

    def add(self, names: str, make: Make) -> str:
        """A column."""
        name = self.title_of(names)
        self.steps.append(Step(name, make))
        return name

    def numbers(self, names: str, drawn: Any, digits: int | None = None) -> str:
        """A column of numbers; `drawn(generator, rows)` gives them; whole where there are no digits."""

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            values = drawn(draw, frame.height)
            if digits is None:
                return pl.Series(np.rint(values).astype(np.int64))
            return pl.Series(np.round(values, digits))

        return self.add(names, make)

    def uniform(self, names: str, low: float, high: float, digits: int | None = None) -> str:
        """Numbers between two ends."""
        return self.numbers(names, lambda draw, rows: draw.uniform(low, high, rows), digits)

    def count(self, names: str, mean: float, least: int = 0) -> str:
        """Counts, skewed."""
        return self.numbers(names, lambda draw, rows: least + draw.poisson(draw.gamma(2, mean / 2, rows)))

    def normal(self, names: str, middle: float, spread: float, digits: int | None = None) -> str:
        """A bell."""
        return self.numbers(names, lambda draw, rows: draw.normal(middle, spread, rows), digits)

    def money(self, names: str, middle: float, spread: float = 0.6, digits: int | None = 2) -> str:
        """Amounts, skewed to the right."""
        middle *= float(np.exp(self.draw.normal(0, 0.4)))
        return self.numbers(names, lambda draw, rows: middle * np.exp(draw.normal(0, spread, rows)), digits)

    def zeros(self, names: str, middle: float, share: float, digits: int | None = None) -> str:
        """Amounts of which a share is zero."""
        return self.numbers(
            names, lambda draw, rows: (draw.random(rows) >= share) * middle * np.exp(draw.normal(0, 0.6, rows)), digits
        )

    def weights(self, many: int, evenness: float = 3.0) -> NDArray[np.float64]:
        """Shares of levels, none of them rare."""
        shares = self.draw.dirichlet(np.full(many, evenness)) + 0.5 / many
        return shares / shares.sum()

    def category(self, names: str, levels: Sequence[Any], shares: Sequence[float] | None = None) -> str:
        """One of several levels."""
        known = pl.Series(list(levels))
        weights = self.weights(len(known)) if shares is None else np.array(shares) / sum(shares)

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            return known.gather(draw.choice(len(known), frame.height, p=weights))

        name = self.add(names, make)
        self.levels[name] = list(levels)
        return name

    def some(self, levels: str, least: int = 3, most: int = 99) -> list[str]:
        """Some of the levels between bars."""
        known = levels.split("|")
        many = int(self.draw.integers(min(least, len(known)), min(most, len(known)) + 1))
        return [known[place] for place in self.draw.permutation(len(known))[:many]]

    def places(self, many: int) -> list[str]:
        """Names of towns."""
        grid = [head + tail for head in HEADS for tail in TAILS]
        return [grid[place] for place in self.draw.permutation(len(grid))[:many]]

    def many(self, most: int) -> int:
        """How many levels the rows of the table can carry, at most so many."""
        return max(4, min(most, self.rows // 25))

    def told(self, condition: pl.Expr) -> pl.Expr:
        """A condition as this table writes flags: 0/1, false/true, no/yes or N/Y."""
        no, yes = self._flags
        return pl.when(condition).then(pl.lit(yes)).when(~condition).then(pl.lit(no))

    def is_set(self, name: str) -> pl.Expr:
        """Whether a flag written so is set."""
        return pl.col(name) == pl.lit(self._flags[1])

    def flag(self, names: str, share: float) -> str:
        """A flag that is set in a share of rows."""
        known = pl.Series(list(self._flags))
        return self.add(names, lambda frame, draw: known.gather((draw.random(frame.height) < share).astype(int)))

    def date(self, names: str, years: int = 3) -> str:
        """Days of a few years."""
        start = date(self.whole(2005, 2021), self.whole(1, 12), 1)

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            days = pl.Series(draw.integers(0, 365 * years, frame.height))
            return pl.select(pl.lit(start) + pl.duration(days=pl.lit(days))).to_series()

        return self.add(names, make)

    def moment(self, names: str, days: int = 200) -> str:
        """Minutes of some days."""
        start = datetime(self.whole(2005, 2021), self.whole(1, 12), 1)

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            minutes = pl.Series(draw.integers(0, 1440 * days, frame.height))
            return pl.select(pl.lit(start) + pl.duration(minutes=pl.lit(minutes))).to_series()

        return self.add(names, make)

    def key(self, names: str) -> str:
        """A number or code that no other row has."""
        start, prefix = self.whole(1, 90_000), self.one(["", "", "A-", "K", "ref"])

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            numbers = pl.Series(start + draw.permutation(frame.height))
            return pl.select(pl.format(f"{prefix}{{}}", numbers)).to_series() if prefix else numbers

        return self.add(names, make)

    def prose(self, names: str = "notes|remark|comment") -> str:
        """A few words."""

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            words = np.array(WORDS)[draw.integers(0, len(WORDS), (frame.height, 4))]
            numbers = draw.integers(0, 10_000, frame.height)
            return pl.Series([" ".join(row) + f" {number}" for row, number in zip(words, numbers, strict=True)])

        return self.add(names, make)

    def gaps(self, name: str, driver: str | None, share: float) -> None:
        """Cells of a column are lost at the end: by chance, or the more often the higher another or it itself is."""

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            chance = np.full(frame.height, share)
            if driver is not None:
                ranks = frame[driver].rank("random", seed=0).fill_null(frame.height / 2).to_numpy() / frame.height
                chance = 2 * share * ranks
            gone = pl.Series(draw.random(frame.height) < chance)
            return pl.select(pl.when(~gone).then(frame[name])).to_series()

        self.steps.append(Step(name, make))

    def rule(self, rule: Rule) -> None:
        """A rule, which a test of the corpus holds every table to."""
        self.rules.append(rule)

    def process(self) -> Process:
        """What was sketched; in half of the tables the columns stand in no order."""
        shown = [name for name in dict.fromkeys(step.column for step in self.steps) if name not in self.hidden]
        if self.may():
            shown = [shown[place] for place in self.draw.permutation(len(shown))]
        table = int(self.draw.integers(2**31))
        return Process(self.title, self.rows, table, tuple(self.steps), tuple(self.rules), tuple(shown))
