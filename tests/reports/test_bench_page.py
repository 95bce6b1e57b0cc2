"""The picture of time against fidelity, and the page, table and figures of a benchmark."""

import csv as reader
import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.reports.bench_page import csv, page, plain
from understudy.reports.front import APART, RIGHT, SIGN, front
from understudy.reports.standings import FIGURES, Line, standings

LINE = Line("adult", "trees", 0, "income", 0.2, 1000, 48842, 15)
PLACES = st.lists(st.tuples(st.floats(0.01, 5000), st.floats(0.4, 1.0)), min_size=1, max_size=9)


def lines(places: list[tuple[float, float]], data: str = "adult") -> list[Line]:
    names = [f"{'peer:' if number % 2 else ''}engine-{number}" for number in range(len(places))]
    return [
        replace(LINE, data=data, engine=name, figures={"cpu": cpu, "c2st_holdout": area, "c2st_real": 0.5})
        for name, (cpu, area) in zip(names, places, strict=True)
    ]


def drawn(places: list[tuple[float, float]]) -> ET.Element:
    return ET.fromstring(front(standings(lines(places))))


def points(picture: ET.Element) -> dict[str, tuple[float, float]]:
    """Coordinates by engine, from what each point says on being pointed at."""
    found = {}
    for each in picture:
        title = each.find("title")
        if title is None or not (each.get("class") or "").startswith(("own", "peer")):
            continue
        if each.tag == "circle":
            x, y = float(each.get("cx", "")), float(each.get("cy", ""))
        else:
            x, y = (float(part) for part in each.get("d", "")[1:].split("m")[0].split())
        found[(title.text or "").partition(": C2ST")[0]] = (x, y)
    return found


@given(PLACES)
def test_points_stand_where_their_figures_say(places: list[tuple[float, float]]) -> None:
    found = points(drawn(places))
    asked = {line.engine: (line.figures["cpu"], line.figures["c2st_holdout"]) for line in lines(places)}
    assert set(found) == set(asked)
    for a, (cpu_a, area_a) in asked.items():
        for b, (cpu_b, area_b) in asked.items():
            assert cpu_a is not None
            assert cpu_b is not None
            if cpu_a < cpu_b:
                assert found[a][0] <= found[b][0]
            if max(area_a or 0, 0.5) < max(area_b or 0, 0.5):
                assert found[a][1] >= found[b][1]


@given(PLACES)
def test_labels_do_not_cover_one_another_or_leave_the_picture(places: list[tuple[float, float]]) -> None:
    boxes = []
    for text in drawn(places).iter("text"):
        kind = (text.get("class") or "").split()
        if "label" not in kind:
            continue
        width = SIGN * len(text.text or "")
        x, y = float(text.get("x", "")), float(text.get("y", ""))
        boxes.append((x - width if "right" in kind else x, x if "right" in kind else x + width, y))
    assert len(boxes) == len(places)
    for number, (left, right, y) in enumerate(boxes):
        assert left >= 0
        assert right <= RIGHT + 12
        for other in boxes[number + 1 :]:
            assert right < other[0] + 0.2 or other[1] < left + 0.2 or abs(y - other[2]) >= APART - 0.2


def test_only_the_front_is_filled() -> None:
    picture = drawn([(1.0, 0.9), (2.0, 0.6), (3.0, 0.7)])
    marks = [each.get("class") for each in picture if each.tag == "circle" or "peer" in (each.get("class") or "")]
    assert sorted(mark for mark in marks if mark) == ["own", "own on", "peer on"]


def test_without_figures_there_is_no_picture() -> None:
    assert front(standings([replace(LINE, failed="too long")])) == ""


FOUND = [
    *lines([(1.0, 0.9), (200.0, 0.6)]),
    *(replace(each, seed=1) for each in lines([(1.5, 0.8), (210.0, 0.61)])),
    replace(LINE, engine="peer:slow", failed="ended at the cap of 5 s"),
    *lines([(1.0, 0.5)], data="other"),
]


def test_the_page_holds_everything_and_needs_nothing() -> None:
    text = page(standings(FOUND), FOUND)
    for word in ("3 engines on 2 data sets", "engine-0", "peer:engine-1", "peer:slow", "ended at the cap", "0.850"):
        assert word in text, word
    assert text.count("<svg") == 2
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=", text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    assert f"sha256-{b64encode(sha256(style[1].encode()).digest()).decode()}" in text


@pytest.mark.parametrize("field", ["data", "engine", "target", "failed", "machine"])
def test_nothing_reaches_the_page_unescaped(field: str) -> None:
    bad = [replace(each, **{field: "<script>alert(1)</script>"}) for each in FOUND]
    text = page(standings(bad), bad)
    assert "<script" not in text
    assert "&lt;script" in text


def test_the_table_is_read_back() -> None:
    rows = list(reader.DictReader(StringIO(csv(standings(FOUND)))))
    assert len(rows) == 4
    assert all(None not in row and None not in row.values() for row in rows)
    first = next(row for row in rows if row["engine"] == "engine-0" and row["data"] == "adult")
    assert float(first["c2st_holdout"]) == pytest.approx(0.85)
    assert float(first["c2st_holdout_low"]) < 0.85 < float(first["c2st_holdout_high"])
    assert (first["seeds"], first["front"], first["tstr"]) == ("2", "1", "")
    assert {f"{name}_low" for name in FIGURES} < set(first)
    assert next(row for row in rows if row["engine"] == "peer:slow")["failed"] == "ended at the cap of 5 s"


def test_the_figures_are_read_back() -> None:
    known = json.loads(plain(standings(FOUND), FOUND))
    assert [Line(**each) for each in known["lines"]] == FOUND
    assert [each["engine"] for each in known["standings"]] == [each.engine for each in standings(FOUND)]
