"""E-mail addresses, telephone numbers, web and network addresses that reach nobody."""

import re
from collections import Counter
from collections.abc import Callable
from statistics import median

import polars as pl

from understudy.providers.ids import growth, shape_of, templates
from understudy.providers.layouts import DIGITS, HEX, LOWER, UPPER, Chars, Layout, Literal, Part, Pool
from understudy.providers.learning import by_shape, distinct, mostly, shared, texts
from understudy.providers.pools import MAILBOXES
from understudy.providers.provider import Growth, Invented
from understudy.providers.repeats import learn

LOCAL = re.compile(r"([^\W\d_]+)(?:([._-])([^\W\d_]+))?(\d*)@.")
Style = tuple[bool, str, bool, int]
"""Whether an initial stands first, the sign between, whether an initial stands last, digits behind."""
LONG = 9
MARKED = re.compile(r"[0 ()+./-]*0[ ]?(?:(?:x|X|ext\.?|Ext\.?)[ ]?0+)?\)?")
AMERICAN = re.compile(r"(\+?)(1|001|)[2-9]\d\d[2-9]\d{6}(?:[xXeE]|$)")
AREA = ("23456789", "9", DIGITS)
EXCHANGE = ("23456789", DIGITS, DIGITS)
URL = re.compile(r"((?:https?|ftp)://)?(www\.)?[^/?#\s.]+\.[^/?#\s]+((?:/[^/?#]+)*)(/?)(\?[^#]*)?(#.*)?", re.I)
FILE = re.compile(r"\.(html?|php|aspx?|jsp|pdf|json|xml|png|jpe?g)$", re.I)
MOST_STEPS = 6
QUERY_DIGITS = 6


def fit_email(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """E-mail addresses at reserved domains, the part before the @ built as in the real ones."""
    found = [each for each in map(LOCAL.match, distinct(values)) if each]
    case = "title" if mostly([each[1][0].isupper() for each in found]) else "lower"
    joined = [len(each[1]) for each in found if not each[2]]
    initial = not joined or median(joined) <= LONG
    styles = shared([_style(each, initial) for each in found], k) or {(False, ".", False, 0): 1}
    hosts = _hosts([each.string for each in found], k)
    layouts = tuple(
        Layout((*_local(style, case), *host), float(count) * share)
        for style, count in styles.items()
        for host, share in hosts
    )
    first = max(style[3] for style in styles) - next(iter(styles))[3] + 1
    spare = Growth(layouts[0], len(_local(next(iter(styles)), case)), first)
    return Invented("email", unique, layouts, spare, None if unique else learn(texts(values), k))


def _style(found: re.Match[str], initial: bool) -> Style:
    first, sign, last, digits = found.groups()
    if sign is None:
        return initial, "", False, len(digits)
    return len(first) == 1, sign, len(last) == 1, len(digits)


def _local(style: Style, case: str) -> tuple[Part, ...]:
    starts, sign, ends, digits = style
    letters = Chars((UPPER if case == "title" else LOWER,))
    first = Pool("first" if sign else "first_prefix_free", case)
    parts: list[Part] = [letters if starts else first, letters if ends else Pool("last", case)]
    number: list[Part] = [Chars((DIGITS,) * digits)] if digits else []
    return (parts[0], Literal(sign), parts[1], *number)


def _hosts(seen: list[str], k: int) -> list[tuple[tuple[Part, ...], float]]:
    """Parts from the @ on, and their shares: large providers keep their share under a reserved name."""
    popular = shared([value.rpartition("@")[2].lower() for value in seen], max(k, len(seen) // 100), len(MAILBOXES))
    hosts: list[tuple[tuple[Part, ...], float]] = [
        ((Literal(f"@{name}"),), float(count)) for name, count in zip(MAILBOXES, popular.values(), strict=False)
    ]
    rest = len(seen) - sum(popular.values()) if hosts else 1
    return [*hosts, ((Literal("@"), *_domain()), float(rest))] if rest else hosts


def _domain() -> tuple[Part, ...]:
    return Pool("last", "lower"), Literal(".example."), Pool("ending")


def fit_phone(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Telephone numbers laid out as the real ones; North American ones in areas that are not in service."""
    groups = by_shape(distinct(values), _phone_shape, k)
    layouts = tuple(layout for shape, members in groups.items() for layout in _phones(shape, members, k))
    layouts = layouts or (_north_american("(000) 000-0000", "", 1.0),)
    return Invented("phone", unique, layouts, growth(layouts), None if unique else learn(texts(values), k))


def _phone_shape(value: str) -> str | None:
    """Digits as 0, marks as they are, no letters but those before an extension."""
    shape = re.sub("[0-9]", "0", value)
    return shape if MARKED.fullmatch(shape) else None


def _phones(shape: str, members: list[str], k: int) -> list[Layout]:
    codes = Counter(_country(value) for value in members)
    code, rows = codes.most_common(1)[0]
    if code is None or rows <= len(members) / 2:
        return templates(shape_of(members[0]), members, k)
    return [_north_american(shape, code, float(len(members)))]


def _country(value: str) -> str | None:
    """The country code of a number of the North American plan ("", "1" or "001"), None for other numbers."""
    found = AMERICAN.match(re.sub("[^0-9A-Za-z+]", "", value))
    return None if found is None or (found[1] == "+" and found[2] != "1") else found[2]


def _north_american(shape: str, code: str, weight: float) -> Layout:
    """Area codes N9X are kept back for longer numbers, so that none of them rings (NANP, "expansion codes")."""
    slots = iter((*code, *AREA, *EXCHANGE))
    return Layout((Chars(tuple(next(slots, DIGITS) if sign == "0" else sign for sign in shape)),), weight)


def fit_url(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Web addresses at reserved hosts, with scheme, depth, file ending and query as in the real ones."""
    kept = shared([_site(value) for value in distinct(values)], k) or {("https://", "", 1, "", False): 1}
    layouts = tuple(Layout(_address(*site), float(count)) for site, count in kept.items())
    host = next(place for place, part in enumerate(layouts[0].parts) if isinstance(part, Pool)) + 1
    return Invented("url", unique, layouts, Growth(layouts[0], host), None if unique else learn(texts(values), k))


Site = tuple[str, str, int, str, bool]
"""Scheme, "www." or nothing, steps of the path, what ends the path, whether there is a query."""


def _site(value: str) -> Site | None:
    found = URL.fullmatch(value)
    if not found:
        return None
    scheme, www, path, slash, query, _ = found.groups()
    ending = FILE.search(path) if not slash else None
    tail = ending[0].lower() if ending else slash
    return (scheme or "").lower(), (www or "").lower(), min(path.count("/"), MOST_STEPS), tail, bool(query)


def _address(scheme: str, www: str, steps: int, tail: str, query: bool) -> tuple[Part, ...]:
    path = [part for _ in range(steps) for part in (Literal("/"), Pool("word"))]
    asked = [Literal("?id="), Chars((DIGITS,) * QUERY_DIGITS)] if query else []
    return (Literal(scheme + www), *_domain(), *path, Literal(tail), *asked)


def fit_ip(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Network addresses: private ones stay in their block, public ones move to blocks that are routed nowhere."""
    seen = distinct(values)
    blocks = shared([_block(value) for value in seen], k) or {"public": 1}
    layouts = tuple(Layout(BLOCKS[block](seen), float(count)) for block, count in blocks.items())
    spare = Layout((Pool("octet_reserved"), *_octets(3)))
    return Invented("ip", unique, layouts, Growth(spare, None), None if unique else learn(texts(values), k))


def _block(value: str) -> str:
    if ":" in value:
        return "v6"
    first, second = (*value.split("."), "", "")[:2]
    if first == "172":
        return "172" if second.isdecimal() and 16 <= int(second) < 32 else "public"
    return first if first == "10" or (first, second) == ("192", "168") else "public"


def _octets(count: int) -> tuple[Part, ...]:
    return tuple(part for _ in range(count) for part in (Literal("."), Pool("octet")))


def _six(seen: list[str]) -> tuple[Part, ...]:
    """Version 6 in the documentation block 2001:db8::/32 (RFC 3849), no group beginning with 0."""
    real = [value for value in seen if ":" in value]
    lead = "2001:0db8" if mostly([len(value) == len("2001:0db8" + ":0000" * 6) for value in real]) else "2001:db8"
    upper = mostly([value == value.upper() != value.lower() for value in real])
    letters = (":", HEX[1:], HEX, HEX, HEX) * 6
    return Literal(lead.upper() if upper else lead), Chars(tuple(map(str.upper, letters)) if upper else letters)


BLOCKS: dict[str, Callable[[list[str]], tuple[Part, ...]]] = {
    "10": lambda _: (Literal("10"), *_octets(3)),
    "172": lambda _: (Literal("172."), Pool("octet_private"), *_octets(2)),
    "192": lambda _: (Literal("192.168"), *_octets(2)),
    "public": lambda _: (Literal("198.1"), Chars(("89",)), *_octets(2)),  # benchmarking, RFC 2544
    "v6": _six,
}
