"""The page on constraints as code: every kind has its section, and all that is written there is read and runs."""

import re
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from understudy.data.embedded import hotels_path
from understudy.rules.constraints import KINDS, Constraint, read

PAGE = (Path(__file__).parents[3] / "docs" / "constraints.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def said(text: str) -> list[Any]:
    found = [YAML(typ="rt").load(block) for language, block in FENCE.findall(text) if language == "yml"]
    return [each for block in found for each in (block if isinstance(block, list) else block["constraints"])]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_section_whose_yaml_is_read(kind: str) -> None:
    constraints = [read(each) for each in said(SECTIONS[kind])]
    assert constraints
    assert {each.kind for each in constraints} == {kind}
    assert all(read(each.to_plain()) == each for each in constraints)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_shown_or_named(kind: str) -> None:
    names = [each.name for each in fields(KINDS[kind]) if each.init]  # type: ignore[arg-type]
    assert [name for name in names if name not in SECTIONS[kind]] == []


def test_the_first_example_and_the_table_name_what_there_is() -> None:
    assert len(said(PAGE.split("## ")[0])) == 3
    rows = re.findall(r"^\| `(\w+)` \| (one row|the table) \|", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == list(KINDS)
    examples: dict[str, Constraint] = {each.kind: each for kind in KINDS for each in map(read, said(SECTIONS[kind]))}
    assert {name for name, looks in rows if looks == "the table"} == {
        name for name, each in examples.items() if each.whole
    }


def test_the_rules_of_nulls_are_those_there_are() -> None:
    from understudy.rules.constraints.remembered import RULES

    assert re.findall(r"^\| `(\w+)` \|", SECTIONS["nulls"], re.MULTILINE) == ["rule", *RULES]


def test_the_python_runs_and_gives_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(hotels_path(), tmp_path / "guests.csv")
    monkeypatch.chdir(tmp_path)
    (block,) = [block for language, block in FENCE.findall(PAGE) if language == "python"]
    scope: dict[str, Any] = {}
    exec(block, scope)
    rates = scope["frame"]["room_rate"]
    assert scope["met"].all()
    assert scope["wrong"] == [0, rates.filter((rates < 80) | (rates > 280)).len()]
    assert str(scope["ends"]) == block.strip().rpartition("# ")[2]
