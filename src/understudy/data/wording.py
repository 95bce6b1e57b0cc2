"""Text that names: personal values, keys, categories and prose, found in the cells of a column."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from understudy.data import evidence, formats, quantities, semantics
from understudy.data.evidence import Cells, celled, spaced
from understudy.data.schema import Column


def worded(cells: Cells) -> Column:
    """Text: personal values, keys, categories, free text."""
    codes = evidence.codes(cells)
    known = cells.only(cells.text != "?", cells.text)
    judges: tuple[Callable[[Cells], Column | None], ...] = (
        (_meaning,) if cells.labelled else (_meaning, _worded_key, _prose)
    )
    column = next((made for judge in judges if (made := judge(known)) is not None), None) or categories(known)
    notes = (*column.notes, *evidence.said(codes), *_suspects(known), *_stray_words(known))
    return replace(column, nullable=bool(codes), missing=codes, notes=notes)


def _meaning(known: Cells) -> Column | None:
    return evidence.meant(known, semantics.recognise(known.name, known.values))


def _worded_key(known: Cells) -> Column | None:
    text, each = known.values, f"{spaced(len(known.values))} distinct in {evidence.shared(known)}"
    if len(text) < 2 or formats.matching(text, r"\s|^.{65}").any():
        return None
    if known.says_key and known.unique:
        return evidence.made(known, "id", 0.97, f"its name says so and no value repeats, {each}", unique=True)
    if known.says_key and known.filled >= 10 and (known.says_whose or known.share > 0.1):
        return evidence.made(known, "id", 0.8, f"its name says so, {each}", notes=quantities.whose_note(known))
    if known.filled >= 20 and known.words & evidence.POSTAL and known.share >= 0.5:
        return evidence.made(known, "id", 0.65, f"its name says post codes, which hardly repeat here, {each}")
    if known.filled < 20 or known.words & (evidence.PLACES | evidence.POSTAL) or _nearly_numbers(text):
        return None
    numbered = formats.matching(text, "[0-9]").sum() >= 0.8 * len(text)
    alike = text.str.len_chars().n_unique() == 1
    if known.unique and (numbered or alike):
        return evidence.made(known, "id", 0.85, f"short codes of which none repeats, {each}", unique=True)
    if known.share >= 0.9 and numbered:
        return evidence.made(known, "id", 0.65, f"short codes that hardly repeat, {each}")
    return None


def _nearly_numbers(text: pl.Series) -> bool:
    """Numbers with a few words among them are no codes; digits that are no numbers (007) may be."""
    numbers = formats.matching(text, formats.NUMBER) & ~formats.matching(text, rf"{formats.PADDED}|^[0-9]{{19}}")
    return len(text) / 2 < numbers.sum() < len(text)


def _prose(known: Cells) -> Column | None:
    """Free text: long, of many words, or hardly ever the same twice."""
    if len(known.values) <= 20 and known.share < 1:
        return None
    length = float(known.values.str.len_chars().mean() or 0)  # type: ignore[arg-type]
    words = float(known.values.str.count_matches(r"\S+").mean() or 0)  # type: ignore[arg-type]
    about = f"{length:.0f} characters and {words:.1f} words on average"
    about = f"{about}, {spaced(len(known.values))} distinct in {evidence.shared(known)}"
    if (length > 60 or words > 8) and known.share > 0.05:
        return evidence.made(known, "text", 0.95, f"free text, {about}")
    if len(known.values) <= 20 or known.words & (evidence.PLACES | evidence.POSTAL):
        return None
    if known.share > 0.5 or (known.share > 0.3 and words >= 3):
        return evidence.made(known, "text", 0.7, f"hardly any value repeats, {about}")
    return None


def categories(known: Cells) -> Column:
    """Names of kinds, surer the more they repeat."""
    sure = 0.95 if known.share <= 0.1 else 0.8 if known.share <= 0.5 else 0.5
    return evidence.made(
        known, "categorical", sure, f"{spaced(len(known.values))} distinct values in {evidence.shared(known)}"
    )


def _suspects(known: Cells) -> tuple[str, ...]:
    if not len(known.values):
        return ()
    marked = known.only(formats.stripped(known.values).str.to_lowercase().is_in(sorted(evidence.SUSPECTS)))
    pairs = zip(marked.values.to_list(), marked.counts.to_list(), strict=True)
    return tuple(f"'{word}' ({celled(count)}) may mean missing; kept as a value" for word, count in pairs)


def _stray_words(known: Cells) -> tuple[str, ...]:
    """A column of numbers with a few words among them says so."""
    postal = known.words & evidence.POSTAL
    if postal or not formats.matching(known.values.head(50), formats.NUMBER).any():
        return ()
    stray = ~formats.matching(formats.stripped(known.values), formats.NUMBER)
    count = known.count(stray)
    if not 0 < count <= known.filled / 2:
        return ()
    words = spaced(int(stray.sum()))
    said = "are not numbers while the others are; name them as missing if numbers are meant"
    return (f"{celled(count)} ({words} distinct) {said}",)
