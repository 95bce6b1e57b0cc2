"""Who is found in paired rows, in words: what stays real, who finds whom, and where that cannot be said."""

from typing import Any

import pytest

from understudy.metrics.measure import Measure
from understudy.reports.found import HEADS, lines, sentences
from understudy.reports.summary import Report
from understudy.reports.text import markdown

WAY = {"expected": 0.25, "true_rate": 0.1, "false_rate": None, "unique": 1_200}


def measure(**parts: Any) -> Measure:
    ways = {
        "known": WAY,
        "kept": {**WAY, "expected": 0.2},
        "untouched": {**WAY, "expected": 0.5},
        "all_kept": {**WAY, "expected": 1.0},
    }
    told = {"keys": ["age", "sex"], "replaced": ["age"], "kept": ["sex", "sick"], "names": [], "columns": 3} | parts
    figures = {"ceiling": 0.5, "floor": 0.2, "better": "low", "note": "so many"}
    return Measure("privacy.matching", 0.25, 0.2, 0.3, **figures, parts={**told, "ways": ways})


ATTACK = Measure(
    "privacy.identity", 0.4, 0.3, 0.5, 0.0, parts={"p": 1e-9, "success": 0.5, "control": 0.1}, better="low"
)


def test_sentences() -> None:
    assert sentences(measure()) == (
        "Rows are partly real: 2 of 3 columns hold their real cells. Whoever knows age, sex of a person in it is "
        "expected to find 25.0 % of the people (50.0 % had nothing been replaced); whoever knows all that stays real, "
        "100 %."
    )
    assert "as if nothing had been replaced" in sentences(measure(replaced=[]))
    assert sentences(measure(kept=[])).startswith("Whoever knows")
    assert sentences(measure(names=list("abcde"))).endswith("may name people: a, b, c and 2 more.")


def test_lines_name_each_intruder() -> None:
    found = lines(measure())
    assert [len(each) for each in found] == [len(HEADS)] * 4
    assert found[0] == ("matches by age, sex", "25.0 %", "1,200", "–", "10.0 %")
    assert found[1][0] == "matches by those that stay real: sex"
    assert lines(measure(replaced=["age", "sex"]))[1][0].endswith("none, picks any row")
    assert lines(Measure("privacy.matching", None, note="why not")) == []


@pytest.mark.parametrize(("kept", "said"), [(["sex"], "Its rows are partly real: guard"), ([], "Gives training rows")])
def test_the_headline_says_that_rows_are_partly_real(kept: list[str], said: str) -> None:
    """The verdict itself stays that of the attacks."""
    found = Report((ATTACK, measure(kept=kept))).verdict
    assert found.headline.startswith(said)
    assert (found["privacy"].word, found["privacy"].light) == ("unsafe", "poor")
    assert sentences(measure(kept=kept)) in found["privacy"].text
    assert Report((ATTACK,)).verdict["privacy"].word == "unsafe"


def test_without_a_holdout_it_is_told_all_the_same() -> None:
    found = Report((measure(),)).verdict["privacy"]
    assert found.word == "not judged"
    assert "25.0 % of the people" in found.text


def test_page_and_text() -> None:
    report = Report((ATTACK, measure(keys=["<b>", "a|b"])))
    assert "matches by &lt;b&gt;, a|b" in report.to_html()
    assert "<b>,</td>" not in report.to_html()
    assert "matches by \\<b>, a\\|b" in markdown(report)
    assert "20.0 – 30.0 %" in report.to_html()
    why = Report((Measure("privacy.matching", None, note="no column is judged", better="low"),))
    assert "no column is judged" in why.to_html()
    assert "Found again" not in Report((ATTACK,)).to_html() + markdown(Report((ATTACK,)))
    assert Report.from_json(report.to_json()) == report
