"""Text that measures: numbers, flags, keys and codes in digits, dates and times, found in the cells of a column."""

import re
from dataclasses import replace

import polars as pl

from understudy.data import evidence, formats, moments, semantics
from understudy.data.evidence import Cells, celled, spaced
from understudy.data.schema import Column

_ZONES = (
    "Europe/London Europe/Berlin Europe/Athens America/New_York America/Chicago America/Denver America/Los_Angeles "
    "America/Sao_Paulo Australia/Sydney Pacific/Auckland"
)
WAYS = 3
_EIGHT = r"^(?:1[6-9]|20|21)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$"
_SIX = r"^[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$"


def measured(cells: Cells) -> Column | None:
    """Numbers, booleans, dates and times in text, once words for "missing" are set aside."""
    plain = formats.stripped(cells.text)
    gone, endless = formats.says_missing(plain), formats.says_infinite(plain)
    known = cells.only(~(gone | endless), plain)
    if not len(known.values):
        return None
    for judge in (_numbers, truths, dated, _dressed):
        column = judge(known)
        if column is not None:
            return _completed(column, cells, gone, endless)
    return None


def _completed(column: Column, cells: Cells, gone: pl.Series, endless: pl.Series) -> Column:
    codes = evidence.codes(cells, gone)
    notes = [*column.notes, *evidence.said(codes)]
    count = cells.count(endless)
    if count:
        notes.append(f"{celled(count)} infinite, read as missing")
    if column.kind in ("integer", "decimal") and (cells.text != formats.stripped(cells.text)).any():
        notes.append("numbers are padded with blanks; they come back without")
    return replace(column, nullable=bool(codes) or count > 0, missing=codes, notes=tuple(notes))


def _all(cells: pl.Series, pattern: str) -> bool:
    return bool(formats.matching(cells.head(24), pattern).all()) and bool(formats.matching(cells, pattern).all())


def _numbers(known: Cells) -> Column | None:
    text = known.values
    if not _all(text, formats.NUMBER) or formats.matching(text, formats.PADDED).any():
        return None
    if _all(text, formats.INTEGER):
        return whole_numbers(known, text.cast(pl.Int64))
    if formats.matching(text, r"^[+-]?[0-9]{19,}$").any():
        return None
    plain = text.filter(~formats.matching(text, "[eE]"))
    if not plain.str.contains(".", literal=True).any():
        whole = formats.read_integers(text, None)
        if whole.null_count() == 0:
            return whole_numbers(known, whole)
    return decimals(known, text, None)


def decimals(known: Cells, text: pl.Series, picture: str | None) -> Column:
    """Numbers with a fraction: how many digits, whether always written out, and in which form."""
    numbers = formats.read_numbers(text, picture)
    least, most = formats.digits_behind(_usual(text, numbers, known), picture)
    form = formats.number_form(picture)
    fixed = least == most > 0 and (known.textual or picture is not None)
    shape = replace(form, least=1 if least > 0 and not fixed and known.textual else 0).picture
    digits = "one digit" if most == 1 else f"{most} digits"
    reason = f"{evidence.shared(known)} are numbers, {spaced(len(numbers))} distinct, {digits} behind the point"
    notes = _standing_apart(numbers, known)
    if known.textual:
        notes += _rewritten(known, formats.write_decimals(numbers, most, fixed, shape))
    if fixed and known.textual and bool((numbers == numbers.round()).all()):
        notes += ("all are whole numbers written with a point",)
    return evidence.made(known, "decimal", 0.97, reason, decimals=most, fixed=fixed, format=shape, notes=notes)


def _usual(text: pl.Series, numbers: pl.Series, known: Cells) -> pl.Series:
    """Numbers as written but for those that stand apart: a "-999" among prices says nothing on how prices look."""
    strange = [float(value) for value, _ in evidence.apart(numbers, known.counts)]
    return text.filter(~numbers.is_in(strange).fill_null(False)) if strange else text


def _rewritten(known: Cells, back: pl.Series) -> tuple[str, ...]:
    """A note on cells that say the same in another writing once they have been read and written."""
    count = known.count(back != formats.stripped(known.text))
    return (f"{celled(count)} written in another way than the column's, back in it on writing",) if count else ()


def _standing_apart(numbers: pl.Series, known: Cells) -> tuple[str, ...]:
    return tuple(
        f"{value} stands apart from all other values ({celled(count)}) and may mean missing or a cap"
        for value, count in evidence.apart(numbers, known.counts)
    )


def truths(known: Cells) -> Column | None:
    """Two spellings of yes and no."""
    spellings = formats.find_spellings(known.values) if len(known.values) == 2 else None
    if spellings is None:
        return None
    yes, no = spellings.split("|")
    return evidence.made(known, "boolean", 0.97, f"{evidence.shared(known)} are '{yes}' or '{no}'", format=spellings)


def _dressed(known: Cells) -> Column | None:
    """Numbers with marks: "$1,200.50", "12 %", "1,5"."""
    if not any(cell[:1].isdigit() or cell[-1:].isdigit() for cell in known.sample[:3]):
        return None
    picture = formats.find_number_form(known.sample)
    if (
        picture is None
        or semantics.recognise(known.name, known.values)
        or formats.matching(known.values, r"\s\d+\s\d").any()
    ):
        return None
    numbers = formats.read_numbers(known.values, picture)
    if numbers.null_count():
        return None
    if formats.digits_behind(known.values, picture)[1]:
        column = decimals(known, known.values, picture)
    else:
        reason = f"{evidence.shared(known)} are whole numbers, {spaced(len(numbers))} distinct"
        column = evidence.made(known, "integer", 0.85, reason, format=picture)
    return replace(column, confidence=0.85, reason=f"{column.reason}, written like {column.format}")


# --- whole numbers: counts, codes, keys, flags, dates ------------------------------------------------------------


def whole_numbers(known: Cells, whole: pl.Series) -> Column:
    """Whole numbers: what they are for."""
    for judge in (dates_in_digits, _flags, _personal_digits, _numbered_key, _codes_in_digits):
        column = judge(known, whole)
        if column is not None:
            return column
    reason = f"{evidence.shared(known)} are whole numbers, {spaced(len(whole))} distinct"
    sure = 0.98 if known.share < 0.5 or known.filled < 20 else 0.9
    notes = _standing_apart(whole, known)
    if known.textual:
        notes += _rewritten(known, formats.write_integers(whole, None))
    return evidence.made(known, "integer", sure, reason, notes=notes)


def dates_in_digits(known: Cells, whole: pl.Series) -> Column | None:
    """Dates written 20200131, or 200131 where the name says date."""
    if whole.null_count():
        return None
    named, low = bool(known.words & evidence.DATED), int(whole.min())  # type: ignore[arg-type]
    eight = low >= 16_000_101 and len(whole) >= (2 if named else 5)
    six = named and len(whole) >= 5 and known.textual
    if not known.textual or not (eight or six) or not _all(known.text, _EIGHT if eight else _SIX):
        return None
    way = moments.Temporal("date", "%Y%m%d" if eight else "%y%m%d")
    if moments.read_temporals(known.text, way.kind, way.format, None).null_count():
        return None
    reason = f"{evidence.shared(known)} are dates written {way.format}" + (", and its name says so" if named else "")
    return evidence.made(known, "date", 0.9 if named else 0.7, reason, format=way.format)


def _flags(known: Cells, whole: pl.Series) -> Column | None:
    if len(whole) != 2 or sorted(known.text.to_list()) != ["0", "1"]:
        return None
    return evidence.made(known, "boolean", 0.85, f"{evidence.shared(known)} are 0 or 1", format="1|0")


def _personal_digits(known: Cells, whole: pl.Series) -> Column | None:
    if int(whole.max()) < 100_000:  # type: ignore[arg-type]
        return None
    return evidence.meant(known, semantics.recognise(known.name, known.text))


def _numbered_key(known: Cells, whole: pl.Series) -> Column | None:
    """Keys by name and value; numbers that merely never repeat (weights, prices) are no keys."""
    each = f"{spaced(len(whole))} distinct in {evidence.shared(known)}"
    if known.says_key and known.unique:
        return evidence.made(known, "id", 0.97, f"its name says so and no value repeats, {each}", unique=True)
    if known.says_key and (known.says_whose or known.share > 0.1):
        return evidence.made(known, "id", 0.85, f"its name says so, {each}", notes=whose_note(known))
    if known.ends_as_number and known.share >= 0.9 and int(whole.max()) >= 10_000:  # type: ignore[arg-type]
        return evidence.made(
            known, "id", 0.7, f"its name says so and values hardly repeat, {each}", unique=known.unique
        )
    if known.words & evidence.ACCOUNTS and known.share >= 0.05 and int(whole.max()) >= 10_000:  # type: ignore[arg-type]
        return evidence.made(known, "id", 0.7, f"its name says account, {each}", unique=known.unique)
    span = int(whole.max()) - int(whole.min())  # type: ignore[arg-type]
    if known.unique and known.filled >= 50 and span < 2 * known.filled:
        return evidence.made(
            known, "id", 0.85, f"rows are numbered: whole numbers in {span + 1}, none repeats, {each}", unique=True
        )
    return None


def whose_note(known: Cells) -> tuple[str, ...]:
    """A note where a repeating key may say whom a row belongs to."""
    if known.unique or not known.says_whose:
        return ()
    return ("its values repeat: it may say whom a row belongs to (set entity in the schema)",)


def _codes_in_digits(known: Cells, whole: pl.Series) -> Column | None:
    """Whole numbers that count nothing: post codes, types, two-valued codes."""
    few = len(whole) <= 60 and len(whole) < max(10, known.filled / 5)
    postal, coded = known.words & evidence.POSTAL, known.words & evidence.CODED and not known.words & evidence.COUNTED
    reason = f"{evidence.shared(known)} are whole numbers, {spaced(len(whole))} distinct"
    if postal or (coded and few):
        return evidence.made(known, "categorical", 0.75, f"{reason}, and its name says they are codes")
    if known.says_key and known.filled >= 20:
        note = (
            f"each value stands in {known.filled / len(whole):.0f} cells on average: set kind id if it names a thing",
        )
        return evidence.made(known, "categorical", 0.65, f"{reason}, and its name says they are codes", notes=note)
    if len(whole) == 2 and known.filled >= 20:
        return evidence.made(known, "categorical", 0.7, f"{evidence.shared(known)} are one of two whole numbers")
    return None


# --- dates and times ---------------------------------------------------------------------------------------------


def dated(known: Cells) -> Column | None:
    """Dates, datetimes and times: the one format that reads every cell."""
    if not re.search("[0-9]", known.values[0]):
        return None
    ways = [way for way in moments.find_temporals(known.sample) if not _misfits(known, way)]
    if not ways:
        return _dated_variously(known)
    way = _likelier(ways, known) if len(ways) > 1 else ways[0]
    zone, notes = _zone(known.values, way)
    read = moments.read_temporals(known.values, way.kind, way.format, zone)
    notes += _rewritten(known, moments.write_temporals(read, way.kind, way.format, zone))
    if way.kind == "datetime" and bool((read.dt.time() == pl.Series([0]).cast(pl.Time)[0]).all()):
        notes += ("the time is always midnight",)
    if len(ways) > 1:
        notes += (f"day and month cannot be told apart: {ways[0].format} or {ways[1].format}",)
    reason = f"{evidence.shared(known)} are {way.kind}s written {way.format}, {spaced(len(read))} distinct"
    sure = 0.55 if len(ways) > 1 else 0.98
    return evidence.made(known, way.kind, sure, reason, format=way.format, zone=zone, notes=notes)


def _dated_variously(known: Cells) -> Column | None:
    """Dates written in two or three ways: all are read, the most frequent is written."""
    looks = known.values.str.replace_all("[0-9]+", "0").str.replace_all(r"\p{L}+", "a")
    if not 2 <= looks.n_unique() <= WAYS or known.filled < 10:
        return None
    found: dict[str, int] = {}
    for look in looks.unique():
        alike = known.only(looks == look)
        column = dated(alike)
        if column is None or column.kind != "date" or column.format is None or "|" in column.format:
            return None
        found[column.format] = alike.filled
    form = "|".join(sorted(found, key=lambda each: (-found[each], each)))
    read = moments.read_temporals(known.values, "date", form, None)
    notes = _rewritten(known, moments.write_temporals(read, "date", form, None))
    reason = f"{evidence.shared(known)} are dates written {' or '.join(form.split('|'))}, {spaced(len(read))} distinct"
    return evidence.made(known, "date", 0.8, reason, format=form, notes=notes)


def _misfits(known: Cells, way: moments.Temporal) -> bool:
    return moments.read_temporals(known.values, way.kind, way.format, "UTC" if way.zoned else None).null_count() > 0


def _likelier(ways: list[moments.Temporal], known: Cells) -> moments.Temporal:
    """Day before month or after.

    Dates that all fall on a first are monthly; the narrower span of time is likelier; slashes are American where both
    are alike.
    """
    zoned = "UTC" if ways[0].zoned else None
    read = {way: moments.read_temporals(known.values, way.kind, way.format, zoned) for way in ways[:2]}
    monthly = [way for way, days in read.items() if len(days) > 2 and bool((days.dt.day() == 1).all())]
    if len(monthly) == 1:
        return monthly[0]
    spans = {way: _seconds(days) for way, days in read.items()}
    tight = min(spans, key=lambda way: spans[way])
    if len(known.values) > 4 and 3 * spans[tight] < max(spans.values()):
        return tight
    american = [way for way in ways if way.format.startswith(("%m/", "%-m/"))]
    return (american or ways)[0]


def _seconds(days: pl.Series) -> float:
    """How much time lies between the first and the last."""
    return float((days.cast(pl.Datetime("us")).max() - days.cast(pl.Datetime("us")).min()).total_seconds())  # type: ignore


def _zone(text: pl.Series, way: moments.Temporal) -> tuple[str | None, tuple[str, ...]]:
    if not way.zoned:
        return None, ()
    if "%:z" not in way.format and "%z" not in way.format:
        return "UTC", ()
    offsets = text.str.extract(r"([+-][0-9]{2}:?[0-9]{2})$").unique().to_list()
    if len(offsets) == 1:
        stated = offsets[0] if ":" in offsets[0] else f"{offsets[0][:3]}:{offsets[0][3:]}"
        return ("UTC" if stated == "+00:00" else stated), ()
    for zone in _ZONES.split():
        read = moments.read_temporals(text, way.kind, way.format, zone)
        if bool((moments.write_temporals(read, way.kind, way.format, zone) == text).all()):
            return zone, (f"offsets change as in {zone}",)
    return "UTC", (f"{len(offsets)} different offsets; the moments are kept, and written in UTC",)
