"""The score of paired rows: by hand, by brute force, and its laws."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.schema import Column, Schema
from understudy.data.table import Source, Table
from understudy.errors import SchemaError
from understudy.metrics.case import case
from understudy.metrics.judge import judge
from understudy.metrics.keys import keys_of
from understudy.metrics.matching import matching
from understudy.metrics.measure import Measure

KINDS: dict[str, Any] = {
    "age": "integer",
    "sex": "categorical",
    "town": "categorical",
    "sick": "categorical",
    "mail": "text",
}
REAL = {
    "age": [30, 30, 40, 40, 50, 60],
    "sex": list("ffmmfm"),
    "town": list("xxxyyy"),
    "sick": list("nynyny"),
    "mail": [f"{row}@mail.example" for row in range(6)],
}
lists = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("fm"), st.sampled_from("xyz")), min_size=2, max_size=9)


def typed(columns: dict[str, list]) -> Table:
    return Table(pl.DataFrame(columns), Source(), Schema(tuple(Column(name, KINDS[name]) for name in columns)))


def measured(synthetic: dict[str, list], real: dict[str, list] | None = None) -> Measure:
    return matching(typed(REAL if real is None else real), typed(synthetic), target="sick", paired=True)


def brute(real: list[tuple], synthetic: list[tuple]) -> dict[str, float | int | None]:
    """Reiter and Mitra's c, I, K and F of one synthetic table, person by person."""
    found, alone, rightly, wrongly = 0.0, 0, 0, 0
    for place, person in enumerate(real):
        same = [row for row, other in enumerate(synthetic) if other == person]
        found += (1 / len(same)) if place in same else 0
        alone += len(same) == 1
        rightly += same == [place]
        wrongly += len(same) == 1 and place not in same
    rows = len(real)
    rates = {"true_rate": rightly / rows, "false_rate": wrongly / alone if alone else None}
    return {"expected": found / rows, **rates, "unique": alone}


def test_by_hand() -> None:
    """The ages of the first, third and sixth are drawn anew.

    By age, sex and town the first is matched by the second's row alone, wrongly; the second by its own alone; the third
    (40 m x) by nobody; the fourth by its own and the sixth's; the fifth by its own alone; the sixth (60 m y) by nobody:
    2.5 of 6. By sex and town: f x twice, m x once, m y twice, f y once: 4 of 6, which is more. Untouched, f x 30 twice
    and all others once: 5 of 6.
    """
    found = measured({**REAL, "age": [60, 30, 30, 40, 50, 40]})
    assert found.parts["keys"] == ["age", "sex", "town"]
    assert found.parts["replaced"] == ["age"]
    assert found.parts["ways"]["known"] == {
        "expected": pytest.approx(2.5 / 6),
        "true_rate": pytest.approx(2 / 6),
        "false_rate": pytest.approx(1 / 3),
        "unique": 3,
    }
    assert (found.value, found.floor, found.ceiling) == pytest.approx((4 / 6, 4 / 6, 5 / 6))
    assert (found.parts["way"], found.parts["unique"], found.parts["true_rate"]) == ("kept", 2, pytest.approx(2 / 6))
    assert found.parts["kept"] == ["sex", "town", "sick", "mail"]
    assert found.parts["names"] == ["mail"]
    assert found.parts["ways"]["all_kept"]["expected"] == pytest.approx(5 / 6)
    assert found.parts["columns"] == 5
    assert "age, sex, town" in found.note


def test_towns_drawn_anew_leave_more_to_be_found() -> None:
    """By all keys the towns that were hit by chance tell more than age and sex alone: 4 of 6 beside 4 classes of 6."""
    found = measured({**REAL, "town": list("xyxyyy")})
    assert found.parts["ways"]["kept"]["expected"] == pytest.approx(4 / 6)
    assert (found.parts["way"], found.value) == ("known", pytest.approx(5 / 6))


@settings(max_examples=100, deadline=None)
@given(lists, st.integers(0, 1_000))
def test_by_brute_force_and_never_beyond_nothing_replaced(people: list[tuple], seed: int) -> None:
    rng = np.random.default_rng(seed)
    real = {name: list(each) for name, each in zip(("age", "sex", "town"), zip(*people, strict=True), strict=True)}
    real["sick"] = ["y", "n"] * (len(people) // 2) + ["y"] * (len(people) % 2)
    drawn = rng.choice(["age", "sex", "town"], size=rng.integers(0, 4), replace=False)
    fake = {name: [column[i] for i in rng.permutation(len(people))] if name in drawn else column
            for name, column in real.items()}  # fmt: skip
    found = measured(fake, real)
    keys, stay = found.parts["keys"], found.parts["kept"]
    rows = {role: [tuple(each[name][i] for name in keys) for i in range(len(people))]
            for role, each in (("real", real), ("fake", fake))}  # fmt: skip
    assert found.parts["ways"]["known"] == pytest.approx(brute(rows["real"], rows["fake"]))
    assert found.parts["ways"]["untouched"] == pytest.approx(brute(rows["real"], rows["real"]))
    left = [tuple(real[name][i] for name in keys if name in stay) for i in range(len(people))]
    assert found.parts["ways"]["kept"] == pytest.approx(brute(left, left))
    assert (found.floor or 0) - 1e-9 <= (found.value or 0) <= (found.ceiling or 0) + 1e-9
    assert (found.low or 0) <= (found.value or 0) <= (found.high or 0)


def test_a_copy_finds_everybody_who_is_unique(table: Callable[..., Table]) -> None:
    people = table({"age": range(400), "sex": ["f", "m"] * 200, "pay": np.linspace(0, 1, 400)})
    found = matching(people, people, target="sex", paired=True)
    assert (found.value, found.ceiling, found.floor, found.high) == (1, 1, 1, 1)
    assert (found.low or 0) == pytest.approx(0.99, abs=0.005)
    assert (found.parts["true_rate"], found.parts["false_rate"], found.parts["unique"]) == (1, 0, 400)
    assert found.parts["replaced"] == []


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_rows_fall_to_chance(
    table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame], seed: int
) -> None:
    """A row of a class of c is found where a row of its class lands on its place, c in n times, and then by 1 in c."""
    frame = people(2_000, seed)
    train = table(frame)
    shuffled = table(frame.sample(fraction=1, shuffle=True, seed=seed))
    found = matching(train, shuffled, target="rich", paired=True)
    assert found.parts["kept"] == []
    assert found.floor == pytest.approx(1 / 2_000)
    assert found.value == pytest.approx(1 / 2_000, abs=0.0025)
    assert (found.ceiling or 0) > 0.2


def test_a_number_drawn_anew_matches_within_its_group(table: Callable[..., Table]) -> None:
    """Twenty groups of fifty neighbours: one in fifty is found where each number moves within its group."""
    ages = np.arange(1_000) / 7
    moved = ages.reshape(20, 50)[:, ::-1].ravel()
    first, second = (table({"age": each, "job": ["cook"] * 1_000, "sick": ["y", "n"] * 500}) for each in (ages, moved))
    known = case(first, second, target="sick", paired=True)
    assert "age" in keys_of(known)
    found = matching.on(known)
    assert found.value == pytest.approx(1 / 50)
    assert found.ceiling == 1


def test_missing_cells_are_known_too() -> None:
    real = {**REAL, "town": ["x", None, "x", "y", None, "y"]}
    found = measured(real, real)
    assert found.value == found.ceiling == 1


def test_unpaired_rows_are_judged_without_it(trio: tuple[Table, Table]) -> None:
    train = trio[0].take(range(100))
    assert "privacy.matching" not in [each.name for each in judge(train, train, quick=True)]
    found = {each.name: each for each in judge(train, train, quick=True, paired=True)}
    assert found["privacy.matching"].value == found["privacy.matching"].ceiling
    alone = matching(train, train)
    assert alone.value is None
    assert "one by one" in alone.note
    with pytest.raises(SchemaError, match="100 real and 99 synthetic rows do not belong together one by one"):
        judge(train, train.take(range(99)), paired=True)


def test_nothing_judged_says_why() -> None:
    mails = typed({"mail": REAL["mail"]})
    assert "no column is judged" in matching(mails, mails, paired=True).note
