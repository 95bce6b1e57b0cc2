"""Forms of what is written, by a path's ending."""

from pathlib import Path
from typing import Any

import pytest

from understudy.errors import ArgumentError
from understudy.reports.writing import form


class Line:
    def to_html(self) -> str:
        return "<p>ä</p>"

    def to_dict(self) -> dict[str, Any]:
        return {"line": "ä"}

    def to_text(self) -> str:
        return "ä"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.html", "<p>ä</p>"),
        ("a.HTM", "<p>ä</p>"),
        ("a.b.json", '{\n "line": "ä"\n}\n'),
        ("a.md", "ä"),
        ("a.txt", "ä"),
    ],
)
def test_the_ending_says_how(name: str, said: str) -> None:
    assert form(Path(name), "report")(Line()) == said


@pytest.mark.parametrize("name", ["a.pdf", "html", ".json", "a."])
def test_another_ending_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"a comparison cannot be written as '{name}'") as caught:
        form(Path("there") / name, "comparison")
    assert caught.value.field == "output"
    assert caught.value.hint == "use .html, .htm, .json, .md, .txt"
