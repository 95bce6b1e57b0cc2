"""Memory: copiers are caught, the innocent are not, errors are as stated, and engines are smoothed until it stops."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import understudy as us
from understudy.encoding.codes import Codes, Domain, stack
from understudy.engines import registry
from understudy.engines.contract import ROUNDS, Drawn, settled, tightened
from understudy.engines.trees import Trees
from understudy.kernels.points import Points
from understudy.models import memory
from understudy.models.memory import ATTACKS, Excess, Memory, Watch, entries, measured
from understudy.models.model import Model
from understudy.plan.plan import Plan

ADULT = Path(__file__).resolve().parents[3] / "shared" / "data" / "adult" / "adult.csv.gz"
DOMAINS = (
    Domain(np.ones(40, dtype=np.int64), ordered=True, missing=False),
    Domain(np.full(30, 3), ordered=True, missing=True),
    Domain(np.ones(6, dtype=np.int64), ordered=False, missing=False),
    Domain(np.ones(50, dtype=np.int64), ordered=True, missing=False),
    Domain(np.ones(8, dtype=np.int64), ordered=False, missing=False),
)


def population(rows: int, seed: int) -> Codes:
    """Rows of a smooth population: one hidden number moves all columns."""
    rng = np.random.default_rng(seed)
    hidden = rng.random(rows)
    digits = []
    for domain in DOMAINS:
        place = np.clip(hidden + rng.normal(0, 0.25, rows), 0, 0.999)
        digits.append(domain.split((place * domain.cells).astype(np.int64)))
    return Codes(np.array([each[0] for each in digits]), np.array([each[1] for each in digits]), DOMAINS)


@dataclass(frozen=True)
class Copier:
    """Draws fresh rows of the population, and a share of rows it has learned."""

    learned: Codes
    share: float

    def draw(self, n: int, context: object, allowed: object, rng: np.random.Generator, **held: object) -> Drawn:
        fresh = population(n, int(rng.integers(2**31)))
        copied = self.learned.take(rng.integers(0, len(self.learned), round(self.share * n)))
        return Drawn(stack([copied, fresh.take(slice(len(copied), None))]), np.zeros(n))

    def state(self) -> tuple[dict, dict]:
        return {}, {}


def watched(engine: str, rows: int, seed: int, privacy: str = "standard", **options: object) -> Memory:
    maker = registry.load(engine, **options)
    whole = population(rows, seed)
    learned, unseen = whole.take(slice(rows // 10, None)), whole.take(slice(rows // 10))
    watch = Watch(learned, unseen, privacy, seed)  # type: ignore[arg-type]
    maker.fit(learned, None, unseen, np.random.default_rng(seed), None, watch)
    found = watch.memory(maker, maker)
    assert found is not None
    return found


def test_a_memoriser_is_caught_and_smoothed() -> None:
    engine = {"leaf": 1, "gain": 0.0, "penalty": 0.0, "escape": 0.0}
    learned, unseen = population(3000, 0), population(400, 1)
    watch = Watch(learned, unseen, "standard", 0)
    maker = Trees(**engine)  # type: ignore[arg-type]
    maker.fit(learned, None, unseen, np.random.default_rng(0), None, watch)
    first, last = watch.found[0], watch.memory(maker, maker)
    assert "membership" in first.remembers
    assert first.membership.low > 0.05
    assert last is not None
    assert 1 <= last.rounds <= ROUNDS
    assert last.options["leaf"] == 2**last.rounds
    assert last.membership.value < first.membership.value / 2
    assert entries(last, maker, "standard")[0]["what"] == "smoothed"


def test_the_innocent_is_hardly_ever_flagged() -> None:
    """Fifty tables: flags no more often than stated, and no excess on average."""
    found = [watched("independent", 1000, seed) for seed in range(50)]
    assert sum(bool(each.remembers) for each in found) <= 1
    for name in ("membership", "distance", "copies"):
        values = np.array([getattr(each, name).value for each in found])
        stated = np.sqrt(np.mean([getattr(each, name).error ** 2 for each in found]))
        assert abs(values.mean()) < 4 * stated / np.sqrt(50), name
        assert values.std() < 1.5 * stated, name


def test_tightness_costs_no_false_alarm_of_its_own() -> None:
    """Bounds of all attacks hold together with 95 %; fresh rows of the population win nothing."""
    flagged = 0
    for seed in range(60):
        learned, unseen = population(600, 2 * seed), population(150, 2 * seed + 1)
        found = measured(Copier(learned, 0.0), learned, unseen, np.random.default_rng(seed))
        flagged += bool(found.beyond("tight"))
    assert flagged <= 8


def test_the_more_is_copied_the_more_is_won() -> None:
    learned, unseen = population(4000, 0), population(1000, 1)
    found = [
        measured(Copier(learned, share), learned, unseen, np.random.default_rng(2)) for share in (0.0, 0.1, 0.3, 1.0)
    ]
    for name in ("membership", "copies"):
        values = [getattr(each, name).value for each in found]
        assert values == sorted(values), name
    assert found[0].beyond("standard") == ()
    assert all({"membership", "copies"} <= set(each.beyond("standard")) for each in found[1:])
    assert found[3].copies.value == pytest.approx(1 - np.exp(-1), abs=0.05)


def test_bootstrap_is_told_to_remember() -> None:
    found = watched("bootstrap", 2000, 0)
    assert {"membership", "copies"} <= set(found.remembers)
    assert (found.rounds, found.options) == (0, {})
    assert entries(found, registry.load("bootstrap"), "standard")[0]["what"] == "remembered"


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_separation_is_the_area_under_the_curve(members: list[int], others: list[int]) -> None:
    one, two = np.array(members, dtype=float), np.array(others, dtype=float)
    wins = (one[:, None] > two).mean() + (one[:, None] == two).mean() / 2
    assert memory._separation(one, two).value == pytest.approx(wins - 0.5)
    assert memory._separation(two, one).value == pytest.approx(0.5 - wins)
    assert memory._separation(-one, -two).error == pytest.approx(memory._separation(one, two).error)


def test_the_error_of_a_separation_is_its_spread() -> None:
    rng = np.random.default_rng(0)
    found = [memory._separation(rng.normal(0.4, 1, 200), rng.normal(0, 1, 120)) for _ in range(400)]
    assert np.std([each.value for each in found]) == pytest.approx(np.mean([each.error for each in found]), rel=0.12)


def test_preference_is_brute_force_over_blocks() -> None:
    rng = np.random.default_rng(0)
    drawn, inside, outside = (rng.integers(0, 3, (rows, 2)).astype(np.float32) * 0.5 for rows in (30, 12, 4))
    near = np.abs(drawn[:, None] - inside).sum(axis=2)
    far = np.abs(drawn[:, None] - outside).sum(axis=2)
    wins = (near[:, :, None] < far[:, None, :]).mean() + (near[:, :, None] == far[:, None, :]).mean() / 2
    points = [Points.of(side.T, np.zeros((0, len(side)), dtype=np.int64)) for side in (drawn, inside, outside)]
    assert memory._preference(*points).value == pytest.approx(wins - 0.5)


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_digests_agree_where_rows_do(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 2, (5, rows)).astype(np.uint8)
    fine = np.zeros((5, rows), dtype=np.uint16)
    fine[1] = rng.integers(0, 2, rows)
    digests = memory._digests(Codes(coarse, fine, DOMAINS))
    both = np.concatenate([coarse, fine]).T
    same = (both[:, None] == both).all(axis=2)
    assert ((digests[:, None] == digests) == same).all()


@dataclass(frozen=True)
class Doubling:
    size: int = 1

    def tightened(self) -> "Doubling":
        return Doubling(min(2 * self.size, 16))


@given(st.lists(st.booleans(), max_size=8), st.integers(1, 16))
def test_an_engine_is_smoothed_while_the_attack_succeeds(answers: list[bool], size: int) -> None:
    """And everything it learned is asked about, the last included."""
    asked: list[int] = []

    def attack(learned: int) -> bool:
        asked.append(learned)
        return len(asked) <= len(answers) and answers[len(asked) - 1]

    last = settled(Doubling(size), lambda engine: engine.size, attack)  # type: ignore[type-var]
    assert asked[-1] == last
    rounds = len(asked) - 1
    assert last == tightened(Doubling(size), rounds).size  # type: ignore[type-var]
    assert rounds <= ROUNDS
    lead = next((place for place, yes in enumerate([*answers, False]) if not yes), 0)
    assert rounds == min(lead, ROUNDS, int(np.ceil(np.log2(16 / size))))
    assert settled(Doubling(size), lambda engine: engine.size, None) == size  # type: ignore[type-var]


def test_trees_are_tightened_within_their_ranges() -> None:
    engine = tightened(Trees(leaf=9000, escape=80.0, floor=60.0), 3)
    assert (engine.leaf, engine.escape, engine.floor) == (10_000, 100.0, 100.0)
    assert tightened(Trees(), 2).escape is None


def test_memory_is_kept_with_the_model(model: Model, tmp_path: Path) -> None:
    assert model.memory is not None
    assert us.load(model.save(tmp_path / "m.understudy")).memory == model.memory
    assert Memory.restore(model.memory.state()) == model.memory
    assert all(getattr(model.memory, name).error >= 0 for name in ATTACKS)


def test_levels_of_privacy(real: pl.DataFrame) -> None:
    assert us.fit(real, privacy="relaxed").memory is None
    tight = us.fit(real, engine="trees", privacy="tight")
    assert tight.memory is not None
    assert tight.memory.options["leaf"] == 15 * 2 ** (1 + tight.memory.rounds)
    assert any(entry["what"] == "smoothed" for entry in tight.ledger)
    assert tight.plan.options == {}
    told = {entry["what"]: entry["text"] for entry in us.fit(real, engine="bootstrap").ledger}
    assert "membership" in told["remembered"]


def test_few_rows_are_not_measured(real: pl.DataFrame) -> None:
    assert us.fit(real.head(199)).memory is None
    told = [
        each["text"]
        for each in us.fit(real.head(199), engine="trees", privacy="tight").ledger
        if each["what"] == "smoothed"
    ]
    assert told == ["as asked; leaf is 30; floor is 0.2"]
    assert us.fit(real.head(200)).memory is not None


def test_columns_that_are_all_invented_are_measured_without_harm(real: pl.DataFrame) -> None:
    found = us.fit(real.select("key", "mail")).memory
    assert found is None or found.remembers == ()


def test_levels_allow_what_they_say() -> None:
    nothing, some, much = Excess(0.0, 0.0), Excess(0.005, 0.001), Excess(0.4, 0.001)
    found = Memory(some, nothing, nothing, much, rows=10, drawn=10)
    assert found.beyond("relaxed") == found.beyond("standard") == ()
    assert found.beyond("tight") == ("membership", "likelihood")
    assert str(found) == (
        "membership AUC 0.505 ± 0.001, distance share 0.500 ± 0.000, excess copies 0.000 ± 0.000, "
        "likelihood AUC 0.900 ± 0.001"
    )
    assert Plan().privacy == "standard"


@pytest.mark.skipif(not ADULT.exists(), reason="the Adult data is not on this machine")
def test_default_trees_hardly_remember_adult() -> None:
    """The excesses of three splits: their mean, with its one-sided 95 % bound, stays below 0.02."""
    table, found = us.read(ADULT), []
    for seed in range(3):
        found.append(us.fit(us.split(table, 0.1, seed=seed)[0], seed=seed).memory)
        assert found[-1].rounds == 0
    for name in ("membership", "distance", "copies"):
        excesses = [getattr(each, name) for each in found]
        bound = np.mean([each.value for each in excesses]) + 1.645 * excesses[0].error / np.sqrt(3)
        assert bound < 0.02, name
