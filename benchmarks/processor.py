"""Processor time of learning and drawing Adult beside that of peers, in seconds of one core.

SDV's copula is measured in the same run where its environment is there, and mostlyai-engine, which takes minutes, where
asked for; else a peer's figure is the one in `benchmarks/results`, from one core.
"""

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import bench_peers
from environments import HERE
from measuring import ADULT, changed, ran
from sets import FILES
from targets import Found

import understudy as us
from understudy.runs.bench.job import Job

LINES = HERE / "results" / "lines.jsonl"
REPEATS = 3
SHARE = 0.2
SEED = 10
PEERS = {"copula": "sdv-copula", "mostlyai": "mostlyai"}
RATIOS = (("trees", "copula"), ("trees", "mostlyai"), ("boost", "mostlyai"), ("boost", "copula"))


def processor(again: Iterable[str] = ("copula",)) -> dict[str, Found]:
    """Processor seconds of both engines, and their ratios to those of peers.

    Args:
        again: peers that are measured anew where their environments are there.
    """
    ours = {engine: _own(engine) for engine in ("trees", "boost")}
    theirs = {name: _theirs(name, name in set(again)) for name in PEERS}
    found = {f"cpu-{engine}": Found(tuple(each["cpu"]), "median", _said(each)) for engine, each in ours.items()}
    for engine, peer in RATIOS:
        seconds, note = theirs[peer]
        found[f"cpu-{engine}-{peer}"] = Found((median(ours[engine]["cpu"]) / seconds,), "once", note)
    return found


def _said(times: Mapping[str, list[float]]) -> str:
    return f"wall: fit {median(times['fit']):.2f} s, sample {median(times['sample']):.2f} s"


def _own(engine: str) -> dict[str, list[float]]:
    """Of an engine, in a process that has done all of it once."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said.json"
        ran([sys.executable, __file__, engine], stdout=said)
        return json.loads(said.read_text(encoding="utf-8"))


def times(engine: str) -> dict[str, list[float]]:
    """Processor and wall seconds of fit and sample in this process, the first time left out."""
    train, _ = us.split(us.read(ADULT), SHARE, seed=SEED)
    found: dict[str, list[float]] = {"cpu": [], "fit": [], "sample": []}
    for seed in range(1 + REPEATS):
        begun, spent = perf_counter(), process_time()
        model = us.fit(train, engine=engine, seed=seed)
        fitted = perf_counter()
        model.sample(seed=seed)
        each = {"cpu": process_time() - spent, "fit": fitted - begun, "sample": perf_counter() - fitted}
        for name, seconds in each.items():
            found[name].append(seconds)
    return {name: seconds[1:] for name, seconds in found.items()}


def _theirs(name: str, again: bool) -> tuple[float, str]:
    """Processor seconds of a peer, and where they come from."""
    line = committed(PEERS[name])
    seconds = line["figures"]["cpu"]
    note = f"{seconds:.1f} s in benchmarks/results of {changed(LINES)} on {line['machine']}"
    peer = bench_peers.PEERS[PEERS[name]]
    if again and (HERE / ".venv" / peer.environment / "requirements").exists():
        seconds = measured(peer)
        note = f"{seconds:.1f} s in the same run; {note}"
    return seconds, note


def committed(peer: str, lines: Path = LINES) -> Mapping[str, Any]:
    """The last line of a peer on Adult.

    Raises:
        LookupError: there is none that has processor seconds.
    """
    every = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    mine = [each for each in every if (each["data"], each["engine"]) == ("adult", f"peer:{peer}")]
    known = [each for each in mine if "cpu" in each["figures"]]
    if not known:
        raise LookupError(f"no processor seconds of {peer} on Adult in {lines.name}")
    return known[-1]


def measured(peer: bench_peers.Peer) -> float:
    """Processor seconds of a peer, measured now.

    Raises:
        LookupError: it fails.
    """
    job = Job(str(ADULT), "adult", peer.program, SEED, FILES["adult"][1], SHARE, 0)
    with tempfile.TemporaryDirectory() as folder:
        made = bench_peers.made(peer, 0.0, job, Path(folder))
    seconds = made.figures.get("cpu")
    if seconds is None:
        raise LookupError(f"{peer.program}: {made.failed}")
    return seconds


if __name__ == "__main__":
    sys.stdout.write(json.dumps(times(sys.argv[1])))
