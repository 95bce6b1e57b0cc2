"""The catalogue of engines."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields

import pytest

from understudy.engines import registry
from understudy.errors import ArgumentError, UnknownEngine


def test_the_catalogue_names_every_engine_with_a_line() -> None:
    assert {"trees", "independent", "bootstrap"} <= set(registry.names())
    for name in registry.names():
        entry = registry.entry(name)
        assert entry.name == name
        assert len(entry.summary) > 20
        assert entry.meets in ("exact", "weighted", "rejected")
        assert entry.meets == registry.load(name).meets
        assert type(registry.load(name)).__name__ == entry.maker


def test_the_catalogue_is_read_without_importing_an_engine() -> None:
    code = (
        "import sys; from understudy.engines import registry; registry.names(); "
        "sys.exit(any(m in sys.modules for m in ('numba', 'understudy.engines.trees', 'sklearn', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_engines_are_frozen_and_described() -> None:
    for name in registry.names():
        engine = registry.load(name)
        with pytest.raises(FrozenInstanceError):
            engine.anything = 1  # type: ignore[attr-defined]
        for option in fields(engine):  # type: ignore[arg-type]
            assert {"low", "high", "help"} <= set(option.metadata)


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(UnknownEngine, match="did you mean 'trees'") as caught:
        registry.load("tree")
    assert caught.value.field == "engine"
    with pytest.raises(LookupError):
        registry.load("nothing like it")
    with pytest.raises(ArgumentError, match="did you mean 'leaf'") as wrong:
        registry.load("trees", leef=3)
    assert wrong.value.field == "engine.leef"
    with pytest.raises(ArgumentError):
        registry.load("bootstrap", leaf=3)


@pytest.mark.parametrize("value", [0, -1, 10**9, "many", True, float("nan")])
def test_options_out_of_range_are_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="leaf") as caught:
        registry.load("trees", leaf=value)
    assert caught.value.field == "engine.leaf"
