"""The report as text: Markdown that also reads as plain text, and a rich rendering for the terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from understudy.metrics.measure import Measure
from understudy.reports import found
from understudy.reports.html import column_scores, flat, ledger
from understudy.reports.words import TOPICS, interval, topics, words, written

if TYPE_CHECKING:
    from understudy.reports.summary import Report

SIGNS = {"good": "✓", "fair": "!", "poor": "✗", "none": "–"}
COLOURS = {"good": "green", "fair": "yellow", "poor": "red", "none": "bright_black"}
WORST = 12
HEADS = ("Score", "Value", "95 % interval", "Real sample", "Unrelated")


def cells(measure: Measure) -> tuple[str, str, str, str, str]:
    """A score as the cells of a line: title, value, interval, ceiling, floor."""
    said = words(measure)
    references = (measure.ceiling, measure.floor)
    shown = [written(value, said.style) if value is not None else "" for value in references]
    return said.title, written(measure.value, said.style), interval(measure), *shown  # type: ignore[return-value]


def markdown(report: "Report") -> str:
    """The report as Markdown: verdict, scores, worst columns and pairs, ledger, provenance."""
    parts = [
        f"# {inline(report.name)}\n\n**{report.verdict.headline}**",
        "\n".join(
            f"- {SIGNS[each.light]} {TOPICS[each.topic][0]}: {each.word}. {inline(each.text)}"
            for each in report.verdict.findings
        ),
        *(f"## {title}\n\n{table(HEADS, map(cells, scores))}" for title, _, scores in topics(report.measures)),
        *again(report),
        *worst(report),
        *(
            f"## {inline(what.capitalize())}\n\n{table(('Column', 'What happened'), told(entries))}"
            for what, entries in ledger(report)
        ),
    ]
    facts = flat(report.provenance)
    if facts:
        parts.append("## Provenance\n\n" + "\n".join(f"- {inline(name)}: {inline(value)}" for name, value in facts))
    return "\n\n".join(parts) + "\n"


def again(report: "Report") -> list[str]:
    """Who is found by whom, where rows were judged in pairs."""
    lines = found.lines(report[found.NAME]) if found.NAME in report else []
    return [f"## Found again\n\n{table(found.HEADS, lines)}\n\n{found.EXPLAINED}"] if lines else []


def worst(report: "Report") -> list[str]:
    """The columns and pairs that agree least."""
    columns = sorted(column_scores(report).items(), key=lambda each: each[1])[:WORST]
    rows = [(name, written(score, "percent")) for name, score in columns]
    couples = [(f"{a} and {b}", written(score, "percent")) for a, b, score in report.pairs.worst]
    return [
        f"## {title}\n\n{table((head, 'Score'), lines)}"
        for title, head, lines in (("Least alike columns", "Column", rows), ("Least alike pairs", "Pair", couples))
        if lines
    ]


def told(entries: Iterable[Any]) -> list[tuple[str, str]]:
    """Lines of the ledger."""
    return [(str(entry.get("column", "")), str(entry.get("text", ""))) for entry in entries]


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table with its columns aligned, so that it reads as plain text too."""
    lines = [heads, *([inline(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    return "\n".join([drawn[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *drawn[1:]])


def inline(text: str) -> str:
    """Text on one line in which no character can end a table cell or start markup."""
    shown = "".join(sign if sign.isprintable() else " " for sign in str(text))
    shown = " ".join(shown.split())
    for sign in "\\|`*_<[":
        shown = shown.replace(sign, f"\\{sign}" if sign != "_" else sign)
    return shown


def rendering(report: "Report") -> Any:
    """The verdict and the scores for a terminal, a rich renderable.

    Print it with `rich.console.Console().print(rendering(report))`.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    lines: list[Any] = [Text(report.verdict.headline, style="bold"), Text()]
    for finding in report.verdict.findings:
        colour = COLOURS[finding.light]
        line = Text(f" {SIGNS[finding.light]} ", style=f"bold {colour}")
        line.append(f"{TOPICS[finding.topic][0]}: {finding.word}", style=colour)
        lines.append(line.append(f"  {finding.text}", style="dim"))
    shown = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for head in HEADS:
        shown.add_column(head, justify="left" if head == HEADS[0] else "right")
    for title, _, scores in topics(report.measures):
        shown.add_row(Text(title, style="bold"))
        for measure in scores:
            name, *figures = cells(measure)
            shown.add_row(Text(f"  {name}"), *(Text(figure) for figure in figures))
    return Group(*lines, Text(), shown)
