"""How dates, datetimes and times are written: found from cells, read from text, written back.

Formats are strptime codes, with the flags `%-d` (no leading zero) and `%^b` (capitals), and `%:z` for "+02:00".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import polars as pl

from understudy.data.formats import stripped
from understudy.data.schema import Kind
from understudy.errors import SchemaError


@dataclass(frozen=True)
class Temporal:
    """A way of writing moments: what they are, the strptime format, how far the zone goes.

    Attributes:
        kind: "date", "datetime" or "time".
        format: strptime codes, `%-d` and `%^b` included.
        zoned: whether the format carries an offset or a "Z".
    """

    kind: Kind
    format: str
    zoned: bool = False


_D, _M, _Y, _B = "(?P<d>[0-9]{1,2})", "(?P<m>[0-9]{1,2})", "(?P<Y>[0-9]{4})", "(?P<b>[^\\W\\d_]{3,9})\\.?"
_D2, _M2, _Y2 = "(?P<d>[0-9]{2})", "(?P<m>[0-9]{2})", "(?P<y>[0-9]{2})"
_A = "(?P<a>Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        *(f"{_Y}{sep}{_M}{sep}{_D}" for sep in ("-", "/", r"\.")),
        *(
            f"{first}{sep}{second}{sep}{year}"
            for sep in ("/", r"\.", "-")
            for year in (_Y, _Y2)
            for first, second in ((_D, _M), (_M, _D))
        ),
        *(f"{_D}{sep}{_B}{sep}{year}" for sep in (" ", "-", "/", "") for year in (_Y, _Y2)),
        *(f"{_B} {_D}, ?{_Y}", f"{_B} {_D} {_Y}", f"{_A}, {_D} {_B} {_Y}", f"{_Y}-{_B}-{_D}"),
        f"{_Y}{_M2}{_D2}",
        f"{_Y2}{_M2}{_D2}",
        *(f"{_Y}{sep}{_M2}" for sep in ("-", "/")),
        f"{_M2}/{_Y}",
        f"{_B}[ -]{_Y}",
    )
)
_CLOCK = r"(?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?P<f>\.[0-9]{1,9})?)?(?P<p>\s?[AaPp][Mm])?"
_COMPACT = r"(?P<H>[0-9]{2})(?P<M>[0-9]{2})(?P<S>[0-9]{2})?"
_ZONE = r"(?P<z>\s?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?"
_MONTHS = frozenset("janfebmaraprmayjunjulaugsepoctnovdec"[at : at + 3] for at in range(0, 36, 3))
_GUESSED = re.compile(
    r"[0-9]{1,4}[-/. :]|[0-9]{4,8}(?:T|$)|[^\W\d_]{3,9}\.?[ -][0-9]|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),|"
    r"[0-9]{1,2}[^\W\d_]{3}"
)


@lru_cache(maxsize=1)
def _moments() -> tuple[re.Pattern[str], ...]:
    dates = [date.pattern for date in _DATES]
    clocks = [rf"{date}(?P<sep>[ T]){_CLOCK}{_ZONE}" for date in dates]
    compact = [rf"{date}(?P<sep>T){_COMPACT}{_ZONE}" for date in dates if date.startswith(_Y)]
    return (*_DATES, *map(re.compile, clocks), *map(re.compile, compact), re.compile(_CLOCK))


def find_temporals(sample: Sequence[str]) -> list[Temporal]:
    """Every way of writing dates or times that all cells of a sample share, most likely first.

    >>> [found.format for found in find_temporals(["27 Dec 2020", "02 Jan 2021"])]
    ['%d %b %Y']
    """
    if not sample or not all(5 <= len(cell) <= 40 or ":" in cell for cell in sample) or not _GUESSED.match(sample[0]):
        return []
    first = [pattern for pattern in _moments() if pattern.fullmatch(sample[0])]
    found: dict[Temporal, None] = {}
    for pattern in first:
        matches = [pattern.fullmatch(cell) for cell in sample]
        if all(matches):
            way = _way(pattern, [match for match in matches if match])
            found |= {way: None} if way else {}
    return list(found)


def _way(pattern: re.Pattern[str], matches: list[re.Match[str]]) -> Temporal | None:
    """The format of a pattern's matches: its groups replaced by the codes they stand for."""
    parts = {name: [match[name] for match in matches] for name in pattern.groupindex}
    for name in ("b", "S", "p", "z", "sep"):
        if name in parts and len({part is None for part in parts[name]}) > 1:
            return None
    codes = {name: _code(name, [each for each in values if each is not None]) for name, values in parts.items()}
    if None in codes.values() or len(set(parts.get("sep", [""]))) > 1:
        return None
    pieces, end, match = [], 0, matches[0]
    for name, _ in sorted(pattern.groupindex.items(), key=lambda item: item[1]):
        if match[name] is not None or codes[name]:
            start, stop = match.span(name) if match[name] is not None else (end, end)
            pieces += [match.string[end:start], codes[name]]
            end = stop
    text = "".join(map(str, [*pieces, match.string[end:]]))
    if codes.get("p"):
        text = text.replace("%H", "%I").replace("%-H", "%-I")
    kind: Kind = "time" if "Y" not in parts and "y" not in parts else "datetime" if "H" in parts else "date"
    return Temporal(kind, text, bool(codes.get("z")))


def _code(name: str, values: list[str]) -> str | None:
    """The strptime code of one group, "" where it is absent, None where its cells disagree."""
    if name in "dmH":
        return f"%{name}" if all(len(each) == 2 for each in values) else f"%-{name}"
    if name == "b":
        return _month_code(values)
    if name == "f":
        widths = {len(each) - 1 for each in values}
        return "" if not values else f"%.{widths.pop()}f" if widths in ({3}, {6}) else "%.f"
    if name == "p":
        return "" if not values else values[0][:-2] + ("%p" if values[0][-2:].isupper() else "%P")
    if name == "z":
        return _zone_code(values)
    if name == "sep":
        return values[0]
    return f"%{name}" if values else ""


def _month_code(values: list[str]) -> str | None:
    if any(each[:3].lower() not in _MONTHS for each in values):
        return None
    flag = "^" if all(each.isupper() for each in values) else ""
    return f"%{flag}b" if all(len(each) == 3 for each in values) else f"%{flag}B"


def _zone_code(values: list[str]) -> str | None:
    if not values:
        return ""
    if values[0].strip()[0] not in "+-":
        return values[0] if len(set(values)) == 1 else None
    blank = " " if values[0].startswith(" ") else ""
    colons = {":" in each for each in values}
    return f"{blank}{'%:z' if colons.pop() else '%z'}" if len(colons) == 1 else None


def read_temporals(cells: pl.Series, kind: str, form: str | None, zone: str | None) -> pl.Series:
    """Dates, datetimes (microseconds, in their zone) or times out of text; null where a cell is none.

    A format may name several ways, "%d.%m.%Y|%Y-%m-%d": the first that reads a cell counts.

    Raises:
        SchemaError: the format is not made of strptime codes that fit the kind.
    """
    ways = (form or "").split("|")
    if len(ways) > 1:
        return (
            pl.select(pl.coalesce(read_temporals(cells, kind, way, zone) for way in ways)).to_series().alias(cells.name)
        )
    text, codes = stripped(cells), re.sub(r"%\.[0-9]f", "%.f", _codes(kind, form)).replace("%^", "%")
    try:
        if kind == "time":
            return text.str.to_time(codes, strict=False)
        text, codes = _with_day(text, codes), _day_code(codes)
        if kind == "date":
            return text.str.to_date(codes, strict=False)
        return in_zone(text.str.to_datetime(codes, strict=False, time_unit="us"), zone)
    except pl.exceptions.PolarsError as error:
        raise SchemaError(
            f"'{form}' cannot be read as a format of {kind}s",
            where=f"column '{cells.name}'",
            hint="use strptime codes, such as %d %b %Y for 27 Dec 2020",
            field=cells.name,
        ) from error


def _codes(kind: str, form: str | None) -> str:
    """The codes of a format, the first of several; Python's ".%f" is the fraction in six digits."""
    default = {"date": "%Y-%m-%d", "time": "%H:%M:%S%.f"}.get(kind, "%Y-%m-%d %H:%M:%S%.f")
    return default if form is None else form.partition("|")[0].replace(".%f", "%.6f")


def _with_day(text: pl.Series, codes: str) -> pl.Series:
    return text if _day_code(codes) == codes else text + " 01"


def _day_code(codes: str) -> str:
    """A month without a day is read as its first."""
    return codes if re.search(r"%-?[dFjDx]", codes) else f"{codes} %d"


def in_zone(moments: pl.Series, zone: str | None) -> pl.Series:
    """Datetimes in a zone: instants are converted, local times are taken as times of that zone."""
    held = getattr(moments.dtype, "time_zone", None)
    if zone is None:
        return moments.dt.replace_time_zone(None) if held else moments
    if held is None:
        local = moments.dt.replace_time_zone("UTC")
        moments = local if zone == "UTC" else _localised(local, zone)
    return moments.dt.convert_time_zone(kept_zone(zone) or "UTC")


def _localised(moments: pl.Series, zone: str) -> pl.Series:
    if offset(zone) is not None:
        return moments - offset(zone)
    local = moments.dt.replace_time_zone(None)
    return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")


def offset(zone: str | None) -> timedelta | None:
    """The offset that a zone such as "+05:30" states, None for a named zone."""
    match = re.fullmatch(r"([+-])([0-9]{2}):?([0-9]{2})", zone or "")
    if match is None:
        return None
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return ahead if match[1] == "+" else -ahead


def kept_zone(zone: str | None) -> str | None:
    """The zone that a polars column can carry for a column's zone: offsets of part hours are kept in UTC."""
    ahead = offset(zone)
    if ahead is None:
        return zone
    hours = ahead.total_seconds() / 3600
    return "UTC" if hours % 1 or hours == 0 else f"Etc/GMT{-int(hours):+d}"


def write_temporals(values: pl.Series, kind: str, form: str | None, zone: str | None) -> pl.Series:
    """Dates, datetimes or times as text in their format."""
    codes = _codes(kind, form)
    ahead = offset(zone)
    if kind == "datetime" and ahead is not None and zone is not None:
        values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None) + ahead
        codes = codes.replace("%:z", zone).replace("%z", zone.replace(":", ""))
    text = values.dt.strftime(codes.replace("%^", "%"))
    return text.str.to_uppercase() if "%^" in codes else text
