"""The house rules as code: the order of rooms, their bans, the size of files, the names of rooms."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "understudy"
ORDER = [
    "errors",
    "execution",
    "kernels",
    "privacy",
    "data",
    "providers",
    "encoding",
    "rules",
    "masking",
    "engines",
    "plan",
    "models",
    "metrics",
    "reports",
    "runs",
    "cli",
    "web",
]
BANS = {
    "engines": {"data", "rules", "masking"},
    "metrics": {"encoding", "rules", "masking", "engines", "plan", "models"},
    "kernels": {"data"},
}
FORBIDDEN_NAMES = {"utils", "common", "core", "misc", "helpers"}
FACADES = {"__init__", "__main__"}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Rooms that a module imports, wherever in its body, relative imports included."""
    found: set[str] = set()
    package = ["understudy", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{stem}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("understudy.")}
    return found & set(ORDER)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_up_the_list_only(path: Path) -> None:
    here = room(path)
    if here in FACADES:
        return
    assert here in ORDER, f"{here} is no room of the house"
    above = set(ORDER[: ORDER.index(here) + 1])
    wrong = imported_rooms(path) - above
    banned = imported_rooms(path) & BANS.get(here, set())
    assert not wrong, f"{path.name} imports {wrong}, which lie below {here}"
    assert not banned, f"{path.name} imports {banned}, which {here} must not know"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_short_and_well_named(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400
    parts = [part.removesuffix(".py") for part in path.relative_to(ROOT).parts]
    assert not FORBIDDEN_NAMES & set(parts)
    assert not any(part.startswith("base_") for part in parts)


def test_a_planted_violation_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    planted = tmp_path / "data" / "wrong.py"
    planted.parent.mkdir()
    planted.write_text("def late():\n    from ..engines import trees\n    from understudy import models\n")
    assert imported_rooms(planted) == {"engines", "models"}
