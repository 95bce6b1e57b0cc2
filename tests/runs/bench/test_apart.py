"""Measured commands: what they took, how they end, and that nothing of them stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from understudy.runs.bench.apart import apart, machine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are told of and ended otherwise there")
MB = 1_000_000


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def gone(pid: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


def test_the_peak_is_the_commands_own() -> None:
    held = np.ones(400 * MB // 8)
    small = apart(script("pass"))
    large = apart(script("held = b'x' * 300_000_000"))
    assert held.sum() > 0
    assert small.peak is not None
    assert large.peak is not None
    assert small.peak < 100 * MB
    assert 300 * MB < large.peak < 450 * MB


def test_the_peak_of_a_childs_child_counts() -> None:
    inner = "import subprocess, sys; subprocess.run([sys.executable, '-c', \"held = b'x' * 250_000_000\"])"
    peak = apart(script(inner)).peak
    assert peak is not None
    assert peak > 250 * MB


def test_how_a_command_ended_is_told() -> None:
    good = apart(script("import time; time.sleep(0.3); print('said')"))
    assert (good.code, good.late, good.failure) == (0, False, "")
    assert 0.3 <= good.seconds < 20
    assert "said" in good.said
    bad = apart(script("raise ValueError('no such thing')"))
    assert bad.failure == "exit code 1: ValueError: no such thing"
    assert apart(script("import sys; sys.exit(3)")).failure == "exit code 3: it said nothing"


def test_variables_are_set_over_ours() -> None:
    asks = script("import os, sys; sys.exit(int(os.environ['ASKED']))")
    assert apart(asks, env={"ASKED": "7"}).code == 7


CHAIN = """
import subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1], "w").write(str(inner.pid))
time.sleep(60)
"""


def test_at_the_cap_the_command_and_its_children_end(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    begun = time.monotonic()
    ended = apart([*script(CHAIN), noted], cap=2)
    assert time.monotonic() - begun < 30
    assert ended.late
    assert ended.failure.startswith("ended at the cap of 2 s")
    assert gone(int(noted.read_text()))


def test_a_command_ends_with_who_asked_for_it(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    asks = f"from understudy.runs.bench.apart import apart\napart([*{script(CHAIN)!r}, {str(noted)!r}])"
    asker = subprocess.Popen(script(asks))
    while not (noted.exists() and noted.read_text()):
        assert asker.poll() is None
        time.sleep(0.05)
    asker.send_signal(signal.SIGKILL)
    asker.wait()
    assert gone(int(noted.read_text()))


def test_a_machine_has_cores() -> None:
    assert " cores, " in machine()


def test_a_launcher_that_is_ended_from_outside_is_a_failure() -> None:
    ended = apart(script("import os, signal; os.kill(os.getppid(), signal.SIGKILL)"))
    assert ended.failure.startswith("exit code -9")
