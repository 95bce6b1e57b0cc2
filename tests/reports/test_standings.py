"""Means, ranks and the front."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from understudy.reports.standings import FIGURES, Line, Mean, Standing, beats, mean_of, standings, told, written

LINE = Line("adult", "trees", 0, "income", 0.2, 1000, 48842, 15)


def line(engine: str, cpu: float | None, area: float | None, seed: int = 0, data: str = "adult") -> Line:
    return replace(LINE, data=data, engine=engine, seed=seed, figures={"cpu": cpu, "c2st_holdout": area})


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=9))
def test_a_mean_has_the_t_interval(values: list[float | None]) -> None:
    known = [value for value in values if value is not None]
    found = mean_of(values)
    if not known:
        assert found is None
        return
    assert found is not None
    assert found.value == pytest.approx(np.mean(known), abs=1e-6)
    assert found.seeds == len(known)
    if len(known) == 1:
        assert (found.low, found.high) == (None, None)
        return
    half = t.ppf(0.975, len(known) - 1) * np.std(known, ddof=1) / np.sqrt(len(known))
    assert found.low == pytest.approx(np.mean(known) - half, rel=2e-3, abs=2e-3 * half + 1e-6)
    assert found.high == pytest.approx(np.mean(known) + half, rel=2e-3, abs=2e-3 * half + 1e-6)


def test_what_is_no_number_does_not_count() -> None:
    assert mean_of([float("nan"), None, 2.0]) == Mean(2.0, None, None, 1)


@given(st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.0, 5.0]), st.sampled_from([0.4, 0.5, 0.6, 0.7])), max_size=8))
def test_the_front_is_what_nobody_beats(places: list[tuple[float, float]]) -> None:
    found = standings(line(f"e{number}", *place) for number, place in enumerate(places))
    clipped = {f"e{number}": (cpu, max(area, 0.5)) for number, (cpu, area) in enumerate(places)}
    for each in found:
        rivals = [clipped[other] for other in clipped if other != each.engine]
        quicker_and_closer = [
            other
            for other in rivals
            if other[0] <= clipped[each.engine][0]
            and other[1] <= clipped[each.engine][1]
            and other != clipped[each.engine]
        ]
        assert each.front == (not quicker_and_closer)
    fronts = [clipped[each.engine] for each in found if each.front]
    for each in found:
        if not each.front:
            assert any(beats(other, clipped[each.engine]) for other in fronts)


@given(st.permutations([("a", 1.0, 0.9), ("b", 2.0, 0.6), ("c", None, None), ("d", 3.0, 0.7)]))
def test_the_closest_come_first_in_whatever_order(rivals: list[tuple]) -> None:
    found = standings(line(*each) for each in rivals)
    assert [each.engine for each in found] == ["b", "d", "a", "c"]
    assert [each.front for each in found] == [True, False, True, False]
    assert found[-1].place is None


def test_fronts_of_data_sets_are_apart() -> None:
    found = standings([line("a", 1.0, 0.6), line("a", 1.0, 0.6, data="other"), line("b", 0.5, 0.5, data="other")])
    assert [(each.data, each.engine, each.front) for each in found] == [
        ("adult", "a", True),
        ("other", "b", True),
        ("other", "a", False),
    ]


def test_seeds_that_failed_are_told_beside_those_that_did_not() -> None:
    lines = [line("a", 1.0, 0.6), line("a", 3.0, 0.8, seed=2), replace(LINE, engine="a", seed=1, failed="too long")]
    (found,) = standings(lines)
    assert found.seeds == (0, 1, 2)
    assert found.figures["cpu"].value == 2.0
    assert found.figures["cpu"].seeds == 2
    assert found.failed == ("too long",)
    assert set(found.figures) == {"cpu", "c2st_holdout"}


def test_peers_are_told_from_ours() -> None:
    assert Standing("adult", "trees", (0,), None, 1, 1, {}).ours
    assert not Standing("adult", "peer:cart", (0,), None, 1, 1, {}).ours


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("fit", 0.123, "0.12 s"),
        ("fit", 12.34, "12.3 s"),
        ("long", 123.4, "123 s"),
        ("size", 999.0, "1.00 kB"),
        ("size", 12_345.0, "12.3 kB"),
        ("peak", 440e6, "440 MB"),
        ("copies", 0.0022, "0.22 %"),
        ("tstr", -0.112, "-0.112"),
        ("distance_p5", 1.234, "1.23"),
    ],
)
def test_figures_are_written_with_their_units(name: str, value: float, said: str) -> None:
    assert written(name, Mean(value, None, None, 1)) == said


@given(st.sampled_from(sorted(FIGURES)), st.floats(0, 1e12), st.floats(0, 1e6))
def test_every_figure_can_be_written(name: str, value: float, half: float) -> None:
    plain, both = (written(name, Mean(value, low, high, 3)) for low, high in ((None, None), (0.0, value + half)))
    assert both.startswith(f"{plain} ± ")
    assert written(name, None) == "–"


def test_a_line_is_told_in_a_sentence() -> None:
    assert told(line("a", 1.0, 0.6)) == "adult, a, seed 0: CPU 1.00 s, C2ST holdout 0.600, TSTR –"
    assert told(replace(LINE, failed="too long")) == "adult, trees, seed 0: too long"
