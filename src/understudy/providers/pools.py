"""Pools of names, places and words, taken from Faker's locale data (MIT) when first needed.

Only names match `[A-Z][a-z]+`: no space, hyphen or digit, so that a value put together from several can be taken
apart again in one way only. A pool does not depend on the real data.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import product
from typing import Any

import polars as pl

from understudy.errors import ArgumentError

LOCALE = "en_US"
TITLES = frozenset(["Mr", "Mrs", "Ms", "Miss", "Dr", "Prof"])
SUFFIXES = frozenset(["Jr", "Sr", "II", "III", "IV", "MD", "PhD", "DDS", "DVM", "Esq"])
UNITS = frozenset(
    ["Apt", "Suite", "Ste", "Unit", "Room", "Floor", "Fl", "Flat", "Box", "APT", "SUITE", "STE", "UNIT", "No"]
)
MAILBOXES = (
    "example.com", "example.org", "example.net", "mail.example.com",
    "post.example.org", "inbox.example.net", "web.example.com", "letters.example.org",
)  # fmt: skip
TAKEN = {*TITLES, *SUFFIXES, *UNITS, *(box.split(".")[0].title() for box in MAILBOXES), "Www"}
POPULAR_SLOTS = 20_000


@lru_cache(maxsize=128)
def pool(name: str, case: str = "", locale: str = LOCALE) -> pl.Series:
    """The entries of a pool, distinct (but for the popular ones) and in a fixed order.

    Args:
        name: one of `POOLS`.
        case: "upper", "lower", "title" or "" to leave entries as they are.
        locale: where the people live; only en_US so far.

    Raises:
        ArgumentError: the locale has no pools.
    """
    if locale != LOCALE:
        raise ArgumentError(f"no pools for the locale '{locale}'", hint=f"use '{LOCALE}'", field="locale")
    entries = pl.Series(name, list(POOLS[name]()), dtype=pl.String)
    folds = {"upper": entries.str.to_uppercase, "lower": entries.str.to_lowercase, "title": entries.str.to_titlecase}
    return folds[case]() if case else entries


@lru_cache(maxsize=1)
def states() -> frozenset[str]:
    """The two-letter abbreviations of states."""
    return frozenset(pool("state"))


def _people() -> Any:
    from faker.providers.person.en_US import Provider

    return Provider


def _places() -> Any:
    from faker.providers.address.en_US import Provider

    return Provider


def _names(listed: Iterable[str]) -> list[str]:
    codes = {state.title() for state in _places().states_abbr}
    return sorted({each for each in listed if re.fullmatch("[A-Z][a-z]+", each)} - TAKEN - codes)


def _first() -> list[str]:
    return _names(_people().first_names)


def _last() -> list[str]:
    return _names(_people().last_names)


def _popular(weights: Mapping[str, float]) -> list[str]:
    """Names as often as they are borne, so that a uniform draw is a popular one."""
    listed = _names(weights)
    total = sum(weights[each] for each in listed)
    return [each for each in listed for _ in range(max(1, round(POPULAR_SLOTS * weights[each] / total)))]


def _prefix_free() -> list[str]:
    """First names none of which begins another: a last name may follow without a sign between."""
    kept: list[str] = []
    for each in _first():
        if not kept or not each.startswith(kept[-1]):
            kept.append(each)
    return kept


def _cities() -> list[str]:
    places = _places()
    grown = {last + suffix for last, suffix in product(_last(), places.city_suffixes)}
    return sorted(grown | {f"{prefix} {first}" for prefix, first in product(places.city_prefixes, _first())})


def _state_zips() -> list[str]:
    ranges = sorted(_places().states_postcode.items())
    return [f"{state} {code:05d}" for state, (low, high) in ranges for code in range(low, high + 1)]


def _words() -> list[str]:
    from faker.providers.lorem.en_US import Provider

    return sorted({word for word in Provider.word_list if re.fullmatch("[a-z]{2,}", word)})


POOLS: dict[str, Callable[[], Iterable[str]]] = {
    "first": _first,
    "last": _last,
    "first_popular": lambda: _popular(_people().first_names),
    "last_popular": lambda: _popular(_people().last_names),
    "first_prefix_free": _prefix_free,
    "street": lambda: sorted({*_places().street_suffixes} - UNITS),
    "city": _cities,
    "state": lambda: sorted(_places().states_abbr),
    "state_name": lambda: sorted(_places().states),
    "state_zip": _state_zips,
    "word": _words,
    "octet": lambda: map(str, range(256)),
    "octet_private": lambda: map(str, range(16, 32)),
    "octet_reserved": lambda: map(str, range(240, 255)),
    "ending": lambda: ("com", "net", "org"),
}
