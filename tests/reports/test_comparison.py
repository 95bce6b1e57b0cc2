"""Stand-ins side by side."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import understudy as us
from understudy.errors import ArgumentError
from understudy.metrics.measure import Measure
from understudy.reports.comparison import Comparison, distance
from understudy.reports.summary import Report


def people(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, rows)
    job = np.array(["clerk", "cook", "guard"])[np.clip(age // 25 - 1, 0, 2)]
    return pl.DataFrame({"age": age, "job": job, "pay": np.round(age * 10 + rng.normal(size=rows) * 50, 1)})


@pytest.fixture(scope="module")
def compared() -> Comparison:
    real, good = people(400, 0), people(400, 1)
    bad = good.with_columns(pl.col("age").shuffle(seed=0))
    return us.compare(real, {"good": good, "bad": bad}, holdout=people(200, 2))


def test_the_better_one_is_marked(compared: Comparison) -> None:
    pairs = [compared[name]["fidelity.pairs"] for name in ("good", "bad")]
    assert compared.best(pairs) == {0}
    assert compared.best([pairs[0], pairs[0]]) == frozenset()
    assert compared.best([pairs[0], Measure("fidelity.pairs", None)]) == frozenset()
    line = next(each for each in compared.to_text().splitlines() if each.startswith("| Column pairs"))
    assert line.count("•") == 1
    assert line.index("•") < line.rindex("%")


def test_each_is_judged_as_alone(compared: Comparison) -> None:
    alone = us.evaluate(people(400, 0), people(400, 1), holdout=people(200, 2))
    assert compared["good"].measures == alone.measures


def test_it_is_written_as_the_ending_says(compared: Comparison, tmp_path: Path) -> None:
    page = compared.save(tmp_path / "c.html").read_text()
    assert "<script" not in page
    assert page.count('scope="col"') >= 8
    assert set(json.loads(compared.save(tmp_path / "c.json").read_text())["reports"]) == {"good", "bad"}
    assert compared.save(tmp_path / "c.md").read_text() == str(compared)
    with pytest.raises(ArgumentError, match="pdf"):
        compared.save(tmp_path / "c.pdf")


def test_a_target_is_best_at_its_ceiling() -> None:
    assert distance(Measure("a.b", 0.45, ceiling=0.5, better="target")) == pytest.approx(0.05)
    assert distance(Measure("a.b", 0.2, better="low")) < distance(Measure("a.b", 0.3, better="low"))
    assert distance(Measure("a.b", 0.9)) < distance(Measure("a.b", 0.8))


def test_no_stand_in_is_an_error_and_names_are_escaped() -> None:
    with pytest.raises(ArgumentError, match="no stand-in"):
        us.compare(people(100, 0), {})
    report = Report((Measure("fidelity.pairs", 0.9),))
    assert "<b>x</b>" not in Comparison({"<b>x</b>": report}).to_html()
