"""Lines that outlive an interruption."""

from dataclasses import replace
from pathlib import Path

import pytest

from understudy import errors
from understudy.reports.standings import Line
from understudy.runs.bench.ledger import Ledger

LINE = Line("adult", "trees", 0, "income", 0.2, 1000, 48842, 15, {"fit": 1.25, "tstr": None}, "", "0.1.0", "a machine")


def test_lines_come_back(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    lines = [LINE, replace(LINE, seed=1), replace(LINE, engine="peer:čárt", figures={}, failed="no\nluck")]
    ledger = Ledger(path)
    assert not list(ledger)
    for line in lines:
        assert not ledger.holds(line)
        ledger.add(line)
    assert list(ledger) == list(Ledger(path)) == lines
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3
    assert all(Ledger(path).holds(line) for line in lines)


def test_a_later_line_replaces_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    ledger = Ledger(path)
    newer = replace(LINE, figures={"fit": 2.0})
    for line in (LINE, replace(LINE, seed=1), newer):
        ledger.add(line)
    assert list(ledger) == list(Ledger(path)) == [newer, replace(LINE, seed=1)]


@pytest.mark.parametrize(
    "change",
    [{"target": "age"}, {"holdout": 0.1}, {"long": 0}, {"rows": 5}, {"columns": 2}, {"seed": 3}, {"data": "other"}],
)
def test_a_line_stands_only_for_what_was_asked_alike(tmp_path: Path, change: dict) -> None:
    ledger = Ledger(tmp_path / "lines.jsonl")
    ledger.add(LINE)
    assert ledger.holds(replace(LINE, figures={}, machine="another"))
    assert not ledger.holds(replace(LINE, **change))


def test_a_line_cut_off_is_dropped_and_the_next_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    Ledger(path).add(LINE)
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole + whole[:40], encoding="utf-8")
    ledger = Ledger(path)
    assert list(ledger) == [LINE]
    ledger.add(replace(LINE, seed=1))
    assert len(list(Ledger(path))) == 2


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"a": 1}\n')
    with pytest.raises(errors.SourceError, match=r"no line of a benchmark \(.*lines.jsonl, line 1\)"):
        Ledger(path)
