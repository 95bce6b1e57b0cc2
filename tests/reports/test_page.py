"""The page: self-contained, escaped, readable by a machine, small for wide tables."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.schema import Column, Schema
from understudy.data.table import Table
from understudy.metrics.measure import Measure
from understudy.reports import plots
from understudy.reports.associations import Pairs, associations, pairs
from understudy.reports.pictures import Bar, Picture, pictures
from understudy.reports.summary import Report
from understudy.reports.text import markdown, rendering

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a & b",
    "emoji 🦆 عربى",
    "line\nbreak\x00",
    "",
    "{{ 7*7 }}",
)


class Seen(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br", "path", "rect", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("path", "rect", "circle"):
            assert self.open.pop() == tag


def seen(page: str) -> Seen:
    parser = Seen()
    parser.feed(page)
    assert not parser.open
    return parser


def table(names: list[str], rows: int, seed: int) -> Table:
    rng = np.random.Generator(np.random.Philox(seed))
    data = {name: rng.integers(0, 40, rows) if place % 2 else rng.choice(list("abcdefghij"), rows)
            for place, name in enumerate(names)}  # fmt: skip
    kinds = ("categorical", "integer")
    return Table(pl.DataFrame(data), schema=Schema(tuple(Column(n, kinds[i % 2]) for i, n in enumerate(names))))


def made(names: list[str], rows: int = 400) -> Report:
    real, synthetic = table(names, rows, 1), table(names, rows, 2)
    rng = np.random.Generator(np.random.Philox(3))
    score = rng.uniform(0.8, 1, (len(names), len(names)))
    parts = {"names": names, "score": ((score + score.T) / 2).tolist()}
    measures = (
        Measure("fidelity.shapes", 0.98, 0.97, 0.99, 0.99, 0.99, {"by": dict.fromkeys(names, 0.9)}),
        Measure("fidelity.pairs", 0.95, 0.94, 0.96, 0.99, 0.9),
        Measure("privacy.copies", None, note="<b>no</b> holdout"),
    )
    ledger = tuple(
        {"column": name, "what": "merged", "rows": 3, "values": None, "text": f"<i>{name}</i>"} for name in names
    )
    shown = pictures(real, synthetic)
    return Report(measures, shown, pairs(real.frame, synthetic.frame, names, parts), ledger, {"seed": 0}, names[0])


def test_hostile_names_stay_text() -> None:
    page = made(list(HOSTILE)).to_html()
    tags = seen(page).tags
    assert "script" not in tags
    assert "img" not in tags
    assert "<i>" not in page
    assert "{{ 7*7 }}" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "🦆" in page
    assert "\x00" not in page


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.integers(0, 30))
def test_clean_text_holds_no_markup(text: str, most: int) -> None:
    shown = plots.clean(text, most)
    assert not set('<>"') & set(shown)
    assert all(sign.isprintable() for sign in shown)
    ET.fromstring(f"<a b='{shown}'>{shown}</a>")


def test_the_page_needs_no_network_and_no_script() -> None:
    page = made(["a", "b", "c"]).to_html()
    found = seen(page)
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(found.tags)
    names = {name for name, _ in found.attributes}
    assert not {"style", "src", "href", "srcset"} & names
    assert not any(name.startswith("on") for name in names)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", page)


def test_the_policy_names_the_style_sheet() -> None:
    from base64 import b64encode
    from hashlib import sha256

    page = made(["a", "b"]).to_html()
    style = page.split("<style>")[1].split("</style>")[0]
    assert f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}" in page
    assert "default-src 'none'" in page


def test_every_plot_is_well_formed_and_named() -> None:
    page = made([f"column {place}" for place in range(6)]).to_html()
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(drawings) > 10
    for drawing in drawings:
        root = ET.fromstring(drawing)
        assert root.get("aria-hidden") or (root.get("role") == "img" and root.get("aria-label"))


def test_sizes() -> None:
    wide = made([f"column number {place}" for place in range(50)]).to_html()
    assert len(wide.encode()) < 1_000_000
    widest = made([f"column number {place}" for place in range(300)], rows=200).to_html()
    assert len(widest.encode()) < 2_500_000
    assert "288 more columns" in widest


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.5, 1.0, 1.3, -2.0, None])
def test_scales_take_any_value(value: float | None) -> None:
    for name in (
        "fidelity.shapes",
        "fidelity.c2st_train",
        "utility.tstr",
        "privacy.copies",
        "privacy.distance_p5",
        "x.y",
    ):
        drawing = plots.scale(Measure(name, value, value, value, 0.5, 0.2))
        assert (drawing == "") == (value is None)
        if drawing:
            ET.fromstring(drawing)
            assert "nan" not in drawing


def test_marks_stand_in_order() -> None:
    drawing = plots.scale(Measure("fidelity.pairs", 0.95, 0.94, 0.96, 0.98, 0.92))
    value = float(re.search(r'class="value" cx="([\d.]+)"', drawing)[1])  # type: ignore[index]
    ceiling = float(re.search(r'class="ceiling" x="([\d.]+)"', drawing)[1])  # type: ignore[index]
    floor = float(re.search(r'class="floor" d="M([\d.]+)', drawing)[1])  # type: ignore[index]
    assert floor < value < ceiling


def test_a_bar_is_as_high_as_its_share() -> None:
    bars = (Bar("a", "", 0.25, 0.5), Bar("b", "1", 0.75, 0.5))
    root = ET.fromstring(plots.column(Picture("x", "integer", "ordered", bars)))
    heights = [float(each.get("height", 0)) for each in root.iter("rect") if each.get("class") == "real"]
    assert heights[1] == pytest.approx(3 * heights[0], rel=0.01)


def test_association_is_1_for_what_decides_and_0_for_noise() -> None:
    rng = np.random.Generator(np.random.Philox(4))
    x = rng.normal(size=5000)
    frame = pl.DataFrame({"x": x, "same": -3 * x, "noise": rng.permutation(x), "one": np.ones(5000)})
    (real, other) = associations(frame, frame.with_columns(pl.col("same").shuffle(seed=1)), frame.columns)
    assert real[0][1] == pytest.approx(1, abs=0.01)
    assert real[0][2] == pytest.approx(0, abs=0.03)
    assert other[0][1] == pytest.approx(0, abs=0.03)
    assert real[0][3] is None
    assert real[0][0] is None
    assert np.array_equal(np.array(real, float), np.array(real, float).T, equal_nan=True)


def test_association_equals_the_formula() -> None:
    rng = np.random.Generator(np.random.Philox(5))
    a = rng.integers(0, 3, 300)
    b = (a + rng.integers(0, 2, 300)) % 4
    frame = pl.DataFrame({"a": [f"l{each}" for each in a], "b": [f"m{each}" for each in b]})
    counts = np.zeros((3, 4))
    np.add.at(counts, (a, b), 1)
    expected = np.outer(counts.sum(1), counts.sum(0)) / 300
    phi = ((counts - expected) ** 2 / expected).sum() / 300
    clean = max(0, phi - 2 * 3 / 299)
    wanted = np.sqrt(clean / min(2 - 4 / 299, 3 - 9 / 299))
    assert associations(frame, frame, ["a", "b"])[0][0][1] == pytest.approx(wanted, abs=1e-3)


def test_a_wide_table_shows_the_columns_of_its_worst_pairs() -> None:
    names = [f"c{place}" for place in range(60)]
    frame = table(names, 50, 1).frame
    score = np.ones((60, 60))
    score[58, 59] = score[59, 58] = 0.1
    shown = pairs(frame, frame, names, {"names": names, "score": score.tolist()})
    assert len(shown.columns) == 40
    assert {"c58", "c59"} <= set(shown.columns)
    assert shown.worst[0] == ("c58", "c59", 0.1)


def test_nothing_to_pair() -> None:
    assert pairs(pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [1, 2]}), ["a"], {}) == Pairs()


def test_text_says_verdict_scores_and_ledger() -> None:
    report = made(["a|b", "c"])
    text = markdown(report)
    assert report.verdict.headline in text
    assert "a\\|b" in text
    assert "| Column shapes" in text
    lines = [line for line in text.splitlines() if line.startswith("| Column")]
    assert lines


def test_the_terminal_shows_the_same() -> None:
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    Console(file=out, width=140).print(rendering(made(["[bold]a", "b"])))
    assert "Column shapes" in out.getvalue()
    assert "Fidelity" in out.getvalue()
