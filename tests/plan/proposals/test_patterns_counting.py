"""The counting under the searches, against brute force and laws."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.plan.proposals.patterns.covers import FEWEST_ROWS, exact_covers
from understudy.plan.proposals.patterns.cuts import border, round_cut
from understudy.plan.proposals.patterns.determining import _errors
from understudy.plan.proposals.patterns.events import meetings, packed


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_exact_covers_are_those_of_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = rng.integers(0, rng.integers(2, 5), 90)
    flags = [parts == place for place in range(parts.max() + 1)]
    flags += [rng.random(90) < 0.2 for _ in range(3)]
    table = np.array(flags)[rng.permutation(len(flags))]
    found = exact_covers(table)
    assert all((table[cover].sum(0) == 1).all() for cover in found)
    usable = [place for place in range(len(table)) if FEWEST_ROWS <= table[place].sum() < 90]
    exists = any((table[list(cover)].sum(0) == 1).all() for size in range(2, 6) for cover in combinations(usable, size))
    assert bool(found) == exists


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_meetings_count_rows(rows: int, seed: int) -> None:
    masks = np.random.default_rng(seed).random((4, rows)) < 0.4
    assert (meetings(packed(list(masks)), packed(list(masks))) == masks.astype(int) @ masks.T.astype(int)).all()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=60))
def test_errors_are_rows_off_the_most_frequent_value(cells: list[tuple[int, int]]) -> None:
    level, value = (np.array(each) for each in zip(*cells, strict=True))
    by_hand = sum((level == each).sum() - np.bincount(value[level == each]).max() for each in np.unique(level))
    assert _errors(level.astype(np.int64), value.astype(np.int32), 4) == by_hand


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_a_cut_lies_above_the_low_end_and_not_above_the_high(low: float, width: float) -> None:
    high = low + width
    if high > low:
        assert low < round_cut(low, high) <= high
        cut = border(low, high)
        assert low <= cut.at <= high
        assert (cut.at > low) or not cut.above
