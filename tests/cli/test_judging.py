"""Gates, and stand-ins side by side, on the command line."""

import json
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("gates", "code", "said"),
    [
        (["fidelity.shapes>=0.5"], 0, "gate passed: fidelity.shapes>=0.5: fidelity.shapes is"),
        (["fidelity.shapes>=0.5", "fidelity.shapes<=0.1"], 3, "gate failed: fidelity.shapes<=0.1"),
        (["privacy=safe"], 3, "no verdict without a holdout"),
    ],
)
def test_a_gate_that_does_not_hold_exits_with_3(command, small: Path, gates: list[str], code: int, said: str) -> None:
    words = [word for gate in gates for word in ("--gate", gate)]
    answer = command("evaluate", "-r", small, "-s", small, "--quick", "-o", "r.json", *words)
    assert answer.code == code
    assert said in " ".join(answer.err.split())
    assert Path("r.json").exists(), "a gate that fails loses nothing"


def test_a_gate_on_what_there_is_not_is_refused_before_anything_is_read(command) -> None:
    command("evaluate", "-r", "none.csv", "-s", "none.csv", "--gate", "fidelity.pear>=1").refused("fidelity.pairs")
    command("evaluate", "-r", "none.csv", "-s", "none.csv", "--gate", "fidelity").refused("no gate")


def test_paired_rows_are_judged_in_pairs(command, small: Path) -> None:
    answer = command("evaluate", "-r", small, "-s", small, "--paired", "--quick", "-o", "r.md")
    assert answer.code == 0
    assert "Found again" in answer.out
    assert "picks any row" not in Path("r.md").read_text()
    lines = small.read_text().splitlines()
    Path("short.csv").write_text("\n".join(lines[:-1]))
    words = ["evaluate", "-r", small, "-s", "short.csv", "--quick"]
    command(*words, "--paired").refused("120 real and 119 synthetic rows do not belong together one by one")
    answer = command(*words, "--gate", "privacy.matching<=0.1")
    assert answer.code == 3
    assert "not said to stand for real rows one by one" in " ".join(answer.err.split())
    assert "Found again" not in answer.out


def test_gates_of_a_plan_are_held_and_all_is_written(command, small: Path) -> None:
    Path("plan.yaml").write_text(f"data: {small.name}\nengine: independent\ngates: [fidelity.pairs>=1.5]\n")
    answer = command("run", "plan.yaml", "--out", "out", "--json")
    assert answer.code == 3
    assert answer.json["gates"][0]["passed"] is False
    assert "gate failed: fidelity.pairs>=1.5" in answer.err
    assert {path.name for path in Path("out").iterdir()} >= {"report.html", "synthetic.csv", "model.understudy"}
    answer = command("run", "plan.yaml", "--out", "out", "--gate", "fidelity.shapes>=0.1", "-q")
    assert answer.code == 0


def test_stand_ins_side_by_side(command, small: Path) -> None:
    answer = command("compare", "-r", small, "-s", f"one={small}", "-s", small, "--quick", "-o", "c.json")
    assert answer.code == 0
    assert "Column shapes" in answer.out
    assert set(json.loads(Path("c.json").read_text())["reports"]) == {"one", str(small)}
    command("compare", "-r", small, "-s", small, "-s", small).refused("two stand-ins")
    command("compare", "-r", small, "-s", small, "-o", "c.pdf").refused("c.pdf", ".html")
    command("compare", "-r", small, "-s", "a=none.csv").refused("none.csv")
