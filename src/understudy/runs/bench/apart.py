"""Commands in processes of their own, measured from outside."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from understudy.execution.executors import cores


@dataclass(frozen=True)
class Ended:
    """A command that has ended.

    Attributes:
        code: exit code.
        seconds: wall time.
        peak: largest resident set of the command and its children, in bytes; None where the system does not tell.
        late: whether it was ended at the cap.
        said: the end of what it wrote.
    """

    code: int
    seconds: float
    peak: int | None
    late: bool
    said: str

    @property
    def failure(self) -> str:
        """Why it failed, in one line; "" where it did not."""
        if self.late:
            return f"ended at the cap of {self.seconds:.0f} s"
        if not self.code:
            return ""
        lines = [line for line in self.said.splitlines() if line.strip()]
        return f"exit code {self.code}: {lines[-1].strip()[:200] if lines else 'it said nothing'}"


def apart(command: Sequence[str | Path], *, cap: float = 0, env: Mapping[str, str] | None = None) -> Ended:
    """Run a command in a process of its own and wait for its end.

    It ends with this process, whatever happens to this process.

    Args:
        command: program and arguments.
        cap: seconds of wall time at which it is ended; 0 for none.
        env: variables set over this environment's.
    """
    launch = [sys.executable, "-m", "understudy.runs.bench.launch", str(cap), *(str(word) for word in command)]
    given = {**os.environ, **({} if env is None else env)}
    pipe = subprocess.PIPE
    with subprocess.Popen(launch, stdin=pipe, stdout=pipe, stderr=pipe, env=given, text=True) as launched:  # noqa: S603 - ours
        # communicate() would close stdin at once, and the launcher takes that for our end
        assert launched.stdin is not None
        held, launched.stdin = launched.stdin, None
        try:
            out, said = launched.communicate()
        finally:
            held.close()
    # nothing is said by a launcher that was itself ended from outside
    code, seconds, peak, late = json.loads(out) if out else (launched.returncode, 0.0, None, False)
    return Ended(code, seconds, peak, late, said[-4000:])


def machine() -> str:
    """The processor, its cores that may be used, and the system, in words."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {cores()} cores, {platform.system()}"
