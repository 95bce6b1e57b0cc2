"""A benchmark written down: as one page, as a table for spreadsheets, as figures for programs."""

import json
from base64 import b64encode
from collections.abc import Sequence
from csv import writer
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from io import StringIO
from typing import TYPE_CHECKING, Any

from understudy.reports.front import front
from understudy.reports.html import HERE
from understudy.reports.plots import clean
from understudy.reports.standings import FIGURES, PEER, Line, Standing, written

if TYPE_CHECKING:
    from jinja2 import Template

FORMAT, VERSION = "understudy bench", 1
COST = ("encode", "fit", "sample", "long", "cpu", "peak", "size")
HEADS = ("data", "engine", "rows", "columns", "target", "seeds", "front", "failed")


def plain(found: Sequence[Standing], lines: Sequence[Line]) -> str:
    """Means and lines as JSON."""
    known = {
        "format": FORMAT,
        "version": VERSION,
        "standings": [each.to_dict() for each in found],
        "lines": [asdict(line) for line in lines],
    }
    return json.dumps(known, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def csv(found: Sequence[Standing]) -> str:
    """A row for each engine and data set: every figure's mean, with the ends of its interval behind it."""
    text = StringIO()
    out = writer(text, lineterminator="\n")
    out.writerow([*HEADS, *(f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high"))])
    for each in found:
        means = [each.figures.get(name) for name in FIGURES]
        cells = [cell for mean in means for cell in ((mean.value, mean.low, mean.high) if mean else (None,) * 3)]
        facts = [each.data, each.engine, each.rows, each.columns, each.target, len(each.seeds)]
        out.writerow([*facts, int(each.front), "; ".join(each.failed), *cells])
    return text.getvalue()


def page(found: Sequence[Standing], lines: Sequence[Line]) -> str:
    """A self-contained HTML page: of each data set the front and the table."""
    style = "".join((HERE / name).read_text(encoding="utf-8") for name in ("report.css", "bench.css"))
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return _template().render(style=_markup(style), digest=digest, **content(found, lines))


def content(found: Sequence[Standing], lines: Sequence[Line]) -> dict[str, Any]:
    """What the template shows."""
    names = list(dict.fromkeys(each.data for each in found))
    sets = [[each for each in found if each.data == name] for name in names]
    engines = dict.fromkeys(each.engine for each in found)
    facts = {
        "machine": "; ".join(sorted({line.machine for line in lines if line.machine})),
        "understudy": ", ".join(sorted({line.version for line in lines if line.version})),
        "holdout": ", ".join(f"{share:g}" for share in sorted({line.holdout for line in lines})),
        "long draw": ", ".join(f"{rows:,} rows" for rows in sorted({line.long for line in lines})),
    }
    return {
        "sets": [(rivals[0], rivals, _markup(front(rivals)), tables(rivals)) for rivals in sets],
        "figures": FIGURES,
        "peers": any(each.startswith(PEER) for each in engines),
        "facts": {name: value for name, value in facts.items() if value},
        "title": title(names, len(engines)),
    }


def title(names: Sequence[str], engines: int) -> str:
    """What was measured, as a headline."""
    tables = f"{len(names)} data set{'s' * (len(names) != 1)}"
    return f"{engines} engine{'s' * (engines != 1)} on {tables}, measured side by side"


def tables(rivals: Sequence[Standing]) -> list[tuple[str, list[str]]]:
    """The figures that an engine of these has, in two tables that fit on a page."""
    shown = [name for name in FIGURES if any(name in each.figures for each in rivals)]
    cost = [name for name in shown if name in COST]
    return [("How good it is", [name for name in shown if name not in COST]), ("What it takes", cost)]


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader

    house = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    house.globals |= {"clean": lambda text, most=0: _markup(clean(text, most)), "written": written}
    return house.get_template("bench.html.j2")


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - built from escaped parts, or our own style sheets
