"""Who is found in rows that are partly real: the score `privacy.matching` in words and as lines of a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from understudy.metrics.measure import Measure
from understudy.reports.words import written

NAME = "privacy.matching"
HEADS = ("The intruder", "Found, expected", "Matched by one row alone", "Wrong among those", "Rightly, of all")
EXPLAINED = (
    "Of c rows that match a person, each is as likely to be theirs: found is 1/c of a person whose own row is among "
    "them. A number that was drawn anew matches within its group. Drawn values may lead astray: the larger of the "
    "first two counts."
)
NAMED = 3


def partly_real(known: Mapping[str, Measure]) -> bool:
    """Whether rows were judged in pairs, and hold real cells."""
    return NAME in known and bool(known[NAME].parts["kept"])


def sentences(measure: Measure) -> str:
    """How real the rows are, and what an intruder finds."""
    parts = measure.parts
    kept = len(parts["kept"])
    real = f"Rows are partly real: {kept} of {parts['columns']} columns hold their real cells. " if kept else ""
    return f"{real}{_found(measure)}{_naming(parts['names'])}"


def _found(measure: Measure) -> str:
    parts, share = measure.parts, written(measure.value, "percent")
    text = f"Whoever knows {', '.join(parts['keys'])} of a person in it is expected to find {share} of the people"
    if parts["replaced"]:
        text += f" ({written(measure.ceiling, 'percent')} had nothing been replaced)"
    else:
        text += ", as if nothing had been replaced: no column of these was"
    if "all_kept" in parts["ways"]:
        text += f"; whoever knows all that stays real, {written(parts['ways']['all_kept']['expected'], 'percent')}"
    return f"{text}."


def _naming(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" Keys, free text or personal data stay real too and may name people: {', '.join(names[:NAMED])}{more}."


def lines(measure: Measure) -> list[tuple[str, ...]]:
    """Each intruder with what is found, as cells under `HEADS`; none where the score has no value."""
    if measure.value is None:
        return []
    parts, ways = measure.parts, measure.parts["ways"]
    left = [name for name in parts["keys"] if name not in parts["replaced"]]
    said = {
        "known": f"matches by {', '.join(parts['keys'])}",
        "kept": f"matches by those that stay real: {', '.join(left) or 'none, picks any row'}",
        "untouched": "matches by the first, had nothing been replaced",
        "all_kept": "knows every judged column that stays real",
    }
    return [(text, *_cells(ways[way])) for way, text in said.items() if way in ways]


def _cells(figures: Mapping[str, Any]) -> tuple[str, ...]:
    expected, false, true = (written(figures[name], "percent") for name in ("expected", "false_rate", "true_rate"))
    return expected, f"{figures['unique']:,}", false, true
