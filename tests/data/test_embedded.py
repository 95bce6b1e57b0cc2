import csv
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from statistics import mean

import pytest

from understudy.data.embedded import hotels_path, make_hotels

FORMAT = "%d %b %Y"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with hotels_path().open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def luhn(number: str) -> bool:
    digits = [int(char) for char in reversed(number)]
    return sum(digits[0::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def share(rows: list[dict[str, str]], column: str, value: str) -> float:
    return mean(row[column] == value for row in rows)


def test_the_script_writes_the_same_bytes(tmp_path: Path) -> None:
    make_hotels.main(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == hotels_path().read_bytes()


def test_columns_stand_in_order(rows: list[dict[str, str]]) -> None:
    assert tuple(rows[0]) == make_hotels.HEADER
    assert len(rows) == 2_000


def test_emails_are_unique_and_lead_nowhere(rows: list[dict[str, str]]) -> None:
    assert len({row["guest_email"] for row in rows}) == len(rows)
    assert all(row["guest_email"].endswith(".example") for row in rows)


def test_cards_are_13_to_19_digits_and_pass_luhn(rows: list[dict[str, str]]) -> None:
    lengths = Counter(len(row["credit_card_number"]) for row in rows)
    assert min(lengths) == 13
    assert max(lengths) == 19
    assert all(luhn(row["credit_card_number"]) for row in rows)


def test_checkout_follows_checkin_and_some_still_stay(rows: list[dict[str, str]]) -> None:
    missing = share(rows, "checkout_date", "")
    assert 0.02 < missing < 0.08
    for row in rows:
        arrival = datetime.strptime(row["checkin_date"], FORMAT)
        assert not row["checkout_date"] or datetime.strptime(row["checkout_date"], FORMAT) > arrival


def test_fees_are_often_zero_sometimes_missing_and_skewed(rows: list[dict[str, str]]) -> None:
    fees = [float(row["amenities_fee"]) for row in rows if row["amenities_fee"]]
    paid = sorted(fee for fee in fees if fee)
    assert 0.3 < 1 - len(paid) / len(fees) < 0.7
    assert 0.03 < 1 - len(fees) / len(rows) < 0.15
    assert mean(paid) > 1.2 * paid[len(paid) // 2]


def test_addresses_have_two_lines_and_one_nationality_is_rare(rows: list[dict[str, str]]) -> None:
    assert all(row["billing_address"].count("\n") == 1 for row in rows)
    nations = Counter(row["nationality"] for row in rows)
    assert len(nations) == 12
    assert nations.most_common()[-1][1] == 3


def test_dependencies_are_strong(rows: list[dict[str, str]]) -> None:
    loyal = [row for row in rows if row["has_rewards"] == "True"]
    others = [row for row in rows if row["has_rewards"] == "False"]
    assert share(others, "room_type", "BASIC") - share(loyal, "room_type", "BASIC") > 0.25
    rates: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        rates[row["room_type"]].append(float(row["room_rate"]))
        assert len(row["room_rate"].partition(".")[2]) == 2
    assert mean(rates["BASIC"]) * 1.5 < mean(rates["DELUXE"]) < mean(rates["SUITE"]) / 1.5
    basic = [row for row in rows if row["room_type"] == "BASIC"]
    summer = [float(row["room_rate"]) for row in basic if row["checkin_date"].split()[1] in {"Jul", "Aug"}]
    winter = [float(row["room_rate"]) for row in basic if row["checkin_date"].split()[1] in {"Jan", "Feb"}]
    assert mean(summer) > 1.3 * mean(winter)
