"""The command in this process: what it answered, said and left behind."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from understudy.cli.main import _outcome


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def refused(self, *words: str) -> None:
        """Exit 2, one line of error that holds these words, and nothing on stdout."""
        assert self.code == 2, self
        assert self.out == ""
        assert self.err.startswith("understudy: ")
        assert self.err.count("\n") == 1, self.err
        assert self.err.endswith("\n")
        assert "Traceback" not in self.err
        for word in words:
            assert word in self.err, self.err


Command = Callable[..., Answer]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def ask(*words: object) -> Answer:
        capsys.readouterr()
        code = _outcome([str(word) for word in words])
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return ask


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """120 rows of three columns that hang together."""
    luck = random.Random(1)
    lines = ["age,job,pay"]
    for _ in range(120):
        job = luck.choice(["cook", "clerk", "smith"])
        lines.append(f"{luck.randint(20, 40)},{job},{len(job) * luck.randint(9, 11)}.50")
    path = tmp_path / "small.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
