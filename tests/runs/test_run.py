"""The whole way in Python: frames and files in, a folder out."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import understudy as us
from understudy import errors
from understudy.data.embedded import hotels_path
from understudy.plan.plan import ColumnPlan


def rows(many: int = 120) -> pl.DataFrame:
    jobs = ["cook", "clerk", "smith"]
    return pl.DataFrame(
        {
            "age": [20 + row * 7 % 23 for row in range(many)],
            "job": [jobs[row * row % 3] for row in range(many)],
            "paid": [None if row % 11 == 0 else row * 13 % 40 / 4 for row in range(many)],
        }
    )


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def names(folder: Path | str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def test_a_run_is_what_it_left(tmp_path: Path) -> None:
    us.write(rows(), "t.csv")
    seen: dict[str, list[tuple[int, int]]] = {}
    run = us.run("t.csv", "out", seed=3, rows=70, on_progress=lambda stage, *at: seen.setdefault(stage, []).append(at))
    assert list(run.files) == ["data", "model", "report", "figures", "plan"]
    assert names("out") == sorted(path.name for path in run.files.values())
    assert (run.plan.seed, run.plan.rows, len(us.read(run.files["data"]))) == (3, 70, 70)
    assert us.load(run.files["model"]).sample(70, seed=3).frame.equals(us.read(run.files["data"]).frame)
    assert us.Report.from_json(run.files["figures"].read_text()) == run.report
    assert run.report.provenance["real rows"] == 96
    assert run.report.provenance["holdout rows"] == 24
    assert set(run.seconds) == {"read", "fit", "sample", "judge"}
    assert {"read", "infer", "encode", "fit", "sample"} < set(seen)
    for stage, steps in seen.items():
        done = [at for at, _ in steps]
        assert done == sorted(done), stage
        if stage in {"read", "infer", "encode", "fit", "sample", "judged"}:
            assert steps[-1][0] == steps[-1][1], stage
    assert repr(run).startswith("Run('out'): ")
    assert run._repr_html_() == run.report._repr_html_()


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow"])
def test_frames_run_and_stay_as_they_are(kind: str) -> None:
    frame: Any = {"polars": rows, "pandas": lambda: rows().to_pandas(), "arrow": lambda: rows().to_arrow()}[kind]()
    before = pl.DataFrame(frame).clone() if kind != "pandas" else frame.copy(deep=True)
    run = us.run(frame, "out", engine="independent")
    assert (
        pl.DataFrame(frame).equals(before) if kind != "pandas" else pd.testing.assert_frame_equal(frame, before) is None
    )
    assert run.plan.data is None
    assert type(run.model.sample(5)) is type(frame)
    with pytest.raises(errors.PlanError, match="names no data"):
        us.run("out/plan.yaml", "again")


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow"])
def test_the_face(kind: str) -> None:
    """read, split, fit, sample, evaluate, write, load: the caller's kind comes back, nothing of theirs changes."""
    frame: Any = {"polars": rows, "pandas": lambda: rows().to_pandas(), "arrow": lambda: rows().to_arrow()}[kind]()
    held = pl.DataFrame(frame).clone()
    train, holdout = us.split(frame, seed=0)
    model = us.fit(train)
    fake = model.sample(60, given={"job": "cook"}, seed=7)
    assert type(train) is type(holdout) is type(fake) is type(frame)
    assert pl.DataFrame(fake).schema == pl.DataFrame(frame).schema
    assert pl.DataFrame(fake)["job"].unique().to_list() == ["cook"]
    report = us.evaluate(train, model.sample(), holdout=holdout, target="job")
    assert report["fidelity.pairs"].name == "fidelity.pairs"
    assert us.load(model.save("m.understudy")).plan == model.plan
    assert us.read(us.write(fake, "fake.parquet")).frame.equals(pl.DataFrame(fake))
    assert us.infer(us.read(us.write(fake, "fake.csv"))).names == ("age", "job", "paid")
    assert pl.DataFrame(frame).equals(held)


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz", "json", "jsonl", "parquet", "feather", "xlsx"])
def test_outputs_are_in_the_format_of_the_data(ending: str) -> None:
    us.write(rows(60), f"t.{ending}")
    run = us.run(f"t.{ending}", "out", engine="independent")
    assert run.files["data"].name == f"synthetic.{ending}"
    assert us.read(run.files["data"]).frame.schema == us.read(f"t.{ending}").frame.schema


def test_a_folder_of_files_is_one_table() -> None:
    Path("parts").mkdir()
    for part in range(3):
        us.write(rows(40), f"parts/{part}.csv")
    run = us.run("parts", "out")
    assert len(us.read(run.files["data"])) == 120
    assert len(us.read(us.run("out/plan.yaml", "again").files["data"])) == 120


# --- plans -----------------------------------------------------------------------------------------------------------

PLAN = """
data: ../hotels.csv
rows: 150
seed: 4
target: room_type
output: stand-in.parquet
columns:
  has_rewards: drop
  room_type: keep
  nationality: {action: learn, exempt: true}
  room_rate: {action: learn, schema: {kind: decimal, decimals: 2}}
  booking_channel: {action: generate, provider: text}
"""


def test_a_plan_by_hand_goes_the_whole_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Path("plans").mkdir()
    us.write(us.read(hotels_path()).take(slice(600)), "hotels.csv")
    Path("plans/plan.yaml").write_text(PLAN)
    run = us.run("plans/plan.yaml", "out")
    fake, real = us.read(run.files["data"]).frame, us.read("hotels.csv").frame
    assert run.files["data"].name == "stand-in.parquet"
    assert fake.columns == [name for name in real.columns if name != "has_rewards"]
    assert fake.height == 150
    assert fake["room_rate"].dtype == pl.Float64
    assert not set(fake["booking_channel"]) & set(real["booking_channel"])
    assert set(fake["room_type"]) <= set(real["room_type"])
    actions = {(entry["column"], entry["what"]) for entry in run.report.ledger}
    assert {("has_rewards", "dropped"), ("room_type", "kept"), ("booking_channel", "generated")} <= actions

    again = us.run(Path("out/plan.yaml"), "again")
    monkeypatch.chdir(tmp_path / "plans")
    elsewhere = us.run("plan.yaml", tmp_path / "elsewhere")
    for role in ("data", "model"):
        for other in (again, elsewhere):
            assert (tmp_path / run.files[role]).read_bytes() == (tmp_path / other.files[role]).read_bytes()


def test_what_is_said_wins_over_the_plan() -> None:
    us.write(rows(), "t.csv")
    plan = us.Plan(data="t.csv", engine="trees", options={"nodes": 8}, rows=30)
    run = us.run(plan, "out", engine="independent", seed=9)
    assert (run.plan.engine, run.plan.options, run.plan.seed, run.plan.rows) == ("independent", {}, 9, 30)
    assert us.run(plan, "out", seed=9).plan.options == {"nodes": 8}
    assert len(us.read(us.run(plan, "out", data=rows(80), rows=12).files["data"])) == 12
    assert us.run(us.Plan(columns={"age": ColumnPlan("drop")}), "out", data=rows()).model.schema.names == (
        "job",
        "paid",
    )


@pytest.mark.parametrize(
    ("asked", "kind", "said"),
    [
        ({"rowz": 3}, errors.ArgumentError, "did you mean 'rows'"),
        ({"rows": 0}, errors.ArgumentError, "0 rows"),
        ({"rows": 2.5}, errors.PlanError, "use a whole number"),
        ({"output": "../x.csv"}, errors.PlanError, "bare file name"),
        ({"output": "report.json"}, errors.PlanError, "another output"),
        ({"output": "x.cvs"}, errors.SourceError, "did you mean 'csv'"),
        ({"target": "jop"}, errors.UnknownColumn, "did you mean 'job'"),
        ({"entity": "jop"}, errors.UnknownColumn, "did you mean 'job'"),
        ({"time": "jop"}, errors.UnknownColumn, "did you mean 'job'"),
        ({"engine": "Trees!"}, errors.UnknownEngine, "did you mean 'trees'"),
        ({"engine": "trees", "options": {"node": 3}}, errors.ArgumentError, "did you mean 'nodes'"),
        ({"columns": {"jop": ColumnPlan("drop")}}, errors.UnknownColumn, "did you mean 'job'"),
        ({"columns": {"job": ColumnPlan(says={"kind": "integer"})}}, errors.SchemaError, "'cook' and 95 more"),
        (
            {"columns": {"job": ColumnPlan(says={"missing": 5, "kind": "date"})}},
            errors.SchemaError,
            "cannot be read as date",
        ),
        ({"columns": {"job": ColumnPlan(says={"nullable": 5})}}, errors.SchemaError, "'nullable' is 5"),
        ({"columns": {"job": ColumnPlan("generate", "emial")}}, errors.UnknownName, "did you mean 'email'"),
        ({"columns": dict.fromkeys(["age", "job", "paid"], ColumnPlan("drop"))}, errors.TooFewRows, "every column"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_nothing(
    tmp_path: Path, asked: dict[str, Any], kind: type[errors.UnderstudyError], said: str
) -> None:
    with pytest.raises(kind, match=said) as caught:
        us.run(rows(), "out", **asked)
    assert "\n" not in str(caught.value)
    assert not names(tmp_path)


@pytest.mark.parametrize("stage", ["read", "infer", "fit", "sample", "fidelity"])
def test_stopped_at_any_stage_nothing_changes(tmp_path: Path, stage: str) -> None:
    us.write(rows(), "t.csv")
    us.run("t.csv", "out")
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}

    def stop(now: str, done: int, total: int) -> None:
        if now.startswith(stage):
            raise KeyboardInterrupt

    for out in ("out", "new/er"):
        with pytest.raises(KeyboardInterrupt):
            us.run("t.csv", out, seed=8, on_progress=stop)
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before
    assert names(tmp_path) == ["out", "t.csv"]


def test_the_report_holds_what_was_lost() -> None:
    us.write(rows(), "t.csv")
    known = json.loads(us.run("t.csv", "out").files["figures"].read_text())
    assert known["ledger"]
    assert {"column", "what", "text"} <= set(known["ledger"][0])


def test_the_ledger_says_which_real_cells_stay() -> None:
    mails = [f"{row}x{row * 7 % 90}@mail.example" for row in range(240)]
    real = rows(240).with_columns(mail=pl.Series(mails), twice=pl.col("age") * 2)
    columns = {"twice": ColumnPlan(expression="age * 2")}
    plan = us.Plan(columns, engine="independent", replace=("age",), k=1)
    run = us.run(plan, "out", data=real)
    assert set(us.read(run.files["data"]).frame["mail"]) <= set(mails)
    what = {(each["column"], each["what"]) for each in run.report.ledger}
    assert {("job", "kept"), ("paid", "kept"), ("mail", "kept"), ("twice", "computed")} <= what
    assert not what & {("mail", "generated"), ("age", "kept"), ("twice", "kept")}
    assert run.report.provenance["rows drawn"] == run.report.provenance["real rows"] == 192
    with pytest.raises(errors.PlanError, match="'replace' and 'rows' do not go together"):
        us.run(plan, "out2", data=real, rows=10)


def test_a_run_that_keeps_cells_says_who_is_found() -> None:
    real = rows(240).with_columns(mail=pl.Series([f"{row}x{row * 7 % 90}@mail.example" for row in range(240)]))
    run = us.run(real, "out", replace=["age"], target="paid", engine="independent", k=1)
    known = next(
        each for each in json.loads(run.files["figures"].read_text())["measures"] if "matching" in each["name"]
    )
    assert known["parts"]["keys"] == ["age", "job"]
    assert known["parts"]["replaced"] == ["age"]
    assert known["parts"]["kept"] == ["job", "paid", "mail"]
    jobs = real["job"].n_unique()
    assert known["floor"] == pytest.approx(jobs / 192)
    assert known["floor"] <= known["value"] < known["ceiling"]
    told = "Rows are partly real: 3 of 4 columns hold their real cells. Whoever knows age, job"
    assert told in run.report.verdict["privacy"].text
    for text in (run.files["report"].read_text(), run.report.to_text()):
        assert told in text
        assert "had nothing been replaced" in text
    whole = us.run(real, "whole", engine="independent", k=1).report
    assert "privacy.matching" not in whole
    assert "partly real" not in whole.to_html() + whole.to_text()


def test_rows_that_stand_for_many_are_enough_to_judge() -> None:
    counted = rows(40).select("job", "age").with_columns(cases=pl.Series([5, 20] * 20))
    run = us.run(counted, "out", unroll="cases", engine="independent", k=1)
    assert run.report.provenance["real rows"] + run.report.provenance["holdout rows"] == 500
    assert run.report.provenance["holdout rows"] == pytest.approx(100, abs=40)
