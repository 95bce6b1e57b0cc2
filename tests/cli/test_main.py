"""How the command answers: exit codes, one line of error, pure JSON, readable help, a clean stop."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
from typer.main import get_command

import understudy
from understudy.cli.app import app
from understudy.data.embedded import hotels_path

COMMANDS = [
    *("demo", "inspect", "init", "fit", "sample", "run", "augment", "evaluate", "compare"),
    *("bench", "engines", "metrics", "providers"),
]
ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src"), "COLUMNS": "80"}
RUN = [sys.executable, "-m", "understudy"]


def apart(*words: object, **options: object) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own."""
    return subprocess.run(
        [*RUN, *map(str, words)],
        env=ENV,
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[arg-type]
    )


def test_help_lists_every_command_in_full(command) -> None:
    answer = command("--help")
    assert answer.code == 0
    listed = re.findall(r"^  (\w+)  +(\S.*)$", answer.out.split("Commands:")[1], re.M)
    assert [name for name, _ in listed] == COMMANDS
    assert all(summary.endswith(".") and not summary.endswith("...") for _, summary in listed)
    assert command().out == answer.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command, name: str) -> None:
    answer = command(name, "--help")
    assert answer.code == 0
    assert answer.err == ""
    assert answer.out.startswith(f"Usage: understudy {name}")
    found = get_command(app).commands[name]  # type: ignore[attr-defined]
    for option in found.params:
        said = getattr(option, "help", None)
        assert said, f"{name}: {option.name} has no help"
        assert said[0].isupper()
        assert said.endswith((".", "names it."))
    assert {"--json", "--quiet"} <= {word for option in found.params for word in option.opts}


def test_version(command) -> None:
    assert command("--version").out == f"understudy {understudy.__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["demos"], "Did you mean 'demo'?"),
        (["frobnicate"], "No such command 'frobnicate'; see: understudy --help"),
        (["run"], "Missing argument 'DATA|PLAN'; see: understudy run --help"),
        (["run", "x.csv", "--nosuch"], "--nosuch"),
        (["run", "x.csv", "-n", "ten"], "'-n' / '--rows'"),
        (["run", "x.csv", "--seed", "1.5"], "'--seed'"),
        (["sample", "m.understudy"], "'--out'"),
        (["run", "x.csv", "y.csv"], "y.csv"),
    ],
)
def test_a_wrong_command_line_is_one_line(command, words: list[str], said: str) -> None:
    command(*words).refused(said)


def test_nothing_is_written_by_a_wrong_command_line(command, tmp_path: Path) -> None:
    command("run", "nosuch.csv", "--out", "a/b/c").refused("no such file", "nosuch.csv")
    command("fit", "nosuch.csv", "-o", "m.understudy").refused("no such file")
    assert not list(tmp_path.iterdir())


def test_every_answer_in_json_is_pure(command, small: Path) -> None:
    assert command("engines", "--json").json[0]["name"] == "boost"
    assert "fidelity.pairs" in command("metrics", "--json").json
    assert "email" in command("providers", "--json").json
    assert [column["name"] for column in command("inspect", small, "--json").json["columns"]] == ["age", "job", "pay"]
    assert command("init", small, "--json").json["columns"]["age"]["action"] == "learn"
    answer = command("init", small, "-o", "plan.yaml", "--json")
    assert answer.json["plan"] == "plan.yaml"
    answer = command("fit", small, "-o", "m.understudy", "--json")
    assert (answer.json["rows"], answer.err) == (120, "")
    answer = command("sample", "m.understudy", "-n", "9", "-o", "s.csv", "--given", "job=cook", "--json")
    assert answer.json["rows"] == 9
    assert answer.json["candidates"] >= 1
    answer = command("run", small, "--out", "out", "--json")
    assert set(answer.json) == {"verdict", "files", "seconds", "measures", "ledger", "estimate", "gates"}
    assert answer.err == ""
    answer = command("evaluate", "-r", small, "-s", "out/synthetic.csv", "-o", "r.html", "--json")
    assert answer.json["format"] == "understudy report"
    assert Path("r.html").read_text().startswith("<!")


def test_quiet_says_results_only(command, small: Path) -> None:
    assert command("fit", small, "-o", "m.understudy", "-q") == command("init", small, "-o", "p.yaml", "-q")
    answer = command("sample", "m.understudy", "-n", "3", "-o", "s.csv", "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    answer = command("run", small, "--out", "out", "--quiet")
    assert answer.err == ""
    assert [line.split(":")[0] for line in answer.out.splitlines()] == ["data", "model", "report", "figures", "plan"]


def test_help_is_quick() -> None:
    took = []
    for _ in range(5):
        begun = perf_counter()
        assert apart("--help").returncode == 0
        took.append(perf_counter() - begun)
    assert median(took) < 0.3, took


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m understudy providers | head -1"],
        env=ENV, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_without_the_signs_is_served(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("größe,😀\n" + "".join(f"{row % 7},{'äö'[row % 2]}\n" for row in range(40)))
    narrow = {**ENV, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*RUN, "inspect", table], env=narrow, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([*RUN, "inspect", table, "--json"], env=narrow, capture_output=True, text=True, check=True)
    assert [column["name"] for column in json.loads(done.stdout)["columns"]] == ["größe", "😀"]


# --- stopping --------------------------------------------------------------------------------------------------------


def stopped(words: list[object], ready: Callable[[], bool], number: int = signal.SIGINT) -> tuple[int, str, str]:
    """What a command answers that gets a signal as soon as it is far enough."""
    process = subprocess.Popen(
        [*RUN, *map(str, words)], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        limit = time.monotonic() + 60
        while not ready():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < limit
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, out, err


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("stage", "sign"),
    [("fit", ".run-*"), ("sample", ".run-*/.synthetic.csv.*.part"), ("judge", ".run-*/synthetic.csv")],
)
def test_ctrl_c_leaves_the_last_run_as_it_was(tmp_path: Path, stage: str, sign: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("synthetic.csv", "model.understudy", "report.html", "mine.txt"):
        (out / name).write_text(f"earlier {name}")
    before = contents(tmp_path)
    many = 300_000 if stage == "sample" else 2_000
    code, said, err = stopped(["run", hotels_path(), "--out", out, "-n", many], lambda: any(out.glob(sign)))
    assert (code, said) == (130, "")
    assert err == "understudy: stopped; nothing half-written stays\n"
    assert contents(tmp_path) == before
    assert not [path for path in out.iterdir() if path.is_dir()]


def test_ctrl_c_leaves_no_half_of_a_sample(command, small: Path, tmp_path: Path) -> None:
    command("fit", small, "-o", "m.understudy")
    (tmp_path / "x.csv").write_text("earlier")
    before = contents(tmp_path)
    words = ["sample", tmp_path / "m.understudy", "-n", 50_000_000, "-o", tmp_path / "x.csv"]
    code, _, err = stopped(words, lambda: any(tmp_path.glob(".x.csv.*.part")))
    assert (code, err.count("\n")) == (130, 1)
    assert contents(tmp_path) == before


def test_a_request_to_end_cleans_up_too(tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    code, _, err = stopped(["run", hotels_path(), "--out", out], lambda: any(out.glob(".run-*")), signal.SIGTERM)
    assert (code, err) == (143, "")
    assert not list(tmp_path.iterdir())
