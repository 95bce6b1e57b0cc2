"""What guessing attacks share, worked out by hand."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.kernels.points import Points
from understudy.metrics import guessing
from understudy.metrics.attack import shares
from understudy.metrics.attributes import attribute, inference
from understudy.metrics.case import case
from understudy.metrics.guessing import commonest, compared, counted, right, targets, varying, worst
from understudy.metrics.linking import linkability
from understudy.metrics.singling import singling_out


def points(lines: list[list[float]], levels: list[list[int]]) -> Points:
    width = max(len(each) for each in [*lines, *levels])
    return Points.of(np.reshape(lines, (len(lines), width)), np.reshape(levels, (len(levels), width)).astype(np.int64))


def test_success_and_control_are_plain_shares() -> None:
    found = compared("a", np.ones(500), np.zeros(500))
    assert (found.parts["success"], found.parts["control"]) == (1, 0)


def test_a_guess_is_right_within_a_twentieth_of_the_ranks() -> None:
    truth = points([[0.5, 0.5, 0.5, np.nan, np.nan, 0.5]], [[1, 1, 0, 0, 2, 2]])
    guess = points([[0.55, 0.551, 0.45, np.nan, 0.5, np.nan]], [[1, 2, 0, 1, 2, 2]])
    assert right(truth, guess, 0).tolist() == [True, False, True, True, False, False]
    assert right(truth, guess, 1).tolist() == [True, False, True, False, True, True]


def test_the_sign_of_a_number_does_not_make_a_guess_right(table: Callable[..., Table]) -> None:
    values = np.arange(-1_000.0, 0)
    given = case(table({"a": values}), table({"a": values}), table({"a": values[:10]}))
    found = guessing.coordinates(given, given.real)
    far = Points(np.roll(found.place, 500, axis=1), found.levels, found.unit)
    near = Points(np.roll(found.place, 20, axis=1), found.levels, found.unit)
    assert right(found, far, 0).mean() == 0
    assert right(found, near, 0).mean() == 0.98


def test_always_guessing_one_value() -> None:
    place = points([[0, 0.01, 0.04, 0.5, 0.52, 1, 1, np.nan]], [[1, 1, 1, 2, 0, 0, 3, 3]])
    assert commonest(place, 1) == 3 / 8
    assert commonest(place, 0) == 3 / 8
    assert commonest(points([[0.2] * 4], [[1] * 4]), 0) == 1


def test_unlike_numbers_of_targets_do_not_make_an_excess() -> None:
    everyone = compared("a", np.ones(2_000), np.ones(100))
    assert everyone.value == pytest.approx(0)
    assert everyone.parts["p"] == 1
    assert (everyone.parts["trials"], everyone.parts["controls"]) == (2_000, 100)


def test_its_variance_is_that_of_unlike_numbers_of_targets() -> None:
    inside, outside = np.arange(2_000) % 2 == 0, np.arange(200) % 2 == 0
    found = compared("a", inside, outside)
    plain = shares("a", 1_000, 2_000, 100, 200, "", {})
    assert found.parts["error"] == pytest.approx(plain.parts["error"], rel=0.01)


def test_guesses_that_repeat_count_once_and_others_more() -> None:
    rng = np.random.default_rng(0)
    once = rng.random((1_000, 1)) < 0.3
    again, fresh = np.repeat(once, 4, axis=1), rng.random((1_000, 4)) < 0.3
    alone, repeated = (compared("a", each.mean(axis=1), each.mean(axis=1)).parts["error"] for each in (once, again))
    assert repeated == pytest.approx(alone)
    assert compared("a", fresh.mean(axis=1), fresh.mean(axis=1)).parts["error"] == pytest.approx(alone / 2, rel=0.1)


def test_p_is_right_where_nothing_is_won() -> None:
    rng, found = np.random.default_rng(1), []
    for share in (0.02, 0.3, 0.97):
        hits = rng.binomial(400, share, 500) / 400, rng.binomial(150, share, 500) / 150
        found = [
            counted("a", a, b, 2 / (1 / 400 + 1 / 150), note="", parts={}).parts["p"]
            for a, b in zip(*hits, strict=True)
        ]
        assert 0.01 < np.mean(np.array(found) < 0.05) < 0.08


def test_the_worst_has_the_highest_lower_bound_and_holms_p() -> None:
    by = {
        "sure": counted("a", 0.6, 0.5, 2_000, note="", parts={}),
        "large": counted("b", 0.8, 0.5, 10, note="", parts={}),
        "none": counted("c", 0.1, 0.1, 2_000, note="", parts={}),
    }
    found = worst("x", by, "told '{}'", {"rows": 3})
    assert (found.name, found.note, found.parts["worst"], found.parts["rows"]) == ("x", "told 'sure'", "sure", 3)
    assert (found.value, found.low, found.high) == (by["sure"].value, by["sure"].low, by["sure"].high)
    assert found.parts["p"] == pytest.approx(3 * by["sure"].parts["p"])
    assert found.parts["by"]["none"]["holm"] == pytest.approx(max(2 * by["large"].parts["p"], by["none"].parts["p"]))


def test_targets_stay_within_the_work(
    trio: tuple[Table, Table], monkeypatch: pytest.MonkeyPatch, people: Callable[[int, int], pl.DataFrame]
) -> None:
    real, holdout = trio
    whole = targets(case(real, real, holdout))
    assert (whole.training, len(whole.rows), len(whole.synthetic)) == (2_000, 3_000, 4_000)
    monkeypatch.setattr(guessing, "WORK", 1_000 * 500 * len(people(1, 0).columns))
    cut = targets(case(real, real, holdout))
    assert (cut.training, len(cut.rows), len(cut.synthetic)) == (1_000, 2_000, 500)
    with pytest.raises(ValueError, match="no holdout"):
        targets(case(real, real))


def test_columns_vary_by_their_training_rows(table: Callable[..., Table]) -> None:
    real = table({"a": [1.0, 1.0], "b": [None, 2.0], "c": ["x", "x"], "d": [None, "x"], "e": [1.0, 2.0]})
    lost = table({"a": [2.0], "b": [1.0], "c": ["y"], "d": ["x"], "e": [1.0]})
    given = case(real, lost, lost)
    assert [given.columns[place] for place in varying(given)] == ["b", "e", "d"]


ATTACKS = (singling_out, linkability, inference, attribute)
NOTHING = pl.Series([None] * 8, dtype=pl.String)
LEGAL: dict[str, dict[str, Any]] = {
    "two rows": {"a": [1.0, 2.0], "b": ["x", "y"]},
    "one row": {"a": [1.0], "b": ["x"]},
    "one column": {"a": [1.0, 2.0, 3.0]},
    "one level": {"a": ["x"] * 30},
    "all missing": {"a": NOTHING, "b": NOTHING.cast(pl.Float64)},
    "mostly missing": {"a": [None] * 29 + [1.0], "b": ["x", None, None] * 10, "c": [None, 2, 3] * 10},
    "constant": {"a": [5] * 40, "b": ["x"] * 40, "c": list(range(40))},
    "negative": {"a": [-1.5, -2.5, 3.0, 0.0] * 10, "b": [-1, -2] * 20},
    "high cardinality": {"a": [f"v{place}" for place in range(60)], "b": list(range(60))},
    "dates": {"a": [date(2020, 1, 1 + place) for place in range(30)], "b": [True, False, None] * 10},
    "wide": {f"c{place}": [place % 3, 1, 2, 3] * 6 for place in range(300)},
}


@pytest.mark.parametrize("name", LEGAL)
def test_nothing_raises_on_a_legal_table(name: str, table: Callable[..., Table]) -> None:
    real = table(LEGAL[name])
    for attack in ATTACKS:
        for other in (real, table(pl.concat([real.frame] * 3))):
            measure = attack(real, other, real)
            assert measure.note
            if measure.value is not None:
                assert -1 <= measure.low <= measure.high <= 1
                assert 0 <= measure.parts["p"] <= 1
                json.dumps(measure.to_dict())
        assert attack(real, real).value is None


def test_order_does_not_matter_and_nothing_is_touched(trio: tuple[Table, Table], table: Callable[..., Table]) -> None:
    real, fake, holdout = (table(each) for each in (trio[0].frame[:300], trio[0].frame[300:600], trio[1].frame[:200]))
    before = real.frame.clone()
    turned = [table(each.frame[::-1].select(each.frame.columns[::-1])) for each in (real, fake, holdout)]
    for attack in ATTACKS:
        assert attack(real, fake, holdout).to_dict() == attack(*turned).to_dict()
    assert real.frame.equals(before)
