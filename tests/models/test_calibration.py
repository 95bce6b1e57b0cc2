"""Calibration: rows kept are nearer to rows never seen, none twice, the same for any workers; no noise is fitted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import understudy as us
from understudy.encoding.codes import Codes, stack
from understudy.engines import registry
from understudy.errors import PlanError
from understudy.models import calibration
from understudy.models.calibration import Calibration, entries
from understudy.models.model import TABLE, Model
from understudy.plan.plan import Plan
from understudy.plan.yaml import from_yaml, to_yaml

from .test_memory import population


@pytest.fixture(scope="module")
def rows() -> Codes:
    return population(6000, 0)


@pytest.fixture(scope="module")
def valid() -> Codes:
    return population(1500, 1)


@pytest.fixture(scope="module")
def fitted(rows: Codes):
    return registry.load("trees", leaf=200).fit(rows, None, rows.take(slice(0, 0)), np.random.default_rng(0))


@pytest.fixture(scope="module")
def found(fitted, rows: Codes, valid: Codes) -> Calibration:
    made = calibration.fit(fitted, rows, valid, 8, 2.0, np.random.default_rng(0))
    assert made is not None
    return made.of([rows, valid], 8)


@pytest.fixture(scope="module")
def model(real: pl.DataFrame) -> Model:
    made = us.fit(real, calibrate=2.0)
    assert made.calibration is not None
    return made


def test_rows_kept_are_nearer_to_rows_never_seen(found: Calibration, fitted, valid: Codes) -> None:
    unseen = population(20_000, 2)
    free = fitted.draw(6000, None, None, np.random.default_rng(1)).codes
    kept = found.draw(fitted, 6000, np.random.default_rng(1))
    assert len(kept) == 6000
    assert found.distance(kept, unseen) < 0.8 * found.distance(free, unseen)


def test_what_is_counted_stands_on_k_rows(found: Calibration, rows: Codes, valid: Codes) -> None:
    both = stack([rows, valid])
    counts = found._counted(both)
    assert found.rows == len(both)
    assert ((found.counts == -1) == (counts < 30)).all()
    assert np.array_equal(found.counts[found.counts >= 0], counts[counts >= 30])
    assert (found.of([both], 100).counts[counts < 100] == -1).all()


def test_attacks_are_made_on_the_rows_kept(real: pl.DataFrame, model: Model) -> None:
    """Against rows kept the figures are others than against rows drawn; the model's own probabilities are the same."""
    free = us.fit(real).memory
    assert free is not None
    assert model.memory is not None
    assert model.memory.membership != free.membership
    assert model.memory.likelihood == free.likelihood
    assert us.fit(real, calibrate=2.0, privacy="relaxed").memory is None


def test_strength_gives_way_until_nothing_is_given_away(found: Calibration) -> None:
    strong, asked = replace(found, strength=1.0), []

    def gives_away(tried: Calibration) -> bool:
        asked.append(tried.strength)
        return tried.strength > 0.5

    kept = strong.weakened(gives_away)
    assert kept is not None
    assert kept.strength == 0.5
    assert asked == [1.0, 0.75, 0.5]
    assert strong.weakened(lambda tried: True) is None


def test_without_rows_held_back_half_the_way_is_gone(rows: Codes) -> None:
    made = calibration.fit(None, rows, rows.take(slice(0, 0)), 8, 2.0, np.random.default_rng(0))
    assert made is not None
    assert made.strength == 0.5


def test_every_column_pair_and_triple_of_a_narrow_table_is_counted(found: Calibration) -> None:
    kinds = np.bincount((found.stride > 0).sum(axis=1), minlength=4)
    assert list(kinds[1:]) == [5, 10, 10]


def test_a_histogram_is_that_of_its_columns(found: Calibration, rows: Codes) -> None:
    """Shares of pairs against a count by hand: the rows in any one cell agree in both groups."""
    pair = int(np.flatnonzero((found.stride > 0).sum(axis=1) == 2)[0])
    one, two = found.view[pair, :2]
    digits = [found.groups[view][rows.coarse[found.column[view]]].astype(int) for view in (one, two)]
    wide = int(found.groups[one].max()) + 1
    wanted = np.bincount(digits[0] + wide * digits[1], minlength=wide * (int(found.groups[two].max()) + 1))
    end = found.offset[pair + 1]
    assert np.array_equal(found._counted(rows)[found.offset[pair] : end], wanted)


@given(st.integers(0, 10**6), st.integers(1, 60), st.floats(1.01, 8))
def test_systematic_sampling_keeps_n_rows_once(seed: int, n: int, pool: float) -> None:
    rng = np.random.default_rng(seed)
    chance = rng.gamma(0.5, 1.0, int(np.ceil(pool * n))).clip(1e-6, 1)
    chosen, spare = calibration._systematic(chance, n, rng)
    assert len(chosen) == n
    assert sorted([*chosen, *spare]) == list(range(len(chance)))


def test_systematic_sampling_keeps_rows_by_their_chance() -> None:
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.1, 0.9, 40)
    n = 20
    kept = np.zeros(40)
    for _ in range(4000):
        kept[calibration._systematic(chance, n, rng)[0]] += 1
    share = chance * n / chance.sum()
    assert (share < 1).all()
    assert np.abs(kept / 4000 - share).max() < 0.04


def test_no_row_drawn_is_kept_twice(found: Calibration, fitted) -> None:
    drawn = fitted.draw(1500, None, None, np.random.default_rng(0)).codes
    chosen = found.chosen(drawn, 1000, np.random.default_rng(1))
    assert len(np.unique(chosen)) == 1000


def test_little_is_chased_in_few_rows(found: Calibration, fitted, rows: Codes) -> None:
    """In samples of forty rows codes that few of them carry keep their frequency: nothing is rounded away."""
    column = 2
    wanted = np.bincount(rows.coarse[column], minlength=6) / len(rows)
    made = [found.draw(fitted, 40, np.random.default_rng(seed)).coarse[column] for seed in range(300)]
    shares = np.bincount(np.concatenate(made), minlength=6) / (40 * 300)
    assert np.abs(shares - wanted).max() < 0.02


@pytest.mark.parametrize("n", [0, 1, 2, 7, 999])
def test_any_number_of_rows(model: Model, n: int) -> None:
    assert model.sample(n).height == n


def test_the_same_rows_for_any_workers() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.integers(0, 5, 2000), "b": rng.choice(list("xyz"), 2000)})
    made = us.fit(frame, calibrate=1.5)
    assert made.calibration is not None
    assert_frame_equal(made.sample(140_000, seed=3, workers=1), made.sample(140_000, seed=3, workers=4))


def test_a_saved_calibration_draws_the_same(model: Model, tmp_path: Path) -> None:
    again = us.load(model.save(tmp_path / "m.understudy"))
    assert_frame_equal(again.sample(1500, seed=2), model.sample(1500, seed=2))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("column", lambda held: held + 100),
        ("column", lambda held: held - 1),
        ("view", lambda held: held + 1000),
        ("stride", lambda held: held * 100_000),
        ("stride", lambda held: -held - 1),
        ("offset", lambda held: held + 10_000_000),
        ("counts", lambda held: held[:-1]),
        ("groups", lambda held: held[:, :9]),
        ("groups", lambda held: np.full_like(held, 255)),
        ("counts", lambda held: held.astype(np.float64)),
        ("pool", lambda held: 1e9),
        ("strength", lambda held: 50.0),
        ("rows", lambda held: 0),
    ],
)
def test_a_forged_calibration_is_refused(found: Calibration, name: str, change) -> None:
    plain, arrays = found.state()
    held = {**plain, **arrays}
    held[name] = change(held[name])
    plain, arrays = {each: held[each] for each in plain}, {each: held[each] for each in arrays}
    with pytest.raises(ValueError, match="do not belong together"):
        Calibration.restore(plain, arrays, 5)


def test_conditions_leave_it_aside(model: Model) -> None:
    plain = replace(model, calibration=None)
    given = {"site": "south"}
    assert_frame_equal(model.sample(300, given=given), plain.sample(300, given=given))
    assert not model.sample(300).equals(plain.sample(300))


def test_it_is_off_unless_asked_for(real: pl.DataFrame, model: Model) -> None:
    off = us.fit(real)
    assert off.calibration is None
    assert [each["what"] for each in off.ledger if each["column"].startswith("(")] == []
    told = next(each["text"] for each in model.ledger if each["what"] == "calibrated")
    assert told.startswith("one row kept of 2 drawn")
    codes = (one.fitted[TABLE].state()[1] for one in (off, model))
    first, second = codes
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_it_is_told_where_it_does_not_help() -> None:
    assert entries(None, None) == []
    assert "not calibrated" in entries(2.0, None)[0]["text"]


@pytest.mark.parametrize("said", [1, 0, -2, 17, True, "2"])
def test_a_pool_is_larger_than_the_sample(said: object) -> None:
    with pytest.raises(PlanError, match="calibrate"):
        Plan(calibrate=said)  # type: ignore[arg-type]


def test_both_fields_are_part_of_the_plan() -> None:
    plan = Plan(privacy="tight", calibrate=1.5)
    assert from_yaml(to_yaml(plan)) == plan
    with pytest.raises(PlanError, match="unknown privacy 'strict'"):
        Plan(privacy="strict")  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="line 2"):
        from_yaml("version: 1\nprivacy: tihgt\n")
