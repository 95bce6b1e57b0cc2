"""Virtual environments of their own for packages that are only measured, never depended on; in `benchmarks/.venv`."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE / "constraints.txt"
TORCH_FIRST = frozenset({"sdv", "mostlyai", "qa"})
UNWANTED: Mapping[str, tuple[str, ...]] = {"mostlyai": ("torchvision", "torchaudio")}
"""What is taken out again: mostlyai-engine cannot be imported beside a torchvision built for another torch."""


SUPPORTS = frozenset({"numpy", "pandas", "scikit-learn"})
"""What other packages of an environment stand on."""


def python(name: str) -> Path:
    """The interpreter of an environment, which is made if need be, or anew where its requirements have changed.

    Args:
        name: of the file of requirements, in `peers` or `judges`.
    """
    wanted = next(path for path in (HERE / "peers" / f"{name}.txt", HERE / "judges" / f"{name}.txt") if path.exists())
    place = HERE / ".venv" / name
    stamp, interpreter = place / "requirements", place / "bin" / "python"
    mark = hashlib.sha256(wanted.read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == mark:
        return interpreter
    sys.stderr.write(f"environment {name}: {place}\n")
    _do(sys.executable, "-m", "venv", "--clear", place)
    if name in TORCH_FIRST:  # with what comes after it, pip might take a build for GPUs
        _do(interpreter, "-m", "pip", "install", "--quiet", "--constraint", CONSTRAINTS, "torch")
    _do(interpreter, "-m", "pip", "install", "--quiet", "--constraint", CONSTRAINTS, "--requirement", wanted)
    if name in UNWANTED:
        _do(interpreter, "-m", "pip", "uninstall", "--quiet", "--yes", *UNWANTED[name])
    stamp.write_text(mark, encoding="utf-8")
    return interpreter


def versions() -> dict[str, str]:
    """Of every package that a judge's or a peer's environment asks for by version."""
    files = sorted([*HERE.glob("judges/*.txt"), *HERE.glob("peers/*.txt")])
    lines = [line.partition("==") for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    return {name: version for name, _, version in lines if version and name not in SUPPORTS}


def _do(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], check=True)
