"""The order of drawing: found where one is plainly better, left alone where none is, and never seen from outside."""

import json

import numpy as np
import pytest

from understudy.encoding.codes import Codes, Domain
from understudy.engines.boost import TRIAL, Boost
from understudy.engines.contract import Fitted
from understudy.engines.ordering import Reordered, best, in_order, rearranged, restored
from understudy.engines.trees import Trees

QUICK = Boost(**TRIAL, stretch=1.5)
ORDER = np.array([2, 0, 1])


def codes(columns: list[np.ndarray], sizes: list[int], ordered: bool = True) -> Codes:
    """One fine code a coarse one, but for the last column, which has two."""
    last = len(sizes) - 1
    domains = tuple(
        Domain(np.full(size, 1 + (place == last)), ordered=ordered, missing=False) for place, size in enumerate(sizes)
    )
    coarse = np.array(columns, dtype=np.uint8)
    fine = np.zeros(coarse.shape, dtype=np.uint16)
    fine[last] = np.arange(coarse.shape[1]) % 2
    return Codes(coarse, fine, domains)


def chain(rows: int = 3000, seed: int = 0) -> Codes:
    """Three columns, each hanging on the one before."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4, rows)
    second = np.where(rng.random(rows) < 0.8, first % 3, rng.integers(0, 3, rows))
    return codes([first, second, np.where(rng.random(rows) < 0.8, second + 1, 0)], [4, 3, 5])


def remainders(rows: int, seed: int) -> Codes:
    """The remainders by 2, 3 and 5 of a name's number, and the name last: backwards, each is looked up at once."""
    rng = np.random.default_rng(seed)
    number = rng.permutation(30)[np.minimum(rng.geometric(0.05, rows) - 1, 29)]
    return codes([number % 2, number % 3, number % 5, number], [2, 3, 5, 30], ordered=False)


def chosen(rows: Codes, most: int = 4, valid: int = 1000, engine: Boost | Trees = QUICK) -> list[int]:
    learned, unseen = rows.take(slice(len(rows) - valid)), rows.take(slice(len(rows) - valid, None))
    return best(engine, most, learned, None, unseen, np.random.default_rng(0)).tolist()


def test_an_order_that_is_far_better_is_found() -> None:
    rows = remainders(4000, 0)
    order = chosen(rows)
    assert order[0] == 3
    likely = {}
    for name, each in (("found", np.array(order)), ("given", np.arange(4))):
        part = rearranged(rows, each)
        fitted = QUICK.fit(part.take(slice(3000)), None, part.take(slice(0, 0)), np.random.default_rng(0))
        unseen = part.take(slice(3000, None))
        known = {place: unseen.cells(place) for place in range(4)}
        likely[name] = fitted.draw(1000, None, None, np.random.default_rng(0), known=known).log_weight.mean()
    assert likely["found"] > likely["given"] + 0.05


@pytest.mark.parametrize("seed", range(3))
def test_independent_columns_keep_the_order_of_the_table(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = codes([rng.integers(0, size, 3000) for size in (3, 9, 2, 20)], [3, 9, 2, 20])
    assert chosen(rows) == [0, 1, 2, 3]


def test_where_there_is_no_choice_the_order_is_the_table_s() -> None:
    rows = remainders(4000, 0)
    assert chosen(rows, most=1) == [0, 1, 2, 3]
    assert chosen(rows, valid=99) == [0, 1, 2, 3]
    one = codes([np.arange(500) % 3], [3])
    assert chosen(one) == [0]


def test_only_so_many_orders_are_tried() -> None:
    assert chosen(remainders(4000, 0), most=2) == [3, 2, 1, 0], "the second is the first backwards"


def reordered() -> Fitted:
    rows = chain()
    return in_order(
        lambda part, valid, _: QUICK.fit(part, None, valid, np.random.default_rng(0)),
        ORDER,
        rows.take(slice(2700)),
        rows.take(slice(2700, None)),
        None,
    )


def test_rows_come_back_in_the_order_of_the_table() -> None:
    rows, n = chain(), 30_000
    drawn = reordered().draw(n, None, None, np.random.default_rng(0))
    assert [each.cells for each in drawn.codes.domains] == [each.cells for each in rows.domains]
    for place, domain in enumerate(rows.domains):
        real, made = (
            np.bincount(each.cells(place), minlength=domain.cells) / len(each) for each in (rows, drawn.codes)
        )
        assert made == pytest.approx(real, abs=0.03)
    kept = (drawn.codes.coarse[1] == drawn.codes.coarse[0] % 3).mean()
    assert kept == pytest.approx((rows.coarse[1] == rows.coarse[0] % 3).mean(), abs=0.03)
    assert (drawn.log_weight == 0).all()


def test_masks_and_known_cells_refer_to_columns_of_the_table() -> None:
    fitted, n = reordered(), 4000
    masks = {0: np.array([0.0, 1, 0, 1]), 2: np.r_[np.zeros(4), np.ones(6)]}
    drawn = fitted.draw(n, None, masks, np.random.default_rng(0))
    alive = np.isfinite(drawn.log_weight)
    assert alive.any()
    for place, mask in masks.items():
        assert (mask[drawn.codes.cells(place)][alive] > 0).all()
    known = {0: np.arange(n) % 4, 2: np.where(np.arange(n) % 2, 7, -1)}
    told = fitted.draw(n, None, None, np.random.default_rng(0), known=known).codes
    assert np.array_equal(told.cells(0), known[0])
    assert (told.cells(2)[1::2] == 7).all()
    assert len(np.unique(told.cells(2)[::2])) > 5


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_the_probability_of_a_row_is_that_of_the_row_rearranged(temperature: float) -> None:
    fitted, rows = reordered(), chain(500, 1)
    assert isinstance(fitted, Reordered)
    part = rearranged(rows, ORDER)
    one, other = (
        which.draw(
            500,
            None,
            None,
            np.random.default_rng(0),
            known={place: each.cells(place) for place in range(3)},
            temperature=temperature,
        ).log_weight
        for which, each in ((fitted, rows), (fitted.fitted, part))
    )
    assert np.array_equal(one, other)
    assert np.isfinite(one).all()


def test_an_order_goes_through_a_file() -> None:
    fitted, rows = reordered(), chain()
    plain, arrays = fitted.state()
    again = QUICK.restore(json.loads(json.dumps(plain)), arrays, rows.domains)
    first, second = (each.draw(500, None, None, np.random.default_rng(3)).codes for each in (fitted, again))
    assert np.array_equal(first.coarse, second.coarse)
    assert np.array_equal(first.fine, second.fine)


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 1], [0, 1, 3], [1, 2, 3], [[0, 1, 2]], [-1, 0, 1]])
def test_orders_that_are_none_are_refused(order: object) -> None:
    with pytest.raises(ValueError, match="order"):
        restored({"order": order}, chain().domains, lambda _: reordered())


def test_attacks_see_rows_in_the_order_of_the_table() -> None:
    rows, seen = chain(), []

    def attack(fitted: Fitted) -> bool:
        seen.append(fitted.draw(10, None, None, np.random.default_rng(0)).codes.domains)
        return False

    in_order(
        lambda part, valid, against: QUICK.fit(part, None, valid, np.random.default_rng(0), None, against),
        ORDER,
        rows.take(slice(2700)),
        rows.take(slice(2700, None)),
        attack,
    )
    assert [tuple(each.cells for each in domains) for domains in seen] == [(4, 3, 10)]


def test_context_stays_before_all_columns() -> None:
    rng = np.random.default_rng(0)
    context = codes([rng.integers(0, 4, 3000)], [4])
    rows = codes([rng.integers(0, 3, 3000), (context.coarse[0] + (rng.random(3000) < 0.1)) % 4], [3, 4])
    found = Boost(orders=4, rounds=30).fit(rows.take(slice(2500)), context, rows.take(slice(2500, None)), rng)
    made = found.draw(3000, context, None, rng).codes
    assert (made.coarse[1] == context.coarse[0]).mean() == pytest.approx(0.9, abs=0.03)
