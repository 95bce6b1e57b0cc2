"""augment, as a user asks for it."""

import random
from collections import Counter
from pathlib import Path

import pytest

import understudy as us
from understudy.plan.plan import ColumnPlan, Plan
from understudy.plan.yaml import to_yaml


@pytest.fixture
def table(tmp_path: Path) -> Path:
    luck = random.Random(1)
    sick = ["yes" if row % 10 == 0 else "no" for row in range(200)]
    rows = [f"P{row:04d},{sick[row]},{luck.randint(20, 60)},{luck.choice('ABC')}" for row in range(200)]
    lines = ["id,sick,age,ward", *rows]
    path = tmp_path / "ill.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("method", ["engine", "smote", "smotenc", "adasyn"])
def test_the_file_holds_all_rows(command, table: Path, method: str) -> None:
    answer = command("augment", table, "--column", "sick", "-m", method, "-o", "more.csv", "--seed", 3)
    assert answer.code == 0
    assert answer.err.startswith("more.csv: 360 rows, 160 of them new: yes 160\n")
    assert answer.out == ""
    assert Path("more.csv").read_text().startswith(table.read_text())
    made = us.read("more.csv").frame
    assert Counter(made["sick"]) == {"yes": 180, "no": 180}
    assert made["id"].n_unique() == 360
    again = command("augment", table, "--column", "sick", "-m", method, "-o", "again.csv", "--seed", 3)
    assert again.code == 0
    assert Path("again.csv").read_bytes() == Path("more.csv").read_bytes()


def test_json_says_what_was_added_and_dropped(command, table: Path) -> None:
    plan = Plan(constraints=("age <= 50",), columns={"ward": ColumnPlan("learn")})  # type: ignore[arg-type]
    Path("plan.yaml").write_text(to_yaml(plan))
    sizes = ("--to", "yes=0.25", "--to", "no=180")
    answer = command(
        "augment", table, "-c", "sick", *sizes, "-m", "smote", "-p", "plan.yaml", "-o", "m.parquet", "--json"
    )
    assert answer.err == ""
    found = answer.json
    assert {name: found[name] for name in ("data", "rows", "method", "seed")} == {
        "data": "m.parquet", "rows": 240, "method": "smote", "seed": 0,
    }  # fmt: skip
    assert found["real"] == {"no": 180, "yes": 20}
    assert found["added"] == {"yes": 40}
    assert found["dropped"]["age <= 50"] > 0
    made = us.read("m.parquet").frame[200:]
    assert made["age"].cast(int).max() <= 50  # type: ignore[operator]


def test_new_rows_are_marked(command, table: Path) -> None:
    assert command("augment", table, "-c", "sick", "--marked", "new", "-o", "m.csv", "-q", "--to", "yes=30").err == ""
    assert us.read("m.csv").frame["new"].to_list() == ["false"] * 200 + ["true"] * 10


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("-c", "sik"), "did you mean 'sick'"),
        (("-c", "id"), "id"),
        (("-c", "sick", "--method", "smoot"), "did you mean 'smote'"),
        (("-c", "sick", "--to", "half"), "no size"),
        (("-c", "sick", "--to", "maybe=50"), "no class 'maybe'"),
        (("-c", "sick", "--to", "yes=50", "--to", "yes=60"), "twice"),
        (("-c", "sick", "--to", "yes=5"), "has 20 rows, and 5 are asked for"),
        (("-c", "sick", "--plan", "none.yaml"), "no plan"),
        ((), "--column"),
    ],
    ids=str,
)
def test_mistakes_are_one_line_and_leave_nothing(command, table: Path, words: tuple[str, ...], says: str) -> None:
    command("augment", table, *words, "-o", "m.csv").refused(says)
    assert not Path("m.csv").exists()
    command("augment", table, "-c", "sick", "-o", table).refused("would replace an input")
