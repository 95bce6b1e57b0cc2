"""The catalogue of engines: one file in this folder each, read without importing it.

An engine's module has a docstring whose first line is its catalogue line, and `__all__` with the one class that is the
engine. Everything else in the folder is no engine.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from understudy.engines.contract import Engine
from understudy.errors import ArgumentError, UnknownEngine, nearest


@dataclass(frozen=True)
class Entry:
    """One engine in the catalogue.

    Attributes:
        name: module name.
        summary: first line of its docstring.
        maker: name of its class.
        meets: how it meets conditions: exact, weighted or rejected.
    """

    name: str
    summary: str
    maker: str
    meets: str


@cache
def _catalogue() -> Mapping[str, Entry]:
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        makers = [
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        ]
        if makers:
            summary = (ast.get_docstring(tree) or "").splitlines()[0]
            found[path.stem] = Entry(path.stem, summary, makers[0][0], _meets(tree))
    return found


def _meets(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "meets" and node.value:
            return str(ast.literal_eval(node.value))
    return "rejected"


def names() -> list[str]:
    """Names of the engines there are."""
    return list(_catalogue())


def entry(name: str) -> Entry:
    """The catalogue entry of an engine.

    Raises:
        UnknownEngine: there is none of that name; the nearest is suggested.
    """
    if name not in _catalogue():
        raise UnknownEngine(f"no engine '{name}'", hint=nearest(name, names()), field="engine")
    return _catalogue()[name]


def load(name: str, **options: Any) -> Engine:
    """An engine with these hyper-parameters.

    Raises:
        UnknownEngine: there is none of that name.
        ArgumentError: it has no such hyper-parameter, or the value is out of range.
    """
    found = entry(name)
    maker = getattr(import_module(f"understudy.engines.{name}"), found.maker)
    known = [each.name for each in fields(maker)]
    for option in options:
        if option not in known:
            raise ArgumentError(
                f"engine '{name}' has no option '{option}'", hint=nearest(option, known), field=f"engine.{option}"
            )
    return maker(**options)
