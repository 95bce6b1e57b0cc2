"""What `make accept` holds measurements against, and how; on tables that are at hand."""

import json
from dataclasses import replace
from importlib import import_module
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import understudy as us
from understudy.data.embedded import hotels_path
from understudy.kernels.points import Points

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
FIGURES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12)


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (BENCHMARKS, BENCHMARKS / "peers"):
        monkeypatch.syspath_prepend(str(folder))


@pytest.fixture(scope="module")
def made():
    """Stand-ins of the embedded table: nothing of the rows' pattern, and the rows themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        module = import_module("stand_in")
        table = us.read(hotels_path())
        return {name: module.stand_in(table, name, 0, "room_rate") for name in ("independent", "bootstrap")}


def test_every_target_is_well_formed_and_has_a_measurement() -> None:
    accept = import_module("accept")
    names = [target.name for target in accept.ALL]
    assert len(set(names)) == len(names)
    assert set(accept.measurements(1, ())) == {target.group for target in accept.ALL}
    for target in accept.ALL:
        assert target.configuration in accept.CONFIGURATIONS
        assert target.text
        assert target.bound or target.sense in ("stated", "<=", "="), target.name
        assert not (target.bound and target.sense == "stated"), target.name


def test_every_table_that_is_needed_is_known() -> None:
    accept, sets = import_module("accept"), import_module("sets")
    assert {name for each in accept.measurements(1, ()).values() for name in each.needs} <= set(sets.FILES)


def test_the_unfavourable_end_counts() -> None:
    targets = import_module("targets")
    values = (1.0, 2.0, 3.0, 4.0, 5.0)
    error = sqrt(2.5 / 5)
    for sense, wanted in (("<=", 3 + 2.776445 * error), (">=", 3 - 2.776445 * error)):
        target = targets.Target("a", "g", "a", "product", sense, wanted)
        found = targets.Found(values, "mean").against(target)
        assert found["compared"] == pytest.approx(wanted, abs=1e-5)
        out = 1e-3 if sense == ">=" else -1e-3
        assert targets.Found(values, "mean").against(replace(target, bound=wanted + out))["result"] == "NOT MET"
        assert targets.Found(values, "mean").against(replace(target, bound=wanted - out))["result"] == "met"
        assert targets.Found(values, "median").against(target)["compared"] == 3
        assert targets.Found(values, "worst").against(target)["compared"] == (5 if sense == "<=" else 1)
    bound = targets.Found(values, "bound").against(targets.Target("a", "g", "a", "product", "<", 4.6))
    assert bound["compared"] == pytest.approx(3 + 2.131847 * error, abs=1e-5)
    assert bound["result"] == "met"


@pytest.mark.parametrize("kind", ["mean", "bound", "median", "worst", "once"])
@pytest.mark.parametrize("values", [(0.25,), (0.25, 0.5), (1.0, 1.0), (float("nan"), 1.0)])
@pytest.mark.parametrize("unit", ["", "%", "s", "rows/s"])
def test_every_figure_can_be_printed(kind: str, values: tuple[float, ...], unit: str) -> None:
    targets = import_module("targets")
    for sense in ("<=", ">=", "stated"):
        target = targets.Target("a", "g", "said", "product", sense, 1, unit)
        (entry,) = targets.results([target], {"a": targets.Found(values, kind, "noted")}, {})
        row = targets.table([entry]).splitlines()[-1]
        assert row.startswith("| a | said |")
        assert row.count("|") == 7
        assert ("one seed" in row) == (kind in ("mean", "bound") and len(values) == 1)


def test_one_seed_proves_nothing() -> None:
    targets = import_module("targets")
    target = targets.Target("a", "g", "a", "product", "<=", 10)
    assert targets.Found((1.0,), "mean").against(target)["result"] == "NOT MET"
    assert targets.Found((1.0,), "bound").against(target)["result"] == "NOT MET"
    assert targets.Found((float("nan"), 1.0), "mean").against(target)["result"] == "NOT MET"


@given(FIGURES)
def test_the_one_sided_bound_lies_within_the_interval(values: list[float]) -> None:
    measuring = import_module("measuring")
    upper, (_, high) = measuring.upper(values), measuring.interval(values)
    assert mean(values) - 1e-9 <= upper <= high + 1e-9
    assert (high - upper > 0) == (stdev(values) > 1e-9) or high - upper < 1e-6


def test_what_fails_or_is_lacking_is_unmet_and_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    accept, targets = import_module("accept"), import_module("targets")
    start = {name: targets.Found((0.1,), "median") for name in ("import", "help", "used")}

    def fails():
        raise ValueError("no")

    measured = {
        "start": accept.Measurement(lambda: start),
        "run": accept.Measurement(fails),
        "million": accept.Measurement(lambda: {"other": targets.Found((1.0,))}),
        "long": accept.Measurement(fails, ("nowhere.csv",)),
        "large": accept.Measurement(fails),
    }
    found, why = accept._found(set(measured) - {"large"}, measured)
    assert found == start
    assert why["run"] == "failed: ValueError"
    assert why["million"] == "failed: LookupError"
    assert "nowhere.csv" in why["long"]
    assert "trees-million" in capsys.readouterr().err
    page = accept._page(targets.results(accept.ALL, found, why), {"cores": 1}, 2)
    total = sum(target.sense != "stated" for target in accept.ALL)
    assert f"2 of {total} targets met" in page
    assert page.count("**skipped = unmet**") == total - 2
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## product",
        "## trees-default",
        "## boost-default",
        "## judge",
        "## rules",
        "## Machine",
    ]


def test_figures_of_a_stand_in_answer_their_targets(made) -> None:
    close, boost = import_module("close"), import_module("targets_boost")
    found = close.over_seeds([close.judged(each.case) for each in made.values()])
    assert {f"california-{name}" for name in found} == {each.name for each in boost.CLOSE if each.group == "california"}
    alone, same = (close.judged(made[name].case) for name in ("independent", "bootstrap"))
    assert alone["c2st_holdout"] > 0.7 > same["c2st_holdout"]
    assert alone["pairs"] < same["pairs"]
    assert alone["distance_p5"] > 1 > same["distance_p5"]
    scores = close.over_seeds([import_module("stand_in").figures(made["bootstrap"].case, close.WIDE)])
    asked = {each.name for each in boost.CLOSE if each.group == "wide"}
    assert {f"wide-{name}" for name in scores} == asked


def test_attacks_win_by_chance_until_rows_are_given_away(made) -> None:
    remembered, boost = import_module("remembered"), import_module("targets_boost")
    cases = [each.case for each in made.values()]
    rows = [remembered.sides(case) for case in cases]
    assert len(rows[0].asked) + len(rows[0].others) == len(cases[0].real)
    alone, same = map(remembered.membership, rows)
    assert alone.chance == pytest.approx(same.chance, abs=0.03)
    assert abs(alone.drawn - alone.chance) < 0.05
    assert same.drawn - same.chance > 0.1
    asked, others = rows[0].asked, rows[0].others
    both = replace(asked, place=np.concatenate([asked.place, others.place], axis=1))
    whole = rows[0]._replace(drawn=both)
    assert remembered.membership(whole).drawn > 0.49
    with pytest.raises(ValueError, match="holdout"):
        remembered.sides(replace(cases[0], holdout=None))
    found = remembered.excesses("adult_and_more", [[case] for case in cases])
    assert {f"adult-memory-{name}" for name in boost.ATTACKS} == set(found)
    assert all(np.isfinite(each.values).all() and each.kind == "bound" for each in found.values())
    for name in ("copies", "distance"):
        less, more = found[f"adult-memory-{name}"].values
        assert more > less
    assert np.diff(found["adult-memory-distance"].values)[0] > 0.02


def test_membership_of_rows_that_are_told_apart_or_are_not() -> None:
    remembered = import_module("remembered")
    none = np.zeros((0, 4), dtype=np.int64)
    zeros, ones = (Points.of(np.full((1, 4), value), none) for value in (0.0, 1.0))
    near = Points.of(np.full((1, 2), 0.125), none[:, :2])
    assert remembered.membership(remembered.Sides(zeros, zeros, ones, near)) == (0.5, 0.5)
    assert remembered.membership(remembered.Sides(zeros, zeros, zeros, near)) == (0.0, 0.0)
    assert remembered.membership(remembered.Sides(ones, ones, zeros, near)) == (-0.5, 0.5)


def test_distance_of_rows_that_lie_on_one_side_or_on_both() -> None:
    remembered = import_module("remembered")
    none = np.zeros((0, 4), dtype=np.int64)
    zeros, ones = (Points.of(np.full((1, 4), value), none) for value in (0.0, 1.0))
    near = Points.of(np.full((1, 2), 0.125), none[:, :2])
    assert remembered.distance(remembered.Sides(zeros, ones, ones, near)) == (0.5, -0.5)
    assert remembered.distance(remembered.Sides(zeros, zeros, zeros, near)) == (0.0, 0.0)
    assert remembered.distance(remembered.Sides(ones, zeros, zeros, near)) == (-0.5, -0.5)


def test_a_model_is_drawn_from_again(made) -> None:
    first, again = import_module("stand_in").stand_ins(made["independent"], 2)
    assert first is made["independent"].case
    assert len(again.synthetic) == len(made["independent"].case.synthetic)
    assert not again.tables[1].frame.equals(made["independent"].case.tables[1].frame)
    assert again.tables[0].frame.equals(made["independent"].case.tables[0].frame)


def test_seconds_of_peers_come_from_the_last_committed_line(tmp_path: Path) -> None:
    processor = import_module("processor")
    for peer in processor.PEERS.values():
        assert processor.committed(peer)["figures"]["cpu"] > 1
    lines = [("adult", "peer:a", {"cpu": 1.0}), ("adult", "peer:a", {"cpu": 2.0}), ("adult", "peer:a", {})]
    lines += [("housing", "peer:a", {"cpu": 3.0}), ("adult", "peer:b", {})]
    path = tmp_path / "lines.jsonl"
    rows = [json.dumps(dict(zip(("data", "engine", "figures"), line, strict=True))) for line in lines]
    path.write_text("\n".join(rows))
    assert processor.committed("a", path)["figures"] == {"cpu": 2.0}
    with pytest.raises(LookupError, match="of b on Adult"):
        processor.committed("b", path)


def test_a_wide_table_is_timed() -> None:
    close = import_module("close")
    times = close._times("independent", 200, 10)
    assert len(times) == close.REPEATS
    assert all(min(each) > 0 for each in times)


def test_versions_of_what_others_made() -> None:
    found = import_module("environments").versions()
    assert {"sdv", "mostlyai-engine", "mostlyai-qa", "xgboost-cpu"} <= set(found)
    assert "pandas" not in found
