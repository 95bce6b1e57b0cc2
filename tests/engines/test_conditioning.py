"""What every engine promises where cells are known or drawn at another temperature."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.encoding.codes import Codes, Domain
from understudy.engines import registry
from understudy.engines.contract import Drawn, Fitted

every_engine = pytest.mark.parametrize("name", registry.names())
SIZES = (3, 3, 5)
GRID = np.array(list(product(*map(range, SIZES)))).T
WARMTHS = (1.0, 0.5, 2.0)


def domain(*depth: int, ordered: bool = True, missing: bool = False) -> Domain:
    return Domain(np.array(depth, dtype=np.int64), ordered=ordered, missing=missing)


def codes(columns: list[tuple[Domain, np.ndarray]]) -> Codes:
    """Codes from the cell numbers of each column."""
    split = [each.split(np.asarray(cells)) for each, cells in columns]
    coarse, fine = (np.array([pair[digit] for pair in split]) for digit in (0, 1))
    return Codes(coarse, fine, tuple(each for each, _ in columns))


def fit(name: str, rows: Codes) -> Fitted:
    return registry.load(name).fit(rows, None, rows.take(slice(0, 0)), np.random.default_rng(0))


def same(first: Drawn, second: Drawn) -> bool:
    pairs = ((first.codes.coarse, second.codes.coarse), (first.codes.fine, second.codes.fine))
    return all(np.array_equal(*pair) for pair in (*pairs, (first.log_weight, second.log_weight)))


def small(rows: int = 4000, seed: int = 0) -> Codes:
    """Three related columns, with fine digits, of 45 cells together."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 3, rows)
    second = (first + rng.integers(0, 2, rows) * rng.integers(0, 2, rows)) % 3
    third = np.where(rng.random(rows) < 0.7, first, rng.integers(0, 5, rows))
    return codes(
        [(domain(1, 1, 1, ordered=False), first), (domain(1, 2, missing=True), second), (domain(1, 3, 1), third)]
    )


def whole(fitted: Fitted, temperature: float = 1.0) -> np.ndarray:
    """Logarithms of the probabilities of all 45 rows there can be."""
    known = {place: GRID[place] for place in range(3)}
    drawn = fitted.draw(45, None, None, np.random.default_rng(0), known=known, temperature=temperature)
    for place in range(3):
        assert np.array_equal(drawn.codes.cells(place), GRID[place])
    return drawn.log_weight


def drawn_shares(fitted: Fitted, n: int, temperature: float = 1.0) -> np.ndarray:
    free = fitted.draw(n, None, None, np.random.default_rng(1), temperature=temperature).codes
    return np.bincount(np.ravel_multi_index([free.cells(place) for place in range(3)], SIZES), minlength=45) / n


@every_engine
@pytest.mark.parametrize("temperature", WARMTHS)
def test_with_every_cell_known_the_weight_is_the_probability_of_the_row(name: str, temperature: float) -> None:
    """Beside the frequencies of free draws; 45 cells, so the largest of 45 standard scores stays below 4.5."""
    fitted, n = fit(name, small()), 300_000
    share = np.exp(whole(fitted, temperature))
    assert share.sum() == pytest.approx(1, abs=1e-5)
    found = drawn_shares(fitted, n, temperature)
    assert (np.abs(found - share) <= 4.5 * np.sqrt(share / n) + 1e-5).all()


@every_engine
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_cells_of_one_column_sum_to_one_whatever_the_others(name: str, place: int) -> None:
    """Columns after an open one add nothing; those before are drawn, and the same by the same seed."""
    if name == "bootstrap" and place:
        pytest.skip("its rows are drawn whole: the sum is of the shares of rows")
    fitted, rows = fit(name, small()), 500
    known = {place: np.tile(np.arange(SIZES[place]), rows)}
    before = fitted.draw(rows, None, None, np.random.default_rng(3)).codes
    known |= {each: np.repeat(before.cells(each), SIZES[place]) for each in range(place)}
    n = rows * SIZES[place]
    both = fitted.draw(n, None, None, np.random.default_rng(4), known=known).log_weight
    known.pop(place)
    alone = fitted.draw(n, None, None, np.random.default_rng(4), known=known).log_weight if place else np.zeros(n)
    assert np.exp(both - alone).reshape(rows, -1).sum(axis=1) == pytest.approx(1, abs=1e-5)


@every_engine
def test_known_cells_stay_and_open_ones_are_drawn(name: str) -> None:
    rows, n = small(), 900
    rng = np.random.default_rng(2)
    known = {place: np.where(rng.random(n) < 0.5, rows.cells(place)[:n], -1) for place in range(3)}
    held = {place: cells.copy() for place, cells in known.items()}
    mask = {1: np.array([0.0, 1, 1])}
    fitted = fit(name, rows)
    drawn = fitted.draw(n, None, mask, np.random.default_rng(3), known=known)
    alive = np.isfinite(drawn.log_weight)
    assert alive.mean() > 0.5
    for place, cells in known.items():
        assert np.array_equal(cells, held[place]), "what is handed over is left alone"
        assert np.array_equal(drawn.codes.cells(place)[cells >= 0], cells[cells >= 0])
        assert (drawn.codes.cells(place) < SIZES[place]).all()
    loose = (known[1] < 0) & alive
    assert loose.any()
    assert (mask[1][drawn.codes.cells(1)[loose]] > 0).all()
    assert same(drawn, fitted.draw(n, None, mask, np.random.default_rng(3), known=known))


@every_engine
@pytest.mark.parametrize("cell", range(5))
def test_weights_make_a_late_condition_unbiased(name: str, cell: int) -> None:
    """The weighted frequencies of the earlier columns are those of the rows that happen to have the cell."""
    fitted, n = fit(name, small()), 100_000
    share = np.exp(whole(fitted)).reshape(SIZES)[:, :, cell]
    drawn = fitted.draw(n, None, None, np.random.default_rng(5), known={2: np.full(n, cell)})
    weight = np.exp(drawn.log_weight)
    place = np.ravel_multi_index([drawn.codes.cells(0), drawn.codes.cells(1)], SIZES[:2])
    found = np.bincount(place, weights=weight, minlength=9).reshape(3, 3) / n
    assert found == pytest.approx(share, abs=4.5 * float(np.sqrt((weight**2).mean() / n)) + 1e-5)


@every_engine
def test_open_everywhere_is_as_if_nothing_were_known(name: str) -> None:
    fitted = fit(name, small())
    free = fitted.draw(400, None, None, np.random.default_rng(0))
    open_ = fitted.draw(400, None, None, np.random.default_rng(0), known={1: np.full(400, -1)})
    assert same(free, open_)


@every_engine
def test_known_cells_and_masks_go_together(name: str) -> None:
    """A mask of one cell and the same cell known weigh the same."""
    fitted, n = fit(name, small()), 2000
    for place, cell in ((0, 1), (1, 2), (2, 3)):
        masked = fitted.draw(n, None, {place: np.eye(SIZES[place])[cell]}, np.random.default_rng(0)).log_weight
        known = fitted.draw(n, None, None, np.random.default_rng(0), known={place: np.full(n, cell)}).log_weight
        assert np.exp(masked).mean() == pytest.approx(np.exp(known).mean(), abs=0.01)
        assert np.exp(masked).std() == pytest.approx(np.exp(known).std(), abs=0.01)


@every_engine
def test_cold_draws_are_sharper_and_hot_ones_flatter(name: str) -> None:
    rng = np.random.default_rng(1)
    fitted = fit(name, codes([(domain(1, 1, 1, 1, ordered=False), rng.choice(4, 3000, p=[0.5, 0.3, 0.15, 0.05]))]))
    known = {0: np.arange(4)}

    def entropy(temperature: float) -> float:
        weight = fitted.draw(4, None, None, rng, known=known, temperature=temperature).log_weight
        return float(-(np.exp(weight) * np.maximum(weight, -1e3)).sum())

    found = [entropy(each) for each in (0.25, 0.5, 1.0, 2.0, 8.0)]
    assert found == sorted(set(found))


@pytest.mark.parametrize("name", ["boost", "independent", "trees"])
@given(temperature=st.floats(0.05, 20), seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_the_first_column_is_raised_to_the_power(name: str, temperature: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = codes([(domain(1, 1, 1, 1, ordered=False), rng.choice(4, 300, p=[0.5, 0.3, 0.15, 0.05]))])
    fitted = fit(name, rows)
    known = {0: np.arange(4)}
    one, other = (
        np.exp(fitted.draw(4, None, None, rng, known=known, temperature=each).log_weight) for each in (1.0, temperature)
    )
    raised = one ** (1 / temperature)
    assert other == pytest.approx(raised / raised.sum(), abs=1e-5)


@every_engine
def test_rows_are_given_up_while_they_are_drawn(name: str) -> None:
    """Those that go on are drawn as ever, with the cells known of them and their weights beside them."""
    fitted, n = fit(name, small()), 60_000
    known, asked = {1: np.where(np.arange(n) % 2 == 0, np.arange(n) % 3, -1)}, []
    order = fitted.order.tolist()
    step = order.index(0)

    def sieve(coarse: np.ndarray, weight: np.ndarray) -> np.ndarray | None:
        assert coarse.shape == (len(coarse), len(weight))
        asked.append(len(coarse))
        first = len(coarse) > step and not any(each > step for each in asked[:-1])
        return np.flatnonzero(coarse[step] == 1) if first else None

    drawn = fitted.draw(n, None, None, np.random.default_rng(0), known=known, sieve=sieve)
    assert asked in ([1, 2, 3], [3])
    assert 0 < len(drawn.codes) < n
    assert len(drawn.log_weight) == len(drawn.codes)
    assert (drawn.codes.coarse[0] == 1).all()
    free = fitted.draw(n, None, None, np.random.default_rng(1), known=known)
    kept = free.codes.coarse[0] == 1
    assert len(drawn.codes) == pytest.approx(kept.sum(), abs=5 * np.sqrt(kept.sum()))
    for weigh in (False, True):
        found, wanted = (
            np.bincount(rows.cells(1) * 5 + rows.cells(2), np.exp(weight) if weigh else None, 15)
            for rows, weight in (
                (drawn.codes, drawn.log_weight),
                (free.codes.take(kept.nonzero()[0]), free.log_weight[kept]),
            )
        )
        assert found == pytest.approx(wanted, abs=5 * np.sqrt(2 * wanted.max()) + 1)


@every_engine
def test_a_sieve_that_keeps_all_changes_nothing(name: str) -> None:
    fitted = fit(name, small())
    free = fitted.draw(300, None, None, np.random.default_rng(0))
    assert same(free, fitted.draw(300, None, None, np.random.default_rng(0), sieve=lambda codes, weight: None))
    every = fitted.draw(300, None, None, np.random.default_rng(0), sieve=lambda codes, weight: np.arange(len(weight)))
    assert same(free, every)
