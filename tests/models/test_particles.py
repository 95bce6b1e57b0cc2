"""Rare values of late columns: met, distributed as the model says, and the more exactly the larger the pilot."""

from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import understudy as us
from understudy.encoding.codes import Codes, Domain
from understudy.engines.contract import Fitted
from understudy.engines.trees import Trees
from understudy.execution.streams import stream
from understudy.models import particles
from understudy.models.conditions import condition
from understudy.models.filling import Filled
from understudy.models.particles import Held, Thinning, counting, hold

SIZES = (6, 5, 4, 3)
GRID = np.array(list(product(*map(range, SIZES)))).T
ADULT = Path(__file__).parents[2].parent / "shared" / "data" / "adult" / "adult.csv.gz"
RARE = {3: np.array([0.0, 0.0, 1.0])}


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    """Four columns, the last of which has a value in one row of 400, that hangs on the two before and on the first."""
    rng = np.random.default_rng(0)
    rows = 60_000
    first = rng.integers(0, 6, rows)
    second = np.where(rng.random(rows) < 0.7, first % 5, rng.integers(0, 5, rows))
    third = np.where(rng.random(rows) < 0.6, second % 4, rng.integers(0, 4, rows))
    rare = rng.random(rows) < 0.06 * (first == 5) * (third == 3) + 0.03 * (second == 1) * (third == 1) * (first != 1)
    last = np.where(rare, 2, rng.integers(0, 2, rows))
    coarse = np.array([first, second, third, last], dtype=np.uint8)
    domains = tuple(Domain(np.ones(size, dtype=np.int64), ordered=False, missing=False) for size in SIZES)
    codes = Codes(coarse, np.zeros(coarse.shape, dtype=np.uint16), domains)
    engine = Trees(orders=1, escape=0.1)
    return engine.fit(codes, None, codes.take(slice(0, 0)), np.random.default_rng(0))


def enumerated(fitted: Fitted, share: np.ndarray) -> np.ndarray:
    """Probability of each of the 360 rows there can be, by the share of each value of the last column allowed."""
    known = dict(enumerate(GRID))
    weight = np.exp(fitted.draw(GRID.shape[1], None, None, np.random.default_rng(0), known=known).log_weight)
    weight *= share[GRID[3]]
    return weight / weight.sum()


def apart(held: Held, share: np.ndarray, n: int, seed: int) -> float:
    """Total variation between n rows and the probabilities of all rows."""
    made = held.draw(n, stream(seed, "rows"))
    assert len(made) == n
    found = np.bincount(np.ravel_multi_index(tuple(made.coarse), SIZES), minlength=len(share))
    return float(np.abs(found / n - share).sum() / 2)


def held(fitted: Fitted, seed: int) -> Held:
    found = hold(
        fitted, tuple(Domain(np.ones(s, dtype=np.int64), False, False) for s in SIZES), RARE, stream(seed, "p")
    )
    assert found is not None
    return found


def test_rows_come_as_all_rows_there_can_be_say_and_closer_as_the_pilot_grows(
    fitted: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Means of 8 seeds, 20 000 rows each; as many independent draws would lie 0.019 apart from 360 probabilities."""
    share = enumerated(fitted, RARE[3])
    free = np.random.default_rng(0).multinomial(20_000, share, 8) / 20_000
    noise = float(np.abs(free - share).sum(axis=1).mean() / 2)
    far = []
    for pilot, sure in ((64, 2.0), (512, 16.0), (8192, 256.0)):
        monkeypatch.setattr(particles, "PILOT", pilot)
        monkeypatch.setattr(particles, "SURE", sure)
        monkeypatch.setattr(particles, "SURER", sure)
        monkeypatch.setattr(particles, "FAIR", 2.0)
        far.append(np.mean([apart(held(fitted, seed), share, 20_000, seed) for seed in range(8)]) - noise)
    assert far[0] > far[1] > far[2]
    assert far[0] > 0.02, "a tiny pilot shows"
    assert far[2] < 0.003


def test_a_bound_that_is_known_leaves_nothing_to_the_pilot(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(particles, "FAIR", 0.0)
    found = held(fitted, 1)
    assert (found.effective, found.bound, found.stages) == (None, 0.0, {})
    share = enumerated(fitted, RARE[3])
    assert apart(found, share, 20_000, 1) < 0.019 * 1.5


def test_hardly_any_row_that_is_begun_is_drawn_to_the_end(fitted: Fitted) -> None:
    """What is given up on the way is most of what would be at the last restricted column."""
    found, alive = held(fitted, 2), []
    assert found.stages
    thinning = Thinning(found, 10**9, stream(0, "thin"))

    def sieve(codes: np.ndarray, weight: np.ndarray) -> np.ndarray | None:
        alive.append(codes.shape[1])
        return thinning(codes, weight)

    found.weighing.draw(50_000, stream(1, "thin"), sieve)
    assert alive == sorted(alive, reverse=True)
    assert alive[-1] < 0.25 * alive[0]


def test_nothing_is_held_where_the_model_gives_no_chance(fitted: Fitted) -> None:
    domains = tuple(Domain(np.ones(size, dtype=np.int64), ordered=False, missing=False) for size in SIZES)
    assert hold(fitted, domains, {3: np.zeros(3)}, stream(0, "p")) is None


def test_the_pilot_does_not_depend_on_who_draws_it(fitted: Fitted) -> None:
    first, second = (held(fitted, 5) for _ in range(2))
    assert first.bound == second.bound
    assert np.array_equal(first.draw(100, stream(1, "x")).coarse, second.draw(100, stream(1, "x")).coarse)


@pytest.mark.parametrize(("weights", "rows"), [([0.0, 0, 0, 0], 4.0), ([0.0, -np.inf, 0, -np.inf], 2.0)], ids=str)
def test_how_many_rows_count(weights: list[float], rows: float) -> None:
    assert counting(np.array(weights)) == pytest.approx(rows)


def test_the_bound_leaves_a_quarter_of_a_row_above() -> None:
    """The largest where one row is far above the others; less where many are about as large."""
    lone = np.log(np.r_[np.ones(99), 5.0])
    assert np.exp(particles._bound(lone)) == pytest.approx(5)
    many = np.r_[np.ones(99), np.linspace(4.9, 5, 40)]
    bound = np.exp(particles._bound(np.log(many)))
    lost = np.maximum(many - bound, 0).sum()
    assert 0 < lost <= 0.25 * many.sum() / counting(np.log(many))


# --- through the model ----------------------------------------------------------------------------------------------


def table(rows: int = 40_000) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 4, rows), rng.integers(0, 5, rows)
    rare = rng.random(rows) < np.where((first == 2) & (second == 4), 0.04, 0.0005)
    usual = np.where(rng.random(rows) < 0.5, "x", "y")
    return pl.DataFrame({"a": first, "b": second, "c": np.where(rare, "rare", usual), "d": (first + second) % 3})


def test_rows_of_a_frame_that_ask_the_same_are_drawn_together() -> None:
    """As under the one condition; within 4 standard errors of what all rows there can be say."""
    model = us.fit(table(), engine="trees", privacy="relaxed")
    grid = pl.DataFrame(
        [(a, b, "rare", d) for a in range(4) for b in range(5) for d in range(3)], list("abcd"), orient="row"
    )
    share = np.exp(model.log_prob(grid))
    wanted = share.reshape(4, 5, 3)[2, 4].sum() / share.sum()
    n = 2000
    frame = pl.DataFrame({"c": ["rare"] * n})
    met = model.meet(frame)
    assert isinstance(met, Filled)
    assert met.effective is not None
    assert met.effective >= particles.SURER
    made = model.sample(given=frame, seed=3)
    assert (made["c"] == "rare").all()
    found = ((made["a"] == 2) & (made["b"] == 4)).mean()
    assert found == pytest.approx(wanted, abs=4 * np.sqrt(wanted * (1 - wanted) / n) + 0.005)


@pytest.mark.skipif(not ADULT.exists(), reason="no shared data beside the repository")
def test_real_rare_values_go_with_what_they_go_with() -> None:
    """Means of codes, squares and products: as among the rows of a large free sample, the largest z-score below 4.5."""
    model = us.fit(us.read(ADULT).frame.sample(16_000, seed=1), engine="trees")
    form, fitted = model.form, model.fitted["table"]
    met = condition({"native_country": "Philippines"}, form, fitted, 1)
    assert met.effective is not None
    free = fitted.draw(600_000, None, None, stream(2, "free")).codes
    (place, allowed), *others = met.held.weighing.allowed.items()
    assert not others
    wanted = free.coarse[:, allowed[free.cells(place)] > 0].astype(float)
    made = met.held.draw(4000, stream(3, "made")).coarse.astype(float)
    middle, wide = wanted.mean(axis=1, keepdims=True), wanted.std(axis=1, keepdims=True) + 1e-9
    pairs = np.triu_indices(len(wanted))
    scores = [_moments((each - middle) / wide, pairs) for each in (wanted, made)]
    (mean, error), (other, second) = scores
    assert np.abs((mean - other) / np.sqrt(error + second + 1e-12)).max() < 4.5


def _moments(rows: np.ndarray, pairs: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Means of rows and of products of two, and the squares of their standard errors."""
    every = np.concatenate([rows, rows[pairs[0]] * rows[pairs[1]]])
    return every.mean(axis=1), every.var(axis=1) / every.shape[1]
