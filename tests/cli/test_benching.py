"""bench, as a user asks for it."""

from pathlib import Path


def test_engines_are_measured_side_by_side(command, small: Path) -> None:
    asked = ("bench", small, "--engines", "independent, bootstrap", "--seeds", 1, "--long", 0, "-t", "job", "-o", "b")
    answer = command(*asked)
    assert answer.code == 0
    assert "small: 120 rows, predicting job" in answer.out
    assert answer.out.endswith("page:    b/bench.html\n")
    assert [line.partition(":")[0] for line in answer.err.splitlines()] == [
        "small, independent, seed 0",
        "small, bootstrap, seed 0",
    ]
    again = command(*asked, "--json")
    assert again.code == 0
    assert again.err == ""
    assert {each["engine"] for each in again.json["standings"]} == {"independent", "bootstrap"}
    assert "long" not in again.json["standings"][0]["figures"]
    assert all(Path(path).is_file() for path in again.json["files"].values())
    quiet = command(*asked, "--quiet")
    assert quiet.err == ""
    assert "predicting" not in quiet.out


def test_bad_asking_is_one_line(command, small: Path) -> None:
    command("bench", "none.csv").refused("no such file", "none.csv")
    command("bench").refused("DATA")
    command("bench", small, "--engines", "tree").refused("no engine 'tree'", "did you mean 'trees'?")
    command("bench", small, "--engines", ",").refused("no engine")
    command("bench", small, "--target", "jbo").refused("no data set has a column 'jbo'", "did you mean 'job'?")
    command("bench", small, small).refused("two data sets are called 'small'")
    command("bench", small, "--seeds", 0).refused("seeds is 0")
    command("bench", small, "--holdout", 2).refused("share between 0 and 1")
    Path("taken").write_text("a file")
    command("bench", small, "--out", "taken").refused("the folder cannot be made", "taken")
    Path("held").mkdir()
    Path("held/lines.jsonl").write_text("nothing of ours\n")
    command("bench", small, "--out", "held").refused("no line of a benchmark", "lines.jsonl, line 1")
