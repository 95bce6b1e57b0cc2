"""What the benchmarks do to tables before and after programs that are not ours see them."""

import json
import sys
from datetime import date, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import understudy as us
from understudy.data.embedded import hotels_path
from understudy.data.table import Source, Table
from understudy.data.values import parse
from understudy.reports.standings import FIGURES
from understudy.runs.bench.job import FAKE, Job
from understudy.runs.bench.judging import scores

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (BENCHMARKS, BENCHMARKS / "peers"):
        monkeypatch.syspath_prepend(str(folder))


def module(name: str) -> ModuleType:
    import importlib

    return importlib.import_module(name)


FRAME = pl.DataFrame(
    {
        "whole": [1, None, -3, 4] * 10,
        "real": [0.125, None, -1e9, 2.5] * 10,
        "yes": [True, False, None, True] * 10,
        "day": [date(2024, 2, 29), None, date(1999, 1, 1), date(2020, 5, 5)] * 10,
        "at": [datetime(2024, 2, 29, 23, 59, 58), None, datetime(1999, 1, 1), datetime(2020, 5, 5, 1)] * 10,
        "word": ["a,b", None, 'say "x"', "NA"] * 10,
    }
)


def shuffled(table: Table) -> pl.DataFrame:
    """Every column in an order of its own."""
    return pl.DataFrame([table.frame[name].shuffle(seed=place) for place, name in enumerate(table.columns)])


def test_cells_go_out_and_come_back(tmp_path: Path) -> None:
    exchange = module("exchange")
    table = Table(FRAME, Source("t"))
    schema = us.infer(table)
    exchange.put(table, schema, tmp_path / "t.csv")
    exchange.put_kinds(schema, tmp_path / "kinds.json")
    kinds = json.loads((tmp_path / "kinds.json").read_text())
    assert kinds == {
        "whole": "integer",
        "real": "decimal",
        "yes": "category",
        "day": "moment",
        "at": "moment",
        "word": "category",
    }
    typed = parse(table, schema).frame
    assert_frame_equal(exchange.taken(tmp_path / "t.csv", typed), typed)
    seen = module("fit_sample").read(tmp_path / "t.csv", kinds)
    assert list(seen.isna().sum()) == [10] * 6
    seen.to_csv(tmp_path / "back.csv", index=False)
    assert_frame_equal(exchange.taken(tmp_path / "back.csv", typed), typed)


def test_what_peers_write_loosely_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("n,b,d\n3.6,TRUE,2024-01-02 00:00:00\n,False,\nnan,,oops\n")
    like = pl.DataFrame(schema={"n": pl.Int64, "b": pl.Boolean, "d": pl.Date})
    found = module("exchange").taken(tmp_path / "t.csv", like)
    assert found.rows() == [(4, True, date(2024, 1, 2)), (None, False, None), (None, None, None)]


def test_gaps_and_moments_survive_a_peer_that_knows_neither() -> None:
    frame = pd.DataFrame(
        {
            "n": [1.0, None, 3.0],
            "w": ["a", None, "b"],
            "m": pd.to_datetime(["2024-01-02 03:04:05", None, "1969-12-31 00:00:00"]),
            "f": [1.0, 2.0, 3.0],
        }
    )
    kinds = {"n": "decimal", "w": "category", "m": "moment", "f": "decimal"}
    shown: list[pd.DataFrame] = []

    def echo(given: pd.DataFrame, known: dict[str, str], seed: int):
        shown.append(given)
        assert set(known) == set(given)
        assert {known[name] for name in set(given) - set(frame)} == {"category"}
        return given.head

    back = module("fit_sample").whole(echo)(frame, kinds, 0)(3)
    assert not shown[0].isna().any().any()
    assert set(shown[0]) - set(frame) == {"n is missing", "m is missing"}
    for name in frame:
        assert (back[name].isna() == frame[name].isna()).all(), name
        assert [a == b for a, b in zip(back[name].dropna(), frame[name].dropna(), strict=True)] == [True] * (
            frame[name].notna().sum()
        )


def test_a_peer_does_a_job(tmp_path: Path) -> None:
    peers = module("bench_peers")
    job = Job(str(hotels_path()), "hotels", "peer:cart", 0, "room_rate", 0.2, 3000)
    job.put(tmp_path)
    made = peers.made(peers.PEERS["cart"], 0.0, job, tmp_path)
    made.put(tmp_path)
    assert made.failed == ""
    assert set(made.figures) == {"fit", "sample", "cpu", "long", "peak"}
    assert pl.read_ipc(tmp_path / FAKE).height == 1600
    found = scores(tmp_path)
    assert found["shapes"] is not None
    assert found["shapes"] > 0.95
    assert found["c2st_train"] is not None
    assert found["c2st_train"] < 0.6
    assert "cap" in peers.made(peers.PEERS["cart"], 0.01, job, tmp_path).failed


def test_a_peers_failure_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peers = module("bench_peers")
    job = Job(str(hotels_path()), "hotels", "peer:none", 0, None, 0.2, 0)
    assert "exit code 2" in peers.made(peers.Peer("", "none.py"), 0.0, job, tmp_path).failed


def test_the_sets_are_named_with_their_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = module("sets")
    monkeypatch.setattr(sets, "SHARED", tmp_path)
    assert (sets.paths(), sets.targets()) == ([hotels_path()], ["room_rate"])
    (tmp_path / "adult").mkdir()
    (tmp_path / "adult" / "adult.csv.gz").touch()
    assert (sets.paths(), sets.targets()) == ([tmp_path / "adult" / "adult.csv.gz"], ["income"])
    assert sets.targets(["kc_house", "mine.csv"]) == ["price"]
    assert sets.paths(["mine.csv"]) == [Path("mine.csv")]


@pytest.mark.skipif(not (BENCHMARKS / ".venv" / "xgb" / "requirements").exists(), reason="its environment is not made")
def test_the_published_c2st() -> None:
    judges = module("judges")
    train, holdout = us.split(us.read(hotels_path()), 0.5, seed=0)
    same, other = judges.xgb(train, train), judges.xgb(train, holdout)
    assert same == pytest.approx(1)
    assert other > 0.85
    assert judges.xgb(train, shuffled(train)) < 0.5


@pytest.mark.skipif(not (BENCHMARKS / ".venv" / "qa" / "requirements").exists(), reason="its environment is not made")
def test_the_accuracies_of_qa() -> None:
    judges = module("judges")
    train, _ = us.split(us.read(hotels_path()), 0.5, seed=0)
    same = judges.qa_parts(train, train)
    assert same["overall"] == pytest.approx(1)
    assert {"univariate", "bivariate", "trivariate", "overall_max"} < set(same)
    found = judges.qa_parts(train, shuffled(train))
    assert found["univariate"] == pytest.approx(1)
    assert found["trivariate"] < found["bivariate"] < 0.98
    assert sys.modules["judges"].qa(train, train) == same["overall"]


def test_every_figure_and_peer_is_documented() -> None:
    text = (BENCHMARKS.parent / "docs" / "benchmark.md").read_text(encoding="utf-8")
    rows = [
        cell.strip() for line in text.splitlines() if line.startswith("|") for cell in line.split("|")[1].split(",")
    ]
    assert not [figure.title for figure in FIGURES.values() if figure.title not in rows]
    assert not [name for name in module("bench_peers").PEERS if f"peer:{name}" not in rows]
