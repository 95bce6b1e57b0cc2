"""What a value means: the one place that recognises e-mail addresses, phones, names, cards and other personal values.

Values speak first, a column's name is weak evidence: it lets doubtful values through and never convicts alone. A
semantic is also the name of the provider that draws such values afresh.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

SAMPLE = 400
PERSONAL = frozenset({"email", "phone", "person_name", "first_name", "last_name", "address", "card", "ip"})
_ENOUGH = 0.9


@dataclass(frozen=True)
class Meaning:
    """What the values of a column mean.

    Attributes:
        semantic: `email`, `phone`, `person_name`, `first_name`, `last_name`, `address`, `card`, `uuid`, `url` or `ip`.
        confidence: 0 to 1.
        reason: why, in words.
        key: whether such values name one thing each (cards, UUIDs).
    """

    semantic: str
    confidence: float
    reason: str
    key: bool = False

    @property
    def personal(self) -> bool:
        """Whether such values say who somebody is, so that they are drawn afresh and never learned."""
        return self.semantic in PERSONAL


@dataclass(frozen=True)
class _Rule:
    """How one meaning is known: a test of values, words of names, the share that must pass with those and without."""

    semantic: str
    noun: str
    test: Callable[[str], bool]
    words: str
    share: float
    named_share: float = 2.0
    fewest: int = 1
    key: bool = False


def words_of(name: str) -> list[str]:
    """The words of a column's name, small: "billingAddress_2" is billing, address, 2.

    >>> words_of("BillingPostalCode")
    ['billing', 'postal', 'code']
    """
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    parted = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", parted)
    return re.findall(r"[^\W\d_]+|[0-9]+", parted.casefold())


def luhn(digits: str) -> bool:
    """Whether the last digit of a card number is the check digit of the others (Luhn 1960, ISO/IEC 7812-1).

    >>> luhn("4539578763621486"), luhn("4539578763621487")
    (True, False)
    """
    doubled = ((2 * int(each) if place % 2 else int(each)) for place, each in enumerate(reversed(digits)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def _card(value: str) -> bool:
    digits = re.sub(r"[ -]", "", value)
    return bool(re.fullmatch(r"[0-9]{12,19}", digits)) and len(set(digits)) > 1 and luhn(digits)


def _card_like(value: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{12,19}|[0-9]{4}(?:[ -][0-9]{4}){2,3}[ -]?[0-9]{0,7}", value))


def _phone(value: str) -> bool:
    """A number written as only telephone numbers are: with a country code, or grouped three, three, four."""
    grouped = re.fullmatch(
        r"(?:\+[0-9]{1,3}[ .-]?)?(?:\([0-9]{2,5}\)|[0-9]{3})[ .-]?[0-9]{3}[ .-][0-9]{4}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"
        r"|00[1-9][0-9][ .-][0-9 .-]{6,14}",
        value,
    )
    abroad = re.fullmatch(r"\+[1-9][0-9 .()/-]{6,20}(?:x[0-9]{1,6})?", value)
    return bool(grouped) or (bool(abroad) and 7 <= sum(map(str.isdigit, value)) <= 15)


def _phone_like(value: str) -> bool:
    fits = re.fullmatch(r"\+?[0-9(][0-9 .()/-]*(?:(?:x|ext\.?) ?[0-9]{1,6})?", value)
    return bool(fits) and 6 <= sum(map(str.isdigit, value.partition("x")[0])) <= 15


def _ip(value: str) -> bool:
    from ipaddress import ip_address

    if value.count(".") != 3 and value.count(":") < 2:
        return False
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


_ROAD = (
    r"street|st|avenue|ave|av|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|way|terrace|parkway|pkwy|"
    r"highway|hwy|circle|plaza|rue|via|viale|calle|rua|avenida|weg|platz|allee|gasse|straat|laan|plein|gade|vej|gatan|utca"
)
_STREET = re.compile(
    rf"(?i)\b[0-9]{{1,6}}\w?\b.*\b(?:{_ROAD})\b|\b(?:{_ROAD})\b.*\b[0-9]{{1,5}}\b"
    r"|(?:stra(?:ss|ß)e|str\.|straat|veien|gatan|weg) [0-9]+"
)
_POSTCODE = r"[A-Z]{2} [0-9]{5}|[0-9]{5}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|[A-Z]{1,2}[0-9]{1,2} ?[0-9][A-Z]{2}"
_PLACE = re.compile(rf"[0-9]{{1,6}} \S.*[\n,].*\b(?:{_POSTCODE})", re.DOTALL)


def _address(value: str) -> bool:
    return len(value) <= 160 and value.count(" ") <= 20 and bool(_PLACE.search(value) or _STREET.search(value))


def _address_like(value: str) -> bool:
    digits, letters = any(map(str.isdigit, value)), sum(map(str.isalpha, value)) >= 3
    return len(value) <= 200 and digits and letters and " " in value.strip() and "@" not in value


_NAME = re.compile(r"(?:[^\W\d_](?:[^\W\d_]|['’.-])*)(?:,? [^\W\d_](?:[^\W\d_]|['’.-])*){0,4}")
_TITLES = re.compile(r"(?i)^(?:mr|mrs|ms|miss|dr|prof|herr|frau|mme|sir)\.? ")
_FIRST = (
    "aaron abigail adam adrian ahmed aisha alan albert alejandro alex alexander alexandra alice alicia alison ali "
    "amanda amber amelia amy ana andrea andreas andrew angela anita ann anna anne annie anthony antonio arthur "
    "ashley astrid austin barbara beatriz ben benjamin bernard beth betty beverly bill billy bjorn bob bobby "
    "bradley brandon brenda brian bruce bryan camille carl carla carlos carmen carol caroline carolyn catherine "
    "chad charles charlotte chen cheryl chloe chris christian christina christine christopher cindy claire clara "
    "claudia colin connor courtney craig crystal cynthia daisy dan daniel danielle david dawn dean deborah debra "
    "denise dennis derek diana diane diego dmitri dominique donald donna dora doris dorothy douglas dylan edith "
    "eduardo edward elaine elena eleanor elizabeth ella ellen emily emma enrique eric erica erik erin ernest ethan "
    "eugene eva evelyn fatima felix fernanda fernando florence frances francesco francis francisco francois frank "
    "franz fred frederic gabriel gail gary george gerald giulia giuseppe gloria grace greg gregory guillaume "
    "gunther hannah hans harold harry heather heidi helen helena henry holly hugh ian ingrid irene isabel isabella "
    "ivan jack jackie jacob jacqueline jaime jake james jan jane janet janice jason javier jean jeff jeffrey "
    "jennifer jenny jeremy jerry jesse jessica jill jim jimmy joan joanna joe joel johan johannes john johnny "
    "jonathan jordan jorge jose joseph joshua joyce juan judith judy julia julian julie jurgen justin karen karl "
    "katarina kate katherine kathleen kathryn katie kayla keith kelly ken kenneth kevin kim kimberly kyle lars "
    "larry laura lauren lawrence leah leo leon leonie leslie liam linda lisa logan lori louis louise luca lucas "
    "lucia lucy luis luke madison manuel marc marco margaret maria marie marilyn mario mark markus martha martin "
    "mary mateo matthew matthias maurice max megan melanie melissa mia michael michelle miguel mike mohamed "
    "mohammed monica morgan nancy natalie natasha nathan nicholas nicolas nicole nina noah olga oliver olivia omar "
    "oscar pablo pamela patricia patrick paul paula pedro peggy peter phil philip philippe phillip pierre rachel "
    "ralph ramon randy raymond rebecca ricardo richard rita robert roberto robin roger roland ronald rosa rose roy "
    "russell ruth ryan sabrina sally sam samantha samuel sandra sara sarah scott sean sebastian sergio shannon "
    "sharon shawn sheila shirley simon sofia sonia sophia sophie stanislaw stefan stephanie stephen steve steven "
    "stuart susan suzanne sven tamara tara teresa terry theodore theresa thomas tiffany tim timothy tina todd tom "
    "tony tracy travis tyler ursula valerie vanessa veronica victor victoria vincent virginia walter wanda wayne "
    "wei wendy william wolfgang xavier yolanda yuki yusuf yvonne zachary zoe"
)


@lru_cache(maxsize=1)
def _first_names() -> frozenset[str]:
    return frozenset(_FIRST.split())


def _spoken(value: str) -> bool:
    """Words that could be a name: letters only, in capitals at the start."""
    return len(value) <= 60 and value[:1].isupper() and bool(_NAME.fullmatch(value))


def _first_name(value: str) -> bool:
    return _plain(value) in _first_names()


def _person(value: str) -> bool:
    value = _TITLES.sub("", value)
    parts = [part for part in re.split(r",? ", value) if part]
    return (
        2 <= len(parts) <= 4 and _spoken(value) and (_first_name(parts[0]) or ("," in value and _first_name(parts[1])))
    )


def _plain(value: str) -> str:
    from unicodedata import combining, normalize

    return "".join(each for each in normalize("NFKD", value.casefold()) if not combining(each))


def _pattern(text: str) -> Callable[[str], bool]:
    compiled = re.compile(text)
    return lambda value: compiled.fullmatch(value) is not None


_RULES = (
    _Rule("email", "e-mail addresses", _pattern(r"[^@\s<>,;]+@[^@\s]+\.[^\W\d_]{2,}"), "", _ENOUGH),
    _Rule("uuid", "UUIDs", _pattern(r"(?i)\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?"), "", _ENOUGH, key=True),
    _Rule("url", "web addresses", _pattern(r"(?i)(?:https?|ftp)://\S+|www\.\S+\.\S+"), "", _ENOUGH),
    _Rule("ip", "IP addresses", _ip, "", _ENOUGH),
    _Rule("card", "card numbers that pass the Luhn check", _card, "card cc pan creditcard", _ENOUGH, 0.6, 4, key=True),
    _Rule("phone", "telephone numbers", _phone, "", 0.8, fewest=3),
    _Rule("address", "postal addresses", _address, "", 0.7, fewest=3),
    _Rule("person_name", "names of persons", _person, "", 0.5, fewest=5),
)
_NAMED = (
    _Rule("card", "written like card numbers", _card_like, "card cc pan creditcard", 2, 0.9, key=True),
    _Rule(
        "phone",
        "written like telephone numbers",
        _phone_like,
        "phone telephone tel mobile fax telefon msisdn",
        2,
        0.8,
    ),
    _Rule(
        "address",
        "written like addresses",
        _address_like,
        "address addr street adresse anschrift direccion endereco",
        2,
        0.6,
    ),
)
_GIVEN = {"first", "given", "fore", "forename", "firstname", "prenom", "vorname"}
_FAMILY = {"last", "family", "surname", "lastname", "nachname", "apellido"}
_WHOLE = {
    "person",
    "patient",
    "customer",
    "client",
    "guest",
    "employee",
    "contact",
    "user",
    "member",
    "student",
    "author",
    "holder",
    "full",
    "passenger",
    "doctor",
    "physician",
    "owner",
    "applicant",
    "fullname",
    "username",
    "manager",
    "teacher",
    "nurse",
}


def recognise(name: str, values: pl.Series | Iterable[str]) -> Meaning | None:
    """What the values of a column mean, None where they mean nothing personal or special.

    Args:
        name: the column's name, weak evidence.
        values: its distinct values as text; the first few hundred are looked at.
    """
    seen = [value.strip() for value in _sample(values) if value and value.strip()]
    if not seen or max(map(len, seen)) > 500 or not any(_telling(value) for value in seen[:20]):
        return None
    words = set(words_of(name))
    for rule in _RULES:
        found = _judged(rule, seen, words)
        if found is not None:
            return found
    for rule in _NAMED:
        found = _judged(rule, seen, words)
        if found is not None:
            return found
    return _name_of_person(words, seen)


def _telling(value: str) -> bool:
    """A short lower-case word or a small number means nothing special: most columns are let go here."""
    return len(value) >= 3 and not re.fullmatch(r"[+-]?[0-9]{1,5}(?:\.[0-9]+)?|[a-z_-]+", value)


def _sample(values: pl.Series | Iterable[str]) -> Sequence[str]:
    if isinstance(values, pl.Series):
        step = max(1, len(values) // SAMPLE)
        return values.gather_every(step).head(SAMPLE).to_list()
    return [value for value, _ in zip(values, range(SAMPLE), strict=False)]


def _judged(rule: _Rule, seen: Sequence[str], words: set[str]) -> Meaning | None:
    named = bool(words & set(rule.words.split()))
    least = min(rule.share, rule.named_share) if named else rule.share
    if least > 1 or (len(seen) < rule.fewest and not named):
        return None
    if not any(map(rule.test, seen[:12])):
        return None
    share = sum(map(rule.test, seen)) / len(seen)
    if share < least:
        return None
    reason = f"{share:.0%} of {len(seen)} distinct values looked at are {rule.noun}" + (
        ", and its name says so" if named else ""
    )
    doubt = 0.1 if rule in _NAMED else 0.0
    return Meaning(rule.semantic, round(min(0.99, 0.6 + 0.4 * share) - doubt, 2), reason, rule.key)


def _name_of_person(words: set[str], seen: Sequence[str]) -> Meaning | None:
    """Names by the column's name, where values could be names at all; well-known first names convict too."""
    spoken = sum(map(_spoken, seen)) / len(seen)
    known = sum(map(_first_name, seen)) / len(seen)
    if spoken < 0.8:
        return None
    says_name = bool(words & {"name", "names", "nom", "nombre"})
    if words & _FAMILY and (says_name or words & {"surname", "lastname", "nachname", "apellido"}):
        return Meaning("last_name", 0.85, "its name says last name and its values are words in capitals")
    if (words & _GIVEN and (says_name or words & {"forename", "firstname", "prenom", "vorname"})) or (
        known >= 0.5 and len(seen) >= 5
    ):
        return Meaning(
            "first_name", 0.85, f"{known:.0%} of {len(seen)} distinct values looked at are common first names"
        )
    persons = sum(map(_person, seen)) / len(seen)
    if says_name and words & _WHOLE and persons >= 0.1:
        return Meaning("person_name", 0.8, "its name says so and its values are written like names of persons")
    return None
