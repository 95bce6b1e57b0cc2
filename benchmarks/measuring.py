"""Measuring: commands in processes of their own, the machine they ran on, intervals over repetitions."""

import contextlib
import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
ADULT = SHARED / "adult" / "adult.csv.gz"
PACKAGES = ("numpy", "polars", "pyarrow", "numba", "scikit-learn")

# A process counts the memory of the one it was forked from as its own peak, so that a small one stands between.
LAUNCH = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
code = subprocess.call(sys.argv[2:], stdout=sys.stderr if sys.argv[1] == "-" else open(sys.argv[1], "wb"))
spent = time.perf_counter() - begun
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([code, spent, peak]))
"""


class CommandError(Exception):
    """A command that is to be measured went wrong."""


@dataclass(frozen=True)
class Ran:
    """A command that has run: wall time in seconds, peak memory in bytes."""

    seconds: float
    peak: int


def ran(command: Sequence[str | Path], *, cwd: Path = ROOT, stdout: Path | None = None, **env: str) -> Ran:
    """Run a command in a process of its own.

    Raises:
        CommandError: it ends with another code than 0; with the end of what it said.
    """
    words = [str(word) for word in command]
    launch = [sys.executable, "-c", LAUNCH, "-" if stdout is None else str(stdout), *words]
    done = subprocess.run(launch, cwd=cwd, env={**_env(), **env}, capture_output=True, text=True, check=True)
    code, spent, peak = json.loads(done.stdout)
    if code:
        raise CommandError(f"{' '.join(words[:3])} …: exit code {code}: {done.stderr.strip()[-2000:]}")
    return Ran(spent, peak)


def _env() -> dict[str, str]:
    """This environment, with nothing in it that ties a command to this checkout."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "NUMBA_CACHE_DIR")
    return {name: value for name, value in os.environ.items() if name not in ours}


def understudy() -> Path:
    """The installed command."""
    return Path(sys.executable).with_name("understudy")


class Stopwatch:
    """Seconds by name; `on_progress` reads those of `understudy.fit`'s stages."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage, self._since = "", perf_counter()

    @contextlib.contextmanager
    def time(self, name: str) -> Iterator[None]:
        """Time what stands inside."""
        begun = perf_counter()
        yield
        self.seconds[name] = perf_counter() - begun

    def on_progress(self, stage: str, done: int, total: int) -> None:
        """A stage counts from the end of the one before it, or from its own first call, to its last."""
        now = perf_counter()
        if stage != self._stage and done == 0:
            self._since = now
        if done == total:
            self.seconds[stage], self._since = now - self._since, now
        self._stage = stage


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % t-interval of a mean; without ends where there is one value."""
    from scipy.stats import t

    if len(values) < 2:
        return -np.inf, np.inf
    half = float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return float(np.mean(values)) - half, float(np.mean(values)) + half


def upper(values: Sequence[float]) -> float:
    """The one-sided 95 % upper bound of a mean by Student's t; none where there is one value."""
    from scipy.stats import t

    if len(values) < 2:
        return np.inf
    return float(np.mean(values) + t.ppf(0.95, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def machine() -> Mapping[str, Any]:
    """What the figures depend on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "CPU": _cpu(),
        "cores": cores,
        "RAM": f"{memory:.1f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "load at the start (1 minute)": round(os.getloadavg()[0], 1),
        "Python": platform.python_version(),
        **{name: metadata.version(name) for name in PACKAGES},
    }


def _cpu() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def changed(path: Path) -> str:
    """The day on which a committed file was last changed."""
    command = ["git", "log", "-1", "--format=%as", "--", str(path)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return said or "an unknown day"


def revision() -> str:
    """The commit, and whether files of the package differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--", "src", "pyproject.toml", "Makefile")
    return (git("rev-parse", "--short=12", "HEAD") or "no git checkout") + (" with changes" if changed else "")
