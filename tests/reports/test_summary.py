"""The report as data: the JSON law, k-safety with planted values, clear errors, nothing mutated."""

import datetime as dt
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.schema import Column, Schema
from understudy.data.table import Table
from understudy.errors import (
    ArgumentError,
    PlanError,
    SchemaError,
    SourceDenied,
    SourceError,
    TooFewRows,
    UnknownColumn,
    UnknownName,
    WriteError,
)
from understudy.metrics.measure import Measure
from understudy.reports.associations import Pairs
from understudy.reports.pictures import Bar, Picture
from understudy.reports.summary import Report, evaluate, plain

PLANTED = ("987654321", "Zaphod Beeblebrox", "1899-07-13", "-77777.125")


def people(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.Generator(np.random.Philox(seed))
    age = rng.integers(18, 80, rows)
    town = np.array(["Oslo", "Rome", "Lima", "Cairo"])[rng.integers(0, 4, rows)]
    days = pl.Series(rng.integers(15_000, 19_000, rows)).cast(pl.Date)
    return pl.DataFrame(
        {
            "age": age,
            "income": np.round(age * 100 + rng.normal(0, 500, rows), 2),
            "town": town,
            "rich": np.where(age + rng.normal(0, 9, rows) > 50, "yes", "no"),
            "seen": days,
        }
    )


def planted(rows: int, seed: int) -> pl.DataFrame:
    frame = people(rows, seed)
    row = {"age": 987654321, "income": -77777.125, "town": "Zaphod Beeblebrox", "rich": "no"}
    rare = pl.DataFrame([row] * 3).with_columns(pl.lit(dt.date(1899, 7, 13)).alias("seen"))
    return pl.concat([frame, rare.select(frame.columns).cast(dict(frame.schema))])


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(planted(400, 1), planted(400, 2), holdout=planted(300, 3), target="rich")


KEYS = st.text(max_size=8).filter(lambda each: each != "p")
"""What parts may be called; a p-value makes an attack of a score, with parts of its own."""
FLOATS = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.integers(-5, 5))
MEASURES = st.builds(
    Measure,
    name=st.sampled_from(["fidelity.shapes", "fidelity.c2st_holdout", "privacy.copies", "validity.types", "new.score"]),
    value=st.one_of(st.none(), st.floats(0, 1)),
    low=st.one_of(st.none(), st.floats(0, 1)),
    high=st.one_of(st.none(), st.floats(0, 1)),
    ceiling=st.one_of(st.none(), st.floats(0, 1)),
    floor=st.one_of(st.none(), st.floats(0, 1)),
    parts=st.dictionaries(KEYS, st.one_of(FLOATS, st.tuples(FLOATS, st.text(max_size=5)))),
    note=st.text(max_size=20),
)
PICTURES = st.builds(
    Picture,
    name=st.text(max_size=10),
    kind=st.just("integer"),
    axis=st.sampled_from(["ordered", "levels"]),
    bars=st.lists(
        st.builds(Bar, st.text(max_size=9), st.text(max_size=5), st.floats(0, 1), st.floats(0, 1)), max_size=4
    ).map(tuple),
    missing_real=st.one_of(st.none(), st.floats(0, 1)),
    missing_synthetic=st.floats(0, 1),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(MEASURES, max_size=4), st.lists(PICTURES, max_size=3), st.text(max_size=12))
def test_json_gives_the_report_back(measures: list[Measure], pictures: list[Picture], name: str) -> None:
    pairs = Pairs(("a", "b"), ((None, 0.5), (0.5, None)), ((None, 0.1), (0.1, None)), worst=(("a", "b", 0.6),), total=1)
    ledger = ({"column": name, "what": "merged", "rows": np.int64(3), "values": None, "text": "x"},)
    report = Report(tuple(measures), tuple(pictures), pairs, ledger, {"n": np.float64(2.5), "v": {"x": (1, 2)}}, name)
    again = Report.from_json(report.to_json())
    assert again == report
    assert again.to_json() == report.to_json()
    assert again.to_html() == report.to_html()
    assert report.to_text()
    assert report._repr_html_().startswith("<iframe sandbox")


def test_what_is_planted_is_not_in_the_report(report: Report) -> None:
    shown = report.to_html() + report.to_json() + report.to_text()
    for secret in PLANTED:
        assert secret not in shown
    assert "987" + "654" not in shown.replace(",", "").replace(" ", "")
    assert "Oslo" in shown


def test_nothing_personal_generated_or_keyed_is_in_the_report() -> None:
    frame = people(300, 4).with_columns(
        pl.Series("guest", [f"guest{each % 20}@example.org" for each in range(300)]),
        pl.Series("code", [f"ZX-{each % 15:04d}" for each in range(300)]),
        pl.lit("same old words").alias("remark"),
    )
    ledger = [{"column": "code", "what": "generated", "rows": 300, "values": None, "text": "drawn afresh"}]
    schema = Schema(
        (
            *(Column(name, "integer" if name == "age" else "decimal" if name == "income" else "categorical") for name in
              ("age", "income", "town", "rich")),
            Column("seen", "date"),
            Column("guest", "categorical", semantic="email"),
            Column("code", "categorical"),
            Column("remark", "text"),
        )
    )  # fmt: skip
    report = evaluate(frame, frame, schema=schema, ledger=ledger)
    shown = report.to_html() + report.to_json()
    assert not any(secret in shown for secret in ("example.org", "ZX-00", "same old words"))
    assert {each.name for each in report.columns if not each.bars} == {"guest", "code", "remark"}


def test_the_parts_of_ranges_do_not_give_the_extremes_away(report: Report) -> None:
    assert "coverage" not in report["validity.ranges"].parts
    assert set(report["validity.ranges"].parts["by"].values()) <= {round(each / 10, 1) for each in range(11)}


def test_a_report_holds_all_that_is_promised(report: Report) -> None:
    assert {measure.name for measure in report.measures} >= {
        "fidelity.shapes", "fidelity.pairs", "fidelity.c2st_holdout", "utility.tstr", "privacy.copies", "validity.types"
    }  # fmt: skip
    assert [picture.name for picture in report.columns] == ["age", "income", "town", "rich", "seen"]
    assert report.pairs.columns == ("age", "income", "town", "rich", "seen")
    assert report["fidelity.shapes"].value is not None
    assert "fidelity.shapes" in report
    assert report.provenance["real rows"] == 403
    assert report.verdict.findings[0].topic == "fidelity"
    assert json.loads(report.to_json())["verdict"]["headline"] == report.verdict.headline
    assert str(report).startswith("Report on 'table': ")


def test_a_copy_is_told() -> None:
    real = people(600, 5)
    assert evaluate(real, real, holdout=people(400, 6)).verdict["privacy"].word == "unsafe"
    assert evaluate(real, real).verdict["privacy"].word == "not judged"


def test_paths_frames_and_tables_say_the_same(tmp_path: Path) -> None:
    real, synthetic = people(120, 7), people(120, 8)
    real.write_csv(tmp_path / "real.csv")
    synthetic.write_parquet(tmp_path / "synthetic.parquet")
    from_files = evaluate(tmp_path / "real.csv", tmp_path / "synthetic.parquet")
    from_frames = evaluate(Table(real), synthetic)
    assert from_files.name == "real"
    assert from_files.columns == from_frames.columns
    assert [each.value for each in from_files.measures] == [each.value for each in from_frames.measures]


def test_the_order_of_columns_does_not_matter_and_nothing_is_mutated() -> None:
    real, synthetic = people(100, 9), people(100, 10)
    before = real.clone(), synthetic.clone()
    turned = evaluate(real, synthetic.select(reversed(synthetic.columns)))
    assert turned.columns == evaluate(real, synthetic).columns
    assert real.equals(before[0])
    assert synthetic.equals(before[1])


def test_dropped_columns_need_not_be_there() -> None:
    real = people(80, 11)
    ledger = [{"column": "town", "what": "dropped", "rows": None, "values": None, "text": "as asked"}]
    report = evaluate(real, real.drop("town"), ledger=ledger)
    assert "town" not in [picture.name for picture in report.columns]


def test_columns_that_differ_are_named_with_the_nearest() -> None:
    real = people(50, 12)
    with pytest.raises(SchemaError, match=r"synthetic table lacks column 'town'.*did you mean 'Town'"):
        evaluate(real, real.rename({"town": "Town"}))
    with pytest.raises(SchemaError, match=r"synthetic table has column 'agee', which the real one lacks.*'age'"):
        evaluate(real, real.with_columns(pl.lit(1).alias("agee")))
    with pytest.raises(SchemaError, match=r"holdout table lacks columns 'age', 'income'"):
        evaluate(real, real, holdout=real.drop("age", "income"))


def test_bad_arguments_are_refused() -> None:
    real = people(50, 13)
    with pytest.raises(TooFewRows, match="synthetic table has no rows"):
        evaluate(real, real.head(0))
    with pytest.raises(TooFewRows, match="holdout table has no rows"):
        evaluate(real, real, holdout=real.head(0))
    with pytest.raises(ArgumentError, match="k is 0"):
        evaluate(real, real, k=0)
    with pytest.raises(UnknownColumn, match="rich"):
        evaluate(real, real, target="ritch")
    with pytest.raises(UnknownColumn):
        evaluate(real, real, columns=["nothing"])


def test_one_row_and_one_column_are_served() -> None:
    report = evaluate(pl.DataFrame({"x": [1]}), pl.DataFrame({"x": [2]}))
    assert report.columns[0].axis == "hidden"
    assert report.to_html()


def test_a_score_that_is_not_there_is_named(report: Report) -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'fidelity\.pairs'"):
        report["fidelity.pair"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "other"}', b"\xff\xfe"])
def test_what_is_no_report_is_refused(text: str | bytes) -> None:
    with pytest.raises(SourceError):
        Report.from_json(text)


def test_a_report_of_another_version_or_with_a_part_missing_is_refused(report: Report) -> None:
    known = report.to_dict()
    with pytest.raises(SourceError, match="version 99"):
        Report.from_json(json.dumps({**known, "version": 99}))
    with pytest.raises(SourceError, match="lacks or misnames"):
        Report.from_json(json.dumps({name: part for name, part in known.items() if name != "pairs"}))


@pytest.mark.parametrize("ending", ["html", "json", "md", "txt"])
def test_saving(report: Report, tmp_path: Path, ending: str) -> None:
    path = report.save(tmp_path / f"report.{ending}")
    assert path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]
    if ending == "json":
        assert Report.from_json(path.read_bytes()) == report


def test_saving_where_it_cannot_be(report: Report, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"use \.html"):
        report.save(tmp_path / "report.pdf")
    with pytest.raises(WriteError, match="no such file"):
        report.save(tmp_path / "nowhere" / "report.html")
    (tmp_path / "taken.html").mkdir()
    with pytest.raises(WriteError):
        report.save(tmp_path / "taken.html")
    assert list(tmp_path.iterdir()) == [tmp_path / "taken.html"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_saving_without_permission(report: Report, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SourceDenied):
        report.save(tmp_path / "report.html")


def test_plain_data() -> None:
    assert plain({1: (np.int32(2), float("nan"), {"a"}), "b": np.array([1.5])}) == {"1": [2, None, ["a"]], "b": [1.5]}


def test_another_k_shows_less(report: Report) -> None:
    real = planted(100, 14)
    few, many = evaluate(real, real, k=1), evaluate(real, real, k=40)
    assert "Zaphod Beeblebrox" in few.to_json()
    assert len(few.columns[0].bars) > len(many.columns[0].bars)
    assert replace(report, k=3) != report


def test_numbers_at_the_ends_of_floats_are_judged() -> None:
    """A legal table: spans beyond the largest float, and numbers below the smallest normal one."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "wide": rng.uniform(-1, 1, 300) * 1.7e308,
            "ends": rng.choice([-1.7e308, 1.7e308, 0.0], 300),
            "tiny": np.linspace(0, 1e-320, 300),
            "y": rng.normal(size=300),
        }
    )
    report = evaluate(frame[:200], frame[100:], holdout=frame[200:], quick=True)
    assert report["fidelity.shapes"].value is not None


@pytest.mark.parametrize("rule", ["age >", "age > and 3", {"kind": "rang", "column": "age"}])
def test_a_rule_that_cannot_be_read_is_named(rule: object) -> None:
    rows = people(60, 1)
    with pytest.raises(PlanError) as caught:
        evaluate(rows, rows, quick=True, rules=[rule])
    assert f"rule '{rule}'" in str(caught.value)
    assert caught.value.field == "rules"
