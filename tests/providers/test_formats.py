"""Each provider writes as the real values are written."""

import ipaddress
import re
import uuid
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from understudy.errors import ArgumentError
from understudy.providers import catalogue
from understudy.providers.payments import passes
from understudy.providers.pools import POOLS, pool
from understudy.providers.sequence import fits

RNG = np.random.Generator(np.random.Philox(0))


def invented(name: str, values: list[str] | pl.Series, n: int = 1_000, *, unique: bool = True, k: int = 8) -> list[str]:
    return catalogue.fit(name, pl.Series(values), unique=unique, k=k).draw(0, n, RNG, 1).to_list()


def numbered(pattern: str, n: int = 400, seed: int = 0) -> list[str]:
    """n values of a pattern in which every # is a random digit."""
    rng = np.random.Generator(np.random.Philox(seed))
    return [re.sub("#", lambda _: str(rng.integers(10)), pattern) for _ in range(n)]


def share(values: list[str], pattern: str) -> float:
    return sum(bool(re.fullmatch(pattern, value, re.S)) for value in values) / len(values)


def test_id_prefixes_keep_their_shares() -> None:
    values = numbered("M1####", 300) + numbered("L2####", 600) + numbered("H3####", 100)
    out = invented("id", values, 10_000)
    assert share(out, r"[MLH][1-9]\d{4}") == 1
    assert abs(share(out, "L.*") - 0.6) < 0.02
    assert abs(share(out, "H.*") - 0.1) < 0.02


def test_a_prefix_of_fewer_than_k_is_lost() -> None:
    out = invented("id", numbered("AB-####", 400) + numbered("ZZ-####", 7))
    assert share(out, r"AB-\d{4}") == 1


def test_rare_literals_never_show_and_lone_ids_keep_classes_only() -> None:
    out = invented("id", ["SMITH:77"], k=8)
    assert share(out, r"[A-Z]{5}-[1-9]\d") == 1
    assert sum(value.startswith("SMITH") for value in out) == 0


def test_years_in_ids_are_kept_and_numbers_never_begin_with_zero() -> None:
    out = invented("id", [f"INV-{2020 + i % 3}-{i:05d}" for i in range(900)])
    assert share(out, r"INV-202[0-2]-\d{5}") == 1
    out = invented("id", [str(value) for value in range(100, 4_000, 3)], 5_000)
    assert not [value for value in out if value.startswith("0")]


def test_hashes_stay_hexadecimal() -> None:
    rng = np.random.Generator(np.random.Philox(1))
    values = ["".join(rng.choice(list("0123456789abcdef"), 24)) for _ in range(500)]
    out = invented("id", values)
    assert share(out, "[0-9a-f]{24}") == 1
    assert share(out, "[0-9]{24}") < 0.01


def test_repeated_ids_are_counted_once() -> None:
    """A number that eight rows carry is no prefix that eight ids share."""
    values = [value for value in numbered("#######", 60) for _ in range(9)]
    out = invented("id", values, 500, unique=False)
    assert not set(out) & set(values)


@pytest.mark.parametrize(
    ("write", "pattern"),
    [
        (str, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        (lambda each: each.hex.upper(), "[0-9A-F]{32}"),
        (lambda each: "{" + str(each) + "}", r"\{[0-9a-f-]{36}\}"),
    ],
)
def test_uuids(write, pattern: str) -> None:
    rng = np.random.Generator(np.random.Philox(2))
    out = invented("uuid", [write(uuid.UUID(bytes=rng.bytes(16), version=4)) for _ in range(200)])
    assert share(out, pattern) == 1
    assert {uuid.UUID(value).version for value in out} == {4}


@pytest.mark.parametrize(
    ("local", "pattern"),
    [
        ("anna.miller##", r"[a-z]+\.[a-z]+\d\d"),
        ("a.miller", r"[a-z]\.[a-z]+"),
        ("amiller", "[a-z]+"),
        ("Anna_Miller", "[A-Z][a-z]+_[A-Z][a-z]+"),
    ],
)
def test_emails_keep_their_style_and_reach_nobody(local: str, pattern: str) -> None:
    values = [f"{name}@host{i}.com" for i, name in enumerate(numbered(local))]
    out = invented("email", values)
    assert share(out, pattern + r"@[a-z]+\.example\.(com|net|org)") == 1


def test_large_mail_providers_keep_their_share_under_another_name() -> None:
    values = [f"ann.lee{i:03d}@{'gmail.com' if i % 2 else f'firm{i}.com'}" for i in range(1_000)]
    out = invented("email", values, 10_000)
    assert abs(share(out, ".*@example.com") - 0.5) < 0.02
    assert not [value for value in out if "gmail" in value]


@pytest.mark.parametrize("layout", ["(2##) 3##-####", "3##-4##-####", "+1 4## 5## ####", "0015##.6##.####x####"])
def test_american_numbers_keep_their_layout_and_ring_nowhere(layout: str) -> None:
    out = invented("phone", numbered(layout))
    pattern = re.escape(layout).replace(r"\#", r"\d")
    shape = re.sub(r"\d", r"\\d", re.sub(r"\\d", "0", pattern))
    assert share(out, shape) == 1
    national = [re.sub(r"\D", "", re.split("x", value)[0])[-10:] for value in out]
    assert all(number[1] == "9" for number in national)


def test_foreign_numbers_keep_their_country_code() -> None:
    out = invented("phone", numbered("+49 30 #######", 400) + numbered("+33 1 ## ## ## ##", 200))
    assert share(out, r"\+49 30 \d{7}|\+33 1( \d\d){4}") == 1


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("Anna Miller", "[A-Z][a-z]+ [A-Z][a-z]+"),
        ("Miller, Anna", "[A-Z][a-z]+, [A-Z][a-z]+"),
        ("ANNA B. MILLER", r"[A-Z]+ [A-Z]\. [A-Z]+"),
        ("Dr. Anna Miller MD", r"Dr\. [A-Z][a-z]+ [A-Z][a-z]+ MD"),
        ("anna miller", "[a-z]+ [a-z]+"),
        ("Ludwig van Beethoven", "[A-Z][a-z]+ van [A-Z][a-z]+"),
    ],
)
def test_names_keep_their_layout(name: str, pattern: str) -> None:
    letters = "bcdfghjklm"
    values = [name + a + b for a in letters for b in letters] if not name.endswith("MD") else []
    values = values or [f"Dr. Anna{a}{b} Miller MD" for a in letters for b in letters]
    values = [value[:-2] + value[-2:].upper() if name.isupper() else value for value in values]
    assert share(invented("person_name", values), pattern) == 1


def test_last_names_stand_where_they_stood() -> None:
    out = invented("person_name", [f"Lee{chr(97 + i % 26)}, Ann{chr(97 + i // 26)}" for i in range(300)])
    last = set(pool("last"))
    assert all(value.split(", ")[0] in last for value in out)


def test_popular_names_are_popular() -> None:
    out = invented("last_name", ["Smith", "Jones", "Brown"], 20_000, unique=False)
    counts = pl.Series(out).value_counts(sort=True)
    assert counts["count"][0] > 10 * counts["count"][-1]
    assert share(invented("first_name", [f"ANN{chr(65 + i)}" for i in range(20)], 300), "[A-Z]+") == 1


@pytest.mark.parametrize(
    ("address", "pattern"),
    [
        ("4938# Rivers Street\nSpencerville, AK 6826#", r"[1-9]\d{4} \w+ \w+\n\w+( \w+)?, [A-Z]{2} \d{5}"),
        ("2# Lisa Way Apt. 20#, Ely", r"[1-9]\d \w+ \w+ Apt\. [1-9]\d\d, \w+( \w+)?"),
        ("Theodor-Heuss-Straße 3#", r"\w+ \w+ [1-9]\d"),
        ("PSC 12##, Box 34##\nAPO AA 4321#", r"PSC \d{4}, Box \d{4}\nAPO AA \d{5}"),
        ("12# OAK AVE\nELY, NY 1000#", r"[1-9]\d\d [A-Z]+ [A-Z]+\n[A-Z]+( [A-Z]+)?, [A-Z]{2} \d{5}"),
    ],
)
def test_addresses_keep_their_lines(address: str, pattern: str) -> None:
    values = [f"{value}" for value in dict.fromkeys(numbered(address))]
    k = min(8, len(values))
    assert share(invented("address", values, k=k), pattern) == 1


def test_postcodes_lie_in_their_state() -> None:
    out = invented("address", numbered("493## Rivers Street\nSpencerville, AK 682##"))
    known = set(pool("state_zip"))
    assert all(value[-8:] in known for value in out)


def test_cards_keep_length_network_grouping_and_check_digit() -> None:
    from faker import Faker

    faker = Faker()
    faker.seed_instance(3)
    values = [faker.credit_card_number() for _ in range(2_000)]
    out = invented("card", values, 4_000)
    assert all(map(passes, out))
    for length in {len(value) for value in values}:
        real = sum(len(value) == length for value in values) / 2_000
        assert abs(sum(len(value) == length for value in out) / 4_000 - real) < 0.02
    assert abs(share(out, "4.*") - share(values, "4.*")) < 0.02
    grouped = [f"{v[:4]} {v[4:8]} {v[8:12]} {v[12:]}" for v in values if len(v) == 16]
    out = invented("card", grouped)
    assert share(out, r"(\d{4} ){3}\d{4}") == 1
    assert all(map(passes, out))


def test_cards_without_check_digits_stay_without() -> None:
    out = invented("card", numbered("4###############"))
    assert 0.05 < sum(map(passes, out)) / len(out) < 0.15


def test_urls_keep_scheme_depth_and_ending_and_lead_nowhere() -> None:
    values = [f"https://www.site{i}.com/a{i}/b.html" for i in range(100)] + [f"http://x{i}.org/" for i in range(100)]
    out = invented("url", values)
    host = r"[a-z]+\d*\.example\.(com|net|org)"
    assert share(out, rf"https://www\.{host}/[a-z]+/[a-z]+\.html|http://{host}/") == 1
    assert abs(share(out, "https.*") - 0.5) < 0.1


@pytest.mark.parametrize(
    ("block", "inside"),
    [
        ("10.#.##.#", "10.0.0.0/8"),
        ("192.168.#.##", "192.168.0.0/16"),
        ("172.20.#.#", "172.16.0.0/12"),
        ("81.2#.9#.#", "198.18.0.0/15"),
    ],
)
def test_addresses_of_machines_are_routed_nowhere(block: str, inside: str) -> None:
    out = invented("ip", numbered(block))
    assert all(ipaddress.ip_address(value) in ipaddress.ip_network(inside) for value in out)


def test_version_six_lies_in_the_documentation_block() -> None:
    values = [f"2a02:810d:{i:x}::1" for i in range(1, 300)]
    out = invented("ip", values)
    assert all(ipaddress.ip_address(value) in ipaddress.ip_network("2001:db8::/32") for value in out)


def test_texts_keep_their_lengths_and_no_word() -> None:
    rng = np.random.Generator(np.random.Philox(5))
    lengths = rng.poisson(20, 1_000) + 6
    values = [" ".join(["xylograph"] * (length - 1) + [f"x{i}"]) for i, length in enumerate(lengths)]
    out = invented("text", values, 3_000)
    drawn = np.array([len(value.split()) for value in out])
    assert abs(drawn.mean() - lengths.mean()) < 0.5
    assert abs(drawn.std() - lengths.std()) < 0.6
    assert {word.strip(".").lower() for value in out for word in value.split()} <= set(pool("word"))
    assert not any("." in value for value in out)


def test_sentences_begin_and_end() -> None:
    out = invented("text", [f"Good thing number {i}. Yes." for i in range(100)], unique=False)
    assert share(out, r"[A-Z][^.]*\.( [A-Z][^.]*\.)*") == 1


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (list(range(1, 50)), ["1", "2", "3"]),
        ([i for i in range(2, 900) if i % 10], ["1", "2", "3"]),
        ([0, 1, 2, 4], ["0", "1", "2"]),
        (list(range(10, 500, 10)), ["10", "20", "30"]),
        (list(range(5_000, 6_000)), ["5000", "5001", "5002"]),
        ([f"{i:04d}" for i in range(1, 99)], ["0001", "0002", "0003"]),
        ([5, 4, 3, 2], ["5", "4", "3"]),
        (["a", "b"], ["1", "2", "3"]),
    ],
)
def test_sequences_go_on(values: list[object], first: list[str]) -> None:
    assert invented("sequence", pl.Series(values), 3) == first


def test_only_row_numbers_are_taken_for_row_numbers() -> None:
    assert not fits(pl.Series([3, 1, 2]))
    assert not fits(pl.Series([1, 5, 9, 900]))
    assert not fits(pl.Series(["x"]))
    assert not fits(pl.Series([], dtype=pl.Int64))


def test_pools_are_distinct_and_fit_together() -> None:
    for name in POOLS:
        assert "popular" in name or pool(name).is_unique().all()
    free = sorted(pool("first_prefix_free"))
    assert not [pair for pair in pairwise(free) if pair[1].startswith(pair[0])]
    with pytest.raises(ArgumentError, match="xx_XX"):
        pool("first", locale="xx_XX")
