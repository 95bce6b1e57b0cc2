"""demo, fit, sample and run, as a user asks for them."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import understudy as us
from understudy.data.embedded import hotels_path

PARTS = ["model.understudy", "plan.yaml", "report.html", "report.json"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    rows = [
        {"job": job, "a=b": size, "age": 20 + row % 9} for row in range(30) for job, size in (("x", "s"), ("y=z", "t"))
    ]
    folder = tmp_path_factory.mktemp("model")
    us.write(pl.DataFrame(rows), folder / "t.csv")
    return us.fit(folder / "t.csv").save(folder / "t.understudy")


def test_demo_goes_the_whole_way(command) -> None:
    answer = command("demo", "--out", "d", "--seed", "1")
    assert answer.code == 0
    assert "Column pairs" in answer.out
    assert answer.out.endswith("plan:    d/plan.yaml\n")
    assert answer.err.count("\n") == 1
    assert names(Path("d")) == [*PARTS, "synthetic.csv"]
    real, fake = us.read(hotels_path()), us.read("d/synthetic.csv")
    assert fake.columns == real.columns
    assert len(fake) == len(real)
    assert not set(fake.frame["guest_email"]) & set(real.frame["guest_email"])


def test_the_same_seed_gives_the_same_bytes(command, small: Path) -> None:
    for out in ("a", "b"):
        command("run", small, "--out", out, "--seed", "5", "-q")
    for name in ("synthetic.csv", "model.understudy", "plan.yaml"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes(), name
    command("run", small, "--out", "c", "--seed", "6", "-q")
    assert Path("a/synthetic.csv").read_bytes() != Path("c/synthetic.csv").read_bytes()


def test_the_same_seed_gives_the_same_bytes_for_any_workers(command, model: Path) -> None:
    for workers in (1, 3):
        command("sample", model, "-n", 150_000, "--seed", 2, "--workers", workers, "-o", f"{workers}.csv")
    assert Path("1.csv").read_bytes() == Path("3.csv").read_bytes()


def test_a_model_says_nothing_of_where_the_data_lay(command, small: Path) -> None:
    command("fit", small, "-o", "m.understudy")
    assert us.load("m.understudy").plan.data is None


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz", "jsonl", "json", "parquet", "arrow", "xlsx"])
def test_rows_go_to_every_format(command, model: Path, ending: str) -> None:
    answer = command("sample", model, "-n", "40", "--seed", "3", "-o", f"s.{ending}")
    assert (answer.code, answer.err) == (0, f"s.{ending}: 40 rows, seed 3\n")
    frame = us.read(f"s.{ending}").frame
    assert frame.shape == (40, 3)
    text = us.load(model).sample(40, seed=3).frame
    assert frame.with_columns(pl.all().cast(pl.String)).equals(text)
    typed = not ending.startswith(("csv", "tsv"))
    assert (frame["age"].dtype.is_integer()) == typed


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "xlsx"])
def test_no_rows_asked_for_is_a_header(command, model: Path, ending: str) -> None:
    assert command("sample", model, "-n", "0", "-o", f"z.{ending}").code == 0
    assert us.read(f"z.{ending}").frame.shape == (0, 3)
    if ending == "csv":
        assert Path("z.csv").read_text() == "job,a=b,age\n"


def test_as_many_rows_as_were_learned(command, model: Path) -> None:
    command("sample", model, "-o", "s.csv")
    assert len(us.read("s.csv")) == 60


def test_conditions_hold_in_every_row(command, model: Path) -> None:
    answer = command("sample", model, "-n", "50", "--given", "job=y=z", "--given", "age=23", "-o", "s.csv")
    assert "candidates a row" in answer.err
    frame = us.read("s.csv").frame
    assert frame["job"].unique().to_list() == ["y=z"]
    assert frame["age"].unique().to_list() == ["23"]
    assert frame["a=b"].to_list().count("t") > 45
    assert command("sample", model, "-n", "5", "-g", "a=b=s", "-o", "s.csv").code == 0
    assert us.read("s.csv").frame["a=b"].unique().to_list() == ["s"]


@pytest.mark.parametrize(
    ("words", "met"),
    [
        (["--given", "age=22..25"], lambda frame: set(frame["age"]) <= {"22", "23", "24", "25"}),
        (["--given", "age=..21"], lambda frame: set(frame["age"]) <= {"20", "21"}),
        (["--given", "age=22, 24"], lambda frame: set(frame["age"]) == {"22", "24"}),
        (["--given", "age!=22"], lambda frame: "22" not in set(frame["age"])),
        (["--given", "job!="], lambda frame: frame["job"].null_count() == 0),
        (["--given", "job!=y=z"], lambda frame: set(frame["job"]) == {"x"}),
        (["--given", "job=x,y=z"], lambda frame: set(frame["job"]) == {"x", "y=z"}),
        (["--rebalance", "job:x=0.9"], lambda frame: 40 <= (frame["job"] == "x").sum() < 50),
        (["--rebalance", "age:20..22=1"], lambda frame: set(frame["age"]) <= {"20", "21", "22"}),
        (["--temperature", "0.5"], lambda frame: set(frame["job"]) == {"x", "y=z"}),
    ],
)
def test_ranges_several_values_shares_and_temperature(command, model: Path, words: list[str], met) -> None:
    assert command("sample", model, "-n", "50", *words, "-o", "s.csv").code == 0
    frame = us.read("s.csv").frame
    assert frame.height == 50
    assert met(frame)


def test_a_file_of_conditions_gives_a_row_each(command, model: Path) -> None:
    Path("wanted.csv").write_text("job,age\nx,\ny=z,23\n,24\n")
    answer = command("sample", model, "--given-file", "wanted.csv", "-o", "s.csv")
    assert "3 rows" in answer.err
    frame = us.read("s.csv").frame
    assert frame["job"][:2].to_list() == ["x", "y=z"]
    assert frame["age"][1:].to_list() == ["23", "24"]
    command("sample", model, "--given-file", "wanted.csv", "-n", "4", "-o", "s.csv").refused("3 rows of conditions")
    command("sample", model, "--given-file", "wanted.csv", "-g", "job=x", "-o", "s.csv").refused("use one of them")
    Path("wanted.csv").write_text("job\nx\ncook\n")
    command("sample", model, "--given-file", "wanted.csv", "-o", "s.csv").refused("row 2")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rebalance", "job=0.5"], "write --rebalance column:value=0.5"),
        (["--rebalance", "job:x=half"], "write --rebalance column:value=0.5"),
        (["--rebalance", "job:x=1.5"], "the share of 'x' is 1.5"),
        (["--rebalance", "jbo:x=0.5"], "did you mean 'job'?"),
        (["--temperature", "0"], "the temperature is 0"),
    ],
)
def test_shares_and_temperatures_that_cannot_be_are_told(command, model: Path, words: list[str], said: str) -> None:
    command("sample", model, "-n", "5", *words, "-o", "s.csv").refused(said)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["jbo=x"], "did you mean 'job'?"),
        (["job=Y=z"], "did you mean 'y=z'?"),
        (["age=old"], "'old' is no integer"),
        (["age=999"], "it takes 20 to"),
        (["age="], "missing cells"),
        (["job"], "write --given column=value"),
        (["=x"], "write --given column=value"),
        (["job=x", "job=y=z"], "two conditions"),
    ],
)
def test_conditions_that_cannot_be_met_are_told(
    command, model: Path, tmp_path: Path, given: list[str], said: str
) -> None:
    words = [word for each in given for word in ("--given", each)]
    command("sample", model, "-n", "5", *words, "-o", "s.csv").refused(said)
    assert not names(tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-n", "-3", "-o", "s.csv"], "n is -3"),
        (["-n", "3", "-o", "s.cvs"], "did you mean 'csv'?"),
        (["-n", "3", "-o", "s"], "no ending"),
        (["-n", "3", "-o", "no/s.csv"], "no such folder"),
        (["-n", "3", "-o", "."], "this is a folder"),
        (["-n", "3", "-o", "s.csv", "--workers", "0"], "workers"),
        (["-n", "3", "-o", "s.csv", "--seed", "-1"], "seed is -1"),
        (["-n", "1100000", "-o", "s.xlsx"], "1048576 rows at most"),
    ],
)
def test_samples_that_cannot_be_drawn_are_told(
    command, model: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    command("sample", model, *words).refused(said)
    assert not names(tmp_path)


def test_outputs_never_replace_inputs(command, small: Path, model: Path) -> None:
    held = small.read_bytes()
    command("fit", small, "-o", small).refused("replace an input", "small.csv")
    command("sample", model, "-o", model).refused("replace an input")
    command("evaluate", "-r", small, "-s", small, "-o", "./../" + small.parent.name + "/small.csv").refused("small.csv")
    Path("d").mkdir()
    Path("d/synthetic.csv").write_bytes(held)
    for data in ("d/synthetic.csv", "d", "d/*.csv"):
        command("run", data, "--out", "d").refused("real data", "--out")
    assert small.read_bytes() == Path("d/synthetic.csv").read_bytes() == held
    assert names(Path("d")) == ["synthetic.csv"]


def test_fit_by_a_plan_and_another_engine(command, small: Path) -> None:
    command("init", small, "-o", "plan.yaml")
    plan = Path("plan.yaml")
    plan.write_text(plan.read_text().replace("  job:\n    action: learn", "  job:\n    action: drop"))
    answer = command("fit", small, "--plan", plan, "--engine", "independent", "-o", "m.understudy", "--json")
    assert answer.json["engine"] == "independent"
    assert us.load("m.understudy").schema.names == ("age", "pay")
    command("fit", small, "--engine", "tree", "-o", "n.understudy").refused("no engine 'tree'", "did you mean 'trees'?")
    command("fit", small, "--plan", "plam.yaml").refused("no plan at 'plam.yaml'", "understudy init")
    command("fit", small, "-o", "no/m.understudy").refused("no such folder")
    assert not Path("n.understudy").exists()


def test_privacy_and_calibration_are_asked_for(command, small: Path) -> None:
    options = ("--privacy", "tight", "--calibrate", 2)
    answer = command("fit", hotels_path(), "-o", "m.understudy", *options)
    assert answer.code == 0
    assert "memory of training rows: membership AUC" in answer.err
    plan = us.load("m.understudy").plan
    assert (plan.privacy, plan.calibrate) == ("tight", 2)
    assert command("run", small, "--out", "o", *options, "-q").code == 0
    assert us.read_plan("o/plan.yaml").privacy == "tight"
    told = json.loads(Path("o/report.json").read_text(encoding="utf-8"))["provenance"]
    assert told["privacy"] == "tight"
    assert told["memory"] == "not measured"  # too few rows
    for wrong in (("--privacy", "tihgt"), ("--calibrate", 1)):
        refused = command("fit", small, "-o", "n.understudy", *wrong)
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)
        assert wrong[0][2:] in refused.err


def test_what_is_conditioned_is_not_calibrated_and_says_so(command, small: Path) -> None:
    us.fit(small, calibrate=2.0).save("m.understudy")
    said = "not calibrated"
    assert said not in command("sample", "m.understudy", "-n", 50, "-o", "a.csv").err
    answer = command("sample", "m.understudy", "-n", 50, "-o", "b.csv", "--temperature", 2)
    assert (said in answer.err) == (us.load("m.understudy").calibration is not None)


def test_run_says_what_it_did(command, small: Path) -> None:
    answer = command("run", small, "--out", "a/b", "-n", "33", "--engine", "independent", "-k", "5", "--target", "job")
    assert answer.code == 0
    assert answer.out.splitlines()[0].endswith(".")
    assert len(us.read("a/b/synthetic.csv")) == 33
    report = json.loads(Path("a/b/report.json").read_text())
    assert report["k"] == 5
    assert report["provenance"]["engine"] == "independent"
    assert report["provenance"]["judge"]["target"] == "job"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-n", "0"], "0 rows asked for"),
        (["-n", "-5"], "rows is -5"),
        (["--engine", "tree"], "did you mean 'trees'?"),
        (["--target", "jop"], "did you mean 'job'?"),
        (["--holdout", "2"], "holdout is 2"),
        (["--holdout", "nan"], "holdout is nan"),
        (["-k", "0"], "k is 0"),
        (["--seed", "-1"], "seed is -1"),
        (["--workers", "0"], "workers"),
    ],
)
def test_runs_that_cannot_be_made_leave_nothing(
    command, small: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    command("run", small, "--out", "o/p", *words).refused(said)
    assert names(tmp_path) == ["small.csv"]


def test_a_report_without_a_holdout_says_so(command, small: Path) -> None:
    Path("thirty.csv").write_text("".join(small.read_text().splitlines(keepends=True)[:31]))
    answer = command("run", "thirty.csv", "--out", "o")
    assert answer.code == 0
    assert "Privacy: not judged" in answer.out
    assert len(us.read("o/synthetic.csv")) == 30


def test_evaluate_writes_what_the_ending_says(command, small: Path) -> None:
    for ending, begins in (("html", "<!"), ("json", "{"), ("md", "# small"), ("txt", "# small")):
        answer = command("evaluate", "--real", small, "--synthetic", small, "-o", f"r.{ending}", "-q")
        assert (answer.code, answer.out, answer.err) == (0, "", "")
        assert Path(f"r.{ending}").read_text().startswith(begins)
    command("evaluate", "-r", small, "-s", small, "-o", "r.pdf").refused("r.pdf", ".html")
    command("evaluate", "-r", small, "-s", small, "-t", "jop").refused("did you mean 'job'?")
    command("evaluate", "-r", small, "-s", "no.csv").refused("no.csv")
    command("evaluate", "-r", small, "-s", small, "-k", "0").refused("k is 0")
    Path("other.csv").write_text("age,job\n1,a\n2,b\n")
    command("evaluate", "-r", small, "-s", "other.csv").refused("'pay'")
