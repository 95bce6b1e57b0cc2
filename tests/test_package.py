"""Importing the package does nothing but make names known."""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

import understudy

ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent / "src")}
HEAVY = {"torch", "sklearn", "pandas", "scipy", "faker", "numba", "jinja2", "lightgbm", "numpy", "polars", "pyarrow"}
WATCH = """
import json, random, sys, warnings
filters, dice, before = list(warnings.filters), random.getstate(), set(sys.modules)
import understudy
print(json.dumps({
    "filters": filters == warnings.filters,
    "dice": dice == random.getstate(),
    "modules": sorted({name.split(".")[0] for name in set(sys.modules) - before}),
}))
"""
DICE = """
import numpy, warnings
numpy.random.seed(3)
state, filters = numpy.random.get_state(), list(warnings.filters)
import understudy as us
table = us.read("t.csv")
train, holdout = us.split(table, seed=0)
fake = us.fit(train).sample(20)
us.evaluate(train, fake, holdout=holdout)
after = numpy.random.get_state()
assert (state[1] == after[1]).all() and state[2:] == after[2:]
# The tables' library and numba may add filters when they are loaded; they are not ours to take away, nor to add to.
assert [each for each in warnings.filters if "understudy" in str(each)] == []
"""


def python(code: str, cwd: Path | None = None) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=ENV, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_import_is_quick() -> None:
    took, idle = [], []
    for _ in range(5):
        begun = perf_counter()
        python("pass")
        between = perf_counter()
        python("import understudy")
        took.append(perf_counter() - between)
        idle.append(between - begun)
    assert median(took) < 0.3, (took, idle)


def test_the_import_loads_nothing_and_touches_nothing() -> None:
    seen = json.loads(python(WATCH))
    assert seen["filters"]
    assert seen["dice"]
    assert not HEAVY & set(seen["modules"]), seen["modules"]


def test_work_leaves_the_global_dice_alone(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{row % 7},{'xyz'[row % 3]}\n" for row in range(120)))
    python(DICE, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_every_name_of_the_package_is_there() -> None:
    for name in understudy.__all__:
        assert getattr(understudy, name).__doc__, name
    assert set(understudy.__all__) <= set(dir(understudy))
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        understudy.__getattr__("fitt")
