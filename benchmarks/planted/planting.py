"""Rules planted in a sketch, and columns that only look as if they obeyed one."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator

from planted.process import Rule, same
from planted.sketch import Sketch

NOISE_CHANCE, NOISY_RULES = 0.1, 2
HALF = 1e-6
Told = Callable[[pl.DataFrame], pl.Series]
SPAN = {"days": pl.duration(days=1), "hours": pl.duration(hours=1)}
NAMES = (
    "score|index|rating|points", "level|tier|step_no", "batch|lot|run", "source|channel|origin_system", "width|length",
    "visits|contacts|touches", "age|years_on_file", "fee|surcharge|deposit", "distance|range_km", "weight|mass_kg",
    "share|rate_pct|usage", "priority|urgency", "shift|team|crew", "colour|shade|finish", "rank_no|position|place",
)  # fmt: skip
LEVELS = (
    "red|blue|green|black|white|grey", "north|south|east|west|centre", "low|middle|high", "web|phone|shop|partner",
    "A|B|C|D|E|F|G", "day|evening|night", "new|used|repaired", "gold|silver|bronze|basic", "monthly|quarterly|yearly",
)  # fmt: skip


class Planting(Sketch):
    """A sketch in which columns are made by rules."""

    def hold(self, kind: str, columns: Sequence[str], text: str, met: Told, ties: Told | None = None) -> str:
        """Note a rule whose last column is the first named; now and then it is broken in 0.5 to 5 % of the rows."""
        noisy = sum(rule.noise > 0 for rule in self.rules)
        noise = 0.0
        if noisy < NOISY_RULES and self.may(NOISE_CHANCE):
            noise = float(np.exp(self.draw.uniform(np.log(max(0.005, 8 / self.rows)), np.log(0.05))))
        self.rule(Rule(kind, tuple(columns), columns[0], text, met, noise, ties))
        self.settled.update(columns)
        return columns[0]

    def computed(
        self, kind: str, names: str, formula: pl.Expr, of: Sequence[str], text: str = "", digits: int | None = None
    ) -> str:
        """A column that a formula gives; rounded where digits are given."""
        whole, ties = (formula, None) if digits is None else self._rounded(formula, digits)

        def of_row(frame: pl.DataFrame) -> pl.Series:
            return frame.select(whole.alias("made")).to_series()

        name = self.add(names, lambda frame, draw: of_row(frame))
        said = f"{name} = {text or plain(formula)}" + (f", to {digits} digits" if digits is not None else "")

        def met(frame: pl.DataFrame) -> pl.Series:
            missing = frame.select(pl.any_horizontal(pl.lit(value=False), *(pl.col(each).is_null() for each in of)))
            return same(frame[name], of_row(frame)) | (missing.to_series() & (kind != "sum with gaps"))

        return self.hold(kind, (name, *of), said, met, ties)

    def _rounded(self, formula: pl.Expr, digits: int) -> tuple[pl.Expr, Told]:
        """A formula rounded, halves up as in a ledger or to the even side as in most programs; and where halves are."""
        steps = formula * 10.0**digits
        whole = (steps + 0.5 + HALF / 100).floor() if self.halves_up else steps.round(0)
        tie = ((steps - steps.floor() - 0.5).abs() < HALF).fill_null(value=False).alias("tie")
        rounded = (whole / 10.0**digits).round(max(digits, 0))
        return rounded, lambda frame: frame.select(tie).to_series()

    def flagged(self, names: str, condition: pl.Expr, of: Sequence[str], text: str, kind: str = "flag") -> str:
        """A flag that is set where a condition holds."""
        return self.computed(kind, names, self.told(condition), of, text)

    def banded(self, names: str, of: str, cuts: Sequence[float], labels: Sequence[str]) -> str:
        """Bands of a number: below the first cut the first label, from it on the second, …"""
        told = pl.when(pl.col(of).is_not_null()).then(pl.lit(labels[0]))
        for cut, label in zip(cuts, labels[1:], strict=True):
            told = pl.when(pl.col(of) >= cut).then(pl.lit(label)).otherwise(told)
        return self.computed("band", names, told, (of,), f"band of {of} cut at {list(cuts)}")

    def running(self, names: str, of: str, by: str | None = None, digits: int = 2) -> str:
        """A running total in the order of rows, of all or of each group."""
        total = pl.col(of).cum_sum() if by is None else pl.col(of).cum_sum().over(by)
        columns = (of,) if by is None else (of, by)
        return self.computed("running total", names, total, columns, f"running {of}" + f" by {by}" * bool(by), digits)

    def mapped(self, kind: str, names: str, of: str, mapping: Mapping[Any, Any]) -> str:
        """A column that another fixes by a table."""
        keys, values = pl.Series(list(mapping)), pl.Series(list(mapping.values()))

        def of_row(frame: pl.DataFrame) -> pl.Series:
            return frame[of].replace_strict(keys, values, default=None, return_dtype=values.dtype)

        name = self.add(names, lambda frame, draw: of_row(frame))
        self.levels[name] = list(dict.fromkeys(mapping.values()))
        return self.hold(kind, (name, of), f"{of} fixes {name}", lambda frame: same(frame[name], of_row(frame)))

    def dependent(self, names: str, of: str, levels: Sequence[Any]) -> str:
        """A coarser column: each level of `of` lies in one of the levels."""
        known = self.levels[of]
        few = list(levels)[: max(2, len(known) // 2)]
        parents = [*few, *few, *(self.one(few) for _ in known)][: len(known)]
        placed = [parents[place] for place in self.draw.permutation(len(known))]
        return self.mapped("dependency", names, of, dict(zip(known, placed, strict=True)))

    def recoded(self, names: str, of: str, codes: Sequence[Any] | None = None) -> str:
        """A second code of the same thing, one to one."""
        known = self.levels[of]
        given = codes if codes is not None else [int(each) for each in self.draw.permutation(len(known)) + 1]
        return self.mapped("recode", names, of, dict(zip(known, given, strict=False)))

    def paired(self, names: str, one: str, two: str, levels: Sequence[Any]) -> str:
        """A column that two together fix, neither of them alone."""
        table = {(a, b): self.one(levels) for a in self.levels[one] for b in self.levels[two]}
        for place, level in enumerate(self.levels[two]):
            table[self.levels[one][0], level] = levels[place % len(levels)]
        for place, level in enumerate(self.levels[one]):
            table[level, self.levels[two][-1]] = levels[(place + 1) % len(levels)]

        def of_row(frame: pl.DataFrame) -> pl.Series:
            return pl.Series([table.get(pair) for pair in zip(frame[one], frame[two], strict=True)])

        name = self.add(names, lambda frame, draw: of_row(frame))
        self.levels[name] = list(levels)
        return self.hold(
            "dependency on two", (name, one, two), f"{one}, {two} fix {name}",
            lambda frame: same(frame[name], of_row(frame)),
        )  # fmt: skip

    def later(self, names: str, start: str, most: int, unit: str = "days", least: int = 0) -> str:
        """A date or moment not before another."""

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            passed = pl.Series(least + np.floor((most + 1) * draw.beta(1, 2.5, frame.height)).astype(np.int64))
            return frame[start] + pl.select(pl.lit(passed) * SPAN[unit]).to_series()

        name = self.add(names, make)
        return self.ordered("order of dates", name, start)

    def above(self, names: str, base: str, scale: float, digits: int | None = None) -> str:
        """A number not below another, often equal to it."""

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            more = np.maximum(draw.exponential(scale, frame.height) - 0.15 * scale, 0)
            added = pl.Series(np.rint(more).astype(np.int64) if digits is None else np.round(more, digits))
            return frame[base] + added if digits is None else (frame[base] + added).round(digits)

        return self.ordered("order of numbers", self.add(names, make), base)

    def ordered(self, kind: str, high: str, low: str) -> str:
        """Note that one column is never below another."""
        return self.hold(
            kind, (high, low), f"{low} <= {high}", lambda frame: (frame[low] <= frame[high]).fill_null(value=True)
        )

    def nested(self, names: str, when: pl.Expr, of: str, fixed: Any, usual: str) -> str:
        """A column with a fixed value wherever a condition on another holds, and the values of `usual` elsewhere."""
        return self._excepted("nested", names, when, of, fixed, usual)

    def sentinel(self, names: str, when: pl.Expr, of: str, fixed: Any, usual: str) -> str:
        """The same with a value that `usual` never has: a code exactly where the condition holds."""
        return self._excepted("sentinel", names, when, of, fixed, usual)

    def _excepted(self, kind: str, names: str, when: pl.Expr, of: str, fixed: Any, usual: str) -> str:
        self.hidden.add(usual)

        def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            return frame.select(pl.when(when).then(pl.lit(fixed)).otherwise(pl.col(usual)).alias("made")).to_series()

        name = self.add(names, make)

        def met(frame: pl.DataFrame) -> pl.Series:
            is_fixed = pl.col(name) == pl.lit(fixed)
            obeyed = is_fixed == when if kind == "sentinel" else is_fixed | ~when
            return frame.select(obeyed.fill_null(value=True).alias("met")).to_series()

        return self.hold(kind, (name, of), f"where {plain(when)}: {name} = {fixed}", met)

    def absent(self, names: str, when: pl.Expr, of: str, usual: str) -> str:
        """A column that is missing exactly where a condition on others holds."""
        self.hidden.add(usual)
        name = self.add(names, lambda frame, draw: frame.select(pl.when(~when).then(pl.col(usual)).alias("made"))
                        .to_series())  # fmt: skip

        def met(frame: pl.DataFrame) -> pl.Series:
            return frame.select((pl.col(name).is_null() == when).fill_null(value=True).alias("met")).to_series()

        return self.hold("missing exactly where", (name, of), f"{name} is missing exactly where {plain(when)}", met)

    def gapped(self, names: str, usual: str, gone: str, *, present: bool = False) -> str:
        """A column that lacks its cell where a hidden flag of 0 and 1 says so, or has it only there."""
        self.hidden.update((usual, gone))
        lost = 0 if present else 1
        kept = pl.when(pl.col(gone) != lost).then(pl.col(usual)).alias("made")
        name = self.add(names, lambda frame, draw: frame.select(kept).to_series())
        self.settled.add(name)
        return name

    def together(self, columns: Sequence[str]) -> None:
        """Note that columns are missing together."""
        last, *others = reversed(columns)

        def met(frame: pl.DataFrame) -> pl.Series:
            gaps = [frame[name].is_null() for name in columns]
            return sum((each.cast(pl.Int64) for each in gaps[1:]), gaps[0].cast(pl.Int64)).is_in([0, len(gaps)])

        self.hold("missing together", (last, *others), f"{', '.join(columns)} are missing together", met)

    def either(self, one: str, other: str) -> None:
        """Note that exactly one of two columns has a value."""
        self.hold(
            "exactly one", (other, one), f"exactly one of {one}, {other}",
            lambda frame: frame[one].is_null() != frame[other].is_null(),
        )  # fmt: skip

    def one_hot(self, names: str, levels: Sequence[str]) -> list[str]:
        """A flag for each level, of which one is set; the category itself is not shown."""
        hidden = self.category(f"{names}_of_one", levels)
        self.hidden.add(hidden)
        flags = [
            self.add(f"{names}_{level.replace(' ', '_')}", lambda frame, draw, level=level: (frame[hidden] == level)
                     .cast(pl.Int64))
            for level in levels
        ]  # fmt: skip

        def met(frame: pl.DataFrame) -> pl.Series:
            return frame.select(pl.sum_horizontal(flags) == 1).to_series()

        self.hold("one-hot", (flags[-1], *flags[:-1]), f"one of {', '.join(flags)}", met)
        return flags

    def lines(self, whole: str, part: str, most: int = 5) -> tuple[str, str]:
        """Two numbers that tell rows apart only together: a head and its lines."""

        def heads(frame: pl.DataFrame, draw: Generator) -> pl.Series:
            sizes = draw.integers(1, most + 1, frame.height)
            return pl.Series(np.repeat(np.arange(frame.height) + 1, sizes)[: frame.height])

        head = self.add(whole, heads)
        line = self.add(part, lambda frame, draw: frame.select(pl.int_range(pl.len()).over(head) + 1).to_series())
        self.hold("unique together", (line, head), f"{head}, {line} are unique together",
                  lambda frame: ~frame.select(pl.struct(head, line)).to_series().is_duplicated())  # fmt: skip
        return head, line

    def distract(self, number: int) -> None:
        """Columns that obey no rule, some of which come near to one."""
        for _ in range(number):
            self.one(DISTRACTIONS)(self)

    def numeric(self) -> str | None:
        """A shown column of numbers made so far."""
        frame = self.process().draw(40, 0)
        known = [name for name in frame.columns if frame[name].dtype.is_numeric() and frame[name].n_unique() > 8]
        return self.one(known) if known else None


def plain(formula: pl.Expr) -> str:
    """A formula without the marks that polars puts in.

    >>> plain(pl.col("a") + 2 * pl.col("b"))
    '(a + (2 * b))'
    """
    told = re.sub(r"\.strict_cast\(\w+\)|\.total_(?:days|hours)\(\)|(?<=\.)dt\.|\(\)", "", str(formula))
    told = re.sub(r'col\("([^"]*)"\)|dyn (?:int|float): ', r"\1", told)
    told = re.sub(r"\((\w[\w .]*)\)", r"\1", told).replace("[", "(").replace("]", ")")
    while "((" in told and (shorter := re.sub(r"\(\(([^()]*)\)\)", r"(\1)", told)) != told:
        told = shorter
    return told


def _near(sketch: Planting) -> None:
    """Another column but in some rows, or with noise everywhere."""
    of = sketch.numeric()
    if of is None:
        return
    share, size = sketch.one([0.02, 0.05, 0.1, 1.0, 1.0]), sketch.one([0.001, 0.01, 0.05])

    def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
        values = frame[of].cast(pl.Float64).fill_null(strategy="mean").to_numpy()
        off = (draw.random(frame.height) < share) * draw.normal(0, size * np.std(values) + 1e-3, frame.height)
        return pl.Series(np.round(values + off, 3))

    sketch.add(f"{of}_estimated|{of}_old|{of}_check" if of.islower() else "estimate|earlier_value|check_value", make)


def _mixed(sketch: Planting) -> None:
    """Nearly a weighted sum of two others."""
    one, two = sketch.numeric(), sketch.numeric()
    if one is None or two is None:
        return
    weight, size = sketch.between(0.3, 2.0), sketch.one([0.01, 0.05, 0.3])

    def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
        values = [frame[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in (one, two)]
        told = values[0] + weight * values[1]
        return pl.Series(np.round(told + draw.normal(0, size * np.std(told) + 1e-3, frame.height), 2))

    sketch.add("forecast|expected|modelled_value|benchmark", make)


def _nearly_above(sketch: Planting) -> None:
    """Above another number in most rows."""
    of = sketch.numeric()
    if of is None:
        return

    def make(frame: pl.DataFrame, draw: Generator) -> pl.Series:
        values = frame[of].cast(pl.Float64).fill_null(strategy="mean").to_numpy()
        return pl.Series(np.round(values + np.std(values) * draw.normal(1.6, 0.8, frame.height), 1))

    sketch.add("ceiling|allowance|quota|cap_value", make)


DISTRACTIONS: tuple[Callable[[Planting], Any], ...] = (
    _near,
    _mixed,
    _nearly_above,
    lambda sketch: sketch.normal(sketch.one(NAMES), sketch.between(-5, 80), sketch.between(1, 20), sketch.whole(0, 3)),
    lambda sketch: sketch.uniform(sketch.one(NAMES), 0, sketch.whole(3, 12)),
    lambda sketch: sketch.zeros(sketch.one(NAMES), sketch.between(3, 90), sketch.between(0.4, 0.9)),
    lambda sketch: sketch.count(sketch.one(NAMES), sketch.between(0.5, 9)),
    lambda sketch: sketch.numbers(sketch.one(NAMES), lambda draw, rows: 10 * draw.pareto(1.3, rows), 2),
    lambda sketch: sketch.category(sketch.one(NAMES), sketch.some(sketch.one(LEVELS), 2)),
    lambda sketch: sketch.category(sketch.one(NAMES), sketch.some(sketch.one(LEVELS), 2)),
    lambda sketch: sketch.flag("active|checked|flag_a|opt_in|by_agent", sketch.between(0.05, 0.95)),
    lambda sketch: sketch.flag("verified|urgent|printed|returning", sketch.between(0.1, 0.9)),
    lambda sketch: sketch.category("version|currency|unit_of_record|country_code", [sketch.one("XYZ")]),
    lambda sketch: sketch.date("updated|entered_on|seen_on"),
    lambda sketch: sketch.prose(),
    lambda sketch: sketch.key("row_id|record|reference"),
)
