"""Peers measured as our engines are, by the same judge, into the same table; `make bench-peers`.

Each runs in a virtual environment of its own, made on first use. What `benchmarks/results/lines.jsonl` holds already is
not measured again, so that this can be stopped and taken up at any time, or done in parts.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import exchange
from environments import python
from sets import paths, targets

from understudy.data.values import parse
from understudy.reports.standings import PEER, told
from understudy.runs.bench.apart import apart
from understudy.runs.bench.bench import bench
from understudy.runs.bench.job import FAKE, Job, Made

HERE = Path(__file__).resolve().parent
CAP = 1200.0
MINUTES = 10.0


@dataclass(frozen=True)
class Peer:
    """How a peer is run.

    Attributes:
        environment: its file of requirements; "" for the product's own environment.
        program: in this folder.
        words: what it is told besides.
    """

    environment: str
    program: str
    words: tuple[str, ...] = ()


PEERS: Mapping[str, Peer] = {
    "cart": Peer("", "cart.py"),
    "sdv-copula": Peer("sdv", "with_sdv.py", ("copula",)),
    "arfpy": Peer("arfpy", "with_arfpy.py"),
    "mostlyai": Peer("mostlyai", "with_mostlyai.py", ("--minutes", str(MINUTES))),
    "sdv-tvae": Peer("sdv", "with_sdv.py", ("tvae",)),
    "sdv-ctgan": Peer("sdv", "with_sdv.py", ("ctgan",)),
}


def main() -> int:
    """Measure and print."""
    asked = _asked()
    names = list(PEERS) if asked.peers is None else asked.peers
    for environment in dict.fromkeys(PEERS[name].environment for name in names):
        if environment:
            python(environment)
    makers = {PEER + name: partial(made, PEERS[name], asked.cap) for name in names}
    done = bench(
        paths(asked.data),
        asked.out,
        engines=(),
        makers=makers,
        seeds=asked.seeds,
        targets=targets(asked.data),
        again=asked.again,
        judges=1,
        on_line=lambda line: sys.stderr.write(f"{told(line)}\n"),
    )
    sys.stdout.write(f"{done.files['page']}\n")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", nargs="+", metavar="NAME", choices=list(PEERS), help=", ".join(PEERS))
    parser.add_argument("--data", nargs="+", metavar="NAME", help="folders of the shared data, or files")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], metavar="SEED", help="which (0)")
    parser.add_argument("--cap", type=float, default=CAP, help=f"seconds that one fit and sample may take ({CAP:.0f})")
    parser.add_argument("--again", action="store_true", help="measure what is there already, too")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="folder (benchmarks/results)")
    return parser.parse_args()


def made(peer: Peer, cap: float, job: Job, folder: Path) -> Made:
    """A peer does a job: it gets the judged columns of the training part, with the kind of each."""
    train, _ = job.parts()
    schema = exchange.known(train, job.target)
    exchange.put(train, schema, folder / "train.csv")
    exchange.put_kinds(schema, folder / "kinds.json")
    names = ("train.csv", "kinds.json", "fake.csv", "figures.json")
    interpreter = python(peer.environment) if peer.environment else Path(sys.executable)
    command = [interpreter, HERE / "peers" / peer.program, *(folder / name for name in names)]
    command += ["--seed", str(job.seed), "--long", str(job.long), *peer.words]
    ended = apart(command, cap=cap, env={"TMPDIR": str(folder), "CUDA_VISIBLE_DEVICES": ""})
    if ended.failure:
        return Made(failed=ended.failure)
    like = parse(train, schema, strict=False).frame
    exchange.taken(folder / "fake.csv", like).write_ipc(folder / FAKE)
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    return Made({**figures, "peak": ended.peak})


if __name__ == "__main__":
    sys.exit(main())
