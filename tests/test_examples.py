"""Every example runs as it stands, from any folder, and says something."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import understudy as us
from understudy.data.embedded import hotels_path
from understudy.plan.yaml import read_plan

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_an_example_runs(script: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert done.stderr == ""


def said(plan: us.Plan) -> set[tuple[str, frozenset[str]]]:
    return {(each.kind, frozenset(each.columns)) for each in plan.constraints}


@pytest.mark.parametrize("name", ["adult", "kc_house", "credit_default", "hotels"])
def test_a_plan_begun_by_init_runs(name: str, tmp_path: Path) -> None:
    """On the first rows of its table: init finds something of what the plan took over, and run keeps the rules."""
    real = hotels_path() if name == "hotels" else SHARED / name / f"{name}.csv.gz"
    if not real.exists():
        pytest.skip(f"{name} is not on this machine")
    plan = read_plan(ROOT / "examples" / "plans" / f"{name}.yaml")
    data = tmp_path / Path(str(plan.data)).name
    us.write(pl.read_csv(real, infer_schema=False).head(4000), data)
    drafted = us.draft(data)
    proposed = said(drafted.plan) & said(plan)
    computed = {each for each in plan.expressions() if drafted.plan.columns[each].action == "compute"}
    assert bool(proposed or computed) == (name != "credit_default")
    run = us.run(plan, tmp_path / "out", data=str(data))
    assert all(gate.passed for gate in run.gates)
    assert run.report["validity.rules"].value == 1
    assert len([role for role in run.files if role.startswith("data")]) == plan.copies
