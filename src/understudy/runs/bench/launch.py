"""Stands between a measured command and who asked for it: `python -m understudy.runs.bench.launch CAP COMMAND…`.

A process counts the memory of the one it was forked from as its own peak, so that a small one must come between. It
ends the command and all its children at the cap (seconds; 0 for none), or when whoever holds its stdin goes away, and
says how things went as one line of JSON on stdout.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from time import perf_counter

BYTES = 1 if sys.platform == "darwin" else 1024


def main(cap: float, command: list[str]) -> None:
    """Run the command and tell its exit code, wall time in seconds, peak memory in bytes, and whether it was ended."""
    begun = perf_counter()
    quiet, said = subprocess.DEVNULL, sys.stderr
    child = subprocess.Popen(command, stdin=quiet, stdout=said, start_new_session=True)  # noqa: S603 - as asked
    threading.Thread(target=_watch, args=(child,), daemon=True).start()
    late = False
    try:
        code = child.wait(cap if cap > 0 else None)
    except subprocess.TimeoutExpired:
        late = True
        code = _end(child)
    finally:
        if child.returncode is None:
            _end(child)
    sys.stdout.write(json.dumps([code, perf_counter() - begun, _peak(), late]))


def _watch(child: subprocess.Popen) -> None:
    sys.stdin.read()
    _end(child)
    os._exit(1)


def _end(child: subprocess.Popen) -> int:
    """Kill the command's whole group."""
    if child.poll() is None:
        if sys.platform == "win32":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


def _peak() -> int | None:
    """The largest resident set among the processes waited for, None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * BYTES


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
