"""The docs as code: everything there is, is documented; everything documented is there, and runs."""

import builtins
import re
import shlex
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any

import pytest
import typer

from understudy import errors
from understudy.cli.app import app
from understudy.data import semantics
from understudy.data.embedded import hotels_path
from understudy.data.schema import KINDS, Column
from understudy.data.schema_files import from_yaml as schema_of
from understudy.engines import registry
from understudy.metrics import catalogue as metrics
from understudy.plan.plan import ACTIONS, ColumnPlan, Plan
from understudy.plan.yaml import COLUMN_FIELDS
from understudy.plan.yaml import from_yaml as plan_of
from understudy.providers import catalogue as providers

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
COMMANDS: Mapping[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OTHER_TOOLS = {".", "cd", "python"}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def title(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(text: str, language: str) -> list[tuple[int, str]]:
    """Fenced blocks of a language, each with the line it begins on."""
    return [(text.count("\n", 0, m.start(2)) + 1, m[2]) for m in FENCE.finditer(text) if m[1] == language]


def prose(text: str) -> str:
    return FENCE.sub("", text)


def code(text: str) -> set[str]:
    """What stands between backticks outside of fenced blocks."""
    return {" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(text))}


def sections(text: str) -> dict[str, str]:
    """The body under each heading, down to the next one."""
    parts = re.split(r"^#{1,6} +(.+)$", FENCE.sub(lambda m: m[0].replace("\n#", "\n "), text), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def lacking(names: Iterable[str], text: str) -> list[str]:
    said = code(text)
    return [name for name in names if name not in said]


# --- what there is, is documented --------------------------------------------------------------------------------


def undocumented_commands(text: str) -> list[str]:
    found, wrong = sections(text), []
    for name, command in COMMANDS.items():
        if f"understudy {name}" not in found:
            wrong.append(f"understudy {name}")
            continue
        options = [each for param in command.params for each in param.opts if each.startswith("-")]
        wrong += [f"understudy {name} {each}" for each in lacking(options, found[f"understudy {name}"])]
    known = {f"understudy {name}" for name in COMMANDS}
    wrong += [f"no such command: {head}" for head in found if head.startswith("understudy ") and head not in known]
    return wrong


def undocumented_metrics(text: str) -> list[str]:
    found = sections(text)
    strange = [head for head in found if re.fullmatch(r"[a-z]+\.\w+", head) and head not in metrics.names()]
    return [name for name in metrics.names() if name not in found] + strange


def error_classes() -> dict[str, type]:
    return dict(getmembers(errors, lambda each: isclass(each) and issubclass(each, errors.UnderstudyError)))


def undocumented_errors(text: str) -> list[str]:
    found, known, wrong = sections(text), error_classes(), []
    for name, each in known.items():
        native = [base.__name__ for base in each.__mro__ if getattr(builtins, base.__name__, None) is base]
        if name not in found or native[0] not in code(found[name]):
            wrong.append(name)
    return wrong + [head for head in found if head != "Errors" and head not in known]


def undocumented_options(engine: str, text: str) -> list[str]:
    """Options whose row does not name their default and range, and rows of options there are not."""
    maker = getattr(import_module(f"understudy.engines.{engine}"), registry.entry(engine).maker)
    rows = {row[0]: row[1:] for row in table(text, "Option")}
    wrong = [f"no such option: {name}" for name in rows if name not in {each.name for each in fields(maker)}]
    for each in fields(maker):
        bounds = f"{each.metadata['low']:g} to {each.metadata['high']:g}"
        if rows.get(each.name, [])[:2] != [f"{each.default}", bounds]:
            wrong.append(f"{each.name}: {each.default}, {bounds}")
    return wrong


def table(text: str, head: str) -> list[list[str]]:
    """Cells of the Markdown table whose first head is this, backticks taken off."""
    lines = text.splitlines()
    start = next((place for place, line in enumerate(lines) if re.match(rf"\| *{head} *\|", line)), None)
    rows: list[list[str]] = []
    for line in lines[start + 2 :] if start is not None else []:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


def undocumented_providers(text: str) -> list[str]:
    return lacking(providers.names(), text)


def undocumented_schema(text: str) -> list[str]:
    wrong = lacking([*KINDS, *(each.name for each in fields(Column)), *semantics.PERSONAL], text)
    return wrong + [row[0] for row in table(text, "Kind") if row[0] not in KINDS]


def undocumented_plan(text: str) -> list[str]:
    known = {"version", *(each.name for each in fields(Plan))}
    found = sections(text)
    top, columns = found.get("Fields", ""), found.get("Columns", "")
    wrong = lacking(known, top) + lacking([*COLUMN_FIELDS, "schema", *ACTIONS], columns)
    wrong += lacking((each.name for each in fields(ColumnPlan)), text)
    return wrong + [row[0] for row in table(top, "Field") if row[0] not in known]


CHECKS = {
    "commands.md": undocumented_commands,
    "metrics.md": undocumented_metrics,
    "errors.md": undocumented_errors,
    "providers.md": undocumented_providers,
    "schema.md": undocumented_schema,
    "plan.md": undocumented_plan,
}


@pytest.mark.parametrize("name", CHECKS)
def test_everything_there_is_is_documented(name: str) -> None:
    assert not CHECKS[name](page(name))


@pytest.mark.parametrize("engine", registry.names())
def test_every_engine_has_a_page_with_its_options(engine: str) -> None:
    assert not undocumented_options(engine, page(f"methods/{engine}.md"))


def test_there_is_no_page_without_an_engine() -> None:
    assert sorted(path.stem for path in (DOCS / "methods").glob("*.md")) == registry.names()


# --- what is documented is there ---------------------------------------------------------------------------------


def wrong_commands(text: str) -> list[str]:
    """Lines of shell blocks, and commands between backticks, that could not run."""
    lines = [line for _, block in blocks(text, "sh") for line in block.splitlines() if line.strip()]
    lines += [span for span in code(text) if re.match(r"(understudy|make) [a-z]", span)]
    return [line for line in lines if not runs(line)]


def runs(line: str) -> bool:
    words = shlex.split(line, comments=True)
    if not words or words[0] in OTHER_TOOLS:
        return True
    if ">" in re.sub(r"'[^']*'", "", line):
        return False
    if words[0] == "make":
        return all(word in targets() for word in words[1:])
    return words[0] == "understudy" and parses([re.sub(r"^(COMMAND|DATA)$", "x", word) for word in words[1:]])


def parses(words: list[str]) -> bool:
    if words in (["--help"], ["--version"], ["x", "--help"]):
        return True
    if not words or words[0] not in COMMANDS:
        return False
    command, rest = COMMANDS[words[0]], words[1:]
    known = {each: param for param in command.params for each in param.opts}
    if all(word in known for word in rest):  # a mention, not a call: `understudy evaluate --schema`
        return True
    try:
        command.make_context(words[0], list(rest))
    except Exception:
        return False
    return True


def targets() -> set[str]:
    found = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return set(found[1].split()) if found else set()


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def dead_links(path: Path, text: str) -> list[str]:
    """Links to files or headings that are not there; addresses on the net are not followed."""
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose(text)) if "://" not in link and not leads(path, link)]


def leads(path: Path, link: str) -> bool:
    place, _, anchor = link.partition("#")
    goal = (path.parent / place).resolve() if place else path
    if not goal.exists() or not anchor:
        return goal.exists()
    return anchor in {slug(head) for head in sections(goal.read_text(encoding="utf-8"))}


def wrong_yaml(text: str) -> list[str]:
    """YAML blocks that are no plan or schema, as their first line calls them."""
    readers = {"# plan.yaml": plan_of, "# schema.yaml": schema_of}
    wrong = []
    for line, block in blocks(text, "yaml"):
        try:
            readers[block.splitlines()[0].strip()](block)
        except (KeyError, errors.UnderstudyError) as error:
            wrong.append(f"line {line}: {error}")
    return wrong


@pytest.mark.parametrize("path", PAGES, ids=title)
def test_commands_links_and_yaml_hold(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not wrong_commands(text)
    assert not dead_links(path, text)
    assert not wrong_yaml(text)


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        links = re.findall(r"\]\(([^)#\s]+)", prose(here.read_text(encoding="utf-8")))
        goals = [(here.parent / link).resolve() for link in links if "://" not in link]
        inside = [each for goal in goals for each in (goal.glob("*.md") if goal.is_dir() else [goal])]
        waiting += [goal for goal in inside if goal.suffix == ".md"]
    assert not [title(path) for path in PAGES if path not in seen]


def test_decisions_are_numbered_and_say_why() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))
    assert [path.name[:4] for path in records] == [f"{number:04d}" for number in range(1, len(records) + 1)]
    for path in records:
        assert {"Context", "Decision", "Consequences"} <= set(sections(path.read_text(encoding="utf-8"))), path.name


# --- the Python in the docs runs ---------------------------------------------------------------------------------

SPOKEN = [path for path in PAGES if blocks(path.read_text(encoding="utf-8"), "python")]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `understudy run guests.csv --out out` has been run."""
    from understudy.runs.run import run

    folder = tmp_path_factory.mktemp("docs")
    shutil.copy(hotels_path(), folder / "guests.csv")
    run(str(folder / "guests.csv"), folder / "out", target="room_rate")
    return folder


def execute(text: str, name: str) -> None:
    """All Python blocks of a page, one after the other, in one namespace."""
    namespace: dict[str, Any] = {"__name__": "documented"}
    for line, block in blocks(text, "python"):
        exec(compile("\n" * (line - 1) + block, name, "exec"), namespace)


@pytest.mark.parametrize("path", SPOKEN, ids=title)
def test_python_in_the_docs_runs(path: Path, workplace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(workplace, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    execute(path.read_text(encoding="utf-8"), title(path))


def test_what_the_readme_says_lies_in_the_folder(workplace: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in (workplace / "out").iterdir()} == {row[0] for row in table(readme, "File")}


# --- the checks can fail -----------------------------------------------------------------------------------------


def test_planted_gaps_are_seen() -> None:
    commands = page("commands.md")
    assert undocumented_commands(commands.replace("## understudy run", "## understudy rnu")) == [
        "understudy run",
        "no such command: understudy rnu",
    ]
    assert undocumented_commands(commands.replace("`--force`", "--force")) == ["understudy init --force"]
    assert undocumented_metrics(page("metrics.md").replace("### utility.tstr", "### utility.trts")) == [
        "utility.tstr",
        "utility.trts",
    ]
    assert undocumented_errors(page("errors.md").replace("## PlanError", "## PlainError")) == [
        "PlanError",
        "PlainError",
    ]
    assert undocumented_errors(page("errors.md").replace("`PermissionError`", "`OSError`")) == ["SourceDenied"]
    assert undocumented_providers(page("providers.md").replace("`uuid`", "uuid")) == ["uuid"]
    assert undocumented_schema(page("schema.md").replace("| `time` |", "| `tmie` |")) == ["tmie"]
    assert undocumented_schema(page("schema.md").replace("`fixed`", "fixed")) == ["fixed"]
    assert undocumented_plan(page("plan.md").replace("| `entity` |", "| `entty` |")) == ["entity", "entty"]
    assert undocumented_plan(page("plan.md").replace("`exempt`", "exempt")) == ["exempt", "exempt"]


def test_planted_options_are_seen() -> None:
    text = page("methods/trees.md")
    default = registry.load("trees").leaf  # type: ignore[attr-defined]
    assert undocumented_options("trees", text.replace(f"| `leaf` | {default} |", "| `leaf` | 1000 |"))
    assert undocumented_options("trees", text.replace("| `leaf` |", "| `loaf` |"))[0] == "no such option: loaf"


def test_planted_commands_links_and_snippets_are_seen(tmp_path: Path) -> None:
    lines = [
        "understudy rnu x.csv",
        "understudy run x.csv --uot y",
        "understudy sample m -o o --given a=>5",
        "make tea",
    ]
    assert wrong_commands("\n".join(["```sh", *lines, "```", ""])) == lines
    assert wrong_commands("Start it with `understudy serve`.") == ["understudy serve"]
    assert not wrong_commands("```sh\nunderstudy sample m -o o.csv --given 'a=>5'   # more\n```\n")
    here = tmp_path / "here.md"
    here.write_text("# Here\n")
    assert dead_links(here, "[a](there.md) [b](#here) [c](#nowhere) [d](https://example.org)") == [
        "there.md",
        "#nowhere",
    ]
    assert len(wrong_yaml("```yaml\n# plan.yaml\nrows: -1\n```\n\n```yaml\nrows: 1\n```\n")) == 2
    with pytest.raises(AttributeError):
        execute("```python\nimport understudy as us\n\nus.synthesise()\n```\n", "planted")
