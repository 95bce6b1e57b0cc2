"""How long things take and how much memory they need, each in processes of their own."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from measuring import ADULT, ROOT, Ran, digest, ran, understudy
from targets import Found

REPEATS = 3
LONG = 10_000_000
GB = 1e9


def demo() -> dict[str, Found]:
    """`make demo` on a clone of HEAD, then again."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        held = _held()
        cloned = ran(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone])
        command = ["make", "demo", f"PYTHON={Path(sys.executable).resolve()}"]
        fresh = ran(command, cwd=clone)
        again = [ran(command, cwd=clone).seconds for _ in range(REPEATS)]
    note = (
        f"of the last commit: environment, installation, compilation and demo; pip's cache held {held / 1e6:.0f} MB, "
        f"the rest was fetched; cloning took {cloned.seconds:.1f} s more"
    )
    return {"demo-fresh": Found((fresh.seconds,), note=note), "demo-again": Found(tuple(again), "median")}


def _held() -> int:
    """Bytes in pip's cache, 0 where it is switched off."""
    said = subprocess.run([sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=False)
    folder = Path(said.stdout.strip())
    known = said.returncode == 0 and folder.is_dir()
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if known else 0


def start() -> dict[str, Found]:
    """The interpreter with the import, and the command's help."""
    imported = [ran([sys.executable, "-c", "import understudy"]).seconds for _ in range(REPEATS)]
    helped = [ran([understudy(), "--help"]).seconds for _ in range(REPEATS)]
    used = [ran([sys.executable, "-c", "from understudy import *; run"]).seconds for _ in range(REPEATS)]
    every = {"import": imported, "help": helped, "used": used}
    return {name: Found(tuple(values), "median") for name, values in every.items()}


def run() -> dict[str, Found]:
    """From file to files."""
    done: list[Ran] = []
    with tempfile.TemporaryDirectory() as folder:
        said, out = Path(folder) / "said.json", Path(folder) / "out"
        for _ in range(REPEATS):
            shutil.rmtree(out, ignore_errors=True)
            done.append(ran([understudy(), "run", ADULT, "--out", out, "--seed", "0", "--json"], stdout=said))
        stages = json.loads(said.read_text(encoding="utf-8"))["seconds"]
    note = "last time: " + ", ".join(f"{stage} {spent:.1f} s" for stage, spent in stages.items())
    seconds, peaks = tuple(each.seconds for each in done), tuple(each.peak / GB for each in done)
    return {"run": Found(seconds, "median", note), "run-peak": Found(peaks, "median")}


def trees() -> dict[str, Found]:
    """The engine `trees` on codes: with an empty cache of compiled code, and in new processes with a full one."""
    with tempfile.TemporaryDirectory() as folder:
        said, cache = Path(folder) / "said.json", str(Path(folder) / "compiled")
        times = []
        for _ in range(1 + REPEATS):
            ran([sys.executable, __file__], stdout=said, NUMBA_CACHE_DIR=cache)
            times.append(json.loads(said.read_text(encoding="utf-8")))
    cold, warm = times[0], times[1:]
    processes = f"{REPEATS} processes, in each the median of {REPEATS} after a first call"
    found = {
        name: Found(tuple(median(each[name]) for each in warm), "median", processes)
        for name in ("encode", "fit", "draw", "sample")
    }
    found |= {
        f"first-{name}": Found(tuple(each[f"first-{name}"][0] for each in warm), "median") for name in ("fit", "draw")
    }
    return found | {f"compile-{name}": Found((cold[f"first-{name}"][0],)) for name in ("fit", "draw")}


def engine_times() -> dict[str, list[float]]:
    """Seconds of each step in this process: the first fit and draw apart."""
    import understudy as us
    from understudy.data.values import parse
    from understudy.encoding import codebook
    from understudy.engines import registry
    from understudy.execution.streams import stream

    train, _ = us.split(us.read(ADULT), 0.1, seed=0)
    schema = us.infer(train)
    typed = parse(train, schema)
    engine, times = registry.load("trees"), {}

    def timed(name, work):
        begun = perf_counter()
        result = work()
        times.setdefault(name, []).append(perf_counter() - begun)
        return result

    def encoded():
        return codebook.fit(typed.frame, schema).encode(typed.frame)

    codes = encoded()
    order, inner = stream(0, "inner split").permutation(len(codes)), len(codes) // 10
    rows, valid = codes.take(order[inner:]), codes.take(order[:inner])

    def fit():
        return engine.fit(rows, None, valid, stream(0, "fit"))

    fitted = timed("first-fit", fit)
    timed("first-draw", lambda: fitted.draw(len(codes), None, None, stream(0, "draw")))
    model = us.fit(train, engine="trees", seed=0)
    model.sample(seed=0)
    for _ in range(REPEATS):
        timed("encode", encoded)
        timed("fit", fit)
        timed("draw", lambda: fitted.draw(len(codes), None, None, stream(0, "draw")))
        timed("sample", lambda: model.sample(seed=0))
    return times


def long() -> dict[str, Found]:
    """Ten million rows from a model file into parquet, by one worker and by four."""
    peaks, seconds, bytes_, size = {}, {}, {}, 0
    with tempfile.TemporaryDirectory() as folder:
        model, out = Path(folder) / "adult.understudy", Path(folder) / "long.parquet"
        ran([understudy(), "fit", ADULT, "--engine", "trees", "-o", model, "--seed", "0", "--quiet"])
        for workers in (1, 4):
            draw = [understudy(), "sample", model, "-n", str(LONG), "-o", out, "--seed", "0", "--quiet"]
            done = ran([*draw, "--workers", str(workers)])
            peaks[workers], seconds[workers], bytes_[workers] = done.peak / GB, done.seconds, digest(out)
            size = out.stat().st_size
            out.unlink()
    note = f"sha256 {bytes_[1][:16]}… and {bytes_[4][:16]}…, {size / 1e6:.0f} MB"
    found = {"long-bytes": Found((float(bytes_[1] != bytes_[4]),), note=note)}
    for workers in (1, 4):
        found[f"long-peak-{workers}"] = Found((peaks[workers],))
        found[f"long-rate-{workers}"] = Found(
            (LONG / seconds[workers],), note=f"{seconds[workers]:.0f} s, start and loading with it"
        )
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(engine_times()))
