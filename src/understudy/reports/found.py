"""Who is found in rows that are partly real: the score `privacy.matching` in words and as lines of a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from understudy.metrics.measure import Measure
from understudy.reports.words import written

NAME = "privacy.matching"
HEADS = ("The intruder", "Found, expected", "Rightly, one match alone", "Wrong among these", "Matched by one row alone")
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
    keys, replaced = measure.parts["keys"], measure.parts["replaced"]
    text = f"Whoever knows {', '.join(keys)} of a person in it is expected to find {written(measure.value, 'percent')}"
    if not replaced:
        return f"{text} of the people, as if nothing had been replaced: no column of these was."
    return f"{text} of the people; {written(measure.ceiling, 'percent')} had nothing been replaced."


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
        "all_kept": "knows every judged column that stays real",
        "untouched": "matches by the same, had nothing been replaced",
    }
    return [(text, *_cells(ways[way])) for way, text in said.items()]


def _cells(figures: Mapping[str, Any]) -> tuple[str, ...]:
    shares = (written(figures[name], "percent") for name in ("expected", "true_rate", "false_rate"))
    return (*shares, f"{figures['unique']:,}")
