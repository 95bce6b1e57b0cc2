"""The engine `boost`: what it learns, what it must not, and tables at the edge."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import understudy as us
from understudy.encoding.codes import Codes, Domain
from understudy.engines import levels
from understudy.engines.boost import Boost
from understudy.engines.contract import ROUNDS, Fitted
from understudy.errors import ArgumentError
from understudy.execution.executors import threads


def codes(columns: list[np.ndarray], sizes: list[int], ordered: bool = True) -> Codes:
    domains = tuple(Domain(np.ones(size, dtype=np.int64), ordered=ordered, missing=False) for size in sizes)
    coarse = np.array(columns, dtype=np.uint8)
    return Codes(coarse, np.zeros(coarse.shape, dtype=np.uint16), domains)


def fit(table: Codes, valid: int = 0, **options: object) -> Fitted:
    cut = len(table) - valid
    engine = Boost(**options)  # type: ignore[arg-type]
    return engine.fit(table.take(slice(cut)), None, table.take(slice(cut, None)), np.random.default_rng(0))


def log_prob(fitted: Fitted, rows: Codes) -> np.ndarray:
    known = {place: rows.cells(place) for place in range(len(rows.domains))}
    return fitted.draw(len(rows), None, None, np.random.default_rng(0), known=known).log_weight


def rule(rows: int, seed: int) -> tuple[Codes, np.ndarray]:
    """An answer that hangs on two columns by a logistic rule, and its probability."""
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 20, (2, rows))
    chance = 1 / (1 + np.exp(-(0.4 * (first - 10) - 0.3 * (second - 10))))
    return codes([first, second, rng.random(rows) < chance], [20, 20, 2]), chance


def test_a_logistic_rule_is_learned() -> None:
    """P(answer | columns) within .03 in the mean, and an unseen row costs within .02 nats of what it must."""
    fitted = fit(rule(20_000, 0)[0], 2000)
    unseen, chance = rule(5000, 1)
    known = {place: unseen.cells(place) for place in range(2)} | {2: np.ones(5000, dtype=np.int64)}
    both = fitted.draw(5000, None, None, np.random.default_rng(0), known=known).log_weight
    known.pop(2)
    told = np.exp(both - fitted.draw(5000, None, None, np.random.default_rng(0), known=known).log_weight)
    assert np.abs(told - chance).mean() < 0.03
    real = np.where(unseen.coarse[2] == 1, chance, 1 - chance)
    model = np.where(unseen.coarse[2] == 1, told, 1 - told)
    assert 0 <= np.log(real).mean() - np.log(model).mean() < 0.02


def test_draws_follow_the_rule() -> None:
    made = fit(rule(20_000, 0)[0], 2000).draw(100_000, None, None, np.random.default_rng(0)).codes
    first, second, answer = made.coarse.astype(int)
    chance = 1 / (1 + np.exp(-(0.4 * (first - 10) - 0.3 * (second - 10))))
    for low in np.arange(0, 1, 0.1):
        here = (chance >= low) & (chance < low + 0.1)
        assert answer[here].mean() == pytest.approx(chance[here].mean(), abs=0.04)


def test_exclusive_or_is_found_without_an_order_and_with_noise_beside() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 2, (2, 4000))
    noise = rng.integers(0, 50, (3, 4000))
    rows = codes([first, second, *noise, first ^ second], [2, 2, 50, 50, 50, 2])
    made = fit(rows, 400).draw(4000, None, None, rng).codes.coarse
    assert (made[5] == made[0] ^ made[1]).mean() > 0.97


def test_nothing_is_learned_where_there_is_nothing() -> None:
    """Independent columns: an unseen row costs what its columns cost alone, within .02 nats."""
    rng = np.random.default_rng(0)
    rows = codes([rng.integers(0, size, 6000) for size in (4, 30, 2)], [4, 30, 2])
    unseen = codes([rng.integers(0, size, 4000) for size in (4, 30, 2)], [4, 30, 2])
    assert log_prob(fit(rows, 600), unseen).mean() == pytest.approx(-np.log(4 * 30 * 2), abs=0.02)


def test_no_row_of_a_table_of_measures_is_copied() -> None:
    """Beside chance: what two real halves share."""
    rng = np.random.default_rng(0)
    shift = rng.normal(size=4000)
    frame = pl.DataFrame({name: (shift + rng.normal(size=4000)).round(3) for name in "abc"})
    real, unseen = frame[:3000], frame[3000:]
    made = us.fit(real, engine="boost").sample(3000)
    copies = made.join(real.unique(), on=list("abc"), how="semi").height
    assert copies <= 1 + 3 * unseen.join(real.unique(), on=list("abc"), how="semi").height


@pytest.mark.parametrize(
    "options",
    [{name: bad} for name in ("depth", "rounds", "patience", "leaf", "orders") for bad in (0, 1.5, True, 10**12)]
    + [{"rate": 0.0}, {"rate": 1.1}, {"ridge": 0.0}, {"stretch": "much"}, {"stretch": 11.0}, {"predecessors": -1}]
    + [{"depth": 9}, {"orders": 5}, {"rate": float("nan")}],
)
def test_options_out_of_range_are_refused(options: dict) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        Boost(**options)


@pytest.mark.parametrize(
    "options", [{"depth": 1}, {"depth": 8}, {"rate": 1.0, "ridge": 0.01}, {"predecessors": 0}, {"leaf": 10**6}]
)
def test_options_at_their_ends_hold(options: dict) -> None:
    rows, _ = rule(1000, 0)
    found = log_prob(fit(rows, 200, rounds=20, **options), rows)
    assert np.isfinite(found).all()
    alone = -np.log(20 * 20 * 2)
    if "predecessors" in options or "leaf" in options:
        assert found.mean() == pytest.approx(alone, abs=0.1)
    else:
        assert found.mean() > alone


def test_any_number_of_threads_learns_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, _ = rule(3000, 0)
    found = []
    for workers in (1, 2, 5):
        monkeypatch.setattr(levels, "threads", lambda work, items, many=workers: threads(work, items, many))
        found.append(fit(rows, 300).state()[1])
    for other in found[1:]:
        assert found[0].keys() == other.keys()
        assert all(np.array_equal(found[0][name], other[name]) for name in other)


@pytest.mark.parametrize("rows", range(1, 11))
def test_tables_of_a_few_rows(rows: int) -> None:
    rng = np.random.default_rng(rows)
    few = codes([rng.integers(0, 3, rows), rng.integers(0, 200, rows)], [3, 200])
    for valid in (0, min(1, rows - 1)):
        drawn = fit(few, valid).draw(50, None, None, rng)
        for place in range(2):
            assert set(drawn.codes.coarse[place]) <= set(few.coarse[place])


@pytest.mark.parametrize("rows", [2, 3, 10, 40])
def test_small_frames_go_the_whole_way(rows: int) -> None:
    frame = pl.DataFrame(
        {"a": [each % 3 for each in range(rows)], "b": ["x"] * rows, "c": pl.Series([None] * rows, dtype=pl.Float64)}
    )
    made = us.fit(frame, engine="boost", k=1).sample(20)
    assert made.columns == ["a", "b", "c"]
    assert set(made["b"].drop_nulls()) <= {"x"}
    assert made["c"].null_count() == 20


def test_no_table_rows_at_all_still_draws_in_the_domain() -> None:
    rows = codes([np.zeros(0), np.zeros(0)], [4, 1])
    drawn = fit(rows).draw(5, None, None, np.random.default_rng(0))
    assert (drawn.codes.coarse[0] < 4).all()


def test_constant_columns_and_gaps_are_kept() -> None:
    rng = np.random.default_rng(0)
    rows = 500
    domains = (
        Domain(np.ones(1, dtype=np.int64), ordered=True, missing=True),
        Domain(np.array([1, 1, 5]), ordered=True, missing=True),
        Domain(np.ones(6, dtype=np.int64), ordered=True, missing=True),
    )
    gap = rng.random(rows) < 0.3
    coarse = np.array([np.zeros(rows), np.full(rows, 2), np.where(gap, 0, rng.integers(1, 6, rows))], dtype=np.uint8)
    fine = np.array([np.zeros(rows), np.full(rows, 4), np.zeros(rows)], dtype=np.uint16)
    made = fit(Codes(coarse, fine, domains), 50).draw(5000, None, None, rng).codes
    assert (made.coarse[0] == 0).all()
    assert (made.cells(1) == 6).all()
    assert (made.coarse[2] == 0).mean() == pytest.approx(gap.mean(), abs=0.03)


def test_gaps_go_together() -> None:
    rng = np.random.default_rng(0)
    gap = rng.random(4000) < 0.3
    domain = Domain(np.ones(30, dtype=np.int64), ordered=True, missing=True)
    coarse = np.where(gap, 0, rng.integers(1, 30, (2, 4000))).astype(np.uint8)
    rows = Codes(coarse, np.zeros((2, 4000), dtype=np.uint16), (domain, domain))
    made = fit(rows, 400).draw(4000, None, None, rng).codes.coarse
    assert ((made[0] == 0) == (made[1] == 0)).mean() > 0.99


def test_categories_beyond_a_byte_share_a_bucket() -> None:
    rng = np.random.default_rng(0)
    names = [f"n{each}" for each in range(300)]
    which = rng.integers(0, 300, 9000)
    frame = pl.DataFrame({"name": [names[each] for each in which], "group": (which // 60).astype(str)})
    made = us.fit(frame, engine="boost").sample(5000)
    assert set(made["name"]) <= set(names)
    right = made["name"].str.slice(1).cast(pl.Int64) // 60 == made["group"].cast(pl.Int64)
    assert right.mean() > 0.75


def test_context_tells_of_rows() -> None:
    rng = np.random.default_rng(0)
    context = codes([rng.integers(0, 8, 3000), rng.integers(0, 5, 3000)], [8, 5])
    rows = codes([(context.coarse[0] + (rng.random(3000) < 0.1)) % 8], [8])
    fitted = Boost().fit(rows.take(slice(2700)), context, rows.take(slice(2700, None)), rng)
    made = fitted.draw(3000, context, None, rng).codes
    assert (made.coarse == context.coarse[:1]).mean() == pytest.approx(0.9, abs=0.03)
    with pytest.raises(ValueError, match="context"):
        fitted.draw(10, None, None, rng)


def test_validation_rows_are_learned_in_the_end() -> None:
    rows = codes([np.repeat([0, 1], 400)], [2])
    fitted = fit(rows, 400)
    assert np.exp(log_prob(fitted, rows)).mean() == pytest.approx(0.5, abs=0.01)


def test_rows_beyond_those_grown_on_set_the_values() -> None:
    """Both columns agree in all of the first rows, and in three quarters of the others; without validation rows."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, 2, 4000)
    second = np.where((np.arange(4000) < 1000) | (rng.random(4000) < 0.5), first, rng.integers(0, 2, 4000))
    made = fit(codes([first, second], [2, 2]), rows=1000).draw(20_000, None, None, rng).codes.coarse
    assert (made[0] == made[1]).mean() == pytest.approx((first == second).mean(), abs=0.03)


def attacked(engine: Boost, says: Callable[[int], bool]) -> tuple[Fitted, int]:
    """What is learned under an attack, and how often it was asked."""
    rows, _ = rule(1500, 0)
    asked: list[Fitted] = []

    def attack(fitted: Fitted) -> bool:
        asked.append(fitted)
        return says(len(asked))

    found = engine.fit(
        rows.take(slice(1200)), None, rows.take(slice(1200, None)), np.random.default_rng(0), None, attack
    )
    return found, len(asked)


def spread(fitted: Fitted) -> float:
    """How far leaf values reach."""
    arrays = fitted.state()[1]
    return float(sum(np.abs(array).sum() for name, array in arrays.items() if name.endswith("values")))


def test_an_attack_that_always_wins_comes_to_an_end() -> None:
    found, times = attacked(Boost(), lambda _: True)
    assert times == ROUNDS + 1
    free, once = attacked(Boost(), lambda _: False)
    assert once == 1
    assert spread(found) < 0.5 * spread(free)


def test_an_attack_is_answered_by_the_engine_tightened() -> None:
    found, times = attacked(Boost(), lambda asked: asked < 3)
    assert times == 3
    begun = attacked(Boost().tightened().tightened(), lambda _: False)[0]
    assert spread(found) == spread(begun), "grown and refitted with the last ridge alone"


def test_tightening_ends() -> None:
    engine = replace(Boost(), ridge=1e6)
    assert engine.tightened() == engine
    assert Boost().tightened().ridge > Boost().ridge


def test_what_stops_the_listener_stops_the_fit() -> None:
    """As Ctrl-C does: it reaches the caller, and no thread goes on for long."""
    rows, _ = rule(3000, 0)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        Boost().fit(rows, None, rows.take(slice(0, 0)), np.random.default_rng(0), stop)
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() <= before
