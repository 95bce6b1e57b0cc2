"""What every engine in the catalogue promises, whatever its method."""

import numpy as np
import pytest

from understudy.encoding.codes import Codes, Domain
from understudy.engines import registry
from understudy.engines.contract import Drawn, Fitted

ENGINES = registry.names()
every_engine = pytest.mark.parametrize("name", ENGINES)


def domain(*depth: int, ordered: bool = True, missing: bool = False) -> Domain:
    return Domain(np.array(depth, dtype=np.int64), ordered=ordered, missing=missing)


def codes(columns: list[tuple[Domain, np.ndarray]]) -> Codes:
    """Codes from the cell numbers of each column."""
    split = [each.split(np.asarray(cells)) for each, cells in columns]
    rows = len(columns[0][1]) if columns else 0
    coarse = np.array([pair[0] for pair in split], dtype=np.uint8).reshape(len(columns), rows)
    fine = np.array([pair[1] for pair in split], dtype=np.uint16).reshape(len(columns), rows)
    return Codes(coarse, fine, tuple(each for each, _ in columns))


def mixed(rows: int = 1200, seed: int = 0) -> Codes:
    """Every sort of column: ordered and not, with gaps, with fine digits, wide, constant, all missing, copies."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4, rows)
    wide = domain(*([1] * 100 + [30] * 156), missing=True)
    return codes(
        [
            (domain(1, 1, 1, 1, ordered=False), first),
            (domain(1, 3, 3, missing=True), np.where(rng.random(rows) < 0.2, 0, 1 + first + rng.integers(0, 3, rows))),
            (wide, rng.integers(0, wide.cells, rows)),
            (domain(1), np.zeros(rows, dtype=int)),
            (domain(1, missing=True), np.zeros(rows, dtype=int)),
            (domain(1, 1, 5), np.full(rows, 4)),
            (domain(*[1] * 256, ordered=False), (first * 60 + rng.integers(0, 8, rows))),
        ]
    )


def fit(name: str, rows: Codes, valid: Codes | None = None, seed: int = 0, **options: object) -> Fitted:
    held = rows.take(slice(0, 0)) if valid is None else valid
    return registry.load(name, **options).fit(rows, None, held, np.random.default_rng(seed))


def check(drawn: Drawn, domains: tuple[Domain, ...], n: int) -> None:
    assert isinstance(drawn, Drawn)
    made = drawn.codes
    assert made.coarse.shape == made.fine.shape == (len(domains), n)
    assert made.coarse.dtype == np.uint8
    assert made.fine.dtype == np.uint16
    assert drawn.log_weight.shape == (n,)
    for place, each in enumerate(domains):
        assert (made.coarse[place] < each.size).all()
        assert (made.fine[place] < each.depth[made.coarse[place]]).all()


def same(first: Drawn, second: Drawn) -> bool:
    return (
        np.array_equal(first.codes.coarse, second.codes.coarse)
        and np.array_equal(first.codes.fine, second.codes.fine)
        and np.array_equal(first.log_weight, second.log_weight)
    )


def share(made: Codes, column: int) -> np.ndarray:
    return np.bincount(made.cells(column), minlength=made.domains[column].cells) / len(made)


@every_engine
@pytest.mark.parametrize("n", [0, 1, 7, 3000])
def test_as_many_rows_as_asked_in_the_domains(name: str, n: int) -> None:
    rows = mixed()
    fitted = fit(name, rows.take(slice(0, 1000)), rows.take(slice(1000, 1200)))
    assert isinstance(fitted, Fitted)
    drawn = fitted.draw(n, None, None, np.random.default_rng(1))
    check(drawn, rows.domains, n)
    assert (drawn.log_weight == 0).all(), "no weight without a restriction"


@every_engine
def test_only_cells_that_rows_stood_in_come_out(name: str) -> None:
    rows = mixed(300)
    made = fit(name, rows).draw(5000, None, None, np.random.default_rng(1)).codes
    for column in range(len(rows.domains)):
        assert set(made.cells(column)) <= set(rows.cells(column))


@every_engine
def test_every_column_keeps_its_own_distribution(name: str) -> None:
    rows = mixed(4000)
    made = fit(name, rows.take(slice(0, 3600)), rows.take(slice(3600, 4000))).draw(
        40_000, None, None, np.random.default_rng(1)
    )
    for column in range(len(rows.domains)):
        away = np.abs(share(made.codes, column) - share(rows, column)).sum() / 2
        assert away < (0.04 if rows.domains[column].cells < 100 else 0.2), column


@every_engine
@pytest.mark.parametrize("columns", [[], [0], [2], [3], [4]], ids=["none", "few", "wide", "constant", "missing"])
def test_tables_of_one_column_or_none(name: str, columns: list[int]) -> None:
    whole = mixed()
    rows = Codes(whole.coarse[columns], whole.fine[columns], tuple(whole.domains[each] for each in columns))
    drawn = fit(name, rows).draw(50, None, None, np.random.default_rng(0))
    check(drawn, rows.domains, 50)


@every_engine
@pytest.mark.parametrize("rows", [1, 2, 5])
def test_tables_of_next_to_no_rows(name: str, rows: int) -> None:
    few = mixed(rows)
    check(fit(name, few).draw(100, None, None, np.random.default_rng(0)), few.domains, 100)


@every_engine
def test_nothing_handed_over_is_changed(name: str) -> None:
    rows, valid = mixed(), mixed(200, seed=1)
    held = [(each.coarse.copy(), each.fine.copy()) for each in (rows, valid)]
    for each in (rows, valid):
        each.coarse.flags.writeable = each.fine.flags.writeable = False
    fitted = fit(name, rows, valid)
    mask = {0: np.array([1.0, 0.0, 0.5, 0.0])}
    mask[0].flags.writeable = False
    fitted.draw(100, None, mask, np.random.default_rng(0)).codes.coarse[:] = 0
    for each, (coarse, fine) in zip((rows, valid), held, strict=True):
        assert np.array_equal(each.coarse, coarse)
        assert np.array_equal(each.fine, fine)


@every_engine
def test_the_same_seed_gives_the_same_codes(name: str) -> None:
    rows, valid = mixed(), mixed(200, seed=1)
    first, second = fit(name, rows, valid), fit(name, rows, valid)
    one, two, other = (
        fitted.draw(500, None, None, np.random.default_rng(seed))
        for fitted, seed in ((first, 3), (second, 3), (first, 4))
    )
    assert same(one, two)
    assert not same(one, other)
    assert same(first.draw(500, None, None, np.random.default_rng(3)), one), "drawing leaves no trace"


@every_engine
def test_state_gives_the_same_draws(name: str) -> None:
    import json

    rows = mixed()
    fitted = fit(name, rows, mixed(200, seed=1))
    plain, arrays = fitted.state()
    assert all(isinstance(each, np.ndarray) and each.dtype != object for each in arrays.values())
    again = registry.load(name).restore(json.loads(json.dumps(plain)), dict(arrays), rows.domains)
    for allowed in (None, {1: np.linspace(0, 1, 7)}):
        first, second = (each.draw(800, None, allowed, np.random.default_rng(5)) for each in (fitted, again))
        assert same(first, second)


@every_engine
def test_a_mask_on_one_column_is_respected_with_the_right_weights(name: str) -> None:
    """The weighted mean of any indicator is the joint share of rows that meet the condition and the indicator."""
    rows = mixed(6000)
    fitted = fit(name, rows)
    allowed = {1: np.array([0, 0, 1, 0.5, 0, 0.25, 0])}
    drawn = fitted.draw(60_000, None, allowed, np.random.default_rng(0))
    check(drawn, rows.domains, 60_000)
    met = allowed[1][drawn.codes.cells(1)]
    alive = np.isfinite(drawn.log_weight)
    assert (met[alive] > 0).all()
    free = fitted.draw(200_000, None, None, np.random.default_rng(1)).codes
    kept = allowed[1][free.cells(1)]
    weight = np.exp(drawn.log_weight)
    assert weight.mean() == pytest.approx(kept.mean(), abs=0.01)
    for code in range(4):
        wanted = (kept * (free.coarse[0] == code)).mean()
        assert (weight * (drawn.codes.coarse[0] == code)).mean() == pytest.approx(wanted, abs=0.01)
    for cell in (2, 3, 5):
        wanted = (kept * (free.cells(1) == cell)).mean()
        assert (weight * (drawn.codes.cells(1) == cell)).mean() == pytest.approx(wanted, abs=0.01)


@every_engine
def test_masks_on_several_columns_multiply(name: str) -> None:
    rows = mixed(6000)
    fitted = fit(name, rows)
    allowed = {0: np.array([0.0, 1, 1, 0]), 1: np.array([1.0, 0, 1, 1, 1, 0, 1])}
    drawn = fitted.draw(60_000, None, allowed, np.random.default_rng(0))
    alive = np.isfinite(drawn.log_weight)
    for column, part in allowed.items():
        assert (part[drawn.codes.cells(column)][alive] > 0).all()
    free = fitted.draw(200_000, None, None, np.random.default_rng(1)).codes
    kept = allowed[0][free.cells(0)] * allowed[1][free.cells(1)]
    assert np.exp(drawn.log_weight).mean() == pytest.approx(kept.mean(), abs=0.01)


@every_engine
def test_what_is_impossible_weighs_nothing(name: str) -> None:
    rows = mixed()
    fitted = fit(name, rows)
    for allowed in ({0: np.zeros(4)}, {5: np.eye(7)[0]}, {0: np.eye(4)[1], 4: np.zeros(1)}):
        drawn = fitted.draw(50, None, allowed, np.random.default_rng(0))
        check(drawn, rows.domains, 50)
        assert np.isneginf(drawn.log_weight).all()


@every_engine
def test_context_is_taken(name: str) -> None:
    rng = np.random.default_rng(0)
    given = codes([(domain(1, 1, 1, 1, ordered=False), rng.integers(0, 4, 3000))])
    rows = codes([(domain(*[1] * 8), given.cells(0) * 2 + rng.integers(0, 2, 3000))])
    fitted = registry.load(name).fit(rows, given, rows.take(slice(0, 0)), rng)
    drawn = fitted.draw(3000, given, None, rng)
    check(drawn, rows.domains, 3000)
    plain, arrays = fitted.state()
    again = registry.load(name).restore(plain, arrays, rows.domains)
    first, second = (each.draw(3000, given, None, np.random.default_rng(0)) for each in (fitted, again))
    assert same(first, second)
    if name not in ("independent", "bootstrap"):
        assert (drawn.codes.cells(0) // 2 == given.cells(0)).mean() > 0.95


@every_engine
def test_progress_is_told_to_the_end(name: str) -> None:
    rows, told = mixed(200), []
    registry.load(name).fit(
        rows, None, rows.take(slice(0, 0)), np.random.default_rng(0), lambda done, total: told.append((done, total))
    )
    assert told
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)
