"""Sums of functions of single columns: beside least squares by other means, by halves, with gaps."""

import numpy as np
import pytest

from understudy.encoding.codes import Domain
from understudy.engines.levels import Data
from understudy.engines.sums import RIDGE, UNIT, Basis, Sum

ROWS = 3000
SIZES = (40, 7, 12, 30)


def table(seed: int = 0, rows: int = ROWS) -> tuple[Data, list[np.ndarray]]:
    """Four columns, the second categories, the third with missing cells; scores of their codes."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 40, rows)
    codes = np.array(
        [first, rng.integers(0, 7, rows), rng.integers(0, 12, rows), (first + rng.integers(0, 9, rows)) % 30]
    )
    domains = tuple(Domain(np.ones(size, np.int64), size != 7, size == 12) for size in SIZES)
    scores = [rng.normal(0, 1, (2 if size == 7 else 1, size)).astype(np.float32) for size in SIZES]
    return Data(codes.astype(np.uint8), rows, rows, domains), scores


def functions(data: Data, scores: list[np.ndarray], columns: list[int]) -> np.ndarray:
    """Scores and how far they are from 0, scores of levels, and whether a cell is missing, (functions, rows)."""
    made = []
    for place in columns:
        mine = np.rint(UNIT * scores[place]) / UNIT
        made += [each[data.codes[place]] for each in mine]
        if data.domains[place].ordered:
            made.append(np.abs(mine[0])[data.codes[place]])
        if data.domains[place].missing:
            made.append((data.codes[place] == 0).astype(float))
    return np.array(made)


def expected(made: np.ndarray, aim: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Ridge regression of the centred aim on centred functions by the singular value decomposition, for all rows."""
    middle, mean = made[:, rows].mean(axis=1, keepdims=True), aim[rows].mean()
    left, size, right = np.linalg.svd((made[:, rows] - middle).T, full_matrices=False)
    weight = right.T @ (size / (size**2 + RIDGE) * (left.T @ (aim[rows] - mean)))
    return mean + weight @ (made - middle)


@pytest.mark.parametrize("gone", [0.0, 0.2, 0.8])
def test_the_sum_is_that_of_least_squares_for_all_rows_and_either_half(gone: float) -> None:
    """With and without rows that have no aim: they do not count."""
    data, scores = table()
    rng = np.random.default_rng(1)
    order, sources = rng.permutation(ROWS), np.array([0, 1, 2])
    aim = (np.sin(data.codes[0] / 9) + 0.3 * data.codes[1] + rng.normal(0, 1, ROWS)).astype(np.float32)
    known = rng.random(ROWS) >= gone
    found = Basis.of(data, scores, order).fitted(sources, known, np.where(known, aim, np.float32(np.nan)))
    made = functions(data, scores, [0, 1, 2])
    for rows, each in zip((order, order[: ROWS // 2], order[ROWS // 2 :]), found, strict=True):
        np.testing.assert_allclose(each.of(data.codes), expected(made, aim, rows[known[rows]]), atol=1e-4)


def test_a_sum_hears_no_other_columns() -> None:
    data, scores = table()
    aim = data.codes[3].astype(np.float32)
    whole = Basis.of(data, scores, np.arange(ROWS)).fitted(np.array([1, 2]), np.ones(ROWS, bool), aim)[0]
    other = data.codes.copy()
    other[[0, 3]] = 5
    np.testing.assert_array_equal(whole.of(data.codes), whole.of(other))


def test_products_do_not_hang_on_the_order_of_rows() -> None:
    data, scores = table(2)
    half = np.arange(ROWS // 2)
    orders = np.concatenate([half, half + ROWS // 2]), np.concatenate([half[::-1], half[::-1] + ROWS // 2])
    first, second = (Basis.of(data, scores, order).products for order in orders)
    np.testing.assert_array_equal(first, second)


def test_in_noise_a_sum_says_next_to_nothing_of_rows_it_was_not_taught() -> None:
    data, scores = table(3)
    aim = np.random.default_rng(4).normal(0, 1, ROWS).astype(np.float32)
    taught = Basis.of(data, scores, np.arange(ROWS)).fitted(np.arange(4), np.ones(ROWS, bool), aim)[1]
    assert taught.of(data.codes)[ROWS // 2 :].std() < 0.1


def test_tables_add_up() -> None:
    codes = np.array([[0, 1, 2], [2, 2, 0]], dtype=np.uint8)
    tables = np.zeros((2, 256), dtype=np.float32)
    tables[0, :3], tables[1, :3] = (1, 2, 4), (10, 20, 40)
    np.testing.assert_array_equal(Sum(np.array([1, 0]), tables).of(codes), [4 + 10, 4 + 20, 1 + 40])
