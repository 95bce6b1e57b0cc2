"""The verdict's rules, each by scores that fall on either side."""

import pytest

from understudy.metrics.measure import Measure
from understudy.plan.thresholds import Thresholds
from understudy.reports.verdict import verdict


def c2st(value: float, ceiling: float | None = 0.5, floor: float | None = 0.95) -> Measure:
    return Measure("fidelity.c2st_holdout", value, value - 0.01, value + 0.01, ceiling, floor, better="target")


def pairs(value: float, ceiling: float | None = 0.98, floor: float | None = 0.92) -> Measure:
    return Measure("fidelity.pairs", value, value - 0.002, value + 0.002, ceiling, floor)


@pytest.mark.parametrize(
    ("measures", "word", "light"),
    [
        ([c2st(0.505), pairs(0.979)], "as good as a second real sample", "good"),
        ([c2st(0.505), pairs(0.972)], "close", "good"),
        ([c2st(0.56), pairs(0.98)], "close", "good"),
        ([c2st(0.68), pairs(0.98)], "not yet", "fair"),
        ([c2st(0.505), pairs(0.95)], "not yet", "fair"),
        ([c2st(0.95), pairs(0.99)], "far", "poor"),
        ([c2st(0.505), pairs(0.92)], "far", "poor"),
        ([pairs(0.97, None, 0.9)], "close", "good"),
        ([pairs(1.0, None, 0.9)], "close", "good"),
        ([pairs(0.9, None)], "not yet", "fair"),
        ([pairs(0.7, None)], "far", "poor"),
        ([c2st(0.5, None)], "close", "good"),
        ([c2st(0.9, None)], "far", "poor"),
        ([Measure("fidelity.shapes", 0.985, 0.984, 0.986, 0.99, 0.99)], "close", "good"),
        ([Measure("fidelity.shapes", 0.97, 0.969, 0.971, 0.99, 0.99)], "not yet", "fair"),
        ([Measure("fidelity.shapes", 0.9, 0.899, 0.901, 0.99, 0.99)], "far", "poor"),
        ([Measure("fidelity.shapes", None, note="no column")], "not measured", "none"),
    ],
)
def test_fidelity(measures: list[Measure], word: str, light: str) -> None:
    finding = verdict(measures)["fidelity"]
    assert (finding.word, finding.light) == (word, light)


def test_the_classifier_against_training_rows_speaks_only_without_a_holdout() -> None:
    told = Measure("fidelity.c2st_train", 0.9, 0.89, 0.91, 0.5, 0.95)
    assert verdict([c2st(0.505), told])["fidelity"].light == "good"
    assert verdict([told])["fidelity"].word == "far"


@pytest.mark.parametrize(
    ("value", "difference", "word"),
    [
        (0.92, None, "as useful as the real rows"),
        (0.88, {"low": -0.1, "high": 0.01}, "as useful as the real rows"),
        (0.88, {"low": -0.06, "high": -0.04}, "almost as useful"),
        (0.75, {"low": -0.2, "high": -0.1}, "less useful"),
        (0.55, {"low": -0.4, "high": -0.3}, "not useful"),
    ],
)
def test_utility(value: float, difference: dict | None, word: str) -> None:
    measure = Measure("utility.tstr", value, ceiling=0.93, floor=0.5, parts={"difference": difference, "target": "y"})
    assert verdict([measure])["utility"].word == word


def test_utility_needs_a_reference() -> None:
    assert verdict([Measure("utility.tstr", 0.9, floor=0.5)])["utility"].light == "none"
    assert verdict([])["utility"].word == "not measured"


def copies(value: float, low: float, high: float, unseen: float, most: float) -> Measure:
    return Measure("privacy.copies", value, low, high, unseen, parts={"holdout": {"high": most}})


def attack(name: str, value: float, half: float, p: float, **parts: float) -> Measure:
    return Measure(f"privacy.{name}", value, value - half, value + half, 0.0, parts={"p": p, **parts}, better="low")


NONE = attack("membership_distance", 0.004, 0.02, 0.3)


@pytest.mark.parametrize(
    ("measures", "word"),
    [
        ([copies(0.001, 0.0005, 0.002, 0.001, 0.002), NONE], "safe"),
        ([copies(0.005, 0.0045, 0.006, 0.001, 0.002), NONE], "safe"),
        ([copies(0.0061, 0.0055, 0.007, 0.001, 0.002), NONE], "unsafe"),
        ([NONE, attack("linkability", 0.02, 0.015, 0.004)], "care"),
        ([NONE, attack("linkability", 0.02, 0.019, 0.03)], "safe"),
        ([NONE, attack("linkability", 0.06, 0.07, 0.1)], "care"),
        ([NONE, attack("linkability", 0.2, 0.01, 0.0)], "unsafe"),
        ([NONE, attack("linkability", 0.051, 0.0005, 0.0)], "unsafe"),
        ([NONE, attack("linkability", 0.2, 0.1, 0.04)], "care"),
        ([NONE, attack("inference", 0.2, 0.3, 0.4, estimate=0.01)], "safe"),
        ([NONE, attack("inference", 0.2, 0.3, 0.4, estimate=0.06)], "care"),
        ([NONE, attack("inference", 0.2, 0.1, 0.0, estimate=0.01)], "unsafe"),
        ([NONE, Measure("privacy.linkability", None, parts={"p": None})], "safe"),
        ([copies(0.001, 0.0005, 0.002, 0.001, 0.002)], "not judged"),
        ([copies(0.1, 0.09, 0.11, 0.001, 0.002)], "unsafe"),
        ([Measure("privacy.copies", 0.5, 0.4, 0.6)], "not judged"),
        ([Measure("privacy.distance_share", 0.9, 0.8, 1.0, 0.5)], "not judged"),
        ([], "not judged"),
    ],
)
def test_privacy(measures: list[Measure], word: str) -> None:
    assert verdict(measures)["privacy"].word == word


@pytest.mark.parametrize(
    ("value", "light"), [(1.0, "good"), (0.9995, "good"), (0.98, "fair"), (0.5, "poor"), (None, "none")]
)
def test_validity(value: float | None, light: str) -> None:
    assert verdict([Measure("validity.types", value)])["validity"].light == light


def test_missing_cells_are_held_against_the_second_real_sample() -> None:
    good = Measure("validity.nulls", 0.99, 0.985, 0.995, 0.991, 0.98)
    bad = Measure("validity.nulls", 0.9, 0.89, 0.91, 0.991, 0.98)
    assert verdict([good])["validity"].light == "good"
    assert verdict([bad])["validity"].light == "fair"


def test_the_lines_of_the_verdict_can_be_drawn_elsewhere() -> None:
    won = attack("linkability", 0.2, 0.01, 0.0)
    assert verdict([won], Thresholds(excess=0.3, alpha=0.01))["privacy"].word == "care"
    assert verdict([attack("linkability", 0.02, 0.015, 0.004)], Thresholds(alpha=0.001))["privacy"].word == "safe"


def test_the_more_attacks_are_tried_the_surer_one_must_be() -> None:
    doubtful = attack("linkability", 0.02, 0.015, 0.02)
    assert verdict([doubtful])["privacy"].word == "care"
    others = [attack(f"attack_{place}", 0.0, 0.02, 0.5) for place in range(5)]
    assert verdict([doubtful, *others])["privacy"].word == "safe"


def test_the_headline_names_the_gravest_first() -> None:
    copy = copies(1.0, 0.999, 1.0, 0.001, 0.002)
    assert verdict([c2st(0.5), copy]).headline == "Gives training rows away: do not share it."
    assert verdict([c2st(0.5), NONE]).headline == (
        "As good as a second real sample, and no attack finds the people behind it."
    )
    assert verdict([c2st(0.95), NONE]).headline == "Far from the real data; no attack finds the people behind it."
    assert "privacy was not judged" in verdict([c2st(0.52, None)]).headline
    assert str(verdict([])) == "Likeness was not measured; privacy was not judged."
